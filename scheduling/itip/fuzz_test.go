package itip

import (
	"slices"
	"strings"
	"testing"

	"convene/ical"
)

// FuzzAll takes any two objects and any message through all that there is. Nothing may panic, and what comes out must be objects.
func FuzzAll(f *testing.F) {
	for _, test := range organizerChanges {
		f.Add([]byte(test.before), []byte(test.after), false)
	}
	for _, test := range attendeeChanges {
		f.Add([]byte(test.before), []byte(test.after), true)
	}
	for _, test := range received {
		f.Add([]byte(test.stored), []byte(strings.Replace(test.message, "VERSION:2.0", "VERSION:2.0\r\nMETHOD:"+string(test.method), 1)), true)
	}
	people := People{}
	people.Add(person("ann"), "mailto:ann.alias@example.org")
	f.Fuzz(func(t *testing.T, before, after []byte, stale bool) {
		lim := ical.Limits{MaxBytes: 1 << 16, MaxComponents: 50, MaxAttendees: 20, MaxDates: 50}
		b, _ := ical.ParseObject(before, lim)
		a, err := ical.ParseObject(after, lim)
		ctx := Context{Now: noon, Owner: person("org"), People: people, Stale: stale}
		check := func(raw []byte) {
			if raw == nil {
				return
			}
			if _, err := ical.ParseObject(raw, ical.StoredLimits); err != nil {
				t.Fatalf("%v in\n%s", err, raw)
			}
		}
		same := b != nil && a != nil && (a.UID != b.UID || a.Component != b.Component)
		if err == nil && !same {
			for _, owner := range []Address{person("org"), person("ann")} {
				ctx.Owner = owner
				plan, err := Organizer(ctx, b, a)
				check(plan.Object)
				if err != nil && !slices.Contains([]error{ErrOrganizerChange, ErrSameOrganizer}, err) {
					t.Fatalf("organizer: %v", err)
				}
				plan, err = Attendee(ctx, b, a)
				check(plan.Object)
				if err != nil && !slices.Contains([]error{ErrAttendeeChange, ErrSameOrganizer}, err) {
					t.Fatalf("attendee: %v", err)
				}
			}
		}
		m, err := ParseMessage(after, lim)
		if err != nil {
			return
		}
		for _, owner := range []Address{person("org"), person("ann")} {
			ctx.Owner, m.From = owner, person("org")
			if owner == m.From {
				m.From = person("ann")
			}
			r, err := Receive(ctx, b, m)
			check(r.Object)
			if err != nil && !slices.Contains([]error{ErrSender, ErrNewOrganizer, ErrSameOrganizer, ErrMessage}, err) {
				t.Fatalf("receive: %v", err)
			}
		}
	})
}
