package rooms

import (
	"flag"
	"testing"
	"time"

	"convene/test/harness"
)

var (
	rounds  = flag.Int("rooms.rounds", 4, "how often each room is booked by all clients")
	clients = flag.Int("rooms.clients", 50, "how many clients book at once")
	seed    = flag.Uint64("rooms.seed", 0, "seed of the bookings; 0 takes one from the clock")
)

// TestRooms books a room for one and a room for three at a time. Every fourth round all want the same slot; in every fourth another the
// server is killed.
func TestRooms(t *testing.T) {
	srv, err := harness.Start(harness.Options{Own: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the server's log:\n%s", srv.LogTail(16<<10))
		}
		srv.Close()
	})
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("-rooms.seed=%d", s)
	for _, kind := range []struct {
		name     string
		capacity int
	}{{"hall", 1}, {"bikes", 3}} {
		h, err := newHall(srv, kind.name, kind.capacity, *clients, s)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		for n := range *rounds {
			if err := h.round(t.Context(), n, n%4 == 0, n%4 == 3); err != nil {
				t.Fatalf("%s, round %d: %v", kind.name, n, err)
			}
		}
		t.Logf("%s for %d at a time: %d rounds of %d clients in %v: looked at %d copies, %d accepted, %d declined; %d killings, by which %d events never came to be",
			kind.name, kind.capacity, *rounds, len(h.clients), time.Since(start).Round(time.Millisecond), h.looks, h.accepted, h.declined, h.kills, h.unknown)
	}
	if err := srv.LogError(); err != nil {
		t.Error(err)
	}
}
