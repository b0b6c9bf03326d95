package ical

// addSeries takes over the instances of a recurring object.
func (x *indexer) addSeries(now int64, index *Index) {
	work := &budget{left: indexSteps}
	window := x.window(now)
	x.occurs = make([]span, 0, 64)
	for tries := 0; tries < 4 && work.left > 0; tries++ {
		exact, ok := x.addWindow(window, now*1e6, work)
		switch {
		case ok:
			if exact != (span{openStart, openEnd}) {
				index.Exact = exact.toRange()
			}
			return
		case window.lo == openStart:
			window = usualWindow(now)
		default: // as long as what was full, but with now in it
			window.lo = now*1e6 - (exact.hi-window.lo)/4
		}
	}
	x.reset()
	x.apart = true
	x.occurs = append(x.occurs, x.whole(x.stream(&budget{}, 0, 0)))
	index.Exact = nowhere
}

// window returns the range of time to look at: all of it if the series looks as if that fits, otherwise the usual one, or a
// smaller one if a simple rule is known to fill that.
func (x *indexer) window(now int64) span {
	if x.few() {
		return span{openStart, openEnd}
	}
	if len(x.rules) == 1 && x.rules[0].plain() && !x.master.start.Date { // of days, those that touch are one range
		rule := x.rules[0]
		length := unitSeconds[min(rule.Freq, Weekly)] * int64(rule.Interval) * (indexRanges - 10)
		if length < indexBefore+indexAfter {
			return span{(now - length/4) * 1e6, (now + length - length/4) * 1e6}
		}
	}
	return usualWindow(now)
}

func usualWindow(now int64) span { return span{(now - indexBefore) * 1e6, (now + indexAfter) * 1e6} }

// few says whether the series looks as if all of it fits.
func (x *indexer) few() bool {
	for _, rule := range x.rules {
		if rule.Count > 0 && rule.Count <= indexRanges {
			continue
		}
		if rule.Freq < Daily || rule.Until.Wall.IsZero() {
			return false
		}
		length := rule.Until.Wall.Unix() - x.master.wall
		if length/(unitSeconds[min(rule.Freq, Weekly)]*int64(rule.Interval)) > indexRanges {
			return false
		}
	}
	return len(x.dates)+len(x.overrides) <= indexRanges
}

// addWindow takes over the instances that overlap window, and what stands for the others: a range before and one after it.
// exact is where the result is so: window, without bound where there are no others, or ending earlier if all ranges are taken
// up. If they are before now, or the rules take too long to work out, ok is false.
func (x *indexer) addWindow(window span, now int64, work *budget) (exact span, ok bool) {
	x.reset()
	t, until := x.series.window(work, window)
	whole := x.whole(t)
	exact = span{openStart, openEnd}
	if whole.lo < window.lo {
		exact.lo = window.lo
		x.head = span{whole.lo, min(window.lo, whole.hi)}
	}
	more, early := false, x.early()
	var occ occurrence
	for t.next(&occ) {
		switch s := occ.span(); {
		case !s.overlaps(window):
			more = more || s.lo >= window.hi
		case x.instances == indexInstances || len(x.occurs) >= indexRanges:
			window.hi, more = occ.start*1e6-early, true
			if window.hi <= now {
				return window, false
			}
			t.ended, t.hasHead, t.nextOverride = true, false, len(t.overrides)
			continue
		default:
			x.add(&occ)
		}
		if occ.override == nil && occ.placed && occ.start >= until {
			t.ended, t.hasHead = true, false // overrides may follow
		}
	}
	if work.left <= 0 {
		return span{window.lo, window.lo}, false
	}
	if more || !t.done() {
		exact.hi = window.hi
		x.tail = span{max(window.hi, whole.lo), whole.hi}
	}
	return exact, true
}

// early returns how much earlier than the start of an instance this or a later one may be overlapped, at most, in
// microseconds.
func (x *indexer) early() (most int64) {
	for i := range x.shapes {
		if s := &x.shapes[i]; s.placed && s.row != fixedRow && s.row != neverRow {
			before, _ := s.reach()
			if s.start.Zone == nil {
				before += gapSeconds
			}
			most = max(most, before*1e6)
		}
	}
	return most
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
