package scheduling_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/ical"
	"convene/scheduling"
	"convene/store"
	"convene/store/storetest"
)

// now is when the tests of rooms begin: on a Monday.
var now = time.Date(2026, 12, 7, 6, 0, 0, 0, time.UTC)

// building is a server with people and rooms, whose clock is set by hand.
type building struct {
	*testing.T
	db     *store.DB
	engine *scheduling.Engine
	clock  time.Time
	ids    map[string]store.PrincipalID
}

func newBuilding(t *testing.T) *building {
	b := &building{T: t, clock: now, ids: map[string]store.PrincipalID{}}
	b.db = storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return b.clock }})
	b.engine = scheduling.New(scheduling.Options{DB: b.db, Domains: []string{"example.com"}})
	for _, name := range []string{"ann", "bob", "cat"} {
		b.add(store.NewPrincipal{Kind: store.User, Name: name})
	}
	return b
}

// add makes a principal with the address NAME@example.com.
func (b *building) add(in store.NewPrincipal) store.PrincipalID {
	b.Helper()
	in.Addresses = []string{"mailto:" + in.Name + "@example.com"}
	p, err := b.db.CreatePrincipal(b.Context(), in)
	if err != nil {
		b.Fatal(err)
	}
	b.ids[in.Name] = p.ID
	return p.ID
}

func (b *building) room(name, policy string) store.PrincipalID {
	b.Helper()
	return b.add(store.NewPrincipal{Kind: store.Room, Name: name, Policy: policy})
}

func (b *building) principal(name string) *store.Principal {
	b.Helper()
	p, err := b.db.PrincipalByID(b.Context(), b.ids[name])
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func (b *building) calendar(name string) *store.Collection {
	b.Helper()
	home, err := b.db.Home(b.Context(), b.ids[name])
	if err != nil {
		b.Fatal(err)
	}
	return home.Collection("Default")
}

// at is a time some hours after midnight of the day of now, as iCalendar has it.
func at(hours float64) string {
	return now.Truncate(24 * time.Hour).Add(time.Duration(hours * float64(time.Hour))).Format("20060102T150405Z")
}

// event is an event of an organizer ("": none) with attendees, from and up to some hours; more are further lines.
func event(uid, organizer string, from, to float64, attendees string, more ...string) string {
	lines := []string{"UID:" + uid, "DTSTAMP:20260101T000000Z", "DTSTART:" + at(from), "DTEND:" + at(to), "SUMMARY:Meeting"}
	if organizer != "" {
		lines = append(lines, "ORGANIZER:mailto:"+organizer+"@example.com")
	}
	for _, a := range strings.Fields(attendees) {
		name, params, _ := strings.Cut(a, ";")
		if params != "" {
			params = ";" + params
		}
		lines = append(lines, "ATTENDEE"+params+":mailto:"+name+"@example.com")
	}
	return "BEGIN:VEVENT\r\n" + strings.Join(append(lines, more...), "\r\n") + "\r\nEND:VEVENT\r\n"
}

func calendar(events ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n" + strings.Join(events, "") + "END:VCALENDAR\r\n"
}

// try stores a calendar object as a client of who does in the calendar of owner; "" removes it.
func (b *building) try(who, owner, name, data string) error {
	b.Helper()
	ctx := b.Context()
	coll, principal := b.calendar(owner), b.principal(who)
	index := func(_ context.Context, data []byte) (*ical.Object, store.NewObject, error) {
		cal, err := ical.ParseObject(data, ical.Limits{})
		if err != nil {
			return nil, store.NewObject{}, err
		}
		in := store.NewObject{Name: name, UID: cal.UID, Component: cal.Component, ETag: store.ETagOf(data), Data: data}
		in.Index, err = cal.Index(b.clock, coll.Zone, coll.Person.Is)
		return cal, in, err
	}
	_, err := scheduling.Run(ctx, b.engine, []store.PrincipalID{coll.Owner}, nil, func(ctx context.Context, w *scheduling.Work) (struct{}, error) {
		c := scheduling.Change{Who: principal, Coll: coll, Stale: true, Index: index}
		before, err := w.Tx.Object(ctx, coll, name)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return struct{}{}, err
		}
		if c.Before = before; data == "" {
			return struct{}{}, w.Delete(ctx, c)
		}
		if c.After, c.In, err = index(ctx, []byte(data)); err != nil {
			return struct{}{}, err
		}
		_, err = w.Put(ctx, c)
		return struct{}{}, err
	})
	return err
}

// put has the owner of a calendar store an object in it that is called like its UID.
func (b *building) put(owner, uid string, events ...string) {
	b.Helper()
	if err := b.try(owner, owner, uid+".ics", calendar(events...)); err != nil {
		b.Fatalf("%s puts %s: %v", owner, uid, err)
	}
}

func (b *building) remove(owner, uid string) {
	b.Helper()
	if err := b.try(owner, owner, uid+".ics", ""); err != nil {
		b.Fatalf("%s removes %s: %v", owner, uid, err)
	}
}

// copy is what somebody has in the calendar of a UID, nil if nothing.
func (b *building) copy(owner, uid string) *ical.Object {
	b.Helper()
	o, err := b.db.ObjectByUID(b.Context(), b.calendar(owner), uid)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		b.Fatal(err)
	}
	cal, err := ical.ParseObject(o.Data, ical.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	return cal
}

// answers are the answers of an attendee in somebody's copy: of the master, then "DATE-TIME ANSWER" of overrides.
func (b *building) answers(owner, uid, attendee string) string {
	b.Helper()
	cal := b.copy(owner, uid)
	if cal == nil {
		return "no copy"
	}
	var list []string
	for _, c := range cal.Parts {
		for p := range c.AllProps("ATTENDEE") {
			if p.Value != "mailto:"+attendee+"@example.com" {
				continue
			}
			text := p.Param("PARTSTAT")
			if id := c.Prop("RECURRENCE-ID"); id != nil {
				text = id.Value + " " + text
			}
			list = append(list, text)
		}
	}
	slices.Sort(list[min(1, len(list)):])
	return strings.Join(list, ", ")
}

// wantAnswer compares the answer of an attendee in the organizer's copy and in its own.
func (b *building) wantAnswer(organizer, uid, attendee, want string) {
	b.Helper()
	for _, owner := range []string{organizer, attendee} {
		if got := b.answers(owner, uid, attendee); got != want {
			b.Errorf("%s has in the copy of %s of %s: %q, want %q", attendee, owner, uid, got, want)
		}
	}
}

// wantBooked compares the bookings of a room, each as "UID FROM-TO/UNIT", in hours of now's day.
func (b *building) wantBooked(room string, want ...string) {
	b.Helper()
	list, err := b.db.Bookings(b.Context(), b.ids[room], ical.Range{})
	if err != nil {
		b.Fatal(err)
	}
	var got []string
	day := now.Truncate(24 * time.Hour)
	for _, x := range list {
		text := fmt.Sprintf("%s %v-%v", x.UID, x.During.Start.Sub(day).Hours(), x.During.End.Sub(day).Hours())
		if x.Unit > 0 {
			text += fmt.Sprintf("/%d", x.Unit)
		}
		if !x.Held.IsZero() {
			text += " held"
		}
		got = append(got, text)
	}
	if !slices.Equal(got, want) {
		b.Errorf("%s is booked %q, want %q", room, got, want)
	}
}

// inbox are the methods of the messages in somebody's Inbox, in order of their coming.
func (b *building) inbox(owner string) (methods []string) {
	b.Helper()
	home, err := b.db.Home(b.Context(), b.ids[owner])
	if err != nil {
		b.Fatal(err)
	}
	type item struct {
		id     int64
		method string
	}
	var items []item
	if err := b.db.QueryAll(b.Context(), home.Inbox(), "", "", func(o *store.Object) error {
		_, rest, _ := strings.Cut(string(o.Data), "\nMETHOD:")
		method, _, _ := strings.Cut(rest, "\r\n")
		items = append(items, item{o.ID, method})
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	slices.SortFunc(items, func(a, b item) int { return int(a.id - b.id) })
	for _, i := range items {
		methods = append(methods, i.method)
	}
	return methods
}

// comment is the COMMENT in somebody's copy of the master.
func (b *building) comment(owner, uid string) string {
	b.Helper()
	if cal := b.copy(owner, uid); cal != nil {
		if p := cal.Parts[0].Prop("COMMENT"); p != nil {
			return p.Text()
		}
	}
	return ""
}

// openRange is all of time.
var openRange ical.Range

// name is that of the object of a UID in somebody's calendar.
func (b *building) name(owner, uid string) string {
	b.Helper()
	o, err := b.db.ObjectByUID(b.Context(), b.calendar(owner), uid)
	if err != nil {
		b.Fatal(err)
	}
	return o.Name
}

// index is an object called NAME.ics as the store takes it.
func (b *building) index(owner, name, data string) store.NewObject {
	b.Helper()
	cal, err := ical.ParseObject([]byte(data), ical.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	coll := b.calendar(owner)
	in := store.NewObject{Name: name + ".ics", UID: cal.UID, Component: cal.Component, ETag: store.ETagOf([]byte(data)), Data: []byte(data)}
	if in.Index, err = cal.Index(b.clock, coll.Zone, coll.Person.Is); err != nil {
		b.Fatal(err)
	}
	return in
}

// tx runs fn as a transaction that nothing is scheduled in.
func (b *building) tx(owner store.PrincipalID, fn func(context.Context, *store.Tx) error) {
	b.Helper()
	if _, err := store.InTx(b.Context(), b.db, []store.PrincipalID{owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	}); err != nil {
		b.Fatal(err)
	}
}
