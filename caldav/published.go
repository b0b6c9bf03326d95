package caldav

import (
	"context"
	"errors"
	"net/http"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// What anybody sees of a calendar that is published: the calendar, and nothing of whose it is or of what clients keep with it.

// publishedMethods are those that work on published calendars, publishedFileMethods those on one as a file.
var (
	publishedMethods     = map[string]bool{http.MethodOptions: true, http.MethodGet: true, http.MethodHead: true, "PROPFIND": true, "REPORT": true}
	publishedFileMethods = map[string]bool{http.MethodOptions: true, http.MethodGet: true, http.MethodHead: true}
)

// works says whether a method can do something at the target as far as that is up to its being published.
func (t *target) works(method string) bool {
	switch {
	case t.token == "":
		return true
	case t.file:
		return publishedFileMethods[method]
	}
	return publishedMethods[method]
}

const (
	methodsOfPublished     = "OPTIONS, GET, HEAD, PROPFIND, REPORT"
	methodsOfPublishedFile = "OPTIONS, GET, HEAD"
)

// findPublished looks up a calendar by the token it is published under. Anybody may read there, and nobody may write.
func (h *Handler) findPublished(ctx context.Context, t target) (*resource, error) {
	pub, err := h.db.Publication(ctx, t.token)
	if errors.Is(err, store.ErrNotFound) {
		return nil, notFound()
	}
	if err != nil {
		return nil, err
	}
	home, err := h.db.Home(ctx, pub.Owner)
	if err != nil {
		return nil, err
	}
	coll := home.CollectionByID(pub.Collection)
	if coll == nil || !isCalendar(coll) {
		return nil, notFound()
	}
	res := &resource{target: t, principal: home.Owner, home: home, coll: coll, published: &pub, rights: acl.Lookup | acl.Read, sight: noPrivate}
	if pub.BusyOnly {
		res.sight = busyOnly
	}
	return res, nil
}

// shownPublished are the live properties of published calendars and their objects.
var shownPublished = map[dav.Name]bool{
	nameResourceType:                               true,
	nameDisplayName:                                true,
	nameGetETag:                                    true,
	nameGetContentLength:                           true,
	dav.DAV("getcontenttype"):                      true,
	dav.DAV("getlastmodified"):                     true,
	dav.DAV("creationdate"):                        true,
	dav.DAV("current-user-principal"):              true,
	dav.DAV("current-user-privilege-set"):          true,
	dav.DAV("supported-privilege-set"):             true,
	dav.DAV("supported-report-set"):                true,
	dav.DAV("sync-token"):                          true,
	dav.CS("getctag"):                              true,
	dav.CalDAV("calendar-description"):             true,
	dav.CalDAV("calendar-timezone"):                true,
	dav.CalDAV("supported-calendar-component-set"): true,
	dav.CalDAV("supported-calendar-data"):          true,
	dav.CalDAV("supported-collation-set"):          true,
	dav.CalDAV("min-date-time"):                    true,
	dav.CalDAV("max-date-time"):                    true,
	dav.CalDAV("max-instances"):                    true,
}

// keptPublished are the properties, among those that clients keep with a calendar, that tell how it looks.
var keptPublished = map[store.Prop]bool{
	{Space: dav.NSApple, Local: "calendar-color"}: true,
	{Space: dav.NSApple, Local: "calendar-order"}: true,
}

// publishedProps are those of the kept properties that anybody is shown.
func publishedProps(props []store.Prop) []store.Prop {
	var shown []store.Prop
	for _, p := range props {
		if keptPublished[store.Prop{Space: p.Space, Local: p.Local}] {
			shown = append(shown, p)
		}
	}
	return shown
}

// publishedHeader says how long a copy of what is published is good: it is asked for anew each time, since it may have ended. What has
// a secret URL is kept by nobody on the way, and found by no search.
func (res *resource) publishedHeader(h http.Header) {
	switch {
	case res.published == nil:
	case res.published.Secret:
		h.Set("Cache-Control", "private, no-cache")
		h.Set("X-Robots-Tag", "noindex, nofollow")
		h.Set("Referrer-Policy", "no-referrer")
	default:
		h.Set("Cache-Control", "no-cache")
	}
}
