package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// ShareState is what became of an invitation.
type ShareState string

// The states.
const (
	ShareInvited  ShareState = "invited" // not answered yet
	ShareAccepted ShareState = "accepted"
	ShareDeclined ShareState = "declined"
)

// Share is the invitation of somebody to a calendar of another (CalendarServer's caldav-sharing). It is kept with the calendar, and says
// nothing of rights: those are an entry in the list of the calendar.
type Share struct {
	Owner      PrincipalID // of the calendar
	Collection CollectionID
	Sharee     PrincipalID
	UID        string // of the invitation
	Address    string // calendar user address, as invited
	Writes     bool
	State      ShareState
	Summary    string
	Mount      CollectionID // of KindShared, in the home of the sharee; 0: none
	Created    time.Time
	Modified   time.Time
}

const selectShare = `SELECT owner, collection, sharee, uid, address, writes, state, summary, mount, created, modified FROM share `

func collectShares(ctx context.Context, q querier, where string, args ...any) ([]Share, error) {
	rows, err := q.Query(ctx, selectShare+where, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Share])
}

const (
	sharesOf   = `WHERE owner = $1 AND collection = $2 ORDER BY created, sharee`
	sharesWith = `WHERE sharee = $1 ORDER BY created, owner, collection`
)

// Shares are the invitations to a calendar, the oldest first.
func (db *DB) Shares(ctx context.Context, coll *Collection) (_ []Share, err error) {
	defer annotate(&err, "Shares(%d)", coll.ID)
	return collectShares(ctx, db.pool, sharesOf, coll.Owner, coll.ID)
}

// SharesWith are the invitations that somebody got, the oldest first.
func (db *DB) SharesWith(ctx context.Context, sharee PrincipalID) (_ []Share, err error) {
	defer annotate(&err, "SharesWith(%d)", sharee)
	return collectShares(ctx, db.pool, sharesWith, sharee)
}

// SharesIn are the invitations to the calendars of somebody, and those that it got, the oldest first.
func (db *DB) SharesIn(ctx context.Context, home PrincipalID) (_ []Share, err error) {
	defer annotate(&err, "SharesIn(%d)", home)
	return collectShares(ctx, db.pool, `WHERE owner = $1 OR sharee = $1 ORDER BY created, owner, collection, sharee`, home)
}

// Shares are the invitations to a calendar, the oldest first.
func (tx *Tx) Shares(ctx context.Context, coll *Collection) (_ []Share, err error) {
	defer annotate(&err, "Shares(%d)", coll.ID)
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	return collectShares(ctx, tx.conn, sharesOf, coll.Owner, coll.ID)
}

// ShareByUID returns the invitation with that UID, if the transaction holds the homes of both its sides. ErrNotFound: there is none.
func (tx *Tx) ShareByUID(ctx context.Context, uid string) (_ Share, err error) {
	defer annotate(&err, "ShareByUID(%q)", uid)
	if err := tx.flush(ctx); err != nil {
		return Share{}, err
	}
	list, err := collectShares(ctx, tx.conn, `WHERE uid = $1 LIMIT 1`, uid)
	if err != nil {
		return Share{}, err
	}
	if len(list) == 0 {
		return Share{}, ErrNotFound
	}
	for _, owner := range []PrincipalID{list[0].Owner, list[0].Sharee} {
		if _, err := tx.locked(owner); err != nil {
			return Share{}, err
		}
	}
	return list[0], nil
}

// SetShare stores the invitation of s.Sharee to a calendar, in place of the one there may be: of that, Created stays. Those who sync see
// the calendar change. ErrNotFound, also from InTx: there is no such sharee.
func (tx *Tx) SetShare(ctx context.Context, coll *Collection, s Share) (err error) {
	defer annotate(&err, "SetShare(%d, %d)", coll.ID, s.Sharee)
	h, c, err := tx.current(coll)
	if err != nil {
		return err
	}
	tx.queue(`
		INSERT INTO share (owner, collection, sharee, uid, address, writes, state, summary, mount, created, modified)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)
		ON CONFLICT (owner, collection, sharee) DO UPDATE
		SET uid = $4, address = $5, writes = $6, state = $7, summary = $8, mount = $9, modified = $10`,
		c.Owner, c.ID, s.Sharee, s.UID, s.Address, s.Writes, s.State, s.Summary, s.Mount, tx.now)
	tx.setOpen(h, c, true, c.Published)
	return tx.bound(ctx)
}

// RemoveShare forgets the invitation of sharee to a calendar. ErrNotFound: there is none.
func (tx *Tx) RemoveShare(ctx context.Context, coll *Collection, sharee PrincipalID) (err error) {
	defer annotate(&err, "RemoveShare(%d, %d)", coll.ID, sharee)
	h, c, err := tx.current(coll)
	if err != nil {
		return err
	}
	if err := tx.flush(ctx); err != nil {
		return err
	}
	var removed, others bool
	if err := tx.conn.QueryRow(ctx, `
		WITH gone AS (DELETE FROM share WHERE owner = $1 AND collection = $2 AND sharee = $3 RETURNING sharee)
		SELECT EXISTS (SELECT FROM gone), EXISTS (SELECT FROM share WHERE owner = $1 AND collection = $2 AND sharee <> $3)`,
		c.Owner, c.ID, sharee).Scan(&removed, &others); err != nil {
		return err
	}
	if !removed {
		return ErrNotFound
	}
	tx.setOpen(h, c, others, c.Published)
	return tx.bound(ctx)
}

// setOpen notes that the invitations to a calendar or its publications have changed, and whether there are any.
func (tx *Tx) setOpen(h *lockedHome, c *Collection, shared, published bool) {
	next := *c
	next.Shared, next.Published, next.Modified = shared, published, tx.now
	next.Modseq = h.next()
	next.SelfSeq = next.Modseq
	tx.queue(`
		UPDATE collection SET shared = $3, published = $4, modseq = $5, self_seq = $5, modified = $6
		WHERE owner = $1 AND id = $2`, c.Owner, c.ID, shared, published, next.Modseq, tx.now)
	h.replace(&next)
}

// queueRemovalOfSharing removes what hangs on a collection that is going away.
func (tx *Tx) queueRemovalOfSharing(c *Collection) {
	if c.Kind == KindShared {
		tx.queue(`DELETE FROM overlay WHERE owner = $1 AND mount = $2`, c.Owner, c.ID)
		tx.queue(`UPDATE share SET mount = 0 WHERE sharee = $1 AND mount = $2`, c.Owner, c.ID)
		return
	}
	tx.queue(`DELETE FROM share WHERE owner = $1 AND collection = $2`, c.Owner, c.ID)
	tx.queue(`DELETE FROM publication WHERE owner = $1 AND collection = $2`, c.Owner, c.ID)
}
