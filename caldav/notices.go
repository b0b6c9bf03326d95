package caldav

import (
	"context"
	"errors"
	"time"

	"convene/caldav/dav"
	"convene/store"
)

// Notifications (CalendarServer's caldav-notifications extension) are XML documents in a collection of their own in each user's home. The
// server puts them there, clients read and remove them.

// noticeTypes are the kinds of notification, by the Component that they are stored with: the element that CS:notificationtype holds.
var noticeTypes = map[string]func(*dav.Buffer){
	nameInviteNotice.Local: func(b *dav.Buffer) { b.EmptyAttrs(nameInviteNotice, "shared-type", "calendar") },
	nameInviteReply.Local:  func(b *dav.Buffer) { b.Empty(nameInviteReply) },
}

// noticesOf is the notification collection of a home; nil if it has none, as those of groups.
func noticesOf(home *store.Home) *store.Collection {
	for _, coll := range home.Collections {
		if coll.Kind == store.KindNotices {
			return coll
		}
	}
	return nil
}

// isNotices says whether the server alone puts something into a collection.
func isNotices(c *store.Collection) bool { return c != nil && c.Kind == store.KindNotices }

// invitation is what a notification says of a shared calendar.
type invitation struct {
	*store.Share
	sharer, sharee *store.Principal
	coll           *store.Collection // the sharer's
}

func (i *invitation) inviteName() string { return i.UID + ".xml" }
func (i *invitation) replyName() string  { return i.UID + "-reply.xml" }

// invite is the CS:invite-notification that tells the sharee of the invitation, and what the sharee said to it: CS:invite-noresponse and
// the like.
func (i *invitation) invite(now time.Time, status dav.Name) []byte {
	return notice(now, func(b *dav.Buffer) {
		b.OpenAttrs(nameInviteNotice, "shared-type", "calendar")
		b.Elem(dav.CS("uid"), i.UID)
		b.Href(i.Address)
		b.Empty(status)
		appendAccess(b, i.Share)
		i.appendHostURL(b)
		appendOrganizer(b, i.sharer)
		i.appendSummary(b)
		b.Open(dav.CalDAV("supported-calendar-component-set"))
		appendComponents(b, componentsOf(i.coll))
		b.Close(dav.CalDAV("supported-calendar-component-set"))
		b.Close(nameInviteNotice)
	})
}

// reply is the CS:invite-reply that tells the sharer what the sharee said.
func (i *invitation) reply(now time.Time, summary string) []byte {
	return notice(now, func(b *dav.Buffer) {
		b.Open(nameInviteReply)
		b.Href(i.Address)
		b.Empty(statusOf(i.Share))
		i.appendHostURL(b)
		b.Elem(dav.CS("in-reply-to"), i.UID)
		if summary != "" {
			b.Elem(nameSummary, summary)
		}
		b.Elem(nameCommonName, nameOf(i.sharee))
		b.Close(nameInviteReply)
	})
}

func notice(now time.Time, content func(*dav.Buffer)) []byte {
	var b dav.Buffer
	b.StartDocument(nameNotification)
	b.Elem(dav.CS("dtstamp"), utcText(now)) // as CalendarServer writes it
	content(&b)
	b.EndDocument(nameNotification)
	return b.B
}

func (i *invitation) appendSummary(b *dav.Buffer) {
	if i.Summary != "" {
		b.Elem(nameSummary, i.Summary)
	}
}

func (i *invitation) appendHostURL(b *dav.Buffer) {
	b.Open(nameHostURL)
	b.Href(collectionHref(i.sharer, i.coll))
	b.Close(nameHostURL)
}

// appendAccess appends CS:access.
func appendAccess(b *dav.Buffer, s *store.Share) {
	b.Open(dav.CS("access"))
	if s.Writes {
		b.Empty(nameReadWrite)
	} else {
		b.Empty(nameRead)
	}
	b.Close(dav.CS("access"))
}

// appendOrganizer appends the CS:organizer of a shared calendar, its sharer.
func appendOrganizer(b *dav.Buffer, sharer *store.Principal) {
	b.Open(nameOrganizer)
	b.Href(addressOf(sharer))
	b.Elem(nameCommonName, nameOf(sharer))
	b.Close(nameOrganizer)
}

// statusOf is the element that stands for what became of an invitation.
func statusOf(s *store.Share) dav.Name {
	switch s.State {
	case store.ShareAccepted:
		return nameAccepted
	case store.ShareDeclined:
		return nameDeclined
	}
	return nameNoResponse
}

// addressOf is the calendar user address of a principal that others are shown.
func addressOf(p *store.Principal) string {
	if len(p.Addresses) > 0 {
		return p.Addresses[0]
	}
	return principalHref(p)
}

// collectionHref is the URL of a collection in the home of its owner.
func collectionHref(owner *store.Principal, coll *store.Collection) string {
	t := target{place: placeCollection, kind: owner.Kind, name: owner.Name, collection: coll.Name}
	return t.href()
}

// notify puts a notification into a home that the transaction holds, in place of an older one of that name. A home without a notification
// collection gets none.
func notify(ctx context.Context, tx *store.Tx, to *store.Principal, name string, kind dav.Name, data []byte) error {
	coll := noticesOf(tx.Home(to.ID))
	if coll == nil {
		return nil
	}
	_, err := tx.Put(ctx, coll, store.NewObject{Name: name, Component: kind.Local, ETag: store.ETagOf(data), Data: data})
	return err
}

// retract removes a notification, if it is still there.
func retract(ctx context.Context, tx *store.Tx, from *store.Principal, name string) error {
	coll := noticesOf(tx.Home(from.ID))
	if coll == nil {
		return nil
	}
	err := tx.Delete(ctx, coll, name)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
