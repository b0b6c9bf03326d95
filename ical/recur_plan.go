package ical

import (
	"math/bits"
	"time"
)

// plan is a Rule made ready for one DTSTART: what the rule leaves open is taken from there (RFC 5545 section 3.3.10), and
// the values are bits.
type plan struct {
	freq      Freq
	interval  int64
	first     int64 // the unit of freq that DTSTART is in; see unitOf
	date      bool  // DTSTART is a DATE: BYHOUR, BYMINUTE and BYSECOND are ignored
	weekStart time.Weekday

	hours            uint32 // bit 0 is midnight
	minutes, seconds uint64

	days     [2][12]uint32 // by common or leap year and month: the days that pass BYMONTH, BYMONTHDAY and BYYEARDAY
	weekdays uint8         // bit 0 is Sunday; those without a number
	byDay    bool          // weekdays and numbered limit the days
	numbered []WeekdayNum  // those with a number
	ofYear   bool          // they count in the year, not in the month
	weeks    [2]uint64     // BYWEEKNO: from the start of the year, and from its end
	byWeek   bool
	setPos   []int
	allDays  bool  // no part but weekdays limits the days
	week     uint8 // and then the days of a week that pass; bit 0 is the first of the week
	never    bool  // no day ever passes
}

const (
	everyHour   = 1<<24 - 1
	everyMinute = 1<<60 - 1
	everySecond = 1<<60 - 1
)

// newPlan prepares rule for a start on wall (seconds; a midnight if date).
func newPlan(rule *Rule, wall int64, date bool) plan {
	p := plan{
		freq: rule.Freq, interval: int64(rule.Interval), date: date, weekStart: rule.WeekStart, setPos: rule.BySetPos,
	}
	p.first = p.unitOf(wall)
	p.planTime(rule, wall)
	p.planDays(rule, floorDiv(wall, daySeconds))
	return p
}

// planTime fills in the time of day: what is as long as a unit of freq or longer limits, what is shorter is taken from the
// start.
func (p *plan) planTime(rule *Rule, wall int64) {
	if p.date {
		p.hours, p.minutes, p.seconds = 1, 1, 1
		return
	}
	clock := wall - floorDiv(wall, daySeconds)*daySeconds
	p.hours, p.minutes, p.seconds = 1<<(clock/3600), 1<<(clock/60%60), 1<<(clock%60)
	if p.freq <= Hourly {
		p.hours = everyHour
	}
	if p.freq <= Minutely {
		p.minutes = everyMinute
	}
	if p.freq == Secondly {
		p.seconds = everySecond
	}
	if rule.ByHour != nil {
		p.hours = uint32(bitsOf(rule.ByHour))
	}
	if rule.ByMinute != nil {
		p.minutes = bitsOf(rule.ByMinute)
	}
	if rule.BySecond != nil {
		p.seconds = bitsOf(rule.BySecond) & everySecond // no clock here shows a leap second
	}
}

// bitsOf returns values, none negative, as bits.
func bitsOf(values []int) (set uint64) {
	for _, v := range values {
		set |= 1 << v
	}
	return set
}

// planDays fills in what limits the days. What the rule leaves open is taken from start.
func (p *plan) planDays(rule *Rule, start int64) {
	_, month, day := civil(start)
	byMonth, byMonthDay := rule.ByMonth, rule.ByMonthDay
	p.byWeek = rule.ByWeekNo != nil
	p.planWeekdays(rule)
	if rule.ByDay == nil && byMonthDay == nil && rule.ByYearDay == nil {
		switch {
		case p.freq == Weekly && !p.byWeek, p.freq == Yearly && p.byWeek:
			p.byDay, p.weekdays = true, 1<<weekdayOf(start)
		case p.freq >= Monthly && !p.byWeek:
			byMonthDay = []int{int(day) + 1}
			if p.freq == Yearly && byMonth == nil {
				byMonth = []int{month + 1}
			}
		}
	}
	for _, n := range rule.ByWeekNo {
		if n > 0 {
			p.weeks[0] |= 1 << n
		} else {
			p.weeks[1] |= 1 << -n
		}
	}
	p.allDays = byMonth == nil && byMonthDay == nil && rule.ByYearDay == nil && !p.byWeek
	for i := range 7 {
		if !p.byDay || p.weekdays>>((int(p.weekStart)+i)%7)&1 == 1 {
			p.week |= 1 << i
		}
	}
	p.planMonths(byMonth, byMonthDay, rule.ByYearDay)
}

// planWeekdays takes over BYDAY. Numbers count in the month, or in the year if FREQ is YEARLY without BYMONTH; where RFC 5545
// does not allow them (other frequencies, beside BYWEEKNO) they are passed over.
func (p *plan) planWeekdays(rule *Rule) {
	p.byDay = rule.ByDay != nil
	p.ofYear = p.freq == Yearly && rule.ByMonth == nil
	numbers := p.freq == Monthly || p.freq == Yearly && rule.ByWeekNo == nil
	for _, d := range rule.ByDay {
		if d.N == 0 || !numbers {
			p.weekdays |= 1 << d.Day
		} else {
			p.numbered = rule.ByDay
		}
	}
}

// planMonths fills in days. A nil list does not limit.
func (p *plan) planMonths(byMonth, byMonthDay, byYearDay []int) {
	months := uint64(1<<13 - 1)
	if byMonth != nil {
		months = bitsOf(byMonth)
	}
	var fromStart, fromEnd uint32
	for _, n := range byMonthDay {
		if n > 0 {
			fromStart |= 1 << (n - 1)
		} else {
			fromEnd |= 1 << (-n - 1)
		}
	}
	p.never = true
	for leap, starts := range monthStarts {
		for m := range 12 {
			length := int(starts[m+1] - starts[m])
			set := uint32(1)<<length - 1
			if byMonthDay != nil {
				set &= fromStart | bits.Reverse32(fromEnd)>>(32-length)
			}
			if byYearDay != nil {
				set &= yearDays(byYearDay, starts[m], length, starts[12])
			}
			if months>>(m+1)&1 == 0 {
				set = 0
			}
			p.days[leap][m] = set
			p.never = p.never && set == 0
		}
	}
	p.never = p.never || p.hours == 0 || p.minutes == 0 || p.seconds == 0
}

// yearDays returns those of values (BYYEARDAY) that are in the month that starts after start days of a year of yearLength.
func yearDays(values []int, start int64, length int, yearLength int64) (set uint32) {
	for _, v := range values {
		at := int64(v) - 1
		if v < 0 {
			at = yearLength + int64(v)
		}
		if at -= start; at >= 0 && at < int64(length) {
			set |= 1 << at
		}
	}
	return set
}

// monthDays returns the days of a month (0 is January) that pass all that limits days; bit 0 is the first.
func (p *plan) monthDays(year int64, month int) uint32 {
	leap := leapIndex(year)
	set := p.days[leap][month]
	if set == 0 || !p.byDay && !p.byWeek {
		return set
	}
	starts := &monthStarts[leap]
	jan1 := yearStart(year)
	first, length := jan1+starts[month], int(starts[month+1]-starts[month])
	if p.byDay {
		set &= p.weekdaysOf(weekdayOf(first)) | p.numberedOf(jan1, starts, month)
	}
	if p.byWeek {
		set &= p.weeksOf(first, length)
	}
	return set
}

// weekdaysOf returns the days that pass BYDAY without numbers, of a month that starts on first.
func (p *plan) weekdaysOf(first time.Weekday) (set uint32) {
	const everySeven = 1 | 1<<7 | 1<<14 | 1<<21 | 1<<28
	for rest := p.weekdays; rest != 0; rest &= rest - 1 {
		set |= everySeven << ((bits.TrailingZeros8(rest) + 7 - int(first)) % 7)
	}
	return set
}

// numberedOf returns the days that pass BYDAY with numbers, of a month in the year that starts on jan1.
func (p *plan) numberedOf(jan1 int64, starts *[13]int64, month int) (set uint32) {
	from, to := starts[month], starts[month+1]
	for _, d := range p.numbered {
		if d.N == 0 {
			continue
		}
		low, high := from, to // in which days of the year d counts
		if p.ofYear {
			low, high = 0, starts[12]
		}
		at := low + int64((d.Day-weekdayOf(jan1+low)+7)%7) + 7*int64(d.N-1)
		if d.N < 0 {
			at = high - 1 - int64((weekdayOf(jan1+high-1)-d.Day+7)%7) + 7*int64(d.N+1)
		}
		if at >= max(low, from) && at < min(high, to) {
			set |= 1 << (at - from)
		}
	}
	return set
}

// weeksOf returns the days that pass BYWEEKNO, of length days from first. A week counts in the year that holds four or more
// of its days; all its days have its number, whatever year they are in themselves.
func (p *plan) weeksOf(first int64, length int) (set uint32) {
	week := first - int64((weekdayOf(first)-p.weekStart+7)%7)
	for ; week < first+int64(length); week += 7 {
		year, _, _ := civil(week + 3)
		number := (week - weekOne(year, p.weekStart)) / 7
		fromEnd := (weekOne(year+1, p.weekStart) - week) / 7
		if p.weeks[0]>>(number+1)&1 == 0 && p.weeks[1]>>fromEnd&1 == 0 {
			continue
		}
		for day := max(week, first); day < min(week+7, first+int64(length)); day++ {
			set |= 1 << (day - first)
		}
	}
	return set
}
