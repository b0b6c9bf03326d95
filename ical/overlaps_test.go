package ical

import (
	"strings"
	"testing"
	"time"
)

// overlapTests are the rows of the tables in RFC 4791 section 9.9. condition is theirs, over the hours of a day: S is
// DTSTART, E the end or DUE, D COMPLETED and C CREATED.
var overlapTests = []struct {
	name, component string
	condition       func(start, end int) bool
}{
	{"VEVENT with DTEND", "VEVENT DTSTART:S DTEND:E", func(start, end int) bool { return start < 9 && end > 6 }},
	{"VEVENT with DURATION", "VEVENT DTSTART:S DURATION:PT3H", func(start, end int) bool { return start < 9 && end > 6 }},
	{"VEVENT with DURATION of 0", "VEVENT DTSTART:S DURATION:PT0S", func(start, end int) bool { return start <= 6 && end > 6 }},
	{"VEVENT at a DATE-TIME", "VEVENT DTSTART:S", func(start, end int) bool { return start <= 6 && end > 6 }},
	{"VEVENT on a DATE", "VEVENT DTSTART;VALUE=DATE:20240102", func(start, end int) bool { return start < 24 && end > 0 }},
	{"VEVENT with DTEND that is DTSTART: not in the table, taken as without", "VEVENT DTSTART:S DTEND:S",
		func(start, end int) bool { return start <= 6 && end > 6 }},

	{"VTODO with DTSTART and DURATION", "VTODO DTSTART:S DURATION:PT3H",
		func(start, end int) bool { return start <= 9 && (end > 6 || end >= 9) }},
	{"VTODO with DTSTART and DURATION of 0", "VTODO DTSTART:S DURATION:PT0S",
		func(start, end int) bool { return start <= 6 && (end > 6 || end >= 6) }},
	{"VTODO with DTSTART and DUE", "VTODO DTSTART:S DUE:E",
		func(start, end int) bool { return (start < 9 || start <= 6) && (end > 6 || end >= 9) }},
	{"VTODO with DTSTART that is DUE", "VTODO DTSTART:S DUE:S",
		func(start, end int) bool { return (start < 6 || start <= 6) && (end > 6 || end >= 6) }},
	{"VTODO with DTSTART after DUE", "VTODO DTSTART:E DUE:S",
		func(start, end int) bool { return (start < 6 || start <= 9) && (end > 9 || end >= 6) }},
	{"VTODO with DTSTART", "VTODO DTSTART:S", func(start, end int) bool { return start <= 6 && end > 6 }},
	{"VTODO with DUE", "VTODO DUE:E", func(start, end int) bool { return start < 9 && end >= 9 }},
	{"VTODO with DUE, whatever COMPLETED is", "VTODO DUE:E COMPLETED:D CREATED:C", func(start, end int) bool { return start < 9 && end >= 9 }},
	{"VTODO with COMPLETED and CREATED", "VTODO COMPLETED:D CREATED:C",
		func(start, end int) bool { return (start <= 3 || start <= 12) && (end >= 3 || end >= 12) }},
	{"VTODO with COMPLETED", "VTODO COMPLETED:D", func(start, end int) bool { return start <= 12 && end >= 12 }},
	{"VTODO with CREATED", "VTODO CREATED:C", func(start, end int) bool { return end > 3 }},
	{"VTODO without any", "VTODO SUMMARY:x", func(start, end int) bool { return true }},

	{"VJOURNAL at a DATE-TIME", "VJOURNAL DTSTART:S", func(start, end int) bool { return start <= 6 && end > 6 }},
	{"VJOURNAL on a DATE", "VJOURNAL DTSTART;VALUE=DATE:20240102", func(start, end int) bool { return start < 24 && end > 0 }},
	{"VJOURNAL without DTSTART", "VJOURNAL SUMMARY:x", func(start, end int) bool { return false }},

	{"VFREEBUSY with DTSTART and DTEND", "VFREEBUSY DTSTART:S DTEND:E FREEBUSY:D/PT1H", func(start, end int) bool { return start <= 9 && end > 6 }},
	{"VFREEBUSY with periods alone, of any type", "VFREEBUSY DTSTART:S FREEBUSY:C/S FREEBUSY;FBTYPE=FREE:D/PT1H",
		func(start, end int) bool { return start < 6 && end > 3 || start < 13 && end > 12 }},
	{"VFREEBUSY without any", "VFREEBUSY DTSTART:S", func(start, end int) bool { return false }},

	{"VALARM before the start", "VEVENT DTSTART:S DTEND:E BEGIN:VALARM TRIGGER:-PT1H END:VALARM",
		func(start, end int) bool { return start <= 5 && end > 5 }},
	{"VALARM at the end", "VEVENT DTSTART:S DTEND:E BEGIN:VALARM TRIGGER;RELATED=END:PT0S END:VALARM",
		func(start, end int) bool { return start <= 9 && end > 9 }},
	{"VALARM with a time of its own", "VEVENT DTSTART:S DTEND:E BEGIN:VALARM TRIGGER;VALUE=DATE-TIME:D END:VALARM",
		func(start, end int) bool { return start <= 12 && end > 12 }},
	{"VALARM that repeats", "VEVENT DTSTART:S DTEND:E BEGIN:VALARM TRIGGER:-PT4H REPEAT:2 DURATION:PT5H END:VALARM",
		func(start, end int) bool {
			return start <= 2 && end > 2 || start <= 7 && end > 7 || start <= 12 && end > 12
		}},
	{"VALARM of a to-do with DUE alone", "VTODO DUE:E BEGIN:VALARM TRIGGER;RELATED=START:-PT2H END:VALARM",
		func(start, end int) bool { return start <= 7 && end > 7 }},
	{"VALARM of a to-do's due date", "VTODO DTSTART:S DUE:E BEGIN:VALARM TRIGGER;RELATED=END:PT2H END:VALARM",
		func(start, end int) bool { return start <= 11 && end > 11 }},
	{"VALARM that cannot be understood", "VEVENT DTSTART:S BEGIN:VALARM TRIGGER:soon END:VALARM BEGIN:VALARM ACTION:AUDIO END:VALARM",
		func(start, end int) bool { return false }},
}

// hours replaces the letters of overlapTests.
var hours = strings.NewReplacer(":S", ":20240102T060000Z", "/S", "/20240102T060000Z", ":E", ":20240102T090000Z",
	":C/S", ":20240102T030000Z/20240102T060000Z", ":D/", ":20240102T120000Z/", "COMPLETED:D", "COMPLETED:20240102T120000Z",
	"CREATED:C", "CREATED:20240102T030000Z", "DATE-TIME:D", "DATE-TIME:20240102T120000Z")

func TestOverlapTables(t *testing.T) {
	midnight := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	const never = -99
	for _, c := range overlapTests {
		component := c.component
		if !strings.Contains(component, "SUMMARY:") {
			component = hours.Replace(component)
		}
		o := object(t, calendar(component))
		name := strings.Fields(c.name)[0]
		for start := -2; start <= 26; start++ {
			for end := start + 1; end <= 27; end++ {
				from, to := start, end
				r := Range{midnight.Add(time.Duration(start) * time.Hour), midnight.Add(time.Duration(end) * time.Hour)}
				if start == -2 { // stands for -infinity
					from, r.Start = never, time.Time{}
				}
				if end == 27 {
					to, r.End = -never, time.Time{}
				}
				got, err := o.Overlaps(t.Context(), name, r, nil)
				if want := c.condition(from, to); err != nil || got != want {
					t.Errorf("%s: %d to %d: got %v, %v, want %v", c.name, from, to, got, err, want)
				}
			}
		}
		if got, err := o.Overlaps(t.Context(), "X-OTHER", Range{}, nil); got || err != nil {
			t.Errorf("%s: overlaps as X-OTHER: %v, %v", c.name, got, err)
		}
	}
}

func TestRecurringOverlaps(t *testing.T) {
	weekly := "VEVENT DTSTART;TZID=Europe/Berlin:20240101T100000 DURATION:PT1H RRULE:FREQ=WEEKLY " +
		"BEGIN:VALARM TRIGGER:-P1D REPEAT:1 DURATION:PT30M END:VALARM"
	moved := "VEVENT DTSTART;TZID=Europe/Berlin:20240109T100000 DURATION:PT1H RECURRENCE-ID;TZID=Europe/Berlin:20240108T100000"
	for _, c := range []struct {
		name, comp, within string
		components         []string
		want               bool
	}{
		{"within an instance years later", "VEVENT", "20340102T093000Z/20340102T094000Z", []string{weekly}, true},
		{"between instances", "VEVENT", "20340102T100000Z/20340109T090000Z", []string{weekly}, false},
		{"before the first", "VEVENT", "/20240101T090000Z", []string{weekly}, false},
		{"up to the first", "VEVENT", "/20240101T090001Z", []string{weekly}, true},
		{"for ever", "VEVENT", "90000101T000000Z/", []string{weekly}, true},
		{"where it was before it was moved", "VEVENT", "20240108T000000Z/20240109T000000Z", []string{weekly, moved}, false},
		{"where it was moved to", "VEVENT", "20240109T000000Z/20240110T000000Z", []string{weekly, moved}, true},
		{"an alarm is a day before by the clock", "VALARM", "20240331T080000Z/20240331T080001Z", []string{weekly}, true},
		{"an alarm by exact time it is not", "VALARM", "20240331T070000Z/20240331T073001Z", []string{weekly}, false},
		{"an alarm repeats", "VALARM", "20240414T082900Z/20240414T090000Z", []string{weekly}, true},
		{"an alarm does not go on repeating", "VALARM", "20240414T083100Z/20240414T090000Z", []string{weekly}, false},
		{"an override has no alarm unless it says so", "VALARM", "20240107T000000Z/20240109T000000Z", []string{weekly, moved}, false},
		{"a rule that never gives anything", "VEVENT", "20250101T000000Z/", []string{"VEVENT DTSTART:20240101T000000Z RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}, false},
	} {
		o := object(t, calendar(c.components...))
		got, err := o.Overlaps(t.Context(), c.comp, rangeOf(t, c.within), nil)
		if err != nil || got != c.want {
			t.Errorf("%s: got %v, %v", c.name, got, err)
		}
	}
}

func TestPropertyOverlaps(t *testing.T) {
	weekly := "VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=WEEKLY LAST-MODIFIED:20230505T050505Z"
	todo := "VTODO DTSTART:20240101T100000Z DURATION:PT2H COMPLETED:20240103T000000Z"
	for _, c := range []struct {
		component, comp, name, within string
		want                          bool
	}{
		{weekly, "VEVENT", "DTSTART", "20240108T100000Z/20240108T100001Z", true},
		{weekly, "VEVENT", "DTSTART", "20240108T100001Z/20240108T110001Z", false},
		{weekly, "VEVENT", "DTEND", "20240108T110000Z/20240108T110001Z", true},
		{weekly, "VEVENT", "DTEND", "20240108T100000Z/20240108T110000Z", false},
		{weekly, "VEVENT", "DUE", "20240108T110000Z/20240108T110001Z", false},
		{weekly, "VEVENT", "LAST-MODIFIED", "20230505T050505Z/20230505T050506Z", true},
		{weekly, "VEVENT", "LAST-MODIFIED", "20230505T050506Z/", false},
		{weekly, "VEVENT", "SUMMARY", "/20230505T050506Z", false},
		{weekly, "VTODO", "DTSTART", "20240101T000000Z/", false},
		{todo, "VTODO", "DUE", "20240101T120000Z/20240101T120001Z", true},
		{todo, "VTODO", "DTEND", "20240101T120000Z/20240101T120001Z", false},
		{todo, "VTODO", "COMPLETED", "20240103T000000Z/20240103T000001Z", true},
		{todo, "VTODO", "CREATED", "/20990103T000001Z", false},
		{"VTODO DUE:20240101T100000Z", "VTODO", "DTSTART", "20240101T000000Z/", false},
		{"VEVENT DTSTART:20240101T100000Z", "VEVENT", "DTEND", "20240101T000000Z/", false},
	} {
		o := object(t, calendar(c.component))
		got, err := o.PropertyOverlaps(t.Context(), c.comp, c.name, rangeOf(t, c.within), nil)
		if err != nil || got != c.want {
			t.Errorf("%s of %s in %s: got %v, %v", c.name, c.component, c.within, got, err)
		}
	}
}

// TestFloatingZone: floating times and dates are where the zone that is passed puts them.
func TestFloatingZone(t *testing.T) {
	tokyo := zone(t, "Asia/Tokyo")
	for _, component := range []string{"VEVENT DTSTART:20240102T000000 DURATION:PT1H", "VEVENT DTSTART;VALUE=DATE:20240102", "VTODO DUE:20240102T003000"} {
		o := object(t, calendar(component))
		r := rangeOf(t, "20240101T150000Z/20240101T153000Z")
		here, err1 := o.Overlaps(t.Context(), o.Component, r, tokyo)
		there, err2 := o.Overlaps(t.Context(), o.Component, r, nil)
		if !here || there || err1 != nil || err2 != nil {
			t.Errorf("%s: in Tokyo %v, %v, in UTC %v, %v", component, here, err1, there, err2)
		}
		if x, err := o.Index(r.Start, tokyo, nil); err != nil || !x.Floating {
			t.Errorf("%s: index: %+v, %v", component, x, err)
		}
	}
}
