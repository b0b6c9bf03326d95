package caldav

import (
	"context"

	"convene/caldav/dav"
	"convene/scheduling"
	"convene/store"
)

// collection copies or moves a collection; it says whether there was none at the destination.
func (c *copyMove) collection(ctx context.Context, work *scheduling.Work, h *Handler) (created bool, err error) {
	tx := work.Tx
	from, err := currentCollection(tx, c.from.own())
	if err != nil {
		return false, notFound()
	}
	shown, err := currentCollection(tx, c.from.coll)
	if err != nil {
		return false, notFound()
	}
	if err := c.cond.onCollection(ctx, tx, c.r, c.from, shown); err != nil {
		return false, err
	}
	home := c.to.home
	if c.to.mount != nil {
		home = c.to.mount.home
	}
	there := tx.Home(home.Owner.ID).Collection(c.to.collection)
	if there != nil {
		if !c.overwrite {
			return false, overwriteForbidden()
		}
		if there.Kind == store.KindShared {
			return false, forbidden(dav.Name{}, "there is a shared calendar at the destination: remove it first")
		}
	}
	if err := c.freeCollections(ctx, tx, from, there); err != nil {
		return false, err
	}
	if there != nil {
		if err := work.DeleteAll(ctx, h.change(c.r, &c.cond, there, nil)); err != nil {
			return false, err
		}
		if err := deleteCalendar(ctx, tx, there); err != nil {
			return false, err
		}
	}
	if c.move && from.Owner == home.Owner.ID {
		_, err := tx.RenameCollection(ctx, from, c.to.collection)
		return there == nil, err
	}
	if c.move && c.from.mount != nil {
		return false, forbidden(dav.Name{}, "a calendar that is shared with you can be given another name, but stays in your home")
	}
	if err := c.copyCollection(ctx, tx, h, from, home.Owner); err != nil {
		return false, err
	}
	if c.move {
		err = deleteCalendar(ctx, tx, from)
	}
	return there == nil, err
}

// freeCollections is free for collections, which also ends the locks in what is removed or replaced, there being what is at the
// destination (nil: nothing). To move a shared calendar to another name does nothing to what it stands for.
func (c *copyMove) freeCollections(ctx context.Context, tx *store.Tx, from, there *store.Collection) error {
	leaving := content | binding | members
	if c.from.mount != nil {
		leaving = binding
	}
	if err := c.free(tx, content|binding|members, leaving); err != nil {
		return err
	}
	if there != nil {
		if err := endLocksBelow(ctx, tx, there); err != nil {
			return err
		}
	}
	if !c.move {
		return nil
	}
	return tx.RemoveLocks(ctx, from.Owner, from.Name, "")
}

// copyCollection makes the destination and, unless the copy is shallow, fills it with what the asking principal may see.
func (c *copyMove) copyCollection(ctx context.Context, tx *store.Tx, h *Handler, from *store.Collection, owner *store.Principal) error {
	in := store.NewCollection{Name: c.to.collection, Kind: c.from.coll.Kind, Properties: c.from.coll.Properties}
	in.Rights = nil // rights do not travel (RFC 3744 section 7.3): those of a new collection
	if err := c.doubles(ctx, tx, from, owner); err != nil {
		return err
	}
	to, err := tx.CreateCollection(ctx, owner.ID, in)
	if err != nil || c.shallow {
		return err
	}
	if c.from.plain() {
		return tx.CopyObjects(ctx, from, to)
	}
	behind, err := currentCollection(tx, c.from.coll)
	if err != nil {
		return err
	}
	var names []string
	if err := tx.Objects(ctx, behind, false, func(o *store.Object) error { names = append(names, o.Name); return nil }); err != nil {
		return err
	}
	for _, name := range names {
		if err := h.copySeen(ctx, tx, c, behind, to, name); err != nil {
			return err
		}
	}
	return nil
}

// doubles refuses to copy a calendar with scheduling objects within a home (CALDAV:unique-scheduling-object-resource, RFC 6638 section 3.2.4.1).
func (c *copyMove) doubles(ctx context.Context, tx *store.Tx, from *store.Collection, owner *store.Principal) error {
	if c.shallow || from.Owner != owner.ID || from.Kind != store.KindCalendar {
		return nil
	}
	meetings := 0
	if err := tx.Objects(ctx, from, false, func(o *store.Object) error {
		if o.ScheduleTag != "" {
			meetings++
		}
		return nil
	}); err != nil || meetings == 0 {
		return err
	}
	return forbidden(dav.CalDAV("unique-scheduling-object-resource"), "there are %d meetings in this calendar, which cannot be in two calendars of one person", meetings)
}

// copySeen copies one object of a collection as the asking principal may see it. One that is hidden does not leave its home by MOVE.
func (h *Handler) copySeen(ctx context.Context, tx *store.Tx, c *copyMove, from, to *store.Collection, name string) error {
	obj, err := tx.Object(ctx, from, name)
	if err != nil {
		return err
	}
	if c.move && c.from.hides(obj) {
		return hiddenObject()
	}
	if obj, err = c.from.seenIn(ctx, tx, obj); err != nil {
		return err
	}
	_, in, err := h.newObject(ctx, obj.Data, to)
	if err != nil {
		return err
	}
	in.Name, in.Props = name, obj.Props
	tx.LookAgain(to.Owner)
	_, err = tx.Put(ctx, to, in)
	return err
}
