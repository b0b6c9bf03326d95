package ical

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// series is an object made ready for working out its instances.
type series struct {
	shapes    []shape // of the parts of the object, in their order
	master    *shape  // nil if there are overrides only
	recurring bool

	rules, exrules []*Rule
	dates          []stamp // DTSTART and RDATE, in order
	excluded       []int64 // keys of starts at which the master has no instance, in order: EXDATE and overridden ones
	excludedDays   []int64 // and days on which it has none, as day numbers of its clock

	overrides []override // by start
}

// override is a component with RECURRENCE-ID.
type override struct {
	*shape
	rid      DateTime
	original stamp // what rid means
}

// series prepares o; floating times are taken in floating (nil: UTC). Errors are *Error.
func (o *Object) series(floating *time.Location) (*series, error) {
	s := &series{shapes: make([]shape, len(o.Parts))}
	for i, c := range o.Parts {
		if err := s.shapes[i].read(o, c, floating); err != nil {
			return nil, err
		}
	}
	parts := s.shapes
	if parts[0].recurrenceID == nil {
		s.master, parts = &parts[0], parts[1:]
		s.recurring = s.master.placed && len(s.master.recurrence) > 0 || len(parts) > 0
		if s.master.placed {
			if err := s.readRecurrence(o); err != nil {
				return nil, err
			}
		}
	} else {
		s.recurring = true
	}
	for i := range parts {
		if err := s.addOverride(o, &parts[i], floating); err != nil {
			return nil, err
		}
	}
	s.sort()
	return s, nil
}

// key is what the starts of the master are told apart by and put in order by: the instant, but for floating times the clock,
// as two of them may be one instant in the zone in which they are taken.
func (s *series) key(at stamp) int64 {
	if s.master.start.Zone == nil {
		return at.wall
	}
	return at.unix
}

// readRecurrence takes over the recurrence properties of the master.
func (s *series) readRecurrence(o *Object) error {
	s.dates = append(s.dates, stamp{s.master.unix, s.master.wall, noEndGiven})
	for _, p := range s.master.recurrence {
		var err error
		switch p.Name {
		case "RRULE":
			s.rules, err = appendRule(s.rules, p)
		case "EXRULE":
			s.exrules, err = appendRule(s.exrules, p)
		case "RDATE":
			err = s.addDates(o, p)
		case "EXDATE":
			err = s.exclude(o, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// appendRule appends the rule in p to rules.
func appendRule(rules []*Rule, p *Property) ([]*Rule, error) {
	rule, err := ParseRule(p.Value)
	if wrong := (*Error)(nil); errors.As(err, &wrong) {
		return nil, fail(wrong.Problem, p.Line, "%s: %s", p.Name, wrong.Detail)
	}
	return append(rules, rule), err
}

// addDates takes over an RDATE.
func (s *series) addDates(o *Object, p *Property) error {
	if strings.IndexByte(p.Value, '/') >= 0 {
		periods, err := o.Periods(p)
		if err != nil {
			return err
		}
		for _, period := range periods {
			at := s.stampOf(period.Start)
			at.end = max(at.unix, s.stampOf(period.End).unix)
			s.dates = append(s.dates, at)
		}
	}
	dates, err := o.DateTimes(p)
	for _, d := range dates {
		s.dates = append(s.dates, s.stampOf(d))
	}
	return err
}

// exclude takes over an EXDATE. A DATE where DTSTART is a DATE-TIME means all instances of that day, as clients write and
// read it.
func (s *series) exclude(o *Object, p *Property) error {
	dates, err := o.DateTimes(p)
	s.excluded = slices.Grow(s.excluded, len(dates))
	for _, d := range dates {
		if d.Date && !s.master.start.Date {
			s.excludedDays = append(s.excludedDays, d.Wall.Unix()/daySeconds)
		} else {
			s.excluded = append(s.excluded, s.key(s.stampOf(d)))
		}
	}
	return err
}

// stampOf returns the start that d stands for in an RDATE, EXDATE or RECURRENCE-ID. Where its type is not that of DTSTART, it
// is taken as clients mean it: its day if DTSTART is a DATE, the same time of day if only d is one, and the clock of DTSTART
// if it has no zone.
func (s *series) stampOf(d DateTime) stamp {
	master, wall := s.master, d.Wall.Unix()
	switch {
	case master.start.Date:
		wall = floorDiv(wall, daySeconds) * daySeconds
	case d.Date:
		wall += master.wall - floorDiv(master.wall, daySeconds)*daySeconds
	case d.Zone != nil && d.Zone != master.start.Zone:
		unix := d.In(nil).Unix()
		return stamp{unix, master.clock.wall(unix), noEndGiven}
	}
	unix, _ := master.clock.unix(wall)
	return stamp{unix, wall, noEndGiven}
}

// addOverride takes over a component with RECURRENCE-ID. Its RANGE is passed over, as clients do: it stands for one instance.
func (s *series) addOverride(o *Object, part *shape, floating *time.Location) error {
	rid, err := o.date(part.recurrenceID)
	if err != nil {
		return err
	}
	over := override{shape: part, rid: rid}
	switch {
	case s.master == nil || !s.master.placed:
		over.original = stamp{rid.In(floating).Unix(), rid.Wall.Unix(), noEndGiven}
	default:
		over.original = s.stampOf(rid)
		if rid.Date && !s.master.start.Date {
			s.excludedDays = append(s.excludedDays, rid.Wall.Unix()/daySeconds)
		} else {
			s.excluded = append(s.excluded, s.key(over.original))
		}
	}
	s.overrides = append(s.overrides, over)
	return nil
}

// sort brings the lists in order.
func (s *series) sort() {
	slices.Sort(s.excluded)
	slices.Sort(s.excludedDays)
	slices.SortFunc(s.overrides, func(a, b override) int { return cmp.Compare(a.unix, b.unix) })
	if len(s.dates) > 1 {
		slices.SortFunc(s.dates, func(a, b stamp) int { // an RDATE with an end goes before one without
			return cmp.Or(cmp.Compare(s.key(a), s.key(b)), cmp.Compare(b.end, a.end))
		})
		s.dates = slices.CompactFunc(s.dates, func(a, b stamp) bool { return s.key(a) == s.key(b) })
	}
}

// floating says whether any time depends on the zone in which floating ones are taken.
func (s *series) floating() bool {
	for i := range s.shapes {
		if s.shapes[i].floating {
			return true
		}
	}
	return false
}

// reach returns how many seconds before and after its start an instance of the master may be overlapped, at most.
func (s *series) reach() (before, after int64) {
	before, after = s.master.reach()
	for _, d := range s.dates {
		if d.end != noEndGiven {
			after = max(after, d.end-d.unix+1)
		}
	}
	return before, after
}
