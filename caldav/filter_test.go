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

const absent = `<C:is-not-defined/>`

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
	{"not defined and more", inVEvent(absent + onProp("UID", "")), "valid-filter"},
	{"property not defined and more", inVEvent(onProp("UID", absent+text("x"))), "valid-filter"},
	{"parameter not defined and more", inVEvent(onProp("UID", onParam("X", absent+text("x")))), "valid-filter"},
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
	{"two texts", inVEvent(onProp("UID", text("x")+text("y"))), "valid-filter"},
	{"time range and text", inVEvent(onProp("CREATED", span(day(1), "")+text("y"))), "valid-filter"},
	{"very deep", inVEvent(strings.Repeat(`<C:comp-filter name="X-A">`, 10) + strings.Repeat(`</C:comp-filter>`, 10)), "supported-filter"},
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
