package ical

import "math"

// stamp is a start: an instant in seconds since 1970, and what the clock of the master shows then.
type stamp struct {
	unix, wall int64
	end        int64 // of an RDATE period: its end; else noEndGiven
}

const noEndGiven = math.MinInt64

// source yields the starts that an RRULE or EXRULE gives, DTSTART itself not among those of an RRULE: it is the first
// instance whether the rule gives it or not (RFC 5545 section 3.8.5.3).
type source struct {
	rule   *Rule
	plan   plan
	cursor cursor
	clock  clock
	zoned  bool  // clocks that the zone skips do not count (RFC 5545 section 3.3.10)
	start  int64 // wall clock of DTSTART
	first  int64 // no earlier wall clock is yielded
	stop   int64 // no wall clock from there on is yielded
	until  int64 // the last instant, in seconds since 1970
	left   int   // how many more to yield

	head stamp // the next to be yielded, if ok
	ok   bool
	done bool // nothing more comes; if neither, the search was ended by bound or for want of work
}

// init makes s ready for the rule of a component that starts as master does. exclude: it is an EXRULE.
func (s *source) init(rule *Rule, master *shape, work *budget, exclude bool) {
	date := master.start.Date
	*s = source{rule: rule, clock: master.clock, start: master.wall, first: master.wall + 1}
	s.stop, s.until = maxWall, math.MaxInt64
	s.zoned = master.start.Zone != nil
	if exclude {
		s.first = master.wall
	}
	s.plan = newPlan(rule, master.wall, date)
	s.cursor.init(&s.plan, work)
	if !rule.Until.Wall.IsZero() {
		s.setUntil(rule.Until, date)
	}
}

// setUntil takes UNTIL as clients mean it: of the three types, RFC 5545 allows only that of DTSTART, and for a DTSTART with
// a zone only UTC. A DATE is that whole day. For a DTSTART that is a DATE, a clock that is not the start or end of a day in
// UTC is taken as the start of one in the zone of the user.
func (s *source) setUntil(until DateTime, date bool) {
	wall := until.Wall.Unix()
	switch {
	case date:
		clock := wall - floorDiv(wall, daySeconds)*daySeconds
		if until.Zone != nil && clock != 0 && clock != daySeconds-1 {
			wall = s.clock.wall(wall)
		}
		s.stop = (floorDiv(wall, daySeconds) + 1) * daySeconds
	case until.Date:
		s.stop = wall + daySeconds
	case until.Zone == nil:
		s.stop = wall + 1
	default:
		s.until = wall
		s.stop = s.clock.wall(wall) + daySeconds // more than enough; until decides
	}
	s.stop = min(s.stop, maxWall)
	s.cursor.end = s.stop
}

// last returns an instant after which s yields nothing; ok is false if there is none.
func (s *source) last() (instant int64, ok bool) {
	if s.rule.Until.Wall.IsZero() {
		return 0, false
	}
	end, _ := s.clock.unix(s.stop)
	return min(end, s.until), true
}

// bound ends the search for starts at wall.
func (s *source) bound(wall int64) { s.cursor.end = min(s.stop, wall) }

// seek makes the first start on wall or later the head. It may go back.
func (s *source) seek(wall int64) {
	if s.rule.Count == 0 {
		s.left = math.MaxInt
		s.cursor.seek(max(wall, s.first))
		s.advance()
		return
	}
	s.left = s.rule.Count
	if s.first > s.start {
		s.left-- // DTSTART is the first
	}
	s.cursor.seek(s.first)
	s.skip(wall)
	s.advance()
	for s.ok && s.head.wall < wall {
		s.advance()
	}
}

// advance makes the next start the head.
func (s *source) advance() {
	s.ok, s.done = false, false
	for s.left > 0 {
		wall, ok := s.cursor.next()
		if !ok {
			s.done = s.plan.never || s.cursor.end == s.stop && s.cursor.work.left > 0
			return
		}
		instant, exists := s.clock.unix(wall)
		if !exists && s.zoned && s.cursor.work.spend(1) {
			continue
		}
		if wall >= s.stop || instant > s.until {
			break
		}
		s.left--
		s.head, s.ok = stamp{instant, wall, noEndGiven}, true
		return
	}
	s.done = true
}

// skip passes over many starts before wall at once where they are so regular that they can be counted without being looked
// at: a rule without BY parts whose periods are all as long.
func (s *source) skip(wall int64) {
	const few = 500 // as fast to look at
	r := s.rule
	if r.Freq > Weekly || s.plan.date && r.Freq < Daily || !r.plain() {
		return
	}
	wall = min(wall, s.stop)
	period := unitSeconds[r.Freq] * int64(r.Interval)
	upTo := func(wall int64) int64 { return ceilDiv(wall-s.start, period) } // starts before wall, DTSTART among them
	n := upTo(wall) - upTo(s.first)
	if n < few {
		return
	}
	if s.zoned {
		s.clock.gaps(s.first, wall, func(from, to int64) bool {
			n -= upTo(to) - upTo(from)
			return s.cursor.work.spend(10)
		})
	}
	s.left = int(max(0, int64(s.left)-n))
	s.cursor.seek(wall)
}

// gaps yields the wall clocks between two others that the zone skips: from each start up to each end.
func (c *clock) gaps(from, to int64, yield func(from, to int64) bool) {
	at, _ := c.unix(from)
	for {
		end, offset := offsetAt(at, c.zone)
		if end == math.MaxInt64 || end+offset >= to {
			return
		}
		_, after := offsetAt(end, c.zone)
		if after > offset && !yield(max(from, end+offset), min(to, end+after)) {
			return
		}
		at = end
	}
}
