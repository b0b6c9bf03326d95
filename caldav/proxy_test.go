package caldav

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
)

const (
	annReaders     = annPrincipal + "calendar-proxy-read/"
	annWriters     = annPrincipal + "calendar-proxy-write/"
	bobPrincipal   = "/dav/principals/user/bob/"
	staffPrincipal = "/dav/principals/group/staff/"
)

// memberSet is a PROPPATCH as Apple's clients send it.
func memberSet(paths ...string) string {
	return update("+<D:group-member-set>" + href(paths...) + "</D:group-member-set>")
}

// delegate has ann choose her delegates.
func (s *server) delegate(group string, paths ...string) {
	s.t.Helper()
	m := s.do("ann", "PROPPATCH", group, memberSet(paths...)).multistatus()
	if got := m.response(group).status("group-member-set"); !strings.Contains(got, " 200 ") {
		s.t.Fatalf("%s: %s", group, got)
	}
}

// wantProp wants the content of a property, "-" for none, as who is told.
func (s *server) wantProp(who, path, prop, want string) {
	s.t.Helper()
	_, local, _ := strings.Cut(prop, ":")
	got, ok := s.do(who, "PROPFIND", path, propfind(prop), "Depth: 0").only().prop(local)
	if inner := strings.TrimSpace(got.Inner); ok != (want != "-") || ok && inner != want {
		s.t.Errorf("%s of %s for %s: got %q, %v; want %q", prop, path, who, inner, ok, want)
	}
}

// caldav-proxy section 5.
func TestProxyGroups(t *testing.T) {
	s := newOffice(t)
	if dav := s.do("ann", "OPTIONS", annReaders, "").want(http.StatusOK).header.Get("DAV"); !strings.Contains(dav, "calendar-proxy") {
		t.Errorf("DAV: %s", dav)
	}
	s.do("bob", "PROPFIND", annPrincipal, propfind("D:resourcetype"), "Depth: 1").wantHrefs(annPrincipal, annReaders, annWriters)
	s.do("bob", "PROPFIND", annPrincipal, propfind("D:resourcetype"), "Depth: infinity").wantHrefs(annPrincipal, annReaders, annWriters)
	s.do("ann", "PROPFIND", staffPrincipal, propfind("D:resourcetype"), "Depth: 1").wantHrefs(staffPrincipal)
	for _, none := range []string{staffPrincipal + "calendar-proxy-read/", annPrincipal + "calendar-proxy/", annReaders + "x/", "/dav/principals/user/none/calendar-proxy-read/"} {
		s.do("ann", "PROPFIND", none, "", "Depth: 0").want(http.StatusNotFound)
	}
	s.do("", "PROPFIND", annReaders, "", "Depth: 0").want(http.StatusUnauthorized)
	s.delegate(annWriters, bobPrincipal, strings.TrimSuffix(staffPrincipal, "/"), bobPrincipal)
	for _, test := range []struct{ path, prop, want string }{
		{annReaders, "D:resourcetype", "<D:collection/><D:principal/><CS:calendar-proxy-read/>"},
		{annWriters, "D:resourcetype", "<D:collection/><D:principal/><CS:calendar-proxy-write/>"},
		{annPrincipal, "D:resourcetype", "<D:collection/><D:principal/>"},
		{annWriters, "D:displayname", "Ann Example: delegates who read and write"},
		{annReaders, "D:displayname", "Ann Example: delegates who read"},
		{annWriters, "D:principal-URL", href(annWriters)},
		{annWriters, "D:owner", href(annPrincipal)},
		{annWriters, "D:alternate-URI-set", ""},
		{annWriters, "D:group-member-set", href(bobPrincipal, staffPrincipal)},
		{annWriters, "D:group-membership", ""},
		{annWriters, "C:calendar-home-set", "-"},
		{annReaders, "D:group-member-set", ""},
		{bobPrincipal, "D:group-membership", href(staffPrincipal, annWriters)},
		{staffPrincipal, "D:group-membership", href("/dav/principals/group/all/", annWriters)},
		{annPrincipal, "D:group-membership", href(staffPrincipal)},
		{bobPrincipal, "CS:calendar-proxy-write-for", href(annPrincipal)},
		{bobPrincipal, "CS:calendar-proxy-read-for", ""},
		{annPrincipal, "CS:calendar-proxy-write-for", ""}, // she is in staff herself
		{annReaders, "CS:calendar-proxy-read-for", "-"},
		{annHome, "CS:calendar-proxy-read-for", "-"},
	} {
		s.wantProp("bob", test.path, test.prop, test.want)
	}
	// Who is moved to the other list is in one only.
	s.delegate(annReaders, bobPrincipal)
	s.wantProp("bob", annWriters, "D:group-member-set", href(staffPrincipal))
	s.wantProp("bob", bobPrincipal, "D:group-membership", href(staffPrincipal, annReaders))
	s.wantProp("bob", bobPrincipal, "CS:calendar-proxy-write-for", href(annPrincipal)) // by way of staff
	s.delegate(annWriters)
	s.wantProp("bob", bobPrincipal, "CS:calendar-proxy-write-for", "")
	s.wantProp("bob", bobPrincipal, "CS:calendar-proxy-read-for", href(annPrincipal))
}

// Who may choose delegates, and whom.
func TestProxyMembers(t *testing.T) {
	s := newOffice(t)
	const attic = "/dav/principals/room/attic/calendar-proxy-write/"
	s.do("bob", "PROPPATCH", annReaders, memberSet(bobPrincipal)).refused(http.StatusForbidden, "need-privileges")
	s.do("ann", "PROPPATCH", attic, memberSet(annPrincipal)).refused(http.StatusForbidden, "need-privileges")
	s.do("", "PROPPATCH", annReaders, memberSet(bobPrincipal)).want(http.StatusUnauthorized)
	s.do("root", "PROPPATCH", attic, memberSet(annPrincipal)).want(http.StatusMultiStatus)
	s.wantProp("ann", attic, "D:group-member-set", href(annPrincipal))
	s.do("root", "PROPPATCH", annReaders, memberSet(bobPrincipal), "Prefer: return=minimal").want(http.StatusOK)
	s.do("ann", "PROPPATCH", annReaders, memberSet(), `If-Match: "x"`).want(http.StatusPreconditionFailed)
	s.do("ann", "PROPPATCH", annReaders, memberSet(), "If-None-Match: *").want(http.StatusPreconditionFailed)
	s.do("ann", "PROPPATCH", annReaders, memberSet(), "If: (<urn:uuid:x>)").want(http.StatusPreconditionFailed)
	s.do("ann", "PROPPATCH", annReaders, "").want(http.StatusBadRequest)
	s.do("ann", "PROPPATCH", annReaders, update()).want(http.StatusBadRequest)
	for _, m := range []string{"GET", "PUT", "DELETE", "POST", "MKCOL", "COPY", "MOVE", "ACL", "LOCK"} {
		if got := s.do("ann", m, annReaders, "", "Destination: "+annHome+"x/").status; got != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", m, got)
		}
	}
	var many []string
	for i := range maxDelegates + 1 {
		many = append(many, "/dav/principals/user/u"+strconv.Itoa(i)+"/")
	}
	for _, test := range []struct{ name, body, status, condition string }{
		{"itself", memberSet(bobPrincipal, annPrincipal), "403", "allowed-principal"},
		{"a room", memberSet("/dav/principals/room/attic/"), "403", "allowed-principal"},
		{"delegates of delegates", memberSet(annWriters), "403", "allowed-principal"},
		{"nobody", memberSet("/dav/principals/user/none/"), "403", "recognized-principal"},
		{"a name with another kind", memberSet("/dav/principals/group/bob/"), "403", "recognized-principal"},
		{"a home", memberSet("/dav/calendars/user/bob/"), "403", "recognized-principal"},
		{"on another server", memberSet("https://elsewhere.example.com" + bobPrincipal), "403", "recognized-principal"},
		{"an address", memberSet("mailto:bob@example.com"), "403", "recognized-principal"},
		{"an empty href", memberSet(""), "403", "recognized-principal"},
		{"many who do not exist", memberSet(many...), "403", "recognized-principal"},
		{"another live property", update("+<D:displayname>x</D:displayname>"), "403", "cannot-modify-protected-property"},
		{"a dead one", update("+<X:p xmlns:X='urn:x'/>"), "403", "cannot-modify-protected-property"},
		{"one of both", update("+<D:group-member-set/><D:displayname>x</D:displayname>"), "403", "cannot-modify-protected-property"},
	} {
		a := s.do("ann", "PROPPATCH", annReaders, test.body)
		if a.multistatus(); !strings.Contains(a.body, " "+test.status+" ") || !strings.Contains(a.body, test.condition) {
			t.Errorf("%s: got\n%s", test.name, a.body)
		}
		if strings.Contains(a.body, "200 OK") {
			t.Errorf("%s: half of it was done:\n%s", test.name, a.body)
		}
		s.wantProp("ann", annReaders, "D:group-member-set", href(bobPrincipal))
	}
	s.do("ann", "PROPPATCH", annReaders, memberSet(s.URL+bobPrincipal, " "+staffPrincipal+"\n")).want(http.StatusMultiStatus)
	s.wantProp("ann", annReaders, "D:group-member-set", href(bobPrincipal, staffPrincipal))
	s.do("ann", "PROPPATCH", annReaders, update("-<D:group-member-set/>")).want(http.StatusMultiStatus)
	s.wantProp("ann", annReaders, "D:group-member-set", "")
}

// What Apple's clients ask to show whose delegate somebody is, and who somebody's delegates are; and the report by which older ones do
// (caldav-proxy section 5.2).
func TestProxyReports(t *testing.T) {
	s := newOffice(t)
	s.delegate(annReaders, bobPrincipal)
	property := func(name, space, inner string) string {
		return `<D:property name="` + name + `" namespace="` + space + `">` + inner + `</D:property>`
	}
	const cs = "http://calendarserver.org/ns/"
	who := property("displayname", "DAV:", "") + property("calendar-home-set", "urn:ietf:params:xml:ns:caldav", "") + property("email-address-set", cs, "")
	body := wrap("D:expand-property", property("calendar-proxy-write-for", cs, who)+property("calendar-proxy-read-for", cs, who))
	a := s.do("bob", "REPORT", bobPrincipal, body)
	if p, _ := a.only().prop("calendar-proxy-read-for"); !strings.Contains(p.Inner, href(annHome)) || !strings.Contains(p.Inner, "Ann Example") || !strings.Contains(p.Inner, "<CS:email-address>ann@example.com") {
		t.Errorf("got\n%s", a.body)
	}
	if p, ok := a.only().prop("calendar-proxy-write-for"); !ok || p.Inner != "" {
		t.Errorf("got\n%s", a.body)
	}
	a = s.do("ann", "REPORT", annPrincipal, wrap("D:expand-property", property("group-member-set", "DAV:", who)), "Depth: 1")
	if p, _ := a.multistatus().response(annReaders).prop("group-member-set"); !strings.Contains(p.Inner, "Bob Example") {
		t.Errorf("got\n%s", a.body)
	}
	self := wrap("D:principal-match", "<D:self/><D:prop><D:resourcetype/></D:prop>")
	s.do("bob", "REPORT", "/dav/principals/", self).wantHrefs(bobPrincipal, staffPrincipal, "/dav/principals/group/all/", annReaders)
	s.do("bob", "REPORT", annPrincipal, self).wantHrefs(annReaders)
	s.do("bob", "REPORT", annReaders, self).wantHrefs(annReaders)
	s.do("bob", "REPORT", annWriters, self).wantHrefs()
	s.do("ann", "REPORT", annReaders, self).wantHrefs()
	s.delegate(annWriters, staffPrincipal)
	s.do("bob", "REPORT", annPrincipal, self).wantHrefs(annWriters)
	s.do("ann", "REPORT", annPrincipal, self).wantHrefs(annPrincipal)
}
