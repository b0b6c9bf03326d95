package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// AddMember makes member a direct member of group. ErrNotFound, ErrNotGroup, ErrGroupCycle.
func (db *DB) AddMember(ctx context.Context, group, member PrincipalID) (err error) {
	defer annotate(&err, "AddMember(%d, %d)", group, member)
	return db.changePrincipals(ctx, func(tx pgx.Tx) error {
		if err := lockGroup(ctx, tx, group); err != nil {
			return err
		}
		return addMember(ctx, tx, group, member)
	})
}

// RemoveMember ends a direct membership. ErrNotFound: there was none.
func (db *DB) RemoveMember(ctx context.Context, group, member PrincipalID) (err error) {
	defer annotate(&err, "RemoveMember(%d, %d)", group, member)
	return db.changePrincipals(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM membership WHERE grp = $1 AND member = $2`, group, member)
		if err == nil && tag.RowsAffected() == 0 {
			return ErrNotFound
		}
		return err
	})
}

// SetMembers replaces the direct members of group (DAV:group-member-set, RFC 3744 section 4.3). Errors as AddMember.
func (db *DB) SetMembers(ctx context.Context, group PrincipalID, members []PrincipalID) (err error) {
	defer annotate(&err, "SetMembers(%d)", group)
	return db.changePrincipals(ctx, func(tx pgx.Tx) error {
		if err := lockGroup(ctx, tx, group); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM membership WHERE grp = $1`, group); err != nil {
			return err
		}
		for _, m := range members {
			if err := addMember(ctx, tx, group, m); err != nil {
				return err
			}
		}
		return nil
	})
}

// lockGroup keeps all other changes of memberships waiting: two of them could together make a circle that neither sees.
func lockGroup(ctx context.Context, tx pgx.Tx, group PrincipalID) error {
	if _, err := tx.Exec(ctx, `LOCK TABLE membership IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return err
	}
	var kind PrincipalKind
	if err := tx.QueryRow(ctx, `SELECT kind FROM principal WHERE id = $1`, group).Scan(&kind); err != nil {
		return err
	}
	if kind != Group {
		return ErrNotGroup
	}
	return nil
}

func addMember(ctx context.Context, tx pgx.Tx, group, member PrincipalID) error {
	var exists, circle bool
	if err := tx.QueryRow(ctx, `
		WITH RECURSIVE up (id) AS (
			SELECT $1::bigint
			UNION
			SELECT m.grp FROM up JOIN membership m ON m.member = up.id)
		SELECT EXISTS (SELECT FROM principal WHERE id = $2), EXISTS (SELECT FROM up WHERE id = $2)`, group, member).Scan(&exists, &circle); err != nil {
		return err
	}
	switch {
	case !exists:
		return ErrNotFound
	case circle:
		return ErrGroupCycle
	}
	_, err := tx.Exec(ctx, `INSERT INTO membership (grp, member) VALUES ($1, $2) ON CONFLICT DO NOTHING`, group, member)
	return err
}

// Members are the direct members of a group, by name.
func (db *DB) Members(ctx context.Context, group PrincipalID) (_ []*Principal, err error) {
	defer annotate(&err, "Members(%d)", group)
	return db.related(ctx, `p.id IN (SELECT member FROM membership WHERE grp = $1)`, group)
}

// MemberOf are the groups that a principal is a direct member of, by name.
func (db *DB) MemberOf(ctx context.Context, member PrincipalID) (_ []*Principal, err error) {
	defer annotate(&err, "MemberOf(%d)", member)
	return db.related(ctx, `p.id IN (SELECT grp FROM membership WHERE member = $1)`, member)
}

func (db *DB) related(ctx context.Context, where string, args ...any) ([]*Principal, error) {
	rows, err := db.pool.Query(ctx, selectPrincipal+` WHERE `+where+` ORDER BY p.name`, args...)
	if err != nil {
		return nil, err
	}
	var list []*Principal
	err = scanPrincipals(rows, func(p *Principal) error {
		list = append(list, p)
		return nil
	})
	return list, err
}
