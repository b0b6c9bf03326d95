package ical

import (
	"slices"
	"time"
)

// brute is the definition of a recurrence rule (RFC 5545 section 3.3.10), second by second: it looks at every clock from
// the period of start up to end, asks of each BY part whether it lets it pass, and groups what passes by period. It is what
// the engine is compared with, and shares nothing with it.
func brute(r *Rule, start, end time.Time, date bool) (found []time.Time) {
	b := bruteRule{Rule: r, start: start, date: date}
	b.fill()
	var period []time.Time
	flush := func() {
		found = append(found, b.positions(period)...)
		period = period[:0]
	}
	last := -1
	whole := end.AddDate(0, 0, map[Freq]int{Yearly: 366, Monthly: 31, Weekly: 7}[r.Freq]+1) // the last period too
	for day := b.periodStart(start).Truncate(24 * time.Hour); day.Before(whole); day = day.AddDate(0, 0, 1) {
		if !b.dayPasses(day) {
			continue
		}
		for _, clock := range b.clocks() {
			t := day.Add(clock)
			n, ok := b.period(t)
			if !ok {
				continue
			}
			if n != last {
				flush()
				last = n
			}
			period = append(period, t)
		}
	}
	flush()
	found = slices.DeleteFunc(found, func(t time.Time) bool { return !t.After(start) || !t.Before(end) })
	if date { // one a day
		found = slices.CompactFunc(found, func(a, b time.Time) bool { return a.Equal(b) })
	}
	found = append([]time.Time{start}, found...)
	if r.Count > 0 && len(found) > r.Count {
		found = found[:r.Count]
	}
	return found
}

type bruteRule struct {
	*Rule
	start                         time.Time
	date                          bool
	month, monthDay               []int
	weekdays                      []WeekdayNum
	allowHour, allowMin, allowSec []int
}

// fill takes what the rule leaves open from the start.
func (b *bruteRule) fill() {
	b.month, b.monthDay, b.weekdays = b.ByMonth, b.ByMonthDay, b.ByDay
	b.allowHour, b.allowMin, b.allowSec = b.ByHour, b.ByMinute, b.BySecond
	if b.ByDay == nil && b.ByMonthDay == nil && b.ByYearDay == nil {
		today := []WeekdayNum{{0, b.start.Weekday()}}
		switch {
		case b.Freq == Yearly && b.ByWeekNo != nil:
			b.weekdays = today
		case b.ByWeekNo != nil:
		case b.Freq == Weekly:
			b.weekdays = today
		case b.Freq == Monthly:
			b.monthDay = []int{b.start.Day()}
		case b.Freq == Yearly:
			b.monthDay = []int{b.start.Day()}
			if b.ByMonth == nil {
				b.month = []int{int(b.start.Month())}
			}
		}
	}
	if b.date {
		b.allowHour, b.allowMin, b.allowSec = []int{0}, []int{0}, []int{0}
		return
	}
	if b.allowHour == nil && b.Freq > Hourly {
		b.allowHour = []int{b.start.Hour()}
	}
	if b.allowMin == nil && b.Freq > Minutely {
		b.allowMin = []int{b.start.Minute()}
	}
	if b.allowSec == nil && b.Freq > Secondly {
		b.allowSec = []int{b.start.Second()}
	}
}

// clocks lists the times of day that pass BYHOUR, BYMINUTE and BYSECOND.
func (b *bruteRule) clocks() (list []time.Duration) {
	for h := range 24 {
		if b.allowHour != nil && !slices.Contains(b.allowHour, h) {
			continue
		}
		for m := range 60 {
			if b.allowMin != nil && !slices.Contains(b.allowMin, m) {
				continue
			}
			for s := range 60 {
				if b.allowSec == nil || slices.Contains(b.allowSec, s) {
					list = append(list, time.Duration(h*3600+m*60+s)*time.Second)
				}
			}
		}
	}
	return list
}

// periodStart returns when the period of FREQ that t is in starts.
func (b *bruteRule) periodStart(t time.Time) time.Time {
	day := t.Truncate(24 * time.Hour)
	switch b.Freq {
	case Yearly:
		return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	case Monthly:
		return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC)
	case Weekly:
		for day.Weekday() != b.WeekStart {
			day = day.AddDate(0, 0, -1)
		}
		return day
	case Daily:
		return day
	case Hourly:
		return t.Truncate(time.Hour)
	case Minutely:
		return t.Truncate(time.Minute)
	}
	return t
}

// period numbers the period that t is in; ok is false if INTERVAL leaves it out.
func (b *bruteRule) period(t time.Time) (n int, ok bool) {
	from, to := b.periodStart(b.start), b.periodStart(t)
	switch b.Freq {
	case Yearly:
		n = to.Year() - from.Year()
	case Monthly:
		n = (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
	default:
		length := [...]time.Duration{
			Secondly: time.Second, Minutely: time.Minute, Hourly: time.Hour, Daily: 24 * time.Hour, Weekly: 7 * 24 * time.Hour,
		}[b.Freq]
		n = int(to.Sub(from) / length)
	}
	if b.date && b.Freq < Daily { // the periods of a day are one
		perDay := 86400 / map[Freq]int{Secondly: 1, Minutely: 60, Hourly: 3600}[b.Freq]
		for i := range perDay {
			if (n+i)%b.Interval == 0 {
				return n, true
			}
		}
		return n, false
	}
	return n, n >= 0 && n%b.Interval == 0
}

// dayPasses asks all parts that let days pass.
func (b *bruteRule) dayPasses(day time.Time) bool {
	yearLength := time.Date(day.Year(), 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
	monthLength := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	has := func(list []int, value, length int) bool {
		return list == nil || slices.Contains(list, value) || slices.Contains(list, value-length-1)
	}
	if b.month != nil && !slices.Contains(b.month, int(day.Month())) {
		return false
	}
	if !has(b.monthDay, day.Day(), monthLength) || !has(b.ByYearDay, day.YearDay(), yearLength) {
		return false
	}
	if b.ByWeekNo != nil {
		n, of := bruteWeek(day, b.WeekStart)
		if !has(b.ByWeekNo, n, of) {
			return false
		}
	}
	return b.weekdays == nil || slices.ContainsFunc(b.weekdays, func(d WeekdayNum) bool {
		if d.Day != day.Weekday() {
			return false
		}
		at, length := day.Day(), monthLength
		switch {
		case d.N == 0 || b.Freq < Monthly || b.Freq == Yearly && b.ByWeekNo != nil:
			return true
		case b.Freq == Yearly && b.ByMonth == nil:
			at, length = day.YearDay(), yearLength
		}
		return d.N == (at-1)/7+1 || d.N == -((length-at)/7+1)
	})
}

// bruteWeek returns the number of the week that day is in, and how many weeks its year has.
func bruteWeek(day time.Time, weekStart time.Weekday) (n, of int) {
	for day.Weekday() != weekStart {
		day = day.AddDate(0, 0, -1)
	}
	year := day.AddDate(0, 0, 3).Year()
	for w := day; w.AddDate(0, 0, 3).Year() == year; w = w.AddDate(0, 0, -7) {
		n++
	}
	of = n - 1
	for w := day; w.AddDate(0, 0, 3).Year() == year; w = w.AddDate(0, 0, 7) {
		of++
	}
	return n, of
}

// positions returns what BYSETPOS picks of a period.
func (b *bruteRule) positions(period []time.Time) (picked []time.Time) {
	if b.BySetPos == nil {
		return slices.Clone(period)
	}
	for i, t := range period {
		if slices.Contains(b.BySetPos, i+1) || slices.Contains(b.BySetPos, i-len(period)) {
			picked = append(picked, t)
		}
	}
	return picked
}
