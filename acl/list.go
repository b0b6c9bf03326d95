package acl

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
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

// String prints the list as ParseList reads it, without entries that have no rights.
func (l List) String() string {
	var b strings.Builder
	for _, e := range l {
		if e.Rights == 0 {
			continue
		}
		if b.Len() > 0 {
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

// ParseEntry reads an entry that somebody sets: an identifier, with - before it for a negative entry, and rights as ParseInput takes them.
func ParseEntry(who, rights string) (Entry, error) {
	e := Entry{Who: who}
	if rest, ok := strings.CutPrefix(who, "-"); ok {
		e.Who, e.Negative = rest, true
	}
	if e.Who == "" || e.Who == GroupMark || strings.HasPrefix(e.Who, "-") || strings.ContainsFunc(e.Who, unicode.IsSpace) {
		return Entry{}, fmt.Errorf("identifier %q: it is a name, group: and the name of a group, anyone, anonymous or owner", who)
	}
	var err error
	e.Rights, err = ParseInput(rights)
	return e, err
}

// With returns the list with e in place of the entries for the same identifier and sign, or without them if e has no rights. The list
// itself stays as it is.
func (l List) With(e Entry) List {
	var out List
	done := e.Rights == 0
	for _, old := range l {
		switch {
		case old.Who != e.Who || old.Negative != e.Negative:
			out = append(out, old)
		case !done:
			out, done = append(out, e), true
		}
	}
	if !done {
		out = append(out, e)
	}
	return out
}

// Merged returns the list with one entry for each identifier and sign, in the order in which they come first, and none without rights.
func (l List) Merged() List {
	var out List
next:
	for _, e := range l {
		for i := range out {
			if out[i].Who == e.Who && out[i].Negative == e.Negative {
				out[i].Rights |= e.Rights
				continue next
			}
		}
		if e.Rights != 0 {
			out = append(out, e)
		}
	}
	return out
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

// DelegateRights is what the entries for the owner come to for one of its delegates.
func (l List) DelegateRights(d Delegate) Rights {
	var gives, takes Rights
	for _, e := range l {
		switch {
		case e.Who != Owner:
		case e.Negative:
			takes |= e.Rights
		default:
			gives |= e.Rights
		}
	}
	return d.Of(gives &^ takes)
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
	if isGroup(who) {
		return slices.Contains(s.Groups, who[len(GroupMark):])
	}
	return s.Name != "" && s.Name == who
}

func isGroup(who string) bool { return strings.HasPrefix(who, GroupMark) }
