package itip

import (
	"context"
	"time"

	"convene/ical"
)

// Instances are looked up one by one at first, each some microseconds and up to 3 ms of work. Whoever asks for more than these gets
// them by the span: 20,000 instances are worked out at once, from the one that is asked for. Objects with more of them than mostSpans
// hold, which is hundreds of thousands, are taken to have no further ones.
const (
	mostLookups = 64
	mostSpans   = 16
)

// span holds all instances that begin from the first second to the last.
type span struct {
	first, last int64
	ids         InstanceSet
}

// has says whether id is an instance of the series, overridden or not.
func (o *object) has(id Instance) bool {
	m := o.master()
	switch {
	case id == Master || m == nil:
		return o.part(id) != nil
	case o.contentOf(m).exdates[id]:
		return false
	case o.part(id) != nil:
		return true
	}
	is, ok := o.asked[id]
	if ok {
		return is
	}
	if len(o.asked) < mostLookups {
		at := time.Unix(id.at, 0)
		is = o.between(ical.Range{Start: at.Add(-time.Second), End: at.Add(time.Second)}).ids[id]
		if o.asked == nil {
			o.asked = make(map[Instance]bool)
		}
		o.asked[id] = is
		return is
	}
	for _, s := range o.spans {
		if s.first <= id.at && id.at <= s.last {
			return s.ids[id]
		}
	}
	if len(o.spans) == mostSpans {
		return false
	}
	s := o.between(ical.Range{Start: time.Unix(id.at, 0).Add(-time.Second)})
	s.first = id.at
	o.spans = append(o.spans, s)
	return s.ids[id]
}

// between works out the instances within r, or as many of the first of them as bounds allow.
func (o *object) between(r ical.Range) span {
	found, err := o.Instances(context.Background(), r, nil, ical.ExpandLimits{})
	s := span{last: 1<<63 - 1, ids: make(InstanceSet, len(found))}
	if err != nil { // what was found so far is all there is up to there
		s.last = -1 << 63
	}
	for _, i := range found {
		if i.Override {
			continue
		}
		id := instanceOf(i.RecurrenceID, o.start)
		s.ids[id] = true
		if err != nil {
			s.last = max(s.last, id.at)
		}
	}
	return s
}
