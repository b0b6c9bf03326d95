package scheduling_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/ical"
	"convene/store"
)

var (
	bookings    = flag.Int("bookings", 8, "random sequences of changes that are played on rooms")
	bookingSeed = flag.Uint64("bookings.seed", 0, "seed of the first of them; 0 takes one from the clock")
)

// TestBookings plays random sequences of what organizers and managers do, and asks after each step whether every booking is justified by
// what is in the calendar of the room, whether all that is accepted there is booked, and whether organizers have been told the same.
func TestBookings(t *testing.T) {
	seed := *bookingSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	for n := range *bookings {
		w := &roomWorld{building: newBuilding(t), rand: rand.New(rand.NewPCG(seed+uint64(n), 0)), rooms: map[string]int{}, again: map[string]int{}}
		w.populate()
		for range 25 {
			what, err := w.step()
			w.log = append(w.log, what)
			if err == nil {
				err = w.check()
			}
			if err != nil {
				for _, who := range []string{"ann", "bob", "attic", "bikes", "hall", "blue", "green"} {
					for _, name := range names {
						uid := w.uid(name)
						if cal := w.copy(who, uid); cal != nil && strings.Contains(err.Error(), uid) {
							t.Logf("%s has\n%s", who, cal.Raw())
						}
					}
				}
				t.Fatalf("-bookings.seed=%d: %v, after\n%s", seed+uint64(n), err, strings.Join(w.log, "\n"))
			}
		}
	}
}

// roomWorld is a building in which things happen by chance.
type roomWorld struct {
	*building
	rand  *rand.Rand
	rooms map[string]int // capacity by name
	log   []string
	again map[string]int // how often an event was removed, by name: the next gets another UID
}

func (w *roomWorld) populate() {
	for _, room := range []struct {
		name, policy string
		capacity     int
	}{{"attic", "", 1}, {"bikes", "", 2}, {"hall", "ask\nseries partly\ncounter within 1d hold 3h", 1}, {"blue", "", 1}, {"green", "series all", 1}} {
		w.add(store.NewPrincipal{Kind: store.Room, Name: room.name, Policy: room.policy, Capacity: room.capacity, Manager: w.ids["cat"]})
		w.rooms[room.name] = room.capacity
	}
	w.room("rooms", "pool blue green")
}

// uid is that of an event that somebody has, or had before, by its name.
func (w *roomWorld) uid(name string) string { return fmt.Sprintf("%s-%d", name, w.again[name]) }

// names are those of all events that organizers have.
var names = []string{"ann-1", "ann-2", "ann-3", "bob-1", "bob-2", "bob-3"}

// some returns one of some texts.
func (w *roomWorld) some(texts ...string) string { return texts[w.rand.IntN(len(texts))] }

// step does something, and says what.
func (w *roomWorld) step() (string, error) {
	who := w.some("ann", "bob")
	slot := who + "-" + w.some("1", "2", "3")
	uid := w.uid(slot)
	room := w.some("attic", "bikes", "hall")
	switch n := w.rand.IntN(20); {
	case n < 11:
		events := w.event(uid, who)
		return who + " puts " + brief(events), w.try(who, who, uid+".ics", calendar(events...))
	case n < 13:
		if w.copy(who, uid) == nil {
			return "nothing", nil
		}
		w.again[slot]++
		return who + " removes " + uid, w.try(who, who, uid+".ics", "")
	case n < 15:
		return w.answer(room, uid, w.some("ACCEPTED", "TENTATIVE", "DECLINED"))
	case n == 15:
		if w.copy(room, uid) == nil {
			return "nothing", nil
		}
		return "the manager removes " + uid + " from " + room, w.try("cat", room, w.name(room, uid), "")
	case n < 18:
		return w.direct(room)
	case n == 18:
		w.clock = w.clock.Add(time.Duration(1+w.rand.IntN(5)) * time.Hour)
		return "it becomes " + w.clock.Format(time.RFC3339), nil
	}
	_, err := w.engine.ExtendBookings(w.Context(), w.clock)
	return "bookings are extended", err
}

// event is what an organizer writes: an event, or a series with an instance taken out or moved.
func (w *roomWorld) event(uid, who string) []string {
	start := float64(w.rand.IntN(10)) + 7
	length := float64(1 + w.rand.IntN(2))
	var attendees []string
	for _, name := range []string{"attic", "bikes", "hall", "rooms"} {
		if w.rand.IntN(3) == 0 {
			attendees = append(attendees, name)
		}
	}
	people := strings.Join(attendees, " ")
	if w.rand.IntN(3) > 0 {
		return []string{event(uid, who, start, start+length, people)}
	}
	more := []string{fmt.Sprintf("RRULE:FREQ=DAILY;COUNT=%d", 2+w.rand.IntN(3))}
	if w.rand.IntN(2) == 0 {
		more = append(more, "EXDATE:"+at(start+24))
		return []string{event(uid, who, start, start+length, people, more...)}
	}
	moved := start + 24 + float64(w.rand.IntN(3))
	return []string{
		event(uid, who, start, start+length, people, more...),
		event(uid, who, moved, moved+length, people, "RECURRENCE-ID:"+at(start+24)),
	}
}

// answer has the manager of a room answer for it. That it is not free is no failure.
func (w *roomWorld) answer(room, uid, status string) (string, error) {
	cal := w.copy(room, uid)
	if cal == nil {
		return "nothing", nil
	}
	data := string(cal.Raw())
	for _, old := range []string{"TENTATIVE", "DECLINED", "ACCEPTED"} {
		data = strings.ReplaceAll(data, "PARTSTAT="+old, "PARTSTAT=was")
	}
	err := w.try("cat", room, w.name(room, uid), strings.ReplaceAll(data, "PARTSTAT=was", "PARTSTAT="+status))
	if errors.Is(err, store.ErrTaken) {
		err = nil
	}
	return fmt.Sprintf("the manager answers %s for %s: %s", uid, room, status), err
}

// direct has the manager write an event into the calendar of a room, move or remove it. That the room is not free is no failure.
func (w *roomWorld) direct(room string) (string, error) {
	uid := "own-" + w.some("1", "2")
	start := float64(w.rand.IntN(10)) + 7
	data := calendar(event(uid, "", start, start+1, ""))
	if w.rand.IntN(3) == 0 {
		if data = ""; w.copy(room, uid) == nil {
			return "nothing", nil
		}
	}
	err := w.try("cat", room, uid+".ics", data)
	if errors.Is(err, store.ErrTaken) {
		err = nil
	}
	return "the manager writes into " + room + ": " + brief([]string{data}), err
}

// brief says what matters of some events.
func brief(events []string) string {
	var words []string
	for line := range strings.SplitSeq(strings.Join(events, ""), "\r\n") {
		for _, name := range []string{"UID", "DTSTART", "DTEND", "ATTENDEE", "RRULE", "EXDATE", "RECURRENCE-ID"} {
			if strings.HasPrefix(line, name) {
				words = append(words, strings.TrimSuffix(strings.TrimPrefix(line, "ATTENDEE:mailto:"), "@example.com"))
			}
		}
	}
	return strings.Join(words, " ")
}

// check compares bookings, calendars of rooms and what organizers have.
func (w *roomWorld) check() error {
	for room, capacity := range w.rooms {
		list, err := w.db.Bookings(w.Context(), w.ids[room], openRange)
		if err != nil {
			return err
		}
		for i, b := range list {
			if b.Unit >= capacity {
				return fmt.Errorf("%s is booked in unit %d", room, b.Unit)
			}
			for _, other := range list[:i] {
				if b.Unit == other.Unit && b.During.Start.Before(other.During.End) && other.During.Start.Before(b.During.End) {
					return fmt.Errorf("%s is booked twice: %v and %v", room, b, other)
				}
			}
		}
		if err := w.justified(room, list); err != nil {
			return err
		}
	}
	for _, name := range names {
		for room := range w.rooms {
			if err := w.told(w.uid(name), room); err != nil {
				return err
			}
		}
	}
	return nil
}

// justified says whether the bookings that are not over are those that the calendar of the room asks for.
func (w *roomWorld) justified(room string, list []store.Booking) error {
	var want, got []string
	for _, b := range list {
		if b.Held.IsZero() && b.During.End.After(w.clock) {
			got = append(got, fmt.Sprint(b.UID, " ", b.During.Start.Format(time.RFC3339), " ", b.During.End.Sub(b.During.Start)))
		}
	}
	if err := w.db.QueryAll(w.Context(), w.calendar(room), "VEVENT", "", func(o *store.Object) error {
		cal, err := ical.ParseObject(o.Data, ical.Limits{})
		if err != nil {
			return err
		}
		for _, i := range w.instances(cal, room) {
			if i.answer == "ACCEPTED" || i.answer == "TENTATIVE" {
				want = append(want, fmt.Sprint(cal.UID, " ", i.start.Format(time.RFC3339), " ", i.end.Sub(i.start)))
			}
		}
		return nil
	}); err != nil {
		return err
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		return fmt.Errorf("%s is booked\n%s\nits calendar says\n%s", room, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return nil
}

type instance struct {
	start, end time.Time
	answer     string // "": not invited
}

// instances are those of a copy that are not over, by their RECURRENCE-IDs, with the answers of a room.
func (w *roomWorld) instances(cal *ical.Object, room string) map[string]instance {
	found, err := cal.Instances(w.Context(), ical.Range{Start: w.clock}, time.UTC, ical.ExpandLimits{})
	if err != nil {
		w.Fatal(err)
	}
	all := map[string]instance{}
	for _, i := range found {
		answer := ""
		if i.Part.Prop("ORGANIZER") == nil {
			answer = "ACCEPTED"
		}
		for p := range i.Part.AllProps("ATTENDEE") {
			if p.Value == "mailto:"+room+"@example.com" {
				if answer = p.Param("PARTSTAT"); answer == "" {
					answer = "NEEDS-ACTION"
				}
			}
		}
		if status := i.Part.Prop("STATUS"); status != nil && status.Value == "CANCELLED" {
			answer = ""
		}
		all[i.RecurrenceID.String()] = instance{i.Start, i.End, answer}
	}
	return all
}

// told says whether an organizer has the answers that the room has given.
func (w *roomWorld) told(uid, room string) error {
	who, _, _ := strings.Cut(uid, "-")
	theirs, its := w.copy(who, uid), w.copy(room, uid)
	var copied map[string]instance
	if its != nil {
		copied = w.instances(its, room)
	}
	var organized map[string]instance
	if theirs != nil {
		organized = w.instances(theirs, room)
	}
	for id, i := range organized {
		switch c, ok := copied[id]; {
		case i.answer == "" || i.answer == "DECLINED" && (!ok || c.answer == ""): // the manager has removed it
		case i.answer == "NEEDS-ACTION":
			return fmt.Errorf("%s has not answered %s of %s", room, id, uid)
		case c != i:
			return fmt.Errorf("%s of %s: the organizer has %v, %s has %v", id, uid, i, room, c)
		}
	}
	for id, c := range copied {
		if c.answer != "" && c.answer != "DECLINED" && organized[id].answer == "" {
			return fmt.Errorf("%s of %s: %s has %v, the organizer %v", id, uid, room, c, organized[id])
		}
	}
	return nil
}
