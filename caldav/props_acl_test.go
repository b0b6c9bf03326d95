package caldav

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"convene/acl"
	"convene/caldav/dav"
)

var privilegeElement = regexp.MustCompile(`<D:privilege><([A-Z]+:[a-z-]+)/></D:privilege>`)

// privilegesIn lists the privileges in a piece of XML.
func privilegesIn(xml string) (names []string) {
	for _, m := range privilegeElement.FindAllStringSubmatch(xml, -1) {
		names = append(names, m[1])
	}
	return names
}

// The table "Default WebDAV Privileges by Collection" of Cyrus, read back on a fresh home.
func TestACLOfFreshHome(t *testing.T) {
	s := newServer(t)
	regular := ownerAll + ace(everybody, "grant", "C:read-free-busy")
	for path, want := range map[string]string{
		annHome:                  regular,
		annDefault:               regular,
		s.makeCalendar("work"):   regular,
		annHome + "Attachments/": ace(theOwner, "grant", "D:all") + ace(everybody, "grant", "D:read"),
		annHome + "Inbox/":       ace(theOwner, "grant", "D:all", "C:schedule-deliver") + ace(everybody, "grant", "C:schedule-deliver"),
		annHome + "Outbox/":      ace(theOwner, "grant", "D:all", "C:schedule-send"),
	} {
		if got := s.get(path, "D:acl").inner("acl"); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
		}
	}
}

func TestACLProperties(t *testing.T) {
	s := newServer(t)
	object := annDefault + "a.ics"
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	required := "<D:required-principal><D:property><D:owner/></D:property></D:required-principal>"
	for _, c := range []struct{ path, property, want string }{
		{annDefault, "acl-restrictions", "<D:no-invert/><D:deny-before-grant/>" + required},
		{annHome + "Outbox/", "acl-restrictions", "<D:grant-only/><D:no-invert/>" + required},
		{annDefault, "inherited-acl-set", ""},
		{object, "inherited-acl-set", "<D:href>" + annDefault + "</D:href>"},
		{object, "acl", strings.ReplaceAll(ownerAll+ace(everybody, "grant", "C:read-free-busy"), "</D:ace>",
			"<D:inherited><D:href>"+annDefault+"</D:href></D:inherited></D:ace>")},
		{object, "owner", "<D:href>" + annPrincipal + "</D:href>"},
		{annDefault, "owner", "<D:href>" + annPrincipal + "</D:href>"},
		{annPrincipal, "owner", "<D:href>" + annPrincipal + "</D:href>"},
		{annDefault, "group", ""},
		{"/dav/", "inherited-acl-set", ""},
	} {
		if got := s.get(c.path, "D:"+c.property).inner(c.property); got != c.want {
			t.Errorf("%s of %s: got\n%s\nwant\n%s", c.property, c.path, got, c.want)
		}
	}
}

// The tree of RFC 3744 section 5.3, with what the kind of collection adds.
func TestSupportedPrivilegeSet(t *testing.T) {
	s := newServer(t)
	common := []string{"D:write", "D:write-properties", "D:write-content", "D:bind", "CY:add-resource", "CY:make-collection",
		"D:unbind", "CY:remove-collection", "CY:remove-resource", "CY:admin", "D:read-acl", "D:write-acl", "D:share", "D:unlock"}
	plain := append([]string{"D:all", "D:read", "D:read-current-user-privilege-set"}, common...)
	regular := append([]string{"D:all", "D:read", "D:read-current-user-privilege-set", "C:read-free-busy"}, common...)
	for path, want := range map[string][]string{
		annDefault: regular, annHome: regular, annHome + "Attachments/": plain,
		annHome + "Inbox/":  append(slices.Clone(plain), "C:schedule-deliver", "C:schedule-query-freebusy", "C:schedule-deliver-invite", "C:schedule-deliver-reply"),
		annHome + "Outbox/": append(slices.Clone(plain), "C:schedule-send", "C:schedule-send-freebusy", "C:schedule-send-invite", "C:schedule-send-reply"),
	} {
		tree := s.get(path, "D:supported-privilege-set").inner("supported-privilege-set")
		if got := privilegesIn(tree); !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
		if got, want := strings.Count(tree, `<D:description xml:lang="en">`), strings.Count(tree, "<D:supported-privilege>"); got != want {
			t.Errorf("%s: %d descriptions of %d privileges", path, got, want)
		}
	}
	tree := s.get(annDefault, "D:supported-privilege-set").inner("supported-privilege-set")
	abstract := regexp.MustCompile(`<D:privilege><([^/]*)/></D:privilege><D:abstract/>`).FindAllStringSubmatch(tree, -1)
	var got []string
	for _, m := range abstract {
		got = append(got, m[1])
	}
	if want := []string{"D:read-current-user-privilege-set", "D:read-acl", "D:write-acl", "D:share", "D:unlock"}; !slices.Equal(got, want) {
		t.Errorf("abstract are %q, want %q", got, want)
	}
}

func TestCurrentUserPrivilegeSet(t *testing.T) {
	s := newServer(t)
	own := s.get(annDefault, "D:current-user-privilege-set").inner("current-user-privilege-set")
	tree := s.get(annDefault, "D:supported-privilege-set").inner("supported-privilege-set")
	if got, want := privilegesIn(own), privilegesIn(tree); !slices.Equal(got, want) {
		t.Errorf("the owner has %q, want %q", got, want)
	}
	s.setRights("Default", "owner lrwipkxtan9 bob lrt")
	a := s.do("bob", "PROPFIND", annDefault, propfind("D:current-user-privilege-set"), "Depth: 0").only()
	if got, want := privilegesIn(a.inner("current-user-privilege-set")), []string{"D:read", "D:read-current-user-privilege-set", "C:read-free-busy", "CY:remove-resource"}; !slices.Equal(got, want) {
		t.Errorf("bob has %q, want %q", got, want)
	}
}

// DAV:acl needs right a: without, it is refused by itself; with nothing else, it is all there is to be had.
func TestReadingACL(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	for _, c := range []struct {
		rights       string
		status       int    // of the request for both properties
		acl, display string // status of each
	}{
		{"", 404, "", ""}, {"9", 404, "", ""}, {"wipkxtn", 404, "", ""}, {"l", 403, "", ""},
		{"lr", 207, "403", "200"}, {"lrwipkxtn9", 207, "403", "200"},
		{"a", 207, "200", "403"}, {"al", 207, "200", "403"}, {"ar", 207, "200", "403"}, {"lra", 207, "200", "200"},
	} {
		s.setRights("Default", strings.TrimSpace("owner lrwipkxtan9 bob s"+c.rights))
		for _, path := range []string{annDefault, annDefault + "a.ics"} {
			other, local := "D:displayname", "displayname"
			if strings.HasSuffix(path, ".ics") {
				other, local = "D:getetag", "getetag"
			}
			for _, depth := range []string{"0", "1"} {
				a := s.do("bob", "PROPFIND", path, propfind("D:acl", other), "Depth: "+depth)
				if a.want(c.status); c.status != 207 {
					continue
				}
				r := a.multistatus().response(path)
				if !strings.Contains(r.status("acl"), c.acl) || !strings.Contains(r.status(local), c.display) {
					t.Errorf("%q on %s: acl %s, %s %s; want %s and %s\n%s", c.rights, path, r.status("acl"), local, r.status(local), c.acl, c.display, a.body)
				}
				if c.display == "403" && strings.Contains(a.body, "Default</") {
					t.Errorf("%q on %s: more than the list is told:\n%s", c.rights, path, a.body)
				}
			}
			want := c.status
			if want == 207 && !strings.Contains(c.rights, "lr") {
				if want = http.StatusNotFound; strings.Contains(c.rights, "l") {
					want = http.StatusForbidden
				}
			}
			for _, body := range []string{"", propfind(other), wrap("D:propfind", "<D:propname/>"), wrap("D:propfind", "<D:allprop/><D:include><D:acl/></D:include>")} {
				s.do("bob", "PROPFIND", path, body, "Depth: 0").want(want)
			}
		}
	}
	s.setRights("Default", "owner lrwipkxtan9 bob a")
	s.do("bob", "PROPFIND", annDefault+"none.ics", propfind("D:acl"), "Depth: 0").want(http.StatusNotFound)
	s.do("bob", "PROPFIND", annHome+"none/", propfind("D:acl"), "Depth: 0").want(http.StatusNotFound)
	s.do("", "PROPFIND", annDefault, propfind("D:acl"), "Depth: 0").want(http.StatusUnauthorized)
	s.do("root", "PROPFIND", annDefault, propfind("D:acl"), "Depth: 0").want(http.StatusMultiStatus)
}

// The lists of principals are the server's, and for administrators to see.
func TestACLOfPrincipals(t *testing.T) {
	s := newServer(t)
	if got := s.get(annPrincipal, "D:acl").status("acl"); !strings.Contains(got, "403") {
		t.Errorf("ann: %s, want 403", got)
	}
	a := s.do("root", "PROPFIND", annPrincipal, propfind("D:acl"), "Depth: 0").only().inner("acl")
	if want := strings.Replace(ace("<D:authenticated/>", "grant", "D:read"), "</D:ace>", "<D:protected/></D:ace>", 1); a != want {
		t.Errorf("got\n%s\nwant\n%s", a, want)
	}
}

// need-privileges names the resource and the privilege, in its namespace, in every refusal (RFC 3744 section 7.1.1).
func TestNeedPrivileges(t *testing.T) {
	s := newServer(t)
	object := annDefault + "a.ics"
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	s.makeCalendar("work")
	s.setRights("Default", "owner lrwipkxtan9 bob l")
	s.setRights("work", "owner lrwipkxtan9 bob l")
	s.setRights("", "owner lrwipkxtan9 bob l")
	patch := wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set>")
	for _, c := range []struct {
		method, path, body, href, privilege string
	}{
		{"GET", object, "", object, "D:read"},
		{"PROPFIND", annDefault, "", annDefault, "D:read"},
		{"REPORT", annDefault, filterFor(""), annDefault, "D:read"},
		{"REPORT", annDefault, freeBusy("20261201T000000Z/20261202T000000Z"), annDefault, "C:read-free-busy"},
		{"PROPPATCH", annDefault, patch, annDefault, "D:write-properties"},
		{"PUT", object, event("a", "20261201T100000Z"), object, "D:write-content"},
		{"POST", annDefault, event("b", "20261201T100000Z"), annDefault, "CY:add-resource"},
		{"DELETE", object, "", object, "CY:remove-resource"},
		{"DELETE", annHome + "work/", "", annHome + "work/", "CY:remove-collection"},
		{"MKCALENDAR", annHome + "new/", "", annHome, "CY:make-collection"},
		{"ACL", annDefault, aclBody(ownerAll), annDefault, "D:write-acl"},
		{"PROPPATCH", annPrincipal, patch, annPrincipal, "D:write-properties"},
	} {
		a := s.do("bob", c.method, c.path, c.body, "Depth: 0").refused(http.StatusForbidden, "need-privileges")
		want := "<D:need-privileges><D:resource><D:href>" + c.href + "</D:href><D:privilege><" + c.privilege + "/></D:privilege></D:resource></D:need-privileges>"
		if !strings.Contains(a.body, want) {
			t.Errorf("%s: want %s in\n%s", a.what, want, a.body)
		}
	}
}

// Nothing that is sent as a list makes the server fail, and what is taken is a list of this server.
func FuzzACLBody(f *testing.F) {
	f.Add(aclBody(ownerAll, ace(everybody, "grant", "C:read-free-busy")))
	f.Add(aclBody(ace("<D:href>/dav/principals/user/bob/</D:href>", "deny", "D:read", "CY:admin"), ownerAll))
	f.Add(aclBody("<D:ace><D:invert/><D:protected/></D:ace>"))
	f.Add(aclBody("<D:ace><D:principal><D:self/></D:principal><D:grant><D:privilege/></D:grant></D:ace>"))
	f.Add(aclBody("<D:ace><D:principal><D:href/></D:principal><D:deny><D:privilege><D:all/></D:privilege></D:deny><D:inherited/></D:ace>"))
	f.Fuzz(func(t *testing.T, body string) {
		e, err := dav.ReadXML(strings.NewReader(body), dav.XMLLimits{})
		if err != nil {
			return
		}
		sent, err := parseACL(e)
		if answer := (*dav.Error)(nil); err != nil {
			if !errors.As(err, &answer) || answer.Status != http.StatusBadRequest && (answer.Status != http.StatusForbidden || answer.Condition == (dav.Name{})) {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var aces []acl.ACE
		for _, a := range sent {
			if a.principal.who == "" { // who it is the database would say
				a.principal.who = "bob"
			}
			aces = append(aces, acl.ACE{Who: a.principal.who, Deny: a.deny, Privileges: a.privileges})
		}
		for _, kind := range acl.Kinds {
			list, err := acl.FromACEs(kind, aces)
			if err != nil {
				if answer := (*dav.Error)(nil); !errors.As(aceError(err), &answer) || answer.Status != http.StatusForbidden {
					t.Fatalf("refused with %v", aceError(err))
				}
				continue
			}
			if again, err := acl.ParseList(list.String()); err != nil || again.String() != list.String() {
				t.Fatalf("stored %q, read again as %q, %v", list, again, err)
			}
		}
	})
}
