package caldav

import (
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that a test moves.
type clock struct{ ns atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.ns.Store(testNow.UnixNano())
	return c
}

func (c *clock) now() time.Time       { return time.Unix(0, c.ns.Load()).UTC() }
func (c *clock) move(d time.Duration) { c.ns.Add(int64(d)) }

var timeoutElement = regexp.MustCompile(`<D:timeout>([^<]*)</D:timeout>`)

func TestLockTime(t *testing.T) {
	c := newClock()
	s := newServer(t, Options{Now: c.now, LockTime: 10 * time.Minute, MaxLockTime: 20 * time.Minute})
	path := annDefault + "a.ics"
	s.do("ann", "PUT", path, event("a", "20261201T100000Z")).want(201)
	for _, test := range []struct{ header, want string }{
		{"", "Second-600"}, {"Second-5", "Second-5"}, {"Second-4000000000", "Second-1200"}, {"Infinite", "Second-1200"},
		{"Infinite, Second-5", "Second-1200"}, {"never", "Second-600"}, {"Second-0", "Second-600"},
	} {
		a := s.do("ann", "LOCK", path, lockinfo("exclusive"), "Timeout: "+test.header).want(200)
		if got := timeoutElement.FindStringSubmatch(a.body); got == nil || got[1] != test.want {
			t.Errorf("%q: got %q, want %s", test.header, got, test.want)
		}
		s.unlock("ann", path, strings.Trim(a.header.Get("Lock-Token"), "<>")).want(204)
	}

	token := s.lock("ann", path, "exclusive", "Timeout: Second-60")
	c.move(59 * time.Second)
	a := s.do("ann", "PROPFIND", path, propfind("D:lockdiscovery"), "Depth: 0").want(207)
	if got := timeoutElement.FindStringSubmatch(a.body); got == nil || got[1] != "Second-1" {
		t.Errorf("a second before the end: %q", got)
	}
	a = s.do("ann", "LOCK", path, "", "If: (<"+token+">)", "Timeout: Second-90").want(200) // refresh
	if got := timeoutElement.FindStringSubmatch(a.body); got == nil || got[1] != "Second-90" || a.header.Get("Lock-Token") != "" {
		t.Errorf("refreshed: %q, %v", got, a.header)
	}
	c.move(89 * time.Second)
	s.do("ann", "PUT", path, event("a", "20261201T110000Z")).refused(423, "lock-token-submitted")
	c.move(time.Second)
	if got := s.locks("ann", path); got != "" {
		t.Errorf("after its end: %s", got)
	}
	s.do("ann", "LOCK", path, "", "If: (<"+token+">)").refused(412, "lock-token-matches-request-uri")
	s.unlock("ann", path, token).refused(409, "lock-token-matches-request-uri")
	s.do("ann", "PUT", path, event("a", "20261201T110000Z"), "If: (<"+token+">)").want(412)
	s.do("ann", "PUT", path, event("a", "20261201T110000Z")).want(204)
	s.lock("ann", path, "exclusive")
}

func TestLockRefresh(t *testing.T) {
	s := newServer(t)
	path := annDefault + "a.ics"
	s.do("ann", "PUT", path, event("a", "20261201T100000Z")).want(201)
	s.setRights("Default", "owner lrwipkxtan9 bob lri")
	deep := s.lock("ann", annDefault, "shared")
	own := s.lock("ann", path, "shared", "Depth: 0")
	s.do("ann", "LOCK", path, "", "If: (<"+deep+">)", "Depth: 1").want(200) // by way of what it covers; Depth does not count
	s.do("ann", "LOCK", path, "", "If: (<"+deep+"> <"+own+">)").refused(400, "")
	s.do("ann", "LOCK", path, "", "If: (Not <"+deep+">)").refused(412, "")
	s.do("bob", "LOCK", path, "", "If: (<"+own+">)").refused(412, "lock-token-matches-request-uri")
	s.do("ann", "LOCK", annDefault, "", "If: <"+path+"> (<"+own+">)").refused(412, "lock-token-matches-request-uri")
	s.do("ann", "LOCK", path, "", "If: <"+annDefault+"> (<"+deep+">)").want(200)
}

// Short locks do not pile up where they have ended.
func TestLocksThatEndedAreDropped(t *testing.T) {
	c := newClock()
	s := newServer(t, Options{Now: c.now})
	for range 5 {
		s.lock("ann", annDefault+"a.ics", "exclusive", "Timeout: Second-1")
		c.move(time.Second)
	}
	ann, err := s.db.PrincipalByName(t.Context(), "ann")
	if err != nil {
		t.Fatal(err)
	}
	home, err := s.db.Home(t.Context(), ann.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(home.Locks) != 1 {
		t.Errorf("the home holds %d locks, want the last", len(home.Locks))
	}
}
