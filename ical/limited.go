package ical

import (
	"context"
	"strings"
	"time"
)

// AppendLimited appends o to dst without the overrides that do not matter within recurrence (CALDAV:limit-recurrence-set, RFC
// 4791 section 9.6.6) and without the FREEBUSY periods that do not overlap freebusy (CALDAV:limit-freebusy-set, section
// 9.6.7), each nil for no limit, and of that what sel selects. Floating times are taken in floating (nil: UTC). Errors are
// *Error, for dates that cannot be understood.
func (o *Object) AppendLimited(ctx context.Context, dst []byte, recurrence, freebusy *Range, floating *time.Location, sel *Selection) ([]byte, error) {
	e := editor{raw: o.raw}
	if recurrence != nil {
		s, err := o.series(floating)
		if err != nil {
			return dst, err
		}
		if outside := s.outside(spanOf(*recurrence)); len(outside) > 0 {
			e.skip = func(c *Component) bool { return outside[c] }
		}
	}
	if freebusy != nil && o.Component == "VFREEBUSY" {
		within := spanOf(*freebusy)
		e.line = func(dst []byte, c *Component, p *Property, value bool) ([]byte, bool) {
			if p.Name != "FREEBUSY" || c.Name != "VFREEBUSY" || !value {
				return dst, false
			}
			return o.appendPeriods(dst, p, within, floating)
		}
	}
	return e.component(dst, o.Calendar, sel.normal()), context.Cause(ctx)
}

// outside lists the overrides that do not matter within r: neither they nor what they replace overlap it, nor does what
// follows on one with RANGE=THISANDFUTURE.
func (s *series) outside(r span) map[*Component]bool {
	outside := make(map[*Component]bool)
	for i := range s.overrides {
		over := &s.overrides[i]
		if over.match(over.unix, over.end).overlaps(r) {
			continue
		}
		original := over.match(over.original.unix, over.endOf(&over.clock, over.original.wall, over.original.unix))
		if s.master != nil && s.master.placed {
			clock := s.master.clock
			original = s.master.match(over.original.unix, s.master.endOf(&clock, over.original.wall, over.original.unix))
		}
		if strings.EqualFold(over.recurrenceID.Param("RANGE"), "THISANDFUTURE") && original.lo < r.hi {
			continue
		}
		if !original.overlaps(r) {
			outside[over.comp] = true
		}
	}
	return outside
}

// appendPeriods appends a FREEBUSY property with those of its periods that overlap within; false stands for all of them.
func (o *Object) appendPeriods(dst []byte, p *Property, within span, floating *time.Location) ([]byte, bool) {
	spans, err := o.periodSpans(p, floating)
	if err != nil {
		return dst, false
	}
	value, i, kept := make([]byte, 0, len(p.Value)), 0, 0
	for item := range listItems(p.Value) {
		if spans[i].overlaps(within) {
			if kept > 0 {
				value = append(value, ',')
			}
			value = append(value, item...)
			kept++
		}
		i++
	}
	switch kept {
	case len(spans):
		return dst, false
	case 0:
		return dst, true
	}
	return AppendLine(dst, p.Name, p.Params, string(value)), true
}
