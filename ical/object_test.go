package ical

import (
	"errors"
	"strings"
	"testing"
)

func TestParseObject(t *testing.T) {
	raw := lines("BEGIN:VCALENDAR",
		"BEGIN:VEVENT", "UID: a\\,b ", "RECURRENCE-ID:20240102T000000Z", "DTSTART:20240102T000000Z", "END:VEVENT",
		"BEGIN:VEVENT", "UID:a,b", "RECURRENCE-ID:20240103T000000Z", "DTSTART:20240102T000000Z", "END:VEVENT",
		"BEGIN:VEVENT", "UID:a,b", "DTSTART:20240101T000000Z", "RRULE:FREQ=DAILY", "END:VEVENT", "END:VCALENDAR")
	o, err := ParseObject(raw, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if o.UID != "a,b" || o.Component != "VEVENT" || len(o.Parts) != 3 || o.Master() != o.Parts[0] || o.Master().Prop("RRULE") == nil {
		t.Errorf("got %+v", o)
	}
	if o.Parts[1] != o.Calendar.Children[0] || o.Parts[2] != o.Calendar.Children[1] {
		t.Error("the overrides are in another order")
	}
	if string(o.Raw()) != string(raw) {
		t.Error("Raw is something else")
	}
}

func TestParseObjectLenient(t *testing.T) {
	vevent := func(props ...string) string { return string(event(props...)) }
	calendar := func(s ...string) string {
		return "BEGIN:VCALENDAR\r\n" + strings.Join(s, "\r\n") + "\r\nEND:VCALENDAR\r\n"
	}
	for name, raw := range map[string]string{
		"no PRODID, VERSION, DTSTAMP":  calendar("BEGIN:VEVENT", "UID:1", "DTSTART:20240101T000000Z", "END:VEVENT"),
		"no VTIMEZONE":                 vevent("UID:1", "DTSTART;TZID=Europe/Berlin:20240101T000000"),
		"unknown zone":                 vevent("UID:1", "DTSTART;TZID=Nowhere:20240101T000000"),
		"date without VALUE":           vevent("UID:1", "DTSTART:20240101", "DTEND:20240102"),
		"date-time with VALUE=DATE":    vevent("UID:1", "DTSTART;VALUE=DATE:20240101T000000"),
		"date with VALUE=DATE-TIME":    vevent("UID:1", "DTSTART;VALUE=DATE-TIME:20240101"),
		"two SUMMARYs":                 vevent("UID:1", "DTSTART:20240101", "SUMMARY:a", "SUMMARY:b"),
		"same DTSTART twice":           vevent("UID:1", "DTSTART:20240101", "DTSTART:20240101", "UID:1"),
		"DTEND and DURATION":           vevent("UID:1", "DTSTART:20240101T000000Z", "DTEND:20240101T010000Z", "DURATION:PT1H"),
		"DTEND before DTSTART":         vevent("UID:1", "DTSTART:20240102T000000Z", "DTEND:20240101T010000Z"),
		"lower case":                   strings.ToLower(vevent("UID:1", "DTSTART:20240101T000000Z")),
		"blanks after values":          strings.ReplaceAll(vevent("UID:1", "DTSTART:20240101T000000Z", "DURATION:PT1H"), "\r\n", " \r\n"),
		"only overrides":               vevent("UID:1", "DTSTART:20240101T000000Z", "RECURRENCE-ID:20240102T000000Z"),
		"bad CREATED and DTSTAMP":      vevent("UID:1", "DTSTART:20240101", "CREATED:00001231T000000Z", "DTSTAMP:now", "LAST-MODIFIED:"),
		"bad TRIGGER":                  vevent("UID:1", "DTSTART:20240101", "BEGIN:VALARM", "TRIGGER:soon", "END:VALARM"),
		"broken VTIMEZONE":             calendar("BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:VTODO", "UID:1", "END:VTODO"),
		"task without dates":           calendar("BEGIN:VTODO", "UID:1", "END:VTODO"),
		"repeating task without start": calendar("BEGIN:VTODO", "UID:1", "DUE:20240101", "RRULE:FREQ=DAILY", "END:VTODO"),
		"journal without date":         calendar("BEGIN:VJOURNAL", "UID:1", "END:VJOURNAL"),
		"free/busy":                    calendar("BEGIN:VFREEBUSY", "UID:1", "FREEBUSY;FBTYPE=BUSY:20240101T000000Z/PT1H,20240101T000000Z/20240102T000000Z", "END:VFREEBUSY"),
		"availability":                 calendar("BEGIN:VAVAILABILITY", "UID:1", "BEGIN:AVAILABLE", "UID:2", "DTSTART:20240101T000000Z", "END:AVAILABLE", "END:VAVAILABILITY"),
		"unknown component":            calendar("BEGIN:X-THING", "UID:1", "BEGIN:X-PART", "END:X-PART", "END:X-THING"),
		"empty EXDATE":                 vevent("UID:1", "DTSTART:20240101", "EXDATE:", "RDATE:20240102,"),
		"gregorian in lower case":      calendar("CALSCALE:gregorian", "BEGIN:VTODO", "UID:1", "END:VTODO"),
	} {
		if _, err := ParseObject([]byte(raw), Limits{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParseObjectRefuses(t *testing.T) {
	vevent := func(props ...string) string { return string(event(props...)) }
	calendar := func(s ...string) string {
		return "BEGIN:VCALENDAR\r\n" + strings.Join(s, "\r\n") + "\r\nEND:VCALENDAR\r\n"
	}
	part := func(id string) string {
		return "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20240101T000000Z\r\nRECURRENCE-ID" + id + "\r\nEND:VEVENT"
	}
	for _, test := range []struct {
		name, raw string
		problem   Problem
		want      string
	}{
		{"METHOD", calendar("METHOD:REQUEST", "BEGIN:VTODO", "UID:1", "END:VTODO"), InvalidObject, "line 2: METHOD:REQUEST: a stored"},
		{"CALSCALE", calendar("CALSCALE:HEBREW"), InvalidData, "line 2: CALSCALE:HEBREW"},
		{"nothing", calendar(), InvalidObject, "no component besides VTIMEZONE"},
		{"only a zone", calendar("BEGIN:VTIMEZONE", "TZID:x", "END:VTIMEZONE"), InvalidObject, "no component besides VTIMEZONE"},
		{"an alarm on its own", calendar("BEGIN:VALARM", "UID:1", "DTSTART:20240101", "END:VALARM"), InvalidObject, "line 2: VALARM stands inside"},
		{"no UID", vevent("DTSTART:20240101"), InvalidObject, "line 4: VEVENT without UID"},
		{"empty UID", vevent("UID: ", "DTSTART:20240101"), InvalidObject, "line 5: UID is empty"},
		{"long UID", vevent("UID:"+strings.Repeat("x", 2000), "DTSTART:20240101"), InvalidObject, "line 5: a UID of more than 1024 octets"},
		{"two UIDs", calendar("BEGIN:VTODO", "UID:1", "END:VTODO", "BEGIN:VTODO", "UID:2", "END:VTODO"), InvalidObject, `line 6: UID "2" beside "1"`},
		{"two UIDs in one", vevent("UID:1", "UID:2", "DTSTART:20240101"), InvalidData, "line 6: a second UID"},
		{"two types", calendar("BEGIN:VTODO", "UID:1", "END:VTODO", "BEGIN:VJOURNAL", "UID:1", "END:VJOURNAL"), InvalidObject, "line 5: VJOURNAL beside VTODO"},
		{"two masters", calendar("BEGIN:VTODO", "UID:1", "END:VTODO", "BEGIN:VTODO", "UID:1", "END:VTODO"), InvalidObject, "line 5: a second VTODO without RECURRENCE-ID"},
		{"same instance", calendar(part(":20240102T000000Z"), part(":20240102T000000Z")), InvalidObject, "line 10: a second VEVENT with RECURRENCE-ID"},
		{"same instance in another zone", calendar(part(":20240102T000000Z"), part(";TZID=Asia/Tokyo:20240102T090000")), InvalidObject, "line 10: a second VEVENT"},
		{"no DTSTART", vevent("UID:1"), InvalidData, "line 4: VEVENT without DTSTART"},
		{"no DTSTART in an override", vevent("UID:1", "RECURRENCE-ID:20240102"), InvalidData, "line 4: VEVENT without DTSTART"},
		{"two DTSTARTs", vevent("UID:1", "DTSTART:20240101", "DTSTART:20240102"), InvalidData, `line 7: a second DTSTART: "20240102" after "20240101"`},
		{"DTSTART", vevent("UID:1", "DTSTART:"), InvalidData, `line 6: DTSTART: not a date: ""`},
		{"DTEND", vevent("UID:1", "DTSTART:20240101", "DTEND:2024"), InvalidData, `line 7: DTEND: not a date: "2024"`},
		{"DURATION", vevent("UID:1", "DTSTART:20240101", "DURATION:1 hour"), InvalidData, `line 7: DURATION: not a duration: "1 hour"`},
		{"EXDATE", vevent("UID:1", "DTSTART:20240101", "EXDATE:20240101,2024"), InvalidData, `line 7: EXDATE: not a date: "2024"`},
		{"RDATE", vevent("UID:1", "DTSTART:20240101", "RDATE;VALUE=PERIOD:20240101T000000Z/PT"+"X"), InvalidData, `line 7: RDATE: not a period`},
		{"DUE", calendar("BEGIN:VTODO", "UID:1", "DUE:never", "END:VTODO"), InvalidData, "line 4: DUE: not a date"},
		{"COMPLETED", calendar("BEGIN:VTODO", "UID:1", "COMPLETED:never", "END:VTODO"), InvalidData, "line 4: COMPLETED: not a date"},
		{"FREEBUSY", calendar("BEGIN:VFREEBUSY", "UID:1", "FREEBUSY:20240101T000000Z", "END:VFREEBUSY"), InvalidData, "line 4: FREEBUSY: not a period"},
		{"AVAILABLE", calendar("BEGIN:VAVAILABILITY", "UID:1", "BEGIN:AVAILABLE", "END:AVAILABLE", "END:VAVAILABILITY"), InvalidData, "line 4: AVAILABLE without DTSTART"},
		{"AVAILABLE's date", calendar("BEGIN:VAVAILABILITY", "UID:1", "BEGIN:AVAILABLE", "DTSTART:x", "END:AVAILABLE", "END:VAVAILABILITY"), InvalidData, "line 5: DTSTART"},
		{"early", vevent("UID:1", "DTSTART:09991231T235959Z"), BeforeMinDate, "line 6: DTSTART: 09991231T235959Z is before 1000-01-01"},
		{"late", vevent("UID:1", "DTSTART:99991231T240000Z"), AfterMaxDate, "line 6: DTSTART:"},
		{"early RDATE", vevent("UID:1", "DTSTART:20240101", "RDATE:00010101"), BeforeMinDate, "line 7: RDATE"},
		{"late period", calendar("BEGIN:VFREEBUSY", "UID:1", "FREEBUSY:99990101T000000Z/P900D", "END:VFREEBUSY"), AfterMaxDate, "line 4: FREEBUSY"},
		{"early period", calendar("BEGIN:VFREEBUSY", "UID:1", "FREEBUSY:00990101T000000Z/P900D", "END:VFREEBUSY"), BeforeMinDate, "line 4: FREEBUSY"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseObject([]byte(test.raw), Limits{})
			var got *Error
			if !errors.As(err, &got) || got.Problem != test.problem || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got %v, want %d %s", err, test.problem, test.want)
			}
		})
	}
}
