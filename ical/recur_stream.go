package ical

import "slices"

// occurrence is one instance, while it is worked out.
type occurrence struct {
	*shape
	start, end int64 // seconds since 1970
	wall       int64 // start on the clock of the component
	original   stamp // what RECURRENCE-ID says of it
	override   *override
	period     bool // the end is that of an RDATE period
}

// span returns what the instance overlaps by the tables of RFC 4791 section 9.9.
func (occ *occurrence) span() span { return occ.match(occ.start, occ.end) }

// overlaps says whether the instance overlaps r.
func (occ *occurrence) overlaps(r span) bool {
	if !occ.span().overlaps(r) {
		return false
	}
	return occ.periods == nil || slices.ContainsFunc(occ.periods, r.overlaps)
}

// stream yields the instances of a series by start; floating ones by the clock.
type stream struct {
	*series
	work           *budget
	rules, exrules []source
	nextDate       int   // in series.dates
	nextOverride   int   // in series.overrides
	undated        bool  // there is a master without start, still to be yielded
	clock          clock // of the master

	head    stamp // the next start of the master, if hasHead
	hasHead bool
	ended   bool // the master's instances that are still to come are of no interest
}

// stream starts to work out the instances that start at the instant from or later, and all overrides; those that start at
// the instant to or later may be missing. When work is used up, the stream ends.
func (s *series) stream(work *budget, from, to int64) *stream {
	t := &stream{series: s, work: work}
	if s.master == nil {
		return t
	}
	if t.undated = !s.master.placed; t.undated {
		return t
	}
	t.clock = s.master.clock
	if len(s.rules) > 0 {
		t.rules = sources(s.rules, s.master, work, false)
		t.exrules = sources(s.exrules, s.master, work, true)
		for i := range t.rules {
			t.rules[i].bound(min(to, maxWall) + daySeconds)
		}
	}
	t.seek(from)
	return t
}

// sources makes rules ready.
func sources(rules []*Rule, master *shape, work *budget, exclude bool) []source {
	if len(rules) == 0 {
		return nil
	}
	list := make([]source, len(rules))
	for i, rule := range rules {
		list[i].init(rule, master, work, exclude)
	}
	return list
}

// seek goes to the first instance of the master that starts at the instant from or later.
func (t *stream) seek(from int64) {
	from = max(from, -maxWall)
	wall := t.clock.wall(from)
	if t.master.start.Zone == nil { // a clock that is skipped, and still means something, may be before it
		wall -= gapSeconds
	}
	key := t.key(stamp{unix: from, wall: wall})
	t.nextOverride = 0
	t.nextDate, _ = slices.BinarySearchFunc(t.dates, key, func(d stamp, key int64) int {
		if t.key(d) < key {
			return -1
		}
		return 1
	})
	for i := range t.rules {
		t.rules[i].seek(wall)
	}
	for i := range t.exrules {
		t.exrules[i].seek(wall)
	}
	t.advance()
}

// next returns the next instance; ok is false at the end, or when work is used up.
func (t *stream) next(occ *occurrence) (ok bool) {
	if t.undated {
		t.undated = false
		*occ = occurrence{shape: t.master}
		return true
	}
	if t.nextOverride < len(t.overrides) {
		over := &t.overrides[t.nextOverride]
		if !t.hasHead || over.unix <= t.head.unix {
			t.nextOverride++
			*occ = occurrence{
				shape: over.shape, start: over.unix, end: over.end, wall: over.wall, original: over.original, override: over,
			}
			return true
		}
	}
	if !t.hasHead {
		return false
	}
	*occ = occurrence{
		shape: t.master, start: t.head.unix, end: t.head.end, wall: t.head.wall, original: t.head, period: t.head.end != noEndGiven,
	}
	if !occ.period {
		occ.end = t.master.endOf(&t.clock, occ.wall, occ.start)
	}
	t.advance()
	return true
}

// done says whether the stream, having ended, has yielded all there is.
func (t *stream) done() bool {
	for i := range t.rules {
		if !t.rules[i].done {
			return false
		}
	}
	return !t.ended
}

// advance makes the next start of the master that is not excluded the head.
func (t *stream) advance() {
	for {
		t.head, t.hasHead = t.take()
		if !t.hasHead || !t.excludes(t.head) {
			return
		}
	}
}

// take returns the next start out of DTSTART, RDATE and the rules.
func (t *stream) take() (at stamp, ok bool) {
	if t.nextDate < len(t.dates) {
		at, ok = t.dates[t.nextDate], true
	}
	for i := range t.rules {
		if r := &t.rules[i]; r.ok && (!ok || t.key(r.head) < t.key(at)) {
			at, ok = r.head, true
		}
	}
	if !ok || !t.work.spend(1) {
		return at, false
	}
	if t.nextDate < len(t.dates) && t.key(t.dates[t.nextDate]) == t.key(at) {
		t.nextDate++
	}
	for i := range t.rules {
		if r := &t.rules[i]; r.ok && t.key(r.head) == t.key(at) {
			r.advance()
		}
	}
	return at, true
}

// excludes says whether EXDATE, EXRULE or an override takes a start away from the master.
func (t *stream) excludes(at stamp) bool {
	if len(t.excluded) > 0 {
		if _, found := slices.BinarySearch(t.excluded, t.key(at)); found {
			return true
		}
	}
	if len(t.excludedDays) > 0 {
		if _, found := slices.BinarySearch(t.excludedDays, floorDiv(at.wall, daySeconds)); found {
			return true
		}
	}
	for i := range t.exrules {
		r := &t.exrules[i]
		for r.ok && t.key(r.head) < t.key(at) {
			r.advance()
		}
		if r.ok && t.key(r.head) == t.key(at) {
			return true
		}
	}
	return false
}
