package store

import (
	"context"
	"time"

	"convene/ical"
)

// RoomsToExtend returns the rooms and resources that have not been looked through for bookings up to a time.
func (db *DB) RoomsToExtend(ctx context.Context, until time.Time) (_ []PrincipalID, err error) {
	defer annotate(&err, "RoomsToExtend")
	return db.owners(ctx, `
		SELECT p.id
		FROM principal p LEFT JOIN booking_horizon h ON h.room = p.id
		WHERE p.kind IN ('room', 'resource') AND (h.until IS NULL OR h.until < $1)
		ORDER BY p.id`, until)
}

// BookingHorizon is up to when all that is in the calendars of a room has its bookings. The zero time: nobody has looked yet.
func (tx *Tx) BookingHorizon(ctx context.Context, room PrincipalID) (until time.Time, err error) {
	defer annotate(&err, "BookingHorizon(%d)", room)
	rows, err := tx.conn.Query(ctx, `SELECT until FROM booking_horizon WHERE room = $1`, room)
	if err != nil {
		return time.Time{}, err
	}
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(&until)
	}
	if err == nil {
		rows.Close()
		err = rows.Err()
	}
	return until.UTC(), err
}

// SetBookingHorizon notes up to when a room, whose home the transaction holds, has been looked through.
func (tx *Tx) SetBookingHorizon(room PrincipalID, until time.Time) error {
	if _, err := tx.locked(room); err != nil {
		return err
	}
	tx.queue(`
		INSERT INTO booking_horizon (room, until) VALUES ($1, $2)
		ON CONFLICT (room) DO UPDATE SET until = excluded.until`, room, until)
	return nil
}

// ForgetBookingHorizon lets a room be looked through again.
func (db *DB) ForgetBookingHorizon(ctx context.Context, room PrincipalID) (err error) {
	defer annotate(&err, "ForgetBookingHorizon(%d)", room)
	_, err = db.exec(ctx, `DELETE FROM booking_horizon WHERE room = $1`, room)
	return err
}

// ObjectsDuring calls fn for each object in the calendars of a home that may have an instance in one of some ranges, in no order. fn must not
// use the transaction.
func (tx *Tx) ObjectsDuring(ctx context.Context, owner PrincipalID, during []ical.Range, fn func(*Object) error) (err error) {
	defer annotate(&err, "ObjectsDuring(%d)", owner)
	h, err := tx.locked(owner)
	if err != nil {
		return err
	}
	if err := tx.flush(ctx); err != nil {
		return err
	}
	for _, coll := range h.work.Collections {
		if coll.Kind != KindCalendar {
			continue
		}
		rows, err := tx.conn.Query(ctx, `
			SELECT `+dataColumns+`
			FROM object
			WHERE collection = $1 AND occurs && $2::tstzmultirange AND NOT isempty(occurs) AND NOT deleted`, coll.ID, spansArg(during))
		if err != nil {
			return err
		}
		if err := eachObject(rows, coll, whole, fn); err != nil {
			return err
		}
	}
	return nil
}

// ReleaseOrphans takes away the bookings of a room that are not over and are of no event in its calendars, and returns how many there were.
func (tx *Tx) ReleaseOrphans(ctx context.Context, room PrincipalID) (n int64, err error) {
	defer annotate(&err, "ReleaseOrphans(%d)", room)
	h, err := tx.locked(room)
	if err != nil {
		return 0, err
	}
	if err := tx.flush(ctx); err != nil {
		return 0, err
	}
	calendars := []CollectionID{}
	for _, coll := range h.work.Collections {
		if coll.Kind == KindCalendar {
			calendars = append(calendars, coll.ID)
		}
	}
	tag, err := tx.conn.Exec(ctx, `
		DELETE FROM booking b
		WHERE room = $1 AND held IS NULL AND upper(during) > $2 AND NOT EXISTS (
			SELECT FROM object o WHERE o.collection = ANY ($3::bigint[]) AND o.uid = b.uid AND o.uid <> '' AND NOT o.deleted)`,
		room, tx.now, calendars)
	return tag.RowsAffected(), err
}

// PurgeBookings removes the bookings that were over before a time, and what was kept for somebody and is no more. It returns how many.
func (db *DB) PurgeBookings(ctx context.Context, before time.Time) (_ int64, err error) {
	defer annotate(&err, "PurgeBookings")
	tag, err := db.exec(ctx, `DELETE FROM booking WHERE during << tstzrange($1, NULL) OR held < $2`, before, db.now())
	return tag.RowsAffected(), err
}

// releaseOf queues that the bookings of all events of a calendar that is deleted go, if its home is that of a room. A copy of an event in
// another of its calendars is booked again when the room is looked through.
func (tx *Tx) releaseOf(h *lockedHome, coll *Collection) {
	if !h.base.Owner.Kind.Bookable() {
		return
	}
	tx.queue(`
		DELETE FROM booking b USING object o
		WHERE b.room = $1 AND (b.held IS NOT NULL OR upper(b.during) > $3) AND o.collection = $2 AND o.uid = b.uid AND o.uid <> '' AND NOT o.deleted`,
		h.owner, coll.ID, tx.now)
	tx.LookAgain(h.owner)
}

// LookAgain lets the owner of a home in which something was stored without being booked be looked through again, if it is a room or resource.
func (tx *Tx) LookAgain(owner PrincipalID) {
	if h, err := tx.locked(owner); err == nil && h.base.Owner.Kind.Bookable() {
		tx.queue(`DELETE FROM booking_horizon WHERE room = $1`, owner)
	}
}

// Bookable says whether there are bookings of such a principal.
func (k PrincipalKind) Bookable() bool { return k == Room || k == Resource }
