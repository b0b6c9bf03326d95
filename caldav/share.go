package caldav

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// leaveShare removes a shared calendar from the sharee's home: the sharee declines it (caldav-sharing section 5.4.2).
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
	for i := range shares {
		if shares[i].Mount == mount.ID && shares[i].Sharee == mount.Owner {
			return decline(ctx, tx, coll, &shares[i], "")
		}
	}
	return tx.DeleteCollection(ctx, mount)
}

// What a sharee gets by an invitation to read, or to read and write. There are no collections to be made in a calendar, but clients take
// one for writable by DAV:bind or DAV:write, to which k belongs.
const (
	readShareLetters  = acl.Lookup | acl.Read | acl.FreeBusy
	writeShareLetters = readShareLetters | acl.Write | acl.Annotate | acl.Insert | acl.Post | acl.MakeChild | acl.DeleteObject
)

// lettersOf are the rights that an invitation gives once it is accepted.
func lettersOf(s *store.Share) acl.Rights {
	if s.Writes {
		return writeShareLetters
	}
	return readShareLetters
}

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

// withdraw takes an invitation back. Who accepted it loses the calendar and is told so; who did not answer finds no invitation any more.
// The transaction holds both homes.
func withdraw(ctx context.Context, tx *store.Tx, coll *store.Collection, s *store.Share) error {
	i := invitationIn(tx, s, coll)
	if err := tx.RemoveShare(ctx, coll, s.Sharee); err != nil {
		return err
	}
	if err := retract(ctx, tx, i.sharer, i.replyName()); err != nil {
		return err
	}
	if s.State != store.ShareAccepted {
		return retract(ctx, tx, i.sharee, i.inviteName())
	}
	if err := setShareeRights(ctx, tx, coll, i.sharee, 0); err != nil {
		return err
	}
	if mount := tx.Home(s.Sharee).CollectionByID(s.Mount); mount != nil {
		s.Summary = displayName(mount) // as the sharee knows it
		if err := tx.DeleteCollection(ctx, mount); err != nil {
			return err
		}
	}
	return notify(ctx, tx, i.sharee, i.inviteName(), nameInviteNotice, i.invite(tx.Now(), nameDeleted))
}

// errNotHeld means that a calendar is shared with somebody whose home the transaction does not hold.
var errNotHeld = errors.New("shared with somebody else meanwhile")

// withdrawAll takes back all invitations to a calendar that is going away. errNotHeld: see inTxWithSharees.
func withdrawAll(ctx context.Context, tx *store.Tx, coll *store.Collection) error {
	coll, err := currentCollection(tx, coll)
	if err != nil || !coll.Shared {
		return err
	}
	shares, err := tx.Shares(ctx, coll)
	if err != nil {
		return err
	}
	for i := range shares {
		if tx.Home(shares[i].Sharee) == nil {
			return errNotHeld
		}
	}
	for i := range shares {
		if err := withdraw(ctx, tx, coll, &shares[i]); err != nil {
			return err
		}
	}
	return nil
}

// maxLookAgain bounds how often it is looked up again who calendars are shared with.
const maxLookAgain = 5

// inTxWithSharees is store.InTx for what removes calendars: the transaction holds also the homes of all who they are shared with, so that
// fn can call withdrawAll. colls may have nils.
func inTxWithSharees[T any](ctx context.Context, db *store.DB, owners []store.PrincipalID, colls []*store.Collection,
	fn func(context.Context, *store.Tx) (T, error), opts ...store.TxOption) (T, error) {
	for attempt := 1; ; attempt++ {
		held := slices.Clone(owners)
		for _, coll := range colls {
			if coll == nil || !coll.Shared && attempt == 1 {
				continue
			}
			shares, err := db.Shares(ctx, coll)
			if err != nil {
				var none T
				return none, err
			}
			for _, s := range shares {
				held = append(held, s.Sharee)
			}
		}
		result, err := store.InTx(ctx, db, held, fn, opts...)
		if !errors.Is(err, errNotHeld) {
			return result, err
		}
		if attempt == maxLookAgain {
			return result, dav.Fail(http.StatusServiceUnavailable, dav.Name{}, "invitations to this calendar are being sent: try again in a moment")
		}
	}
}

// DeleteCalendar removes a calendar with all that is in it. Those who it is shared with lose it and are told so.
func DeleteCalendar(ctx context.Context, db *store.DB, coll *store.Collection) error {
	_, err := inTxWithSharees(ctx, db, []store.PrincipalID{coll.Owner}, []*store.Collection{coll}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		if err := tx.RemoveLocks(ctx, coll.Owner, coll.Name, ""); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, deleteCalendar(ctx, tx, coll)
	})
	return err
}

func deleteCalendar(ctx context.Context, tx *store.Tx, coll *store.Collection) error {
	if err := withdrawAll(ctx, tx, coll); err != nil {
		return err
	}
	return tx.DeleteCollection(ctx, coll)
}

// EndSharing takes back all invitations to the calendars of a principal that is going away, and those who accepted one are told so.
func EndSharing(ctx context.Context, db *store.DB, owner *store.Principal) error {
	home, err := db.Home(ctx, owner.ID)
	if err != nil {
		return err
	}
	_, err = inTxWithSharees(ctx, db, []store.PrincipalID{owner.ID}, home.Collections, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		for _, coll := range tx.Home(owner.ID).Collections {
			if err := withdrawAll(ctx, tx, coll); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}
