package caldav

import (
	"cmp"
	"errors"
	"slices"

	"convene/store"
)

// listsPublic says whether the resource is the collection of the homes that belong to no person. Who has no account is shown what is in it
// for everybody, and of the other collections above homes nothing.
func (res *resource) listsPublic() bool {
	return res.place == placeCalendars && res.kind == store.Public
}

// allOfKind are the principals below c.res.
func (c *propContext) allOfKind() (found []*store.Principal, err error) {
	err = c.h.db.Principals(c.ctx, store.Filter{Kinds: []store.PrincipalKind{c.res.kind}, Limit: c.h.maxResults}, func(p *store.Principal) error {
		found = append(found, p)
		return nil
	})
	return found, err
}

// homeOwners are those below c.res whose homes the asking principal may be able to read: itself, its groups, whose delegate it is, and who
// gave something to it or to its groups by name; of public ones all, and all for an administrator.
func (c *propContext) homeOwners() ([]*store.Principal, error) {
	if c.res.listsPublic() || c.who.Admin {
		return c.allOfKind()
	}
	found, err := c.h.db.HomesGranted(c.ctx, c.who)
	if err != nil {
		return nil, err
	}
	found = append(found, c.who)
	for _, id := range slices.Concat(c.who.MemberOf, c.who.ReadsFor) {
		p, err := c.h.db.PrincipalByID(c.ctx, id)
		if errors.Is(err, store.ErrNotFound) { // just removed
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, p)
	}
	found = slices.DeleteFunc(found, func(p *store.Principal) bool { return p.Kind != c.res.kind })
	slices.SortFunc(found, func(a, b *store.Principal) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(found, func(a, b *store.Principal) bool { return a.ID == b.ID }), nil
}
