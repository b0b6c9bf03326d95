package ical

import (
	"math"
	"slices"
	"sync"
	"time"
)

// clock turns the wall clocks of a zone into instants. It remembers the offset from UTC between two changes of it, so that
// going through time is cheap.
type clock struct {
	zone   *time.Location
	lo, hi int64 // wall clocks from lo up to hi are offset from UTC, and are shown once or for the first time
	offset int64
	end    int64 // the instant up to which offset holds, as seconds since 1970
}

// gapSeconds is more than any change of offset skips or repeats, and more than any offset.
const gapSeconds = 25 * 3600

// newClock returns the clock of zone; nil means UTC.
func newClock(zone *time.Location) clock {
	if zone == nil || zone == time.UTC {
		return clock{zone: time.UTC, lo: math.MinInt64, hi: math.MaxInt64, end: math.MaxInt64}
	}
	return clock{zone: zone, end: math.MinInt64}
}

// unix returns the instant, in seconds since 1970, at which the clock first shows wall. If it never does, because a change of
// offset skips it, exists is false and the instant is reckoned with the offset before (RFC 5545 section 3.3.5).
func (c *clock) unix(wall int64) (instant int64, exists bool) {
	if wall >= c.lo && wall < c.hi {
		return wall - c.offset, true
	}
	return c.find(wall)
}

// find is unix where the offset is not at hand: it goes from change to change, from early enough.
func (c *clock) find(wall int64) (instant int64, exists bool) {
	at, shown, before := wall-gapSeconds, int64(math.MinInt64), int64(0)
	if wall >= c.hi && c.end > at && c.end != math.MaxInt64 {
		at, shown, before = c.end, c.hi, c.offset
	}
	for {
		end, offset := offsetAt(at, c.zone)
		lo, hi := wall, int64(math.MaxInt64)
		if shown != math.MinInt64 {
			lo = max(shown, at+offset)
		}
		if end != math.MaxInt64 {
			hi = end + offset
		}
		switch {
		case wall < lo: // and not before shown
			return wall - before, false
		case wall < hi:
			c.lo, c.hi, c.offset, c.end = lo, hi, offset, end
			return wall - offset, true
		}
		at, shown, before = end, max(shown, hi), offset
	}
}

// offsetAt returns the offset of zone from UTC at an instant, and a later instant up to which it holds.
func offsetAt(instant int64, zone *time.Location) (end, offset int64) {
	if table := offsetsOf(zone); table != nil && instant >= table[0].from && instant < table[len(table)-1].from {
		at, _ := slices.BinarySearchFunc(table, instant, func(o offsetFrom, instant int64) int {
			if o.from <= instant {
				return -1
			}
			return 1
		})
		return table[at].from, table[at-1].offset
	}
	return lookup(instant, zone)
}

// lookup is offsetAt by the location itself.
func lookup(instant int64, zone *time.Location) (end, offset int64) {
	t := time.Unix(instant, 0).In(zone)
	_, seconds := t.Zone()
	end = math.MaxInt64
	if _, after := t.ZoneBounds(); !after.IsZero() {
		end = after.Unix()
	}
	if end <= instant { // ZoneBounds takes years to have 365 days, where the data leaves off: on 31 December of leap years
		end = yearStart(int64(t.UTC().Year())+1) * daySeconds
	}
	return end, int64(seconds)
}

// offsetFrom is an offset from UTC in seconds, and the instant from which it holds.
type offsetFrom struct{ from, offset int64 }

// offsets holds for known zones the changes of a lifetime: a location takes a while to work out those of our days, which
// its data has as a rule only.
var offsets sync.Map // *time.Location to []offsetFrom

// The changes that are held, as years.
const offsetsStart, offsetsEnd = 1990, 2050

// offsetsOf returns the changes that are held of zone, nil if it is not a known one; there are only so many of those.
func offsetsOf(zone *time.Location) []offsetFrom {
	if table, ok := offsets.Load(zone); ok {
		return table.([]offsetFrom)
	}
	if known, ok := ZoneByName(zone.String()); !ok || known != zone {
		return nil
	}
	var table []offsetFrom
	for at, last := yearStart(offsetsStart)*daySeconds, yearStart(offsetsEnd)*daySeconds; ; {
		end, offset := lookup(at, zone)
		if n := len(table); n == 0 || table[n-1].offset != offset {
			table = append(table, offsetFrom{at, offset})
		}
		if end >= last {
			table = append(table, offsetFrom{last, offset})
			break
		}
		at = end
	}
	offsets.Store(zone, table)
	return table
}

// wall returns what the clock shows at an instant.
func (c *clock) wall(instant int64) int64 {
	if wall := instant + c.offset; c.lo < c.hi && wall >= c.lo && wall < c.hi {
		return wall
	}
	_, offset := offsetAt(instant, c.zone)
	return instant + offset
}
