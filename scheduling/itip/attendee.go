package itip

import (
	"errors"
	"slices"
	"strings"

	"convene/ical"
)

// ErrAttendeeChange says that an attendee may not make this change (CALDAV:allowed-attendee-scheduling-object-change, RFC 6638
// sections 3.2.2.1 and 3.2.4.4).
var ErrAttendeeChange = errors.New("itip: a change that only the organizer may make")

// Attendee returns what follows when an attendee writes after in the place of before (RFC 6638 section 3.2.2): the copy to store and the
// REPLY, and where the attendee delegates a REQUEST for the delegate. A nil before is a new object, a nil after a removed one.
// ctx.Owner is the attendee. What is the organizer's or the server's and clients write back as they once read it, or leave out as they do
// not know it, is put back: other attendees, SEQUENCE, DTSTAMP, SCHEDULE-STATUS, ATTACH and the like. Another time, SUMMARY, LOCATION or
// DESCRIPTION is refused. The errors are ErrSameOrganizer and ErrAttendeeChange.
func Attendee(ctx Context, before, after *ical.Object) (Plan, error) {
	b, a := read(before), read(after)
	if after == nil {
		return ctx.removed(b)
	}
	organizer, err := a.organizer(ctx.People)
	if err != nil {
		return Plan{}, err
	}
	was, _ := b.organizer(ctx.People)
	if organizer == nil || agent(organizer) != "SERVER" {
		return ctx.unattended(b, a, was, organizer)
	}
	if was != nil && ctx.People.ofProperty(was) != ctx.People.ofProperty(organizer) {
		return Plan{}, ErrAttendeeChange
	}
	w := answering{ctx: &ctx, before: b, after: a, stamp: ctx.nextStamp(b, a)}
	if before == nil || was == nil {
		w.before = read(nil)
	}
	for i := range a.parts {
		w.takeAlias(&a.parts[i])
	}
	if w.before.Object == nil {
		w.created()
	} else if err := w.compare(); err != nil {
		return Plan{}, err
	}
	return w.finish(organizer)
}

// unattended is for objects that the server does nothing about: without organizer, or with one whom the client tells of everything
// (RFC 6638 section 3.2.2.3).
func (ctx *Context) unattended(b, a *object, was, organizer *ical.Property) (Plan, error) {
	if organizer == nil && was != nil && agent(was) == "SERVER" && !ctx.owner(was) {
		return Plan{}, ErrAttendeeChange
	}
	plan := Plan{Object: a.Raw()}
	if organizer != nil {
		plan.Decisions = []Decision{{To: ParseAddress(organizer.Value), Rule: RuleAgent}}
	}
	return plan, nil
}

// answering works out what an attendee has answered.
type answering struct {
	ctx           *Context
	before, after *object
	stamp         int64
	answers       map[Instance]string // PARTSTATs that are new, by instance
	excluded      map[Instance]answer // instances that the attendee has excluded
	hidden        map[Instance]answer // those that were excluded before
	returned      InstanceSet         // those of them that no longer are
	restored      []*part             // overrides of before that the client has left out
	by            map[Instance]string // the value of the ATTENDEE that answers, where it is not the first one of the owner
	forced        InstanceSet         // instances that are answered only because the client asks for that
	edits         edits
}

// ownerIn returns the owner's ATTENDEE in p, or nil. p may be nil.
func (ctx *Context) ownerIn(p *part) *ical.Property {
	if p == nil {
		return nil
	}
	return ctx.attendee(p, ctx.People.Of(ctx.Owner))
}

// answered notes a new answer.
func (w *answering) answered(id Instance, status string) {
	if w.answers == nil {
		w.answers = make(map[Instance]string)
	}
	w.answers[id] = status
}

// created is for an object that the attendee has stored itself (RFC 6638 section 3.2.2.2): one that is answered already has a reply.
func (w *answering) created() {
	for i := range w.after.parts {
		p := &w.after.parts[i]
		if own := w.ctx.ownerIn(p); own != nil && partStat(own) != "" {
			w.answered(p.id, partStat(own))
		}
	}
}

// compare finds the answers, and refuses what an attendee may not change (RFC 6638 section 3.2.2.1).
func (w *answering) compare() error {
	m, was := w.after.master(), w.before.master()
	if (m == nil) != (was == nil) {
		return ErrAttendeeChange
	}
	w.excluded, w.hidden = declined(w.before), declined(w.before)
	if m != nil {
		if err := w.compareExcluded(w.after.contentOf(m), w.before.contentOf(was)); err != nil {
			return err
		}
	}
	for i := range w.after.parts {
		if err := w.comparePart(&w.after.parts[i]); err != nil {
			return err
		}
	}
	for i := range w.before.parts {
		x := &w.before.parts[i]
		if x.id == Master || w.after.part(x.id) != nil || m != nil && w.after.contentOf(m).exdates[x.id] {
			continue
		}
		if err := w.removedPart(x); err != nil {
			return err
		}
	}
	return nil
}

// partStatOf is partStat for a property that may be nil.
func partStatOf(p *ical.Property) string {
	if p == nil {
		return ""
	}
	return partStat(p)
}

// comparePart compares one component with what it was.
func (w *answering) comparePart(p *part) error {
	was, from := w.before.origin(p.id)
	if was == nil && w.before.master() != nil && w.before.contentOf(w.before.master()).exdates[p.id] {
		was, from = w.before.contentOf(w.before.master()).at(p.id), w.before.master() // it is wanted back, or out of sight
	}
	if was == nil || p.id != Master && from.id == Master && !w.before.has(p.id) && !w.returned[p.id] {
		return ErrAttendeeChange
	}
	now := w.after.contentOf(p)
	if p.Name == "VTODO" && was.status != "CANCELLED" && now.status != "CANCELLED" { // who completes a task says so
		done := *was
		was, done.status = &done, now.status
	}
	if !was.sameSchedule(now) || words(from.Component) != words(p.Component) {
		return ErrAttendeeChange
	}
	own, old := w.ctx.ownerIn(p), w.ctx.ownerIn(from)
	if old == nil { // not invited to this one
		return nil
	}
	if _, gone := w.excluded[p.id]; gone {
		return nil
	}
	said := now.comment != was.comment && now.comment != "" || p.Name == "VTODO" && progress(p.Component) != progress(from.Component)
	if own != nil && (partStat(own) != partStat(old) || said || delegates(own) != delegates(old)) {
		w.answered(p.id, partStat(own))
	}
	if organizer := p.Prop("ORGANIZER"); organizer != nil && forced(organizer) == "REPLY" {
		if _, ok := w.answers[p.id]; !ok && w.forced == nil {
			w.forced = make(InstanceSet)
		}
		if _, ok := w.answers[p.id]; !ok {
			w.forced[p.id] = true
		}
		w.answered(p.id, partStatOf(own))
	}
	return nil
}

// progress returns how far a task is done.
func progress(c *ical.Component) (all [3]string) {
	for i, name := range [...]string{"PERCENT-COMPLETE", "COMPLETED", "STATUS"} {
		if p := c.Prop(name); p != nil {
			all[i] = strings.TrimSpace(p.Value)
		}
	}
	return all
}

// delegates returns DELEGATED-TO of p as it can be compared.
func delegates(p *ical.Property) string {
	var all []string
	for _, a := range addressesIn(p, "DELEGATED-TO") {
		all = append(all, string(a))
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// addressesIn returns the addresses in a parameter of p.
func addressesIn(p *ical.Property, name string) (list []Address) {
	for _, param := range p.Params {
		if param.Name != name {
			continue
		}
		for _, v := range param.Values {
			if a := ParseAddress(v); a != "" {
				list = append(list, a)
			}
		}
	}
	return list
}

// removedPart is for an override that the client has left out without excluding the instance: one that holds answers only goes on to
// be there, with the owner's to the series; one that the organizer has cancelled stays so. In a copy without a series that is how clients
// exclude an instance.
func (w *answering) removedPart(x *part) error {
	m := w.before.master()
	cancelled := w.before.contentOf(x).status == "CANCELLED"
	if m == nil && !cancelled {
		w.exclude(x.id)
		return nil
	}
	if !cancelled && !w.before.contentOf(x).same(w.before.contentOf(m).at(x.id)) {
		return ErrAttendeeChange
	}
	w.restored = append(w.restored, x)
	series := partStatOf(w.ctx.ownerIn(w.after.master()))
	if own := w.ctx.ownerIn(x); !cancelled && own != nil && partStat(own) != series {
		w.answered(x.id, series)
	}
	return nil
}

// removed is for an object that the attendee has deleted (RFC 6638 section 3.2.2.4).
func (ctx *Context) removed(b *object) (Plan, error) {
	organizer, _ := b.organizer(ctx.People)
	if organizer == nil {
		return Plan{}, nil
	}
	d := Decision{To: ParseAddress(organizer.Value)}
	switch {
	case agent(organizer) != "SERVER":
		d.Rule = RuleAgent
	case ctx.Silent:
		d.Rule = RuleScheduleF
	default:
		w := answering{ctx: ctx, before: b, after: b, stamp: ctx.nextStamp(b)}
		for i := range b.parts {
			p := &b.parts[i]
			own := ctx.ownerIn(p)
			if own != nil && partStat(own) != "DECLINED" && partStat(own) != "DELEGATED" && b.contentOf(p).status != "CANCELLED" {
				w.answered(p.id, "DECLINED")
			}
		}
		if len(w.answers) > 0 {
			return w.replied(organizer)
		}
		d.Rule = RuleAlreadyNo
	}
	return Plan{Decisions: []Decision{d}}, nil
}
