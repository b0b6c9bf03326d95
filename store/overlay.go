package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Overlay is what a sharee keeps for itself of an object in a calendar shared with it: its alarms and the like.
type Overlay struct {
	Name   string // of the object
	Object int64  // its ID: another object that gets its name later has none of this
	Modseq int64  // of the home of the sharee
	Data   []byte // nil: removed, or not asked for
}

// SetOverlay stores the sharee's part of an object, in a home that the transaction holds; Modseq is set, and the mount changes for
// those who sync. No Data removes it, and does nothing where there is none.
func (tx *Tx) SetOverlay(ctx context.Context, mount *Collection, o Overlay) (err error) {
	defer annotate(&err, "SetOverlay(%d, %q)", mount.ID, o.Name)
	h, c, err := tx.current(mount)
	if err != nil {
		return err
	}
	if err := checkName(o.Name); err != nil {
		return err
	}
	if len(o.Data) == 0 {
		before, err := tx.Overlay(ctx, mount, o.Name)
		if err != nil || before == nil {
			return err
		}
		o.Object, o.Data = before.Object, []byte{}
	}
	o.Modseq = h.next()
	tx.queue(`
		INSERT INTO overlay (owner, mount, name, object, modseq, modified, data)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (owner, mount, name) DO UPDATE SET object = $4, modseq = $5, modified = $6, data = $7`,
		c.Owner, c.ID, o.Name, o.Object, o.Modseq, tx.now, o.Data)
	tx.bytes += len(o.Data)
	h.touch(c.ID, o.Modseq, o.Name, 0, 0)
	return tx.bound(ctx)
}

// Overlay returns the sharee's part of the object called name; nil if there is none.
func (tx *Tx) Overlay(ctx context.Context, mount *Collection, name string) (_ *Overlay, err error) {
	defer annotate(&err, "Overlay(%d, %q)", mount.ID, name)
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	rows, err := tx.conn.Query(ctx, `
		SELECT name, object, modseq, data
		FROM overlay
		WHERE owner = $1 AND mount = $2 AND name = $3 AND data <> ''`, mount.Owner, mount.ID, name)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToAddrOfStructByPos[Overlay])
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list[0], nil
}

// Overlays returns the sharee's parts of the objects called so, or of all if names is nil, by name.
func (db *DB) Overlays(ctx context.Context, mount *Collection, names []string, data bool) (_ map[string]Overlay, err error) {
	defer annotate(&err, "Overlays(%d, %d names)", mount.ID, len(names))
	sql, args := `
		SELECT name, object, modseq, CASE WHEN $3 THEN data END
		FROM overlay
		WHERE owner = $1 AND mount = $2 AND data <> ''`, []any{mount.Owner, mount.ID, data}
	if names != nil { // one lookup a name: see ObjectsByName
		sql = `
		SELECT o.*
		FROM unnest($4::text[]) AS wanted (name), LATERAL (
			SELECT name, object, modseq, CASE WHEN $3 THEN data END
			FROM overlay
			WHERE owner = $1 AND mount = $2 AND name = wanted.name AND data <> ''
			LIMIT 1) AS o`
		args = append(args, names)
	}
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Overlay])
	found := make(map[string]Overlay, len(list))
	for _, o := range list {
		found[o.Name] = o
	}
	return found, err
}

// OverlayChanges returns the parts that the sharee changed after the modseq since, in the order of the changes: those removed without
// Data, and from 0 on not at all. ErrTokenTooOld, ErrTokenUnknown: as Changes.
func (db *DB) OverlayChanges(ctx context.Context, mount *Collection, since int64) (_ []Overlay, err error) {
	defer annotate(&err, "OverlayChanges(%d, %d)", mount.ID, since)
	if err := checkToken(mount, since); err != nil || since == mount.Modseq {
		return nil, err
	}
	rows, err := db.pool.Query(ctx, `
		SELECT name, object, modseq, nullif(data, '')
		FROM overlay
		WHERE owner = $1 AND mount = $2 AND modseq > 0 AND modseq > $3 AND modseq <= $4 AND (data <> '' OR $3 > 0)
		ORDER BY modseq`, mount.Owner, mount.ID, since, mount.Modseq)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Overlay])
}

// PurgeOverlays removes the parts of objects that are gone, and returns how many.
func (db *DB) PurgeOverlays(ctx context.Context) (removed int64, err error) {
	defer annotate(&err, "PurgeOverlays")
	owners, err := db.owners(ctx, `SELECT DISTINCT owner FROM overlay WHERE data <> '' AND `+orphaned)
	if err != nil {
		return 0, err
	}
	for _, owner := range owners {
		n, err := InTx(ctx, db, []PrincipalID{owner}, func(ctx context.Context, tx *Tx) (int64, error) { return tx.purgeOverlays(ctx, owner) })
		if err != nil {
			return removed, err
		}
		removed += n
	}
	return removed, nil
}

// orphaned selects from overlay what belongs to no object.
const orphaned = `NOT EXISTS (
	SELECT FROM collection m JOIN object o ON o.owner = m.target_owner AND o.collection = m.target
	WHERE m.owner = overlay.owner AND m.id = overlay.mount AND NOT m.deleted
		AND o.name = overlay.name AND o.id = overlay.object AND NOT o.deleted)`

// purgeOverlays runs with the home locked, so that none of its overlays can come to a new object meanwhile.
func (tx *Tx) purgeOverlays(ctx context.Context, owner PrincipalID) (int64, error) {
	h, err := tx.locked(owner)
	if err != nil {
		return 0, err
	}
	h.next()
	tag, err := tx.conn.Exec(ctx, `DELETE FROM overlay WHERE owner = $1 AND data <> '' AND `+orphaned, owner)
	return tag.RowsAffected(), err
}
