package caldav

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

var (
	nameACL   = dav.DAV("acl")
	nameOwner = dav.DAV("owner")
)

// aclProperties are those of RFC 3744 section 5.
var aclProperties = []property{
	{name: nameOwner, render: func(c *propContext) bool { // section 5.1
		if c.res.principal == nil {
			return false
		}
		c.b.Href(principalHref(c.res.principal))
		return true
	}},
	{name: dav.DAV("group"), render: func(c *propContext) bool { // section 5.2: whose home it is, if it is a group's
		if c.res.home == nil {
			return false
		}
		if owner := c.res.home.Owner; owner.Kind == store.Group {
			c.b.Href(principalHref(owner))
		}
		return true
	}},
	{name: dav.DAV("supported-privilege-set"), render: func(c *propContext) bool { // section 5.3
		renderTree(c.b, acl.Tree(aclKind(c.res)))
		return true
	}},
	{name: dav.DAV("current-user-privilege-set"), render: renderPrivileges}, // section 5.4
	{name: nameACL, render: renderACL},                                      // section 5.5
	{name: dav.DAV("acl-restrictions"), render: renderRestrictions},         // section 5.6
	{name: dav.DAV("inherited-acl-set"), render: func(c *propContext) bool { // section 5.7
		if c.res.obj != nil {
			c.b.Href(c.res.collectionHref())
		}
		return true
	}},
}

func renderTree(b *dav.Buffer, n *acl.Node) {
	b.Open(dav.DAV("supported-privilege"))
	writePrivilege(b, n.Privilege)
	if n.Abstract() {
		b.Empty(dav.DAV("abstract"))
	}
	b.Raw(`<D:description xml:lang="en">`)
	b.Text(n.About())
	b.Raw(`</D:description>`)
	for _, c := range n.Children {
		renderTree(b, c)
	}
	b.Close(dav.DAV("supported-privilege"))
}

func writePrivilege(b *dav.Buffer, p acl.Privilege) {
	b.Open(dav.DAV("privilege"))
	b.Empty(privilegeName(p))
	b.Close(dav.DAV("privilege"))
}

// renderPrivileges lists all privileges that the asking principal has, aggregates and their parts.
func renderPrivileges(c *propContext) bool {
	for _, p := range c.privileges() {
		writePrivilege(c.b, p)
	}
	return true
}

func (c *propContext) privileges() []acl.Privilege {
	if c.res.home != nil {
		return acl.Held(aclKind(c.res), c.res.rights)
	}
	held := []acl.Privilege{acl.PrivRead, acl.PrivReadCurrentUserPrivilege} // everybody's, of principals and what is above them
	if c.res.mayChooseDelegates(c.who) {
		held = append(held, acl.PrivWriteProperties) // DAV:group-member-set
	}
	return held
}

// aclContext is what propContext knows of access control lists.
type aclContext struct {
	only  bool                             // the asking principal may read nothing but them
	shown map[*store.Collection][]shownACE // of the collections that were looked at
}

// shownACEs looks up the elements of the list of c.res: once, however many objects of one collection an answer has.
func (c *propContext) shownACEs() ([]shownACE, error) {
	if shown, ok := c.acls.shown[c.res.coll]; ok {
		return shown, nil
	}
	shown, err := c.h.shownACEs(c.ctx, c.res)
	if err == nil {
		if c.acls.shown == nil {
			c.acls.shown = map[*store.Collection][]shownACE{}
		}
		c.acls.shown[c.res.coll] = shown
	}
	return shown, err
}

// refused answers for a property that the asking principal may not see, and says whether that is so: DAV:acl needs a right of its own,
// with which alone nothing else is to be had.
func (c *propContext) refused(n dav.Name) bool {
	needs := acl.PrivRead
	switch {
	case n != nameACL && !c.acls.only:
		return false
	case n == nameACL:
		if c.mayReadACL() {
			return false
		}
		needs = acl.PrivReadACL
	}
	c.b.AbsentError(n, http.StatusForbidden, dav.DAV("need-privileges"), "you lack the privilege "+needs.String()+" here")
	return true
}

func (c *propContext) mayReadACL() bool {
	if c.res.home == nil {
		return c.who != nil && c.who.Admin
	}
	return acl.Check(c.res.rights, acl.ReadACL) == acl.Allowed
}

// propfindACL answers a PROPFIND of somebody who may read nothing but the access control list, if that is asked for; otherwise with
// denied, as to anybody who may not read.
func (h *Handler) propfindACL(w http.ResponseWriter, r *request, denied error) error {
	res, err := h.existing(r.Context(), r.who, r.target, acl.ReadACL)
	if err != nil || res.home == nil {
		return denied
	}
	body, err := h.readBody(w, r)
	if err != nil {
		return err
	}
	q, err := h.bodies.propfind(body)
	if err != nil || q.all || q.nameOnly || !slices.ContainsFunc(q.names, func(w wanted) bool { return w.name == nameACL }) {
		return denied
	}
	if res.place == placeObject {
		if err := h.loadObject(r.Context(), res); err != nil {
			return denied
		}
	}
	prefer := dav.ParsePrefer(r.Header)
	c := &propContext{ctx: r.Context(), h: h, b: &dav.Buffer{}, who: r.who, res: res, acls: aclContext{only: true}}
	if err := c.multistatus(q, dav.Depth0, prefer); err != nil {
		return err
	}
	sendMultistatus(w, prefer, c.b.B)
	return nil
}

// collectionHref is the URL of the collection that an object lies in.
func (res *resource) collectionHref() string {
	t := res.target
	t.place, t.object = placeCollection, ""
	return t.href()
}

// renderACL shows the list, what is denied first. What delegates of the owner have follows from what the owner has, and is protected.
func renderACL(c *propContext) bool {
	if !c.mayReadACL() {
		return false // in a DAV:propname; see refused
	}
	c.loose = true
	if c.res.home == nil {
		c.protectedACL()
		return true
	}
	shown, err := c.shownACEs()
	if err != nil {
		c.err = err
		return false
	}
	for i := range shown {
		c.writeACE(&shown[i])
	}
	return true
}

// shownACE is an element of DAV:acl.
type shownACE struct {
	acl.ACE
	principal *target // of a principal resource; nil for the words that stand for several
	protected bool
}

// shownACEs are the elements of the list of res. Entries for principals that do not exist are not among them.
func (h *Handler) shownACEs(ctx context.Context, res *resource) ([]shownACE, error) {
	var shown []shownACE
	for _, a := range res.coll.Rights.ACEs(aclKind(res)) {
		t, err := h.namedBy(ctx, res, a.Who)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		shown = append(shown, shownACE{ACE: a, principal: t})
	}
	delegates, err := h.delegatesOf(ctx, res.home.Owner.ID)
	if err != nil {
		return nil, err
	}
	for d, name := range delegateNames {
		p := acl.GrantsOf(aclKind(res), res.coll.Rights.DelegateRights(acl.Delegate(d)))
		if delegates[d] && p != nil {
			t := &target{place: placeProxy, kind: res.home.Owner.Kind, name: res.home.Owner.Name, proxy: name}
			shown = append(shown, shownACE{ACE: acl.ACE{Privileges: p}, principal: t, protected: true})
		}
	}
	return shown, nil
}

// namedBy finds the resource of the principal that an identifier names, nil if it stands for several. store.ErrNotFound: there is no
// such principal.
func (h *Handler) namedBy(ctx context.Context, res *resource, who string) (*target, error) {
	switch who {
	case acl.Anyone, acl.Anonymous, acl.Owner:
		return nil, nil
	}
	name, group := strings.CutPrefix(who, acl.GroupMark)
	p, err := h.db.PrincipalByName(ctx, name)
	if err != nil {
		return nil, err
	}
	if group != (p.Kind == store.Group) {
		return nil, store.ErrNotFound
	}
	return &target{place: placePrincipal, kind: p.Kind, name: p.Name}, nil
}

func (c *propContext) writeACE(a *shownACE) {
	b := c.b
	b.Open(dav.DAV("ace"))
	b.Open(dav.DAV("principal"))
	switch {
	case a.principal != nil:
		b.Href(a.principal.href())
	case a.Who == acl.Anyone:
		b.Empty(dav.DAV("all"))
	case a.Who == acl.Anonymous:
		b.Empty(dav.DAV("unauthenticated"))
	default:
		b.Raw("<D:property><D:owner/></D:property>")
	}
	b.Close(dav.DAV("principal"))
	what := dav.DAV("grant")
	if a.Deny {
		what = dav.DAV("deny")
	}
	b.Open(what)
	for _, p := range a.Privileges {
		writePrivilege(b, p)
	}
	b.Close(what)
	if a.protected {
		b.Empty(dav.DAV("protected"))
	}
	if c.res.obj != nil {
		b.Open(dav.DAV("inherited"))
		b.Href(c.res.collectionHref())
		b.Close(dav.DAV("inherited"))
	}
	b.Close(dav.DAV("ace"))
}

// protectedACL is the list of principals and of the collections above them: who has logged in may read.
func (c *propContext) protectedACL() {
	c.b.Raw("<D:ace><D:principal><D:authenticated/></D:principal><D:grant><D:privilege><D:read/></D:privilege></D:grant><D:protected/></D:ace>")
	if c.res.place == placeProxy {
		c.b.Raw("<D:ace><D:principal><D:property><D:owner/></D:property></D:principal>" +
			"<D:grant><D:privilege><D:write-properties/></D:privilege></D:grant><D:protected/></D:ace>")
	}
}

// renderRestrictions says what lists cannot hold.
func renderRestrictions(c *propContext) bool {
	grantOnly := acl.GrantOnly(aclKind(c.res))
	if grantOnly {
		c.b.Empty(dav.DAV("grant-only"))
	}
	c.b.Empty(dav.DAV("no-invert"))
	if !grantOnly {
		c.b.Empty(dav.DAV("deny-before-grant"))
	}
	if c.res.home != nil && ownerRequired(c.res.home.Owner) {
		c.b.Raw("<D:required-principal><D:property><D:owner/></D:property></D:required-principal>")
	}
	return true
}
