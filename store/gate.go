package store

import (
	"context"
	"sync"
	"time"
)

// gates have the transactions of this process that want the same home wait here, rather than each with a connection in the database: else a
// home that many write to at once would keep all others waiting. Two are let in, of which one waits in the database, to follow at once.
type gates struct {
	mu     sync.Mutex
	byHome map[PrincipalID]*gate
}

// gate is that of one home.
type gate struct {
	inside chan struct{}
	users  int // inside or waiting
}

// maxInside is how many are let in. What makes sure that one writes at a time is the lock in the database.
const maxInside = 2

// maxWait bounds the wait at a gate, as lock_timeout does that in the database.
const maxWait = 10 * time.Second

// enter waits to be let in to the homes of owners, which ascend; leave has to be called afterwards. ErrContended: that took too long.
func (g *gates) enter(ctx context.Context, owners []PrincipalID) (leave func(), err error) {
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	for i, owner := range owners {
		own := g.join(owner)
		select {
		case own.inside <- struct{}{}:
			continue
		case <-ctx.Done():
			err = ctx.Err()
		case <-timer.C:
			err = ErrContended
		}
		g.leave(owners[:i])
		g.mu.Lock()
		g.part(owner)
		g.mu.Unlock()
		return nil, err
	}
	return func() { g.leave(owners) }, nil
}

func (g *gates) leave(owners []PrincipalID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, owner := range owners {
		<-g.byHome[owner].inside
		g.part(owner)
	}
}

func (g *gates) join(owner PrincipalID) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	own := g.byHome[owner]
	if own == nil {
		own = &gate{inside: make(chan struct{}, maxInside)}
		if g.byHome == nil {
			g.byHome = map[PrincipalID]*gate{}
		}
		g.byHome[owner] = own
	}
	own.users++
	return own
}

// part undoes join; the caller holds the lock.
func (g *gates) part(owner PrincipalID) {
	own := g.byHome[owner]
	if own.users--; own.users == 0 {
		delete(g.byHome, owner)
	}
}
