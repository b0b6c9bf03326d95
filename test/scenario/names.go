package scenario

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// person is an account that a scenario has for itself.
type person struct {
	name      string   // in the scenario
	account   string   // on the server
	kind      string   // user, group, room, resource
	addresses []string // on the server, without mailto, the preferred one first
}

// people are those of one scenario.
type people struct {
	suffix string // of UIDs, and of names where accounts are made for the scenario
	real   bool   // the accounts are others'
	list   []*person
	texts  []replacement
}

// replacement is an address as scenarios write it, and as it is.
type replacement struct {
	written *regexp.Regexp
	real    func(found string) string
}

// add takes in a person; written are the addresses as the scenario has them, real the same on the server, nil for the written ones with the
// suffix.
func (pp *people) add(p *person, written, real []string) {
	pp.list = append(pp.list, p)
	if real == nil {
		pp.alias(p, written)
		return
	}
	for i, address := range written {
		p.addresses = append(p.addresses, strings.ToLower(real[i]))
		pp.replace(address, func(string) string { return real[i] })
	}
}

// alias adds addresses of a person, as the scenario writes them.
func (pp *people) alias(p *person, written []string) {
	for _, address := range written {
		p.addresses = append(p.addresses, strings.ToLower(suffixed(address, pp.suffix)))
		pp.replace(address, func(found string) string { return suffixed(found, pp.suffix) })
	}
}

func (pp *people) replace(address string, with func(found string) string) {
	pp.texts = append(pp.texts, replacement{regexp.MustCompile(`(?i)(^|[^A-Za-z0-9.+_-])` + regexp.QuoteMeta(address) + `\b`), with})
}

// suffixed puts the suffix behind the local part of an address.
func suffixed(address, suffix string) string {
	local, domain, _ := strings.Cut(address, "@")
	return local + suffix + "@" + domain
}

// get returns the person of that name, or nil.
func (pp *people) get(name string) *person {
	for _, p := range pp.list {
		if p.name == name {
			return p
		}
	}
	return nil
}

// text translates what stands in a scenario: addresses of accounts, {n}, and {NAME} for the account of that name.
func (pp *people) text(s string) string {
	if pp.real { // whose names have no suffix
		s = strings.ReplaceAll(s, "{n}@", "@")
	}
	if strings.Contains(s, "@") {
		for _, r := range pp.texts {
			s = r.written.ReplaceAllStringFunc(s, func(found string) string {
				if len(found) > 0 && !regexpWord(found[0]) {
					return found[:1] + r.real(found[1:])
				}
				return r.real(found)
			})
		}
	}
	if strings.Contains(s, "{") {
		s = strings.ReplaceAll(s, "{n}", pp.suffix)
		for _, p := range pp.list {
			s = strings.ReplaceAll(s, "{"+p.name+"}", p.account)
		}
	}
	return s
}

// regexpWord says whether a byte is of those that the expressions above take for a part of an address.
func regexpWord(b byte) bool {
	return b == '.' || b == '+' || b == '_' || b == '-' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z'
}

// address returns the calendar user address that a word means: of the name of a person, or of what is an address itself.
func (pp *people) address(word string) string {
	if p := pp.get(word); p != nil && len(p.addresses) > 0 {
		return "mailto:" + p.addresses[0]
	}
	word = pp.text(word)
	if strings.Contains(word, "@") && !strings.Contains(word, ":") {
		return "mailto:" + word
	}
	return word
}

// normal returns the form in which addresses are compared: all of a person are one.
func (pp *people) normal(address string) string {
	a := strings.TrimSpace(address)
	if path, err := url.PathUnescape(a); err == nil {
		a = path
	}
	a, _, _ = strings.Cut(strings.ToLower(a), "?")
	bare := strings.TrimPrefix(a, "mailto:")
	for _, p := range pp.list {
		if slices.Contains(p.addresses, bare) || strings.TrimSuffix(a, "/") == "/dav/principals/"+p.kind+"/"+p.account {
			return p.account
		}
	}
	return a
}

// same says whether two addresses, or names of people, are one person's.
func (pp *people) same(a, b string) bool { return pp.normal(pp.address(a)) == pp.normal(pp.address(b)) }

// personal are the properties and parameters whose values are calendar user addresses.
var (
	personalProps  = []string{"ORGANIZER", "ATTENDEE"}
	personalParams = []string{"SENT-BY", "DELEGATED-TO", "DELEGATED-FROM", "MEMBER"}
)

// property reads a content line and puts real addresses and UIDs into it.
func (pp *people) property(line string) (*property, error) {
	p, err := parseProperty(line)
	if err != nil {
		return nil, err
	}
	for i := range p.params {
		p.params[i].value = pp.param(p.params[i].name, p.params[i].value)
	}
	switch {
	case slices.Contains(personalProps, p.name):
		p.value = pp.address(p.value)
	case p.name == "UID":
		p.value = pp.uid(p.value)
	default:
		p.value = pp.text(p.value)
	}
	return p, nil
}

// param translates the value of a parameter.
func (pp *people) param(name, value string) string {
	if name == "EMAIL" {
		return strings.TrimPrefix(pp.address(value), "mailto:")
	}
	if !slices.Contains(personalParams, name) {
		return pp.text(value)
	}
	var list []string
	for _, word := range strings.Split(value, ",") {
		list = append(list, pp.address(unquote(word)))
	}
	if len(list) == 1 {
		return list[0]
	}
	return `"` + strings.Join(list, `","`) + `"`
}

// uid puts the suffix behind a UID.
func (pp *people) uid(uid string) string {
	if strings.Contains(uid, "{n}") {
		return pp.text(uid)
	}
	return uid + pp.suffix
}
