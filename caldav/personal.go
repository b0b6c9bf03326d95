package caldav

import (
	"context"

	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// putSeen stores an object, before being what is stored of it now (nil: nothing), for somebody who sees it as res says. What of it is
// hidden cannot be written over. In a shared calendar the sharee's alarms and the like become its own part, and what others see is written
// only if that differs.
func (h *Handler) putSeen(ctx context.Context, tx *store.Tx, res *resource, coll *store.Collection, before *store.Object, obj *ical.Object,
	in store.NewObject) (*store.Object, error) {
	if before != nil && res.hides(before) {
		return nil, hiddenObject()
	}
	if res.mount == nil {
		return tx.Put(ctx, coll, in)
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
		name, props := in.Name, in.Props
		if _, in, err = h.newObject(ctx, shared, coll); err != nil {
			return nil, err
		}
		in.Name, in.Props = name, props
		if after, err = tx.Put(ctx, coll, in); err != nil {
			return nil, err
		}
	}
	return after, tx.SetOverlay(ctx, res.mount.coll, store.Overlay{Name: after.Name, Object: after.ID, Data: part})
}

// hiddenObject refuses to change what the asking principal is shown as a block of time only.
func hiddenObject() error {
	return forbidden(dav.Name{}, "this is private: you are shown when it is, and cannot change it")
}
