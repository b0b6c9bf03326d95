package caldav

// proxyName is what people call a group of delegates.
func (res *resource) proxyName() string {
	if res.proxy == proxyWrite {
		return nameOf(res.principal) + ": delegates who read and write"
	}
	return nameOf(res.principal) + ": delegates who read"
}

// renderMembership lists the groups that a principal is a direct member of, those of delegates too (RFC 3744 section 4.4).
func renderMembership(c *propContext) bool {
	if c.res.place == placeProxy {
		return true
	}
	if c.res.place != placePrincipal {
		return false
	}
	p := c.res.principal
	if len(p.MemberOf) > 0 {
		groups, err := c.h.db.MemberOf(c.ctx, p.ID)
		if !c.hrefs(groups, err) {
			return false
		}
	}
	if len(p.ReadsFor) == 0 {
		return true
	}
	for _, writes := range []bool{false, true} {
		owners, err := c.h.db.DelegatingTo(c.ctx, p.ID, writes)
		if err != nil {
			c.err = err
			return false
		}
		for _, owner := range owners {
			c.b.Href(proxyResource(owner, writes).href())
		}
	}
	c.loose = true
	return true
}

// delegators lists those whose delegate a principal is, by way of groups too, to read or to write (caldav-proxy section 5.3). Nothing that it
// depends on changes without the principal's being read anew.
func (c *propContext) delegators(writes bool) bool {
	if c.res.place != placePrincipal {
		return false
	}
	groups, err := c.h.memberships(c.ctx, c.res.principal)
	if err != nil {
		c.err = err
		return false
	}
	for _, g := range groups {
		if (g.proxy == proxyWrite) == writes {
			c.b.Href(principalHref(g.principal))
		}
	}
	return true
}
