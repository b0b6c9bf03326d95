package caldav

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"convene/acl"
	"convene/store"
)

// lockinfo is the body of a LOCK.
func lockinfo(scope string) string {
	return wrap("D:lockinfo", "<D:lockscope><D:"+scope+"/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner><D:href>mailto:ann@example.com</D:href></D:owner>")
}

// lock takes a lock and returns its token.
func (s *server) lock(who, path, scope string, headers ...string) string {
	s.t.Helper()
	a := s.do(who, "LOCK", path, lockinfo(scope), headers...)
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		a.want(http.StatusOK)
	}
	token := strings.Trim(a.header.Get("Lock-Token"), "<>")
	if !uuidToken.MatchString(token) || !strings.Contains(a.body, "<D:locktoken><D:href>"+token+"</D:href></D:locktoken>") {
		s.t.Fatalf("LOCK %s: token %q in\n%s", path, token, a.body)
	}
	return token
}

var uuidToken = regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

func (s *server) unlock(who, path, token string) *answer {
	s.t.Helper()
	return s.do(who, "UNLOCK", path, "", "Lock-Token: <"+token+">")
}

// locks are the locks that DAV:lockdiscovery shows, as scope, depth and root.
func (s *server) locks(who, path string) string {
	s.t.Helper()
	m := s.do(who, "PROPFIND", path, propfind("D:lockdiscovery"), "Depth: 0").multistatus()
	p, ok := m.Responses[0].prop("lockdiscovery")
	if !ok {
		s.t.Fatalf("PROPFIND %s: no lockdiscovery", path)
	}
	var list []string
	for _, x := range activeLock.FindAllStringSubmatch(p.Inner, -1) {
		list = append(list, x[1]+" "+x[2]+" "+x[3])
	}
	return strings.Join(list, ", ")
}

var activeLock = regexp.MustCompile(`<D:lockscope><D:(\w+)/></D:lockscope>.*?<D:depth>(\w+)</D:depth>.*?<D:lockroot><D:href>([^<]*)</D:href>`)

// setRights replaces the rights on a collection of ann.
func (s *server) setRights(name, list string) {
	s.t.Helper()
	rights, err := acl.ParseList(list)
	if err != nil {
		s.t.Fatal(err)
	}
	s.change(name, func(p *store.Properties) { p.Rights = rights })
}

func TestLock(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(201)
	a := s.do("ann", "LOCK", annDefault+"a.ics", lockinfo("exclusive"), "Depth: 0", "Timeout: Second-600").want(200)
	token := strings.Trim(a.header.Get("Lock-Token"), "<>")
	want := `<?xml version="1.0" encoding="utf-8"?>
<D:prop xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/" xmlns:CY="http://cyrusimap.org/ns/">` +
		`<D:lockdiscovery><D:activelock><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:depth>0</D:depth>` +
		`<D:owner xmlns:D="DAV:"><D:href>mailto:ann@example.com</D:href></D:owner><D:timeout>Second-600</D:timeout>` +
		`<D:locktoken><D:href>` + token + `</D:href></D:locktoken><D:lockroot><D:href>` + annDefault + `a.ics</D:href></D:lockroot></D:activelock></D:lockdiscovery></D:prop>
`
	if a.body != want {
		t.Errorf("got\n%s\nwant\n%s", a.body, want)
	}
	if got := a.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
	if got := s.locks("ann", annDefault+"a.ics"); got != "exclusive 0 "+annDefault+"a.ics" {
		t.Errorf("locks: %s", got)
	}
	if got := s.locks("ann", annDefault); got != "" {
		t.Errorf("locks of the calendar: %s", got)
	}
	s.unlock("ann", annDefault+"a.ics", token).want(204)
	if got := s.locks("ann", annDefault+"a.ics"); got != "" {
		t.Errorf("locks after UNLOCK: %s", got)
	}
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T110000Z")).want(204)
}

// Each lock is refused with a status and a condition.
func TestLockRefused(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(201)
	for _, test := range []struct {
		name, who, path, body string
		headers               []string
		status                int
		condition             string
	}{
		{"Depth 1", "ann", annDefault, lockinfo("exclusive"), []string{"Depth: 1"}, 400, ""},
		{"nonsense as Depth", "ann", annDefault, lockinfo("exclusive"), []string{"Depth: x"}, 400, ""},
		{"other scope", "ann", annDefault + "a.ics", lockinfo("personal"), nil, 422, ""},
		{"other body", "ann", annDefault + "a.ics", propfind("D:getetag"), nil, 400, ""},
		{"no XML", "ann", annDefault + "a.ics", "hello", nil, 400, ""},
		{"refresh of nothing", "ann", annDefault + "a.ics", "", nil, 400, ""},
		{"refresh of another", "ann", annDefault + "a.ics", "", []string{"If: (<urn:uuid:1>)"}, 412, "lock-token-matches-request-uri"},
		{"no such calendar", "ann", "/dav/calendars/user/ann/none/a.ics", lockinfo("exclusive"), nil, 409, ""},
		{"below an object", "ann", annDefault + "a.ics/b", lockinfo("exclusive"), nil, 409, ""},
		{"a name in the Inbox", "ann", "/dav/calendars/user/ann/Inbox/a.ics", lockinfo("exclusive"), nil, 403, "calendar-collection-location-ok"},
		{"a principal", "ann", "/dav/principals/user/ann/", lockinfo("exclusive"), nil, 405, ""},
		{"If-Match", "ann", annDefault + "a.ics", lockinfo("exclusive"), []string{`If-Match: "x"`}, 412, ""},
		{"If-None-Match", "ann", annDefault + "a.ics", lockinfo("exclusive"), []string{`If-None-Match: *`}, 412, ""},
		{"If-Match on nothing", "ann", annDefault + "b.ics", lockinfo("exclusive"), []string{`If-Match: *`}, 412, ""},
		{"If", "ann", annDefault + "a.ics", lockinfo("exclusive"), []string{`If: (["x"])`}, 412, ""},
		{"long owner", "ann", annDefault + "a.ics", strings.Replace(lockinfo("shared"), "mailto:", strings.Repeat("x", 5000), 1), nil, 413, ""},
		{"unlock without token", "ann", annDefault + "a.ics", "", nil, 400, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			method := "LOCK"
			if strings.HasPrefix(test.name, "unlock") {
				method = "UNLOCK"
			}
			a := s.do(test.who, method, test.path, test.body, test.headers...)
			a.t = t
			a.refused(test.status, test.condition)
		})
	}
	if got := s.locks("ann", annDefault); got != "" {
		t.Errorf("locks: %s", got)
	}
}

// Who may lock, and who may end whose lock: the rows of WriteContent and UnlockAny.
func TestLockRights(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(201)
	s.do("", "LOCK", annDefault+"a.ics", lockinfo("exclusive")).want(401)
	for _, test := range []struct {
		rights       string
		lock, unlock int // of bob; of bob and a lock of ann's
	}{
		{"", 404, 404}, {"9", 404, 404}, {"l", 403, 403}, {"lr", 403, 403}, {"lrwn", 403, 403}, {"lri", 200, 403}, {"lra", 403, 204},
		{"lria", 200, 204}, {"i", 200, 404}, {"a", 404, 204},
	} {
		s.setRights("Default", "owner lrwipkxtan9 bob "+test.rights+"s") // s does nothing
		a := s.do("bob", "LOCK", annDefault+"a.ics", lockinfo("exclusive"))
		a.want(test.lock)
		if a.status == 403 {
			a.refused(403, "need-privileges")
		}
		if a.status == 200 {
			token := strings.Trim(a.header.Get("Lock-Token"), "<>")
			s.do("bob", "PUT", annDefault+"a.ics", event("a", "20261201T110000Z")).refused(423, "lock-token-submitted")
			s.do("bob", "PUT", annDefault+"a.ics", event("a", "20261201T110000Z"), "If: (<"+token+">)").want(204)
			s.unlock("bob", annDefault+"a.ics", token).want(204)
		}
		token := s.lock("ann", annDefault+"a.ics", "exclusive")
		a = s.unlock("bob", annDefault+"a.ics", token).want(test.unlock)
		if a.status == 403 {
			a.refused(403, "need-privileges")
		}
		if test.unlock != 204 {
			s.unlock("ann", annDefault+"a.ics", token).want(204)
		}
	}
	// A lock on the home is not for who administers a calendar in it.
	s.setRights("Default", "owner lrwipkxtan9 bob lria")
	home := s.lock("ann", annHome, "shared")
	s.unlock("bob", annDefault, home).refused(403, "need-privileges")
	s.unlock("ann", annDefault, home).want(204) // but by way of what it covers
	if got := s.locks("ann", annHome); got != "" {
		t.Errorf("locks: %s", got)
	}
}

func TestUnlockRefused(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(201)
	s.do("ann", "PUT", annDefault+"b.ics", event("b", "20261201T100000Z")).want(201)
	token := s.lock("ann", annDefault+"a.ics", "exclusive")
	s.unlock("ann", annDefault+"b.ics", token).refused(409, "lock-token-matches-request-uri")
	s.unlock("ann", annDefault, token).refused(409, "lock-token-matches-request-uri")
	s.unlock("ann", annDefault+"a.ics", token+"0").refused(409, "lock-token-matches-request-uri")
	s.do("ann", "UNLOCK", annDefault+"a.ics", "", "Lock-Token: "+token).refused(400, "")
	s.do("ann", "UNLOCK", annDefault+"a.ics", "", "Lock-Token: <"+token+">", "If: (Not <"+token+">)").refused(412, "")
	s.do("", "UNLOCK", annDefault+"a.ics", "", "Lock-Token: <"+token+">").want(401)
	s.unlock("ann", annDefault+"a.ics", token).want(204)
	s.unlock("ann", annDefault+"a.ics", token).refused(409, "lock-token-matches-request-uri")
}

// What can be beside what (RFC 4918 section 6.2).
func TestLockConflicts(t *testing.T) {
	s := newServer(t)
	object := annDefault + "a.ics"
	s.do("ann", "PUT", object, event("a", "20261201T100000Z")).want(201)
	s.setRights("Default", "owner lrwipkxtan9 bob lri")
	for _, test := range []struct {
		first, depth1, scope1  string
		second, depth2, scope2 string
		status                 int
	}{
		{object, "0", "exclusive", object, "0", "exclusive", 423},
		{object, "0", "exclusive", object, "0", "shared", 423},
		{object, "0", "shared", object, "0", "exclusive", 423},
		{object, "0", "shared", object, "0", "shared", 200},
		{annDefault, "0", "exclusive", object, "0", "exclusive", 200},
		{annDefault, "infinity", "exclusive", object, "0", "exclusive", 423},
		{annDefault, "infinity", "exclusive", object, "infinity", "shared", 423},
		{annDefault, "infinity", "shared", object, "0", "shared", 200},
		{annHome, "infinity", "exclusive", object, "0", "shared", 423},
		{annHome, "0", "exclusive", annDefault, "infinity", "exclusive", 200},
		{object, "0", "exclusive", annDefault, "0", "exclusive", 200},
		{object, "0", "exclusive", annDefault, "infinity", "exclusive", 207},
		{object, "0", "shared", annDefault, "infinity", "exclusive", 207},
		{object, "0", "shared", annDefault, "infinity", "shared", 200},
		{object, "0", "exclusive", annHome, "infinity", "shared", 207},
		{annDefault, "0", "exclusive", annHome, "infinity", "shared", 207},
		{annDefault + "new.ics", "0", "exclusive", annDefault + "new.ics", "0", "exclusive", 423},
		{annDefault + "new.ics", "0", "shared", annDefault + "new.ics", "0", "shared", 201},
		{annHome + "new/", "0", "exclusive", annHome + "new", "infinity", "exclusive", 423},
	} {
		name := fmt.Sprintf("%s %s %s, then %s %s %s", test.first, test.depth1, test.scope1, test.second, test.depth2, test.scope2)
		first := s.lock("ann", test.first, test.scope1, "Depth: "+test.depth1)
		a := s.do("ann", "LOCK", test.second, lockinfo(test.scope2), "Depth: "+test.depth2)
		if a.status != test.status {
			t.Errorf("%s: got %d, want %d\n%s", name, a.status, test.status, a.body)
		}
		root := strings.TrimSuffix(test.first, "/new/") + strings.TrimPrefix(test.first, strings.TrimSuffix(test.first, "/new/"))
		switch a.status {
		case 423:
			a.refused(423, "no-conflicting-lock")
			if !strings.Contains(a.body, "<D:no-conflicting-lock><D:href>"+root+"</D:href>") {
				t.Errorf("%s: got\n%s", name, a.body)
			}
		case 207:
			m := a.multistatus()
			if len(m.Responses) != 2 || !strings.Contains(m.response(test.first).Status, "423") || !strings.Contains(m.response(test.second).Status, "424") {
				t.Errorf("%s: got\n%s", name, a.body)
			}
		default:
			s.unlock("ann", test.second, strings.Trim(a.header.Get("Lock-Token"), "<>")).want(204)
		}
		s.unlock("ann", test.first, first).want(204)
	}
}

func TestLockBounds(t *testing.T) {
	s := newServer(t)
	s.setRights("Default", "owner lrwipkxtan9 bob lri")
	c := s.collection("Default")
	bob, err := s.db.PrincipalByName(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	s.addLocks(c, bob.ID, maxLocksOfMine)
	s.do("bob", "LOCK", annDefault+"x.ics", lockinfo("exclusive")).refused(507, "")
	s.lock("ann", annDefault+"x.ics", "exclusive")
	s.addLocks(c, c.Owner, maxLocks-maxLocksOfMine-1)
	s.do("root", "LOCK", annDefault+"y.ics", lockinfo("exclusive")).refused(507, "")
}

// addLocks fills a home with locks.
func (s *server) addLocks(c *store.Collection, holder store.PrincipalID, n int) {
	s.t.Helper()
	_, err := store.InTx(s.t.Context(), s.db, []store.PrincipalID{c.Owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		for i := range n {
			_, err := tx.AddLock(ctx, store.Lock{Token: newLockToken(), Owner: c.Owner, Collection: c.Name, Object: fmt.Sprint(holder, "-", i),
				Holder: holder, Expires: testNow.Add(time.Hour)})
			if err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// Of many who want to lock the same thing one gets it.
func TestLockAtOnce(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{annDefault + "a.ics", annDefault, annHome + "new/"} {
		var won, lost atomic.Int32
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				switch a := s.do("ann", "LOCK", path, lockinfo("exclusive"), "Depth: 0"); a.status {
				case 200, 201:
					won.Add(1)
				case 423:
					lost.Add(1)
				default:
					t.Errorf("%s: %d\n%s", path, a.status, a.body)
				}
			})
		}
		group.Wait()
		if won.Load() != 1 || lost.Load() != 7 {
			t.Errorf("%s: %d got the lock, %d did not", path, won.Load(), lost.Load())
		}
	}
}
