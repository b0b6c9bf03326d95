package caldav

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// principalsOf is an acl-principal-prop-set with a name.
var principalsOf = wrap("D:acl-principal-prop-set", "<D:prop><D:displayname/></D:prop>")

// RFC 3744 section 9.2: the principals that are named by URL or as the owner, each once.
func TestACLPrincipalPropSet(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	s.setRights("Default", "owner lrwipkxtan9 ann r anyone 9 anonymous lr bob lr -bob 9 group:staff lr attic 9 gone lr")
	if err := s.db.AddDelegate(t.Context(), s.named("ann").ID, s.named("bob").ID, false); err != nil {
		t.Fatal(err)
	}
	want := []string{"/dav/principals/group/staff/", "/dav/principals/room/attic/", annPrincipal, annPrincipal + "calendar-proxy-read/", "/dav/principals/user/bob/"}
	for _, path := range []string{annDefault, annDefault + "a.ics"} {
		a := s.do("ann", "REPORT", path, principalsOf, "Depth: 0")
		got := a.hrefs()
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q\n%s", path, got, want, a.body)
		}
		if p, _ := a.multistatus().response("/dav/principals/user/bob/").prop("displayname"); p.Text != "Bob Example" {
			t.Errorf("%s: bob's name is %q", path, p.Text)
		}
	}
	s.do("ann", "REPORT", annDefault, principalsOf, "Depth: infinity").want(http.StatusBadRequest)
	s.do("ann", "REPORT", annPrincipal, principalsOf).refused(http.StatusForbidden, "supported-report")
	a := s.do("bob", "REPORT", annDefault, principalsOf).refused(http.StatusForbidden, "need-privileges")
	if !strings.Contains(a.body, "<D:read-acl/>") {
		t.Errorf("want DAV:read-acl in\n%s", a.body)
	}
	if err := s.db.RemoveDelegate(t.Context(), s.named("ann").ID, s.named("bob").ID); err != nil {
		t.Fatal(err)
	}
	s.setRights("Default", "owner lrwipkxtan9 bob a")
	s.do("bob", "REPORT", annDefault, principalsOf).want(http.StatusNotFound) // PROPFIND only
}

// RFC 3744 section 9.3 with properties of access control.
func TestPrincipalMatchOfACL(t *testing.T) {
	s := newServer(t)
	s.join("staff", "bob")
	s.makeCalendar("work")
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	s.setRights("Default", "owner lrwipkxtan9 group:staff lra")
	s.setRights("work", "owner lrwipkxtan9 bob lr") // without right a he cannot see that it names him
	match := func(property string) string {
		return wrap("D:principal-match", "<D:principal-property><D:"+property+"/></D:principal-property>")
	}
	for _, c := range []struct {
		who, path, property string
		want                []string
	}{
		{"bob", annDefault, "acl", []string{annDefault, annDefault + "a.ics"}},
		{"bob", "/dav/calendars/", "acl", []string{annDefault, annDefault + "a.ics"}},
		{"bob", "/dav/calendars/user/", "acl", []string{annDefault, annDefault + "a.ics"}},
		{"bob", "/dav/calendars/room/", "acl", nil},
		{"bob", annHome + "work/", "acl", nil},
		{"bob", "/dav/principals/", "principal-URL", []string{"/dav/principals/group/staff/", "/dav/principals/user/bob/"}},
		{"bob", "/dav/principals/", "group-member-set", []string{"/dav/principals/group/staff/"}},
		{"bob", "/dav/principals/", "displayname", nil},
		{"ann", annHome, "acl", nil}, // DAV:owner is no URL
	} {
		a := s.do(c.who, "REPORT", c.path, match(c.property), "Depth: 0").want(http.StatusMultiStatus)
		got := a.hrefs()
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s asks %s for %s: got %q, want %q", c.who, c.path, c.property, got, c.want)
		}
	}
	home := "/dav/calendars/group/staff/" // DAV:group of what a group owns is the group
	if got := s.do("bob", "REPORT", home, match("group"), "Depth: 0").hrefs(); !slices.Contains(got, home) {
		t.Errorf("got %q, want %s among them", got, home)
	}
	if got := s.do("bob", "REPORT", "/dav/calendars/", match("group"), "Depth: 0").hrefs(); !slices.Contains(got, home) || slices.Contains(got, annDefault) {
		t.Errorf("below /dav/calendars/: got %q", got)
	}
}
