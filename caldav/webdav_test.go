package caldav

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// hrefs are those of all responses in a multistatus, sorted.
func (a *answer) hrefs() []string {
	a.t.Helper()
	hrefs := []string{}
	for _, r := range a.multistatus().Responses {
		hrefs = append(hrefs, r.Href)
	}
	slices.Sort(hrefs)
	return hrefs
}

// wantHrefs ends the test unless these, in any order, are the responses.
func (a *answer) wantHrefs(want ...string) *answer {
	a.t.Helper()
	want = slices.Sorted(slices.Values(want))
	if got := a.hrefs(); !slices.Equal(got, want) {
		a.t.Fatalf("%s: responses for %v, want %v\n%s", a.what, got, want, a.body)
	}
	return a
}

// only returns the one response of a multistatus.
func (a *answer) only() *msResponse {
	a.t.Helper()
	m := a.multistatus()
	if len(m.Responses) != 1 {
		a.t.Fatalf("%s: %d responses, want one\n%s", a.what, len(m.Responses), a.body)
	}
	return &m.Responses[0]
}

// names are the local names of the properties with a status, sorted.
func (r *msResponse) names(status string) []string {
	names := []string{}
	if r == nil {
		return names
	}
	for _, ps := range r.Propstats {
		if !strings.Contains(ps.Status, " "+status+" ") {
			continue
		}
		for _, p := range ps.Prop.Any {
			names = append(names, p.XMLName.Local)
		}
	}
	slices.Sort(names)
	return names
}

// text returns the text of a property with status 200, "-" if there is none.
func (r *msResponse) text(local string) string {
	p, ok := r.prop(local)
	if !ok {
		return "-"
	}
	return p.Text
}

// inner returns what is inside a property with status 200, as it was sent, "-" if there is none.
func (r *msResponse) inner(local string) string {
	p, ok := r.prop(local)
	if !ok {
		return "-"
	}
	return p.Inner
}

// get returns properties of a resource as ann sees them.
func (s *server) get(path string, names ...string) *msResponse {
	s.t.Helper()
	return s.do("ann", "PROPFIND", path, propfind(names...), "Depth: 0").only()
}

// etag returns the entity tag of an object of ann with its quotes, "" if there is no such object.
func (s *server) etag(path string) string {
	s.t.Helper()
	a := s.do("ann", "GET", path, "")
	if a.status == http.StatusNotFound {
		return ""
	}
	return a.want(http.StatusOK).header.Get("ETag")
}

// wantBody ends the test unless a GET of ann brings the bytes; "" for nothing there.
func (s *server) wantBody(path, want string) {
	s.t.Helper()
	if want == "" {
		s.do("ann", "GET", path, "").want(http.StatusNotFound)
		return
	}
	if a := s.do("ann", "GET", path, "").want(http.StatusOK); a.body != want {
		s.t.Fatalf("%s: got %q, want %q", a.what, a.body, want)
	}
}

// reset removes all calendars of ann and makes an empty Default.
func (s *server) reset() {
	s.t.Helper()
	const spare = annHome + "spare/" // there always has to be a calendar for invitations
	s.do("ann", "MKCALENDAR", spare, "")
	for _, r := range s.do("ann", "PROPFIND", annHome, propfind("D:resourcetype"), "Depth: 1").multistatus().Responses {
		if r.Href != spare && strings.Contains(r.inner("resourcetype"), "calendar") {
			s.do("ann", "DELETE", r.Href, "").want(http.StatusNoContent)
		}
	}
	s.do("ann", "MKCALENDAR", annDefault, "").want(http.StatusCreated)
	s.do("ann", "DELETE", spare, "").want(http.StatusNoContent)
}

func wantEqual[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %#v, want %#v", what, got, want)
	}
}

func wantList(t testing.TB, what string, got []string, want ...string) {
	t.Helper()
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		t.Errorf("%s:\n got %v\nwant %v", what, got, want)
	}
}

const annPrincipal = "/dav/principals/user/ann/"
