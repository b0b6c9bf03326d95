package scheduling

import (
	"context"

	"convene/ical"
	"convene/scheduling/itip"
)

// again is plan, or another one for an event that went on without other people and to which they are invited again, see cancelledBefore.
func (w *Work) again(ctx context.Context, s *change, after *ical.Object, plan itip.Plan) (itip.Plan, error) {
	if s.role != itip.AsOrganizer || !s.alone() {
		return plan, nil
	}
	cancelled, err := w.cancelledBefore(ctx, s, plan)
	if err != nil || cancelled == nil || later(cancelled, s.before) != cancelled {
		return plan, err
	}
	s.before = cancelled
	return s.plan(after)
}

// cancelledBefore is what people still have of an object that its organizer has removed and now stores again, as by the undo of a client: a
// cancelled copy of one of those to whom plan, which takes it for new, has messages, or what was sent to one outside. nil: there is none.
// The new one goes on from there, since with a SEQUENCE that is not higher it would be taken for an older one (RFC 5546 section 2.1.4).
func (w *Work) cancelledBefore(ctx context.Context, s *change, plan itip.Plan) (*ical.Object, error) {
	if len(plan.Messages) == 0 {
		return nil, nil
	}
	uid, now := plan.Messages[0].Object.UID, w.inline(plan.Messages)
	if err := w.Tx.Hold(now...); err != nil {
		return nil, err
	}
	if err := w.load(ctx, uid, now); err != nil {
		return nil, err
	}
	var latest *ical.Object
	for _, id := range now {
		for _, cp := range w.copies[id] {
			if err := cp.read(); err != nil {
				return nil, err
			}
			latest = later(latest, w.cancelled(s, cp.cal))
		}
	}
	if latest != nil {
		return latest, nil
	}
	for _, m := range plan.Messages {
		if w.recipient(m) != nil || w.e.isOurs(m.To) {
			continue
		}
		data, err := w.Tx.LastOutgoing(ctx, s.home.Owner.ID, uid, string(itip.Cancel))
		if err != nil || data == nil {
			return nil, err
		}
		cal, err := ical.ParseMessage(data, ical.StoredLimits)
		if err != nil {
			return nil, err
		}
		return w.cancelled(s, cal), nil
	}
	return nil, nil
}

// alone says whether nobody else was in the event before, or there was none.
func (s *change) alone() bool {
	if s.before == nil {
		return true
	}
	for _, c := range s.before.Parts {
		for p := range c.AllProps("ATTENDEE") {
			if !s.context.People.Same(itip.ParseAddress(p.Value), s.context.Owner) {
				return false
			}
		}
	}
	return true
}

// cancelled is o if the owner of the home has organized it, and cancelled all of it; else nil.
func (w *Work) cancelled(s *change, o *ical.Object) *ical.Object {
	if role, err := itip.RoleOf(s.context, o); err != nil || role != itip.AsOrganizer {
		return nil
	}
	for _, c := range o.Parts {
		if p := c.Prop("STATUS"); p == nil || p.Value != "CANCELLED" {
			return nil
		}
	}
	return o
}

// later is that of two objects which has the higher SEQUENCE; either may be nil.
func later(a, b *ical.Object) *ical.Object {
	if b == nil || a != nil && sequenceOf(a) >= sequenceOf(b) {
		return a
	}
	return b
}
