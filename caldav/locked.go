package caldav

import (
	"context"
	"net/http"
	"slices"
	"time"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// spot is where a resource lies, whether it exists or not, as locks are kept: a collection's name and an object's, "" for the home itself
// and for the collection itself.
type spot struct{ collection, object string }

// spot is where the resource really lies in res.home: a calendar that appears in somebody else's home has another name there.
func (res *resource) spot() spot {
	s := spot{res.collection, res.object}
	if res.coll != nil && res.place >= placeCollection {
		s.collection = res.coll.Name
	}
	return s
}

// holds says whether s, or what lies at it, contains x.
func (s spot) holds(x spot) bool {
	return s != x && (s.collection == "" || s.collection == x.collection && s.object == "")
}

func rootOf(l *store.Lock) spot { return spot{l.Collection, l.Object} }

// locksOn are the locks of a home that a resource has, or takes part in since they are of Depth infinity (RFC 4918 section 7.4).
func locksOn(home *store.Home, s spot, now time.Time) (on []*store.Lock) {
	for _, l := range home.Locks {
		if root := rootOf(l); l.Expires.After(now) && (root == s || l.Deep && root.holds(s)) {
			on = append(on, l)
		}
	}
	return on
}

// locksBelow are the locks on what lies in s.
func locksBelow(home *store.Home, s spot, now time.Time) (below []*store.Lock) {
	for _, l := range home.Locks {
		if l.Expires.After(now) && s.holds(rootOf(l)) {
			below = append(below, l)
		}
	}
	return below
}

// reserved says whether there is nothing at res but a lock: a lock-null resource (RFC 2518 section 7.4, which RFC 4918 section 7.3 lets
// servers keep to; a calendar cannot hold the empty resource that it has otherwise). That nothing exists there is for the caller to know.
func (res *resource) reserved(now time.Time) bool {
	if res.home == nil || res.place < placeCollection || res.place > placeObject || res.place == placeObject && res.coll == nil {
		return false
	}
	s := res.spot()
	return slices.ContainsFunc(res.home.Locks, func(l *store.Lock) bool { return rootOf(l) == s && l.Expires.After(now) })
}

// change is what a request does to a resource, as far as locks keep it from that (RFC 4918 section 7).
type change uint8

const (
	content change = 1 << iota // its content or properties change
	binding                    // it is made or goes away, which changes what its collection holds
	members                    // so does all that is in it
)

// free returns a 423 unless the resource is free of locks, or the request submits the token of one that its sender holds (RFC 4918
// sections 6.4 and 7.5): one is enough where several share it. It is the one place where writing methods ask. tx holds res.home.
func (c *preconditions) free(tx *store.Tx, r *request, res *resource, what change) error {
	var blocked []string
	block := func(href string) {
		if !slices.Contains(blocked, href) {
			blocked = append(blocked, href)
		}
	}
	check := func(home *store.Home, s spot) {
		if l := c.inTheWay(r, home, s); l != nil {
			block(res.hrefOfLock(l, r.who))
		}
	}
	if home := tx.Home(res.home.Owner.ID); len(home.Locks) > 0 {
		s := res.spot()
		if what&content != 0 {
			check(home, s)
		}
		if what&binding != 0 && res.place > placeHome && !res.isMount() {
			check(home, s.parent())
		}
		if what&members != 0 {
			for _, l := range locksBelow(home, s, r.at) {
				check(home, rootOf(l))
			}
		}
	}
	if what&binding != 0 && res.isMount() && c.inTheWay(r, tx.Home(res.mount.home.Owner.ID), spot{}) != nil {
		block(homeOf(res.target))
	}
	if blocked != nil {
		return lockedError(blocked)
	}
	return nil
}

// inTheWay is a lock that keeps a request from changing what lies at s, nil if none does.
func (c *preconditions) inTheWay(r *request, home *store.Home, s spot) *store.Lock {
	on := locksOn(home, s, r.at)
	if len(on) == 0 || slices.ContainsFunc(on, func(l *store.Lock) bool { return c.submits(r, l) }) {
		return nil
	}
	return on[0]
}

// isMount says whether res is a shared calendar itself, which lies in another home than it appears in.
func (res *resource) isMount() bool { return res.mount != nil && res.place == placeCollection }

func (s spot) parent() spot {
	if s.object != "" {
		return spot{collection: s.collection}
	}
	return spot{}
}

// submits says whether a request submits the token of a lock in its If header, whatever list it stands in, and may.
func (c *preconditions) submits(r *request, l *store.Lock) bool {
	return r.who != nil && r.who.ID == l.Holder && slices.Contains(c.ifs.Tokens(), l.Token)
}

// maxBlocked bounds how many URLs a 423 names; RFC 4918 section 16 asks for one.
const maxBlocked = 20

func lockedError(hrefs []string) error {
	e := dav.Fail(http.StatusLocked, dav.DAV("lock-token-submitted"), "this is locked: wait, or submit the lock token in an If header if the lock is yours")
	var b dav.Buffer
	for _, href := range hrefs[:min(len(hrefs), maxBlocked)] {
		b.Href(href)
	}
	e.Inner = string(b.B)
	return e
}

// hrefOfLock is the URL of what a lock was put on, in the home that res was asked for in. Where who may not know of it, it is that of res,
// which the lock is in the way of.
func (res *resource) hrefOfLock(l *store.Lock, who *store.Principal) string {
	root, at := rootOf(l), res.spot()
	t := res.target
	switch {
	case root == at:
		return res.href()
	case res.mount != nil && root.collection != at.collection:
		t.object, t.place = "", placeCollection // of the sharer's home, which the sharee may know nothing of, this is what is locked
	case res.mount != nil:
		t.object = root.object
	default:
		t.collection, t.object = root.collection, root.object
		if acl.Check(rightsOn(res.home, res.home.Collection(root.collection), who), acl.ReadResource) != acl.Allowed {
			return res.href()
		}
	}
	return t.href()
}

// endLocksBelow ends the locks on what lay in a collection that something else takes the place of; one on its URL stays (RFC 4918 section
// 7.6).
func endLocksBelow(ctx context.Context, tx *store.Tx, c *store.Collection) error {
	for _, l := range tx.Home(c.Owner).Locks {
		if (spot{collection: c.Name}).holds(rootOf(l)) {
			if err := tx.RemoveLock(ctx, c.Owner, l.Token); err != nil {
				return err
			}
		}
	}
	return nil
}

// lockTokens are the tokens of the locks on res, as far as the sender of a request may know of them.
func (res *resource) lockTokens(r *request) (tokens []string) {
	readable := acl.Check(res.rights, acl.ReadResource) == acl.Allowed
	for _, l := range locksOn(res.home, res.spot(), r.at) {
		if readable || r.who != nil && r.who.ID == l.Holder {
			tokens = append(tokens, l.Token)
		}
	}
	return tokens
}

// storing is the change that a PUT or COPY makes at a URL.
func storing(before *store.Object) change {
	if before == nil {
		return content | binding
	}
	return content
}
