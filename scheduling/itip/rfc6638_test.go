package itip

import (
	"strings"
	"testing"
)

// lines joins content lines.
func lines(all ...string) string { return strings.Join(all, "\r\n") + "\r\n" }

// lunch is the event of RFC 6638 appendix B.1.
var lunch = lines("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example Corp.//CalDAV Client//EN", "BEGIN:VEVENT", "UID:9263504FD3AD", "SEQUENCE:0",
	"DTSTAMP:20090602T185254Z", "DTSTART:20090602T160000Z", "DTEND:20090602T170000Z", "TRANSP:OPAQUE", "SUMMARY:Lunch",
	`ORGANIZER;CN="Cyrus Daboo":mailto:cyrus@example.com`,
	`ATTENDEE;CN="Cyrus Daboo";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:cyrus@example.com`,
	`ATTENDEE;CN="Wilfredo Sanchez Vega";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:wilfredo@example.com`,
	`ATTENDEE;CN="Bernard Desruisseaux";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:bernard@example.net`,
	`ATTENDEE;CN="Mike Douglass";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:mike@example.org`, "END:VEVENT", "END:VCALENDAR")

// TestAppendixB1To4 invites, receives, answers and receives the answer as RFC 6638 appendix B.1 to B.4 do.
func TestAppendixB1To4(t *testing.T) {
	cyrus := Context{Now: noon, Owner: "mailto:cyrus@example.com"}
	plan, err := Organizer(cyrus, nil, object1(t, lunch))
	if err != nil || len(plan.Messages) != 3 {
		t.Fatalf("B.1: %v, %d messages", err, len(plan.Messages))
	}
	stored := SetStatus(object1(t, string(plan.Object)), nil, map[Address]string{
		"mailto:wilfredo@example.com": "1.2", "mailto:bernard@example.net": "1.2", "mailto:mike@example.org": "1.1",
	})
	checkText(t, stored, `RSVP=TRUE;SCHEDULE-STATUS=1.2:mailto:wilfredo@example.com|RSVP=TRUE;SCHEDULE-STATUS=1.1:mailto:mike@example.org|PARTSTAT=ACCEPTED:mailto:cyrus@example.com`, "")

	wilfredo := Context{Now: noon, Owner: "mailto:wilfredo@example.com"}
	received, err := Receive(wilfredo, nil, plan.Messages[0])
	if err != nil || received.Outcome != Created {
		t.Fatalf("B.2: %v %v", received.Outcome, err)
	}
	checkText(t, received.Object, "SUMMARY:Lunch|UID:9263504FD3AD|TRANSP:OPAQUE", "METHOD|SCHEDULE-STATUS|X-CONVENE")

	copied := object1(t, string(received.Object))
	accepted := Answer(wilfredo, copied, Master, "ACCEPTED", "")
	answered, err := Attendee(wilfredo, copied, object1(t, string(accepted)))
	if err != nil || len(answered.Messages) != 1 {
		t.Fatalf("B.3: %v, %d messages", err, len(answered.Messages))
	}
	checkText(t, answered.Messages[0].Bytes(), `METHOD:REPLY|UID:9263504FD3AD|SEQUENCE:0|PARTSTAT=ACCEPTED|mailto:wilfredo@example.com|REQUEST-STATUS:2.0;Success`, "bernard|mike")

	r, err := Receive(cyrus, object1(t, string(stored)), answered.Messages[0])
	if err != nil || r.Outcome != Applied || !r.Quiet || len(r.Messages) != 2 {
		t.Fatalf("B.4: %v %v, %d messages", r.Outcome, err, len(r.Messages))
	}
	checkText(t, r.Object, "PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=TRUE;SCHEDULE-STATUS=2.0|mailto:wilfredo@example.com", "")
}

// review is the event of RFC 6638 appendices B.7 and B.8, as Bernard has it.
var review = lines("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example Corp.//CalDAV Client//EN",
	"BEGIN:VTIMEZONE", "TZID:America/Montreal",
	"BEGIN:STANDARD", "DTSTART:20071104T020000", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU", "TZNAME:EST", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "END:STANDARD",
	"BEGIN:DAYLIGHT", "DTSTART:20070311T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "TZNAME:EDT", "TZOFFSETFROM:-0500", "TZOFFSETTO:-0400", "END:DAYLIGHT",
	"END:VTIMEZONE", "BEGIN:VEVENT", "UID:9263504FD3AD", "SEQUENCE:0", "DTSTAMP:20090602T185254Z",
	"DTSTART;TZID=America/Montreal:20090601T150000", "DTEND;TZID=America/Montreal:20090601T160000", "RRULE:FREQ=DAILY;INTERVAL=1;COUNT=5", "TRANSP:OPAQUE",
	"SUMMARY:Review Internet-Draft", `ORGANIZER;CN="Cyrus Daboo":mailto:cyrus@example.com`,
	`ATTENDEE;CN="Cyrus Daboo";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:cyrus@example.com`,
	`ATTENDEE;CN="Bernard Desruisseaux";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:bernard@example.net`,
	"END:VEVENT", "END:VCALENDAR")

// TestAppendixB7And8 declines one instance by an override and by EXDATE, as RFC 6638 appendices B.7 and B.8 do.
func TestAppendixB7And8(t *testing.T) {
	override := lines("BEGIN:VEVENT", "UID:9263504FD3AD", "SEQUENCE:0", "DTSTAMP:20090603T183823Z",
		"RECURRENCE-ID;TZID=America/Montreal:20090602T150000", "DTSTART;TZID=America/Montreal:20090602T150000", "DTEND;TZID=America/Montreal:20090602T160000",
		"TRANSP:TRANSPARENT", "SUMMARY:Review Internet-Draft", `ORGANIZER;CN="Cyrus Daboo":mailto:cyrus@example.com`,
		`ATTENDEE;CN="Cyrus Daboo";CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:cyrus@example.com`,
		`ATTENDEE;CN="Bernard Desruisseaux";CUTYPE=INDIVIDUAL;PARTSTAT=DECLINED;ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:bernard@example.net`, "END:VEVENT")
	bernard, cyrus := Context{Now: noon, Owner: "mailto:bernard@example.net"}, Context{Now: noon, Owner: "mailto:cyrus@example.com"}
	for _, test := range []struct{ name, after, instance string }{
		{"B.7", strings.Replace(review, "END:VCALENDAR", override+"END:VCALENDAR", 1), "20090602T150000"},
		{"B.8", strings.Replace(review, "TRANSP", "EXDATE;TZID=America/Montreal:20090603T150000\r\nTRANSP", 1), "20090603T150000"},
	} {
		plan, err := Attendee(bernard, object1(t, review), object1(t, test.after))
		if err != nil || len(plan.Messages) != 1 {
			t.Fatalf("%s: %v, %d messages", test.name, err, len(plan.Messages))
		}
		at := "TZID=America/Montreal:" + test.instance
		checkText(t, plan.Messages[0].Bytes(), "METHOD:REPLY|TZID:America/Montreal|RECURRENCE-ID;"+at+"|DTSTART;"+at+"|PARTSTAT=DECLINED|REQUEST-STATUS:2.0;Success|SEQUENCE:0", "RRULE:FREQ=DAILY|PARTSTAT=ACCEPTED|EXDATE")
		r, err := Receive(cyrus, object1(t, review), plan.Messages[0])
		if err != nil || r.Outcome != Applied {
			t.Fatalf("%s: %v %v", test.name, r.Outcome, err)
		}
		checkText(t, r.Object, "RECURRENCE-ID;"+at+"|PARTSTAT=DECLINED|PARTSTAT=ACCEPTED", "EXDATE")
	}
}
