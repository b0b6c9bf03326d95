package ical

import (
	"context"
	"slices"
	"time"
)

// Range is a range of time, from Start up to but not including End; zero: without bound on that side.
type Range struct{ Start, End time.Time }

// Instance is one occurrence of a component (RFC 4791 sections 7.4 and 9.6.5).
type Instance struct {
	Start, End   time.Time  // in UTC; End is Start for zero length; both zero for what is not placed in time
	RecurrenceID DateTime   // the start that the rules gave it, as DTSTART of the master writes it
	Part         *Component // what describes it: an override or the master
	Override     bool
	Floating     bool // Start depends on the zone in which floating times are taken
	Date         bool // Start is a DATE
}

// ExpandLimits bounds the work of Instances. A zero field means the value of DefaultExpandLimits.
type ExpandLimits struct {
	MaxInstances int // instances found
	MaxSteps     int // looks at the rules, some 10 ns each
}

// DefaultExpandLimits is what a zero ExpandLimits means. The steps are there to end rules that hardly ever give anything.
var DefaultExpandLimits = ExpandLimits{MaxInstances: 20_000, MaxSteps: 300_000}

// orDefault returns lim with its zero fields filled in.
func (lim ExpandLimits) orDefault() ExpandLimits {
	if lim.MaxInstances == 0 {
		lim.MaxInstances = DefaultExpandLimits.MaxInstances
	}
	if lim.MaxSteps == 0 {
		lim.MaxSteps = DefaultExpandLimits.MaxSteps
	}
	return lim
}

// Instances returns the instances that overlap r by the tables of RFC 4791 section 9.9, by start; floating times are taken
// in floating (nil: UTC). Where lim ends the work, what was found so far comes with an *Error of TooManyInstances. Other errors
// are that of ctx, and *Error for rules and dates that cannot be understood.
func (o *Object) Instances(ctx context.Context, r Range, floating *time.Location, lim ExpandLimits) ([]Instance, error) {
	s, err := o.series(floating)
	if err != nil {
		return nil, err
	}
	var found []Instance
	err = s.each(ctx, spanOf(r), lim, func(occ *occurrence) bool {
		found = append(found, occ.instance(s))
		return true
	})
	byStart := func(a, b Instance) int { return a.Start.Compare(b.Start) }
	if !slices.IsSortedFunc(found, byStart) {
		slices.SortStableFunc(found, byStart)
	}
	return found, err
}

// instance returns occ as others see it.
func (occ *occurrence) instance(s *series) Instance {
	i := Instance{Part: occ.comp, Override: occ.override != nil, Floating: occ.floating, Date: occ.shape.start.Date}
	if occ.placed {
		i.Start, i.End = time.Unix(occ.start, 0).UTC(), time.Unix(occ.end, 0).UTC()
	}
	switch {
	case s.master != nil && s.master.placed:
		i.RecurrenceID = DateTime{
			Wall: time.Unix(occ.original.wall, 0).UTC(), Date: s.master.start.Date, Zone: s.master.start.Zone,
		}
	case occ.override != nil:
		i.RecurrenceID = occ.override.rid
	}
	return i
}

// each yields the instances that overlap r, by start, until yield returns false. Errors are as those of Instances.
func (s *series) each(ctx context.Context, r span, lim ExpandLimits, yield func(*occurrence) bool) error {
	lim = lim.orDefault()
	return s.walk(ctx, &budget{left: lim.MaxSteps, done: ctx.Done()}, r, lim.MaxInstances, yield)
}

// walk is each with what is left of a budget.
func (s *series) walk(ctx context.Context, work *budget, r span, maxInstances int, yield func(*occurrence) bool) error {
	t, until := s.window(work, r)
	var occ occurrence
	found := 0
	for t.next(&occ) && (occ.override != nil || !occ.placed || occ.start < until) {
		if !occ.overlaps(r) {
			continue
		}
		found++
		if found > maxInstances {
			return fail(TooManyInstances, 0, "more than %d instances", maxInstances)
		}
		if !yield(&occ) {
			return nil
		}
	}
	if work.gone {
		return context.Cause(ctx)
	}
	if work.left <= 0 {
		return fail(TooManyInstances, 0, "a recurrence rule that takes too long to work out")
	}
	return nil
}

// window starts a stream at the first instance that may overlap r, and returns when the first starts that no longer may.
func (s *series) window(work *budget, r span) (t *stream, until int64) {
	from := int64(-maxWall)
	until = maxWall + daySeconds
	if s.master == nil || !s.master.placed || s.master.row == fixedRow {
		return s.stream(work, from, until), until
	}
	before, after := s.reach()
	if r.lo != openStart {
		from = floorDiv(r.lo, 1e6) - after
	}
	if r.hi != openEnd {
		until = ceilDiv(r.hi, 1e6) + before
		if s.master.start.Zone == nil { // one that starts later may be followed by one that starts earlier
			until += gapSeconds
		}
	}
	return s.stream(work, from, until), until
}
