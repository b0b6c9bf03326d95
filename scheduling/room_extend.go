package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// extendEarly is how long before the end of what is booked ahead more is booked.
const extendEarly = 30 * 24 * time.Hour

// ExtendBookings books the instances of endless series that have come into reach, and whatever else is in the calendars of rooms without its
// bookings: after an import, and in a database from before there were any. An organizer is told of each instance that cannot be had. It
// returns how many rooms were looked through. Several may run at once, and begin anew after a failure.
func (e *Engine) ExtendBookings(ctx context.Context, now time.Time) (rooms int64, err error) {
	due, err := e.db.RoomsToExtend(ctx, now.Add(bookAhead-extendEarly))
	if err != nil {
		return 0, err
	}
	var failed []error
	for _, id := range due {
		if err := e.extendRoom(ctx, id); err != nil && !errors.Is(err, store.ErrNotFound) {
			failed = append(failed, fmt.Errorf("scheduling: ExtendBookings(%d): %w", id, err))
			continue
		}
		rooms++
	}
	return rooms, errors.Join(failed...)
}

// extendRoom looks through one room, one object a transaction.
func (e *Engine) extendRoom(ctx context.Context, room store.PrincipalID) error {
	type place struct {
		coll store.CollectionID
		name string
	}
	var places []place
	var until time.Time
	owners := []store.PrincipalID{room}
	_, err := store.InTx(ctx, e.db, owners, func(ctx context.Context, tx *store.Tx) (_ struct{}, err error) {
		places, until = nil, tx.Now().Add(bookAhead)
		from, err := tx.BookingHorizon(ctx, room)
		if err != nil {
			return struct{}{}, err
		}
		if from.IsZero() {
			from = tx.Now()
		}
		return struct{}{}, tx.ObjectsDuring(ctx, room, []ical.Range{{Start: from}}, func(o *store.Object) error {
			places = append(places, place{o.Collection, o.Name})
			return nil
		})
	})
	if err != nil {
		return err
	}
	for _, p := range places {
		if _, err := Run(ctx, e, owners, nil, func(ctx context.Context, w *Work) (struct{}, error) {
			return struct{}{}, w.extend(ctx, room, p.coll, p.name)
		}); err != nil {
			return err
		}
	}
	_, err = store.InTx(ctx, e.db, owners, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		if _, err := tx.ReleaseOrphans(ctx, room); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, tx.SetBookingHorizon(room, until)
	})
	return err
}

// extend books what of an object of a room is not booked yet, and declines what cannot be.
func (w *Work) extend(ctx context.Context, room store.PrincipalID, id store.CollectionID, name string) error {
	home := w.Tx.Home(room)
	coll := home.CollectionByID(id)
	if coll == nil {
		return nil
	}
	o, err := w.Tx.Object(ctx, coll, name)
	if errors.Is(err, store.ErrNotFound) || err == nil && o.Component != "VEVENT" {
		return nil
	}
	if err != nil {
		return err
	}
	cp := &copied{home: home, coll: coll, obj: o}
	if err := cp.read(); err != nil {
		w.e.log.WarnContext(ctx, "a stored object cannot be read", "collection", o.Collection, "name", o.Name, "error", err)
		return nil
	}
	if err := w.know(itip.Addresses(cp.cal)); err != nil {
		return err
	}
	rules := w.policyOf(ctx, home.Owner)
	if rules == nil || len(rules.Pool) > 0 {
		return nil
	}
	d, err := w.desk(ctx, home, rules, cp.cal, coll.Zone, w.Tx.Now())
	if err != nil {
		return err
	}
	a, refused, err := d.sync(ctx)
	if err != nil {
		return err
	}
	if err := w.Tx.Rebook(ctx, room, cp.cal.UID, a.drop, a.add); err != nil {
		return err
	}
	if organizerOf(cp.cal) == "" || len(refused) == 0 {
		return nil
	}
	for _, v := range refused {
		a.answers = append(a.answers, reaction{id: v.id, status: "DECLINED", text: textTaken})
	}
	w.begin(cp.cal.UID, room, cp)
	return w.reply(ctx, cp, a)
}
