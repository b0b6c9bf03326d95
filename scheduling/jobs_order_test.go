package scheduling_test

import (
	"testing"
	"time"

	"convene/scheduling"
	"convene/store"
	"convene/store/storetest"
)

// A late invitation, which waited since the server that had taken the job is no more, says what there is by then: nobody has an event for
// good that was cancelled meanwhile, or is older than the organizer's.
func TestLateInvitation(t *testing.T) {
	const more = "bob cat dan;PARTSTAT=NEEDS-ACTION"
	for _, c := range []struct {
		name string
		then func(b *building)
		want string // the answer of dan in its own copy
	}{
		{"nothing else happened", func(*building) {}, "NEEDS-ACTION"},
		{"cancelled", func(b *building) { b.remove("ann", "late") }, "no copy"},
		{"no longer invited", func(b *building) { b.put("ann", "late", event("late", "ann", 9, 10, "ann bob cat")) }, "no copy"},
		{"changed", func(b *building) { b.put("ann", "late", event("late", "ann", 11, 12, "ann "+more)) }, "NEEDS-ACTION"},
		{"an instance cancelled", func(b *building) {
			b.put("ann", "late", event("late", "ann", 9, 10, "ann "+more, "RRULE:FREQ=DAILY;COUNT=5", "EXDATE:"+at(33)))
		}, "NEEDS-ACTION"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &building{T: t, clock: time.Now().UTC().Truncate(time.Second), ids: map[string]store.PrincipalID{}}
			b.db = storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return b.clock }})
			b.engine = scheduling.New(scheduling.Options{DB: b.db, MaxInline: 1, Domains: []string{"example.com"}})
			for _, name := range []string{"ann", "bob", "cat", "dan"} {
				b.add(store.NewPrincipal{Kind: store.User, Name: name})
			}
			b.put("ann", "late", event("late", "ann", 9, 10, "ann "+more, "RRULE:FREQ=DAILY;COUNT=5"))
			if jobs, err := b.db.TakeJobs(t.Context(), 10, time.Minute); err != nil || len(jobs) == 0 { // by a server that is killed then
				t.Fatalf("got %+v, %v, want a job", jobs, err)
			}
			c.then(b)
			for range 2 {
				if _, err := b.engine.RunDue(t.Context()); err != nil {
					t.Fatal(err)
				}
				b.clock = b.clock.Add(2 * time.Minute)
			}
			if got := b.answers("dan", "late", "dan"); got != c.want {
				t.Errorf("dan has the answer %q, want %q", got, c.want)
			}
			if ann, dan := b.copy("ann", "late"), b.copy("dan", "late"); ann != nil && dan != nil && dan.Parts[0].Prop("DTSTART").Value != ann.Parts[0].Prop("DTSTART").Value {
				t.Errorf("dan has\n%s\nann has\n%s", dan.Raw(), ann.Raw())
			}
		})
	}
}
