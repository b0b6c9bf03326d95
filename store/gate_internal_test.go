package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

// Who gives up waiting leaves nothing behind.
func TestGates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var g gates
		leaveOne, err := g.enter(t.Context(), []PrincipalID{1, 2})
		if err != nil {
			t.Fatal(err)
		}
		leaveOther, err := g.enter(t.Context(), []PrincipalID{2})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for _, wait := range []struct {
			ctx context.Context
			err error
		}{{ctx, context.Canceled}, {t.Context(), ErrContended}} {
			wg.Go(func() {
				if _, err := g.enter(wait.ctx, []PrincipalID{1, 2, 3}); !errors.Is(err, wait.err) {
					t.Errorf("got %v, want %v", err, wait.err)
				}
			})
		}
		synctest.Wait()
		cancel()
		wg.Wait()

		wg.Go(func() {
			if leave, err := g.enter(t.Context(), []PrincipalID{2}); err != nil {
				t.Error(err)
			} else {
				leave()
			}
		})
		synctest.Wait()
		leaveOther()
		wg.Wait()
		leaveOne()
		if len(g.byHome) != 0 {
			t.Errorf("%d gates are left", len(g.byHome))
		}
	})
}
