package freebusy

import (
	"context"

	"convene/acl"
	"convene/store"
)

// Of is the question for the time of the owner of a home, as far as who may know of it: the calendars that are not transparent (RFC 6638
// section 9.1), those shared with the owner among them if they are not so for the owner, and the availability that the owner set (RFC 7953
// section 7.2.2).
func (e *Engine) Of(ctx context.Context, home *store.Home, who *store.Principal) (Question, error) {
	q := Question{Zone: home.Root.Zone}
	for _, coll := range home.Collections {
		switch {
		case coll.Kind == store.KindInbox && coll.Availability != "":
			q.Availability, q.Zone = coll.Availability, coll.Zone
		case coll.Transparent:
		case coll.Kind == store.KindCalendar && acl.Check(rightsOn(home, coll, who), acl.ReadBusy) == acl.Allowed:
			q.Calendars = append(q.Calendars, Calendar{Coll: coll})
		case coll.Kind == store.KindShared:
			behind, err := e.behind(ctx, home, coll, who)
			if err != nil {
				return Question{}, err
			}
			if behind != nil {
				q.Calendars = append(q.Calendars, Calendar{Coll: behind, Mount: coll})
			}
		}
	}
	return q, nil
}

// behind is the calendar that a mount stands for, nil if it is gone, if its owner took back the right to read it, or if who may not know
// when somebody is busy there: that takes the right of the sharee on the calendar, and that of who in the home of the sharee.
func (e *Engine) behind(ctx context.Context, home *store.Home, mount *store.Collection, who *store.Principal) (*store.Collection, error) {
	there, coll, err := home.Behind(ctx, e.DB.Home, mount)
	if err != nil || coll == nil {
		return nil, err
	}
	if acl.Check(rightsOn(there, coll, home.Owner)&rightsOn(home, home.Root, who), acl.ReadBusy) != acl.Allowed {
		return nil, nil
	}
	return coll, nil
}

func rightsOn(home *store.Home, coll *store.Collection, who *store.Principal) acl.Rights {
	return coll.Rights.Of(home.Subject(who))
}

// Asks says whether somebody may ask for the busy time of the owner of a home by scheduling: CALDAV:schedule-query-freebusy on its Inbox
// (RFC 6638 section 6.1.2), or, of those that get no invitations and have none, the right to read it on the home.
func Asks(home *store.Home, who *store.Principal) bool {
	for _, coll := range home.Collections {
		if coll.Kind == store.KindInbox {
			return rightsOn(home, coll, who).Has(acl.FreeBusy)
		}
	}
	return acl.Check(rightsOn(home, home.Root, who), acl.ReadBusy) == acl.Allowed
}
