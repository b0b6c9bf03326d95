package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"convene/ical"

	"github.com/jackc/pgx/v5"
)

// Counts are the sizes of the tables.
type Counts struct{ Principals, Collections, Objects int64 }

// Counts counts principals, collections (without homes) and objects.
func (db *DB) Counts(ctx context.Context) (c Counts, err error) {
	defer annotate(&err, "Counts")
	err = db.pool.QueryRow(ctx, `
		SELECT (SELECT count(*) FROM principal),
			(SELECT count(*) FROM collection WHERE kind <> 'home' AND NOT deleted),
			(SELECT count(*) FROM object WHERE NOT deleted)`).Scan(&c.Principals, &c.Collections, &c.Objects)
	return c, err
}

// The advisory locks of maintenance: one process does it, the others need not.
const (
	lockPurge   = 7_266_813_221
	lockReindex = 7_266_813_222
)

// exclusively runs fn unless another process holds the lock; then it does nothing. The lock is that of a connection of
// its own, so it ends in any case, and does not keep one of the pool's that fn may need.
func (db *DB) exclusively(ctx context.Context, lock int64, fn func() error) (err error) {
	conn, err := pgx.ConnectConfig(ctx, db.pool.Config().ConnConfig)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	var got bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, lock).Scan(&got); err != nil || !got {
		return err
	}
	err = fn()
	_, released := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, lock) // the connection may take its time to end
	return errors.Join(err, released)
}

// PurgeTombstones removes what is left of objects, collections and overlays that were deleted before the given time, home by
// home, and returns how many. Clients whose sync token is from before them have to start anew.
func (db *DB) PurgeTombstones(ctx context.Context, before time.Time) (removed int64, err error) {
	defer annotate(&err, "PurgeTombstones")
	err = db.exclusively(ctx, lockPurge, func() error {
		owners, err := db.owners(ctx, `
			SELECT DISTINCT owner FROM object WHERE deleted AND modified < $1
			UNION
			SELECT DISTINCT owner FROM collection WHERE deleted AND modified < $1
			UNION
			SELECT DISTINCT owner FROM overlay WHERE data = '' AND modified < $1`, before)
		if err != nil {
			return err
		}
		for _, owner := range owners {
			n, err := InTx(ctx, db, []PrincipalID{owner}, func(ctx context.Context, tx *Tx) (int64, error) { return tx.purge(ctx, owner, before) })
			if err != nil {
				return err
			}
			removed += n
		}
		return nil
	})
	return removed, err
}

func (db *DB) owners(ctx context.Context, sql string, args ...any) ([]PrincipalID, error) {
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[PrincipalID])
}

// purge removes the tombstones of a home, and raises the floors below which its tokens are refused.
func (tx *Tx) purge(ctx context.Context, owner PrincipalID, before time.Time) (removed int64, err error) {
	h, err := tx.locked(owner)
	if err != nil {
		return 0, err
	}
	h.next()
	h.self = true // the collections' SyncFloor
	// A token of the home speaks for all collections, and is good from the last thing on that is removed in any.
	if err := tx.conn.QueryRow(ctx, `
		WITH gone AS (
			DELETE FROM object WHERE deleted AND modified < $2 AND owner = $1
			RETURNING collection, modseq),
		dropped AS (
			DELETE FROM collection WHERE owner = $1 AND deleted AND modified < $2
			RETURNING id, modseq),
		bare AS (
			DELETE FROM overlay WHERE owner = $1 AND data = '' AND modified < $2
			RETURNING mount, modseq),
		floors AS (
			SELECT collection AS id, max(modseq) AS floor FROM gone GROUP BY collection
			UNION ALL
			SELECT mount, max(modseq) FROM bare GROUP BY mount
			UNION ALL
			SELECT h.id, greatest((SELECT max(modseq) FROM gone), (SELECT max(modseq) FROM dropped), (SELECT max(modseq) FROM bare))
			FROM collection h WHERE h.owner = $1 AND h.kind = 'home'),
		raised AS (
			UPDATE collection c SET sync_floor = greatest(sync_floor, f.floor)
			FROM floors f
			WHERE c.owner = $1 AND c.id = f.id AND NOT c.deleted)
		SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM dropped) + (SELECT count(*) FROM bare)`, owner, before).Scan(&removed); err != nil {
		return 0, err
	}
	fresh, err := tx.db.readCollections(ctx, tx.conn, h.base.Owner)
	if err != nil {
		return 0, err
	}
	h.work = fresh
	return removed, nil
}

// ReindexStale works out anew, for at most batch objects, when they happen: those that recur beyond what was worked
// out, once half of that has passed. It returns how many it did; fewer than batch means that all are done. If the server
// was given another time zone, it does those first that depend on it.
func (db *DB) ReindexStale(ctx context.Context, batch int) (done int, err error) {
	defer annotate(&err, "ReindexStale")
	err = db.exclusively(ctx, lockReindex, func() (err error) {
		if done, err = db.followZone(ctx); err != nil {
			return err
		}
		now := db.now()
		rows, err := db.pool.Query(ctx, `
			SELECT owner, collection, id, name, data
			FROM object
			WHERE NOT deleted AND renew IS NOT NULL AND renew < $1
			ORDER BY renew
			LIMIT $2`, now, batch)
		if err != nil {
			return err
		}
		stale, err := pgx.CollectRows(rows, pgx.RowToStructByPos[staleObject])
		if err != nil {
			return err
		}
		for _, s := range stale {
			if err := db.reindex(ctx, s, now); err != nil {
				return err
			}
			done++
		}
		return nil
	})
	return done, err
}

// settingZone is the server's time zone as of the last look.
const settingZone = "floating-zone"

// followZone moves the floating objects of those who have no time zone of their own, if the server's has changed.
func (db *DB) followZone(ctx context.Context) (done int, err error) {
	zone := db.opts.DefaultZone.String()
	before, err := db.SettingOr(ctx, settingZone, zone)
	if err != nil || before == zone {
		return 0, err
	}
	owners, err := db.owners(ctx, `
		SELECT id FROM principal p
		WHERE timezone = '' AND EXISTS (SELECT FROM object WHERE owner = p.id AND NOT deleted AND floating)`)
	if err != nil {
		return 0, err
	}
	for _, owner := range owners {
		n, err := db.rezone(ctx, owner)
		if err != nil {
			return done, err
		}
		done += n
	}
	return done, db.SetSetting(ctx, settingZone, zone)
}

type staleObject struct {
	Owner      PrincipalID
	Collection CollectionID
	ID         int64
	Name       string
	Data       []byte
}

// reindex stores a new index unless the object has changed since it was read. That is no change of the object for
// those who sync. What can no longer be parsed is said to go on for ever, and left to ical.
func (db *DB) reindex(ctx context.Context, s staleObject, now time.Time) error {
	home, err := db.Home(ctx, s.Owner)
	if err != nil {
		return err
	}
	index := ical.Index{Occurs: []ical.Range{{}}, Exact: ical.Range{Start: now, End: now.Add(time.Microsecond)}, Class: ical.ClassPrivate}
	if c := home.CollectionByID(s.Collection); c != nil {
		if fresh, err := indexOf(s.Data, c, now); err == nil {
			index = fresh
		} else {
			db.log.Error("an object that was stored cannot be read", "collection", s.Collection, "name", s.Name, "error", err)
		}
	}
	_, err = db.exec(ctx, `
		UPDATE object SET (`+indexColumns+`) = ROW ($6, $7, $8, $9, $10, $11, $12)
		WHERE owner = $1 AND collection = $2 AND name = $3 AND id = $4 AND data = $5 AND NOT deleted`,
		append([]any{s.Owner, s.Collection, s.Name, s.ID, s.Data}, indexArgs(index, now)...)...)
	if err != nil {
		return fmt.Errorf("%d/%s: %w", s.Collection, s.Name, err)
	}
	return nil
}

// PurgeInbox removes the scheduling messages that came before the given time, as a client would, and returns how many.
func (db *DB) PurgeInbox(ctx context.Context, before time.Time) (removed int64, err error) {
	defer annotate(&err, "PurgeInbox")
	err = db.exclusively(ctx, lockPurge, func() error {
		owners, err := db.owners(ctx, `
			SELECT owner FROM collection c
			WHERE kind = 'inbox' AND NOT deleted AND EXISTS (
				SELECT FROM object o WHERE o.owner = c.owner AND o.collection = c.id AND NOT o.deleted AND o.created < $1)`, before)
		if err != nil {
			return err
		}
		for _, owner := range owners {
			n, err := InTx(ctx, db, []PrincipalID{owner}, func(ctx context.Context, tx *Tx) (int64, error) { return tx.emptyInbox(ctx, owner, before) })
			if err != nil {
				return err
			}
			removed += n
		}
		return nil
	})
	return removed, err
}

func (tx *Tx) emptyInbox(ctx context.Context, owner PrincipalID, before time.Time) (int64, error) {
	inbox := tx.Home(owner).Inbox()
	if inbox == nil {
		return 0, nil
	}
	var old []*Object
	if err := tx.Objects(ctx, inbox, false, func(o *Object) error {
		if o.Created.Before(before) {
			old = append(old, o)
		}
		return nil
	}); err != nil {
		return 0, err
	}
	for _, o := range old {
		if err := tx.RemoveLocks(ctx, owner, inbox.Name, o.Name); err != nil {
			return 0, err
		}
		tx.learn(o) // without its data, which nobody asks for here
		if err := tx.Delete(ctx, inbox, o.Name); err != nil {
			return 0, err
		}
	}
	return int64(len(old)), nil
}
