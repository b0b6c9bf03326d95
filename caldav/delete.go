package caldav

import (
	"context"
	"net/http"

	"convene/acl"
	"convene/caldav/dav"
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
	_, err = store.InTx(r.Context(), h.db, res.owners(), func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, remove(ctx, tx, r, res, cond)
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

func remove(ctx context.Context, tx *store.Tx, r *request, res *resource, cond preconditions) error {
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
	if err := tx.Delete(ctx, coll, res.object); err != nil || res.mount == nil {
		return err
	}
	return tx.SetOverlay(ctx, res.mount.coll, store.Overlay{Name: res.object})
}
