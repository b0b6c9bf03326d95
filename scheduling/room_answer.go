package scheduling

import (
	"context"
	"slices"
	"strings"
	"time"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/scheduling/policy"
	"convene/store"
)

// reply writes answers into the copy of their owner, and sends them to the organizer.
func (w *Work) reply(ctx context.Context, cp *copied, a *resolution) error {
	if len(a.answers) == 0 {
		return nil
	}
	owner := cp.home.Owner
	after, err := w.answered(owner, cp.cal, a.answers)
	if err != nil {
		return err
	}
	plan, err := itip.Attendee(w.context(owner), cp.cal, after)
	if err != nil {
		return err
	}
	for i := range plan.Decisions {
		plan.Decisions[i].Rule = policyRule(a.rule)
	}
	if cp.cal, err = reparsed(after, plan.Object); err != nil {
		return err
	}
	cp.writing = true // what comes back meanwhile goes into it, and is stored with it
	statuses, err := w.deliver(ctx, sender{owner: owner, actor: owner.Name}, plan)
	cp.writing = false
	if err != nil {
		return err
	}
	cal, err := reparsed(cp.cal, itip.SetStatus(cp.cal, w.dir.people, statuses))
	if err != nil {
		return err
	}
	return w.keep(ctx, cp, cal, false)
}

// policyRule is what the trace says of an answer by a policy.
func policyRule(line string) itip.Rule {
	if line == "" {
		return "answered by itself"
	}
	return itip.Rule("by the policy: " + line)
}

// answered is the copy of somebody with answers.
func (w *Work) answered(owner *store.Principal, cal *ical.Object, answers []reaction) (*ical.Object, error) {
	for _, r := range answers {
		var err error
		if cal, err = reparsed(cal, itip.Answer(w.context(owner), cal, r.id, r.status, r.text)); err != nil {
			return nil, err
		}
	}
	return reparsed(cal, w.finished(owner, cal, answers))
}

// finished is a copy that was answered, with those whom it is delegated to; of a room it takes its time, whatever it does of the organizer's.
func (w *Work) finished(owner *store.Principal, cal *ical.Object, answers []reaction) []byte {
	raw := cal.Raw()
	var out []byte
	at := 0
	put := func(p *ical.Property, line []byte) {
		out = append(append(out, raw[at:p.Start]...), line...)
		at = p.End
	}
	for _, c := range inOrder(cal.Parts) {
		i := slices.IndexFunc(answers, func(r reaction) bool { return r.id == idOf(cal, c) })
		for k := range c.Props {
			p := &c.Props[k]
			switch {
			case p.Name == "ATTENDEE" && i >= 0 && w.is(owner, p) && delegates(p) != string(answers[i].to):
				put(p, delegated(p, answers[i].to))
			case p.Name == "TRANSP" && owner.Kind.Bookable() && strings.EqualFold(strings.TrimSpace(p.Value), "TRANSPARENT"):
				put(p, ical.AppendLine(nil, "TRANSP", nil, "OPAQUE"))
			}
		}
	}
	if at == 0 {
		return raw
	}
	return append(out, raw[at:]...)
}

func inOrder(parts []*ical.Component) []*ical.Component {
	list := slices.Clone(parts)
	slices.SortFunc(list, func(a, b *ical.Component) int { return a.Start - b.Start })
	return list
}

// idOf names a component of an object.
func idOf(cal *ical.Object, c *ical.Component) itip.Instance {
	p := c.Prop("RECURRENCE-ID")
	if p == nil {
		return itip.Master
	}
	dates, err := cal.DateTimes(p)
	if err != nil || len(dates) == 0 {
		return itip.Master // cannot be: it was parsed
	}
	return itip.InstanceOf(cal, dates[0])
}

func delegates(p *ical.Property) string { return p.Param("DELEGATED-TO") }

// delegated is an ATTENDEE with those whom it delegates to replaced; "" stands for nobody.
func delegated(p *ical.Property, to itip.Address) []byte {
	params := slices.DeleteFunc(slices.Clone(p.Params), func(x ical.Param) bool { return x.Name == "DELEGATED-TO" })
	if to != "" {
		params = append(params, ical.Param{Name: "DELEGATED-TO", Values: []string{string(to)}})
	}
	return ical.AppendLine(nil, "ATTENDEE", params, p.Value)
}

// propose sends the organizer a COUNTER with the time that is free (RFC 5546 section 3.2.7).
func (w *Work) propose(ctx context.Context, cp *copied, d *desk, a *resolution) error {
	start, end, ok := written(d, a.offered, *a.offer)
	if !ok {
		return nil
	}
	text := "It is free then."
	if hold := d.rules.Counter.Hold; hold > 0 {
		until := w.Tx.Now().Add(hold).In(zoneOr(d.zone))
		text = "It is free then, and kept for you until " + until.Format("2006-01-02 15:04") + "."
	}
	m, err := itip.Propose(w.context(d.home.Owner), cp.cal, a.offered.id, start, end, text)
	if err != nil || m.Object == nil {
		return err
	}
	plan := itip.Plan{Messages: []itip.Message{m}, Decisions: []itip.Decision{{To: m.To, Method: m.Method, Rule: "the next time that is free"}}}
	_, err = w.deliver(ctx, sender{owner: d.home.Owner, actor: d.home.Owner.Name}, plan)
	return err
}

func zoneOr(zone *time.Location) *time.Location {
	if zone == nil {
		return time.UTC
	}
	return zone
}

// written is an offered time as the event writes times. An event of whole days is offered whole days only.
func written(d *desk, v visit, offer policy.Taken) (start, end ical.DateTime, ok bool) {
	if v.date {
		from, to := offer.Start.In(zoneOr(d.zone)), offer.End.In(zoneOr(d.zone))
		whole := from.Hour() == 0 && from.Minute() == 0 && to.Hour() == 0 && to.Minute() == 0
		return ical.DateTime{Wall: clockIn(from), Date: true}, ical.DateTime{Wall: clockIn(to), Date: true}, whole
	}
	zone := time.UTC
	if p := v.part.Prop("DTSTART"); p != nil {
		if dates, err := d.cal.DateTimes(p); err == nil && len(dates) > 0 && dates[0].Zone != nil {
			zone = dates[0].Zone
		}
	}
	return ical.DateTime{Wall: clockIn(offer.Start.In(zone)), Zone: zone}, ical.DateTime{Wall: clockIn(offer.End.In(zone)), Zone: zone}, true
}

// clockIn is the wall clock of t, as if it were UTC.
func clockIn(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}
