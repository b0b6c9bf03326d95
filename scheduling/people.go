package scheduling

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// directory is what is known of the people in some objects. It is filled outside of transactions, which ask no other questions of the
// database than their own.
type directory struct {
	principals map[itip.Address]*store.Principal // nil: somebody outside, or nobody
	people     itip.People
	members    map[itip.Address][]itip.Address // of groups, by the address of the group
}

// open makes room: most transactions are about nobody but who writes.
func (d *directory) open() {
	if d.principals == nil {
		d.principals, d.people, d.members = map[itip.Address]*store.Principal{}, itip.People{}, map[itip.Address][]itip.Address{}
	}
}

// add makes all addresses of p known as those of one person.
func (d *directory) add(p *store.Principal) {
	d.open()
	first := addressOf(p)
	if d.principals[first] == p {
		return
	}
	d.principals[first] = p
	d.people.Add(first)
	for _, a := range append(slices.Clone(p.Addresses), pathOf(p)) {
		d.principals[itip.Address(a)] = p
		d.people[itip.Address(a)] = first
	}
}

// unknown are those of the addresses (which it changes) that nobody has looked up yet.
func (d *directory) unknown(addresses []itip.Address) []itip.Address {
	return slices.DeleteFunc(addresses, func(a itip.Address) bool {
		_, ok := d.principals[a]
		return ok
	})
}

// pathOf is the path of a principal, which is an address of it too (RFC 6638 section 2.4.1).
func pathOf(p *store.Principal) string {
	return "/dav/principals/" + string(p.Kind) + "/" + url.PathEscape(p.Name) + "/"
}

// addressOf is the calendar user address by which a principal appears where it did not write one itself.
func addressOf(p *store.Principal) itip.Address {
	if len(p.Addresses) > 0 {
		return itip.Address(p.Addresses[0])
	}
	return itip.Address(pathOf(p))
}

// look looks up who has some addresses, and who is in the groups among them.
func (e *Engine) look(ctx context.Context, d *directory, addresses []itip.Address) error {
	d.open()
	for _, a := range d.unknown(addresses) {
		p, err := e.principal(ctx, a)
		if err != nil {
			return err
		}
		d.principals[a] = p
		if p == nil {
			continue
		}
		d.add(p)
		d.people[a], d.principals[a] = addressOf(p), p
		if p.Kind == store.Group {
			if err := e.lookMembers(ctx, d, a, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// lookMembers finds the people in a group, those of the groups in it too.
func (e *Engine) lookMembers(ctx context.Context, d *directory, address itip.Address, group *store.Principal) error {
	found := map[store.PrincipalID]*store.Principal{}
	seen, open := map[store.PrincipalID]bool{group.ID: true}, []*store.Principal{group}
	for len(open) > 0 {
		members, err := e.db.Members(ctx, open[0].ID)
		if err != nil {
			return err
		}
		open = open[1:]
		for _, m := range members {
			switch {
			case m.Kind == store.Group && !seen[m.ID]:
				seen[m.ID] = true
				open = append(open, m)
			case m.Kind != store.Group:
				found[m.ID] = m
			}
		}
		if len(found) > e.o.MaxMembers {
			return &ical.Error{Problem: ical.TooManyAttendees,
				Detail: fmt.Sprintf("the group %s has more than %d members: invite smaller ones", group.Name, e.o.MaxMembers)}
		}
	}
	list := []itip.Address{}
	for _, m := range found {
		d.add(m)
		list = append(list, addressOf(m))
	}
	slices.Sort(list)
	d.members[address] = list
	return nil
}

// principal finds who has an address; nil: nobody here.
func (e *Engine) principal(ctx context.Context, a itip.Address) (*store.Principal, error) {
	address := string(a)
	if u, err := url.Parse(address); err == nil && (u.Scheme == "http" || u.Scheme == "https") && e.host != "" && strings.EqualFold(u.Hostname(), e.host) {
		address = u.EscapedPath()
	}
	var p *store.Principal
	var err error
	if kind, name, ok := store.PrincipalPath(address); ok {
		p, err = e.db.Principal(ctx, kind, name)
	} else if normal, bad := store.NormalizeAddress(address); bad != nil {
		return nil, nil // such as invalid:nomail, which clients write for those without an address
	} else {
		p, err = e.db.PrincipalByAddress(ctx, normal)
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return p, err
}

// isOurs says whether the server would know the address if anybody had it: nothing goes out to it.
func (e *Engine) isOurs(a itip.Address) bool {
	rest, ok := strings.CutPrefix(string(a), "mailto:")
	if !ok {
		return true // only mail goes out
	}
	_, domain, _ := strings.Cut(rest, "@")
	return e.domains[domain]
}

// expanded are the addresses and those of the members of the groups among them.
func (d *directory) expanded(addresses []itip.Address) []itip.Address {
	all := slices.Clip(addresses)
	for _, a := range addresses {
		all = append(all, d.members[a]...)
	}
	return all
}

// organizerOf is the ORGANIZER of an object, "" if it has none.
func organizerOf(o *ical.Object) itip.Address {
	for _, c := range o.Parts {
		if p := c.Prop("ORGANIZER"); p != nil {
			return itip.ParseAddress(p.Value)
		}
	}
	return ""
}

// recipients are the people here whom addresses name, rooms and resources first since their answers are waited for, then by id.
func (d *directory) recipients(addresses []itip.Address) []*store.Principal {
	var list []*store.Principal
	seen := map[store.PrincipalID]bool{}
	for _, a := range addresses {
		if p := d.principals[a]; p != nil && !seen[p.ID] && p.Kind != store.Group && p.Kind != store.Public {
			seen[p.ID] = true
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b *store.Principal) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.ID, b.ID))
	})
	return list
}

func rank(p *store.Principal) int {
	if p.Kind == store.Room || p.Kind == store.Resource {
		return 0
	}
	return 1
}
