package itip

import (
	"convene/ical"
)

// Admit takes a REPLY of somebody who is not invited into organizer, the organizer's copy, as the organizer who likes to have the sender
// does (RFC 5546 section 3.2.2.6): an ATTENDEE with the answer is added to what is answered, the sender gets a REQUEST, and the others
// learn of it. ctx.Owner is the organizer. An answer to what is not there changes nothing.
func Admit(ctx Context, organizer *ical.Object, reply Message) (Plan, error) {
	o, in := read(organizer), read(reply.Object)
	r := replying{ctx: &ctx, stored: o, in: in}
	for i := range in.parts {
		x := &in.parts[i]
		said, p := r.sender(x, reply.From), o.part(x.id)
		_, target := o.origin(x.id)
		if said == nil || target == nil || !o.has(x.id) || ctx.attendee(target, ctx.People.ofProperty(said)) != nil {
			continue
		}
		if r.who = ctx.People.ofProperty(said); p == nil {
			r.override(x, said, answer{}, admitted(said, x))
		} else {
			r.edits.insert(tailOf(o.Raw(), p.Component), admitted(said, x))
		}
	}
	parsed, err := ical.ParseObject(r.edits.apply(o.Raw()), ical.StoredLimits)
	if err != nil {
		return Plan{}, err
	}
	s := sender{ctx: &ctx, before: o, after: read(parsed), original: read(nil), stamp: ctx.nextStamp(o)}
	if err := s.send(); err != nil {
		return Plan{}, err
	}
	s.plan.Object = s.stamped()
	return s.plan, nil
}

// admitted returns the ATTENDEE of somebody who has answered x with said.
func admitted(said *ical.Property, x *part) []byte {
	params := with(public(said.Params), "SCHEDULE-STATUS", statusOf(x))
	return lineOf(said, answer{partStat: partStat(said), rev: x.rev}.put(params))
}

// TurnAway returns the CANCEL by which an organizer tells somebody who answered without being invited that it is not
// (RFC 5546 section 3.2.2.6). ctx.Owner is the organizer.
func TurnAway(ctx Context, organizer *ical.Object, reply Message) (Message, error) {
	in := read(reply.Object)
	number := max(in.top().Sequence, read(organizer).top().Sequence) + 1
	var gone []cancellation
	for i := range in.parts {
		gone = append(gone, cancellation{id: in.parts[i].id, sequence: number, stands: true})
	}
	w := writer{ctx: &ctx, object: in}
	o, err := w.cancel(gone, ctx.nextStamp(in), ctx.People.Of(reply.From))
	return Message{Method: Cancel, Object: o, From: reply.To, To: reply.From}, err
}
