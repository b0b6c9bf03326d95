package store

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
)

// commit sends what is pending, the new modseqs and the notifications, and commits, all in one round trip.
func (tx *Tx) commit(ctx context.Context) error {
	changes := make([]change, len(tx.homes))
	for i, h := range tx.homes {
		changes[i] = tx.finish(h)
	}
	tx.queueModseqs(changes)
	if err := tx.db.announce(tx.pending, changes...); err != nil {
		return err
	}
	tx.pending.Queue(`COMMIT`)
	for i := range changes {
		changes[i].expected = true
		tx.db.caches.expect(changes[i])
	}
	err := tx.flush(ctx)
	for i, c := range changes {
		if err != nil { // perhaps on the way back only
			c.Self = true
			tx.db.caches.apply(c, nil, nil)
			continue
		}
		var puts []*Object
		for _, o := range tx.puts {
			if o.Owner == c.Owner {
				puts = append(puts, o)
			}
		}
		tx.db.caches.apply(c, tx.homes[i].work, puts)
	}
	return err
}

// finish is what the transaction did to a home.
func (tx *Tx) finish(h *lockedHome) change {
	h.seq = max(h.seq, h.base.Root.Modseq+1)
	c := change{Kind: "home", Owner: h.owner, Base: h.base.Root.Modseq, Modseq: h.seq, At: tx.now.UnixMicro(), Self: h.self}
	c.Touched = slices.SortedFunc(maps.Values(h.content), func(a, b touchedCollection) int { return cmp.Compare(a.ID, b.ID) })
	h.work = h.work.advance(c)
	return c
}

// queueModseqs queues what homes and their collections remember of the transaction: of more than few homes as one statement. (That has no
// table but one, so that there is no plan for it which reads all of it.)
func (tx *Tx) queueModseqs(changes []change) {
	if len(tx.homes) <= few {
		for i, h := range tx.homes {
			tx.queueModseqsOf(h, changes[i])
		}
		return
	}
	var ids []CollectionID
	var modseqs, objects, bytes []int64
	for i, c := range changes {
		for _, t := range append(c.Touched[:len(c.Touched):len(c.Touched)], touchedCollection{ID: tx.homes[i].base.Root.ID, Modseq: c.Modseq}) {
			ids, modseqs = append(ids, t.ID), append(modseqs, t.Modseq)
			objects, bytes = append(objects, t.Objects), append(bytes, t.Bytes)
		}
	}
	tx.queue(`
		UPDATE collection
		SET modified = $2, modseq = ($4::bigint[])[array_position($3, id)], objects = objects + ($5::bigint[])[array_position($3, id)],
			bytes = bytes + ($6::bigint[])[array_position($3, id)]
		WHERE owner = ANY ($1) AND array_position($3::bigint[], id) IS NOT NULL AND NOT deleted`,
		tx.owners(), tx.now, ids, modseqs, objects, bytes)
}

func (tx *Tx) queueModseqsOf(h *lockedHome, c change) {
	if h.seq > c.Base+1 { // which the lock gave it
		tx.queue(`UPDATE collection SET modseq = $2 WHERE owner = $1 AND kind = 'home'`, h.owner, h.seq)
	}
	for _, t := range c.Touched {
		tx.queue(`
			UPDATE collection SET modseq = $3, modified = $4, objects = objects + $5, bytes = bytes + $6
			WHERE owner = $1 AND id = $2 AND NOT deleted`, h.owner, t.ID, t.Modseq, tx.now, t.Objects, t.Bytes)
	}
}

// maxPending bounds how much is held back, in statements and bytes.
const (
	maxPending      = 200
	maxPendingBytes = 1 << 20
)

// queue sends a statement with the others, later.
func (tx *Tx) queue(sql string, args ...any) {
	tx.wrote = true
	tx.pending.Queue(sql, args...)
}

// flush sends what is pending and looks at the outcome.
func (tx *Tx) flush(ctx context.Context) error {
	if tx.failed != nil {
		return tx.failed
	}
	if tx.pending.Len() == 0 {
		return nil
	}
	b := tx.pending
	tx.pending, tx.bytes = &pgx.Batch{}, 0
	tx.failed = tx.conn.SendBatch(ctx, b).Close()
	return tx.failed
}

// rollback ends the transaction. If that fails, the pool closes the connection, which ends it too.
func (tx *Tx) rollback(ctx context.Context) {
	if tx.conn.Conn().IsClosed() || tx.conn.Conn().PgConn().TxStatus() == 'I' {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	if _, err := tx.conn.Exec(ctx, `ROLLBACK`); err != nil {
		tx.db.log.Debug("rolling back", "error", err)
	}
}

// explain adds to the error of a commit what the caller needs to know.
func (tx *Tx) explain(ctx context.Context, cause error) (err error) {
	defer annotate(&err, "commit")
	if !errors.Is(translate(cause), ErrUIDConflict) {
		return cause
	}
	tx.rollback(ctx)
	for _, o := range tx.puts {
		var name string
		e := tx.conn.QueryRow(ctx, byUIDName, o.Collection, o.UID).Scan(&name)
		if e == nil && name != o.Name {
			return &UIDConflict{Owner: o.Owner, Collection: o.Collection, Name: name, UID: o.UID}
		}
	}
	return cause
}
