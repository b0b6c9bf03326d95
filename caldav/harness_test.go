package caldav

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

// testNow is when the tests happen.
var testNow = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// server is a Handler on a database of its own, with the users ann, bob and root (an administrator). The user name of Basic
// authentication is believed.
type server struct {
	t  testing.TB
	db *store.DB
	*httptest.Server
}

// newServer starts one; only limits and the clock of o count.
func newServer(t testing.TB, o ...Options) *server {
	t.Helper()
	db := storetest.New(t)
	for _, p := range []store.NewPrincipal{
		{Kind: store.User, Name: "ann", DisplayName: "Ann Example", Addresses: []string{"mailto:ann@example.com", "mailto:a.example@example.com"}},
		{Kind: store.User, Name: "bob", DisplayName: "Bob Example", Addresses: []string{"mailto:bob@example.com"}},
		{Kind: store.User, Name: "root", Admin: true, Addresses: []string{"mailto:root@example.com"}},
		{Kind: store.Group, Name: "staff", DisplayName: "All Staff", Addresses: []string{"mailto:staff@example.com"}},
		{Kind: store.Room, Name: "attic", DisplayName: "Attic", Addresses: []string{"mailto:attic@example.com"}},
	} {
		if _, err := db.CreatePrincipal(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	options := Options{}
	if len(o) > 0 {
		options = o[0]
	}
	options.DB = db
	if options.Now == nil {
		options.Now = func() time.Time { return testNow }
	}
	h := New(options)
	s := &server{t: t, db: db}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var who *store.Principal
		if name, _, ok := r.BasicAuth(); ok {
			var err error
			if who, err = db.PrincipalByName(r.Context(), name); err != nil {
				t.Errorf("user %q: %v", name, err)
			}
		}
		h.ServeDAV(w, r, who)
	}))
	t.Cleanup(s.Close)
	return s
}

// answer is what came back.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   string
}

// do sends a request as who; headers are "Name: value".
func (s *server) do(who, method, path, body string, headers ...string) *answer {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if who != "" {
		r.SetBasicAuth(who, "secret")
	}
	switch {
	case strings.HasPrefix(body, "<"):
		r.Header.Set("Content-Type", "application/xml; charset=utf-8")
	case body != "":
		r.Header.Set("Content-Type", "text/calendar; charset=utf-8")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
		if name == "Host" {
			r.Host = value
		}
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return &answer{s.t, method + " " + path, resp.StatusCode, resp.Header, string(b)}
}

// want ends the test unless the status is as given.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: status %d, want %d\n%s", a.what, a.status, status, a.body)
	}
	return a
}

// refused wants a status with a precondition element and a sentence in DAV:error (RFC 4918 section 16).
func (a *answer) refused(status int, condition string) *answer {
	a.t.Helper()
	a.want(status)
	var e struct {
		XMLName xml.Name `xml:"DAV: error"`
		Any     []struct {
			XMLName xml.Name
			Text    string `xml:",chardata"`
		} `xml:",any"`
	}
	if err := xml.Unmarshal([]byte(a.body), &e); err != nil {
		a.t.Fatalf("%s: no DAV:error: %v\n%s", a.what, err, a.body)
	}
	found, sentence := condition == "", false
	for _, c := range e.Any {
		switch {
		case c.XMLName.Local == condition:
			found = true
		case c.XMLName.Local == "responsedescription":
			sentence = len(c.Text) > 10
		}
	}
	if !found || !sentence {
		a.t.Fatalf("%s: want the condition %s and a sentence, got\n%s", a.what, condition, a.body)
	}
	return a
}

// multistatus is an answer taken apart, by href.
type multistatus struct {
	XMLName   xml.Name     `xml:"DAV: multistatus"`
	Responses []msResponse `xml:"DAV: response"`
	SyncToken string       `xml:"DAV: sync-token"`
}

type msResponse struct {
	Href      string `xml:"DAV: href"`
	Status    string `xml:"DAV: status"`
	Propstats []struct {
		Status string `xml:"DAV: status"`
		Prop   struct {
			Any []msProp `xml:",any"`
		} `xml:"DAV: prop"`
	} `xml:"DAV: propstat"`
}

type msProp struct {
	XMLName xml.Name
	Inner   string `xml:",innerxml"`
	Text    string `xml:",chardata"`
}

func (a *answer) multistatus() *multistatus {
	a.t.Helper()
	a.want(http.StatusMultiStatus)
	var m multistatus
	if err := xml.Unmarshal([]byte(a.body), &m); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.body)
	}
	return &m
}

// response returns the response for an href, nil if there is none.
func (m *multistatus) response(href string) *msResponse {
	for i := range m.Responses {
		if m.Responses[i].Href == href {
			return &m.Responses[i]
		}
	}
	return nil
}

// prop returns a property with status 200 by its local name.
func (r *msResponse) prop(local string) (msProp, bool) {
	if r == nil {
		return msProp{}, false
	}
	for _, ps := range r.Propstats {
		for _, p := range ps.Prop.Any {
			if p.XMLName.Local == local && strings.Contains(ps.Status, " 200 ") {
				return p, true
			}
		}
	}
	return msProp{}, false
}

// status returns the status that a property was answered with, "" if it was not.
func (r *msResponse) status(local string) string {
	if r == nil {
		return ""
	}
	for _, ps := range r.Propstats {
		for _, p := range ps.Prop.Any {
			if p.XMLName.Local == local {
				return ps.Status
			}
		}
	}
	return ""
}

// event is a small calendar object.
func event(uid, start string, lines ...string) string {
	all := append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//convene//test//EN", "BEGIN:VEVENT", "UID:" + uid,
		"DTSTAMP:20260101T000000Z", "DTSTART:" + start, "DURATION:PT1H", "SUMMARY:Event " + uid}, lines...)
	return strings.Join(append(all, "END:VEVENT", "END:VCALENDAR", ""), "\r\n")
}

const annDefault = "/dav/calendars/user/ann/Default/"

// propfind wraps property names, with the prefixes D, C, CS and A.
func propfind(names ...string) string {
	return wrap("D:propfind", "<D:prop><"+strings.Join(names, "/><")+"/></D:prop>")
}

// wrap makes a document with the usual prefixes.
func wrap(root, inner string) string {
	return `<?xml version="1.0" encoding="utf-8"?><` + root + ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"` +
		` xmlns:CS="http://calendarserver.org/ns/" xmlns:A="http://apple.com/ns/ical/">` + inner + `</` + root + `>`
}
