package caldav

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"convene/acl"
	"convene/store"
)

// leaveShare removes a shared calendar from the sharee's home: the sharee declines it.
func (h *Handler) leaveShare(w http.ResponseWriter, r *request, res *resource, cond preconditions) error {
	_, err := store.InTx(r.Context(), h.db, res.owners(), func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, leave(ctx, tx, r, res, cond)
	})
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func leave(ctx context.Context, tx *store.Tx, r *request, res *resource, cond preconditions) error {
	coll, err := currentCollection(tx, res.coll)
	if err != nil {
		return notFound()
	}
	mount, err := currentCollection(tx, res.own())
	if err != nil {
		return notFound()
	}
	if err := cond.onCollection(ctx, tx, r, res, coll); err != nil {
		return err
	}
	if err := cond.free(tx, r, res, binding); err != nil {
		return err
	}
	shares, err := tx.Shares(ctx, coll)
	if err != nil {
		return err
	}
	sharee := res.mount.home.Owner
	for _, s := range shares {
		if s.Sharee != sharee.ID {
			continue
		}
		s.State, s.Mount = store.ShareDeclined, 0
		if err := tx.SetShare(ctx, coll, s); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if err := setShareeRights(ctx, tx, coll, sharee, 0); err != nil {
			return err
		}
	}
	return tx.DeleteCollection(ctx, mount)
}

// What a sharee gets by an invitation to read, or to read and write.
const (
	readShare  = acl.Lookup | acl.Read | acl.FreeBusy
	writeShare = readShare | acl.Write | acl.Annotate | acl.Insert | acl.Post | acl.DeleteObject
)

// setShareeRights gives a sharee these rights on a calendar, in place of those that an entry of its own gave; 0 takes that entry out.
func setShareeRights(ctx context.Context, tx *store.Tx, coll *store.Collection, sharee *store.Principal, rights acl.Rights) error {
	coll, err := currentCollection(tx, coll)
	if err != nil {
		return err
	}
	props := coll.Properties
	props.Rights = slices.DeleteFunc(slices.Clone(props.Rights), func(e acl.Entry) bool { return e.Who == sharee.Name && !e.Negative })
	if rights != 0 {
		props.Rights = append(props.Rights, acl.Entry{Who: sharee.Name, Rights: rights})
	}
	_, err = tx.SetProperties(ctx, coll, props)
	return err
}
