package itip

import (
	"convene/ical"
)

// sender works out who gets which message.
type sender struct {
	ctx           *Context
	before, after *object
	original      *object // after as it was written: what the server takes out of it is still there
	stamp         int64
	except        Address // whose answer the change is, and who is not told of that
	quiet         bool    // the change is an answer: a delegate who is new has been invited by whom it comes from
	plan          Plan
	diffs         map[[2]*part]*diff
	writer        writer
}

// notice is what one person is to be told.
type notice struct {
	person       Address
	first        *ical.Property // its ATTENDEE
	rule         Rule
	request      bool
	quiet        bool
	cancel       []cancellation // in the object before
	before, view view
}

// send fills in the plan's messages and decisions.
func (s *sender) send() error {
	var notices []notice
	both := false
	for _, person := range s.people() {
		n := s.notice(person)
		both = both || n.request && len(n.cancel) > 0
		notices = append(notices, n)
	}
	requestStamp := s.stamp
	if both { // the CANCEL goes before the REQUEST
		requestStamp++
	}
	s.writer = writer{ctx: s.ctx, object: s.after, stamp: requestStamp}
	for i := range notices {
		if err := s.write(&notices[i]); err != nil {
			return err
		}
	}
	s.stamp = requestStamp
	return nil
}

// people lists all attendees before and after, the organizer aside.
func (s *sender) people() (list []Address) {
	seen := map[Address]bool{s.ctx.People.Of(s.ctx.Owner): true}
	for _, o := range [...]*object{s.after, s.before} {
		for i := range o.parts {
			if organizer := o.parts[i].Prop("ORGANIZER"); organizer != nil {
				seen[s.ctx.People.ofProperty(organizer)] = true
			}
		}
	}
	for _, o := range [...]*object{s.after, s.before} {
		for i := range o.parts {
			for p := range o.parts[i].AllProps("ATTENDEE") {
				if person := s.ctx.People.ofProperty(p); !seen[person] {
					seen[person] = true
					list = append(list, person)
				}
			}
		}
	}
	return list
}

// firstOf returns an ATTENDEE of person, the newest.
func (s *sender) firstOf(person Address) *ical.Property {
	for _, o := range [...]*object{s.after, s.before} {
		for i := range o.parts {
			if p := s.ctx.attendee(&o.parts[i], person); p != nil {
				return p
			}
		}
	}
	return nil
}

// notice works out what person is to be told.
func (s *sender) notice(person Address) notice {
	n := notice{person: person, first: s.firstOf(person)}
	n.before, n.view = s.viewOf(s.before, person), s.viewOf(s.after, person)
	switch {
	case n.before.empty() && n.view.empty():
		n.rule = RuleAgent
		if agent(n.first) == "SERVER" {
			n.rule = RuleUnchanged
		}
	case n.view.empty():
		n.rule = RuleRemoved
		s.cancelAll(&n)
	case n.before.empty():
		n.rule, n.request = RuleInvited, true
	case n.before.master != nil && n.view.master == nil:
		n.rule, n.request = RuleChanged, true
		s.cancelAll(&n)
	case n.before.master == nil && n.view.master != nil:
		n.rule, n.request = RuleInvited, true
	default:
		s.compare(&n)
	}
	n.quiet = n.quiet || s.quiet && n.request
	return n
}

// viewOf is Context.viewOf, and nothing for an object without organizer, which is no scheduling object.
func (s *sender) viewOf(o *object, person Address) view {
	if organizer, err := o.organizer(s.ctx.People); organizer == nil || err != nil || !s.ctx.owner(organizer) {
		return view{}
	}
	return s.ctx.viewOf(o, person)
}

// cancelAll cancels what the person saw.
func (s *sender) cancelAll(n *notice) {
	if n.before.master != nil {
		s.cancel(n, Master)
		return
	}
	ids := make(InstanceSet)
	for id := range n.before.parts {
		ids[id] = true
	}
	for _, id := range ids.Sorted() {
		s.cancel(n, id)
	}
}

// cancel cancels one instance. Its SEQUENCE is that which the organizer's object has for it, which is higher than before.
func (s *sender) cancel(n *notice, id Instance) {
	sequence := s.before.top().Sequence + 1
	if p := s.after.part(id); p != nil {
		sequence = p.rev.Sequence
	} else if m := s.after.master(); m != nil {
		sequence = m.rev.Sequence
	}
	if was := s.before.part(id); was != nil {
		sequence = max(sequence, was.rev.Sequence+1)
	}
	n.cancel = append(n.cancel, cancellation{id, sequence, s.stands(id)})
}

// stands says whether the instance id still takes place.
func (s *sender) stands(id Instance) bool {
	organizer, err := s.after.organizer(s.ctx.People)
	if organizer == nil || err != nil || !s.after.has(id) {
		return false
	}
	p := s.after.part(id)
	if p == nil {
		p = s.after.master()
	}
	return s.after.contentOf(p).status != "CANCELLED"
}

// compare works out what has changed for somebody who is invited before and after.
func (s *sender) compare(n *notice) {
	var d diff
	lost := make(InstanceSet)
	if n.view.master != nil {
		d.add(s.diff(n.before.master, n.view.master, n.person), n.person, n.person == s.except)
		for id := range n.before.excluded {
			d.main = d.main || !n.view.excluded[id] && s.after.has(id)
		}
		for id := range n.view.excluded {
			if !n.before.excluded[id] && s.before.has(id) {
				lost[id] = true
			}
		}
	}
	for id, p := range n.view.parts {
		was := n.before.parts[id]
		if was == nil && n.before.master != nil && !n.before.excluded[id] && s.before.has(id) {
			was = n.before.master
		}
		if was == nil {
			d.main = true
			continue
		}
		d.add(s.diff(was, p, n.person), n.person, n.person == s.except)
	}
	for id, p := range n.before.parts {
		switch {
		case n.view.parts[id] != nil || lost[id]:
		case n.view.master == nil:
			lost[id] = true
		case !n.view.excluded[id] && s.after.has(id): // as in the series again
			d.add(s.diff(p, n.view.master, n.person), n.person, n.person == s.except)
		}
	}
	s.decide(n, &d, lost)
}

// decide turns differences into messages.
func (s *sender) decide(n *notice, d *diff, lost InstanceSet) {
	switch {
	case d.main:
		n.rule, n.request = RuleChanged, true
	case s.forced(n.person):
		n.rule, n.request = RuleForced, true
	case len(lost) > 0:
		n.rule, n.request, n.quiet = RuleInstances, d.others, d.others
	case d.others:
		n.rule, n.request, n.quiet = RuleOthers, true, true
	default:
		n.rule = RuleUnchanged
	}
	if n.request && !n.quiet && n.view.master != nil {
		return // its EXDATE says which are lost
	}
	for _, id := range lost.Sorted() {
		s.cancel(n, id)
	}
}

// forced says whether the organizer asks to send a REQUEST to person (RFC 6638 section 3.2.7).
func (s *sender) forced(person Address) bool {
	for i := range s.original.parts {
		if p := s.ctx.attendee(&s.original.parts[i], person); p != nil && forced(p) == "REQUEST" {
			return true
		}
	}
	return false
}
