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
	cond, err := dav.ParseConditions(r.Header)
	if err != nil {
		return err
	}
	ifs, err := dav.ParseIf(r.Header.Get("If"))
	if err != nil {
		return err
	}
	_, err = store.InTx(r.Context(), h.db, []store.PrincipalID{res.coll.Owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, remove(ctx, tx, r.Request, res, cond, ifs)
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

func remove(ctx context.Context, tx *store.Tx, r *http.Request, res *resource, cond dav.Conditions, ifs *dav.If) error {
	coll, err := currentCollection(tx, res.coll)
	if err != nil {
		return notFound()
	}
	if res.place == placeCollection {
		if err := checkCollection(r, cond, ifs, res, coll); err != nil {
			return err
		}
		return tx.DeleteCollection(ctx, coll)
	}
	before, err := tx.Object(ctx, coll, res.object)
	if err != nil {
		return err
	}
	if err := checkConditions(r, cond, ifs, res, before, coll); err != nil {
		return err
	}
	return tx.Delete(ctx, coll, res.object)
}

// checkCollection holds the conditions of a request against a collection, whose entity tag is that of the whole calendar.
func checkCollection(r *http.Request, cond dav.Conditions, ifs *dav.If, res *resource, coll *store.Collection) error {
	return checkConditions(r, cond, ifs, res, &store.Object{ETag: "c" + ctag(coll), Modified: coll.Modified}, coll)
}
