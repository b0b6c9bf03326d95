package caldav

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"
)

// in is the same server for a subtest.
func (s *server) in(t testing.TB) *server { return &server{t: t, db: s.db, Server: s.Server} }

// with is the database of the server behind a Handler with other options.
func (s *server) with(o Options) *server {
	o.DB, o.Now = s.db, func() time.Time { return testNow }
	h := New(o)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, _, _ := r.BasicAuth()
		who, err := s.db.PrincipalByName(r.Context(), name)
		if err != nil {
			s.t.Errorf("user %q: %v", name, err)
		}
		h.ServeDAV(w, r, who)
	}))
	s.t.Cleanup(other.Close)
	return &server{t: s.t, db: s.db, Server: other}
}

// component is a calendar object with one component; its lines follow UID and DTSTAMP.
func component(kind, uid string, lines ...string) string {
	all := append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//convene//test//EN", "BEGIN:" + kind, "UID:" + uid,
		"DTSTAMP:20260101T000000Z"}, lines...)
	return strings.Join(append(all, "END:"+kind, "END:VCALENDAR", ""), "\r\n")
}

// parts is a calendar object of several components of one UID, each given by its lines.
func parts(kind, uid string, components ...[]string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//test//EN\r\n")
	for _, lines := range components {
		b.WriteString("BEGIN:" + kind + "\r\nUID:" + uid + "\r\nDTSTAMP:20260101T000000Z\r\n")
		b.WriteString(strings.Join(lines, "\r\n") + "\r\nEND:" + kind + "\r\n")
	}
	return b.String() + "END:VCALENDAR\r\n"
}

// fill stores objects of ann, by name, in a collection.
func (s *server) fill(coll string, objects map[string]string) {
	s.t.Helper()
	for name, data := range objects {
		s.do("ann", "PUT", coll+name, data).want(http.StatusCreated)
	}
}

// makeCalendar makes a calendar of ann and returns its URL; props are the XML of properties to set.
func (s *server) makeCalendar(name string, props ...string) string {
	s.t.Helper()
	url := "/dav/calendars/user/ann/" + name + "/"
	body := ""
	if len(props) > 0 {
		body = wrap("C:mkcalendar", "<D:set><D:prop>"+strings.Join(props, "")+"</D:prop></D:set>")
	}
	s.do("ann", "MKCALENDAR", url, body, "Content-Type: application/xml").want(http.StatusCreated)
	return url
}

// filterFor makes a calendar-query that wants entity tags; filter is what stands inside the VCALENDAR.
func filterFor(filter string) string {
	return queryFor("<D:getetag/>", filter)
}

func queryFor(props, filter string) string {
	return wrap("C:calendar-query", "<D:prop>"+props+"</D:prop><C:filter><C:comp-filter name=\"VCALENDAR\">"+filter+
		"</C:comp-filter></C:filter>")
}

// inWindow is the filter for components of a kind in a window "start/end", either of which may be empty.
func inWindow(kind, window string) string {
	return `<C:comp-filter name="` + kind + `">` + timeRange("C:time-range", window) + `</C:comp-filter>`
}

func timeRange(element, window string) string {
	start, end, _ := strings.Cut(window, "/")
	s := "<" + element
	if start != "" {
		s += ` start="` + start + `"`
	}
	if end != "" {
		s += ` end="` + end + `"`
	}
	return s + "/>"
}

// report sends ann's REPORT with Depth: 1.
func (s *server) report(url, body string, headers ...string) *answer {
	s.t.Helper()
	return s.do("ann", "REPORT", url, body, append([]string{"Depth: 1"}, headers...)...)
}

// found returns the last segments of the hrefs in a multistatus that were answered with properties, sorted.
func (a *answer) found() []string {
	a.t.Helper()
	names := []string{}
	for _, r := range a.multistatus().Responses {
		if r.Status == "" {
			names = append(names, path.Base(r.Href))
		}
	}
	slices.Sort(names)
	return names
}

// wantFound ends the test unless the objects found are those named, in any order.
func (a *answer) wantFound(names ...string) *answer {
	a.t.Helper()
	want := slices.Sorted(slices.Values(names))
	if got := a.found(); !slices.Equal(got, want) {
		a.t.Fatalf("%s: found %v, want %v\n%s", a.what, got, want, a.body)
	}
	return a
}

// data returns the CALDAV:calendar-data of an href, which must be there.
func (a *answer) data(href string) string {
	a.t.Helper()
	p, ok := a.multistatus().response(href).prop("calendar-data")
	if !ok {
		a.t.Fatalf("%s: no calendar-data of %s\n%s", a.what, href, a.body)
	}
	return p.Text
}

// golden reads a file of testdata.
func golden(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// unfolded undoes line folding and makes line ends LF, so that texts can be compared that were written by different hands.
func unfolded(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.ReplaceAll(strings.ReplaceAll(s, "\n ", ""), "\n\t", "")
}

// contentLines are the lines of a text, sorted, for comparing texts in which order does not matter.
func contentLines(s string) []string {
	lines := strings.Split(strings.TrimSuffix(unfolded(s), "\n"), "\n")
	slices.Sort(lines)
	return lines
}
