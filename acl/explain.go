package acl

import (
	"fmt"
	"slices"
	"strings"
)

// Explanation says why a subject has the rights it has on a collection.
type Explanation struct {
	Rights     Rights      // as List.Of has them
	Admin      bool        // the subject is an administrator: the list is not asked
	Reasons    []Reason    // the entries that concern the subject, in the order of the list
	Privileges []Privilege // that the rights mean on this kind of collection; see Held
	Methods    []string    // what may be done with them
}

// Reason is an entry that concerns the subject.
type Reason struct {
	Index   int // of the entry in the list
	Entry   Entry
	Path    []string // for a group: the groups that lead to it, from one that the subject itself is a member of
	By      Delegate // not NoDelegate: the entry is the owner's, and the subject a delegate of the owner
	Gives   Rights   // what the entry gives, whether or not another takes it
	Takes   Rights   // what the entry takes, whether or not another gave it
	Without Change   // what the subject would have without this entry
}

// Change is the difference between what a subject has and what it would have.
type Change struct {
	Lost, Gained                     Rights
	LostPrivileges, GainedPrivileges []Privilege
	LostMethods, GainedMethods       []string
}

// Explain says how List.Of comes to its result for s on a collection of kind k. groupsOf returns the names of the groups that have
// somebody or a group, both by name, as a direct member; nil: the path to a group is then only the group.
func (l List) Explain(k Kind, s Subject, groupsOf func(name string) []string) Explanation {
	x := Explanation{Rights: l.Of(s), Admin: s.Admin}
	x.Privileges = Held(k, x.Rights)
	x.Methods = Methods(k, x.Rights)
	if s.Admin {
		return x
	}
	for i, e := range l {
		r := Reason{Index: i, Entry: e}
		what := e.Rights
		switch {
		case s.is(e.Who):
			r.Path = pathTo(&s, e.Who, groupsOf)
		case e.Who == Owner && s.Delegate != NoDelegate:
			r.By, what = s.Delegate, s.Delegate.Of(e.Rights)
		default:
			continue
		}
		if e.Negative {
			r.Takes = what
		} else {
			r.Gives = what
		}
		r.Without = changed(k, x.Rights, slices.Delete(slices.Clone(l), i, i+1).Of(s))
		x.Reasons = append(x.Reasons, r)
	}
	return x
}

func changed(k Kind, before, after Rights) Change {
	was, is := Held(k, before), Held(k, after)
	could, can := Methods(k, before), Methods(k, after)
	return Change{
		Lost: before &^ after, Gained: after &^ before,
		LostPrivileges: minus(was, is), GainedPrivileges: minus(is, was),
		LostMethods: minus(could, can), GainedMethods: minus(can, could),
	}
}

func minus[T comparable](a, b []T) []T {
	return slices.DeleteFunc(slices.Clone(a), func(x T) bool { return slices.Contains(b, x) })
}

// pathTo finds the shortest way through groups from s to the one that who names; nil if who names none.
func pathTo(s *Subject, who string, groupsOf func(string) []string) []string {
	if !isGroup(who) {
		return nil
	}
	group := who[len(GroupMark):]
	if groupsOf == nil {
		return []string{group}
	}
	from := map[string]string{} // each group, with the member by which it was reached
	queue := []string{s.Name}
	for len(queue) > 0 {
		member := queue[0]
		queue = queue[1:]
		for _, g := range groupsOf(member) {
			if _, known := from[g]; !known && g != s.Name {
				from[g] = member
				queue = append(queue, g)
			}
		}
	}
	path := []string{group}
	for at := from[group]; at != "" && at != s.Name; at = from[at] {
		path = append(path, at)
	}
	slices.Reverse(path)
	return path
}

// Gives lists the reasons that give any of the letters, whether or not others take them.
func (x *Explanation) Gives(letters Rights) []Reason {
	return slices.DeleteFunc(slices.Clone(x.Reasons), func(r Reason) bool { return r.Gives&letters == 0 })
}

// Takes lists the reasons that take any of the letters.
func (x *Explanation) Takes(letters Rights) []Reason {
	return slices.DeleteFunc(slices.Clone(x.Reasons), func(r Reason) bool { return r.Takes&letters == 0 })
}

// String says in a sentence what the entry does to the subject.
func (r *Reason) String() string {
	var b strings.Builder
	if r.Entry.Negative {
		b.WriteByte('-')
	}
	fmt.Fprintf(&b, "%s %s", r.Entry.Who, r.Entry.Rights)
	if r.Entry.Negative {
		fmt.Fprintf(&b, " takes %s", r.Takes)
	} else {
		fmt.Fprintf(&b, " gives %s", r.Gives)
	}
	switch {
	case r.By == ReadDelegate:
		b.WriteString(", as to a delegate of the owner who may read")
	case r.By == WriteDelegate:
		b.WriteString(", as to a delegate of the owner who may write")
	case len(r.Path) == 1:
		fmt.Fprintf(&b, ", as to a member of %s", r.Path[0])
	case len(r.Path) > 1:
		fmt.Fprintf(&b, ", as to a member of %s", strings.Join(r.Path, ", which is in "))
	case r.Entry.Who == Anyone:
		b.WriteString(", as to everybody")
	case r.Entry.Who == Anonymous:
		b.WriteString(", as to whoever has not logged in")
	case r.Entry.Who == Owner:
		b.WriteString(", as to the owner")
	default:
		b.WriteString(", by name")
	}
	return b.String()
}
