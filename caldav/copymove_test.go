package caldav

import (
	"net/http"
	"strings"
	"testing"
)

// COPY and MOVE of objects (RFC 4918 sections 9.8 and 9.9, with the preconditions of RFC 4791 section 5.3.2.1). Each test begins with
// a.ics and b.ics in Default, x.ics in work with the UID x, and an empty calendar for tasks.
func TestCopyMoveObjects(t *testing.T) {
	a, b, x := event("a", "20261201T100000Z"), event("b", "20261201T100000Z"), event("x", "20261201T100000Z")
	const work, tasks = annHome + "work/", annHome + "tasks/"
	s := newServer(t)
	for _, test := range []struct {
		name, from, to string
		copy, move     int // status
		condition      string
		headers        []string
	}{
		{name: "to another calendar", from: annDefault + "a.ics", to: work + "a.ics", copy: 201, move: 201},
		{name: "under another name", from: annDefault + "a.ics", to: work + "%C3%A4%20%25.ics", copy: 201, move: 201},
		{name: "an absolute URL", from: annDefault + "a.ics", to: "BASE" + work + "a.ics", copy: 201, move: 201},
		{name: "https, as before a proxy", from: annDefault + "a.ics", to: "https://127.0.0.1" + work + "a.ics", copy: 201, move: 201},
		{name: "Overwrite F, nothing there", from: annDefault + "a.ics", to: work + "a.ics", copy: 201, move: 201, headers: []string{"Overwrite: F"}},
		{name: "in the same calendar", from: annDefault + "a.ics", to: annDefault + "c.ics", copy: 403, move: 201, condition: "no-uid-conflict"},
		{name: "Depth counts nothing", from: annDefault + "a.ics", to: work + "a.ics", copy: 201, move: 201, headers: []string{"Depth: 0"}},
		{name: "onto another UID", from: annDefault + "a.ics", to: work + "x.ics", copy: 403, move: 403, condition: "no-uid-conflict"},
		{name: "onto another UID beside", from: annDefault + "a.ics", to: annDefault + "b.ics", copy: 403, move: 403, condition: "no-uid-conflict"},
		{name: "onto itself", from: annDefault + "a.ics", to: annDefault + "a.ics", copy: 403, move: 403},
		{name: "onto itself, escaped", from: annDefault + "a.ics", to: annDefault + "%61.ics", copy: 403, move: 403},
		{name: "onto itself, as ANN", from: annDefault + "a.ics", to: "/dav/calendars/user/ANN/Default/a.ics", copy: 403, move: 403},
		{name: "Overwrite F", from: annDefault + "a.ics", to: work + "x.ics", copy: 412, move: 412, headers: []string{"Overwrite: F"}},
		{name: "Overwrite of nonsense", from: annDefault + "a.ics", to: work + "a.ics", copy: 400, move: 400, headers: []string{"Overwrite: maybe"}},
		{name: "an event to tasks", from: annDefault + "a.ics", to: tasks + "a.ics", copy: 403, move: 403, condition: "supported-calendar-component"},
		{name: "to the Inbox", from: annDefault + "a.ics", to: annHome + "Inbox/a.ics", copy: 403, move: 403, condition: "calendar-collection-location-ok"},
		{name: "to a calendar that is not there", from: annDefault + "a.ics", to: annHome + "none/a.ics", copy: 409, move: 409},
		{name: "to the home", from: annDefault + "a.ics", to: annHome + "a.ics", copy: 403, move: 403},
		{name: "onto a calendar", from: annDefault + "a.ics", to: work, copy: 403, move: 403},
		{name: "below a calendar", from: annDefault + "a.ics", to: work + "in/a.ics", copy: 403, move: 403},
		{name: "to bob", from: annDefault + "a.ics", to: "/dav/calendars/user/bob/Default/a.ics", copy: 404, move: 404},
		{name: "to nobody", from: annDefault + "a.ics", to: "/dav/calendars/user/nobody/Default/a.ics", copy: 404, move: 404},
		{name: "to a principal", from: annDefault + "a.ics", to: annPrincipal, copy: 403, move: 403},
		{name: "outside", from: annDefault + "a.ics", to: "/elsewhere/a.ics", copy: 403, move: 403},
		{name: "to another server", from: annDefault + "a.ics", to: "http://other.example.com" + work + "a.ics", copy: 502, move: 502},
		{name: "by another scheme", from: annDefault + "a.ics", to: "gopher://127.0.0.1" + work + "a.ics", copy: 502, move: 502},
		{name: "nowhere", from: annDefault + "a.ics", to: "", copy: 400, move: 400},
		{name: "to a relative path", from: annDefault + "a.ics", to: "c.ics", copy: 400, move: 400},
		{name: "to dots", from: annDefault + "a.ics", to: annDefault + "../../bob/Default/a.ics", copy: 400, move: 400},
		{name: "to encoded dots", from: annDefault + "a.ics", to: annHome + "%2e%2e/bob/a.ics", copy: 400, move: 400},
		{name: "to an encoded slash", from: annDefault + "a.ics", to: annDefault + "c%2fd.ics", copy: 400, move: 400},
		{name: "to NUL", from: annDefault + "a.ics", to: annDefault + "c%00.ics", copy: 400, move: 400},
		{name: "what is not there", from: annDefault + "none.ics", to: work + "a.ics", copy: 404, move: 404},
		{name: "from where nothing is", from: annHome + "none/a.ics", to: work + "a.ics", copy: 404, move: 404},
		{name: "bob's", from: "/dav/calendars/user/bob/Default/b.ics", to: work + "a.ics", copy: 404, move: 404},
		{name: "with a wrong tag", from: annDefault + "a.ics", to: work + "a.ics", copy: 412, move: 412, headers: []string{`If-Match: "x"`}},
		{name: "with a wrong If", from: annDefault + "a.ics", to: work + "a.ics", copy: 412, move: 412, headers: []string{`If: (["x"])`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			s.reset()
			s.makeCalendar("work")
			s.makeCalendar("tasks", `<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>`)
			s.fill(annDefault, map[string]string{"a.ics": a, "b.ics": b})
			s.fill(work, map[string]string{"x.ics": x})
			s.do("bob", "PUT", "/dav/calendars/user/bob/Default/b.ics", b)
			s.do("ann", "PROPPATCH", annDefault+"a.ics", update("+<X:p xmlns:X='urn:x'>kept</X:p>")).want(http.StatusMultiStatus)
			headers := append([]string{"Destination: " + strings.Replace(test.to, "BASE", s.URL, 1)}, test.headers...)
			to := strings.TrimPrefix(strings.TrimPrefix(test.to, "BASE"), "https://127.0.0.1")
			for _, method := range []string{"COPY", "MOVE"} {
				status := test.copy
				if method == "MOVE" {
					status = test.move
				}
				if status != http.StatusCreated {
					s.do("ann", method, test.from, "", headers...).refused(status, test.condition)
					s.wantBody(annDefault+"a.ics", a)
					s.wantBody(annDefault+"b.ics", b)
					s.wantBody(work+"x.ics", x)
					s.do("ann", "PROPFIND", annDefault, propfind("D:getetag"), "Depth: 1").wantHrefs(annDefault, annDefault+"a.ics", annDefault+"b.ics")
					s.do("ann", "PROPFIND", work, propfind("D:getetag"), "Depth: 1").wantHrefs(work, work+"x.ics")
					continue
				}
				if method == "MOVE" {
					s.do("ann", "DELETE", to, "")
				}
				tag, created := s.etag(test.from), s.get(test.from, "D:creationdate").text("creationdate")
				got := s.do("ann", method, test.from, "", headers...).want(status)
				wantEqual(t, method+" Location", got.header.Get("Location"), to)
				s.wantBody(to, a)
				wantEqual(t, method+" ETag", s.etag(to), tag)
				ask := wrap("D:propfind", "<D:prop><X:p xmlns:X='urn:x'/><D:creationdate/></D:prop>")
				r := s.do("ann", "PROPFIND", to, ask, "Depth: 0").only()
				wantEqual(t, method+": the dead property", r.text("p"), "kept")
				if method == "MOVE" {
					wantEqual(t, "creationdate", r.text("creationdate"), created)
					s.wantBody(test.from, "")
				} else {
					s.wantBody(test.from, a)
				}
			}
		})
	}
}

// Overwriting is possible where the UID stays: the object's other copy, in another calendar.
func TestCopyMoveOverwrites(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	older, newer := event("a", "20261201T100000Z"), event("a", "20261202T100000Z")
	for _, method := range []string{"COPY", "MOVE"} {
		s.do("ann", "PUT", annDefault+"a.ics", newer)
		s.do("ann", "PUT", work+"a.ics", older)
		s.do("ann", "PROPPATCH", work+"a.ics", update("+<X:p xmlns:X='urn:x'>of the overwritten</X:p>")).want(http.StatusMultiStatus)
		s.do("ann", method, annDefault+"a.ics", "", "Destination: "+work+"a.ics", "Overwrite: F").refused(http.StatusPreconditionFailed, "")
		s.wantBody(work+"a.ics", older)
		s.do("ann", method, annDefault+"a.ics", "", "Destination: "+work+"a.ics", "Overwrite: T").want(http.StatusNoContent)
		s.wantBody(work+"a.ics", newer)
		if all := s.do("ann", "PROPFIND", work+"a.ics", "", "Depth: 0").body; strings.Contains(all, "of the overwritten") {
			t.Errorf("%s: the properties of what was overwritten are still there\n%s", method, all)
		}
		// The same UID under another name in the destination is in the way.
		s.do("ann", "PUT", annDefault+"a.ics", newer)
		a := s.do("ann", method, annDefault+"a.ics", "", "Destination: "+work+"c.ics").refused(http.StatusForbidden, "no-uid-conflict")
		if !strings.Contains(a.body, "<D:href>"+work+"a.ics</D:href>") {
			t.Errorf("%s: no href of the object in the way\n%s", method, a.body)
		}
		s.wantBody(annDefault+"a.ics", newer)
	}
}

// Who syncs both calendars learns of a MOVE from both (RFC 6578 section 3.5).
func TestMoveInSync(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z"), "b.ics": event("b", "20261201T100000Z")})
	tokens := map[string]string{}
	changes := func(url string) map[string]string {
		t.Helper()
		m := s.do("ann", "REPORT", url, syncFor(tokens[url], "1", 0)).multistatus()
		tokens[url] = m.SyncToken
		found := map[string]string{}
		for _, r := range m.Responses {
			found[r.Href] = r.Status + r.text("getetag")
		}
		return found
	}
	changes(annDefault)
	changes(work)
	s.do("ann", "MOVE", annDefault+"a.ics", "", "Destination: "+work+"moved.ics").want(http.StatusCreated)
	s.do("ann", "MOVE", annDefault+"b.ics", "", "Destination: "+annDefault+"c.ics").want(http.StatusCreated)
	here, there := changes(annDefault), changes(work)
	wantEqual(t, "changes here", len(here), 3)
	wantEqual(t, "a.ics", strings.Contains(here[annDefault+"a.ics"], " 404 "), true)
	wantEqual(t, "b.ics", strings.Contains(here[annDefault+"b.ics"], " 404 "), true)
	wantEqual(t, "c.ics", strings.HasPrefix(here[annDefault+"c.ics"], `"`), true)
	wantEqual(t, "changes there", len(there), 1)
	wantEqual(t, "moved.ics", strings.HasPrefix(there[work+"moved.ics"], `"`), true)
	// And back: the tombstone is gone.
	s.do("ann", "MOVE", work+"moved.ics", "", "Destination: "+annDefault+"a.ics").want(http.StatusCreated)
	here, there = changes(annDefault), changes(work)
	wantEqual(t, "a.ics is back", strings.HasPrefix(here[annDefault+"a.ics"], `"`), true)
	wantEqual(t, "moved.ics", strings.Contains(there[work+"moved.ics"], " 404 "), true)
}

// COPY and MOVE of collections.
func TestCopyMoveCollections(t *testing.T) {
	const work, other = annHome + "work/", annHome + "other/"
	s := newServer(t)
	a, x := event("a", "20261201T100000Z"), event("x", "20261201T100000Z")
	for _, test := range []struct {
		name, from, to string
		copy, move     int
		condition      string
		headers        []string
		empty          bool // what is made has no members
	}{
		{name: "to a new name", from: work, to: annHome + "new/", copy: 201, move: 201},
		{name: "without slashes", from: strings.TrimSuffix(work, "/"), to: annHome + "new", copy: 201, move: 201},
		{name: "to a name beyond ASCII", from: work, to: annHome + "n%C3%BC%25/", copy: 201, move: 201},
		{name: "Depth infinity", from: work, to: annHome + "new/", copy: 201, move: 201, headers: []string{"Depth: infinity"}},
		{name: "Depth 0", from: work, to: annHome + "new/", copy: 201, move: 400, headers: []string{"Depth: 0"}, empty: true},
		{name: "Depth 1", from: work, to: annHome + "new/", copy: 400, move: 400, headers: []string{"Depth: 1"}},
		{name: "over another", from: work, to: other, copy: 204, move: 204},
		{name: "over another, Overwrite T", from: work, to: other, copy: 204, move: 204, headers: []string{"Overwrite: T"}},
		{name: "over another, Overwrite F", from: work, to: other, copy: 412, move: 412, headers: []string{"Overwrite: F"}},
		{name: "over the Inbox", from: work, to: annHome + "Inbox/", copy: 405, move: 405},
		{name: "over itself", from: work, to: work, copy: 403, move: 403},
		{name: "into itself", from: work, to: work + "in/", copy: 403, move: 403, condition: "calendar-collection-location-ok"},
		{name: "into another", from: work, to: other + "in/", copy: 403, move: 403, condition: "calendar-collection-location-ok"},
		{name: "to the homes", from: work, to: "/dav/calendars/user/new/", copy: 403, move: 403, condition: "calendar-collection-location-ok"},
		{name: "over the home", from: work, to: annHome, copy: 403, move: 403, condition: "calendar-collection-location-ok"},
		{name: "to bob", from: work, to: "/dav/calendars/user/bob/new/", copy: 404, move: 404},
		{name: "over bob's", from: work, to: "/dav/calendars/user/bob/Default/", copy: 404, move: 404},
		{name: "bob's", from: "/dav/calendars/user/bob/Default/", to: annHome + "new/", copy: 404, move: 404},
		{name: "the Inbox", from: annHome + "Inbox/", to: annHome + "new/", copy: 405, move: 405},
		{name: "Attachments", from: annHome + "Attachments/", to: annHome + "new/", copy: 405, move: 405},
		{name: "the home", from: annHome, to: "/dav/calendars/user/new/", copy: 405, move: 405},
		{name: "a principal", from: annPrincipal, to: annHome + "new/", copy: 405, move: 405},
		{name: "what is not there", from: annHome + "none/", to: annHome + "new/", copy: 404, move: 404},
		{name: "to another server", from: work, to: "http://other.example.com" + annHome + "new/", copy: 502, move: 502},
		{name: "with a wrong tag", from: work, to: annHome + "new/", copy: 412, move: 412, headers: []string{`If-Match: "x"`}},
		{name: "with a wrong If", from: work, to: annHome + "new/", copy: 412, move: 412, headers: []string{`If: (<urn:x>)`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			s.reset()
			s.makeCalendar("work", "<D:displayname>Work</D:displayname><C:calendar-description xml:lang='en'>d</C:calendar-description><A:calendar-color>#111111</A:calendar-color>",
				`<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>`)
			s.makeCalendar("other")
			s.fill(work, map[string]string{"a.ics": a})
			s.fill(other, map[string]string{"x.ics": x})
			members := []string{annHome, annDefault, annHome + "Inbox/", annHome + "Outbox/", annHome + "Attachments/", annHome + "Notifications/", work, other}
			headers := append([]string{"Destination: " + test.to}, test.headers...)
			to := strings.TrimSuffix(test.to, "/") + "/"
			for _, method := range []string{"COPY", "MOVE"} {
				status := test.copy
				if method == "MOVE" {
					status = test.move
				}
				if status >= 400 {
					s.do("ann", method, test.from, "", headers...).refused(status, test.condition)
					if !test.empty {
						s.do("ann", "PROPFIND", annHome, propfind("D:getetag"), "Depth: 1").wantHrefs(members...)
						s.wantBody(work+"a.ics", a)
						s.wantBody(other+"x.ics", x)
					}
					continue
				}
				if method == "MOVE" && status == http.StatusCreated {
					s.do("ann", "DELETE", to, "").want(http.StatusNoContent)
				}
				was := ""
				if status == http.StatusNoContent {
					was = s.get(to, "D:sync-token").text("sync-token")
				}
				s.do("ann", method, test.from, "", headers...).want(status)
				r := s.get(to, "D:displayname", "C:calendar-description", "A:calendar-color", "C:supported-calendar-component-set", "D:resourcetype", "D:sync-token")
				wantEqual(t, "displayname", r.text("displayname"), "Work")
				wantEqual(t, "calendar-description", r.text("calendar-description"), "d")
				wantEqual(t, "calendar-color", r.text("calendar-color"), "#111111")
				wantEqual(t, "component set", r.inner("supported-calendar-component-set"), `<C:comp name="VEVENT"/>`)
				wantEqual(t, "resourcetype", r.inner("resourcetype"), "<D:collection/><C:calendar/>")
				if now := r.text("sync-token"); now == was {
					t.Errorf("%s: the sync token is still %s", method, now)
				}
				if test.empty {
					s.do("ann", "PROPFIND", to, propfind("D:getetag"), "Depth: 1").wantHrefs(to)
					continue
				}
				s.do("ann", "PROPFIND", to, propfind("D:getetag"), "Depth: 1").wantHrefs(to, to+"a.ics")
				s.wantBody(to+"a.ics", a)
				if method == "MOVE" {
					s.do("ann", "PROPFIND", work, "", "Depth: 0").want(http.StatusNotFound)
				} else {
					s.wantBody(work+"a.ics", a)
				}
			}
		})
	}
}

// The administrator copies and moves between homes; all or nothing of it happens.
func TestCopyMoveBetweenHomes(t *testing.T) {
	s := newServer(t)
	s.makeCalendar("work", "<D:displayname>Work</D:displayname>")
	a := event("a", "20261201T100000Z")
	s.fill(annHome+"work/", map[string]string{"a.ics": a, "b.ics": event("b", "20261201T100000Z")})
	const bobs = "/dav/calendars/user/bob/"
	s.do("root", "COPY", annHome+"work/", "", "Destination: "+bobs+"work/").want(http.StatusCreated)
	s.do("bob", "PROPFIND", bobs+"work/", propfind("D:getetag"), "Depth: 1").wantHrefs(bobs+"work/", bobs+"work/a.ics", bobs+"work/b.ics")
	wantEqual(t, "owner", s.do("bob", "PROPFIND", bobs+"work/", propfind("D:owner"), "Depth: 0").only().inner("owner"), "<D:href>/dav/principals/user/bob/</D:href>")
	s.do("root", "MOVE", annHome+"work/a.ics", "", "Destination: "+bobs+"Default/a.ics").want(http.StatusCreated)
	s.wantBody(annHome+"work/a.ics", "")
	wantEqual(t, "bob's copy", s.do("bob", "GET", bobs+"Default/a.ics", "").want(http.StatusOK).body, a)
	s.do("root", "MOVE", annHome+"work/", "", "Destination: "+bobs+"moved/").want(http.StatusCreated)
	s.do("ann", "PROPFIND", annHome+"work/", "", "Depth: 0").want(http.StatusNotFound)
	s.do("bob", "PROPFIND", bobs+"moved/", propfind("D:getetag"), "Depth: 1").wantHrefs(bobs+"moved/", bobs+"moved/b.ics")
	s.do("root", "MOVE", bobs+"work/a.ics", "", "Destination: "+bobs+"Default/b.ics").refused(http.StatusForbidden, "no-uid-conflict")
}
