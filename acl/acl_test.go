package acl

import "testing"

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

// Strangers have to find a fresh home invisible.
func TestDefaults(t *testing.T) {
	stranger, owner := Subject{Name: "bob", Groups: []string{"staff"}}, Subject{Name: "ann", Owner: true}
	for name, l := range map[string]List{
		"calendar": DefaultCalendar, "home": DefaultHome, "inbox": DefaultInbox, "outbox": DefaultOutbox, "attachments": DefaultAttachments,
	} {
		for a := ReadResource; a <= RemoveResource; a++ {
			if got := Check(l.Of(stranger), a); got != Hidden {
				t.Errorf("%s: a stranger's %s is %v, want hidden", name, a.Privilege(), got)
			}
			if got := Check(l.Of(Subject{}), a); got != Hidden {
				t.Errorf("%s: the anonymous' %s is %v, want hidden", name, a.Privilege(), got)
			}
			if got := Check(l.Of(owner), a); got != Allowed {
				t.Errorf("%s: the owner's %s is %v, want allowed", name, a.Privilege(), got)
			}
		}
	}
}
