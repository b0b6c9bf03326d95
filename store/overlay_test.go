package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

// overlayTest is a calendar of ann's, mounted in bob's home, in two processes.
type overlayTest struct {
	*testing.T
	a, b  *store.DB
	now   time.Time
	coll  *store.Collection
	mount *store.Collection
}

func newOverlayTest(t *testing.T) *overlayTest {
	url := storetest.URL(t)
	o := &overlayTest{T: t, now: begin}
	clock := func() time.Time { return o.now }
	o.a, o.b = storetest.Open(t, store.Options{URL: url, Now: clock}), storetest.Open(t, store.Options{URL: url, Now: clock})
	o.coll = newUser(t, o.a, "ann").Collection("Default")
	o.mount = share(t, o.a, o.coll, newUser(t, o.a, "bob").Owner.ID, "Ann")
	return o
}

func (o *overlayTest) set(name string, object int64, data string) {
	o.Helper()
	in(o, o.a, o.mount.Owner, func(ctx context.Context, tx *store.Tx) error {
		in := store.Overlay{Name: name, Object: object}
		if data != "" {
			in.Data = []byte(data)
		}
		if err := tx.SetOverlay(ctx, o.mount, in); err != nil {
			return err
		}
		got, err := tx.Overlay(ctx, o.mount, name)
		if err == nil && (got != nil) != (data != "") || got != nil && (string(got.Data) != data || got.Object != object || got.Modseq == 0) {
			o.Errorf("inside: got %+v", got)
		}
		return err
	})
}

// want compares all overlays, as name=data.
func (o *overlayTest) want(when string, want ...string) {
	o.Helper()
	got, err := o.b.Overlays(o.Context(), o.mount, nil, true)
	var list []string
	for name, overlay := range got {
		if name != overlay.Name {
			o.Errorf("%s is at %s", overlay.Name, name)
		}
		list = append(list, fmt.Sprintf("%s=%s", name, overlay.Data))
	}
	slices.Sort(list)
	if err != nil || !slices.Equal(list, want) {
		o.Errorf("%s: got %v, %v, want %v", when, list, err, want)
	}
}

func (o *overlayTest) wantChanges(since int64, want ...string) {
	o.Helper()
	mount := refresh(o, o.a, o.mount)
	got, err := o.b.OverlayChanges(o.Context(), mount, since)
	var list []string
	last := since
	for _, overlay := range got {
		if overlay.Modseq <= last {
			o.Errorf("modseq %d after %d", overlay.Modseq, last)
		}
		last = overlay.Modseq
		sign := "+"
		if overlay.Data == nil {
			sign = "-"
		}
		list = append(list, sign+overlay.Name)
	}
	if err != nil || !slices.Equal(list, want) {
		o.Errorf("changes since %d: got %v, %v, want %v", since, list, err, want)
	}
}

func TestOverlays(t *testing.T) {
	o := newOverlayTest(t)
	ctx := t.Context()
	put(t, o.a, o.coll, event("a", 1), event("b", 2))
	hers := refresh(t, o.a, o.coll).Modseq
	start := refresh(t, o.a, o.mount).Modseq
	home(t, o.b, o.mount.Owner)
	o.want("at first")
	o.set("a.ics", 1, "alarm a")
	o.set("b.ics", 2, "alarm b")
	o.want("two", "a.ics=alarm a", "b.ics=alarm b")
	o.wantChanges(0, "+a.ics", "+b.ics")
	o.wantChanges(start, "+a.ics", "+b.ics")
	middle := refresh(t, o.a, o.mount)
	if middle.Modseq <= start || middle.Objects != 0 || refresh(t, o.a, o.coll).Modseq != hers {
		t.Errorf("the mount is at %d (before %d), with %d objects; the calendar at %d (before %d)", middle.Modseq, start, middle.Objects, refresh(t, o.a, o.coll).Modseq, hers)
	}
	eventually(t, func() bool { return refresh(t, o.b, o.mount).Modseq == middle.Modseq })

	for _, c := range []struct {
		names []string
		want  int
	}{{nil, 2}, {[]string{}, 0}, {[]string{"b.ics", "none", "b.ics"}, 1}} {
		got, err := o.a.Overlays(ctx, o.mount, c.names, false)
		if err != nil || len(got) != c.want {
			t.Errorf("%v: got %v, %v", c.names, got, err)
		}
		for _, overlay := range got {
			if overlay.Data != nil || overlay.Object == 0 || overlay.Modseq == 0 {
				t.Errorf("%v, without data: got %+v", c.names, overlay)
			}
		}
	}

	o.set("a.ics", 1, "alarm c")
	o.set("b.ics", 2, "")
	o.want("changed and removed", "a.ics=alarm c")
	o.wantChanges(middle.Modseq, "+a.ics", "-b.ics")
	o.wantChanges(0, "+a.ics")
	seq := refresh(t, o.a, o.mount).Modseq
	o.set("b.ics", 2, "")
	o.set("none.ics", 3, "")
	if got := refresh(t, o.a, o.mount).Modseq; got != seq {
		t.Errorf("removing what is not moved the mount from %d to %d", seq, got)
	}
	o.set("b.ics", 4, "again")
	o.want("made anew", "a.ics=alarm c", "b.ics=again")
	if _, err := o.a.OverlayChanges(ctx, refresh(t, o.a, o.mount), 9999); !errors.Is(err, store.ErrTokenUnknown) {
		t.Errorf("a token from the future: got %v", err)
	}

	if err := inBoth(ctx, o.a, o.coll.Owner, o.mount.Owner, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.RenameCollection(ctx, o.mount, "Her")
		if err == nil {
			_, err = tx.RenameCollection(ctx, o.coll, "Mine")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	o.want("renamed", "a.ics=alarm c", "b.ics=again")
}

func TestPurgeOverlays(t *testing.T) {
	o := newOverlayTest(t)
	ctx := t.Context()
	put(t, o.a, o.coll, event("kept", 1), event("gone", 2), event("again", 3))
	for _, name := range []string{"kept.ics", "gone.ics", "again.ics"} {
		obj, err := o.a.Object(ctx, o.coll, name)
		if err != nil {
			t.Fatal(err)
		}
		o.set(name, obj.ID, name)
	}
	if n, err := o.a.PurgeOverlays(ctx); err != nil || n != 0 {
		t.Errorf("while all are in use: removed %d, %v", n, err)
	}
	in(t, o.a, o.coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		for _, name := range []string{"gone.ics", "again.ics"} {
			if err := tx.Delete(ctx, o.coll, name); err != nil {
				return err
			}
		}
		return nil
	})
	put(t, o.a, o.coll, event("again", 4)) // another object
	seq := refresh(t, o.a, o.mount).Modseq
	if n, err := o.b.PurgeOverlays(ctx); err != nil || n != 2 {
		t.Errorf("removed %d, %v, want 2", n, err)
	}
	o.want("after purging", "kept.ics=kept.ics")
	if got := refresh(t, o.a, o.mount).Modseq; got != seq {
		t.Errorf("the mount moved from %d to %d", seq, got)
	}
	if n, err := o.b.PurgeOverlays(ctx); err != nil || n != 0 {
		t.Errorf("again: removed %d, %v", n, err)
	}
}

// What is left of overlays that were removed goes with the other tombstones, and takes the old tokens along.
func TestPurgeOverlayTombstones(t *testing.T) {
	o := newOverlayTest(t)
	ctx := t.Context()
	put(t, o.a, o.coll, event("a", 1))
	o.set("a.ics", 1, "x")
	o.set("b.ics", 2, "x")
	old := refresh(t, o.a, o.mount).Modseq
	o.set("b.ics", 2, "")
	removed := refresh(t, o.a, o.mount).Modseq
	o.now = o.now.AddDate(0, 2, 0)
	o.set("a.ics", 1, "")
	if n, err := o.a.PurgeTombstones(ctx, o.now.AddDate(0, -1, 0)); err != nil || n != 1 {
		t.Errorf("removed %d, %v, want 1", n, err)
	}
	o.wantChanges(removed, "-a.ics")
	if _, err := o.a.OverlayChanges(ctx, refresh(t, o.a, o.mount), old); !errors.Is(err, store.ErrTokenTooOld) {
		t.Errorf("a token from before: got %v", err)
	}
	if n := query[int](t, o.a.URL(), `SELECT count(*) FROM overlay`); n != 1 {
		t.Errorf("%d overlays are left, want 1", n)
	}
}
