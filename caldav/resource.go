package caldav

import (
	"context"
	"errors"
	"net/http"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// resource is what a target names: as much of it as exists, and what the asking principal may do with it.
type resource struct {
	target
	principal *store.Principal   // at a principal's URL the principal, in a home or calendar its owner
	home      *store.Home        // in which the collection lies; from placeHome down
	coll      *store.Collection  // the home's own at placeHome; nil if there is no such collection
	obj       *store.Object      // set by those who load it, as the asking principal may see it
	rights    acl.Rights         // on coll; of the home's own where coll is nil
	mount     *mount             // where coll is somebody else's, shared with the owner of the URL
	sight     sight              // how much of its objects is shown
	ownParts  bool               // the asking principal may write nothing but the sharee's own parts of objects
	published *store.Publication // by which a calendar is seen that is published; nil of all others

	reservation bool // there is nothing but a lock on the name
}

// find looks up the principal, home and collection of a target. What does not exist at the last step is nil, what does not
// exist before it is an error.
func (h *Handler) find(ctx context.Context, who *store.Principal, t target) (*resource, error) {
	if t.token != "" {
		return h.findPublished(ctx, t)
	}
	res := &resource{target: t}
	if t.name == "" {
		return res, nil
	}
	p, err := h.db.Principal(ctx, t.kind, t.name)
	if errors.Is(err, store.ErrNotFound) || err == nil && p.Kind != t.kind {
		return nil, unknown(who)
	}
	if err != nil {
		return nil, err
	}
	res.principal = p
	res.target.name = p.Name // as it is written in its own URLs
	switch {
	case t.place == placeProxy && !hasDelegates(p):
		return nil, notFound()
	case t.place < placeHome:
		return res, nil
	}
	if res.home, err = h.db.Home(ctx, p.ID); err != nil {
		return nil, err
	}
	if t.place == placeHome {
		res.coll, res.rights = res.home.Root, h.rightsOnHome(res.home, who)
		return res, nil
	}
	coll := res.home.Collection(t.collection)
	if coll == nil {
		res.rights = rightsOn(res.home, nil, who)
		return res, nil
	}
	return inCollection(ctx, h.homes, who, res, coll)
}

// unknown is the answer where there is no such principal or collection: the anonymous do not learn of any.
func unknown(who *store.Principal) error {
	if who == nil {
		return unauthorized()
	}
	return notFound()
}

// inCollection completes a resource whose target lies in the collection coll of the home found so far. One that is shared leads to the
// calendar that it stands for; where that is gone there is nothing.
func inCollection(ctx context.Context, find store.Homes, who *store.Principal, res *resource, coll *store.Collection) (*resource, error) {
	if coll.Kind == store.KindShared {
		return mounted(ctx, find, who, res, coll)
	}
	res.coll = coll
	res.rights = rightsOn(res.home, coll, who)
	res.sight = sightOn(res.home, res.rights, who)
	return res, nil
}

// member is the resource of a collection in the home res; nil if it is shared and there is nothing behind it any more.
func (h *Handler) member(ctx context.Context, who *store.Principal, res *resource, coll *store.Collection) (*resource, error) {
	m := *res
	m.place, m.collection, m.coll = placeCollection, coll.Name, nil
	found, err := inCollection(ctx, h.homes, who, &m, coll)
	if err != nil || found.coll == nil {
		return nil, err
	}
	return found, nil
}

// rightsOn evaluates the access list of a collection, or of the home where coll is nil, for who.
func rightsOn(home *store.Home, coll *store.Collection, who *store.Principal) acl.Rights {
	if coll == nil {
		coll = home.Root
	}
	return coll.Rights.Of(home.Subject(who))
}

// rightsOnHome are those on a home itself. By Options.ListGranted a home in which somebody may read a calendar may be listed, so that
// clients find that calendar.
func (h *Handler) rightsOnHome(home *store.Home, who *store.Principal) acl.Rights {
	rights := rightsOn(home, nil, who)
	if !h.listGranted || who == nil || rights.Has(acl.Lookup|acl.Read) {
		return rights
	}
	for _, coll := range home.Collections {
		if isCalendar(coll) && rightsOn(home, coll, who).Has(acl.Lookup|acl.Read) {
			return rights | acl.Lookup | acl.Read
		}
	}
	return rights
}

// allow returns the error to answer with if the asking principal may not do a with the resource: the one place where
// rights are checked. Principals and the collections above them may be read by everybody who is somebody.
func (res *resource) allow(who *store.Principal, a acl.Action) error {
	if a == acl.ReadBusy && res.home != nil && !hasBusyTime(res) { // elsewhere the letter 9 means something else
		a = acl.ReadResource
	}
	if who == nil && res.listsPublic() && a == acl.ReadResource {
		return nil
	}
	if who == nil && (res.home == nil || acl.Check(res.rights, a) != acl.Allowed) {
		return unauthorized()
	}
	if res.home == nil {
		if a == acl.ReadResource || a == acl.ReadBusy || a == acl.WriteProperties && res.mayChooseDelegates(who) {
			return nil
		}
		return res.needPrivilege(a)
	}
	switch acl.Check(res.rights, a) {
	case acl.Denied:
		return res.needPrivilege(a)
	case acl.Hidden:
		return notFound()
	}
	return nil
}

// allowBoth is allow for what needs two privileges.
func (res *resource) allowBoth(who *store.Principal, a, b acl.Action) error {
	if err := res.allow(who, a); err != nil {
		return err
	}
	return res.allow(who, b)
}

func unauthorized() error {
	e := dav.Fail(http.StatusUnauthorized, dav.Name{}, "log in with your user name and password")
	e.Header = map[string]string{"WWW-Authenticate": `Basic realm="convene", charset="UTF-8"`}
	return e
}

// existing is find for a resource that must be there and that who may do a with; the object itself is not looked for.
func (h *Handler) existing(ctx context.Context, who *store.Principal, t target, a acl.Action) (*resource, error) {
	res, err := h.find(ctx, who, t)
	if err != nil {
		return nil, err
	}
	if t.place >= placeCollection && res.coll == nil { // whatever the rights on the home: as a collection that may not be seen
		return nil, unknown(who)
	}
	if err := res.allow(who, a); err != nil {
		return nil, err
	}
	return res, nil
}

// loadObject sets res.obj.
func (h *Handler) loadObject(ctx context.Context, res *resource) error {
	obj, err := h.object(ctx, res, res.object)
	if errors.Is(err, store.ErrNotFound) {
		return notFound()
	}
	res.obj = obj
	return err
}

// isCalendar says whether the collection holds calendar objects that clients put there.
func isCalendar(c *store.Collection) bool { return c.Kind == store.KindCalendar }
