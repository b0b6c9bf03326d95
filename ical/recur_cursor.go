package ical

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

// budget bounds the work of one call, in steps of some 10 ns.
type budget struct {
	left int
	done <-chan struct{} // of the caller's context
	gone bool            // done is closed
}

// spend takes n steps and says whether there were as many left.
func (b *budget) spend(n int) bool {
	before := b.left
	b.left -= n
	if before>>12 != b.left>>12 && b.done != nil {
		select {
		case <-b.done:
			b.left, b.gone = 0, true
		default:
		}
	}
	return b.left > 0
}

// unitSeconds is how long a unit of a frequency is, where it is always as long.
var unitSeconds = [...]int64{Secondly: 1, Minutely: 60, Hourly: 3600, Daily: daySeconds, Weekly: 7 * daySeconds}

// unitOf returns the number of the second, minute, hour, day, week, month or year that wall is in.
func (p *plan) unitOf(wall int64) int64 {
	switch p.freq {
	case Yearly, Monthly:
		year, month, _ := civil(floorDiv(wall, daySeconds))
		if p.freq == Yearly {
			return year
		}
		return year*12 + int64(month)
	case Weekly:
		return floorDiv(floorDiv(wall, daySeconds)+p.weekShift(), 7)
	}
	return floorDiv(wall, unitSeconds[p.freq])
}

// weekShift is what to add to a day number to have weeks start at multiples of 7.
func (p *plan) weekShift() int64 { return int64(time.Thursday - p.weekStart) }

// startOf returns the wall clock at which a unit starts.
func (p *plan) startOf(unit int64) int64 {
	switch p.freq {
	case Yearly:
		return yearStart(unit) * daySeconds
	case Monthly:
		year := floorDiv(unit, 12)
		return (yearStart(year) + monthStarts[leapIndex(year)][unit-year*12]) * daySeconds
	case Weekly:
		return (unit*7 - p.weekShift()) * daySeconds
	}
	return unit * unitSeconds[p.freq]
}

// cursor yields the wall clocks that a plan gives, in order.
//
// It goes from period to period: every interval-th unit of freq. A period is a list of days and the clocks on each of them:
// all combinations, or those of them that BYSETPOS picks.
type cursor struct {
	plan *plan
	work *budget
	end  int64 // no period is looked at that starts at end or later
	unit int64 // the unit of the period to load next
	from int64 // wall clocks before it are passed over

	days             []int64 // of the period at hand, as day numbers
	hours            uint32  // its clocks
	minutes, seconds uint64
	picked           []int64 // with BYSETPOS: the combinations that are picked, by number
	at               int     // the next of days, or with BYSETPOS of picked

	hour, minute int64  // at hand, as wall clocks
	hoursLeft    uint32 // what is left of them
	minutesLeft  uint64
	secondsLeft  uint64

	monthFirst, monthAfter int64  // the month of which monthBits are the days that pass: its first day, the one after it
	monthBits              uint32 // used for frequencies below MONTHLY

	room [8]int64 // for days
}

// init starts at the period of DTSTART.
func (c *cursor) init(p *plan, work *budget) {
	*c = cursor{plan: p, work: work, end: maxWall, unit: p.first, from: math.MinInt64}
	c.days = c.room[:0]
}

// seek makes wall, or the first after it, the next to be yielded. It may go back.
func (c *cursor) seek(wall int64) {
	k := max(0, floorDiv(c.plan.unitOf(min(wall, maxWall))-c.plan.first, c.plan.interval))
	c.unit = c.plan.first + k*c.plan.interval
	c.from = wall
	c.days, c.picked, c.at = c.days[:0], c.picked[:0], 0
	c.hoursLeft, c.minutesLeft, c.secondsLeft = 0, 0, 0
}

// next returns the next wall clock; ok is false at the end, or when work is used up.
func (c *cursor) next() (wall int64, ok bool) {
	for {
		if c.plan.setPos != nil {
			wall, ok = c.pick()
		} else {
			wall, ok = c.step()
		}
		switch {
		case !ok:
			if !c.load() {
				return 0, false
			}
		case wall >= c.from:
			return wall, true
		}
	}
}

// step returns the next combination of the period at hand.
func (c *cursor) step() (wall int64, ok bool) {
	if c.secondsLeft == 0 {
		if c.minutesLeft == 0 {
			if c.hoursLeft == 0 && !c.stepDay() {
				return 0, false
			}
			c.hour = floorDiv(c.hour, daySeconds)*daySeconds + int64(bits.TrailingZeros32(c.hoursLeft))*3600
			c.hoursLeft &= c.hoursLeft - 1
			c.minutesLeft = c.minutes
		}
		c.minute = c.hour + int64(bits.TrailingZeros64(c.minutesLeft))*60
		c.minutesLeft &= c.minutesLeft - 1
		c.secondsLeft = c.seconds
	}
	wall = c.minute + int64(bits.TrailingZeros64(c.secondsLeft))
	c.secondsLeft &= c.secondsLeft - 1
	return wall, true
}

// stepDay goes to the next day of the period at hand that has hours left at from or later.
func (c *cursor) stepDay() bool {
	for c.at < len(c.days) {
		c.hour = c.days[c.at] * daySeconds
		c.at++
		if c.hour+daySeconds <= c.from {
			continue
		}
		c.hoursLeft = c.hours
		if c.hour < c.from {
			c.hoursLeft &= ^uint32(0) << ((c.from - c.hour) / 3600)
		}
		if c.hoursLeft != 0 {
			return true
		}
	}
	return false
}

// pick returns the next combination of the period at hand that BYSETPOS picks.
func (c *cursor) pick() (wall int64, ok bool) {
	if c.at == len(c.picked) {
		return 0, false
	}
	n := c.picked[c.at]
	c.at++
	minutes, seconds := int64(bits.OnesCount64(c.minutes)), int64(bits.OnesCount64(c.seconds))
	second := nthBit(c.seconds, n%seconds)
	n /= seconds
	minute := nthBit(c.minutes, n%minutes)
	n /= minutes
	hours := int64(bits.OnesCount32(c.hours))
	hour := nthBit(uint64(c.hours), n%hours)
	return c.days[n/hours]*daySeconds + hour*3600 + minute*60 + second, true
}

// nthBit returns which bit of set is the n-th, from 0, of those that are 1.
func nthBit(set uint64, n int64) int64 {
	for range n {
		set &= set - 1
	}
	return int64(bits.TrailingZeros64(set))
}

// pickAll lists the combinations of the period at hand that BYSETPOS picks.
func (c *cursor) pickAll() {
	each := bits.OnesCount32(c.hours) * bits.OnesCount64(c.minutes) * bits.OnesCount64(c.seconds)
	all := int64(len(c.days) * each)
	c.picked = c.picked[:0]
	for _, pos := range c.plan.setPos {
		n := int64(pos) - 1
		if pos < 0 {
			n = all + int64(pos)
		}
		if n >= 0 && n < all {
			c.picked = append(c.picked, n)
		}
	}
	slices.Sort(c.picked)
	c.picked = slices.Compact(c.picked)
}
