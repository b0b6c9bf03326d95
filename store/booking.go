package store

import (
	"context"
	"time"

	"convene/ical"

	"github.com/jackc/pgx/v5"
)

// Booking says that a room or resource is taken, by one instance of an event. Of one unit no two overlap: the database sees to that.
type Booking struct {
	Room     PrincipalID
	Unit     int // from 0: there are as many as there may be bookings at a time
	During   ical.Range
	UID      string
	Instance string    // its RECURRENCE-ID in UTC; "": of what does not recur
	Booker   string    // calendar user address of the organizer, normalised; "": whoever wrote into the calendar
	Held     time.Time // until when a time that was offered is kept for the organizer; zero: it is booked
	Made     time.Time
}

const bookingColumns = `room, unit, during, uid, instance, booker, held, made`

func scanBookings(rows pgx.Rows, err error) (list []Booking, _ error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b Booking
		var held *time.Time
		if err := rows.Scan(&b.Room, &b.Unit, (*span)(&b.During), &b.UID, &b.Instance, &b.Booker, &held, &b.Made); err != nil {
			return nil, err
		}
		if held != nil {
			b.Held = held.UTC()
		}
		b.Made = b.Made.UTC()
		list = append(list, b)
	}
	return list, rows.Err()
}

// Bookings returns the bookings of a room that overlap r, by their start, with what is kept for somebody.
func (db *DB) Bookings(ctx context.Context, room PrincipalID, r ical.Range) (_ []Booking, err error) {
	defer annotate(&err, "Bookings(%d)", room)
	return scanBookings(db.pool.Query(ctx, `
		SELECT `+bookingColumns+`
		FROM booking
		WHERE room = $1 AND during && $2 AND (held IS NULL OR held > $3)
		ORDER BY lower(during), unit`, room, rangeArg(r), db.now()))
}

// Bookings returns the bookings of some rooms that are of the event with that UID, or overlap one of the ranges.
func (tx *Tx) Bookings(ctx context.Context, rooms []PrincipalID, uid string, during []ical.Range) (_ []Booking, err error) {
	defer annotate(&err, "Bookings(%v, %q)", rooms, uid)
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	return scanBookings(tx.conn.Query(ctx, `
		SELECT `+bookingColumns+`
		FROM unnest($1::bigint[]) AS wanted (id), LATERAL (
			SELECT * FROM booking WHERE room = wanted.id AND uid = $2
			UNION
			SELECT * FROM booking WHERE room = wanted.id AND during && $3::tstzmultirange) AS b
		WHERE held IS NULL OR held > $4
		ORDER BY room, lower(during), unit`, rooms, uid, spansArg(during), tx.now))
}

// Rebook gives an event other bookings of a room whose home the transaction holds: of those it has, the ones of the instances in drop go, and
// whatever was kept for its organizer; those in add, of which Unit, During, Instance, Booker and Held count, are made. ErrTaken, also from
// InTx: a unit is not free then.
func (tx *Tx) Rebook(ctx context.Context, room PrincipalID, uid string, drop []string, add []Booking) (err error) {
	defer annotate(&err, "Rebook(%d, %q)", room, uid)
	if _, err := tx.locked(room); err != nil {
		return err
	}
	tx.queue(`
		DELETE FROM booking
		WHERE room = $1 AND (held <= $4 OR uid = $2 AND (held IS NOT NULL OR instance = ANY ($3::text[])))`, room, uid, drop, tx.now)
	if len(add) == 0 {
		return tx.bound(ctx)
	}
	n := len(add)
	units, starts, ends := make([]int32, n), make([]time.Time, n), make([]time.Time, n)
	instances, bookers, held := make([]string, n), make([]string, n), make([]*time.Time, n)
	for i, b := range add {
		units[i], starts[i], ends[i], instances[i], bookers[i] = int32(b.Unit), b.During.Start, b.During.End, b.Instance, b.Booker
		if !b.Held.IsZero() {
			held[i] = &b.Held
		}
	}
	tx.queue(`
		INSERT INTO booking (room, unit, during, uid, instance, booker, held, made)
		SELECT $1, unit, tstzrange(start, stop), $2, instance, booker, held, $3
		FROM unnest($4::integer[], $5::timestamptz[], $6::timestamptz[], $7::text[], $8::text[], $9::timestamptz[])
			AS b (unit, start, stop, instance, booker, held)`, room, uid, tx.now, units, starts, ends, instances, bookers, held)
	tx.bytes += 100 * n
	return tx.bound(ctx)
}

// Release takes from an event the bookings of a room that are not over yet.
func (tx *Tx) Release(ctx context.Context, room PrincipalID, uid string) (err error) {
	defer annotate(&err, "Release(%d, %q)", room, uid)
	if _, err := tx.locked(room); err != nil {
		return err
	}
	tx.queue(`DELETE FROM booking WHERE room = $1 AND uid = $2 AND (held IS NOT NULL OR upper(during) > $3)`, room, uid, tx.now)
	return tx.bound(ctx)
}

// BookedTime adds up for how long each of some rooms is booked in a range.
func (tx *Tx) BookedTime(ctx context.Context, rooms []PrincipalID, r ical.Range) (_ map[PrincipalID]time.Duration, err error) {
	defer annotate(&err, "BookedTime(%v)", rooms)
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	rows, err := tx.conn.Query(ctx, `
		SELECT room, extract(epoch FROM sum(upper(during * $2) - lower(during * $2)))::bigint
		FROM booking
		WHERE room = ANY ($1::bigint[]) AND during && $2 AND held IS NULL
		GROUP BY room`, rooms, rangeArg(r))
	if err != nil {
		return nil, err
	}
	total := make(map[PrincipalID]time.Duration)
	var room PrincipalID
	var seconds int64
	_, err = pgx.ForEachRow(rows, []any{&room, &seconds}, func() error {
		total[room] = time.Duration(seconds) * time.Second
		return nil
	})
	return total, err
}

// MembersByAddress returns the names of those of some groups that somebody is in, directly or by way of other groups, by the calendar user
// addresses of the members.
func (tx *Tx) MembersByAddress(ctx context.Context, groups []string) (_ map[string][]string, err error) {
	defer annotate(&err, "MembersByAddress(%q)", groups)
	rows, err := tx.conn.Query(ctx, `
		WITH RECURSIVE down (grp, id) AS (
			SELECT name, id FROM principal WHERE kind = 'group' AND name = ANY ($1::text[])
			UNION
			SELECT down.grp, m.member FROM down JOIN membership m ON m.grp = down.id)
		SELECT a.address, down.grp FROM down JOIN address a ON a.principal = down.id`, groups)
	if err != nil {
		return nil, err
	}
	members := make(map[string][]string)
	var address, group string
	_, err = pgx.ForEachRow(rows, []any{&address, &group}, func() error {
		members[address] = append(members[address], group)
		return nil
	})
	return members, err
}
