package store_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"convene/ical"
	"convene/store"
	"convene/store/storetest"
)

func newRoom(t testing.TB, db *store.DB, name string) store.PrincipalID {
	t.Helper()
	p, err := db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.Room, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	return home(t, db, p.ID).Owner.ID
}

// slot is a booking of a unit for one hour.
func slot(instance string, unit, at int) store.Booking {
	return store.Booking{Unit: unit, During: hour(at), Instance: instance, Booker: "mailto:ann@example.com"}
}

func rebook(t testing.TB, db *store.DB, room store.PrincipalID, uid string, drop []string, add ...store.Booking) error {
	t.Helper()
	return try(t.Context(), db, room, func(ctx context.Context, tx *store.Tx) error { return tx.Rebook(ctx, room, uid, drop, add) })
}

// wantBookings compares the bookings of a room, each as "UID/INSTANCE unit hour".
func wantBookings(t testing.TB, db *store.DB, room store.PrincipalID, want ...string) {
	t.Helper()
	list, err := db.Bookings(t.Context(), room, ical.Range{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, b := range list {
		text := b.UID + "/" + b.Instance + " " + strconv.Itoa(b.Unit) + " " + strconv.Itoa(int(b.During.Start.Sub(begin).Hours()))
		if !b.Held.IsZero() {
			text += " held"
		}
		got = append(got, text)
	}
	if !slices.Equal(got, want) {
		t.Errorf("booked is %q, want %q", got, want)
	}
}

func TestRebook(t *testing.T) {
	now := begin
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
	room, other := newRoom(t, db, "attic"), newRoom(t, db, "cellar")
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	ok(rebook(t, db, room, "a", nil, slot("x", 0, 1), slot("y", 0, 2)))
	ok(rebook(t, db, room, "b", nil, slot("", 1, 1)))
	ok(rebook(t, db, other, "c", nil, slot("", 0, 30)))
	wantBookings(t, db, room, "a/x 0 1", "b/ 1 1", "a/y 0 2")
	if err := rebook(t, db, room, "c", nil, slot("", 0, 1)); !errors.Is(err, store.ErrTaken) {
		t.Errorf("a second booking of one unit: got %v", err)
	}
	if err := rebook(t, db, room, "a", nil, slot("x", 2, 9)); err == nil {
		t.Error("an instance is booked twice")
	}
	ok(rebook(t, db, room, "a", []string{"x", "y"}, slot("x", 0, 2), slot("z", 0, 3)))
	wantBookings(t, db, room, "b/ 1 1", "a/x 0 2", "a/z 0 3")

	// What is held stands in the way until its time, and goes with the next change.
	held := slot("", 0, 5)
	held.Held = now.Add(time.Hour)
	ok(rebook(t, db, room, "d", nil, held))
	if err := rebook(t, db, room, "e", nil, slot("", 0, 5)); !errors.Is(err, store.ErrTaken) {
		t.Errorf("where a time is held: got %v", err)
	}
	now = now.Add(2 * time.Hour)
	wantBookings(t, db, room, "b/ 1 1", "a/x 0 2", "a/z 0 3")
	ok(rebook(t, db, room, "e", nil, slot("", 0, 5)))
	held.During, held.Held = hour(6), now.Add(time.Hour)
	ok(rebook(t, db, room, "e", nil, held))
	wantBookings(t, db, room, "b/ 1 1", "a/x 0 2", "a/z 0 3", "e/ 0 5", "e/ 0 6 held")
	ok(rebook(t, db, room, "e", []string{""}))
	wantBookings(t, db, room, "b/ 1 1", "a/x 0 2", "a/z 0 3")

	// What is over stays.
	in(t, db, room, func(ctx context.Context, tx *store.Tx) error { return tx.Release(ctx, room, "b") })
	in(t, db, room, func(ctx context.Context, tx *store.Tx) error { return tx.Release(ctx, room, "a") })
	wantBookings(t, db, room, "b/ 1 1")
	if n, err := db.PurgeBookings(t.Context(), now); n != 1 || err != nil {
		t.Errorf("purged %d, %v", n, err)
	}
	wantBookings(t, db, room)
	wantBookings(t, db, other, "c/ 0 30")
	err := try(t.Context(), db, other, func(ctx context.Context, tx *store.Tx) error { return tx.Rebook(ctx, room, "a", nil, nil) })
	if err == nil {
		t.Error("bookings changed in a home that is not held")
	}
}

func TestBookingsInTx(t *testing.T) {
	db := storetest.New(t)
	a, b := newRoom(t, db, "a"), newRoom(t, db, "b")
	if err := inBoth(t.Context(), db, a, b, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Rebook(ctx, a, "u", nil, []store.Booking{slot("1", 0, 1), slot("2", 0, 20)}); err != nil {
			return err
		}
		if err := tx.Rebook(ctx, b, "v", nil, []store.Booking{slot("", 0, 1), slot("9", 3, 9)}); err != nil {
			return err
		}
		list, err := tx.Bookings(ctx, []store.PrincipalID{a, b}, "u", []ical.Range{hour(1), hour(3)})
		var got []string
		for _, x := range list {
			got = append(got, x.UID+x.Instance)
		}
		if want := []string{"u1", "u2", "v"}; !slices.Equal(got, want) {
			t.Errorf("found %q, want %q", got, want)
		}
		times, err2 := tx.BookedTime(ctx, []store.PrincipalID{a, b}, ical.Range{Start: begin, End: begin.Add(570 * time.Minute)})
		if times[a] != time.Hour || times[b] != 90*time.Minute {
			t.Errorf("booked for %v", times)
		}
		return errors.Join(err, err2)
	}); err != nil {
		t.Fatal(err)
	}
}

// Whoever goes away takes the bookings along: a calendar, and a room.
func TestBookingsGo(t *testing.T) {
	db := storetest.New(t)
	room := newRoom(t, db, "attic")
	coll := home(t, db, room).Collection("Default")
	put(t, db, coll, event("a", 1), event("b", 2))
	for i, uid := range []string{"a", "b", "gone"} {
		if err := rebook(t, db, room, uid, nil, slot("", 0, i+1)); err != nil {
			t.Fatal(err)
		}
	}
	in(t, db, room, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.SetBookingHorizon(room, begin); err != nil {
			return err
		}
		n, err := tx.ReleaseOrphans(ctx, room)
		if n != 1 {
			t.Errorf("%d orphans", n)
		}
		return err
	})
	wantBookings(t, db, room, "a/ 0 1", "b/ 0 2")
	in(t, db, room, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteCollection(ctx, coll) })
	wantBookings(t, db, room)
	in(t, db, room, func(ctx context.Context, tx *store.Tx) error {
		until, err := tx.BookingHorizon(ctx, room)
		if !until.IsZero() {
			t.Errorf("the room was looked through up to %v", until)
		}
		return err
	})
	if err := rebook(t, db, room, "c", nil, slot("", 0, 1)); err != nil {
		t.Fatal(err)
	}
	if err := db.DeletePrincipal(t.Context(), room); err != nil {
		t.Fatal(err)
	}
	wantBookings(t, db, room)
}

func TestBookingHorizon(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	newUser(t, db, "ann")
	room := newRoom(t, db, "attic")
	due := func(want ...store.PrincipalID) {
		t.Helper()
		if got, err := db.RoomsToExtend(ctx, begin); err != nil || !slices.Equal(got, want) {
			t.Errorf("to be looked through: %v, %v, want %v", got, err, want)
		}
	}
	due(room)
	for _, until := range []time.Time{begin.Add(-time.Hour), begin} {
		in(t, db, room, func(ctx context.Context, tx *store.Tx) error { return tx.SetBookingHorizon(room, until) })
		in(t, db, room, func(ctx context.Context, tx *store.Tx) error {
			if got, err := tx.BookingHorizon(ctx, room); err != nil || !got.Equal(until) {
				t.Errorf("looked through until %v, %v, want %v", got, err, until)
			}
			return nil
		})
	}
	due()
	if err := db.ForgetBookingHorizon(ctx, room); err != nil {
		t.Fatal(err)
	}
	due(room)

	coll := home(t, db, room).Collection("Default")
	put(t, db, coll, event("a", 1), event("b", 5), event("c", 9))
	var names []string
	in(t, db, room, func(ctx context.Context, tx *store.Tx) error {
		return tx.ObjectsDuring(ctx, room, []ical.Range{{Start: hour(5).Start}}, func(o *store.Object) error {
			names = append(names, o.UID)
			if len(o.Data) == 0 {
				t.Errorf("%s has no data", o.Name)
			}
			return nil
		})
	})
	if slices.Sort(names); strings.Join(names, " ") != "b c" {
		t.Errorf("found %q", names)
	}
}

func TestMembersByAddress(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	ann, bob := newUser(t, db, "ann"), newUser(t, db, "bob")
	group := func(name string, members ...store.PrincipalID) store.PrincipalID {
		p, err := db.CreatePrincipal(ctx, store.NewPrincipal{Kind: store.Group, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range members {
			if err := db.AddMember(ctx, p.ID, m); err != nil {
				t.Fatal(err)
			}
		}
		return p.ID
	}
	staff := group("staff", ann.Owner.ID)
	group("all", staff, bob.Owner.ID)
	in(t, db, ann.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		got, err := tx.MembersByAddress(ctx, []string{"staff", "all", "none"})
		a := got["mailto:ann@example.com"]
		slices.Sort(a)
		if !slices.Equal(a, []string{"all", "staff"}) || !slices.Equal(got["mailto:bob@example.com"], []string{"all"}) || len(got) != 2 {
			t.Errorf("got %v", got)
		}
		return err
	})
}
