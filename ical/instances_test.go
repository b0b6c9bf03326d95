package ical

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// calendar wraps components, each a list of lines beginning with its name, into a VCALENDAR. UID and DTSTAMP are added.
func calendar(components ...string) []byte {
	all := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"}
	for _, c := range components {
		rows := strings.Fields(c)
		all = append(append(all, "BEGIN:"+rows[0], "UID:1", "DTSTAMP:20240101T000000Z"), rows[1:]...)
		all = append(all, "END:"+rows[0])
	}
	return lines(append(all, "END:VCALENDAR")...)
}

// span of a test: "20240101T000000Z/20240201T000000Z", either side may be empty.
func rangeOf(t testing.TB, s string) (r Range) {
	t.Helper()
	from, to, _ := strings.Cut(s, "/")
	for _, side := range []struct {
		text string
		at   *time.Time
	}{{from, &r.Start}, {to, &r.End}} {
		if side.text == "" {
			continue
		}
		at, err := time.Parse("20060102T150405Z", side.text)
		if err != nil {
			t.Fatal(err)
		}
		*side.at = at
	}
	return r
}

var instanceTests = []struct {
	name       string
	components []string
	within     string
	want       string // start of each instance; with "/" and its end if that is not an hour later; "!" marks an override
}{
	{"one event", []string{"VEVENT DTSTART:20240105T090000Z DTEND:20240105T100000Z"}, "", "20240105T090000Z"},
	{"outside of the range", []string{"VEVENT DTSTART:20240105T090000Z DTEND:20240105T100000Z"}, "20240105T100000Z/", ""},
	{"DTSTART counts though the rule does not give it",
		[]string{"VEVENT DTSTART:20240105T090000Z DURATION:PT1H RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"}, "",
		"20240105T090000Z 20240108T090000Z 20240115T090000Z"},
	{"EXDATE as a list, in another zone",
		[]string{"VEVENT DTSTART;TZID=Europe/Berlin:20240101T100000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=5 EXDATE:20240102T090000Z,20240103T090000Z " +
			"EXDATE;TZID=America/New_York:20240105T040000"}, "", "20240101T090000Z 20240104T090000Z"},
	{"EXDATE of DTSTART", []string{"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=2 EXDATE:20240101T100000Z"}, "",
		"20240102T100000Z"},
	{"EXDATE without zone means the clock of DTSTART",
		[]string{"VEVENT DTSTART;TZID=Europe/Berlin:20240101T100000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=2 EXDATE:20240102T100000"}, "",
		"20240101T090000Z"},
	{"EXDATE;VALUE=DATE takes the day",
		[]string{"VEVENT DTSTART;TZID=Pacific/Auckland:20240101T080000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3 EXDATE;VALUE=DATE:20240102"}, "",
		"20231231T190000Z 20240102T190000Z"},
	{"EXDATE with a time takes the day of an all-day event",
		[]string{"VEVENT DTSTART;VALUE=DATE:20240101 RRULE:FREQ=DAILY;COUNT=3 EXDATE;TZID=Europe/Berlin:20240102T000000"}, "",
		"20240101T000000Z/20240102T000000Z 20240103T000000Z/20240104T000000Z"},
	{"RDATE, also one that the rule gives too",
		[]string{"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=2 RDATE:20240102T100000Z,20240110T120000Z"}, "",
		"20240101T100000Z 20240102T100000Z 20240110T120000Z"},
	{"RDATE alone", []string{"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RDATE:20240110T120000Z"}, "",
		"20240101T100000Z 20240110T120000Z"},
	{"RDATE periods have their own end",
		[]string{"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RDATE;VALUE=PERIOD:20240110T120000Z/PT3H,20240111T120000Z/20240111T130000Z"}, "",
		"20240101T100000Z 20240110T120000Z/20240110T150000Z 20240111T120000Z"},
	{"RDATE;VALUE=DATE has the time of DTSTART",
		[]string{"VEVENT DTSTART;TZID=Europe/Berlin:20240101T100000 DURATION:PT1H RDATE;VALUE=DATE:20240701"}, "",
		"20240101T090000Z 20240701T080000Z"},
	{"RDATE in a gap is taken with the offset before",
		[]string{"VEVENT DTSTART;TZID=Europe/Berlin:20240101T100000 DURATION:PT1H RDATE;TZID=Europe/Berlin:20240331T023000"}, "",
		"20240101T090000Z 20240331T013000Z"},
	{"several rules",
		[]string{"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=WEEKLY;COUNT=2 RRULE:FREQ=DAILY;INTERVAL=3;COUNT=3"}, "",
		"20240101T100000Z 20240104T100000Z 20240107T100000Z 20240108T100000Z"},
	{"EXRULE", []string{"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=5 EXRULE:FREQ=DAILY;INTERVAL=2"}, "",
		"20240102T100000Z 20240104T100000Z"},
	{"UNTIL with DTSTART at that instant", []string{"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;UNTIL=20240103T100000Z"}, "",
		"20240101T100000Z 20240102T100000Z 20240103T100000Z"},
	{"UNTIL as a DATE is that whole day",
		[]string{"VEVENT DTSTART;TZID=America/New_York:20240101T200000 DURATION:PT1H RRULE:FREQ=DAILY;UNTIL=20240102"}, "",
		"20240102T010000Z 20240103T010000Z"},
	{"UNTIL without zone is by the clock of DTSTART",
		[]string{"VEVENT DTSTART;TZID=America/New_York:20240101T200000 DURATION:PT1H RRULE:FREQ=DAILY;UNTIL=20240102T200000"}, "",
		"20240102T010000Z 20240103T010000Z"},
	{"UNTIL in UTC for an all-day event: the start of its last day", []string{"VEVENT DTSTART;VALUE=DATE:20240101 RRULE:FREQ=DAILY;UNTIL=20240102T000000Z"}, "",
		"20240101T000000Z/20240102T000000Z 20240102T000000Z/20240103T000000Z"},
	{"UNTIL before DTSTART", []string{"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;UNTIL=20230101T100000Z"}, "", "20240101T100000Z"},
	{"COUNT and UNTIL", []string{"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=9;UNTIL=20240102T100000Z;"}, "",
		"20240101T100000Z 20240102T100000Z"},
	{"exact length across a change of offset (DTEND)",
		[]string{"VEVENT DTSTART;TZID=Europe/Berlin:20240330T120000 DTEND;TZID=Europe/Berlin:20240331T120000 RRULE:FREQ=WEEKLY;COUNT=2"}, "",
		"20240330T110000Z/20240331T100000Z 20240406T100000Z/20240407T090000Z"},
	{"nominal length across a change of offset (DURATION)",
		[]string{"VEVENT DTSTART;TZID=Europe/Berlin:20240323T120000 DURATION:P1D RRULE:FREQ=WEEKLY;COUNT=2"}, "",
		"20240323T110000Z/20240324T110000Z 20240330T110000Z/20240331T100000Z"},
	{"an override", []string{
		"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3",
		"VEVENT DTSTART:20240102T150000Z DURATION:PT1H RECURRENCE-ID:20240102T100000Z",
	}, "", "20240101T100000Z 20240102T150000Z! 20240103T100000Z"},
	{"an override by another zone", []string{
		"VEVENT DTSTART;TZID=Europe/Berlin:20240101T100000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=2",
		"VEVENT DTSTART:20240102T150000Z DURATION:PT1H RECURRENCE-ID;TZID=America/New_York:20240102T040000",
	}, "", "20240101T090000Z 20240102T150000Z!"},
	{"an override by DATE", []string{
		"VEVENT DTSTART;TZID=Europe/Berlin:20240101T100000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=2",
		"VEVENT DTSTART:20240102T150000Z DURATION:PT1H RECURRENCE-ID;VALUE=DATE:20240102",
	}, "", "20240101T090000Z 20240102T150000Z!"},
	{"an override of a day by a time", []string{
		"VEVENT DTSTART;VALUE=DATE:20240101 RRULE:FREQ=DAILY;COUNT=2",
		"VEVENT DTSTART:20240102T150000Z DURATION:PT1H RECURRENCE-ID:20240102T000000",
	}, "", "20240101T000000Z/20240102T000000Z 20240102T150000Z!"},
	{"moved out of the range", []string{
		"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3",
		"VEVENT DTSTART:20240501T150000Z DURATION:PT1H RECURRENCE-ID:20240102T100000Z",
	}, "20240102T000000Z/20240201T000000Z", "20240103T100000Z"},
	{"moved into the range", []string{
		"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3",
		"VEVENT DTSTART:20240501T150000Z DURATION:PT1H RECURRENCE-ID:20240102T100000Z",
	}, "20240401T000000Z/", "20240501T150000Z!"},
	{"RANGE=THISANDFUTURE stands for one instance", []string{
		"VEVENT DTSTART:20240101T100000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3",
		"VEVENT DTSTART:20240102T150000Z DURATION:PT1H RECURRENCE-ID;RANGE=THISANDFUTURE:20240102T100000Z",
	}, "", "20240101T100000Z 20240102T150000Z! 20240103T100000Z"},
	{"overrides without master", []string{
		"VEVENT DTSTART:20240103T150000Z DURATION:PT1H RECURRENCE-ID:20240103T100000Z",
		"VEVENT DTSTART:20240102T150000Z DURATION:PT1H RECURRENCE-ID:20240102T100000Z",
	}, "", "20240102T150000Z! 20240103T150000Z!"},
	{"an override beside a master that does not recur any more", []string{
		"VEVENT DTSTART:20240101T100000Z DURATION:PT1H",
		"VEVENT DTSTART:20240102T150000Z DURATION:PT1H RECURRENCE-ID:20240102T100000Z",
	}, "", "20240101T100000Z 20240102T150000Z!"},
	{"running since before the range", []string{"VEVENT DTSTART:20240101T100000Z DURATION:P3D RRULE:FREQ=WEEKLY"},
		"20240110T000000Z/20240111T000000Z", "20240108T100000Z/20240111T100000Z"},
	{"leap days", []string{"VEVENT DTSTART;VALUE=DATE:20200229 RRULE:FREQ=YEARLY;COUNT=3"}, "",
		"20200229T000000Z/20200301T000000Z 20240229T000000Z/20240301T000000Z 20280229T000000Z/20280301T000000Z"},
	{"an all-day event whose end is its start", []string{"VEVENT DTSTART;VALUE=DATE:20240101 DTEND;VALUE=DATE:20240101"}, "",
		"20240101T000000Z/20240102T000000Z"},
	{"an event that ends before it starts", []string{"VEVENT DTSTART:20240101T100000Z DTEND:20240101T090000Z"}, "",
		"20240101T100000Z/20240101T100000Z"},
	{"a to-do that recurs by DUE", []string{"VTODO DUE:20240101T100000Z RRULE:FREQ=DAILY;COUNT=2"}, "",
		"20240101T100000Z/20240101T100000Z 20240102T100000Z/20240102T100000Z"},
	{"a rule by the second on days", []string{"VEVENT DTSTART;VALUE=DATE:20240101 RRULE:FREQ=SECONDLY;COUNT=3"}, "",
		"20240101T000000Z/20240102T000000Z 20240102T000000Z/20240103T000000Z 20240103T000000Z/20240104T000000Z"},
}

func TestInstances(t *testing.T) {
	for _, c := range instanceTests {
		o := object(t, calendar(c.components...))
		var got []string
		for _, i := range instances(t, o, rangeOf(t, c.within), nil) {
			s := i.Start.Format("20060102T150405Z")
			if !i.End.Equal(i.Start.Add(time.Hour)) {
				s += "/" + i.End.Format("20060102T150405Z")
			}
			if i.Override {
				s += "!"
			}
			got = append(got, s)
		}
		if want := strings.Fields(c.want); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", c.name, got, want)
		}
	}
}

func TestInstanceDescribesItself(t *testing.T) {
	o := object(t, calendar(
		"VEVENT DTSTART;TZID=Europe/Berlin:20240101T100000 DURATION:PT1H RRULE:FREQ=DAILY;COUNT=2",
		"VEVENT DTSTART:20240102T150000 DURATION:PT1H RECURRENCE-ID:20240102T090000Z"))
	berlin := zone(t, "Europe/Berlin")
	got := instances(t, o, Range{}, nil)
	if len(got) != 2 || got[0].Part != o.Parts[0] || got[1].Part != o.Parts[1] || got[0].Floating || !got[1].Floating || got[1].Date {
		t.Fatalf("got %+v", got)
	}
	for i, want := range []string{"20240101T100000", "20240102T100000"} {
		if id := got[i].RecurrenceID; id.String() != want || id.Zone != berlin {
			t.Errorf("RECURRENCE-ID of %d: got %s %v, want %s", i, id, id.Zone, want)
		}
	}
}

func TestInstancesAreBounded(t *testing.T) {
	for _, rule := range []string{"FREQ=SECONDLY", "FREQ=MINUTELY;COUNT=2000000000", "FREQ=SECONDLY;INTERVAL=60;BYSECOND=30"} {
		o := object(t, calendar("VEVENT DTSTART:19700101T100000Z RRULE:"+rule))
		found, err := o.Instances(t.Context(), Range{}, nil, ExpandLimits{MaxInstances: 100, MaxSteps: 10_000})
		if wrong := (*Error)(nil); !errors.As(err, &wrong) || wrong.Problem != TooManyInstances || len(found) > 100 {
			t.Errorf("%s: %d instances, %v", rule, len(found), err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := object(t, calendar("VEVENT DTSTART:19700101T100000Z RRULE:FREQ=SECONDLY"))
	if _, err := o.Instances(ctx, Range{}, nil, ExpandLimits{MaxInstances: 1e9, MaxSteps: 1e9}); !errors.Is(err, context.Canceled) {
		t.Errorf("with a cancelled context: %v", err)
	}
}

func TestInstancesRefuse(t *testing.T) {
	for _, prop := range []string{"RRULE:FREQ=NEVER", "EXRULE:FREQ=DAILY;BYMONTH=13"} {
		o, err := ParseObject(calendar("VEVENT DTSTART:19700101T100000Z "+prop), Limits{})
		if err == nil {
			_, err = o.Instances(t.Context(), Range{}, nil, ExpandLimits{})
		}
		if wrong := (*Error)(nil); !errors.As(err, &wrong) || wrong.Problem != InvalidData || wrong.Line != 8 {
			t.Errorf("%s: %v", prop, err)
		}
	}
}
