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
		b, _ := ical.ParseObject(before, fuzzLimits)
		ctx := Context{Now: noon, Owner: person("org"), People: people, Stale: stale}
		if a, err := ical.ParseObject(after, fuzzLimits); err == nil && (b == nil || a.UID == b.UID && a.Component == b.Component) {
			fuzzChange(t, ctx, b, a)
		}
		if m, err := ParseMessage(after, fuzzLimits); err == nil {
			fuzzReceive(t, ctx, b, m)
		}
	})
}

var fuzzLimits = ical.Limits{MaxBytes: 1 << 16, MaxComponents: 50, MaxAttendees: 20, MaxDates: 50}

// fuzzChange lets organizer and attendee write a in the place of b.
func fuzzChange(t *testing.T, ctx Context, b, a *ical.Object) {
	for _, owner := range []Address{person("org"), person("ann")} {
		ctx.Owner = owner
		plan, err := Organizer(ctx, b, a)
		if err != nil && !slices.Contains([]error{ErrOrganizerChange, ErrSameOrganizer}, err) {
			t.Fatalf("organizer: %v", err)
		}
		checkPlan(t, plan.Object, plan.Messages)
		if plan, err = Attendee(ctx, b, a); err != nil && !slices.Contains([]error{ErrAttendeeChange, ErrSameOrganizer}, err) {
			t.Fatalf("attendee: %v", err)
		}
		checkPlan(t, plan.Object, plan.Messages)
		PartStat(ctx, a)
		Addresses(b, a)
	}
}

// fuzzReceive takes m into b.
func fuzzReceive(t *testing.T, ctx Context, b *ical.Object, m Message) {
	for _, owner := range []Address{person("org"), person("ann")} {
		ctx.Owner, m.From = owner, person("org")
		if owner == m.From {
			m.From = person("ann")
		}
		r, err := Receive(ctx, b, m)
		if err != nil && !slices.Contains([]error{ErrSender, ErrNewOrganizer, ErrSameOrganizer, ErrMessage}, err) {
			t.Fatalf("receive: %v", err)
		}
		checkPlan(t, r.Object, r.Messages)
		if r.Object == nil || err != nil {
			continue
		}
		o, err := ical.ParseObject(r.Object, ical.StoredLimits)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := Receive(ctx, o, m); err != nil || again.Object != nil && string(again.Object) != string(r.Object) && r.Outcome != Unknown {
			t.Fatalf("%s a second time: %v %v\n%s\n->\n%s", m.Method, again.Outcome, err, r.Object, again.Object)
		}
	}
}

// checkPlan says whether what is to be stored, and what is sent, can be read again.
func checkPlan(t *testing.T, raw []byte, messages []Message) {
	if raw != nil {
		if _, err := ical.ParseObject(raw, ical.StoredLimits); err != nil {
			t.Fatalf("%v in\n%s", err, raw)
		}
	}
	for _, m := range messages {
		if _, err := ParseMessage(m.Bytes(), ical.StoredLimits); err != nil {
			t.Fatalf("%v in\n%s", err, m.Bytes())
		}
	}
}
