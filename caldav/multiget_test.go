package caldav

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"convene/ical"
	"convene/store"
)

// multigetFor asks for the entity tags and data of objects.
func multigetFor(hrefs ...string) string {
	return wrap("C:calendar-multiget", "<D:prop><D:getetag/><C:calendar-data/></D:prop><D:href>"+strings.Join(hrefs, "</D:href><D:href>")+"</D:href>")
}

// The URLs in a multiget, and the status of each in the answer (RFC 4791 section 7.9).
func TestMultiget(t *testing.T) {
	s := newServer(t)
	home := "/dav/calendars/user/ann/"
	work := s.makeCalendar("work")
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z"), "b.ics": event("b", "20261201T100000Z"), "b%20%C3%A4%25.ics": event("c", "20261201T100000Z")})
	s.fill(work, map[string]string{"w.ics": event("w", "20261201T100000Z")})
	s.do("bob", "PUT", "/dav/calendars/user/bob/Default/x.ics", event("x", "20261201T100000Z")).want(http.StatusCreated)
	s.do("ann", "DELETE", annDefault+"b.ics", "").want(http.StatusNoContent)
	for _, test := range []struct{ name, href, want string }{
		{"one", annDefault + "a.ics", "200"},
		{"absolute", s.URL + annDefault + "a.ics", "200"},
		{"with white space around", "\n  " + annDefault + "a.ics\n ", "200"},
		{"escaped without need", annDefault + "%61.ics", "200"},
		{"escaped as it must be", annDefault + "b%20%C3%A4%25.ics", "200"},
		{"escaped in lower case", annDefault + "b%20%c3%a4%25.ics", "200"},
		{"not escaped", annDefault + "b ä%25.ics", "200"},
		{"in another calendar", work + "w.ics", "200"},
		{"deleted", annDefault + "b.ics", "404"},
		{"never there", annDefault + "n.ics", "404"},
		{"in no calendar", home + "none/a.ics", "404"},
		{"of another user", "/dav/calendars/user/bob/Default/x.ics", "404"},
		{"of nobody", "/dav/calendars/user/nobody/Default/x.ics", "404"},
		{"the calendar itself", annDefault, "404"},
		{"a principal", "/dav/principals/user/ann/", "404"},
		{"elsewhere", "http://other.example.com" + annDefault + "a.ics", "404"},
		{"outside", "/etc/passwd", "404"},
		{"dots", annDefault + "../work/w.ics", "404"},
		{"encoded slash", annDefault + "..%2fwork%2fw.ics", "404"},
		{"encoded nul", annDefault + "a.ics%00", "404"},
		{"bad escape", annDefault + "%zz.ics", "404"},
		{"not UTF-8", annDefault + "%ff.ics", "404"},
		{"a word", "a.ics", "404"},
		{"with a query", annDefault + "a.ics?x=y", "200"},
		{"mail", "mailto:ann@example.com", "404"},
		{"empty", "", "404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			for _, where := range []string{annDefault, home} {
				m := s.do("ann", "REPORT", where, multigetFor(strings.NewReplacer("&", "&amp;").Replace(test.href), annDefault+"a.ics")).multistatus()
				n := 2
				if strings.TrimSpace(test.href) == annDefault+"a.ics" {
					n = 1 // asked for twice, answered once
				}
				if got := len(m.Responses); got < 1 || got > n {
					t.Fatalf("%s: %d responses, want %d", where, got, n)
				}
				r := &m.Responses[0]
				for i := range m.Responses { // the other one
					if m.Responses[i].Href != annDefault+"a.ics" {
						r = &m.Responses[i]
					}
				}
				status := r.Status
				if data, ok := r.prop("calendar-data"); ok && strings.Contains(data.Text, "BEGIN:VEVENT") {
					status = "200"
				}
				if !strings.Contains(status, test.want) {
					t.Errorf("%s: status %q, want %s: %+v", where, status, test.want, r)
				}
			}
		})
	}
	// Bob sees nothing of it, whichever way he asks.
	s.do("bob", "REPORT", annDefault, multigetFor(annDefault+"a.ics")).want(http.StatusNotFound)
	s.do("bob", "REPORT", "/dav/calendars/user/bob/Default/", multigetFor(annDefault+"a.ics")).wantFound()
	s.do("root", "REPORT", annDefault, multigetFor(annDefault+"a.ics")).wantFound("a.ics")
	s.do("ann", "REPORT", annDefault+"a.ics", multigetFor(annDefault+"a.ics")).wantFound("a.ics")
}

// The href in an answer is one that the client can compare with what it asked for, or with what it knows from listings.
func TestMultigetHrefs(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a%20b.ics": event("a", "20261201T100000Z"), "c@d.ics": event("c", "20261201T100000Z")})
	m := s.do("ann", "REPORT", annDefault, multigetFor(s.URL+annDefault+"a%20b.ics", annDefault+"c%40d.ics", annDefault+"none%20.ics")).multistatus()
	listing := s.do("ann", "PROPFIND", annDefault, propfind("D:getetag"), "Depth: 1").multistatus()
	for _, r := range m.Responses {
		if r.Status == "" && listing.response(r.Href) == nil {
			t.Errorf("%s is not how the object is listed", r.Href)
		}
		if r.Status != "" && r.Href != annDefault+"none%20.ics" {
			t.Errorf("%s is not what was asked for", r.Href)
		}
	}
	if len(m.Responses) != 3 {
		t.Errorf("%d responses, want 3", len(m.Responses))
	}
}

// Lines that are folded inside a character (RFC 5545 section 3.1) come back from GET as they were, and from a report whole.
func TestMultigetFoldedCharacters(t *testing.T) {
	s := newServer(t)
	data := strings.Replace(event("a", "20261201T100000Z"), "BEGIN:VEVENT\r\n", "BEGIN:VEVENT\r\nLOCATION:Caf\xc3\r\n \xa9 am \xe2\r\n \x82\r\n \xac\r\n", 1)
	s.do("ann", "PUT", annDefault+"a.ics", data).want(http.StatusCreated)
	if got := s.do("ann", "GET", annDefault+"a.ics", "").body; got != data {
		t.Errorf("GET gives %q, want %q", got, data)
	}
	m := s.do("ann", "REPORT", annDefault, multigetFor(annDefault+"a.ics")).multistatus()
	got, _ := m.Responses[0].prop("calendar-data")
	if unfolded := strings.NewReplacer("\r\n ", "", "\n ", "").Replace(got.Text); !strings.Contains(unfolded, "LOCATION:Café am €") {
		t.Errorf("the report gives %q", got.Text)
	}
}

func TestMultigetRefuses(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	s.do("ann", "REPORT", annDefault, wrap("C:calendar-multiget", "<D:prop><D:getetag/></D:prop>")).refused(http.StatusBadRequest, "")
	s.do("ann", "REPORT", annDefault, wrap("C:calendar-multiget", `<D:prop><C:calendar-data content-type="text/plain"/></D:prop><D:href>`+annDefault+`a.ics</D:href>`)).
		refused(http.StatusForbidden, "supported-calendar-data")
	s.do("ann", "REPORT", annDefault, wrap("C:calendar-multiget", `<D:prop><C:calendar-data version="1.0"/></D:prop><D:href>`+annDefault+`a.ics</D:href>`)).
		refused(http.StatusForbidden, "supported-calendar-data")
	s.do("ann", "REPORT", annDefault, strings.Replace(multigetFor(annDefault+"a.ics"), "</C:calendar-multiget>", "", 1)).want(http.StatusBadRequest)
	s.do("ann", "REPORT", annDefault, wrap("D:calendar-multiget", "<D:href>"+annDefault+"a.ics</D:href>")).refused(http.StatusForbidden, "supported-report")
}

// storeMany puts objects into a collection of ann without HTTP.
func (s *server) storeMany(coll string, n int, object func(i int) (name, data string)) {
	s.t.Helper()
	c := s.collection(coll)
	_, err := store.InTx(s.t.Context(), s.db, []store.PrincipalID{c.Owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		for i := range n {
			name, data := object(i)
			obj, err := ical.ParseObject([]byte(data), ical.Limits{})
			if err != nil {
				return struct{}{}, err
			}
			index, err := obj.Index(testNow, c.Zone, c.Person.Is)
			if err != nil {
				return struct{}{}, err
			}
			in := store.NewObject{Name: name, UID: obj.UID, Component: obj.Component, ETag: store.ETagOf([]byte(data)), Data: []byte(data), Index: index}
			if _, err := tx.Put(ctx, c, in); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// collection is a collection of ann as the database has it; "" the home.
func (s *server) collection(name string) *store.Collection {
	s.t.Helper()
	ann, err := s.db.PrincipalByName(s.t.Context(), "ann")
	if err != nil {
		s.t.Fatal(err)
	}
	home, err := s.db.Home(s.t.Context(), ann.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	if name == "" {
		return home.Root
	}
	c := home.Collection(name)
	if c == nil {
		s.t.Fatalf("no collection %q", name)
	}
	return c
}

func TestMultigetLarge(t *testing.T) {
	const n = 5000
	s := newServer(t)
	s.storeMany("Default", n/2, func(i int) (string, string) {
		return fmt.Sprintf("e %d.ics", i), event(fmt.Sprintf("uid-%d", i), "20261201T100000Z")
	})
	hrefs := make([]string, n)
	for i := range hrefs {
		hrefs[i] = annDefault + url.PathEscape(fmt.Sprintf("e %d.ics", i))
	}
	m := s.do("ann", "REPORT", annDefault, multigetFor(hrefs...)).multistatus()
	if len(m.Responses) != n {
		t.Fatalf("%d responses, want %d", len(m.Responses), n)
	}
	seen := map[string]bool{}
	for _, r := range m.Responses {
		var i int
		name, _ := url.PathUnescape(strings.TrimPrefix(r.Href, annDefault))
		if _, err := fmt.Sscanf(name, "e %d.ics", &i); err != nil || seen[r.Href] {
			t.Fatalf("href %q: %v, seen: %v", r.Href, err, seen[r.Href])
		}
		seen[r.Href] = true
		data, ok := r.prop("calendar-data")
		if ok != (i < n/2) || ok && !strings.Contains(data.Text, fmt.Sprintf("UID:uid-%d\n", i)) && !strings.Contains(data.Text, fmt.Sprintf("UID:uid-%d\r\n", i)) {
			t.Fatalf("%s: %+v", r.Href, r)
		}
	}
}
