package scheduling

import (
	"bytes"
	"context"
	"fmt"

	"convene/acl"
	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// Change is what a client does to one calendar object resource.
type Change struct {
	Who    *store.Principal  // who does it; nil: somebody without an account
	Coll   *store.Collection // where the object lies
	Before *store.Object     // nil: it is created
	After  *ical.Object      // nil: it is removed
	In     store.NewObject   // of After

	Stale  bool // see itip.Context
	Silent bool // Schedule-Reply: F (RFC 6638 section 8.1)
	Mute   bool // nobody is to be told anything
	Hidden bool // Who is not shown what is removed: the right to send is not asked for, since that would tell of it
	Index  Indexer
}

// Indexer checks and indexes what the server makes of an object that was written, as it did with what was written.
type Indexer func(ctx context.Context, data []byte) (*ical.Object, store.NewObject, error)

// DeniedError says that somebody may not send scheduling messages for the owner of a home (RFC 6638 sections 6.2.2 and 6.2.3).
type DeniedError struct {
	Who    *store.Principal // nil: somebody without an account
	Action acl.Action       // acl.SendInvite or acl.SendReply, on
	Outbox *store.Collection
	Owner  *store.Principal
}

func (e *DeniedError) Error() string {
	return fmt.Sprintf("scheduling: no right to send messages for %s", e.Owner.Name)
}

// DuplicateError says that an object is to be stored whose UID is in another calendar of the same home
// (CALDAV:unique-scheduling-object-resource, RFC 6638 section 3.2.4.1).
type DuplicateError struct{ Object *store.Object }

func (e *DuplicateError) Error() string {
	return fmt.Sprintf("scheduling: the UID %.100q is in another calendar of the same home", e.Object.UID)
}

// Put stores an object that a client wrote, with all that follows for others. It returns what is stored, which may differ from what was
// written. Beside the errors of store and itip there are *DeniedError and *DuplicateError.
func (w *Work) Put(ctx context.Context, c Change) (*store.Object, error) {
	s, err := w.scheduled(ctx, &c)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return w.plain(ctx, &c)
	}
	if c.Before == nil {
		if err := w.unique(ctx, c.Coll, c.In.UID); err != nil {
			return nil, err
		}
	}
	return w.scheduledPut(ctx, &c, s)
}

// Delete removes an object for a client, and tells others.
func (w *Work) Delete(ctx context.Context, c Change) error {
	if err := w.tellOfDelete(ctx, &c); err != nil {
		return err
	}
	if err := w.Tx.Delete(ctx, c.Coll, c.Before.Name); err != nil {
		return err
	}
	return w.vacated(ctx, w.Tx.Home(c.Coll.Owner), c.Before.UID)
}

// tellOfDelete cancels or declines what is about to be removed.
func (w *Work) tellOfDelete(ctx context.Context, c *Change) error {
	s, err := w.scheduled(ctx, c)
	if err != nil || s == nil {
		return err
	}
	plan, err := s.plan(nil)
	if err != nil {
		return err
	}
	if err := w.mayMessage(c, s, plan); err != nil {
		return err
	}
	w.begin(c.Before.UID, c.Coll.Owner)
	_, err = w.deliver(ctx, s.sender(c), plan)
	return err
}

// plain stores what concerns nobody else.
func (w *Work) plain(ctx context.Context, c *Change) (*store.Object, error) {
	c.In.ScheduleTag = ""
	if w.isScheduling(c) {
		c.In.ScheduleTag = c.In.ETag
	}
	obj, err := w.Tx.Put(ctx, c.Coll, c.In)
	if err != nil {
		return nil, err
	}
	return obj, w.occupied(ctx, &copied{home: w.Tx.Home(c.Coll.Owner), coll: c.Coll, obj: obj, cal: c.After})
}

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
	if s.role == itip.AsOrganizer && s.alone() {
		cancelled, err := w.cancelledBefore(ctx, s, plan)
		if err != nil {
			return nil, err
		}
		if cancelled != nil && later(cancelled, s.before) == cancelled {
			s.before = cancelled
			if plan, err = s.plan(after); err != nil {
				return nil, err
			}
		}
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

// DeleteAll tells everybody that the scheduling objects of the calendar c.Coll are going away with it. What follows is left to jobs, however
// much it is.
func (w *Work) DeleteAll(ctx context.Context, c Change) error {
	if c.Coll.Kind != store.KindCalendar || w.silence(&c) != "" {
		return nil
	}
	var list []*store.Object
	if err := w.Tx.Objects(ctx, c.Coll, true, func(o *store.Object) error {
		if mayHaveOrganizer(o) {
			list = append(list, o)
		}
		return nil
	}); err != nil {
		return err
	}
	if err := w.knowAll(list); err != nil {
		return err
	}
	w.later = true
	defer func() { w.later = false }()
	home := w.Tx.Home(c.Coll.Owner)
	seesAll := home.SeesPrivate(c.Coll.Rights.Of(home.Subject(c.Who)), c.Who)
	for _, o := range list {
		c.Before, c.Hidden = o, o.Class != ical.ClassPublic && !seesAll
		if err := w.tellOfDelete(ctx, &c); err != nil {
			return err
		}
	}
	return nil
}

// knowAll is know for everybody in some objects, so that they are looked up together.
func (w *Work) knowAll(list []*store.Object) error {
	var addresses []itip.Address
	for _, o := range list {
		if cal, err := ical.ParseObject(o.Data, ical.StoredLimits); err == nil { // if not, it is not scheduled either
			addresses = append(addresses, w.dir.unknown(itip.Addresses(cal))...)
		}
	}
	return w.know(addresses)
}
