package caldav

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"convene/store"
)

func TestParseTarget(t *testing.T) {
	for _, test := range []struct {
		path string
		want target
		href string
	}{
		{"/", target{place: placeRoot, start: "/"}, "/"},
		{"/principals", target{place: placeRoot, start: "/principals/"}, "/principals/"},
		{"/dav", target{place: placeRoot}, "/dav/"},
		{"/dav/principals", target{place: placePrincipals}, "/dav/principals/"},
		{"/dav/principals/group", target{place: placePrincipals, kind: store.Group}, "/dav/principals/group/"},
		{"/dav/principals/user/ann", target{place: placePrincipal, kind: store.User, name: "ann"}, "/dav/principals/user/ann/"},
		{"/dav/principals/user/ann@example.com/", target{place: placePrincipal, kind: store.User, name: "ann@example.com"}, "/dav/principals/user/ann@example.com/"},
		{"/dav/principals/user/ann%40example.com/", target{place: placePrincipal, kind: store.User, name: "ann@example.com"}, "/dav/principals/user/ann@example.com/"},
		{"/dav/principals/user/ann/calendar-proxy-read", target{place: placeProxy, kind: store.User, name: "ann", proxy: proxyRead}, "/dav/principals/user/ann/calendar-proxy-read/"},
		{"/dav/principals/room/x/calendar-proxy-write/", target{place: placeProxy, kind: store.Room, name: "x", proxy: proxyWrite}, "/dav/principals/room/x/calendar-proxy-write/"},
		{"/dav/calendars/public/city", target{place: placeHome, kind: store.Public, name: "city"}, "/dav/calendars/public/city/"},
		{"/published/a%20b.ics", target{place: placeCollection, token: "a b", file: true}, "/published/a%20b.ics"},
		{"/dav/published/tok", target{place: placeCollection, token: "tok"}, "/dav/published/tok/"},
		{"/dav/published/tok/a.ics", target{place: placeObject, token: "tok", object: "a.ics"}, "/dav/published/tok/a.ics"},
		{"/dav/published/tok/a.ics/", target{place: placeTooDeep, token: "tok"}, ""},
		{"/dav/published/tok/a/b.ics", target{place: placeTooDeep, token: "tok"}, ""},
		{"/dav/calendars", target{place: placeCalendars}, "/dav/calendars/"},
		{"/dav/calendars/room/", target{place: placeCalendars, kind: store.Room}, "/dav/calendars/room/"},
		{"/dav/calendars/resource/x", target{place: placeHome, kind: store.Resource, name: "x"}, "/dav/calendars/resource/x/"},
		{"/dav/calendars/user/ann/B%c3%bcro", target{place: placeCollection, kind: store.User, name: "ann", collection: "Büro"}, "/dav/calendars/user/ann/B%C3%BCro/"},
		{"/dav/calendars/user/ann/a/%2541%20;=.ics", target{place: placeObject, kind: store.User, name: "ann", collection: "a", object: "%41 ;=.ics"},
			"/dav/calendars/user/ann/a/%2541%20%3B%3D.ics"},
		{"/dav/calendars/user/ann/a/b/", target{place: placeTooDeep, kind: store.User, name: "ann", collection: "a", object: "b"}, ""},
		{"/dav/calendars/user/ann/a/b/c", target{place: placeTooDeep, kind: store.User, name: "ann", collection: "a", object: "b"}, ""},
		{"/dav/calendars/user/ann/a/b/c/d/e/", target{place: placeTooDeep, kind: store.User, name: "ann", collection: "a", object: "b"}, ""},
	} {
		got, err := parseTarget(test.path)
		if err != nil || got != test.want {
			t.Errorf("%s: got %+v, %v; want %+v", test.path, got, err, test.want)
		}
		if test.href != "" && got.href() != test.href {
			t.Errorf("%s: href %s, want %s", test.path, got.href(), test.href)
		}
	}
}

// hostilePaths can name nothing; the status says whether they are wrong or only lead nowhere.
var hostilePaths = map[string]int{
	"":                             400,
	"dav/":                         400,
	"*":                            400,
	"//":                           400,
	"/dav//":                       400,
	"/dav//principals/":            400,
	"/dav/./principals/":           400,
	"/dav/../dav/":                 400,
	"/dav/%2e%2e/dav/":             400,
	"/dav/%2E/":                    400,
	"/dav/principals%2fuser/":      400,
	"/dav/principals/user/%00/":    400,
	"/dav/principals/user/%ff/":    400,
	"/dav/principals/user/%zz/":    400,
	"/dav/principals/user/%2":      400,
	"/dav/principals/user/a%0ab/":  400,
	"/dav/principals/user/a%7fb/":  400,
	"/dav/principals/user/a\x80b/": 400,
	"/dav/principals/user/a/b/":    404,
	"/dav/principals/users/ann/":   404,
	"/dav/principals/USER/ann/":    404,
	"/dav/calendars/users/":        404,
	"/dav/elsewhere/":              404,
	"/DAV/":                        404,
	"/dav2/":                       404,
	"/principals/user/ann/":        404,
	"/.well-known/other":           404,
	"/dav/calendars/user/ann/" + strings.Repeat("a", 2000) + "/": 414,
	"/dav/" + strings.Repeat("a/", 100):                          414,
	"/dav/" + strings.Repeat("a", 10_000):                        414,
}

func TestHostileTargets(t *testing.T) {
	for path, status := range hostilePaths {
		got, err := parseTarget(path)
		if err == nil {
			t.Errorf("%.60q is taken for %+v", path, got)
			continue
		}
		wantEqual(t, fmt.Sprintf("%.60q", path), toDAV(err).Status, status)
	}
}

// TestHostilePaths sends paths as they stand. Nothing comes of any of them, whatever the method.
func TestHostilePaths(t *testing.T) {
	s := newServer(t)
	s.walkStart()
	before := s.state()
	paths := []string{annHome + "work/../work/a.ics", annHome + "work/%2e%2e/work/a.ics", annHome + "work/a.ics/../b.ics", annHome + "work/..%2fa.ics", annHome + "work%2fa.ics",
		annHome + "work/a.ics%00", annHome + "work/%ff.ics", annHome + "work//a.ics", annHome + "/work/a.ics", "/dav/calendars/user/bob/../ann/work/a.ics", annHome + "work/a.ics/."}
	for path := range hostilePaths {
		if strings.HasPrefix(path, "/") && path != "//" && strings.IndexByte(path, 0x80) < 0 { // the others are refused by net/http
			paths = append(paths, path)
		}
	}
	for _, path := range paths {
		for _, method := range []string{"GET", "PUT", "DELETE", "PROPFIND", "PROPPATCH", "MKCALENDAR", "MKCOL", "REPORT", "OPTIONS", "COPY"} {
			status := s.raw(t, method, path)
			if status/100 != 4 {
				t.Errorf("%s %.80q: %d", method, path, status)
			}
		}
		if strings.Contains(path, "%zz") || strings.HasSuffix(path, "%2") {
			continue // no URL at all in Go's client
		}
		a := s.do("ann", "MOVE", annHome+"work/a.ics", "", "Destination: "+path)
		if a.status/100 != 4 {
			t.Errorf("MOVE to %.80q: %d", path, a.status)
		}
	}
	wantEqual(t, "state", s.state(), before)
}

// raw sends a request line as it stands, as ann, and returns the status.
func (s *server) raw(t testing.TB, method, path string) int {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	auth := base64.StdEncoding.EncodeToString([]byte("ann:secret"))
	body := event("raw", "20261201T100000Z")
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic %s\r\nDestination: %snew\r\nDepth: 0\r\nContent-Length: %d\r\n\r\n%s",
		method, path, auth, annHome, len(body), body)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%s %.80q: %v", method, path, err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// Names that look dangerous and are not: each is one object, decoded once, and comes back under its own href.
func TestOddNames(t *testing.T) {
	s := newServer(t)
	for i, name := range []string{"%252e%252e", "a%252fb.ics", "a%2500.ics", "...", "a%20b", "%3Cscript%3E&amp;.ics", "%22quotes%22'.ics", "ä.ics", "%C3%A4%CC%88.ics", "😀", "a+b;c=d,e@f:g$h!i*j(k)~.ics",
		"%5C..%5C.ics", "CON", "a%3Fb%23c.ics", strings.Repeat("n", 900)} {
		uid := fmt.Sprintf("odd%d", i)
		s.do("ann", "PUT", annDefault+name, event(uid, "20261201T100000Z")).want(http.StatusCreated)
		s.wantBody(annDefault+name, event(uid, "20261201T100000Z"))
		m := s.do("ann", "PROPFIND", annDefault, propfind("D:getetag"), "Depth: 1").multistatus()
		wantEqual(t, "members", len(m.Responses), i+2)
		for _, r := range m.Responses {
			if r.Href != annDefault {
				s.do("ann", "HEAD", r.Href, "").want(http.StatusOK)
			}
		}
	}
}

// Names that a URL may have and the database may not.
func TestLongNames(t *testing.T) {
	s := newServer(t)
	s.walkStart()
	before := s.state()
	long := strings.Repeat("n", 1010)
	s.do("ann", "PUT", annDefault+long, event("long", "20261201T100000Z")).refused(http.StatusForbidden, "")
	for _, method := range []string{"MKCALENDAR", "MKCOL"} {
		s.do("ann", method, annHome+long+"/", "").refused(http.StatusForbidden, "")
	}
	for _, method := range []string{"COPY", "MOVE"} {
		s.do("ann", method, annHome+"work/a.ics", "", "Destination: "+annDefault+long).refused(http.StatusForbidden, "")
		s.do("ann", method, annHome+"work/", "", "Destination: "+annHome+long+"/").refused(http.StatusForbidden, "")
	}
	for _, path := range []string{annHome + long + "/", annDefault + long, annHome + long + "/a.ics"} {
		for _, method := range []string{"GET", "DELETE", "PROPFIND"} {
			s.do("ann", method, path, "", "Depth: 0").want(http.StatusNotFound)
		}
	}
	s.do("ann", "PUT", annDefault+"uid.ics", event(strings.Repeat("u", 1020), "20261201T100000Z")).refused(http.StatusForbidden, "valid-calendar-object-resource")
	wantEqual(t, "state", s.state(), before)
}

// FuzzParseTarget: what is taken is written in one way only, and that way means the same.
func FuzzParseTarget(f *testing.F) {
	for path := range hostilePaths {
		f.Add(path)
	}
	for _, path := range []string{"/", "/principals/", "/dav/", annPrincipal, annHome, annDefault, annDefault + "a.ics", annDefault + "a%20%25%2541.ics", "/dav/calendars/user/a%40b/%C3%A4/x",
		annReaders, annWriters, "/published/a.ics", "/published/.ics", "/dav/published/a/", "/dav/published/a/b.ics", "/dav/calendars/public/a/b/"} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got, err := parseTarget(path)
		if err != nil {
			if status := toDAV(err).Status; status < 400 || status > 499 {
				t.Fatalf("%q: status %d", path, status)
			}
			return
		}
		for _, part := range []string{got.name, got.collection, got.object, got.token} {
			if part == "." || part == ".." || strings.ContainsAny(part, "/\x00\r\n") {
				t.Fatalf("%q: %+v", path, got)
			}
		}
		if got.place == placeTooDeep {
			return
		}
		again, err := parseTarget(got.href())
		if err != nil || again != got {
			t.Fatalf("%q: %+v, but its href %s is %+v, %v", path, got, got.href(), again, err)
		}
		if again.href() != got.href() {
			t.Fatalf("%q: hrefs %s and %s", path, got.href(), again.href())
		}
	})
}
