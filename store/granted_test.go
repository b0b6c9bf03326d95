package store_test

import (
	"context"
	"slices"
	"testing"

	"convene/acl"
	"convene/store"
	"convene/store/storetest"
)

// grant sets the rights of a collection; "" is the home itself.
func grant(t testing.TB, db *store.DB, owner store.PrincipalID, name, rights string) {
	t.Helper()
	list, err := acl.ParseList(rights)
	if err != nil {
		t.Fatal(err)
	}
	in(t, db, owner, func(ctx context.Context, tx *store.Tx) error {
		c := tx.Home(owner).Root
		if name != "" {
			c = tx.Home(owner).Collection(name)
		}
		p := c.Properties
		p.Rights = list
		_, err := tx.SetProperties(ctx, c, p)
		return err
	})
}

func TestHomesGranted(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	ids := map[string]store.PrincipalID{}
	for _, name := range []string{"ann", "bob", "cyd", "lr", "lrwipkxtan9", "staff"} {
		ids[name] = newUser(t, db, name).Owner.ID
	}
	for _, name := range []string{"team", "all"} {
		ids[name] = add(t, db, store.Group, name, "").ID
		home(t, db, ids[name])
	}
	ids["room"] = add(t, db, store.Room, "room", "").ID
	home(t, db, ids["room"])
	for group, member := range map[string]string{"team": "bob", "all": "team"} {
		if err := db.AddMember(ctx, ids[group], ids[member]); err != nil {
			t.Fatal(err)
		}
	}
	grant(t, db, ids["ann"], "Default", "owner lrwipkxtan9 bob lr group:staff lr -cyd lr")
	grant(t, db, ids["ann"], "Inbox", "owner lrwipkxtan9 bob lr")
	grant(t, db, ids["bob"], "Default", "owner lrwipkxtan9 bob lr cyd 9")
	grant(t, db, ids["cyd"], "", "owner lrwipkxtan9 group:all lr")
	grant(t, db, ids["room"], "Default", "owner lrwipkxtan9 lr i")
	for who, want := range map[string][]string{
		"bob":         {"all", "ann", "cyd", "team"}, // the homes of his groups are open to them
		"cyd":         {"bob"},
		"ann":         nil,
		"lr":          {"room"}, // whose name looks like letters
		"lrwipkxtan9": nil,
		"staff":       nil, // the entry is a group's
		"team":        {"all", "cyd"},
	} {
		p, err := db.PrincipalByID(ctx, ids[who])
		if err != nil {
			t.Fatal(err)
		}
		got, err := db.HomesGranted(ctx, p)
		if err != nil || !slices.Equal(namesOf(got), want) {
			t.Errorf("%s: got %v, %v, want %v", who, namesOf(got), err, want)
		}
	}
	in(t, db, ids["bob"], func(ctx context.Context, tx *store.Tx) error {
		return tx.DeleteCollection(ctx, tx.Home(ids["bob"]).Collection("Default"))
	})
	if p, err := db.PrincipalByID(ctx, ids["cyd"]); err == nil {
		if got, err := db.HomesGranted(ctx, p); err != nil || len(got) != 0 {
			t.Errorf("the calendar is gone: got %v, %v", namesOf(got), err)
		}
	}
}

// Names in access lists follow the principal that they mean.
func TestNamesInLists(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	ann, bob, lr := newUser(t, a, "ann").Owner.ID, newUser(t, a, "bob").Owner.ID, newUser(t, a, "lr").Owner.ID
	team := add(t, a, store.Group, "team", "").ID
	home(t, a, team)
	grant(t, a, ann, "Default", "owner lrwipkxtan9 lr lr bob lr -bob i group:bob lr group:team lrw anyone 9")
	grant(t, a, ann, "Inbox", "bob lr")
	grant(t, a, bob, "Default", "owner lr bob 9")
	want := func(when string, owner store.PrincipalID, name, want string) {
		t.Helper()
		for i, db := range []*store.DB{a, b} {
			eventually(t, func() bool { return home(t, db, owner).Collection(name).Rights.String() == want })
			in(t, db, owner, func(ctx context.Context, tx *store.Tx) error {
				if got := tx.Home(owner).Collection(name).Rights.String(); got != want {
					t.Errorf("%s: process %d, inside a transaction: got %s, want %s", when, i, got, want)
				}
				return nil
			})
		}
	}
	rename := func(id store.PrincipalID, change func(p *store.NewPrincipal)) {
		t.Helper()
		if _, err := a.UpdatePrincipal(ctx, id, func(p *store.NewPrincipal) error { change(p); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	home(t, b, ann)
	rename(bob, func(p *store.NewPrincipal) { p.Name = "Robert" })
	want("renamed", ann, "Default", "owner lrwipkxtan9 lr lr robert lr -robert i group:bob lr group:team lrw anyone 9")
	want("renamed", ann, "Inbox", "robert lr")
	want("renamed", bob, "Default", "owner lr robert 9")
	rename(team, func(p *store.NewPrincipal) { p.Name = "crew" })
	want("a group renamed", ann, "Default", "owner lrwipkxtan9 lr lr robert lr -robert i group:bob lr group:crew lrw anyone 9")
	want("its own calendar", team, "Default", "group:crew lrwipkxtn9 anyone 9")
	rename(lr, func(p *store.NewPrincipal) { p.DisplayName = "El Ar" })
	rename(lr, func(p *store.NewPrincipal) { p.Kind = store.Group })
	want("a person that became a group", ann, "Default", "owner lrwipkxtan9 robert lr -robert i group:bob lr group:crew lrw anyone 9")
	if err := a.DeletePrincipal(ctx, bob); err != nil {
		t.Fatal(err)
	}
	want("deleted", ann, "Default", "owner lrwipkxtan9 group:bob lr group:crew lrw anyone 9")
	want("deleted", ann, "Inbox", "")
	if err := a.DeletePrincipal(ctx, team); err != nil {
		t.Fatal(err)
	}
	want("a group deleted", ann, "Default", "owner lrwipkxtan9 group:bob lr anyone 9")
}
