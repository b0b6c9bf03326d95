package ical

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// span is a range of time, from lo up to hi, in microseconds since 1970.
type span struct{ lo, hi int64 }

const (
	openStart = math.MinInt64
	openEnd   = math.MaxInt64
)

// nothing overlaps no span.
var nothing = span{openEnd, openStart}

// spanOf returns r as a span.
func spanOf(r Range) span {
	s := span{openStart, openEnd}
	if !r.Start.IsZero() {
		s.lo = r.Start.UnixMicro()
	}
	if !r.End.IsZero() {
		s.hi = r.End.UnixMicro()
	}
	return s
}

// toRange returns s as a Range, in UTC.
func (s span) toRange() (r Range) {
	if s.lo != openStart {
		r.Start = time.UnixMicro(s.lo).UTC()
	}
	if s.hi != openEnd {
		r.End = time.UnixMicro(s.hi).UTC()
	}
	return r
}

// overlaps says whether two spans have a moment in common.
func (s span) overlaps(t span) bool { return s.lo < t.hi && t.lo < s.hi }

// mergeSpans returns what spans cover, in order, with what overlaps or touches made one and empty ones left out. It reuses
// spans.
func mergeSpans(spans []span) []span {
	if !slices.IsSortedFunc(spans, compareSpans) {
		slices.SortFunc(spans, compareSpans)
	}
	merged := spans[:0]
	for _, s := range spans {
		merged = appendSpan(merged, s)
	}
	return merged
}

func compareSpans(a, b span) int { return cmp.Compare(a.lo, b.lo) }

// appendSpan appends s, which starts no earlier than the last of spans does, or makes it part of that.
func appendSpan(spans []span, s span) []span {
	last := len(spans) - 1
	switch {
	case s.lo >= s.hi:
		return spans
	case last >= 0 && s.lo <= spans[last].hi:
		spans[last].hi = max(spans[last].hi, s.hi)
		return spans
	}
	return append(spans, s)
}

// toRanges returns spans as ranges; nil for none.
func toRanges(spans []span) []Range {
	if len(spans) == 0 {
		return nil
	}
	ranges := make([]Range, len(spans))
	for i, s := range spans {
		ranges[i] = s.toRange()
	}
	return ranges
}
