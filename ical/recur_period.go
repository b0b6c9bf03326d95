package ical

import "math/bits"

// load makes the next period that may hold something the one at hand; ok is false if there is none before end, or when
// work is used up.
func (c *cursor) load() (ok bool) {
	p := c.plan
	if p.never {
		return false
	}
	c.at, c.days = 0, c.days[:0]
	c.hours, c.minutes, c.seconds = p.hours, p.minutes, p.seconds
	for len(c.days) == 0 {
		start := p.startOf(c.unit)
		if p.date {
			start = floorDiv(start, daySeconds) * daySeconds
		}
		if start >= c.end || !c.work.spend(1) {
			return false
		}
		switch p.freq {
		case Yearly:
			for month := range 12 {
				c.addMonth(c.unit, month)
			}
			c.unit += p.interval
		case Monthly:
			year := floorDiv(c.unit, 12)
			c.addMonth(year, int(c.unit-year*12))
			c.unit += p.interval
		case Weekly:
			c.addWeek(p.startOf(c.unit) / daySeconds)
			c.unit += p.interval
		default:
			c.addClock()
		}
	}
	if p.setPos != nil {
		c.pickAll()
	}
	return true
}

// addMonth adds the days of a month (0 is January) that pass.
func (c *cursor) addMonth(year int64, month int) {
	set := c.plan.monthDays(year, month)
	if set == 0 {
		return
	}
	first := yearStart(year) + monthStarts[leapIndex(year)][month]
	for ; set != 0; set &= set - 1 {
		c.days = append(c.days, first+int64(bits.TrailingZeros32(set)))
	}
}

// addWeek adds the days that pass of the week that starts on first.
func (c *cursor) addWeek(first int64) {
	if c.plan.allDays {
		for set := c.plan.week; set != 0; set &= set - 1 {
			c.days = append(c.days, first+int64(bits.TrailingZeros8(set)))
		}
		return
	}
	for day := first; day < first+7; day++ {
		if c.passes(day) {
			c.days = append(c.days, day)
		}
	}
}

// passes says whether day passes all that limits days.
func (c *cursor) passes(day int64) bool {
	if c.plan.allDays {
		return !c.plan.byDay || c.plan.weekdays>>weekdayOf(day)&1 == 1
	}
	if day < c.monthFirst || day >= c.monthAfter {
		c.turnTo(civil(day))
	}
	return c.monthBits>>(day-c.monthFirst)&1 == 1
}

// turnTo keeps the days of a month (0 is January) that pass.
func (c *cursor) turnTo(year int64, month int, _ int64) {
	starts := &monthStarts[leapIndex(year)]
	jan1 := yearStart(year)
	c.monthFirst, c.monthAfter = jan1+starts[month], jan1+starts[month+1]
	c.monthBits = c.plan.monthDays(year, month)
}

// dayAfter returns the next day after day that passes, or one that is not before end.
func (c *cursor) dayAfter(day int64) int64 {
	day++
	for {
		if c.plan.allDays {
			if c.passes(day) {
				return day
			}
			day++
			continue
		}
		if day < c.monthFirst || day >= c.monthAfter {
			c.turnTo(civil(day))
		}
		if rest := c.monthBits >> (day - c.monthFirst); rest != 0 {
			return day + int64(bits.TrailingZeros32(rest))
		}
		day = c.monthAfter
		if day*daySeconds >= c.end || !c.work.spend(1) {
			return day
		}
	}
}

// addClock adds the day, hour, minute or second that comes next, if it passes; if not, it skips as far as nothing can pass.
func (c *cursor) addClock() {
	p := c.plan
	length := unitSeconds[p.freq]
	perDay := daySeconds / length
	day := floorDiv(c.unit, perDay)
	if !c.passes(day) {
		c.skipTo(c.dayAfter(day) * perDay)
		return
	}
	if p.date { // one instance a day: DATE has no clock
		c.days = append(c.days, day)
		c.skipTo((day + 1) * perDay)
		return
	}
	clock := (c.unit - day*perDay) * length
	for _, part := range [...]struct {
		freq   Freq
		length int64 // of a bit of allowed
		all    int64 // bits
		limit  uint64
	}{
		{Hourly, 3600, 24, uint64(p.hours)}, {Minutely, 60, 60, p.minutes}, {Secondly, 1, 60, p.seconds},
	} {
		if p.freq > part.freq {
			break
		}
		at := clock / part.length % part.all
		if part.limit>>at&1 == 0 {
			later := int64(bits.TrailingZeros64(part.limit >> at << at))
			c.skipTo((day*daySeconds + clock - clock%part.length + (min(later, part.all)-at)*part.length) / length)
			return
		}
		switch part.freq {
		case Hourly:
			c.hours = 1 << at
		case Minutely:
			c.minutes = 1 << at
		case Secondly:
			c.seconds = 1 << at
		}
	}
	c.days = append(c.days, day)
	c.unit += p.interval
}

// skipTo makes unit, or the first period after it, the next to load.
func (c *cursor) skipTo(unit int64) {
	c.unit = c.plan.first + ceilDiv(unit-c.plan.first, c.plan.interval)*c.plan.interval
}
