package caldav

import (
	"net/http"
	"strconv"
	"time"

	"convene/caldav/dav"
	"convene/store"
)

// Names that are used more than once.
var (
	nameDisplayName  = dav.DAV("displayname")
	nameResourceType = dav.DAV("resourcetype")
	nameGetETag      = dav.DAV("getetag")
	nameCalendarData = dav.CalDAV("calendar-data")

	nameTransparency     = dav.CalDAV("schedule-calendar-transp")
	nameGetContentLength = dav.DAV("getcontentlength")
	nameGetContentType   = dav.DAV("getcontenttype")
)

// webdavProperties are those of RFC 4918 section 15, RFC 3744 section 5.8, RFC 3253 section 3.1.5, RFC 4331, RFC 5397, RFC
// 5995 and RFC 6578 that resources of several kinds have.
var webdavProperties = []property{
	{name: nameResourceType, all: true, render: renderResourceType},
	{name: nameDisplayName, all: true, lang: true, render: renderDisplayName},
	{name: nameGetETag, all: true, render: func(c *propContext) bool {
		if c.res.obj != nil {
			c.b.Raw(`"`)
			c.b.Text(c.res.obj.ETag)
			c.b.Raw(`"`)
			return true
		}
		if c.res.coll != nil && c.res.coll.Kind == store.KindCalendar {
			c.b.Text(c.res.collectionETag())
			return true
		}
		return false
	}},
	{name: dav.DAV("getlastmodified"), all: true, render: func(c *propContext) bool {
		switch {
		case c.res.obj != nil && c.res.obj.Modified.IsZero(): // hidden
			return false
		case c.res.obj != nil:
			c.b.Text(c.res.obj.Modified.UTC().Format(http.TimeFormat))
		case c.res.coll != nil:
			c.b.Text(c.res.coll.Modified.UTC().Format(http.TimeFormat))
		default:
			return false
		}
		return true
	}},
	{name: dav.DAV("creationdate"), all: true, render: func(c *propContext) bool {
		switch {
		case c.res.obj != nil && c.res.obj.Created.IsZero(): // hidden
			return false
		case c.res.obj != nil:
			c.b.Text(c.res.obj.Created.UTC().Format(time.RFC3339))
		case c.res.coll != nil:
			c.b.Text(c.res.coll.Created.UTC().Format(time.RFC3339))
		case c.res.principal != nil:
			c.b.Text(c.res.principal.Created.UTC().Format(time.RFC3339))
		default:
			return false
		}
		return true
	}},
	{name: dav.DAV("current-user-principal"), render: func(c *propContext) bool { // RFC 5397
		if c.who == nil {
			c.b.Empty(dav.DAV("unauthenticated"))
		} else {
			c.b.Href(principalHref(c.who))
		}
		return true
	}},
	{name: dav.DAV("principal-collection-set"), render: func(c *propContext) bool { // RFC 3744 section 5.8
		c.b.Href("/dav/principals/")
		return true
	}},
	{name: dav.DAV("supported-report-set"), render: renderReports}, // RFC 3253 section 3.1.5
	{name: dav.DAV("sync-token"), render: func(c *propContext) bool { // RFC 6578 section 4
		if !syncable(c.res.coll) || c.res.obj != nil {
			return false
		}
		token, err := c.h.syncToken(c.ctx, c.res)
		if err != nil {
			c.err = err
			return false
		}
		c.b.Text(token)
		return true
	}},
	{name: dav.CS("getctag"), render: func(c *propContext) bool { // CalendarServer's caldav-ctag extension
		if !syncable(c.res.coll) || c.res.obj != nil {
			return false
		}
		state, err := c.h.syncState(c.ctx, c.res)
		if err != nil {
			c.err = err
			return false
		}
		c.b.Text(state.ctag())
		return true
	}},
	{name: dav.DAV("add-member"), render: func(c *propContext) bool { // RFC 5995 section 3.2.1
		if c.res.obj != nil || c.res.coll == nil || !isCalendar(c.res.coll) {
			return false
		}
		c.b.Href(c.res.href())
		return true
	}},
	{name: dav.DAV("quota-used-bytes"), render: func(c *propContext) bool { // RFC 4331
		if c.res.place != placeHome || !c.res.home.SeesPrivate(c.res.rights, c.who) { // others would learn the size of what they are not shown
			return false
		}
		used, err := c.h.db.QuotaUsed(c.ctx, c.res.principal.ID)
		if err != nil {
			c.err = err
			return false
		}
		c.b.Text(strconv.FormatInt(used, 10))
		return true
	}},
}

func renderResourceType(c *propContext) bool {
	switch {
	case c.res.obj != nil:
		return true // an ordinary resource has an empty one
	case c.res.place == placePrincipal, c.res.place == placeProxy:
		c.b.Empty(dav.DAV("collection"))
		c.b.Empty(dav.DAV("principal"))
		if c.res.proxy != "" {
			c.b.Empty(dav.CS(c.res.proxy))
		}
		return true
	}
	c.b.Empty(dav.DAV("collection"))
	if c.res.coll != nil {
		switch c.res.coll.Kind {
		case store.KindCalendar:
			c.b.Empty(dav.CalDAV("calendar"))
			switch { // caldav-sharing section 5.2.1
			case c.res.mount != nil:
				c.b.Empty(dav.CS("shared"))
			case c.res.showsSharees():
				c.b.Empty(dav.CS("shared-owner"))
			}
		case store.KindInbox:
			c.b.Empty(dav.CalDAV("schedule-inbox"))
		case store.KindOutbox:
			c.b.Empty(dav.CalDAV("schedule-outbox"))
		case store.KindNotices:
			c.b.Empty(nameNotification)
		}
	}
	return true
}

func renderDisplayName(c *propContext) bool {
	switch {
	case c.res.obj != nil:
		return false
	case c.res.coll != nil:
		c.b.Text(c.displayName())
		return true
	case c.res.place == placePrincipal:
		c.b.Text(nameOf(c.res.principal))
		return true
	case c.res.place == placeProxy:
		c.b.Text(c.res.proxyName())
		return true
	}
	return false
}

// displayName is what people are shown of a collection. One that nobody gave a name is called as in its URL, and a home as its owner:
// clients show a calendar without as "untitled".
func (c *propContext) displayName() string {
	if c.res.coll.Kind == store.KindHome && c.res.coll.DisplayName == nil {
		return nameOf(c.res.principal)
	}
	return displayName(c.res.coll)
}

// nameOf is what people call a principal.
func nameOf(p *store.Principal) string {
	if p.DisplayName != "" {
		return p.DisplayName
	}
	return p.Name
}

func renderReports(c *propContext) bool {
	for _, r := range reportTable {
		if !r.on(c.res) {
			continue
		}
		c.b.Open(dav.DAV("supported-report"))
		c.b.Open(dav.DAV("report"))
		c.b.Empty(r.name)
		c.b.Close(dav.DAV("report"))
		c.b.Close(dav.DAV("supported-report"))
	}
	return true
}
