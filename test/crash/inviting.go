package crash

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"convene/test/harness"
)

// Inviting is a server with organizers and guests. A crash during it loses no invitation and no answer, and nobody gets one twice or half.
type Inviting struct {
	*Load      // of which only the server and the tally are used
	Organizers []*Organizer
	Guests     []*Guest
	admin      *harness.Client
}

// town is how many are invited to the meetings of all: more than a transaction delivers to, so that jobs follow.
const town = 120

func citizen(n int) string { return fmt.Sprintf("citizen%03d", n) }

// NewInviting prepares two organizers who share five guests, and one who invites the whole town.
func NewInviting(srv *harness.Server, seed uint64) (*Inviting, error) {
	l := &Inviting{Load: &Load{Server: srv, Rand: rand.New(rand.NewPCG(seed, 0))}, admin: srv.Client("admin")}
	csv := "name,kind,address\n"
	var all, few []string
	for n := 1; n <= town; n++ {
		all = append(all, citizen(n))
		csv += fmt.Sprintf("%s,user,%s\n", citizen(n), address(citizen(n)))
	}
	file := filepath.Join(filepath.Dir(srv.Dir), "town.csv")
	if err := os.WriteFile(file, []byte(csv), 0o600); err != nil {
		return nil, err
	}
	if _, err := srv.CLI("user", "import", "--data", srv.Dir, file); err != nil {
		return nil, err
	}
	for n := 11; n <= 15; n++ {
		few = append(few, harness.UserName(n))
		l.Guests = append(l.Guests, &Guest{Client: srv.Client(harness.UserName(n)), Rand: rand.New(rand.NewPCG(seed, uint64(n))), Writes: &l.Writes,
			Answers: map[string]string{}, Sent: map[string]int{}})
	}
	for i, guests := range [][]string{few, few, all} {
		account := harness.UserName([]int{1, 2, 4}[i]) // firstWrite is user03
		l.Organizers = append(l.Organizers, &Organizer{Client: srv.Client(account), Rand: rand.New(rand.NewPCG(seed, uint64(i+1))),
			Guests: guests, All: len(guests) == town, Writes: &l.Writes, Meetings: map[string]*Meeting{}})
	}
	return l, nil
}

// Round runs the load, calls kill in the midst of it, and returns how long it took from there until a write was acknowledged again.
func (l *Inviting) Round(ctx context.Context, kill func() error) (recovery time.Duration, err error) {
	running, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	errs := make([]error, len(l.Organizers)+len(l.Guests))
	for i, o := range l.Organizers {
		wg.Go(func() { errs[i] = o.Run(running) })
	}
	for i, g := range l.Guests {
		wg.Go(func() { errs[len(l.Organizers)+i] = g.Run(running) })
	}
	l.warm(ctx)
	start := time.Now()
	if err := kill(); err != nil {
		return 0, fmt.Errorf("kill: %w", err)
	}
	if err := l.firstWrite(ctx); err != nil {
		return 0, err
	}
	recovery = time.Since(start)
	stop()
	wg.Wait()
	return recovery, errors.Join(errs...)
}

// waitingJob is what convene jobs --json prints.
type waitingJob struct {
	ID               int64
	Kind, Owner, UID string
	Attempts         int
	Due              time.Time
	Error            string
}

// finishJobs returns when no job is left. Those that a process took which is no more are due again when its lease ends; they are not waited
// for, but done at once, as an administrator can have it.
func (l *Inviting) finishJobs(ctx context.Context) error {
	for end := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		out, err := l.Server.CLI("jobs", "list", "--data", l.Server.Dir, "--json")
		if err != nil {
			return err
		}
		var jobs []waitingJob
		if err := json.Unmarshal([]byte(out), &jobs); err != nil {
			return err
		}
		if len(jobs) == 0 {
			return nil
		}
		if ctx.Err() != nil || time.Now().After(end) {
			return fmt.Errorf("jobs that are not done: %+v; log:\n%s", jobs, l.Server.LogTail(8192))
		}
		for _, j := range jobs {
			if j.Attempts > 0 && time.Until(j.Due) > time.Second {
				if _, err := l.Server.CLI("jobs", "retry", "--data", l.Server.Dir, fmt.Sprint(j.ID)); err != nil && !strings.Contains(err.Error(), "there is no job") {
					return err
				}
			}
		}
	}
}

// items reads all that is in a collection.
func (l *Inviting) items(ctx context.Context, collection string) ([]*item, error) {
	members, err := l.admin.List(ctx, collection)
	if err != nil {
		return nil, err
	}
	paths := make([]string, 0, len(members))
	for p := range members {
		paths = append(paths, p)
	}
	var list []*item
	for len(paths) > 0 {
		n := min(500, len(paths))
		data, err := l.admin.Multiget(ctx, collection, paths[:n])
		if err != nil {
			return nil, err
		}
		for p, text := range data {
			list = append(list, readItem(p, text))
		}
		paths = paths[n:]
	}
	return list, nil
}

// events reads somebody's calendar, by UID: each is there once.
func (l *Inviting) events(ctx context.Context, account string) (map[string]*item, error) {
	list, err := l.items(ctx, l.Server.Client(account).Default())
	byUID := map[string]*item{}
	for _, it := range list {
		if byUID[it.UID] != nil {
			return nil, fmt.Errorf("%s has %s twice: %s and %s", account, it.UID, byUID[it.UID].Path, it.Path)
		}
		byUID[it.UID] = it
	}
	return byUID, err
}

// messages reads somebody's Inbox and empties it.
func (l *Inviting) messages(ctx context.Context, account string) ([]*item, error) {
	list, err := l.items(ctx, l.Server.Client(account).Home()+"Inbox/")
	if err != nil {
		return nil, err
	}
	for _, it := range list {
		if resp, err := l.admin.Do(ctx, "DELETE", it.Path, ""); err != nil || resp.Status != 204 {
			return nil, fmt.Errorf("DELETE %s: %v, %w", it.Path, resp, err)
		}
	}
	return list, nil
}
