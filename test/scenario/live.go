package scenario

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// liveAccount is one of a server elsewhere.
type liveAccount struct{ name, password, address string }

// newLiveServer is one at a URL; accounts are "ann=user01:secret:user01@example.com,bob=...".
func newLiveServer(url, accounts string) (*server, error) {
	s := &server{url: strings.TrimSuffix(url, "/"), http: noRedirects(), live: map[string]liveAccount{}, folders: map[string][]string{}}
	for _, one := range strings.Split(accounts, ",") {
		name, rest, _ := strings.Cut(strings.TrimSpace(one), "=")
		parts := strings.SplitN(rest, ":", 3)
		if name == "" || len(parts) != 3 || !strings.Contains(parts[2], "@") {
			return nil, fmt.Errorf("CONVENE_ACCOUNTS: %q: want NAME=ACCOUNT:PASSWORD:ADDRESS", one)
		}
		s.live[name] = liveAccount{parts[0], parts[1], parts[2]}
	}
	return s, nil
}

// livePeople are the accounts that there are for a scenario.
func (s *server) livePeople(sc *Scenario) (*people, error) {
	pp := &people{suffix: fmt.Sprintf("-%d-%d", time.Now().Unix(), serial.Add(1))}
	named := sc.words()
	for _, a := range standard {
		account, there := s.live[a.name]
		switch {
		case there:
			pp.add(&person{name: a.name, account: account.name, kind: a.kind}, []string{a.name + "@example.com"}, []string{account.address})
		case named[a.name]:
			return nil, fmt.Errorf("no account is given for %s: %w", a.name, errNotHere)
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
	}
	return errors.Join(errs...)
}
