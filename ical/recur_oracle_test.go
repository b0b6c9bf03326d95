package ical

import (
	"slices"
	"testing"
	"time"

	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"
)

// asOther returns r for rrule-go; ok is false for what is known to be wrong there, to panic or to take for ever: BYWEEKNO
// alone (all days of the week instead of that of DTSTART) and at the turn of the year, days of the week with and without number
// beside each other (what both give instead of what one of them gives), numbers that no month has, BYSETPOS in the week of
// DTSTART (counted from there), the second 60, and BY parts below DAILY.
func asOther(r *Rule, start, end time.Time) (option rrule.ROption, ok bool) {
	if r.ByWeekNo != nil && r.ByDay == nil && r.ByMonthDay == nil && r.ByYearDay == nil {
		return option, false
	}
	if r.Freq < Daily && !r.plain() {
		return option, false
	}
	if slices.ContainsFunc(r.ByWeekNo, func(n int) bool { return max(n, -n) > 51 }) {
		return option, false
	}
	if slices.Contains(r.BySecond, 60) || r.Freq == Weekly && r.BySetPos != nil {
		return option, false
	}
	option = rrule.ROption{
		Freq: rrule.Frequency(Yearly - r.Freq), Interval: r.Interval, Dtstart: start, Until: end, Bymonth: r.ByMonth,
		Byweekno: r.ByWeekNo, Byyearday: r.ByYearDay, Bymonthday: r.ByMonthDay, Byhour: r.ByHour, Byminute: r.ByMinute,
		Bysecond: r.BySecond, Bysetpos: r.BySetPos,
	}
	numbered := slices.ContainsFunc(r.ByDay, func(d WeekdayNum) bool { return d.N != 0 })
	if numbered && (r.ByWeekNo != nil || slices.ContainsFunc(r.ByDay, func(d WeekdayNum) bool { return d.N == 0 })) {
		return option, false
	}
	weekdays := []rrule.Weekday{rrule.SU, rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA}
	option.Wkst = weekdays[r.WeekStart]
	for _, d := range r.ByDay {
		w := weekdays[d.Day]
		if d.N != 0 {
			w = w.Nth(d.N)
		}
		if (d.N < -4 || d.N > 5) && (r.Freq == Monthly || r.ByMonth != nil) {
			return option, false
		}
		option.Byweekday = append(option.Byweekday, w)
	}
	return option, true
}

// TestCursorIsOther compares the engine with rrule-go where that is right.
func TestCursorIsOther(t *testing.T) {
	compared := 0
	rapid.Check(t, func(t *rapid.T) {
		text := drawRule(t)
		rule, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		start := drawWall(t)
		end := start.Add(bruteSpan(rule))
		got := engine(rule, start, start, end, false)[1:]
		option, ok := asOther(rule, start, end)
		if !ok || len(got) == 0 { // it would look for something until the year 9999
			return
		}
		other, err := rrule.NewRRule(option)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want := other.All()
		want = slices.DeleteFunc(want, func(t time.Time) bool { return t.Equal(start) || !t.Before(end) })
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Fatalf("%s from %v: %s", text, start, difference(got, want))
		}
		compared++
	})
	t.Logf("%d rules compared", compared)
}
