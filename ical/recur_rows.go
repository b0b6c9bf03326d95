package ical

import "time"

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
		if o.Method != "" { // RFC 6638 section 2.3: it matches any time range
			s.row, s.fixed = fixedRow, span{openStart, openEnd}
		}
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
	if !s.placed && s.dtend == nil {
		return nil
	}
	if !s.placed {
		end, err := o.date(s.dtend)
		s.floating, s.fixed.hi = end.Zone == nil, end.In(floating).UnixMicro()
		return err
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
