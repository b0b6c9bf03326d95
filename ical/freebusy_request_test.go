package ical

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// busyRequest is the request of RFC 5546 section 4.3.1, more or less.
const busyRequest = "BEGIN:VCALENDAR\r\nPRODID:-//test//EN\r\nMETHOD:REQUEST\r\nVERSION:2.0\r\nBEGIN:VFREEBUSY\r\nORGANIZER:mailto:a@example.com\r\n" +
	"ATTENDEE;ROLE=CHAIR:mailto:a@example.com\r\nATTENDEE:mailto:b@example.com\r\nATTENDEE:mailto:b@example.com\r\nDTSTAMP:19970613T190000Z\r\n" +
	"DTSTART:19970701T080000Z\r\nDTEND:19970701T200000Z\r\nUID:calsrv.example.com-873970198738777@example.com\r\n" +
	"X-CALENDARSERVER-MASK-UID:moved\\, perhaps\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"

func TestParseFreeBusyRequest(t *testing.T) {
	q, err := ParseFreeBusyRequest([]byte(busyRequest), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if q.Organizer != "mailto:a@example.com" || !slices.Equal(q.Attendees, []string{"mailto:a@example.com", "mailto:b@example.com"}) ||
		q.UID != "calsrv.example.com-873970198738777@example.com" || !slices.Equal(q.Masked, []string{"moved, perhaps"}) ||
		q.Window != rangeOf(t, "19970701T080000Z/19970701T200000Z") {
		t.Errorf("%+v", q)
	}
	zoned := strings.Replace(busyRequest, "DTSTART:19970701T080000Z", "DTSTART;TZID=Europe/Berlin:19970701T100000", 1)
	if again, err := ParseFreeBusyRequest([]byte(zoned), Limits{}); err != nil || !again.Window.Start.Equal(q.Window.Start) {
		t.Errorf("with a zone: %v, %v", again, err)
	}
}

func TestParseFreeBusyRequestRefuses(t *testing.T) {
	with := func(old, new string) string { return strings.Replace(busyRequest, old, new, 1) }
	for name, c := range map[string]struct {
		text string
		want Problem
	}{
		"no iCalendar":         {"BEGIN:VCARD\r\nEND:VCARD\r\n", InvalidData},
		"nothing":              {"", InvalidData},
		"no METHOD":            {with("METHOD:REQUEST\r\n", ""), InvalidMessage},
		"a reply":              {with("METHOD:REQUEST", "METHOD:REPLY"), InvalidMessage},
		"an event":             {strings.ReplaceAll(busyRequest, "VFREEBUSY", "VEVENT"), InvalidMessage},
		"no component":         {"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n", InvalidMessage},
		"two":                  {with("END:VFREEBUSY\r\n", "END:VFREEBUSY\r\nBEGIN:VFREEBUSY\r\nUID:x\r\nEND:VFREEBUSY\r\n"), InvalidMessage},
		"no UID":               {with("UID:calsrv.example.com-873970198738777@example.com\r\n", ""), InvalidMessage},
		"no ORGANIZER":         {with("ORGANIZER:mailto:a@example.com\r\n", ""), InvalidMessage},
		"two ORGANIZERs":       {with("DTSTAMP", "ORGANIZER:mailto:c@example.com\r\nDTSTAMP"), InvalidMessage},
		"nobody asked":         {strings.ReplaceAll(busyRequest, "ATTENDEE", "X-ATTENDEE"), InvalidMessage},
		"no DTSTART":           {with("DTSTART:19970701T080000Z\r\n", ""), InvalidMessage},
		"no DTEND":             {with("DTEND:19970701T200000Z\r\n", ""), InvalidMessage},
		"floating":             {with("T080000Z", "T080000"), InvalidMessage},
		"dates":                {with("DTSTART:19970701T080000Z", "DTSTART;VALUE=DATE:19970701"), InvalidMessage},
		"no date":              {with("DTSTART:19970701T080000Z", "DTSTART:soon"), InvalidData},
		"end before start":     {with("DTEND:1997", "DTEND:1996"), InvalidMessage},
		"before min-date-time": {with("DTSTART:1997", "DTSTART:0001"), BeforeMinDate},
	} {
		_, err := ParseFreeBusyRequest([]byte(c.text), Limits{})
		if bad := (*Error)(nil); !errors.As(err, &bad) || bad.Problem != c.want {
			t.Errorf("%s: %v, want problem %d", name, err, c.want)
		}
	}
}

func FuzzAvailability(f *testing.F) {
	for _, c := range availabilities {
		f.Add([]byte(c.text))
	}
	f.Add([]byte(busyRequest))
	f.Fuzz(func(t *testing.T, data []byte) {
		window := rangeOf(t, "20111001T000000Z/20111101T000000Z")
		if q, err := ParseFreeBusyRequest(data, Limits{MaxBytes: 1 << 16}); err == nil && (!q.Window.Start.Before(q.Window.End) || len(q.Attendees) == 0) {
			t.Errorf("%+v", q)
		}
		o, err := ParseAvailability(data, Limits{MaxBytes: 1 << 16})
		if err != nil {
			return
		}
		busy, tentative, unavailable, err := Unavailable(t.Context(), []Availability{{Object: o}}, window)
		if err != nil {
			t.Error(err)
		}
		for _, ranges := range [][]Range{busy, tentative, unavailable} {
			for i, r := range ranges {
				if r.Start.Before(window.Start) || r.End.After(window.End) || !r.Start.Before(r.End) || i > 0 && !ranges[i-1].End.Before(r.Start) {
					t.Errorf("%v", ranges)
				}
			}
		}
	})
}
