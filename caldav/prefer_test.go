package caldav

import (
	"net/http"
	"strings"
	"testing"
)

// Prefer: return=minimal and depth-noroot, and what came before them (RFC 8144 section 2, RFC 7240 section 4.2, Brief: t).
func TestPreferPropfind(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	both := []string{annDefault, annDefault + "a.ics"}
	for _, test := range []struct {
		name    string
		headers []string
		hrefs   []string
		minimal bool
		applied []string
	}{
		{"nothing", nil, both, false, nil},
		{"minimal", []string{"Prefer: return=minimal"}, both, true, []string{"return=minimal"}},
		{"the draft's name", []string{"Prefer: return-minimal"}, both, true, []string{"return=minimal"}},
		{"Brief", []string{"Brief: t"}, both, true, []string{"return=minimal"}},
		{"Brief: f", []string{"Brief: f"}, both, false, nil},
		{"in capitals, with a parameter", []string{`Prefer: Return="minimal"; x=y`}, both, true, []string{"return=minimal"}},
		{"depth-noroot", []string{"Prefer: depth-noroot"}, both[1:], false, []string{"depth-noroot"}},
		{"both", []string{"Prefer: depth-noroot, return=minimal"}, both[1:], true, []string{"return=minimal", "depth-noroot"}},
		{"representation means nothing here", []string{"Prefer: return=representation"}, both, false, nil},
		{"unknown", []string{"Prefer: wait=5, x-unknown"}, both, false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			a := s.do("ann", "PROPFIND", annDefault, propfind("D:getetag", "D:none"), append(test.headers, "Depth: 1")...).wantHrefs(test.hrefs...)
			for _, r := range a.multistatus().Responses {
				wantEqual(t, r.Href+" knows of D:none", r.status("none") != "", !test.minimal)
				if r.text("getetag") == "-" {
					t.Errorf("%s has no getetag", r.Href)
				}
			}
			if got := strings.Join(a.header["Preference-Applied"], ", "); got != strings.Join(test.applied, ", ") {
				t.Errorf("Preference-Applied is %q, want %q", got, test.applied)
			}
			if vary := strings.Join(a.header["Vary"], ", "); len(test.applied) > 0 && !strings.Contains(vary, "Prefer") {
				t.Errorf("Vary is %q", vary)
			}
		})
	}
	t.Run("nothing found", func(t *testing.T) { // RFC 8144 section 2.1: still a response, with an empty propstat
		r := s.in(t).do("ann", "PROPFIND", annDefault+"a.ics", propfind("D:none"), "Depth: 0", "Prefer: return=minimal").only()
		if len(r.Propstats) != 1 || len(r.Propstats[0].Prop.Any) != 0 || !strings.Contains(r.Propstats[0].Status, " 200 ") {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("depth-noroot at Depth 0", func(t *testing.T) { // there is nothing below
		s.in(t).do("ann", "PROPFIND", annDefault, propfind("D:getetag"), "Depth: 0", "Prefer: depth-noroot").wantHrefs(annDefault)
	})
	t.Run("home", func(t *testing.T) {
		s.in(t).do("ann", "PROPFIND", annHome, propfind("D:getetag"), "Depth: 1", "Prefer: depth-noroot").
			wantHrefs(annDefault, annHome+"Inbox/", annHome+"Outbox/", annHome+"Attachments/", annHome+"Notifications/")
	})
}

func TestPreferChanges(t *testing.T) {
	s := newServer(t)
	set := wrap("D:propertyupdate", `<D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set>`)
	failing := wrap("D:propertyupdate", `<D:set><D:prop><D:displayname>y</D:displayname><D:getetag>x</D:getetag></D:prop></D:set>`)
	a := s.do("ann", "PROPPATCH", annDefault, set, "Prefer: return=minimal").want(http.StatusOK)
	wantEqual(t, "body of a minimal PROPPATCH", a.body, "")
	wantEqual(t, "Preference-Applied", a.header.Get("Preference-Applied"), "return=minimal")
	s.do("ann", "PROPPATCH", annDefault, set, "Brief: t").want(http.StatusOK)
	r := s.do("ann", "PROPPATCH", annDefault, failing, "Prefer: return=minimal").only()
	wantList(t, "failed", r.names("403"), "getetag")
	wantEqual(t, "displayname", s.get(annDefault, "D:displayname").text("displayname"), "x")

	body := event("a", "20261201T100000Z")
	a = s.do("ann", "PUT", annDefault+"a.ics", body, "Prefer: return=representation").want(http.StatusCreated)
	wantEqual(t, "representation", a.body, body)
	wantEqual(t, "Preference-Applied", a.header.Get("Preference-Applied"), "return=representation")
	wantEqual(t, "Content-Location", a.header.Get("Content-Location"), annDefault+"a.ics")
	wantEqual(t, "ETag", a.header.Get("ETag"), s.etag(annDefault+"a.ics"))
	a = s.do("ann", "PUT", annDefault+"a.ics", body, "Prefer: return=representation").want(http.StatusOK)
	wantEqual(t, "representation", a.body, body)
	a = s.do("ann", "PUT", annDefault+"a.ics", body, "Prefer: return=minimal").want(http.StatusNoContent)
	wantEqual(t, "minimal", a.body, "")
	a = s.do("ann", "POST", annDefault, event("p", "20261201T100000Z"), "Prefer: return=representation").want(http.StatusCreated)
	wantEqual(t, "representation of POST", a.body, event("p", "20261201T100000Z"))
	wantEqual(t, "Content-Location of POST", a.header.Get("Content-Location"), a.header.Get("Location"))
}
