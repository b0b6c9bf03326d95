package ical

import (
	"strings"
	"time"
)

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
	length, slack := s.nominal+s.exact, int64(1)
	if s.nominal != 0 {
		slack += gapSeconds
	}
	if s.row == spanRow { // never ends before it starts
		return 1, length + slack
	}
	return max(0, -length) + slack, max(0, length) + slack
}
