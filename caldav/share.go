package caldav

import (
	"context"
	"net/http"
	"slices"

	"convene/acl"
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

// withdrawAll takes back all invitations to calendars that are going away. *store.NotHeld: the transaction has to hold the homes of those
// who they are shared with, too.
func withdrawAll(ctx context.Context, tx *store.Tx, colls ...*store.Collection) error {
	var all []store.Share
	var sharees []store.PrincipalID
	for _, coll := range colls {
		coll, err := currentCollection(tx, coll)
		if err != nil {
			return err
		}
		if !coll.Shared {
			continue
		}
		shares, err := tx.Shares(ctx, coll)
		if err != nil {
			return err
		}
		for _, s := range shares {
			sharees = append(sharees, s.Sharee)
		}
		all = append(all, shares...)
	}
	if err := tx.Hold(sharees...); err != nil {
		return err
	}
	for i := range all {
		if err := withdraw(ctx, tx, tx.Home(all[i].Owner).CollectionByID(all[i].Collection), &all[i]); err != nil {
			return err
		}
	}
	return nil
}

// DeleteCalendar removes a calendar with all that is in it. Those who it is shared with lose it and are told so.
func DeleteCalendar(ctx context.Context, db *store.DB, coll *store.Collection) error {
	_, err := store.InTx(ctx, db, []store.PrincipalID{coll.Owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
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
	_, err := store.InTx(ctx, db, []store.PrincipalID{owner.ID}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, withdrawAll(ctx, tx, tx.Home(owner.ID).Collections...)
	})
	return err
}
