package caldav

import (
	"net/http"
	"strconv"
	"time"

	"convene/acl"
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
)

// webdavProperties are those of RFC 4918 section 15, RFC 3744 section 5, RFC 3253 section 3.1.5, RFC 4331, RFC 5397, RFC
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
	{name: dav.DAV("owner"), render: func(c *propContext) bool { // RFC 3744 section 5.1
		if c.res.principal == nil {
			return false
		}
		c.b.Href(principalHref(c.res.principal))
		return true
	}},
	{name: dav.DAV("current-user-privilege-set"), render: renderPrivileges}, // RFC 3744 section 5.5
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
		if c.res.place != placeHome {
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
	case c.res.place == placePrincipal:
		c.b.Empty(dav.DAV("collection"))
		c.b.Empty(dav.DAV("principal"))
		return true
	}
	c.b.Empty(dav.DAV("collection"))
	if c.res.coll != nil {
		switch c.res.coll.Kind {
		case store.KindCalendar:
			c.b.Empty(dav.CalDAV("calendar"))
		case store.KindInbox:
			c.b.Empty(dav.CalDAV("schedule-inbox"))
		case store.KindOutbox:
			c.b.Empty(dav.CalDAV("schedule-outbox"))
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

// privilegesOf names the privileges that stand for each action, for DAV:current-user-privilege-set.
var privilegesOf = []struct {
	action acl.Action
	names  []dav.Name
}{
	{acl.ReadResource, []dav.Name{dav.DAV("read"), dav.DAV("read-current-user-privilege-set")}},
	{acl.ReadBusy, []dav.Name{dav.CalDAV("read-free-busy")}},
	{acl.WriteProperties, []dav.Name{dav.DAV("write-properties")}},
	{acl.WriteContent, []dav.Name{dav.DAV("write-content")}},
	{acl.MakeCollection, []dav.Name{dav.DAV("bind")}},
	{acl.RemoveResource, []dav.Name{dav.DAV("unbind")}},
}

func renderPrivileges(c *propContext) bool {
	one := func(n dav.Name) {
		c.b.Open(dav.DAV("privilege"))
		c.b.Empty(n)
		c.b.Close(dav.DAV("privilege"))
	}
	if c.res.home == nil {
		one(dav.DAV("read"))
		one(dav.DAV("read-current-user-privilege-set"))
		return true
	}
	held := 0
	for _, p := range privilegesOf {
		if acl.Check(c.res.rights, p.action) != acl.Allowed {
			continue
		}
		held++
		for _, n := range p.names {
			one(n)
		}
	}
	if held == len(privilegesOf) { // the aggregates (RFC 3744 section 3.12) that Apple's clients look for
		one(dav.DAV("write"))
		one(dav.DAV("all"))
	}
	return true
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
