// Package meetings lets organizers and attendees with several devices each do random things to meetings over HTTP, and holds what
// everybody has afterwards against what everybody must have: the same meetings with the same answers, a message for each change that
// somebody sees and none without, a row in the trace for each decision, and no job left.
//
// It knows nothing of how the server does it: how clients write and what people see is its own reading of iCalendar.
package meetings

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"convene/caldav"
	"convene/scheduling"
	"convene/store"
	"convene/store/storetest"
	"convene/test/harness"

	"github.com/jackc/pgx/v5"
)

// start is when the clock of servers without one of their own begins.
var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// server is one database with one or more nodes on it, each in this process.
type server struct {
	nodes []*node
	url   string // of the database
	http  *http.Client
	now   func() time.Time
	ahead atomic.Int64 // nanoseconds since start, of the clock that tests move

	mu     sync.Mutex
	faults []string // what was logged, or failed
	serial int      // of the people made
}

// node is one server process, as far as it matters here.
type node struct {
	db     *store.DB
	engine *scheduling.Engine
	url    string
}

// newServer starts one of so many nodes. ticks: by the real clock, else by one that only move moves.
func newServer(t testing.TB, nodes int, ticks bool) *server {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	s := &server{now: time.Now, http: &http.Client{Transport: transport, Timeout: 2 * time.Minute}}
	if !ticks {
		s.now = func() time.Time { return start.Add(time.Duration(s.ahead.Load())) }
	}
	s.url = storetest.URL(t)
	log := slog.New(&faultLog{s: s})
	for range nodes {
		n := &node{db: storetest.Open(t, store.Options{URL: s.url, Log: log, Now: s.now})}
		n.engine = scheduling.New(scheduling.Options{
			DB: n.db, Log: log, Domains: []string{"example.com"}, MaxInline: 4, RefreshDelay: refreshDelay, Count: s.count,
		})
		h := caldav.New(caldav.Options{DB: n.db, Now: s.now, Log: log, Scheduling: n.engine})
		web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name, _, _ := r.BasicAuth()
			who, err := n.db.PrincipalByName(r.Context(), name)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			h.ServeDAV(w, r, who)
		}))
		t.Cleanup(web.Close)
		n.url = web.URL
		s.nodes = append(s.nodes, n)
	}
	return s
}

// refreshDelay is after which attendees see the answers of others here.
const refreshDelay = 50 * time.Millisecond

func (s *server) count(what, result string) {
	if result == "failed" {
		s.fault(what + " failed")
	}
}

func (s *server) fault(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, text)
}

// check fails the test for all that went wrong in the servers.
func (s *server) check(t testing.TB) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), s.url)
	if err != nil {
		t.Fatal(err)
	}
	var deadlocks int
	err = conn.QueryRow(t.Context(), `SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()`).Scan(&deadlocks)
	if err := errors.Join(err, conn.Close(t.Context())); err != nil || deadlocks > 0 {
		t.Errorf("the database had %d deadlocks: %v", deadlocks, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) > 0 {
		t.Errorf("the servers say: %s", strings.Join(s.faults, "\n"))
	}
}

// faultLog is a log in which there should be no errors.
type faultLog struct {
	s    *server
	with string
}

func (l *faultLog) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelError }

func (l *faultLog) Handle(_ context.Context, r slog.Record) error {
	text := r.Message + l.with
	r.Attrs(func(a slog.Attr) bool {
		text += " " + a.String()
		return true
	})
	l.s.fault(text)
	return nil
}

func (l *faultLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	with := l.with
	for _, a := range attrs {
		with += " " + a.String()
	}
	return &faultLog{l.s, with}
}

func (l *faultLog) WithGroup(string) slog.Handler { return l }

// person is somebody, or a room.
type person struct {
	account, address string
	room             bool
	home             string // path
}

func isRoom(address string) bool { return strings.HasPrefix(address, "mailto:room") }

// people makes so many accounts and rooms that nobody knows yet. The rooms come last.
func (s *server) people(t testing.TB, persons, rooms int) (all []*person) {
	t.Helper()
	s.mu.Lock()
	s.serial++
	serial := s.serial
	s.mu.Unlock()
	for i := range persons + rooms {
		in := store.NewPrincipal{Kind: store.User, Name: fmt.Sprintf("person%d-%d", i, serial)}
		if i >= persons {
			in.Kind, in.Name = store.Room, fmt.Sprintf("room%d-%d", i-persons, serial)
		}
		p := &person{account: in.Name, address: "mailto:" + in.Name + "@example.com", room: i >= persons}
		p.home = "/dav/calendars/" + string(in.Kind) + "/" + in.Name + "/"
		in.Addresses = []string{p.address}
		if _, err := s.nodes[0].db.CreatePrincipal(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// client returns a device of somebody, at one of the nodes.
func (s *server) client(p *person, n int) *harness.Client {
	return &harness.Client{Base: s.nodes[n%len(s.nodes)].url, User: p.account, Password: p.account, HTTP: s.http}
}

// settle moves the clock on until there is nothing left to do.
func (s *server) settle(ctx context.Context) error {
	for range 100 {
		s.ahead.Add(int64(10 * refreshDelay))
		if _, err := s.nodes[0].engine.RunDue(ctx); err != nil {
			return err
		}
		waiting, failing, err := s.nodes[0].db.JobCounts(ctx)
		if err != nil || waiting+failing == 0 {
			return err
		}
	}
	return fmt.Errorf("there still are jobs after 100 rounds")
}
