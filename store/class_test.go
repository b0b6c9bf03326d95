package store_test

import (
	"context"
	"fmt"
	"testing"

	"convene/ical"
	"convene/store"
)

// The class of an object comes with each way to read it.
func TestClass(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	coll := newUser(t, a, "ann").Collection("Default")
	object := func(lines string) store.NewObject {
		return newObject(t, "a.ics", classedData(lines), coll, begin)
	}
	home(t, b, coll.Owner)
	want := func(when string, want ical.Class) {
		t.Helper()
		at := refresh(t, a, coll)
		eventually(t, func() bool { return refresh(t, b, coll).Modseq == at.Modseq })
		for i, db := range []*store.DB{a, b} {
			check := func(o *store.Object) error {
				if o.Class != want || o.ID == 0 || o.Name != "a.ics" || o.ETag == "" {
					return fmt.Errorf("%+v", o)
				}
				return nil
			}
			o, err := db.Object(ctx, at, "a.ics")
			if err == nil {
				err = check(o)
			}
			for what, err := range map[string]error{
				"Object":        err,
				"Objects, tags": db.Objects(ctx, at, store.Tags, check),
				"Objects, all":  db.Objects(ctx, at, store.Listing, check),
				"ObjectsByName": db.ObjectsByName(ctx, at, []string{"a.ics"}, false, check),
				"QueryAll":      db.QueryAll(ctx, at, "", "u", check),
				"QueryRange":    db.QueryRange(ctx, at, store.RangeQuery{Range: hour(0)}, func(o *store.Object, _ bool) error { return check(o) }),
			} {
				if err != nil {
					t.Errorf("%s: process %d: %s: got %v, want %s", when, i, what, err, want)
				}
			}
			for _, detail := range []store.Detail{store.Tags, store.Listing} {
				if _, _, err := db.Changes(ctx, at, 0, 0, detail, check); err != nil {
					t.Errorf("%s: process %d: Changes(%d): got %v, want %s", when, i, detail, err, want)
				}
			}
			if _, _, err := db.HomeChanges(ctx, coll.Owner, 0, 0, true, func(c store.HomeChange) error {
				if c.Object == nil {
					return nil
				}
				return check(c.Object)
			}); err != nil {
				t.Errorf("%s: process %d: HomeChanges: got %v, want %s", when, i, err, want)
			}
		}
	}
	put(t, a, coll, object("CLASS:PRIVATE"))
	want("stored", ical.ClassPrivate)
	put(t, a, coll, object("CLASS:CONFIDENTIAL"))
	want("replaced", ical.ClassConfidential)
	in(t, a, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetObjectProps(ctx, coll, "a.ics", []store.Prop{{Space: "x:", Local: "y", XML: "<y/>"}})
	})
	want("with a property", ical.ClassConfidential)
	in(t, a, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		to, err := tx.CreateCollection(ctx, coll.Owner, store.NewCollection{Name: "Copy", Kind: store.KindCalendar})
		if err != nil {
			return err
		}
		if err := tx.CopyObjects(ctx, coll, to); err != nil {
			return err
		}
		o, err := tx.Object(ctx, to, "a.ics")
		if err == nil && o.Class != ical.ClassConfidential {
			t.Errorf("the copy: got %s", o.Class)
		}
		if err == nil {
			err = tx.DeleteCollection(ctx, to)
		}
		return err
	})
	put(t, a, coll, object("SUMMARY:x"))
	want("public again", ical.ClassPublic)
	in(t, a, coll.Owner, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Put(ctx, coll, object("CLASS:X")); err != nil {
			return err
		}
		return tx.Delete(ctx, coll, "a.ics")
	})
	put(t, a, coll, object("SUMMARY:x"))
	want("made anew", ical.ClassPublic)
}
