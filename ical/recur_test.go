package ical

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseRule(t *testing.T) {
	utc := func(year int, month time.Month, day, hour int) time.Time {
		return time.Date(year, month, day, hour, 0, 0, 0, time.UTC)
	}
	for _, c := range []struct {
		in   string
		want Rule
	}{
		{"FREQ=DAILY", Rule{Freq: Daily}},
		{" freq=weekly ; byday = mo, -1SU ,+2we;wkst=su;", Rule{Freq: Weekly, WeekStart: time.Sunday,
			ByDay: []WeekdayNum{{-1, time.Sunday}, {0, time.Monday}, {2, time.Wednesday}}}},
		{"INTERVAL=2;COUNT=3;FREQ=SECONDLY;;", Rule{Freq: Secondly, Interval: 2, Count: 3}},
		{"FREQ=MONTHLY;UNTIL=20240131", Rule{Freq: Monthly, Until: DateTime{Wall: utc(2024, 1, 31, 0), Date: true}}},
		{"FREQ=HOURLY;UNTIL=20240131T050000Z;COUNT=1", Rule{Freq: Hourly, Count: 1, Until: DateTime{Wall: utc(2024, 1, 31, 5), Zone: time.UTC}}},
		{"FREQ=YEARLY;BYMONTH=12,1,1;BYMONTHDAY=-1,31;BYYEARDAY=366,-366;BYWEEKNO=-53,53;BYHOUR=23,0;BYMINUTE=59;BYSECOND=60;BYSETPOS=-366",
			Rule{Freq: Yearly, ByMonth: []int{1, 12}, ByMonthDay: []int{-1, 31}, ByYearDay: []int{-366, 366}, ByWeekNo: []int{-53, 53},
				ByHour: []int{0, 23}, ByMinute: []int{59}, BySecond: []int{60}, BySetPos: []int{-366}}},
		{"FREQ=DAILY;X-THING=1;WKST=MO;WKST=MO", Rule{Freq: Daily}},
		{"FREQ=DAILY;COUNT=99999999999999999999", Rule{Freq: Daily, Count: maxRepeat}},
	} {
		if c.want.Interval == 0 {
			c.want.Interval = 1
		}
		if !strings.Contains(strings.ToUpper(c.in), "WKST=SU") {
			c.want.WeekStart = time.Monday
		}
		if got, err := ParseRule(c.in); err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%q: got %+v, %v, want %+v", c.in, got, err, c.want)
		}
	}
}

func TestParseRuleRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "FREQ is missing",
		"COUNT=1":                          "FREQ is missing",
		"FREQ=FORTNIGHTLY":                 "not one of SECONDLY",
		"FREQ":                             "no value",
		"FREQ=DAILY;BYEASTER=1":            "no such part",
		"FREQ=DAILY;COUNT=0":               "not a positive number",
		"FREQ=DAILY;COUNT=":                "not a positive number",
		"FREQ=DAILY;COUNT=+":               "not a positive number",
		"FREQ=DAILY;INTERVAL=-1":           "not a positive number",
		"FREQ=DAILY;INTERVAL=1;INTERVAL=2": "two different values",
		"FREQ=DAILY;UNTIL=soon":            "not a date",
		"FREQ=DAILY;BYMONTH=0":             "is not between 1 and 12",
		"FREQ=DAILY;BYMONTH=5L":            "is not between 1 and 12",
		"FREQ=DAILY;BYMONTHDAY=0":          "is not between 1 and 31 or their negatives",
		"FREQ=DAILY;BYMONTHDAY=-32":        "is not between",
		"FREQ=DAILY;BYYEARDAY=367":         "is not between",
		"FREQ=DAILY;BYHOUR=24":             "is not between 0 and 23",
		"FREQ=DAILY;BYHOUR=":               "is not between",
		"FREQ=DAILY;BYDAY=XX":              "is no day of the week",
		"FREQ=DAILY;BYDAY=UM":              "is no day of the week",
		"FREQ=DAILY;BYDAY=":                "is no day of the week",
		"FREQ=DAILY;BYDAY=0MO":             "is not between 1 and 53",
		"FREQ=DAILY;BYDAY=54MO":            "is not between 1 and 53",
		"FREQ=DAILY;WKST=1":                "not one of SU",
		"RSCALE=CHINESE;FREQ=YEARLY":       "Gregorian",
		"FREQ=YEARLY;SKIP=FORWARD":         "RFC 7529",
		"FREQ=DAILY;X=" + strings.Repeat("1", maxRuleBytes): "more than",
	} {
		_, err := ParseRule(in)
		wrong := (*Error)(nil)
		if !errors.As(err, &wrong) || wrong.Problem != InvalidData || !strings.Contains(wrong.Detail, want) || len(wrong.Detail) > 300 {
			t.Errorf("%.60q: %v, want %q", in, err, want)
		}
	}
}

// dearRules are rules that cost much where each second or day since DTSTART is looked at.
var dearRules = []string{
	"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY", "FREQ=SECONDLY;COUNT=2000000000", "FREQ=SECONDLY;UNTIL=99991231T235959Z",
	"FREQ=SECONDLY;BYSECOND=60", "FREQ=SECONDLY;INTERVAL=60;BYSECOND=30", "FREQ=SECONDLY;INTERVAL=86400;BYHOUR=1;BYDAY=MO;BYMONTH=2;BYMONTHDAY=29",
	"FREQ=MINUTELY", "FREQ=MINUTELY;BYSETPOS=2", "FREQ=MINUTELY;INTERVAL=1440;BYHOUR=1", "FREQ=HOURLY;BYYEARDAY=366;BYHOUR=3;BYDAY=MO",
	"FREQ=DAILY;INTERVAL=999999999", "FREQ=YEARLY;INTERVAL=999999999", "FREQ=WEEKLY;BYSETPOS=366", "FREQ=MONTHLY;BYDAY=5MO,-5MO;BYSETPOS=9",
	"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYWEEKNO=9", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6",
	"FREQ=DAILY;COUNT=2000000000;BYDAY=MO", "FREQ=YEARLY;COUNT=2000000000;BYYEARDAY=-366",
	"FREQ=YEARLY;BYHOUR=" + upTo(23) + ";BYMINUTE=" + upTo(59) + ";BYSECOND=" + upTo(59) + ";BYDAY=SU,MO,TU,WE,TH,FR,SA",
	"FREQ=YEARLY;BYHOUR=" + upTo(23) + ";BYMINUTE=" + upTo(59) + ";BYSECOND=" + upTo(59) + ";BYDAY=SU,MO,TU,WE,TH,FR,SA;BYSETPOS=-1",
}

// upTo lists the numbers from 0 to n.
func upTo(n int) string {
	list := make([]string, n+1)
	for i := range list {
		list[i] = fmt.Sprint(i)
	}
	return strings.Join(list, ",")
}

// TestDearRulesAreCheap bounds the steps that the answers to questions about one object may take, and so the time.
func TestDearRulesAreCheap(t *testing.T) {
	for _, rule := range dearRules {
		for _, start := range []string{"DTSTART:10000101T000000Z", "DTSTART;TZID=Europe/Berlin:19700101T013000", "DTSTART;VALUE=DATE:19700101"} {
			o := object(t, calendar("VEVENT "+start+" DURATION:P3D RRULE:"+rule))
			for _, within := range []string{"20260101T000000Z/20270101T000000Z", "90000101T000000Z/", "/"} {
				checkCheap(t, o, rangeOf(t, within))
			}
		}
	}
}

// checkCheap asks everything of o.
func checkCheap(t *testing.T, o *Object, r Range) {
	t.Helper()
	const most = time.Second // of wall clock on a busy machine; it takes milliseconds
	for name, ask := range map[string]func() error{
		"Index":    func() error { _, err := o.Index(indexNow, nil, nil); return err },
		"Overlaps": func() error { _, err := o.Overlaps(t.Context(), o.Component, r, nil); return err },
		"Alarms":   func() error { _, err := o.AlarmOverlaps(t.Context(), r, nil); return err },
		"Instances": func() error {
			found, err := o.Instances(t.Context(), r, nil, ExpandLimits{MaxInstances: 500})
			if len(found) > 500 {
				return fmt.Errorf("%d instances", len(found))
			}
			return err
		},
		"Expanded": func() error { _, err := o.AppendExpanded(t.Context(), nil, r, nil, nil); return err },
		"BusyIn":   func() error { _, _, _, err := o.BusyIn(t.Context(), r, nil, nil); return err },
		"Limited":  func() error { _, err := o.AppendLimited(t.Context(), nil, &r, &r, nil, nil); return err },
	} {
		took, err := time.Hour, error(nil)
		for range 3 { // the quickest counts: others may use the machine
			began := time.Now()
			err = ask()
			if took = min(took, time.Since(began)); took < most {
				break
			}
		}
		if took > most {
			t.Errorf("%s took %v for %v in\n%s", name, took, r, o.Raw())
		}
		if wrong := (*Error)(nil); err != nil && !errors.As(err, &wrong) {
			t.Errorf("%s: %v in\n%s", name, err, o.Raw())
		}
	}
}

// TestManyDates: a hundred thousand exceptions or additions take milliseconds.
func TestManyDates(t *testing.T) {
	const n = 100_000
	first := time.Date(2000, 1, 1, 10, 0, 0, 0, time.UTC)
	dates := make([]string, n)
	for i := range dates {
		dates[i] = first.AddDate(0, 0, i*7919%n).Format("20060102T150405") // in no order
	}
	for _, name := range []string{"EXDATE", "RDATE"} {
		raw := calendar("VEVENT DTSTART;TZID=Europe/Berlin:20000101T100000 RRULE:FREQ=DAILY " + name + ";TZID=Europe/Berlin:" + strings.Join(dates, ","))
		o, err := ParseObject(raw, Limits{MaxDates: n})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		found, err := o.Overlaps(t.Context(), "VEVENT", rangeOf(t, "20260101T000000Z/20270101T000000Z"), nil)
		if err != nil || found != (name == "RDATE") {
			t.Errorf("%s: %v, %v", name, found, err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// TestRuleString reads drawn rules again.
func TestRuleString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawRule(t) + rapid.SampledFrom([]string{"", ";COUNT=3", ";UNTIL=20240101", ";UNTIL=20240101T000000", ";UNTIL=20240101T000000Z"}).Draw(t, "end")
		want, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseRule(want.String())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s became %s: %v", text, want, err)
		}
	})
}

func TestDurationString(t *testing.T) {
	for text, want := range map[string]string{
		"P1W": "P7D", "PT90M": "PT1H30M", "-p1dt12h": "-P1DT12H", "P": "PT0S", "-PT15M": "-PT15M", "PT3600000H": "P43250DT2562000H", "+P0DT5S": "PT5S",
	} {
		d, err := ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseDuration(d.String())
		if d.String() != want || err != nil || again != d {
			t.Errorf("%s became %s, want %s; again %v, %v", text, d, want, again, err)
		}
	}
}
