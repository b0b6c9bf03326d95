package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

// sight is what is to be compared of a home.
func sight(h *store.Home) (list []string) {
	for _, c := range append([]*store.Collection{h.Root}, h.Collections...) {
		list = append(list, fmt.Sprintf("%s modseq %d, %d objects, %d bytes, modified %d", c.Name, c.Modseq, c.Objects, c.Bytes, c.Modified.UnixMicro()))
	}
	return list
}

// Whether a transaction holds one home or many: what it leaves of each, in the database and in the caches, is the same.
func TestManyHomes(t *testing.T) {
	for _, n := range []int{1, 2, 3, 12} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			now := begin
			writer := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
			reader := storetest.Open(t, store.Options{URL: writer.URL()})
			plain := storetest.Open(t, store.Options{URL: writer.URL(), Uncached: true})
			var homes []*store.Home
			var owners []store.PrincipalID
			for i := range n {
				homes = append(homes, newUser(t, writer, fmt.Sprintf("user%d", i)))
				owners = append(owners, homes[i].Owner.ID)
				home(t, reader, owners[i])
			}
			for round := range 3 {
				now = now.Add(time.Minute)
				seq := home(t, writer, owners[0]).Root.Modseq
				if _, err := store.InTx(t.Context(), writer, owners, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
					return struct{}{}, writeRound(ctx, tx, homes, round)
				}); err != nil {
					t.Fatal(err)
				}
				want := home(t, plain, owners[0])
				if want.Root.Modseq <= seq || !want.Root.Modified.Equal(now) {
					t.Errorf("round %d: modseq %d, before %d; modified %v", round, want.Root.Modseq, seq, want.Root.Modified)
				}
				for i, owner := range owners {
					stored := sight(home(t, plain, owner))
					if got := sight(home(t, writer, owner)); fmt.Sprint(got) != fmt.Sprint(stored) {
						t.Errorf("round %d, home %d: the writer has %q, want %q", round, i, got, stored)
					}
					if fmt.Sprint(stored) != fmt.Sprint(sight(want)) {
						t.Errorf("round %d: home %d is %q, the first %q", round, i, stored, sight(want))
					}
					eventually(t, func() bool { return fmt.Sprint(sight(home(t, reader, owner))) == fmt.Sprint(stored) })
				}
			}
		})
	}
}

// writeRound does one thing, then several, then nothing but taking the locks.
func writeRound(ctx context.Context, tx *store.Tx, homes []*store.Home, round int) error {
	for _, h := range homes {
		if round < 2 {
			if _, err := tx.Put(ctx, h.Collection("Default"), event(fmt.Sprint("a", round), 1)); err != nil {
				return err
			}
		}
		if round == 1 {
			if _, err := tx.Add(ctx, h.Inbox(), event("b", 1)); err != nil {
				return err
			}
			if err := tx.Delete(ctx, h.Collection("Default"), "a0.ics"); err != nil {
				return err
			}
		}
	}
	tx.AddTrace([]store.TraceEntry{{UID: "u"}})
	return nil
}

// Writers who need the homes of the others in any order do not stop each other, and no write is lost.
func TestManyHomesAtOnce(t *testing.T) {
	db := storetest.New(t)
	const people, writers, writes = 5, 6, 15
	var homes []*store.Home
	for i := range people {
		homes = append(homes, newUser(t, db, fmt.Sprintf("user%d", i)))
	}
	var wg sync.WaitGroup
	for w := range writers {
		mine := slices.Concat(homes[w%people:], homes[:w%people])[:people-w%2*2] // five of them, or three
		if w > 2 {
			slices.Reverse(mine)
		}
		wg.Go(func() {
			for k := range writes {
				if err := writeAll(t.Context(), db, mine, event(fmt.Sprintf("%d-%d", w, k), k)); err != nil {
					t.Error(err)
				}
				if err := writeAll(t.Context(), db, mine[:1+k%2], event(fmt.Sprintf("%d-%d", w, k), k+1)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	plain := storetest.Open(t, store.Options{URL: db.URL(), Uncached: true})
	for i, h := range homes {
		stored, cached := home(t, plain, h.Owner.ID), home(t, db, h.Owner.ID)
		if fmt.Sprint(sight(stored)) != fmt.Sprint(sight(cached)) {
			t.Errorf("home %d: cached %q, want %q", i, sight(cached), sight(stored))
		}
		var n int64
		if err := db.Objects(t.Context(), stored.Collection("Default"), store.Listing, func(*store.Object) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		if c := stored.Collection("Default"); c.Objects != n || n == 0 {
			t.Errorf("home %d counts %d objects, and has %d", i, c.Objects, n)
		}
	}
}

// Homes that were made by nobody yet are made; one of somebody who is gone is an error.
func TestManyHomesOfNewcomers(t *testing.T) {
	db := storetest.New(t)
	var owners []store.PrincipalID
	for i := range 4 {
		owners = append(owners, add(t, db, store.User, fmt.Sprintf("user%d", i), "").ID)
	}
	homes, err := store.InTx(t.Context(), db, owners, func(_ context.Context, tx *store.Tx) ([]*store.Home, error) { return tx.Homes(), nil })
	if err != nil || len(homes) != 4 || homes[3].Owner.ID != owners[3] || homes[3].Inbox() == nil {
		t.Errorf("got %v, %v", homes, err)
	}
	other := storetest.Open(t, store.Options{URL: db.URL(), Uncached: true})
	if err := other.DeletePrincipal(t.Context(), owners[1]); err != nil {
		t.Fatal(err)
	}
	if _, err := store.InTx(t.Context(), db, owners, func(context.Context, *store.Tx) (struct{}, error) { return struct{}{}, nil }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("with one who is gone: got %v, want ErrNotFound", err)
	}
}
