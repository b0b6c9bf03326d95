package caldav

import (
	"context"
	"fmt"
	"time"

	"convene/acl"
	"convene/ical"
	"convene/store"
)

// sight is how much of the objects in a collection somebody is shown. Below all protocols and reports, this is the one place where what
// is private is kept from those whom it is not for.
type sight uint8

const (
	everything sight = iota
	noPrivate        // of what is CONFIDENTIAL or PRIVATE only when it is (RFC 5545 section 3.8.1.3)
	busyOnly         // of everything only when it is
)

// sightOn says what somebody with these rights on a collection of a home is shown.
func sightOn(home *store.Home, rights acl.Rights, who *store.Principal) sight {
	if home.SeesPrivate(rights, who) {
		return everything
	}
	return noPrivate
}

// hides says whether an object is shown as a block of time.
func (res *resource) hides(o *store.Object) bool {
	return res.sight == busyOnly || res.sight == noPrivate && o.Class != ical.ClassPublic
}

// plain says that all objects of a collection are shown as they are stored.
func (res *resource) plain() bool { return res.sight == everything && res.mount == nil }

// unknownSize is that of an object whose bytes, as the asking principal is shown them, were not made.
const unknownSize = -1

// seen is an object as the asking principal may see it, made from what is stored of it and of the sharee's part, nil if there is none.
// It is the same where nothing is hidden or added. The entity tag of what is made here says nothing of the bytes that it was made from.
func (res *resource) seen(o *store.Object, own *store.Overlay) (*store.Object, error) {
	switch {
	case o.Deleted:
		return o, nil
	case res.hides(o):
		return res.masked(o)
	case res.mount != nil:
		return personal(o, own)
	}
	return o, nil
}

// masked is an object as a block of time. One that is private has no dates of its own either.
func (res *resource) masked(o *store.Object) (*store.Object, error) {
	s := *o
	s.ETag = fmt.Sprintf("m%d-%d", o.ID, o.Modseq)
	s.ScheduleTag = "" // that somebody is invited is hidden too
	s.Props = nil
	s.Size = unknownSize
	if o.Class == ical.ClassPrivate || res.sight == busyOnly {
		s.Created, s.Modified = time.Time{}, time.Time{}
	}
	if o.Data == nil {
		return &s, nil
	}
	obj, err := parseStored(res.coll, o)
	if err != nil {
		return nil, err
	}
	s.Data = obj.Masked()
	s.Size = len(s.Data)
	return &s, nil
}

// parseStored reads an object with its data as it lies in coll: in an Inbox it is a scheduling message.
func parseStored(coll *store.Collection, o *store.Object) (*ical.Object, error) {
	if coll.Kind == store.KindInbox {
		return ical.ParseMessage(o.Data, ical.StoredLimits)
	}
	return ical.ParseObject(o.Data, ical.StoredLimits)
}

// personal is an object of somebody else with the sharee's own alarms and the like in place of the sharer's.
func personal(o *store.Object, own *store.Overlay) (*store.Object, error) {
	s := *o
	s.Size = unknownSize
	s.ETag = fmt.Sprintf("p%d-%d", o.ID, o.Modseq)
	var part []byte
	if own != nil && own.Object == o.ID {
		s.ETag = fmt.Sprintf("%s-%d", s.ETag, own.Modseq)
		if s.ScheduleTag != "" { // what the sharee changes itself changes it (RFC 6638 section 3.2.10)
			s.ScheduleTag = fmt.Sprintf("%s-%d", s.ScheduleTag, own.Modseq)
		}
		part = own.Data
	}
	if o.Data == nil {
		return &s, nil
	}
	obj, err := ical.ParseObject(o.Data, ical.StoredLimits)
	if err != nil {
		return nil, err
	}
	if s.Data, err = ical.MergePersonal(obj, part); err != nil {
		return nil, err
	}
	s.Size = len(s.Data)
	return &s, nil
}

// tagged is seenIn without the bytes, which need not be made to know the entity tag.
func (res *resource) tagged(ctx context.Context, tx *store.Tx, o *store.Object) (*store.Object, error) {
	if o == nil || res.plain() {
		return o, nil
	}
	bare := *o
	bare.Data = nil
	return res.seenIn(ctx, tx, &bare)
}

// seenIn is seen for an object that a transaction found.
func (res *resource) seenIn(ctx context.Context, tx *store.Tx, o *store.Object) (*store.Object, error) {
	if o == nil || res.plain() {
		return o, nil
	}
	var own *store.Overlay
	if res.mount != nil {
		var err error
		if own, err = tx.Overlay(ctx, res.mount.coll, o.Name); err != nil {
			return nil, err
		}
	}
	return res.seen(o, own)
}
