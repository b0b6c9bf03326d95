package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// begin starts the transaction, locks the homes, and fetches what was asked for, all in one round trip.
func (tx *Tx) begin(ctx context.Context, o *txOptions) (err error) {
	defer annotate(&err, "locking homes")
	var b pgx.Batch
	b.Queue(`BEGIN`)
	tx.queueLock(&b)
	for _, w := range o.prefetch {
		queueByName(&b, w.coll, w.name)
		if w.uid != "" {
			queueByUID(&b, w.coll, w.uid)
		}
	}
	copies := tx.queueCopies(&b, o.copies)
	results := tx.conn.SendBatch(ctx, &b)
	err = tx.readBegin(results, o.prefetch, copies)
	if cerr := results.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return tx.freshen(ctx)
}

// few homes are locked and moved on by statements of their own: that is faster.
const few = 2

// queueLock locks the homes, in the order of their ids. Few are given their next modseqs with that, which most often are all that they
// need. More are locked by one statement, in the order in which it finds them.
func (tx *Tx) queueLock(b *pgx.Batch) {
	if len(tx.homes) > few {
		b.Queue(`
			SELECT modseq FROM collection
			WHERE owner = ANY ($1) AND kind = 'home'
			ORDER BY owner
			FOR NO KEY UPDATE`, tx.owners())
		return
	}
	for _, h := range tx.homes {
		b.Queue(`
			UPDATE collection SET modseq = modseq + 1, modified = $2
			WHERE owner = $1 AND kind = 'home'
			RETURNING modseq - 1`, h.owner, tx.now)
	}
}

func (tx *Tx) owners() []PrincipalID {
	owners := make([]PrincipalID, len(tx.homes))
	for i, h := range tx.homes {
		owners[i] = h.owner
	}
	return owners
}

// queueCopies asks for what CopiesOf will be asked, in the calendars that were there when the homes were read last.
func (tx *Tx) queueCopies(b *pgx.Batch, wanted []copiesOf) []copiesOf {
	asked := make([]copiesOf, 0, len(wanted))
	for _, w := range wanted {
		for _, h := range tx.homes {
			if slices.Contains(w.owners, h.owner) {
				w.colls = append(w.colls, h.base.calendars()...)
			}
		}
		b.Queue(byUIDs, idsOf(w.colls), w.uid)
		asked = append(asked, w)
	}
	return asked
}

func (tx *Tx) readBegin(results pgx.BatchResults, wanted []prefetch, copies []copiesOf) error {
	if _, err := results.Exec(); err != nil {
		return err
	}
	if err := tx.readLock(results); err != nil {
		return err
	}
	for _, w := range wanted {
		rows, err := results.Query()
		found, err := scanKnown(w.coll, rows, err)
		if err != nil {
			return err
		}
		tx.known[objectKey{w.coll.ID, w.name}] = found
		if w.uid == "" {
			continue
		}
		rows, err = results.Query()
		byUID, err := scanKnown(w.coll, rows, err)
		if err != nil {
			return err
		}
		tx.byUID[uidKey{w.coll.ID, w.uid}] = byUID.obj
	}
	for _, w := range copies {
		rows, err := results.Query()
		if err := tx.learnCopies(rows, err, w.uid, w.colls); err != nil {
			return err
		}
	}
	return nil
}

// readLock reads the answer of queueLock: the modseqs of the homes before the transaction. ErrNotFound: a home is gone.
func (tx *Tx) readLock(results pgx.BatchResults) error {
	if len(tx.homes) <= few {
		for _, h := range tx.homes {
			if err := results.QueryRow().Scan(&h.seq); err != nil {
				return err
			}
		}
		return nil
	}
	rows, err := results.Query()
	if err != nil {
		return err
	}
	seqs, err := pgx.CollectRows(rows, pgx.RowTo[int64])
	if err != nil {
		return err
	}
	if len(seqs) != len(tx.homes) {
		return ErrNotFound
	}
	for i, h := range tx.homes {
		h.seq = seqs[i]
	}
	return nil
}

// freshen sees to it that the homes are as the locks found them: each change of one moved its modseq. Who has waited for a lock may find
// the home in the cache, where those have left it that held the lock before; the others are read again, with one query.
func (tx *Tx) freshen(ctx context.Context) error {
	var stale []*lockedHome
	var owners []*Principal
	for _, h := range tx.homes {
		if h.base.Root.Modseq != h.seq {
			if cached, ok := tx.db.caches.homes.GetIfPresent(h.owner); ok && cached.Root.Modseq == h.seq {
				h.base = cached
			} else {
				stale, owners = append(stale, h), append(owners, h.base.Owner)
			}
		}
		h.work = h.base
	}
	if stale == nil {
		return nil
	}
	fresh, err := tx.db.readHomes(ctx, tx.conn, owners...)
	if err != nil {
		return err
	}
	for _, h := range stale {
		if h.base = fresh[h.owner]; h.base == nil {
			return ErrNotFound
		}
		h.base.Root.Modseq = h.seq
		h.work = h.base
	}
	return nil
}
