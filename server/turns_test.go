package server

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var all turns
		var now, most atomic.Int32
		var wg sync.WaitGroup
		for range 5 * requestsPerUser {
			wg.Go(func() {
				leave, err := all.enter(t.Context(), 1)
				if err != nil {
					t.Error(err)
					return
				}
				defer leave()
				if n := now.Add(1); n > most.Load() {
					most.Store(n)
				}
				time.Sleep(time.Second)
				now.Add(-1)
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := all.enter(ctx, 1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with all places taken: %v, want to wait in vain", err)
		}
		if leave, err := all.enter(t.Context(), 2); err != nil {
			t.Errorf("another user: %v", err)
		} else {
			leave()
		}
		wg.Wait()
		if most.Load() != requestsPerUser {
			t.Errorf("%d at once, want %d", most.Load(), requestsPerUser)
		}
		if len(all.gates) != 0 {
			t.Errorf("%d gates are left", len(all.gates))
		}
	})
}
