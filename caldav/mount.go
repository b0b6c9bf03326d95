package caldav

import (
	"context"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// mount is the place in a sharee's home where somebody else's calendar appears: a collection of store.KindShared.
type mount struct {
	home *store.Home       // the sharee's
	coll *store.Collection // with what the sharee set for itself
	own  acl.Rights        // of the asking principal in that home

	overlays map[string]store.Overlay // the sharee's parts of objects that were asked for, by name
}

// mounted completes the resource of a shared calendar, which res.home has as coll. Its objects and its place in the database are the
// sharer's, its URL and the properties that people see are the sharee's.
func mounted(ctx context.Context, find store.Homes, who *store.Principal, res *resource, coll *store.Collection) (*resource, error) {
	sharee := res.home
	home, behind, err := sharee.Behind(ctx, find, coll)
	if err != nil {
		return nil, err
	}
	if behind == nil {
		return res, nil
	}
	rights, sight := rightsOn(home, behind, sharee.Owner), sightOn(home, 0, sharee.Owner)
	m := *res
	m.mount = &mount{home: sharee, coll: coll, own: rightsOn(sharee, nil, who)}
	m.home, m.principal = home, home.Owner
	m.coll = personalised(behind, coll)
	m.rights = mountRights(rights, m.mount.own, m.place)
	m.sight = max(sight, sightOn(sharee, 0, who))
	return &m, nil
}

// mountRights are those on a shared calendar: what the sharer gave, as far as the asking principal has the same in the sharee's home. The
// collection itself, with its name and colour, is the sharee's; to share it on is the sharer's.
func mountRights(given, own acl.Rights, at place) acl.Rights {
	const collection = acl.Write | acl.Annotate | acl.RemoveSelf
	if at == placeCollection {
		given = given&^collection | own&collection
	}
	return given & own &^ acl.Administer
}

// personalised is a calendar with the properties that a sharee set for itself in place of the sharer's. The colour is the sharer's until the
// sharee sets one; what else clients keep as properties, such as default alarms, is each person's own (caldav-sharing section 7).
func personalised(behind, own *store.Collection) *store.Collection {
	c := *behind
	c.Transparent = own.Transparent
	if own.DisplayName != nil {
		c.DisplayName = own.DisplayName
	}
	if own.Description != nil {
		c.Description = own.Description
	}
	c.Props = own.Props
	for _, p := range behind.Props {
		if p.Space == dav.NSApple && p.Local == "calendar-color" && own.Prop(p.Space, p.Local) == nil {
			c.Props = append(c.Props[:len(c.Props):len(c.Props)], p)
		}
	}
	return &c
}

// homeOfURL is the home that the URL of the resource lies in, as a resource: of a shared calendar, the sharee's.
func (h *Handler) homeOfURL(res *resource, who *store.Principal) *resource {
	home := &resource{target: res.target, principal: res.home.Owner, home: res.home}
	if res.mount != nil {
		home.principal, home.home = res.mount.home.Owner, res.mount.home
	}
	home.place, home.collection, home.object = placeHome, "", ""
	home.coll, home.rights = home.home.Root, h.rightsOnHome(home.home, who)
	return home
}

// behind are the homes where the calendars lie that appear in the home res; none of any other resource.
func (h *Handler) behind(ctx context.Context, res *resource) ([]*store.Home, error) {
	if res.place != placeHome {
		return nil, nil
	}
	var homes []*store.Home
	for _, coll := range res.home.Collections {
		if coll.Kind != store.KindShared {
			continue
		}
		home, _, err := res.home.Behind(ctx, h.homes, coll)
		if err != nil {
			return nil, err
		}
		if home != nil {
			homes = append(homes, home)
		}
	}
	return homes, nil
}

// mountHome is the home of the sharee through which a calendar is seen, nil if it is seen in its own.
func (res *resource) mountHome() *store.Home {
	if res.mount == nil {
		return nil
	}
	return res.mount.home
}

// owners are the homes that a transaction has to hold to write an object here.
func (res *resource) owners() []store.PrincipalID {
	if res.mount != nil {
		return []store.PrincipalID{res.home.Owner.ID, res.mount.home.Owner.ID}
	}
	return []store.PrincipalID{res.home.Owner.ID}
}

// current is the mount as it is now that the sharee's home is locked.
func (m *mount) current(tx *store.Tx) *mount {
	now := *m
	now.home = tx.Home(m.home.Owner.ID)
	if coll := now.home.CollectionByID(m.coll.ID); coll != nil {
		now.coll = coll
	}
	return &now
}

// own is the collection whose properties a request changes: the sharee's, of a shared calendar.
func (res *resource) own() *store.Collection {
	if res.mount != nil {
		return res.mount.coll
	}
	return res.coll
}
