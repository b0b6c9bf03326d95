package store_test

import (
	"errors"
	"slices"
	"testing"

	"convene/store"
	"convene/store/storetest"
)

func namesOf(list []*store.Principal) (names []string) {
	for _, p := range list {
		names = append(names, p.Name)
	}
	return names
}

func TestDelegates(t *testing.T) {
	a, b := two(t)
	ctx := t.Context()
	ids := map[string]store.PrincipalID{}
	for _, name := range []string{"ann", "bob", "cyd", "dan"} {
		ids[name] = add(t, a, store.User, name, "").ID
	}
	for _, name := range []string{"staff", "all"} {
		ids[name] = add(t, a, store.Group, name, "").ID
	}
	ids["room"] = add(t, a, store.Room, "room", "").ID
	for group, member := range map[string]string{"staff": "cyd", "all": "staff"} {
		if err := a.AddMember(ctx, ids[group], ids[member]); err != nil {
			t.Fatal(err)
		}
	}
	lists := func(when string, readers, writers []string) {
		t.Helper()
		for writes, want := range map[bool][]string{false: readers, true: writers} {
			got, err := a.Delegates(ctx, ids["ann"], writes)
			if err != nil || !slices.Equal(namesOf(got), want) {
				t.Errorf("%s: delegates of ann (writes %v): got %v, %v, want %v", when, writes, namesOf(got), err, want)
			}
		}
	}
	// for whom somebody reads and writes, as both processes see it
	may := func(when, who string, reads, writes []string) {
		t.Helper()
		sorted := func(names []string) (list []store.PrincipalID) {
			for _, n := range names {
				list = append(list, ids[n])
			}
			slices.Sort(list)
			return list
		}
		for i, db := range []*store.DB{a, b} {
			eventually(t, func() bool {
				p, err := db.PrincipalByID(ctx, ids[who])
				return err == nil && slices.Equal(p.ReadsFor, sorted(append(slices.Clone(reads), writes...))) && slices.Equal(p.WritesFor, sorted(writes))
			})
			for w, want := range map[bool][]string{false: reads, true: writes} {
				if got, err := db.DelegatesFor(ctx, ids[who], w); err != nil || !slices.Equal(namesOf(got), want) {
					t.Errorf("%s: process %d: %s is a delegate (writes %v) for %v, %v, want %v", when, i, who, w, namesOf(got), err, want)
				}
			}
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	lists("at first", nil, nil)
	may("at first", "bob", nil, nil)

	must(a.SetDelegates(ctx, ids["ann"], false, []store.PrincipalID{ids["bob"], ids["all"]}))
	lists("readers", []string{"all", "bob"}, nil)
	may("readers", "bob", []string{"ann"}, nil)
	may("by way of groups", "cyd", []string{"ann"}, nil)
	may("neither", "dan", nil, nil)

	must(a.SetDelegates(ctx, ids["ann"], true, []store.PrincipalID{ids["bob"]}))
	lists("bob moved", []string{"all"}, []string{"bob"})
	may("bob moved", "bob", nil, []string{"ann"})

	must(b.AddDelegate(ctx, ids["ann"], ids["bob"], false))
	must(b.AddDelegate(ctx, ids["dan"], ids["bob"], true))
	lists("bob moved back", []string{"all", "bob"}, nil)
	may("for two", "bob", []string{"ann"}, []string{"dan"})

	must(a.AddMember(ctx, ids["staff"], ids["ann"])) // nobody is a delegate for itself
	may("ann in her delegates' group", "ann", nil, nil)

	must(a.RemoveDelegate(ctx, ids["ann"], ids["bob"]))
	lists("bob removed", []string{"all"}, nil)
	may("bob removed", "bob", nil, []string{"dan"})
	if err := a.RemoveDelegate(ctx, ids["ann"], ids["bob"]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("removing again: got %v", err)
	}

	for _, c := range []struct {
		owner, delegate store.PrincipalID
		want            error
	}{
		{ids["ann"], ids["ann"], store.ErrBadDelegate},
		{ids["ann"], ids["room"], store.ErrBadDelegate},
		{ids["ann"], 9999, store.ErrNotFound},
		{9999, ids["ann"], store.ErrNotFound},
	} {
		if err := a.AddDelegate(ctx, c.owner, c.delegate, true); !errors.Is(err, c.want) {
			t.Errorf("AddDelegate(%d, %d): got %v, want %v", c.owner, c.delegate, err, c.want)
		}
		if err := a.SetDelegates(ctx, c.owner, false, []store.PrincipalID{c.delegate}); !errors.Is(err, c.want) {
			t.Errorf("SetDelegates(%d, %d): got %v, want %v", c.owner, c.delegate, err, c.want)
		}
	}
	lists("nothing of what fails stays", []string{"all"}, nil)

	must(a.DeletePrincipal(ctx, ids["all"]))
	lists("the group is gone", nil, nil)
	may("the group is gone", "cyd", nil, nil)
	must(a.DeletePrincipal(ctx, ids["dan"]))
	may("dan is gone", "bob", nil, nil)
}

func TestKeepPrivate(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	p := add(t, db, store.User, "ann", "")
	if p.KeepPrivate {
		t.Error("it is set by default")
	}
	p, err := db.UpdatePrincipal(ctx, p.ID, func(in *store.NewPrincipal) error { in.KeepPrivate = true; return nil })
	if err != nil || !p.KeepPrivate {
		t.Errorf("set: got %+v, %v", p, err)
	}
	p, err = db.UpdatePrincipal(ctx, p.ID, func(in *store.NewPrincipal) error { in.DisplayName = "Ann"; return nil })
	if err != nil || !p.KeepPrivate {
		t.Errorf("after another change: got %+v, %v", p, err)
	}
}

// Who manages a room writes in its calendars as a delegate does, by way of groups too.
func TestManager(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	ann, bob := newUser(t, db, "ann").Owner, newUser(t, db, "bob").Owner
	group, err := db.CreatePrincipal(ctx, store.NewPrincipal{Kind: store.Group, Name: "keepers"})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.AddMember(ctx, group.ID, bob.ID); err != nil {
		t.Fatal(err)
	}
	managed := func(manager store.PrincipalID, kind store.PrincipalKind, name string) store.PrincipalID {
		p, err := db.CreatePrincipal(ctx, store.NewPrincipal{Kind: kind, Name: name, Manager: manager})
		if err != nil {
			t.Fatal(err)
		}
		return p.ID
	}
	attic, bikes := managed(ann.ID, store.Room, "attic"), managed(group.ID, store.Resource, "bikes")
	managed(ann.ID, store.User, "cat") // has a manager of another sort
	for _, test := range []struct {
		who  *store.Principal
		want store.PrincipalID
	}{{ann, attic}, {bob, bikes}} {
		p, err := db.PrincipalByID(ctx, test.who.ID)
		if err != nil || !slices.Equal(p.WritesFor, []store.PrincipalID{test.want}) || !slices.Equal(p.ReadsFor, []store.PrincipalID{test.want}) {
			t.Errorf("%s writes for %v, want %d, %v", test.who.Name, p.WritesFor, test.want, err)
		}
		if list, err := db.DelegatesFor(ctx, test.who.ID, true); err != nil || len(list) != 1 || list[0].ID != test.want {
			t.Errorf("%s is delegate of %v, %v", test.who.Name, list, err)
		}
	}
	if list, err := db.DelegatingTo(ctx, ann.ID, true); err != nil || len(list) != 1 || list[0].ID != attic {
		t.Errorf("ann is delegate of %v, %v", list, err)
	}
	if list, err := db.DelegatingTo(ctx, ann.ID, false); err != nil || len(list) != 0 {
		t.Errorf("ann reads for %v, %v", list, err)
	}
}
