package policy

import (
	"slices"
	"sort"
	"time"
)

// Slot is a time from Start up to, not including, End.
type Slot struct{ Start, End time.Time }

// Taken is a time at which one of the units is taken. Of one unit no two overlap.
type Taken struct {
	Slot
	Unit int // from 0
}

// Use is a booking that counts for quotas.
type Use struct {
	Slot
	Address string   // of who booked, normalised
	Groups  []string // those of Policy.Groups that who booked is in
}

// Case is a request with all that matters to it. All times of others that overlap Window, and all uses in Quotas, must be in it.
type Case struct {
	By  Person
	Now time.Time

	// Room says that it is something to be booked: time is taken, by one booking for each unit, and what no rule decides is accepted when
	// free and declined when busy. Of people what no rule decides is left to them.
	Room     bool
	Capacity int            // how many units there are, if the policy does not say; 0: 1
	Zone     *time.Location // of hours, periods and texts; nil: UTC

	Taken  []Taken
	Closed []Slot // when it is not available, whatever is taken
	Used   []Use  // without those of the event itself

	Slots   []Slot // what is asked for: the instances, in order of their start
	Series  bool   // they are decided together
	Last    time.Time
	Endless bool // the series has no Last start
	Extends bool // the series was accepted, and has come as far as these instances

	units [][]Slot // Taken by unit, each in order
	used  []Use
}

func (c *Case) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// prepare returns a copy to work with.
func (c *Case) prepare(p *Policy) *Case {
	work := *c
	capacity := max(c.Capacity, 1)
	if p.Capacity > 0 {
		capacity = p.Capacity
	}
	if !c.Room {
		capacity = 1
	}
	work.units = make([][]Slot, capacity)
	for _, t := range c.Taken {
		if t.Unit >= 0 && t.Unit < capacity {
			work.units[t.Unit] = append(work.units[t.Unit], t.Slot)
		}
	}
	for _, unit := range work.units {
		slices.SortFunc(unit, func(a, b Slot) int { return a.Start.Compare(b.Start) })
	}
	work.used = slices.Clone(c.Used)
	return &work
}

// free returns the first unit that is free at a time, -1 if none is.
func (c *Case) free(s Slot) int {
	if !s.Start.Before(s.End) {
		return 0 // takes no time
	}
	for _, closed := range c.Closed {
		if closed.overlaps(s) {
			return -1
		}
	}
	for n, unit := range c.units {
		i := after(unit, s.Start)
		if (i == len(unit) || !unit[i].overlaps(s)) && (i == 0 || !unit[i-1].overlaps(s)) {
			return n
		}
	}
	return -1
}

func (s Slot) overlaps(other Slot) bool {
	return s.Start.Before(other.End) && other.Start.Before(s.End)
}

// after is the index of the first slot that does not start before t.
func after(unit []Slot, t time.Time) int {
	return sort.Search(len(unit), func(i int) bool { return !unit[i].Start.Before(t) })
}

// take notes that a slot is booked.
func (c *Case) take(s Slot, unit int) {
	if !c.Room || !s.Start.Before(s.End) {
		return
	}
	c.units[unit] = slices.Insert(c.units[unit], after(c.units[unit], s.Start), s)
	use := Use{Slot: s, Groups: c.By.Groups}
	if len(c.By.Addresses) > 0 {
		use.Address = c.By.Addresses[0]
	}
	c.used = append(c.used, use)
}

// Window returns the time in which a policy looks at what is taken.
func (p *Policy) Window(slots []Slot) Slot {
	w := span(slots)
	if p.Counter.Within > 0 && len(slots) > 0 {
		w.End = w.End.Add(p.Counter.Within)
	}
	return w
}

// Quotas returns the time in which a policy looks at what has been booked by whom; the zero Slot: it does not.
func (p *Policy) Quotas(slots []Slot, zone *time.Location) Slot {
	window, all := p.Window(slots), Slot{}
	for _, r := range p.Rules {
		q, ok := r.Limit.(Quota)
		if !ok || len(slots) == 0 {
			continue
		}
		start, _ := q.Per.Bounds(window.Start, zone)
		_, end := q.Per.Bounds(window.End, zone)
		all = span([]Slot{{start, end}, all})
	}
	return all
}

// span is the time from the first start to the last end, of those that are not zero.
func span(slots []Slot) (all Slot) {
	for _, s := range slots {
		if s == (Slot{}) {
			continue
		}
		if all.Start.IsZero() || s.Start.Before(all.Start) {
			all.Start = s.Start
		}
		if s.End.After(all.End) {
			all.End = s.End
		}
	}
	return all
}
