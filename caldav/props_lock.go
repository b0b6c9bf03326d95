package caldav

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

var (
	nameLockDiscovery = dav.DAV("lockdiscovery")
	nameSupportedLock = dav.DAV("supportedlock")
)

// lockProperties are those of RFC 4918 sections 15.8 and 15.10, which everything in a home has.
var lockProperties = []property{
	{name: nameLockDiscovery, all: true, render: renderLockDiscovery},
	{name: nameSupportedLock, all: true, render: func(c *propContext) bool {
		if c.res.home == nil {
			return false
		}
		if c.who == nil || c.res.token != "" { // nothing can be locked by, or by way of, them
			return true
		}
		for _, scope := range []string{"exclusive", "shared"} {
			c.b.Open(dav.DAV("lockentry"))
			nested(c.b, "lockscope", scope)
			nested(c.b, "locktype", "write")
			c.b.Close(dav.DAV("lockentry"))
		}
		return true
	}},
}

// nested appends an empty element in another.
func nested(b *dav.Buffer, outer, inner string) {
	b.Open(dav.DAV(outer))
	b.Empty(dav.DAV(inner))
	b.Close(dav.DAV(outer))
}

func renderLockDiscovery(c *propContext) bool {
	if c.res.home == nil {
		return false
	}
	if len(c.res.home.Locks) == 0 || c.res.token != "" {
		return true
	}
	c.loose = true // locks end with time
	now := c.h.now()
	for _, l := range locksOn(c.res.home, c.res.spot(), now) {
		c.res.appendLock(c.b, l, c.who, now)
	}
	return true
}

// appendLock appends a DAV:activelock (RFC 4918 section 14.1). Its token is good for its holder alone (section 6.4), so it is shown to
// that one, and to those who may end the lock. Who holds it the anonymous are not told.
func (res *resource) appendLock(b *dav.Buffer, l *store.Lock, who *store.Principal, now time.Time) {
	scope, depth := "exclusive", dav.Depth0
	if l.Shared {
		scope = "shared"
	}
	if l.Deep {
		depth = dav.DepthInfinity
	}
	b.Open(dav.DAV("activelock"))
	nested(b, "lockscope", scope)
	nested(b, "locktype", "write")
	b.Elem(dav.DAV("depth"), depth.String())
	if l.Info != "" && who != nil {
		b.Raw(l.Info)
	}
	left := (l.Expires.Sub(now) + time.Second - 1) / time.Second
	b.Elem(dav.DAV("timeout"), "Second-"+strconv.FormatInt(int64(left), 10))
	if who != nil && (who.ID == l.Holder || res.mayEnd(l, who)) {
		b.Open(dav.DAV("locktoken"))
		b.Href(l.Token)
		b.Close(dav.DAV("locktoken"))
	}
	b.Open(dav.DAV("lockroot"))
	b.Href(res.hrefOfLock(l, who))
	b.Close(dav.DAV("lockroot"))
	b.Close(dav.DAV("activelock"))
}

// mayEnd says whether somebody may end a lock of others: by the right to administer what it was put on.
func (res *resource) mayEnd(l *store.Lock, who *store.Principal) bool {
	return acl.Check(rightsOn(res.home, res.home.Collection(l.Collection), who), acl.UnlockAny) == acl.Allowed
}

// writeReserved appends the properties of a name that is only locked: there are none but those of the lock.
func (q *propRequest) writeReserved(c *propContext, minimal bool) {
	has := []dav.Name{nameResourceType, nameLockDiscovery, nameSupportedLock}
	if q.all || q.nameOnly {
		for _, n := range has {
			c.writeOfReserved(n, q.nameOnly)
		}
	}
	for i := range q.names {
		switch n := q.names[i].name; {
		case q.all && slices.Contains(has, n):
		case slices.Contains(has, n):
			c.writeOfReserved(n, false)
		case !minimal:
			c.b.Absent(n, http.StatusNotFound)
		}
	}
}

// writeOfReserved appends one of those. It is no collection, nor anything else yet.
func (c *propContext) writeOfReserved(n dav.Name, nameOnly bool) {
	if n == nameResourceType {
		c.b.Empty(n)
		return
	}
	c.writeLive(propertyByName[n], nameOnly)
}

// reserves lists the names directly in a home or collection that are only locked: those of which exists says that there is nothing.
func (c *propContext) reserves(exists func(name string) bool) (out []*resource) {
	in := c.res
	if len(in.home.Locks) == 0 || in.token != "" {
		return nil
	}
	c.loose = true
	at, now := in.spot(), c.h.now()
	seen := map[spot]bool{}
	for _, l := range in.home.Locks {
		s := rootOf(l)
		if seen[s] || !l.Expires.After(now) || s == at || s.parent() != at || exists(s.name()) {
			continue
		}
		seen[s] = true
		m := *in
		m.reservation = true
		if in.place == placeHome {
			m.place, m.collection, m.coll = placeCollection, s.collection, nil
		} else {
			m.place, m.object = placeObject, s.object
		}
		out = append(out, &m)
	}
	return out
}

// name is the last of the names.
func (s spot) name() string {
	if s.object != "" {
		return s.object
	}
	return s.collection
}

// orReserved makes an error that says that there is nothing one that the asking principal may see of a lock on the name.
func (h *Handler) orReserved(r *request, res *resource, err error) (*resource, error) {
	if err == nil || toDAV(err).Status != http.StatusNotFound {
		return res, err
	}
	found, failed := h.find(r.Context(), r.who, r.target)
	if failed != nil || found.allow(r.who, acl.ReadResource) != nil || !found.reserved(r.at) {
		return nil, err
	}
	found.reservation = true
	return found, nil
}
