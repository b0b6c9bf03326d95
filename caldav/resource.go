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
	principal *store.Principal  // at a principal's URL the principal, in a home its owner
	home      *store.Home       // from placeHome down
	coll      *store.Collection // the home's own at placeHome; nil if there is no such collection
	obj       *store.Object     // set by those who load it
	rights    acl.Rights        // on coll; of the home's own where coll is nil
}

// find looks up the principal, home and collection of a target. What does not exist at the last step is nil, what does not
// exist before it is an error.
func (h *Handler) find(ctx context.Context, who *store.Principal, t target) (*resource, error) {
	res := &resource{target: t}
	if t.name == "" {
		return res, nil
	}
	p, err := h.db.Principal(ctx, t.kind, t.name)
	if errors.Is(err, store.ErrNotFound) || err == nil && p.Kind != t.kind {
		return nil, notFound()
	}
	if err != nil {
		return nil, err
	}
	res.principal = p
	res.target.name = p.Name // as it is written in its own URLs
	if t.place < placeHome {
		return res, nil
	}
	if res.home, err = h.db.Home(ctx, p.ID); err != nil {
		return nil, err
	}
	res.coll = res.home.Root
	if t.place >= placeCollection {
		res.coll = res.home.Collection(t.collection)
	}
	res.rights = rightsOn(res.home, res.coll, who)
	return res, nil
}

// rightsOn evaluates the access list of a collection, or of the home where coll is nil, for who.
func rightsOn(home *store.Home, coll *store.Collection, who *store.Principal) acl.Rights {
	if coll == nil {
		coll = home.Root
	}
	var s acl.Subject
	if who != nil {
		s = acl.Subject{Name: who.Name, Groups: who.Groups, Admin: who.Admin, Owner: who.ID == home.Owner.ID}
	}
	return coll.Rights.Of(s)
}

// allow returns the error to answer with if the asking principal may not do a with the resource: the one place where
// rights are checked. Principals and the collections above them may be read by everybody who is somebody.
func (res *resource) allow(who *store.Principal, a acl.Action) error {
	if who == nil && (res.home == nil || acl.Check(res.rights, a) != acl.Allowed) {
		return unauthorized()
	}
	if res.home == nil {
		if a == acl.ReadResource || a == acl.ReadBusy {
			return nil
		}
		return dav.Fail(http.StatusForbidden, dav.DAV("need-privileges"), "principals and the collections above them are changed by the administrator only")
	}
	switch acl.Check(res.rights, a) {
	case acl.Denied:
		return res.needPrivilege(a)
	case acl.Hidden:
		return notFound()
	}
	return nil
}

// needPrivilege is the refusal of an action on a resource that may be seen (RFC 3744 section 7.1.1).
func (res *resource) needPrivilege(a acl.Action) error {
	e := dav.Fail(http.StatusForbidden, dav.DAV("need-privileges"), "you lack the privilege %s here", a.Privilege())
	var b dav.Buffer
	b.Open(dav.DAV("resource"))
	b.Href(res.href())
	b.Open(dav.DAV("privilege"))
	b.Empty(dav.Name{Space: a.Privilege().Space(), Local: a.Privilege().Local()})
	b.Close(dav.DAV("privilege"))
	b.Close(dav.DAV("resource"))
	e.Inner = string(b.B)
	return e
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
	if err := res.allow(who, a); err != nil {
		return nil, err
	}
	if t.place >= placeCollection && res.coll == nil {
		return nil, notFound()
	}
	return res, nil
}

// loadObject sets res.obj.
func (h *Handler) loadObject(ctx context.Context, res *resource) error {
	obj, err := h.db.Object(ctx, res.coll, res.object)
	if errors.Is(err, store.ErrNotFound) {
		return notFound()
	}
	res.obj = obj
	return err
}

// isCalendar says whether the collection holds calendar objects that clients put there.
func isCalendar(c *store.Collection) bool { return c.Kind == store.KindCalendar }
