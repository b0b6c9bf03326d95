package ical

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"
)

// span is a range of time, from lo up to hi, in microseconds since 1970.
type span struct{ lo, hi int64 }

const (
	openStart = math.MinInt64
	openEnd   = math.MaxInt64
)

// nothing overlaps no span.
var nothing = span{openEnd, openStart}

// spanOf returns r as a span.
func spanOf(r Range) span {
	s := span{openStart, openEnd}
	if !r.Start.IsZero() {
		s.lo = r.Start.UnixMicro()
	}
	if !r.End.IsZero() {
		s.hi = r.End.UnixMicro()
	}
	return s
}

// toRange returns s as a Range, in UTC.
func (s span) toRange() (r Range) {
	if s.lo != openStart {
		r.Start = time.UnixMicro(s.lo).UTC()
	}
	if s.hi != openEnd {
		r.End = time.UnixMicro(s.hi).UTC()
	}
	return r
}

// overlaps says whether two spans have a moment in common.
func (s span) overlaps(t span) bool { return s.lo < t.hi && t.lo < s.hi }

// mergeSpans returns what spans cover, in order, with what overlaps or touches made one and empty ones left out. It reuses
// spans.
func mergeSpans(spans []span) []span {
	if !slices.IsSortedFunc(spans, compareSpans) {
		slices.SortFunc(spans, compareSpans)
	}
	merged := spans[:0]
	for _, s := range spans {
		merged = appendSpan(merged, s)
	}
	return merged
}

func compareSpans(a, b span) int { return cmp.Compare(a.lo, b.lo) }

// appendSpan appends s, which starts no earlier than the last of spans does, or makes it part of that.
func appendSpan(spans []span, s span) []span {
	last := len(spans) - 1
	switch {
	case s.lo >= s.hi:
		return spans
	case last >= 0 && s.lo <= spans[last].hi:
		spans[last].hi = max(spans[last].hi, s.hi)
		return spans
	}
	return append(spans, s)
}

// toRanges returns spans as ranges; nil for none.
func toRanges(spans []span) []Range {
	if len(spans) == 0 {
		return nil
	}
	ranges := make([]Range, len(spans))
	for i, s := range spans {
		ranges[i] = s.toRange()
	}
	return ranges
}

// row is a row of the tables in RFC 4791 section 9.9: what an instance that starts and ends at given times overlaps.
type row int

const (
	spanRow         row = iota // VEVENT, VJOURNAL on a DATE; a zero length is an instant
	instantRow                 // DTSTART alone: VTODO, VJOURNAL
	todoDurationRow            // VTODO with DTSTART and DURATION
	todoDueRow                 // VTODO with DTSTART and DUE
	dueRow                     // VTODO with DUE alone
	fixedRow                   // shape.fixed, whatever DTSTART is
	neverRow
)

// match returns what an instance from start to end (seconds since 1970) overlaps, as a range that is open at its end. The
// tables compare with < and with <=; a microsecond more or less makes one the other, as dates have whole seconds.
func (r row) match(start, end int64) span {
	start, end = start*1e6, end*1e6
	switch r {
	case instantRow:
		return span{start, start + 1}
	case todoDurationRow:
		return span{min(start, end-1), end + 1}
	case todoDueRow:
		return span{min(start, end-1), max(start+1, end)}
	case dueRow:
		return span{end - 1, end}
	}
	return span{start, max(start+1, end)}
}

// transparency is how a component counts in free/busy (RFC 4791 section 7.10).
type transparency int

const (
	busy transparency = iota
	tentative
	free
)

// shape is what places a component in time.
type shape struct {
	comp *Component

	// The properties, nil if not there.
	dtstart, dtend, due, duration, recurrenceID, completed, created *Property

	start      DateTime // DTSTART, or the DUE of a VTODO without
	placed     bool     // start is there
	clock      clock    // of the zone of start
	wall, unix int64    // start
	nominal    int64    // seconds from start to end by the clock,
	exact      int64    // and then that many more
	end        int64    // of the first instance
	row        row
	fixed      span   // of fixedRow
	periods    []span // of fixedRow: all that it overlaps, if more than one

	shows      transparency
	recurrence []*Property // RRULE, EXRULE, RDATE and EXDATE
	floating   bool        // depends on the zone in which floating times are taken
}

// read takes over what places c in time; floating times are taken in floating.
func (s *shape) read(o *Object, c *Component, floating *time.Location) error {
	s.comp = c
	for i := range c.Props {
		p := &c.Props[i]
		switch p.Name {
		case "DTSTART":
			s.dtstart = p
		case "DTEND":
			s.dtend = p
		case "DUE":
			s.due = p
		case "DURATION":
			s.duration = p
		case "RECURRENCE-ID":
			s.recurrenceID = p
		case "COMPLETED":
			s.completed = p
		case "CREATED":
			s.created = p
		case "RRULE", "EXRULE", "RDATE", "EXDATE":
			s.recurrence = append(s.recurrence, p)
		case "STATUS":
			s.setStatus(p)
		case "TRANSP":
			if is(p, "TRANSPARENT") {
				s.shows = free
			}
		}
	}
	start := s.dtstart
	if start == nil && c.Name == "VTODO" {
		start = s.due
	}
	if start != nil {
		if err := s.place(o, start, floating); err != nil {
			return err
		}
	}
	return s.settle(o, floating)
}

// is says whether the value of p is word, in any case.
func is(p *Property, word string) bool {
	return p != nil && strings.EqualFold(strings.Trim(p.Value, " \t"), word)
}

// setStatus takes over STATUS. It does not make a transparent event opaque.
func (s *shape) setStatus(p *Property) {
	switch {
	case is(p, "CANCELLED"):
		s.shows = free
	case is(p, "TENTATIVE") && s.shows == busy:
		s.shows = tentative
	}
}

// date returns the value of a property that holds one date.
func (o *Object) date(p *Property) (DateTime, error) {
	d, ok := parseDateTime(p.Value)
	if !ok {
		return d, notA("date", p, p.Value)
	}
	return anchor(d, p, o.zoneOf(p)), nil
}

// place takes over the start.
func (s *shape) place(o *Object, p *Property, floating *time.Location) (err error) {
	s.start, err = o.date(p)
	if err != nil {
		return err
	}
	s.placed = true
	s.floating = s.start.Zone == nil
	zone := s.start.Zone
	if zone == nil {
		zone = floating
	}
	s.clock = newClock(zone)
	s.wall = s.start.Wall.Unix()
	s.unix, _ = s.clock.unix(s.wall)
	return nil
}

// settle finds the row of the table, and the duration.
func (s *shape) settle(o *Object, floating *time.Location) error {
	switch s.comp.Name {
	case "VTODO":
		return s.settleTodo(o, floating)
	case "VFREEBUSY":
		return s.settleFreeBusy(o, floating)
	case "VJOURNAL":
		s.row = neverRow
		if s.placed {
			s.row = instantRow
		}
		if s.start.Date {
			s.row, s.nominal = spanRow, daySeconds
		}
		s.reckonEnd()
		return nil
	case "VAVAILABILITY":
		return s.settleAvailability(o, floating)
	}
	if !s.placed {
		s.row = neverRow
		return nil
	}
	err := s.setDuration(o, s.dtend, floating)
	if err != nil {
		return err
	}
	// An event that ends before or when it starts is one without end: RFC 4791 leaves it open, clients show it so.
	if s.end <= s.unix {
		s.nominal, s.exact = 0, 0
		if s.start.Date {
			s.nominal = daySeconds
		}
		s.reckonEnd()
	}
	return nil
}

// settleTodo finds the row of a VTODO.
func (s *shape) settleTodo(o *Object, floating *time.Location) error {
	switch {
	case s.dtstart != nil && s.due != nil:
		s.row = todoDueRow
		return s.setDuration(o, s.due, floating)
	case s.dtstart != nil && s.duration != nil:
		s.row = todoDurationRow
		return s.setDuration(o, nil, floating)
	case s.dtstart != nil:
		s.row = instantRow
	case s.due != nil:
		s.row = dueRow
	default:
		s.row = fixedRow
		return s.settleUndated(o, floating)
	}
	s.reckonEnd()
	return nil
}

// settleUndated finds what a VTODO without DTSTART and DUE overlaps.
func (s *shape) settleUndated(o *Object, floating *time.Location) error {
	var at [2]int64 // COMPLETED, CREATED
	for i, p := range []*Property{s.completed, s.created} {
		if p == nil {
			continue
		}
		d, err := o.date(p)
		if err != nil && p == s.created { // of no importance otherwise
			s.created = nil
			continue
		}
		if err != nil {
			return err
		}
		s.floating = s.floating || d.Zone == nil
		at[i] = d.In(floating).Unix() * 1e6
	}
	switch {
	case s.completed != nil && s.created != nil:
		s.fixed = span{min(at[0], at[1]) - 1, max(at[0], at[1]) + 1}
	case s.completed != nil:
		s.fixed = span{at[0] - 1, at[0] + 1}
	case s.created != nil:
		s.fixed = span{at[1], openEnd}
	default:
		s.fixed = span{openStart, openEnd}
	}
	return nil
}

// settleAvailability finds what a VAVAILABILITY overlaps (RFC 7953 section 3.1): without DTSTART or DTEND it has no bound
// there.
func (s *shape) settleAvailability(o *Object, floating *time.Location) error {
	s.row, s.fixed = fixedRow, span{openStart, openEnd}
	if !s.placed {
		return nil
	}
	s.fixed.lo = s.unix * 1e6
	if s.dtend == nil && s.duration == nil {
		return nil
	}
	if err := s.setDuration(o, s.dtend, floating); err != nil {
		return err
	}
	s.fixed.hi = max(s.end*1e6, s.fixed.lo+1)
	return nil
}

// setDuration takes over the end: end (DTEND or DUE) if it is there, else DURATION. Between two dates with a zone the time
// is exact; between two without, and for the days of a DURATION, it is by the clock (RFC 5545 section 3.8.5.3).
func (s *shape) setDuration(o *Object, end *Property, floating *time.Location) error {
	switch {
	case end != nil:
		d, err := o.date(end)
		if err != nil {
			return err
		}
		s.floating = s.floating || d.Zone == nil
		if s.start.Zone == nil && d.Zone == nil {
			s.nominal = d.Wall.Unix() - s.wall
			break
		}
		s.exact = s.instant(d, floating) - s.unix
	case s.duration != nil:
		dur, ok := parseDuration(s.duration.Value)
		if !ok {
			return notA("duration", s.duration, s.duration.Value)
		}
		s.nominal, s.exact = int64(dur.Days)*daySeconds, int64(dur.Time/time.Second)
	case s.start.Date:
		s.nominal = daySeconds
	}
	s.reckonEnd()
	return nil
}

// instant returns the instant of d.
func (s *shape) instant(d DateTime, floating *time.Location) int64 {
	if d.Zone != nil && d.Zone == s.start.Zone {
		unix, _ := s.clock.unix(d.Wall.Unix())
		return unix
	}
	return d.In(floating).Unix()
}

// reckonEnd works out when the first instance ends.
func (s *shape) reckonEnd() { s.end = s.endOf(&s.clock, s.wall, s.unix) }

// endOf returns when an instance ends that starts on wall, at the instant unix.
func (s *shape) endOf(c *clock, wall, unix int64) int64 {
	if s.nominal != 0 {
		unix, _ = c.unix(wall + s.nominal)
	}
	return unix + s.exact
}

// match returns what an instance from start to end overlaps.
func (s *shape) match(start, end int64) span {
	switch s.row {
	case fixedRow:
		return s.fixed
	case neverRow:
		return nothing
	}
	return s.row.match(start, end)
}

// reach returns how many seconds before and after its start an instance may be overlapped, at most.
func (s *shape) reach() (before, after int64) {
	length := s.nominal + s.exact
	slack := int64(1)
	if s.nominal != 0 {
		slack += 2 * daySeconds // what changes of offset may add
	}
	return max(0, -length) + slack, max(0, length) + slack
}
