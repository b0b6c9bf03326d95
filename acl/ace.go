package acl

import (
	"errors"
	"fmt"
	"slices"
)

// ACE is an access control element (RFC 3744 section 5.5) for the principal that an entry of a list would name.
type ACE struct {
	Who        string
	Deny       bool
	Privileges []Privilege
}

// What letters cannot express, or the lists of this server do not hold. Each is the precondition of that name (RFC 3744 section 8.1.1).
var (
	ErrNotSupported = errors.New("not-supported-privilege")
	ErrAbstract     = errors.New("no-abstract")
	ErrGrantOnly    = errors.New("grant-only")
	ErrDenyOrder    = errors.New("deny-before-grant")
	ErrConflict     = errors.New("no-ace-conflict")
)

// GrantOnly says whether lists of a kind hold no negative entries: nobody but the owner has anything to do with the Outbox, so that
// there is nothing to take away.
func GrantOnly(k Kind) bool { return k == KindOutbox }

// ACEs shows a list as access control elements, denials first, each with the fewest privileges. Letters that are no whole privilege
// (l without r) are not in it.
func (l List) ACEs(k Kind) []ACE {
	var denials, grants []ACE
	for _, e := range l.Merged() {
		if e.Negative {
			if p := Tree(k).denied(e.Rights, nil); p != nil {
				denials = append(denials, ACE{e.Who, true, p})
			}
		} else if p := GrantsOf(k, e.Rights); p != nil {
			grants = append(grants, ACE{e.Who, false, p})
		}
	}
	return append(denials, grants...)
}

// GrantsOf lists the fewest privileges whose grants come to r.
func GrantsOf(k Kind, r Rights) []Privilege { return Tree(k).granted(r, 0, nil) }

// FromACEs makes the list that grants and denies what aces say, no more and no less. ErrNotSupported, ErrAbstract, ErrGrantOnly,
// ErrDenyOrder, ErrConflict, wrapped with what is wrong.
func FromACEs(k Kind, aces []ACE) (List, error) {
	var list List
	granting := false
	for _, a := range aces {
		switch {
		case a.Deny && GrantOnly(k):
			return nil, fmt.Errorf("%w: nothing can be denied here", ErrGrantOnly)
		case a.Deny && granting:
			return nil, fmt.Errorf("%w: what is denied must come before what is granted", ErrDenyOrder)
		}
		granting = !a.Deny
		rights, err := rightsOf(k, a)
		if err != nil {
			return nil, err
		}
		list = append(list, Entry{a.Who, a.Deny, rights})
	}
	list = list.Merged()
	slices.SortStableFunc(list, func(a, b Entry) int { return rank(a.Negative) - rank(b.Negative) }) // as people read it
	return list, list.conflict()
}

func rank(negative bool) int {
	if negative {
		return 1
	}
	return 0
}

// rightsOf is what the privileges of an element mean in letters.
func rightsOf(k Kind, a ACE) (r Rights, err error) {
	for _, p := range a.Privileges {
		n := Tree(k).find(p)
		switch {
		case n == nil:
			return 0, fmt.Errorf("%w: there is no %s on this kind of collection", ErrNotSupported, p)
		case n.Abstract():
			return 0, fmt.Errorf("%w: %s is only to be had with a privilege that contains it", ErrAbstract, p)
		case a.Deny:
			r |= n.deny
		default:
			r |= n.grant
		}
	}
	return r, nil
}

// conflict finds entries that contradict each other. Who may read sees busy time too: a denial of CALDAV:read-free-busy alone would be
// in vain.
func (l List) conflict() error {
	for _, d := range l {
		if !d.Negative {
			continue
		}
		busyOnly := d.Rights.Has(FreeBusy) && !d.Rights.Has(Lookup|Read)
		for _, g := range l {
			switch {
			case g.Negative:
			case g.Who == d.Who && g.Rights&d.Rights != 0:
				return fmt.Errorf("%w: %s is both granted and denied the same", ErrConflict, d.Who)
			case busyOnly && g.Rights.Has(Lookup|Read) && overlap(g.Who, d.Who):
				return fmt.Errorf("%w: %s may read, so that denying CALDAV:read-free-busy to %s has no effect", ErrConflict, g.Who, d.Who)
			}
		}
	}
	return nil
}

// overlap says whether somebody may be meant by both identifiers, of which the first is granted and the second denied something. Of two
// different people nobody is; that a person may be the owner of the home is not looked at.
func overlap(granted, denied string) bool {
	switch {
	case granted == denied, granted == Anyone, denied == Anyone:
		return true
	case granted == Anonymous, denied == Anonymous, granted == Owner, denied == Owner:
		return false
	}
	return isGroup(granted) || isGroup(denied)
}

// inert are the letters that no privilege stands for.
const inert = Seen | Expunge | Five | Six

// KeepInert returns l with those letters of before that no privilege stands for, at the entries that l still has: an ACL request does
// not touch what it could not see (RFC 3744 section 8.1).
func (l List) KeepInert(before List) List {
	out := slices.Clone(l)
	for i := range out {
		for _, old := range before {
			if old.Who == out[i].Who && old.Negative == out[i].Negative {
				out[i].Rights |= old.Rights & inert
			}
		}
	}
	return out
}
