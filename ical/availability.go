package ical

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxAvailable bounds how many AVAILABLE components one VCALENDAR may hold that says when somebody is available.
const maxAvailable = 1000

// ParseAvailability reads the value of CALDAV:calendar-availability (RFC 7953 section 7.2): VAVAILABILITY components, of any number of
// UIDs or without one as some clients write them, their VTIMEZONEs, and nothing else. Times are in UTC or in a known zone (section 3.1).
// raw must not be changed afterwards. Errors are *Error.
func ParseAvailability(raw []byte, lim Limits) (*Object, error) {
	calendar, err := Parse(raw, lim)
	if err != nil {
		return nil, err
	}
	o := &Object{Calendar: calendar, Component: "VAVAILABILITY", raw: raw}
	if p := calendar.Prop("METHOD"); p != nil {
		return nil, fail(InvalidData, p.Line, "METHOD:%s: availability that is stored has no METHOD", p.Value)
	}
	available := 0
	for _, c := range calendar.Children {
		switch c.Name {
		case "VTIMEZONE":
			continue
		case "VAVAILABILITY":
		default:
			return nil, fail(InvalidData, o.lineOf(c), "%s: availability consists of VAVAILABILITY and VTIMEZONE only", c.Name)
		}
		if err := o.checkAvailability(c); err != nil {
			return nil, err
		}
		o.Parts = append(o.Parts, c)
		available += len(c.Children)
	}
	switch {
	case len(o.Parts) == 0:
		return nil, fail(InvalidData, 0, "there is no VAVAILABILITY in it")
	case available > maxAvailable:
		return nil, fail(InvalidData, 0, "more than %d AVAILABLE components", maxAvailable)
	}
	return o, nil
}

// checkAvailability refuses a VAVAILABILITY that RFC 7953 section 3.1 does not allow, as far as it would not be clear what is meant.
func (o *Object) checkAvailability(c *Component) error {
	if err := o.checkDates(c); err != nil {
		return err
	}
	if c.Prop("DURATION") != nil && c.Prop("DTSTART") == nil {
		return fail(InvalidData, c.Prop("DURATION").Line, "VAVAILABILITY with DURATION but without DTSTART")
	}
	for _, part := range append([]*Component{c}, c.Children...) {
		if end, length := part.Prop("DTEND"), part.Prop("DURATION"); end != nil && length != nil {
			return fail(InvalidData, length.Line, "%s with both DTEND and DURATION", part.Name)
		}
		for i := range part.Props {
			if err := o.checkZoned(&part.Props[i]); err != nil {
				return err
			}
		}
	}
	for _, group := range o.available(c) {
		if _, err := group.series(nil); err != nil {
			return err
		}
	}
	return nil
}

// checkZoned refuses a date without a zone.
func (o *Object) checkZoned(p *Property) error {
	switch p.Name {
	case "DTSTART", "DTEND", "RECURRENCE-ID":
	default:
		return nil
	}
	if d, err := o.date(p); err != nil || d.Date || d.Zone == nil {
		return fail(InvalidData, p.Line, "%s:%s: times of availability are in UTC or in a known time zone", p.Name, p.Value)
	}
	return nil
}

// available returns the AVAILABLE components of a VAVAILABILITY, each with its overrides as an object of its own.
func (o *Object) available(c *Component) []*Object {
	var groups []*Object
	byUID := map[string]*Object{}
	for _, child := range c.Children {
		if child.Name != "AVAILABLE" {
			continue
		}
		uid := ""
		if p := child.Prop("UID"); p != nil {
			uid = strings.TrimSpace(p.Value)
		}
		group := byUID[uid]
		master := child.Prop("RECURRENCE-ID") == nil
		if group == nil || uid == "" || master && group.Master() != nil {
			group = &Object{Calendar: o.Calendar, Component: child.Name, UID: uid, raw: o.raw}
			groups = append(groups, group)
			byUID[uid] = group
		}
		if master {
			group.Parts = slices.Insert(group.Parts, 0, child)
		} else {
			group.Parts = append(group.Parts, child)
		}
	}
	return groups
}

// layer is a step in combining VAVAILABILITY components: of two that have something to say of a moment, the one with the higher rank is
// right.
type layer struct {
	rank  int
	kind  freeBusyType
	spans []span
}

// Within RFC 7953 section 4 PRIORITY decides first, and among components of one priority BUSY stands before BUSY-UNAVAILABLE,
// BUSY-TENTATIVE and what is free.
var strength = [...]int{typeBusy: 3, typeUnavailable: 2, typeTentative: 1, typeFree: 0}

// priorityRank puts values of PRIORITY in order: 1 is the highest, 9 the lowest but for none or 0, which are undefined.
func priorityRank(c *Component) int {
	p := c.Prop("PRIORITY")
	if p == nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(p.Value))
	if err != nil || n < 1 || n > 9 {
		return 0
	}
	return 10 - n
}

// busyTypeOf is what a VAVAILABILITY makes of the time in which there is nothing AVAILABLE (RFC 7953 section 3.2).
func busyTypeOf(c *Component) freeBusyType {
	switch p := c.Prop("BUSYTYPE"); {
	case is(p, "BUSY"):
		return typeBusy
	case is(p, "BUSY-TENTATIVE"):
		return typeTentative
	}
	return typeUnavailable
}

// Availability is an object with VAVAILABILITY components; what else is in it is passed over.
type Availability struct {
	*Object
	Zone *time.Location // where times without a zone, which RFC 7953 does not know, are taken; nil: UTC
}

// Unavailable returns when some availabilities together leave nobody available within r, by type, each in order, disjoint and cut to r
// (RFC 7953 section 4). An AVAILABLE whose rules take too long to work out, or cannot be understood, adds nothing from there on. The error
// is that of ctx.
func Unavailable(ctx context.Context, all []Availability, r Range) (busy, tentative, unavailable []Range, err error) {
	within := spanOf(r)
	var layers []layer
	work := &budget{left: 4 * maxSteps, done: ctx.Done()}
	for _, o := range all {
		for _, c := range o.Parts {
			if c.Name != "VAVAILABILITY" {
				continue
			}
			taken, open, err := o.availability(ctx, c, within, o.Zone, work)
			if err != nil {
				return nil, nil, nil, err
			}
			rank, kind := priorityRank(c)*len(strength), busyTypeOf(c)
			layers = append(layers, layer{rank + strength[kind], kind, taken}, layer{rank + strength[typeFree], typeFree, open})
		}
	}
	slices.SortStableFunc(layers, func(a, b layer) int { return b.rank - a.rank })
	var found [typeFree + 1][]span
	var covered []span
	for _, l := range layers { // from the top: what is below what was seen is not seen
		found[l.kind] = append(found[l.kind], subtractSpans(l.spans, covered)...)
		covered = mergeSpans(append(covered, l.spans...))
	}
	return toRanges(mergeSpans(found[typeBusy])), toRanges(mergeSpans(found[typeTentative])), toRanges(mergeSpans(found[typeUnavailable])), nil
}

// availability returns what one VAVAILABILITY takes within a range of time, and what it leaves open.
func (o *Object) availability(ctx context.Context, c *Component, within span, floating *time.Location, work *budget) (taken, open []span, err error) {
	var whole shape
	if whole.read(o, c, floating) != nil {
		return nil, nil, nil // was stored by a version that understood it
	}
	all := span{max(whole.fixed.lo, within.lo), min(whole.fixed.hi, within.hi)}
	if all.lo >= all.hi {
		return nil, nil, nil
	}
	for _, group := range o.available(c) {
		s, err := group.series(floating)
		if err != nil {
			continue
		}
		err = s.walk(ctx, work, all, maxSteps, func(occ *occurrence) bool {
			open = append(open, span{max(occ.start*1e6, all.lo), min(occ.end*1e6, all.hi)})
			return true
		})
		if ctx.Err() != nil {
			return nil, nil, err
		}
	}
	open = mergeSpans(open)
	return subtractSpans([]span{all}, open), open, nil
}

// subtractSpans returns what of a is not in b; both are in order and disjoint.
func subtractSpans(a, b []span) []span {
	var left []span
	for _, s := range a {
		for len(b) > 0 && b[0].hi <= s.lo {
			b = b[1:]
		}
		for _, gone := range b {
			if gone.lo >= s.hi {
				break
			}
			left = appendSpan(left, span{s.lo, min(gone.lo, s.hi)})
			s.lo = max(s.lo, gone.hi)
		}
		left = appendSpan(left, s)
	}
	return left
}
