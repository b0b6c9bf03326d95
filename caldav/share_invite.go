package caldav

import (
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"convene/caldav/dav"
	"convene/store"
)

// sharing is a CS:share whose hrefs were looked up.
type sharing struct {
	cond   preconditions
	set    map[store.PrincipalID]*offer
	remove map[store.PrincipalID]*store.Principal
	failed map[string]string // hrefs, with the sentence why they cannot be invited
	fine   []string          // the others, in their order
}

// offer is what somebody is offered.
type offer struct {
	sharee  *store.Principal
	address string
	summary string
	writes  bool
}

// share changes who a calendar is shared with (caldav-sharing section 5.3.2): all that a CS:share says, or nothing if one of those whom it
// names cannot be invited.
func (h *Handler) share(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	q, err := readShare(body)
	if err != nil {
		return err
	}
	s, err := h.lookUpSharees(r, res, q)
	if err != nil {
		return err
	}
	if s.cond, err = readConditions(r); err != nil {
		return err
	}
	if len(s.failed) > 0 {
		return s.refuse(w)
	}
	owners := append(slices.Collect(maps.Keys(s.set)), slices.Collect(maps.Keys(s.remove))...)
	_, err = store.InTx(r.Context(), h.db, append(owners, res.owners()...), func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, s.store(ctx, tx, r, res)
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// lookUpSharees finds those whom a request names. To remove somebody who is not known does nothing.
func (h *Handler) lookUpSharees(r *request, res *resource, q *shareRequest) (*sharing, error) {
	s := &sharing{set: map[store.PrincipalID]*offer{}, remove: map[store.PrincipalID]*store.Principal{}, failed: map[string]string{}}
	for _, href := range q.remove {
		people, _, err := h.sharees(r, res, href)
		if err != nil {
			return nil, err
		}
		for _, p := range people {
			s.remove[p.ID] = p
		}
	}
	for _, set := range q.set {
		people, why, err := h.sharees(r, res, set.href)
		switch {
		case err != nil:
			return nil, err
		case why != "":
			s.failed[set.href] = why
			continue
		}
		s.fine = append(s.fine, set.href)
		for _, p := range people {
			delete(s.remove, p.ID) // both is a change
			o := &offer{sharee: p, address: addressOf(p), summary: set.summary, writes: set.writes}
			if address, err := store.NormalizeAddress(set.href); err == nil && slices.Contains(p.Addresses, address) {
				o.address = address
			}
			s.set[p.ID] = o
		}
	}
	if len(s.set)+len(s.remove) > maxSharees {
		return nil, tooManySharees()
	}
	return s, nil
}

func tooManySharees() error {
	return forbidden(nameShareeWithin, "a calendar can be shared with %d people", maxSharees)
}

// sharees finds the people that an href stands for: a principal's URL or calendar user address; for a group all users in it. why is a
// sentence if nobody can be invited by it.
func (h *Handler) sharees(r *request, res *resource, href string) (people []*store.Principal, why string, err error) {
	p, err := h.principalOf(r, href)
	if errors.Is(err, store.ErrNotFound) {
		return nil, "nobody is known by this address", nil
	}
	if err != nil {
		return nil, "", err
	}
	switch p.Kind {
	case store.User:
		if p.ID == res.home.Owner.ID {
			return nil, "the calendar is theirs", nil
		}
		return []*store.Principal{p}, "", nil
	case store.Group:
		people, err = h.usersIn(r.Context(), p)
		people = slices.DeleteFunc(people, func(p *store.Principal) bool { return p.ID == res.home.Owner.ID })
		return people, "", err
	}
	return nil, "calendars are shared with users and groups", nil
}

// principalOf finds the principal of a URL or calendar user address. store.ErrNotFound: there is none.
func (h *Handler) principalOf(r *request, href string) (*store.Principal, error) {
	if t, err := reference(r.Request, href); err == nil && strings.Contains(href, "/") {
		if t.place != placePrincipal {
			return nil, store.ErrNotFound
		}
		return h.db.Principal(r.Context(), t.kind, t.name)
	}
	return h.db.PrincipalByAddress(r.Context(), href)
}

// usersIn are the users in a group, and in the groups in it.
func (h *Handler) usersIn(ctx context.Context, group *store.Principal) (users []*store.Principal, err error) {
	seen := map[store.PrincipalID]bool{group.ID: true}
	for groups := []*store.Principal{group}; len(groups) > 0; groups = groups[1:] {
		members, err := h.db.Members(ctx, groups[0].ID)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			switch {
			case seen[m.ID]:
			case m.Kind == store.Group:
				groups = append(groups, m)
			case m.Kind == store.User:
				users = append(users, m)
			}
			seen[m.ID] = true
		}
		if len(users) > maxSharees {
			return nil, tooManySharees()
		}
	}
	return users, nil
}

// refuse answers as CalendarServer does where somebody cannot be invited: with the reason for each, and that nothing was done for the
// others.
func (s *sharing) refuse(w http.ResponseWriter) error {
	b := &dav.Buffer{}
	b.StartMultistatus()
	for _, href := range s.fine {
		b.StatusResponse(href, http.StatusFailedDependency, dav.Name{}, "")
	}
	for _, href := range slices.Sorted(maps.Keys(s.failed)) {
		b.StatusResponse(href, http.StatusForbidden, nameShareeIsKnown, s.failed[href])
	}
	b.EndMultistatus()
	return sendXML(w, http.StatusMultiStatus, b)
}

// store writes the changes. It may run twice.
func (s *sharing) store(ctx context.Context, tx *store.Tx, r *request, res *resource) error {
	coll, err := currentCollection(tx, res.coll)
	if err != nil {
		return err
	}
	if err := s.cond.onCollection(ctx, tx, r, res, coll); err != nil {
		return err
	}
	if err := s.cond.free(tx, r, res, content); err != nil { // as for ACL (RFC 3744 section 8.1)
		return err
	}
	shares, err := tx.Shares(ctx, coll)
	if err != nil {
		return err
	}
	before := map[store.PrincipalID]*store.Share{}
	for i := range shares {
		before[shares[i].Sharee] = &shares[i]
	}
	for _, id := range slices.Sorted(maps.Keys(s.remove)) {
		if before[id] == nil {
			continue
		}
		if err := withdraw(ctx, tx, coll, before[id]); err != nil {
			return err
		}
		delete(before, id)
	}
	for _, id := range slices.Sorted(maps.Keys(s.set)) {
		if err := s.set[id].make(ctx, tx, coll, before[id]); err != nil {
			return err
		}
		before[id] = &store.Share{}
	}
	if len(before) > maxSharees {
		return tooManySharees()
	}
	return nil
}

// make invites somebody, or changes the invitation before. Who is not affected is not told.
func (o *offer) make(ctx context.Context, tx *store.Tx, coll *store.Collection, before *store.Share) error {
	s := store.Share{Owner: coll.Owner, Collection: coll.ID, Sharee: o.sharee.ID, UID: rand.Text(), State: store.ShareInvited}
	access := true
	if before != nil {
		if s = *before; s.Writes == o.writes && (s.Summary == o.summary || o.summary == "") {
			return nil
		}
		access = s.Writes != o.writes
	}
	s.Address, s.Writes = o.address, o.writes
	if o.summary != "" {
		s.Summary = o.summary
	}
	if err := tx.SetShare(ctx, coll, s); err != nil {
		return err
	}
	if s.State == store.ShareAccepted && access {
		if err := setShareeRights(ctx, tx, coll, o.sharee, lettersOf(&s)); err != nil {
			return err
		}
	}
	if s.State != store.ShareInvited && !access {
		return nil
	}
	i := invitationIn(tx, &s, coll)
	return notify(ctx, tx, o.sharee, i.inviteName(), nameInviteNotice, i.invite(tx.Now(), statusOf(&s)))
}

// invitationIn completes an invitation whose homes the transaction holds.
func invitationIn(tx *store.Tx, s *store.Share, coll *store.Collection) *invitation {
	return &invitation{Share: s, sharer: tx.Home(coll.Owner).Owner, sharee: tx.Home(s.Sharee).Owner, coll: coll}
}
