package scheduling

import (
	"context"
	"slices"
	"time"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/scheduling/policy"
	"convene/store"
)

// desk decides for one room, resource or person about one event. Of a room all bookings that matter are looked up; its home is held, so that
// no others come meanwhile.
type desk struct {
	w      *Work
	home   *store.Home
	rules  *policy.Policy
	cal    *ical.Object
	zone   *time.Location
	by     policy.Person
	booker string
	visits *visits

	own     map[string]store.Booking // of this event, by instance
	taken   []policy.Taken           // by others, and by what of this event is settled
	booked  []store.Booking          // all that were found
	closed  []policy.Slot
	members map[string][]string // see store.Tx.MembersByAddress
}

// resolution is what becomes of the instances of an event.
type resolution struct {
	answers []reaction
	drop    []string // instances whose bookings go
	add     []store.Booking
	rule    string // the line of the policy that the answer follows; "": what is done by default
	offer   *policy.Taken
	offered visit // what it is offered for
}

// reaction is the answer to an instance, or to the series as such.
type reaction struct {
	id     itip.Instance
	status string // PARTSTAT
	text   string
	to     itip.Address // of a DELEGATED
}

// desk prepares for a decision on what in an event is not over at since.
func (w *Work) desk(ctx context.Context, home *store.Home, rules *policy.Policy, cal *ical.Object, zone *time.Location, since time.Time) (*desk, error) {
	d := &desk{w: w, home: w.Tx.Home(home.Owner.ID), rules: rules, cal: cal, zone: zone, own: map[string]store.Booking{}}
	var err error
	if d.visits, err = w.visits(ctx, home.Owner, cal, zone, since); err != nil {
		return nil, err
	}
	if organizer := organizerOf(cal); organizer != "" {
		d.by, d.booker = policy.Person{Addresses: []string{string(organizer)}}, string(organizer)
		if p := w.dir.principals[organizer]; p != nil {
			d.by = policy.Person{Name: p.Name, Groups: p.Groups, Addresses: append([]string{string(addressOf(p)), pathOf(p)}, p.Addresses...)}
			d.booker = string(addressOf(p))
		}
	}
	return d, nil
}

// look finds out what is taken, closed, and used of quotas, where some instances happen.
func (d *desk) look(ctx context.Context, slots []policy.Slot) error {
	during := ranges(slots)
	window := d.rules.Window(slots)
	if d.rules.Counter.Within > 0 && len(slots) > 0 {
		during = append(during, ical.Range(window))
	}
	if quotas := d.rules.Quotas(slots, d.zone); quotas != (policy.Slot{}) {
		during = append(during, ical.Range(quotas))
	}
	if err := d.lookClosed(ctx, window); err != nil {
		return err
	}
	if !d.home.Owner.Kind.Bookable() {
		return d.lookBusy(ctx, during)
	}
	if groups := d.rules.Groups(); len(groups) > 0 && d.members == nil {
		var err error
		if d.members, err = d.w.Tx.MembersByAddress(ctx, groups); err != nil {
			return err
		}
	}
	var err error
	d.booked, err = d.w.Tx.Bookings(ctx, []store.PrincipalID{d.home.Owner.ID}, d.cal.UID, during)
	for _, b := range d.booked {
		switch {
		case b.UID != d.cal.UID:
			d.taken = append(d.taken, policy.Taken{Slot: policy.Slot(b.During), Unit: b.Unit})
		case b.Held.IsZero():
			d.own[b.Instance] = b
		}
	}
	return err
}

// ranges are slots as the store has them, without those that take no time.
func ranges(slots []policy.Slot) []ical.Range {
	var list []ical.Range
	for _, s := range slots {
		if s.Start.Before(s.End) {
			list = append(list, ical.Range(s))
		}
	}
	return list
}

// request is a case about some instances.
func (d *desk) request(list []visit, series bool) *policy.Case {
	c := &policy.Case{
		By: d.by, Now: d.w.Tx.Now(), Room: d.home.Owner.Kind.Bookable(), Capacity: d.home.Owner.Capacity, Zone: d.zone,
		Taken: d.taken, Closed: d.closed, Slots: slotsOf(list), Series: series,
	}
	if series {
		c.Last, c.Endless = d.visits.last, d.visits.endless
	}
	asked := map[string]bool{}
	for _, v := range list {
		asked[v.id.String()] = true
	}
	for _, b := range d.booked {
		if b.Held.IsZero() && b.Booker != "" && (b.UID != d.cal.UID || !asked[b.Instance]) {
			c.Used = append(c.Used, policy.Use{Slot: policy.Slot(b.During), Address: b.Booker, Groups: d.members[b.Booker]})
		}
	}
	return c
}

func slotsOf(list []visit) []policy.Slot {
	slots := make([]policy.Slot, len(list))
	for i, v := range list {
		slots[i] = v.slot
	}
	return slots
}

// in returns the visits that have one of some answers.
func (v *visits) in(states ...string) (list []visit) {
	for _, x := range v.list {
		if slices.Contains(states, x.state) {
			list = append(list, x)
		}
	}
	return list
}

// take notes that an instance is booked.
func (d *desk) take(a *resolution, v visit, unit int) {
	if !v.slot.Start.Before(v.slot.End) {
		return
	}
	id := v.id.String()
	if _, was := d.own[id]; was { // it may be over, and have been moved to come again
		a.drop = append(a.drop, id)
	}
	d.taken = append(d.taken, policy.Taken{Slot: v.slot, Unit: unit})
	a.add = append(a.add, store.Booking{Unit: unit, During: ical.Range(v.slot), Instance: id, Booker: d.booker})
}

// sync makes the bookings what the answers in the copy say. refused are the instances which are to be booked and cannot.
func (d *desk) sync(ctx context.Context) (a *resolution, refused []visit, err error) {
	if err := d.look(ctx, slotsOf(d.visits.in("ACCEPTED", "TENTATIVE", "NEEDS-ACTION"))); err != nil {
		return nil, nil, err
	}
	a = &resolution{}
	refused = d.settle(a)
	return a, refused, nil
}

// settle keeps the bookings of what is accepted, drops the others, and books what is accepted and has none yet.
func (d *desk) settle(a *resolution) (refused []visit) {
	var late []visit
	kept := map[string]bool{}
	for _, v := range d.visits.in("ACCEPTED", "TENTATIVE") {
		id := v.id.String()
		if b, ok := d.own[id]; ok && b.During.Start.Equal(v.slot.Start) && b.During.End.Equal(v.slot.End) {
			kept[id] = true
			d.taken = append(d.taken, policy.Taken{Slot: v.slot, Unit: b.Unit})
			continue
		}
		late = append(late, v)
	}
	for id, b := range d.own {
		if !kept[id] && b.During.End.After(d.visits.from) {
			a.drop = append(a.drop, id)
		}
	}
	slices.Sort(a.drop)
	c := d.request(late, false)
	c.Extends = true
	bare := policy.Policy{Capacity: d.rules.Capacity}
	for i, decision := range bare.Each(c) {
		if decision.Action == policy.Decline {
			refused = append(refused, late[i])
			continue
		}
		d.take(a, late[i], decision.Unit)
	}
	return refused
}
