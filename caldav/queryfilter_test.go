package caldav

import (
	"net/http"
	"strings"
	"testing"
)

// filterObjects are what TestFilter looks into.
var filterObjects = map[string]string{
	"lunch.ics": component("VEVENT", "lunch", "DTSTART:20261201T120000Z", "DURATION:PT1H", "SUMMARY:Lunch\\, with Ann; and",
		" Bob", "LOCATION;LANGUAGE=de:Café München", "CATEGORIES:FOOD,Friends", "CREATED:20261101T000000Z",
		"ATTENDEE;PARTSTAT=ACCEPTED;CN=Ann:mailto:ann@example.com", "ATTENDEE;PARTSTAT=DECLINED;CN=\"Bob, B.\":mailto:bob@example.com"),
	"standup.ics": component("VEVENT", "standup", "DTSTART;TZID=Europe/Berlin:20261201T090000", "DURATION:PT15M", "RRULE:FREQ=DAILY",
		"SUMMARY:Stand-up", "STATUS:CANCELLED", "CREATED:20261110T120000Z", "X-COLOUR:red", "BEGIN:VALARM", "ACTION:DISPLAY",
		"DESCRIPTION:soon", "TRIGGER:-PT5M", "END:VALARM"),
	"two.ics": parts("VEVENT", "two", []string{"DTSTART:20261205T090000Z", "RRULE:FREQ=DAILY;COUNT=3", "SUMMARY:Master", "CLASS:PRIVATE"},
		[]string{"RECURRENCE-ID:20261206T090000Z", "DTSTART:20261206T100000Z", "SUMMARY:Override"}),
	"todo.ics":    component("VTODO", "todo", "SUMMARY:Write\\nlunch list", "DUE;VALUE=DATE:20261203", "PRIORITY:1"),
	"done.ics":    component("VTODO", "done", "SUMMARY:done", "COMPLETED:20261102T101500Z", "STATUS:COMPLETED", "PERCENT-COMPLETE:100"),
	"journal.ics": component("VJOURNAL", "journal", "DTSTART;VALUE=DATE:20261201", "SUMMARY:STRASSE und Straße", "COMMENT:a", "COMMENT:b"),
	"busy.ics":    component("VFREEBUSY", "busy", "DTSTART:20261201T000000Z", "DTEND:20261208T000000Z", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261202T100000Z/PT1H"),
}

func compFilter(kind, inner string) string {
	return `<C:comp-filter name="` + kind + `">` + inner + `</C:comp-filter>`
}

func propFilter(name, inner string) string {
	return `<C:prop-filter name="` + name + `">` + inner + `</C:prop-filter>`
}

func paramFilter(name, inner string) string {
	return `<C:param-filter name="` + name + `">` + inner + `</C:param-filter>`
}

func textMatch(text string, attributes ...string) string {
	return `<C:text-match ` + strings.Join(attributes, " ") + `>` + text + `</C:text-match>`
}

const (
	notDefined = `<C:is-not-defined/>`
	byOctet    = `collation="i;octet"`
	byASCII    = `collation="i;ascii-casemap"`
	byUnicode  = `collation="i;unicode-casemap"`
	negate     = `negate-condition="yes"`
)

var filters = []struct{ name, filter, want string }{
	{"nothing", "", "lunch standup two todo done journal busy"},
	{"events", compFilter("VEVENT", ""), "lunch standup two"},
	{"to-dos", compFilter("VTODO", ""), "todo done"},
	{"journal", compFilter("VJOURNAL", ""), "journal"},
	{"free/busy", compFilter("VFREEBUSY", ""), "busy"},
	{"lower case", compFilter("vevent", ""), "lunch standup two"},
	{"no events", compFilter("VEVENT", notDefined), "todo done journal busy"},
	{"neither events nor to-dos", compFilter("VEVENT", notDefined) + compFilter("VTODO", notDefined), "journal busy"},
	{"both, which is never", compFilter("VEVENT", "") + compFilter("VTODO", ""), ""},
	{"any kind of its own", compFilter("X-THING", ""), ""},
	{"not that kind", compFilter("X-THING", notDefined), "lunch standup two todo done journal busy"},
	{"with alarms", compFilter("VEVENT", compFilter("VALARM", "")), "standup"},
	{"without alarms", compFilter("VEVENT", compFilter("VALARM", notDefined)), "lunch two"},
	{"alarm that displays", compFilter("VEVENT", compFilter("VALARM", propFilter("ACTION", textMatch("display")))), "standup"},
	{"alarm that mails", compFilter("VEVENT", compFilter("VALARM", propFilter("ACTION", textMatch("email")))), ""},
	{"property of the calendar", propFilter("PRODID", textMatch("convene")), "lunch standup two todo done journal busy"},
	{"property of the calendar, not there", propFilter("METHOD", notDefined), "lunch standup two todo done journal busy"},
	{"property of the calendar, and events", propFilter("VERSION", textMatch("2.0")) + compFilter("VEVENT", ""), "lunch standup two"},
	{"with time zones", compFilter("VTIMEZONE", ""), ""},

	{"a property is there", compFilter("VEVENT", propFilter("LOCATION", "")), "lunch"},
	{"a property is not there", compFilter("VEVENT", propFilter("LOCATION", notDefined)), "standup two"},
	{"a property of its own", compFilter("VEVENT", propFilter("X-COLOUR", textMatch("red"))), "standup"},
	{"lower case property", compFilter("VEVENT", propFilter("x-colour", textMatch("RED"))), "standup"},
	{"two properties", compFilter("VEVENT", propFilter("LOCATION", notDefined)+propFilter("RRULE", "")), "standup two"},
	{"two properties of one component", compFilter("VEVENT", propFilter("SUMMARY", textMatch("override"))+propFilter("CLASS", "")), ""},
	{"of an override", compFilter("VEVENT", propFilter("SUMMARY", textMatch("override"))), "two"},
	{"not there in an override", compFilter("VEVENT", propFilter("CLASS", notDefined)), "lunch standup two"},

	{"substring", compFilter("VEVENT", propFilter("SUMMARY", textMatch("unch"))), "lunch"},
	{"in any case by default", compFilter("VEVENT", propFilter("SUMMARY", textMatch("LUNCH"))), "lunch"},
	{"any case by name", compFilter("VEVENT", propFilter("SUMMARY", textMatch("LUNCH", byASCII))), "lunch"},
	{"octets", compFilter("VEVENT", propFilter("SUMMARY", textMatch("LUNCH", byOctet))), ""},
	{"octets as they are", compFilter("VEVENT", propFilter("SUMMARY", textMatch("Lunch", byOctet))), "lunch"},
	{"ascii knows no umlauts", compFilter("VEVENT", propFilter("LOCATION", textMatch("MÜNCHEN", byASCII))), ""},
	{"ascii with umlaut as it is", compFilter("VEVENT", propFilter("LOCATION", textMatch("MüNCHEN", byASCII))), "lunch"},
	{"unicode does", compFilter("VEVENT", propFilter("LOCATION", textMatch("CAFÉ MÜNCHEN", byUnicode))), "lunch"},
	{"unicode, decomposed", compFilter("VEVENT", propFilter("LOCATION", textMatch("cafe\u0301 mu\u0308nchen", byUnicode))), "lunch"},
	{"default collation by name", compFilter("VEVENT", propFilter("SUMMARY", textMatch("LUNCH", `collation="default"`))), "lunch"},
	{"unescaped", compFilter("VEVENT", propFilter("SUMMARY", textMatch("Lunch, with Ann; and"))), "lunch"},
	{"over a fold", compFilter("VEVENT", propFilter("SUMMARY", textMatch("and"))), "lunch standup"},
	{"a line break in the text", compFilter("VTODO", propFilter("SUMMARY", textMatch("write&#10;lunch"))), "todo"},
	{"white space counts", compFilter("VEVENT", propFilter("SUMMARY", textMatch(" lunch"))), ""},
	{"empty text is everywhere", compFilter("VEVENT", propFilter("LOCATION", textMatch(""))), "lunch"},
	{"one of a list", compFilter("VEVENT", propFilter("CATEGORIES", textMatch("friends"))), "lunch"},
	{"one of several", compFilter("VJOURNAL", propFilter("COMMENT", textMatch("b"))), "journal"},
	{"is not", compFilter("VEVENT", propFilter("STATUS", textMatch("CANCELLED", negate))), ""},
	{"negated no", compFilter("VEVENT", propFilter("STATUS", textMatch("CANCELLED", `negate-condition="no"`))), "standup"},
	{"negated with summary", compFilter("VEVENT", propFilter("SUMMARY", textMatch("stand", negate))), "lunch two"},
	{"number", compFilter("VTODO", propFilter("PERCENT-COMPLETE", textMatch("100"))), "done"},

	{"parameter is there", compFilter("VEVENT", propFilter("ATTENDEE", paramFilter("PARTSTAT", ""))), "lunch"},
	{"parameter is not there", compFilter("VEVENT", propFilter("ATTENDEE", paramFilter("ROLE", notDefined))), "lunch"},
	{"parameter not there, but it is", compFilter("VEVENT", propFilter("ATTENDEE", paramFilter("PARTSTAT", notDefined))), ""},
	{"parameter of the second", compFilter("VEVENT", propFilter("ATTENDEE", paramFilter("PARTSTAT", textMatch("declined")))), "lunch"},
	{"text and parameter of one", compFilter("VEVENT", propFilter("ATTENDEE", textMatch("mailto:ann@")+paramFilter("PARTSTAT", textMatch("accepted")))), "lunch"},
	{"text and parameter of two", compFilter("VEVENT", propFilter("ATTENDEE", textMatch("mailto:ann@")+paramFilter("PARTSTAT", textMatch("declined")))), ""},
	{"two parameters", compFilter("VEVENT", propFilter("ATTENDEE", paramFilter("CN", textMatch("b."))+paramFilter("PARTSTAT", textMatch("declined")))), "lunch"},
	{"quoted parameter", compFilter("VEVENT", propFilter("ATTENDEE", paramFilter("CN", textMatch("Bob, B.")))), "lunch"},
	{"zone of an event", compFilter("VEVENT", propFilter("DTSTART", paramFilter("TZID", textMatch("berlin")))), "standup"},
	{"lower case parameter", compFilter("VEVENT", propFilter("LOCATION", paramFilter("language", textMatch("DE")))), "lunch"},
	{"parameter octets", compFilter("VEVENT", propFilter("LOCATION", paramFilter("LANGUAGE", textMatch("DE", byOctet)))), ""},
	{"parameter negated", compFilter("VEVENT", propFilter("ATTENDEE", paramFilter("PARTSTAT", textMatch("ACCEPTED", negate)))), "lunch"},

	{"created in a window", compFilter("VEVENT", propFilter("CREATED", timeRange("C:time-range", "20261110T120000Z/20261111T000000Z"))), "standup"},
	{"created before its end", compFilter("VEVENT", propFilter("CREATED", timeRange("C:time-range", "20261101T000000Z/20261110T120000Z"))), "lunch"},
	{"created since", compFilter("VEVENT", propFilter("CREATED", timeRange("C:time-range", "20261101T000001Z/"))), "standup"},
	{"created until", compFilter("VEVENT", propFilter("CREATED", timeRange("C:time-range", "/20261101T000001Z"))), "lunch"},
	{"completed in a window", compFilter("VTODO", propFilter("COMPLETED", timeRange("C:time-range", "20261102T000000Z/20261103T000000Z"))), "done"},
	{"due on that day", compFilter("VTODO", propFilter("DUE", timeRange("C:time-range", "20261203T000000Z/20261204T000000Z"))), "todo"},
	{"DTSTART in a zone", compFilter("VEVENT", propFilter("DTSTART", timeRange("C:time-range", "20261201T080000Z/20261201T080001Z"))), "standup"},

	{"window and property", compFilter("VEVENT", timeRange("C:time-range", "20261201T000000Z/20261202T000000Z")+propFilter("STATUS", notDefined)), "lunch"},
	{"window and text", compFilter("VEVENT", timeRange("C:time-range", "20280301T000000Z/20280302T000000Z")+propFilter("SUMMARY", textMatch("stand"))), "standup"},
	{"window and text, beyond what the database knows", compFilter("VEVENT", timeRange("C:time-range", "20480301T000000Z/20480302T000000Z")+propFilter("SUMMARY", textMatch("stand"))), "standup"},
	{"window and alarm", compFilter("VEVENT", timeRange("C:time-range", "20261203T000000Z/20261204T000000Z")+compFilter("VALARM", timeRange("C:time-range", "20261203T000000Z/20261204T000000Z"))), "standup"},
	{"UID", compFilter("VEVENT", propFilter("UID", textMatch("lunch", byOctet))), "lunch"},
	{"UID in part", compFilter("VEVENT", propFilter("UID", textMatch("unc"))), "lunch"},
	{"UID of any kind", compFilter("VTODO", propFilter("UID", textMatch("todo"))), "todo"},
	{"UID of another kind", compFilter("VEVENT", propFilter("UID", textMatch("todo"))), ""},
}

func TestFilter(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, filterObjects)
	for _, test := range filters {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			var want []string
			for _, name := range strings.Fields(test.want) {
				want = append(want, name+".ics")
			}
			s.report(annDefault, filterFor(test.filter)).wantFound(want...)
			s.do("ann", "REPORT", "/dav/calendars/user/ann/", filterFor(test.filter), "Depth: infinity").wantFound(want...)
			for name := range filterObjects { // one by one
				a := s.do("ann", "REPORT", annDefault+name, filterFor(test.filter))
				if got, want := len(a.found()), strings.Count(" "+test.want+" ", " "+strings.TrimSuffix(name, ".ics")+" "); got != want {
					t.Errorf("%s alone: found %d times, want %d", name, got, want)
				}
			}
		})
	}
}

// Filters that nothing can be found with because they mean nothing (RFC 4791 sections 7.8 and 9.7), or because they are too much.
var badFilters = []struct{ name, body, condition string }{
	{"no filter", wrap("C:calendar-query", "<D:prop><D:getetag/></D:prop>"), "valid-filter"},
	{"empty filter", wrap("C:calendar-query", "<D:prop><D:getetag/></D:prop><C:filter/>"), "valid-filter"},
	{"two roots", wrap("C:calendar-query", `<C:filter><C:comp-filter name="VCALENDAR"/><C:comp-filter name="VCALENDAR"/></C:filter>`), "valid-filter"},
	{"root is no calendar", wrap("C:calendar-query", `<C:filter><C:comp-filter name="VEVENT"/></C:filter>`), "valid-filter"},
	{"filter of another namespace", wrap("C:calendar-query", `<D:filter><C:comp-filter name="VCALENDAR"/></D:filter>`), "valid-filter"},
	{"component without a name", filterFor(`<C:comp-filter/>`), "valid-filter"},
	{"property without a name", filterFor(compFilter("VEVENT", `<C:prop-filter/>`)), "valid-filter"},
	{"parameter without a name", filterFor(compFilter("VEVENT", propFilter("ATTENDEE", `<C:param-filter/>`))), "valid-filter"},
	{"an event in a to-do", filterFor(compFilter("VTODO", compFilter("VEVENT", ""))), "valid-filter"},
	{"a calendar in a calendar", filterFor(compFilter("VCALENDAR", "")), "valid-filter"},
	{"an alarm in the calendar", filterFor(compFilter("VALARM", "")), "valid-filter"},
	{"a window on a text", filterFor(compFilter("VEVENT", propFilter("SUMMARY", timeRange("C:time-range", "20261201T000000Z/")))), "valid-filter"},
	{"a window and a text", filterFor(compFilter("VEVENT", propFilter("CREATED", timeRange("C:time-range", "20261201T000000Z/")+textMatch("2026")))), "valid-filter"},
	{"two windows", filterFor(compFilter("VEVENT", timeRange("C:time-range", "20261201T000000Z/")+timeRange("C:time-range", "20261201T000000Z/"))), "valid-filter"},
	{"not defined, but something of it", filterFor(compFilter("VEVENT", notDefined+propFilter("SUMMARY", ""))), "valid-filter"},
	{"two texts", filterFor(compFilter("VEVENT", propFilter("SUMMARY", textMatch("a")+textMatch("b")))), "valid-filter"},
	{"a window without ends", filterFor(inWindow("VEVENT", "/")), "valid-filter"},
	{"an end before the start", filterFor(inWindow("VEVENT", "20261202T000000Z/20261201T000000Z")), "valid-filter"},
	{"an end at the start", filterFor(inWindow("VEVENT", "20261202T000000Z/20261202T000000Z")), "valid-filter"},
	{"a window in local time", filterFor(inWindow("VEVENT", "20261201T000000/20261202T000000")), "valid-filter"},
	{"a window of dates", filterFor(inWindow("VEVENT", "20261201/20261202")), "valid-filter"},
	{"a window of no date", filterFor(inWindow("VEVENT", "yesterday/20261202T000000Z")), "valid-filter"},
	{"a window on no day", filterFor(inWindow("VEVENT", "20260231T000000Z/20261202T000000Z")), "valid-filter"},
	{"a window on the calendar", filterFor(timeRange("C:time-range", "20261202T000000Z/20261202T235959Z")), "valid-filter"},
	{"negated by a strange word", filterFor(compFilter("VEVENT", propFilter("SUMMARY", textMatch("a", `negate-condition="perhaps"`)))), "valid-filter"},
	{"a window before all dates", filterFor(inWindow("VEVENT", "00010101T000000Z/20261202T000000Z")), "min-date-time"},
	{"unknown collation", filterFor(compFilter("VEVENT", propFilter("SUMMARY", textMatch("a", `collation="i;klingon"`)))), "supported-collation"},
	{"unknown collation of a parameter", filterFor(compFilter("VEVENT", propFilter("ATTENDEE", paramFilter("CN", textMatch("a", `collation="i;ascii-numeric"`))))), "supported-collation"},
	{"unknown collation with wildcards", filterFor(compFilter("VEVENT", propFilter("SUMMARY", textMatch("a", `collation="i;*"`)))), "supported-collation"},
	{"a window on what has no table", filterFor(inWindow("VAVAILABILITY", "20261201T000000Z/20261202T000000Z")), "supported-filter"},
	{"a window on a kind of its own", filterFor(inWindow("X-THING", "20261201T000000Z/20261202T000000Z")), "supported-filter"},
	{"an element of nobody", filterFor(compFilter("VEVENT", `<C:whatever/>`)), "valid-filter"},
	{"an element of nobody in a property", filterFor(compFilter("VEVENT", propFilter("SUMMARY", `<C:whatever/>`))), "valid-filter"},
	{"an element of nobody in a parameter", filterFor(compFilter("VEVENT", propFilter("SUMMARY", paramFilter("X", `<C:whatever/>`)))), "valid-filter"},
	{"property not defined, but a text", filterFor(compFilter("VEVENT", propFilter("SUMMARY", notDefined+textMatch("a")))), "valid-filter"},
	{"parameter not defined, but a text", filterFor(compFilter("VEVENT", propFilter("ATTENDEE", paramFilter("CN", notDefined+textMatch("a"))))), "valid-filter"},
	{"unknown match type", filterFor(compFilter("VEVENT", propFilter("SUMMARY", textMatch("a", `match-type="sounds-like"`)))), "valid-filter"},
	{"unknown test", filterFor(`<C:comp-filter name="VEVENT" test="someof"/>`), "valid-filter"},
	{"deeper than calendars are", filterFor(strings.Repeat(`<C:comp-filter name="X-A">`, 30) + strings.Repeat(`</C:comp-filter>`, 30)), ""},
	{"too many conditions", filterFor(compFilter("VEVENT", strings.Repeat(propFilter("SUMMARY", textMatch("a")), 5000))), ""},
	{"data of another type", queryFor(`<C:calendar-data content-type="application/calendar+json"/>`, ""), "supported-calendar-data"},
	{"data of another version", queryFor(`<C:calendar-data content-type="text/calendar" version="1.0"/>`, ""), "supported-calendar-data"},
	{"window of the data without end", queryFor(`<C:calendar-data><C:expand start="20261201T000000Z"/></C:calendar-data>`, ""), ""},
	{"window of the data turned round", queryFor(`<C:calendar-data><C:expand start="20261201T000000Z" end="20261101T000000Z"/></C:calendar-data>`, ""), ""},
	{"window of the data before all dates", queryFor(`<C:calendar-data><C:expand start="00010101T000000Z" end="20261101T000000Z"/></C:calendar-data>`, ""), "min-date-time"},
	{"two roots of the data", queryFor(`<C:calendar-data><C:comp name="VCALENDAR"/><C:comp name="VCALENDAR"/></C:calendar-data>`, ""), ""},
	{"data of an event", queryFor(`<C:calendar-data><C:comp name="VEVENT"/></C:calendar-data>`, ""), ""},
	{"data without a name", queryFor(`<C:calendar-data><C:comp name="VCALENDAR"><C:comp/></C:comp></C:calendar-data>`, ""), ""},
	{"property of the data without a name", queryFor(`<C:calendar-data><C:comp name="VCALENDAR"><C:prop/></C:comp></C:calendar-data>`, ""), ""},
	{"expanded and limited", queryFor(`<C:calendar-data><C:expand start="20261201T000000Z" end="20261202T000000Z"/>`+
		`<C:limit-recurrence-set start="20261201T000000Z" end="20261202T000000Z"/></C:calendar-data>`, ""), ""},
}

func TestFilterRefuses(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	for _, test := range badFilters {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			a := s.report(annDefault, test.body)
			if a.status != http.StatusForbidden && (test.condition != "" || a.status != http.StatusBadRequest) {
				t.Fatalf("status %d, want 403\n%s", a.status, a.body)
			}
			a.refused(a.status, test.condition)
		})
	}
}

// Where a calendar-query can be sent, and what it is answered there.
func TestQueryPlaces(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	s.fill(work, map[string]string{"b.ics": event("b", "20261201T110000Z"), "c.ics": event("c", "20261202T110000Z")})
	query := filterFor(inWindow("VEVENT", "20261201T000000Z/20261202T000000Z"))
	for _, depth := range []string{"0", "1", "infinity"} { // Apple's and other clients send each of them and want the same
		s.do("ann", "REPORT", work, query, "Depth: "+depth).wantFound("b.ics")
		s.do("ann", "REPORT", work+"b.ics", query, "Depth: "+depth).wantFound("b.ics")
		s.do("ann", "REPORT", work+"c.ics", query, "Depth: "+depth).wantFound()
	}
	s.do("ann", "REPORT", work, query).wantFound("b.ics")
	s.do("ann", "REPORT", "/dav/calendars/user/ann/", query, "Depth: infinity").wantFound("a.ics", "b.ics")
	s.do("root", "REPORT", work, query).wantFound("b.ics")
	s.do("bob", "REPORT", work, query).want(http.StatusNotFound)
	s.do("bob", "REPORT", work+"b.ics", query).want(http.StatusNotFound)
	s.do("bob", "REPORT", "/dav/calendars/user/ann/", query).want(http.StatusNotFound)
	s.do("", "REPORT", work, query).want(http.StatusUnauthorized)
	s.do("ann", "REPORT", work+"none.ics", query).want(http.StatusNotFound)
	s.do("ann", "REPORT", "/dav/calendars/user/ann/none/", query).want(http.StatusNotFound)
	s.do("ann", "REPORT", "/dav/principals/user/ann/", query).refused(http.StatusForbidden, "supported-report")
	s.do("ann", "REPORT", "/dav/", query).refused(http.StatusForbidden, "supported-report")
	s.do("ann", "REPORT", work, query, "Depth: 7").want(http.StatusBadRequest)
	s.do("ann", "REPORT", work, "").want(http.StatusBadRequest)
	s.do("ann", "REPORT", work, wrap("C:calendar-dance", "")).refused(http.StatusForbidden, "supported-report")
}

// What a query may ask for besides data (RFC 4791 section 9.5).
func TestQueryProperties(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	href := annDefault + "a.ics"
	query := func(props string, headers ...string) *msResponse {
		t.Helper()
		r := s.report(annDefault, wrap("C:calendar-query", props+`<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`), headers...).multistatus().response(href)
		if r == nil {
			t.Fatalf("%s: no response", props)
		}
		return r
	}
	r := query("<D:prop><D:getetag/><D:getcontenttype/><D:resourcetype/><D:quota-used-bytes/><A:calendar-color/></D:prop>")
	for prop, want := range map[string]string{"getetag": "200", "getcontenttype": "200", "resourcetype": "200", "quota-used-bytes": "404", "calendar-color": "404"} {
		if got := r.status(prop); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %s", prop, got, want)
		}
	}
	r = query("<D:prop><D:getetag/><A:calendar-color/></D:prop>", "Prefer: return=minimal")
	if len(r.Propstats) != 1 || r.status("calendar-color") != "" {
		t.Errorf("return=minimal: %+v", r)
	}
	if r = query("<D:allprop/>"); !strings.Contains(r.status("getetag"), "200") || r.status("calendar-data") != "" {
		t.Errorf("allprop: %+v", r)
	}
	if r = query("<D:propname/>"); !strings.Contains(r.status("getetag"), "200") || r.status("calendar-data") != "" {
		t.Errorf("propname: %+v", r)
	}
	if r = query(""); r.Status == "" && len(r.Propstats) == 0 || r.status("getetag") != "" { // RFC 4918 section 14.24
		t.Errorf("nothing asked for: %+v", r)
	}
}
