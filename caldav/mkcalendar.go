package caldav

import (
	"context"
	"errors"
	"net/http"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// handleMkcalendar makes a calendar collection (RFC 4791 section 5.3.1).
func (h *Handler) handleMkcalendar(w http.ResponseWriter, r *request) error {
	res, err := h.mayMake(r)
	if err != nil {
		return err
	}
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	if body != nil && body.Name != dav.CalDAV("mkcalendar") {
		return badRequest("the body of a MKCALENDAR is a CALDAV:mkcalendar, not %s", body.Name)
	}
	changes := &patch{place: placeCollection, kind: store.KindCalendar, creating: true}
	if err := changes.read(body); err != nil {
		return err
	}
	return h.makeCollection(w, r, res, changes, func() error {
		return sendPropstats(w, res, changes) // the 207 of RFC 4791 section 5.3.1
	})
}

// handleMkcol makes a collection: a calendar if its DAV:resourcetype says so (RFC 5689), else a plain one (RFC 4918 section 9.3).
func (h *Handler) handleMkcol(w http.ResponseWriter, r *request) error {
	res, err := h.mayMake(r)
	if err != nil {
		return err
	}
	mediaType, _ := dav.MediaType(r.Header)
	if r.ContentLength != 0 && mediaType != "" && mediaType != "application/xml" && mediaType != "text/xml" {
		return dav.Fail(http.StatusUnsupportedMediaType, dav.Name{}, "the body of a MKCOL is XML (RFC 5689), not %.60q", mediaType)
	}
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	if body != nil && body.Name != dav.DAV("mkcol") {
		return dav.Fail(http.StatusUnsupportedMediaType, dav.Name{}, "the body of a MKCOL is a DAV:mkcol, not %s", body.Name)
	}
	changes := &patch{place: placeCollection, kind: requestedKind(body), creating: true}
	if err := changes.read(body); err != nil {
		return err
	}
	return h.makeCollection(w, r, res, changes, func() error { // RFC 5689 section 3.5
		b := &dav.Buffer{}
		root := dav.DAV("mkcol-response")
		b.StartDocument(root)
		changes.writeProps(b)
		b.EndDocument(root)
		return sendXML(w, changes.status(), b)
	})
}

// requestedKind reads the DAV:resourcetype of an extended MKCOL, which setResourceType checks.
func requestedKind(body *dav.Element) store.Kind {
	for set := range body.All(dav.DAV("set")) {
		if set.Child(dav.DAV("prop")).Child(nameResourceType).Child(dav.CalDAV("calendar")) != nil {
			return store.KindCalendar
		}
	}
	return store.KindCollection
}

// makeCollection makes a collection in a home with the properties that the request sets. It is atomic: if one of them cannot
// be set there is no collection, and refuse answers the request.
func (h *Handler) makeCollection(w http.ResponseWriter, r *request, res *resource, changes *patch, refuse func() error) error {
	in := store.NewCollection{Name: res.collection, Kind: changes.kind}
	if !changes.apply(&in.Properties) {
		return refuse()
	}
	cond, err := readConditions(r)
	if err != nil {
		return err
	}
	_, err = store.InTx(r.Context(), h.db, []store.PrincipalID{res.home.Owner.ID}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
		if err := cond.onNothing(ctx, tx, r, res); err != nil {
			return nil, err
		}
		if err := cond.free(tx, r, res, content|binding); err != nil {
			return nil, err
		}
		return tx.CreateCollection(ctx, res.home.Owner.ID, in)
	})
	if errors.Is(err, store.ErrExists) { // another was faster
		if _, refused := h.mayMake(r); refused != nil {
			return refused
		}
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache") // RFC 4791 section 5.3.1
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusCreated)
	return nil
}

// mayMake says whether a collection may be made at the target, which must be directly in a home (CALDAV:
// calendar-collection-location-ok).
func (h *Handler) mayMake(r *request) (*resource, error) {
	res, err := h.find(r.Context(), r.who, r.target)
	if err != nil {
		return nil, err
	}
	home := h.homeOfURL(res, r.who)
	if err := home.allow(r.who, acl.MakeCollection); err != nil {
		return nil, err
	}
	switch {
	case res.place > placeCollection && res.coll == nil: // RFC 4918 section 9.3
		return nil, dav.Fail(http.StatusConflict, dav.Name{}, "the collection that this one is to be made in does not exist")
	case res.place > placeCollection:
		return nil, forbidden(dav.CalDAV("calendar-collection-location-ok"), "a collection holds no collections here: make them in the home, at %s", homeOf(res.target))
	case res.coll != nil:
		return nil, alreadyThere(res)
	}
	return res, nil
}

// alreadyThere is the refusal of both RFC 4918 section 9.3.1 and RFC 4791 section 5.3.1.1.
func alreadyThere(res *resource) error {
	return notAllowed(res, dav.DAV("resource-must-be-null"), "there is already a collection of that name")
}

func homeOf(t target) string {
	t.place, t.collection, t.object = placeHome, "", ""
	return t.href()
}

// readElement reads a body that is XML; nil for an empty one.
func (h *Handler) readElement(w http.ResponseWriter, r *request) (*dav.Element, error) {
	if r.ContentLength > maxXMLBytes {
		return nil, dav.Fail(http.StatusRequestEntityTooLarge, dav.Name{}, "an XML body may have %d bytes here", maxXMLBytes)
	}
	return dav.ReadXML(http.MaxBytesReader(w, r.Body, maxXMLBytes), dav.XMLLimits{})
}
