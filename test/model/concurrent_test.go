package model

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"

	"convene/test/harness"
)

// writer is one of several devices that change a home at the same time, without knowing of each other.
type writer struct {
	*World
	id   int
	seen map[string]map[string]Copy // what it last saw in a listing
	won  *updates
	also []int // further statuses that any request may get
	copy bool  // COPY is among the operations; then bytes, and with them ETags, can come back, and won says nothing
}

// updates notes which version of an object was replaced or deleted under If-Match: each may be so once only.
type updates struct {
	sync.Mutex
	from map[string]string
}

func (u *updates) note(path, etag, how string) error {
	u.Lock()
	defer u.Unlock()
	key := path + " " + etag
	if before, twice := u.from[key]; twice {
		return fmt.Errorf("%s with ETag %s was both %s and %s: an update is lost", path, etag, before, how)
	}
	u.from[key] = how
	return nil
}

// allowed are the answers that a request may get when others change the same home at the same time.
var allowed = map[string][]int{
	"PUT":        {201, 204, 403, 404, 409, 412},
	"DELETE":     {204, 404, 409, 412},
	"MOVE":       {201, 204, 403, 404, 409, 412},
	"COPY":       {201, 204, 403, 404, 409, 412},
	"MKCALENDAR": {201, 403, 405, 409},
	"PROPPATCH":  {207, 404, 409},
}

// step does a random operation on what the writer believes to exist.
func (w *writer) step(ctx context.Context) error {
	var coll, path string
	var held Copy
	for _, coll = range drawOne(w.Rand, w.seen) {
		for _, path = range drawOne(w.Rand, w.seen[coll]) {
			held = w.seen[coll][path]
		}
	}
	if coll == "" {
		coll = w.Client.Default()
	}
	if path == "" || w.Rand.IntN(3) == 0 {
		path = coll + w.anyName()
		held = w.seen[coll][path]
	}
	calendar := w.Client.Home() + w.pick(collections) + "/"
	other := w.pick([]string{calendar, w.Client.Default()})
	switch n := w.Rand.IntN(100); {
	case n < 25:
		return w.try(ctx, "PUT", path, w.Event("").Data)
	case n < 50 && held.ETag != "":
		return w.replace(ctx, path, held)
	case n < 65 && held.ETag != "":
		return w.tryMatch(ctx, "DELETE", path, "", held.ETag)
	case n < 70:
		return w.try(ctx, "DELETE", path, "")
	case n < 85:
		return w.try(ctx, "MOVE", path, "", "Destination", w.Client.Base+other+w.anyName(), "Overwrite", w.pick([]string{"T", "F"}))
	case n < 90 && w.copy:
		return w.try(ctx, "COPY", path, "", "Destination", w.Client.Base+other+w.anyName(), "Overwrite", w.pick([]string{"T", "F"}))
	case n < 94:
		return w.try(ctx, "MKCALENDAR", calendar, fmt.Sprintf(mkcalendarBody, "by writer"))
	case n < 95:
		return w.try(ctx, "DELETE", calendar, "")
	case n < 96:
		return w.try(ctx, "MOVE", calendar, "", "Destination", w.Client.Home()+w.pick(collections)+"/", "Overwrite", "F")
	default:
		body := fmt.Sprintf(`<D:propertyupdate %s><D:set><D:prop><D:displayname>%d</D:displayname></D:prop></D:set></D:propertyupdate>`, harness.XMLNS, n)
		return w.try(ctx, "PROPPATCH", coll, body)
	}
}

// replace updates the object that the writer saw, keeping its UID, under If-Match.
func (w *writer) replace(ctx context.Context, path string, held Copy) error {
	uid := between(held.Data, "UID:", "\r\n")
	return w.tryMatch(ctx, "PUT", path, w.Event(uid).Data, held.ETag)
}

func (w *writer) tryMatch(ctx context.Context, method, path, body, etag string) error {
	resp, err := w.send(ctx, slices.Concat(allowed[method], w.also), method, path, body, "If-Match", etag)
	if err != nil || resp.Status >= 300 || w.copy {
		return err
	}
	return w.won.note(path, etag, fmt.Sprintf("%s by writer %d", method, w.id))
}

func (w *writer) try(ctx context.Context, method, path, body string, headers ...string) error {
	_, err := w.send(ctx, slices.Concat(allowed[method], w.also), method, path, body, headers...)
	return err
}

// look refreshes what the writer believes, by reading while others write.
func (w *writer) look(ctx context.Context, d Device) error {
	if err := d.Pull(ctx, w.Rand.IntN(5)); err != nil {
		return err
	}
	w.seen = d.Holds()
	return nil
}

// TestConcurrent lets eight devices change one home at the same time, each syncing now and then, and compares afterwards.
func TestConcurrent(t *testing.T) {
	for run := range 3 {
		t.Run(strconv.Itoa(run), func(t *testing.T) {
			rng := newRand(t)
			user := srv.NewUser(t)
			won := &updates{from: map[string]string{}}
			all := map[string]Device{}
			var wg sync.WaitGroup
			for id := range 8 {
				c := srv.Client(user.User)
				w := &writer{id: id, won: won, copy: run > 0, World: &World{Client: c, Rand: rand.New(rand.NewPCG(rng.Uint64(), 0)), serial: 100_000 * id}}
				var d Device = NewCollectionDevice(c)
				if id%2 == 1 {
					d = NewHomeDevice(c)
				}
				all[fmt.Sprintf("writer %d", id)] = d
				wg.Go(func() { w.run(t, d, length(t, 60)) })
			}
			wg.Wait()
			if t.Failed() {
				return
			}
			all["a new one that syncs each calendar"] = NewCollectionDevice(user)
			all["a new one that syncs the home"] = NewHomeDevice(user)
			all["a new one that uses go-webdav"] = NewLibraryDevice(user)
			compareAll(t, user, all, nil)
			t.Logf("%d versions replaced or deleted under If-Match", len(won.from))
		})
	}
}

func (w *writer) run(t *testing.T, d Device, steps int) {
	for step := range steps {
		if step%5 == 0 {
			if err := w.look(t.Context(), d); err != nil {
				t.Errorf("writer %d, step %d: %v", w.id, step, err)
				return
			}
		}
		if err := w.step(t.Context()); err != nil {
			t.Errorf("writer %d, step %d: %v", w.id, step, err)
			return
		}
	}
}

// TestOneWinner lets many devices update, create and delete one object at once under a condition: one of them succeeds.
func TestOneWinner(t *testing.T) {
	user := srv.NewUser(t)
	path := user.Default() + "contested.ics"
	uid := harness.UID("contested", 0)
	for round := range length(t, 20) {
		first := user.Want(t, http.StatusCreated, "PUT", path, harness.Event(uid, "first", harness.Day(1)))
		contest(t, user, "update", func(c *harness.Client, n int) (*harness.Response, error) {
			return c.Do(t.Context(), "PUT", path, harness.Event(uid, fmt.Sprint("by ", n, " in ", round), harness.Day(n+2)), "If-Match", first.ETag())
		})
		second := user.Want(t, http.StatusOK, "GET", path, "")
		contest(t, user, "delete", func(c *harness.Client, _ int) (*harness.Response, error) {
			return c.Do(t.Context(), "DELETE", path, "", "If-Match", second.ETag())
		})
		contest(t, user, "create", func(c *harness.Client, n int) (*harness.Response, error) {
			return c.Do(t.Context(), "PUT", path, harness.Event(uid, fmt.Sprint("new by ", n), harness.Day(n+2)), "If-None-Match", "*")
		})
		contest(t, user, "move", func(c *harness.Client, n int) (*harness.Response, error) {
			return c.Do(t.Context(), "MOVE", path, "", "Destination", fmt.Sprintf("%s%smoved-%d.ics", c.Base, c.Default(), n))
		})
		members, err := user.List(t.Context(), user.Default())
		if err != nil || len(members) != 1 {
			t.Fatalf("round %d: the calendar has %v (%v), want one object", round, members, err)
		}
		user.Want(t, http.StatusNoContent, "DELETE", slices.Collect(maps.Keys(members))[0], "")
	}
}

// contest sends one request from six devices at once: one must succeed, the others find the condition failing.
func contest(t *testing.T, user *harness.Client, what string, send func(*harness.Client, int) (*harness.Response, error)) {
	t.Helper()
	statuses := make([]int, 6)
	var wg sync.WaitGroup
	for n := range statuses {
		c := srv.Client(user.User)
		wg.Go(func() {
			resp, err := send(c, n)
			if err != nil {
				t.Errorf("%s: %v", what, err)
				return
			}
			statuses[n] = resp.Status
		})
	}
	wg.Wait()
	slices.Sort(statuses)
	if won := statuses[0]; won/100 != 2 || !slices.Contains([]int{404, 412}, statuses[1]) || !slices.Contains([]int{404, 412}, statuses[5]) {
		t.Fatalf("%s by six at once: got %v, want one success and five times 404 or 412", what, statuses)
	}
}
