package caldav

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

const annHome = "/dav/calendars/user/ann/"

// A home reports its collections, and at sync-level infinite all that is in them, with one token (RFC 6578 section 3.3).
func TestSyncHome(t *testing.T) {
	s := newServer(t)
	one, all := s.replica(annHome, "1"), s.replica(annHome, "infinite")
	standard := []string{"Attachments/", "Default/", "Inbox/", "Notifications/", "Outbox/"}
	wantChanges(t, one.sync(0), standard...)
	wantChanges(t, all.sync(0), standard...)
	wantChanges(t, one.sync(0))
	wantChanges(t, all.sync(0))

	work := s.makeCalendar("work")
	wantChanges(t, one.sync(0), "work/")
	wantChanges(t, all.sync(0), "work/")
	s.fill(work, map[string]string{"a.ics": event("a", "20261201T100000Z"), "b.ics": event("b", "20261201T100000Z")})
	s.fill(annDefault, map[string]string{"c.ics": event("c", "20261201T100000Z")})
	oneChanged := one.sync(0)
	if len(oneChanged) > 0 && !slices.Equal(oneChanged, []string{"Default/", "work/"}) {
		t.Fatalf("reported %v at level 1", oneChanged)
	}
	wantChanges(t, objectsOf(all.sync(0)), "Default/c.ics", "work/a.ics", "work/b.ics")

	s.do("ann", "PROPPATCH", work, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>W</D:displayname></D:prop></D:set>")).want(http.StatusMultiStatus)
	wantChanges(t, one.sync(0), "work/")
	wantChanges(t, all.sync(0), "work/")
	s.do("ann", "DELETE", work+"b.ics", "").want(http.StatusNoContent)
	wantChanges(t, objectsOf(all.sync(0)), "-work/b.ics")
	s.do("ann", "MOVE", annDefault+"c.ics", "", "Destination: "+work+"c.ics").want(http.StatusCreated)
	wantChanges(t, objectsOf(all.sync(0)), "-Default/c.ics", "work/c.ics")
	one.sync(0)

	s.do("ann", "MOVE", work, "", "Destination: "+annHome+"play/").want(http.StatusCreated) // all that is in it has another URL now
	wantChanges(t, one.sync(0), "-work/", "play/")
	got := all.sync(0)
	for _, want := range []string{"-work/", "play/", "play/a.ics", "play/c.ics"} {
		if !slices.Contains(got, want) {
			t.Errorf("after a rename %v is reported, want %s in it", got, want)
		}
	}
	s.do("ann", "COPY", annHome+"play/", "", "Destination: "+annHome+"copy/").want(http.StatusCreated)
	wantChanges(t, all.sync(0), "copy/", "copy/a.ics", "copy/c.ics")
	s.do("ann", "DELETE", annHome+"play/", "").want(http.StatusNoContent)
	got = all.sync(0)
	if !slices.Contains(got, "-play/") {
		t.Errorf("after a removal %v is reported", got)
	}
	one.sync(0)
	s.do("ann", "DELETE", annHome+"copy/", "").want(http.StatusNoContent) // away and back under its name
	s.makeCalendar("copy")
	one.sync(0)
	all.sync(0)
	s.do("ann", "PUT", annHome+"copy/z.ics", event("z", "20261201T100000Z")).want(http.StatusCreated)
	wantChanges(t, objectsOf(all.sync(0)), "copy/z.ics")
	wantChanges(t, objectsOf(s.replica(annHome, "infinite").sync(0)), "copy/z.ics")
}

// objectsOf leaves out collections, which may be reported again when something in them changed.
func objectsOf(changes []string) []string {
	return slices.DeleteFunc(slices.Clone(changes), func(c string) bool { return strings.HasSuffix(c, "/") && !strings.HasPrefix(c, "-") })
}

func TestSyncHomeLimit(t *testing.T) {
	s := newServer(t)
	for _, name := range []string{"one", "two", "three"} {
		s.makeCalendar(name)
		s.storeMany(name, 9, func(i int) (string, string) {
			return fmt.Sprintf("%d.ics", i), event(fmt.Sprint(i), "20261201T100000Z")
		})
	}
	for _, limit := range []int{1, 2, 5, 100} {
		all := s.replica(annHome, "infinite")
		if got := objectsOf(all.sync(limit)); len(got) != 27 {
			t.Errorf("limit %d: %d objects reported, want 27", limit, len(got))
		}
	}
	all := s.replica(annHome, "infinite")
	all.round(10)
	s.do("ann", "MOVE", annHome+"one/", "", "Destination: "+annHome+"first/").want(http.StatusCreated)
	s.do("ann", "DELETE", annHome+"two/", "").want(http.StatusNoContent)
	s.do("ann", "DELETE", annHome+"three/4.ics", "").want(http.StatusNoContent)
	all.sync(4)
}

// What happened in a home is nobody else's business, and the token of a home is none of a calendar.
func TestSyncHomeRefuses(t *testing.T) {
	s := newServer(t)
	all := s.replica(annHome, "infinite")
	all.sync(0)
	one := s.replica(annDefault, "1")
	one.sync(0)
	s.do("bob", "REPORT", annHome, syncFor("", "1", 0)).want(http.StatusNotFound)
	s.do("ann", "REPORT", annHome, syncFor(one.token, "1", 0)).refused(http.StatusForbidden, "valid-sync-token")
	s.do("ann", "REPORT", annDefault, syncFor(all.token, "1", 0)).refused(http.StatusForbidden, "valid-sync-token")
	s.do("ann", "REPORT", "/dav/calendars/user/bob/", syncFor(all.token, "1", 0)).want(http.StatusNotFound)
	s.do("root", "REPORT", annHome, syncFor(all.token, "infinite", 0)).want(http.StatusMultiStatus)
	s.do("bob", "REPORT", "/dav/calendars/user/bob/", syncFor(all.token, "1", 0)).refused(http.StatusForbidden, "valid-sync-token")
}
