package caldav

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// All of RFC 4918 section 9.1 that does not depend on who asks.

func TestPropfindDepth(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	kinds := func(base string) []string {
		return []string{base, base + "group/", base + "public/", base + "resource/", base + "room/", base + "user/"}
	}
	delegates := []string{annPrincipal, annPrincipal + "calendar-proxy-read/", annPrincipal + "calendar-proxy-write/"}
	for _, test := range []struct {
		path, depth string
		want        []string // nil: propfind-finite-depth
	}{
		{"/", "0", []string{"/"}},
		{"/", "1", []string{"/", "/dav/"}},
		{"/", "infinity", nil},
		{"/principals/", "0", []string{"/principals/"}},
		{"/principals", "1", []string{"/principals/"}},
		{"/dav", "0", []string{"/dav/"}},
		{"/dav/", "1", []string{"/dav/", "/dav/principals/", "/dav/calendars/"}},
		{"/dav/", "infinity", nil},
		{"/dav/principals/", "0", []string{"/dav/principals/"}},
		{"/dav/principals/", "1", kinds("/dav/principals/")},
		{"/dav/principals/", "infinity", nil},
		{"/dav/principals/user/", "0", []string{"/dav/principals/user/"}},
		{"/dav/principals/user/", "1", []string{"/dav/principals/user/", annPrincipal, "/dav/principals/user/bob/", "/dav/principals/user/root/"}},
		{"/dav/principals/group/", "1", []string{"/dav/principals/group/", "/dav/principals/group/staff/"}},
		{"/dav/principals/room/", "1", []string{"/dav/principals/room/", "/dav/principals/room/attic/"}},
		{"/dav/principals/resource/", "1", []string{"/dav/principals/resource/"}},
		{annPrincipal, "0", []string{annPrincipal}},
		{annPrincipal, "1", delegates},
		{annPrincipal, "infinity", delegates},
		{"/dav/principals/user/ann", "0", []string{annPrincipal}},
		{"/dav/calendars/", "1", kinds("/dav/calendars/")},
		{"/dav/calendars/user/", "1", []string{"/dav/calendars/user/", annHome}},
		{"/dav/calendars/room/", "1", []string{"/dav/calendars/room/"}},
		{"/dav/calendars/", "infinity", nil},
		{annHome, "0", []string{annHome}},
		{annHome, "1", []string{annHome, annHome + "Attachments/", annDefault, annHome + "Inbox/", annHome + "Notifications/", annHome + "Outbox/"}},
		{annHome, "infinity", nil},
		{annDefault, "0", []string{annDefault}},
		{"/dav/calendars/user/ann/Default", "0", []string{annDefault}},
		{annDefault, "1", []string{annDefault, annDefault + "a.ics"}},
		{annDefault, "1,noroot", []string{annDefault + "a.ics"}},
		{annDefault, "infinity", nil},
		{annDefault, "INFINITY", nil},
		{annDefault, "", nil}, // none is infinity
		{annHome + "Inbox/", "1", []string{annHome + "Inbox/"}},
		{annHome + "Outbox/", "1", []string{annHome + "Outbox/"}},
		{annDefault + "a.ics", "0", []string{annDefault + "a.ics"}},
		{annDefault + "a.ics", "1", []string{annDefault + "a.ics"}},
		{annDefault + "a.ics", "infinity", []string{annDefault + "a.ics"}},
		{annDefault + "a.ics", "", []string{annDefault + "a.ics"}},
	} {
		t.Run(test.path+" "+test.depth, func(t *testing.T) {
			headers := []string{"Depth: " + test.depth}
			if test.depth == "" {
				headers = nil
			}
			a := s.in(t).do("ann", "PROPFIND", test.path, propfind("D:resourcetype"), headers...)
			if test.want == nil {
				a.refused(http.StatusForbidden, "propfind-finite-depth")
				return
			}
			a.wantHrefs(test.want...)
			if got := a.header.Get("Content-Type"); got != "application/xml; charset=utf-8" {
				t.Errorf("Content-Type is %q", got)
			}
		})
	}
	for _, depth := range []string{"2", "-1", "nonsense", "0,noroot,x", "1, 0"} {
		s.do("ann", "PROPFIND", annDefault, propfind("D:resourcetype"), "Depth: "+depth).refused(http.StatusBadRequest, "")
	}
	for _, path := range []string{annHome + "none/", annDefault + "none.ics", annHome + "none/a.ics", "/dav/principals/user/nobody/", "/dav/principals/group/ann/",
		"/dav/principals/users/", "/dav/calendars/user/nobody/", "/dav/calendars/room/ann/", "/dav/none/", "/none", annDefault + "a.ics/", annDefault + "a.ics/b", annPrincipal + "x"} {
		s.do("ann", "PROPFIND", path, propfind("D:resourcetype"), "Depth: 0").want(http.StatusNotFound)
	}
}

// What each kind of resource says of itself (RFC 4918 section 15.9, RFC 4791 section 4.2, RFC 6638 section 2).
func TestPropfindResourceTypes(t *testing.T) {
	s := newServer(t)
	s.do("ann", "MKCOL", annHome+"plain/", "").want(http.StatusCreated)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	for path, want := range map[string]string{
		"/dav/":                  `<D:collection/>`,
		"/":                      `<D:collection/>`,
		"/dav/principals/":       `<D:collection/>`,
		"/dav/principals/group/": `<D:collection/>`,
		annPrincipal:             `<D:collection/><D:principal/>`,
		"/dav/calendars/user/":   `<D:collection/>`,
		annHome:                  `<D:collection/>`,
		annDefault:               `<D:collection/><C:calendar/>`,
		annHome + "Inbox/":       `<D:collection/><C:schedule-inbox/>`,
		annHome + "Outbox/":      `<D:collection/><C:schedule-outbox/>`,
		annHome + "plain/":       `<D:collection/>`,
		annDefault + "a.ics":     ``,
	} {
		wantEqual(t, path, s.get(path, "D:resourcetype").inner("resourcetype"), want)
	}
}

// allProps are those that DAV:allprop brings of a calendar without more.
var allProps = []string{"creationdate", "displayname", "getcontenttype", "getetag", "getlastmodified", "lockdiscovery", "resourcetype", "supportedlock"}

func TestPropfindForms(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	patch := wrap("D:propertyupdate", `<D:set><D:prop><D:displayname>My calendar</D:displayname><A:calendar-color>#FF0000FF</A:calendar-color>`+
		`<X:p xmlns:X="urn:x">v</X:p></D:prop></D:set>`)
	s.do("ann", "PROPPATCH", annDefault, patch).want(http.StatusMultiStatus)
	objectProps := []string{"creationdate", "getcontentlength", "getcontenttype", "getetag", "getlastmodified", "lockdiscovery", "resourcetype", "supportedlock"}
	for _, test := range []struct {
		name, path, body string
		found, absent    []string
	}{
		{"no body is allprop", annDefault, "", append([]string{"calendar-color", "p"}, allProps...), nil},
		{"allprop", annDefault, wrap("D:propfind", `<D:allprop/>`), append([]string{"calendar-color", "p"}, allProps...), nil},
		{"allprop of an object", annDefault + "a.ics", wrap("D:propfind", `<D:allprop/>`), objectProps, nil},
		{"allprop of a principal", annPrincipal, wrap("D:propfind", `<D:allprop/>`), []string{"creationdate", "displayname", "resourcetype"}, nil},
		{"allprop with include", annDefault, wrap("D:propfind", `<D:allprop/><D:include><D:getetag/><D:sync-token/><A:calendar-color/><A:calendar-order/></D:include>`),
			append([]string{"calendar-color", "p", "sync-token"}, allProps...), []string{"calendar-order"}},
		{"include that is empty", annDefault + "a.ics", wrap("D:propfind", `<D:allprop/><D:include/>`), objectProps, nil},
		{"prop", annDefault, propfind("D:getetag", "CS:getctag", "D:getcontentlength", "C:calendar-description"), []string{"getctag", "getetag"},
			[]string{"calendar-description", "getcontentlength"}},
		{"prop with nothing", annDefault, wrap("D:propfind", `<D:prop/>`), nil, nil},
		{"prop named twice", annDefault, propfind("D:getetag", "D:getetag", "D:owner"), []string{"getetag", "owner"}, nil},
		{"unknown properties", annDefault, wrap("D:propfind", `<D:prop><D:none/><X:p xmlns:X="urn:y"/><p xmlns=""/><X:p xmlns:X="urn:x"/></D:prop>`),
			[]string{"p"}, []string{"none", "p", "p"}},
		{"unknown elements are passed over", annDefault, wrap("D:propfind", `<X:x xmlns:X="urn:x"/><D:prop><D:getetag/></D:prop><D:new/>`), []string{"getetag"}, nil},
		{"content of a property's name is passed over", annDefault, wrap("D:propfind", `<D:prop><D:getetag>x<D:owner/></D:getetag></D:prop>`), []string{"getetag"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.in(t).do("ann", "PROPFIND", test.path, test.body, "Depth: 0")
			r := a.only()
			wantList(t, "found", r.names("200"), test.found...)
			wantList(t, "absent", r.names("404"), test.absent...)
		})
	}
	t.Run("propname", func(t *testing.T) {
		r := s.in(t).do("ann", "PROPFIND", annDefault, wrap("D:propfind", `<D:propname/>`), "Depth: 0").only()
		for _, n := range append([]string{"calendar-color", "p", "sync-token", "supported-report-set", "supported-calendar-component-set"}, allProps...) {
			if got := r.inner(n); got != "" {
				t.Errorf("%s: got %q, want an empty element", n, got)
			}
		}
		if names := r.names("404"); len(names) > 0 {
			t.Errorf("not found: %v", names)
		}
	})
	for name, body := range map[string]string{
		"not XML": "<propfind", "another root": wrap("D:propertyupdate", ""), "nothing asked": wrap("D:propfind", ""),
		"no namespace": "<propfind><prop><getetag/></prop></propfind>", "prop in no namespace": wrap("D:propfind", "<prop/>"),
		"two questions": wrap("D:propfind", "<D:allprop/><D:prop><D:getetag/></D:prop>"), "names of all and some": wrap("D:propfind", "<D:propname/><D:prop><D:getetag/></D:prop>"),
		"include without allprop": wrap("D:propfind", "<D:include><D:getetag/></D:include>"),
	} {
		t.Run(name, func(t *testing.T) {
			s.in(t).do("ann", "PROPFIND", annDefault, body, "Depth: 0").refused(http.StatusBadRequest, "")
		})
	}
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, "<D:p%d/>", i)
	}
	s.do("ann", "PROPFIND", annDefault, wrap("D:propfind", "<D:prop>"+many.String()+"</D:prop>"), "Depth: 0").refused(http.StatusRequestEntityTooLarge, "")
}

// The properties of RFC 4791 section 5.2 and their kin on each kind of collection, and where they are not.
func TestPropfindCollectionProperties(t *testing.T) {
	s := newServer(t)
	for _, test := range []struct{ path, prop, want string }{
		{annDefault, "C:supported-calendar-component-set", `<C:comp name="VEVENT"/><C:comp name="VTODO"/><C:comp name="VJOURNAL"/><C:comp name="VFREEBUSY"/>`},
		{annDefault, "C:supported-calendar-data", `<C:calendar-data content-type="text/calendar" version="2.0"/>`},
		{annDefault, "C:max-resource-size", "10485760"},
		{annDefault, "C:min-date-time", "10000101T000000Z"},
		{annDefault, "C:max-instances", "10000"},
		{annDefault, "C:max-attendees-per-instance", "2000"},
		{annDefault, "C:supported-collation-set", `<C:supported-collation>i;ascii-casemap</C:supported-collation><C:supported-collation>i;octet</C:supported-collation>` +
			`<C:supported-collation>i;unicode-casemap</C:supported-collation>`},
		{annDefault, "C:calendar-timezone", "-"},
		{annDefault, "C:calendar-description", "-"},
		{annDefault, "D:owner", "<D:href>" + annPrincipal + "</D:href>"},
		{annDefault, "D:principal-collection-set", "<D:href>/dav/principals/</D:href>"},
		{annDefault, "D:current-user-principal", "<D:href>" + annPrincipal + "</D:href>"},
		{annDefault, "D:add-member", "<D:href>" + annDefault + "</D:href>"},
		{annDefault, "D:getcontenttype", "text/calendar; charset=utf-8"},
		{annDefault, "C:calendar-home-set", "-"},
		{annDefault, "D:principal-URL", "-"},
		{annHome, "D:getetag", "-"},
		{annHome, "D:getcontenttype", "-"},
		{annHome, "D:add-member", "-"},
		{annHome, "C:supported-calendar-data", "-"},
		{annHome, "D:quota-used-bytes", "0"},
		{annHome + "Inbox/", "C:supported-calendar-component-set", "-"},
		{annHome + "Inbox/", "D:add-member", "-"},
		{annHome + "Inbox/", "D:getetag", "-"},
		{annHome + "Outbox/", "D:sync-token", "-"},
		{"/dav/", "D:current-user-principal", "<D:href>" + annPrincipal + "</D:href>"},
		{"/", "D:current-user-principal", "<D:href>" + annPrincipal + "</D:href>"},
		{"/principals/", "D:current-user-principal", "<D:href>" + annPrincipal + "</D:href>"},
		{"/dav/calendars/user/", "D:current-user-principal", "<D:href>" + annPrincipal + "</D:href>"},
		{"/dav/", "D:owner", "-"},
		{"/dav/", "D:getlastmodified", "-"},
		{"/dav/", "D:sync-token", "-"},
	} {
		_, local, _ := strings.Cut(test.prop, ":")
		wantEqual(t, test.path+" "+test.prop, s.get(test.path, test.prop).inner(local), test.want)
	}
	for _, path := range []string{annDefault, annHome, annHome + "Inbox/"} { // by which clients notice changes
		r := s.get(path, "CS:getctag", "D:sync-token")
		if r.text("getctag") == "-" || !strings.HasPrefix(r.text("sync-token"), tokenPrefix) {
			t.Errorf("%s: ctag %q, sync token %q", path, r.text("getctag"), r.text("sync-token"))
		}
	}
}

// A listing answers each member for itself; what one has and another has not is in the right propstat of each.
func TestPropfindListing(t *testing.T) {
	s := newServer(t)
	tags := map[string]string{}
	for i := range 5 {
		path := fmt.Sprintf("%se%d.ics", annDefault, i)
		tags[path] = s.do("ann", "PUT", path, event(fmt.Sprint(i), "20261201T100000Z")).want(http.StatusCreated).header.Get("ETag")
	}
	set := wrap("D:propertyupdate", `<D:set><D:prop><X:note xmlns:X="urn:x">one</X:note></D:prop></D:set>`)
	s.do("ann", "PROPPATCH", annDefault+"e1.ics", set).want(http.StatusMultiStatus)
	m := s.do("ann", "PROPFIND", annDefault, wrap("D:propfind", `<D:prop><D:getetag/><D:getcontentlength/><X:note xmlns:X="urn:x"/><CS:getctag/></D:prop>`), "Depth: 1").multistatus()
	wantEqual(t, "responses", len(m.Responses), 6)
	for path, tag := range tags {
		r := m.response(path)
		wantEqual(t, path+" getetag", r.text("getetag"), tag)
		wantEqual(t, path+" getcontentlength", r.text("getcontentlength"), fmt.Sprint(len(event("0", "20261201T100000Z"))))
		if strings.HasSuffix(path, "e1.ics") {
			wantEqual(t, path+" note", r.text("note"), "one")
			wantList(t, path, r.names("404"), "getctag")
		} else {
			wantList(t, path, r.names("404"), "getctag", "note")
		}
	}
	wantList(t, "the calendar", m.response(annDefault).names("404"), "getcontentlength", "note")
}

// A poll is answered from memory only as long as nothing changed.
func TestPropfindSeesChanges(t *testing.T) {
	s := newServer(t)
	body := propfind("D:displayname", "CS:getctag", "D:group-membership", "D:current-user-privilege-set")
	seen := map[string]bool{}
	poll := func(what, path string) {
		t.Helper()
		for range 2 { // the second time kept
			a := s.do("ann", "PROPFIND", path, body, "Depth: 1").want(http.StatusMultiStatus)
			if what != "" && seen[a.body] {
				t.Errorf("after %s %s is still\n%s", what, path, a.body)
			}
			what = ""
			seen[a.body] = true
		}
	}
	poll("nothing", annHome)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	poll("a PUT", annHome)
	s.do("ann", "DELETE", annDefault+"a.ics", "").want(http.StatusNoContent)
	poll("a DELETE", annHome)
	s.do("ann", "PROPPATCH", annDefault, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set>")).want(http.StatusMultiStatus)
	poll("a PROPPATCH", annHome)
	s.do("ann", "MKCALENDAR", annHome+"work/", "").want(http.StatusCreated)
	poll("a MKCALENDAR", annHome)
	s.do("ann", "MOVE", annHome+"work/", "", "Destination: "+annHome+"play/").want(http.StatusCreated)
	poll("a MOVE", annHome)

	poll("nothing", annPrincipal)
	ann, err := s.db.PrincipalByName(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	staff, err := s.db.PrincipalByName(t.Context(), "staff")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.AddMember(t.Context(), staff.ID, ann.ID); err != nil {
		t.Fatal(err)
	}
	poll("joining a group", annPrincipal)
	asAnn, asBob := s.do("ann", "PROPFIND", annPrincipal, body, "Depth: 0"), s.do("bob", "PROPFIND", annPrincipal, body, "Depth: 0")
	if asBob.want(http.StatusMultiStatus).body != asAnn.body {
		t.Errorf("bob sees of ann's principal\n%s", asBob.body)
	}
}
