package policy

import (
	"slices"
	"strings"
)

// Who is whom a rule is for: "anyone", "group:NAME", "*@DOMAIN", a calendar user address such as "ann@example.com" (or with its scheme),
// or the name of a principal. In lower case.
type Who string

// Anyone is everybody.
const Anyone Who = "anyone"

// Person is somebody who asks, or who has booked.
type Person struct {
	Name      string   // of the principal; "": nobody of this server
	Groups    []string // names of the groups it is in
	Addresses []string // calendar user addresses, normalised, such as "mailto:ann@example.com"
}

// is says whether p is meant by w.
func (w Who) is(p *Person) bool {
	text := string(w)
	switch {
	case w == Anyone:
		return true
	case strings.HasPrefix(text, "group:"):
		return slices.Contains(p.Groups, strings.TrimPrefix(text, "group:"))
	case strings.HasPrefix(text, "*@"):
		for _, a := range p.Addresses {
			if mail, ok := strings.CutPrefix(a, "mailto:"); ok && strings.HasSuffix(mail, text[1:]) {
				return true
			}
		}
		return false
	}
	return p.Name == text || slices.Contains(p.Addresses, text) || slices.Contains(p.Addresses, "mailto:"+text)
}

// covers says whether one of the list means p; an empty list is everybody.
func covers(list []Who, p *Person) bool {
	for _, w := range list {
		if w.is(p) {
			return true
		}
	}
	return len(list) == 0
}

// Groups returns the names of all groups whose members matter to the quotas of the policy.
func (p *Policy) Groups() []string {
	var names []string
	for _, r := range p.Rules {
		if q, ok := r.Limit.(Quota); ok && q.Group != "" && !slices.Contains(names, q.Group) {
			names = append(names, q.Group)
		}
	}
	return names
}
