package caldav

import (
	"net/http"
	"strings"
	"testing"

	"convene/store"
)

func (s *server) id(name string) store.PrincipalID {
	s.t.Helper()
	p, err := s.db.PrincipalByName(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	return p.ID
}

// A delegate of the sharee acts in its place: one who writes answers invitations and has the sharee's alarms, one who reads looks on.
func TestSharedForDelegates(t *testing.T) {
	s := newServer(t)
	for _, name := range []string{"writer", "reader"} {
		if _, err := s.db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: name}); err != nil {
			t.Fatal(err)
		}
		if err := s.db.AddDelegate(t.Context(), s.id("bob"), s.id(name), name == "writer"); err != nil {
			t.Fatal(err)
		}
	}
	work := s.makeCalendar("work")
	s.do("ann", "PUT", work+"a.ics", event("a", "20261201T100000Z", alarmOf("ann"))).want(http.StatusCreated)
	s.share(work, setSharee("mailto:bob@example.com", "read", "")).want(http.StatusOK)
	uid := s.oneInvite("writer", bobNotices, "noresponse", "read").Invite.UID
	if url, _ := s.props("writer", "/dav/principals/user/bob/", "CS:notification-URL").prop("notification-URL"); !strings.Contains(url.Inner, bobNotices) {
		t.Errorf("notification-URL: %s", url.Inner)
	}
	accepting := wrap("CS:invite-reply", "<CS:invite-accepted/><CS:in-reply-to>"+uid+"</CS:in-reply-to>")
	s.do("reader", "POST", bobHome, accepting).refused(http.StatusForbidden, "need-privileges")
	s.do("writer", "POST", "/dav/calendars/user/writer/", accepting).refused(http.StatusForbidden, "valid-request")
	s.do("writer", "POST", bobHome, accepting).want(http.StatusOK)
	mount := bobHome + "ann-work/"
	s.do("writer", "PUT", mount+"a.ics", event("a", "20261201T100000Z", alarmOf("bob"))).want(http.StatusNoContent)
	s.do("reader", "PUT", mount+"a.ics", event("a", "20261201T100000Z", alarmOf("reader"))).refused(http.StatusForbidden, "need-privileges")
	for _, who := range []string{"bob", "writer", "reader"} {
		if body := s.do(who, "GET", mount+"a.ics", "").want(http.StatusOK).body; !strings.Contains(body, "alarm of bob") || strings.Contains(body, "alarm of ann") {
			t.Errorf("%s sees\n%s", who, body)
		}
	}
	s.do("reader", "DELETE", mount, "").refused(http.StatusForbidden, "need-privileges")
	s.do("reader", "GET", work+"a.ics", "").want(http.StatusNotFound)
	s.do("writer", "DELETE", mount, "").want(http.StatusNoContent)
	s.wantShared(mount, store.ShareDeclined, "")
}

// What is private in a shared calendar is a block of time for the sharee, who can neither change it nor set alarms for it.
func TestSharedPrivate(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read-write")
	s.do("ann", "PUT", work+"p.ics", event("p", "20261201T100000Z", "CLASS:PRIVATE", "LOCATION:Attic", alarmOf("ann"))).want(http.StatusCreated)
	body := s.do("bob", "GET", mount+"p.ics", "").want(http.StatusOK).body
	if !strings.Contains(body, "SUMMARY:Busy") || strings.Contains(body, "Attic") || strings.Contains(body, "VALARM") {
		t.Errorf("bob sees\n%s", body)
	}
	before := s.do("ann", "GET", work+"p.ics", "").body
	s.do("bob", "PUT", mount+"p.ics", strings.Replace(body, "SUMMARY:Busy", "SUMMARY:Mine", 1)).want(http.StatusForbidden)
	s.do("bob", "PUT", mount+"p.ics", event("p", "20261201T100000Z", alarmOf("bob"))).want(http.StatusForbidden)
	s.do("bob", "COPY", mount+"p.ics", "", "Destination: "+bobHome+"Default/p.ics").want(http.StatusCreated)
	if got := s.do("bob", "GET", bobHome+"Default/p.ics", "").body; strings.Contains(got, "Attic") {
		t.Errorf("bob copied\n%s", got)
	}
	if after := s.do("ann", "GET", work+"p.ics", "").body; after != before {
		t.Errorf("ann's event became\n%s", after)
	}
}

// A shared calendar takes the sharee's time only when the sharee says so.
func TestSharedBusyTime(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read")
	s.do("ann", "PUT", work+"b.ics", event("b", "20261205T100000Z")).want(http.StatusCreated)
	query := wrap("C:free-busy-query", `<C:time-range start="20261205T000000Z" end="20261206T000000Z"/>`)
	busy := func() bool {
		return strings.Contains(s.do("bob", "REPORT", bobHome, query, "Depth: 1").want(http.StatusOK).body, "20261205T100000Z/")
	}
	if busy() {
		t.Error("a calendar just accepted takes bob's time")
	}
	s.do("bob", "PROPPATCH", mount, wrap("D:propertyupdate", "<D:set><D:prop><C:schedule-calendar-transp><C:opaque/></C:schedule-calendar-transp></D:prop></D:set>")).want(http.StatusMultiStatus)
	if !busy() {
		t.Error("bob's time is not taken, though bob said so")
	}
}

// A PROPFIND of a home shows all invitations, kept answers included.
func TestInviteProperty(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read")
	ask := func(who, home, path string) string {
		t.Helper()
		p, _ := s.do(who, "PROPFIND", home, propfind("CS:invite", "D:resourcetype"), "Depth: 1").multistatus().response(path).prop("invite")
		return p.Inner
	}
	for range 2 {
		if got := ask("ann", annHome, work); strings.Count(got, "<CS:user>") != 1 {
			t.Errorf("ann is shown %s", got)
		}
		if got := ask("bob", bobHome, mount); strings.Count(got, "<CS:user>") != 1 || !strings.Contains(got, "<CS:organizer>") {
			t.Errorf("bob is shown %s", got)
		}
	}
	s.share(work, setSharee("mailto:root@example.com", "read", "")).want(http.StatusOK)
	if got := ask("ann", annHome, work); strings.Count(got, "<CS:user>") != 2 {
		t.Errorf("ann is shown %s", got)
	}
	if got := ask("bob", bobHome, mount); strings.Count(got, "<CS:user>") != 1 || strings.Contains(got, "root") {
		t.Errorf("bob is shown %s, others included", got)
	}
	s.do("bob", "PROPPATCH", mount, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>mine</D:displayname></D:prop></D:set>")).want(http.StatusMultiStatus)
	body := wrap("D:sync-collection", "<D:sync-token/><D:sync-level>infinite</D:sync-level><D:prop><CS:invite/></D:prop>")
	if p, _ := s.do("bob", "REPORT", bobHome, body).multistatus().response(mount).prop("invite"); !strings.Contains(p.Inner, "bob@example.com") {
		t.Errorf("sync shows %s", p.Inner)
	}
}
