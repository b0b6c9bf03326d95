package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"convene/store"
	"convene/store/storetest"
)

// publish runs fn on the calendar Default of a user.
func publish(t *testing.T, db *store.DB, owner store.PrincipalID, fn func(ctx context.Context, tx *store.Tx, c *store.Collection) error) error {
	t.Helper()
	_, err := store.InTx(t.Context(), db, []store.PrincipalID{owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, fn(ctx, tx, tx.Home(owner).Collection("Default"))
	})
	return err
}

func TestCheckToken(t *testing.T) {
	for name, want := range map[string]error{
		"News-2026_a.b": nil, store.NewToken(): nil, strings.Repeat("a", 100): nil,
		"": store.ErrBadName, ".a": store.ErrBadName, "..": store.ErrBadName, "a/b": store.ErrBadName, "a b": store.ErrBadName, "ä": store.ErrBadName,
		"a%20": store.ErrBadName, "a\x00": store.ErrBadName, strings.Repeat("a", 101): store.ErrBadName,
	} {
		if err := store.CheckToken(name); !errors.Is(err, want) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if a, b := store.NewToken(), store.NewToken(); a == b || len(a) < 26 {
		t.Errorf("got %q, %q", a, b)
	}
}

func TestPublications(t *testing.T) {
	db := storetest.New(t)
	var owners []store.PrincipalID
	for _, name := range []string{"ann", "bob"} {
		p, err := db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: name})
		if err != nil {
			t.Fatal(err)
		}
		owners = append(owners, p.ID)
	}
	calendar := func(owner store.PrincipalID) *store.Collection {
		home, err := db.Home(t.Context(), owner)
		if err != nil {
			t.Fatal(err)
		}
		return home.Collection("Default")
	}
	before := calendar(owners[0])
	for _, token := range []string{"one", "two"} {
		if err := publish(t, db, owners[0], func(ctx context.Context, tx *store.Tx, c *store.Collection) error {
			return tx.Publish(ctx, c, store.Publication{Token: token, BusyOnly: token == "two", Secret: true})
		}); err != nil {
			t.Fatal(err)
		}
	}
	if now := calendar(owners[0]); !now.Published || now.SelfSeq <= before.SelfSeq || now.Modseq != now.SelfSeq {
		t.Errorf("got %+v", now)
	}
	if err := publish(t, db, owners[1], func(ctx context.Context, tx *store.Tx, c *store.Collection) error {
		return tx.Publish(ctx, c, store.Publication{Token: "one"})
	}); !errors.Is(err, store.ErrExists) || calendar(owners[1]).Published {
		t.Errorf("a token that is taken: %v", err)
	}
	got, err := db.Publication(t.Context(), "two")
	if err != nil || got.Owner != owners[0] || got.Collection != before.ID || !got.BusyOnly || !got.Secret || got.Created.IsZero() {
		t.Errorf("got %+v, %v", got, err)
	}
	if list, err := db.Publications(t.Context(), before); err != nil || len(list) != 2 || list[0].Token != "one" {
		t.Errorf("got %+v, %v", list, err)
	}
	unpublish := func(owner store.PrincipalID, token string) error {
		return publish(t, db, owner, func(ctx context.Context, tx *store.Tx, c *store.Collection) error { return tx.Unpublish(ctx, c, token) })
	}
	if err := unpublish(owners[1], "one"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("that of another calendar: %v", err)
	}
	if err := unpublish(owners[0], "one"); err != nil || !calendar(owners[0]).Published {
		t.Errorf("the first of two: %v", err)
	}
	if err := unpublish(owners[0], "two"); err != nil || calendar(owners[0]).Published {
		t.Errorf("the last: %v", err)
	}
	if _, err := db.Publication(t.Context(), "two"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	// It ends with the calendar.
	if err := publish(t, db, owners[0], func(ctx context.Context, tx *store.Tx, c *store.Collection) error {
		if err := tx.Publish(ctx, c, store.Publication{Token: "three"}); err != nil {
			return err
		}
		return tx.DeleteCollection(ctx, c)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Publication(t.Context(), "three"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
