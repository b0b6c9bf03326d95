package store_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

// changes lists what Changes tells: the names, with "-" before those of tombstones.
func changes(t testing.TB, db *store.DB, coll *store.Collection, since int64, limit int) (list []string, upTo int64, more bool) {
	t.Helper()
	upTo, more, err := db.Changes(t.Context(), coll, since, limit, store.Listing, func(o *store.Object) error {
		name := strings.TrimSuffix(o.Name, ".ics")
		if o.Deleted {
			name = "-" + name
		}
		list = append(list, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list, upTo, more
}

func wantChanges(t testing.TB, db *store.DB, coll *store.Collection, since int64, want ...string) int64 {
	t.Helper()
	got, upTo, more := changes(t, db, coll, since, 0)
	if !slices.Equal(got, want) || more || upTo != coll.Modseq {
		t.Errorf("changes since %d: got %v up to %d, want %v up to %d", since, got, upTo, want, coll.Modseq)
	}
	return upTo
}

func refresh(t testing.TB, db *store.DB, coll *store.Collection) *store.Collection {
	t.Helper()
	c := home(t, db, coll.Owner).CollectionByID(coll.ID)
	if c == nil {
		t.Fatalf("collection %d is gone", coll.ID)
	}
	return c
}

func TestChanges(t *testing.T) {
	db := storetest.New(t)
	coll := newUser(t, db, "ann").Collection("Default")
	wantChanges(t, db, coll, 0)
	put(t, db, coll, event("a", 1), event("b", 2), event("c", 3))
	coll = refresh(t, db, coll)
	first := wantChanges(t, db, coll, 0, "a", "b", "c")

	put(t, db, coll, event("a", 4))
	in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error { return tx.Delete(ctx, coll, "b.ics") })
	put(t, db, coll, event("d", 5))
	coll = refresh(t, db, coll)
	wantChanges(t, db, coll, first, "a", "-b", "d")
	wantChanges(t, db, coll, 0, "c", "a", "d")

	var paged []string
	for since, more := first, true; more; {
		var list []string
		list, since, more = changes(t, db, coll, since, 1)
		if len(list) != 1 {
			t.Fatalf("a page of 1: got %v", list)
		}
		paged = append(paged, list...)
	}
	if want := []string{"a", "-b", "d"}; !slices.Equal(paged, want) {
		t.Errorf("page by page: got %v, want %v", paged, want)
	}
	if _, _, err := db.Changes(t.Context(), coll, coll.Modseq+1, 0, store.Listing, nil); !errors.Is(err, store.ErrTokenUnknown) {
		t.Errorf("a token from the future: got %v", err)
	}
}

func TestMove(t *testing.T) {
	db := storetest.New(t)
	h := newUser(t, db, "ann")
	from := h.Collection("Default")
	var to *store.Collection
	in(t, db, from.Owner, func(ctx context.Context, tx *store.Tx) (err error) {
		to, err = tx.CreateCollection(ctx, from.Owner, store.NewCollection{Name: "Work", Kind: store.KindCalendar})
		return err
	})
	put(t, db, from, event("a", 1), event("b", 2))
	put(t, db, to, event("old", 3))
	from, to = refresh(t, db, from), refresh(t, db, to)
	before, err := db.Object(t.Context(), from, "a.ics")
	if err != nil {
		t.Fatal(err)
	}
	in(t, db, from.Owner, func(ctx context.Context, tx *store.Tx) error {
		moved := event("a", 1)
		moved.Name = "old.ics"
		_, err := tx.Move(ctx, from, "a.ics", to, moved)
		return err
	})
	fromAfter, toAfter := refresh(t, db, from), refresh(t, db, to)
	wantChanges(t, db, fromAfter, from.Modseq, "-a")
	wantChanges(t, db, toAfter, to.Modseq, "old")
	after, err := db.Object(t.Context(), to, "old.ics")
	if err != nil || after.UID != "a" || !after.Created.Equal(before.Created) || after.ETag != before.ETag {
		t.Errorf("moved: got %+v, %v", after, err)
	}
	in(t, db, from.Owner, func(ctx context.Context, tx *store.Tx) error { // another name in the same collection
		renamed := event("b", 2)
		renamed.Name = "b2.ics"
		_, err := tx.Move(ctx, from, "b.ics", from, renamed)
		return err
	})
	wantChanges(t, db, refresh(t, db, from), fromAfter.Modseq, "-b", "b2")
}

func TestUIDConflict(t *testing.T) {
	db := storetest.New(t)
	coll := newUser(t, db, "ann").Collection("Default")
	put(t, db, coll, event("a", 1))
	twin := event("a", 1)
	twin.Name = "twin.ics"
	for name, opts := range map[string][]store.TxOption{
		"found beforehand":      {store.Prefetch(coll, twin.Name, twin.UID)},
		"found by the database": nil,
	} {
		_, err := store.InTx(t.Context(), db, []store.PrincipalID{coll.Owner}, func(ctx context.Context, tx *store.Tx) (*store.Object, error) {
			return tx.Put(ctx, coll, twin)
		}, opts...)
		var conflict *store.UIDConflict
		if !errors.Is(err, store.ErrUIDConflict) || !errors.As(err, &conflict) || conflict.Name != "a.ics" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	in(t, db, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.Delete(ctx, coll, "a.ics"); err != nil {
			return err
		}
		_, err := tx.Put(ctx, coll, twin)
		return err
	})
	wantChanges(t, db, refresh(t, db, coll), 0, "twin")
}

// Nothing of a transaction that fails may remain, in the database or in the caches.
func TestRollback(t *testing.T) {
	db := storetest.New(t)
	h := newUser(t, db, "ann")
	coll := h.Collection("Default")
	put(t, db, coll, event("a", 1))
	before := home(t, db, coll.Owner)
	failure := errors.New("no")
	err := try(t.Context(), db, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Put(ctx, coll, event("b", 1)); err != nil {
			return err
		}
		if _, err := tx.CreateCollection(ctx, coll.Owner, store.NewCollection{Name: "New", Kind: store.KindCalendar}); err != nil {
			return err
		}
		if o, err := tx.Object(ctx, coll, "b.ics"); err != nil || o.UID != "b" {
			t.Errorf("inside: got %v, %v", o, err)
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Fatalf("got %v", err)
	}
	if after := home(t, db, coll.Owner); !reflect.DeepEqual(after, before) {
		t.Errorf("the home changed: %+v, before %+v", after.Root, before.Root)
	}
	if _, err := db.Object(t.Context(), coll, "b.ics"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	put(t, db, coll, event("c", 1))
	wantChanges(t, db, refresh(t, db, coll), 0, "a", "c")
}

func TestCollections(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	h := newUser(t, db, "ann")
	owner := h.Owner.ID
	blue := "#0000ff"
	create := func(name string) (c *store.Collection, err error) {
		err = try(ctx, db, owner, func(ctx context.Context, tx *store.Tx) (err error) {
			c, err = tx.CreateCollection(ctx, owner, store.NewCollection{Name: name, Kind: store.KindCalendar, Properties: store.Properties{
				Color: &blue, Components: []string{"VTODO"}, Props: []store.Prop{{Space: "x:", Local: "y", XML: `<y xmlns="x:"/>`}},
			}})
			return err
		})
		return c, err
	}
	work, err := create("Work")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := create("Work"); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second of that name: got %v", err)
	}
	if _, err := create(""); !errors.Is(err, store.ErrBadName) {
		t.Errorf("without a name: got %v", err)
	}
	got := home(t, db, owner).Collection("Work")
	if got == nil || got.ID != work.ID || *got.Color != blue || got.Components[0] != "VTODO" || got.Prop("x:", "y") == nil || len(got.Rights) == 0 {
		t.Fatalf("got %+v", got)
	}
	put(t, db, work, event("a", 1), event("b", 2))
	start := home(t, db, owner).Root.Modseq

	in(t, db, owner, func(ctx context.Context, tx *store.Tx) error {
		p := work.Properties
		name := "At work"
		p.DisplayName = &name
		p.SetProp(store.Prop{Space: "x:", Local: "y"})
		_, err := tx.SetProperties(ctx, work, p)
		return err
	})
	got = home(t, db, owner).Collection("Work")
	if *got.DisplayName != "At work" || got.Prop("x:", "y") != nil || work.Prop("x:", "y") == nil {
		t.Errorf("after SetProperties: got %+v", got.Properties)
	}
	wantHome(t, db, owner, start, true, "Work/")

	in(t, db, owner, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.RenameCollection(ctx, work, "Job")
		return err
	})
	wantHome(t, db, owner, start, true, "-Work/", "Job/a", "Job/b", "Job/")
	wantHome(t, db, owner, start, false, "-Work/", "Job/")
	if o, err := db.Object(ctx, home(t, db, owner).Collection("Job"), "a.ics"); err != nil || o.UID != "a" {
		t.Errorf("in the renamed collection: got %+v, %v", o, err)
	}

	in(t, db, owner, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteCollection(ctx, work) })
	wantHome(t, db, owner, start, true, "-Work/", "-Job/")
	err = try(ctx, db, owner, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Put(ctx, work, event("c", 1))
		return err
	})
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("putting into what is gone: got %v", err)
	}
	again, err := create("Work")
	if err != nil || again.ID == work.ID {
		t.Fatalf("made anew: got %+v, %v", again, err)
	}
	wantHome(t, db, owner, start, true, "-Work/", "-Job/", "Work/") // what was in the old one is gone
	wantHome(t, db, owner, start, false, "-Job/", "Work/")
}

// wantHome compares with what HomeChanges tells, in one go and in pages of one.
func wantHome(t testing.TB, db *store.DB, owner store.PrincipalID, since int64, deep bool, want ...string) {
	t.Helper()
	for _, limit := range []int{0, 1} {
		var got []string
		for from, more := since, true; more; {
			var err error
			from, more, err = db.HomeChanges(t.Context(), owner, from, limit, deep, func(c store.HomeChange) error {
				name := c.Collection.Name + "/"
				if c.Object != nil {
					name += strings.TrimSuffix(c.Object.Name, ".ics")
				}
				if c.Collection.Deleted || c.Object != nil && c.Object.Deleted {
					name = "-" + name
				}
				got = append(got, name)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("changes of the home since %d, limit %d: got %v, want %v", since, limit, got, want)
		}
	}
}

func TestCopyObjects(t *testing.T) {
	db := storetest.New(t)
	h := newUser(t, db, "ann")
	from := h.Collection("Default")
	put(t, db, from, event("a", 1), event("b", 2), event("c", 3))
	in(t, db, from.Owner, func(ctx context.Context, tx *store.Tx) error {
		to, err := tx.CreateCollection(ctx, from.Owner, store.NewCollection{Name: "Copy", Kind: store.KindCalendar})
		if err != nil {
			return err
		}
		if err := tx.CopyObjects(ctx, from, to); err != nil {
			return err
		}
		_, err = tx.Put(ctx, to, event("d", 4))
		return err
	})
	wantChanges(t, db, home(t, db, from.Owner).Collection("Copy"), 0, "a", "b", "c", "d")
}

// Writers on one home, through two processes, must each get modseqs of their own, in the order of their commits: a
// client that syncs all the while misses nothing.
func TestConcurrentWriters(t *testing.T) {
	url := storetest.URL(t)
	dbs := []*store.DB{storetest.Open(t, store.Options{URL: url}), storetest.Open(t, store.Options{URL: url})}
	coll := newUser(t, dbs[0], "ann").Collection("Default")
	const writers, each = 8, 25
	ctx, stop := context.WithCancel(t.Context())
	seen := map[string]bool{}
	var since int64
	poll := func() error {
		h, err := dbs[1].Home(t.Context(), coll.Owner)
		if err != nil {
			return err
		}
		now := h.CollectionByID(coll.ID)
		last := since
		since, _, err = dbs[1].Changes(t.Context(), now, since, 0, store.Listing, func(o *store.Object) error {
			if o.Modseq <= last {
				return fmt.Errorf("modseq %d after %d", o.Modseq, last)
			}
			last = o.Modseq
			seen[o.Name] = true
			return nil
		})
		return err
	}
	var reader, wg sync.WaitGroup
	reader.Go(func() {
		for ctx.Err() == nil {
			if err := poll(); err != nil {
				t.Error(err)
				return
			}
			time.Sleep(time.Millisecond)
		}
	})
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := putOne(t.Context(), dbs[w%2], coll, event(fmt.Sprintf("w%d-%d", w, i), i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	stop()
	reader.Wait()
	eventually(t, func() bool {
		h := home(t, dbs[1], coll.Owner)
		return h.Root.Modseq == home(t, dbs[0], coll.Owner).Root.Modseq && h.CollectionByID(coll.ID).Modseq == h.Root.Modseq
	})
	if err := poll(); err != nil {
		t.Error(err)
	}
	if len(seen) != writers*each {
		t.Errorf("a client that synced saw %d objects, want %d", len(seen), writers*each)
	}
	modseqs := map[int64]bool{}
	if _, _, err := dbs[0].Changes(t.Context(), refresh(t, dbs[0], coll), 0, 0, store.Listing, func(o *store.Object) error {
		modseqs[o.Modseq] = true
		return nil
	}); err != nil || len(modseqs) != writers*each {
		t.Errorf("%d different modseqs, want %d; %v", len(modseqs), writers*each, err)
	}
}

func eventually(t testing.TB, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("not within 20 s")
}
