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
	told, gone := map[store.CollectionID]bool{}, map[store.CollectionID]bool{}
	upTo.modseq, more, err = c.h.db.HomeChanges(c.ctx, home.home.Owner.ID, q.since.modseq, q.limit, q.infinite, func(change store.HomeChange) error {
		c.entries++
		if change.Object == nil {
			told[change.Collection.ID], gone[change.Collection.ID] = true, change.Collection.Deleted
		}
		return c.homeChange(home, change)
	})
	if err != nil || more {
		return upTo, more, err
	}
	for _, b := range q.since.behind {
		if home.home.CollectionByID(b.id) == nil || gone[b.id] {
			upTo = upTo.with(behindState{id: b.id})
		}
	}
	for _, coll := range home.home.Collections {
		since := q.since.of(coll.ID)
		if coll.Kind != store.KindShared || gone[coll.ID] || since == q.now.of(coll.ID) {
			continue
		}
		if c.entries >= q.limit {
			return upTo, true, nil
		}
		now, more, err := c.sharedInHome(home, coll, since, told[coll.ID])
		upTo = upTo.with(now)
		if err != nil || more {
			return upTo, more, err
		}
	}
	return upTo, false, nil
}

// homeChange appends the change of a collection itself, or of an object in it.
func (c *syncAnswer) homeChange(home *resource, change store.HomeChange) error {
	coll := change.Collection
	if coll.Deleted {
		if acl.Check(rightsOn(home.home, coll, c.who), acl.ReadResource) != acl.Allowed {
			return nil
		}
		return c.removed(home.collectionIn(coll))
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

// collectionIn is the resource of a collection that is not there, or not any more, in the home res.
func (res *resource) collectionIn(coll *store.Collection) *resource {
	m := *res
	m.place, m.collection, m.coll = placeCollection, coll.Name, coll
	return &m
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

// sharedInHome appends that something changed in a calendar which is shared with the owner of the home, at sync-level infinite what. told
// says that the answer names the collection already.
func (c *syncAnswer) sharedInHome(home *resource, coll *store.Collection, since behindState, told bool) (upTo behindState, more bool, err error) {
	upTo = c.q.now.of(coll.ID)
	if upTo.modseq == 0 { // the sharee may not read it any more, or it is gone
		c.entries++
		return upTo, false, c.removed(home.collectionIn(coll))
	}
	m, err := c.h.member(c.ctx, c.who, home, coll)
	if err != nil || m == nil || acl.Check(m.rights, acl.ReadResource) != acl.Allowed {
		return upTo, false, err
	}
	if (since.own == 0 || !c.q.infinite) && !told {
		c.entries++
		err = c.collection(m)
	}
	if err != nil || !c.q.infinite {
		return upTo, false, err
	}
	if since.own < coll.SyncFloor { // it got another name: all that is in it has another URL
		since = behindState{id: coll.ID}
	}
	if c.entries >= c.q.limit {
		since.own = max(since.own, 1) // it was told of
		return since, true, nil
	}
	return c.shared(m, since)
}

// shared appends what changed in a calendar that is shared with somebody: what the sharer's calendar says, and then what the sharee did to
// its own parts of objects.
func (c *syncAnswer) shared(m *resource, since behindState) (upTo behindState, more bool, err error) {
	if since.modseq == 0 && since.own <= 1 { // everything is listed as it is now
		since.own = m.mount.coll.Modseq
	}
	upTo = since
	own, err := c.h.db.OverlayChanges(c.ctx, m.mount.coll, since.own)
	if err != nil {
		return upTo, false, err
	}
	told := map[string]bool{}
	show, err := c.h.shower(c.ctx, m, nil, false, func(o *store.Object) error {
		c.entries++
		told[o.Name] = true
		return c.object(m, o)
	})
	if err != nil {
		return upTo, false, err
	}
	upTo.modseq, more, err = c.h.db.Changes(c.ctx, m.coll, since.modseq, max(1, c.q.limit-c.entries), c.q.props.detail(), show)
	if err != nil || more {
		return upTo, more, err
	}
	return c.ownParts(m, upTo, own, told)
}

// ownParts appends the objects of which the sharee changed its own part, but those that the answer names already.
func (c *syncAnswer) ownParts(m *resource, upTo behindState, own []store.Overlay, told map[string]bool) (_ behindState, more bool, err error) {
	var names []string
	for _, o := range own {
		if !told[o.Name] && c.entries >= c.q.limit {
			more = true
			break
		}
		upTo.own = o.Modseq
		if !told[o.Name] {
			c.entries++
			names = append(names, o.Name)
		}
	}
	if !more {
		upTo.own = m.mount.coll.Modseq
	}
	if len(names) == 0 {
		return upTo, more, nil
	}
	return upTo, more, c.h.objectsByName(c.ctx, m, names, c.q.props.needsData(m), func(o *store.Object) error {
		return c.objectResponse(c.s, c.q.props, c.q.prefer, m.withObject(o))
	})
}
