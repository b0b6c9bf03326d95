package scheduling_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/scheduling"
	"convene/store"
	"convene/store/storetest"
)

// carry is a Carrier made of a function.
type carry func(ctx context.Context, m *store.Outgoing) (string, error)

func (c carry) Carry(ctx context.Context, m *store.Outgoing) (string, error) { return c(ctx, m) }

// newCarried is a building whose messages to people outside are taken by a carrier, with one to each of three such people waiting.
func newCarried(t *testing.T, clock time.Time, c carry) *building {
	b := &building{T: t, clock: clock, ids: map[string]store.PrincipalID{}}
	b.db = storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return b.clock }})
	b.engine = scheduling.New(scheduling.Options{DB: b.db, Carrier: c, Domains: []string{"example.com"}})
	b.add(store.NewPrincipal{Kind: store.User, Name: "ann"})
	b.put("ann", "out", event("out", "ann", 9, 10, "ann", "ATTENDEE:mailto:one@outside.test", "ATTENDEE:mailto:two@outside.test", "ATTENDEE:mailto:three@outside.test"))
	return b
}

// messages are the messages to people outside, each as "RECIPIENT STATE STATUS".
func (b *building) messages() (list []string) {
	b.Helper()
	found, err := b.db.Outgoings(b.Context(), "out", 10)
	if err != nil {
		b.Fatal(err)
	}
	for _, m := range found {
		who, _, _ := strings.Cut(strings.TrimPrefix(m.Recipient, "mailto:"), "@")
		list = append(list, strings.Join([]string{who, m.State, m.Status}, " "))
	}
	slices.Sort(list)
	return list
}

func (b *building) wantMessages(want ...string) {
	b.Helper()
	if got := b.messages(); !slices.Equal(got, want) {
		b.Errorf("messages: got %q, want %q", got, want)
	}
}

// A job under way when the server stops is finished; those that were taken with it are free for the next server at once.
func TestJobsStop(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	b := newCarried(t, time.Now(), func(ctx context.Context, _ *store.Outgoing) (string, error) {
		stop()
		return "1.1", ctx.Err()
	})
	if done, err := b.engine.RunDue(ctx); done != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d jobs done, %v; want the one under way", done, err)
	}
	left, err := b.db.TakeJobs(t.Context(), 10, time.Minute)
	if err != nil || len(left) != 2 {
		t.Errorf("got %+v, %v, want two jobs that are due", left, err)
	}
	if sent := strings.Count(strings.Join(b.messages(), ","), "sent 1.1"); sent != 1 {
		t.Errorf("got %q, want one message sent", b.messages())
	}
}

// A message that cannot be sent for the time being is tried again later, and the organizer learns in the end what became of it.
func TestCarryLater(t *testing.T) {
	away := true
	b := newCarried(t, time.Now(), func(_ context.Context, m *store.Outgoing) (string, error) {
		switch {
		case away:
			return "", errors.New("the mail server is away")
		case strings.Contains(m.Recipient, "two"):
			return "5.1", nil
		}
		return "1.1", nil
	})
	run := func(want int) {
		t.Helper()
		if done, err := b.engine.RunDue(t.Context()); done != want || err != nil {
			t.Errorf("got %d jobs done, %v; want %d", done, err, want)
		}
	}
	run(3)
	b.wantMessages("one waiting 1.0", "three waiting 1.0", "two waiting 1.0")
	jobs, err := b.db.Jobs(t.Context(), 10, true)
	if err != nil || len(jobs) != 3 || jobs[0].Error != "the mail server is away" || !jobs[0].Due.After(b.clock) {
		t.Errorf("got %+v, %v, want three jobs that failed", jobs, err)
	}
	run(0)
	away, b.clock = false, b.clock.Add(time.Minute)
	run(3)
	b.wantMessages("one sent 1.1", "three sent 1.1", "two failed 5.1")
	if text := string(b.copy("ann", "out").Raw()); !strings.Contains(text, "SCHEDULE-STATUS=5.1:mailto:two@") || !strings.Contains(text, "SCHEDULE-STATUS=1.1:mailto:one@") {
		t.Errorf("the organizer has:\n%s", text)
	}
	b.clock = b.clock.Add(time.Hour)
	run(0)
}

// What cannot be sent for days is given up.
func TestCarryGivesUp(t *testing.T) {
	b := newCarried(t, time.Now().Add(-72*time.Hour), func(context.Context, *store.Outgoing) (string, error) {
		return "", errors.New("the mail server is away")
	})
	if done, err := b.engine.RunDue(t.Context()); done != 3 || err != nil {
		t.Errorf("got %d jobs done, %v; want 3", done, err)
	}
	b.wantMessages("one failed 5.1", "three failed 5.1", "two failed 5.1")
}

// A job that is given up by hand is gone, and its message with it.
func TestDropJob(t *testing.T) {
	b := newCarried(t, time.Now(), func(context.Context, *store.Outgoing) (string, error) { return "1.1", nil })
	jobs, err := b.db.Jobs(t.Context(), 10, false)
	if err != nil || len(jobs) != 3 {
		t.Fatalf("got %+v, %v, want three jobs", jobs, err)
	}
	if owner, uid, err := scheduling.JobAbout(t.Context(), b.db, &jobs[0]); owner != "ann" || uid != "out" || err != nil {
		t.Errorf("got %q, %q, %v", owner, uid, err)
	}
	if err := scheduling.DropJob(t.Context(), b.db, jobs[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := scheduling.DropJob(t.Context(), b.db, jobs[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if done, err := b.engine.RunDue(t.Context()); done != 2 || err != nil {
		t.Errorf("got %d jobs done, %v; want 2", done, err)
	}
	b.wantMessages("one failed 5.1", "three sent 1.1", "two sent 1.1")
}
