package caldav

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// handleProppatch changes properties, all of them or none (RFC 4918 section 9.2).
func (h *Handler) handleProppatch(w http.ResponseWriter, r *request) error {
	res, err := h.existing(r.Context(), r.who, r.target, acl.WriteProperties)
	if err != nil {
		return err
	}
	if res.place == placeObject {
		if err := h.loadObject(r.Context(), res); err != nil {
			return err
		}
	}
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	if body == nil || body.Name != dav.DAV("propertyupdate") {
		return badRequest("the body of a PROPPATCH is a DAV:propertyupdate")
	}
	if res.place == placeProxy {
		return h.proppatchProxy(w, r, res, body)
	}
	if res.obj != nil && res.hides(res.obj) {
		return hiddenObject()
	}
	changes := &patch{place: res.place, kind: res.coll.Kind, mounted: res.mount != nil, calendarAt: res.neighbours(r)}
	if changes.cond, err = readConditions(r); err != nil {
		return err
	}
	if err := changes.read(body); err != nil {
		return err
	}
	if !changes.failed() {
		_, err := store.InTx(r.Context(), h.db, res.owners(), func(ctx context.Context, tx *store.Tx) (struct{}, error) {
			return struct{}{}, changes.store(ctx, tx, r, res)
		}, prefetch(res)...)
		if err != nil && !errors.Is(err, errRefused) {
			return err
		}
	}
	return answerPatch(w, r, res, changes)
}

// neighbours finds collections of the home of res by the URLs that a client writes.
func (res *resource) neighbours(r *request) func(url string) *store.Collection {
	return func(url string) *store.Collection {
		t, err := reference(r.Request, url)
		if err != nil || t.place != placeCollection || t.kind != res.kind || !strings.EqualFold(t.name, res.name) {
			return nil
		}
		return res.home.Collection(t.collection)
	}
}

// answerPatch says what became of each property, or that all were changed to who does not want to read more.
func answerPatch(w http.ResponseWriter, r *request, res *resource, changes *patch) error {
	if dav.ParsePrefer(r.Header).Minimal && !changes.failed() { // RFC 8144 section 2.2
		dav.Applied(w.Header(), "return=minimal")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return sendPropstats(w, res, changes)
}

// sendPropstats answers with what became of each property.
func sendPropstats(w http.ResponseWriter, res *resource, changes *patch) error {
	b := &dav.Buffer{}
	b.StartMultistatus()
	b.StartResponse(res.href())
	changes.writeProps(b)
	b.EndResponse()
	b.EndMultistatus()
	return sendXML(w, http.StatusMultiStatus, b)
}

// errRefused ends a transaction in which a property could not be set; the patch knows which.
var errRefused = errors.New("a property cannot be set")

// store writes the changes. It may run twice.
func (p *patch) store(ctx context.Context, tx *store.Tx, r *request, res *resource) error {
	coll, err := currentCollection(tx, res.coll)
	if err != nil {
		return err
	}
	if res.place != placeObject {
		if err := p.cond.onCollection(ctx, tx, r, res, coll); err != nil {
			return err
		}
		if err := p.cond.free(tx, r, res, content); err != nil {
			return err
		}
		if coll, err = currentCollection(tx, res.own()); err != nil {
			return err
		}
		props := coll.Properties
		if !p.apply(&props) {
			return errRefused
		}
		_, err = tx.SetProperties(ctx, coll, props)
		return err
	}
	before, err := tx.Object(ctx, coll, res.object)
	if err != nil {
		return err
	}
	if err := p.cond.onObject(ctx, tx, r, res, before); err != nil {
		return err
	}
	if err := p.cond.free(tx, r, res, content); err != nil {
		return err
	}
	after := p.dead(before.Props)
	if p.failed() {
		return errRefused
	}
	return tx.SetObjectProps(ctx, coll, before.Name, after)
}

// sendXML sends a document that is whole.
func sendXML(w http.ResponseWriter, status int, b *dav.Buffer) error {
	h := w.Header()
	h["Content-Type"] = xmlContentType
	h["Content-Length"] = []string{strconv.Itoa(len(b.B))}
	w.WriteHeader(status)
	w.Write(b.B) // a failure means that the client is gone
	return nil
}
