package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

func TestTrace(t *testing.T) {
	now := begin
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
	ann, bob := newUser(t, db, "ann").Owner.ID, newUser(t, db, "bob").Owner.ID
	full := store.TraceEntry{
		At: begin.Add(-time.Hour), Owner: bob, Actor: "ann", UID: "u", Sender: "mailto:ann@example.com", Recipient: "mailto:bob@example.com",
		Method: "REQUEST", Rule: "new", Outcome: "delivered", Status: "1.2", Quiet: true, Sequence: 3, Instances: []string{"20270301T000000Z", "20270302T000000Z"},
	}
	long := strings.Repeat("é", 2000)
	in(t, db, ann, func(_ context.Context, tx *store.Tx) error {
		tx.AddTrace([]store.TraceEntry{full, {Owner: ann, UID: "u", Rule: "a\x00b\xff"}, {Owner: bob, UID: "v"}})
		tx.AddTrace(nil)
		tx.AddTrace([]store.TraceEntry{{Owner: ann, UID: long}})
		return nil
	})
	for _, test := range []struct {
		name   string
		uid    string
		owners []store.PrincipalID
		limit  int
		want   string
	}{
		{"all, the latest first", "", nil, 10, "ann:é bob:v ann:u bob:u"},
		{"a UID", "u", nil, 10, "ann:u bob:u"},
		{"a UID of one", "u", []store.PrincipalID{bob}, 10, "bob:u"},
		{"all of one", "", []store.PrincipalID{bob}, 10, "bob:v bob:u"},
		{"of nobody", "", []store.PrincipalID{}, 10, ""},
		{"the latest", "u", nil, 1, "ann:u"},
		{"a long UID", long, nil, 10, "ann:é"},
		{"none", "w", nil, 10, ""},
	} {
		list, err := db.Trace(t.Context(), test.uid, test.owners, test.limit)
		var got []string
		for _, e := range list {
			got = append(got, map[store.PrincipalID]string{ann: "ann", bob: "bob"}[e.Owner]+":"+string([]rune(e.UID)[:1]))
		}
		if strings.Join(got, " ") != test.want || err != nil {
			t.Errorf("%s: got %v, %v, want %s", test.name, got, err, test.want)
		}
	}
	list, err := db.Trace(t.Context(), "u", nil, 10)
	if err != nil || !reflect.DeepEqual(list[1], full) {
		t.Errorf("got %+v, %v, want %+v", list[1], err, full)
	}
	if e := list[0]; !e.At.Equal(now) || e.Rule != "a\uFFFDb\uFFFD" || e.Instances != nil {
		t.Errorf("got %+v", e)
	}
	if n, err := db.PurgeTrace(t.Context(), begin); err != nil || n != 1 {
		t.Errorf("%d entries were removed, %v, want 1", n, err)
	}
}

func TestOutgoing(t *testing.T) {
	now := begin
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
	ctx := t.Context()
	ann, bob := newUser(t, db, "ann").Owner.ID, newUser(t, db, "bob").Owner.ID
	first := store.Outgoing{
		Owner: ann, UID: "u", Sender: "mailto:ann@example.com", Recipient: "mailto:x@outside.test", Method: "REQUEST", Sequence: 1, Stamp: begin,
		Instances: []string{"20270301T000000Z"}, Data: []byte("BEGIN:VCALENDAR\r\n"), State: store.OutgoingWaiting, Status: "1.0",
	}
	others := make([]store.Outgoing, 8)
	for i := range others {
		others[i] = first
	}
	others[0].Owner, others[1].UID, others[2].Recipient, others[3].Method = bob, "v", "mailto:y@outside.test", "CANCEL"
	others[3].Data = []byte("BEGIN:VCALENDAR\r\nMETHOD:CANCEL\r\n")
	others[4].Sequence, others[5].Stamp, others[6].Instances, others[7].Instances = 2, begin.Add(time.Second), nil, []string{"20270301T000000Z", "20270302T000000Z"}
	again := first
	again.Data, again.Status = []byte("else"), "5.1"
	in(t, db, ann, func(_ context.Context, tx *store.Tx) error {
		for _, o := range append([]store.Outgoing{first, again}, others...) {
			tx.AddOutgoing(o)
		}
		return nil
	})
	jobs, err := db.TakeJobs(ctx, 20, time.Minute)
	if err != nil || len(jobs) != 9 || jobs[0].Kind != store.JobCarry {
		t.Fatalf("jobs %+v, %v, want 9", jobs, err)
	}
	list, err := db.Outgoings(ctx, "u", 20)
	if err != nil || len(list) != 8 {
		t.Fatalf("got %+v, %v, want 8", list, err)
	}
	stored := list[len(list)-1]
	if string(jobs[0].Data) != fmt.Sprint(stored.ID) || jobs[0].Owner != ann {
		t.Errorf("the job says %+v, want message %d", jobs[0], stored.ID)
	}
	want := first
	want.ID, want.Created, want.Updated = stored.ID, begin, begin
	if !reflect.DeepEqual(stored, want) {
		t.Errorf("got %+v, want %+v", stored, want)
	}
	if all, err := db.Outgoings(ctx, "", 20); err != nil || len(all) != 9 {
		t.Errorf("got %d, %v, want 9", len(all), err)
	}

	now = now.Add(time.Hour)
	in(t, db, ann, func(_ context.Context, tx *store.Tx) error {
		tx.SetOutgoing(stored.ID, store.OutgoingSent, "1.1")
		tx.FinishJob(jobs[0].ID)
		tx.AddOutgoing(first) // is written down already, and not carried once more
		for method, want := range map[string]string{"CANCEL": string(others[3].Data), "REPLY": ""} {
			if data, err := tx.LastOutgoing(ctx, ann, "u", method); err != nil || string(data) != want {
				t.Errorf("the last %s is %q, %v, want %q", method, data, err, want)
			}
		}
		return nil
	})
	want.State, want.Status, want.Attempts, want.Updated = store.OutgoingSent, "1.1", 1, now
	if got, err := db.OutgoingByID(ctx, stored.ID); err != nil || !reflect.DeepEqual(*got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if n, _, err := db.JobCounts(ctx); err != nil || n != 8 {
		t.Errorf("%d jobs wait, %v, want 8", n, err)
	}
	for _, before := range []time.Time{now, now.Add(time.Second)} {
		if n, err := db.PurgeOutgoing(ctx, before); err != nil || n == 1 != before.After(now) {
			t.Errorf("%d were removed, %v", n, err)
		}
	}
	if got, err := db.OutgoingByID(ctx, stored.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %+v, %v, want ErrNotFound", got, err)
	}
}

// What is written down for somebody goes with it; who managed a room does so no more.
func TestDeletePrincipalWithScheduling(t *testing.T) {
	url := storetest.URL(t)
	db := storetest.Open(t, store.Options{URL: url})
	ctx := t.Context()
	ann, bob := newUser(t, db, "ann").Owner.ID, newUser(t, db, "bob").Owner.ID
	in(t, db, ann, func(_ context.Context, tx *store.Tx) error {
		for _, owner := range []store.PrincipalID{ann, bob} {
			tx.AddJob(store.NewJob{Kind: "a", Owner: owner})
			tx.AddTrace([]store.TraceEntry{{Owner: owner, UID: "u"}})
			tx.AddOutgoing(store.Outgoing{Owner: owner, UID: "u", State: store.OutgoingWaiting})
		}
		return nil
	})
	want := store.NewPrincipal{
		Kind: store.Room, Name: "attic", Addresses: []string{"mailto:attic@example.com"}, Capacity: 2, Location: "under the roof", Features: []string{"beamer"}, Manager: ann, Policy: "accept",
	}
	room, err := db.CreatePrincipal(ctx, want)
	if err != nil || !reflect.DeepEqual(room.Settings(), want) {
		t.Fatalf("got %+v, %v, want %+v", room.Settings(), err, want)
	}
	if err := db.DeletePrincipal(ctx, ann); err != nil {
		t.Fatal(err)
	}
	want.Manager = 0
	if room, err = db.PrincipalByID(ctx, room.ID); err != nil || !reflect.DeepEqual(room.Settings(), want) {
		t.Errorf("got %+v, %v, want %+v", room, err, want)
	}
	for _, table := range []string{"job", "trace", "outgoing"} {
		if n := query[int](t, url, `SELECT count(*) FROM `+table+` WHERE owner = $1`, ann); n != 0 {
			t.Errorf("%d rows of %s are left", n, table)
		}
		if n := query[int](t, url, `SELECT count(*) FROM `+table+` WHERE owner = $1`, bob); n == 0 {
			t.Errorf("the rows of bob in %s are gone", table)
		}
	}
	if _, err := db.UpdatePrincipal(ctx, room.ID, func(p *store.NewPrincipal) error { p.Manager = ann; return nil }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a manager who is gone: got %v, want ErrNotFound", err)
	}
	changed, err := db.UpdatePrincipal(ctx, room.ID, func(p *store.NewPrincipal) error {
		p.Manager, p.Capacity, p.Features = bob, 3, nil
		return nil
	})
	want.Manager, want.Capacity, want.Features = bob, 3, []string{}
	if err != nil || !reflect.DeepEqual(changed.Settings(), want) {
		t.Errorf("got %+v, %v, want %+v", changed, err, want)
	}
}

// The calendar that invitations go to, and those in which nothing is scheduled.
func TestSchedulingProperties(t *testing.T) {
	db := storetest.New(t)
	h := newUser(t, db, "ann")
	if h.Inbox().Kind != store.KindInbox || h.Outbox().Kind != store.KindOutbox {
		t.Errorf("Inbox %+v, Outbox %+v", h.Inbox(), h.Outbox())
	}
	if p := (&store.Home{}); p.Inbox() != nil || p.Outbox() != nil {
		t.Error("an empty home has an Inbox or an Outbox")
	}
	var work *store.Collection
	in(t, db, h.Owner.ID, func(ctx context.Context, tx *store.Tx) (err error) {
		if work, err = tx.CreateCollection(ctx, h.Owner.ID, store.NewCollection{Name: "work", Kind: store.KindCalendar}); err != nil {
			return err
		}
		props := h.Inbox().Properties
		props.DefaultCalendar = work.ID
		if _, err = tx.SetProperties(ctx, h.Inbox(), props); err != nil {
			return err
		}
		props = h.Collection("Default").Properties
		props.Unscheduled = true
		_, err = tx.SetProperties(ctx, h.Collection("Default"), props)
		return err
	})
	for _, db := range []*store.DB{db, storetest.Open(t, store.Options{URL: db.URL()})} {
		now := home(t, db, h.Owner.ID)
		if now.Inbox().DefaultCalendar != work.ID || !now.Collection("Default").Unscheduled || now.Collection("work").Unscheduled {
			t.Errorf("got %+v", now.Inbox().Properties)
		}
	}
	// One that is gone means nothing, nor does one that takes its name.
	in(t, db, h.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DeleteCollection(ctx, work); err != nil {
			return err
		}
		_, err := tx.CreateCollection(ctx, h.Owner.ID, store.NewCollection{Name: "work", Kind: store.KindCalendar})
		return err
	})
	now := home(t, db, h.Owner.ID)
	if c := now.CollectionByID(now.Inbox().DefaultCalendar); c != nil {
		t.Errorf("got %+v", c)
	}
}

func TestPurgeInbox(t *testing.T) {
	now := begin
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
	ann, bob := newUser(t, db, "ann"), newUser(t, db, "bob")
	put(t, db, ann.Inbox(), event("old", 1), event("older", 1))
	put(t, db, ann.Collection("Default"), event("kept", 1))
	put(t, db, bob.Inbox(), event("a", 1))
	lock(t, db, ann, "one", "Inbox", "old.ics", 10_000)
	now = now.AddDate(0, 0, 31)
	put(t, db, ann.Inbox(), event("new", 1))
	since := home(t, db, ann.Owner.ID)
	if n, err := db.PurgeInbox(t.Context(), now.AddDate(0, 0, -30)); err != nil || n != 3 {
		t.Errorf("%d were removed, %v, want 3", n, err)
	}
	after := home(t, db, ann.Owner.ID)
	wantChanges(t, db, after.Inbox(), since.Inbox().Modseq, "-old", "-older")
	if after.Inbox().Objects != 1 || after.Collection("Default").Objects != 1 || len(after.Locks) != 0 {
		t.Errorf("what is left: %+v, %v", after.Inbox(), after.Locks)
	}
	if n, err := db.PurgeInbox(t.Context(), now.AddDate(0, 0, -30)); err != nil || n != 0 || home(t, db, ann.Owner.ID).Root.Modseq != after.Root.Modseq {
		t.Errorf("%d were removed, %v, want none, and no change", n, err)
	}
}
