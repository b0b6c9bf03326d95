package server

import (
	"context"
	"sync"

	"convene/store"
)

// requestsPerUser is how many requests of one user run at the same time; more wait for their turn. An answer that its client does
// not read holds a connection to the database for a while, and nobody shall hold all of them.
const requestsPerUser = 10

// turns has the requests of each principal take turns. The zero value is ready.
type turns struct {
	mu    sync.Mutex
	gates map[store.PrincipalID]*gate
}

type gate struct {
	places chan struct{}
	users  int // requests inside or waiting
}

// enter waits until fewer than requestsPerUser requests of a principal run. Unless ctx ends first, leave has to be called then.
func (t *turns) enter(ctx context.Context, id store.PrincipalID) (leave func(), err error) {
	t.mu.Lock()
	g := t.gates[id]
	if g == nil {
		if t.gates == nil {
			t.gates = map[store.PrincipalID]*gate{}
		}
		g = &gate{places: make(chan struct{}, requestsPerUser)}
		t.gates[id] = g
	}
	g.users++
	t.mu.Unlock()
	select {
	case g.places <- struct{}{}:
		return func() { <-g.places; t.forget(id, g) }, nil
	case <-ctx.Done():
		t.forget(id, g)
		return nil, ctx.Err()
	}
}

func (t *turns) forget(id store.PrincipalID, g *gate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if g.users--; g.users == 0 {
		delete(t.gates, id)
	}
}
