package caldav

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"convene/caldav/dav"
	"convene/ical"
)

// element reads XML with the prefixes C and D.
func element(t testing.TB, xml string) *dav.Element {
	t.Helper()
	root, err := dav.ReadXML(strings.NewReader(`<x xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:">`+xml+`</x>`), dav.XMLLimits{})
	if err != nil {
		t.Fatalf("%s: %v", xml, err)
	}
	return root.Children[0]
}

// inVCalendar makes the filter of the conditions on a VCALENDAR.
func inVCalendar(conditions string) string {
	return `<C:filter><C:comp-filter name="VCALENDAR">` + conditions + `</C:comp-filter></C:filter>`
}

// inVEvent makes the filter of the conditions on a VEVENT.
func inVEvent(conditions string) string {
	return inVCalendar(`<C:comp-filter name="VEVENT">` + conditions + `</C:comp-filter>`)
}

// object parses components as a calendar object; lines end as it suits the reader.
func object(t testing.TB, components string) *ical.Object {
	t.Helper()
	text := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Example//Test//EN\n" + strings.TrimSpace(components) + "\nEND:VCALENDAR\n"
	obj, err := ical.ParseObject([]byte(strings.ReplaceAll(text, "\n", "\r\n")), ical.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", components, err)
	}
	return obj
}

const meeting = `BEGIN:VEVENT
UID:abc-123@example.com
DTSTAMP:20260101T090000Z
CREATED:20260101T090000Z
DTSTART:20260310T100000Z
DTEND:20260310T110000Z
SUMMARY:Größe\, Gewicht und Maß
LOCATION:Room 1
CATEGORIES:WORK,Planning
ORGANIZER;CN=Ann:mailto:ann@example.com
ATTENDEE;CN=Bob;PARTSTAT=NEEDS-ACTION:mailto:bob@example.com
ATTENDEE;CN=Carl;PARTSTAT=ACCEPTED;MEMBER="mailto:a@example.com","mailto:b@example.com":mailto:carl@example.com
X-MOVED:20260401T000000Z
BEGIN:VALARM
ACTION:DISPLAY
DESCRIPTION:soon
TRIGGER:-PT30M
END:VALARM
END:VEVENT`

const task = `BEGIN:VTODO
UID:todo-1
DTSTAMP:20260101T090000Z
DUE;VALUE=DATE:20260312
COMPLETED:20260311T080000Z
SUMMARY:Send the minutes
END:VTODO`

const series = `BEGIN:VEVENT
UID:series-1
DTSTAMP:20260101T090000Z
DTSTART:20260302T100000Z
DURATION:PT1H
RRULE:FREQ=WEEKLY;COUNT=10
EXDATE:20260316T100000Z
SUMMARY:Dentist
END:VEVENT
BEGIN:VEVENT
UID:series-1
DTSTAMP:20260101T090000Z
RECURRENCE-ID:20260309T100000Z
DTSTART:20260309T150000Z
DURATION:PT1H
SUMMARY:Haircut
END:VEVENT`

const busyTime = `BEGIN:VFREEBUSY
UID:busy-1
DTSTAMP:20260101T090000Z
FREEBUSY:20260310T100000Z/PT1H,20260320T100000Z/20260320T120000Z
END:VFREEBUSY`

func span(start, end string) string {
	var b strings.Builder
	b.WriteString("<C:time-range")
	if start != "" {
		fmt.Fprintf(&b, ` start="%s"`, start)
	}
	if end != "" {
		fmt.Fprintf(&b, ` end="%s"`, end)
	}
	return b.String() + "/>"
}

func day(n int) string { return fmt.Sprintf("202603%02dT000000Z", n) }

func onProp(name, conditions string) string {
	return `<C:prop-filter name="` + name + `">` + conditions + `</C:prop-filter>`
}

func onParam(name, conditions string) string {
	return `<C:param-filter name="` + name + `">` + conditions + `</C:param-filter>`
}

func text(s string, attrs ...string) string {
	return `<C:text-match ` + strings.Join(attrs, " ") + `>` + s + `</C:text-match>`
}

const notDefined = `<C:is-not-defined/>`

var matches = []struct {
	name, filter, object string
	want                 bool
}{
	{"every calendar", inVCalendar(""), meeting, true},
	{"component there", inVEvent(""), meeting, true},
	{"component not there", inVEvent(""), task, false},
	{"component in small letters", inVCalendar(`<C:comp-filter name="vevent"/>`), meeting, true},
	{"component not defined", inVEvent(notDefined), task, true},
	{"component defined", inVEvent(notDefined), meeting, false},
	{"no calendar is not one", inVCalendar(notDefined), meeting, false},
	{"two components", inVCalendar(`<C:comp-filter name="VEVENT"/><C:comp-filter name="VTODO"/>`), meeting, false},
	{"one of two components", `<C:filter><C:comp-filter name="VCALENDAR" test="anyof"><C:comp-filter name="VEVENT"/><C:comp-filter name="VTODO"/></C:comp-filter></C:filter>`, meeting, true},
	{"property of the calendar", inVCalendar(onProp("PRODID", text("example"))), meeting, true},

	{"time range around", inVEvent(span(day(10), day(11))), meeting, true},
	{"time range after", inVEvent(span(day(11), day(12))), meeting, false},
	{"time range begins at the end", inVEvent(span("20260310T110000Z", day(12))), meeting, false},
	{"time range ends at the start", inVEvent(span(day(9), "20260310T100000Z")), meeting, false},
	{"time range inside", inVEvent(span("20260310T102000Z", "20260310T102001Z")), meeting, true},
	{"time range without end", inVEvent(span(day(10), "")), meeting, true},
	{"time range without end, after", inVEvent(span(day(11), "")), meeting, false},
	{"time range without start", inVEvent(span("", day(11))), meeting, true},
	{"task by its due date", inVCalendar(`<C:comp-filter name="VTODO">` + span(day(12), day(13)) + `</C:comp-filter>`), task, true},
	{"task elsewhere", inVCalendar(`<C:comp-filter name="VTODO">` + span(day(20), day(21)) + `</C:comp-filter>`), task, false},
	{"busy time", inVCalendar(`<C:comp-filter name="VFREEBUSY">` + span(day(20), day(21)) + `</C:comp-filter>`), busyTime, true},
	{"no busy time", inVCalendar(`<C:comp-filter name="VFREEBUSY">` + span(day(15), day(16)) + `</C:comp-filter>`), busyTime, false},
	{"instance", inVEvent(span(day(23), day(24))), series, true},
	{"excluded instance", inVEvent(span(day(16), day(17))), series, false},
	{"moved instance, where it was", inVEvent(span("20260309T100000Z", "20260309T110000Z")), series, false},
	{"moved instance, where it is", inVEvent(span("20260309T150000Z", "20260309T160000Z")), series, true},
	{"master has it and the text", inVEvent(span(day(23), day(24)) + onProp("SUMMARY", text("dentist"))), series, true},
	{"override has it, master the text", inVEvent(span(day(9), day(10)) + onProp("SUMMARY", text("dentist"))), series, false},
	{"override has both", inVEvent(span(day(9), day(10)) + onProp("SUMMARY", text("haircut"))), series, true},
	{"master has it, override the text", inVEvent(span(day(23), day(24)) + onProp("SUMMARY", text("haircut"))), series, false},
	{"alarm there", inVEvent(`<C:comp-filter name="VALARM"/>`), meeting, true},
	{"alarm not there", inVEvent(`<C:comp-filter name="VALARM"/>`), series, false},
	{"no alarm", inVEvent(`<C:comp-filter name="VALARM">` + notDefined + `</C:comp-filter>`), series, true},
	{"alarm goes off", inVEvent(`<C:comp-filter name="VALARM">` + span("20260310T090000Z", "20260310T100000Z") + `</C:comp-filter>`), meeting, true},
	{"alarm does not go off", inVEvent(`<C:comp-filter name="VALARM">` + span("20260310T100000Z", "20260310T110000Z") + `</C:comp-filter>`), meeting, false},
	{"alarm by its property", inVEvent(`<C:comp-filter name="VALARM">` + onProp("ACTION", text("display")) + `</C:comp-filter>`), meeting, true},

	{"property there", inVEvent(onProp("LOCATION", "")), meeting, true},
	{"property not there", inVEvent(onProp("DESCRIPTION", "")), meeting, false},
	{"property not defined", inVEvent(onProp("DESCRIPTION", notDefined)), meeting, true},
	{"property defined", inVEvent(onProp("location", notDefined)), meeting, false},
	{"property that only another component has", inVEvent(onProp("ACTION", "")), meeting, false},
	{"two properties, both", inVEvent(onProp("LOCATION", "") + onProp("SUMMARY", "")), meeting, true},
	{"two properties, one", inVEvent(onProp("LOCATION", "") + onProp("DESCRIPTION", "")), meeting, false},
	{"text whatever the case", inVEvent(onProp("LOCATION", text("ROOM"))), meeting, true},
	{"text octet for octet", inVEvent(onProp("LOCATION", text("ROOM", `collation="i;octet"`))), meeting, false},
	{"the same octets", inVEvent(onProp("LOCATION", text("Room", `collation="i;octet"`))), meeting, true},
	{"the default collation by name", inVEvent(onProp("LOCATION", text("room", `collation="default"`))), meeting, true},
	{"ASCII folds ASCII only", inVEvent(onProp("SUMMARY", text("GRÖSSE"))), meeting, false},
	{"Unicode folds all", inVEvent(onProp("SUMMARY", text("GRÖSSE", `collation="i;unicode-casemap"`))), meeting, true},
	{"Unicode folds composition", inVEvent(onProp("SUMMARY", text("gro\u0308ße", `collation="i;unicode-casemap"`))), meeting, true},
	{"text with what iCalendar escapes", inVEvent(onProp("SUMMARY", text("Größe, Gewicht"))), meeting, true},
	{"no text is in every text", inVEvent(onProp("LOCATION", text(""))), meeting, true},
	{"negated", inVEvent(onProp("LOCATION", text("room", `negate-condition="yes"`))), meeting, false},
	{"negated, another text", inVEvent(onProp("LOCATION", text("hall", `negate-condition="yes"`))), meeting, true},
	{"not negated", inVEvent(onProp("LOCATION", text("room", `negate-condition="no"`))), meeting, true},
	{"negated, but no such property", inVEvent(onProp("DESCRIPTION", text("room", `negate-condition="yes"`))), meeting, false},
	{"second of several properties", inVEvent(onProp("ATTENDEE", text("carl@example.com"))), meeting, true},
	{"equals", inVEvent(onProp("LOCATION", text("room 1", `match-type="equals"`))), meeting, true},
	{"equals not a part", inVEvent(onProp("LOCATION", text("room", `match-type="equals"`))), meeting, false},
	{"starts with", inVEvent(onProp("LOCATION", text("room", `match-type="starts-with"`))), meeting, true},
	{"ends with", inVEvent(onProp("LOCATION", text("room", `match-type="ends-with"`))), meeting, false},
	{"equals one of a list", inVEvent(onProp("CATEGORIES", text("planning", `match-type="equals"`))), meeting, true},
	{"in a list", inVEvent(onProp("CATEGORIES", text("work"))), meeting, true},
	{"two texts", inVEvent(onProp("LOCATION", text("room")+text("1"))), meeting, true},
	{"two texts, one", inVEvent(onProp("LOCATION", text("room")+text("2"))), meeting, false},
	{"one of two texts", inVEvent(`<C:prop-filter name="LOCATION" test="anyof">` + text("room") + text("2") + `</C:prop-filter>`), meeting, true},
	{"one of two properties", inVCalendar(`<C:comp-filter name="VEVENT" test="anyof">` + onProp("DESCRIPTION", "") + onProp("LOCATION", "") + `</C:comp-filter>`), meeting, true},

	{"parameter there", inVEvent(onProp("ATTENDEE", onParam("MEMBER", ""))), meeting, true},
	{"parameter not there", inVEvent(onProp("ATTENDEE", onParam("ROLE", ""))), meeting, false},
	{"parameter not defined", inVEvent(onProp("ATTENDEE", onParam("ROLE", notDefined))), meeting, true},
	{"parameter defined", inVEvent(onProp("ORGANIZER", onParam("cn", notDefined))), meeting, false},
	{"parameter with text", inVEvent(onProp("ATTENDEE", onParam("PARTSTAT", text("needs-action")))), meeting, true},
	{"parameter with another text", inVEvent(onProp("ATTENDEE", onParam("PARTSTAT", text("declined")))), meeting, false},
	{"one of several values", inVEvent(onProp("ATTENDEE", onParam("MEMBER", text("b@example.com")))), meeting, true},
	{"value and parameter of one property", inVEvent(onProp("ATTENDEE", text("bob")+onParam("PARTSTAT", text("NEEDS-ACTION")))), meeting, true},
	{"value and parameter of two properties", inVEvent(onProp("ATTENDEE", text("carl")+onParam("PARTSTAT", text("NEEDS-ACTION")))), meeting, false},
	{"parameter that is not there, negated", inVEvent(onProp("LOCATION", onParam("LANGUAGE", text("de", `negate-condition="yes"`)))), meeting, false},

	{"property in a time range", inVEvent(onProp("CREATED", span("20260101T000000Z", "20260102T000000Z"))), meeting, true},
	{"property at its start", inVEvent(onProp("CREATED", span("20260101T090000Z", "20260102T000000Z"))), meeting, true},
	{"property at its end", inVEvent(onProp("CREATED", span("20251231T000000Z", "20260101T090000Z"))), meeting, false},
	{"property after it", inVEvent(onProp("CREATED", span("", "20260101T000000Z"))), meeting, false},
	{"date in a time range", inVCalendar(`<C:comp-filter name="VTODO">` + onProp("DUE", span("20260312T230000Z", "")) + `</C:comp-filter>`), task, false}, // the zone is an hour ahead
	{"date in it before", inVCalendar(`<C:comp-filter name="VTODO">` + onProp("DUE", span("20260312T225959Z", "")) + `</C:comp-filter>`), task, true},
	{"completed", inVCalendar(`<C:comp-filter name="VTODO">` + onProp("COMPLETED", span(day(11), day(12))) + `</C:comp-filter>`), task, true},
	{"period in a time range", inVCalendar(`<C:comp-filter name="VFREEBUSY">` + onProp("FREEBUSY", span(day(20), day(21))) + `</C:comp-filter>`), busyTime, true},
	{"period not in it", inVCalendar(`<C:comp-filter name="VFREEBUSY">` + onProp("FREEBUSY", span("20260320T120000Z", "")) + `</C:comp-filter>`), busyTime, false},
	{"unknown property in a time range", inVEvent(onProp("X-MOVED", span("20260401T000000Z", "20260402T000000Z"))), meeting, true},
	{"trigger that is no time", inVEvent(`<C:comp-filter name="VALARM">` + onProp("TRIGGER", span(day(1), "")) + `</C:comp-filter>`), meeting, false},
	{"elements of others", `<C:filter><D:x/><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><D:is-not-defined/></C:comp-filter></C:comp-filter></C:filter>`, meeting, true},
}

// anHourAhead is where floating times are taken in these tests.
var anHourAhead = time.FixedZone("UTC+1", 3600)

func TestFilterMatch(t *testing.T) {
	for _, test := range matches {
		t.Run(test.name, func(t *testing.T) {
			f, err := parseFilter(element(t, test.filter))
			if err != nil {
				t.Fatal(err)
			}
			obj := object(t, test.object)
			got, err := f.Match(context.Background(), obj, anHourAhead)
			if err != nil || got != test.want {
				t.Errorf("got %v, %v, want %v", got, err, test.want)
			}
			plan := f.Plan()
			if may := plan.MayMatch(obj.UID); test.want && (!may || plan.Component != "" && plan.Component != obj.Component) {
				t.Errorf("it matches, but is not in the plan %+v", plan)
			}
			if plan.Exact && !plan.HasRange && test.want != (plan.Component == "" || plan.Component == obj.Component) {
				t.Errorf("the plan %+v is not exact", plan)
			}
		})
	}
}

func TestFilterMatchCanceled(t *testing.T) {
	f, err := parseFilter(element(t, inVEvent(span(day(1), day(2))+onProp("SUMMARY", text("x", `negate-condition="yes"`)))))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	endless := strings.ReplaceAll(series, "FREQ=WEEKLY;COUNT=10", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30")
	if ok, err := f.Match(ctx, object(t, endless), time.UTC); ok || err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", ok, err)
	}
}

var filterRefusals = []struct{ name, filter, condition string }{
	{"empty", `<C:filter/>`, "valid-filter"},
	{"two calendars", `<C:filter><C:comp-filter name="VCALENDAR"/><C:comp-filter name="VCALENDAR"/></C:filter>`, "valid-filter"},
	{"event outermost", `<C:filter><C:comp-filter name="VEVENT"/></C:filter>`, "valid-filter"},
	{"property outermost", `<C:filter><C:prop-filter name="UID"/></C:filter>`, "valid-filter"},
	{"no name", inVCalendar(`<C:comp-filter/>`), "valid-filter"},
	{"event in a task", inVCalendar(`<C:comp-filter name="VTODO"><C:comp-filter name="VEVENT"/></C:comp-filter>`), "valid-filter"},
	{"calendar in a calendar", inVCalendar(`<C:comp-filter name="VCALENDAR"/>`), "valid-filter"},
	{"alarm in a calendar", inVCalendar(`<C:comp-filter name="VALARM"/>`), "valid-filter"},
	{"unknown condition", inVEvent(`<C:is-defined-not/>`), "valid-filter"},
	{"text on a component", inVEvent(text("x")), "valid-filter"},
	{"not defined and more", inVEvent(notDefined + onProp("UID", "")), "valid-filter"},
	{"property not defined and more", inVEvent(onProp("UID", notDefined+text("x"))), "valid-filter"},
	{"parameter not defined and more", inVEvent(onProp("UID", onParam("X", notDefined+text("x")))), "valid-filter"},
	{"property without name", inVEvent(`<C:prop-filter/>`), "valid-filter"},
	{"parameter without name", inVEvent(onProp("UID", `<C:param-filter/>`)), "valid-filter"},
	{"parameter in a parameter", inVEvent(onProp("UID", onParam("X", onParam("Y", "")))), "valid-filter"},
	{"component in a property", inVEvent(onProp("UID", `<C:comp-filter name="VALARM"/>`)), "valid-filter"},
	{"test that is none", inVCalendar(`<C:comp-filter name="VEVENT" test="some"/>`), "valid-filter"},
	{"time range on a text", inVEvent(onProp("SUMMARY", span(day(1), day(2)))), "valid-filter"},
	{"time range on a calendar", inVCalendar(span(day(1), day(2))), "valid-filter"},
	{"two time ranges", inVEvent(span(day(1), day(2)) + span(day(1), day(2))), "valid-filter"},
	{"time range on an unknown component", inVCalendar(`<C:comp-filter name="VPOLL">` + span(day(1), day(2)) + `</C:comp-filter>`), "supported-filter"},
	{"time range without ends", inVEvent(span("", "")), "valid-filter"},
	{"time range backwards", inVEvent(span(day(2), day(1))), "valid-filter"},
	{"time range of no length", inVEvent(span(day(1), day(1))), "valid-filter"},
	{"time range of dates", inVEvent(span("20260301", "20260302")), "valid-filter"},
	{"time range of local times", inVEvent(span("20260301T000000", "")), "valid-filter"},
	{"time range of impossible times", inVEvent(span("20260230T000000Z", "")), "valid-filter"},
	{"time range with a fraction", inVEvent(span("20260301T000000.5Z", "")), "valid-filter"},
	{"time range of RFC 3339", inVEvent(span("2026-03-01T00:00:00Z", "")), "valid-filter"},
	{"time range before all", inVEvent(span("00010101T000000Z", "")), "min-date-time"},
	{"unknown collation", inVEvent(onProp("UID", text("x", `collation="i;klingon"`))), "supported-collation"},
	{"unknown negation", inVEvent(onProp("UID", text("x", `negate-condition="maybe"`))), "valid-filter"},
	{"unknown match type", inVEvent(onProp("UID", text("x", `match-type="like"`))), "valid-filter"},
	{"collation in a parameter", inVEvent(onProp("UID", onParam("X", text("x", `collation=""`)))), "supported-collation"},
	{"very many conditions", inVEvent(strings.Repeat(onProp("UID", ""), 1000)), "supported-filter"},
}

func TestParseFilterRefuses(t *testing.T) {
	for _, test := range filterRefusals {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseFilter(element(t, test.filter))
			var e *dav.Error
			if !errors.As(err, &e) || e.Status != 403 || e.Condition != dav.CalDAV(test.condition) || e.Detail == "" {
				t.Errorf("got %v, want 403 and CALDAV:%s", err, test.condition)
			}
		})
	}
	if _, err := parseFilter(nil); toDAV(err).Condition != conditionValidFilter {
		t.Errorf("no filter: %v", err)
	}
}

var march = ical.Range{Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}

func TestPlan(t *testing.T) {
	inMarch := span(day(1), day(2))
	for _, test := range []struct {
		name, filter string
		want         Plan
	}{
		{"everything", inVCalendar(""), Plan{Exact: true}},
		{"property of the calendar", inVCalendar(onProp("VERSION", "")), Plan{}},
		{"nothing", inVCalendar(notDefined), Plan{}},
		{"events", inVEvent(""), Plan{Component: "VEVENT", Exact: true}},
		{"events of a time", inVEvent(inMarch), Plan{Component: "VEVENT", Range: march, HasRange: true, Exact: true}},
		{"and with a text", inVEvent(inMarch + onProp("SUMMARY", text("x"))), Plan{Component: "VEVENT", Range: march, HasRange: true}},
		{"or with a text", inVCalendar(`<C:comp-filter name="VEVENT" test="anyof">` + inMarch + onProp("SUMMARY", text("x")) + `</C:comp-filter>`), Plan{Component: "VEVENT"}},
		{"or alone", inVCalendar(`<C:comp-filter name="VEVENT" test="anyof">` + inMarch + `</C:comp-filter>`), Plan{Component: "VEVENT", Range: march, HasRange: true, Exact: true}},
		{"alarms of a time", inVEvent(`<C:comp-filter name="VALARM">` + inMarch + `</C:comp-filter>`), Plan{Component: "VEVENT"}},
		{"no events", inVEvent(notDefined), Plan{}},
		{"events and no tasks", inVCalendar(`<C:comp-filter name="VTODO">` + notDefined + `</C:comp-filter><C:comp-filter name="VEVENT"/>`), Plan{Component: "VEVENT"}},
		{"events or tasks", `<C:filter><C:comp-filter name="VCALENDAR" test="anyof"><C:comp-filter name="VEVENT"/><C:comp-filter name="VTODO"/></C:comp-filter></C:filter>`, Plan{}},
		{"zones", inVCalendar(`<C:comp-filter name="VTIMEZONE"/>`), Plan{}},
		{"zones and events", inVCalendar(`<C:comp-filter name="VTIMEZONE"/><C:comp-filter name="VEVENT"/>`), Plan{Component: "VEVENT"}},
		{"part of the UID", inVEvent(onProp("UID", text("abc", `collation="i;octet"`))), Plan{Component: "VEVENT"}},
		{"the UID", inVEvent(onProp("UID", text("abc", `collation="i;octet"`, `match-type="equals"`))), Plan{Component: "VEVENT", UID: "abc"}},
		{"not the UID", inVEvent(onProp("UID", text("abc", `collation="i;octet"`, `match-type="equals"`, `negate-condition="yes"`))), Plan{Component: "VEVENT"}},
	} {
		f, err := parseFilter(element(t, test.filter))
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		got := f.Plan()
		if got.uids = nil; fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestPlanMayMatch(t *testing.T) {
	f, err := parseFilter(element(t, inVEvent(onProp("UID", text("ABC"))+onProp("UID", text("x", `negate-condition="yes"`)))))
	if err != nil {
		t.Fatal(err)
	}
	plan := f.Plan()
	for uid, want := range map[string]bool{"1-abc": true, "1-abd": false, "abc-x": false} {
		if got := plan.MayMatch(uid); got != want {
			t.Errorf("%s: got %v", uid, got)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, test := range matches {
		f.Add(test.filter)
	}
	for _, test := range filterRefusals {
		if len(test.filter) < 1000 {
			f.Add(test.filter)
		}
	}
	objects := []*ical.Object{object(f, meeting), object(f, task), object(f, series), object(f, busyTime)}
	f.Fuzz(func(t *testing.T, xml string) {
		root, err := dav.ReadXML(strings.NewReader(`<x xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:">`+xml+`</x>`), dav.XMLLimits{})
		if err != nil || len(root.Children) == 0 {
			return
		}
		if d, err := parseDataRequest(root.Children[0]); err == nil && d.Expand != nil && !d.Expand.Start.Before(d.Expand.End) {
			t.Errorf("range %v", d.Expand)
		}
		filter, err := parseFilter(root.Children[0])
		if err != nil {
			if e := toDAV(err); e.Status != 403 || e.Condition == (dav.Name{}) || e.Detail == "" {
				t.Errorf("%#v", err)
			}
			return
		}
		plan := filter.Plan()
		for _, obj := range objects {
			got, err := filter.Match(context.Background(), obj, time.UTC)
			if err != nil {
				continue // too many instances
			}
			in := (plan.Component == "" || plan.Component == obj.Component) && plan.MayMatch(obj.UID) && (plan.UID == "" || plan.UID == obj.UID)
			if in && plan.HasRange {
				if in, err = obj.Overlaps(context.Background(), plan.Component, plan.Range, time.UTC); err != nil {
					continue
				}
			}
			if got && !in || plan.Exact && in != got {
				t.Errorf("%s: match %v, plan %+v says %v", obj.UID, got, plan, in)
			}
		}
	})
}

func BenchmarkFilterMatch(b *testing.B) {
	for _, bench := range []struct{ name, filter, object string }{
		{"time range", inVEvent(span(day(9), day(10))), series},
		{"text", inVEvent(onProp("SUMMARY", text("GRÖSSE", `collation="i;unicode-casemap"`))), meeting},
		{"attendee", inVEvent(onProp("ATTENDEE", text("carl")+onParam("PARTSTAT", text("ACCEPTED")))), meeting},
	} {
		b.Run(bench.name, func(b *testing.B) {
			f, err := parseFilter(element(b, bench.filter))
			if err != nil {
				b.Fatal(err)
			}
			obj := object(b, bench.object)
			b.ReportAllocs()
			for b.Loop() {
				if ok, err := f.Match(context.Background(), obj, time.UTC); !ok || err != nil {
					b.Fatal(ok, err)
				}
			}
		})
	}
}
