package caldav

import (
	"net/http"
	"strings"
	"testing"
)

// ctag reads CS:getctag and the sync token.
func (s *server) ctag(url string) (ctag, token string) {
	s.t.Helper()
	r := s.do("ann", "PROPFIND", url, propfind("CS:getctag", "D:sync-token"), "Depth: 0").multistatus().response(url)
	c, ok := r.prop("getctag")
	tok, ok2 := r.prop("sync-token")
	if !ok || !ok2 {
		s.t.Fatalf("%s has no getctag or sync-token: %+v", url, r)
	}
	return c.Text, tok.Text
}

// The ctag and the sync token of a calendar change with each change in it, and with nothing else.
func TestCtag(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	home := "/dav/calendars/user/ann/"
	for _, step := range []struct {
		name    string
		do      func(s *server)
		changes string // of Default, work, the home
	}{
		{"put", func(s *server) { s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(201) }, "dh"},
		{"get", func(s *server) { s.do("ann", "GET", annDefault+"a.ics", "").want(200) }, ""},
		{"query", func(s *server) { s.report(annDefault, filterFor("")).want(207) }, ""},
		{"sync", func(s *server) { s.replica(annDefault, "1").sync(0) }, ""},
		{"refused put", func(s *server) { s.do("ann", "PUT", annDefault+"b.ics", "nonsense").want(403) }, ""},
		{"failed condition", func(s *server) {
			s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261202T100000Z"), `If-Match: "x"`).want(412)
		}, ""},
		{"change", func(s *server) { s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261202T100000Z")).want(204) }, "dh"},
		{"copy", func(s *server) { s.do("ann", "COPY", annDefault+"a.ics", "", "Destination: "+work+"a.ics").want(201) }, "wh"},
		{"move", func(s *server) { s.do("ann", "MOVE", annDefault+"a.ics", "", "Destination: "+work+"b.ics").want(403) }, ""}, // its UID is there
		{"delete", func(s *server) { s.do("ann", "DELETE", work+"a.ics", "").want(204) }, "wh"},
		{"move for good", func(s *server) { s.do("ann", "MOVE", annDefault+"a.ics", "", "Destination: "+work+"b.ics").want(201) }, "dwh"},
		{"delete nothing", func(s *server) { s.do("ann", "DELETE", work+"a.ics", "").want(404) }, ""},
		{"rename", func(s *server) {
			s.do("ann", "PROPPATCH", work, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>W</D:displayname></D:prop></D:set>")).want(207)
		}, "wh"},
		{"refused property", func(s *server) {
			s.do("ann", "PROPPATCH", work, wrap("D:propertyupdate", "<D:set><D:prop><D:getetag>x</D:getetag></D:prop></D:set>")).want(207)
		}, ""},
		{"other calendar", func(s *server) { s.makeCalendar("third") }, "h"},
		{"other user", func(s *server) {
			s.do("bob", "PUT", "/dav/calendars/user/bob/Default/a.ics", event("a", "20261201T100000Z")).want(201)
		}, ""},
		{"free-busy", func(s *server) { s.report(work, freeBusy("20261201T000000Z/20261202T000000Z")).want(200) }, ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			s := s.in(t)
			urls := map[string]string{"d": annDefault, "w": work, "h": home}
			before, tokens := map[string]string{}, map[string]string{}
			for k, url := range urls {
				before[k], tokens[k] = s.ctag(url)
			}
			step.do(s)
			for k, url := range urls {
				want := strings.Contains(step.changes, k)
				ctag, token := s.ctag(url)
				if got := ctag != before[k]; got != want {
					t.Errorf("ctag of %s changed: %v, want %v", url, got, want)
				}
				if got := token != tokens[k]; got != want {
					t.Errorf("sync token of %s changed: %v, want %v", url, got, want)
				}
			}
		})
	}
}

// A sync token can be a condition of a change (RFC 6578 section 5).
func TestSyncTokenInIf(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	_, token := s.ctag(annDefault)
	holds := "If: <" + annDefault + "> (<" + token + ">)"
	absolute := "If: <" + s.URL + annDefault + "> (<" + token + ">)"
	s.do("ann", "PUT", annDefault+"b.ics", event("b", "20261201T100000Z"), holds).want(http.StatusCreated)
	s.do("ann", "PUT", annDefault+"c.ics", event("c", "20261201T100000Z"), holds).want(http.StatusPreconditionFailed) // the token moved on
	s.do("ann", "DELETE", annDefault+"a.ics", "", absolute).want(http.StatusPreconditionFailed)
	s.do("ann", "GET", annDefault+"a.ics", "").want(http.StatusOK)
	_, token = s.ctag(annDefault)
	absolute = "If: <" + s.URL + annDefault + "> (<" + token + ">)"
	s.do("ann", "DELETE", annDefault+"a.ics", "", absolute).want(http.StatusNoContent)
	_, token = s.ctag(annDefault)
	s.do("ann", "MOVE", annDefault+"b.ics", "", "Destination: "+annDefault+"d.ics", "If: <"+annDefault+"> (<"+token+">)").want(http.StatusCreated)
	_, token = s.ctag(annDefault)
	s.do("ann", "PROPPATCH", annDefault, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>W</D:displayname></D:prop></D:set>"),
		"If: (<"+token+">)").want(http.StatusMultiStatus)
	s.do("ann", "PROPPATCH", annDefault, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>X</D:displayname></D:prop></D:set>"),
		"If: (<"+token+">)").want(http.StatusPreconditionFailed)
	s.do("ann", "PUT", annDefault+"d.ics", event("b", "20261202T100000Z"), "If: (Not <"+token+">)").want(http.StatusNoContent)
}
