package scenario

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
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
	s := &server{url: strings.TrimSuffix(url, "/"), http: noRedirects(), live: map[string]liveAccount{}, folders: map[string][]string{}}
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
	pp := &people{suffix: fmt.Sprintf("-%d-%d", time.Now().Unix(), serial.Add(1))}
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

// made notes a calendar that a scenario makes.
func (s *server) made(p *person, path string) {
	if s.live != nil && p != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.folders[p.account] = append(s.folders[p.account], path)
	}
}

// unmake deletes the calendars that a scenario has made.
func (s *server) unmake(ctx context.Context, p *person) error {
	s.mu.Lock()
	paths := s.folders[p.account]
	delete(s.folders, p.account)
	s.mu.Unlock()
	var errs []error
	for _, path := range paths {
		_, err := s.client(p).Do(ctx, http.MethodDelete, path, "")
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// isMade says whether a scenario has made the calendar.
func (s *server) isMade(path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, paths := range s.folders {
		if slices.Contains(paths, path) {
			return true
		}
	}
	return false
}

// seeOld counts what is in the Inboxes of a server elsewhere as looked at.
func (p *play) seeOld() error {
	if p.on.live == nil {
		return nil
	}
	var errs []error
	for _, someone := range p.pp.list {
		list, err := p.on.client(someone).List(p.ctx, someone.home()+"Inbox/")
		errs = append(errs, err)
		p.looked[someone.name] = map[string]bool{}
		for href := range list {
			p.looked[someone.name][href] = true
		}
		p.old = append(p.old, slices.Collect(maps.Keys(list))...)
	}
	return errors.Join(errs...)
}

// clean removes what was written, without telling anybody, and what came of it.
func (p *play) clean() error {
	var errs []error
	for _, someone := range p.pp.list {
		client := p.on.client(someone)
		for _, uid := range p.objects {
			list, err := p.copies(someone.name, "", uid)
			errs = append(errs, err)
			for _, f := range list {
				_, err := client.Do(p.ctx, http.MethodDelete, f.href, "", "Scheduling-Enabled", "F")
				errs = append(errs, err)
			}
		}
		list, err := client.List(p.ctx, someone.home()+"Inbox/")
		errs = append(errs, err)
		for href := range list {
			if !slices.Contains(p.old, href) {
				_, err := client.Do(p.ctx, http.MethodDelete, href, "")
				errs = append(errs, err)
			}
		}
		errs = append(errs, p.on.unmake(p.ctx, someone))
	}
	return errors.Join(errs...)
}
