package caldav

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

const dataEvent = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//test//EN\r\nX-WR-CALNAME:Work\r\n" +
	"BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\n" +
	"TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\n" +
	"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n" +
	"BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Europe/Berlin:20261201T100000\r\nDTEND;TZID=Europe/Berlin:20261201T110000\r\n" +
	"RRULE:FREQ=DAILY;COUNT=6\r\nEXDATE;TZID=Europe/Berlin:20261203T100000\r\nSUMMARY;LANGUAGE=en:Work & play <now>\r\nDESCRIPTION:A long\r\n  description\r\nX-FOO;X-BAR=1:kept\r\n" +
	"ATTENDEE;CN=\"B, C\":mailto:b@example.com\r\nATTENDEE:mailto:c@example.com\r\n" +
	"BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:soon\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261204T100000\r\nDTSTART;TZID=Europe/Berlin:20261204T150000\r\n" +
	"DTEND;TZID=Europe/Berlin:20261204T160000\r\nSUMMARY:later\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\nRECURRENCE-ID;TZID=Europe/Berlin:20261205T100000\r\nDTSTART;TZID=Europe/Berlin:20270105T150000\r\n" +
	"DTEND;TZID=Europe/Berlin:20270105T160000\r\nSUMMARY:much later\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// What CALDAV:calendar-data can ask for (RFC 4791 section 9.6), as lines that the answer has to hold, and such that it must not.
var dataRequests = []struct {
	name, request string
	has, not      []string
}{
	{"all", `<C:calendar-data/>`, contentLines(dataEvent), nil},
	{"all, by type", `<C:calendar-data content-type="text/calendar" version="2.0"/>`, contentLines(dataEvent), nil},
	{"all, said so", `<C:calendar-data><C:comp name="VCALENDAR"><C:allprop/><C:allcomp/></C:comp></C:calendar-data>`, contentLines(dataEvent), nil},
	{"only events", `<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VEVENT"><C:allprop/></C:comp></C:comp></C:calendar-data>`,
		[]string{"VERSION:2.0", "SUMMARY;LANGUAGE=en:Work & play <now>", "X-FOO;X-BAR=1:kept", "SUMMARY:later", "SUMMARY:much later"},
		[]string{"PRODID:-//convene//test//EN", "X-WR-CALNAME:Work", "BEGIN:VTIMEZONE", "BEGIN:VALARM"}},
	{"some properties", `<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY"/><C:prop name="x-foo"/></C:comp></C:comp></C:calendar-data>`,
		[]string{"BEGIN:VCALENDAR", "SUMMARY;LANGUAGE=en:Work & play <now>", "X-FOO;X-BAR=1:kept", "SUMMARY:later"},
		[]string{"UID:a", "DESCRIPTION:A long description", "BEGIN:VALARM", "BEGIN:VTIMEZONE"}},
	{"names without values", `<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY" novalue="yes"/><C:prop name="ATTENDEE" novalue="yes"/>` +
		`<C:prop name="UID" novalue="no"/></C:comp></C:comp></C:calendar-data>`,
		[]string{"SUMMARY;LANGUAGE=en:", "SUMMARY:", "UID:a", `ATTENDEE;CN="B, C":`, "ATTENDEE:"}, []string{"SUMMARY:later", "ATTENDEE:mailto:c@example.com"}},
	{"alarms of events", `<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="UID"/><C:comp name="VALARM"><C:prop name="TRIGGER"/></C:comp></C:comp></C:comp></C:calendar-data>`,
		[]string{"UID:a", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM"}, []string{"ACTION:DISPLAY", "SUMMARY:later"}},
	{"lower case", `<C:calendar-data><C:comp name="vcalendar"><C:comp name="vevent"><C:prop name="uid"/></C:comp></C:comp></C:calendar-data>`,
		[]string{"UID:a"}, []string{"SUMMARY:later"}},
	{"what is not there", `<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/><C:comp name="VTODO"><C:allprop/></C:comp></C:comp></C:calendar-data>`,
		[]string{"BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR"}, []string{"BEGIN:VEVENT", "BEGIN:VTIMEZONE"}},
	{"expanded", `<C:calendar-data><C:expand start="20261202T000000Z" end="20261205T000000Z"/></C:calendar-data>`,
		[]string{"DTSTART:20261202T090000Z", "DTEND:20261202T100000Z", "RECURRENCE-ID:20261202T090000Z", "DTSTART:20261204T140000Z", "DTEND:20261204T150000Z", "RECURRENCE-ID:20261204T090000Z",
			"SUMMARY:later", "VERSION:2.0", "X-FOO;X-BAR=1:kept", "BEGIN:VALARM"},
		[]string{"RRULE:FREQ=DAILY;COUNT=6", "BEGIN:VTIMEZONE", "EXDATE;TZID=Europe/Berlin:20261203T100000", "DTSTART:20261201T090000Z", "DTSTART:20261203T090000Z", "DTSTART:20261205T090000Z", "SUMMARY:much later"}},
	{"expanded and selected", `<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="DTSTART"/></C:comp></C:comp>` +
		`<C:expand start="20261202T000000Z" end="20261205T000000Z"/></C:calendar-data>`,
		[]string{"DTSTART:20261202T090000Z", "DTSTART:20261204T140000Z"}, []string{"UID:a", "SUMMARY:later", "BEGIN:VALARM"}},
	{"expanded to nothing", `<C:calendar-data><C:expand start="20301202T000000Z" end="20301205T000000Z"/></C:calendar-data>`,
		nil, []string{"BEGIN:VEVENT", "BEGIN:VTIMEZONE"}},
	{"overrides limited", `<C:calendar-data><C:limit-recurrence-set start="20261204T000000Z" end="20261205T000000Z"/></C:calendar-data>`,
		[]string{"RRULE:FREQ=DAILY;COUNT=6", "BEGIN:VTIMEZONE", "SUMMARY:later"}, []string{"SUMMARY:much later"}},
	{"overrides limited to where one was moved to", `<C:calendar-data><C:limit-recurrence-set start="20270105T000000Z" end="20270106T000000Z"/></C:calendar-data>`,
		[]string{"RRULE:FREQ=DAILY;COUNT=6", "SUMMARY:much later"}, []string{"SUMMARY:later"}},
	{"overrides limited to where one was moved from", `<C:calendar-data><C:limit-recurrence-set start="20261205T000000Z" end="20261206T000000Z"/></C:calendar-data>`,
		[]string{"RRULE:FREQ=DAILY;COUNT=6", "SUMMARY:much later"}, []string{"SUMMARY:later"}},
	{"overrides limited and selected", `<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY"/></C:comp></C:comp>` +
		`<C:limit-recurrence-set start="20261204T000000Z" end="20261205T000000Z"/></C:calendar-data>`,
		[]string{"SUMMARY;LANGUAGE=en:Work & play <now>", "SUMMARY:later"}, []string{"SUMMARY:much later", "BEGIN:VTIMEZONE", "UID:a"}},
	{"limited free/busy leaves events alone", `<C:calendar-data><C:limit-freebusy-set start="20261204T000000Z" end="20261205T000000Z"/></C:calendar-data>`,
		contentLines(dataEvent), nil},
}

func TestCalendarData(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": dataEvent})
	href := annDefault + "a.ics"
	for _, test := range dataRequests {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			for report, body := range map[string]string{
				"query":    queryFor(test.request, `<C:comp-filter name="VEVENT"/>`),
				"multiget": wrap("C:calendar-multiget", "<D:prop>"+test.request+"</D:prop><D:href>"+href+"</D:href>"),
				"sync":     wrap("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop>"+test.request+"</D:prop>"),
			} {
				a := s.do("ann", "REPORT", annDefault, body)
				got := contentLines(a.data(href))
				for _, line := range test.has {
					if !slices.Contains(got, line) {
						t.Errorf("%s: %q is missing in\n%s", report, line, a.data(href))
					}
				}
				for _, line := range test.not {
					if slices.Contains(got, line) {
						t.Errorf("%s: %q should not be in\n%s", report, line, a.data(href))
					}
				}
			}
		})
	}
}

// Expanding what happens all day or floats, and what does not recur (RFC 4791 section 9.6.5).
func TestExpand(t *testing.T) {
	s := newServer(t)
	url := s.makeCalendar("berlin", timezoneProp("Europe/Berlin"))
	s.fill(url, map[string]string{
		"day.ics":   component("VEVENT", "day", "DTSTART;VALUE=DATE:20261201", "RRULE:FREQ=DAILY;COUNT=3"),
		"float.ics": component("VEVENT", "float", "DTSTART:20261201T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=3"),
		"once.ics":  component("VEVENT", "once", "DTSTART;TZID=Europe/Berlin:20261202T100000", "DTEND;TZID=Europe/Berlin:20261202T110000"),
		"todo.ics":  component("VTODO", "todo", "DTSTART:20261201T100000Z", "DUE:20261201T110000Z", "RRULE:FREQ=DAILY;COUNT=3"),
		"far.ics":   component("VEVENT", "far", "DTSTART:20400301T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"),
	})
	for _, test := range []struct {
		name, window string
		has, not     []string
	}{
		{"day.ics", "20261202T000000Z/20261202T120000Z", []string{"DTSTART;VALUE=DATE:20261202", "RECURRENCE-ID;VALUE=DATE:20261202"}, []string{"RRULE:FREQ=DAILY;COUNT=3"}},
		{"float.ics", "20261202T000000Z/20261203T000000Z", []string{"DURATION:PT1H"}, []string{"RRULE:FREQ=DAILY;COUNT=3"}},
		{"once.ics", "20261202T000000Z/20261203T000000Z", []string{"DTSTART:20261202T090000Z", "DTEND:20261202T100000Z"}, []string{"RECURRENCE-ID:20261202T090000Z"}},
		{"todo.ics", "20261202T000000Z/20261203T000000Z", []string{"DTSTART:20261202T100000Z", "DUE:20261202T110000Z", "RECURRENCE-ID:20261202T100000Z"}, nil},
		{"far.ics", "20450301T000000Z/20450302T000000Z", []string{"DTSTART:20450301T100000Z", "DURATION:PT1H"}, nil},
	} {
		start, end, _ := strings.Cut(test.window, "/")
		kind := "VEVENT"
		if test.name == "todo.ics" {
			kind = "VTODO"
		}
		a := s.report(url, queryFor(`<C:calendar-data><C:expand start="`+start+`" end="`+end+`"/></C:calendar-data>`, inWindow(kind, test.window)))
		data := a.data(url + test.name)
		got := contentLines(data)
		for _, line := range test.has {
			if !slices.Contains(got, line) {
				t.Errorf("%s: %q is missing in\n%s", test.name, line, data)
			}
		}
		for _, line := range test.not {
			if slices.Contains(got, line) {
				t.Errorf("%s: %q should not be in\n%s", test.name, line, data)
			}
		}
		if n := strings.Count(data, "BEGIN:"+kind); n != 1 {
			t.Errorf("%s: %d instances, want 1\n%s", test.name, n, data)
		}
	}
}

// Of an object with more instances than the server is ready to make the client hears that; the others are there (RFC 4791 section
// 7.8: DAV:number-of-matches-within-limits).
func TestExpandBounded(t *testing.T) {
	s := newServer(t)
	s.storeAll(component("VEVENT", "a", "DTSTART:20260101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"), event("b", "20261201T100000Z"))
	a := s.report(annDefault, queryFor(`<C:calendar-data><C:expand start="20260101T000000Z" end="20460101T000000Z"/></C:calendar-data>`,
		inWindow("VEVENT", "20260101T000000Z/20460101T000000Z")))
	if !strings.Contains(a.data(annDefault+"b.ics"), "SUMMARY:Event b") {
		t.Errorf("b.ics is missing in\n%.1000s", a.body)
	}
	st := a.multistatus().response(annDefault + "a.ics").status("calendar-data")
	if !strings.Contains(st, " 403 ") || !strings.Contains(a.body, "number-of-matches-within-limits") {
		t.Errorf("a.ics: status %q in\n%.1000s", st, a.body)
	}
}

// In a PROPFIND calendar-data is no property (RFC 4791 section 9.6), but some clients ask for it there and get it.
func TestCalendarDataInPropfind(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z"), "b.ics": event("b", "20261201T100000Z")})
	for url, depth := range map[string]string{annDefault: "1", annDefault + "a.ics": "0"} {
		a := s.do("ann", "PROPFIND", url, propfind("D:getetag", "C:calendar-data"), "Depth: "+depth)
		if st := a.multistatus().response(annDefault + "a.ics").status("getetag"); !strings.Contains(st, "200") {
			t.Errorf("getetag: %q", st)
		}
		if got := a.data(annDefault + "a.ics"); !strings.Contains(got, "UID:a") {
			t.Errorf("data: %q", got)
		}
	}
	if body := s.do("ann", "PROPFIND", annDefault, "", "Depth: 1").want(http.StatusMultiStatus).body; strings.Contains(body, "VEVENT\r\n") {
		t.Errorf("allprop has the data:\n%s", body)
	}
}

// The zone of a query is where floating times are taken in its data too (RFC 4791 section 9.8).
func TestExpandZone(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": component("VEVENT", "a", "DTSTART:20261201T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY")})
	const window = "20261205T010000Z/20261205T020000Z" // when it is 10:00 in Tokyo
	query := queryFor(`<C:calendar-data><C:expand start="20261205T010000Z" end="20261205T020000Z"/></C:calendar-data>`, inWindow("VEVENT", window))
	s.report(annDefault, query).wantFound()
	data := s.report(annDefault, inZone(query, vtimezone("Asia/Tokyo"))).data(annDefault + "a.ics")
	if n := strings.Count(data, "BEGIN:VEVENT"); n != 1 || !strings.Contains(data, "DTSTART:20261205T100000\n") && !strings.Contains(data, "DTSTART:20261205T100000\r\n") {
		t.Errorf("got\n%s", data)
	}
}

// The data in an answer is what was stored, whatever characters it has, as far as XML can carry them.
func TestCalendarDataIntact(t *testing.T) {
	s := newServer(t)
	for name, summary := range map[string]string{
		"markup.ics":  `<b>&amp; "quoted" ]]> 'single'</b>`,
		"unicode.ics": "é 漢字 🎉 \u00a0\u2028",
		"tab.ics":     "a\tb",
	} {
		data := event(name, "20261201T100000Z", "DESCRIPTION:"+summary)
		s.do("ann", "PUT", annDefault+name, data).want(http.StatusCreated)
		if got := s.report(annDefault, multigetFor(annDefault+name)).data(annDefault + name); strings.ReplaceAll(got, "\r\n", "\n") != strings.ReplaceAll(data, "\r\n", "\n") {
			t.Errorf("%s: got\n%q\nwant\n%q", name, got, data)
		}
	}
	// A control character that XML cannot carry must not make the whole answer unreadable.
	s.do("ann", "PUT", annDefault+"bell.ics", event("bell", "20261201T100000Z", "DESCRIPTION:ding \a dong"))
	s.do("ann", "REPORT", annDefault, filterFor("")).multistatus()
	s.do("ann", "REPORT", annDefault, queryFor("<C:calendar-data/>", "")).multistatus()
}

// Periods of stored free/busy time are sent as far as they overlap the window, those of one property one by one (RFC 4791 section
// 9.6.7).
func TestLimitFreeBusySet(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": component("VFREEBUSY", "a", "DTSTART:20261201T000000Z", "DTEND:20261231T000000Z",
		"FREEBUSY:20261201T100000Z/PT1H,20261202T100000Z/PT1H,20261203T100000Z/20261203T120000Z", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261205T100000Z/PT1H")})
	for _, test := range []struct {
		window string
		want   []string // lines with FREEBUSY
	}{
		{"20261201T000000Z/20261231T000000Z", []string{"FREEBUSY:20261201T100000Z/PT1H,20261202T100000Z/PT1H,20261203T100000Z/20261203T120000Z", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261205T100000Z/PT1H"}},
		{"20261202T103000Z/20261203T110000Z", []string{"FREEBUSY:20261202T100000Z/PT1H,20261203T100000Z/20261203T120000Z"}},
		{"20261202T110000Z/20261203T100000Z", nil},
		{"20261205T000000Z/20261206T000000Z", []string{"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20261205T100000Z/PT1H"}},
	} {
		start, end, _ := strings.Cut(test.window, "/")
		a := s.report(annDefault, queryFor(`<C:calendar-data><C:limit-freebusy-set start="`+start+`" end="`+end+`"/></C:calendar-data>`, compFilter("VFREEBUSY", "")))
		lines := slices.DeleteFunc(contentLines(a.data(annDefault+"a.ics")), func(l string) bool { return !strings.HasPrefix(l, "FREEBUSY") })
		if !slices.Equal(lines, test.want) && len(lines)+len(test.want) > 0 {
			t.Errorf("%s: %q, want %q", test.window, lines, test.want)
		}
	}
}
