package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"convene/store"
	"convene/store/storetest"
)

// inBoth runs fn as a transaction on two homes.
func inBoth(ctx context.Context, db *store.DB, one, other store.PrincipalID, fn func(ctx context.Context, tx *store.Tx) error) error {
	_, err := store.InTx(ctx, db, []store.PrincipalID{one, other}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	})
	return err
}

// share has coll shared with and accepted by sharee, whose mount is called name.
func share(t testing.TB, db *store.DB, coll *store.Collection, sharee store.PrincipalID, name string) (mount *store.Collection) {
	t.Helper()
	if err := inBoth(t.Context(), db, coll.Owner, sharee, func(ctx context.Context, tx *store.Tx) (err error) {
		mount, err = tx.CreateMount(ctx, sharee, store.NewCollection{Name: name}, store.Target{Owner: coll.Owner, Collection: coll.ID})
		if err != nil {
			return err
		}
		return tx.SetShare(ctx, coll, store.Share{Sharee: sharee, UID: "uid-" + name, Address: "mailto:x@example.com", State: store.ShareAccepted, Mount: mount.ID})
	}); err != nil {
		t.Fatal(err)
	}
	return mount
}

func states(list []store.Share) (states []string) {
	for _, s := range list {
		states = append(states, s.UID+" "+string(s.State))
	}
	return states
}

func wantShares(t testing.TB, when string, list []store.Share, err error, want ...string) {
	t.Helper()
	if got := states(list); err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: got %v, %v, want %v", when, got, err, want)
	}
}

func TestShares(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	ann, bob, cyd := newUser(t, a, "ann"), newUser(t, a, "bob"), newUser(t, a, "cyd")
	coll := ann.Collection("Default")
	home(t, b, ann.Owner.ID)
	start := home(t, a, ann.Owner.ID).Root.Modseq
	invite := func(sharee *store.Home, uid string, state store.ShareState) {
		t.Helper()
		in(t, a, ann.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
			if err := tx.SetShare(ctx, coll, store.Share{
				Sharee: sharee.Owner.ID, UID: uid, Address: "mailto:" + uid, Writes: true, State: state, Summary: "ä " + uid, Mount: 7,
			}); err != nil {
				return err
			}
			list, err := tx.Shares(ctx, coll)
			if err == nil && !slices.Contains(states(list), uid+" "+string(state)) {
				t.Errorf("inside: got %v", states(list))
			}
			return err
		})
	}
	shared := func(when string, want bool) {
		t.Helper()
		if got := refresh(t, a, coll).Shared; got != want {
			t.Errorf("%s: shared is %v", when, got)
		}
		eventually(t, func() bool { return refresh(t, b, coll).Shared == want })
		fresh := storetest.Open(t, store.Options{URL: a.URL(), Uncached: true})
		if got := refresh(t, fresh, coll); got.Shared != want {
			t.Errorf("%s: in the database: shared is %v", when, got.Shared)
		}
	}
	shared("at first", false)
	invite(bob, "one", store.ShareInvited)
	shared("after one invitation", true)
	wantHome(t, a, ann.Owner.ID, start, true, "Default/") // the invitations are a property of the calendar
	list, err := a.Shares(ctx, coll)
	wantShares(t, "one", list, err, "one invited")
	want := store.Share{
		Owner: ann.Owner.ID, Collection: coll.ID, Sharee: bob.Owner.ID, UID: "one", Address: "mailto:one", Writes: true, State: store.ShareInvited,
		Summary: "ä one", Mount: 7, Created: list[0].Created, Modified: list[0].Created,
	}
	if list[0] != want {
		t.Errorf("got %+v, want %+v", list[0], want)
	}
	invite(cyd, "two", store.ShareInvited)
	invite(bob, "one", store.ShareAccepted)
	again, err := b.Shares(ctx, coll)
	wantShares(t, "two", again, err, "one accepted", "two invited")
	if !again[0].Created.Equal(list[0].Created) || !again[0].Modified.After(list[0].Modified) {
		t.Errorf("after an update: created %v, modified %v", again[0].Created, again[0].Modified)
	}
	list, err = a.SharesWith(ctx, bob.Owner.ID)
	wantShares(t, "with bob", list, err, "one accepted")
	list, err = a.SharesWith(ctx, ann.Owner.ID)
	wantShares(t, "with ann", list, err)

	in(t, a, ann.Owner.ID, func(ctx context.Context, tx *store.Tx) error { return tx.RemoveShare(ctx, coll, cyd.Owner.ID) })
	shared("one of two removed", true)
	in(t, a, ann.Owner.ID, func(ctx context.Context, tx *store.Tx) error { return tx.RemoveShare(ctx, coll, bob.Owner.ID) })
	shared("both removed", false)
	list, err = a.Shares(ctx, coll)
	wantShares(t, "both removed", list, err)
	if err := try(ctx, a, ann.Owner.ID, func(ctx context.Context, tx *store.Tx) error { return tx.RemoveShare(ctx, coll, bob.Owner.ID) }); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("removing again: got %v", err)
	}
	if err := try(ctx, a, ann.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetShare(ctx, coll, store.Share{Sharee: 9999, UID: "x", State: store.ShareInvited})
	}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("inviting nobody: got %v", err)
	}
}

func TestShareByUID(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	ann, bob := newUser(t, db, "ann").Owner.ID, newUser(t, db, "bob").Owner.ID
	share(t, db, home(t, db, ann).Collection("Default"), bob, "Ann")
	find := func(one, other store.PrincipalID, uid string) (s store.Share, err error) {
		err = inBoth(ctx, db, one, other, func(ctx context.Context, tx *store.Tx) (err error) {
			s, err = tx.ShareByUID(ctx, uid)
			return err
		})
		return s, err
	}
	if s, err := find(bob, ann, "uid-Ann"); err != nil || s.Sharee != bob || s.Owner != ann {
		t.Errorf("got %+v, %v", s, err)
	}
	if _, err := find(ann, bob, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("none: got %v", err)
	}
	for _, one := range []store.PrincipalID{ann, bob} {
		if s, err := find(one, one, "uid-Ann"); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("with one home only: got %+v, %v", s, err)
		}
	}
}

func TestMounts(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	ann, bob := newUser(t, a, "ann"), newUser(t, a, "bob")
	coll := ann.Collection("Default")
	start := home(t, b, bob.Owner.ID).Root.Modseq
	mount := share(t, a, coll, bob.Owner.ID, "Ann")
	want := store.Target{Owner: ann.Owner.ID, Collection: coll.ID}
	for i, db := range []*store.DB{a, b, storetest.Open(t, store.Options{URL: a.URL(), Uncached: true})} {
		eventually(t, func() bool { return home(t, db, bob.Owner.ID).Collection("Ann") != nil })
		got := home(t, db, bob.Owner.ID).Collection("Ann")
		if got.Kind != store.KindShared || got.Target == nil || *got.Target != want || got.ID != mount.ID {
			t.Errorf("process %d: got %+v", i, got)
		}
	}
	if home(t, a, ann.Owner.ID).Collection("Default").Target != nil {
		t.Error("the calendar has a target")
	}
	if err := try(ctx, a, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.CreateMount(ctx, bob.Owner.ID, store.NewCollection{Name: "Ann"}, want)
		return err
	}); !errors.Is(err, store.ErrExists) {
		t.Errorf("a second of that name: got %v", err)
	}

	blue := "#00f"
	in(t, a, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.SetProperties(ctx, mount, store.Properties{Color: &blue}); err != nil {
			return err
		}
		_, err := tx.RenameCollection(ctx, mount, "Her")
		return err
	})
	got := home(t, a, bob.Owner.ID).Collection("Her")
	if got == nil || got.Target == nil || *got.Target != want || *got.Color != blue {
		t.Errorf("renamed: got %+v", got)
	}
	wantHome(t, a, bob.Owner.ID, start, true, "-Ann/", "Her/")
	in(t, a, ann.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.RenameCollection(ctx, coll, "Renamed")
		return err
	})
	list, err := a.SharesWith(ctx, bob.Owner.ID)
	wantShares(t, "the calendar was renamed", list, err, "uid-Ann accepted")
	if got := home(t, a, ann.Owner.ID).Collection("Renamed"); !got.Shared || got.ID != coll.ID {
		t.Errorf("renamed: got %+v", got)
	}

	in(t, a, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error { return tx.DeleteCollection(ctx, mount) })
	wantHome(t, a, bob.Owner.ID, start, true, "-Ann/", "-Her/")
	if list, err := a.Shares(ctx, coll); err != nil || len(list) != 1 || list[0].Mount != 0 {
		t.Errorf("without the mount: got %+v, %v", list, err)
	}
}

// rows counts what is left in the tables of sharing.
func rows(t testing.TB, db *store.DB) (n int) {
	t.Helper()
	for _, sql := range []string{
		`SELECT count(*) FROM share`, `SELECT count(*) FROM publication`, `SELECT count(*) FROM overlay`, `SELECT count(*) FROM delegation`,
		`SELECT count(*) FROM lock`, `SELECT count(*) FROM collection WHERE kind = 'shared' AND NOT deleted`,
	} {
		n += query[int](t, db.URL(), sql)
	}
	return n
}

// With a calendar goes what hangs on it; what hangs on others stays.
func TestDeleteSharedCalendar(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	ann, bob := newUser(t, db, "ann"), newUser(t, db, "bob")
	coll, kept := ann.Collection("Default"), bob.Collection("Default")
	mount := share(t, db, coll, bob.Owner.ID, "Ann")
	share(t, db, kept, ann.Owner.ID, "Bob")
	for token, c := range map[string]*store.Collection{"a": coll, "b": kept} {
		in(t, db, c.Owner, func(ctx context.Context, tx *store.Tx) error {
			return tx.Publish(ctx, c, store.Publication{Token: token})
		})
	}
	in(t, db, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetOverlay(ctx, mount, store.Overlay{Name: "x.ics", Object: 1, Data: []byte("x")})
	})
	if got := rows(t, db); got != 7 {
		t.Fatalf("%d rows, want 2 shares, 2 mounts, 2 publications, 1 overlay", got)
	}
	if err := inBoth(ctx, db, ann.Owner.ID, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		if err := tx.DeleteCollection(ctx, mount); err != nil {
			return err
		}
		return tx.DeleteCollection(ctx, coll)
	}); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, db); got != 3 {
		t.Errorf("%d rows are left, want those of the other calendar: 1 share, 1 mount, 1 publication", got)
	}
	if _, err := db.Publication(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the publication: got %v", err)
	}
}

func TestDeletePrincipalWithShares(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	ann, bob, cyd := newUser(t, a, "ann"), newUser(t, a, "bob"), newUser(t, a, "cyd")
	hers, theirs := ann.Collection("Default"), bob.Collection("Default")
	mount := share(t, a, hers, bob.Owner.ID, "Ann")
	share(t, a, hers, cyd.Owner.ID, "Ann")
	share(t, a, theirs, ann.Owner.ID, "Bob")
	share(t, a, cyd.Collection("Default"), ann.Owner.ID, "Cyd")
	share(t, a, cyd.Collection("Default"), bob.Owner.ID, "Cyd")
	in(t, a, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetOverlay(ctx, mount, store.Overlay{Name: "x.ics", Object: 1, Data: []byte("x")})
	})
	in(t, a, ann.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		return tx.Publish(ctx, hers, store.Publication{Token: "a"})
	})
	if err := a.AddDelegate(ctx, ann.Owner.ID, bob.Owner.ID, true); err != nil {
		t.Fatal(err)
	}
	lock(t, a, ann, "one", "", "", 1)
	before := home(t, b, bob.Owner.ID).Root.Modseq
	if err := a.DeletePrincipal(ctx, ann.Owner.ID); err != nil {
		t.Fatal(err)
	}
	if got := rows(t, a); got != 2 {
		t.Errorf("%d rows are left, want 1 share with 1 mount", got)
	}
	for _, db := range []*store.DB{a, b} {
		eventually(t, func() bool { return home(t, db, bob.Owner.ID).Collection("Ann") == nil })
		h := home(t, db, bob.Owner.ID)
		if h.Collection("Default").Shared {
			t.Error("bob's calendar is still shared")
		}
		if !home(t, db, cyd.Owner.ID).Collection("Default").Shared {
			t.Error("cyd's calendar is no longer shared, but is, with bob")
		}
		if p := h.Owner; len(p.WritesFor) != 0 {
			t.Errorf("bob is a delegate of %v", p.WritesFor)
		}
		wantHome(t, db, bob.Owner.ID, before, true, "-Ann/")
	}
	in(t, b, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error { // a name to be used again
		_, err := tx.CreateCollection(ctx, bob.Owner.ID, store.NewCollection{Name: "Ann", Kind: store.KindCalendar})
		return err
	})
	wantHome(t, b, bob.Owner.ID, before, true, "-Ann/", "Ann/")
}
