package caldav

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"convene/caldav/dav"
	"convene/store"
)

// Delegates, by CalendarServer's caldav-proxy extension: below the principal of whoever has calendars of its own lie two groups, whose
// members may read, or read and write, its calendars in its place. What that means for rights is decided in package acl.

var nameMembers = dav.DAV("group-member-set")

// hasDelegates says whether there are groups of delegates below a principal. The calendars of groups and of public principals are nobody's
// in whose place somebody could act.
func hasDelegates(p *store.Principal) bool { return p.Kind != store.Group && p.Kind != store.Public }

// proxyResource is the group of the delegates of somebody who may read, or with writes of those who may also write.
func proxyResource(owner *store.Principal, writes bool) *resource {
	t := target{place: placeProxy, kind: owner.Kind, name: owner.Name, proxy: proxyRead}
	if writes {
		t.proxy = proxyWrite
	}
	return &resource{target: t, principal: owner}
}

// proxies are both groups of delegates of a principal, none if it has none.
func proxies(owner *store.Principal) []*resource {
	if !hasDelegates(owner) {
		return nil
	}
	return []*resource{proxyResource(owner, false), proxyResource(owner, true)}
}

// memberships are the groups of delegates that a principal is in, by way of other groups too, each with its owner. Who may write is in the
// other list only.
func (h *Handler) memberships(ctx context.Context, p *store.Principal) (found []*resource, err error) {
	for _, id := range p.ReadsFor {
		owner, err := h.db.PrincipalByID(ctx, id)
		if errors.Is(err, store.ErrNotFound) { // just removed
			continue
		}
		if err != nil {
			return nil, err
		}
		found = append(found, proxyResource(owner, slices.Contains(p.WritesFor, id)))
	}
	return found, nil
}

// mayChooseDelegates says whether somebody may change the groups of delegates: the one in whose place they act, and administrators.
func (res *resource) mayChooseDelegates(who *store.Principal) bool {
	return res.place == placeProxy && who != nil && (who.Admin || who.ID == res.principal.ID)
}

// maxDelegates bounds each of the lists.
const maxDelegates = 1000

// proppatchProxy changes DAV:group-member-set of a group of delegates, the only property there that can be changed (caldav-proxy section
// 5.2).
func (h *Handler) proppatchProxy(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	cond, err := readConditions(r)
	if err != nil {
		return err
	}
	if err := cond.onGroup(); err != nil {
		return err
	}
	list := &memberList{h: h, r: r, res: res}
	changes := &patch{place: res.place, change: list.change}
	if err := changes.read(body); err != nil {
		return err
	}
	if list.err != nil {
		return list.err
	}
	if !changes.failed() {
		err := h.db.SetDelegates(r.Context(), res.principal.ID, res.proxy == proxyWrite, list.members)
		if errors.Is(err, store.ErrNotFound) {
			return dav.Fail(http.StatusConflict, dav.DAV("recognized-principal"), "one of the principals was just removed: try again")
		}
		if err != nil {
			return err
		}
	}
	return answerPatch(w, r, res, changes)
}

// onGroup holds the conditions against a principal, which has neither an entity tag nor locks.
func (c *preconditions) onGroup() error {
	if err := c.http.Check(true, ""); err != nil || c.ifs == nil {
		return err
	}
	if !c.ifs.Eval(func(string) dav.State { return dav.State{} }) {
		return dav.Fail(http.StatusPreconditionFailed, dav.Name{}, "the If header does not hold")
	}
	return nil
}

// memberList is what a PROPPATCH makes of DAV:group-member-set.
type memberList struct {
	h       *Handler
	r       *request
	res     *resource
	members []store.PrincipalID
	err     error // of the database
}

// change takes one change of a property over, or says why it cannot be made.
func (l *memberList) change(e *dav.Element, remove bool) patchStep {
	s := patchStep{name: e.Name, remove: remove}
	l.members = nil
	switch {
	case e.Name != nameMembers:
		s.refuse(forbidden(dav.DAV("cannot-modify-protected-property"), "of a group of delegates only DAV:group-member-set can be changed"))
	case !remove:
		for href := range e.All(dav.DAV("href")) {
			if err := l.add(href.Text); err != nil {
				s.refuse(err)
				return s
			}
		}
	}
	return s
}

// refuse notes why a change cannot be made.
func (s *patchStep) refuse(err error) {
	e := toDAV(err)
	s.status, s.cond, s.detail = e.Status, e.Condition, e.Detail
}

func (l *memberList) add(href string) error {
	p, err := l.h.delegateAt(l.r, strings.TrimSpace(href))
	switch {
	case err != nil:
		if toDAV(err).Status >= 500 {
			l.err = err
		}
		return err
	case p.ID == l.res.principal.ID:
		return forbidden(dav.DAV("allowed-principal"), "nobody is a delegate of itself")
	case slices.Contains(l.members, p.ID):
		return nil
	case len(l.members) == maxDelegates:
		return dav.Fail(http.StatusInsufficientStorage, dav.Name{}, "there can be %d delegates at most", maxDelegates)
	}
	l.members = append(l.members, p.ID)
	return nil
}

// delegateAt finds the principal at a URL that is to become a delegate (for the conditions, see RFC 3744 section 8.1.1).
func (h *Handler) delegateAt(r *request, href string) (*store.Principal, error) {
	unknown := forbidden(dav.DAV("recognized-principal"), "there is no principal at %.200q", href)
	t, err := reference(r.Request, href)
	if err != nil || t.place != placePrincipal && t.place != placeProxy {
		return nil, unknown
	}
	p, err := h.db.Principal(r.Context(), t.kind, t.name)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, unknown
	case err != nil:
		return nil, err
	case t.place == placeProxy, p.Kind != store.User && p.Kind != store.Group:
		return nil, forbidden(dav.DAV("allowed-principal"), "only people and groups can be delegates, and %.200q is neither", href)
	}
	return p, nil
}
