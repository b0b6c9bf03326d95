package caldav

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

var matches = []struct {
	name, filter, object string
	want                 bool
}{
	{"every calendar", inVCalendar(""), meeting, true},
	{"component there", inVEvent(""), meeting, true},
	{"component not there", inVEvent(""), task, false},
	{"component in small letters", inVCalendar(`<C:comp-filter name="vevent"/>`), meeting, true},
	{"component not defined", inVEvent(absent), task, true},
	{"component defined", inVEvent(absent), meeting, false},
	{"no calendar is not one", inVCalendar(absent), meeting, false},
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
	{"task by its due date", inVCalendar(`<C:comp-filter name="VTODO">` + span(day(11), day(12)) + `</C:comp-filter>`), task, true}, // the zone is an hour ahead,
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
	{"no alarm", inVEvent(`<C:comp-filter name="VALARM">` + absent + `</C:comp-filter>`), series, true},
	{"alarm goes off", inVEvent(`<C:comp-filter name="VALARM">` + span("20260310T090000Z", "20260310T100000Z") + `</C:comp-filter>`), meeting, true},
	{"alarm does not go off", inVEvent(`<C:comp-filter name="VALARM">` + span("20260310T100000Z", "20260310T110000Z") + `</C:comp-filter>`), meeting, false},
	{"alarm by its property", inVEvent(`<C:comp-filter name="VALARM">` + onProp("ACTION", text("display")) + `</C:comp-filter>`), meeting, true},

	{"property there", inVEvent(onProp("LOCATION", "")), meeting, true},
	{"property not there", inVEvent(onProp("DESCRIPTION", "")), meeting, false},
	{"property not defined", inVEvent(onProp("DESCRIPTION", absent)), meeting, true},
	{"property defined", inVEvent(onProp("location", absent)), meeting, false},
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
	{"two texts", inVEvent(`<C:prop-filter name="LOCATION" test="allof">` + text("room") + text("1") + `</C:prop-filter>`), meeting, true},
	{"two texts, one", inVEvent(`<C:prop-filter name="LOCATION" test="allof">` + text("room") + text("2") + `</C:prop-filter>`), meeting, false},
	{"one of two texts", inVEvent(`<C:prop-filter name="LOCATION" test="anyof">` + text("room") + text("2") + `</C:prop-filter>`), meeting, true},
	{"one of two properties", inVCalendar(`<C:comp-filter name="VEVENT" test="anyof">` + onProp("DESCRIPTION", "") + onProp("LOCATION", "") + `</C:comp-filter>`), meeting, true},

	{"parameter there", inVEvent(onProp("ATTENDEE", onParam("MEMBER", ""))), meeting, true},
	{"parameter not there", inVEvent(onProp("ATTENDEE", onParam("ROLE", ""))), meeting, false},
	{"parameter not defined", inVEvent(onProp("ATTENDEE", onParam("ROLE", absent))), meeting, true},
	{"parameter defined", inVEvent(onProp("ORGANIZER", onParam("cn", absent))), meeting, false},
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
	{"date is the start of its day", inVCalendar(`<C:comp-filter name="VTODO">` + onProp("DUE", span("20260311T230000Z", "20260311T230001Z")) + `</C:comp-filter>`), task, true},
	{"date is not all of its day", inVCalendar(`<C:comp-filter name="VTODO">` + onProp("DUE", span("20260311T230001Z", "")) + `</C:comp-filter>`), task, false},
	{"end by duration", inVEvent(onProp("DTEND", span("20260302T110000Z", "20260302T110001Z"))), series, true},
	{"end by duration elsewhere", inVEvent(onProp("DTEND", span("20260302T100000Z", "20260302T110000Z"))), series, false},
	{"due is not of events", inVEvent(onProp("DUE", span(day(1), ""))), series, false},
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
