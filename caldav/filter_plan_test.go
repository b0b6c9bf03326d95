package caldav

import (
	"fmt"
	"testing"
	"time"

	"convene/ical"
)

var march = ical.Range{Start: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)}

func TestPlan(t *testing.T) {
	inMarch := span(day(1), day(2))
	for _, test := range []struct {
		name, filter string
		want         Plan
	}{
		{"everything", inVCalendar(""), Plan{Exact: true}},
		{"property of the calendar", inVCalendar(onProp("VERSION", "")), Plan{}},
		{"nothing", inVCalendar(absent), Plan{}},
		{"events", inVEvent(""), Plan{Component: "VEVENT", Exact: true}},
		{"events of a time", inVEvent(inMarch), Plan{Component: "VEVENT", Range: march, HasRange: true, Exact: true}},
		{"and with a text", inVEvent(inMarch + onProp("SUMMARY", text("x"))), Plan{Component: "VEVENT", Range: march, HasRange: true}},
		{"or with a text", inVCalendar(`<C:comp-filter name="VEVENT" test="anyof">` + inMarch + onProp("SUMMARY", text("x")) + `</C:comp-filter>`), Plan{Component: "VEVENT"}},
		{"or alone", inVCalendar(`<C:comp-filter name="VEVENT" test="anyof">` + inMarch + `</C:comp-filter>`), Plan{Component: "VEVENT", Range: march, HasRange: true, Exact: true}},
		{"alarms of a time", inVEvent(`<C:comp-filter name="VALARM">` + inMarch + `</C:comp-filter>`), Plan{Component: "VEVENT"}},
		{"no events", inVEvent(absent), Plan{}},
		{"events and no tasks", inVCalendar(`<C:comp-filter name="VTODO">` + absent + `</C:comp-filter><C:comp-filter name="VEVENT"/>`), Plan{Component: "VEVENT"}},
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
