package caldav

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// Bounds of locks. Every reader of a home looks through its locks.
const (
	maxLocks       = 1000 // in a home
	maxLocksOfMine = 500  // of one holder in a home
)

// locking is one LOCK.
type locking struct {
	r     *request
	res   *resource
	cond  preconditions
	info  dav.LockInfo
	deep  bool
	token string
	ends  time.Time
}

// handleLock makes a lock, or lets one that there is last longer (RFC 4918 section 9.10).
func (h *Handler) handleLock(w http.ResponseWriter, r *request) error {
	res, err := h.lockable(r)
	if err != nil {
		return err
	}
	l := &locking{r: r, res: res, token: newLockToken(), ends: r.at.Add(h.lockTimeOf(r))}
	if l.cond, err = readConditions(r); err != nil {
		return err
	}
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	work := l.take
	if body == nil {
		if work = l.refresh; l.cond.ifs == nil {
			return badRequest("a LOCK without a body refreshes a lock, which it names in an If header")
		}
	} else if err := l.read(body); err != nil {
		return err
	}
	made, err := store.InTx(r.Context(), h.db, res.owners(), work, prefetch(res)...)
	if below := (*lockedBelow)(nil); errors.As(err, &below) {
		return sendXML(w, http.StatusMultiStatus, below.answer())
	}
	if err != nil {
		return err
	}
	return h.sendLocks(w, l, made)
}

// lockable finds what is to be locked: something in a home, or a name in a calendar or home that is free.
func (h *Handler) lockable(r *request) (*resource, error) {
	if r.who == nil {
		return nil, unauthorized()
	}
	res, err := h.find(r.Context(), r.who, r.target)
	if err != nil {
		return nil, err
	}
	if err := res.allow(r.who, acl.WriteContent); err != nil {
		return nil, err
	}
	if res.place > placeObject || res.place == placeObject && res.coll == nil { // RFC 4918 section 9.10.6
		return nil, dav.Fail(http.StatusConflict, dav.Name{}, "there is no collection that this could be in")
	}
	return res, nil
}

// lockTimeOf is how long a client gets of what it asks for.
func (h *Handler) lockTimeOf(r *request) time.Duration {
	asked := dav.ParseTimeout(r.Header)
	if asked == 0 {
		asked = h.lockTime
	}
	return min(asked, h.maxLockTime)
}

// newLockToken is a token that nobody can guess (RFC 4918 section 6.5).
func newLockToken() string {
	var b [16]byte
	rand.Read(b[:])         // never fails
	b[6] = b[6]&0x0f | 4<<4 // RFC 9562 section 5.4
	b[8] = b[8]&0x3f | 2<<6
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (l *locking) read(body *dav.Element) (err error) {
	if l.info, err = dav.ParseLockInfo(body); err != nil {
		return err
	}
	depth, err := dav.ParseDepth(l.r.Header, dav.DepthInfinity)
	if err != nil || depth == dav.Depth1 { // RFC 4918 section 9.10.3
		return badRequest("a lock has Depth: 0 or Depth: infinity")
	}
	l.deep = depth == dav.DepthInfinity
	return nil
}

// granted is what a LOCK did.
type granted struct {
	lock      *store.Lock
	home      *store.Home // as it is with the lock
	refreshed bool
	mapped    bool // there is something at the URL
}

// take makes a new lock. It may run twice.
func (l *locking) take(ctx context.Context, tx *store.Tx) (*granted, error) {
	mapped, err := l.check(ctx, tx)
	if err != nil {
		return nil, err
	}
	if !mapped {
		if err := l.cond.free(tx, l.r, l.res, binding); err != nil {
			return nil, err
		}
	}
	owner := l.res.home.Owner.ID
	if err := l.conflicts(tx.Home(owner)); err != nil {
		return nil, err
	}
	if err := dropEnded(ctx, tx, owner, l.r.at); err != nil {
		return nil, err
	}
	s := l.res.spot()
	made, err := tx.AddLock(ctx, store.Lock{
		Token: l.token, Owner: owner, Collection: s.collection, Object: s.object,
		Holder: l.r.who.ID, Shared: l.info.Shared, Deep: l.deep, Info: l.info.Owner, Expires: l.ends,
	})
	return &granted{lock: made, home: tx.Home(owner), mapped: mapped}, err
}

// check holds the conditions against what is at the URL, and says whether there is something.
func (l *locking) check(ctx context.Context, tx *store.Tx) (mapped bool, err error) {
	if l.res.coll == nil {
		if tx.Home(l.res.home.Owner.ID).Collection(l.res.collection) != nil {
			return false, dav.Fail(http.StatusConflict, dav.Name{}, "a collection of that name was made just now")
		}
		return false, l.cond.onNothing(ctx, tx, l.r, l.res)
	}
	coll, err := currentCollection(tx, l.res.coll)
	if err != nil {
		return false, err
	}
	if l.res.place < placeObject {
		return true, l.cond.onCollection(ctx, tx, l.r, l.res, coll)
	}
	obj, err := tx.Object(ctx, coll, l.res.object)
	if errors.Is(err, store.ErrNotFound) {
		if !isCalendar(coll) {
			return false, forbidden(dav.CalDAV("calendar-collection-location-ok"), "calendar objects are stored in calendars, and this is none")
		}
		return false, l.cond.onNothing(ctx, tx, l.r, l.res)
	}
	if err != nil {
		return false, err
	}
	return true, l.cond.onObject(ctx, tx, l.r, l.res, obj)
}

// conflicts returns the error that says which locks the new one cannot be beside (RFC 4918 sections 6.2 and 9.10.5).
func (l *locking) conflicts(home *store.Home) error {
	s, now := l.res.spot(), l.r.at
	excluded := func(x *store.Lock) bool { return !x.Shared || !l.info.Shared }
	if on := locksOn(home, s, now); slices.ContainsFunc(on, excluded) {
		var b dav.Buffer
		b.Href(l.res.hrefOfLock(on[slices.IndexFunc(on, excluded)], l.r.who))
		e := dav.Fail(http.StatusLocked, dav.DAV("no-conflicting-lock"), "there is a lock already that another one cannot be beside")
		e.Inner = string(b.B)
		return e
	}
	if l.deep {
		below := slices.DeleteFunc(locksBelow(home, s, now), func(x *store.Lock) bool { return !excluded(x) })
		if len(below) > 0 {
			return &lockedBelow{l.res, below, l.r.who}
		}
	}
	return tooManyLocks(home, l.r.who.ID, now)
}

func tooManyLocks(home *store.Home, holder store.PrincipalID, now time.Time) error {
	all, mine := 0, 0
	for _, x := range home.Locks {
		if !x.Expires.After(now) {
			continue
		}
		if all++; x.Holder == holder {
			mine++
		}
	}
	if all >= maxLocks || mine >= maxLocksOfMine {
		return dav.Fail(http.StatusInsufficientStorage, dav.Name{}, "there can be %d locks in a home, and %d of one holder: remove some, or wait until they end", maxLocks, maxLocksOfMine)
	}
	return nil
}

// dropEnded removes the locks of a home that have ended, so that somebody who takes short ones again and again does not fill it.
func dropEnded(ctx context.Context, tx *store.Tx, owner store.PrincipalID, now time.Time) error {
	for _, x := range tx.Home(owner).Locks {
		if x.Expires.After(now) {
			continue
		}
		if err := tx.RemoveLock(ctx, owner, x.Token); err != nil {
			return err
		}
	}
	return nil
}

// refresh lets the lock that the If header names last longer (RFC 4918 section 9.10.2). It may run twice.
func (l *locking) refresh(ctx context.Context, tx *store.Tx) (*granted, error) {
	owner := l.res.home.Owner.ID
	var named []*store.Lock
	for _, x := range locksOn(tx.Home(owner), l.res.spot(), l.r.at) {
		if l.cond.submits(l.r, x) {
			named = append(named, x)
		}
	}
	switch {
	case len(named) == 0:
		return nil, dav.Fail(http.StatusPreconditionFailed, dav.DAV("lock-token-matches-request-uri"), "the If header names no lock of yours on this; it may have ended")
	case len(named) > 1:
		return nil, badRequest("one lock is refreshed at a time")
	}
	if _, err := l.check(ctx, tx); err != nil {
		return nil, err
	}
	kept, err := tx.RefreshLock(ctx, named[0].Token, l.ends)
	return &granted{lock: kept, home: tx.Home(owner), refreshed: true}, err
}

// sendLocks answers with DAV:lockdiscovery as it is now, whole, and with the token of a lock that is new.
func (h *Handler) sendLocks(w http.ResponseWriter, l *locking, made *granted) error {
	b := &dav.Buffer{}
	root := dav.DAV("prop")
	b.StartDocument(root)
	b.Open(nameLockDiscovery)
	for _, x := range locksOn(made.home, l.res.spot(), l.r.at) {
		l.res.appendLock(b, x, l.r.who, l.r.at)
	}
	b.Close(nameLockDiscovery)
	b.EndDocument(root)
	status := http.StatusOK
	if !made.refreshed {
		w.Header().Set("Lock-Token", "<"+made.lock.Token+">")
		if !made.mapped {
			status = http.StatusCreated
		}
	}
	w.Header().Set("Cache-Control", "no-store") // RFC 4918 section 9.10
	return sendXML(w, status, b)
}

// lockedBelow is the refusal of a lock of Depth infinity over others.
type lockedBelow struct {
	res   *resource
	locks []*store.Lock
	who   *store.Principal
}

func (e *lockedBelow) Error() string { return "423 Locked: something below is locked" }

// answer names what is in the way (RFC 4918 section 9.10.3), each once, and the resource itself as depending on it.
func (e *lockedBelow) answer() *dav.Buffer {
	var named []string
	b := &dav.Buffer{}
	b.StartMultistatus()
	for _, l := range e.locks {
		href := e.res.hrefOfLock(l, e.who)
		if slices.Contains(named, href) || href == e.res.href() || len(named) == maxBlocked {
			continue
		}
		named = append(named, href)
		b.StatusResponse(href, http.StatusLocked, dav.DAV("no-conflicting-lock"), "")
	}
	status := http.StatusFailedDependency
	if named == nil {
		status = http.StatusLocked
	}
	b.StatusResponse(e.res.href(), status, dav.Name{}, "something in it is locked already")
	b.EndMultistatus()
	return b
}
