package caldav

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// GET and HEAD with conditions (RFC 9110 section 13), on an object and on a calendar as one file.
func TestGetConditions(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	for _, path := range []string{annDefault + "a.ics", annDefault + "?export"} {
		first := s.do("ann", "GET", path, "").want(http.StatusOK)
		tag, modified := first.header.Get("ETag"), first.header.Get("Last-Modified")
		at, err := http.ParseTime(modified)
		if err != nil || len(tag) < 4 {
			t.Fatalf("%s: ETag %q, Last-Modified %q", path, tag, modified)
		}
		earlier, later := at.Add(-time.Hour).Format(http.TimeFormat), at.Add(time.Hour).Format(http.TimeFormat)
		for _, test := range []struct {
			headers []string
			status  int
		}{
			{[]string{"If-None-Match: " + tag}, 304},
			{[]string{"If-None-Match: W/" + tag}, 304},
			{[]string{`If-None-Match: "x", ` + tag + `, "y"`}, 304},
			{[]string{"If-None-Match: *"}, 304},
			{[]string{`If-None-Match: "x"`}, 200},
			{[]string{"If-Match: " + tag}, 200},
			{[]string{"If-Match: *"}, 200},
			{[]string{"If-Match: W/" + tag}, 412},
			{[]string{`If-Match: "x"`}, 412},
			{[]string{"If-Modified-Since: " + modified}, 304},
			{[]string{"If-Modified-Since: " + later}, 304},
			{[]string{"If-Modified-Since: " + earlier}, 200},
			{[]string{"If-Modified-Since: rubbish"}, 200},
			{[]string{"If-Unmodified-Since: " + modified}, 200},
			{[]string{"If-Unmodified-Since: " + earlier}, 412},
			{[]string{"If-Modified-Since: " + later, `If-None-Match: "x"`}, 200}, // the tag counts (section 13.1.3)
			{[]string{"If-Unmodified-Since: " + earlier, "If-Match: " + tag}, 200},
			{[]string{"If-Match: " + tag, "If-None-Match: " + tag}, 304},
			{[]string{`If-None-Match: "open`}, 400},
		} {
			t.Run(path+" "+strings.Join(test.headers, " "), func(t *testing.T) {
				s := s.in(t)
				for _, method := range []string{"GET", "HEAD"} {
					a := s.do("ann", method, path, "", test.headers...).want(test.status)
					if test.status == 304 {
						wantEqual(t, method+" ETag", a.header.Get("ETag"), tag)
						wantEqual(t, method+" body", a.body, "")
					}
					if method == "GET" && test.status == 200 {
						wantEqual(t, "body", a.body, first.body)
					}
					if test.status == 412 && a.header.Get("ETag") != "" {
						t.Errorf("%s: a 412 with the ETag %s", method, a.header.Get("ETag"))
					}
				}
			})
		}
	}
}

// What cannot be had by GET is told apart from what is not there.
func TestGetNothing(t *testing.T) {
	s := newServer(t)
	s.do("ann", "MKCOL", annHome+"plain/", "").want(http.StatusCreated)
	for path, status := range map[string]int{
		annDefault + "none.ics": 404, annHome + "none/": 404, annHome + "none/a.ics": 404, annHome + "Inbox/none.ics": 404, annDefault + "a/b": 404,
		"/dav/": 405, "/dav/principals/": 405, annPrincipal: 405, "/dav/calendars/": 405, annHome: 405,
		annHome + "Inbox/": 405, annHome + "Outbox/": 405, annHome + "Attachments/": 405, annHome + "plain/": 405,
		"/dav/calendars/user/nobody/": 404, "/dav/principals/user/nobody/": 404,
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := s.do("ann", method, path, "").want(status)
			if allow := a.header.Get("Allow"); (status == 405) != (allow != "") || strings.Contains(allow, "GET") {
				t.Errorf("%s %s: Allow is %q", method, path, allow)
			}
			if method == "HEAD" && a.body != "" {
				t.Errorf("HEAD %s has a body", path)
			}
		}
	}
	s.do("ann", "GET", annDefault, "", "Accept: text/html").want(http.StatusNotAcceptable)
}

// DELETE of objects and collections (RFC 4918 section 9.6).
func TestDelete(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.do("ann", "MKCOL", annHome+"plain/", "").want(http.StatusCreated)
	for _, path := range []string{annDefault + "a.ics", work + "a.ics", work + "b.ics"} {
		s.do("ann", "PUT", path, event(path, "20261201T100000Z")).want(http.StatusCreated)
	}
	for _, test := range []struct {
		path    string
		status  int
		headers []string
	}{
		{annDefault + "none.ics", 404, nil},
		{annHome + "none/", 404, nil},
		{annHome + "none/a.ics", 404, nil},
		{annDefault + "a.ics/", 404, nil},
		{annDefault + "a.ics", 204, []string{"Depth: 0"}}, // an object has no members
		{annDefault + "a.ics", 404, nil},
		{annHome, 405, nil},
		{annHome + "Inbox/", 405, nil},
		{annHome + "Outbox/", 405, nil},
		{annHome + "Attachments/", 405, nil},
		{annPrincipal, 405, nil},
		{"/dav/calendars/user/", 405, nil},
		{"/dav/", 405, nil},
		{"/dav/calendars/user/bob/", 404, nil},
		{"/dav/calendars/user/bob/Default/", 404, nil},
		{work, 400, []string{"Depth: 0"}},
		{work, 400, []string{"Depth: 1"}},
		{work, 412, []string{`If-Match: "x"`}},
		{work, 412, []string{`If: (<urn:x>)`}},
		{work, 204, []string{"Depth: infinity"}},
		{work, 404, nil},
		{work + "a.ics", 404, nil},
		{annHome + "plain", 204, nil},
		{annDefault, 403, nil}, // invitations need somewhere to go
	} {
		a := s.do("ann", "DELETE", test.path, "", test.headers...).want(test.status)
		if test.status == 204 && a.body != "" {
			t.Errorf("%s: body %q", test.path, a.body)
		}
		if test.status == 405 && strings.Contains(a.header.Get("Allow"), "DELETE") {
			t.Errorf("%s: Allow is %q", test.path, a.header.Get("Allow"))
		}
	}
	s.do("ann", "PROPFIND", annHome, propfind("D:getetag"), "Depth: 1").wantHrefs(annHome, annHome+"Inbox/", annHome+"Outbox/", annHome+"Attachments/", annDefault, annHome+"Notifications/")
	// With a right entity tag or token.
	work = s.makeCalendar("work")
	tag, token := s.get(work, "D:getetag").text("getetag"), s.get(work, "D:sync-token").text("sync-token")
	s.do("ann", "DELETE", work, "", "If-Match: "+tag, "If: (<"+token+">)").want(http.StatusNoContent)
}

// POST adds an object under a name that the server chooses (RFC 5995).
func TestPostAddsMembers(t *testing.T) {
	s := newServer(t)
	where := s.get(annDefault, "D:add-member").inner("add-member")
	wantEqual(t, "DAV:add-member", where, "<D:href>"+annDefault+"</D:href>")
	names := map[string]bool{}
	for _, uid := range []string{"a", "b"} {
		a := s.do("ann", "POST", annDefault, event(uid, "20261201T100000Z"), "If-None-Match: *").want(http.StatusCreated)
		location := a.header.Get("Location")
		if !strings.HasPrefix(location, annDefault) || !strings.HasSuffix(location, ".ics") || names[location] {
			t.Fatalf("Location is %q", location)
		}
		names[location] = true
		s.wantBody(location, event(uid, "20261201T100000Z"))
		wantEqual(t, "ETag", s.etag(location), a.header.Get("ETag"))
		s.do("ann", "PUT", location, event(uid, "20261202T100000Z"), "If-Match: "+a.header.Get("ETag")).want(http.StatusNoContent)
	}
	s.do("ann", "POST", "/dav/calendars/user/ANN/Default", event("c", "20261201T100000Z")).want(http.StatusCreated)
	for path, status := range map[string]int{
		annHome + "none/": 404, annHome + "Inbox/": 405, annHome + "Attachments/": 405, annHome: 415, annPrincipal: 405, "/dav/": 405,
		annDefault + "none.ics": 405, "/dav/calendars/user/bob/Default/": 404, "/dav/calendars/user/nobody/Default/": 404,
	} {
		a := s.do("ann", "POST", path, event("x", "20261201T100000Z")).want(status)
		if allow := a.header.Get("Allow"); strings.Contains(allow, "POST") {
			t.Errorf("%s: Allow is %q", path, allow)
		}
	}
	s.do("ann", "POST", annDefault, event("x", "20261201T100000Z"), `If-Match: "x"`).refused(http.StatusPreconditionFailed, "")
}
