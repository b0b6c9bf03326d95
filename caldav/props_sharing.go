package caldav

import (
	"slices"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// sharingProperties are those of CalendarServer's caldav-sharing and caldav-notifications extensions.
var sharingProperties = []property{
	{name: dav.CS("notification-URL"), render: func(c *propContext) bool { // on who is told of them
		if c.res.place != placePrincipal || c.who == nil || c.who.ID != c.res.principal.ID && !slices.Contains(c.who.ReadsFor, c.res.principal.ID) {
			return false
		}
		home, err := c.h.db.Home(c.ctx, c.res.principal.ID)
		if err != nil {
			c.err = err
			return false
		}
		coll := noticesOf(home)
		if coll == nil {
			return false
		}
		c.b.Href(collectionHref(c.res.principal, coll))
		return true
	}},
	{name: nameNoticeType, render: func(c *propContext) bool {
		if c.res.obj == nil || !isNotices(c.res.coll) || noticeTypes[c.res.obj.Component] == nil {
			return false
		}
		noticeTypes[c.res.obj.Component](c.b)
		return true
	}},
	{name: nameInvite, render: renderInvite},
	{name: dav.CS("shared-url"), render: func(c *propContext) bool {
		if !c.onCalendar() || c.res.mount == nil {
			return false
		}
		c.b.Href(collectionHref(c.res.home.Owner, c.res.coll))
		return true
	}},
	{name: nameAllowedSharing, render: func(c *propContext) bool {
		if !c.onCalendar() || acl.Check(c.res.rights, acl.Share) != acl.Allowed {
			return false
		}
		c.b.Empty(dav.CS("can-be-shared"))
		c.b.Empty(dav.CS("can-be-published"))
		return true
	}},
}

// showsSharees says whether the asking principal is shown who a calendar is shared with: those who may share it are.
func (res *resource) showsSharees() bool {
	return res.mount == nil && res.coll.Shared && acl.Check(res.rights, acl.Share) == acl.Allowed
}

// renderInvite appends who a calendar is shared with. A sharee is shown the sharer and itself, not the others.
func renderInvite(c *propContext) bool {
	if !c.onCalendar() || c.res.mount == nil && !c.res.showsSharees() {
		return false
	}
	if c.err = c.fetchShares(c.res); c.err != nil {
		return false
	}
	appendOrganizer(c.b, c.res.home.Owner)
	for i := range c.shares.list {
		s := &c.shares.list[i]
		if s.Owner != c.res.coll.Owner || s.Collection != c.res.coll.ID || c.res.mount != nil && s.Sharee != c.res.mount.home.Owner.ID {
			continue
		}
		c.appendSharee(s)
	}
	return true
}

// appendSharee appends the CS:user of an invitation.
func (c *propContext) appendSharee(s *store.Share) {
	user := dav.CS("user")
	c.b.Open(user)
	c.b.Href(s.Address)
	if p := c.shares.people[s.Sharee]; p != nil {
		c.b.Elem(nameCommonName, nameOf(p))
	}
	c.b.Empty(statusOf(s))
	appendAccess(c.b, s)
	if s.Summary != "" {
		c.b.Elem(nameSummary, s.Summary)
	}
	c.b.Close(user)
}

// shares are the invitations that the properties of calendars in a home show.
type shares struct {
	of     store.PrincipalID // the owner of the home
	list   []store.Share
	people map[store.PrincipalID]*store.Principal // the sharees
}

// fetchShares reads the invitations to and of the owner of the home where res is, once. Who lists what is in a home does so before a query
// is begun that the answer is made of: see fetchOverlays.
func (c *propContext) fetchShares(res *resource) error {
	owner := res.home.Owner
	if res.mount != nil {
		owner = res.mount.home.Owner
	}
	if c.shares != nil && c.shares.of == owner.ID {
		return nil
	}
	list, err := c.h.db.SharesIn(c.ctx, owner.ID)
	if err != nil {
		return err
	}
	found := &shares{of: owner.ID, list: list, people: map[store.PrincipalID]*store.Principal{}}
	for _, s := range list {
		if found.people[s.Sharee], err = c.h.db.PrincipalByID(c.ctx, s.Sharee); err != nil {
			return err
		}
	}
	c.shares = found
	return nil
}
