package caldav

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
)

// mkcalendar and mkcol wrap the properties that a collection is made with.
func mkcalendar(props string) string {
	return wrap("C:mkcalendar", "<D:set><D:prop>"+props+"</D:prop></D:set>")
}

func mkcol(props string) string { return wrap("D:mkcol", "<D:set><D:prop>"+props+"</D:prop></D:set>") }

const (
	calendarType = "<D:resourcetype><D:collection/><C:calendar/></D:resourcetype>"
	plainType    = "<D:resourcetype><D:collection/></D:resourcetype>"
)

// What is made by which request (RFC 4791 section 5.3.1, RFC 5689, RFC 4918 section 9.3).
func TestMakeCollection(t *testing.T) {
	s := newServer(t)
	for _, test := range []struct {
		name, method, path, body string
		props                    map[string]string // inner XML by name
	}{
		{"MKCALENDAR", "MKCALENDAR", annHome + "c1/", "", map[string]string{"D:resourcetype": "<D:collection/><C:calendar/>", "D:displayname": "c1"}},
		{"MKCALENDAR without a slash", "MKCALENDAR", annHome + "c2", "", map[string]string{"D:resourcetype": "<D:collection/><C:calendar/>"}},
		{"MKCALENDAR with properties", "MKCALENDAR", annHome + "c3/", mkcalendar(`<D:displayname>Work</D:displayname><C:calendar-description>d</C:calendar-description>` +
			`<C:supported-calendar-component-set><C:comp name="VTODO"/><C:comp name="vjournal"/><C:comp name="VTODO"/></C:supported-calendar-component-set>` +
			`<C:calendar-timezone>` + tokyo + `</C:calendar-timezone><A:calendar-color>#123456</A:calendar-color><A:calendar-order>7</A:calendar-order>`),
			map[string]string{"D:displayname": "Work", "C:calendar-description": "d", "A:calendar-color": "#123456", "A:calendar-order": "7",
				"C:supported-calendar-component-set": `<C:comp name="VTODO"/><C:comp name="VJOURNAL"/>`,
				"C:calendar-timezone":                strings.ReplaceAll(tokyo, "\r\n", "\n")}},
		{"MKCALENDAR with a resourcetype", "MKCALENDAR", annHome + "c4/", mkcalendar(calendarType), map[string]string{"D:resourcetype": "<D:collection/><C:calendar/>"}},
		{"MKCALENDAR with an empty set", "MKCALENDAR", annHome + "c5/", mkcalendar(""), map[string]string{"D:resourcetype": "<D:collection/><C:calendar/>"}},
		{"MKCALENDAR with no set", "MKCALENDAR", annHome + "c6/", wrap("C:mkcalendar", ""), map[string]string{"D:resourcetype": "<D:collection/><C:calendar/>"}},
		{"MKCALENDAR of a name beyond ASCII", "MKCALENDAR", annHome + "B%C3%BCro%20%2525/", "", map[string]string{"D:resourcetype": "<D:collection/><C:calendar/>"}},
		{"plain MKCOL", "MKCOL", annHome + "p1/", "", map[string]string{"D:resourcetype": "<D:collection/>"}},
		{"extended MKCOL, plain", "MKCOL", annHome + "p2/", mkcol(plainType + "<D:displayname>P</D:displayname><X:p xmlns:X='urn:x'>1</X:p>"),
			map[string]string{"D:resourcetype": "<D:collection/>", "D:displayname": "P", "X:p": "1"}},
		{"extended MKCOL, calendar", "MKCOL", annHome + "c7/", mkcol(calendarType + `<D:displayname>Seven</D:displayname>` +
			`<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>`),
			map[string]string{"D:resourcetype": "<D:collection/><C:calendar/>", "D:displayname": "Seven", "C:supported-calendar-component-set": `<C:comp name="VEVENT"/>`}},
		{"extended MKCOL in two sets", "MKCOL", annHome + "c8/", wrap("D:mkcol", "<D:set><D:prop>"+calendarType+"</D:prop></D:set><D:set><D:prop><D:displayname>8</D:displayname></D:prop></D:set>"),
			map[string]string{"D:resourcetype": "<D:collection/><C:calendar/>", "D:displayname": "8"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			a := s.do("ann", test.method, test.path, test.body).want(http.StatusCreated)
			if test.method == "MKCALENDAR" { // RFC 4791 section 5.3.1
				wantEqual(t, "Cache-Control", a.header.Get("Cache-Control"), "no-cache")
			}
			for name, want := range test.props {
				_, local, _ := strings.Cut(name, ":")
				got := s.do("ann", "PROPFIND", test.path, wrap("D:propfind", `<D:prop xmlns:X="urn:x"><`+name+`/></D:prop>`), "Depth: 0").only().inner(local)
				wantEqual(t, name, strings.ReplaceAll(got, "&#13;", ""), want)
			}
			a = s.do("ann", test.method, test.path, test.body).refused(http.StatusMethodNotAllowed, "resource-must-be-null")
			if allow := a.header.Get("Allow"); allow == "" || strings.Contains(allow, "MK") {
				t.Errorf("Allow is %q", allow)
			}
		})
	}
	// A calendar that takes tasks takes nothing else; one of everything takes everything.
	s.do("ann", "PUT", annHome+"c3/e.ics", event("e", "20261201T100000Z")).refused(http.StatusForbidden, "supported-calendar-component")
	s.do("ann", "PUT", annHome+"c3/t.ics", component("VTODO", "t")).want(http.StatusCreated)
	s.do("ann", "PUT", annHome+"c1/e.ics", event("e", "20261201T100000Z")).want(http.StatusCreated)
	// A name that was removed is free again, and what is made there is another collection.
	token := s.get(annHome+"c1/", "D:sync-token").text("sync-token")
	s.do("ann", "DELETE", annHome+"c1/", "").want(http.StatusNoContent)
	s.do("ann", "MKCALENDAR", annHome+"c1/", "").want(http.StatusCreated)
	s.do("ann", "PROPFIND", annHome+"c1/", "", "Depth: 1").wantHrefs(annHome + "c1/")
	if again := s.get(annHome+"c1/", "D:sync-token").text("sync-token"); again == token {
		t.Errorf("the new calendar has the sync token %s of the former", again)
	}
}

// What is refused, with which element, and that nothing is made (RFC 4791 section 5.3.1.1, RFC 5689 section 3.3).
func TestMakeCollectionRefuses(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	x := annHome + "x/"
	for _, test := range []struct {
		name, method, path, body string
		status                   int
		condition                string
		headers                  []string
	}{
		{"a calendar in a calendar", "MKCALENDAR", annDefault + "in/", "", 403, "calendar-collection-location-ok", nil},
		{"a collection in a calendar", "MKCOL", annDefault + "in/", "", 403, "calendar-collection-location-ok", nil},
		{"over an object", "MKCALENDAR", annDefault + "a.ics", "", 403, "calendar-collection-location-ok", nil},
		{"below an object", "MKCALENDAR", annDefault + "a.ics/in/", "", 403, "calendar-collection-location-ok", nil},
		{"in the Inbox", "MKCALENDAR", annHome + "Inbox/in/", "", 403, "calendar-collection-location-ok", nil},
		{"in nothing", "MKCALENDAR", annHome + "none/in/", "", 409, "", nil},
		{"deep in nothing", "MKCOL", annHome + "none/in/deep/", "", 409, "", nil},
		{"over Default", "MKCALENDAR", annDefault, "", 405, "resource-must-be-null", nil},
		{"over the Inbox", "MKCOL", annHome + "Inbox/", "", 405, "resource-must-be-null", nil},
		{"over the home", "MKCALENDAR", annHome, "", 405, "", nil},
		{"over the homes", "MKCOL", "/dav/calendars/user/", "", 405, "", nil},
		{"over a principal", "MKCALENDAR", annPrincipal, "", 405, "", nil},
		{"over the root", "MKCOL", "/dav/", "", 405, "", nil},
		{"a home of nobody", "MKCOL", "/dav/calendars/user/nobody/", "", 404, "", nil},
		{"in the home of nobody", "MKCALENDAR", "/dav/calendars/user/nobody/x/", "", 404, "", nil},
		{"another kind of homes", "MKCOL", "/dav/calendars/x/", "", 404, "", nil},
		{"in ann's home as bob", "MKCALENDAR bob", x, "", 404, "", nil},
		{"the body is of MKCOL", "MKCALENDAR", x, mkcol(calendarType), 400, "", nil},
		{"the body is of MKCALENDAR", "MKCOL", x, mkcalendar(""), 415, "", nil},
		{"the body is no XML", "MKCALENDAR", x, "<C:mkcalendar", 400, "", nil},
		{"the body is iCalendar", "MKCOL", x, event("a", "20261201T100000Z"), 415, "", nil},
		{"the body is JSON", "MKCOL", x, `{}`, 415, "", []string{"Content-Type: application/json"}},
		{"set without prop", "MKCALENDAR", x, wrap("C:mkcalendar", "<D:set/>"), 400, "", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			method, who, _ := strings.Cut(test.method+" ann", " ")
			who, _, _ = strings.Cut(who, " ")
			s.do(who, method, test.path, test.body, test.headers...).refused(test.status, test.condition)
			s.do("ann", "PROPFIND", x, "", "Depth: 0").want(http.StatusNotFound)
		})
	}
	s.do("ann", "PROPFIND", annHome, propfind("D:getetag"), "Depth: 1").wantHrefs(annHome, annDefault, annHome+"Inbox/", annHome+"Outbox/", annHome+"Attachments/", annHome+"Notifications/")
}

// Properties that cannot be set: each is answered for itself, and there is no collection (RFC 4791 section 5.3.1: in a 207; RFC 5689
// section 3.5: in a DAV:mkcol-response).
func TestMakeCollectionIsAtomic(t *testing.T) {
	s := newServer(t)
	name := "<D:displayname>x</D:displayname>"
	for _, test := range []struct {
		name, props       string
		failed, condition string
	}{
		{"protected", name + "<D:getetag>x</D:getetag>", "getetag", "cannot-modify-protected-property"},
		{"time zone", name + "<C:calendar-timezone>x</C:calendar-timezone>", "calendar-timezone", "valid-calendar-data"},
		{"component", name + `<C:supported-calendar-component-set><C:comp name="VEVENT"/><C:comp name="VPOLL"/></C:supported-calendar-component-set>`, "supported-calendar-component-set", "supported-calendar-component"},
		{"no component", name + `<C:supported-calendar-component-set/>`, "supported-calendar-component-set", "supported-calendar-component"},
		{"component without a name", name + `<C:supported-calendar-component-set><C:comp/></C:supported-calendar-component-set>`, "supported-calendar-component-set", "supported-calendar-component"},
		{"large", name + `<X:p xmlns:X="urn:x">` + strings.Repeat("a", maxPropBytes+1) + `</X:p>`, "p", ""},
	} {
		t.Run("MKCALENDAR "+test.name, func(t *testing.T) {
			s := s.in(t)
			a := s.do("ann", "MKCALENDAR", annHome+"x/", mkcalendar(test.props))
			r := a.only()
			wantEqual(t, "href", r.Href, annHome+"x/")
			wantList(t, "dependent", r.names("424"), "displayname")
			checkFailed(t, a.body, r, test.failed, test.condition)
			s.do("ann", "PROPFIND", annHome+"x/", "", "Depth: 0").want(http.StatusNotFound)
		})
		t.Run("MKCOL "+test.name, func(t *testing.T) {
			s := s.in(t)
			checkMkcol(t, s.do("ann", "MKCOL", annHome+"x/", mkcol(calendarType+test.props)), test.failed, test.condition, "displayname", "resourcetype")
			s.do("ann", "PROPFIND", annHome+"x/", "", "Depth: 0").want(http.StatusNotFound)
		})
	}
	for name, kind := range map[string]string{
		"unknown": "<D:collection/><X:blog xmlns:X='urn:x'/>", "address book": "<D:collection/><X:addressbook xmlns:X='urn:ietf:params:xml:ns:carddav'/>",
		"Inbox": "<D:collection/><C:schedule-inbox/>", "principal": "<D:collection/><D:principal/>", "no collection": "<C:calendar/>", "none": "",
	} {
		t.Run("MKCOL "+name, func(t *testing.T) {
			s := s.in(t)
			a := s.do("ann", "MKCOL", annHome+"x/", mkcol("<D:resourcetype>"+kind+"</D:resourcetype><D:displayname>x</D:displayname>"))
			checkMkcol(t, a, "resourcetype", "valid-resourcetype", "displayname")
			s.do("ann", "PROPFIND", annHome+"x/", "", "Depth: 0").want(http.StatusNotFound)
		})
	}
	s.do("ann", "MKCALENDAR", annHome+"x/", mkcalendar("<D:resourcetype><D:collection/></D:resourcetype>")).only()
	checkMkcol(t, s.do("ann", "MKCOL", annHome+"x/", mkcol(plainType+`<C:supported-calendar-component-set><C:comp name="VEVENT"/></C:supported-calendar-component-set>`)),
		"supported-calendar-component-set", "cannot-modify-protected-property", "resourcetype")
	s.do("ann", "PROPFIND", annHome+"x/", "", "Depth: 0").want(http.StatusNotFound)
	// The name is free all the time.
	s.do("ann", "MKCALENDAR", annHome+"x/", "").want(http.StatusCreated)
}

// checkMkcol takes a DAV:mkcol-response apart (RFC 5689 section 5.2).
func checkMkcol(t *testing.T, a *answer, failed, condition string, dependent ...string) {
	t.Helper()
	if a.status != http.StatusForbidden && a.status != http.StatusInsufficientStorage {
		t.Fatalf("%s: status %d\n%s", a.what, a.status, a.body)
	}
	r := msResponse{}
	var root struct {
		XMLName xml.Name `xml:"DAV: mkcol-response"`
		*msResponse
	}
	root.msResponse = &r
	if err := xml.Unmarshal([]byte(a.body), &root); err != nil {
		t.Fatalf("%v\n%s", err, a.body)
	}
	wantList(t, "dependent", r.names("424"), dependent...)
	checkFailed(t, a.body, &r, failed, condition)
}

func checkFailed(t *testing.T, body string, r *msResponse, failed, condition string) {
	t.Helper()
	wantList(t, "failed", append(r.names("403"), r.names("507")...), failed)
	if condition != "" && !strings.Contains(body, ":"+condition+"/>") || !strings.Contains(body, "responsedescription") {
		t.Errorf("no %s and a sentence in\n%s", condition, body)
	}
}

// A Content-Type says nothing where there is no body.
func TestMkcolWithoutBody(t *testing.T) {
	s := newServer(t)
	s.do("ann", "MKCOL", annHome+"typed/", "", "Content-Type: text/plain").want(http.StatusCreated)
}

// Of several who make a calendar at one URL at once, one does.
func TestMakeCollectionRace(t *testing.T) {
	s := newServer(t)
	const clients = 6
	statuses := make(chan int, clients)
	for range clients {
		go func() { statuses <- s.do("ann", "MKCALENDAR", annHome+"race/", "").status }()
	}
	made := 0
	for range clients {
		switch status := <-statuses; status {
		case http.StatusCreated:
			made++
		case http.StatusMethodNotAllowed, http.StatusConflict:
		default:
			t.Errorf("status %d", status)
		}
	}
	wantEqual(t, "made", made, 1)
}
