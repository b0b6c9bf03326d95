package caldav

import (
	"context"
	"net/http"
	"strings"

	"convene/acl"
	"convene/caldav/dav"
	"convene/scheduling"
	"convene/store"
)

// handleCopyMove copies or moves an object or a collection (RFC 4918 sections 9.8 and 9.9) within this server.
func (h *Handler) handleCopyMove(w http.ResponseWriter, r *request) error {
	c, err := h.readCopyMove(r)
	if err != nil {
		return err
	}
	done, err := scheduling.Run(r.Context(), h.scheduling, c.owners(), nil, func(ctx context.Context, work *scheduling.Work) (arrived, error) {
		if c.from.place == placeObject {
			return c.object(ctx, work, h)
		}
		created, err := c.collection(ctx, work, h)
		return arrived{created: created}, err
	})
	if err != nil {
		return c.to.conflict(r.who, err)
	}
	if done.obj != nil && done.obj.ScheduleTag != "" && c.to.mount == nil && !c.to.hides(done.obj) { // RFC 6638 section 3.2.10
		w.Header().Set("Schedule-Tag", `"`+done.obj.ScheduleTag+`"`)
	}
	if done.created {
		w.Header().Set("Location", c.to.href())
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusCreated)
	} else {
		w.WriteHeader(http.StatusNoContent)
	}
	return nil
}

// arrived is what is at the destination now.
type arrived struct {
	obj     *store.Object // nil: a collection
	created bool          // nothing was there
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
