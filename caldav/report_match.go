package caldav

import (
	"errors"
	"net/http"

	"convene/caldav/dav"
	"convene/store"
)

// reportPrincipalMatch answers a principal-match (RFC 3744 section 9.3): which principals below the URL the asking one is, itself or as
// a member; with DAV:principal-property, which resources below it have that property naming it.
func (h *Handler) reportPrincipalMatch(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	if err := shallow(r); err != nil {
		return err
	}
	if r.who == nil {
		return unauthorized()
	}
	property := body.Child(dav.DAV("principal-property"))
	var each eachMatch
	switch {
	case body.Child(dav.DAV("self")) != nil:
		each = func(c *propContext, send func(*resource) error) error { return c.selves(res, send) }
	case property.Child(dav.DAV("owner")) != nil:
		each = func(c *propContext, send func(*resource) error) error { return c.owned(res, send) }
	case property != nil && len(property.Children) == 1 && namingPrincipals[property.Children[0].Name]:
		name := property.Children[0].Name
		each = func(c *propContext, send func(*resource) error) error { return c.naming(res, name, send) }
	case property != nil: // no other property names principals
		each = func(*propContext, func(*resource) error) error { return nil }
	default:
		return badRequest("a principal-match has DAV:self or DAV:principal-property")
	}
	return h.sendMatching(w, r, res, body, each)
}

// selves sends the principals below res that the asking one is.
func (c *propContext) selves(res *resource, send func(*resource) error) error {
	for _, id := range append([]store.PrincipalID{c.who.ID}, c.who.MemberOf...) {
		p, err := c.h.db.PrincipalByID(c.ctx, id)
		if errors.Is(err, store.ErrNotFound) { // a group that was just removed
			continue
		}
		if err != nil {
			return err
		}
		if isBelow(res, p) {
			if err := send(principalResource(p)); err != nil {
				return err
			}
		}
	}
	groups, err := c.h.memberships(c.ctx, c.who)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if isBelow(res, g.principal) || res.place == placeProxy && res.href() == g.href() {
			if err := send(g); err != nil {
				return err
			}
		}
	}
	return nil
}

// owned sends the members of res, at any depth, whose DAV:owner is the asking principal: itself, its home, and what is in it.
func (c *propContext) owned(res *resource, send func(*resource) error) error {
	home := target{place: placeHome, kind: c.who.Kind, name: c.who.Name}
	switch res.place {
	case placeRoot, placePrincipals, placeCalendars:
		above := res.place == placeRoot || res.kind == "" || res.kind == c.who.Kind
		if above && res.place != placeCalendars {
			if err := send(principalResource(c.who)); err != nil {
				return err
			}
		}
		if !above || res.place == placePrincipals {
			return nil
		}
		found, err := c.h.find(c.ctx, c.who, home)
		if err != nil {
			return err
		}
		if err := send(found); err != nil {
			return err
		}
		return c.ownedInHome(found, send)
	case placeHome:
		return c.ownedInHome(res, send)
	case placeCollection:
		return c.ownedInCollection(res, send)
	}
	return nil
}

func (c *propContext) ownedInHome(home *resource, send func(*resource) error) error {
	if home.principal.ID != c.who.ID {
		return nil
	}
	c.res = home
	members, err := c.members()
	if err != nil {
		return err
	}
	for _, m := range members {
		if err := send(m); err != nil {
			return err
		}
		if err := c.ownedInCollection(m, send); err != nil {
			return err
		}
	}
	return nil
}

func (c *propContext) ownedInCollection(coll *resource, send func(*resource) error) error {
	if coll.principal.ID != c.who.ID {
		return nil
	}
	sent := 0
	return c.h.objects(c.ctx, coll, store.Listing, func(o *store.Object) error {
		if sent++; sent > c.h.maxResults {
			return errTooMany
		}
		return send(coll.withObject(o))
	})
}

// isBelow says whether a principal's URL is at or below that of res.
func isBelow(res *resource, p *store.Principal) bool {
	switch res.place {
	case placeRoot:
		return true
	case placePrincipals:
		return res.kind == "" || res.kind == p.Kind
	case placePrincipal:
		return res.principal.ID == p.ID
	}
	return false
}
