package ical

import (
	"errors"
	"strings"
	"testing"
)

// appendixB are calendars of RFC 4791 appendix B.
var (
	easternZone = []string{"BEGIN:VTIMEZONE", "TZID:US/Eastern", "BEGIN:STANDARD", "DTSTART:20001026T020000",
		"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "TZNAME:EST", "TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "END:STANDARD", "END:VTIMEZONE"}
	abcd2 = joined([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example Corp.//CalDAV Client//EN"}, easternZone,
		[]string{"BEGIN:VEVENT", "DTSTAMP:20060206T001121Z", "DTSTART;TZID=US/Eastern:20060102T120000", "DURATION:PT1H",
			"RRULE:FREQ=DAILY;COUNT=5", "SUMMARY:Event #2", "UID:00959BC664CA650E933C892C@example.com", "END:VEVENT",
			"BEGIN:VEVENT", "DTSTAMP:20060206T001121Z", "DTSTART;TZID=US/Eastern:20060104T140000", "DURATION:PT1H",
			"RECURRENCE-ID;TZID=US/Eastern:20060104T120000", "SUMMARY:Event #2 bis", "UID:00959BC664CA650E933C892C@example.com", "END:VEVENT",
			"BEGIN:VEVENT", "DTSTAMP:20060206T001121Z", "DTSTART;TZID=US/Eastern:20060106T140000", "DURATION:PT1H",
			"RECURRENCE-ID;TZID=US/Eastern:20060106T120000", "SUMMARY:Event #2 bis bis", "UID:00959BC664CA650E933C892C@example.com", "END:VEVENT",
			"END:VCALENDAR"})
	abcd8 = lines("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example Corp.//CalDAV Client//EN", "BEGIN:VFREEBUSY",
		`ORGANIZER;CN="Bernard Desruisseaux":mailto:bernard@example.com`, "UID:76ef34-54a3d2@example.com", "DTSTAMP:20050530T123421Z",
		"DTSTART:20060101T000000Z", "DTEND:20060108T000000Z", "FREEBUSY:20050531T230000Z/20050601T010000Z",
		"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z",
		"FREEBUSY:20060103T100000Z/20060103T120000Z,20060102T220000Z/PT1H,20060104T100000Z/20060104T120000Z",
		"FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20060105T100000Z/20060105T120000Z", "END:VFREEBUSY", "END:VCALENDAR")
)

func joined(parts ...[]string) []byte {
	var all []string
	for _, p := range parts {
		all = append(all, p...)
	}
	return lines(all...)
}

// body returns what is between the calendar's PRODID and its end, one line after another.
func body(raw []byte) string {
	text := string(raw)
	text = text[strings.Index(text, "PRODID"):]
	text = text[strings.Index(text, "\n")+1:]
	return strings.ReplaceAll(strings.TrimSuffix(text, "END:VCALENDAR\r\n"), "\r\n", "\n")
}

// TestExpandExample is RFC 4791 section 7.8.3; the Z that its times lack is an erratum.
func TestExpandExample(t *testing.T) {
	got, err := object(t, abcd2).AppendExpanded(t.Context(), nil, rangeOf(t, "20060103T000000Z/20060105T000000Z"), nil, nil)
	want := `BEGIN:VEVENT
DTSTAMP:20060206T001121Z
RECURRENCE-ID:20060103T170000Z
DTSTART:20060103T170000Z
DURATION:PT1H
SUMMARY:Event #2
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
BEGIN:VEVENT
DTSTAMP:20060206T001121Z
RECURRENCE-ID:20060104T170000Z
DTSTART:20060104T190000Z
DURATION:PT1H
SUMMARY:Event #2 bis
UID:00959BC664CA650E933C892C@example.com
END:VEVENT
`
	if err != nil || body(got) != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, body(got), want)
	}
}

// expandTests: properties of one VEVENT or VTODO, and what its instances become.
var expandTests = []struct {
	name, component, within string
	want                    string // without BEGIN, UID, DTSTAMP and END; instances are set off by " | "
}{
	{"one event with a zone", "VEVENT DTSTART;TZID=Europe/Berlin:20240701T100000 DTEND;TZID=America/New_York:20240701T160000 SUMMARY:x", "",
		"DTSTART:20240701T080000Z DTEND:20240701T200000Z SUMMARY:x"},
	{"one event outside", "VEVENT DTSTART:20240701T100000Z", "20240702T000000Z/", ""},
	{"floating stays floating", "VEVENT DTSTART:20240701T100000 DTEND:20240701T110000 RRULE:FREQ=DAILY;COUNT=2", "",
		"RECURRENCE-ID:20240701T100000 DTSTART:20240701T100000 DTEND:20240701T110000 | RECURRENCE-ID:20240702T100000 DTSTART:20240702T100000 DTEND:20240702T110000"},
	{"all day", "VEVENT DTSTART;VALUE=DATE:20240731 DTEND;VALUE=DATE:20240802 RRULE:FREQ=MONTHLY;COUNT=2", "",
		"RECURRENCE-ID;VALUE=DATE:20240731 DTSTART;VALUE=DATE:20240731 DTEND;VALUE=DATE:20240802 | " +
			"RECURRENCE-ID;VALUE=DATE:20240831 DTSTART;VALUE=DATE:20240831 DTEND;VALUE=DATE:20240902"},
	{"recurrence properties go, others with a zone are converted, other parameters stay",
		"VEVENT DTSTART;X-A=\"b;c\";TZID=Europe/Berlin:20240701T100000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3 EXDATE;TZID=Europe/Berlin:20240702T100000 " +
			"EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=1 RDATE:20240801T080000Z X-AT;TZID=Europe/Berlin:20240105T000000,20240706T000000",
		"20240703T000000Z/20240704T000000Z",
		"RECURRENCE-ID:20240703T080000Z DTSTART;X-A=\"b;c\":20240703T080000Z DURATION:PT1H X-AT:20240104T230000Z,20240705T220000Z"},
	{"an alarm within", "VEVENT DTSTART;TZID=Europe/Berlin:20240701T100000 BEGIN:VALARM TRIGGER:-PT5M X-AT;TZID=Europe/Berlin:20240706T000000 END:VALARM", "",
		"DTSTART:20240701T080000Z BEGIN:VALARM TRIGGER:-PT5M X-AT:20240705T220000Z END:VALARM"},
	{"nominal days become exact where they differ", "VEVENT DTSTART;TZID=Europe/Berlin:20240330T120000 DURATION:P1D RRULE:FREQ=DAILY;COUNT=2", "",
		"RECURRENCE-ID:20240330T110000Z DTSTART:20240330T110000Z DURATION:PT23H | RECURRENCE-ID:20240331T100000Z DTSTART:20240331T100000Z DURATION:P1D"},
	{"an RDATE period with DTEND", "VEVENT DTSTART:20240701T100000Z DTEND:20240701T110000Z RDATE;VALUE=PERIOD:20240702T100000Z/PT90M", "20240702T000000Z/",
		"RECURRENCE-ID:20240702T100000Z DTSTART:20240702T100000Z DTEND:20240702T113000Z"},
	{"an RDATE period with DURATION", "VEVENT DTSTART:20240701T100000Z DURATION:PT1H RDATE;VALUE=PERIOD:20240702T100000Z/PT90M5S", "20240702T000000Z/",
		"RECURRENCE-ID:20240702T100000Z DTSTART:20240702T100000Z DURATION:PT1H30M5S"},
	{"an RDATE period without either", "VEVENT DTSTART:20240701T100000Z RDATE;VALUE=PERIOD:20240702T100000Z/PT90M", "20240702T000000Z/",
		"RECURRENCE-ID:20240702T100000Z DTSTART:20240702T100000Z DTEND:20240702T113000Z"},
	{"a to-do", "VTODO DTSTART;TZID=Europe/Berlin:20240701T100000 DUE;TZID=Europe/Berlin:20240702T100000 RRULE:FREQ=WEEKLY", "20240709T000000Z/20240710T000000Z",
		"RECURRENCE-ID:20240708T080000Z DTSTART:20240708T080000Z DUE:20240709T080000Z"},
	{"a to-do with DUE alone", "VTODO DUE;TZID=Europe/Berlin:20240702T100000 RRULE:FREQ=WEEKLY", "20240709T000000Z/20240710T000000Z",
		"RECURRENCE-ID:20240709T080000Z DUE:20240709T080000Z"},
	{"a to-do without dates", "VTODO SUMMARY:x", "20240709T000000Z/20240710T000000Z", "SUMMARY:x"},
	{"a zone that is not known is no zone", "VEVENT DTSTART;TZID=Nowhere/At_All:20240701T100000", "", "DTSTART:20240701T100000"},
}

func TestExpand(t *testing.T) {
	for _, c := range expandTests {
		got, err := object(t, calendar(c.component)).AppendExpanded(t.Context(), nil, rangeOf(t, c.within), nil, nil)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		name := strings.Fields(c.component)[0]
		text := strings.ReplaceAll(body(got), "UID:1\nDTSTAMP:20240101T000000Z\n", "")
		text = strings.ReplaceAll(text, "END:"+name+"\nBEGIN:"+name+"\n", "| ")
		text = strings.TrimSuffix(strings.TrimPrefix(text, "BEGIN:"+name+"\n"), "END:"+name+"\n")
		if text = strings.TrimSpace(strings.ReplaceAll(text, "\n", " ")); text != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, text, c.want)
		}
		if _, err := Parse(got, Limits{}); err != nil {
			t.Errorf("%s: result: %v", c.name, err)
		}
	}
}

// TestExpandKeepsBytes: folded lines, lower case and text of any kind come through.
func TestExpandKeepsBytes(t *testing.T) {
	odd := "Summary;LANGUAGE=de:a long line that\r\n  is folded\\, with Umlauten: äöü\r\n"
	raw := strings.Replace(string(calendar("VEVENT DTSTART:20240701T100000Z X-HERE:y")), "X-HERE:y\r\n", odd, 1)
	got, err := object(t, []byte(raw)).AppendExpanded(t.Context(), []byte("before "), Range{}, nil, nil)
	if err != nil || string(got) != "before "+raw {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, raw)
	}
	bare := strings.ReplaceAll(strings.TrimSuffix(raw, "\r\n"), "\r\n", "\n") // and bare LF
	if got, err = object(t, []byte(bare)).AppendExpanded(t.Context(), nil, Range{}, nil, nil); err != nil || strings.ReplaceAll(string(got), "\r\n", "\n") != bare+"\n" {
		t.Errorf("%v, got\n%q\nwant\n%q", err, got, bare)
	}
}

func TestExpandIsBounded(t *testing.T) {
	o := object(t, calendar("VEVENT DTSTART:20240701T100000Z RRULE:FREQ=SECONDLY"))
	got, err := o.AppendExpanded(t.Context(), []byte("x"), rangeOf(t, "20250101T000000Z/20260101T000000Z"), nil, nil)
	if wrong := (*Error)(nil); !errors.As(err, &wrong) || wrong.Problem != TooManyInstances || string(got) != "x" {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestLimitedExamples are RFC 4791 sections 7.8.2 and 7.8.4.
func TestLimitedExamples(t *testing.T) {
	r := rangeOf(t, "20060103T000000Z/20060105T000000Z")
	got, err := object(t, abcd2).AppendLimited(t.Context(), nil, &r, nil, nil, nil)
	want := string(abcd2)
	want = want[:strings.LastIndex(want, "BEGIN:VEVENT")] + "END:VCALENDAR\r\n"
	if err != nil || string(got) != want {
		t.Errorf("limit-recurrence-set: %v, got\n%s\nwant\n%s", err, got, want)
	}
	r = rangeOf(t, "20060102T000000Z/20060103T000000Z")
	got, err = object(t, abcd8).AppendLimited(t.Context(), nil, nil, &r, nil, nil)
	want = `BEGIN:VFREEBUSY
ORGANIZER;CN="Bernard Desruisseaux":mailto:bernard@example.com
UID:76ef34-54a3d2@example.com
DTSTAMP:20050530T123421Z
DTSTART:20060101T000000Z
DTEND:20060108T000000Z
FREEBUSY;FBTYPE=BUSY-TENTATIVE:20060102T100000Z/20060102T120000Z
FREEBUSY:20060102T220000Z/PT1H
END:VFREEBUSY
`
	if err != nil || body(got) != want {
		t.Errorf("limit-freebusy-set: %v, got\n%s\nwant\n%s", err, body(got), want)
	}
}

func TestLimitedOverrides(t *testing.T) {
	master := "VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY"
	for _, c := range []struct {
		name, override string
		want           bool
	}{
		{"within before and after", "DTSTART:20240110T150000Z RECURRENCE-ID:20240110T100000Z", true},
		{"moved away", "DTSTART:20240210T150000Z RECURRENCE-ID:20240110T100000Z", true},
		{"moved here", "DTSTART:20240110T150000Z RECURRENCE-ID:20240210T100000Z", true},
		{"elsewhere", "DTSTART:20240210T150000Z RECURRENCE-ID:20240210T100000Z", false},
		{"earlier", "DTSTART:20240105T150000Z RECURRENCE-ID:20240105T100000Z", false},
		{"earlier, this and future", "DTSTART:20240105T150000Z RECURRENCE-ID;RANGE=THISANDFUTURE:20240105T100000Z", true},
		{"later, this and future", "DTSTART:20240205T150000Z RECURRENCE-ID;RANGE=THISANDFUTURE:20240205T100000Z", false},
	} {
		r := rangeOf(t, "20240110T000000Z/20240111T000000Z")
		for _, components := range [][]string{{master, "VEVENT " + c.override}, {"VEVENT " + c.override}} {
			got, err := object(t, calendar(components...)).AppendLimited(t.Context(), nil, &r, nil, nil, nil)
			if err != nil || strings.Contains(string(got), "RECURRENCE-ID") != c.want {
				t.Errorf("%s, %d components: %v\n%s", c.name, len(components), err, got)
			}
		}
	}
}

var selectTests = []struct {
	name string
	sel  *Selection
	want string // names of lines
}{
	{"everything", nil, "BEGIN VERSION PRODID BEGIN UID DTSTAMP DTSTART BEGIN TRIGGER END END END"},
	{"everything, said so", &Selection{Name: "VCALENDAR", AllProps: true, AllComps: true}, "BEGIN VERSION PRODID BEGIN UID DTSTAMP DTSTART BEGIN TRIGGER END END END"},
	{"nothing said", &Selection{Name: "VCALENDAR"}, "BEGIN VERSION PRODID BEGIN UID DTSTAMP DTSTART BEGIN TRIGGER END END END"},
	{"components alone", &Selection{Name: "VCALENDAR", Comps: []*Selection{{Name: "vevent", Props: []PropSelection{{Name: "uid"}}}}},
		"BEGIN VERSION PRODID BEGIN UID END END"},
	{"a component as a whole", &Selection{Name: "VCALENDAR", Props: []PropSelection{{Name: "VERSION"}}, Comps: []*Selection{{Name: "VEVENT"}}},
		"BEGIN VERSION BEGIN UID DTSTAMP DTSTART BEGIN TRIGGER END END END"},
	{"properties alone", &Selection{Name: "VCALENDAR", Props: []PropSelection{{Name: "PRODID"}}}, "BEGIN PRODID END"},
	{"all components, one property", &Selection{Name: "VCALENDAR", Props: []PropSelection{{Name: "PRODID"}}, AllComps: true},
		"BEGIN PRODID BEGIN UID DTSTAMP DTSTART BEGIN TRIGGER END END END"},
	{"without the calendar", &Selection{Name: "VEVENT", Props: []PropSelection{{Name: "DTSTART"}}}, "BEGIN VERSION PRODID BEGIN DTSTART END END"},
	{"inner components", &Selection{Name: "VCALENDAR", Comps: []*Selection{{Name: "VEVENT", Props: []PropSelection{{Name: "UID"}}, Comps: []*Selection{{Name: "VALARM"}}}}},
		"BEGIN VERSION PRODID BEGIN UID BEGIN TRIGGER END END END"},
	{"other components", &Selection{Name: "VCALENDAR", Comps: []*Selection{{Name: "VTODO"}}}, "BEGIN VERSION PRODID END"},
}

func TestSelect(t *testing.T) {
	o := object(t, calendar("VEVENT DTSTART:20240701T100000Z BEGIN:VALARM TRIGGER:PT0S END:VALARM"))
	for _, c := range selectTests {
		limited, err1 := o.AppendLimited(t.Context(), nil, &Range{}, &Range{}, nil, c.sel)
		expanded, err2 := o.AppendExpanded(t.Context(), nil, Range{}, nil, c.sel)
		for _, got := range [][]byte{o.AppendSelected(nil, c.sel), limited, expanded} {
			var names []string
			for line := range strings.SplitSeq(strings.TrimSpace(string(got)), "\r\n") {
				name, _, _ := strings.Cut(line, ":")
				names = append(names, name)
			}
			if got := strings.Join(names, " "); got != c.want || err1 != nil || err2 != nil {
				t.Errorf("%s: got %s, want %s (%v, %v)", c.name, got, c.want, err1, err2)
			}
		}
	}
}

func TestSelectNoValue(t *testing.T) {
	o := object(t, calendar(`VEVENT DTSTART;TZID=Europe/Berlin:20240701T100000 RRULE:FREQ=DAILY;COUNT=1 ATTENDEE;CN="a:b":mailto:a@example.com DURATION:P1D`))
	var props []PropSelection
	for _, name := range []string{"DTSTART", "ATTENDEE", "RECURRENCE-ID", "DURATION"} {
		props = append(props, PropSelection{Name: name, NoValue: true})
	}
	sel := &Selection{Name: "VCALENDAR", Comps: []*Selection{{Name: "VEVENT", Props: props}}}
	if got, want := body(o.AppendSelected(nil, sel)), "BEGIN:VEVENT\nDTSTART;TZID=Europe/Berlin:\nATTENDEE;CN=\"a:b\":\nDURATION:\nEND:VEVENT\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	got, err := o.AppendExpanded(t.Context(), nil, Range{}, nil, sel)
	if want := "BEGIN:VEVENT\nRECURRENCE-ID:\nDTSTART:\nATTENDEE;CN=\"a:b\":\nDURATION:\nEND:VEVENT\n"; body(got) != want || err != nil {
		t.Errorf("%v, got\n%s\nwant\n%s", err, body(got), want)
	}
}

// TestBusyIn: RFC 4791 section 7.10, on events of its appendix B and others.
func TestBusyIn(t *testing.T) {
	for _, c := range []struct {
		name                       string
		raw                        []byte
		within                     string
		busy, perhaps, unavailable string
	}{
		{"7.10.1", abcd2, "20060104T140000Z/20060105T220000Z", "20060104T190000/20060104T200000 20060105T170000/20060105T180000", "", ""},
		{"7.10.1, tentative", calendar("VEVENT DTSTART:20060104T150000Z DURATION:PT1H STATUS:TENTATIVE"), "20060104T140000Z/20060105T220000Z",
			"", "20060104T150000/20060104T160000", ""},
		{"cut to the range", calendar("VEVENT DTSTART:20060104T150000Z DURATION:PT8H"), "20060104T160000Z/20060104T170000Z",
			"20060104T160000/20060104T170000", "", ""},
		{"made one", calendar("VEVENT DTSTART:20060104T150000Z DURATION:PT1H RRULE:FREQ=HOURLY;COUNT=3"), "20060104T000000Z/20060105T000000Z",
			"20060104T150000/20060104T180000", "", ""},
		{"transparent", calendar("VEVENT DTSTART:20060104T150000Z DURATION:PT8H TRANSP:TRANSPARENT"), "", "", "", ""},
		{"no length", calendar("VEVENT DTSTART:20060104T150000Z"), "", "", "", ""},
		{"a to-do", calendar("VTODO DTSTART:20060104T150000Z DURATION:PT8H"), "", "", "", ""},
		{"free/busy", abcd8, "20060102T110000Z/20060105T110000Z",
			"20060102T220000/20060102T230000 20060103T100000/20060103T120000 20060104T100000/20060104T120000",
			"20060102T110000/20060102T120000", "20060105T100000/20060105T110000"},
	} {
		busy, perhaps, unavailable, err := object(t, c.raw).BusyIn(t.Context(), rangeOf(t, c.within), nil, nil)
		if err != nil || text(busy) != c.busy || text(perhaps) != c.perhaps || text(unavailable) != c.unavailable {
			t.Errorf("%s: %v, busy %s, tentative %s, unavailable %s", c.name, err, text(busy), text(perhaps), text(unavailable))
		}
	}
}
