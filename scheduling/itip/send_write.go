package itip

import (
	"slices"

	"convene/ical"
)

// write adds the messages of n to the plan.
func (s *sender) write(n *notice) error {
	to := ParseAddress(n.first.Value)
	if len(n.cancel) > 0 {
		w := writer{ctx: s.ctx, object: s.before}
		o, err := w.cancel(n.cancel, s.stamp, n.person)
		if err != nil {
			return err
		}
		s.add(Message{Method: Cancel, Object: o, From: s.from(), To: to}, n.rule)
	}
	if n.request {
		o, err := s.writer.request(&n.view)
		if err != nil {
			return err
		}
		s.add(Message{Method: Request, Object: o, From: s.from(), To: to, Quiet: n.quiet}, n.rule)
	}
	if !n.request && len(n.cancel) == 0 {
		s.plan.Decisions = append(s.plan.Decisions, Decision{To: to, Rule: n.rule})
	}
	return nil
}

// add adds a message.
func (s *sender) add(m Message, rule Rule) {
	s.plan.Messages = append(s.plan.Messages, m)
	s.plan.Decisions = append(s.plan.Decisions, Decision{To: m.To, Method: m.Method, Quiet: m.Quiet, Rule: rule})
}

// from returns the organizer's address as it stands in the object.
func (s *sender) from() Address {
	for _, o := range [...]*object{s.after, s.before} {
		if p, err := o.organizer(s.ctx.People); err == nil && p != nil {
			return ParseAddress(p.Value)
		}
	}
	return s.ctx.Owner
}

// stamped returns the object with the DTSTAMP of the messages, or if none go out and nothing is new as it is.
func (s *sender) stamped() []byte {
	raw := s.after.Raw()
	if len(s.plan.Messages) == 0 {
		return raw
	}
	line := ical.AppendLine(nil, "DTSTAMP", nil, stampText(s.stamp))
	var e edits
	for i := range s.after.parts {
		p := &s.after.parts[i]
		first := true
		for stamp := range p.AllProps("DTSTAMP") {
			if first {
				e.replace(stamp, line)
			} else {
				e.remove(stamp)
			}
			first = false
		}
		if first {
			e.insert(bodyOf(raw, p.Component), line)
		}
	}
	return slices.Clip(e.apply(raw))
}
