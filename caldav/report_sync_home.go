package caldav

import (
	"convene/acl"
	"convene/store"
)

// changes appends what changed in a collection.
func (c *syncAnswer) changes(res *resource) (upTo syncState, more bool, err error) {
	upTo = syncState{id: c.q.now.id}
	show, err := c.h.shower(c.ctx, res, nil, false, func(o *store.Object) error { return c.object(res, o) })
	if err != nil {
		return upTo, false, err
	}
	upTo.modseq, more, err = c.h.db.Changes(c.ctx, res.coll, c.q.since.modseq, c.q.limit, c.q.props.detail(), show)
	return upTo, more, err
}

// home appends what changed in a home, and then which of the calendars changed that are shared with its owner. A collection that the
// asking principal may not read is left out, and so is what is in it.
func (c *syncAnswer) home(home *resource) (upTo syncState, more bool, err error) {
	q := c.q
	upTo = syncState{id: q.now.id, behind: q.since.behind}
	told := map[store.CollectionID]bool{}
	upTo.modseq, more, err = c.h.db.HomeChanges(c.ctx, home.home.Owner.ID, q.since.modseq, q.limit, q.infinite, func(change store.HomeChange) error {
		if change.Object == nil {
			told[change.Collection.ID] = true
		}
		return c.homeChange(home, change)
	})
	if err != nil || more {
		return upTo, more, err
	}
	upTo.behind = q.now.behind
	for _, coll := range home.home.Collections {
		if coll.Kind != store.KindShared || told[coll.ID] && !q.infinite || q.since.of(coll.ID) == q.now.of(coll.ID) {
			continue
		}
		if err := c.sharedInHome(home, coll); err != nil {
			return upTo, false, err
		}
	}
	return upTo, false, nil
}

// homeChange appends the change of a collection itself, or of an object in it.
func (c *syncAnswer) homeChange(home *resource, change store.HomeChange) error {
	coll := change.Collection
	if coll.Deleted {
		m := *home
		m.place, m.collection, m.coll = placeCollection, coll.Name, coll
		if acl.Check(rightsOn(home.home, coll, c.who), acl.ReadResource) != acl.Allowed {
			return nil
		}
		return c.removed(&m)
	}
	m, err := c.h.member(c.ctx, c.who, home, coll)
	if err != nil || m == nil || acl.Check(m.rights, acl.ReadResource) != acl.Allowed {
		return err
	}
	if change.Object == nil {
		return c.collection(m)
	}
	o, err := m.seen(change.Object, nil)
	if err != nil {
		return err
	}
	return c.object(m, o)
}

func (c *syncAnswer) collection(m *resource) error {
	c.res = m
	c.b.StartResponse(m.href())
	c.q.props.write(&c.propContext, c.q.prefer.Minimal)
	if c.err != nil {
		return c.err
	}
	return c.s.EndResponse()
}

// sharedInHome appends that something changed in a calendar which is shared with the owner of the home, at sync-level infinite what.
func (c *syncAnswer) sharedInHome(home *resource, coll *store.Collection) error {
	m, err := c.h.member(c.ctx, c.who, home, coll)
	if err != nil || m == nil || acl.Check(m.rights, acl.ReadResource) != acl.Allowed {
		return err
	}
	if !c.q.infinite {
		return c.collection(m)
	}
	now, err := c.h.syncState(c.ctx, m)
	if err != nil {
		return err
	}
	since := syncState{id: now.id, modseq: min(c.q.since.modseq, now.modseq), behind: []behindState{{coll.ID, c.q.since.of(coll.ID)}}}
	_, _, err = c.shared(m, since, now)
	return err
}

// shared appends what changed in a calendar that is shared with somebody: what the sharer's calendar says, and what the sharee did to its
// own parts of objects. The latter come with the last page.
func (c *syncAnswer) shared(m *resource, since, now syncState) (upTo syncState, more bool, err error) {
	mount := m.mount.coll
	behind := since.of(mount.ID)
	told := map[string]bool{}
	show, err := c.h.shower(c.ctx, m, nil, false, func(o *store.Object) error {
		told[o.Name] = true
		return c.object(m, o)
	})
	if err != nil {
		return since, false, err
	}
	own, err := c.h.db.OverlayChanges(c.ctx, mount, since.modseq)
	if err != nil {
		return since, false, err
	}
	behind, more, err = c.h.db.Changes(c.ctx, m.coll, behind, c.q.limit, c.q.props.detail(), show)
	upTo = syncState{id: now.id, modseq: since.modseq, behind: []behindState{{mount.ID, behind}}}
	if err != nil || more {
		return upTo, more, err
	}
	upTo.modseq = now.modseq
	if since.modseq == 0 { // everything was listed
		return upTo, false, nil
	}
	var names []string
	for _, o := range own {
		if !told[o.Name] {
			names = append(names, o.Name)
		}
	}
	if len(names) == 0 {
		return upTo, false, nil
	}
	return upTo, false, c.h.objectsByName(c.ctx, m, names, c.q.props.needsData(m), func(o *store.Object) error {
		return c.objectResponse(c.s, c.q.props, c.q.prefer, m.withObject(o))
	})
}
