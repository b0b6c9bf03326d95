package caldav

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// handleMkcalendar makes a calendar collection (RFC 4791 section 5.3.1).
func (h *Handler) handleMkcalendar(w http.ResponseWriter, r *request) error {
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	if body != nil && body.Name != dav.CalDAV("mkcalendar") {
		return badRequest("the body of a MKCALENDAR is a CALDAV:mkcalendar, not %s", body.Name)
	}
	return h.makeCollection(w, r, store.KindCalendar, body, dav.CalDAV("mkcalendar-response"))
}

// handleMkcol makes a collection: a calendar if its DAV:resourcetype says so (RFC 5689), else a plain one (RFC 4918 section 9.3).
func (h *Handler) handleMkcol(w http.ResponseWriter, r *request) error {
	mediaType, _ := dav.MediaType(r.Header)
	if mediaType != "" && mediaType != "application/xml" && mediaType != "text/xml" {
		return dav.Fail(http.StatusUnsupportedMediaType, dav.Name{}, "the body of a MKCOL is XML (RFC 5689), not %.60q", mediaType)
	}
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	if body == nil {
		return h.makeCollection(w, r, store.KindCollection, nil, dav.DAV("mkcol-response"))
	}
	if body.Name != dav.DAV("mkcol") {
		return dav.Fail(http.StatusUnsupportedMediaType, dav.Name{}, "the body of a MKCOL is a DAV:mkcol, not %s", body.Name)
	}
	kind, err := requestedKind(body)
	if err != nil {
		return err
	}
	return h.makeCollection(w, r, kind, body, dav.DAV("mkcol-response"))
}

// requestedKind reads the DAV:resourcetype of an extended MKCOL.
func requestedKind(body *dav.Element) (store.Kind, error) {
	kind := store.KindCollection
	for set := range body.All(dav.DAV("set")) {
		for _, t := range children(set.Child(dav.DAV("prop")).Child(nameResourceType)) {
			switch t.Name {
			case dav.DAV("collection"):
			case dav.CalDAV("calendar"):
				kind = store.KindCalendar
			default:
				return "", forbidden(dav.DAV("valid-resourcetype"), "collections of type %s cannot be made here", t.Name)
			}
		}
	}
	return kind, nil
}

func children(e *dav.Element) []*dav.Element {
	if e == nil {
		return nil
	}
	return e.Children
}

// makeCollection makes a collection in a home with the properties that the request sets. It is atomic: if one of them cannot
// be set there is no collection.
func (h *Handler) makeCollection(w http.ResponseWriter, r *request, kind store.Kind, body *dav.Element, answer dav.Name) error {
	res, err := h.mayMake(r)
	if err != nil {
		return err
	}
	changes := &patch{place: placeCollection, kind: kind, creating: true}
	if err := changes.read(body); err != nil {
		return err
	}
	if changes.failed() {
		b := &dav.Buffer{}
		changes.write(b, answer)
		return sendXML(w, changes.status(), b) // RFC 5689 section 3.5
	}
	in := store.NewCollection{Name: r.target.collection, Kind: kind}
	in.Rights = acl.DefaultCalendar
	changes.apply(&in.Properties)
	_, err = store.InTx(r.Context(), h.db, []store.PrincipalID{res.home.Owner.ID}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
		return tx.CreateCollection(ctx, res.home.Owner.ID, in)
	})
	if errors.Is(err, store.ErrExists) {
		return dav.Fail(http.StatusMethodNotAllowed, dav.DAV("resource-must-be-null"), "there is already a collection of that name")
	}
	if errors.Is(err, store.ErrBadName) {
		return forbidden(dav.Name{}, "this is not a name for a collection: %w", err)
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
	if r.target.place != placeCollection {
		if r.target.place > placeCollection {
			return nil, forbidden(dav.CalDAV("calendar-collection-location-ok"), "a calendar holds no collections: make them in the home, at %s", homeOf(r.target))
		}
		return nil, dav.Fail(http.StatusMethodNotAllowed, dav.DAV("resource-must-be-null"), "collections are made in a home: below %s", "/dav/calendars/user/NAME/")
	}
	res, err := h.find(r.Context(), r.who, r.target)
	if err != nil {
		return nil, err
	}
	home := &resource{target: res.target, home: res.home, coll: res.home.Root, rights: rightsOn(res.home, nil, r.who)}
	home.place, home.collection = placeHome, ""
	if err := home.allow(r.who, acl.MakeCollection); err != nil {
		return nil, err
	}
	if res.coll != nil {
		return nil, dav.Fail(http.StatusMethodNotAllowed, dav.DAV("resource-must-be-null"), "there is already a collection of that name")
	}
	return res, nil
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

// newObjectName is a name for an object that nobody gave one.
func newObjectName() string { return rand.Text() + ".ics" }
