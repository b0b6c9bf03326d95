package ical

import (
	"context"
	"math"
	"strings"
	"time"
)

// AlarmOverlaps says whether a VALARM of any instance rings within r (RFC 4791 section 9.9), repetitions included. Errors
// and bounds are as those of Overlaps.
func (o *Object) AlarmOverlaps(ctx context.Context, r Range, floating *time.Location) (bool, error) {
	s, err := o.series(floating)
	if err != nil {
		return false, err
	}
	within := spanOf(r)
	alarms, wide, absolute := s.alarms(within)
	if absolute || len(alarms) == 0 {
		return absolute, nil
	}
	found := false
	err = s.each(ctx, wide, ExpandLimits{MaxInstances: math.MaxInt, MaxSteps: maxSteps}, func(occ *occurrence) bool {
		for i := range alarms {
			found = found || alarms[i].comp == occ.comp && alarms[i].rings(occ, within)
		}
		return !found
	})
	if err != nil && ctx.Err() == nil {
		return true, nil
	}
	return found, err
}

// alarm is a VALARM with a trigger that is relative to its component.
type alarm struct {
	comp    *Component // that it belongs to
	before  Duration   // TRIGGER
	fromEnd bool       // RELATED=END
	repeat  int64
	every   int64 // seconds between repetitions
}

// alarms lists the alarms that are relative to their component, and widens within so that all instances that could ring in it
// overlap the result. absolute: one with a time of its own rings within.
func (s *series) alarms(within span) (alarms []alarm, wide span, absolute bool) {
	var early, late int64 // by how much an alarm may ring before the start, and after the end, in microseconds
	for i := range s.shapes {
		for _, c := range s.shapes[i].comp.Children {
			if c.Name != "VALARM" {
				continue
			}
			a := alarm{comp: s.shapes[i].comp}
			at, ok := a.read(c)
			switch {
			case !ok:
			case !at.IsZero():
				absolute = absolute || a.within(at.Unix(), within)
			default:
				offset := int64(a.before.Days)*daySeconds + int64(a.before.Time/time.Second)
				early = max(early, -offset)
				late = max(late, offset+a.repeat*a.every)
				alarms = append(alarms, a)
			}
		}
	}
	wide = within
	if wide.lo != openStart {
		wide.lo -= (late + 2*daySeconds) * 1e6
	}
	if wide.hi != openEnd {
		wide.hi += (early + 2*daySeconds) * 1e6
	}
	return alarms, wide, absolute
}

// read takes over a VALARM; at is the time of an absolute one, ok is false for one that never rings.
func (a *alarm) read(c *Component) (at time.Time, ok bool) {
	trigger := c.Prop("TRIGGER")
	if trigger == nil {
		return at, false
	}
	if every, repeat := c.Prop("DURATION"), c.Prop("REPEAT"); every != nil && repeat != nil {
		n, known := cutNumber(strings.Trim(repeat.Value, " \t"))
		length, usable := parseDuration(every.Value)
		seconds := int64(length.Days)*daySeconds + int64(length.Time/time.Second)
		if known && usable && n > 0 && seconds > 0 {
			a.repeat, a.every = int64(n), seconds
			a.repeat = min(a.repeat, maxWall/seconds)
		}
	}
	if before, ok := parseDuration(trigger.Value); ok {
		a.before, a.fromEnd = before, strings.EqualFold(trigger.Param("RELATED"), "END")
		return at, true
	}
	d, ok := parseDateTime(trigger.Value)
	return d.Wall, ok // in UTC: RFC 5545 section 3.8.6.3
}

// rings says whether a rings in r for one instance.
func (a *alarm) rings(occ *occurrence, r span) bool {
	if !occ.placed {
		return false
	}
	at := occ.start
	if a.fromEnd {
		at = occ.end
	}
	clock := occ.clock
	if a.before.Days != 0 {
		at, _ = clock.unix(clock.wall(at) + int64(a.before.Days)*daySeconds)
	}
	return a.within(at+int64(a.before.Time/time.Second), r)
}

// within says whether an alarm that first rings at an instant (seconds since 1970) rings in r.
func (a *alarm) within(first int64, r span) bool {
	n := int64(0) // the first repetition not before r
	if r.lo != openStart && a.every > 0 {
		n = max(0, ceilDiv(ceilDiv(r.lo, 1e6)-first, a.every))
	}
	return n <= a.repeat && r.holds(first+n*a.every)
}
