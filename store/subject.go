package store

import (
	"context"
	"errors"
	"slices"

	"convene/acl"
)

// Subject is who asks for something in the home, as package acl sees it; nil is somebody without an account.
func (h *Home) Subject(who *Principal) acl.Subject {
	if who == nil {
		return acl.Subject{}
	}
	s := acl.Subject{Name: who.Name, Groups: who.Groups, Admin: who.Admin, Owner: who.ID == h.Owner.ID}
	switch {
	case isFor(who.WritesFor, h.Owner.ID):
		s.Delegate = acl.WriteDelegate
	case isFor(who.ReadsFor, h.Owner.ID):
		s.Delegate = acl.ReadDelegate
	}
	return s
}

// SeesPrivate says whether somebody with these rights on a collection of the home is shown what is private in it (RFC 5545 section
// 3.8.1.3) as it is: its owner and those who write in it as the owner's delegates; in a home that is no person's, who administers the
// collection. All others are shown when it is, and no more.
func (h *Home) SeesPrivate(rights acl.Rights, who *Principal) bool {
	switch {
	case who == nil:
		return false
	case who.ID == h.Owner.ID, isFor(who.WritesFor, h.Owner.ID):
		return true
	}
	return h.Owner.Kind != User && rights.Has(acl.Administer)
}

// Homes finds a home by its owner, as DB.Home does. ErrNotFound: there is none.
type Homes func(ctx context.Context, owner PrincipalID) (*Home, error)

// Behind is the calendar that a mount in the home stands for, and the home in which it lies; nil if it is gone, or if the owner of this home
// may not read it any more: access lists have the last word.
func (h *Home) Behind(ctx context.Context, find Homes, mount *Collection) (*Home, *Collection, error) {
	there, err := find(ctx, mount.Target.Owner)
	if errors.Is(err, ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	coll := there.CollectionByID(mount.Target.Collection)
	if coll == nil || !coll.Rights.Of(there.Subject(h.Owner)).Has(acl.Lookup|acl.Read) {
		return there, nil, nil
	}
	return there, coll, nil
}

// isFor looks a principal up among those that somebody is a delegate of.
func isFor(owners []PrincipalID, id PrincipalID) bool {
	_, ok := slices.BinarySearch(owners, id)
	return ok
}
