package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// TraceEntry says what became of one scheduling message for one recipient.
type TraceEntry struct {
	At        time.Time   // zero: the time of the transaction
	Owner     PrincipalID // whose calendar changed, or would have
	Actor     string      // name of the principal that acted
	UID       string
	Sender    string // calendar user address
	Recipient string // likewise
	Method    string
	Rule      string
	Outcome   string
	Status    string // SCHEDULE-STATUS (RFC 6638 section 3.2.9)
	Quiet     bool   // the recipient was not told
	Sequence  int
	Instances []string // RECURRENCE-IDs; nil: all
}

// AddTrace writes entries down with the commit. Texts that the database could not hold are made fit.
func (tx *Tx) AddTrace(entries []TraceEntry) {
	if len(entries) == 0 {
		return
	}
	n := len(entries)
	at, owners, sequences, quiet := make([]time.Time, n), make([]PrincipalID, n), make([]int, n), make([]bool, n)
	var texts [9][]string
	for i := range entries {
		e := &entries[i]
		if at[i] = e.At; e.At.IsZero() {
			at[i] = tx.now
		}
		owners[i], sequences[i], quiet[i] = e.Owner, e.Sequence, e.Quiet
		for k, text := range [...]string{e.Actor, e.UID, e.Sender, e.Recipient, e.Method, e.Rule, e.Outcome, e.Status, strings.Join(e.Instances, " ")} {
			texts[k] = append(texts[k], storable(text))
		}
		texts[1][i] = clip(texts[1][i])
	}
	args := []any{at, owners, sequences, quiet}
	for _, column := range texts {
		args = append(args, column)
	}
	tx.queue(`
		INSERT INTO trace (at, owner, sequence, quiet, actor, uid, sender, recipient, method, rule, outcome, status, instances)
		SELECT at, owner, sequence, quiet, actor, uid, sender, recipient, method, rule, outcome, status, string_to_array(instances, ' ')
		FROM unnest($1::timestamptz[], $2::bigint[], $3::integer[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
			$10::text[], $11::text[], $12::text[], $13::text[])
			AS t (at, owner, sequence, quiet, actor, uid, sender, recipient, method, rule, outcome, status, instances)`, args...)
}

// storable makes a text from elsewhere one that PostgreSQL takes.
func storable(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

// clip shortens what is a key of an index.
func clip(text string) string {
	if len(text) <= maxNameBytes {
		return text
	}
	return strings.ToValidUTF8(text[:maxNameBytes], "")
}

// Trace returns entries about a UID in the calendars of owners (nil: of all), the latest first, limit of them at most. uid "": any.
func (db *DB) Trace(ctx context.Context, uid string, owners []PrincipalID, limit int) (_ []TraceEntry, err error) {
	defer annotate(&err, "Trace(%q)", uid)
	where, args := []string{`true`}, []any{limit}
	if uid != "" {
		args = append(args, clip(storable(uid)))
		where = append(where, fmt.Sprintf(`uid = $%d`, len(args)))
	}
	if owners != nil {
		args = append(args, owners)
		where = append(where, fmt.Sprintf(`owner = ANY ($%d)`, len(args)))
	}
	rows, err := db.pool.Query(ctx, `
		SELECT at, owner, actor, uid, sender, recipient, method, rule, outcome, status, quiet, sequence, instances
		FROM trace
		WHERE `+strings.Join(where, ` AND `)+`
		ORDER BY at DESC, id DESC
		LIMIT $1`, args...)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[TraceEntry])
	for i := range list {
		list[i].At = list[i].At.UTC()
		if len(list[i].Instances) == 0 {
			list[i].Instances = nil
		}
	}
	return list, err
}

// PurgeTrace removes what was written down before the given time, and returns how many entries.
func (db *DB) PurgeTrace(ctx context.Context, before time.Time) (removed int64, err error) {
	defer annotate(&err, "PurgeTrace")
	tag, err := db.exec(ctx, `DELETE FROM trace WHERE at < $1`, before)
	return tag.RowsAffected(), err
}
