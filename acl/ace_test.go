package acl

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func show(aces []ACE) string {
	var parts []string
	for _, a := range aces {
		p := a.Who
		if a.Deny {
			p = "-" + p
		}
		var names []string
		for _, n := range a.Privileges {
			names = append(names, n.String())
		}
		parts = append(parts, p+": "+strings.Join(names, " + "))
	}
	return strings.Join(parts, "; ")
}

// The table "Default WebDAV Privileges by Collection" of Cyrus, read both ways, and the defaults of homes that belong to no person.
func TestDefaults(t *testing.T) {
	regular := "owner: DAV:all + CALDAV:read-free-busy; anyone: CALDAV:read-free-busy"
	for _, c := range []struct {
		owner string
		kind  Kind
		list  string
		aces  string
	}{
		{"user", KindCalendar, "owner lrwipkxtan9 anyone 9", regular},
		{"user", KindHome, "owner lrwipkxtan9 anyone 9", regular},
		{"room", KindCollection, "owner lrwipkxtan9 anyone 9", regular},
		{"resource", KindAttachments, "owner lrwipkxtan anyone lr", "owner: DAV:all; anyone: DAV:read"},
		{"user", KindInbox, "owner lrwipkxtan789 anyone 789", "owner: DAV:all + CALDAV:schedule-deliver; anyone: CALDAV:schedule-deliver"},
		{"user", KindOutbox, "owner lrwipkxtan789", "owner: DAV:all + CALDAV:schedule-send"},
		{"user", KindNotices, "owner lrwipkxtan", "owner: DAV:all"},
		{"group", KindCalendar, "group:us lrwipkxtn9 anyone 9", "group:us: DAV:read + CALDAV:read-free-busy + DAV:write; anyone: CALDAV:read-free-busy"},
		{"group", KindHome, "group:us lrwipkxtn9 anyone 9", "group:us: DAV:read + CALDAV:read-free-busy + DAV:write; anyone: CALDAV:read-free-busy"},
		{"group", KindInbox, "owner lrwipkxtan789 anyone 789", "owner: DAV:all + CALDAV:schedule-deliver; anyone: CALDAV:schedule-deliver"},
		{"public", KindCalendar, "anyone lr9", "anyone: DAV:read + CALDAV:read-free-busy"},
		{"public", KindHome, "anyone lr9", "anyone: DAV:read + CALDAV:read-free-busy"},
		{"public", KindOutbox, "owner lrwipkxtan789", "owner: DAV:all + CALDAV:schedule-send"},
	} {
		l := DefaultsFor(c.owner, "us", c.kind)
		if got, want := l.String(), letterOrder(c.list); got != want {
			t.Errorf("%s of a %s: %q, want %q", c.kind, c.owner, got, want)
		}
		aces := l.ACEs(c.kind)
		if got := show(aces); got != c.aces {
			t.Errorf("%s of a %s: %q, want %q", c.kind, c.owner, got, c.aces)
		}
		back, err := FromACEs(c.kind, aces)
		if err != nil || back.String() != l.String() {
			t.Errorf("%s of a %s: read back as %q, %v", c.kind, c.owner, back, err)
		}
	}
}

func letterOrder(s string) string {
	l, _ := ParseList(s)
	return l.String()
}

func TestFromACEs(t *testing.T) {
	grant := func(who string, p ...Privilege) ACE { return ACE{who, false, p} }
	deny := func(who string, p ...Privilege) ACE { return ACE{who, true, p} }
	for _, c := range []struct {
		name string
		kind Kind
		aces []ACE
		want string
		err  error
	}{
		{"all on a calendar", KindCalendar, []ACE{grant("bob", PrivAll)}, "bob lrwipkxtan", nil},
		{"all on the Inbox", KindInbox, []ACE{grant("bob", PrivAll)}, "bob lrwipkxtan789", nil},
		{"all on the Outbox", KindOutbox, []ACE{grant("bob", PrivAll)}, "bob lrwipkxtan789", nil},
		{"parts", KindCalendar, []ACE{grant("bob", PrivWriteProperties, PrivBind), grant("bob", PrivUnbind)}, "bob wpkxtn", nil},
		{"single letters", KindCalendar, []ACE{grant("bob", PrivAddResource, PrivRemoveResource, PrivAdmin)}, "bob pta", nil},
		{"denied reading is denied busy time", KindCalendar, []ACE{deny("bob", PrivRead), grant("anyone", PrivReadFreeBusy)}, "anyone 9 -bob lr9", nil},
		{"denied reading of attachments", KindAttachments, []ACE{deny("bob", PrivRead), grant("anyone", PrivRead)}, "anyone lr -bob lr", nil},
		{"nothing", KindCalendar, nil, "", nil},
		{"grant before deny", KindCalendar, []ACE{grant("ann", PrivAll), deny("bob", PrivRead)}, "", ErrDenyOrder},
		{"a denial on the Outbox", KindOutbox, []ACE{deny("bob", PrivRead)}, "", ErrGrantOnly},
		{"abstract", KindCalendar, []ACE{grant("bob", PrivReadACL)}, "", ErrAbstract},
		{"abstract below DAV:read", KindCalendar, []ACE{grant("bob", PrivReadCurrentUserPrivilege)}, "", ErrAbstract},
		{"of another kind", KindCalendar, []ACE{grant("bob", PrivScheduleSend)}, "", ErrNotSupported},
		{"no busy time of attachments", KindAttachments, []ACE{grant("bob", PrivReadFreeBusy)}, "", ErrNotSupported},
		{"granted and denied", KindCalendar, []ACE{deny("bob", PrivWrite), grant("bob", PrivWriteContent)}, "", ErrConflict},
		{"granted one, denied another", KindCalendar, []ACE{deny("bob", PrivWrite), grant("bob", PrivRead)}, "bob lr -bob wipkxtn", nil},
		{"a denial in vain", KindCalendar, []ACE{deny("bob", PrivReadFreeBusy), grant("anyone", PrivRead)}, "", ErrConflict},
		{"perhaps in vain", KindCalendar, []ACE{deny("bob", PrivReadFreeBusy), grant("group:all", PrivRead)}, "", ErrConflict},
		{"a denial with effect", KindCalendar, []ACE{deny("bob", PrivReadFreeBusy), grant("owner", PrivAll), grant("anyone", PrivReadFreeBusy)}, "owner lrwipkxtan anyone 9 -bob 9", nil},
	} {
		got, err := FromACEs(c.kind, c.aces)
		if !errors.Is(err, c.err) || err == nil && got.String() != letterOrder(c.want) {
			t.Errorf("%s: %q, %v; want %q, %v", c.name, got, err, c.want, c.err)
		}
	}
}

// What is denied shows even if it is no whole privilege, since one is lost with any of its letters; what grants none does not.
func TestACEsOfHalves(t *testing.T) {
	for list, want := range map[string]string{
		"bob l":       "",
		"bob lrw":     "bob: DAV:read",
		"bob se56":    "",
		"bob 78":      "",
		"-bob l":      "-bob: DAV:read",
		"-bob lr":     "-bob: DAV:read",
		"-bob 9":      "-bob: CALDAV:read-free-busy",
		"-bob wt":     "-bob: DAV:write-properties + CYRUS:remove-resource",
		"-bob se":     "",
		"bob i bob p": "bob: DAV:write-content + CYRUS:add-resource",
	} {
		l, err := ParseList(list)
		if err != nil {
			t.Fatal(err)
		}
		if got := show(l.ACEs(KindCalendar)); got != want {
			t.Errorf("%s: %q, want %q", list, got, want)
		}
	}
}

// Letters, elements and letters again: nothing changes of what elements can say, and elements never change.
func TestACEProperties(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 2))
	for range 20_000 {
		kind := Kinds[rnd.IntN(len(Kinds))]
		aces := randomACEs(rnd, kind)
		list, err := FromACEs(kind, aces)
		if err != nil {
			continue
		}
		shown := list.ACEs(kind)
		back, err := FromACEs(kind, shown)
		if err != nil || !same(back, list) {
			t.Fatalf("%s: %s is %q, which shows as %s and is read back as %q, %v", kind, show(aces), list, show(shown), back, err)
		}
		for _, a := range shown {
			for i := range a.Privileges { // the fewest
				fewer := ACE{a.Who, a.Deny, slices.Delete(slices.Clone(a.Privileges), i, i+1)}
				if p := a.Privileges[i]; p == PrivScheduleDeliver || p == PrivScheduleSend {
					continue // shown beside DAV:all, as the table of default rights has it
				}
				if r, _ := rightsOf(kind, fewer); r.Has(rights(list, a)) {
					t.Fatalf("%s: %s shows as %s, with one too many", kind, list, show(shown))
				}
			}
		}
		for _, who := range []string{"bob", "carol"} { // it means what it says
			s := Subject{Name: who, Groups: []string{"all"}}
			held := Held(kind, list.Of(s))
			for _, p := range []Privilege{PrivRead, PrivReadFreeBusy, PrivWriteProperties, PrivWriteContent, PrivAddResource, PrivMakeCollection,
				PrivRemoveCollection, PrivRemoveResource, PrivAdmin, PrivScheduleDeliverReply, PrivScheduleSendInvite} {
				if want := rfcAllows(kind, aces, s, p); Tree(kind).find(p) != nil && slices.Contains(held, p) != want {
					t.Fatalf("%s: %s is %q: %s holds %s: %v, want %v", kind, show(aces), list, who, p, !want, want)
				}
			}
		}
	}
}

func rights(l List, a ACE) Rights {
	for _, e := range l {
		if e.Who == a.Who && e.Negative == a.Deny {
			return e.Rights
		}
	}
	return 0
}

func randomACEs(rnd *rand.Rand, k Kind) (aces []ACE) {
	who := []string{"anyone", "owner", "bob", "carol", "group:all", "anonymous"}
	denials := rnd.IntN(3)
	if GrantOnly(k) {
		denials = 0
	}
	for i := range denials + 1 + rnd.IntN(3) {
		a := ACE{Who: who[rnd.IntN(len(who))], Deny: i < denials}
		for range 1 + rnd.IntN(3) {
			a.Privileges = append(a.Privileges, Privilege(rnd.IntN(int(numPrivileges))))
		}
		aces = append(aces, a)
	}
	return aces
}

// rfcAllows evaluates access control elements as RFC 3744 section 6 says: in their order, an aggregate standing for all its parts.
func rfcAllows(k Kind, aces []ACE, s Subject, p Privilege) bool {
	for _, a := range aces {
		if !s.is(a.Who) {
			continue
		}
		for _, q := range a.Privileges {
			if Tree(k).find(q).find(p) != nil {
				return !a.Deny
			}
		}
	}
	return false
}

func same(a, b List) bool {
	sorted := func(l List) []string {
		var s []string
		for _, e := range l {
			s = append(s, fmt.Sprint(e.Who, e.Negative, e.Rights))
		}
		slices.Sort(s)
		return s
	}
	return slices.Equal(sorted(a), sorted(b))
}

// What is held is what the table says, whole and in parts.
func TestHeld(t *testing.T) {
	names := func(p []Privilege) string {
		var s []string
		for _, x := range p {
			s = append(s, x.Local())
		}
		return strings.Join(s, " ")
	}
	for _, c := range []struct {
		kind   Kind
		rights string
		want   string
	}{
		{KindCalendar, "", ""},
		{KindCalendar, "l", ""},
		{KindCalendar, "9", "read-free-busy"},
		{KindCalendar, "lr", "read read-current-user-privilege-set read-free-busy"},
		{KindCalendar, "lrwipkxtan", "all read read-current-user-privilege-set read-free-busy write write-properties write-content bind add-resource " +
			"make-collection unbind remove-collection remove-resource admin read-acl write-acl share unlock"},
		{KindCalendar, "wnit", "write-properties write-content remove-resource"},
		{KindCalendar, "78", ""},
		{KindAttachments, "lr9", "read read-current-user-privilege-set"},
		{KindInbox, "789", "schedule-deliver schedule-query-freebusy schedule-deliver-invite schedule-deliver-reply"},
		{KindInbox, "7", "schedule-deliver-reply"},
		{KindOutbox, "89", "schedule-send-freebusy schedule-send-invite"},
		{KindOutbox, "a", "admin read-acl write-acl share unlock"},
	} {
		r, err := ParseRights(c.rights)
		if err != nil {
			t.Fatal(err)
		}
		if got := names(Held(c.kind, r)); got != c.want {
			t.Errorf("%s %s: %q, want %q", c.kind, c.rights, got, c.want)
		}
	}
}

// Each action that is checked is allowed exactly to those who hold the privilege that its refusal names.
func TestActionsAndPrivileges(t *testing.T) {
	for r := range Rights(1 << len(Letters)) {
		if r&inert != 0 {
			continue
		}
		on := map[Kind][]Privilege{KindCalendar: Held(KindCalendar, r), KindInbox: Held(KindInbox, r), KindOutbox: Held(KindOutbox, r)}
		for _, a := range Actions() {
			held := on[KindCalendar]
			switch a {
			case AskBusy, SendInvite, SendReply:
				held = on[KindOutbox]
			case DeliverInvite, DeliverReply:
				held = on[KindInbox]
			}
			if got, want := Check(r, a) == Allowed, slices.Contains(held, a.Privilege()); got != want {
				t.Fatalf("%s: %s allowed: %v, held: %v", r, a.Privilege(), got, want)
			}
		}
	}
}

func TestKeepInert(t *testing.T) {
	before, _ := ParseList("owner lrse56 bob lr5 -bob e")
	after, _ := ParseList("owner lr carol lr -bob i")
	if got, want := after.KeepInert(before).String(), "owner lrse56 carol lr -bob ie"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if after.String() != "owner lr carol lr -bob i" {
		t.Errorf("the list itself changed: %q", after)
	}
}

func TestPrivilegeByName(t *testing.T) {
	for p := range numPrivileges {
		if got, ok := PrivilegeByName(p.Space(), p.Local()); !ok || got != p {
			t.Errorf("%s: %v, %v", p, got, ok)
		}
	}
	if _, ok := PrivilegeByName("DAV:", "read-free-busy"); ok {
		t.Error("a name in the wrong namespace is known")
	}
}
