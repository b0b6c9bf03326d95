package meetings

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// world is some people who invite each other.
type world struct {
	s        *server
	people   []*person   // rooms last
	readers  [][]*reader // at each node
	parallel bool        // many things are done at once
	ledger   *ledger
	serial   atomic.Int64
	locks    map[*person]*sync.RWMutex
}

func newWorld(s *server, people []*person, parallel bool) *world {
	w := &world{s: s, people: people, parallel: parallel, ledger: newLedger(), locks: map[*person]*sync.RWMutex{}}
	for n := range s.nodes {
		w.readers = append(w.readers, nil)
		for _, p := range people {
			w.readers[n] = append(w.readers[n], newReader(s, p, n))
		}
	}
	for _, p := range people {
		w.locks[p] = &sync.RWMutex{}
	}
	return w
}

// device returns a new one of p, at the nth node.
func (w *world) device(p *person, n int, rng *rand.Rand) *device {
	return &device{w.s.client(p, n), p, rng, w, map[string]*copied{}, map[string]string{}, w.locks[p]}
}

func (w *world) newUID() string {
	return fmt.Sprintf("%s-%d", w.people[0].account, w.serial.Add(1))
}

// guests are all whom p may invite.
func (w *world) guests(p *person) (list []string) {
	for _, other := range w.people {
		if other != p {
			list = append(list, other.address)
		}
	}
	return list
}

// meeting makes one up.
func (w *world) meeting(rng *rand.Rand, uid string, organizer *person) *object {
	p := &part{kind: "VEVENT"}
	if rng.IntN(6) == 0 {
		p.kind = "VTODO"
	}
	like := pick(rng, []string{"DTSTART:", "DTSTART;TZID=Europe/Berlin:"})
	begin := time.Date(2027, 3, 8+rng.IntN(3), 8+rng.IntN(4), 0, 0, 0, time.UTC)
	p.lines = []string{
		"UID:" + uid, "DTSTAMP:20261120T000000Z", "SUMMARY:" + uid, "ORGANIZER:" + organizer.address,
		timed("DTSTART", begin, like), timed(p.endName(), begin.Add(time.Hour), like),
	}
	if rng.IntN(3) > 0 {
		p.lines = append(p.lines, fmt.Sprintf("RRULE:FREQ=WEEKLY;COUNT=%d", 2+rng.IntN(4)))
	}
	if rng.IntN(2) == 0 {
		p.lines = append(p.lines, "ATTENDEE;PARTSTAT=ACCEPTED:"+organizer.address)
	}
	for _, guest := range w.guests(organizer) {
		if rng.IntN(5) > 1 && (p.kind == "VEVENT" || !isRoom(guest)) {
			p.lines = append(p.lines, attendeeLine(guest))
		}
	}
	return &object{head: []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//convene//tests//EN"}, parts: []*part{p}}
}

// views reads what everybody has, at one of the nodes.
func (w *world) views(ctx context.Context, n int) (map[*person]*view, error) {
	all := map[*person]*view{}
	for _, r := range w.readers[n] {
		var err error
		if all[r.p], err = r.look(ctx); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// settled reads what everybody has once all nodes show the same, since each learns a little later of what the others have written.
func (w *world) settled(ctx context.Context) (views map[*person]*view, err error) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		same := true
		for n := range w.readers {
			other, err := w.views(ctx, n)
			if err != nil {
				return nil, err
			}
			for p, v := range views {
				same = same && maps.Equal(v.versions(), other[p].versions())
			}
			views = other
		}
		if same {
			return views, nil
		}
	}
	return nil, fmt.Errorf("the nodes do not show the same")
}
