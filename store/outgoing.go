package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Outgoing is a scheduling message to somebody who has no calendar here.
type Outgoing struct {
	ID        int64
	Owner     PrincipalID // whose message it is
	UID       string
	Sender    string // calendar user address
	Recipient string // likewise
	Method    string
	Sequence  int
	Stamp     time.Time // DTSTAMP, or when it was asked for again
	Instances []string  // RECURRENCE-IDs; nil: all
	Data      []byte    // an iCalendar object with METHOD
	State     OutgoingState
	Status    string // SCHEDULE-STATUS (RFC 6638 section 3.2.9)
	Attempts  int    // how often SetOutgoing was called for it
	Created   time.Time
	Updated   time.Time
}

// OutgoingState is what became of an Outgoing.
type OutgoingState = string

// The states.
const (
	OutgoingWaiting OutgoingState = "waiting"
	OutgoingSent    OutgoingState = "sent"
	OutgoingFailed  OutgoingState = "failed"
	OutgoingKept    OutgoingState = "kept" // nobody carries it
)

// JobCarry is the kind of the job that AddOutgoing adds. Its Data is the ID of the message in decimal.
const JobCarry = "carry"

// identity tells messages apart.
func (o *Outgoing) identity() string {
	h := sha256.New()
	fmt.Fprintf(h, "%d %q %q %q %d %d %q", o.Owner, o.UID, o.Recipient, o.Method, o.Sequence, o.Stamp.UnixMicro(), o.Instances)
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// AddOutgoing writes a message down with the commit, and adds the job that has it carried. A message that was written down before, with the
// same owner, UID, recipient, method, sequence, stamp and instances, changes nothing. Of o, the ID, Attempts and dates are not looked at.
func (tx *Tx) AddOutgoing(o Outgoing) {
	tx.queue(`
		WITH new AS (
			INSERT INTO outgoing (identity, owner, sequence, stamp, created, updated, uid, sender, recipient, method, state, status, instances, data)
			VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			ON CONFLICT (identity) DO NOTHING
			RETURNING id)
		INSERT INTO job (kind, key, owner, data, created, due)
		SELECT $14, $1, $2, convert_to(id::text, 'UTF8'), $5, $5 FROM new
		ON CONFLICT (kind, key) WHERE key <> '' DO NOTHING`,
		o.identity(), o.Owner, o.Sequence, o.Stamp, tx.now, clip(o.UID), o.Sender, o.Recipient, o.Method, o.State, o.Status,
		append([]string{}, o.Instances...), notNull(o.Data), JobCarry)
	tx.bytes += len(o.Data)
	tx.jobs = true
}

// SetOutgoing notes with the commit what became of an attempt to carry a message.
func (tx *Tx) SetOutgoing(id int64, state OutgoingState, status string) {
	tx.queue(`UPDATE outgoing SET state = $2, status = $3, attempts = attempts + 1, updated = $4 WHERE id = $1`, id, state, storable(status), tx.now)
}

// LastOutgoing is the Data of the last message of a method about a UID that somebody has sent to anybody elsewhere; nil: there is none.
func (tx *Tx) LastOutgoing(ctx context.Context, owner PrincipalID, uid, method string) (data []byte, err error) {
	defer annotate(&err, "LastOutgoing(%d, %q)", owner, uid)
	err = tx.conn.QueryRow(ctx, `
		SELECT data
		FROM outgoing
		WHERE uid = $1 AND owner = $2 AND method = $3
		ORDER BY id DESC
		LIMIT 1`, clip(storable(uid)), owner, method).Scan(&data)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return data, err
}

const selectOutgoing = `
	SELECT id, owner, uid, sender, recipient, method, sequence, stamp, instances, data, state, status, attempts, created, updated
	FROM outgoing `

func (db *DB) outgoings(ctx context.Context, where string, args ...any) ([]Outgoing, error) {
	rows, err := db.pool.Query(ctx, selectOutgoing+where, args...)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Outgoing])
	for i := range list {
		o := &list[i]
		o.Stamp, o.Created, o.Updated = o.Stamp.UTC(), o.Created.UTC(), o.Updated.UTC()
		if len(o.Instances) == 0 {
			o.Instances = nil
		}
	}
	return list, err
}

// Outgoings are the messages about a UID ("": any) to people elsewhere, the latest first, limit of them at most.
func (db *DB) Outgoings(ctx context.Context, uid string, limit int) (_ []Outgoing, err error) {
	defer annotate(&err, "Outgoings(%q)", uid)
	if uid == "" {
		return db.outgoings(ctx, `ORDER BY id DESC LIMIT $1`, limit)
	}
	return db.outgoings(ctx, `WHERE uid = $2 ORDER BY id DESC LIMIT $1`, limit, clip(storable(uid)))
}

// OutgoingByID returns a message. ErrNotFound: it is gone.
func (db *DB) OutgoingByID(ctx context.Context, id int64) (_ *Outgoing, err error) {
	defer annotate(&err, "OutgoingByID(%d)", id)
	list, err := db.outgoings(ctx, `WHERE id = $1`, id)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &list[0], nil
}

// PurgeOutgoing removes messages that do not wait any more, and have not since the given time. It returns how many.
func (db *DB) PurgeOutgoing(ctx context.Context, before time.Time) (removed int64, err error) {
	defer annotate(&err, "PurgeOutgoing")
	tag, err := db.exec(ctx, `DELETE FROM outgoing WHERE state <> 'waiting' AND updated < $1`, before)
	return tag.RowsAffected(), err
}
