package caldav

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"convene/store"
)

// lockedCase is a request that a lock is in the way of.
type lockedCase struct {
	name         string
	lock, depth  string // of ann
	method, path string
	body         string
	headers      []string
	free         bool // it is not
	status       int  // with the token submitted
}

const (
	objectA = annDefault + "a.ics"
	newName = annDefault + "new.ics"
	annWork = annHome + "work/"
	annNew  = annHome + "new/"
)

var toNew, toWork, toA = "Destination: " + newName, "Destination: " + annWork + "a.ics", "Destination: " + objectA

var setName = wrap("D:propertyupdate", `<D:set><D:prop><x xmlns="urn:x">y</x></D:prop></D:set>`)

var ownerHasAll = wrap("D:acl", "<D:ace><D:principal><D:property><D:owner/></D:property></D:principal><D:grant><D:privilege><D:all/></D:privilege></D:grant></D:ace>")

// lockedCases: RFC 4918 section 7. There are Default/a.ics, Default/b.ics and work/ with c.ics, whose UID is that of a.ics.
var lockedCases = []lockedCase{
	{name: "PUT", lock: objectA, method: "PUT", path: objectA, body: event("a", "20261201T110000Z"), status: 204},
	{name: "PUT below Depth infinity", lock: annDefault, depth: "infinity", method: "PUT", path: objectA, body: event("a", "20261201T110000Z"), status: 204},
	{name: "PUT below the home", lock: annHome, depth: "infinity", method: "PUT", path: objectA, body: event("a", "20261201T110000Z"), status: 204},
	{name: "PUT below Depth 0", lock: annDefault, method: "PUT", path: objectA, body: event("a", "20261201T110000Z"), free: true, status: 204},
	{name: "PUT beside", lock: objectA, method: "PUT", path: annDefault + "b.ics", body: event("b", "20261201T110000Z"), free: true, status: 204},
	{name: "PUT of a new one", lock: annDefault, method: "PUT", path: newName, body: event("new", "20261201T110000Z"), status: 201},
	{name: "PUT of a new one in a home of Depth 0", lock: annHome, method: "PUT", path: newName, body: event("new", "20261201T110000Z"), free: true, status: 201},
	{name: "PUT on a reserved name", lock: newName, method: "PUT", path: newName, body: event("new", "20261201T110000Z"), status: 201},
	{name: "POST", lock: annDefault, method: "POST", path: annDefault, body: event("new", "20261201T110000Z"), status: 201},
	{name: "POST below the home", lock: annHome, depth: "infinity", method: "POST", path: annDefault, body: event("new", "20261201T110000Z"), status: 201},
	{name: "DELETE", lock: objectA, method: "DELETE", path: objectA, status: 204},
	{name: "DELETE out of a calendar of Depth 0", lock: annDefault, method: "DELETE", path: objectA, status: 204},
	{name: "DELETE of a calendar", lock: annDefault, method: "DELETE", path: annDefault, status: 204},
	{name: "DELETE of a calendar with a lock in it", lock: objectA, method: "DELETE", path: annDefault, status: 204},
	{name: "DELETE of a calendar with a reserved name in it", lock: newName, method: "DELETE", path: annDefault, status: 204},
	{name: "DELETE of a calendar in a home of Depth 0", lock: annHome, method: "DELETE", path: annDefault, status: 204},
	{name: "PROPPATCH", lock: objectA, method: "PROPPATCH", path: objectA, body: setName, status: 207},
	{name: "PROPPATCH of a calendar", lock: annDefault, method: "PROPPATCH", path: annDefault, body: setName, status: 207},
	{name: "PROPPATCH of a home", lock: annHome, method: "PROPPATCH", path: annHome, body: setName, status: 207},
	{name: "PROPPATCH in a calendar of Depth 0", lock: annDefault, method: "PROPPATCH", path: objectA, body: setName, free: true, status: 207},
	{name: "MKCALENDAR", lock: annHome, method: "MKCALENDAR", path: annNew, status: 201},
	{name: "MKCALENDAR on a reserved name", lock: annNew, method: "MKCALENDAR", path: annNew, status: 201},
	{name: "MKCOL on a reserved name", lock: annNew, method: "MKCOL", path: annNew, status: 201},
	{name: "MKCALENDAR beside", lock: annDefault, depth: "infinity", method: "MKCALENDAR", path: annNew, free: true, status: 201},
	{name: "MOVE of what is locked", lock: objectA, method: "MOVE", path: objectA, headers: []string{toNew}, status: 201},
	{name: "MOVE out of a calendar", lock: annDefault, method: "MOVE", path: objectA, headers: []string{"Destination: " + annHome + "empty/a.ics"}, status: 201},
	{name: "MOVE into a calendar", lock: annHome + "empty/", method: "MOVE", path: objectA, headers: []string{"Destination: " + annHome + "empty/a.ics"}, status: 201},
	{name: "MOVE onto what is locked", lock: annWork + "a.ics", method: "MOVE", path: objectA, headers: []string{toWork}, status: 204},
	{name: "MOVE onto something in a calendar of Depth 0", lock: annWork, method: "MOVE", path: objectA, headers: []string{toWork}, status: 204},
	{name: "MOVE to a reserved name", lock: newName, method: "MOVE", path: objectA, headers: []string{toNew}, status: 201},
	{name: "COPY of what is locked", lock: objectA, method: "COPY", path: objectA, headers: []string{toWork}, free: true, status: 204},
	{name: "COPY onto what is locked", lock: annWork + "a.ics", method: "COPY", path: objectA, headers: []string{toWork}, status: 204},
	{name: "COPY onto something in a calendar of Depth 0", lock: annWork, method: "COPY", path: objectA, headers: []string{toWork}, free: true, status: 204},
	{name: "COPY into a calendar", lock: annHome + "empty/", method: "COPY", path: objectA, headers: []string{"Destination: " + annHome + "empty/a.ics"}, status: 201},
	{name: "MOVE of a calendar", lock: annWork, method: "MOVE", path: annWork, headers: []string{"Destination: " + annNew}, status: 201},
	{name: "MOVE of a calendar with a lock in it", lock: annWork + "a.ics", method: "MOVE", path: annWork, headers: []string{"Destination: " + annNew}, status: 201},
	{name: "MOVE of a calendar in a home", lock: annHome, method: "MOVE", path: annWork, headers: []string{"Destination: " + annNew}, status: 201},
	{name: "MOVE of a calendar to a reserved name", lock: annNew, method: "MOVE", path: annWork, headers: []string{"Destination: " + annNew}, status: 201},
	{name: "MOVE of a calendar over one with a lock in it", lock: objectA, method: "MOVE", path: annWork, headers: []string{"Destination: " + annDefault}, status: 204},
	{name: "COPY of a calendar", lock: annWork, depth: "infinity", method: "COPY", path: annWork, headers: []string{"Destination: " + annNew}, free: true, status: 201},
	{name: "COPY of a calendar in a home", lock: annHome, method: "COPY", path: annWork, headers: []string{"Destination: " + annNew}, status: 201},
	{name: "COPY of a calendar over one with a lock in it", lock: objectA, method: "COPY", path: annWork, headers: []string{"Destination: " + annDefault}, status: 204},
	{name: "LOCK of a new name", lock: annDefault, method: "LOCK", path: newName, body: lockinfo("shared"), status: 201},
	{name: "LOCK of a new name in a home", lock: annHome, method: "LOCK", path: annNew, body: lockinfo("shared"), status: 201},
	{name: "LOCK of something there", lock: annDefault, method: "LOCK", path: objectA, body: lockinfo("shared"), free: true, status: 200},
	{name: "ACL", lock: annDefault, method: "ACL", path: annDefault, body: ownerHasAll, status: 200},
}

// Without the token a request is refused, and so it is with the token of somebody else; with it it works.
func TestLocked(t *testing.T) {
	s := newServer(t)
	s.makeCalendar("spare") // for invitations: without it none of the others could be removed
	for _, test := range lockedCases {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			s.endLocks()
			for _, name := range []string{"Default/", "work/", "empty/", "new/"} {
				s.do("ann", "DELETE", annHome+name, "")
			}
			for _, name := range []string{"Default/", "work/", "empty/"} {
				s.do("ann", "MKCALENDAR", annHome+name, "").want(201)
				s.setRights(strings.TrimSuffix(name, "/"), "owner lrwipkxtan9 bob lrwipkxtan9")
			}
			s.setRights("", "owner lrwipkxtan9 bob lrwipkxtan9")
			s.do("ann", "PUT", objectA, event("a", "20261201T100000Z")).want(201)
			s.do("ann", "PUT", annDefault+"b.ics", event("b", "20261201T100000Z")).want(201)
			s.do("ann", "PUT", annWork+"a.ics", event("a", "20261201T100000Z")).want(201)
			depth := test.depth
			if depth == "" {
				depth = "0"
			}
			token := s.lock("ann", test.lock, "exclusive", "Depth: "+depth)
			if test.free {
				s.do("ann", test.method, test.path, test.body, test.headers...).want(test.status)
				return
			}
			submitted := append([]string{"If: <" + test.lock + "> (<" + token + ">)"}, test.headers...)
			before := s.walk()
			a := s.do("ann", test.method, test.path, test.body, test.headers...)
			a.refused(http.StatusLocked, "lock-token-submitted")
			if want := "<D:href>" + test.lock + "</D:href>"; !strings.Contains(a.body, want) {
				t.Errorf("no %s in\n%s", want, a.body)
			}
			s.do("bob", test.method, test.path, test.body, submitted...).refused(http.StatusLocked, "lock-token-submitted")
			if after := s.walk(); after != before {
				t.Errorf("something was changed: before\n%s\nafter\n%s", before, after)
			}
			s.do("ann", test.method, test.path, test.body, submitted...).want(test.status)
		})
	}
}

// endLocks ends all locks of ann's home.
func (s *server) endLocks() {
	s.t.Helper()
	owner := s.collection("").Owner
	_, err := store.InTx(s.t.Context(), s.db, []store.PrincipalID{owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, tx.RemoveLocks(ctx, owner, "", "")
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// walk is what there is in ann's home.
func (s *server) walk() string {
	s.t.Helper()
	var b strings.Builder
	for _, path := range []string{annHome, annDefault, annWork, annHome + "empty/", annNew} {
		a := s.do("ann", "PROPFIND", path, propfind("D:getetag", "D:lockdiscovery"), "Depth: 1")
		b.WriteString(a.body)
	}
	return b.String()
}

// What becomes of a lock when that which it lies on goes away or comes (RFC 4918 sections 7.3, 7.6 and 9.6).
func TestLocksFollow(t *testing.T) {
	s := newServer(t)
	s.do("ann", "MKCALENDAR", annWork, "").want(201)
	s.do("ann", "PUT", objectA, event("a", "20261201T100000Z")).want(201)
	want := func(path, locks string) {
		t.Helper()
		if got := s.locks("ann", path); got != locks {
			t.Errorf("%s: %q, want %q", path, got, locks)
		}
	}

	token := s.lock("ann", objectA, "exclusive", "Depth: 0")
	s.do("ann", "COPY", objectA, "", toWork).want(201)
	want(annWork+"a.ics", "")
	s.do("ann", "MOVE", objectA, "", toNew, "If: (<"+token+">)").want(201)
	want(newName, "")
	s.do("ann", "PROPFIND", objectA, propfind("D:lockdiscovery"), "Depth: 0").want(404) // the lock is not left behind
	s.do("ann", "PUT", newName, event("a", "20261201T110000Z")).want(204)

	token = s.lock("ann", newName, "shared", "Depth: 0")
	s.do("ann", "DELETE", newName, "", "If: (<"+token+">)").want(204)
	s.do("ann", "PUT", newName, event("a", "20261201T110000Z")).want(201)
	want(newName, "")

	deep := s.lock("ann", annWork, "exclusive", "Depth: infinity")                                                                // what comes in takes part in the lock, what leaves does not
	s.do("ann", "MOVE", newName, "", "Destination: "+annWork+"b.ics", "Overwrite: F", "If: <"+annWork+"> (<"+deep+">)").want(403) // the UID is there
	s.do("ann", "DELETE", annWork+"a.ics", "", "If: (<"+deep+">)").want(204)
	s.do("ann", "MOVE", newName, "", "Destination: "+annWork+"b.ics", "If: <"+annWork+"> (<"+deep+">)").want(201)
	want(annWork+"b.ics", "exclusive infinity "+annWork)
	s.do("ann", "MOVE", annWork+"b.ics", "", toA, "If: (<"+deep+">)").want(201)
	want(objectA, "")
	want(annWork, "exclusive infinity "+annWork)

	inner := s.lock("ann", annDefault+"b.ics", "exclusive") // a reserved name in what is replaced
	outer := s.lock("ann", annDefault, "exclusive", "Depth: 0")
	s.do("ann", "COPY", annWork, "", "Destination: "+annDefault, "If: <"+annDefault+"> (<"+outer+">)").refused(423, "lock-token-submitted")
	s.do("ann", "COPY", annWork, "", "Destination: "+annDefault, "If: <"+annDefault+"> (<"+outer+">) (<"+inner+">)").want(204)
	want(annDefault, "exclusive 0 "+annDefault)
	s.unlock("ann", annDefault+"b.ics", inner).refused(409, "lock-token-matches-request-uri")
	s.do("ann", "DELETE", annDefault, "", "If: (<"+outer+">)").want(204)
	s.do("ann", "MKCALENDAR", annDefault, "").want(201)
	want(annDefault, "")
}

// One of several shared locks is enough, if it is one's own.
func TestLockedShared(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", objectA, event("a", "20261201T100000Z")).want(201)
	s.setRights("Default", "owner lrwipkxtan9 bob lrwipkxtan9")
	anns, bobs := s.lock("ann", objectA, "shared"), s.lock("bob", objectA, "shared")
	put := func(who, token string, status int) {
		t.Helper()
		s.do(who, "PUT", objectA, event("a", "20261201T110000Z"), "If: (<"+token+">)").want(status)
	}
	put("ann", anns, 204)
	put("bob", bobs, 204)
	put("ann", bobs, 423)
	put("bob", anns, 423)
	s.do("root", "PUT", objectA, event("a", "20261201T110000Z"), "If: (<"+anns+">)").want(423)
	s.do("ann", "PUT", objectA, event("a", "20261201T110000Z"), "If: (<"+anns+"0>) (Not <DAV:no-lock>)").want(423)
	s.do("ann", "PUT", objectA, event("a", "20261201T110000Z"), "If: (<DAV:no-lock>) (Not <"+anns+"> <"+anns+">) (Not <DAV:no-lock>)").want(204)
	s.do("ann", "PUT", objectA, event("a", "20261201T110000Z"), "If: (<DAV:no-lock>)").want(412)
	s.unlock("ann", objectA, anns).want(204)
	put("ann", anns, 412)
	s.do("ann", "PUT", objectA, event("a", "20261201T110000Z")).want(423)
	put("bob", bobs, 204)
}

// Who may not read what is locked does not learn of it by being refused.
func TestLockedHidden(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", objectA, event("a", "20261201T100000Z")).want(201)
	s.lock("ann", objectA, "exclusive")
	s.setRights("Default", "owner lrwipkxtan9 bob xi")
	a := s.do("bob", "DELETE", annDefault, "").refused(423, "lock-token-submitted")
	b := s.do("bob", "LOCK", annDefault, lockinfo("exclusive"), "Depth: infinity").want(207)
	for _, x := range []*answer{a, b} {
		if strings.Contains(x.body, "a.ics") || !strings.Contains(x.body, "<D:href>"+annDefault+"</D:href>") {
			t.Errorf("%s: got\n%s", x.what, x.body)
		}
	}
	s.do("bob", "PROPFIND", objectA, propfind("D:lockdiscovery"), "Depth: 0").want(404)
	s.do("bob", "PROPFIND", annDefault+"none.ics", propfind("D:lockdiscovery"), "Depth: 0").want(404)
}

// The If header of a COPY or MOVE to another home names what is there.
func TestLockedInAnotherHome(t *testing.T) {
	s := newServer(t)
	const there = "/dav/calendars/user/bob/Default/a.ics"
	s.do("ann", "PUT", objectA, event("a", "20261201T100000Z")).want(201)
	s.do("bob", "PUT", there, event("a", "20261201T100000Z")).want(201)
	token := s.lock("root", there, "exclusive")
	for _, method := range []string{"COPY", "MOVE"} {
		a := s.do("root", method, objectA, "", "Destination: "+there).refused(423, "lock-token-submitted")
		if !strings.Contains(a.body, "<D:href>"+there+"</D:href>") {
			t.Errorf("%s: got\n%s", method, a.body)
		}
		s.do("root", method, objectA, "", "Destination: "+there, "If: <"+objectA+"> (<"+token+">)").want(412) // it is not on that
		s.do("root", method, objectA, "", "Destination: "+there, "If: <"+s.URL+there+"> (<"+token+">)").want(204)
		if got := s.locks("root", there); got != "exclusive infinity "+there {
			t.Errorf("%s: locks %s", method, got)
		}
	}
}
