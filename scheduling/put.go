package scheduling

import (
	"bytes"
	"context"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// scheduledPut stores an object after what follows of it for others, since their answers may come at once.
func (w *Work) scheduledPut(ctx context.Context, c *Change, s *change) (*store.Object, error) {
	after, err := w.invited(ctx, c, s)
	if err != nil {
		return nil, err
	}
	plan, err := s.plan(after)
	if err != nil {
		return nil, err
	}
	if err := w.mayMessage(c, s, plan); err != nil {
		return nil, err
	}
	own := &copied{home: s.home, coll: c.Coll, obj: c.Before, writing: true}
	w.begin(after.UID, c.Coll.Owner, own)
	if plan, err = w.again(ctx, s, after, plan); err != nil {
		return nil, err
	}
	if own.cal, err = reparsed(after, plan.Object); err != nil {
		return nil, err
	}
	statuses, err := w.deliver(ctx, s.sender(c), plan)
	if err != nil {
		return nil, err
	}
	data := itip.SetStatus(own.cal, w.dir.people, statuses)
	in, indexed := c.In, c.After
	if !bytes.Equal(data, c.In.Data) {
		name, props := in.Name, in.Props
		if indexed, in, err = c.Index(ctx, data); err != nil {
			return nil, err
		}
		in.Name, in.Props = name, props
	}
	in.ScheduleTag = store.ETagOf(data)
	own.cal = indexed
	if own.obj, err = w.Tx.Put(ctx, c.Coll, in); err != nil {
		return nil, err
	}
	own.writing = false
	err = w.occupied(ctx, own) // which may store it again
	return own.obj, err
}

// invited is the object with the members of the groups that its organizer invites (RFC 5545 section 3.2.11).
func (w *Work) invited(ctx context.Context, c *Change, s *change) (*ical.Object, error) {
	if s.role != itip.AsOrganizer || len(w.dir.members) == 0 {
		return s.after, nil
	}
	data := itip.Expand(s.after, w.dir.people, w.dir.members)
	if bytes.Equal(data, s.after.Raw()) {
		return s.after, nil
	}
	obj, _, err := c.Index(ctx, data)
	return obj, err
}

// reparsed is o if data is what it was read from, else what data is.
func reparsed(o *ical.Object, data []byte) (*ical.Object, error) {
	if bytes.Equal(data, o.Raw()) {
		return o, nil
	}
	return ical.ParseObject(data, ical.StoredLimits)
}
