package acl

import (
	"fmt"
	"strings"
)

// Identifiers that are no names of principals.
const (
	Anyone    = "anyone"    // every subject, the anonymous one included
	Anonymous = "anonymous" // a subject without credentials
	Owner     = "owner"     // the owner of the home that the collection lies in
	GroupMark = "group:"    // stands before the name of a group
)

// Entry gives (or, when Negative, takes) rights to one identifier.
type Entry struct {
	Who      string // a user's name, "group:" and a group's name, or one of the identifiers above
	Negative bool   // written "-who"
	Rights   Rights
}

// List is the access control list of a collection. The order of its entries does not matter.
type List []Entry

// ParseList reads the form of String: pairs of identifier and rights separated by white space. The empty string is
// the empty list.
func ParseList(s string) (List, error) {
	f := strings.Fields(s)
	if len(f)%2 != 0 {
		return nil, fmt.Errorf("access list %q: identifiers and rights must come in pairs", s)
	}
	var l List
	for i := 0; i < len(f); i += 2 {
		e := Entry{Who: f[i]}
		if rest, ok := strings.CutPrefix(e.Who, "-"); ok {
			e.Who, e.Negative = rest, true
		}
		r, err := ParseRights(f[i+1])
		if err != nil {
			return nil, fmt.Errorf("access list %q: %w", s, err)
		}
		e.Rights = r
		l = append(l, e)
	}
	return l, nil
}

// String prints the list as ParseList reads it.
func (l List) String() string {
	var b strings.Builder
	for i, e := range l {
		if i > 0 {
			b.WriteByte(' ')
		}
		if e.Negative {
			b.WriteByte('-')
		}
		b.WriteString(e.Who)
		b.WriteByte(' ')
		b.WriteString(e.Rights.String())
	}
	return b.String()
}

// Delegate says whether a subject acts for the owner of the home (CalendarServer's caldav-proxy extension).
type Delegate uint8

// The delegates: members of the owner's calendar-proxy-read and calendar-proxy-write groups.
const (
	NoDelegate Delegate = iota
	ReadDelegate
	WriteDelegate
)

// delegateGets is what a delegate gets of what the owner has.
var delegateGets = [...]Rights{NoDelegate: 0, ReadDelegate: Lookup | Read | FreeBusy, WriteDelegate: All &^ Administer}

// Of returns what a delegate gets if the owner has rights.
func (d Delegate) Of(rights Rights) Rights { return rights & delegateGets[d] }

// Subject is who asks. The zero Subject is anonymous.
type Subject struct {
	Name     string   // of the principal; "" for the anonymous
	Groups   []string // names of all groups it is in, by way of other groups too
	Owner    bool     // it owns the home that the collection lies in
	Delegate Delegate // of who owns the home
	Admin    bool     // it administers the server
}

// Of evaluates the list for a subject: what its positive entries give together, less what its negative ones take. A delegate gets its
// part of what the entries for the owner come to. An administrator has every right. It allocates nothing: it runs with every request.
func (l List) Of(s Subject) Rights {
	if s.Admin {
		return All
	}
	var gives, takes, owner, ownerLacks Rights
	for i := range l {
		e := &l[i]
		switch {
		case s.is(e.Who):
			if e.Negative {
				takes |= e.Rights
			} else {
				gives |= e.Rights
			}
		case e.Who != Owner:
		case e.Negative:
			ownerLacks |= e.Rights
		default:
			owner |= e.Rights
		}
	}
	return (gives | s.Delegate.Of(owner&^ownerLacks)) &^ takes
}

// is says whether an entry for who is one for s.
func (s *Subject) is(who string) bool {
	switch who {
	case Anyone:
		return true
	case Anonymous:
		return s.Name == ""
	case Owner:
		return s.Owner
	}
	if group, ok := strings.CutPrefix(who, GroupMark); ok {
		for _, g := range s.Groups {
			if g == group {
				return true
			}
		}
		return false
	}
	return s.Name != "" && s.Name == who
}
