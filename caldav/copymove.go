package caldav

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// handleCopyMove copies or moves an object or a collection (RFC 4918 sections 9.8 and 9.9) within this server.
func (h *Handler) handleCopyMove(w http.ResponseWriter, r *request) error {
	c, err := h.readCopyMove(r)
	if err != nil {
		return err
	}
	created, err := inTxWithSharees(r.Context(), h.db, c.owners(), c.going(), func(ctx context.Context, tx *store.Tx) (bool, error) {
		if c.from.place == placeObject {
			return c.object(ctx, tx, h)
		}
		return c.collection(ctx, tx, h)
	})
	if err != nil {
		return c.to.conflict(err)
	}
	if created {
		w.Header().Set("Location", c.to.href())
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusCreated)
	} else {
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}

// copyMove is one COPY or MOVE.
type copyMove struct {
	r         *request
	move      bool
	overwrite bool
	shallow   bool // COPY of a collection without its members
	from, to  *resource
	cond      preconditions
}

func (c *copyMove) owners() []store.PrincipalID {
	return append(c.from.owners(), c.to.owners()...)
}

// going are the collections that go away: what is at the destination and, of a MOVE to another home, the source.
func (c *copyMove) going() []*store.Collection {
	if c.from.place != placeCollection {
		return nil
	}
	return []*store.Collection{c.from.coll, c.to.coll}
}

// readCopyMove checks all that needs no lock: both URLs, the rights on both sides, and the headers.
func (h *Handler) readCopyMove(r *request) (*copyMove, error) {
	c := &copyMove{r: r, move: r.Method == "MOVE"}
	var err error
	if c.from, err = h.existing(r.Context(), r.who, r.target, acl.ReadResource); err != nil {
		return nil, err
	}
	if c.from.place == placeObject {
		if err := h.loadObject(r.Context(), c.from); err != nil {
			return nil, err
		}
	} else if err := removable(c.from); err != nil { // nor are they copied
		return nil, err
	}
	if c.from.place == placeObject && isNotices(c.from.coll) {
		return nil, notAllowed(c.from, dav.Name{}, "notifications are neither copied nor moved")
	}
	if c.move {
		action := acl.RemoveCollection
		if r.target.place == placeObject {
			action = acl.RemoveResource
		}
		if err := c.from.allow(r.who, action); err != nil {
			return nil, err
		}
	}
	if c.overwrite, err = dav.ParseOverwrite(r.Header); err != nil {
		return nil, err
	}
	if c.cond, err = readConditions(r); err != nil {
		return nil, err
	}
	if err := c.readDepth(); err != nil {
		return nil, err
	}
	return c, h.readDestination(c)
}

// readDepth: a COPY may leave the members of a collection out, a MOVE takes them along (RFC 4918 sections 9.8.3 and 9.9.2).
func (c *copyMove) readDepth() error {
	depth, err := dav.ParseDepth(c.r.Header, dav.DepthInfinity)
	if err != nil || c.from.place == placeObject {
		return err
	}
	if depth == dav.Depth1 || c.move && depth != dav.DepthInfinity {
		return badRequest("this needs Depth: infinity")
	}
	c.shallow = depth == dav.Depth0
	return nil
}

func (h *Handler) readDestination(c *copyMove) error {
	path, err := dav.ParseDestination(c.r.Header, func(host string) bool { return sameHost(host, c.r.Host) })
	if err != nil {
		return err
	}
	t, err := parseTarget(path)
	switch {
	case err != nil && toDAV(err).Status == http.StatusNotFound:
		return forbidden(dav.Name{}, "the destination is outside of the calendars")
	case err != nil:
		return err
	}
	if t.place != c.from.place {
		condition := dav.Name{}
		if c.from.place == placeCollection {
			condition = dav.CalDAV("calendar-collection-location-ok")
		}
		return forbidden(condition, "an object goes into a calendar, and a collection into a home")
	}
	if t.token != "" {
		return forbidden(dav.Name{}, "published calendars are for reading only")
	}
	if c.to, err = h.find(c.r.Context(), c.r.who, t); err != nil {
		return err
	}
	if c.to.href() == c.from.href() {
		return forbidden(dav.Name{}, "source and destination are the same")
	}
	if c.from.place == placeObject {
		if err := c.to.allowBoth(c.r.who, acl.WriteContent, acl.WriteProperties); err != nil {
			return err
		}
		if c.to.coll == nil {
			return dav.Fail(http.StatusConflict, dav.Name{}, "there is no calendar at the destination: make it first")
		}
		switch {
		case !isCalendar(c.to.coll):
			return forbidden(dav.CalDAV("calendar-collection-location-ok"), "calendar objects are stored in calendars, and the destination is none")
		case c.move && c.from.mount != nil && c.from.coll.ID != c.to.coll.ID: // caldav-sharing section 5.5.5
			return forbidden(dav.Name{}, "what is in a calendar that is shared with you stays there: copy it, then remove it")
		}
		return nil
	}
	home := h.homeOfURL(c.to, c.r.who)
	if err := home.allowBoth(c.r.who, acl.MakeCollection, acl.WriteProperties); err != nil {
		return err
	}
	if c.to.coll != nil {
		if !c.overwrite {
			return overwriteForbidden()
		}
		if err := c.to.allow(c.r.who, acl.RemoveCollection); err != nil {
			return err
		}
		return removable(c.to)
	}
	return nil
}

// sameHost compares the host of a Destination with that of the request; ports are left out, since proxies change them.
func sameHost(a, b string) bool {
	bare := func(s string) string {
		if i := strings.LastIndexByte(s, ':'); i >= 0 && !strings.HasSuffix(s, "]") {
			s = s[:i]
		}
		return strings.ToLower(s)
	}
	return bare(a) == bare(b)
}

func overwriteForbidden() error {
	return dav.Fail(http.StatusPreconditionFailed, dav.Name{}, "there is something at the destination, and Overwrite is F")
}

// object copies or moves an object; it says whether there was none at the destination.
func (c *copyMove) object(ctx context.Context, tx *store.Tx, h *Handler) (created bool, err error) {
	from, err := currentCollection(tx, c.from.coll)
	if err != nil {
		return false, notFound()
	}
	to, err := currentCollection(tx, c.to.coll)
	if err != nil {
		return false, err
	}
	obj, err := tx.Object(ctx, from, c.from.object)
	if err != nil {
		return false, err
	}
	if err := c.cond.onObject(ctx, tx, c.r, c.from, obj); err != nil {
		return false, err
	}
	there, err := tx.Object(ctx, to, c.to.object)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	if there != nil && !c.overwrite {
		return false, overwriteForbidden()
	}
	if err := c.free(tx, storing(there), content|binding); err != nil {
		return false, err
	}
	if c.move {
		if err := tx.RemoveLocks(ctx, from.Owner, from.Name, obj.Name); err != nil { // they do not move (RFC 4918 section 7.6)
			return false, err
		}
	}
	return there == nil, h.carry(ctx, tx, c, from, to, obj, there)
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

// carry puts the object obj at the destination, in place of there (nil: nothing).
func (h *Handler) carry(ctx context.Context, tx *store.Tx, c *copyMove, from, to *store.Collection, obj, there *store.Object) error {
	seen, err := c.from.seenIn(ctx, tx, obj)
	if err != nil {
		return err
	}
	within := from.ID == to.ID || from.Owner == to.Owner && c.from.mount == nil && c.to.mount == nil
	data := seen.Data
	switch {
	case c.move && within: // who may not see all of it can move it nevertheless: it stays with its owner
		data = obj.Data
	case c.move && c.from.hides(obj):
		return hiddenObject()
	}
	parsed, in, err := h.newObject(ctx, data, to) // the destination may take other components, and its floating times elsewhere
	if err != nil {
		return err
	}
	if there != nil && there.UID != in.UID { // RFC 4791 section 5.3.2.1 holds for COPY and MOVE too
		return otherUID(there)
	}
	in.Name = c.to.object
	if c.move && within {
		if there != nil && c.to.hides(there) {
			return hiddenObject()
		}
		moved, err := tx.Move(ctx, from, obj.Name, to, in)
		if err != nil || c.from.mount == nil {
			return err
		}
		return moveOwnPart(ctx, tx, c.from.mount.coll, obj, moved)
	}
	in.Props = append([]store.Prop{}, seen.Props...) // not nil: what it replaces had its own
	if c.move {
		if err := tx.Delete(ctx, from, obj.Name); err != nil {
			return err
		}
	}
	_, err = h.putSeen(ctx, tx, c.to, to, there, parsed, in)
	return err
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

// collection copies or moves a collection; it says whether there was none at the destination.
func (c *copyMove) collection(ctx context.Context, tx *store.Tx, h *Handler) (created bool, err error) {
	from, err := currentCollection(tx, c.from.own())
	if err != nil {
		return false, notFound()
	}
	if err := c.cond.onCollection(ctx, tx, c.r, c.from, from); err != nil {
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
	_, err = tx.Put(ctx, to, in)
	return err
}
