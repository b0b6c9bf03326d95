package caldav

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"convene/caldav/dav"
	"convene/store"
)

// replyToInvitation accepts or declines an invitation (caldav-sharing section 5.4.1). To accept twice is to accept.
func (h *Handler) replyToInvitation(w http.ResponseWriter, r *request, home *resource, body *dav.Element) error {
	q, err := readReply(body)
	if err != nil {
		return err
	}
	cond, err := readConditions(r)
	if err != nil {
		return err
	}
	sharee := home.home.Owner
	sharer, err := h.sharerOf(r.Context(), sharee, q.uid)
	if err != nil {
		return err
	}
	href, err := store.InTx(r.Context(), h.db, []store.PrincipalID{sharee.ID, sharer}, func(ctx context.Context, tx *store.Tx) (string, error) {
		member := home.collectionIn(&store.Collection{}) // that comes or goes
		if err := cond.free(tx, r, member, binding); err != nil {
			return "", err
		}
		return q.store(ctx, tx, sharee)
	})
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache")
	if href == "" {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	b := &dav.Buffer{}
	root := dav.CS("shared-as")
	b.StartDocument(root)
	b.Href(href)
	b.EndDocument(root)
	return sendXML(w, http.StatusOK, b)
}

// sharerOf says in whose home the calendar lies that somebody was invited to.
func (h *Handler) sharerOf(ctx context.Context, sharee *store.Principal, uid string) (store.PrincipalID, error) {
	shares, err := h.db.SharesWith(ctx, sharee.ID)
	if err != nil {
		return 0, err
	}
	for _, s := range shares {
		if s.UID == uid {
			return s.Owner, nil
		}
	}
	return 0, noInvitation()
}

func noInvitation() error {
	return forbidden(nameValidRequest, "there is no such invitation: it may have been taken back")
}

// store writes the answer, and returns the URL of the calendar in the sharee's home if it was accepted. It may run twice.
func (q *inviteReply) store(ctx context.Context, tx *store.Tx, sharee *store.Principal) (string, error) {
	s, err := tx.ShareByUID(ctx, q.uid)
	if errors.Is(err, store.ErrNotFound) || err == nil && s.Sharee != sharee.ID {
		return "", noInvitation()
	}
	if err != nil {
		return "", err
	}
	coll := tx.Home(s.Owner).CollectionByID(s.Collection)
	if coll == nil {
		return "", noInvitation()
	}
	if !q.accept {
		return "", decline(ctx, tx, coll, &s, q.summary)
	}
	mount, err := q.acceptShare(ctx, tx, coll, &s)
	if err != nil {
		return "", err
	}
	return collectionHref(sharee, mount), nil
}

// acceptShare gives the sharee the calendar, in its home and among its rights. It takes none of the sharee's time until the sharee says so
// (caldav-sharing section 5.5.5).
func (q *inviteReply) acceptShare(ctx context.Context, tx *store.Tx, coll *store.Collection, s *store.Share) (*store.Collection, error) {
	home := tx.Home(s.Sharee)
	mount := home.CollectionByID(s.Mount)
	if s.State == store.ShareAccepted && mount != nil {
		return mount, nil
	}
	i := invitationIn(tx, s, coll)
	if len(home.Collections) >= maxCollections {
		return nil, dav.Fail(http.StatusInsufficientStorage, dav.Name{}, "a home can have %d collections: remove one first", maxCollections)
	}
	name := q.summary
	if name == "" {
		name = s.Summary
	}
	if name == "" {
		name = displayName(coll)
	}
	mount, err := tx.CreateMount(ctx, s.Sharee, store.NewCollection{
		Name:       freeName(home, i.sharer.Name+"-"+coll.Name),
		Properties: store.Properties{DisplayName: &name, Transparent: true},
	}, store.Target{Owner: coll.Owner, Collection: coll.ID})
	if err != nil {
		return nil, err
	}
	s.State, s.Mount = store.ShareAccepted, mount.ID
	if err := tx.SetShare(ctx, coll, *s); err != nil {
		return nil, err
	}
	if err := setShareeRights(ctx, tx, coll, i.sharee, lettersOf(s)); err != nil {
		return nil, err
	}
	return mount, i.answered(ctx, tx, q.summary)
}

// decline notes that the sharee does not want a calendar, or not any more.
func decline(ctx context.Context, tx *store.Tx, coll *store.Collection, s *store.Share, summary string) error {
	if s.State == store.ShareDeclined {
		return nil
	}
	i := invitationIn(tx, s, coll)
	if s.State == store.ShareAccepted {
		if err := setShareeRights(ctx, tx, coll, i.sharee, 0); err != nil {
			return err
		}
		if mount := tx.Home(s.Sharee).CollectionByID(s.Mount); mount != nil {
			if err := tx.DeleteCollection(ctx, mount); err != nil {
				return err
			}
		}
	}
	s.State, s.Mount = store.ShareDeclined, 0
	if err := tx.SetShare(ctx, coll, *s); err != nil {
		return err
	}
	return i.answered(ctx, tx, summary)
}

// answered tells the sharer of the answer. The sharee's devices need not ask any more.
func (i *invitation) answered(ctx context.Context, tx *store.Tx, summary string) error {
	if err := retract(ctx, tx, i.sharee, i.inviteName()); err != nil {
		return err
	}
	return notify(ctx, tx, i.sharer, i.replyName(), nameInviteReply, i.reply(tx.Now(), summary))
}

// maxMountName bounds the names that the server makes up.
const maxMountName = 200

// freeName is a name that no collection in a home has: want, or want with a number.
func freeName(home *store.Home, want string) string {
	if len(want) > maxMountName {
		want = "shared"
	}
	name := want
	for n := 2; home.Collection(name) != nil; n++ {
		name = fmt.Sprintf("%s-%d", want, n)
	}
	return name
}
