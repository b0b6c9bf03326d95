package caldav

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"convene/acl"
	"convene/store"
)

// Elements of a DAV:acl as tests write them: who, and what is granted or denied.
func aclBody(aces ...string) string {
	return `<D:acl xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CY="http://cyrusimap.org/ns/">` + strings.Join(aces, "") + `</D:acl>`
}

func ace(principal, what string, privileges ...string) string {
	return "<D:ace><D:principal>" + principal + "</D:principal><D:" + what + "><D:privilege><" +
		strings.Join(privileges, "/></D:privilege><D:privilege><") + "/></D:privilege></D:" + what + "></D:ace>"
}

const (
	theOwner  = "<D:property><D:owner/></D:property>"
	everybody = "<D:all/>"
)

func theUser(name string) string { return "<D:href>/dav/principals/user/" + name + "/</D:href>" }

// ownerAll keeps the owner in a list, as every list must.
var ownerAll = ace(theOwner, "grant", "D:all", "C:read-free-busy")

// rightsOf is what is stored of a collection of ann, "" being her home.
func (s *server) rightsOf(name string) string {
	s.t.Helper()
	return s.collection(name).Rights.String()
}

// named is a principal.
func (s *server) named(name string) *store.Principal {
	s.t.Helper()
	p, err := s.db.PrincipalByName(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// join makes somebody a member of a group.
func (s *server) join(group, member string) {
	s.t.Helper()
	if err := s.db.AddMember(s.t.Context(), s.named(group).ID, s.named(member).ID); err != nil {
		s.t.Fatal(err)
	}
}

// inOrder prints a list with its letters in the usual order.
func inOrder(t *testing.T, list string) string {
	t.Helper()
	l, err := acl.ParseList(list)
	if err != nil {
		t.Fatal(err)
	}
	return l.String()
}

// What an ACL request says is what is stored in letters, and what DAV:acl shows afterwards (RFC 3744 section 8.1).
func TestACL(t *testing.T) {
	s := newServer(t)
	for _, c := range []struct {
		name, collection, want string
		aces                   []string
	}{
		{"the owner only", "Default", "owner lrwipkxtan9", []string{ownerAll}},
		{"a user by path", "Default", "owner lrwipkxtan9 bob lr", []string{ownerAll, ace(theUser("bob"), "grant", "D:read")}},
		{"a user by URL", "Default", "owner lrwipkxtan9 bob lr", []string{ownerAll,
			ace("<D:href> "+s.URL+"/dav/principals/user/bob/ </D:href>", "grant", "D:read")}},
		{"a user in another case", "Default", "owner lrwipkxtan9 bob lr", []string{ownerAll,
			ace("<D:href>/dav/principals/user/BOB</D:href>", "grant", "D:read")}},
		{"a group", "Default", "owner lrwipkxtan9 group:staff lri", []string{ownerAll,
			ace("<D:href>/dav/principals/group/staff/</D:href>", "grant", "D:read", "D:write-content")}},
		{"everybody and the anonymous", "Default", "owner lrwipkxtan9 anyone 9 anonymous lr", []string{ownerAll,
			ace(everybody, "grant", "C:read-free-busy"), ace("<D:unauthenticated/>", "grant", "D:read")}},
		{"writing", "Default", "owner lrwipkxtan9 bob lrwipkxtn", []string{ownerAll, ace(theUser("bob"), "grant", "D:read", "D:write")}},
		{"binding and unbinding", "Default", "owner lrwipkxtan9 bob pkxt", []string{ownerAll, ace(theUser("bob"), "grant", "D:bind", "D:unbind")}},
		{"Cyrus's own", "Default", "owner lrwipkxtan9 bob pta", []string{ownerAll,
			ace(theUser("bob"), "grant", "CY:add-resource", "CY:remove-resource", "CY:admin")}},
		{"several elements for one", "Default", "owner lrwipkxtan9 bob lrwn", []string{ownerAll,
			ace(theUser("bob"), "grant", "D:read"), ace(theUser("bob"), "grant", "D:write-properties")}},
		{"denied first", "Default", "owner lrwipkxtan9 anyone lr -bob lr9", []string{ace(theUser("bob"), "deny", "D:read"), ownerAll, ace(everybody, "grant", "D:read")}},
		{"all on the Inbox", "Inbox", "owner lrwipkxtan789 anyone 789", []string{ace(theOwner, "grant", "D:all"), ace(everybody, "grant", "C:schedule-deliver")}},
		{"parts on the Inbox", "Inbox", "owner lrwipkxtan789 anyone 7 bob 8", []string{ace(theOwner, "grant", "D:all"),
			ace(everybody, "grant", "C:schedule-deliver-reply"), ace(theUser("bob"), "grant", "C:schedule-deliver-invite")}},
		{"on the Outbox", "Outbox", "owner lrwipkxtan789 bob 9", []string{ace(theOwner, "grant", "D:all"), ace(theUser("bob"), "grant", "C:schedule-send-freebusy")}},
		{"on the home", "", "owner lrwipkxtan9 bob k", []string{ownerAll, ace(theUser("bob"), "grant", "CY:make-collection")}},
	} {
		url := annHome
		if c.collection != "" {
			url += c.collection + "/"
		}
		s.do("ann", "ACL", url, aclBody(c.aces...)).want(http.StatusOK)
		if got, want := s.rightsOf(c.collection), inOrder(t, c.want); got != want {
			t.Errorf("%s: stored %q, want %q", c.name, got, want)
		}
		shown := s.get(url, "D:acl").inner("acl")
		s.do("ann", "ACL", url, aclBody(shown)).want(http.StatusOK) // what is shown can be sent back
		if got := s.get(url, "D:acl").inner("acl"); got != shown {
			t.Errorf("%s: shown as\n%s\nand after it was sent back\n%s", c.name, shown, got)
		}
		if got, want := s.rightsOf(c.collection), inOrder(t, c.want); got != want {
			t.Errorf("%s: sent back and stored %q, want %q", c.name, got, want)
		}
	}
}

// The preconditions of RFC 3744 section 8.1.1: the list stays as it was.
func TestACLPreconditions(t *testing.T) {
	s := newServer(t)
	many := []string{ownerAll}
	for range maxACEs {
		many = append(many, ace(theUser("bob"), "grant", "D:read"))
	}
	for _, c := range []struct {
		name, url, body, condition string
	}{
		{"granted and denied", annDefault, aclBody(ace(theUser("bob"), "deny", "D:write"), ownerAll, ace(theUser("bob"), "grant", "D:bind")), "no-ace-conflict"},
		{"denied in vain", annDefault, aclBody(ace(theUser("bob"), "deny", "C:read-free-busy"), ownerAll, ace(everybody, "grant", "D:read")), "no-ace-conflict"},
		{"protected", annDefault, aclBody(ownerAll, strings.Replace(ace(theUser("bob"), "grant", "D:read"), "</D:ace>", "<D:protected/></D:ace>", 1)), "no-protected-ace-conflict"},
		{"inherited", annDefault, aclBody(ownerAll, strings.Replace(ace(theUser("bob"), "grant", "D:read"), "</D:ace>",
			"<D:inherited><D:href>/dav/</D:href></D:inherited></D:ace>", 1)), "no-inherited-ace-conflict"},
		{"too many", annDefault, aclBody(many...), "limited-number-of-aces"},
		{"grant before deny", annDefault, aclBody(ownerAll, ace(theUser("bob"), "deny", "D:read")), "deny-before-grant"},
		{"deny on the Outbox", annHome + "Outbox/", aclBody(ace(theUser("bob"), "deny", "D:read"), ownerAll), "grant-only"},
		{"invert", annDefault, aclBody(ownerAll, "<D:ace><D:invert><D:principal>"+theUser("bob")+"</D:principal></D:invert><D:grant><D:privilege><D:read/></D:privilege></D:grant></D:ace>"), "no-invert"},
		{"abstract read-acl", annDefault, aclBody(ownerAll, ace(theUser("bob"), "grant", "D:read-acl")), "no-abstract"},
		{"abstract unlock", annDefault, aclBody(ace(theUser("bob"), "deny", "D:unlock"), ownerAll), "no-abstract"},
		{"abstract share", annDefault, aclBody(ownerAll, ace(theUser("bob"), "grant", "D:share")), "no-abstract"},
		{"an unknown privilege", annDefault, aclBody(ownerAll, ace(theUser("bob"), "grant", "D:fly")), "not-supported-privilege"},
		{"a name of the wrong namespace", annDefault, aclBody(ownerAll, ace(theUser("bob"), "grant", "D:read-free-busy")), "not-supported-privilege"},
		{"of the Inbox", annDefault, aclBody(ownerAll, ace(theUser("bob"), "grant", "C:schedule-deliver")), "not-supported-privilege"},
		{"of the Outbox", annHome + "Inbox/", aclBody(ace(theOwner, "grant", "C:schedule-send")), "not-supported-privilege"},
		{"no owner", annDefault, aclBody(ace(theUser("bob"), "grant", "D:read")), "missing-required-principal"},
		{"nothing", annDefault, aclBody(), "missing-required-principal"},
		{"nobody", annDefault, aclBody(ownerAll, ace(theUser("nobody"), "grant", "D:read")), "recognized-principal"},
		{"a user as a group", annDefault, aclBody(ownerAll, ace("<D:href>/dav/principals/group/bob/</D:href>", "grant", "D:read")), "recognized-principal"},
		{"no principal", annDefault, aclBody(ownerAll, ace("<D:href>"+annDefault+"</D:href>", "grant", "D:read")), "recognized-principal"},
		{"on another server", annDefault, aclBody(ownerAll, ace("<D:href>https://example.net/dav/principals/user/bob/</D:href>", "grant", "D:read")), "recognized-principal"},
		{"no URL", annDefault, aclBody(ownerAll, ace("<D:href>bob</D:href>", "grant", "D:read")), "recognized-principal"},
		{"mailto", annDefault, aclBody(ownerAll, ace("<D:href>mailto:bob@example.com</D:href>", "grant", "D:read")), "recognized-principal"},
		{"self", annDefault, aclBody(ownerAll, ace("<D:self/>", "grant", "D:read")), "allowed-principal"},
		{"authenticated", annDefault, aclBody(ownerAll, ace("<D:authenticated/>", "grant", "D:read")), "allowed-principal"},
		{"another property", annDefault, aclBody(ownerAll, ace("<D:property><D:group/></D:property>", "grant", "D:read")), "allowed-principal"},
		{"delegates where there are none", annDefault, aclBody(ownerAll, ace("<D:href>/dav/principals/user/ann/calendar-proxy-read/</D:href>", "grant", "D:read")), "allowed-principal"},
		{"delegates of another", annDefault, aclBody(ownerAll, ace("<D:href>/dav/principals/user/bob/calendar-proxy-read/</D:href>", "grant", "D:read")), "allowed-principal"},
	} {
		before := s.rightsOf("Default")
		s.do("ann", "ACL", c.url, c.body).refused(http.StatusForbidden, c.condition)
		if got := s.rightsOf("Default"); got != before {
			t.Errorf("%s: %q became %q", c.name, before, got)
		}
	}
}

// Bodies that no precondition is about (RFC 3744 section 8.1.5).
func TestACLSyntax(t *testing.T) {
	s := newServer(t)
	grant := "<D:grant><D:privilege><D:read/></D:privilege></D:grant>"
	who := "<D:principal><D:all/></D:principal>"
	for _, body := range []string{
		"", "<", wrap("D:propfind", "<D:prop/>"), wrap("C:acl", ""),
		aclBody("<D:ace/>"), aclBody("<D:ace>" + who + "</D:ace>"), aclBody("<D:ace>" + grant + "</D:ace>"),
		aclBody("<D:ace>" + who + who + grant + "</D:ace>"), aclBody("<D:ace>" + who + grant + grant + "</D:ace>"),
		aclBody("<D:ace><D:principal/>" + grant + "</D:ace>"), aclBody("<D:ace><D:principal><D:all/><D:self/></D:principal>" + grant + "</D:ace>"),
		aclBody("<D:ace>" + who + "<D:grant/></D:ace>"), aclBody("<D:ace>" + who + "<D:grant><D:read/></D:grant></D:ace>"),
		aclBody("<D:ace>" + who + "<D:grant><D:privilege/></D:grant></D:ace>"),
		aclBody("<D:ace>" + who + "<D:grant><D:privilege><D:read/><D:write/></D:privilege></D:grant></D:ace>"),
	} {
		s.do("ann", "ACL", annDefault, body).want(http.StatusBadRequest)
	}
	if got, want := s.rightsOf("Default"), inOrder(t, "owner lrwipkxtan9 anyone 9"); got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
}

// Who may: whoever has right a, on collections and homes that exist; the answer to others tells what they lack, or nothing.
func TestACLNeedsAdmin(t *testing.T) {
	s := newServer(t)
	body := aclBody(ownerAll)
	s.do("bob", "ACL", annDefault, body).want(http.StatusNotFound)
	s.do("", "ACL", annDefault, body).want(http.StatusUnauthorized)
	s.do("ann", "ACL", annHome+"none/", body).want(http.StatusNotFound)
	s.setRights("Default", "owner lrwipkxtan9 bob lrwipkxtn")
	a := s.do("bob", "ACL", annDefault, body).refused(http.StatusForbidden, "need-privileges")
	if want := "<D:need-privileges><D:resource><D:href>" + annDefault + "</D:href><D:privilege><D:write-acl/></D:privilege></D:resource></D:need-privileges>"; !strings.Contains(a.body, want) {
		t.Errorf("want %s in\n%s", want, a.body)
	}
	s.setRights("Default", "owner lrwipkxtan9 bob a")
	s.do("bob", "ACL", annDefault, aclBody(ownerAll, ace(theUser("carol"), "grant", "D:read"))).refused(http.StatusForbidden, "recognized-principal")
	s.do("bob", "ACL", annDefault, body).want(http.StatusOK)
	s.do("bob", "ACL", annDefault, body).want(http.StatusNotFound) // he took it from himself
	s.do("root", "ACL", annDefault, body).want(http.StatusOK)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	for _, url := range []string{"/dav/", "/dav/principals/user/ann/", annDefault + "a.ics"} {
		a := s.do("ann", "ACL", url, body).want(http.StatusMethodNotAllowed)
		if allow := a.header.Get("Allow"); strings.Contains(allow, "ACL") || allow == "" {
			t.Errorf("%s: Allow: %s", url, allow)
		}
	}
}

// If and If-Match hold for the list too (RFC 4918 section 10.4).
func TestACLConditions(t *testing.T) {
	s := newServer(t)
	body := aclBody(ownerAll)
	tag := s.get(annDefault, "D:getetag").inner("getetag")
	tag = strings.NewReplacer("&quot;", `"`).Replace(tag)
	s.do("ann", "ACL", annDefault, body, `If-Match: "other"`).want(http.StatusPreconditionFailed)
	s.do("ann", "ACL", annDefault, body, `If: (["other"])`).want(http.StatusPreconditionFailed)
	s.do("ann", "ACL", annDefault, body, "If-Match: "+tag).want(http.StatusOK)
	s.do("ann", "ACL", annDefault, body, "If-Match: "+tag).want(http.StatusPreconditionFailed) // it has changed
}

// What no privilege stands for, and entries that are not shown, stay.
func TestACLKeepsWhatItDoesNotShow(t *testing.T) {
	s := newServer(t)
	s.setRights("Default", "owner lrswipkxtane569 gone lr -group:gone t bob lrs")
	shown := s.get(annDefault, "D:acl").inner("acl")
	if strings.Contains(shown, "gone") {
		t.Errorf("an entry for nobody is shown:\n%s", shown)
	}
	s.do("ann", "ACL", annDefault, aclBody(ownerAll)).want(http.StatusOK)
	if got, want := s.rightsOf("Default"), inOrder(t, "owner lrswipkxtane569 gone lr -group:gone t"); got != want {
		t.Errorf("stored %q, want %q", got, want)
	}
}

// The elements of delegates are shown as protected as long as there are delegates, and cannot be changed.
func TestACLOfDelegates(t *testing.T) {
	s := newServer(t)
	if shown := s.get(annDefault, "D:acl").inner("acl"); strings.Contains(shown, "proxy") {
		t.Errorf("delegates are shown where there are none:\n%s", shown)
	}
	if err := s.db.AddDelegate(t.Context(), s.named("ann").ID, s.named("bob").ID, true); err != nil {
		t.Fatal(err)
	}
	const proxy = "<D:href>/dav/principals/user/ann/calendar-proxy-write/</D:href>"
	own := strings.Replace(ace(proxy, "grant", "D:read", "C:read-free-busy", "D:write"), "</D:ace>", "<D:protected/></D:ace>", 1)
	shown := s.get(annDefault, "D:acl").inner("acl")
	if !strings.HasSuffix(shown, own) || strings.Contains(shown, "calendar-proxy-read") {
		t.Errorf("got\n%s\nwant at its end\n%s", shown, own)
	}
	s.do("ann", "ACL", annDefault, aclBody(shown)).want(http.StatusOK) // as clients do that do not look
	before := s.rightsOf("Default")
	for _, a := range []string{ace(proxy, "grant", "D:read"), ace(proxy, "grant", "D:all"), ace(proxy, "grant", "D:read", "C:read-free-busy", "D:write", "CY:admin")} {
		s.do("ann", "ACL", annDefault, aclBody(ownerAll, a)).refused(http.StatusForbidden, "no-protected-ace-conflict")
	}
	s.do("ann", "ACL", annDefault, aclBody(ace(proxy, "deny", "D:read"), ownerAll)).refused(http.StatusForbidden, "no-protected-ace-conflict")
	if got := s.rightsOf("Default"); got != before {
		t.Errorf("%q became %q", before, got)
	}
	s.do("bob", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	s.do("bob", "ACL", annDefault, aclBody(ownerAll)).want(http.StatusForbidden)
}

// Lists in the homes of groups need no element for an owner who is nobody.
func TestACLOfGroups(t *testing.T) {
	s := newServer(t)
	s.join("staff", "bob")
	home := "/dav/calendars/group/staff/"
	s.do("bob", "PROPFIND", home, propfind("D:displayname"), "Depth: 0").want(http.StatusMultiStatus)
	s.do("bob", "ACL", home, aclBody()).refused(http.StatusForbidden, "need-privileges")
	s.do("root", "ACL", home, aclBody(ace("<D:href>/dav/principals/group/staff/</D:href>", "grant", "D:read", "CY:admin"))).want(http.StatusOK)
	s.do("bob", "ACL", home, aclBody(ace(theUser("bob"), "grant", "D:all"))).want(http.StatusOK)
	m := s.do("bob", "PROPFIND", home, propfind("D:owner", "D:group", "D:acl-restrictions"), "Depth: 0").multistatus().response(home)
	for local, want := range map[string]string{
		"owner": "<D:href>/dav/principals/group/staff/</D:href>", "group": "<D:href>/dav/principals/group/staff/</D:href>",
		"acl-restrictions": "<D:no-invert/><D:deny-before-grant/>",
	} {
		if p, ok := m.prop(local); !ok || p.Inner != want {
			t.Errorf("%s: %q, want %q", local, p.Inner, want)
		}
	}
}

func TestACLIsSeenAtOnce(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	ask := func() int { return s.do("bob", "PROPFIND", annDefault, propfind("D:displayname"), "Depth: 0").status }
	var got []int
	for _, privilege := range []string{"D:write-content", "D:read", "C:read-free-busy"} {
		s.do("ann", "ACL", annDefault, aclBody(ownerAll, ace(theUser("bob"), "grant", privilege))).want(http.StatusOK)
		got = append(got, ask())
	}
	if want := []int{404, 207, 404}; !slices.Equal(got, want) {
		t.Errorf("bob's statuses %v, want %v", got, want)
	}
}
