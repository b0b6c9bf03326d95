package acl

import (
	"strings"
	"testing"
)

func TestParseRights(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""}, {"lr", "lr"}, {"rl", "lr"}, {"llrr", "lr"}, {"987e", "e789"}, {"lrswipkxtane789", "lrswipkxtane789"},
	} {
		r, err := ParseRights(c.in)
		if err != nil || r.String() != c.want {
			t.Errorf("ParseRights(%q) = %q, %v; want %q", c.in, r, err, c.want)
		}
	}
	for _, in := range []string{"z", "lr!", "L", "lrä"} {
		if r, err := ParseRights(in); err == nil {
			t.Errorf("ParseRights(%q) = %q, want an error", in, r)
		}
	}
}

func TestListRoundTrip(t *testing.T) {
	for _, s := range []string{"", "owner lr", "owner lrwipkxtane9 anyone 9", "ann lr -bob lr group:staff l"} {
		l, err := ParseList(s)
		if err != nil || l.String() != s {
			t.Errorf("ParseList(%q) = %q, %v", s, l, err)
		}
	}
	for _, s := range []string{"ann", "ann lr bob", "ann lrq"} {
		if l, err := ParseList(s); err == nil {
			t.Errorf("ParseList(%q) = %q, want an error", s, l)
		}
	}
}

func TestOf(t *testing.T) {
	for _, c := range []struct {
		name, list string
		who        Subject
		want       string
	}{
		{"nobody is named", "", Subject{Name: "ann"}, ""},
		{"by name", "ann lr bob lri", Subject{Name: "ann"}, "lr"},
		{"names add up with anyone", "ann l anyone 9", Subject{Name: "ann"}, "l9"},
		{"anonymous is anyone", "anyone 9", Subject{}, "9"},
		{"anonymous by that word", "anonymous l", Subject{}, "l"},
		{"a named one is not anonymous", "anonymous l", Subject{Name: "ann"}, ""},
		{"the owner", "owner lr", Subject{Name: "ann", Owner: true}, "lr"},
		{"a group", "group:staff lr", Subject{Name: "ann", Groups: []string{"all", "staff"}}, "lr"},
		{"a user is no group", "staff lr", Subject{Name: "ann", Groups: []string{"staff"}}, ""},
		{"negative entries take away", "anyone lr -ann r", Subject{Name: "ann"}, "l"},
		{"whatever the order", "-ann r anyone lr", Subject{Name: "ann"}, "l"},
		{"the admin has all", "-root lr", Subject{Name: "root", Admin: true}, "lrwipkxtan789"},
	} {
		l, err := ParseList(c.list)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Of(c.who).String(); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		rights string
		action Action
		want   Decision
	}{
		{"lr", ReadResource, Allowed},
		{"l", ReadResource, Denied},
		{"r", ReadResource, Hidden},
		{"9", ReadResource, Hidden},
		{"9", ReadBusy, Allowed},
		{"lr", ReadBusy, Allowed},
		{"l", ReadBusy, Denied},
		{"lri", WriteContent, Allowed},
		{"lr", WriteContent, Denied},
		{"9", WriteContent, Hidden},
		{"lre", RemoveResource, Denied},
		{"lrt", RemoveResource, Allowed},
		{"lrw", WriteProperties, Denied},
		{"lrwn", WriteProperties, Allowed},
		{"lrk", MakeCollection, Allowed},
		{"lrx", RemoveCollection, Allowed},
		{"lrp", AddMember, Allowed},
		{"9", AskBusy, Allowed},
		{"78", AskBusy, Hidden},
		{"8", SendInvite, Allowed},
		{"lr79", SendInvite, Denied},
		{"7", SendReply, Allowed},
		{"89", SendReply, Hidden},
		{"8", DeliverInvite, Allowed},
		{"79", DeliverInvite, Hidden},
		{"7", DeliverReply, Allowed},
		{"lr8", DeliverReply, Denied},
	} {
		r, err := ParseRights(c.rights)
		if err != nil {
			t.Fatal(err)
		}
		if got := Check(r, c.action); got != c.want {
			t.Errorf("Check(%s, %s) = %v, want %v", c.rights, c.action.Privilege(), got, c.want)
		}
	}
}

// A denial of what one may do tells nobody who has no right to look up that there is something.
func TestHidden(t *testing.T) {
	for _, a := range Actions() {
		if got := Check(0, a); got != Hidden {
			t.Errorf("%s without rights: %v, want hidden", a.Privilege(), got)
		}
		if got := Check(Lookup, a); got != Denied {
			t.Errorf("%s with l: %v, want denied", a.Privilege(), got)
		}
		if got := Check(All, a); got != Allowed {
			t.Errorf("%s with all: %v, want allowed", a.Privilege(), got)
		}
	}
}

func TestParseInput(t *testing.T) {
	for _, in := range []string{"", "lrswipkxtan789", "987", "lrlr", "e"} {
		if r, err := ParseInput(in); err != nil || len(r.String()) > len(in) {
			t.Errorf("ParseInput(%q) = %q, %v", in, r, err)
		}
	}
	for in, names := range map[string]string{"lr5": "'5'", "6": "'6'", "lrq": "'q'", "L": "'L'", "0": "'0'", "lr ": "' '", "lr\x80": "'\ufffd'"} {
		if r, err := ParseInput(in); err == nil || !strings.Contains(err.Error(), names) {
			t.Errorf("ParseInput(%q) = %q, %v; want an error that names %s", in, r, err, names)
		}
	}
	if known, unknown := SplitRights("lrcdz5dc"); known.String() != "lr5" || unknown != "cdz" {
		t.Errorf("SplitRights: %s, %q", known, unknown)
	}
}

func TestEntries(t *testing.T) {
	for _, c := range []struct{ who, rights, want string }{
		{"ann", "lr", "ann lr"}, {"-group:staff", "t", "-group:staff t"}, {"anyone", "9", "anyone 9"},
		{"", "lr", ""}, {"-", "lr", ""}, {"--ann", "lr", ""}, {"group:", "lr", ""}, {"an n", "lr", ""}, {"ann", "lr5", ""},
	} {
		e, err := ParseEntry(c.who, c.rights)
		if got := (List{e}).String(); (err != nil) != (c.want == "") || err == nil && got != c.want {
			t.Errorf("ParseEntry(%q, %q) = %q, %v; want %q", c.who, c.rights, got, err, c.want)
		}
	}
	l, _ := ParseList("owner lr bob l -bob t bob r anyone 9")
	for _, c := range []struct{ who, rights, want string }{
		{"bob", "i", "owner lr bob i -bob t anyone 9"},
		{"bob", "", "owner lr -bob t anyone 9"},
		{"-bob", "", "owner lr bob l bob r anyone 9"},
		{"carol", "lr", "owner lr bob l -bob t bob r anyone 9 carol lr"},
	} {
		e, err := ParseEntry(c.who, c.rights)
		if err != nil {
			t.Fatal(err)
		}
		if got := l.With(e).String(); got != c.want {
			t.Errorf("with %s %s: %q, want %q", c.who, c.rights, got, c.want)
		}
	}
	if got, want := l.Merged().String(), "owner lr bob lr -bob t anyone 9"; got != want {
		t.Errorf("merged: %q, want %q", got, want)
	}
}

func FuzzParseList(f *testing.F) {
	for _, s := range []string{"", "owner lrwipkxtan9 anyone 9", "-bob lr5 group:staff e", "ann", "a lr\x00 b z", "- l", "\u00a0 l"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		l, err := ParseList(s)
		if err != nil {
			return
		}
		again, err := ParseList(l.String())
		if err != nil || again.String() != l.String() || len(again) != len(l) {
			t.Errorf("%q is printed %q and read again as %q, %v", s, l, again, err)
		}
		for _, k := range Kinds {
			if back, err := FromACEs(k, l.ACEs(k)); err == nil && len(back) > len(l) {
				t.Errorf("%q: %q", l, back)
			}
		}
	})
}
