package acl

// Node is a place in the tree of privileges that collections of a kind support (DAV:supported-privilege-set, RFC 3744 section 5.3). A
// privilege with children is an aggregate of them.
type Node struct {
	Privilege Privilege
	Children  []*Node

	grant Rights // the letters that a grant of it means
	deny  Rights // the letters that a denial of it takes: its own and those of all below
	own   Rights // letters of grant that no child which may be granted has
}

// Abstract says whether the privilege cannot be granted by itself.
func (n *Node) Abstract() bool { return privilegeTable[n.Privilege].abstract }

// About describes the privilege in English.
func (n *Node) About() string { return privilegeTable[n.Privilege].about }

// trees holds the tree of each kind.
var trees = func() map[Kind]*Node {
	m := make(map[Kind]*Node, len(Kinds))
	for _, k := range Kinds {
		m[k] = newTree(k)
	}
	return m
}()

// Tree returns the privileges that collections of a kind and the objects in them support. It must not be changed. A kind that is not
// known has those of a calendar.
func Tree(k Kind) *Node {
	if t := trees[k]; t != nil {
		return t
	}
	return trees[KindCalendar]
}

func newTree(k Kind) *Node {
	read := node(PrivRead, node(PrivReadCurrentUserPrivilege))
	if hasBusyTime(k) { // RFC 4791 section 6.1.1: part of DAV:read
		read = node(PrivRead, node(PrivReadCurrentUserPrivilege), node(PrivReadFreeBusy))
	}
	all := node(PrivAll,
		read,
		node(PrivWrite,
			node(PrivWriteProperties),
			node(PrivWriteContent),
			node(PrivBind, node(PrivAddResource), node(PrivMakeCollection)),
			node(PrivUnbind, node(PrivRemoveCollection), node(PrivRemoveResource))),
		node(PrivAdmin, node(PrivReadACL), node(PrivWriteACL), node(PrivShare), node(PrivUnlock)))
	switch k {
	case KindInbox: // RFC 6638 section 6.1
		all.Children = append(all.Children,
			node(PrivScheduleDeliver, node(PrivScheduleQueryFreeBusy), node(PrivScheduleDeliverInvite), node(PrivScheduleDeliverReply)))
		all.grant |= scheduling
	case KindOutbox: // RFC 6638 section 6.2
		all.Children = append(all.Children,
			node(PrivScheduleSend, node(PrivScheduleSendFreeBusy), node(PrivScheduleSendInvite), node(PrivScheduleSendReply)))
		all.grant |= scheduling
	}
	all.finish()
	return all
}

// hasBusyTime says whether right 9 is CALDAV:read-free-busy on collections of a kind.
func hasBusyTime(k Kind) bool { return k == KindHome || k == KindCalendar || k == KindCollection }

func node(p Privilege, children ...*Node) *Node {
	return &Node{Privilege: p, Children: children, grant: privilegeTable[p].rights}
}

func (n *Node) finish() {
	n.deny, n.own = n.grant, n.grant
	for _, c := range n.Children {
		c.finish()
		n.deny |= c.deny
		if !c.Abstract() {
			n.own &^= c.grant
		}
	}
}

// find returns the place of a privilege, nil if the kind does not support it.
func (n *Node) find(p Privilege) *Node {
	if n.Privilege == p {
		return n
	}
	for _, c := range n.Children {
		if found := c.find(p); found != nil {
			return found
		}
	}
	return nil
}

// Held lists the privileges that rights r mean on a collection of kind k, aggregates before their parts (DAV:
// current-user-privilege-set, RFC 3744 section 5.4).
func Held(k Kind, r Rights) []Privilege { return Tree(k).held(r, make([]Privilege, 0, numPrivileges)) }

func (n *Node) held(r Rights, dst []Privilege) []Privilege {
	if r.Has(n.grant) || n.Privilege == PrivReadFreeBusy && r.Has(Lookup|Read) {
		dst = append(dst, n.Privilege)
	}
	for _, c := range n.Children {
		dst = c.held(r, dst)
	}
	return dst
}

// granted appends the fewest privileges whose grants together come to r, as far as r can be said in privileges. DAV:all comes beside
// what it does not say by itself in the table of default rights: CALDAV:read-free-busy, schedule-deliver, schedule-send.
func (n *Node) granted(r, said Rights, dst []Privilege) []Privilege {
	if r.Has(n.grant) && !said.Has(n.grant) && !n.Abstract() {
		dst = append(dst, n.Privilege)
		said |= privilegeTable[n.Privilege].rights
	}
	for _, c := range n.Children {
		dst = c.granted(r, said, dst)
	}
	return dst
}

// denied appends the fewest privileges that nobody can have of whom r is taken: one is lost with any of its letters.
func (n *Node) denied(r Rights, dst []Privilege) []Privilege {
	if n.Abstract() {
		return dst
	}
	if r.Has(n.deny) || r&n.own != 0 {
		return append(dst, n.Privilege)
	}
	for _, c := range n.Children {
		dst = c.denied(r, dst)
	}
	return dst
}
