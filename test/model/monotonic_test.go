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
	for _, read := range []func(context.Context, *harness.Client) error{h.readCollection, h.readHome, h.readListing, h.readQuery} {
		c := srv.Client(user.User)
		readers.Go(func() {
			if err := read(reading, c); err != nil && reading.Err() == nil {
				t.Error(err)
			}
		})
	}
	writing.Wait()
	stop()
	readers.Wait()
	for _, s := range h.seen {
		if reported, known := h.revision[s.reported]; !known || reported > s.revision {
			t.Errorf("%s: revision %d (known: %v) was reported, then came revision %d", s.path, reported, known, s.revision)
		}
	}
	t.Logf("%d revisions written", len(h.revision))
}

// readCollection syncs the calendar, and fetches what changed, until ctx ends.
func (h *history) readCollection(ctx context.Context, c *harness.Client) error {
	return h.sync(ctx, c, c.Default(), "1")
}

// readHome does the same with the whole home.
func (h *history) readHome(ctx context.Context, c *harness.Client) error {
	return h.sync(ctx, c, c.Home(), "infinite")
}

func (h *history) sync(ctx context.Context, c *harness.Client, path, level string) error {
	token := ""
	for ctx.Err() == nil {
		delta, err := c.Sync(ctx, path, token, level, 0)
		if err != nil {
			return err
		}
		token = delta.Token
		delete(delta.Changed, c.Default())
		if err := h.fetch(ctx, c, delta.Changed); err != nil {
			return err
		}
	}
	return nil
}

// readListing lists the calendar by PROPFIND, fetches all by multiget, and some by GET.
func (h *history) readListing(ctx context.Context, c *harness.Client) error {
	for ctx.Err() == nil {
		members, err := c.List(ctx, c.Default())
		if err != nil {
			return err
		}
		if err := h.fetch(ctx, c, members); err != nil {
			return err
		}
		n := 0
		if members, err = c.List(ctx, c.Default()); err != nil {
			return err
		}
		for path, etag := range members {
			if n++; n > 5 {
				break
			}
			resp, err := c.Do(ctx, "GET", path, "")
			if err != nil {
				return err
			}
			h.compare(path, etag, string(resp.Body))
		}
	}
	return nil
}

// readQuery asks for the objects of a day, and fetches those.
func (h *history) readQuery(ctx context.Context, c *harness.Client) error {
	const body = `<C:calendar-query ` + harness.XMLNS + `><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` +
		`<C:time-range start="20270101T000000Z" end="20270102T000000Z"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
	for ctx.Err() == nil {
		resp, err := c.Do(ctx, "REPORT", c.Default(), body, "Depth", "1")
		if err != nil {
			return err
		}
		ms, err := harness.ParseMultistatus(resp.Body)
		if err != nil {
			return err
		}
		found := map[string]string{}
		for _, r := range ms.Responses {
			found[harness.Canon(r.Href)] = r.Prop(harness.DAV("getetag")).Value()
		}
		if err := h.fetch(ctx, c, found); err != nil {
			return err
		}
	}
	return nil
}

// fetch gets objects whose ETags were reported, and compares.
func (h *history) fetch(ctx context.Context, c *harness.Client, reported map[string]string) error {
	copies := map[string]Copy{}
	if err := fetch(ctx, c, c.Default(), reported, copies); err != nil {
		return err
	}
	for path, obj := range copies {
		h.compare(path, obj.ETag, obj.Data)
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
