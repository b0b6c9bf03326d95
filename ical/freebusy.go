package ical

import (
	"context"
	"math"
	"strings"
	"time"
)

// freeBusyType is the FBTYPE of a FREEBUSY property (RFC 5545 section 3.2.9).
type freeBusyType int

const (
	typeBusy freeBusyType = iota
	typeTentative
	typeUnavailable
	typeFree
)

// freeBusyTypeOf returns the FBTYPE of p; one that is not known is BUSY, as RFC 5545 says.
func freeBusyTypeOf(p *Property) freeBusyType {
	switch strings.ToUpper(p.Param("FBTYPE")) {
	case "FREE":
		return typeFree
	case "BUSY-TENTATIVE":
		return typeTentative
	case "BUSY-UNAVAILABLE":
		return typeUnavailable
	}
	return typeBusy
}

// periodSpans returns the periods of a FREEBUSY property as they are written; what ends before it starts is empty.
func (o *Object) periodSpans(p *Property, floating *time.Location) ([]span, error) {
	periods, err := o.Periods(p)
	if err != nil {
		return nil, err
	}
	spans := make([]span, len(periods))
	for i, period := range periods {
		start := period.Start.In(floating).UnixMicro()
		spans[i] = span{start, max(start, period.End.In(floating).UnixMicro())}
	}
	return spans, nil
}

// settleFreeBusy finds what a VFREEBUSY overlaps: DTSTART to DTEND, or if one of them is missing, its periods.
func (s *shape) settleFreeBusy(o *Object, floating *time.Location) error {
	s.row, s.shows = neverRow, free
	if s.placed && s.dtend != nil {
		end, err := o.date(s.dtend)
		if err != nil {
			return err
		}
		s.end = end.In(floating).Unix()
		s.row, s.fixed = fixedRow, span{s.unix * 1e6, max(s.end, s.unix)*1e6 + 1}
		return nil
	}
	for p := range s.comp.AllProps("FREEBUSY") {
		spans, err := o.periodSpans(p, floating)
		if err != nil {
			return err
		}
		s.periods = append(s.periods, spans...)
	}
	s.periods = mergeSpans(s.periods)
	if len(s.periods) > 0 {
		s.row, s.fixed = fixedRow, span{s.periods[0].lo, s.periods[len(s.periods)-1].hi}
	}
	return nil
}

// BusyIn returns when o makes its owner busy within r, by type (RFC 4791 section 7.10), each in order, disjoint and cut to r;
// floating times are taken in floating (nil: UTC), and the answers to invitations are those of owner. Events that are transparent, cancelled
// or declined, and to-dos, do not count. Errors
// are that of ctx, and *Error for rules and dates that cannot be understood or, with what was found so far, rules that take
// too long to work out.
func (o *Object) BusyIn(ctx context.Context, r Range, floating *time.Location, owner Who) (busy, tentative, unavailable []Range, err error) {
	var found [typeFree][]span
	within := spanOf(r)
	switch o.Component {
	case "VFREEBUSY":
		err = o.addFreeBusy(&found, floating)
	case "VEVENT":
		err = o.addEvents(ctx, &found, within, floating, owner)
	}
	for i := range found {
		for j := range found[i] {
			found[i][j].lo, found[i][j].hi = max(found[i][j].lo, within.lo), min(found[i][j].hi, within.hi)
		}
		found[i] = mergeSpans(found[i])
	}
	return toRanges(found[typeBusy]), toRanges(found[typeTentative]), toRanges(found[typeUnavailable]), err
}

// addFreeBusy adds the periods of VFREEBUSY components.
func (o *Object) addFreeBusy(found *[typeFree][]span, floating *time.Location) error {
	for _, c := range o.Parts {
		for p := range c.AllProps("FREEBUSY") {
			spans, err := o.periodSpans(p, floating)
			if err != nil {
				return err
			}
			if kind := freeBusyTypeOf(p); kind != typeFree {
				found[kind] = append(found[kind], spans...)
			}
		}
	}
	return nil
}

// addEvents adds the instances of events that overlap within.
func (o *Object) addEvents(ctx context.Context, found *[typeFree][]span, within span, floating *time.Location, owner Who) error {
	s, err := o.series(floating)
	if err != nil {
		return err
	}
	s.answer(owner)
	return s.each(ctx, within, ExpandLimits{MaxInstances: math.MaxInt, MaxSteps: maxSteps}, func(occ *occurrence) bool {
		if occ.shows != free {
			kind := typeBusy
			if occ.shows == tentative {
				kind = typeTentative
			}
			found[kind] = append(found[kind], span{occ.start * 1e6, occ.end * 1e6})
		}
		return true
	})
}
