package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// DeletePrincipal removes a principal with all it owns, and what others have by it: shared calendars, its locks and delegations, and the
// entries that name it in access lists, lest they come to the next of that name. ErrNotFound.
func (db *DB) DeletePrincipal(ctx context.Context, id PrincipalID) (err error) {
	defer annotate(&err, "DeletePrincipal(%d)", id)
	if err := db.changePrincipals(ctx, func(tx pgx.Tx) error {
		p, err := scanPrincipal(tx.QueryRow(ctx, selectPrincipal+` WHERE p.id = $1`, id))
		if err != nil {
			return err
		}
		return deletePrincipal(ctx, tx, p, db.now())
	}); err != nil {
		return err
	}
	db.changed("credential", id)
	return nil
}

func deletePrincipal(ctx context.Context, tx pgx.Tx, p *Principal, now time.Time) error {
	// Writers hold the home's row; with it locked, none can be adding objects, or working on lists, locks and mounts as they were.
	homes, err := lockHomes(ctx, tx, `
		SELECT $1::bigint
		UNION SELECT owner FROM lock WHERE holder = $1
		UNION SELECT owner FROM share WHERE sharee = $1
		UNION SELECT owner FROM collection WHERE target_owner = $1 AND kind = 'shared' AND NOT deleted
		UNION SELECT owner FROM collection WHERE `+naming("$2"), p.ID, entriesOf(identifier(p.Kind, p.Name)))
	if err != nil {
		return err
	}
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{dropMounts, []any{p.ID, now}},
		{`DELETE FROM overlay USING collection m WHERE m.owner = overlay.owner AND m.id = overlay.mount AND m.target_owner = $1`, []any{p.ID}},
		{`UPDATE collection c SET shared = false
		FROM share s
		WHERE s.sharee = $1 AND c.owner = s.owner AND c.id = s.collection AND NOT EXISTS (
			SELECT FROM share other WHERE other.owner = s.owner AND other.collection = s.collection AND other.sharee <> $1)`, []any{p.ID}},
		{advanceHomes, []any{homes}},
		{`DELETE FROM object WHERE owner = $1`, []any{p.ID}},
		{`DELETE FROM job WHERE owner = $1`, []any{p.ID}},
		{`DELETE FROM trace WHERE owner = $1`, []any{p.ID}},
		{`DELETE FROM outgoing WHERE owner = $1`, []any{p.ID}},
	} {
		if _, err := tx.Exec(ctx, step.sql, step.args...); err != nil {
			return err
		}
	}
	if err := renameInLists(ctx, tx, identifier(p.Kind, p.Name), ""); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `DELETE FROM principal WHERE id = $1`, p.ID)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	return err
}

// dropMounts leaves a tombstone of each mount of a calendar of $1.
const dropMounts = `
	UPDATE collection m
	SET deleted = true, modseq = h.modseq + gone.n, self_seq = h.modseq + gone.n, modified = $2,
		display_name = NULL, description = NULL, timezone = '', props = '[]'
	FROM (
		SELECT owner, id, row_number() OVER (PARTITION BY owner ORDER BY id) AS n
		FROM collection
		WHERE target_owner = $1 AND kind = 'shared' AND NOT deleted) AS gone
	JOIN collection h ON h.owner = gone.owner AND h.kind = 'home'
	WHERE m.owner = gone.owner AND m.id = gone.id`

// advanceHomes moves the counters of the homes $1, past those of what is in them: whoever cached one reads it again.
const advanceHomes = `
	UPDATE collection h
	SET modseq = 1 + (SELECT max(modseq) FROM collection c WHERE c.owner = h.owner)
	WHERE kind = 'home' AND owner = ANY ($1)`

// lockHomes locks the homes of those that a query selects, in the order in which InTx does, and returns whose they are.
func lockHomes(ctx context.Context, tx pgx.Tx, owners string, args ...any) ([]PrincipalID, error) {
	rows, err := tx.Query(ctx, `
		SELECT owner FROM collection
		WHERE kind = 'home' AND owner IN (`+owners+`)
		ORDER BY owner
		FOR UPDATE`, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[PrincipalID])
}
