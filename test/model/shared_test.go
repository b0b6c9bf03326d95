package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
)

func newPair(t *testing.T, rng *rand.Rand) *pair {
	p := &pair{
		rng: rng, titles: map[string]string{},
		sharer: &side{Client: srv.NewUser(t), alarms: map[string]string{}}, sharee: &side{Client: srv.NewUser(t), alarms: map[string]string{}},
	}
	p.sharer.path = p.sharer.Home() + "shared/"
	p.sharer.Want(t, http.StatusCreated, "MKCALENDAR", p.sharer.path, "")
	return p
}

// TestShared lets two people do random things to a calendar that they share, with devices of both that know only what sync-collection told
// them. Neither ever sees the other's alarms.
func TestShared(t *testing.T) {
	for run := range 3 {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			t.Parallel()
			rng := newRand(t)
			p := newPair(t, rng)
			both := map[*side]map[string]Device{p.sharer: devices(p.sharer.Client), p.sharee: devices(p.sharee.Client)}
			for step := range length(t, 120) {
				if err := p.step(t.Context()); err != nil {
					t.Fatalf("step %d: %v", step, err)
				}
				for _, s := range []*side{p.sharer, p.sharee} {
					listing, err := Listing(t.Context(), s.Client)
					if err == nil {
						err = p.wrong(s, listing)
					}
					if err != nil {
						t.Fatalf("step %d: %v", step, err)
					}
					for _, name := range slices.Sorted(maps.Keys(both[s])) {
						if rng.IntN(8) == 0 {
							pull(t, name, both[s][name], rng.IntN(4))
							compare(t, fmt.Sprintf("step %d: %s: %s", step, s.User, name), both[s][name].Holds(), listing)
						}
					}
				}
			}
			for s, all := range both {
				compareAll(t, s.Client, all, nil)
			}
		})
	}
}

// TestSharedConcurrently does the same with both sides at once, each of several devices, where any request may find that another was faster.
func TestSharedConcurrently(t *testing.T) {
	rng := newRand(t)
	p := newPair(t, rng)
	if err := p.invite(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !p.writes {
		if err := p.changeAccess(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all := map[*side]map[string]Device{p.sharer: {}, p.sharee: {}}
	var wg sync.WaitGroup
	for id := range 6 {
		s := []*side{p.sharer, p.sharee}[id%2]
		w := &writer{id: id, won: &updates{from: map[string]string{}}, copy: true, also: []int{http.StatusForbidden},
			World: &World{Client: srv.Client(s.User), Rand: rand.New(rand.NewPCG(rng.Uint64(), 0)), serial: 100_000 * id}}
		var d Device = NewCollectionDevice(w.Client)
		if id >= 2 {
			d = NewHomeDevice(w.Client)
		}
		all[s][fmt.Sprint("writer ", id)] = d
		wg.Go(func() { w.run(t, d, length(t, 60)) })
	}
	wg.Go(func() { // meanwhile it is taken back and offered again, with more and less
		for range length(t, 15) {
			if err := p.flip(t.Context()); err != nil {
				t.Errorf("sharing: %v", err)
				return
			}
		}
	})
	wg.Wait()
	if t.Failed() {
		return
	}
	for s, devices := range all {
		devices["a new one that syncs each calendar"] = NewCollectionDevice(s.Client)
		devices["a new one that syncs the home"] = NewHomeDevice(s.Client)
		compareAll(t, s.Client, devices, nil)
	}
}
