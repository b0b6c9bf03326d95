package caldav

import (
	"slices"
	"strings"
	"testing"
)

// A calendar that is shared is locked in whatever home it is seen; URLs are those of the home that a request is for.
func TestLockSharedCalendar(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read-write")
	wantLocks := func(who, path, want string) {
		t.Helper()
		if got := s.locks(who, path); got != want {
			t.Errorf("%s, %s: %q, want %q", who, path, got, want)
		}
	}
	wantLocked := func(a *answer, href string) {
		t.Helper()
		a.refused(423, "lock-token-submitted")
		if !strings.Contains(a.body, "<D:lock-token-submitted><D:href>"+href+"</D:href></D:lock-token-submitted>") {
			t.Errorf("%s: want %s in\n%s", a.what, href, a.body)
		}
	}
	change := event("a", "20261201T120000Z")

	// of the sharer
	token := s.lock("ann", work+"a.ics", "exclusive", "Depth: 0")
	wantLocks("bob", mount+"a.ics", "exclusive 0 "+mount+"a.ics")
	if a := s.do("bob", "PROPFIND", mount+"a.ics", propfind("D:lockdiscovery"), "Depth: 0"); strings.Contains(a.body, token) || strings.Contains(a.body, annHome) {
		t.Errorf("the sharee is told\n%s", a.body)
	}
	wantLocked(s.do("bob", "PUT", mount+"a.ics", change), mount+"a.ics")
	wantLocked(s.do("bob", "PUT", mount+"a.ics", change, "If: (<"+token+">)"), mount+"a.ics")
	s.do("ann", "PUT", work+"a.ics", change, "If: (<"+token+">)").want(204)
	s.unlock("bob", mount+"a.ics", token).refused(403, "need-privileges")
	s.unlock("ann", work+"a.ics", token).want(204)

	// of the sharee, on the calendar
	token = s.lock("bob", mount, "exclusive", "Depth: infinity")
	wantLocks("bob", mount, "exclusive infinity "+mount)
	wantLocks("bob", mount+"a.ics", "exclusive infinity "+mount)
	wantLocks("ann", work+"a.ics", "exclusive infinity "+work)
	wantLocked(s.do("ann", "PUT", work+"a.ics", change), work)
	wantLocked(s.do("bob", "PUT", mount+"b.ics", event("b", "20261201T120000Z")), mount)
	s.do("bob", "PUT", mount+"a.ics", change, "If: (<"+token+">)").want(204)
	s.do("bob", "PUT", mount+"b.ics", event("b", "20261201T120000Z"), "If: <"+mount+"> (<"+token+">)").want(201)
	listed := s.do("bob", "PROPFIND", bobHome, propfind("D:lockdiscovery"), "Depth: 1").multistatus().response(mount)
	if p, _ := listed.prop("lockdiscovery"); !strings.Contains(p.Inner, token) {
		t.Errorf("the sharee's home shows no lock: %s", p.Inner)
	}
	s.unlock("ann", work, token).want(204) // who administers the calendar may

	// of a name that is free
	token = s.lock("bob", mount+"new.ics", "exclusive")
	for _, x := range []struct{ who, path string }{{"ann", work}, {"bob", mount}} {
		if got := s.do(x.who, "PROPFIND", x.path, propfind("D:getetag"), "Depth: 1").multistatus().hrefs(); !slices.Contains(got, x.path+"new.ics") {
			t.Errorf("%s is shown %v", x.who, got)
		}
	}
	wantLocked(s.do("ann", "PUT", work+"new.ics", event("new", "20261201T120000Z")), work+"new.ics")
	s.do("bob", "PUT", mount+"new.ics", event("new", "20261201T120000Z"), "If: (<"+token+">)").want(201)
	s.unlock("bob", mount+"new.ics", token).want(204)

	// of the whole home around it, which the sharee knows nothing of
	token = s.lock("ann", annHome, "exclusive", "Depth: infinity")
	wantLocked(s.do("bob", "PUT", mount+"a.ics", change), mount)
	wantLocks("bob", mount+"a.ics", "exclusive infinity "+mount)
	s.unlock("ann", annHome, token).want(204)

	// It is the sharee's home that it can be taken out of.
	inside := s.lock("ann", work+"a.ics", "exclusive")
	token = s.lock("bob", bobHome, "exclusive", "Depth: 0")
	wantLocked(s.do("bob", "DELETE", mount, ""), bobHome)
	s.do("bob", "DELETE", mount, "", "If: <"+bobHome+"> (<"+token+">)").want(204)
	wantLocks("ann", work+"a.ics", "exclusive infinity "+work+"a.ics")
	s.unlock("ann", work+"a.ics", inside).want(204)
}
