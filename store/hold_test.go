package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"convene/store"
	"convene/store/storetest"
)

// A transaction that finds it needs more homes gets them, and nothing of the run before stays.
func TestHold(t *testing.T) {
	db := storetest.New(t)
	var owners []store.PrincipalID
	for i := range 12 {
		owners = append(owners, newUser(t, db, fmt.Sprintf("user%d", i)).Owner.ID)
	}
	for _, test := range []struct {
		name  string
		begin []store.PrincipalID
		steps [][]store.PrincipalID // what is needed, one after the other
		runs  int
		err   error
	}{
		{"nothing more", owners[:2], [][]store.PrincipalID{owners[:2]}, 1, nil},
		{"from nothing", nil, [][]store.PrincipalID{owners[:2]}, 2, nil},
		{"several, of which one is held", owners[1:2], [][]store.PrincipalID{owners[:3]}, 2, nil},
		{"more and more", owners[11:], [][]store.PrincipalID{owners[3:4], owners[1:2], {owners[1], owners[0], owners[0]}}, 4, nil},
		{"with each look another", owners[:1], func() (steps [][]store.PrincipalID) {
			for i := range owners {
				steps = append(steps, owners[i:i+1])
			}
			return steps
		}(), 10, store.ErrContended},
		{"somebody who is gone", nil, [][]store.PrincipalID{{12345}}, 1, store.ErrNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			first := home(t, db, owners[0])
			name, runs := fmt.Sprintf("%s.ics", test.name), 0
			got, err := store.InTx(t.Context(), db, test.begin, func(ctx context.Context, tx *store.Tx) (int, error) {
				runs++
				if tx.Home(owners[0]) != nil {
					o := event(test.name, 1)
					o.Name = name
					if _, err := tx.Put(ctx, first.Collection("Default"), o); err != nil {
						return 0, err
					}
				}
				for _, step := range test.steps {
					if err := tx.Hold(step...); err != nil {
						return 0, fmt.Errorf("in run %d: %w", runs, err)
					}
				}
				return runs, nil
			})
			if runs != test.runs || !errors.Is(err, test.err) || err == nil && got != runs {
				t.Errorf("got %d after %d runs, %v, want %d and %v", got, runs, err, test.runs, test.err)
			}
			if _, err := db.Object(t.Context(), first.Collection("Default"), name); (err == nil) != (test.err == nil) {
				t.Errorf("what it wrote: %v", err)
			}
		})
	}
}

func TestNotHeld(t *testing.T) {
	db := storetest.New(t)
	ann, bob, cyd := newUser(t, db, "ann").Owner.ID, newUser(t, db, "bob").Owner.ID, newUser(t, db, "cyd").Owner.ID
	in(t, db, bob, func(_ context.Context, tx *store.Tx) error {
		var missing *store.NotHeld
		if err := tx.Hold(cyd, bob, ann); !errors.As(err, &missing) || !slices.Equal(missing.Owners, []store.PrincipalID{cyd, ann}) {
			t.Errorf("got %v", err)
		}
		if err := tx.Hold(); err != nil {
			t.Errorf("nothing to hold: %v", err)
		}
		return nil
	})
}

// Those who wait for a home that is in use do not take the connections that others need.
func TestWaitingForHome(t *testing.T) {
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), MaxConns: 3})
	ann, bob := newUser(t, db, "ann").Owner.ID, newUser(t, db, "bob").Owner.ID
	inside, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	write := func(fn func(*store.Tx)) {
		if err := try(t.Context(), db, ann, func(_ context.Context, tx *store.Tx) error { fn(tx); return nil }); err != nil {
			t.Error(err)
		}
	}
	wg.Go(func() { write(func(*store.Tx) { close(inside); <-release }) })
	<-inside
	for range 8 {
		wg.Go(func() { write(func(tx *store.Tx) { tx.AddTrace([]store.TraceEntry{{UID: "u"}}) }) })
	}
	for range 20 {
		put(t, db, home(t, db, bob).Collection("Default"), event("a", 1))
	}
	close(release)
	wg.Wait()
	if list, err := db.Trace(t.Context(), "u", nil, 10); err != nil || len(list) != 8 {
		t.Errorf("%d were written, %v, want 8", len(list), err)
	}
}
