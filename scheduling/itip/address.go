package itip

import (
	"net/url"
	"strings"

	"convene/ical"
)

// Address is a calendar user address (RFC 6638 section 2.4.1) in the form in which it is compared: mailto in lower case without
// percent-encoding or parameters, other URIs with the scheme in lower case, the path of a principal as it is.
type Address string

// ParseAddress returns the Address of an ORGANIZER or ATTENDEE value, "" if it holds nothing.
func ParseAddress(s string) Address {
	s = strings.TrimSpace(s)
	if s == "" || s[0] == '/' || normal(s) {
		return Address(s)
	}
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok {
		scheme, rest = "mailto", s
	}
	scheme = strings.ToLower(scheme)
	if scheme != "mailto" {
		return Address(scheme + ":" + rest)
	}
	rest, _, _ = strings.Cut(rest, "?")
	if strings.IndexByte(rest, '%') >= 0 {
		if plain, err := url.PathUnescape(rest); err == nil {
			rest = plain
		}
	}
	return Address("mailto:" + strings.ToLower(strings.TrimSpace(rest)))
}

// normal says whether s is a mailto that needs no change to be compared.
func normal(s string) bool {
	if !strings.HasPrefix(s, "mailto:") {
		return false
	}
	for i := len("mailto:"); i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ', c >= 0x7f, 'A' <= c && c <= 'Z', c == '%', c == '?':
			return false
		}
	}
	return true
}

// Addresses returns the different calendar user addresses that are named in objects, in order of appearance: those of ORGANIZER and
// ATTENDEE, and those in their parameters EMAIL, SENT-BY, DELEGATED-TO, DELEGATED-FROM and MEMBER. Objects may be nil.
func Addresses(objects ...*ical.Object) (list []Address) {
	seen := map[Address]bool{"": true}
	add := func(s string) {
		if a := ParseAddress(s); !seen[a] {
			seen[a] = true
			list = append(list, a)
		}
	}
	for _, o := range objects {
		if o == nil {
			continue
		}
		for _, c := range o.Parts {
			for i := range c.Props {
				if p := &c.Props[i]; p.Name == "ORGANIZER" || p.Name == "ATTENDEE" {
					addressesOf(p, add)
				}
			}
		}
	}
	return list
}

// addressesOf calls add with the address of p, an ORGANIZER or ATTENDEE, and those in its parameters.
func addressesOf(p *ical.Property, add func(string)) {
	add(p.Value)
	for _, param := range p.Params {
		switch param.Name {
		case "EMAIL", "SENT-BY", "DELEGATED-TO", "DELEGATED-FROM", "MEMBER":
			for _, v := range param.Values {
				add(v)
			}
		}
	}
}

// People says which addresses are one person's: it maps each of them to the one by which the person is told from others. An address
// that is not in it is a person of its own. nil is valid.
type People map[Address]Address

// Add makes addresses those of one person.
func (p People) Add(addresses ...Address) {
	for _, a := range addresses {
		p[a] = addresses[0]
	}
}

// Of returns the address by which the person is told from others who has the address a.
func (p People) Of(a Address) Address {
	if person, ok := p[a]; ok {
		return person
	}
	return a
}

// Same says whether a and b are addresses of one person.
func (p People) Same(a, b Address) bool { return a == b || p.Of(a) == p.Of(b) }

// ofProperty returns the person in an ORGANIZER or ATTENDEE: by its value, or where that is not known by EMAIL (RFC 7986 section
// 6.2), which clients write beside the path of a principal.
func (p People) ofProperty(prop *ical.Property) Address {
	a := ParseAddress(prop.Value)
	if _, known := p[a]; !known {
		if email := prop.Param("EMAIL"); email != "" {
			if person, ok := p[ParseAddress(email)]; ok {
				return person
			}
		}
	}
	return p.Of(a)
}
