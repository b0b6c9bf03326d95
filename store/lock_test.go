package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"

	"github.com/jackc/pgx/v5"
)

// lock adds a lock called token, which ends minutes after begin.
func lock(t testing.TB, db *store.DB, h *store.Home, token, collection, object string, minutes int) {
	t.Helper()
	in(t, db, h.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.AddLock(ctx, store.Lock{
			Token: token, Owner: h.Owner.ID, Collection: collection, Object: object, Holder: h.Owner.ID, Info: "<x>ä</x>",
			Expires: begin.Add(time.Duration(minutes) * time.Minute),
		})
		return err
	})
}

func tokens(h *store.Home) (list []string) {
	for _, l := range h.Locks {
		list = append(list, l.Token)
	}
	return list
}

// wantLocks looks at the home as all processes see it, from their caches and without.
func wantLocks(t testing.TB, owner store.PrincipalID, dbs []*store.DB, want ...string) {
	t.Helper()
	fresh := storetest.Open(t, store.Options{URL: dbs[0].URL(), Uncached: true})
	if got := tokens(home(t, fresh, owner)); !slices.Equal(got, want) {
		t.Errorf("in the database: locks %v, want %v", got, want)
	}
	if got := tokens(home(t, dbs[0], owner)); !slices.Equal(got, want) {
		t.Errorf("in the process that wrote: locks %v, want %v", got, want)
	}
	for _, db := range dbs[1:] {
		eventually(t, func() bool { return slices.Equal(tokens(home(t, db, owner)), want) })
	}
}

func TestLocks(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	h := newUser(t, a, "ann")
	owner := h.Owner.ID
	both := []*store.DB{a, b}
	home(t, b, owner) // cached
	start := h.Root.Modseq
	calendar := h.Collection("Default").Modseq

	lock(t, a, h, "one", "Default", "a.ics", 10)
	wantLocks(t, owner, both, "one")
	after := home(t, b, owner)
	got := *after.Locks[0]
	want := store.Lock{Token: "one", Owner: owner, Collection: "Default", Object: "a.ics", Holder: owner, Info: "<x>ä</x>", Created: got.Created, Expires: begin.Add(10 * time.Minute)}
	if got != want || time.Since(got.Created) > time.Hour {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if after.Root.Modseq <= start || after.Collection("Default").Modseq != calendar {
		t.Errorf("the home is at %d (before %d), the calendar at %d (before %d)", after.Root.Modseq, start, after.Collection("Default").Modseq, calendar)
	}
	wantHome(t, a, owner, start, true)

	// Another process, whose cache is made to be behind, must see the lock once it holds the home.
	lock(t, a, h, "two", "Default", "", 20)
	in(t, b, owner, func(ctx context.Context, tx *store.Tx) error {
		if got := tokens(tx.Home(owner)); !slices.Equal(got, []string{"one", "two"}) {
			t.Errorf("inside a transaction of the other process: %v", got)
		}
		_, err := tx.AddLock(ctx, store.Lock{Token: "three", Owner: owner, Collection: "new", Holder: owner, Expires: begin, Shared: true, Deep: true})
		if got := tokens(tx.Home(owner)); !slices.Equal(got, []string{"one", "two", "three"}) {
			t.Errorf("after adding one: %v", got)
		}
		return err
	})
	wantLocks(t, owner, []*store.DB{b, a}, "one", "two", "three")
	if l := home(t, a, owner).Locks[2]; !l.Shared || !l.Deep {
		t.Errorf("got %+v", l)
	}

	in(t, a, owner, func(ctx context.Context, tx *store.Tx) error {
		l, err := tx.RefreshLock(ctx, "two", begin.Add(time.Hour))
		if err == nil && (!l.Expires.Equal(begin.Add(time.Hour)) || l.Collection != "Default") {
			t.Errorf("refreshed: %+v", l)
		}
		return err
	})
	eventually(t, func() bool { return home(t, b, owner).Locks[1].Expires.Equal(begin.Add(time.Hour)) })

	for _, c := range []struct {
		what string
		fn   func(ctx context.Context, tx *store.Tx) error
		want error
	}{
		{"refreshing what is not", func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.RefreshLock(ctx, "none", begin)
			return err
		}, store.ErrNotFound},
		{"removing what is not", func(ctx context.Context, tx *store.Tx) error { return tx.RemoveLock(ctx, owner, "none") }, store.ErrNotFound},
		{"a token twice", func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.AddLock(ctx, store.Lock{Token: "one", Owner: owner, Holder: owner, Expires: begin})
			return err
		}, store.ErrExists},
		{"nobody holds it", func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.AddLock(ctx, store.Lock{Token: "x", Owner: owner, Holder: 9999, Expires: begin})
			return err
		}, store.ErrNotFound},
		{"an object in no collection", func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.AddLock(ctx, store.Lock{Token: "x", Owner: owner, Object: "a.ics", Holder: owner, Expires: begin})
			return err
		}, store.ErrBadName},
	} {
		if err := try(ctx, a, owner, c.fn); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.what, err, c.want)
		}
	}
	wantLocks(t, owner, both, "one", "two", "three")

	in(t, a, owner, func(ctx context.Context, tx *store.Tx) error { return tx.RemoveLock(ctx, owner, "three") })
	wantLocks(t, owner, both, "one", "two")
}

// What fails leaves the locks as they were.
func TestLocksRollBack(t *testing.T) {
	db := storetest.New(t)
	h := newUser(t, db, "ann")
	lock(t, db, h, "kept", "Default", "", 1)
	err := try(t.Context(), db, h.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.RemoveLocks(ctx, h.Owner.ID, "", ""); err != nil {
			return err
		}
		return context.Canceled
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	wantLocks(t, h.Owner.ID, []*store.DB{db}, "kept")
}

func TestRemoveLocks(t *testing.T) {
	db := storetest.New(t)
	h := newUser(t, db, "ann")
	owner := h.Owner.ID
	for _, c := range []struct {
		collection, object string
		want               []string
	}{
		{"work", "a", []string{"home", "work", "work/b", "play", "play/a"}},
		{"work", "", []string{"home", "play", "play/a"}},
		{"", "", nil},
		{"none", "", []string{"home", "work", "work/a", "work/b", "play", "play/a"}},
	} {
		in(t, db, owner, func(ctx context.Context, tx *store.Tx) error { return tx.RemoveLocks(ctx, owner, "", "") })
		lock(t, db, h, "home", "", "", 1)
		for i, coll := range []string{"work", "play"} {
			lock(t, db, h, coll, coll, "", 1)
			for _, object := range []string{"a", "b"}[:2-i] {
				lock(t, db, h, coll+"/"+object, coll, object, 1)
			}
		}
		before := home(t, db, owner).Root.Modseq
		in(t, db, owner, func(ctx context.Context, tx *store.Tx) error {
			return tx.RemoveLocks(ctx, owner, c.collection, c.object)
		})
		wantLocks(t, owner, []*store.DB{db}, c.want...)
		if moved := home(t, db, owner).Root.Modseq != before; moved != (c.collection != "none") {
			t.Errorf("%q %q: the home moved: %v", c.collection, c.object, moved)
		}
	}
}

func TestPurgeLocks(t *testing.T) {
	now := begin
	url := storetest.URL(t)
	db := storetest.Open(t, store.Options{URL: url, Now: func() time.Time { return now }})
	other := storetest.Open(t, store.Options{URL: url})
	ann, bob := newUser(t, db, "ann"), newUser(t, db, "bob")
	lock(t, db, ann, "short", "Default", "", 10)
	lock(t, db, ann, "long", "Default", "a.ics", 60)
	lock(t, db, bob, "bob's", "Default", "", 60)
	home(t, other, ann.Owner.ID)
	now = begin.Add(9 * time.Minute)
	if n, err := db.PurgeLocks(t.Context()); err != nil || n != 0 {
		t.Errorf("before any has expired: %d, %v", n, err)
	}
	now = begin.Add(10 * time.Minute)
	untouched := home(t, db, bob.Owner.ID).Root.Modseq
	if n, err := db.PurgeLocks(t.Context()); err != nil || n != 1 {
		t.Errorf("after the first has expired: %d, %v", n, err)
	}
	wantLocks(t, ann.Owner.ID, []*store.DB{db, other}, "long")
	wantLocks(t, bob.Owner.ID, []*store.DB{db}, "bob's")
	if got := home(t, db, bob.Owner.ID).Root.Modseq; got != untouched {
		t.Errorf("a home without expired locks moved from %d to %d", untouched, got)
	}
}

// Writes that change other things keep the locks, in the caches too.
func TestLocksStayWithHome(t *testing.T) {
	a, b := two(t)
	h := newUser(t, a, "ann")
	owner := h.Owner.ID
	coll := h.Collection("Default")
	lock(t, a, h, "one", "Default", "", 10)
	for i, change := range []func(ctx context.Context, tx *store.Tx) error{
		func(ctx context.Context, tx *store.Tx) error { _, err := tx.Put(ctx, coll, event("a", 1)); return err },
		func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.SetProperties(ctx, coll, coll.Properties)
			return err
		},
		func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.CreateCollection(ctx, owner, store.NewCollection{Name: "New", Kind: store.KindCalendar})
			return err
		},
		func(ctx context.Context, tx *store.Tx) error { return tx.DeleteCollection(ctx, coll) },
	} {
		in(t, a, owner, change)
		seq := home(t, a, owner).Root.Modseq
		eventually(t, func() bool { return home(t, b, owner).Root.Modseq == seq })
		for _, db := range []*store.DB{a, b} {
			if got := tokens(home(t, db, owner)); !slices.Equal(got, []string{"one"}) {
				t.Errorf("change %d: locks %v", i, got)
			}
		}
	}
}

// A home costs one query to read, with its locks.
func TestHomeIsOneQuery(t *testing.T) {
	url := storetest.URL(t)
	db := storetest.Open(t, store.Options{URL: url, Uncached: true})
	h := newUser(t, db, "ann")
	for i := range 3 {
		lock(t, db, h, fmt.Sprint("lock", i), "Default", "", 10)
	}
	before := db.Stats().Acquired
	home(t, db, h.Owner.ID)
	if n := db.Stats().Acquired - before; n != 2 { // the principal and the home
		t.Errorf("reading a home took %d queries, want 2", n)
	}
}

// Deleting a principal ends the locks that it holds in the homes of others, and they are told.
func TestDeletedHolder(t *testing.T) {
	a, b := two(t)
	ann, bob := newUser(t, a, "ann"), newUser(t, a, "bob")
	in(t, a, ann.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.AddLock(ctx, store.Lock{Token: "bob's", Owner: ann.Owner.ID, Collection: "Default", Holder: bob.Owner.ID, Expires: begin})
		return err
	})
	before := home(t, b, ann.Owner.ID).Root.Modseq
	if err := a.DeletePrincipal(t.Context(), bob.Owner.ID); err != nil {
		t.Fatal(err)
	}
	wantLocks(t, ann.Owner.ID, []*store.DB{a, b})
	if got := home(t, b, ann.Owner.ID).Root.Modseq; got <= before {
		t.Errorf("the home is still at %d", got)
	}
}

// query asks the database for what the package does not tell.
func query[T any](t testing.TB, url, sql string, args ...any) (value T) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&value); err != nil {
		t.Fatal(err)
	}
	return value
}

// Of many who want the same lock at once, by way of two processes, one gets it.
func TestOneLockForMany(t *testing.T) {
	a, b := two(t)
	h := newUser(t, a, "ann")
	owner := h.Owner.ID
	for round := range 5 {
		var winners atomic.Int64
		var wg sync.WaitGroup
		for i := range 8 {
			wg.Go(func() {
				got, err := store.InTx(t.Context(), []*store.DB{a, b}[i%2], []store.PrincipalID{owner}, func(ctx context.Context, tx *store.Tx) (int64, error) {
					if len(tx.Home(owner).Locks) > 0 {
						return 0, nil
					}
					_, err := tx.AddLock(ctx, store.Lock{Token: fmt.Sprint(round, "-", i), Owner: owner, Collection: "Default", Holder: owner, Expires: begin})
					return 1, err
				})
				if err != nil {
					t.Error(err)
				}
				winners.Add(got)
			})
		}
		wg.Wait()
		if n := winners.Load(); n != 1 {
			t.Errorf("round %d: %d got the lock", round, n)
		}
		in(t, b, owner, func(ctx context.Context, tx *store.Tx) error { return tx.RemoveLocks(ctx, owner, "Default", "") })
		wantLocks(t, owner, []*store.DB{b, a})
	}
}
