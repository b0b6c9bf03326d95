package ical

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzRule: whatever can be parsed gives a first hundred instances in order, from wherever it is asked, and in little time.
func FuzzRule(f *testing.F) {
	for _, c := range rfcExamples {
		f.Add(c.rules[0], int64(873190800), int64(1000), false)
	}
	for _, rule := range dearRules {
		f.Add(rule, int64(0), int64(1e9), true)
	}
	f.Fuzz(func(t *testing.T, text string, start, later int64, date bool) {
		rule, err := ParseRule(text)
		if err != nil {
			return
		}
		start = max(-3e10, min(start, 2e11)) // from the year 1019 to 8307
		if date {
			start = floorDiv(start, daySeconds) * daySeconds
		}
		p := newPlan(rule, start, date)
		began := time.Now()
		first := take(&p, start, 100)
		if !slices.IsSorted(first) || len(slices.Compact(slices.Clone(first))) != len(first) {
			t.Fatalf("%s: out of order: %v", text, first)
		}
		from := start + max(0, min(later, 1e10))
		if len(first) > 2 {
			from = first[len(first)/2] - 1
		}
		second := take(&p, from, 20)
		want := slices.DeleteFunc(first, func(wall int64) bool { return wall < from })
		n := min(len(second), len(want))
		if len(first) > 2 && (n == 0 || !slices.Equal(second[:n], want[:n])) {
			t.Fatalf("%s: from %d: got %v, want %v", text, from, second, want)
		}
		if took := time.Since(began); took > time.Second {
			t.Fatalf("%s took %v", text, took)
		}
	})
}

// take returns the first n clocks from wall on.
func take(p *plan, wall int64, n int) (found []int64) {
	var c cursor
	c.init(p, &budget{left: 100_000})
	c.seek(wall)
	for len(found) < n {
		wall, ok := c.next()
		if !ok {
			break
		}
		found = append(found, wall)
	}
	return found
}

// FuzzObjectInstances puts properties into a component and an override, and asks everything of the object.
func FuzzObjectInstances(f *testing.F) {
	for _, c := range instanceTests {
		master := strings.ReplaceAll(c.components[0], " ", "\n")
		over := ""
		if len(c.components) > 1 {
			over = strings.ReplaceAll(c.components[1], " ", "\n")
		}
		f.Add(master, over, int64(1704067200), int64(86400*30))
	}
	for _, c := range expandTests {
		f.Add(strings.ReplaceAll(c.component, " ", "\n"), "", int64(1719792000), int64(86400*30))
	}
	for _, c := range overlapTests {
		f.Add(hours.Replace(strings.ReplaceAll(c.component, " ", "\n")), "", int64(1704100000), int64(3600))
	}
	f.Fuzz(func(t *testing.T, master, over string, from, length int64) {
		all := []string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"}
		for _, text := range []string{master, over} {
			name, props, _ := strings.Cut(text, "\n")
			if name != "" {
				all = append(all, "BEGIN:"+name, "UID:1", props, "END:"+name)
			}
		}
		o, err := ParseObject(lines(append(all, "END:VCALENDAR")...), Limits{})
		if err != nil {
			return
		}
		start := time.Unix(max(-3e10, min(from, 2e11)), 0).UTC()
		r := Range{start, start.Add(time.Duration(max(1, min(length, 1e8))) * time.Second)}
		checkCheap(t, o, r)
		berlin := zone(t, "Europe/Berlin")
		if got, err := o.AppendExpanded(t.Context(), nil, r, berlin, nil); err == nil {
			if _, err := Parse(got, Limits{}); err != nil {
				t.Fatalf("%v in\n%s\nfrom\n%s", err, got, o.Raw())
			}
		}
		checkFound(t, o, r, berlin)
	})
}

// checkFound holds against each other what is said of r in different ways.
func checkFound(t *testing.T, o *Object, r Range, floating *time.Location) {
	found, err := o.Instances(t.Context(), r, floating, ExpandLimits{MaxInstances: 2000})
	if err != nil {
		return
	}
	overlaps, err := o.Overlaps(t.Context(), o.Component, r, floating)
	if err != nil || overlaps != (len(found) > 0) {
		t.Fatalf("%v: %d instances, overlaps %v, %v\n%s", r, len(found), overlaps, err, o.Raw())
	}
	x, err := o.Index(r.Start, floating, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, o.Raw())
	}
	indexed := slices.ContainsFunc(x.Occurs, func(in Range) bool { return spanOf(in).overlaps(spanOf(r)) })
	if overlaps && !indexed {
		t.Fatalf("%v: overlaps but is not in the index %v\n%s", r, x.Occurs, o.Raw())
	}
}
