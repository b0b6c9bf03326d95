package itip

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"convene/ical"
)

// declinedProp notes in an attendee's copy that its owner has excluded an instance by EXDATE: the value is the instance, and
// answerParam the revision of that answer. It stands in the master, and in a copy without one, from which the component of the instance
// is gone, in the calendar.
const declinedProp = "X-CONVENE-DECLINED"

// declined returns the answers to instances that the owner of the copy has excluded, and that the organizer has not brought back since
// by an override.
func declined(o *object) map[Instance]answer {
	if o.Object == nil {
		return nil
	}
	var all map[Instance]answer
	noted := slices.Collect(o.Calendar.AllProps(declinedProp))
	if m := o.master(); m != nil {
		noted = slices.AppendSeq(noted, m.AllProps(declinedProp))
	}
	for _, p := range noted {
		d, ok := o.date(p)
		id := instanceOf(d, o.start)
		if p := o.part(id); !ok || p != nil && o.contentOf(p).status != "CANCELLED" {
			continue
		}
		if all == nil {
			all = make(map[Instance]answer)
		}
		a := answerOf(p)
		a.partStat = "DECLINED"
		all[id] = a
	}
	return all
}

// declinedLine writes a declinedProp.
func declinedLine(id Instance, a answer) []byte {
	return ical.AppendLine(nil, declinedProp, with(nil, answerParam, a.text()), id.String())
}

// finish writes the copy and the messages.
func (w *answering) finish(organizer *ical.Property) (Plan, error) {
	m := w.after.master()
	if _, ok := w.answers[Master]; ok {
		w.answerAll()
	}
	for i := range w.after.parts {
		w.part(&w.after.parts[i])
	}
	for _, x := range w.restored {
		w.edits.insert(w.after.tail(), w.restore(x))
	}
	if m != nil {
		w.noteExcluded(m.Component, tailOf(w.after.Raw(), m.Component))
		w.bringBack(m)
	} else {
		w.noteExcluded(w.after.Calendar, bodyOf(w.after.Raw(), w.after.Calendar))
	}
	raw := w.edits.apply(w.after.Raw())
	stored, err := ical.ParseObject(raw, ical.StoredLimits)
	if err != nil {
		return Plan{}, err
	}
	w.after = read(stored)
	if len(w.answers) == 0 {
		to := ParseAddress(organizer.Value)
		return Plan{Object: raw, Decisions: []Decision{{To: to, Rule: RuleNoAnswer}}}, nil
	}
	plan, err := w.replied(organizer)
	if err == nil && len(w.returned) > 0 {
		var refresh []Message
		refresh, err = w.ctx.askRefresh(w.after, Message{})
		plan.Messages = append(plan.Messages, refresh...)
	}
	plan.Object = raw
	return plan, err
}

// answerAll answers, beside the series, all instances that have an answer of their own, so that the reply says all there is.
func (w *answering) answerAll() {
	for i := range w.after.parts {
		p := &w.after.parts[i]
		if own := w.ctx.ownerIn(p); own != nil && w.after.contentOf(p).status != "CANCELLED" {
			if _, gone := w.excluded[p.id]; !gone {
				w.answered(p.id, partStat(own))
			}
		}
	}
	for _, x := range w.restored {
		if _, ok := w.answers[x.id]; !ok && w.ctx.ownerIn(x) != nil && w.before.contentOf(x).status != "CANCELLED" {
			w.answered(x.id, partStat(w.ctx.ownerIn(x)))
		}
	}
	for id := range w.excluded {
		w.answered(id, "DECLINED")
	}
}

// restore returns an override of before as it goes on to be there.
func (w *answering) restore(x *part) []byte {
	var e edits
	if status, ok := w.answers[x.id]; ok {
		own := w.ctx.ownerIn(x)
		a := answer{partStat: status, rev: Revision{x.rev.Sequence, w.stamp}}
		e.replace(own, lineOf(own, a.put(own.Params)))
	}
	return e.within(w.before.Raw(), x.Component)
}

// bringBack makes overrides of instances that are no longer excluded, to hold the answers. They have an old DTSTAMP, as nobody knows
// what the organizer has made of them meanwhile: all that is heard of them is newer.
func (w *answering) bringBack(m *part) {
	ids := make(InstanceSet)
	for id := range w.returned {
		if w.after.part(id) == nil {
			ids[id] = true
		}
	}
	for _, id := range ids.Sorted() {
		number := w.sequenceOf(id)
		text := w.before.instanceText(w.before.master(), id, func(prop *ical.Property) []ical.Param {
			if !w.ctx.owner(prop) {
				return prop.Params
			}
			return answer{partStat: w.answers[id], rev: Revision{number, w.stamp}}.put(prop.Params)
		})
		w.edits.insert(m.End, setLines(text, []string{"SEQUENCE", "DTSTAMP"}, []string{strconv.Itoa(number), stampText(0)}))
	}
}

// noteExcluded writes what is excluded by the attendee into c, at an offset.
func (w *answering) noteExcluded(c *ical.Component, at int) {
	for p := range c.AllProps(declinedProp) {
		w.edits.remove(p)
	}
	if c != w.after.Calendar {
		for p := range w.after.Calendar.AllProps(declinedProp) {
			w.edits.remove(p)
		}
	}
	ids := make(InstanceSet)
	for id := range w.excluded {
		ids[id] = true
	}
	for _, id := range ids.Sorted() {
		a := w.excluded[id]
		if _, ok := w.answers[id]; ok {
			a.rev = Revision{w.sequenceOf(id), w.stamp}
		}
		a.rev.Sequence = max(a.rev.Sequence, w.sequenceOf(id)) // what was known of it
		w.edits.insert(at, declinedLine(id, a))
	}
}

// sequenceOf returns the SEQUENCE that the organizer has given to an instance, or to the series, as far as the copy knows; or up to which
// the owner's answer there counts, which it may have from the series.
func (w *answering) sequenceOf(id Instance) int {
	if a, ok := w.hidden[id]; ok {
		return a.rev.Sequence
	}
	for _, o := range [...]*object{w.before, w.after} {
		if p := o.part(id); p != nil {
			return max(p.rev.Sequence, answerOf(w.ctx.ownerIn(p)).rev.Sequence)
		}
		if m := o.master(); m != nil {
			return m.rev.Sequence
		}
	}
	return 0
}

// part puts back what is not the attendee's in one component, and puts in the answer.
func (w *answering) part(p *part) {
	_, from := w.before.origin(p.id)
	if from == nil {
		from = w.before.master()
	}
	if from == nil || w.before.Object == nil { // a new object
		from = p
	} else {
		w.putBack(p, from, "SEQUENCE", "DTSTAMP")
		w.putBackRest(p, from)
	}
	organizer, was := p.Prop("ORGANIZER"), from.Prop("ORGANIZER")
	switch {
	case organizer == nil && was != nil:
		w.edits.insert(tailOf(w.after.Raw(), p.Component), lineOf(was, was.Params))
	case organizer != nil && was != nil:
		status := was.Param("SCHEDULE-STATUS")
		if was == organizer {
			status = "" // it has not been sent anything yet
		}
		if f := forced(organizer); f != "" && f != "REPLY" && f != "REQUEST" {
			status = "2.3" // RFC 6638 section 7.2
		}
		params := with(without(organizer.Params, "SCHEDULE-FORCE-SEND"), "SCHEDULE-STATUS", status)
		if !sameParams(params, organizer.Params) {
			w.edits.replace(organizer, lineOf(organizer, params))
		}
	}
	w.attendees(p, from)
}

// attendees makes the ATTENDEEs of p those of from, but for the owner's own answer and delegates.
func (w *answering) attendees(p, from *part) {
	me := w.ctx.People.Of(w.ctx.Owner)
	theirs := w.ctx.attendees(from)
	invited := w.delegates(p)
	at := tailOf(w.after.Raw(), p.Component)
	there := make(map[Address]bool)
	for prop := range p.AllProps("ATTENDEE") {
		person := w.ctx.People.ofProperty(prop)
		was := theirs[person]
		again := there[person]
		there[person] = true
		switch {
		case person == me:
			if params := w.own(p, prop, was); !sameParams(params, prop.Params) {
				w.edits.replace(prop, lineOf(prop, params))
			}
		case again && p != from: // an alias beside another one: as it stands
		case was == nil && !invited[person]:
			w.edits.remove(prop)
		case was == nil:
			w.edits.replace(prop, w.invitedLine(p, prop))
		case was != nil && !sameParams(was.Params, prop.Params) && agent(was) == "SERVER":
			w.edits.replace(prop, lineOf(was, was.Params))
		}
	}
	if p != from {
		for i := range from.Props {
			if was := &from.Props[i]; was.Name == "ATTENDEE" && !there[w.ctx.People.ofProperty(was)] {
				params := was.Params
				if w.ctx.owner(was) {
					params = w.own(p, was, was)
				}
				w.edits.insert(at, lineOf(was, params))
			}
		}
	}
	own := w.ctx.ownerIn(p)
	for _, person := range slices.Sorted(maps.Keys(invited)) {
		if own != nil && theirs[person] == nil && w.ctx.attendee(p, person) == nil {
			w.edits.insert(at, w.invitedLine(p, delegateLine(own, person)))
		}
	}
}

// invitedLine returns the line of a new delegate in p, whose answers to earlier invitations do not count.
func (w *answering) invitedLine(p *part, delegate *ical.Property) []byte {
	return lineOf(delegate, answer{rev: Revision{Sequence: w.sequenceOf(p.id)}}.put(delegate.Params))
}

// delegates returns those to whom the owner newly delegates the instance p.
func (w *answering) delegates(p *part) map[Address]bool {
	own := w.ctx.ownerIn(p)
	if _, ok := w.answers[p.id]; own == nil || !ok || partStat(own) != "DELEGATED" {
		return nil
	}
	all := make(map[Address]bool)
	for _, a := range addressesIn(own, "DELEGATED-TO") {
		all[w.ctx.People.Of(a)] = true
	}
	return all
}

// delegateLine returns the ATTENDEE of somebody to whom own delegates (RFC 5546 section 3.2.2.3).
func delegateLine(own *ical.Property, delegate Address) *ical.Property {
	var params []ical.Param
	if role := own.Param("ROLE"); role != "" {
		params = with(params, "ROLE", role)
	}
	params = with(with(params, "PARTSTAT", "NEEDS-ACTION"), "RSVP", "TRUE")
	params = with(params, "DELEGATED-FROM", strings.TrimSpace(own.Value))
	return &ical.Property{Name: "ATTENDEE", Params: params, Value: string(delegate)}
}

// own returns the parameters of the owner's ATTENDEE, which was was (nil: it was not there).
func (w *answering) own(p *part, prop, was *ical.Property) []ical.Param {
	params := without(prop.Params, "SCHEDULE-FORCE-SEND", "SCHEDULE-STATUS", answerParam)
	if was != nil && was != prop {
		params = with(params, "ROLE", was.Param("ROLE"))
		params = with(params, "CUTYPE", was.Param("CUTYPE"))
	}
	a := answerOf(was)
	a.partStat = partStat(prop)
	if status, ok := w.answers[p.id]; ok {
		a = answer{partStat: status, rev: Revision{w.sequenceOf(p.id), w.stamp}}
	}
	return a.put(params)
}
