package rights

import (
	"fmt"
	"maps"
	"net/http/httptest"

	"convene/test/rights/oracle"
)

// operation is something that can be asked for, on a collection of any kind or on an object in it.
type operation struct {
	name    string
	at      at
	method  string
	headers map[string]string
	body    func(c *call) string
	only    []string // kinds; nil: all that have such a place
	dest    slot     // of COPY and MOVE
	destAt  string   // name of an object, or of a collection where dest is a home
	steps   []step
	status  answers // if all steps are allowed
	ends    bool    // it changes what is there
	own     bool    // it is about the asking person, who has to log in for it
	inside  func(c *call, m *multistatus) string
}

// at is where an operation is asked for.
type at string

const (
	collection    at = ""               // at the URL of the collection itself
	object        at = "a.ics"          // at an object in it
	twin          at = "b.ics"          // at one of which there is another in the calendars that are copied to
	missing       at = "none.ics"       // where there is no object
	newName       at = "new.ics"        // the same, to make one there
	newCollection at = "new collection" // in a home
	ownLock       at = "own lock"       // at an object that the asking person has locked
	lockOfOther   at = "lock of another"
)

// step is a cell of the table, or either of two, at a place of the operation.
type step struct {
	where   where
	methods []string
}

type where int

const (
	target   where = iota
	home           // of the target
	dest           // the destination of COPY and MOVE
	destHome       // the home that the destination lies in
)

func on(w where, methods ...string) step { return step{w, methods} }

// answers are the statuses of an allowed request, by kind of collection; "" stands for all others.
type answers map[string]int

func always(status int) answers { return answers{"": status} }

func (a answers) of(kind string) int {
	if s, ok := a[kind]; ok {
		return s
	}
	return a[""]
}

// call is one operation of one person on one collection.
type call struct {
	w    *world
	op   *operation
	slot slot
	who  oracle.Person
}

func (c *call) path() string {
	switch c.op.at {
	case newCollection:
		return c.slot.href() + "new/"
	case ownLock:
		return c.slot.href() + lockName(c.who.Name)
	case lockOfOther:
		return c.slot.href() + lockName(c.other())
	}
	return c.slot.href() + string(c.op.at)
}

// other is somebody who is not asking.
func (c *call) other() string {
	if c.who.Name == "bob" {
		return "carol"
	}
	return "bob"
}

func (c *call) destination() string {
	if c.op.dest.name == "" {
		return c.op.dest.href() + c.op.destAt + "/"
	}
	return c.op.dest.href() + c.op.destAt
}

// place is where a step is, with the list that counts there.
func (c *call) place(at where) oracle.Place {
	s, href := c.slot, c.path()
	switch at {
	case home:
		s = find(s.owner, "")
		href = s.href()
	case dest:
		s, href = c.op.dest, c.destination()
		if s.name == "" { // a collection that is there
			s = find(s.owner, c.op.destAt)
		}
	case destHome:
		s = find(c.op.dest.owner, "")
		href = s.href()
	}
	p := oracle.Place{Href: href, Kind: s.kind, Owner: s.owner, List: c.w.lists[s]}
	if s == shared {
		behind := find("ann", "calendar")
		p.Behind = &oracle.Place{Owner: "ann", List: c.w.lists[behind]}
	}
	return p
}

// want is what the tables say.
func (c *call) want() oracle.Answer {
	var steps []oracle.Step
	for _, s := range c.op.steps {
		steps = append(steps, oracle.Step{Place: c.place(s.where), Methods: s.methods})
	}
	if c.op.own && c.who.Name == "" {
		return oracle.Answer{Status: 401}
	}
	return relations.Decide(c.who, steps, c.op.status.of(c.slot.kind))
}

func (c *call) do() *httptest.ResponseRecorder {
	headers := map[string]string{}
	maps.Copy(headers, c.op.headers)
	if c.op.dest.owner != "" {
		headers["Destination"] = c.destination()
	}
	switch c.op.at {
	case ownLock:
		headers["Lock-Token"] = "<" + lockToken(c.slot, c.who.Name) + ">"
	case lockOfOther:
		headers["Lock-Token"] = "<" + lockToken(c.slot, c.other()) + ">"
	}
	body := ""
	if c.op.body != nil {
		body = c.op.body(c)
	}
	return c.w.do(c.who.Name, c.op.method, c.path(), body, headers)
}

// restore takes back what an allowed operation did.
func (c *call) restore() {
	if !c.op.ends {
		return
	}
	changed := []slot{find("ann", "calendar")}
	if c.slot != shared {
		changed = []slot{find(c.slot.owner, ""), c.slot}
	}
	if c.op.dest.owner != "" {
		changed = append(changed, find(c.op.dest.owner, ""), c.op.dest)
		if c.op.destAt == "spare" {
			changed = append(changed, find("ann", "spare"))
		}
	}
	c.w.restore(changed...)
}

func (c *call) String() string {
	who := c.who.Name
	if who == "" {
		who = "somebody"
	}
	s := fmt.Sprintf("%s: %s of %s (%s) %s", c.op.name, who, c.path(), c.slot.kind, oracle.Print(c.w.lists[c.slot]))
	if c.slot == shared {
		s += "; behind it " + oracle.Print(c.w.lists[find("ann", "calendar")])
	} else if h := find(c.slot.owner, ""); h != c.slot {
		s += "; home " + oracle.Print(c.w.lists[h])
	}
	if c.op.dest.owner != "" {
		p := c.place(dest)
		s += "; to " + p.Href + " " + oracle.Print(p.List) + "; home " + oracle.Print(c.w.lists[find(c.op.dest.owner, "")])
	}
	return s
}
