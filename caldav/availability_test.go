package caldav

import (
	"html"
	"net/http"
	"strings"
	"testing"
)

const annInbox = annHome + "Inbox/"

// workdays is a VAVAILABILITY that leaves nine to five open; extra are more lines of it.
func workdays(zone string, extra ...string) string {
	return strings.Join(append(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VAVAILABILITY", "UID:work", "DTSTAMP:20260101T000000Z"}, extra...),
		"BEGIN:AVAILABLE", "UID:hours", "DTSTAMP:20260101T000000Z", "DTSTART;TZID="+zone+":20260105T090000", "DTEND;TZID="+zone+":20260105T170000",
		"RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "END:AVAILABLE", "END:VAVAILABILITY", "END:VCALENDAR", ""), "\r\n")
}

func availabilityProp(text string) string {
	return "<C:calendar-availability>" + html.EscapeString(text) + "</C:calendar-availability>"
}

// RFC 7953 section 7.2: CALDAV:calendar-availability is set on the Inbox, and counts where a principal's time is asked for.
func TestAvailability(t *testing.T) {
	s := newServer(t)
	if !strings.Contains(s.do("ann", "OPTIONS", annInbox, "").header.Get("DAV"), "calendar-availability") {
		t.Error("calendar-availability is not announced")
	}
	if _, ok := s.props("ann", annInbox, "C:calendar-availability").prop("calendar-availability"); ok {
		t.Error("there is an availability that nobody set")
	}
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	s.do("ann", "PROPPATCH", annInbox, update("+"+availabilityProp(workdays("Europe/Berlin")))).want(http.StatusMultiStatus)
	got, _ := s.props("ann", annInbox, "C:calendar-availability").prop("calendar-availability")
	if want := strings.TrimSpace(workdays("Europe/Berlin")); strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(got.Text, "\r", ""), "\n", "\r\n")) != want {
		t.Errorf("got %q, want %q", got.Text, want)
	}
	if body := s.do("ann", "PROPFIND", annInbox, wrap("D:propfind", "<D:allprop/>"), "Depth: 0").want(http.StatusMultiStatus).body; strings.Contains(body, "VAVAILABILITY") {
		t.Error("allprop has the availability")
	}
	busy := []string{"BUSY-UNAVAILABLE 20261201T000000Z/20261201T080000Z", "BUSY 20261201T100000Z/20261201T110000Z", "BUSY-UNAVAILABLE 20261201T160000Z/20261202T000000Z"}
	s.report(annHome, freeBusy(decFirst)).wantBusy(busy...)
	s.report(annDefault, freeBusy(decFirst)).wantBusy(busy[1])
	s.do("bob", "REPORT", annHome, freeBusy(decFirst)).wantBusy(busy...)
	s.do("bob", "POST", bobHome+"Outbox/", strings.Replace(busyRequest(decFirst, []string{"mailto:ann@example.com"}), "ORGANIZER;CN=Ann:mailto:ann", "ORGANIZER:mailto:bob", 1)).want(http.StatusOK)
	s.do("ann", "POST", annOutbox, busyRequest(decFirst, []string{"mailto:ann@example.com"})).wantOutcomes("mailto:ann@example.com 2.0 " + strings.Join(busy, " "))

	// The name of before the RFC, and a value taken away.
	s.do("ann", "PROPPATCH", annInbox, update("+"+strings.ReplaceAll(availabilityProp(workdays("Asia/Tokyo")), "C:calendar", "CS:calendar"))).want(http.StatusMultiStatus)
	s.report(annHome, freeBusy(decFirst)).wantBusy("BUSY-UNAVAILABLE 20261201T080000Z/20261202T000000Z", "BUSY 20261201T100000Z/20261201T110000Z")
	s.do("ann", "PROPPATCH", annInbox, update("-<C:calendar-availability/>")).want(http.StatusMultiStatus)
	s.report(annHome, freeBusy(decFirst)).wantBusy(busy[1])
}

// VAVAILABILITY objects count in the calendars that count, together with the property by their priorities (RFC 7953 sections 4 and 7.2.3).
func TestAvailabilityInCalendars(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PROPPATCH", annInbox, update("+"+availabilityProp(workdays("UTC", "PRIORITY:5")))).want(http.StatusMultiStatus)
	url := s.makeCalendar("away", `<C:supported-calendar-component-set><C:comp name="VAVAILABILITY"/></C:supported-calendar-component-set>`)
	s.fill(url, map[string]string{"trip.ics": component("VAVAILABILITY", "trip", "DTSTART:20261201T120000Z", "DURATION:PT1H", "PRIORITY:1", "BUSYTYPE:BUSY")})
	s.report(annHome, freeBusy(decFirst)).wantBusy("BUSY-UNAVAILABLE 20261201T000000Z/20261201T090000Z", "BUSY 20261201T120000Z/20261201T130000Z",
		"BUSY-UNAVAILABLE 20261201T170000Z/20261202T000000Z")
	s.report(url, freeBusy(decFirst)).wantBusy("BUSY 20261201T120000Z/20261201T130000Z")
	s.do("ann", "PROPPATCH", url, update("+<C:schedule-calendar-transp><C:transparent/></C:schedule-calendar-transp>")).want(http.StatusMultiStatus)
	s.report(annHome, freeBusy(decFirst)).wantBusy("BUSY-UNAVAILABLE 20261201T000000Z/20261201T090000Z", "BUSY-UNAVAILABLE 20261201T170000Z/20261202T000000Z")
}

func TestAvailabilityRefuses(t *testing.T) {
	s := newServer(t)
	for _, test := range []struct{ name, path, value, condition string }{
		{"no iCalendar", annInbox, availabilityProp("hello"), "valid-calendar-data"},
		{"nothing", annInbox, availabilityProp(""), "valid-calendar-data"},
		{"an event", annInbox, availabilityProp(event("a", "20261201T100000Z")), "valid-calendar-data"},
		{"floating times", annInbox, availabilityProp(strings.ReplaceAll(workdays("UTC"), ";TZID=UTC", "")), "valid-calendar-data"},
		{"too large", annInbox, availabilityProp(workdays("UTC", "COMMENT:"+strings.Repeat("x", maxAvailabilityBytes))), "max-resource-size"},
		{"on a calendar", annDefault, availabilityProp(workdays("UTC")), "cannot-modify-protected-property"},
		{"on the home", annHome, availabilityProp(workdays("UTC")), "cannot-modify-protected-property"},
	} {
		r := s.do("ann", "PROPPATCH", test.path, update("+"+test.value)).multistatus().response(test.path)
		if got := r.status("calendar-availability"); !strings.Contains(got, "403") {
			t.Errorf("%s: %q", test.name, got)
		}
		if body := s.do("ann", "PROPPATCH", test.path, update("+"+test.value)).body; !strings.Contains(body, test.condition) {
			t.Errorf("%s: no %s in\n%s", test.name, test.condition, body)
		}
	}
	s.do("bob", "PROPPATCH", annInbox, update("+"+availabilityProp(workdays("UTC")))).want(http.StatusNotFound)
}
