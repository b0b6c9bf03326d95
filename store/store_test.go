package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"convene/ical"
	"convene/store"
	"convene/store/storetest"
)

// newUser makes a user called name and returns it with its home.
func newUser(t testing.TB, db *store.DB, name string) *store.Home {
	t.Helper()
	p, err := db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: name, Addresses: []string{name + "@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	return home(t, db, p.ID)
}

func home(t testing.TB, db *store.DB, id store.PrincipalID) *store.Home {
	t.Helper()
	h, err := db.Home(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// at is an index of one hour that begins hours after a fixed point in time.
func at(hours int) ical.Index {
	r := hour(hours)
	return ical.Index{Occurs: []ical.Range{r}, Busy: []ical.Range{r}}
}

var begin = time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)

func hour(n int) ical.Range {
	start := begin.Add(time.Duration(n) * time.Hour)
	return ical.Range{Start: start, End: start.Add(time.Hour)}
}

func event(name string, hours int) store.NewObject {
	data := []byte(fmt.Sprintf("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:%s\r\nDTSTAMP:20270101T000000Z\r\n"+
		"DTSTART:%s\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", name, hour(hours).Start.Format("20060102T150405Z")))
	return store.NewObject{Name: name + ".ics", UID: name, Component: "VEVENT", ETag: store.ETagOf(data), Data: data, Index: at(hours)}
}

// in runs fn as a transaction on the home of coll.
func in(t testing.TB, db *store.DB, owner store.PrincipalID, fn func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := try(t.Context(), db, owner, fn); err != nil {
		t.Fatal(err)
	}
}

func try(ctx context.Context, db *store.DB, owner store.PrincipalID, fn func(ctx context.Context, tx *store.Tx) error) error {
	_, err := store.InTx(ctx, db, []store.PrincipalID{owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	return err
}

func put(t testing.TB, db *store.DB, coll *store.Collection, objects ...store.NewObject) {
	t.Helper()
	in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		for _, o := range objects {
			if _, err := tx.Put(ctx, coll, o); err != nil {
				return err
			}
		}
		return nil
	})
}

func TestObjects(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	h := newUser(t, db, "ann")
	coll := h.Collection("Default")
	if coll == nil || coll.Kind != store.KindCalendar || len(h.Collections) != 5 {
		t.Fatalf("the new home has %v", h.Collections)
	}

	put(t, db, coll, event("a", 1), event("b", 2))
	o, err := db.Object(ctx, coll, "a.ics")
	if err != nil {
		t.Fatal(err)
	}
	want := event("a", 1)
	if string(o.Data) != string(want.Data) || o.ETag != want.ETag || o.UID != "a" || o.Size != len(want.Data) {
		t.Errorf("got %+v", o)
	}
	if _, err := db.Object(ctx, coll, "c.ics"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an object that is not: got %v", err)
	}

	after := home(t, db, coll.Owner)
	if got := after.Collection("Default").Modseq; got != o.Modseq+1 || after.Root.Modseq != got {
		t.Errorf("modseq of the object, the collection, the home: %d, %d, %d", o.Modseq, got, after.Root.Modseq)
	}

	again := event("a", 3)
	put(t, db, coll, again)
	changed, err := db.Object(ctx, coll, "a.ics")
	if err != nil || string(changed.Data) != string(again.Data) || changed.ID != o.ID || !changed.Created.Equal(o.Created) || changed.Modseq <= o.Modseq {
		t.Errorf("after an update: got %+v, %v; before %+v", changed, err, o)
	}

	in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error { return tx.Delete(ctx, coll, "a.ics") })
	if _, err := db.Object(ctx, coll, "a.ics"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after the deletion: got %v", err)
	}
	err = try(ctx, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error { return tx.Delete(ctx, coll, "a.ics") })
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleting again: got %v", err)
	}
	put(t, db, coll, event("a", 4))
	if o, err := db.Object(ctx, coll, "a.ics"); err != nil || o.ID == changed.ID {
		t.Errorf("a new object at the old name: got %+v, %v", o, err)
	}
}
