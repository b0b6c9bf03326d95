package ical

import "time"

// Index is what the database keeps of an object, to answer time ranges and free/busy without parsing it. All ranges are
// sorted, disjoint and in whole microseconds; a range without bound is zero on that side. They must not be changed: lists
// may share memory.
type Index struct {
	Occurs    []Range // what the instances overlap by RFC 4791 section 9.9; what has no length takes a microsecond
	Busy      []Range // when it makes busy: not transparent, not cancelled, not declined
	Tentative []Range // when it perhaps does (STATUS:TENTATIVE, or an invitation without an answer)

	// Exact is where the above say all there is. Zero: everywhere. Outside of it Occurs covers more than the instances, from
	// the first of them to Exact.Start and from Exact.End to the last, and Busy and Tentative miss some: ask Overlaps and BusyIn.
	Exact Range

	Floating bool  // the ranges depend on the zone in which floating times are taken
	Class    Class // of the object
}

const (
	indexBefore    = 366 * daySeconds // the window of Index before now
	indexAfter     = 731 * daySeconds // and after it
	indexRanges    = 400              // how many ranges are kept
	indexInstances = 1600             // how many instances are looked at for them, as those that touch become one
	indexSteps     = 20_000
)

// Index works out when o happens: all of it if that is a few hundred instances, otherwise those from a year before now to
// two years after, or as many of them around now as fit into 400 ranges. It is cheap whatever the rules are. Floating times
// are taken in floating (nil: UTC). owner is who the calendar belongs to, whose answers to invitations count. Errors are *Error, for rules
// and dates that cannot be understood.
func (o *Object) Index(now time.Time, floating *time.Location, owner Who) (Index, error) {
	s, err := o.series(floating)
	if err != nil {
		return Index{}, err
	}
	s.answer(owner)
	index := Index{Floating: s.floating(), Class: o.Class()}
	x := indexer{series: s}
	switch {
	case o.Component == "VFREEBUSY":
		err = x.addFreeBusy(o, floating, &index)
	case s.recurring:
		x.addSeries(now.Unix(), &index)
	default:
		x.add(&occurrence{shape: s.master, start: s.master.unix, end: s.master.end})
	}
	x.finish(&index)
	return index, err
}

// indexer collects the ranges of an Index.
type indexer struct {
	*series
	occurs          []span
	busy, tentative []span
	apart           bool // busy is not the same as occurs
	instances       int
	head, tail      span // what stands for instances before and after those
}

// reset forgets what was collected.
func (x *indexer) reset() {
	x.occurs, x.busy, x.tentative, x.apart, x.instances = x.occurs[:0], x.busy[:0], x.tentative[:0], false, 0
	x.head, x.tail = nothing, nothing
}

// add takes over an instance.
func (x *indexer) add(occ *occurrence) {
	x.instances++
	if occ.periods != nil {
		x.occurs, x.apart = append(x.occurs, occ.periods...), true
		return
	}
	s, taken := occ.span(), span{occ.start * 1e6, occ.end * 1e6}
	opaque := occ.comp.Name == "VEVENT" && occ.shows == busy
	if !x.apart && (!opaque || s != taken) {
		x.busy, x.apart = append(x.busy, x.occurs...), true
	}
	x.occurs = appendNext(x.occurs, s)
	switch {
	case !x.apart:
	case opaque:
		x.busy = appendNext(x.busy, taken)
	case occ.comp.Name == "VEVENT" && occ.shows == tentative:
		x.tentative = appendNext(x.tentative, taken)
	}
}

// appendNext appends s, made one with the last of spans if they touch, and nothing if it is empty. What is out of order
// mergeSpans mends later.
func appendNext(spans []span, s span) []span {
	if last := len(spans) - 1; last >= 0 && s.lo < spans[last].lo && s.lo < s.hi {
		return append(spans, s)
	}
	return appendSpan(spans, s)
}

// finish fills in the ranges of index.
func (x *indexer) finish(index *Index) {
	x.occurs = mergeSpans(x.occurs)
	n := len(x.occurs)
	before, after := x.head.lo < x.head.hi, x.tail.lo < x.tail.hi
	touching := n > 0 && (before && x.occurs[0].lo <= x.head.hi || after && x.tail.lo <= x.occurs[n-1].hi)
	if !x.apart && !touching {
		all := make([]span, 0, n+2)
		all = appendSpan(append(appendSpan(all, x.head), x.occurs...), x.tail)
		index.Occurs = toRanges(all)
		index.Busy = index.Occurs[btoi(before) : btoi(before)+n : btoi(before)+n]
		return
	}
	if !x.apart {
		x.busy = append(x.busy, x.occurs...)
	}
	index.Busy, index.Tentative = toRanges(mergeSpans(x.busy)), toRanges(mergeSpans(x.tentative))
	index.Occurs = toRanges(mergeSpans(append(x.occurs, x.head, x.tail)))
}

// btoi is 1 for true.
func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// addFreeBusy takes over the periods of VFREEBUSY components. There is no list for BUSY-UNAVAILABLE: with such periods nothing
// is called exact, so that BusyIn is asked.
func (x *indexer) addFreeBusy(o *Object, floating *time.Location, index *Index) error {
	x.reset()
	for i := range x.shapes {
		x.add(&occurrence{shape: &x.shapes[i]})
	}
	var found [typeFree][]span
	if err := o.addFreeBusy(&found, floating); err != nil {
		return err
	}
	x.busy, x.tentative, x.apart = found[typeBusy], found[typeTentative], true
	if len(found[typeUnavailable]) > 0 {
		index.Exact = nowhere
	}
	return nil
}

// nowhere stands for "exact nowhere": a moment that no range is within.
var nowhere = Range{time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2, 1, 1, 0, 0, 0, 1000, time.UTC)}
