package scheduling

import (
	"context"
	"slices"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/scheduling/policy"
	"convene/store"
)

// partStats are the answers of the actions (RFC 5545 section 3.2.12).
var partStats = map[policy.Action]string{
	policy.Accept: "ACCEPTED", policy.Tentative: "TENTATIVE", policy.Ask: "TENTATIVE", policy.Decline: "DECLINED",
}

// What organizers are told where no rule has a text.
const (
	textTaken   = "It is taken at that time."
	textCrowded = "The series has more dates than can be booked."
)

// decide says what becomes of an event: what is not answered yet is decided by the policy; what was accepted stays so, unless instances of
// it have come up that cannot be had.
func (d *desk) decide(ctx context.Context) (*resolution, error) {
	a := &resolution{}
	asked := d.visits.in("NEEDS-ACTION")
	room := d.home.Owner.Kind.Bookable()
	if !room && len(asked) == 0 {
		return a, nil
	}
	if len(d.rules.Pool) > 0 {
		return a, d.decidePool(ctx, a, asked)
	}
	if err := d.look(ctx, slotsOf(d.visits.in("ACCEPTED", "TENTATIVE", "NEEDS-ACTION"))); err != nil {
		return nil, err
	}
	if room {
		for _, v := range d.settle(a) {
			a.answers = append(a.answers, reaction{id: v.id, status: "DECLINED", text: textTaken})
		}
	}
	if m := d.cal.Master(); m != nil && d.w.stateOf(d.home.Owner, m) == "NEEDS-ACTION" {
		d.decideSeries(a, asked)
	} else {
		d.decideInstances(a, asked)
	}
	return a, nil
}

// decideSeries decides about all that is asked for together.
func (d *desk) decideSeries(a *resolution, asked []visit) {
	v := policy.Verdict{Action: policy.Decline, Text: textCrowded}
	switch room := d.home.Owner.Kind.Bookable(); {
	case d.visits.crowded && room:
	case len(asked) > 0:
		v = d.rules.Decide(d.request(asked, d.visits.recurs))
	case room: // it has no instance that could be booked
		v = policy.Verdict{Action: policy.Accept}
	default:
		return
	}
	a.rule = v.Rule
	if v.Action == policy.Leave {
		return
	}
	a.answers = append(a.answers, reaction{id: itip.Master, status: partStats[v.Action], text: v.Text})
	for i, each := range v.Each {
		x := asked[i]
		if each.Action != policy.Decline {
			d.take(a, x, each.Unit)
		}
		if x.part != d.cal.Master() || each.Action != v.Action {
			a.answers = append(a.answers, reaction{id: x.id, status: partStats[each.Action], text: each.Text})
		}
	}
	d.answerRest(a, asked, v.Action)
	d.offer(a, asked, &v)
}

// decideInstances decides about some instances of a series, each by itself.
func (d *desk) decideInstances(a *resolution, asked []visit) {
	for _, x := range asked {
		v := d.rules.Decide(d.request([]visit{x}, false))
		a.rule = v.Rule
		if v.Action == policy.Leave {
			continue
		}
		a.answers = append(a.answers, reaction{id: x.id, status: partStats[v.Action], text: v.Text})
		if v.Action != policy.Decline {
			d.take(a, x, v.Each[0].Unit)
		}
		if a.offer == nil {
			d.offer(a, []visit{x}, &v)
		}
	}
	if d.home.Owner.Kind.Bookable() {
		d.answerRest(a, asked, policy.Accept)
	}
}

// answerRest answers for overrides that are over, or too far off to be booked yet.
func (d *desk) answerRest(a *resolution, asked []visit, action policy.Action) {
	for _, c := range d.cal.Parts {
		known := func(v visit) bool { return v.part == c }
		if c.Prop("RECURRENCE-ID") == nil || slices.ContainsFunc(asked, known) || d.w.stateOf(d.home.Owner, c) != "NEEDS-ACTION" {
			continue
		}
		if dates, err := d.cal.DateTimes(c.Prop("RECURRENCE-ID")); err == nil && len(dates) > 0 {
			a.answers = append(a.answers, reaction{id: itip.InstanceOf(d.cal, dates[0]), status: partStats[action]})
		}
	}
}

// offer notes what is proposed instead of what was declined, and keeps it free for a while.
func (d *desk) offer(a *resolution, asked []visit, v *policy.Verdict) {
	if v.Offer == nil {
		return
	}
	a.offer, a.offered = v.Offer, asked[0]
	if hold := d.rules.Counter.Hold; hold > 0 && d.home.Owner.Kind.Bookable() {
		d.taken = append(d.taken, *v.Offer)
		a.add = append(a.add, store.Booking{
			Unit: v.Offer.Unit, During: ical.Range(v.Offer.Slot), Instance: asked[0].id.String(), Booker: d.booker, Held: d.w.Tx.Now().Add(hold),
		})
	}
}
