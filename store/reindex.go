package store

import (
	"context"
	"time"

	"convene/ical"

	"github.com/jackc/pgx/v5"
)

// indexOf works out when an object of c happens; the zero index for what is no calendar object.
func indexOf(data []byte, c *Collection, now time.Time) (ical.Index, error) {
	obj, err := ical.ParseObject(data, ical.StoredLimits)
	if err != nil {
		return ical.Index{}, err
	}
	return obj.Index(now, c.Zone, c.Person.Is)
}

// indexColumns are set by every statement that stores an index; indexArgs are their values.
const indexColumns = `occurs, busy, tentative, exact, floating, renew, class`

func indexArgs(x ical.Index, now time.Time) []any {
	return []any{spansArg(x.Occurs), spansArg(x.Busy), spansArg(x.Tentative), span(x.Exact), x.Floating, null(renewal(x, now)), int16(x.Class)}
}

// minRenewal bounds how often an object is indexed anew: one that happens so often that little of it is worked out would
// otherwise be at it all the time.
const minRenewal = 30 * 24 * time.Hour

// renewal is when the index should be worked out again: half-way through what of the future it is exact for.
func renewal(x ical.Index, now time.Time) time.Time {
	if x.Exact.End.IsZero() {
		return time.Time{}
	}
	return now.Add(max(x.Exact.End.Sub(now)/2, minRenewal))
}

// spansArg is not NULL where there are none.
func spansArg(r []ical.Range) spans {
	if r == nil {
		return spans{}
	}
	return r
}

// queueReindex queues an update of the index for each row of (id, name, data). What cannot be parsed any more keeps
// the index it has.
func queueReindex(rows pgx.Rows, b *pgx.Batch, c *Collection, now time.Time) error {
	defer rows.Close()
	for rows.Next() {
		var id int64
		var name string
		var data []byte
		if err := rows.Scan(&id, &name, &data); err != nil {
			return err
		}
		index, err := indexOf(data, c, now)
		if err != nil {
			continue
		}
		b.Queue(`
			UPDATE object SET (`+indexColumns+`) = ROW ($5, $6, $7, $8, $9, $10, $11)
			WHERE owner = $1 AND collection = $2 AND name = $3 AND id = $4 AND NOT deleted`,
			append([]any{c.Owner, c.ID, name, id}, indexArgs(index, now)...)...)
	}
	return rows.Err()
}

// invited is true of objects whose busy time may depend on who the calendar belongs to: those with attendees.
const invited = `component = 'VEVENT' AND encode(data, 'escape') ~* 'ATTENDEE'`

// forgetAnswers has the objects of a principal indexed anew by maintenance that it may have been invited to, as it got another name or
// other addresses.
func forgetAnswers(ctx context.Context, tx pgx.Tx, owner PrincipalID, now time.Time) error {
	_, err := tx.Exec(ctx, `UPDATE object SET renew = $2 WHERE owner = $1 AND NOT deleted AND `+invited, owner, now)
	return err
}
