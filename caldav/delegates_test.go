package caldav

import (
	"net/http"
	"path"
	"strings"
	"testing"

	"convene/acl"
	"convene/store"
)

// What each sort of delegate may do, in ann's home, and that it ends when ann ends it. Group says by which way bob is one.
func TestDelegates(t *testing.T) {
	s := newOffice(t)
	private := event("secret", "20261201T100000Z", "CLASS:PRIVATE", "DESCRIPTION:hidden")
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z"), "secret.ics": private})
	acls := wrap("D:acl", `<D:ace><D:principal><D:all/></D:principal><D:grant><D:privilege><D:read/></D:privilege></D:grant></D:ace>`)
	type step struct {
		method, path, body  string
		nobody, read, write int
	}
	steps := []step{
		{"PROPFIND", annHome, "", 404, 207, 207},
		{"PROPFIND", annDefault, "", 404, 207, 207},
		{"GET", annDefault + "a.ics", "", 404, 200, 200},
		{"GET", annDefault + "?export", "", 404, 200, 200},
		{"REPORT", annDefault, filterFor(""), 404, 207, 207},
		{"REPORT", annHome, freeBusy("20261201T000000Z/20261202T000000Z"), 200, 200, 200},
		{"PROPFIND", annHome + "Inbox/", "", 404, 207, 207},
		{"PROPFIND", annHome + "Outbox/", "", 404, 207, 207},
		{"PUT", annDefault + "new.ics", event("new", "20261202T100000Z"), 404, 403, 201},
		{"POST", annDefault, event("posted", "20261202T100000Z"), 404, 403, 201},
		{"PROPPATCH", annDefault, update("+<D:displayname>X</D:displayname>"), 404, 403, 207},
		{"MKCALENDAR", annHome + "made/", "", 404, 403, 201},
		{"DELETE", annDefault + "new.ics", "", 404, 403, 204},
		{"DELETE", annHome + "made/", "", 404, 404, 204}, // for who reads there is none
		{"ACL", annDefault, acls, 404, 403, 403},
		{"PROPPATCH", annReaders, memberSet(bobPrincipal), 403, 403, 403},
		{"PROPPATCH", annWriters, memberSet(bobPrincipal), 403, 403, 403},
	}
	check := func(what string, want func(step) int) {
		t.Helper()
		for _, st := range steps {
			var headers []string
			if st.method == "PROPFIND" || st.method == "REPORT" {
				headers = []string{"Depth: 1"}
			}
			a := s.do("bob", st.method, st.path, strings.ReplaceAll(st.body, "posted", path.Base(what)), headers...)
			if w := want(st); a.status != w {
				t.Errorf("%s: %s %s: %d, want %d\n%.300s", what, st.method, st.path, a.status, w, a.body)
			}
		}
	}
	sees := func(what string, whole bool) {
		t.Helper()
		for _, url := range []string{annDefault + "secret.ics", annDefault + "?export"} {
			if got := strings.Contains(s.do("bob", "GET", url, "").want(http.StatusOK).body, "hidden"); got != whole {
				t.Errorf("%s: sees what is private in %s: %v", what, url, got)
			}
		}
	}
	nobody, read, write := func(st step) int { return st.nobody }, func(st step) int { return st.read }, func(st step) int { return st.write }
	check("nobody", nobody)
	for _, way := range []string{bobPrincipal, staffPrincipal} {
		s.delegate(annReaders, way)
		check("reads by "+way, read)
		sees("reads by "+way, false)
		s.delegate(annWriters, way)
		check("writes by "+way, write)
		sees("writes by "+way, true)
		s.wantProp("ann", annReaders, "D:group-member-set", "")
		s.delegate(annWriters)
		check("no longer by "+way, nobody)
	}
	// Both at once: the more counts. What is taken from bob himself stays taken.
	s.delegate(annReaders, bobPrincipal)
	s.delegate(annWriters, staffPrincipal)
	s.do("bob", "PUT", annDefault+"b.ics", event("b", "20261202T100000Z")).want(http.StatusCreated)
	s.change("Default", func(p *store.Properties) {
		p.Rights = append(p.Rights[:len(p.Rights):len(p.Rights)], acl.Entry{Who: "bob", Negative: true, Rights: acl.Insert})
	})
	s.do("bob", "PUT", annDefault+"c.ics", event("c", "20261202T100000Z")).refused(http.StatusForbidden, "need-privileges")
	// Leaving the group ends it.
	staff, err := s.db.PrincipalByName(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	bob, err := s.db.PrincipalByName(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.RemoveMember(t.Context(), staff.ID, bob.ID); err != nil {
		t.Fatal(err)
	}
	s.do("bob", "DELETE", annDefault+"b.ics", "").want(http.StatusForbidden)
	s.do("bob", "GET", annDefault+"b.ics", "").want(http.StatusOK)
	if err := s.db.RemoveDelegate(t.Context(), s.collection("Default").Owner, bob.ID); err != nil {
		t.Fatal(err)
	}
	s.do("bob", "GET", annDefault+"b.ics", "").want(http.StatusNotFound)
}
