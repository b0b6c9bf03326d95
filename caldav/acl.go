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

// needPrivilege is the refusal of an action on a resource that may be seen (RFC 3744 section 7.1.1).
func (res *resource) needPrivilege(a acl.Action) error {
	e := dav.Fail(http.StatusForbidden, dav.DAV("need-privileges"), "you lack the privilege %s here", a.Privilege())
	var b dav.Buffer
	b.Open(dav.DAV("resource"))
	b.Href(res.href())
	b.Open(dav.DAV("privilege"))
	b.Empty(privilegeName(a.Privilege()))
	b.Close(dav.DAV("privilege"))
	b.Close(dav.DAV("resource"))
	e.Inner = string(b.B)
	return e
}

func privilegeName(p acl.Privilege) dav.Name { return dav.Name{Space: p.Space(), Local: p.Local()} }

// handleACL replaces the access control list of a collection or home (RFC 3744 section 8.1). The list of an object is that of its
// collection, those of principals are the server's.
func (h *Handler) handleACL(w http.ResponseWriter, r *request) error {
	res, err := h.existing(r.Context(), r.who, r.target, acl.WriteACL)
	if err != nil {
		return err
	}
	cond, err := readConditions(r)
	if err != nil {
		return err
	}
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	sent, err := parseACL(body)
	if err != nil {
		return err
	}
	req := &aclRequest{h: h, r: r, res: res, cond: cond, sent: sent}
	if err := req.resolve(r.Context()); err != nil {
		return err
	}
	_, err = store.InTx(r.Context(), h.db, res.owners(), func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, req.store(ctx, tx)
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// aclRequest is an ACL request on its way into the database.
type aclRequest struct {
	h         *Handler
	r         *request
	res       *resource
	cond      preconditions
	sent      []sentACE
	aces      []acl.ACE
	delegates [3]bool   // which delegates the owner has, by acl.Delegate
	confirmed []sentACE // protected elements that came back as they are shown, with the delegate in principal.who
	unseen    []string  // identifiers of principals that do not exist (any more), whose entries are not shown
}

// resolve looks up what the elements name.
func (q *aclRequest) resolve(ctx context.Context) (err error) {
	if q.delegates, err = q.h.delegatesOf(ctx, q.res.home.Owner.ID); err != nil {
		return err
	}
	for _, a := range q.sent {
		who, d, err := q.h.identify(ctx, q.r, q.res, a.principal)
		switch {
		case err != nil:
			return err
		case d != acl.NoDelegate && !q.delegates[d]:
			return forbidden(dav.DAV("allowed-principal"), "delegates have what their list gives them, and %s has none in this one", q.res.home.Owner.Name)
		case d != acl.NoDelegate:
			a.principal.who = delegateNames[d]
			q.confirmed = append(q.confirmed, a)
			continue
		case a.protected:
			return forbidden(dav.DAV("no-protected-ace-conflict"), "the only protected elements are those of delegates")
		}
		q.aces = append(q.aces, acl.ACE{Who: who, Deny: a.deny, Privileges: a.privileges})
	}
	for _, e := range q.res.coll.Rights {
		if _, err := q.h.namedBy(ctx, q.res, e.Who); errors.Is(err, store.ErrNotFound) {
			q.unseen = append(q.unseen, e.Who)
		} else if err != nil {
			return err
		}
	}
	return nil
}

// delegateNames are the groups of delegates below the owner's principal, by acl.Delegate.
var delegateNames = [...]string{acl.ReadDelegate: proxyRead, acl.WriteDelegate: proxyWrite}

// delegatesOf says which delegates somebody has, by acl.Delegate.
func (h *Handler) delegatesOf(ctx context.Context, owner store.PrincipalID) (has [3]bool, err error) {
	for _, d := range []acl.Delegate{acl.ReadDelegate, acl.WriteDelegate} {
		members, err := h.db.Delegates(ctx, owner, d == acl.WriteDelegate)
		if err != nil {
			return has, err
		}
		has[d] = len(members) > 0
	}
	return has, nil
}

// identify finds the identifier for whom an element is meant, or which delegates of the owner.
func (h *Handler) identify(ctx context.Context, r *request, res *resource, p sentPrincipal) (string, acl.Delegate, error) {
	if p.who != "" {
		return p.who, acl.NoDelegate, nil
	}
	unknown := forbidden(dav.DAV("recognized-principal"), "there is no principal at %.200q", p.href)
	t, err := reference(r.Request, p.href)
	if err != nil || t.place != placePrincipal && t.place != placeProxy {
		return "", 0, unknown
	}
	found, err := h.db.Principal(ctx, t.kind, t.name)
	switch {
	case errors.Is(err, store.ErrNotFound) || err == nil && found.Kind != t.kind:
		return "", 0, unknown
	case err != nil:
		return "", 0, err
	case t.place == placePrincipal && found.Kind == store.Group:
		return acl.GroupMark + found.Name, 0, nil
	case t.place == placePrincipal:
		return found.Name, 0, nil
	case found.ID != res.home.Owner.ID:
		return "", 0, forbidden(dav.DAV("allowed-principal"), "delegates of %s are to be named one by one", found.Name)
	case t.proxy == proxyRead:
		return "", acl.ReadDelegate, nil
	}
	return "", acl.WriteDelegate, nil
}

// list is the list that the request asks for, in place of before.
func (q *aclRequest) list(before acl.List) (acl.List, error) {
	kind := aclKind(q.res)
	for _, a := range q.confirmed {
		if !confirms(kind, a, before) {
			return nil, forbidden(dav.DAV("no-protected-ace-conflict"), "what %s of the owner has cannot be changed here", a.principal.who)
		}
	}
	list, err := acl.FromACEs(kind, q.aces)
	if err != nil {
		return nil, aceError(err)
	}
	if ownerRequired(q.res.home.Owner) && !slices.ContainsFunc(list, func(e acl.Entry) bool { return e.Who == acl.Owner }) {
		return nil, forbidden(dav.DAV("missing-required-principal"), "a list has an element for the DAV:owner")
	}
	list = list.KeepInert(before)
	for _, e := range before { // what the client was not shown stays (RFC 3744 section 8.1)
		if slices.Contains(q.unseen, e.Who) {
			list = append(list, e)
		}
	}
	return list, nil
}

// confirms says whether an element for delegates says what the protected one says.
func confirms(kind acl.Kind, a sentACE, before acl.List) bool {
	d := acl.ReadDelegate
	if a.principal.who == proxyWrite {
		d = acl.WriteDelegate
	}
	want := acl.GrantsOf(kind, before.DelegateRights(d))
	got := slices.Clone(a.privileges)
	slices.Sort(got)
	slices.Sort(want)
	return !a.deny && slices.Equal(got, want)
}

// store writes the list. It may run twice.
func (q *aclRequest) store(ctx context.Context, tx *store.Tx) error {
	coll, err := currentCollection(tx, q.res.coll)
	if err != nil {
		return notFound()
	}
	now := *q.res
	now.rights = rightsOn(tx.Home(coll.Owner), coll, q.r.who)
	if err := now.allow(q.r.who, acl.WriteACL); err != nil { // they may just have been taken away
		return err
	}
	if err := q.cond.onCollection(ctx, tx, q.r, q.res, coll); err != nil {
		return err
	}
	if err := q.cond.free(tx, q.r, q.res, content); err != nil { // RFC 3744 section 8.1
		return err
	}
	props := coll.Properties
	if props.Rights, err = q.list(coll.Rights); err != nil {
		return err
	}
	_, err = tx.SetProperties(ctx, coll, props)
	return err
}

// aceError is the refusal of elements that letters cannot express.
func aceError(err error) error {
	for _, condition := range []error{acl.ErrNotSupported, acl.ErrAbstract, acl.ErrGrantOnly, acl.ErrDenyOrder, acl.ErrConflict} {
		if errors.Is(err, condition) {
			return forbidden(dav.DAV(condition.Error()), "%s", strings.TrimPrefix(err.Error(), condition.Error()+": "))
		}
	}
	return err
}

// ownerRequired says whether lists in a home have an element for the owner. Groups and public principals are nobody who could do
// anything with it.
func ownerRequired(owner *store.Principal) bool {
	return owner.Kind != store.Group && owner.Kind != store.Public
}

// aclKind is what decides about the privileges of a resource: the kind of its collection; principals and what is above them have those
// of collections that have nothing to do with calendars.
func aclKind(res *resource) acl.Kind {
	if res.home == nil || res.coll == nil {
		return acl.KindAttachments
	}
	return acl.Kind(res.coll.Kind)
}
