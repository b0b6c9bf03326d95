package policy

import (
	"slices"
	"time"
)

// maxTries bounds how many times are looked at to find one to offer.
const maxTries = 3000

// offer finds the next time at which what was declined would be taken, nil if there is none within the bound.
func (p *Policy) offer(c *Case, wanted Slot) *Taken {
	length := wanted.End.Sub(wanted.Start)
	for _, start := range p.starts(c, wanted) {
		s := Slot{start, start.Add(length)}
		if d := p.judge(c, s); d.Action.takes() {
			return &Taken{s, d.Unit}
		}
	}
	return nil
}

// starts are the times at which what was in the way may be so no more, in order: where something that is taken ends, hours begin, or
// notice is long enough, and the same time of each later day.
func (p *Policy) starts(c *Case, wanted Slot) []time.Time {
	latest := wanted.Start.Add(p.Counter.Within)
	var starts []time.Time
	add := func(t time.Time) {
		if t.After(wanted.Start) && !t.Before(c.Now) && !t.After(latest) {
			starts = append(starts, t)
		}
	}
	for _, unit := range c.units {
		for _, s := range unit {
			add(s.End)
		}
	}
	for _, s := range c.Closed {
		add(s.End)
	}
	day := wanted.Start.In(c.zone())
	for t := day; p.Counter.Within > 0 && !t.After(latest) && len(starts) < maxTries; t = t.AddDate(0, 0, 1) {
		add(t)
		for _, r := range p.Rules {
			if hours, ok := r.Limit.(Hours); ok {
				hours.starts(t, add)
			}
		}
	}
	for _, r := range p.Rules {
		if a, ok := r.Limit.(Ahead); ok && a.Least > 0 {
			add(c.Now.Add(a.Least + quarter - 1).Truncate(quarter))
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	starts = slices.CompactFunc(starts, time.Time.Equal)
	return starts[:min(len(starts), maxTries)]
}

const quarter = 15 * time.Minute

// starts calls add for each start of hours of the day that t is in.
func (h Hours) starts(t time.Time, add func(time.Time)) {
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	for _, s := range h {
		if s.Day == t.Weekday() {
			add(clock(midnight, s.Start))
		}
	}
}
