package caldav

import (
	"context"
	"net/http"
	"slices"

	"convene/acl"
	"convene/caldav/dav"
	"convene/scheduling"
	"convene/store"
)

// handleDelete removes an object, or a collection with all that is in it (RFC 4918 section 9.6).
func (h *Handler) handleDelete(w http.ResponseWriter, r *request) error {
	action := acl.RemoveCollection
	if r.target.place == placeObject {
		action = acl.RemoveResource
	}
	res, err := h.existing(r.Context(), r.who, r.target, action)
	if err != nil {
		return err
	}
	if err := removable(res); err != nil {
		return err
	}
	if res.place == placeCollection {
		if depth, err := dav.ParseDepth(r.Header, dav.DepthInfinity); err != nil || depth != dav.DepthInfinity {
			return badRequest("a collection is removed with all that is in it: Depth must be infinity")
		}
	}
	cond, err := readConditions(r)
	if err != nil {
		return err
	}
	if res.place == placeCollection && res.mount != nil {
		return h.leaveShare(w, r, res, cond)
	}
	_, err = scheduling.Run(r.Context(), h.scheduling, res.owners(), nil, func(ctx context.Context, work *scheduling.Work) (struct{}, error) {
		return struct{}{}, h.remove(ctx, work, r, res, cond)
	}, prefetch(res)...)
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func prefetch(res *resource) []store.TxOption {
	if res.place != placeObject {
		return nil
	}
	return []store.TxOption{store.Prefetch(res.coll, res.object, "")}
}

// removable refuses to remove the collections that are the server's, and which a principal cannot be without.
func removable(res *resource) error {
	if res.place == placeCollection && res.coll.Kind != store.KindCalendar && res.coll.Kind != store.KindCollection {
		return notAllowed(res, dav.Name{}, "the collection %.60q is part of every home: it can be neither removed nor copied nor moved", res.coll.Name)
	}
	return nil
}

func (h *Handler) remove(ctx context.Context, work *scheduling.Work, r *request, res *resource, cond preconditions) error {
	tx := work.Tx
	coll, err := currentCollection(tx, res.coll)
	if err != nil {
		return notFound()
	}
	if res.place == placeCollection {
		if err := cond.onCollection(ctx, tx, r, res, coll); err != nil {
			return err
		}
		if err := cond.free(tx, r, res, content|binding|members); err != nil {
			return err
		}
		if err := tx.RemoveLocks(ctx, coll.Owner, coll.Name, ""); err != nil {
			return err
		}
		if err := needed(tx.Home(coll.Owner), coll); err != nil {
			return err
		}
		if err := work.DeleteAll(ctx, h.change(r, &cond, coll, nil)); err != nil {
			return err
		}
		return deleteCalendar(ctx, tx, coll)
	}
	before, err := tx.Object(ctx, coll, res.object)
	if err != nil {
		return err
	}
	if err := cond.onObject(ctx, tx, r, res, before); err != nil {
		return err
	}
	if err := cond.free(tx, r, res, content|binding); err != nil {
		return err
	}
	if err := tx.RemoveLocks(ctx, coll.Owner, coll.Name, res.object); err != nil {
		return err
	}
	change := h.change(r, &cond, coll, before)
	change.Hidden = res.hides(before)
	if err := work.Delete(ctx, change); err != nil || res.mount == nil {
		return err
	}
	return tx.SetOverlay(ctx, res.mount.coll, store.Overlay{Name: res.object})
}

// needed refuses to remove the last calendar to which invitations can go (CALDAV:default-calendar-needed, RFC 6638 section 4.3). Of others one
// takes the place of the default calendar.
func needed(home *store.Home, coll *store.Collection) error {
	if home.Inbox() == nil || home.DefaultCalendar("VEVENT") == nil {
		return nil
	}
	left := *home
	left.Collections = slices.DeleteFunc(slices.Clone(home.Collections), func(c *store.Collection) bool { return c.ID == coll.ID })
	if left.DefaultCalendar("VEVENT") != nil {
		return nil
	}
	return forbidden(dav.CalDAV("default-calendar-needed"), "invitations go into this calendar: make another one first")
}
