package scheduling

import (
	"bytes"
	"context"

	"convene/acl"
	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// change is the role of the owner of a calendar in a change, and what package itip needs to know to say what follows.
type change struct {
	home    *store.Home
	role    itip.Role
	context itip.Context
	before  *ical.Object // nil: none
	after   *ical.Object
}

// scheduled says what part the owner of the calendar has in the change; nil: none, or nobody is to be told.
func (w *Work) scheduled(ctx context.Context, c *Change) (*change, error) {
	home := w.Tx.Home(c.Coll.Owner)
	if c.Coll.Kind != store.KindCalendar || !hasOrganizer(c.After) && !mayHaveOrganizer(c.Before) {
		return nil, nil
	}
	if why := w.silence(c); why != "" {
		w.noteSilence(c, why)
		return nil, nil
	}
	s := &change{home: home, after: c.After}
	if c.Before != nil {
		var err error
		if s.before, err = ical.ParseObject(c.Before.Data, ical.StoredLimits); err != nil {
			return nil, err
		}
	}
	if err := w.know(itip.Addresses(s.before, s.after)); err != nil {
		return nil, err
	}
	s.context = w.context(home.Owner)
	s.context.Stale, s.context.Silent = c.Stale, c.Silent
	if c.Who != nil && c.Who.ID != home.Owner.ID {
		s.context.SentBy = addressOf(c.Who)
	}
	was, err := itip.RoleOf(s.context, s.before)
	if err != nil { // stored before it could be refused: as if it were new
		s.before, was = nil, itip.NoRole
	}
	now, err := itip.RoleOf(s.context, s.after)
	if err != nil {
		return nil, err
	}
	if s.role = was; was == itip.NoRole {
		s.role = now
	}
	if s.role == itip.NoRole {
		return nil, nil
	}
	return s, nil
}

// isScheduling says whether what is stored without telling anybody is a scheduling object resource all the same, and so has a schedule tag
// (RFC 6638 sections 3.1 and 9.3).
func (w *Work) isScheduling(c *Change) bool {
	home := w.Tx.Home(c.Coll.Owner)
	if !hasOrganizer(c.After) || c.Coll.Kind != store.KindCalendar || c.Coll.Unscheduled || w.e.o.Off || !Works(home) {
		return false
	}
	role, err := itip.RoleOf(w.context(home.Owner), c.After)
	return err == nil && role != itip.NoRole
}

// silence says why nobody is told of a change in a calendar; "": it is scheduled.
func (w *Work) silence(c *Change) string {
	switch {
	case w.e.o.Off:
		return "scheduling is switched off on this server (scheduling.enabled)"
	case c.Mute:
		return "the client wants nobody to be told (Scheduling-Enabled: F)"
	case c.Coll.Unscheduled:
		return "scheduling is switched off for the calendar (scheduling-enabled)"
	case !Works(w.Tx.Home(c.Coll.Owner)):
		return "its owner has no Inbox and Outbox"
	}
	return ""
}

func hasOrganizer(o *ical.Object) bool { return o != nil && organizerOf(o) != "" }

// mayHaveOrganizer looks for the name of the property without reading the object.
func mayHaveOrganizer(o *store.Object) bool {
	return o != nil && (o.ScheduleTag != "" || bytes.Contains(o.Data, []byte("\nORGANIZER")))
}

// know sees to it that everybody with one of the addresses is known. *unresolved: they have to be looked up first.
func (w *Work) know(addresses []itip.Address) error {
	if missing := w.dir.unknown(addresses); len(missing) > 0 {
		return &unresolved{missing}
	}
	return nil
}

// context is for the copy of somebody.
func (w *Work) context(owner *store.Principal) itip.Context {
	w.dir.add(owner)
	return itip.Context{Now: w.Tx.Now(), Owner: addressOf(owner), People: w.dir.people}
}

// plan asks what follows of the change to after.
func (s *change) plan(after *ical.Object) (itip.Plan, error) {
	if s.role == itip.AsOrganizer {
		return itip.Organizer(s.context, s.before, after)
	}
	return itip.Attendee(s.context, s.before, after)
}

// mayMessage says whether who makes the change may send what follows of it: the rights 8 or 7 on the Outbox of the calendar's owner.
func (w *Work) mayMessage(c *Change, s *change, plan itip.Plan) error {
	action := acl.SendInvite
	if s.role == itip.AsAttendee {
		action = acl.SendReply
	}
	outbox := s.home.Outbox()
	if len(plan.Messages) == 0 || c.Hidden || acl.Check(outbox.Rights.Of(s.home.Subject(c.Who)), action) == acl.Allowed {
		return nil
	}
	return &DeniedError{c.Who, action, outbox, s.home.Owner}
}

// unique refuses a scheduling object whose UID is in another calendar of the home.
func (w *Work) unique(ctx context.Context, coll *store.Collection, uid string) error {
	there, err := w.Tx.CopiesOf(ctx, uid, coll.Owner)
	if err != nil {
		return err
	}
	for _, o := range there[coll.Owner] {
		if o.Collection != coll.ID { // the store refuses it in the same one
			return &DuplicateError{o}
		}
	}
	return nil
}
