package model

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"convene/test/harness"
)

// history remembers which revision of its object an ETag stands for.
type history struct {
	sync.Mutex
	revision map[string]int // by ETag
	seen     []sighting
}

// sighting is an object that was fetched after its ETag was reported, and came as another, or before its writer had its answer.
type sighting struct {
	path, reported string
	revision       int // of what came
}

// TestNoOldData writes to a home as fast as it goes while others read it: what a client fetches after it heard of a change must
// not be from before that change.
func TestNoOldData(t *testing.T) {
	user := srv.NewUser(t)
	h := &history{revision: map[string]int{}}
	const writers, objects = 8, 6
	reading, stop := context.WithCancel(t.Context())
	defer stop()
	var writing, readers sync.WaitGroup
	for id := range writers {
		c := srv.Client(user.User)
		writing.Go(func() {
			for n := range length(t, 150) {
				name := fmt.Sprintf("%d-%d", id, n%objects)
				resp, err := c.Do(t.Context(), "PUT", c.Default()+name+".ics", harness.Event(name, fmt.Sprintf("revision %d.", n), harness.Day(1)))
				if err != nil || resp.Status >= 300 {
					t.Errorf("PUT: %v, %v", resp, err)
					return
				}
				h.Lock()
				h.revision[resp.ETag()] = n
				h.Unlock()
			}
		})
	}
	for id := range 4 {
		c := srv.Client(user.User)
		readers.Go(func() {
			if err := h.read(reading, c, id%2 == 1); err != nil && reading.Err() == nil {
				t.Error(err)
			}
		})
	}
	writing.Wait()
	stop()
	readers.Wait()
	for _, s := range h.seen {
		if reported, known := h.revision[s.reported]; !known || reported > s.revision {
			t.Errorf("%s: sync reported revision %d (known: %v), then came revision %d", s.path, reported, known, s.revision)
		}
	}
	t.Logf("%d revisions written", len(h.revision))
}

// read syncs the calendar, or the home, and fetches what changed, until ctx ends.
func (h *history) read(ctx context.Context, c *harness.Client, home bool) error {
	path, level, token := c.Default(), "1", ""
	if home {
		path, level = c.Home(), "infinite"
	}
	for ctx.Err() == nil {
		delta, err := c.Sync(ctx, path, token, level, 0)
		if err != nil {
			return err
		}
		token = delta.Token
		delete(delta.Changed, c.Default())
		copies := map[string]Copy{}
		if err := fetch(ctx, c, c.Default(), delta.Changed, copies); err != nil {
			return err
		}
		for href, obj := range copies {
			h.compare(href, obj.ETag, obj.Data)
		}
	}
	return nil
}

// compare notes what came for an ETag, unless it is just that.
func (h *history) compare(path, reported, data string) {
	var revision int
	if _, err := fmt.Sscanf(between(data, "SUMMARY:", "\r\n"), "revision %d.", &revision); err != nil {
		revision = -1
	}
	h.Lock()
	defer h.Unlock()
	if known, ok := h.revision[reported]; !ok || known != revision {
		h.seen = append(h.seen, sighting{path, reported, revision})
	}
}
