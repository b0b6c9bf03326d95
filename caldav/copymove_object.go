package caldav

import (
	"context"
	"errors"

	"convene/scheduling"
	"convene/store"
)

// object copies or moves an object.
func (c *copyMove) object(ctx context.Context, work *scheduling.Work, h *Handler) (done arrived, err error) {
	tx := work.Tx
	from, err := currentCollection(tx, c.from.coll)
	if err != nil {
		return done, notFound()
	}
	to, err := currentCollection(tx, c.to.coll)
	if err != nil {
		return done, err
	}
	obj, err := tx.Object(ctx, from, c.from.object)
	if err != nil {
		return done, err
	}
	if err := c.cond.onObject(ctx, tx, c.r, c.from, obj); err != nil {
		return done, err
	}
	there, err := tx.Object(ctx, to, c.to.object)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return done, err
	}
	if there != nil && !c.overwrite {
		return done, overwriteForbidden()
	}
	if err := c.free(tx, storing(there), content|binding); err != nil {
		return done, err
	}
	if c.move {
		if err := tx.RemoveLocks(ctx, from.Owner, from.Name, obj.Name); err != nil { // they do not move (RFC 4918 section 7.6)
			return done, err
		}
	}
	done.obj, err = h.carry(ctx, work, c, from, to, obj, there)
	done.created = there == nil
	return done, err
}

// free asks whether locks are in the way of what is done at the destination and, if it is moved, at the source.
func (c *copyMove) free(tx *store.Tx, at, leaving change) error {
	if c.move {
		if err := c.cond.free(tx, c.r, c.from, leaving); err != nil {
			return err
		}
		at |= binding // what was there is removed first (RFC 4918 section 9.9.3)
	}
	return c.cond.free(tx, c.r, c.to, at)
}

// carry puts the object obj at the destination, in place of there (nil: nothing), and returns it as it is there.
func (h *Handler) carry(ctx context.Context, work *scheduling.Work, c *copyMove, from, to *store.Collection, obj, there *store.Object) (*store.Object, error) {
	tx := work.Tx
	seen, err := c.from.seenIn(ctx, tx, obj)
	if err != nil {
		return nil, err
	}
	within := from.ID == to.ID || from.Owner == to.Owner && c.from.mount == nil && c.to.mount == nil
	data := seen.Data
	switch {
	case c.move && within: // who may not see all of it can move it nevertheless: it stays with its owner
		data = obj.Data
	case c.move && c.from.hides(obj):
		return nil, hiddenObject()
	}
	parsed, in, err := h.newObject(ctx, data, to) // the destination may take other components, and its floating times elsewhere
	if err != nil {
		return nil, err
	}
	if there != nil && there.UID != in.UID { // RFC 4791 section 5.3.2.1 holds for COPY and MOVE too
		return nil, c.to.otherUID(there)
	}
	in.Name = c.to.object
	if c.move && within {
		if there != nil && c.to.hides(there) {
			return nil, hiddenObject()
		}
		if obj.ScheduleTag != "" { // a new one (RFC 6638 section 3.2.10)
			in.ScheduleTag = store.ETagOf([]byte(obj.ScheduleTag + c.to.href()))
		}
		moved, err := tx.Move(ctx, from, obj.Name, to, in)
		if err != nil || c.from.mount == nil {
			return moved, err
		}
		return moved, moveOwnPart(ctx, tx, c.from.mount.coll, obj, moved)
	}
	in.Props = append([]store.Prop{}, seen.Props...) // not nil: what it replaces had its own
	if c.move {
		if err := work.Delete(ctx, h.change(c.r, &c.cond, from, obj)); err != nil {
			return nil, err
		}
	}
	change := h.change(c.r, &c.cond, to, there)
	change.After, change.In, change.Stale = parsed, in, false
	return h.putSeen(ctx, work, c.to, change)
}

// moveOwnPart gives an object that has another name now the sharee's part of it.
func moveOwnPart(ctx context.Context, tx *store.Tx, mount *store.Collection, before, after *store.Object) error {
	own, err := tx.Overlay(ctx, mount, before.Name)
	if err != nil || own == nil {
		return err
	}
	if err := tx.SetOverlay(ctx, mount, store.Overlay{Name: before.Name}); err != nil || own.Object != before.ID {
		return err
	}
	return tx.SetOverlay(ctx, mount, store.Overlay{Name: after.Name, Object: after.ID, Data: own.Data})
}
