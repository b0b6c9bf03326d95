package caldav

import (
	"context"

	"convene/acl"
	"convene/caldav/dav"
	"convene/ical"
	"convene/scheduling"
	"convene/store"
)

// putSeen stores an object for somebody who sees it as res says. What of it is
// hidden cannot be written over. In a shared calendar the sharee's alarms and the like become its own part, and what others see is written
// only if that differs.
func (h *Handler) putSeen(ctx context.Context, work *scheduling.Work, res *resource, c scheduling.Change) (*store.Object, error) {
	before, obj := c.Before, c.After
	if before != nil && res.hides(before) {
		return nil, hiddenObject()
	}
	if res.mount == nil {
		return work.Put(ctx, c)
	}
	var stored *ical.Object
	if before != nil {
		var err error
		if stored, err = ical.ParseObject(before.Data, ical.StoredLimits); err != nil {
			return nil, err
		}
	}
	shared, part, err := ical.SplitPersonal(obj, stored)
	if err != nil {
		return nil, err
	}
	after := before
	if before == nil || string(shared) != string(before.Data) {
		if res.ownParts {
			return nil, res.needPrivilege(acl.WriteContent)
		}
		if err := res.organizerAllowed(obj, stored); err != nil {
			return nil, err
		}
		name, props := c.In.Name, c.In.Props
		if c.After, c.In, err = h.newObject(ctx, shared, c.Coll); err != nil {
			return nil, err
		}
		c.In.Name, c.In.Props = name, props
		if after, err = work.Put(ctx, c); err != nil {
			return nil, err
		}
	}
	return after, work.Tx.SetOverlay(ctx, res.mount.coll, store.Overlay{Name: after.Name, Object: after.ID, Data: part})
}

// hasOwnParts says whether somebody who may not write in a shared calendar may set what is the sharee's own: who reads it in a home where
// they write (caldav-sharing section 6, CS:read).
func (res *resource) hasOwnParts() bool {
	return res.mount != nil && res.place == placeObject && res.mount.own.Has(acl.Insert) && acl.Check(res.rights, acl.ReadResource) == acl.Allowed
}

// organizerAllowed refuses an organizer in a shared calendar other than its owner, unless it was there before (caldav-sharing section
// 5.5.5): a sharee does not invite in a calendar of somebody else.
func (res *resource) organizerAllowed(obj, before *ical.Object) error {
	known := map[string]bool{}
	if before != nil {
		for _, c := range before.Parts {
			if p := c.Prop("ORGANIZER"); p != nil {
				known[addressForm(p.Value)] = true
			}
		}
	}
	for _, c := range obj.Parts {
		if p := c.Prop("ORGANIZER"); p != nil && !res.home.Owner.Is(p.Value) && !known[addressForm(p.Value)] {
			return forbidden(dav.CalDAV("organizer-allowed"), "the organizer in a shared calendar is its owner, %s", nameOf(res.home.Owner))
		}
	}
	return nil
}

// addressForm is a calendar user address in the form in which they are compared, whatever it is.
func addressForm(s string) string {
	if a, err := store.NormalizeAddress(s); err == nil {
		return a
	}
	return s
}

// hiddenObject refuses to change what the asking principal is shown as a block of time only.
func hiddenObject() error {
	return forbidden(dav.Name{}, "this is private: you are shown when it is, and cannot change it")
}
