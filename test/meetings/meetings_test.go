package meetings

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

var (
	rounds = flag.Int("meetings.rounds", 0, "how many rounds TestInTurn and TestAtOnce play; 0: 8 and 4")
	seed   = flag.Uint64("meetings.seed", 0, "seed of the first of them; 0 takes one from the clock")
)

// play runs rounds of a test, each with a seed that it prints when it fails.
func play(t *testing.T, few int, round func(t *testing.T, rng *rand.Rand) *world) {
	n, first := few, *seed
	if *rounds > 0 {
		n = *rounds
	}
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	acts := 0
	for s := first; s < first+uint64(n) && !t.Failed(); s++ {
		acts += len(round(t, rand.New(rand.NewPCG(s, 0))).ledger.log)
		if t.Failed() {
			t.Logf("again: go test ./test/meetings -run '^%s$' -meetings.rounds 1 -meetings.seed %d", t.Name(), s)
		}
	}
	t.Logf("%d rounds, %d acts", n, acts)
}

// TestInTurn lets people do one thing after the other, and looks after each what everybody has: the copies, their schedule tags, the
// messages in the Inboxes.
func TestInTurn(t *testing.T) {
	s := newServer(t, 1, false)
	play(t, 8, func(t *testing.T, rng *rand.Rand) *world {
		w := newWorld(s, s.people(t, 4, 1), false)
		var devices []*device
		for _, p := range w.people[:4] {
			devices = append(devices, w.device(p, 0, rng), w.device(p, 0, rng))
		}
		before, err := w.views(t.Context(), 0)
		for len(w.ledger.log) < 40 && err == nil {
			before, err = w.turn(t.Context(), pick(rng, devices), before)
		}
		if err == nil {
			err = w.audit(t.Context(), before)
		}
		if err != nil {
			t.Errorf("%v\n--- all:\n%s", err, strings.Join(w.ledger.log, "\n"))
		}
		return w
	})
	s.check(t)
}

// turn lets a device do one thing and judges what came of it.
func (w *world) turn(ctx context.Context, d *device, before map[*person]*view) (map[*person]*view, error) {
	deeds, err := d.step(ctx)
	if err != nil || len(deeds) == 0 {
		return before, err
	}
	w.ledger.note(deeds)
	if err := w.s.settle(ctx); err != nil {
		return nil, err
	}
	after, err := w.views(ctx, 0)
	if err != nil {
		return nil, err
	}
	if err := w.judge(deeds, before, after); err != nil {
		return nil, err
	}
	for _, did := range deeds { // whoever is invited anew has a copy again
		for _, t := range did.tells {
			if t.method == "REQUEST" {
				delete(w.ledger.deleted, who{did.uid, t.to})
			}
		}
	}
	return after, w.agree(after)
}

// TestAtOnce lets all people invite all others at the same moment, and then do things with two devices each, on two servers with one
// database, while jobs are done in the background by workers that come and go. When all is quiet, everybody agrees.
func TestAtOnce(t *testing.T) {
	s := newServer(t, 2, true)
	play(t, 4, func(t *testing.T, rng *rand.Rand) *world {
		w := newWorld(s, s.people(t, 5, 2), true)
		stop := w.workers(t, rng)
		var all sync.WaitGroup
		begin := make(chan struct{})
		for i := range 10 {
			d := w.device(w.people[i/2], i, rand.New(rand.NewPCG(rng.Uint64(), 0)))
			all.Go(func() {
				<-begin
				if err := d.live(t.Context(), 25); err != nil {
					t.Errorf("%s: %v", d.p.account, err)
				}
			})
		}
		close(begin)
		all.Wait()
		err := w.quiet(t.Context())
		stop()
		if err == nil && !t.Failed() {
			err = w.verdict(t.Context())
		}
		if err != nil {
			t.Error(err)
		}
		return w
	})
	s.check(t)
}

// live lets a device do so many things.
func (d *device) live(ctx context.Context, steps int) error {
	deeds, err := d.create(ctx)
	for range steps {
		d.w.ledger.note(deeds)
		if err != nil {
			return err
		}
		deeds, err = d.step(ctx)
	}
	d.w.ledger.note(deeds)
	return err
}

// workers do the jobs until stop is called: one at each node, and one that is stopped and started again all the time.
func (w *world) workers(t *testing.T, rng *rand.Rand) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for _, n := range w.s.nodes {
		running.Go(func() { n.engine.RunJobs(ctx) })
	}
	chance := rand.New(rand.NewPCG(rng.Uint64(), 0))
	running.Go(func() {
		for ctx.Err() == nil {
			short, done := context.WithTimeout(ctx, time.Duration(1+chance.IntN(50))*time.Millisecond)
			pick(chance, w.s.nodes).engine.RunJobs(short)
			done()
		}
	})
	return func() {
		cancel()
		running.Wait()
	}
}

// quiet waits until no job is left.
func (w *world) quiet(ctx context.Context) error {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		waiting, failing, err := w.s.nodes[0].db.JobCounts(ctx)
		if err != nil || waiting+failing == 0 {
			return err
		}
	}
	jobs, err := w.s.nodes[0].db.Jobs(ctx, 100, false)
	return fmt.Errorf("jobs are left: %+v: %w", jobs, err)
}

// verdict holds what everybody has in the end against what was done.
func (w *world) verdict(ctx context.Context) error {
	views, err := w.settled(ctx)
	if err != nil {
		return err
	}
	if err := w.agree(views); err != nil {
		return err
	}
	return w.audit(ctx, views)
}
