package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"convene/ical"
	"convene/store"
	"convene/store/storetest"
)

// found are the names of the objects with an instance in r, a "?" after those to verify.
func found(t testing.TB, db *store.DB, coll *store.Collection, q store.RangeQuery) map[string]bool {
	t.Helper()
	got := map[string]bool{}
	if err := db.QueryRange(t.Context(), coll, q, func(o *store.Object, verify bool) error {
		if got[o.Name] {
			t.Errorf("%s comes twice", o.Name)
		}
		got[o.Name] = verify
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestPurgeTombstones(t *testing.T) {
	now := begin
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
	ctx := t.Context()
	coll := newUser(t, db, "ann").Collection("Default")
	put(t, db, coll, event("a", 1), event("b", 1), event("c", 1))
	start := home(t, db, coll.Owner)
	in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error { return tx.Delete(ctx, coll, "a.ics") })
	in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		return tx.DeleteCollection(ctx, start.Collection("Attachments"))
	})
	middle := home(t, db, coll.Owner)
	now = now.AddDate(0, 2, 0)
	in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error { return tx.Delete(ctx, coll, "b.ics") })

	if n, err := db.PurgeTombstones(ctx, now.AddDate(0, -1, 0)); err != nil || n != 2 {
		t.Fatalf("removed %d, %v, want 2", n, err)
	}
	after := home(t, db, coll.Owner)
	c := after.CollectionByID(coll.ID)
	wantChanges(t, db, c, middle.CollectionByID(coll.ID).Modseq, "-b")
	wantChanges(t, db, c, 0, "c")
	if _, _, err := db.Changes(ctx, c, start.CollectionByID(coll.ID).Modseq, 0, store.Listing, nil); !errors.Is(err, store.ErrTokenTooOld) {
		t.Errorf("a token from before the first deletion: got %v", err)
	}
	wantHome(t, db, coll.Owner, middle.Root.Modseq, true, "-Default/b")
	if _, _, err := db.HomeChanges(ctx, coll.Owner, start.Root.Modseq, 0, true, nil); !errors.Is(err, store.ErrTokenTooOld) {
		t.Errorf("a token of the home from before: got %v", err)
	}
	if n, err := db.PurgeTombstones(ctx, now.AddDate(0, -1, 0)); err != nil || n != 0 || home(t, db, coll.Owner).Root.Modseq != after.Root.Modseq {
		t.Errorf("purging again: removed %d, %v", n, err)
	}
}

const daily = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:daily\r\nDTSTAMP:20270101T000000Z\r\n" +
	"DTSTART:20270301T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// newObject indexes data as the server does.
func newObject(t testing.TB, name, data string, coll *store.Collection, now time.Time) store.NewObject {
	t.Helper()
	obj, err := ical.ParseObject([]byte(data), ical.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	index, err := obj.Index(now, coll.Zone, coll.Person.Is)
	if err != nil {
		t.Fatal(err)
	}
	return store.NewObject{Name: name, UID: obj.UID, Component: obj.Component, ETag: store.ETagOf([]byte(data)), Data: []byte(data), Index: index}
}

func TestReindexStale(t *testing.T) {
	now := begin
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
	ctx := t.Context()
	coll := newUser(t, db, "ann").Collection("Default")
	put(t, db, coll, newObject(t, "daily.ics", daily, coll, now), event("once", 1))
	verify := func(years int) bool {
		t.Helper()
		day := ical.Range{Start: begin.AddDate(years, 0, 0), End: begin.AddDate(years, 0, 1)}
		got, ok := found(t, db, coll, store.RangeQuery{Range: day})["daily.ics"]
		if !ok {
			t.Errorf("not found in %d years", years)
		}
		return got
	}
	if verify(0) || !verify(4) {
		t.Error("the index must be exact now, and not in 4 years")
	}
	if n, err := db.ReindexStale(ctx, 10); err != nil || n != 0 {
		t.Errorf("while it is fresh: did %d, %v", n, err)
	}
	now = now.AddDate(4, 0, 0)
	modseq := home(t, db, coll.Owner).Root.Modseq
	if n, err := db.ReindexStale(ctx, 10); err != nil || n != 1 {
		t.Errorf("4 years later: did %d, %v", n, err)
	}
	if verify(4) {
		t.Error("then it must be exact")
	}
	if n, err := db.ReindexStale(ctx, 10); err != nil || n != 0 {
		t.Errorf("again: did %d, %v", n, err)
	}
	if got := home(t, db, coll.Owner).Root.Modseq; got != modseq {
		t.Errorf("those who sync are told of it: modseq %d, before %d", got, modseq)
	}
}

const floating = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:floating\r\nDTSTAMP:20270101T000000Z\r\n" +
	"DTSTART:20270301T090000\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

const tokyo = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n" +
	"TZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n"

// Floating times move with the zone they are taken in: the collection's, the owner's, the server's.
func TestFloatingTimes(t *testing.T) {
	url := storetest.URL(t)
	db := storetest.Open(t, store.Options{URL: url})
	ctx := t.Context()
	coll := newUser(t, db, "ann").Collection("Default")
	put(t, db, coll, newObject(t, "floating.ics", floating, coll, begin))
	wantHour := func(when string, hour int) {
		t.Helper()
		for h := range 24 {
			r := ical.Range{Start: begin.Add(time.Duration(h) * time.Hour), End: begin.Add(time.Duration(h+1) * time.Hour)}
			if got := len(found(t, db, coll, store.RangeQuery{Range: r})); got != 0 != (h == hour) {
				t.Errorf("%s: %d found at %d h", when, got, h)
			}
		}
	}
	wantHour("in UTC", 9)
	if got := found(t, db, coll, store.RangeQuery{Range: hour(22), Widen: true}); !got["floating.ics"] {
		t.Errorf("asked in another zone: got %v", got)
	}
	if _, err := db.UpdatePrincipal(ctx, coll.Owner, func(p *store.NewPrincipal) error { p.Timezone = "America/New_York"; return nil }); err != nil {
		t.Fatal(err)
	}
	wantHour("in the owner's zone", 14)
	setZone := func(tz string) {
		in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
			c := tx.Home(coll.Owner).CollectionByID(coll.ID)
			p := c.Properties
			p.Timezone = tz
			_, err := tx.SetProperties(ctx, c, p)
			return err
		})
	}
	setZone(tokyo)
	wantHour("in the collection's zone", 0)
	if got := refresh(t, db, coll).Zone.String(); got != "Asia/Tokyo" {
		t.Errorf("the collection's zone is %s", got)
	}
	setZone("")
	wantHour("in the owner's again", 14)
	if _, err := db.UpdatePrincipal(ctx, coll.Owner, func(p *store.NewPrincipal) error { p.Timezone = ""; return nil }); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ReindexStale(ctx, 10); err != nil { // remembers the server's zone
		t.Fatal(err)
	}
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	moved := storetest.Open(t, store.Options{URL: url, DefaultZone: paris})
	if n, err := moved.ReindexStale(ctx, 10); err != nil || n != 1 {
		t.Errorf("the server moved: did %d, %v", n, err)
	}
	wantHour("in the server's new zone", 8)
	if n, err := moved.ReindexStale(ctx, 10); err != nil || n != 0 {
		t.Errorf("again: did %d, %v", n, err)
	}
}

func TestBusy(t *testing.T) {
	db := storetest.New(t)
	coll := newUser(t, db, "ann").Collection("Default")
	free, tentative := event("free", 2), event("maybe", 6)
	free.Index.Busy = nil
	tentative.Index.Busy, tentative.Index.Tentative = nil, tentative.Index.Busy
	put(t, db, coll, event("a", 1), event("b", 2), event("c", 4), free, tentative, newObject(t, "daily.ics", daily, coll, begin), event("far", 100))
	ask := func(r ical.Range, uids ...string) store.BusyTime {
		t.Helper()
		found, err := db.Busy(t.Context(), []store.BusyCalendar{{Collection: coll}}, r, uids)
		if err != nil || len(found) != 1 {
			t.Fatalf("%v, %v", found, err)
		}
		return found[0]
	}
	r := ical.Range{Start: hour(1).Start.Add(30 * time.Minute), End: hour(8).Start}
	got := ask(r)
	if len(got.Rest) != 0 {
		t.Fatalf("left to ical: %v", got.Rest)
	}
	if len(got.Busy) != 2 || !got.Busy[0].Start.Equal(r.Start) || !got.Busy[0].End.Equal(hour(2).End) || got.Busy[1] != hour(4) {
		t.Errorf("busy %v", got.Busy)
	}
	if len(got.Tentative) != 1 || got.Tentative[0] != hour(6) {
		t.Errorf("tentative %v", got.Tentative)
	}
	if got := ask(r, "b", "maybe", "none"); len(got.Busy) != 2 || !got.Busy[0].End.Equal(hour(1).End) || len(got.Tentative) != 0 || len(got.Rest) != 2 {
		t.Errorf("two objects given back: %v", got)
	}
	got = ask(ical.Range{Start: begin.AddDate(5, 0, 0), End: begin.AddDate(5, 0, 7)})
	if len(got.Busy)+len(got.Tentative) != 0 || len(got.Rest) != 1 || len(got.Rest[0].Data) == 0 {
		t.Errorf("beyond what is indexed: %v", got)
	}
	if got := ask(ical.Range{Start: hour(50).Start, End: hour(51).Start}); len(got.Busy) != 0 {
		t.Errorf("a free hour: busy %v", got.Busy)
	}
}

// Several calendars are one question, and each has its own answer.
func TestBusyOfMany(t *testing.T) {
	db := storetest.New(t)
	ann, bob := newUser(t, db, "ann").Collection("Default"), newUser(t, db, "bob").Collection("Default")
	put(t, db, ann, event("a", 1), event("b", 3))
	put(t, db, bob, event("a", 2))
	empty := newUser(t, db, "cy").Collection("Default")
	found, err := db.Busy(t.Context(), []store.BusyCalendar{{Collection: bob}, {Collection: empty}, {Collection: ann, Apart: []string{"b.ics", "none.ics"}}, {Collection: bob}},
		ical.Range{Start: hour(0).Start, End: hour(10).Start}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if b := found[0].Busy; len(b) != 1 || b[0] != hour(2) || len(found[3].Busy) != 1 || len(found[0].Rest) != 0 {
		t.Errorf("bob: %v", found[0])
	}
	if len(found[1].Busy)+len(found[1].Rest) != 0 {
		t.Errorf("cy: %v", found[1])
	}
	if b := found[2]; len(b.Busy) != 1 || b.Busy[0] != hour(1) || len(b.Rest) != 1 || b.Rest[0].Name != "b.ics" {
		t.Errorf("ann: %v", b)
	}
}

func TestSizes(t *testing.T) {
	db, reader := two(t)
	coll := newUser(t, db, "ann").Collection("Default")
	home(t, reader, coll.Owner)
	a, b, larger := event("a", 1), event("b", 1), padded("a", 1)
	want := func(when string, objects int64, bytes int) {
		t.Helper()
		fresh := storetest.Open(t, store.Options{URL: db.URL(), Uncached: true})
		seq := refresh(t, fresh, coll).Modseq
		for i, db := range []*store.DB{fresh, db, reader} {
			eventually(t, func() bool { return refresh(t, db, coll).Modseq == seq })
			if c := refresh(t, db, coll); c.Objects != objects || c.Bytes != int64(bytes) {
				t.Errorf("%s: %d has %d objects of %d bytes, want %d of %d", when, i, c.Objects, c.Bytes, objects, bytes)
			}
		}
	}
	want("empty", 0, 0)
	put(t, db, coll, a, b)
	want("two", 2, len(a.Data)+len(b.Data))
	put(t, db, coll, larger)
	want("one larger", 2, len(larger.Data)+len(b.Data))
	in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error { return tx.Delete(ctx, coll, "b.ics") })
	want("one deleted", 1, len(larger.Data))
	in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		to, err := tx.CreateCollection(ctx, coll.Owner, store.NewCollection{Name: "Copy", Kind: store.KindCalendar})
		if err != nil {
			return err
		}
		return tx.CopyObjects(ctx, coll, to)
	})
	if got, err := db.QuotaUsed(t.Context(), coll.Owner); err != nil || got != int64(2*len(larger.Data)) {
		t.Errorf("the whole home: got %d, %v, want %d", got, err, 2*len(larger.Data))
	}
}

// An index that is worked out anew knows the class too; what can no longer be read is shown to nobody else.
func TestReindexClass(t *testing.T) {
	now := begin
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
	coll := newUser(t, db, "ann").Collection("Default")
	put(t, db, coll, newObject(t, "daily.ics", strings.Replace(daily, "RRULE", "CLASS:CONFIDENTIAL\r\nRRULE", 1), coll, now))
	broken := newObject(t, "broken.ics", strings.Replace(daily, "UID:daily", "UID:broken", 1), coll, now)
	broken.Data = []byte("BEGIN:")
	put(t, db, coll, broken)
	now = now.AddDate(4, 0, 0)
	if n, err := db.ReindexStale(t.Context(), 10); err != nil || n != 2 {
		t.Errorf("did %d, %v", n, err)
	}
	fresh := storetest.Open(t, store.Options{URL: db.URL(), Uncached: true})
	for name, want := range map[string]ical.Class{"daily.ics": ical.ClassConfidential, "broken.ics": ical.ClassPrivate} {
		if o, err := fresh.Object(t.Context(), coll, name); err != nil || o.Class != want {
			t.Errorf("%s: got %v, %v, want %s", name, o, err, want)
		}
	}
}
