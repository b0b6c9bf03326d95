package ical

import (
	"context"
	"math"
	"time"
)

// maxSteps bounds the work of a question about one object.
const maxSteps = 300_000

// Overlaps says whether an instance of a component called comp ("VEVENT", or "VALARM" for AlarmOverlaps) overlaps r by the
// tables of RFC 4791 section 9.9; floating times are taken in floating (nil: UTC). An event whose DTEND is its DTSTART counts
// as one without DTEND: by the table two ranges that meet there would both miss it. If the rules take too long to work out
// it says yes. Errors are that of ctx, and *Error for rules and dates that cannot be understood.
func (o *Object) Overlaps(ctx context.Context, comp string, r Range, floating *time.Location) (bool, error) {
	switch comp {
	case "VALARM":
		return o.AlarmOverlaps(ctx, r, floating)
	case o.Component:
		return o.any(ctx, spanOf(r), floating, func(*occurrence) bool { return true })
	}
	return false, nil
}

// any says whether there is an instance that overlaps r and that ok accepts.
func (o *Object) any(ctx context.Context, r span, floating *time.Location, ok func(*occurrence) bool) (found bool, err error) {
	s, err := o.series(floating)
	if err != nil {
		return false, err
	}
	err = s.each(ctx, r, ExpandLimits{MaxInstances: math.MaxInt, MaxSteps: maxSteps}, func(occ *occurrence) bool {
		found = ok(occ)
		return !found
	})
	if err != nil && ctx.Err() == nil {
		return true, nil
	}
	return found, err
}

// PropertyOverlaps says whether a date property of a component called comp is within r (RFC 4791 section 9.9): COMPLETED,
// CREATED, DTSTAMP and LAST-MODIFIED as they are, DTSTART, DTEND and DUE of any instance, worked out from DURATION where that
// stands for them. Errors and bounds are as those of Overlaps.
func (o *Object) PropertyOverlaps(ctx context.Context, comp, name string, r Range, floating *time.Location) (bool, error) {
	within := spanOf(r)
	if comp != o.Component {
		return false, nil
	}
	switch name {
	case "COMPLETED", "CREATED", "DTSTAMP", "LAST-MODIFIED":
		for _, c := range o.Parts {
			for p := range c.AllProps(name) {
				if d, err := o.date(p); err == nil && within.holds(d.In(floating).Unix()) {
					return true, nil
				}
			}
		}
		return false, nil
	case "DTSTART", "DTEND", "DUE":
		return o.any(ctx, within.widened(), floating, func(occ *occurrence) bool {
			switch {
			case name == "DTSTART":
				return occ.dtstart != nil && within.holds(occ.start)
			case name == "DTEND" && occ.comp.Name == "VTODO", name == "DUE" && occ.comp.Name != "VTODO":
				return false
			}
			return (occ.dtend != nil || occ.due != nil || occ.duration != nil) && within.holds(occ.end)
		})
	}
	return false, nil
}

// holds says whether an instant in seconds since 1970 is in s.
func (s span) holds(instant int64) bool { return s.lo <= instant*1e6 && instant*1e6 < s.hi }

// widened returns s with a second more on both sides, so that what only touches it is in it.
func (s span) widened() span {
	if s.lo != openStart {
		s.lo -= 1e6
	}
	if s.hi != openEnd {
		s.hi += 1e6
	}
	return s
}
