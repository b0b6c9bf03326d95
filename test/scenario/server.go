package scenario

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"convene/caldav"
	"convene/scheduling"
	"convene/store"
	"convene/store/storetest"
	"convene/test/harness"
)

// server is what scenarios are played on, one after the other: one in this process, with a clock and a database that are looked into, or
// one elsewhere, of which there is only its URL.
type server struct {
	url    string
	http   *http.Client
	db     *store.DB // nil: elsewhere
	engine *scheduling.Engine
	ahead  atomic.Int64 // nanoseconds that the clock is ahead of start

	live map[string]liveAccount // of a server elsewhere, by name in scenarios
}

// start is when scenarios begin.
var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// serial numbers the scenarios of this process.
var serial atomic.Int64

// newServer starts one in this process.
func newServer(t testing.TB) *server {
	t.Helper()
	s := &server{http: noRedirects()}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.db = storetest.Open(t, store.Options{URL: storetest.URL(t), Now: s.now})
	s.engine = scheduling.New(scheduling.Options{DB: s.db, Log: log, Domains: []string{"example.com"}})
	h := caldav.New(caldav.Options{DB: s.db, Now: s.now, Log: log, Scheduling: s.engine})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var who *store.Principal
		if name, _, ok := r.BasicAuth(); ok {
			var err error
			if who, err = s.db.PrincipalByName(r.Context(), name); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		h.ServeDAV(w, r, who)
	}))
	t.Cleanup(web.Close)
	s.url = web.URL
	return s
}

func noRedirects() *http.Client {
	return &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 8}, Timeout: 60 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// now is the server's clock.
func (s *server) now() time.Time {
	if s.live != nil {
		return time.Now()
	}
	return start.Add(time.Duration(s.ahead.Load()))
}

// move puts the clock forward.
func (s *server) move(by time.Duration) { s.ahead.Add(int64(by)) }

// client returns a device of an account.
func (s *server) client(p *person) *harness.Client {
	return &harness.Client{Base: s.url, User: p.account, Password: s.live[p.name].password, HTTP: s.http}
}

// standard are the accounts that need no setting up.
var standard = []struct {
	name, kind string
	aliases    []string
	members    []string
}{
	{name: "ann", kind: "user", aliases: []string{"a.example@example.com"}},
	{name: "bob", kind: "user"},
	{name: "cat", kind: "user"},
	{name: "dan", kind: "user"},
	{name: "eve", kind: "user"},
	{name: "attic", kind: "room"},
	{name: "cellar", kind: "room"},
	{name: "staff", kind: "group", members: []string{"bob", "cat"}},
}

var (
	words     = regexp.MustCompile(`[A-Za-z0-9]+`)
	addresses = regexp.MustCompile(`[a-z0-9.+_-]+@[a-z0-9.-]+`)
)

// people makes the accounts that a scenario names, or finds them.
func (s *server) people(ctx context.Context, sc *Scenario) (*people, error) {
	if s.live != nil {
		return s.livePeople(sc)
	}
	s.ahead.Store(0)
	pp := &people{suffix: fmt.Sprintf("-%d", serial.Add(1))}
	named := sc.words()
	for _, a := range standard {
		if named[a.name] || slices.ContainsFunc(a.aliases, func(alias string) bool { return named[alias] }) {
			named[a.name] = true
			for _, m := range a.members {
				named[m] = true
			}
		}
	}
	for _, a := range standard {
		if !named[a.name] {
			continue
		}
		written := append([]string{a.name + "@example.com"}, a.aliases...)
		if err := s.create(ctx, pp, store.NewPrincipal{Kind: store.PrincipalKind(a.kind), Name: a.name}, written, a.members); err != nil {
			return nil, err
		}
	}
	return pp, nil
}

// words are all words and addresses in a scenario, in lower case.
func (s *Scenario) words() map[string]bool {
	named := map[string]bool{}
	note := func(text string) {
		text = strings.ToLower(strings.ReplaceAll(text, "{n}", ""))
		for _, w := range append(words.FindAllString(text, -1), addresses.FindAllString(text, -1)...) {
			named[w] = true
		}
	}
	for _, step := range s.Steps {
		note(step.Text)
		for _, line := range append(step.Block, step.Answers...) {
			note(line.Text)
		}
	}
	return named
}

// create makes an account; in has its name and addresses as the scenario writes them.
func (s *server) create(ctx context.Context, pp *people, in store.NewPrincipal, written, members []string) error {
	p := &person{name: in.Name, account: in.Name + pp.suffix, kind: string(in.Kind)}
	pp.add(p, written, nil)
	in.Name = p.account
	for _, a := range p.addresses {
		in.Addresses = append(in.Addresses, "mailto:"+a)
	}
	made, err := s.db.CreatePrincipal(ctx, in)
	if err != nil {
		return err
	}
	var ids []store.PrincipalID
	for _, name := range members {
		m, err := s.principal(ctx, pp, name)
		if err != nil {
			return err
		}
		ids = append(ids, m.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	return s.db.SetMembers(ctx, made.ID, ids)
}

// principal returns the account of somebody.
func (s *server) principal(ctx context.Context, pp *people, name string) (*store.Principal, error) {
	p := pp.get(name)
	if p == nil {
		return nil, fmt.Errorf("there is no %s", name)
	}
	return s.db.PrincipalByName(ctx, p.account)
}

// wait moves the clock on.
func (p *play) wait(by time.Duration) error {
	if p.on.db == nil {
		return errNotHere
	}
	p.on.move(by)
	return nil
}

// settle moves the clock on and does the jobs that are due. A job that fails is an error.
func (p *play) settle(by time.Duration) error {
	if p.on.db == nil {
		return nil // what follows of it becomes true by itself
	}
	p.on.move(by)
	if _, err := p.on.engine.RunDue(p.ctx); err != nil {
		return err
	}
	return p.on.drop(p.ctx)
}
