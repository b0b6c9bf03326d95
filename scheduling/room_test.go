package scheduling_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/store"
)

func TestRoomAnswers(t *testing.T) {
	b := newBuilding(t)
	b.room("attic", "")
	b.put("ann", "one", event("one", "ann", 10, 11, "attic bob"))
	b.wantAnswer("ann", "one", "attic", "ACCEPTED")
	b.put("bob", "two", event("two", "bob", 10.5, 12, "attic"))
	b.wantAnswer("bob", "two", "attic", "DECLINED")
	if got := b.comment("attic", "two"); got != "It is taken at that time." {
		t.Errorf("the comment is %q", got)
	}
	b.wantBooked("attic", "one 10-11")

	// What is moved is decided anew; its old time is free.
	b.put("ann", "one", event("one", "ann", 11, 12, "attic bob", "SEQUENCE:0"))
	b.wantAnswer("ann", "one", "attic", "ACCEPTED")
	b.put("bob", "two", event("two", "bob", 10, 11, "attic"))
	b.wantAnswer("bob", "two", "attic", "ACCEPTED")
	b.wantBooked("attic", "two 10-11", "one 11-12")
	b.put("bob", "two", event("two", "bob", 11, 12, "attic"))
	b.wantAnswer("bob", "two", "attic", "DECLINED")
	b.wantBooked("attic", "one 11-12")

	// A change of nothing that matters changes no answer.
	b.put("ann", "one", event("one", "ann", 11, 12, "attic bob cat", "DESCRIPTION:More"))
	b.wantAnswer("ann", "one", "attic", "ACCEPTED")
	b.remove("ann", "one")
	b.wantBooked("attic")
	b.put("bob", "two", event("two", "bob", 11, 12.5, "attic"))
	b.wantBooked("attic", "two 11-12.5")
	b.put("bob", "two", event("two", "bob", 11, 12.5, "cat"))
	b.wantBooked("attic")
	if n := len(b.inbox("attic")); n == 0 {
		t.Error("nothing came to the room's Inbox")
	}
}

func TestRoomCapacity(t *testing.T) {
	b := newBuilding(t)
	b.add(store.NewPrincipal{Kind: store.Resource, Name: "bikes", Capacity: 2})
	for i, uid := range []string{"a", "b", "c"} {
		b.put("ann", uid, event(uid, "ann", 10, 11+float64(i), "bikes"))
	}
	b.wantBooked("bikes", "a 10-11", "b 10-12/1")
	b.wantAnswer("ann", "c", "bikes", "DECLINED")
	b.remove("ann", "a")
	b.put("ann", "c", event("c", "ann", 9, 11, "bikes"))
	b.wantBooked("bikes", "c 9-11", "b 10-12/1")
}

func TestRoomSeries(t *testing.T) {
	b := newBuilding(t)
	b.room("attic", "")
	weekly := "RRULE:FREQ=DAILY;COUNT=6"
	b.put("bob", "x", event("x", "bob", 34, 35, "attic")) // tomorrow at 10
	b.put("ann", "s", event("s", "ann", 10, 11, "attic", weekly))
	b.wantAnswer("ann", "s", "attic", "ACCEPTED, 20261208T100000Z DECLINED")
	if got := b.comment("attic", "s"); !strings.HasPrefix(got, "1 of 6 dates cannot be had: 2026-12-08 10:00. It is taken") {
		t.Errorf("the comment is %q", got)
	}
	b.wantBooked("attic", "s 10-11", "x 34-35", "s 58-59", "s 82-83", "s 106-107", "s 130-131")

	// One instance is moved, then taken out.
	over := event("s", "ann", 60, 61, "attic", "RECURRENCE-ID:"+at(58))
	declined := event("s", "ann", 34, 35, "attic;PARTSTAT=DECLINED", "RECURRENCE-ID:"+at(34))
	b.put("ann", "s", event("s", "ann", 10, 11, "attic", weekly), over, declined)
	b.wantBooked("attic", "s 10-11", "x 34-35", "s 60-61", "s 82-83", "s 106-107", "s 130-131")
	b.put("ann", "s", event("s", "ann", 10, 11, "attic", weekly, "EXDATE:"+at(58)), declined)
	b.wantBooked("attic", "s 10-11", "x 34-35", "s 82-83", "s 106-107", "s 130-131")

	// Two of six are more than a fifth.
	b.put("bob", "y", event("y", "bob", 58, 59, "attic"))
	b.put("cat", "z", event("z", "cat", 10, 11, "attic", weekly))
	b.wantAnswer("cat", "z", "attic", "DECLINED")
	b.remove("ann", "s")
	b.wantBooked("attic", "x 34-35", "y 58-59")
}

func TestRoomEndless(t *testing.T) {
	b := newBuilding(t)
	b.room("attic", "")
	b.put("ann", "s", event("s", "ann", 10, 11, "attic", "RRULE:FREQ=WEEKLY"))
	b.wantAnswer("ann", "s", "attic", "ACCEPTED")
	list, err := b.db.Bookings(t.Context(), b.ids["attic"], openRange)
	if err != nil || len(list) != 105 {
		t.Errorf("%d bookings, %v", len(list), err)
	}
	b.put("bob", "x", event("x", "bob", 10+7*24*20, 11+7*24*20, "attic"))
	b.wantAnswer("bob", "x", "attic", "DECLINED")

	// What comes after that, and what is over.
	b.put("ann", "far", event("far", "ann", -24*365, -24*365+1, "attic", "RRULE:FREQ=YEARLY;INTERVAL=5"))
	b.wantAnswer("ann", "far", "attic", "ACCEPTED")
	b.put("ann", "past", event("past", "ann", -24, -23, "attic"))
	b.wantAnswer("ann", "past", "attic", "ACCEPTED")
	b.put("bob", "past2", event("past2", "bob", -24, -23, "attic"))
	b.wantAnswer("bob", "past2", "attic", "DECLINED")
	b.put("ann", "dense", event("dense", "ann", 12, 12.1, "attic", "RRULE:FREQ=HOURLY"))
	b.wantAnswer("ann", "dense", "attic", "DECLINED")
}

func TestRoomAsks(t *testing.T) {
	b := newBuilding(t)
	room := b.room("attic", "ask when free")
	if err := b.db.AddDelegate(t.Context(), room, b.ids["cat"], true); err != nil {
		t.Fatal(err)
	}
	b.put("ann", "one", event("one", "ann", 10, 11, "attic"))
	b.wantAnswer("ann", "one", "attic", "TENTATIVE")
	b.put("bob", "two", event("two", "bob", 10, 11, "attic"))
	b.wantAnswer("bob", "two", "attic", "DECLINED")

	// The manager answers in the room's calendar.
	answer := func(uid, status string) error {
		data := string(b.copy("attic", uid).Raw())
		for _, old := range []string{"TENTATIVE", "DECLINED", "ACCEPTED"} {
			data = strings.ReplaceAll(data, "PARTSTAT="+old, "PARTSTAT="+status)
		}
		return b.try("cat", "attic", b.name("attic", uid), data)
	}
	if err := answer("one", "ACCEPTED"); err != nil {
		t.Fatal(err)
	}
	b.wantAnswer("ann", "one", "attic", "ACCEPTED")
	if err := answer("two", "ACCEPTED"); !errors.Is(err, store.ErrTaken) {
		t.Errorf("the manager accepts what is taken: got %v", err)
	}
	b.wantAnswer("bob", "two", "attic", "DECLINED")
	if err := answer("one", "DECLINED"); err != nil {
		t.Fatal(err)
	}
	b.wantAnswer("ann", "one", "attic", "DECLINED")
	b.wantBooked("attic")
	if err := answer("two", "ACCEPTED"); err != nil {
		t.Fatal(err)
	}
	b.wantAnswer("bob", "two", "attic", "ACCEPTED")
	b.wantBooked("attic", "two 10-11")
}

// What somebody writes into the calendar of a room takes its time too.
func TestRoomDirect(t *testing.T) {
	b := newBuilding(t)
	room := b.room("attic", "")
	if err := b.db.AddDelegate(t.Context(), room, b.ids["cat"], true); err != nil {
		t.Fatal(err)
	}
	write := func(uid, data string) error { return b.try("cat", "attic", uid+".ics", data) }
	if err := write("paint", calendar(event("paint", "", 10, 12, ""))); err != nil {
		t.Fatal(err)
	}
	b.put("ann", "one", event("one", "ann", 11, 12, "attic"))
	b.wantAnswer("ann", "one", "attic", "DECLINED")
	b.put("ann", "two", event("two", "ann", 13, 14, "attic"))
	err := write("more", calendar(event("more", "", 13, 15, "")))
	if !errors.Is(err, store.ErrTaken) {
		t.Errorf("what is taken is booked again: got %v", err)
	}
	if err := write("note", calendar(event("note", "", 13, 15, "", "TRANSP:TRANSPARENT"))); err != nil {
		t.Errorf("what takes no time: %v", err)
	}
	if err := write("paint", calendar(event("paint", "", 8, 9, ""))); err != nil {
		t.Fatal(err)
	}
	b.wantBooked("attic", "paint 8-9", "two 13-14")
	if err := write("paint", ""); err != nil {
		t.Fatal(err)
	}
	b.wantBooked("attic", "two 13-14")

	// The manager removes an invitation: the organizer learns of it.
	if err := b.try("cat", "attic", b.name("attic", "two"), ""); err != nil {
		t.Fatal(err)
	}
	b.wantBooked("attic")
	if got := b.answers("ann", "two", "attic"); got != "DECLINED" {
		t.Errorf("the organizer sees %q", got)
	}
}

func TestRoomCounters(t *testing.T) {
	b := newBuilding(t)
	b.room("attic", "counter within 2d hold 2h")
	b.put("ann", "one", event("one", "ann", 10, 12, "attic"))
	b.put("bob", "two", event("two", "bob", 11, 12, "attic"))
	b.wantAnswer("bob", "two", "attic", "DECLINED")
	if got := b.inbox("bob"); !slices.Equal(got, []string{"REPLY", "COUNTER"}) {
		t.Errorf("the Inbox has %q", got)
	}
	b.wantBooked("attic", "one 10-12", "two 12-13 held")
	b.put("cat", "three", event("three", "cat", 12, 13, "attic"))
	b.wantAnswer("cat", "three", "attic", "DECLINED")
	b.wantBooked("attic", "one 10-12", "two 12-13 held", "three 13-14 held")
	b.put("bob", "two", event("two", "bob", 12, 13, "attic"))
	b.wantAnswer("bob", "two", "attic", "ACCEPTED")
	b.wantBooked("attic", "one 10-12", "two 12-13", "three 13-14 held")

	// What is not taken up in time is free again.
	b.clock = b.clock.Add(3 * time.Hour)
	b.put("ann", "four", event("four", "ann", 13, 14, "attic"))
	b.wantAnswer("ann", "four", "attic", "ACCEPTED")
	b.wantBooked("attic", "one 10-12", "two 12-13", "four 13-14")
}

func TestRoomPolicy(t *testing.T) {
	b := newBuilding(t)
	staff := b.add(store.NewPrincipal{Kind: store.Group, Name: "staff"})
	for _, name := range []string{"ann", "bob"} {
		if err := b.db.AddMember(t.Context(), staff, b.ids[name]); err != nil {
			t.Fatal(err)
		}
	}
	b.room("attic", "only group:staff \"Staff only.\"\nquota 3h per day per group:staff\nquota 2h per day per person\nhours daily 08:00-20:00")
	b.put("cat", "c", event("c", "cat", 10, 11, "attic"))
	b.wantAnswer("cat", "c", "attic", "DECLINED")
	if got := b.comment("attic", "c"); got != "Staff only." {
		t.Errorf("the comment is %q", got)
	}
	b.put("ann", "a1", event("a1", "ann", 10, 12, "attic"))
	b.put("ann", "a2", event("a2", "ann", 12, 13, "attic"))
	b.wantAnswer("ann", "a2", "attic", "DECLINED")
	b.put("bob", "b1", event("b1", "bob", 12, 13, "attic"))
	b.put("bob", "b2", event("b2", "bob", 13, 14, "attic"))
	b.wantAnswer("bob", "b2", "attic", "DECLINED")
	b.put("bob", "b1", event("b1", "bob", 14, 15, "attic")) // moved: its own time does not count
	b.wantAnswer("bob", "b1", "attic", "ACCEPTED")
	b.put("bob", "b3", event("b3", "bob", 20, 21, "attic"))
	b.wantAnswer("bob", "b3", "attic", "DECLINED")
	b.wantBooked("attic", "a1 10-12", "b1 14-15")
}

func TestPool(t *testing.T) {
	b := newBuilding(t)
	b.room("blue", "")
	b.room("green", "hours daily 08:00-18:00")
	b.room("rooms", "pool blue green gone")
	pooled := func(uid, who string, from, to float64) string {
		t.Helper()
		b.put(who, uid, event(uid, who, from, to, "rooms"))
		for _, member := range []string{"blue", "green"} {
			if got := b.answers(who, uid, member); got != "" {
				b.wantAnswer(who, uid, "rooms", "DELEGATED")
				b.wantAnswer(who, uid, member, "ACCEPTED")
				return member
			}
		}
		b.wantAnswer(who, uid, "rooms", "DECLINED")
		return ""
	}
	if got := pooled("one", "ann", 10, 12); got != "blue" {
		t.Errorf("the first is in %q", got)
	}
	if got := pooled("two", "bob", 13, 14); got != "green" {
		t.Errorf("the second is in %q, not the one that is used least", got)
	}
	if got := pooled("three", "bob", 11, 12); got != "green" {
		t.Errorf("the third is in %q, not the one that is free", got)
	}
	if got := pooled("four", "cat", 11, 12); got != "" {
		t.Errorf("there is no room for the fourth, but %q takes it", got)
	}
	if got := pooled("five", "cat", 19, 20); got != "blue" {
		t.Errorf("the fifth is in %q, not the one that is open", got)
	}
	b.wantBooked("blue", "one 10-12", "five 19-20")
	b.wantBooked("green", "three 11-12", "two 13-14")
	b.remove("ann", "one")
	b.wantBooked("blue", "five 19-20")
}

func TestPersonPolicy(t *testing.T) {
	b := newBuilding(t)
	if _, err := b.db.UpdatePrincipal(t.Context(), b.ids["bob"], func(p *store.NewPrincipal) error {
		p.Policy = "decline when busy \"I am not free.\"\naccept when free from ann\ncrashers add"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b.put("ann", "one", event("one", "ann", 10, 11, "bob"))
	b.wantAnswer("ann", "one", "bob", "ACCEPTED")
	b.put("cat", "two", event("two", "cat", 10, 11, "bob"))
	b.wantAnswer("cat", "two", "bob", "DECLINED")
	b.put("cat", "three", event("three", "cat", 11, 12, "bob"))
	if got := b.answers("bob", "three", "bob"); got != "NEEDS-ACTION" && got != "" {
		t.Errorf("what the policy leaves is %q", got)
	}
	b.put("ann", "four", event("four", "ann", 10, 11, "bob cat", "TRANSP:TRANSPARENT"))
	b.wantAnswer("ann", "four", "bob", "DECLINED")
}

// What came into the calendar of a room by another way is booked when it is looked through, and series go on for ever.
func TestExtendBookings(t *testing.T) {
	b := newBuilding(t)
	room := b.room("attic", "")
	if err := b.try("attic", "attic", "early.ics", calendar(event("early", "", 8, 9, ""))); err != nil {
		t.Fatal(err)
	}
	b.put("ann", "s", event("s", "ann", 10, 11, "attic", "RRULE:FREQ=WEEKLY"))
	b.put("bob", "gone", event("gone", "bob", 12, 13, "attic"))
	in := b.index("attic", "far", calendar(event("far", "bob", 10+7*24*110, 11+7*24*110, "attic;PARTSTAT=ACCEPTED")))
	past := b.index("attic", "past", calendar(event("past", "bob", -20, -19, "attic;PARTSTAT=ACCEPTED")))
	b.tx(room, func(ctx context.Context, tx *store.Tx) error {
		for _, o := range []store.NewObject{in, past} {
			if _, err := tx.Put(ctx, b.calendar("attic"), o); err != nil {
				return err
			}
		}
		return tx.Delete(ctx, b.calendar("attic"), b.name("attic", "gone"))
	})
	extend := func(want int64) {
		t.Helper()
		if rooms, err := b.engine.ExtendBookings(t.Context(), b.clock); rooms != want || err != nil {
			t.Errorf("%d rooms looked through, %v", rooms, err)
		}
	}
	count := func(want int) {
		t.Helper()
		if list, err := b.db.Bookings(t.Context(), room, openRange); err != nil || len(list) != want {
			t.Errorf("%d bookings, want %d, %v", len(list), want, err)
		}
	}
	count(107)
	extend(1)
	count(107) // gone is not there any more, and far is
	extend(0)

	b.clock = b.clock.Add(60 * 24 * time.Hour)
	extend(1)
	b.wantAnswer("ann", "s", "attic", "ACCEPTED, "+at(10+7*24*110)+" DECLINED")
	count(107 + 9 - 1)
	extend(0)
}

func TestCrashers(t *testing.T) {
	for _, test := range []struct{ policy, answer, inbox string }{
		{"", "", "REPLY"},
		{"crashers ask", "", "REPLY"},
		{"crashers ignore", "", ""},
		{"crashers add", "ACCEPTED", "REPLY"},
	} {
		b := newBuilding(t)
		if _, err := b.db.UpdatePrincipal(t.Context(), b.ids["ann"], func(p *store.NewPrincipal) error {
			p.Policy = test.policy
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		b.put("ann", "party", event("party", "ann", 10, 11, "bob"))
		b.put("cat", "party", event("party", "ann", 10, 11, "bob cat;PARTSTAT=ACCEPTED"))
		if got := b.answers("ann", "party", "cat"); got != test.answer {
			t.Errorf("%q: the organizer has %q, want %q", test.policy, got, test.answer)
		}
		if got := strings.Join(b.inbox("ann"), " "); got != test.inbox {
			t.Errorf("%q: the Inbox has %q, want %q", test.policy, got, test.inbox)
		}
	}
}

// A pool whose bookings have to be approved delegates them when they are.
func TestPoolAsks(t *testing.T) {
	b := newBuilding(t)
	b.room("blue", "")
	pool := b.room("rooms", "pool blue\nask from bob")
	if err := b.db.AddDelegate(t.Context(), pool, b.ids["cat"], true); err != nil {
		t.Fatal(err)
	}
	b.put("bob", "one", event("one", "bob", 10, 11, "rooms"))
	b.wantAnswer("bob", "one", "rooms", "TENTATIVE")
	data := strings.ReplaceAll(string(b.copy("rooms", "one").Raw()), "PARTSTAT=TENTATIVE", "PARTSTAT=ACCEPTED")
	if err := b.try("cat", "rooms", b.name("rooms", "one"), data); err != nil {
		t.Fatal(err)
	}
	b.wantAnswer("bob", "one", "rooms", "DELEGATED")
	b.wantAnswer("bob", "one", "blue", "ACCEPTED")
	b.wantBooked("blue", "one 10-11")

	// What is moved stays where it is, if it can.
	b.room("amber", "")
	if _, err := b.db.UpdatePrincipal(t.Context(), pool, func(p *store.NewPrincipal) error {
		p.Policy = "pool amber blue"
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	b.put("bob", "one", event("one", "bob", 11, 12, "rooms"))
	b.wantAnswer("bob", "one", "rooms", "DELEGATED")
	b.wantAnswer("bob", "one", "blue", "ACCEPTED")
	b.wantBooked("blue", "one 11-12")
	b.wantBooked("amber")
}
