package caldav

import (
	"slices"
	"strings"

	"convene/caldav/dav"
	"convene/store"
)

// principalProperties are those of principals: RFC 3744 section 4, RFC 4791 section 6.2, RFC 6638 section 2.4, and the ones
// of CalendarServer that Apple's clients ask for.
var principalProperties = []property{
	{name: dav.DAV("principal-URL"), render: func(c *propContext) bool { // RFC 3744 section 4.2
		if c.res.place != placePrincipal && c.res.place != placeProxy {
			return false
		}
		c.b.Href(c.res.href())
		return true
	}},
	{name: dav.DAV("alternate-URI-set"), render: func(c *propContext) bool { // RFC 3744 section 4.1
		if c.res.place == placeProxy {
			return true
		}
		if c.res.place != placePrincipal {
			return false
		}
		for _, a := range c.res.principal.Addresses {
			c.b.Href(a)
		}
		return true
	}},
	{name: nameMembers, render: func(c *propContext) bool { // RFC 3744 section 4.3
		if c.res.place == placeProxy {
			delegates, err := c.h.db.Delegates(c.ctx, c.res.principal.ID, c.res.proxy == proxyWrite)
			return c.hrefs(delegates, err)
		}
		if c.res.place != placePrincipal {
			return false
		}
		if c.res.principal.Kind != store.Group {
			return true
		}
		members, err := c.h.db.Members(c.ctx, c.res.principal.ID)
		return c.hrefs(members, err)
	}},
	{name: dav.DAV("group-membership"), render: renderMembership}, // RFC 3744 section 4.4
	{name: dav.CS("calendar-proxy-read-for"), render: func(c *propContext) bool { return c.delegators(false) }},
	{name: dav.CS("calendar-proxy-write-for"), render: func(c *propContext) bool { return c.delegators(true) }},
	{name: dav.CalDAV("calendar-home-set"), render: func(c *propContext) bool { // RFC 4791 section 6.2.1
		if c.res.place != placePrincipal {
			return false
		}
		c.b.Href(homeHref(c.res.principal))
		if !c.h.listGranted || c.who.ID != c.res.principal.ID {
			return true
		}
		others, err := c.h.db.HomesGranted(c.ctx, c.res.principal)
		c.loose, c.err = true, err
		for _, p := range others {
			c.b.Href(homeHref(p))
		}
		return err == nil
	}},
	{name: nameAddressSet, render: renderAddressSet},
	{name: dav.CalDAV("calendar-user-type"), render: func(c *propContext) bool { // RFC 6638 section 2.4.2
		if c.res.place != placePrincipal {
			return false
		}
		c.b.Text(c.res.principal.Kind.CalendarUserType())
		return true
	}},
	{name: dav.CalDAV("schedule-inbox-URL"), render: func(c *propContext) bool { return c.scheduleURL(store.KindInbox) }},   // RFC 6638 section 2.2.1
	{name: dav.CalDAV("schedule-outbox-URL"), render: func(c *propContext) bool { return c.scheduleURL(store.KindOutbox) }}, // RFC 6638 section 2.1.1
	{name: dav.CS("email-address-set"), render: func(c *propContext) bool { // CalendarServer
		if c.res.place != placePrincipal {
			return false
		}
		for _, a := range c.res.principal.Addresses {
			if mail, ok := strings.CutPrefix(a, "mailto:"); ok {
				c.b.Elem(dav.CS("email-address"), mail)
			}
		}
		return true
	}},
}

// nameAddressSet is that of the property by which principals are invited (RFC 6638 section 2.4.1).
var nameAddressSet = dav.CalDAV("calendar-user-address-set")

// renderAddressSet appends the calendar user addresses of a principal, its path among them. Public principals, which nobody can invite, have
// none.
func renderAddressSet(c *propContext) bool {
	p := c.res.principal
	if c.res.place != placePrincipal || p.Kind == store.Public {
		return false
	}
	for i, a := range append(slices.Clip(p.Addresses), principalHref(p)) {
		if i == 0 { // CalendarServer's attribute, by which Apple's clients know which one to write
			c.b.Raw(`<D:href preferred="1">`)
			c.b.Text(a)
			c.b.Raw(`</D:href>`)
			continue
		}
		c.b.Href(a)
	}
	return true
}

// hrefs appends the URLs of principals that were looked up for a property.
func (c *propContext) hrefs(ps []*store.Principal, err error) bool {
	c.loose = true
	if err != nil {
		c.err = err
		return false
	}
	for _, p := range ps {
		c.b.Href(principalHref(p))
	}
	return true
}
