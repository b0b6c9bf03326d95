package caldav

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// hrefs are those of a multistatus, in order.
func (m *multistatus) hrefs() []string {
	var list []string
	for _, r := range m.Responses {
		list = append(list, r.Href)
	}
	slices.Sort(list)
	return list
}

// A name in a calendar that is locked before there is an object.
func TestReservedObject(t *testing.T) {
	c := newClock()
	s := newServer(t, Options{Now: c.now})
	s.do("ann", "PUT", objectA, event("a", "20261201T100000Z")).want(201)
	s.setRights("Default", "owner lrwipkxtan9 bob lri")
	a := s.do("ann", "LOCK", newName, lockinfo("exclusive"), "Depth: 0").want(201)
	token := strings.Trim(a.header.Get("Lock-Token"), "<>")

	m := s.do("ann", "PROPFIND", annDefault, propfind("D:lockdiscovery", "D:supportedlock", "D:resourcetype", "D:getetag"), "Depth: 1").multistatus()
	if got := m.hrefs(); !slices.Equal(got, []string{annDefault, objectA, newName}) {
		t.Fatalf("listed are %v", got)
	}
	r := m.response(newName)
	if p, _ := r.prop("lockdiscovery"); !strings.Contains(p.Inner, token) || !strings.Contains(p.Inner, "<D:lockroot><D:href>"+newName) {
		t.Errorf("lockdiscovery: %s", p.Inner)
	}
	if p, ok := r.prop("supportedlock"); !ok || strings.Count(p.Inner, "<D:lockentry>") != 2 {
		t.Errorf("supportedlock: %s", p.Inner)
	}
	if p, ok := r.prop("resourcetype"); !ok || p.Inner != "" || !strings.Contains(r.status("getetag"), "404") {
		t.Errorf("resourcetype: %q %v, getetag: %s", p.Inner, ok, r.status("getetag"))
	}
	for _, body := range []string{wrap("D:propfind", "<D:allprop/>"), wrap("D:propfind", "<D:propname/>"), wrap("D:propfind", "<D:allprop/><D:include><D:supportedlock/><D:acl/></D:include>")} {
		r := s.do("ann", "PROPFIND", newName, body, "Depth: 0").multistatus().response(newName)
		for _, name := range []string{"lockdiscovery", "supportedlock", "resourcetype"} {
			if _, ok := r.prop(name); !ok {
				t.Errorf("%s: no %s", body, name)
			}
		}
	}

	// Nothing else is there (RFC 2518 section 7.4).
	for _, method := range []string{"GET", "HEAD", "DELETE", "PROPPATCH", "REPORT"} {
		body := ""
		switch method {
		case "PROPPATCH":
			body = setName
		case "REPORT":
			body = wrap("C:calendar-query", `<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`)
		}
		s.do("ann", method, newName, body).want(404)
	}
	s.do("ann", "COPY", newName, "", toA).want(404)
	s.do("ann", "MOVE", newName, "", toA).want(404)
	if allow := s.do("ann", "OPTIONS", newName, "").want(200).header.Get("Allow"); allow != methodsToMakeAnObj {
		t.Errorf("Allow: %s", allow)
	}

	// The name is kept for who locked it, and a PUT makes it an object with that lock.
	s.do("bob", "PUT", newName, event("new", "20261201T110000Z"), "If-None-Match: *").refused(423, "lock-token-submitted")
	s.do("bob", "PUT", newName, event("new", "20261201T110000Z"), "If: (<"+token+">)").refused(423, "lock-token-submitted")
	s.do("ann", "PUT", newName, event("new", "20261201T110000Z"), "If-None-Match: *", "If: (<"+token+">)").want(201)
	s.do("ann", "GET", newName, "").want(200)
	if got := s.locks("ann", newName); got != "exclusive 0 "+newName {
		t.Errorf("locks: %s", got)
	}
	s.unlock("ann", newName, token).want(204)
	s.do("ann", "GET", newName, "").want(200)
	s.do("ann", "DELETE", newName, "").want(204)

	// It goes with UNLOCK, and with time.
	token = s.lock("ann", newName, "exclusive")
	s.unlock("ann", newName, token).want(204)
	s.do("ann", "PROPFIND", newName, propfind("D:lockdiscovery"), "Depth: 0").want(404)
	s.lock("ann", newName, "exclusive", "Timeout: Second-60")
	c.move(61 * time.Second)
	s.do("ann", "PROPFIND", newName, propfind("D:lockdiscovery"), "Depth: 0").want(404)
	if got := s.do("ann", "PROPFIND", annDefault, propfind("D:getetag"), "Depth: 1").multistatus().hrefs(); !slices.Equal(got, []string{annDefault, objectA}) {
		t.Errorf("listed after its time are %v", got)
	}
	s.do("bob", "PUT", newName, event("new", "20261201T110000Z")).want(201)
}

// A name in a home that is locked before there is a calendar.
func TestReservedCollection(t *testing.T) {
	c := newClock()
	s := newServer(t, Options{Now: c.now})
	before := s.do("ann", "PROPFIND", annHome, propfind("D:lockdiscovery"), "Depth: 1").multistatus().hrefs()
	a := s.do("ann", "LOCK", annNew, lockinfo("exclusive"), "Depth: infinity", "Timeout: Second-60").want(201)
	token := strings.Trim(a.header.Get("Lock-Token"), "<>")
	listed := s.do("ann", "PROPFIND", annHome, propfind("D:lockdiscovery"), "Depth: 1").multistatus()
	if got := listed.hrefs(); len(got) != len(before)+1 || !slices.Contains(got, annNew) {
		t.Errorf("listed are %v", got)
	}
	if got := s.locks("ann", annNew); got != "exclusive infinity "+annNew {
		t.Errorf("locks: %s", got)
	}
	s.do("ann", "PUT", annNew+"a.ics", event("a", "20261201T110000Z"), "If: (<"+token+">)").want(409)
	s.do("ann", "DELETE", annNew, "").want(404)
	s.do("root", "MKCALENDAR", annNew, "").refused(423, "lock-token-submitted")
	s.do("ann", "MKCALENDAR", annNew, "", "If: (<"+token+"0>)").want(412)
	s.do("ann", "MKCALENDAR", annNew, "", "If: (<"+token+">)").want(201)
	if got := s.locks("ann", annNew); got != "exclusive infinity "+annNew {
		t.Errorf("locks of the calendar: %s", got)
	}
	s.do("ann", "PUT", annNew+"a.ics", event("a", "20261201T110000Z")).refused(423, "lock-token-submitted")
	s.do("ann", "PUT", annNew+"a.ics", event("a", "20261201T110000Z"), "If: (<"+token+">)").want(201)
	s.do("ann", "DELETE", annNew, "", "If: (<"+token+">)").want(204)

	s.lock("ann", annNew, "exclusive", "Timeout: Second-60")
	c.move(61 * time.Second)
	if got := s.do("ann", "PROPFIND", annHome, propfind("D:lockdiscovery"), "Depth: 1").multistatus().hrefs(); !slices.Equal(got, before) {
		t.Errorf("listed after its time are %v", got)
	}
	s.do("root", "MKCALENDAR", annNew, "").want(201)
}

// Locks end while nothing else changes: no answer is kept that shows one.
func TestLocksAreNotCached(t *testing.T) {
	c := newClock()
	s := newServer(t, Options{Now: c.now})
	s.lock("ann", annDefault, "exclusive", "Depth: 0", "Timeout: Second-60")
	for range 2 {
		for _, path := range []string{annHome, annDefault} {
			a := s.do("ann", "PROPFIND", path, propfind("D:lockdiscovery"), "Depth: 1").want(207)
			if !strings.Contains(a.body, "<D:lockroot>") {
				t.Errorf("%s: no lock in\n%s", path, a.body)
			}
		}
	}
	c.move(61 * time.Second)
	for _, path := range []string{annHome, annDefault} {
		a := s.do("ann", "PROPFIND", path, propfind("D:lockdiscovery"), "Depth: 1").want(207)
		if strings.Contains(a.body, "<D:lockroot>") {
			t.Errorf("%s: a lock that has ended in\n%s", path, a.body)
		}
	}
}

// Who is told what of a lock (RFC 4918 sections 6.4, 6.5 and 15.8).
func TestLockDiscoveryRights(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", objectA, event("a", "20261201T100000Z")).want(201)
	token := s.lock("ann", annHome, "exclusive")
	for _, test := range []struct {
		rights, who        string
		token, owner, root bool
	}{
		{"bob lr", "ann", true, true, true},
		{"bob lr", "bob", false, true, false},
		{"bob lra", "bob", false, true, false}, // the lock is on the home
		{"anyone lr", "", false, false, false},
	} {
		s.setRights("Default", "owner lrwipkxtan9 "+test.rights)
		a := s.do(test.who, "PROPFIND", objectA, propfind("D:lockdiscovery"), "Depth: 0").want(207)
		root := objectA
		if test.root {
			root = annHome
		}
		if strings.Contains(a.body, token) != test.token || strings.Contains(a.body, "mailto:ann") != test.owner ||
			!strings.Contains(a.body, "<D:lockroot><D:href>"+root+"</D:href>") {
			t.Errorf("%s, %s: got\n%s", test.rights, test.who, a.body)
		}
	}
	s.setRights("", "owner lrwipkxtan9 bob lra")
	if a := s.do("bob", "PROPFIND", annHome, propfind("D:lockdiscovery"), "Depth: 0").want(207); !strings.Contains(a.body, token) {
		t.Errorf("who may end it is not shown the token:\n%s", a.body)
	}
}
