package rooms

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"convene/test/harness"
)

// hall is a room and those who book it.
type hall struct {
	server   *harness.Server
	name     string
	capacity int
	clients  []*client
	rand     *rand.Rand
	day      time.Time // of this round

	looks, accepted, declined, unknown, kills int
}

// booking is a line of convene room bookings.
type booking struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Unit  int       `json:"unit"`
	UID   string    `json:"uid"`
}

func newHall(srv *harness.Server, name string, capacity, clients int, seed uint64) (*hall, error) {
	address := name + "@example.com"
	for _, args := range [][]string{
		{"room", "add", name, "--data", srv.Dir, "--address", address, "--timezone", "UTC"},
		{"room", "set", name, "--data", srv.Dir, "--capacity", fmt.Sprint(capacity)},
	} {
		if _, err := srv.CLI(args...); err != nil {
			return nil, err
		}
	}
	h := &hall{server: srv, name: name, capacity: capacity, rand: rand.New(rand.NewPCG(seed, 0))}
	for n := range clients {
		h.clients = append(h.clients, &client{
			Client: srv.Client(harness.UserName(1 + n%harness.Users)), rand: rand.New(rand.NewPCG(seed, uint64(n)+1)), room: "mailto:" + address,
		})
	}
	return h, nil
}

// some is a slot of the morning, which overlaps many others.
func (h *hall) some(r *rand.Rand) slot {
	start := h.day.Add(8*time.Hour + time.Duration(r.IntN(8))*30*time.Minute)
	return slot{start, start.Add(time.Duration(1+r.IntN(3)) * 30 * time.Minute)}
}

// round books, moves and cancels, all clients at once each time, and looks at what became of it. same: all want one slot. kill: the server
// is killed meanwhile.
func (h *hall) round(ctx context.Context, n int, same, kill bool) error {
	h.day = time.Date(2027, 1, 1+n, 0, 0, 0, 0, time.UTC)
	for i, c := range h.clients {
		c.begin(i, n)
	}
	slots := make([]slot, len(h.clients))
	for i, c := range h.clients {
		slots[i] = h.some(c.rand)
		if same {
			slots[i] = slots[0]
		}
	}
	if err := h.all(ctx, kill, func(i int, c *client) error { return h.book(ctx, c, slots[i], kill) }); err != nil {
		return fmt.Errorf("booking: %w", err)
	}
	if err := h.check(ctx, true, same && !kill); err != nil {
		return fmt.Errorf("after booking: %w", err)
	}
	if err := h.all(ctx, kill, func(_ int, c *client) error { return h.change(ctx, c, kill) }); err != nil {
		return fmt.Errorf("changing: %w", err)
	}
	if err := h.check(ctx, false, false); err != nil {
		return fmt.Errorf("after changes: %w", err)
	}
	if err := h.all(ctx, false, func(_ int, c *client) error { _, err := c.remove(ctx); return err }); err != nil {
		return fmt.Errorf("removing: %w", err)
	}
	left, err := h.bookings()
	if err != nil || len(left) > 0 {
		return fmt.Errorf("all is cancelled, but booked is %v, %w", left, err)
	}
	return nil
}

// book puts the event of a client, and reads at once what it is told.
func (h *hall) book(ctx context.Context, c *client, s slot, killed bool) error {
	known, err := c.put(ctx, s)
	if err != nil || !known && killed {
		return err
	}
	if !known {
		return fmt.Errorf("PUT %s: no answer", c.path)
	}
	told, err := c.look(ctx)
	if killed && err != nil {
		return nil // looked at again when the server is up
	}
	if err == nil && (!told.there || told.slot != s || told.answer != "ACCEPTED" && told.answer != "DECLINED") {
		err = fmt.Errorf("GET %s after PUT: %+v, wanted %v", c.path, told, s)
	}
	return err
}

// change moves, stores again or removes the event of a client.
func (h *hall) change(ctx context.Context, c *client, killed bool) error {
	switch c.rand.IntN(4) {
	case 0:
		_, err := c.remove(ctx)
		return err
	case 1:
		return h.book(ctx, c, c.slot, killed)
	}
	return h.book(ctx, c, h.some(c.rand), killed)
}

// all runs fn for all clients at once. If the server is to be killed, it is killed meanwhile and started again.
func (h *hall) all(ctx context.Context, kill bool, fn func(int, *client) error) error {
	errs := make([]error, len(h.clients)+1)
	var wg sync.WaitGroup
	for i, c := range h.clients {
		wg.Go(func() { errs[i] = fn(i, c) })
	}
	if kill {
		time.Sleep(time.Duration(h.rand.IntN(300_000)) * time.Microsecond) // the moment of the crash is what varies
		h.kills++
		errs[len(h.clients)] = errors.Join(h.server.Kill(), h.server.Launch(), h.server.WaitReady(time.Minute))
	}
	wg.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// bookings are those of the day of the round.
func (h *hall) bookings() (list []booking, err error) {
	day := h.day.Format(time.DateOnly)
	out, err := h.server.CLI("room", "bookings", h.name, "--data", h.server.Dir, "--from", day, "--to", day, "--json")
	if err == nil {
		err = json.Unmarshal([]byte(out), &list)
	}
	return list, err
}

// calendar is what the room's calendar has on the day of the round, by UID.
func (h *hall) calendar(ctx context.Context) (map[string]said, error) {
	admin := h.server.Client("admin")
	path := "/dav/calendars/room/" + h.name + "/Default/"
	body := `<C:calendar-query ` + harness.XMLNS + `><D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` +
		`<C:time-range start="` + h.day.Format(stamp) + `" end="` + h.day.AddDate(0, 0, 1).Format(stamp) + `"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
	resp, err := admin.Do(ctx, "REPORT", path, body, "Depth", "1")
	if err != nil || resp.Status != http.StatusMultiStatus {
		return nil, fmt.Errorf("REPORT %s: %v, %w", path, resp, err)
	}
	ms, err := harness.ParseMultistatus(resp.Body)
	if err != nil {
		return nil, err
	}
	found := map[string]said{}
	for _, r := range ms.Responses {
		uid, s, err := read(r.Prop(harness.CalDAV("calendar-data")).Text, h.clients[0].room)
		if err != nil {
			return nil, err
		}
		if _, twice := found[uid]; twice {
			return nil, fmt.Errorf("%s is in the room's calendar twice", uid)
		}
		found[uid] = s
	}
	return found, nil
}
