package ical

import "time"

// Index is what the database keeps of an object, to answer time ranges and free/busy without parsing it. All ranges are
// sorted, disjoint and in whole microseconds; a range without bound is zero on that side.
type Index struct {
	Occurs    []Range // what the instances overlap by RFC 4791 section 9.9; what has no length takes a microsecond
	Busy      []Range // when it makes busy: not transparent, not cancelled
	Tentative []Range // when it perhaps does (STATUS:TENTATIVE)

	// Exact is where the above say all there is. Zero: everywhere. Outside of it Occurs covers more than the instances, from
	// the first of them to Exact.Start and from Exact.End to the last, and Busy and Tentative miss some: ask Overlaps and BusyIn.
	Exact Range

	Floating bool // the ranges depend on the zone in which floating times are taken
}

const (
	indexBefore    = 366 * daySeconds // the window of Index before now
	indexAfter     = 731 * daySeconds // and after it
	indexRanges    = 400              // how many ranges are kept
	indexInstances = 1600             // how many instances are looked at for them
	indexSteps     = 20_000
)

// Index works out when o happens: all of it if that is a few hundred instances, otherwise those from a year before now to
// two years after, or as many of them around now as fit into 400 ranges. It is cheap whatever the rules are. Floating times
// are taken in floating (nil: UTC). Errors are *Error, for rules and dates that cannot be understood.
func (o *Object) Index(now time.Time, floating *time.Location) (Index, error) {
	s, err := o.series(floating)
	if err != nil {
		return Index{}, err
	}
	x := indexer{series: s}
	index := Index{Floating: s.floating()}
	switch {
	case o.Component == "VFREEBUSY":
		err = x.addFreeBusy(o, floating, &index)
	case s.recurring:
		x.addSeries(now.Unix(), &index)
	default:
		occ := occurrence{shape: s.master, start: s.master.unix, end: s.master.end}
		x.add(&occ)
	}
	index.Occurs, index.Busy, index.Tentative = toRanges(mergeSpans(x.occurs)), toRanges(mergeSpans(x.busy)), toRanges(mergeSpans(x.tentative))
	return index, err
}

// indexer collects the ranges of an Index.
type indexer struct {
	*series
	occurs, busy, tentative []span
	instances               int
}

// add takes over an instance.
func (x *indexer) add(occ *occurrence) {
	x.instances++
	if occ.periods != nil {
		x.occurs = append(x.occurs, occ.periods...)
		return
	}
	x.occurs = appendNext(x.occurs, occ.span())
	if occ.comp.Name != "VEVENT" {
		return
	}
	switch taken := (span{occ.start * 1e6, occ.end * 1e6}); occ.shows {
	case busy:
		x.busy = appendNext(x.busy, taken)
	case tentative:
		x.tentative = appendNext(x.tentative, taken)
	}
}

// appendNext appends s, made one with the last of spans if they touch, and nothing if it is empty.
func appendNext(spans []span, s span) []span {
	if last := len(spans) - 1; last >= 0 && s.lo < spans[last].lo {
		if s.lo >= s.hi {
			return spans
		}
		return append(spans, s) // out of order: mergeSpans mends it
	}
	return appendSpan(spans, s)
}

// addFreeBusy takes over the periods of VFREEBUSY components. There is no list for BUSY-UNAVAILABLE: with such periods nothing
// is called exact, so that BusyIn is asked.
func (x *indexer) addFreeBusy(o *Object, floating *time.Location, index *Index) error {
	for i := range x.shapes {
		x.add(&occurrence{shape: &x.shapes[i]})
	}
	var found [typeFree][]span
	if err := o.addFreeBusy(&found, floating); err != nil {
		return err
	}
	x.busy, x.tentative = found[typeBusy], found[typeTentative]
	if len(found[typeUnavailable]) > 0 {
		index.Exact = nowhere
	}
	return nil
}

// nowhere stands for "exact nowhere": a moment that no range is within.
var nowhere = Range{time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2, 1, 1, 0, 0, 0, 1000, time.UTC)}

// addSeries takes over the instances of a recurring object.
func (x *indexer) addSeries(now int64, index *Index) {
	var exact span
	if x.few() && x.addWindow(span{openStart, openEnd}, &exact) {
		return
	}
	window := x.window(now)
	for range 8 {
		if x.addWindow(window, &exact) {
			if exact != (span{openStart, openEnd}) {
				index.Exact = exact.toRange()
			}
			return
		}
		window = narrowed(window, now*1e6)
	}
	x.reset()
	x.occurs = append(x.occurs, x.whole(x.stream(&budget{}, 0, 0)))
	index.Exact = nowhere
}

// few says whether the series looks as if all of it fits.
func (x *indexer) few() bool {
	for _, rule := range x.rules {
		switch {
		case rule.Count > indexRanges, rule.Freq < Daily, !rule.Finite():
			return false
		case rule.Count == 0:
			length := rule.Until.Wall.Unix() - x.master.wall
			if length/(unitSeconds[min(rule.Freq, Weekly)]*int64(rule.Interval)) > indexRanges {
				return false
			}
		}
	}
	return len(x.dates)+len(x.overrides) <= indexRanges
}

// window returns the range of time to be looked at: smaller than the usual one if a simple rule is known to fill that.
func (x *indexer) window(now int64) span {
	window := span{(now - indexBefore) * 1e6, (now + indexAfter) * 1e6}
	if len(x.rules) != 1 {
		return window
	}
	rule := x.rules[0]
	if rule.Freq > Daily || rule.ByDay != nil || rule.ByMonth != nil || rule.ByMonthDay != nil || rule.ByYearDay != nil ||
		rule.ByWeekNo != nil || rule.ByHour != nil || rule.ByMinute != nil || rule.BySecond != nil || rule.BySetPos != nil {
		return window
	}
	if x.master.start.Date { // days that touch are one range
		return window
	}
	if length := unitSeconds[rule.Freq] * int64(rule.Interval) * (indexRanges - 10); length < indexBefore+indexAfter {
		return span{(now - length/4) * 1e6, (now + length - length/4) * 1e6}
	}
	return window
}

// narrowed returns a quarter of window around now.
func narrowed(window span, now int64) span {
	length := (window.hi - window.lo) / 4
	return span{now - length/4, now + length - length/4}
}

func (x *indexer) reset() {
	x.occurs, x.busy, x.tentative, x.instances = x.occurs[:0], x.busy[:0], x.tentative[:0], 0
}

// addWindow takes over the instances that overlap window, and what stands for the others: a range before and one after it.
// In exact it says where the result is so. It returns false, and there is nothing of use, if these are too many or the rules
// take too long to work out.
func (x *indexer) addWindow(window span, exact *span) bool {
	x.reset()
	work := &budget{left: indexSteps}
	t, until := x.series.window(work, window)
	whole := x.whole(t)
	*exact = span{openStart, openEnd}
	if whole.lo < window.lo {
		exact.lo = window.lo
		x.occurs = append(x.occurs, span{whole.lo, min(window.lo, whole.hi)})
	}
	more := false
	var occ occurrence
	for t.next(&occ) {
		switch s := occ.span(); {
		case s.overlaps(window):
			x.add(&occ)
		case s.lo >= window.hi:
			more = true
		}
		if occ.override == nil && occ.placed && occ.start >= until {
			t.hasHead, t.ended = false, true // overrides may follow
		}
		if x.instances > indexInstances || len(x.occurs) > indexRanges {
			return false
		}
	}
	if work.left <= 0 {
		return false
	}
	if more || !t.done() {
		exact.hi = window.hi
		x.occurs = append(x.occurs, span{max(window.hi, whole.lo), whole.hi})
	}
	return true
}

// whole returns a span that all instances are in; t is any stream of the series.
func (x *indexer) whole(t *stream) span {
	whole := nothing
	add := func(start, end int64, s span) {
		whole.lo, whole.hi = min(whole.lo, start*1e6, s.lo), max(whole.hi, end*1e6, s.hi)
	}
	for i := range x.shapes {
		switch part := &x.shapes[i]; {
		case part.placed:
			add(part.unix, part.end, part.match(part.unix, part.end))
		case part.row == fixedRow:
			whole.lo, whole.hi = min(whole.lo, part.fixed.lo), max(whole.hi, part.fixed.hi)
		}
	}
	if x.master == nil || !x.master.placed {
		return whole
	}
	for _, d := range x.dates {
		end := d.end
		if end == noEndGiven {
			end = x.master.endOf(&t.clock, d.wall, d.unix)
		}
		add(d.unix, end, x.master.match(d.unix, end))
	}
	_, after := x.series.reach()
	for i := range t.rules {
		last, ends := t.rules[i].last()
		if !ends {
			whole.hi = openEnd
			break
		}
		add(x.master.unix, last+after, nothing)
	}
	return whole
}
