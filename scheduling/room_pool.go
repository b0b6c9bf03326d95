package scheduling

import (
	"context"
	"time"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/scheduling/policy"
	"convene/store"
)

// usage is around what time of a request the use of the members of a pool is compared.
const usage = 28 * 24 * time.Hour

// decidePool decides for a pool: the request is delegated to the member that can take it, and has been used the least (RFC 5546 section
// 3.2.2.3). A pool has no bookings of its own; its quotas are over those of its members.
func (d *desk) decidePool(ctx context.Context, a *resolution, asked []visit) error {
	if len(asked) == 0 {
		return nil
	}
	members, err := d.poolMembers()
	if err != nil {
		return err
	}
	verdict, err := d.poolVerdict(ctx, members, asked)
	if err != nil {
		return err
	}
	a.rule = verdict.Rule
	status, text, to := partStats[verdict.Action], verdict.Text, itip.Address("")
	switch verdict.Action {
	case policy.Leave:
		return nil
	case policy.Accept:
		if status, text, to, err = d.choose(ctx, members, asked); err != nil {
			return err
		}
	}
	d.answerAll(a, "NEEDS-ACTION", reaction{status: status, text: text, to: to})
	return nil
}

// answerAll answers all components alike that have an answer.
func (d *desk) answerAll(a *resolution, state string, r reaction) {
	for _, c := range d.cal.Parts {
		if d.w.stateOf(d.home.Owner, c) == state {
			r.id = idOf(d.cal, c)
			a.answers = append(a.answers, r)
		}
	}
}

// approved delegates what the manager of a pool has accepted.
func (w *Work) approved(ctx context.Context, cp *copied, d *desk) error {
	accepted := d.visits.in("ACCEPTED")
	if len(accepted) == 0 || w.invitation(d.home.Owner, accepted[0].part) == nil {
		return nil
	}
	members, err := d.poolMembers()
	if err != nil {
		return err
	}
	status, text, to, err := d.choose(ctx, members, accepted)
	if err != nil {
		return err
	}
	a := &resolution{}
	d.answerAll(a, "ACCEPTED", reaction{status: status, text: text, to: to})
	w.begin(cp.cal.UID, d.home.Owner.ID, cp)
	return w.reply(ctx, cp, a)
}

// poolMembers are the rooms in the pool that there are, their homes held.
func (d *desk) poolMembers() ([]*store.Principal, error) {
	w := d.w
	addresses := make([]itip.Address, len(d.rules.Pool))
	for i, name := range d.rules.Pool {
		addresses[i] = itip.Address(pathOf(&store.Principal{Kind: d.home.Owner.Kind, Name: name}))
	}
	if err := w.know(append([]itip.Address{}, addresses...)); err != nil {
		return nil, err
	}
	var members []*store.Principal
	var ids []store.PrincipalID
	for _, a := range addresses {
		if p := w.dir.principals[a]; p != nil && p.ID != d.home.Owner.ID {
			members, ids = append(members, p), append(ids, p.ID)
		}
	}
	return members, w.Tx.Hold(ids...)
}

// poolVerdict is what the policy of the pool itself says, whichever member would take it.
func (d *desk) poolVerdict(ctx context.Context, members []*store.Principal, asked []visit) (policy.Verdict, error) {
	slots := slotsOf(asked)
	if err := d.lookClosed(ctx, d.rules.Window(slots)); err != nil {
		return policy.Verdict{}, err
	}
	if quotas := d.rules.Quotas(slots, d.zone); quotas != (policy.Slot{}) {
		ids := make([]store.PrincipalID, len(members))
		for i, m := range members {
			ids[i] = m.ID
		}
		var err error
		if d.booked, err = d.w.Tx.Bookings(ctx, ids, d.cal.UID, []ical.Range{ical.Range(quotas)}); err != nil {
			return policy.Verdict{}, err
		}
		if groups := d.rules.Groups(); len(groups) > 0 {
			if d.members, err = d.w.Tx.MembersByAddress(ctx, groups); err != nil {
				return policy.Verdict{}, err
			}
		}
	}
	m := d.cal.Master()
	c := d.request(asked, d.visits.recurs && m != nil && d.w.stateOf(d.home.Owner, m) == "NEEDS-ACTION")
	c.Capacity = len(members)
	v := d.rules.Decide(c)
	v.Offer = nil
	return v, nil
}

// choose finds the member that takes the request. One that has it already, from before it was moved, keeps it if it can.
func (d *desk) choose(ctx context.Context, members []*store.Principal, asked []visit) (status, text string, to itip.Address, err error) {
	candidates := make([]policy.Candidate, len(members))
	ids := make([]store.PrincipalID, len(members))
	for i, m := range members {
		ids[i] = m.ID
		if candidates[i].Verdict, err = d.ask(ctx, m, asked); err != nil {
			return "", "", "", err
		}
	}
	around := ical.Range{Start: asked[0].slot.Start.Add(-usage), End: asked[0].slot.Start.Add(usage)}
	used, err := d.w.Tx.BookedTime(ctx, ids, around)
	if err != nil {
		return "", "", "", err
	}
	has, err := d.w.Tx.Bookings(ctx, ids, d.cal.UID, nil)
	if err != nil {
		return "", "", "", err
	}
	for i, m := range members {
		candidates[i].Used = used[m.ID]
		for _, b := range has {
			if b.Room == m.ID && b.Held.IsZero() {
				candidates[i].Used = -1
			}
		}
	}
	best := policy.Choose(candidates)
	if best < 0 {
		return "DECLINED", "None of them is free at that time.", "", nil
	}
	return "DELEGATED", "", addressOf(members[best]), nil
}

// ask asks a member of the pool what it would say.
func (d *desk) ask(ctx context.Context, member *store.Principal, asked []visit) (policy.Verdict, error) {
	w := d.w
	home := w.Tx.Home(member.ID)
	rules := w.policyOf(ctx, member)
	calendar := home.DefaultCalendar("VEVENT")
	if rules == nil || len(rules.Pool) > 0 || calendar == nil || home.Inbox() == nil {
		return policy.Verdict{Action: policy.Decline}, nil
	}
	m := &desk{w: w, home: home, rules: rules, cal: d.cal, zone: calendar.Zone, by: d.by, booker: d.booker, visits: d.visits, own: map[string]store.Booking{}}
	if err := m.look(ctx, slotsOf(asked)); err != nil {
		return policy.Verdict{}, err
	}
	return rules.Decide(m.request(asked, d.visits.recurs)), nil
}
