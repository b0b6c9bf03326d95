package store_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

func add(t testing.TB, db *store.DB, kind store.PrincipalKind, name, display string, addresses ...string) *store.Principal {
	t.Helper()
	p, err := db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: kind, Name: name, DisplayName: display, Addresses: addresses})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPrincipals(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	ann := add(t, db, store.User, " Ann@Example.com", "Ann Ö.", "ann@example.com", "MAILTO:Ann.Other@Example.com", "mailto:ann@example.com")
	if ann.Name != "ann@example.com" || !slices.Equal(ann.Addresses, []string{"mailto:ann@example.com", "mailto:ann.other@example.com"}) {
		t.Errorf("got %+v", ann)
	}
	if p, err := db.Principal(ctx, store.User, "ANN@example.com"); err != nil || p.ID != ann.ID {
		t.Errorf("by name: got %v, %v", p, err)
	}
	if _, err := db.Principal(ctx, store.Room, "ann@example.com"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("as a room: got %v", err)
	}
	if p, err := db.PrincipalByAddress(ctx, "mailto:Ann.Other%40example.com"); err != nil || p.ID != ann.ID {
		t.Errorf("by address: got %v, %v", p, err)
	}
	if _, err := db.CreatePrincipal(ctx, store.NewPrincipal{Kind: store.Room, Name: "ann@example.com"}); !errors.Is(err, store.ErrExists) {
		t.Errorf("a room of that name: got %v", err)
	}
	_, err := db.CreatePrincipal(ctx, store.NewPrincipal{Kind: store.User, Name: "bob", Addresses: []string{"bob@example.com", "ann.other@example.com"}})
	var taken *store.AddressTaken
	if !errors.As(err, &taken) || taken.Holder != ann.Name || taken.Address != "mailto:ann.other@example.com" {
		t.Errorf("an address that is taken: got %v", err)
	}
	if _, err := db.PrincipalByName(ctx, "bob"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("he must not exist: got %v", err)
	}
	bob := add(t, db, store.User, "bob", "", "bob@example.com")
	_, err = db.UpdatePrincipal(ctx, bob.ID, func(p *store.NewPrincipal) error { p.Addresses = append(p.Addresses, "ann@example.com"); return nil })
	if !errors.As(err, &taken) || taken.Holder != ann.Name {
		t.Errorf("taking an address over: got %v", err)
	}
	bob, err = db.UpdatePrincipal(ctx, bob.ID, func(p *store.NewPrincipal) error { p.Name, p.Admin = "Robert", true; return nil })
	if err != nil || bob.Name != "robert" || !bob.Admin || len(bob.Addresses) != 1 {
		t.Errorf("got %+v, %v", bob, err)
	}
	if _, err := db.PrincipalByName(ctx, "bob"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the old name: got %v", err)
	}
}

func TestDeletePrincipal(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	h := newUser(t, db, "ann")
	put(t, db, h.Collection("Default"), event("a", 1))
	if err := db.SetPassword(ctx, h.Owner.ID, "x"); err != nil {
		t.Fatal(err)
	}
	if err := db.DeletePrincipal(ctx, h.Owner.ID); err != nil {
		t.Fatal(err)
	}
	if err := db.DeletePrincipal(ctx, h.Owner.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("again: got %v", err)
	}
	if c, err := db.Counts(ctx); err != nil || c != (store.Counts{}) {
		t.Errorf("left over: %+v, %v", c, err)
	}
	if _, err := db.Home(ctx, h.Owner.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the home: got %v", err)
	}
	if err := putOne(ctx, db, h.Collection("Default"), event("b", 1)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("putting: got %v", err)
	}
}

var names = []struct{ in, want string }{
	{"ann", "ann"}, {"  Ann ", "ann"}, {"ann@example.com", "ann@example.com"}, {"jürgen", "jürgen"}, {"JÜRGEN", "jürgen"}, {"a.b_c+d", "a.b_c+d"},
	{"", ""}, {"a b", ""}, {"a/b", ""}, {"-ann", ""}, {"group:x", ""}, {"anyone", ""}, {"Owner", ""}, {"..", ""}, {"a\x00", ""}, {"a\xff", ""}, {strings.Repeat("a", 256), ""},
}

func TestNormalizeName(t *testing.T) {
	for _, c := range names {
		got, err := store.NormalizeName(c.in)
		if got != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, store.ErrBadName) {
			t.Errorf("NormalizeName(%q) = %q, %v, want %q", c.in, got, err, c.want)
		}
	}
}

var addresses = []struct{ in, want string }{
	{"ann@example.com", "mailto:ann@example.com"},
	{"MAILTO:Ann@Example.COM", "mailto:ann@example.com"},
	{"mailto:ann%40example.com?subject=x", "mailto:ann@example.com"},
	{"urn:uuid:ABC", "urn:uuid:ABC"},
	{"https://example.com/Ann/", "https://example.com/Ann/"},
	{"/dav/principals/user/ann/", "/dav/principals/user/ann/"},
	{"", ""}, {"ann", ""}, {"mailto:", ""}, {"mailto:@b", ""}, {"a@b@c", ""}, {"a b@c", ""}, {"mailto:a@", ""}, {"urn:", ""},
}

func TestNormalizeAddress(t *testing.T) {
	for _, c := range addresses {
		got, err := store.NormalizeAddress(c.in)
		if got != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, store.ErrBadAddress) {
			t.Errorf("NormalizeAddress(%q) = %q, %v, want %q", c.in, got, err, c.want)
		}
	}
}

func FuzzNormalizeAddress(f *testing.F) {
	for _, c := range addresses {
		f.Add(c.in)
	}
	f.Fuzz(func(t *testing.T, in string) {
		once, err := store.NormalizeAddress(in)
		if err != nil {
			return
		}
		if p := (&store.Principal{Addresses: []string{once}}); !p.Is(in) {
			t.Fatalf("who has %q is not %q", once, in)
		}
		if twice, err := store.NormalizeAddress(once); err != nil || twice != once {
			t.Errorf("%q becomes %q, and that %q, %v", in, once, twice, err)
		}
	})
}

func TestSearch(t *testing.T) {
	db := storetest.New(t)
	add(t, db, store.User, "ann", "Ann Ödegård", "ann@example.com", "urn:x:ann")
	add(t, db, store.User, "bob", "", "robert@example.com")
	add(t, db, store.Room, "room-1", "The 100%_room", "r1@rooms.example.com")
	add(t, db, store.Group, "staff", "All staff")
	match := func(f store.Field, h store.How, text string) store.Match {
		return store.Match{Field: f, How: h, Text: text}
	}
	for _, c := range []struct {
		name   string
		filter store.Filter
		want   string
	}{
		{"all", store.Filter{}, "ann bob room-1 staff"},
		{"paged", store.Filter{After: "ann", Limit: 2}, "bob room-1"},
		{"of a kind", store.Filter{Kinds: []store.PrincipalKind{store.Room, store.Group}}, "room-1 staff"},
		{"without regard to case", store.Filter{Match: []store.Match{match(store.FieldDisplayName, store.Contains, "ÖDEG")}}, "ann"},
		{"the name stands in", store.Filter{Match: []store.Match{match(store.FieldDisplayName, store.Equals, "Bob")}}, "bob"},
		{"address", store.Filter{Match: []store.Match{match(store.FieldAddress, store.StartsWith, "robert@")}}, "bob"},
		{"address as a URI", store.Filter{Match: []store.Match{match(store.FieldAddress, store.Equals, "mailto:ROBERT@example.com")}}, "bob"},
		{"end of an address", store.Filter{Match: []store.Match{match(store.FieldAddress, store.EndsWith, "@example.com")}}, "ann bob"},
		{"wildcards are letters", store.Filter{Match: []store.Match{match(store.FieldDisplayName, store.Contains, "%_")}}, "room-1"},
		{"both", store.Filter{Match: []store.Match{match(store.FieldName, store.Contains, "a"), match(store.FieldAddress, store.Contains, "ann")}}, "ann"},
		{"either", store.Filter{Any: true, Match: []store.Match{match(store.FieldName, store.Equals, "bob"), match(store.FieldDisplayName, store.StartsWith, "all")}}, "bob staff"},
		{"any field", store.Filter{Match: []store.Match{match(store.FieldAny, store.Contains, "ro")}}, "bob room-1"},
		{"a type", store.Filter{Match: []store.Match{match(store.FieldType, store.Equals, "ROOM")}}, "room-1"},
		{"a type of another name than the kind", store.Filter{Match: []store.Match{match(store.FieldType, store.StartsWith, "individual")}}, "ann bob"},
		{"nobody", store.Filter{Match: []store.Match{match(store.FieldAny, store.Contains, "zzz")}}, ""},
	} {
		var got []string
		if err := db.Principals(t.Context(), c.filter, func(p *store.Principal) error { got = append(got, p.Name); return nil }); err != nil {
			t.Fatal(err)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %v, want %s", c.name, got, c.want)
		}
	}
}

func TestGroups(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	ann := add(t, db, store.User, "ann", "")
	all, staff, board := add(t, db, store.Group, "all", ""), add(t, db, store.Group, "staff", ""), add(t, db, store.Group, "board", "")
	for _, m := range [][2]store.PrincipalID{{all.ID, staff.ID}, {staff.ID, board.ID}, {board.ID, ann.ID}, {board.ID, ann.ID}} {
		if err := db.AddMember(ctx, m[0], m[1]); err != nil {
			t.Fatal(err)
		}
	}
	p, err := db.PrincipalByID(ctx, ann.ID)
	if err != nil || !slices.Equal(p.Groups, []string{"all", "staff", "board"}) || !slices.Equal(p.MemberOf, []store.PrincipalID{all.ID, staff.ID, board.ID}) {
		t.Errorf("ann is in %v, %v", p.Groups, err)
	}
	for _, c := range []struct {
		group, member store.PrincipalID
		want          error
	}{{board.ID, all.ID, store.ErrGroupCycle}, {all.ID, all.ID, store.ErrGroupCycle}, {ann.ID, all.ID, store.ErrNotGroup}, {all.ID, 4711, store.ErrNotFound}, {4711, ann.ID, store.ErrNotFound}} {
		if err := db.AddMember(ctx, c.group, c.member); !errors.Is(err, c.want) {
			t.Errorf("AddMember(%d, %d): got %v, want %v", c.group, c.member, err, c.want)
		}
	}
	if err := db.SetMembers(ctx, all.ID, []store.PrincipalID{ann.ID, board.ID}); err != nil {
		t.Fatal(err)
	}
	members, err := db.Members(ctx, all.ID)
	if err != nil || len(members) != 2 || members[0].Name != "ann" || members[1].Name != "board" {
		t.Errorf("got %v, %v", members, err)
	}
	if err := db.RemoveMember(ctx, board.ID, ann.ID); err != nil {
		t.Fatal(err)
	}
	if err := db.RemoveMember(ctx, board.ID, ann.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("removing again: got %v", err)
	}
	if in, err := db.MemberOf(ctx, ann.ID); err != nil || len(in) != 1 || in[0].Name != "all" {
		t.Errorf("got %v, %v", in, err)
	}
}

func TestImportPrincipals(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	ann := add(t, db, store.User, "ann", "Old", "ann@example.com")
	created, updated, err := db.ImportPrincipals(ctx, []store.NewPrincipal{
		{Kind: store.User, Name: "Ann", DisplayName: "New", Addresses: []string{"ann@example.com"}, PasswordHash: "hash"},
		{Kind: store.Room, Name: "room", Addresses: []string{"room@example.com"}},
	})
	if err != nil || created != 1 || updated != 1 {
		t.Fatalf("got %d, %d, %v", created, updated, err)
	}
	if p, err := db.PrincipalByName(ctx, "ann"); err != nil || p.ID != ann.ID || p.DisplayName != "New" {
		t.Errorf("got %+v, %v", p, err)
	}
	if c, err := db.Credentials(ctx, ann.ID); err != nil || len(c) != 1 || c[0].Hash != "hash" {
		t.Errorf("got %v, %v", c, err)
	}
	_, _, err = db.ImportPrincipals(ctx, []store.NewPrincipal{{Kind: store.User, Name: "new"}, {Kind: store.User, Name: "bad", Addresses: []string{"ann@example.com"}}})
	if !errors.Is(err, store.ErrAddressTaken) || !strings.Contains(err.Error(), "ann") {
		t.Errorf("got %v", err)
	}
	if _, err := db.PrincipalByName(ctx, "new"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("half an import: got %v", err)
	}
}

func TestCredentials(t *testing.T) {
	now := begin
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
	ctx := t.Context()
	ann := add(t, db, store.User, "ann", "").ID
	for _, hash := range []string{"one", "two"} {
		if err := db.SetPassword(ctx, ann, hash); err != nil {
			t.Fatal(err)
		}
	}
	phone, err := db.AddAppPassword(ctx, ann, "phone", "three", begin.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		now = now.Add(25 * time.Minute)
		if err := db.TouchCredential(ctx, ann, phone.ID); err != nil {
			t.Fatal(err)
		}
	}
	list, err := db.Credentials(ctx, ann)
	if err != nil || len(list) != 2 || list[0].Kind != store.Password || list[0].Hash != "two" || !list[0].LastUsed.IsZero() || !list[0].Expires.IsZero() {
		t.Fatalf("got %+v, %v", list, err)
	}
	if c := list[1]; c.Label != "phone" || !c.Expires.Equal(begin.Add(time.Hour)) || !c.LastUsed.Equal(begin.Add(25*time.Minute)) {
		t.Errorf("got %+v", c)
	}
	if err := db.RevokeAppPassword(ctx, ann, list[0].ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoking the password: got %v", err)
	}
	if err := db.RevokeAppPassword(ctx, ann, phone.ID); err != nil {
		t.Fatal(err)
	}
	if err := db.SetPassword(ctx, 4711, "x"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody's password: got %v", err)
	}
	if _, err := db.AddAppPassword(ctx, 4711, "", "x", time.Time{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nobody's app password: got %v", err)
	}
}

func TestLoginFailures(t *testing.T) {
	now := begin
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return now }})
	ctx := t.Context()
	double := func(n int) time.Duration { return time.Second << n }
	for want := 1; want <= 3; want++ {
		n, until, err := db.RecordLoginFailure(ctx, "ann", double)
		if err != nil || n != want || !until.Equal(now.Add(double(want))) {
			t.Fatalf("failure %d: got %d, %v, %v", want, n, until, err)
		}
	}
	if until, err := db.LoginBlockedUntil(ctx, "ann"); err != nil || !until.Equal(now.Add(8*time.Second)) {
		t.Errorf("got %v, %v", until, err)
	}
	if until, err := db.LoginBlockedUntil(ctx, "bob"); err != nil || !until.IsZero() {
		t.Errorf("got %v, %v", until, err)
	}
	now = now.Add(25 * time.Hour)
	if n, _, err := db.RecordLoginFailure(ctx, "ann", double); err != nil || n != 1 {
		t.Errorf("a day later: got %d, %v", n, err)
	}
	if err := db.ClearLoginFailures(ctx, "ann"); err != nil {
		t.Fatal(err)
	}
	if until, err := db.LoginBlockedUntil(ctx, "ann"); err != nil || !until.IsZero() {
		t.Errorf("got %v, %v", until, err)
	}
}

func TestSettings(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	if _, err := db.Setting(ctx, "x"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v", err)
	}
	for _, v := range []string{"1", "2"} {
		if err := db.SetSetting(ctx, "x", v); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Setting(ctx, "x"); err != nil || got != v {
			t.Errorf("got %q, %v", got, err)
		}
	}
	one, err := db.ServerID(ctx)
	if two, err2 := db.ServerID(ctx); err != nil || err2 != nil || one == "" || one != two {
		t.Errorf("got %q, %v and %q, %v", one, err, two, err2)
	}
}
