package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// liveAccount is one of a server elsewhere.
type liveAccount struct {
	name, password string
	addresses      []string
}

// newLiveServer is one at a URL; accounts are "ann=user01:secret:user01@example.com|u1@example.com,bob=...".
func newLiveServer(url, accounts string) (*server, error) {
	s := &server{url: strings.TrimSuffix(url, "/"), http: noRedirects(), live: map[string]liveAccount{}}
	for _, one := range strings.Split(accounts, ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(one), "=")
		parts := strings.SplitN(rest, ":", 3)
		if name == "" || len(parts) != 3 || !strings.Contains(parts[2], "@") {
			return nil, fmt.Errorf("CONVENE_ACCOUNTS: %q: want NAME=ACCOUNT:PASSWORD:ADDRESS", one)
		}
		s.live[name] = liveAccount{parts[0], parts[1], strings.Split(parts[2], "|")}
	}
	return s, nil
}

// livePeople are the accounts that there are for a scenario.
func (s *server) livePeople(sc *Scenario) (*people, error) {
	pp := &people{real: true, suffix: fmt.Sprintf("-%d-%d", time.Now().Unix(), serial.Add(1))}
	named := sc.words()
	for _, a := range standard {
		account, there := s.live[a.name]
		written := append([]string{a.name + "@example.com"}, a.aliases...)
		for i, address := range written {
			if (named[address] || i == 0 && named[a.name]) && i >= len(account.addresses) {
				return nil, fmt.Errorf("no account is given with an address for %s: %w", address, errNotHere)
			}
		}
		if there {
			n := min(len(written), len(account.addresses))
			pp.add(&person{name: a.name, account: account.name, kind: a.kind}, written[:n], account.addresses[:n])
		}
	}
	return pp, nil
}

// patience is how long is waited for what is to become true on a server that works by its own clock.
const patience = 15 * time.Second

// eventually tries what is expected, elsewhere until it is true.
func (s *server) eventually(ctx context.Context, check func() error) error {
	err := check()
	for begun := time.Now(); s.live != nil && err != nil && !errors.Is(err, errNotHere) && time.Since(begun) < patience; err = check() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return err
}

// state is what is in the homes of people.
type state struct {
	calendars map[string]bool // paths
	members   map[string]bool // of calendars and Inboxes
}

// look lists the calendars and Inboxes of everybody.
func (p *play) look() (*state, error) {
	s := &state{map[string]bool{}, map[string]bool{}}
	for _, someone := range p.pp.list {
		client := p.on.client(someone)
		paths, err := p.calendars(client, someone, "")
		if err != nil {
			return nil, err
		}
		for _, path := range append(paths, someone.home()+"Inbox/") {
			members, err := client.List(p.ctx, path)
			if err != nil {
				return nil, err
			}
			s.calendars[path] = true
			for href := range members {
				s.members[href] = true
			}
		}
	}
	return s, nil
}

// seeOld notes what is there on a server elsewhere, and counts what is in the Inboxes as looked at.
func (p *play) seeOld() (err error) {
	if p.on.live == nil {
		return nil
	}
	if p.before, err = p.look(); err != nil {
		return err
	}
	for _, someone := range p.pp.list {
		p.looked[someone.name] = maps.Clone(p.before.members)
	}
	return nil
}

// clean removes what was not there before, without telling anybody.
func (p *play) clean() error {
	if p.before == nil {
		return nil
	}
	after, err := p.look()
	if err != nil {
		return err
	}
	var errs []error
	for _, someone := range p.pp.list {
		for path := range after.calendars {
			if strings.HasPrefix(path, someone.home()) && !p.before.calendars[path] {
				errs = append(errs, p.remove(someone, path))
			}
		}
		for href := range after.members {
			if strings.HasPrefix(href, someone.home()) && !p.before.members[href] && p.before.calendars[href[:strings.LastIndex(href, "/")+1]] {
				errs = append(errs, p.remove(someone, href))
			}
		}
	}
	return errors.Join(errs...)
}

// remove deletes something of somebody's.
func (p *play) remove(someone *person, path string) error {
	r, err := p.on.client(someone).Do(p.ctx, http.MethodDelete, path, "", "Scheduling-Enabled", "F")
	if err != nil {
		return err
	}
	return unless(r.Status/100 == 2 || r.Status == http.StatusNotFound, "DELETE %s: %v", path, r)
}
