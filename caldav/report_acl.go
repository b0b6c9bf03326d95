package caldav

import (
	"net/http"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// reportACLPrincipals answers an acl-principal-prop-set (RFC 3744 section 9.2): the properties asked for of the principals in DAV:acl, each
// once. It needs the right to read that.
func (h *Handler) reportACLPrincipals(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	if err := shallow(r); err != nil {
		return err
	}
	if err := res.allow(r.who, acl.ReadACL); err != nil {
		return err
	}
	shown, err := h.shownACEs(r.Context(), res)
	if err != nil {
		return err
	}
	return h.sendMatching(w, r, res, body, func(c *propContext, send func(*resource) error) error {
		sent := map[target]bool{}
		for i := range shown {
			t := shown[i].principal
			switch {
			case t == nil && shown[i].Who == acl.Owner:
				owner := res.home.Owner
				t = &target{place: placePrincipal, kind: owner.Kind, name: owner.Name}
			case t == nil:
				continue
			}
			if sent[*t] {
				continue
			}
			sent[*t] = true
			if len(sent) > h.maxResults {
				return errTooMany
			}
			m, err := h.find(r.Context(), r.who, *t)
			if err != nil {
				return err
			}
			if err := send(m); err != nil {
				return err
			}
		}
		return nil
	})
}

// namingPrincipals are the properties, besides DAV:owner, whose hrefs are of principals, for the report principal-match.
var namingPrincipals = map[dav.Name]bool{
	nameACL:                           true,
	dav.DAV("group"):                  true,
	dav.DAV("principal-URL"):          true,
	dav.DAV("group-member-set"):       true,
	dav.DAV("group-membership"):       true,
	dav.DAV("current-user-principal"): true,
}

// naming sends the members of res, at any depth, and res itself, whose property of that name has the URL of the asking principal or of a
// group that it is in. Of the homes of others those are looked at in which it was given something.
func (c *propContext) naming(res *resource, name dav.Name, send func(*resource) error) error {
	own, err := c.ownURLs()
	if err != nil {
		return err
	}
	var match matchFunc = func(m *resource) (bool, error) { return c.names(m, name, own) }
	each := func(m *resource) error {
		if ok, err := match(m); !ok {
			return err
		}
		return send(m)
	}
	switch res.place {
	case placeRoot, placePrincipals, placePrincipal, placeProxy:
		if err := c.selves(res, each); err != nil || res.place != placeRoot {
			return err
		}
	case placeHome:
		return c.inHome(res, match, send)
	case placeCollection:
		return c.inCollection(res, match, send)
	}
	if res.place == placeRoot || res.place == placeCalendars {
		return c.inHomes(res, match, send)
	}
	return nil
}

// ownURLs are the URLs of the asking principal and of its groups.
func (c *propContext) ownURLs() (map[string]bool, error) {
	own := map[string]bool{}
	everything := &resource{target: target{place: placePrincipals}}
	err := c.selves(everything, func(m *resource) error {
		own[m.href()] = true
		return nil
	})
	return own, err
}

// names says whether a property of m has one of these URLs in it.
func (c *propContext) names(m *resource, name dav.Name, urls map[string]bool) (bool, error) {
	look := *c
	look.res, look.b = m, &dav.Buffer{}
	if ok := propertyByName[name].render(&look); !ok {
		return false, look.err
	}
	rest := string(look.b.B)
	for {
		_, href, after, found := cutHref(rest)
		switch {
		case !found:
			return false, nil
		case urls[href]:
			return true, nil
		}
		rest = after
	}
}

// matchFunc says whether a resource is to be sent.
type matchFunc func(*resource) (bool, error)

// inHomes sends what matches in the homes below res: the asking principal's, and those in which it was given something.
func (c *propContext) inHomes(res *resource, match matchFunc, send func(*resource) error) error {
	others, err := c.h.db.HomesGranted(c.ctx, c.who)
	if err != nil {
		return err
	}
	for _, p := range append([]*store.Principal{c.who}, others...) {
		if res.place == placeCalendars && res.kind != "" && res.kind != p.Kind {
			continue
		}
		home, err := c.h.find(c.ctx, c.who, target{place: placeHome, kind: p.Kind, name: p.Name})
		if err != nil {
			return err
		}
		if err := c.inHome(home, match, send); err != nil {
			return err
		}
	}
	return nil
}

// inHome sends the home, if it matches, and what matches in it.
func (c *propContext) inHome(home *resource, match matchFunc, send func(*resource) error) error {
	if acl.Check(home.rights, acl.ReadResource) == acl.Allowed {
		if ok, err := match(home); err != nil {
			return err
		} else if ok {
			if err := send(home); err != nil {
				return err
			}
		}
	}
	c.res = home
	members, err := c.members()
	if err != nil {
		return err
	}
	for _, m := range members {
		if err := c.inCollection(m, match, send); err != nil {
			return err
		}
	}
	return nil
}

// inCollection sends a collection that matches with its objects, whose properties that name principals are the same.
func (c *propContext) inCollection(coll *resource, match matchFunc, send func(*resource) error) error {
	if ok, err := match(coll); !ok {
		return err
	}
	if err := send(coll); err != nil {
		return err
	}
	sent := 0
	return c.h.objects(c.ctx, coll, store.Listing, func(o *store.Object) error {
		if sent++; sent > c.h.maxResults {
			return errTooMany
		}
		return send(coll.withObject(o))
	})
}
