package caldav

import (
	"net/http"
	"strings"
	"testing"

	"convene/store"
)

// newOffice is a server where ann and bob are in staff, and staff is in all.
func newOffice(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	for _, p := range []store.NewPrincipal{
		{Kind: store.Group, Name: "all", DisplayName: "Everybody", Addresses: []string{"mailto:all@example.com"}},
		{Kind: store.Resource, Name: "beamer", Addresses: []string{"urn:uuid:beamer"}},
	} {
		if _, err := s.db.CreatePrincipal(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range []struct{ group, member string }{{"staff", "ann"}, {"staff", "bob"}, {"all", "staff"}} {
		group, err := s.db.PrincipalByName(t.Context(), m.group)
		if err != nil {
			t.Fatal(err)
		}
		member, err := s.db.PrincipalByName(t.Context(), m.member)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.db.AddMember(t.Context(), group.ID, member.ID); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func href(paths ...string) string {
	var b strings.Builder
	for _, p := range paths {
		b.WriteString("<D:href>" + p + "</D:href>")
	}
	return b.String()
}

// The properties of RFC 3744 section 4, RFC 4791 section 6.2, RFC 6638 section 2.4 and CalendarServer.
func TestPrincipalProperties(t *testing.T) {
	s := newOffice(t)
	s.add(store.Public, "town")
	s.add(store.User, "bare")
	const bob, staff, all, attic, beamer = "/dav/principals/user/bob/", "/dav/principals/group/staff/", "/dav/principals/group/all/", "/dav/principals/room/attic/", "/dav/principals/resource/beamer/"
	for _, test := range []struct{ path, prop, want string }{
		{annPrincipal, "D:principal-URL", href(annPrincipal)},
		{annPrincipal, "D:displayname", "Ann Example"},
		{annPrincipal, "D:alternate-URI-set", href("mailto:ann@example.com", "mailto:a.example@example.com")},
		{annPrincipal, "D:group-member-set", ""},
		{annPrincipal, "D:group-membership", href(staff)}, // direct ones only
		{annPrincipal, "D:owner", href(annPrincipal)},
		{annPrincipal, "C:calendar-home-set", href(annHome)},
		{annPrincipal, "C:calendar-user-address-set", `<D:href preferred="1">mailto:ann@example.com</D:href>` + href("mailto:a.example@example.com", annPrincipal)},
		{annPrincipal, "C:calendar-user-type", "INDIVIDUAL"},
		{annPrincipal, "CS:email-address-set", "<CS:email-address>ann@example.com</CS:email-address><CS:email-address>a.example@example.com</CS:email-address>"},
		{annPrincipal, "D:current-user-principal", href(annPrincipal)},
		{annPrincipal, "D:principal-collection-set", href("/dav/principals/")},
		{annPrincipal, "D:resourcetype", "<D:collection/><D:principal/>"},
		{annPrincipal, "D:getetag", "-"},
		{annPrincipal, "C:supported-calendar-data", "-"},
		{annPrincipal, "D:sync-token", "-"},
		{bob, "D:current-user-principal", href(annPrincipal)}, // it is ann who asks
		{bob, "D:principal-URL", href(bob)},
		{bob, "C:calendar-home-set", href("/dav/calendars/user/bob/")},
		{staff, "D:group-member-set", href(annPrincipal, bob)},
		{staff, "D:group-membership", href(all)},
		{staff, "C:calendar-user-type", "GROUP"},
		{staff, "D:displayname", "All Staff"},
		{all, "D:group-member-set", href(staff)},
		{all, "D:group-membership", ""},
		{attic, "C:calendar-user-type", "ROOM"},
		{attic, "C:calendar-home-set", href("/dav/calendars/room/attic/")},
		{beamer, "C:calendar-user-type", "RESOURCE"},
		{"/dav/principals/public/town/", "C:calendar-user-address-set", "-"}, // cannot be invited
		{"/dav/principals/public/town/", "C:schedule-inbox-URL", "-"},
		{"/dav/principals/user/bare/", "C:calendar-user-address-set", `<D:href preferred="1">/dav/principals/user/bare/</D:href>`},
		{beamer, "D:displayname", "beamer"}, // nobody gave it another
		{beamer, "D:alternate-URI-set", href("urn:uuid:beamer")},
		{beamer, "CS:email-address-set", ""},
		{"/dav/principals/", "D:principal-collection-set", href("/dav/principals/")},
		{"/dav/principals/", "D:principal-URL", "-"},
		{"/dav/principals/user/", "C:calendar-home-set", "-"},
		{annHome, "D:owner", href(annPrincipal)},
		{annHome, "D:principal-URL", "-"},
	} {
		_, local, _ := strings.Cut(test.prop, ":")
		wantEqual(t, test.path+" "+test.prop, s.get(test.path, test.prop).inner(local), test.want)
	}
	for path, kind := range map[string]string{"ANN": annPrincipal, "%61nn": annPrincipal, "Ann": annPrincipal} { // names have no case
		s.do("ann", "PROPFIND", "/dav/principals/user/"+path+"/", propfind("D:principal-URL"), "Depth: 0").wantHrefs(kind)
	}
	a := s.get(annPrincipal, "D:current-user-privilege-set").inner("current-user-privilege-set")
	if !strings.Contains(a, "<D:read/>") || strings.Contains(a, "write") {
		t.Errorf("privileges on her own principal: %s", a)
	}
	a = s.get(annDefault, "D:current-user-privilege-set").inner("current-user-privilege-set")
	for _, p := range []string{"D:all", "D:read", "D:write", "D:write-properties", "D:write-content", "D:bind", "D:unbind", "D:read-current-user-privilege-set", "C:read-free-busy"} {
		if !strings.Contains(a, "<D:privilege><"+p+"/></D:privilege>") {
			t.Errorf("no %s on her own calendar: %s", p, a)
		}
	}
}

// DAV:principal-match (RFC 3744 section 9.3).
func TestPrincipalMatch(t *testing.T) {
	s := newOffice(t)
	work := s.makeCalendar("work")
	s.fill(work, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	const staff, all = "/dav/principals/group/staff/", "/dav/principals/group/all/"
	inHome := []string{annDefault, annHome + "Inbox/", annHome + "Outbox/", annHome + "Attachments/", annHome + "Notifications/", work, work + "a.ics"}
	self, owner := "<D:self/>", "<D:principal-property><D:owner/></D:principal-property>"
	for _, test := range []struct {
		who, path, what string
		want            []string
	}{
		{"ann", "/dav/principals/", self, []string{annPrincipal, staff, all}},
		{"ann", "/", self, []string{annPrincipal, staff, all}},
		{"ann", "/dav/principals/user/", self, []string{annPrincipal}},
		{"ann", "/dav/principals/group/", self, []string{staff, all}},
		{"ann", "/dav/principals/room/", self, nil},
		{"ann", annPrincipal, self, []string{annPrincipal}},
		{"ann", "/dav/principals/user/bob/", self, nil},
		{"ann", annHome, self, nil},
		{"root", "/dav/principals/", self, []string{"/dav/principals/user/root/"}},
		{"ann", annHome, owner, inHome},
		{"ann", work, owner, []string{work + "a.ics"}},
		{"ann", work + "a.ics", owner, nil}, // it has no members
		{"ann", "/dav/calendars/user/", owner, append([]string{annHome}, inHome...)},
		{"ann", "/dav/calendars/room/", owner, nil},
		{"ann", "/dav/principals/", owner, []string{annPrincipal}},
		{"ann", "/dav/principals/group/", owner, nil},
		{"ann", "/dav/", owner, append([]string{annPrincipal, annHome}, inHome...)},
		{"root", annHome, owner, nil}, // sees it, does not own it
		{"ann", annHome, "<D:principal-property><D:group-member-set/></D:principal-property>", nil},
	} {
		t.Run(test.who+" "+test.path+" "+test.what, func(t *testing.T) {
			body := wrap("D:principal-match", test.what+"<D:prop><D:owner/></D:prop>")
			s.in(t).do(test.who, "REPORT", test.path, body, "Depth: 0").wantHrefs(test.want...)
		})
	}
	s.do("ann", "REPORT", "/dav/principals/", wrap("D:principal-match", self), "Depth: 0").wantHrefs(annPrincipal, staff, all)
	s.do("ann", "REPORT", "/dav/principals/", wrap("D:principal-match", ""), "Depth: 0").refused(http.StatusBadRequest, "")
	s.do("ann", "REPORT", "/dav/principals/", wrap("D:principal-match", self), "Depth: infinity").refused(http.StatusBadRequest, "")
}

// Where clients begin that know only a host (RFC 6764, RFC 5397; Apple's clients try / and /principals/ too).
func TestDiscovery(t *testing.T) {
	s := newServer(t)
	for _, who := range []string{"", "ann"} {
		for _, method := range []string{"GET", "PROPFIND", "OPTIONS", "HEAD"} {
			for _, path := range []string{"/.well-known/caldav", "/.well-known/caldav/"} {
				a := s.do(who, method, path, "").want(http.StatusMovedPermanently)
				wantEqual(t, method+" Location", a.header.Get("Location"), "/dav/")
			}
		}
	}
	for _, path := range []string{"/", "/principals/", "/dav/", "/dav/principals/", "/dav/calendars/", annPrincipal, annHome, annDefault} {
		a := s.do("", "PROPFIND", path, propfind("D:current-user-principal"), "Depth: 0").want(http.StatusUnauthorized)
		if got := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Basic realm=") {
			t.Errorf("WWW-Authenticate is %q", got)
		}
		wantEqual(t, path, s.get(path, "D:current-user-principal").inner("current-user-principal"), href(annPrincipal))
	}
	// From the principal to the home to the calendars, as every client goes.
	home := s.get(annPrincipal, "C:calendar-home-set").inner("calendar-home-set")
	wantEqual(t, "home", home, href(annHome))
	m := s.do("ann", "PROPFIND", annHome, propfind("D:resourcetype"), "Depth: 1").multistatus()
	if !strings.Contains(m.response(annDefault).inner("resourcetype"), "C:calendar") {
		t.Errorf("Default is no calendar")
	}
}
