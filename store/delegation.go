package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// SetDelegates replaces those who may read, or with writes those who may also write, the calendars of owner in its place. Each is in one
// of the two lists only: the later call wins. ErrNotFound, ErrBadDelegate.
func (db *DB) SetDelegates(ctx context.Context, owner PrincipalID, writes bool, delegates []PrincipalID) (err error) {
	defer annotate(&err, "SetDelegates(%d, %v)", owner, writes)
	return db.changePrincipals(ctx, func(tx pgx.Tx) error {
		if err := lockDelegator(ctx, tx, owner); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM delegation WHERE owner = $1 AND writes = $2`, owner, writes); err != nil {
			return err
		}
		for _, d := range delegates {
			if err := addDelegate(ctx, tx, owner, d, writes); err != nil {
				return err
			}
		}
		return nil
	})
}

// AddDelegate adds one, or moves it from the other list. ErrNotFound, ErrBadDelegate.
func (db *DB) AddDelegate(ctx context.Context, owner, delegate PrincipalID, writes bool) (err error) {
	defer annotate(&err, "AddDelegate(%d, %d, %v)", owner, delegate, writes)
	return db.changePrincipals(ctx, func(tx pgx.Tx) error {
		if err := lockDelegator(ctx, tx, owner); err != nil {
			return err
		}
		return addDelegate(ctx, tx, owner, delegate, writes)
	})
}

// RemoveDelegate takes one out of the list it is in. ErrNotFound: it is in none.
func (db *DB) RemoveDelegate(ctx context.Context, owner, delegate PrincipalID) (err error) {
	defer annotate(&err, "RemoveDelegate(%d, %d)", owner, delegate)
	return db.changePrincipals(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM delegation WHERE owner = $1 AND delegate = $2`, owner, delegate)
		if err == nil && tag.RowsAffected() == 0 {
			return ErrNotFound
		}
		return err
	})
}

// lockDelegator keeps other changes of the same lists waiting.
func lockDelegator(ctx context.Context, tx pgx.Tx, owner PrincipalID) error {
	var id PrincipalID
	return tx.QueryRow(ctx, `SELECT id FROM principal WHERE id = $1 FOR NO KEY UPDATE`, owner).Scan(&id)
}

func addDelegate(ctx context.Context, tx pgx.Tx, owner, delegate PrincipalID, writes bool) error {
	var kind PrincipalKind
	if err := tx.QueryRow(ctx, `SELECT kind FROM principal WHERE id = $1`, delegate).Scan(&kind); err != nil {
		return err
	}
	if delegate == owner || kind != User && kind != Group {
		return ErrBadDelegate
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO delegation (owner, delegate, writes) VALUES ($1, $2, $3)
		ON CONFLICT (owner, delegate) DO UPDATE SET writes = excluded.writes`, owner, delegate, writes)
	return err
}

// Delegates are the members of one of the lists of owner, by name; groups as such.
func (db *DB) Delegates(ctx context.Context, owner PrincipalID, writes bool) (_ []*Principal, err error) {
	defer annotate(&err, "Delegates(%d, %v)", owner, writes)
	return db.related(ctx, `p.id IN (SELECT delegate FROM delegation WHERE owner = $1 AND writes = $2)`, owner, writes)
}

// DelegatesFor are those in whose list delegate is, or a group that it is in, and the rooms and resources that it or such a group manages, by
// name.
func (db *DB) DelegatesFor(ctx context.Context, delegate PrincipalID, writes bool) (_ []*Principal, err error) {
	defer annotate(&err, "DelegatesFor(%d, %v)", delegate, writes)
	return db.related(ctx, `p.id <> $1 AND p.id IN (
		WITH RECURSIVE who (id) AS (
			SELECT $1::bigint
			UNION
			SELECT m.grp FROM who JOIN membership m ON m.member = who.id)
		SELECT owner FROM delegation JOIN who ON delegate = who.id WHERE writes = $2
		UNION
		SELECT r.id FROM principal r JOIN who ON r.manager = who.id WHERE $2 AND r.kind IN ('room', 'resource'))`, delegate, writes)
}

// DelegatingTo are those in whose list delegate itself is, and the rooms and resources that it manages, by name; DelegatesFor counts its groups
// too.
func (db *DB) DelegatingTo(ctx context.Context, delegate PrincipalID, writes bool) (_ []*Principal, err error) {
	defer annotate(&err, "DelegatingTo(%d, %v)", delegate, writes)
	return db.related(ctx, `p.id IN (
		SELECT owner FROM delegation WHERE delegate = $1 AND writes = $2
		UNION
		SELECT r.id FROM principal r WHERE r.manager = $1 AND $2 AND r.kind IN ('room', 'resource'))`, delegate, writes)
}
