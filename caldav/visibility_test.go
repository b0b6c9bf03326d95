package caldav

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/store"
)

// walk says how ann is answered by each method at each place; what does not exist is called none. Root, who administers, is answered
// the same. Bob is answered the same above the homes, and nowhere learns of ann's that it is there. Nobody else is answered at all.
const walk = `
                     OPTIONS GET HEAD PUT POST DELETE COPY MOVE MKCOL MKCALENDAR PROPFIND PROPPATCH LOCK ACL TRACE FOO
/                        200 405  405 405  405    405  405  405   405        405      207       403  405 405   405 405
/principals/             200 405  405 405  405    405  405  405   405        405      207       403  405 405   405 405
/dav/                    200 405  405 405  405    405  405  405   405        405      207       403  405 405   405 405
/dav/principals/         200 405  405 405  405    405  405  405   405        405      207       403  405 405   405 405
/dav/principals/user/    200 405  405 405  405    405  405  405   405        405      207       403  405 405   405 405
PRINCIPAL                200 405  405 405  405    405  405  405   405        405      207       403  405 405   405 405
/dav/principals/user/none/ 404 404 404 404 404    404  404  404   404        404      404       404  404 404   404 404
/dav/calendars/          200 405  405 405  405    405  405  405   405        405      207       403  405 405   405 405
/dav/calendars/user/     200 405  405 405  405    405  405  405   405        405      207       403  405 405   405 405
/dav/calendars/user/none/ 404 404 404 404  404    404  404  404   404        404      404       404  404 404   404 404
/dav/calendars/user/none/Default/a.ics 404 404 404 404 404 404 404 404 404   404      404       404  404 404   404 404
/dav/none/               404 404  404 404  404    404  404  404   404        404      404       404  404 404   404 404
/none                    404 404  404 404  404    404  404  404   404        404      404       404  404 404   404 404
HOME                     200 405  405 405  415    405  405  405   405        405      207       207  400 200   405 405
HOMEwork/                200 200  200 405  201    204  201  201   405        405      207       207  400 200   405 405
HOMEInbox/               200 405  405 405  405    405  405  405   405        405      207       207  400 200   405 405
HOMEOutbox/              200 405  405 405  400    405  405  405   405        405      207       207  400 200   405 405
HOMEAttachments/         200 405  405 405  405    405  405  405   405        405      207       207  400 200   405 405
HOMEplain/               200 405  405 405  405    204  201  201   405        405      207       207  400 200   405 405
HOMEnone/                200 404  404 405  404    404  404  404   201        201      404       404  400 404   405 405
HOMEwork/a.ics           200 200  200 204  405    204  201  201   403        403      207       207  400 405   405 405
HOMEwork/none.ics        200 404  404 201  405    404  404  404   403        403      404       404  400 405   405 405
HOMEInbox/none.ics       200 404  404 403  405    404  404  404   403        403      404       404  400 405   405 405
HOMEnone/none.ics        404 404  404 409  404    404  404  404   409        409      404       404  409 404   404 404
HOMEwork/a.ics/          404 404  404 409  404    404  404  404   403        403      404       404  409 404   404 404
HOMEwork/none/none.ics   404 404  404 409  404    404  404  404   403        403      404       404  409 404   404 404
`

// walkRequest sends one request of the walk.
func (s *server) walkRequest(who, method, path string) *answer {
	s.t.Helper()
	body, headers := "", []string{"Destination: " + annHome + "new/"}
	switch method {
	case "PUT", "POST":
		body = event("walk", "20261201T100000Z")
		if strings.HasSuffix(path, "a.ics") {
			body = event("a", "20261202T100000Z")
		}
	case "PROPFIND":
		body, headers = propfind("D:resourcetype"), []string{"Depth: 0"}
	case "PROPPATCH":
		body = update("+<X:p xmlns:X='urn:x'>" + who + "</X:p>")
	case "COPY", "MOVE":
		if strings.HasSuffix(path, ".ics") {
			headers[0] = "Destination: " + annDefault + "new.ics"
		}
	case "ACL":
		body = aclBody(ace(theOwner, "grant", "D:all"))
	case "MKCALENDAR", "MKCOL":
		headers = []string{"Content-Type: application/xml"}
	}
	return s.do(who, method, path, body, headers...)
}

// walkStart makes what the walk expects.
func (s *server) walkStart() {
	s.t.Helper()
	s.reset()
	s.change("Attachments", func(p *store.Properties) { p.Rights = ownerOnly }) // by default anybody may read there
	s.do("ann", "DELETE", annHome+"plain/", "")
	s.do("ann", "DELETE", annHome+"none/", "")
	s.do("ann", "DELETE", annHome+"new/", "")
	s.do("ann", "MKCOL", annHome+"plain/", "").want(http.StatusCreated)
	s.makeCalendar("work")
	s.fill(annHome+"work/", map[string]string{"a.ics": event("a", "20261201T100000Z")})
}

// state is what can be seen of ann's home from outside.
func (s *server) state() string {
	s.t.Helper()
	var b strings.Builder
	for _, path := range []string{annHome, annHome + "work/"} {
		b.WriteString(s.do("ann", "PROPFIND", path, propfind("D:getetag", "CS:getctag", "D:sync-token"), "Depth: 1").want(http.StatusMultiStatus).body)
	}
	return b.String()
}

func TestEveryMethodEverywhere(t *testing.T) {
	s := newServer(t)
	rows := strings.Split(strings.TrimSpace(walk), "\n")
	names := strings.Fields(rows[0])
	for _, row := range rows[1:] {
		fields := strings.Fields(row)
		path := strings.NewReplacer("HOME", annHome, "PRINCIPAL", annPrincipal).Replace(fields[0])
		hers := strings.HasPrefix(path, annHome)
		t.Run(fields[0], func(t *testing.T) {
			s := s.in(t)
			s.walkStart()
			for i, method := range names {
				want := 0
				fmt.Sscan(fields[i+1], &want)
				for _, who := range []string{"ann", "root"} {
					a := s.walkRequest(who, method, path)
					wantEqual(t, who+" "+method, a.status, want)
					if (a.status == http.StatusMethodNotAllowed || method == "OPTIONS" && a.status == 200) != (a.header.Get("Allow") != "") {
						t.Errorf("%s %s: %d with Allow %q", who, method, a.status, a.header.Get("Allow"))
					}
					if a.status < 300 && method != "OPTIONS" && method != "GET" && method != "HEAD" && method != "PROPFIND" && hers {
						s.walkStart()
					}
				}
				before := s.state()
				if hers {
					want = http.StatusNotFound
				}
				wantEqual(t, "bob "+method, s.walkRequest("bob", method, path).status, want)
				a := s.walkRequest("", method, path)
				wantEqual(t, "anonymous "+method, a.status, http.StatusUnauthorized)
				if a.header.Get("WWW-Authenticate") == "" {
					t.Errorf("anonymous %s: no WWW-Authenticate", method)
				}
				wantEqual(t, "state after "+method, s.state(), before)
			}
		})
	}
}

// What OPTIONS says is true: methods in Allow do something, all others get a 405 with the same Allow (RFC 9110 section 10.2.1).
func TestOptionsIsTruthful(t *testing.T) {
	s := newServer(t)
	s.walkStart()
	s.fill(annDefault, map[string]string{"b.ics": event("b", "20261201T100000Z")})
	const dead = "PROPFIND, PROPPATCH, REPORT"
	const locks = ", LOCK, UNLOCK"
	for _, test := range []struct{ path, allow string }{
		{"/", "OPTIONS, " + dead},
		{"/dav/", "OPTIONS, " + dead},
		{"/dav/principals/user/", "OPTIONS, " + dead},
		{annPrincipal, "OPTIONS, " + dead},
		{"/dav/calendars/user/", "OPTIONS, " + dead},
		{annHome, "OPTIONS, POST, " + dead + ", ACL" + locks},
		{annHome + "work/", "OPTIONS, GET, HEAD, POST, DELETE, COPY, MOVE, " + dead + ", ACL" + locks},
		{annHome + "plain/", "OPTIONS, DELETE, COPY, MOVE, " + dead + ", ACL" + locks},
		{annHome + "Inbox/", "OPTIONS, " + dead + ", ACL" + locks},
		{annHome + "Outbox/", "OPTIONS, POST, " + dead + ", ACL" + locks},
		{annNotices, "OPTIONS, " + dead + ", ACL" + locks},
		{annHome + "none/", "OPTIONS, MKCOL, MKCALENDAR" + locks},
		{annHome + "work/a.ics", "OPTIONS, GET, HEAD, PUT, DELETE, COPY, MOVE, " + dead + locks},
		{annHome + "work/none.ics", "OPTIONS, PUT" + locks},
		{annHome + "Inbox/none.ics", "OPTIONS"},
	} {
		a := s.do("ann", "OPTIONS", test.path, "").want(http.StatusOK)
		wantEqual(t, test.path+" Allow", a.header.Get("Allow"), test.allow)
		wantEqual(t, test.path+" DAV", a.header.Get("DAV"), davHeaderScheduling)
		wantEqual(t, test.path+" body", a.body, "")
		wantEqual(t, test.path+" Allow of a 405", s.do("ann", "FOO", test.path, "").want(http.StatusMethodNotAllowed).header.Get("Allow"), test.allow)
	}
}

// reportBodies are all reports, with what they ask for of ann's.
var reportBodies = map[string]string{
	"calendar-query":                  wrap("C:calendar-query", `<D:prop><D:getetag/><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`),
	"calendar-multiget":               wrap("C:calendar-multiget", "<D:prop><D:getetag/><C:calendar-data/></D:prop><D:href>"+annHome+"work/a.ics</D:href>"),
	"free-busy-query":                 wrap("C:free-busy-query", `<C:time-range start="20261201T000000Z" end="20261202T000000Z"/>`),
	"sync-collection":                 wrap("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>"),
	"expand-property":                 expandProperty("owner(displayname) C:calendar-home-set(displayname)"),
	"principal-property-search":       propertySearch("", "", "D:displayname=ann"),
	"calendarserver-principal-search": wrap("CS:calendarserver-principal-search", "<CS:search-token>ann</CS:search-token>"),
	"principal-search-property-set":   wrap("D:principal-search-property-set", ""),
	"principal-match":                 wrap("D:principal-match", "<D:principal-property><D:owner/></D:principal-property>"),
	"x-unknown":                       wrap("D:x-unknown", ""),
}

// Each report is where DAV:supported-report-set says, is refused elsewhere, and shows nothing of ann's to bob but when she is busy.
func TestEveryReportEverywhere(t *testing.T) {
	s := newServer(t)
	s.walkStart()
	for _, path := range []string{"/", "/dav/", "/dav/principals/", annPrincipal, "/dav/calendars/user/", annHome, annHome + "work/", annHome + "Inbox/", annHome + "Outbox/",
		annHome + "plain/", annHome + "work/a.ics", annHome + "none/", annHome + "work/none.ics", annHome + "none/none.ics"} {
		t.Run(path, func(t *testing.T) {
			s := s.in(t)
			missing, hers := strings.Contains(path, "none"), strings.HasPrefix(path, annHome)
			supported := ""
			if !missing {
				supported = s.get(path, "D:supported-report-set").inner("supported-report-set")
			}
			for name, body := range reportBodies {
				for _, who := range []string{"ann", "root"} {
					a := s.do(who, "REPORT", path, body, "Depth: 0")
					switch {
					case missing:
						a.want(http.StatusNotFound)
					case !strings.Contains(supported, ":"+name+"/>"):
						a.refused(http.StatusForbidden, "supported-report")
					case a.status != http.StatusMultiStatus && a.status != http.StatusOK:
						t.Errorf("%s %s: %d\n%s", who, name, a.status, a.body)
					}
				}
				if name == "free-busy-query" && (path == annHome || path == annHome+"work/") { // anyone has the right 9
					for _, who := range []string{"bob", ""} {
						a := s.do(who, "REPORT", path, body, "Depth: 0").want(http.StatusOK)
						wantEqual(t, "what "+who+" sees but busy time", strings.Contains(a.body, "VEVENT") || strings.Contains(a.body, "SUMMARY"), false)
					}
					continue
				}
				a := s.do("bob", "REPORT", path, body, "Depth: 0")
				if hers {
					a.want(http.StatusNotFound)
				}
				if strings.Contains(a.body, "DTSTART") || strings.Contains(a.body, "<D:href>"+annHome+"work") && !strings.Contains(a.body, "404 Not Found") {
					t.Errorf("bob %s sees\n%s", name, a.body)
				}
				s.do("", "REPORT", path, body, "Depth: 0").want(http.StatusUnauthorized)
			}
		})
	}
}

// Bob's own requests do not lead to ann's either: by URLs in bodies and headers.
func TestStrangersSeeNothing(t *testing.T) {
	s := newServer(t)
	s.walkStart()
	const bobs = "/dav/calendars/user/bob/"
	s.do("bob", "PUT", bobs+"Default/b.ics", event("b", "20261201T100000Z")).want(http.StatusCreated)
	before := s.state()
	secret := func(a *answer) {
		t.Helper()
		if strings.Contains(a.body, "DTSTART") || strings.Contains(a.body, "getetag>\"") {
			t.Errorf("%s: bob sees\n%s", a.what, a.body)
		}
	}
	m := s.do("bob", "REPORT", bobs+"Default/", reportBodies["calendar-multiget"])
	secret(m)
	wantEqual(t, "multiget", strings.Contains(m.multistatus().response(annHome+"work/a.ics").Status, " 404 "), true)
	secret(s.do("bob", "REPORT", annPrincipal, expandProperty("C:calendar-home-set(displayname getetag)"), "Depth: 0"))
	secret(s.do("bob", "REPORT", "/dav/principals/", expandProperty("owner"), "Depth: 1"))
	s.do("bob", "PROPFIND", "/dav/calendars/user/", propfind("D:getetag"), "Depth: 1").wantHrefs("/dav/calendars/user/", bobs)
	s.do("root", "PROPFIND", "/dav/calendars/user/", propfind("D:getetag"), "Depth: 1").
		wantHrefs("/dav/calendars/user/", annHome, bobs, "/dav/calendars/user/root/")
	s.do("root", "PROPFIND", "/dav/calendars/room/", propfind("D:getetag"), "Depth: 1").wantHrefs("/dav/calendars/room/", "/dav/calendars/room/attic/")
	s.do("bob", "PROPFIND", "/dav/calendars/room/attic/", propfind("D:getetag"), "Depth: 0").want(http.StatusNotFound)
	for _, test := range []struct{ method, from, to string }{
		{"COPY", annHome + "work/a.ics", bobs + "Default/a.ics"},
		{"MOVE", annHome + "work/a.ics", bobs + "Default/a.ics"},
		{"COPY", bobs + "Default/b.ics", annHome + "work/b.ics"},
		{"COPY", bobs + "Default/b.ics", annHome + "none/b.ics"},
		{"MOVE", bobs + "Default/b.ics", annHome + "work/a.ics"},
		{"COPY", annHome + "work/", bobs + "work/"},
		{"MOVE", annHome + "work/", bobs + "work/"},
		{"COPY", bobs + "Default/", annHome + "new/"},
		{"MOVE", bobs + "Default/", annHome + "work/"},
	} {
		s.do("bob", test.method, test.from, "", "Destination: "+test.to).want(http.StatusNotFound)
		s.do("bob", test.method, test.from, "", "Destination: "+test.to, "Overwrite: F").want(http.StatusNotFound)
		s.do("", test.method, test.from, "", "Destination: "+test.to).want(http.StatusUnauthorized)
	}
	// An If header does not tell a right guess from a wrong one.
	tag := s.etag(annHome + "work/a.ics")
	for _, condition := range []string{"([" + tag + "])", `(["x"])`} {
		s.do("bob", "PUT", bobs+"Default/b.ics", event("b", "20261202T100000Z"), "If: <"+annHome+"work/a.ics> "+condition).want(http.StatusPreconditionFailed)
	}
	wantEqual(t, "ann's home", s.state(), before)
	s.do("bob", "PROPFIND", bobs, propfind("D:getetag"), "Depth: 1").wantHrefs(bobs, bobs+"Default/", bobs+"Inbox/", bobs+"Outbox/", bobs+"Attachments/", bobs+"Notifications/")
}
