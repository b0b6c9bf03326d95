package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"

	"github.com/jackc/pgx/v5"
)

// two processes on one database.
func two(t *testing.T) (writer, reader *store.DB) {
	t.Helper()
	url := storetest.URL(t)
	return storetest.Open(t, store.Options{URL: url}), storetest.Open(t, store.Options{URL: url})
}

func TestCachesAreUsed(t *testing.T) {
	db := storetest.New(t)
	coll := newUser(t, db, "ann").Collection("Default")
	put(t, db, coll, event("a", 1))
	before := db.Stats()
	for range 10 {
		p, err := db.Principal(t.Context(), store.User, "Ann")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Object(t.Context(), home(t, db, p.ID).Collection("Default"), "a.ics"); err != nil {
			t.Fatal(err)
		}
	}
	after := db.Stats()
	for _, name := range []string{"principal", "home", "object"} {
		if hits := after.CacheHits[name] - before.CacheHits[name]; hits < 9 {
			t.Errorf("%d hits in the cache of %ss, want at least 9", hits, name)
		}
	}
	if after.Acquired-before.Acquired > 2 {
		t.Errorf("%d connections were used", after.Acquired-before.Acquired)
	}
}

// A transaction tells the caches when it has heard that it is committed. A reader may have seen its outcome by then: it must
// not get an object from before, nor leave one in the cache.
func TestHomeIsAheadOfObjects(t *testing.T) {
	url := storetest.URL(t)
	db := storetest.Open(t, store.Options{URL: url})
	ctx := t.Context()
	coll := newUser(t, db, "ann").Collection("Default")
	put(t, db, coll, event("a", 1))
	if _, err := db.Object(ctx, coll, "a.ics"); err != nil {
		t.Fatal(err)
	}
	newUser(t, db, "bob") // has the homes read again
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	for _, sql := range []string{ // as a transaction does, but for telling the caches
		`UPDATE object SET etag = 'new', modseq = modseq + 1 WHERE name = 'a.ics'`,
		`UPDATE collection SET modseq = modseq + 1 WHERE owner = (SELECT owner FROM object) AND kind IN ('home', 'calendar')`,
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	before := coll.Modseq
	coll = home(t, db, coll.Owner).CollectionByID(coll.ID)
	if coll.Modseq <= before {
		t.Fatalf("the home was not read again: %d", coll.Modseq)
	}
	got, err := db.Object(ctx, coll, "a.ics")
	if err != nil || got.ETag != "new" {
		t.Errorf("got the object from before the change, %q, %v", got.ETag, err)
	}
	if err := db.ObjectsByName(ctx, coll, []string{"a.ics"}, true, func(o *store.Object) error {
		if o.ETag != "new" {
			t.Errorf("got the object from before the change, %q, with others", o.ETag)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func TestOtherProcessSeesChanges(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	coll := newUser(t, a, "ann").Collection("Default")
	put(t, a, coll, event("a", 1), event("b", 1))

	warm := func() { // fill b's caches
		for _, name := range []string{"a.ics", "b.ics"} {
			if _, err := b.Object(ctx, home(t, b, coll.Owner).CollectionByID(coll.ID), name); err != nil {
				t.Fatal(err)
			}
		}
	}
	warm()
	start := time.Now()
	put(t, a, coll, event("a", 7))
	want := home(t, a, coll.Owner).Root.Modseq
	eventually(t, func() bool { return home(t, b, coll.Owner).Root.Modseq == want })
	t.Logf("heard after %s", time.Since(start))
	if got, err := b.Object(ctx, coll, "a.ics"); err != nil || got.ETag != event("a", 7).ETag {
		t.Errorf("got %v, %v", got, err)
	}
	if got, want := home(t, b, coll.Owner).CollectionByID(coll.ID), refresh(t, a, coll); got.Modseq != want.Modseq || !got.Modified.Equal(want.Modified) {
		t.Errorf("the home that was advanced has %+v, want %+v", got, want)
	}

	warm()
	in(t, a, coll.Owner, func(ctx context.Context, tx *store.Tx) error { return tx.Delete(ctx, coll, "a.ics") })
	eventually(t, func() bool { _, err := b.Object(ctx, coll, "a.ics"); return errors.Is(err, store.ErrNotFound) })

	in(t, a, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		p := coll.Properties
		p.Transparent = true
		_, err := tx.SetProperties(ctx, coll, p)
		return err
	})
	eventually(t, func() bool { return home(t, b, coll.Owner).CollectionByID(coll.ID).Transparent })

	if _, err := b.PrincipalByAddress(ctx, "mailto:ANN@example.com"); err != nil {
		t.Fatal(err)
	}
	if _, err := a.UpdatePrincipal(ctx, coll.Owner, func(p *store.NewPrincipal) error { p.Addresses = []string{"new@example.com"}; return nil }); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		_, err := b.PrincipalByAddress(ctx, "ann@example.com")
		return errors.Is(err, store.ErrNotFound)
	})
	if got := home(t, b, coll.Owner).Owner.Addresses; len(got) != 1 || got[0] != "mailto:new@example.com" {
		t.Errorf("the home's owner has %v", got)
	}
}

func TestOnChange(t *testing.T) {
	a, b := two(t)
	var heard [2]atomic.Int64
	ann := newUser(t, a, "ann").Owner.ID
	for i, db := range []*store.DB{a, b} {
		db.OnChange(func(kind string, owner store.PrincipalID) {
			if kind == "credential" && owner == ann {
				heard[i].Add(1)
			}
		})
	}
	if err := a.SetPassword(t.Context(), ann, "hash"); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return heard[0].Load() == 1 && heard[1].Load() == 1 })
}

// Without the connection that tells of changes, nothing may come from a cache.
func TestLostConnection(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	coll := newUser(t, a, "ann").Collection("Default")
	put(t, a, coll, event("a", 1))
	if _, err := b.Object(ctx, home(t, b, coll.Owner).CollectionByID(coll.ID), "a.ics"); err != nil {
		t.Fatal(err)
	}
	var all atomic.Int64
	b.OnChange(func(kind string, _ store.PrincipalID) {
		if kind == "all" {
			all.Add(1)
		}
	})
	conn, err := pgx.Connect(ctx, a.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for i := range 5 {
		if _, err := conn.Exec(ctx, `
			SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE application_name = 'convene listen' AND datname = current_database()`); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return !b.Listening() })
		change := event("a", 10+i)
		if err := putOne(ctx, a, coll, change); err != nil { // perhaps while nobody listens
			t.Fatal(err)
		}
		eventually(t, func() bool {
			o, err := b.Object(ctx, coll, "a.ics")
			return err == nil && o.ETag == change.ETag
		})
		eventually(t, func() bool { return a.Listening() && b.Listening() })
		if o, err := b.Object(ctx, coll, "a.ics"); err != nil || o.ETag != change.ETag {
			t.Fatalf("round %d: got %v, %v", i, o, err)
		}
	}
	if all.Load() < 5 {
		t.Errorf("told %d times that changes may have been missed, want 5", all.Load())
	}
	var registered int
	if err := conn.QueryRow(ctx, `SELECT count(*) FROM node`).Scan(&registered); err != nil || registered != 2 {
		t.Errorf("%d processes are registered, want 2; %v", registered, err)
	}
}

// A read that overlaps a write must not leave the old state in a cache. Both processes write and read the same object;
// a reader may be late by a notification, but must get there, and must never go back for good.
func TestReadsRaceWithWrites(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	coll := newUser(t, a, "ann").Collection("Default")
	put(t, a, coll, event("a", 0))
	for round := range 20 {
		var wg sync.WaitGroup
		stop := make(chan struct{})
		for _, db := range []*store.DB{a, a, b, b} {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					h, err := db.Home(ctx, coll.Owner)
					if err == nil {
						_, err = db.Object(ctx, h.CollectionByID(coll.ID), "a.ics")
					}
					if err != nil {
						t.Error(err)
						return
					}
					time.Sleep(50 * time.Microsecond)
				}
			})
		}
		var last store.NewObject
		for i := range 10 {
			last = event("a", round*100+i)
			db := a
			if i%3 == 0 {
				db = b
			}
			if err := putOne(ctx, db, coll, last); err != nil {
				t.Fatal(err)
			}
			if o, err := db.Object(ctx, coll, "a.ics"); err != nil || o.ETag != last.ETag {
				t.Fatalf("round %d, write %d: its own process reads %v, %v", round, i, o, err)
			}
		}
		close(stop)
		wg.Wait()
		for _, db := range []*store.DB{a, b} {
			eventually(t, func() bool {
				o, err := db.Object(ctx, coll, "a.ics")
				return err == nil && o.ETag == last.ETag && home(t, db, coll.Owner).Root.Modseq == o.Modseq
			})
		}
	}
}

// Changes of one home that are applied to the caches in another order than they were committed must not bring back old
// objects.
func TestManyWritersOneObject(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	coll := newUser(t, a, "ann").Collection("Default")
	put(t, a, coll, event("a", 0))
	for range 10 {
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				for i := range 5 {
					db := a
					if w == 0 {
						db = b
					}
					if err := putOne(ctx, db, coll, event("a", w*1000+i)); err != nil {
						t.Error(err)
					}
					home(t, a, coll.Owner)
				}
			})
		}
		wg.Wait()
		fresh := storetest.Open(t, store.Options{URL: a.URL(), Uncached: true})
		want, err := fresh.Object(ctx, coll, "a.ics")
		if err != nil {
			t.Fatal(err)
		}
		for i, db := range []*store.DB{a, b} {
			eventually(t, func() bool {
				got, err := db.Object(ctx, coll, "a.ics")
				return err == nil && got.ETag == want.ETag && got.Modseq == want.Modseq && home(t, db, coll.Owner).Root.Modseq == want.Modseq
			})
			_ = i
		}
	}
}

func TestUncached(t *testing.T) {
	server := storetest.New(t)
	command := storetest.Open(t, store.Options{URL: server.URL(), Uncached: true})
	coll := newUser(t, server, "ann").Collection("Default")
	if command.Listening() {
		t.Error("it listens")
	}
	for i := range 3 { // the server hears of what the command does
		put(t, command, coll, event(fmt.Sprint("e", i), i))
		eventually(t, func() bool {
			n, err := server.Object(t.Context(), coll, fmt.Sprint("e", i, ".ics"))
			return err == nil && home(t, server, coll.Owner).Root.Modseq == n.Modseq
		})
	}
}
