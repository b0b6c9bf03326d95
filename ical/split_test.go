package ical

import (
	"fmt"
	"strings"
	"testing"
)

const splitStream = `BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Example//
 Exporter//EN
METHOD:PUBLISH
X-WR-CALNAME:Mine
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:STANDARD
TZOFFSETFROM:+0100
TZOFFSETTO:+0100
DTSTART:19700101T000000
END:STANDARD
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:Custom
BEGIN:STANDARD
TZOFFSETTO:+0545
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:series
RECURRENCE-ID;TZID=Custom:20240108T100000
DTSTART;TZID=Custom:20240108T110000
SUMMARY:moved
END:VEVENT
BEGIN:VTODO
UID:task
SUMMARY:Buy\, then
  sell
END:VTODO
BEGIN:VEVENT
UID:series
DTSTART;TZID=Europe/Berlin:20240101T100000
RRULE:FREQ=WEEKLY
END:VEVENT
BEGIN:VEVENT
UID:plain
DTSTART:20240101T100000Z
END:VEVENT
END:VCALENDAR
`

func TestSplit(t *testing.T) {
	stream := splitStream
	objects, refused, err := Split([]byte(stream), Limits{})
	if err != nil || len(refused) > 0 {
		t.Fatal(err, refused)
	}
	head := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//\n Exporter//EN\n"
	between := func(from, to string) string {
		start := strings.Index(stream, from)
		return stream[start : strings.Index(stream[start:], to)+start]
	}
	want := []SplitObject{
		{"series", "VEVENT", []byte(head + between("BEGIN:VTIMEZONE\nTZID:Custom", "BEGIN:VEVENT") + between("BEGIN:VTIMEZONE", "BEGIN:VTIMEZONE\nTZID:Custom") +
			between("BEGIN:VEVENT", "BEGIN:VTODO") + between("BEGIN:VEVENT\nUID:series\nDTSTART", "BEGIN:VEVENT\nUID:plain") + "END:VCALENDAR\n"), 21},
		{"task", "VTODO", []byte(head + between("BEGIN:VTODO", "BEGIN:VEVENT") + "END:VCALENDAR\n"), 27},
		{"plain", "VEVENT", []byte(head + between("BEGIN:VEVENT\nUID:plain", "END:VCALENDAR") + "END:VCALENDAR\n"), 37},
	}
	if len(objects) != len(want) {
		t.Fatalf("%d objects, want %d", len(objects), len(want))
	}
	for i, got := range objects {
		if fmt.Sprint(got) != fmt.Sprint(want[i]) {
			t.Errorf("got  %s %s %d\n%s\nwant %s %s %d\n%s", got.UID, got.Component, got.Line, got.Raw, want[i].UID, want[i].Component, want[i].Line, want[i].Raw)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	wrap := func(components ...string) string {
		return "BEGIN:VCALENDAR\r\n" + strings.Join(components, "") + "END:VCALENDAR\r\n"
	}
	vevent := func(props ...string) string {
		return "BEGIN:VEVENT\r\n" + strings.Join(props, "\r\n") + "\r\nEND:VEVENT\r\n"
	}
	good := vevent("UID:good", "DTSTART:20240101T100000Z")
	for _, test := range []struct {
		name, stream string
		taken        string // UIDs
		refused      string // line and error, in parts joined with a bar
	}{
		{"nothing in it", wrap(), "", ""},
		{"no UID", wrap(vevent("DTSTART:20240101"), good), "good", "line 2: VEVENT without UID"},
		{"no DTSTART", wrap(good, vevent("UID:1")), "good", "line 6: VEVENT without DTSTART"},
		{"bad date", wrap(good, vevent("UID:1", "DTSTART:soon")), "good", `line 8: DTSTART: not a date: "soon"`},
		{"bad line", wrap(good, vevent("UID:1", "nonsense"), vevent("UID:2", "DTSTART:20240101")), "good 2", `line 8: NONSENSE: no colon after name and parameters: "nonsense"`},
		{"bad override alone", wrap(good, vevent("UID:good", "RECURRENCE-ID:20240102T100000Z")), "good", "line 6: VEVENT without DTSTART"},
		{"END missing", wrap("BEGIN:VEVENT\r\nUID:1\r\nBEGIN:VALARM\r\n", good), "good", "line 2: VEVENT without END"},
		{"END missing at the end", wrap(good, "BEGIN:VEVENT\r\nUID:1\r\n"), "good", "line 6: VEVENT without END"},
		{"cut short", "BEGIN:VCALENDAR\r\n" + good + "BEGIN:VEVENT\r\nUID:1\r\n", "good", "line 6: VEVENT without END"},
		{"same again", wrap(good, good), "good", ""},
		{"later revision", wrap(good, vevent("UID:good", "DTSTART:20240102", "SEQUENCE:1"), vevent("UID:good", "DTSTART:20240103")), "good",
			"line 2: a VEVENT like the one in line 6, which is not older|line 11: a VEVENT like the one in line 6, which is not older"},
		{"later stamp", wrap(vevent("UID:1", "DTSTART:20240102", "DTSTAMP:20240102T000000Z"), vevent("UID:1", "DTSTART:20240102", "DTSTAMP:20240102T000001Z")), "1",
			"line 2: a VEVENT like the one in line 7, which is not older"},
		{"two types", wrap(good, "BEGIN:VTODO\r\nUID:good\r\nEND:VTODO\r\n"), "good", "line 6: a VTODO with the UID of the VEVENT in line 2"},
		{"same instance written twice", wrap(good, vevent("UID:1", "DTSTART:20240102T000000Z", "RECURRENCE-ID;TZID=Europe/Berlin:20240102T010000"),
			vevent("UID:1", "DTSTART:20240103T000000Z", "RECURRENCE-ID:20240102T000000Z")), "good",
			"line 14: a second VEVENT with RECURRENCE-ID 20240102T000000Z"},
		{"two calendars and text", "hello\r\nworld\r\n" + wrap(good) + "bye\r\n\r\nbye\r\n" + wrap(vevent("UID:2", "DTSTART:20240101")), "good 2",
			`line 1: text outside of VCALENDAR: "hello\r\n"|line 9: text outside of VCALENDAR: "bye\r\n"`},
		{"attendees", wrap(good, vevent("UID:1", "DTSTART:20240101", "ATTENDEE:a", "ATTENDEE:b", "ATTENDEE:c")), "good", "line 11: more than 2 attendees"},
		{"METHOD", wrap("METHOD:REQUEST\r\n", good), "good", ""},
		{"CALSCALE", wrap("CALSCALE:HEBREW\r\n", good), "", "line 3: CALSCALE:HEBREW: only GREGORIAN is supported"},
		{"large", wrap(good, vevent("UID:1", "DTSTART:20240101", "DESCRIPTION:"+strings.Repeat("x", 1000))), "good", "line 6: VEVENT of 1065 octets, more than the 600 allowed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			objects, refused, err := Split([]byte(test.stream), Limits{MaxAttendees: 2, MaxBytes: 600})
			if err != nil {
				t.Fatal(err)
			}
			var taken, reasons []string
			for _, object := range objects {
				taken = append(taken, object.UID)
				if _, err := ParseObject(object.Raw, Limits{}); err != nil {
					t.Errorf("%s: %v\n%s", object.UID, err, object.Raw)
				}
			}
			for _, r := range refused {
				reasons = append(reasons, r.Err.Error())
			}
			if got := strings.Join(taken, " "); got != test.taken {
				t.Errorf("took %q, want %q", got, test.taken)
			}
			if got := strings.Join(reasons, "|"); got != test.refused {
				t.Errorf("got  %s\nwant %s", got, test.refused)
			}
		})
	}
	for _, raw := range []string{"", "hello\n", "BEGIN:VEVENT\nUID:1\nEND:VEVENT\n"} {
		if _, _, err := Split([]byte(raw), Limits{}); err == nil {
			t.Errorf("%q: no error", raw)
		}
	}
}

func TestSplitGenerateUID(t *testing.T) {
	raw := []byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20240101\nSUMMARY:a\nEND:VEVENT\n" +
		"BEGIN:VEVENT\nDTSTART:20240101\nSUMMARY:b\nEND:VEVENT\nBEGIN:X-THING\nEND:X-THING\nEND:VCALENDAR")
	var before string
	for range 2 {
		objects, refused, err := Split(raw, Limits{}, GenerateUID)
		if err != nil || len(objects) != 2 || len(refused) != 1 {
			t.Fatal(objects, refused, err)
		}
		if objects[0].UID == objects[1].UID || len(objects[0].UID) != 32 {
			t.Errorf("UIDs %s and %s", objects[0].UID, objects[1].UID)
		}
		if uids := objects[0].UID + objects[1].UID; before == "" {
			before = uids
		} else if before != uids {
			t.Error("other UIDs the second time")
		}
		want := fmt.Sprintf("BEGIN:VEVENT\nUID:%s\nDTSTART:20240101\nSUMMARY:a\nEND:VEVENT\nEND:VCALENDAR\n", objects[0].UID)
		if !strings.HasSuffix(string(objects[0].Raw), want) {
			t.Errorf("got\n%s", objects[0].Raw)
		}
	}
}

// TestSplitBombs holds what hostile streams cost.
func TestSplitBombs(t *testing.T) {
	for name, component := range map[string]string{
		"one UID":       "BEGIN:VTODO\nUID:1\nRECURRENCE-ID:20240101T%06d\nEND:VTODO\n",
		"open":          "BEGIN:VTODO\nUID:%d\n",
		"calendars":     "END:VCALENDAR\nBEGIN:VCALENDAR\nBEGIN:VTODO\nUID:%d\nX;TZID=none:\nEND:VTODO\n",
		"text":          "END:VCALENDAR\nx%d\n\n",
		"without a UID": "BEGIN:VTODO\nX:%d\nEND:VTODO\n",
	} {
		var stream strings.Builder
		stream.WriteString("BEGIN:VCALENDAR\n")
		for i := range 20_000 {
			fmt.Fprintf(&stream, component, i)
		}
		if _, _, err := Split([]byte(stream.String()), Limits{}, GenerateUID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
