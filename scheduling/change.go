package scheduling

import (
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
