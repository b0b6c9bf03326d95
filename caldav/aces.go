package caldav

import (
	"strings"

	"convene/acl"
	"convene/caldav/dav"
)

// maxACEs bounds an access control list (DAV:limited-number-of-aces).
const maxACEs = 500

// sentACE is an access control element as a client sends it (RFC 3744 section 5.5).
type sentACE struct {
	principal  sentPrincipal
	deny       bool
	privileges []acl.Privilege
	protected  bool
}

// sentPrincipal is who an element is for: an identifier of acl, or else the URL of a principal.
type sentPrincipal struct {
	who  string
	href string
}

// parseACL reads the body of an ACL request. It refuses what is no DAV:acl, and what no list of this server can hold, with the
// precondition that says so; whether URLs name principals is for others to find out.
func parseACL(body *dav.Element) ([]sentACE, error) {
	if body == nil || body.Name != dav.DAV("acl") {
		return nil, badRequest("the body of an ACL request is a DAV:acl")
	}
	var aces []sentACE
	for e := range body.All(dav.DAV("ace")) {
		if len(aces) == maxACEs {
			return nil, forbidden(dav.DAV("limited-number-of-aces"), "a list has at most %d elements", maxACEs)
		}
		a, err := parseACE(e)
		if err != nil {
			return nil, err
		}
		aces = append(aces, a)
	}
	return aces, nil
}

func parseACE(e *dav.Element) (a sentACE, err error) {
	var principal, what *dav.Element
	for _, c := range e.Children {
		switch c.Name {
		case dav.DAV("invert"):
			return a, forbidden(dav.DAV("no-invert"), "an element cannot be for everybody but somebody: name those whom it is for")
		case dav.DAV("inherited"):
			return a, forbidden(dav.DAV("no-inherited-ace-conflict"), "inherited elements are changed where they are inherited from")
		case dav.DAV("protected"):
			a.protected = true
		case dav.DAV("principal"):
			if principal != nil {
				return a, badRequest("a DAV:ace is for one DAV:principal")
			}
			principal = c
		case dav.DAV("grant"), dav.DAV("deny"):
			if what != nil {
				return a, badRequest("a DAV:ace either grants or denies, once")
			}
			what = c
		}
	}
	if principal == nil || what == nil {
		return a, badRequest("a DAV:ace has a DAV:principal, and a DAV:grant or DAV:deny")
	}
	a.deny = what.Name == dav.DAV("deny")
	if a.principal, err = parseACEPrincipal(principal); err != nil {
		return a, err
	}
	a.privileges, err = parsePrivileges(what)
	return a, err
}

// aceWords are the principals of RFC 3744 section 5.5.1 that have an identifier of their own.
var aceWords = map[dav.Name]string{
	dav.DAV("all"):             acl.Anyone,
	dav.DAV("unauthenticated"): acl.Anonymous,
}

func parseACEPrincipal(e *dav.Element) (sentPrincipal, error) {
	if len(e.Children) != 1 {
		return sentPrincipal{}, badRequest("a DAV:principal has one element that says who it is")
	}
	c := e.Children[0]
	switch c.Name {
	case dav.DAV("href"):
		return sentPrincipal{href: strings.TrimSpace(c.Text)}, nil
	case dav.DAV("property"):
		if len(c.Children) == 1 && c.Children[0].Name == dav.DAV("owner") {
			return sentPrincipal{who: acl.Owner}, nil
		}
	}
	if who := aceWords[c.Name]; who != "" {
		return sentPrincipal{who: who}, nil
	}
	return sentPrincipal{}, forbidden(dav.DAV("allowed-principal"),
		"elements are for principals by their URLs, for DAV:all, for DAV:unauthenticated, and for the DAV:owner, not for %.60s", c.Name)
}

func parsePrivileges(what *dav.Element) ([]acl.Privilege, error) {
	var all []acl.Privilege
	for e := range what.All(dav.DAV("privilege")) {
		if len(e.Children) != 1 {
			return nil, badRequest("a DAV:privilege has one element that says which")
		}
		name := e.Children[0].Name
		p, ok := acl.PrivilegeByName(name.Space, name.Local)
		if !ok {
			return nil, forbidden(dav.DAV("not-supported-privilege"), "there is no privilege %.100s here", name)
		}
		all = append(all, p)
	}
	if all == nil {
		return nil, badRequest("a DAV:grant or DAV:deny has at least one DAV:privilege")
	}
	return all, nil
}
