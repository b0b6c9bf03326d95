package caldav

import (
	"context"
	"net/http"
	"slices"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// handleUnlock ends the lock that the Lock-Token header names (RFC 4918 section 9.11), by way of any resource that it is on: an own one,
// or that of anybody with the right to administer what it was put on.
func (h *Handler) handleUnlock(w http.ResponseWriter, r *request) error {
	if r.who == nil {
		return unauthorized()
	}
	res, err := h.find(r.Context(), r.who, r.target)
	if err != nil {
		return err
	}
	if acl.Check(res.rights, acl.UnlockAny) != acl.Allowed {
		if err := res.allow(r.who, acl.WriteContent); err != nil {
			return err
		}
	}
	token, err := dav.ParseLockToken(r.Header)
	if err != nil {
		return err
	}
	cond, err := readConditions(r)
	if err != nil {
		return err
	}
	_, err = store.InTx(r.Context(), h.db, res.owners(), func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, unlock(ctx, tx, r, res, cond, token)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// unlock may run twice.
func unlock(ctx context.Context, tx *store.Tx, r *request, res *resource, cond preconditions, token string) error {
	if err := cond.checkIf(ctx, tx, r, res); err != nil {
		return err
	}
	on := locksOn(tx.Home(res.home.Owner.ID), res.spot(), r.at)
	i := slices.IndexFunc(on, func(l *store.Lock) bool { return l.Token == token })
	if i < 0 {
		return dav.Fail(http.StatusConflict, dav.DAV("lock-token-matches-request-uri"), "there is no lock of that token on this; it may have ended")
	}
	l := on[i]
	switch {
	case l.Holder == r.who.ID:
		if err := res.allow(r.who, acl.WriteContent); err != nil && !res.mayEnd(l, r.who) {
			return err
		}
	case !res.mayEnd(l, r.who):
		if err := res.allow(r.who, acl.UnlockAny); err != nil {
			return err
		}
		return res.needPrivilege(acl.UnlockAny) // on what was locked
	}
	return tx.RemoveLock(ctx, l.Owner, token)
}
