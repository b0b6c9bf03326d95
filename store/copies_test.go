package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"convene/store"
	"convene/store/storetest"
)

// copiesTest is two people, of whom ann has two calendars.
type copiesTest struct {
	*testing.T
	db                  *store.DB
	ann, bob            store.PrincipalID
	annA, annB, bobsOne *store.Collection
}

func newCopiesTest(t *testing.T) *copiesTest {
	c := &copiesTest{T: t, db: storetest.New(t)}
	c.annB, c.bobsOne = newUser(t, c.db, "ann").Collection("Default"), newUser(t, c.db, "bob").Collection("Default")
	c.ann, c.bob = c.annB.Owner, c.bobsOne.Owner
	in(t, c.db, c.ann, func(ctx context.Context, tx *store.Tx) (err error) {
		c.annA, err = tx.CreateCollection(ctx, c.ann, store.NewCollection{Name: "Aside", Kind: store.KindCalendar})
		return err
	})
	return c
}

func (c *copiesTest) run(opts []store.TxOption, fn func(ctx context.Context, tx *store.Tx) error) {
	c.Helper()
	if _, err := store.InTx(c.Context(), c.db, []store.PrincipalID{c.bob, c.ann}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx)
	}, opts...); err != nil {
		c.Error(err)
	}
}

// want compares the copies of a UID, as "ann:Aside/name", with what the transaction says; those of ann come first.
func (c *copiesTest) want(ctx context.Context, tx *store.Tx, when, uid, want string) {
	c.Helper()
	copies, err := tx.CopiesOf(ctx, uid, c.bob, c.ann, c.bob)
	if err != nil {
		c.Errorf("%s: %v", when, err)
	}
	var got []string
	for _, owner := range []store.PrincipalID{c.ann, c.bob} {
		h := tx.Home(owner)
		for _, o := range copies[owner] {
			got = append(got, fmt.Sprintf("%s:%s/%s", h.Owner.Name, h.CollectionByID(o.Collection).Name, strings.TrimSuffix(o.Name, ".ics")))
			if o.Owner != owner || o.UID != uid || len(o.Data) != o.Size || o.Size == 0 {
				c.Errorf("%s: got %+v", when, o)
			}
			known, err := tx.Object(ctx, h.CollectionByID(o.Collection), o.Name)
			if err != nil || known != o {
				c.Errorf("%s: by its name: %+v, %v, want %+v", when, known, err, o)
			}
		}
	}
	if strings.Join(got, " ") != want {
		c.Errorf("%s: got %v, want %s", when, got, want)
	}
}

func named(name, uid string) store.NewObject {
	o := event(uid, 1)
	o.Name = name + ".ics"
	return o
}

// CopiesOf knows what is there and what the transaction does to it, asked before or not, with the lock or later.
func TestCopiesOf(t *testing.T) {
	for _, ask := range []string{"with the lock", "first", "only afterwards"} {
		t.Run(ask, func(t *testing.T) {
			c := newCopiesTest(t)
			put(t, c.db, c.annB, named("b", "u"), named("other", "v"))
			put(t, c.db, c.annA, named("a", "u"))
			put(t, c.db, c.bobsOne, named("one", "u"), named("gone", "w"))
			in(t, c.db, c.bob, func(ctx context.Context, tx *store.Tx) error { return tx.Delete(ctx, c.bobsOne, "gone.ics") })
			in(t, c.db, c.ann, func(ctx context.Context, tx *store.Tx) error { // no calendar
				_, err := tx.Put(ctx, tx.Home(c.ann).Inbox(), named("message", "u"))
				return err
			})
			var opts []store.TxOption
			if ask == "with the lock" {
				opts = []store.TxOption{store.PrefetchUID("u", c.ann, c.bob), store.PrefetchUID("v", c.ann)}
			}
			for _, step := range copiesSteps {
				c.run(opts, func(ctx context.Context, tx *store.Tx) error {
					if ask != "only afterwards" {
						c.want(ctx, tx, "before "+step.name, "u", "ann:Aside/a ann:Default/b bob:Default/one")
						c.want(ctx, tx, "before "+step.name, "v", "ann:Default/other")
					}
					if err := step.do(ctx, tx, c); err != nil {
						t.Errorf("%s: %v", step.name, err)
					}
					c.want(ctx, tx, "after "+step.name, "u", step.u)
					c.want(ctx, tx, "after "+step.name, "v", step.v)
					c.want(ctx, tx, "after "+step.name, "none", "")
					return nil
				})
				c.run(opts, func(ctx context.Context, tx *store.Tx) error {
					c.want(ctx, tx, "stored after "+step.name, "u", step.u)
					c.want(ctx, tx, "stored after "+step.name, "v", step.v)
					return restore(ctx, tx, c)
				})
			}
		})
	}
}

// copiesSteps are changes, and where the copies of u and v are afterwards.
var copiesSteps = []struct {
	name string
	do   func(ctx context.Context, tx *store.Tx, c *copiesTest) error
	u, v string
}{
	{"nothing", func(context.Context, *store.Tx, *copiesTest) error { return nil }, "ann:Aside/a ann:Default/b bob:Default/one", "ann:Default/other"},
	{"a change", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		_, err := tx.Put(ctx, c.annB, named("b", "u"))
		return err
	}, "ann:Aside/a ann:Default/b bob:Default/one", "ann:Default/other"},
	{"a deletion", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		return tx.Delete(ctx, c.annA, "a.ics")
	}, "ann:Default/b bob:Default/one", "ann:Default/other"},
	{"another UID", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		_, err := tx.Put(ctx, c.annA, named("a", "v"))
		return err
	}, "ann:Default/b bob:Default/one", "ann:Aside/a ann:Default/other"},
	{"a new object", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		_, err := tx.Add(ctx, c.bobsOne, named("new", "v"))
		return err
	}, "ann:Aside/a ann:Default/b bob:Default/one", "ann:Default/other bob:Default/new"},
	{"one in place of another", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		if err := tx.Delete(ctx, c.annB, "other.ics"); err != nil {
			return err
		}
		_, err := tx.Put(ctx, c.annB, named("b", "v"))
		return err
	}, "ann:Aside/a bob:Default/one", "ann:Default/b"},
	{"a move", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		_, err := tx.Move(ctx, c.annB, "other.ics", c.annA, named("moved", "v"))
		return err
	}, "ann:Aside/a ann:Default/b bob:Default/one", "ann:Aside/moved"},
	{"its properties", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		return tx.SetObjectProps(ctx, c.annB, "b.ics", []store.Prop{{Space: "s", Local: "l", XML: "<l xmlns='s'/>"}})
	}, "ann:Aside/a ann:Default/b bob:Default/one", "ann:Default/other"},
	{"a new calendar", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		to, err := tx.CreateCollection(ctx, c.bob, store.NewCollection{Name: "Copy", Kind: store.KindCalendar})
		if err != nil {
			return err
		}
		return tx.CopyObjects(ctx, c.annB, to)
	}, "ann:Aside/a ann:Default/b bob:Copy/b bob:Default/one", "ann:Default/other bob:Copy/other"},
	{"another name of a calendar", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		_, err := tx.RenameCollection(ctx, c.annA, "Later")
		return err
	}, "ann:Default/b ann:Later/a bob:Default/one", "ann:Default/other"},
	{"the end of a calendar", func(ctx context.Context, tx *store.Tx, c *copiesTest) error {
		return tx.DeleteCollection(ctx, c.annA)
	}, "ann:Default/b bob:Default/one", "ann:Default/other"},
}

// restore makes everything as it was before a step.
func restore(ctx context.Context, tx *store.Tx, c *copiesTest) error {
	for _, owner := range []store.PrincipalID{c.ann, c.bob} {
		for _, coll := range tx.Home(owner).Collections {
			if coll.Kind == store.KindCalendar && coll.Name != "Default" {
				if err := tx.DeleteCollection(ctx, coll); err != nil {
					return err
				}
			}
		}
	}
	var err error
	if c.annA, err = tx.CreateCollection(ctx, c.ann, store.NewCollection{Name: "Aside", Kind: store.KindCalendar}); err != nil {
		return err
	}
	if _, err = tx.Put(ctx, c.annA, named("a", "u")); err != nil {
		return err
	}
	if err := tx.Delete(ctx, c.bobsOne, "new.ics"); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if _, err := tx.Put(ctx, c.annB, named("b", "u")); err != nil {
		return err
	}
	_, err = tx.Put(ctx, c.annB, named("other", "v"))
	return err
}

// What was asked for with the lock is asked for again where the homes were not known as they are.
func TestPrefetchUIDOfStaleHome(t *testing.T) {
	c := newCopiesTest(t)
	stale := storetest.Open(t, store.Options{URL: c.db.URL()})
	home(t, stale, c.ann)
	home(t, stale, c.bob)
	var made *store.Collection
	_, err := store.InTx(t.Context(), stale, []store.PrincipalID{c.ann}, func(ctx context.Context, tx *store.Tx) (struct{}, error) { return struct{}{}, nil })
	if err != nil {
		t.Fatal(err)
	}
	in(t, c.db, c.bob, func(ctx context.Context, tx *store.Tx) (err error) {
		if made, err = tx.CreateCollection(ctx, c.bob, store.NewCollection{Name: "New", Kind: store.KindCalendar}); err != nil {
			return err
		}
		_, err = tx.Put(ctx, made, named("x", "u"))
		return err
	})
	c.db = stale
	c.run([]store.TxOption{store.PrefetchUID("u", c.ann, c.bob)}, func(ctx context.Context, tx *store.Tx) error {
		c.want(ctx, tx, "in another process", "u", "bob:New/x")
		return nil
	})
}

func TestCopiesOfHomesNotHeld(t *testing.T) {
	c := newCopiesTest(t)
	err := try(t.Context(), c.db, c.ann, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.CopiesOf(ctx, "u", c.ann, c.bob)
		return err
	})
	if err == nil {
		t.Error("copies in a home that is not held were given")
	}
}

// Add takes the name for new; if it is not, nothing happens.
func TestAdd(t *testing.T) {
	c := newCopiesTest(t)
	put(t, c.db, c.annA, named("a", "u"))
	for _, test := range []struct {
		in  store.NewObject
		err error
	}{
		{named("new", "v"), nil},
		{named("a", "w"), store.ErrExists},
		{named("b", "u"), store.ErrUIDConflict},
		{store.NewObject{}, store.ErrBadName},
	} {
		err := try(t.Context(), c.db, c.ann, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Add(ctx, c.annA, test.in)
			return err
		})
		if !errors.Is(err, test.err) {
			t.Errorf("%s: got %v, want %v", test.in.Name, err, test.err)
		}
	}
	if a, b := store.NewObjectName(), store.NewObjectName(); a == b || !strings.HasSuffix(a, ".ics") {
		t.Errorf("new names: %s, %s", a, b)
	}
}
