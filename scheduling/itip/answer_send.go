package itip

import (
	"maps"
	"slices"
	"strconv"

	"convene/ical"
)

// replied returns the messages that carry the answers.
func (w *answering) replied(organizer *ical.Property) (Plan, error) {
	var plan Plan
	ids := make(InstanceSet, len(w.answers))
	for id := range w.answers {
		ids[id] = true
	}
	w2 := writer{ctx: w.ctx, object: w.after, stamp: w.stamp}
	dst := w2.head(1024)
	to := make(map[Address]bool)
	for _, id := range ids.Sorted() {
		var err error
		if dst, err = w.replyPart(dst, id); err != nil {
			return plan, err
		}
		if p := w.after.part(id); p != nil {
			for delegate := range w.delegates(p) {
				if w.delegatesNewly(id, delegate) {
					to[delegate] = true
				}
			}
		}
	}
	reply, err := ical.ParseObject(append(dst, "END:VCALENDAR\r\n"...), ical.StoredLimits)
	if err != nil {
		return plan, err
	}
	from := w.ctx.Owner
	if own := w.ctx.ownerIn(&read(reply).parts[0]); own != nil {
		from = ParseAddress(own.Value)
	}
	plan.Messages = []Message{{Method: Reply, Object: reply, From: from, To: ParseAddress(organizer.Value)}}
	rule := RuleAnswered
	if w.forced[Master] || subset(ids, w.forced) {
		rule = RuleForced
	}
	plan.Decisions = []Decision{{To: ParseAddress(organizer.Value), Method: Reply, Rule: rule}}
	err = w.invite(&plan, from, to)
	return plan, err
}

// delegatesNewly says whether delegate, to whom the owner delegates the instance id, does not know of it yet.
func (w *answering) delegatesNewly(id Instance, delegate Address) bool {
	_, from := w.before.origin(id)
	if from == nil {
		from = w.before.master()
	}
	if w.ctx.attendee(from, delegate) != nil {
		return false
	}
	own := w.ctx.ownerIn(from)
	return own == nil || partStat(own) != "DELEGATED" || !slices.ContainsFunc(addressesIn(own, "DELEGATED-TO"), func(a Address) bool {
		return w.ctx.People.Same(a, delegate)
	})
}

// invite adds the REQUESTs to delegates, which show all that they are invited to as the owner knows it.
func (w *answering) invite(plan *Plan, from Address, to map[Address]bool) error {
	for _, delegate := range slices.Sorted(maps.Keys(to)) {
		v := w.ctx.viewOf(w.after, delegate)
		forward := writer{ctx: w.ctx, object: w.after, forward: true}
		o, err := forward.request(&v)
		if err != nil {
			return err
		}
		plan.Messages = append(plan.Messages, Message{Method: Request, Object: o, From: from, To: delegate})
		plan.Decisions = append(plan.Decisions, Decision{To: delegate, Method: Request, Rule: RuleDelegated})
	}
	return nil
}

// replyProps are what a REPLY says of a component beside its revision (RFC 5546 section 3.2.3).
var replyProps = []string{
	"UID", "RECURRENCE-ID", "DTSTART", "DTEND", "DUE", "DURATION", "SUMMARY", "ORGANIZER", "COMMENT",
	"PERCENT-COMPLETE", "COMPLETED",
}

// replyPart writes the answer to one instance.
func (w *answering) replyPart(dst []byte, id Instance) ([]byte, error) {
	in := w.after
	if in.part(id) == nil {
		in = w.before
	}
	single, err := in.single(id)
	if err != nil {
		return dst, err
	}
	p := single.part
	dst = append(append(append(dst, "BEGIN:"...), p.Name...), '\r', '\n')
	dst = ical.AppendLine(dst, "DTSTAMP", nil, stampText(w.stamp))
	invited, own := w.delegates(p), w.answersAs(p, id)
	dst = ical.AppendLine(dst, "SEQUENCE", nil, strconv.Itoa(w.sequenceOf(id)))
	dst = append(dst, in.organizerFor(p)...)
	for i := range p.Props {
		prop := &p.Props[i]
		switch {
		case slices.Contains(replyProps, prop.Name), prop.Name == "STATUS" && p.Name == "VTODO":
			dst = append(dst, lineOf(prop, public(prop.Params))...)
		case prop.Name != "ATTENDEE":
		case prop == own:
			params := answer{partStat: w.answers[id]}.put(public(prop.Params))
			params = without(params, answerParam)
			if w.ctx.SentBy != "" && !w.ctx.People.Same(w.ctx.SentBy, w.ctx.Owner) {
				params = with(params, "SENT-BY", string(w.ctx.SentBy))
			}
			dst = append(dst, lineOf(prop, params)...)
		case invited[w.ctx.People.ofProperty(prop)]:
			dst = append(dst, lineOf(prop, without(public(prop.Params), answerParam))...)
		}
	}
	dst = append(dst, "REQUEST-STATUS:2.0;Success\r\nEND:"...)
	return append(append(dst, p.Name...), '\r', '\n'), nil
}
