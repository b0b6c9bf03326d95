package oracle

import (
	"slices"
	"strings"
)

// Entry is an entry of a list: who has these letters, or, if it is negative, who has not.
type Entry struct {
	Who      string // anyone, anonymous, owner, a user's name, group: and a group's name
	Negative bool   // written -who
	Rights   string
}

// Print writes a list as it is stored.
func Print(list []Entry) string {
	var words []string
	for _, e := range list {
		if e.Negative {
			words = append(words, "-"+e.Who, e.Rights)
		} else {
			words = append(words, e.Who, e.Rights)
		}
	}
	return strings.Join(words, " ")
}

// Person is who asks.
type Person struct {
	Name  string // "": nobody who has logged in
	Admin bool
}

// World says what people are to each other.
type World struct {
	Members map[string][]string // of groups: users and groups
	Readers map[string][]string // the read delegates of a user
	Writers map[string][]string // the write delegates
}

// In says whether somebody is a member of a group, by way of other groups too.
func (w *World) In(name, group string) bool { return w.in(name, group, nil) }

func (w *World) in(name, group string, passed []string) bool {
	if slices.Contains(passed, group) {
		return false
	}
	for _, m := range w.Members[group] {
		if m == name || w.in(name, m, append(passed, group)) {
			return true
		}
	}
	return false
}

// meant says whether an entry for who is one for p, in the home of owner.
func (w *World) meant(p Person, owner, who string) bool {
	if group, ok := strings.CutPrefix(who, "group:"); ok {
		return p.Name != "" && w.In(p.Name, group)
	}
	switch who {
	case "anyone":
		return true
	case "anonymous":
		return p.Name == ""
	case "owner":
		return p.Name == owner
	}
	return p.Name == who
}

// What a delegate has of what the owner has: reading (DAV:read with its free/busy), or all but administration.
const (
	readDelegateHas  = "lr9"
	writeDelegateHas = "lrwipkxtn789"
)

// Has says whether a list in the home of owner gives p a letter: if any entry gives it, and none takes it away.
func (w *World) Has(list []Entry, owner string, p Person, letter string) bool {
	if p.Admin {
		return true
	}
	given := false
	for _, e := range list {
		if w.meant(p, owner, e.Who) && strings.Contains(e.Rights, letter) {
			if e.Negative {
				return false
			}
			given = true
		}
	}
	return given || w.forOwner(list, owner, p, letter)
}

// forOwner says whether p has the letter in place of the owner.
func (w *World) forOwner(list []Entry, owner string, p Person, letter string) bool {
	writes := p.Name != "" && slices.Contains(w.Writers[owner], p.Name)
	reads := p.Name != "" && slices.Contains(w.Readers[owner], p.Name)
	if !(writes && strings.Contains(writeDelegateHas, letter)) && !(reads && strings.Contains(readDelegateHas, letter)) {
		return false
	}
	given := false
	for _, e := range list {
		if e.Who == "owner" && strings.Contains(e.Rights, letter) {
			if e.Negative {
				return false
			}
			given = true
		}
	}
	return given
}

// Place is what a request touches.
type Place struct {
	Href  string
	Kind  string // of the collection; an object counts as its collection
	Owner string // of the home that it lies in
	List  []Entry

	// Behind is the calendar of somebody else that appears here, by an invitation to the owner of this home, whose list then is List.
	Behind *Place
}

// HasAt says whether p has a letter at a place. In a calendar of somebody else it is what the owner of the home was given, as far as p has
// the same in that home; the collection itself, with its name and colour, is that home's owner's, and nobody administers it.
func (w *World) HasAt(at Place, p Person, letter string) bool {
	has := w.Has(at.List, at.Owner, p, letter)
	switch {
	case at.Behind == nil:
		return has
	case letter == "a":
		return false
	case strings.HasSuffix(at.Href, "/") && strings.Contains("wnx", letter):
		return has
	}
	return has && w.given(at, letter)
}

func (w *World) given(at Place, letter string) bool {
	return w.Has(at.Behind.List, at.Behind.Owner, Person{Name: at.Owner}, letter)
}

// gone says whether nothing appears at a place any more, since the owner of the home may not read it.
func (w *World) gone(at Place) bool {
	return at.Behind != nil && !(w.given(at, "l") && w.given(at, "r"))
}

// Step is what a request does at one place: a cell of the table's column of methods, or either of two. A refusal names the
// privilege of the first.
type Step struct {
	Place   Place
	Methods []string
	Implied bool // by what was done elsewhere: who may do that is told what is lacking here
}

// Answer is what comes back. If the request is refused for want of a privilege, Href and Privilege say which and where.
type Answer struct {
	Status    int
	Href      string
	Privilege string
}

// Decide says how a request of p is answered that does these steps, and is answered with status if all of them are allowed. Who may not
// even look up is told that there is nothing, and who has not logged in is asked to.
func (w *World) Decide(p Person, steps []Step, status int) Answer {
	for _, s := range steps {
		switch {
		case !w.gone(s.Place) && w.allows(p, s):
		case p.Name == "":
			return Answer{Status: 401}
		case !s.Implied && (w.gone(s.Place) || !w.HasAt(s.Place, p, "l")):
			return Answer{Status: 404}
		default:
			return Answer{403, s.Place.Href, privilegeFor(s.Methods[0])}
		}
	}
	return Answer{Status: status}
}

func (w *World) allows(p Person, s Step) bool {
	return slices.ContainsFunc(s.Methods, func(m string) bool {
		row := rowOf(m)
		if row.Only != nil && !slices.Contains(row.Only, s.Place.Kind) {
			return false
		}
		for _, letter := range row.Rights {
			if !w.HasAt(s.Place, p, string(letter)) {
				return false
			}
		}
		return true
	})
}

func rowOf(method string) Row {
	for _, row := range append(beyond[:len(beyond):len(beyond)], Mapping...) {
		if slices.Contains(row.Methods, method) {
			return row
		}
	}
	panic("no row of the table has " + method)
}

// privilegeFor is what a method is refused for: the finest privilege of its row that means it.
func privilegeFor(method string) string {
	if p := named[method]; p != "" {
		return p
	}
	row := rowOf(method)
	if len(row.Finer) == 1 {
		return row.Finer[0]
	}
	return row.Privilege
}

// Privileges are those that p has on a place, of DAV:current-user-privilege-set (RFC 3744 section 5.4): those of all rows whose rights
// p has, and those that contain only such.
func (w *World) Privileges(p Person, at Place) []string {
	has := map[string]bool{}
	lacks := map[string]bool{}
	for _, row := range Mapping {
		if row.Only != nil && !slices.Contains(row.Only, at.Kind) {
			continue
		}
		all := true
		for _, letter := range row.Rights {
			all = all && w.HasAt(at, p, string(letter))
		}
		for _, name := range append([]string{row.Privilege}, row.Finer...) {
			if all {
				has[name] = true
			} else if name == row.Privilege {
				lacks[name] = true // one of its rows: an aggregate needs all
			}
		}
	}
	if has["DAV:read"] {
		delete(lacks, "CALDAV:read-free-busy")
	}
	for name := range lacks {
		delete(has, name)
	}
	aggregate := func(name string, of ...string) {
		if !slices.ContainsFunc(of, func(n string) bool { return !has[n] }) {
			has[name] = true
		}
	}
	aggregate("DAV:write", "DAV:write-properties", "DAV:write-content", "DAV:bind", "DAV:unbind")
	switch at.Kind {
	case Inbox:
		aggregate("DAV:all", "DAV:read", "DAV:write", "CYRUS:admin", "CALDAV:schedule-deliver")
	case Outbox:
		aggregate("DAV:all", "DAV:read", "DAV:write", "CYRUS:admin", "CALDAV:schedule-send")
	default:
		aggregate("DAV:all", "DAV:read", "DAV:write", "CYRUS:admin")
	}
	if at.Kind != Calendar && at.Kind != Home && at.Kind != Plain {
		delete(has, "CALDAV:read-free-busy") // right 9 means something else there
	}
	return slices.Sorted(func(yield func(string) bool) {
		for name := range has {
			if !yield(name) {
				return
			}
		}
	})
}
