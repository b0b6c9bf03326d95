package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"convene/test/harness"
	"convene/test/model"
)

// Load is a server with writers, and with devices that sync while those write.
type Load struct {
	Server  *harness.Server
	Writers []*Writer
	Devices []*observer
	Rand    *rand.Rand

	Writes       atomic.Int64 // acknowledged so far
	Done, Undone int          // writes without an answer that turned out to be done, or not
}

// observer is a device of one user. Its error during a crash is no matter; afterwards it must catch up.
type observer struct {
	model.Device
	user string
}

// NewLoad prepares two users with two calendars each, four writers and two devices a user.
func NewLoad(ctx context.Context, srv *harness.Server, seed uint64) (*Load, error) {
	l := &Load{Server: srv, Rand: rand.New(rand.NewPCG(seed, 0))}
	for u := range 2 {
		user := srv.Client(harness.UserName(u + 1))
		second := user.Home() + "second/"
		resp, err := user.Do(ctx, "MKCALENDAR", second, "")
		if err != nil || resp.Status != http.StatusCreated {
			return nil, fmt.Errorf("MKCALENDAR %s: %v %w", second, resp, err)
		}
		for range 4 {
			l.Writers = append(l.Writers, &Writer{
				ID: len(l.Writers), Client: srv.Client(user.User), Colls: []string{user.Default(), second},
				Rand: rand.New(rand.NewPCG(seed, uint64(len(l.Writers))+1)), Acked: map[string]string{}, Writes: &l.Writes,
			})
		}
		l.Devices = append(l.Devices, &observer{model.NewCollectionDevice(srv.Client(user.User)), user.User},
			&observer{model.NewHomeDevice(srv.Client(user.User)), user.User})
	}
	return l, nil
}

// Round runs the load, calls kill in the midst of it, and returns how long it took from there until a write was
// acknowledged again.
func (l *Load) Round(ctx context.Context, kill func() error) (recovery time.Duration, err error) {
	running, stop := context.WithCancel(ctx)
	defer stop()
	var wg sync.WaitGroup
	errs := make([]error, len(l.Writers))
	for i, w := range l.Writers {
		wg.Go(func() { errs[i] = w.Run(running) })
	}
	for _, d := range l.Devices {
		wg.Go(func() {
			for running.Err() == nil && d.Pull(running, 50) == nil {
				continue
			}
		})
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

// warmWrites is how many writes are acknowledged in a round before something is killed.
const warmWrites = 50

// warm waits for the load to be under way, and then a little longer: the moment of the crash is what varies.
func (l *Load) warm(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	enough := l.Writes.Load() + warmWrites
	for l.Writes.Load() < enough && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(time.Duration(l.Rand.IntN(300_000)) * time.Microsecond)
}

// firstWrite tries to write until that is acknowledged.
func (l *Load) firstWrite(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	c := l.Server.Client(harness.UserName(3))
	for n := 0; ; n++ {
		data := harness.Event("probe", fmt.Sprint("probe ", n, time.Now()), harness.Day(1))
		resp, err := c.Do(ctx, "PUT", c.Default()+"probe.ics", data)
		if err == nil && (resp.Status == http.StatusCreated || resp.Status == http.StatusNoContent) {
			return nil
		}
		if err == nil && resp.Status != http.StatusServiceUnavailable {
			return fmt.Errorf("after the crash: PUT got %v", resp)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no write succeeds 60 s after the crash: %v, %w; log:\n%s", resp, err, l.Server.LogTail(8192))
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Verify compares everything the server holds with the ledgers, and lets the devices catch up.
func (l *Load) Verify(ctx context.Context) error {
	for u := range 2 {
		if err := l.verifyUser(ctx, harness.UserName(u+1)); err != nil {
			return err
		}
	}
	return nil
}

func (l *Load) verifyUser(ctx context.Context, user string) error {
	c := l.Server.Client(user)
	before, err := c.Collections(ctx, c.Home())
	if err != nil {
		return err
	}
	listing, err := model.Listing(ctx, c)
	if err != nil {
		return err
	}
	found := map[string]string{}
	for _, objects := range listing {
		for path, obj := range objects {
			found[path] = obj.Data
		}
	}
	if err := l.settle(user, found); err != nil {
		return err
	}
	for _, d := range append(l.Devices, &observer{model.NewCollectionDevice(c), user}, &observer{model.NewHomeDevice(c), user}) {
		if d.user != user {
			continue
		}
		if err := d.Pull(ctx, 0); err != nil {
			return fmt.Errorf("%T of %s after the crash: %w", d.Device, user, err)
		}
		if diff := model.Differ(d.Holds(), listing); diff != "" {
			return fmt.Errorf("%T of %s after the crash:\n%s", d.Device, user, diff)
		}
	}
	after, err := c.Collections(ctx, c.Home())
	if err != nil {
		return err
	}
	for path, coll := range before {
		if after[path] != coll {
			return fmt.Errorf("%s changed without a write: %+v, then %+v", path, coll, after[path])
		}
	}
	return nil
}

// settle resolves the user's pending writes and compares all ledgers with what was found.
func (l *Load) settle(user string, found map[string]string) error {
	total := 0
	for _, w := range l.Writers {
		if w.Client.User != user {
			continue
		}
		pending := w.Pending != nil
		done, err := w.Resolve(found)
		if err != nil {
			return err
		}
		switch {
		case done:
			l.Done++
		case pending:
			l.Undone++
		}
		total += len(w.Acked)
		for path, data := range w.Acked {
			if found[path] != data {
				return fmt.Errorf("writer %d: %s was acknowledged as\n%s\nbut is\n%s", w.ID, path, data, found[path])
			}
		}
	}
	if total != len(found) {
		return fmt.Errorf("%s has %d objects, the ledgers have %d", user, len(found), total)
	}
	return nil
}
