package caldav

import (
	"context"
	"net/http"
	"slices"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

var (
	namePublish   = dav.CS("publish-calendar")
	nameUnpublish = dav.CS("unpublish-calendar")
)

// publish makes a calendar readable by anyone who is told its new URL, which CS:publish-url has (CalendarServer's CS:publish-calendar). One
// that has such a URL keeps it.
func (h *Handler) publish(w http.ResponseWriter, r *request, res *resource) error {
	return h.changePublications(w, r, res, func(ctx context.Context, tx *store.Tx, coll *store.Collection, now []store.Publication) error {
		if slices.ContainsFunc(now, func(p store.Publication) bool { return !p.BusyOnly }) {
			return nil
		}
		return tx.Publish(ctx, coll, store.Publication{Token: store.NewToken(), Secret: true})
	})
}

// unpublish ends all publications of a calendar (CS:unpublish-calendar).
func (h *Handler) unpublish(w http.ResponseWriter, r *request, res *resource) error {
	return h.changePublications(w, r, res, func(ctx context.Context, tx *store.Tx, coll *store.Collection, now []store.Publication) error {
		for _, p := range now {
			if err := tx.Unpublish(ctx, coll, p.Token); err != nil {
				return err
			}
		}
		return nil
	})
}

type publicationChange func(ctx context.Context, tx *store.Tx, coll *store.Collection, now []store.Publication) error

// changePublications has change alter the publications of the calendar res, as far as that may be done.
func (h *Handler) changePublications(w http.ResponseWriter, r *request, res *resource, change publicationChange) error {
	if err := res.allow(r.who, acl.Share); err != nil {
		return err
	}
	if !isCalendar(res.coll) {
		return notAllowed(res, dav.Name{}, "only calendars are published, and this is none")
	}
	cond, err := readConditions(r)
	if err != nil {
		return err
	}
	_, err = store.InTx(r.Context(), h.db, res.owners(), func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		coll, err := currentCollection(tx, res.coll)
		if err != nil {
			return struct{}{}, notFound()
		}
		now := *res
		now.rights = rightsOn(tx.Home(coll.Owner), coll, r.who)
		if err := now.allow(r.who, acl.Share); err != nil { // the right may just have been taken away
			return struct{}{}, err
		}
		if err := cond.onCollection(ctx, tx, r, res, coll); err != nil {
			return struct{}{}, err
		}
		if err := cond.free(tx, r, res, content); err != nil {
			return struct{}{}, err
		}
		list, err := tx.Publications(ctx, coll)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, change(ctx, tx, coll, list)
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// publishProperties are those by which clients that publish calendars find out where.
var publishProperties = []property{
	{name: dav.CS("publish-url"), render: renderPublishURL},
	{name: dav.CS("pre-publish-url"), render: renderPublishURL}, // where it would be: not known before
}

// renderPublishURL appends the URL at which a calendar is published, for those who may publish it. That of a whole calendar goes before
// one that tells only when it is busy.
func renderPublishURL(c *propContext) bool {
	if !c.onCalendar() || !c.res.coll.Published || c.res.mount != nil || acl.Check(c.res.rights, acl.Share) != acl.Allowed {
		return false
	}
	list, err := c.h.db.Publications(c.ctx, c.res.coll)
	if err != nil {
		c.err = err
		return false
	}
	if len(list) == 0 { // just ended
		return false
	}
	best := list[0]
	if i := slices.IndexFunc(list, func(p store.Publication) bool { return !p.BusyOnly }); i >= 0 {
		best = list[i]
	}
	t := target{place: placeCollection, token: best.Token, file: true}
	c.b.Href(c.base() + t.href())
	return true
}

// base is what goes before a path to make it a URL for people elsewhere: what is configured, or else what the client itself called the
// server.
func (c *propContext) base() string {
	switch {
	case c.h.url != "":
		return c.h.url
	case c.asked == nil:
		return ""
	}
	c.loose = true
	if c.asked.TLS != nil || c.asked.URL.Scheme == "https" {
		return "https://" + c.asked.Host
	}
	return "http://" + c.asked.Host
}
