package caldav

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocaldav "github.com/emersion/go-webdav/caldav"

	"github.com/emersion/go-webdav"
)

// replica is a client that knows of a collection only what sync-collection reports told it.
type replica struct {
	s     *server
	who   string
	url   string
	level string // DAV:sync-level
	token string
	etags map[string]string // by href; of collections ""
}

func (s *server) replica(url, level string) *replica {
	return s.replicaOf("ann", url, level)
}

func (s *server) replicaOf(who, url, level string) *replica {
	return &replica{s: s, who: who, url: url, level: level, etags: map[string]string{}}
}

// syncFor is the body of a sync-collection report; limit 0 is none.
func syncFor(token, level string, limit int) string {
	max := ""
	if limit > 0 {
		max = fmt.Sprintf("<D:limit><D:nresults>%d</D:nresults></D:limit>", limit)
	}
	return wrap("D:sync-collection", "<D:sync-token>"+token+"</D:sync-token><D:sync-level>"+level+"</D:sync-level>"+max+"<D:prop><D:getetag/></D:prop>")
}

// round asks once and takes over what it is told. It returns the hrefs reported, sorted, those removed with a minus before them, and
// whether there is more.
func (r *replica) round(limit int) (changed []string, more bool) {
	r.s.t.Helper()
	m := r.s.do(r.who, "REPORT", r.url, syncFor(r.token, r.level, limit), "Depth: 0").multistatus()
	for _, resp := range m.Responses {
		switch {
		case strings.Contains(resp.Status, " 507 ") && resp.Href == r.url:
			more = true
		case strings.Contains(resp.Status, " 404 "):
			delete(r.etags, resp.Href)
			if strings.HasSuffix(resp.Href, "/") {
				maps.DeleteFunc(r.etags, func(href, _ string) bool { return strings.HasPrefix(href, resp.Href) })
			}
			changed = append(changed, "-"+strings.TrimPrefix(resp.Href, r.url))
		case resp.Status != "":
			r.s.t.Fatalf("%s: status %s", resp.Href, resp.Status)
		default:
			etag, _ := resp.prop("getetag")
			if strings.HasSuffix(resp.Href, "/") {
				etag.Text = "" // that of a collection changes with what is in it
			}
			r.etags[resp.Href] = etag.Text
			changed = append(changed, strings.TrimPrefix(resp.Href, r.url))
		}
	}
	if m.SyncToken == "" {
		r.s.t.Fatalf("no sync-token")
	}
	if limit > 0 && len(changed) > limit {
		r.s.t.Fatalf("%d changes, asked for %d at most", len(changed), limit)
	}
	r.token = m.SyncToken
	slices.Sort(changed)
	return changed, more
}

// sync asks until there is no more, and wants the result to be what a listing shows.
func (r *replica) sync(limit int) []string {
	r.s.t.Helper()
	var all []string
	for range 1000 {
		changed, more := r.round(limit)
		all = append(all, changed...)
		if !more {
			r.check()
			slices.Sort(all)
			return all
		}
	}
	r.s.t.Fatal("there is always more")
	return nil
}

func (r *replica) check() {
	r.s.t.Helper()
	want := r.s.listingFor(r.who, r.url, r.level == "infinite")
	if !maps.Equal(r.etags, want) {
		r.s.t.Fatalf("the replica of %s has\n%v\na listing shows\n%v", r.url, r.etags, want)
	}
	token, _ := r.s.do(r.who, "PROPFIND", r.url, propfind("D:sync-token"), "Depth: 0").multistatus().response(r.url).prop("sync-token")
	if token.Text != r.token {
		r.s.t.Fatalf("the token is %q, the property of %s says %q", r.token, r.url, token.Text)
	}
}

// listingFor returns the members of a collection with their entity tags, those of collections as "".
func (s *server) listingFor(who, url string, deep bool) map[string]string {
	s.t.Helper()
	members := map[string]string{}
	for _, resp := range s.do(who, "PROPFIND", url, propfind("D:getetag", "D:resourcetype", "D:sync-token"), "Depth: 1").multistatus().Responses {
		if resp.Href == url {
			continue
		}
		etag, _ := resp.prop("getetag")
		if strings.HasSuffix(resp.Href, "/") {
			etag.Text = ""
		}
		members[resp.Href] = etag.Text
		if deep && strings.HasSuffix(resp.Href, "/") && !strings.HasSuffix(resp.Href, "/Outbox/") {
			maps.Copy(members, s.listingFor(who, resp.Href, false))
		}
	}
	return members
}

func wantChanges(t *testing.T, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) && (len(got) > 0 || len(want) > 0) {
		t.Fatalf("reported %v, want %v", got, want)
	}
}

// RFC 6578 sections 3.4 and 3.5: what has changed is reported once, removed things as such, and nothing else.
func TestSync(t *testing.T) {
	s := newServer(t)
	r := s.replica(annDefault, "1")
	wantChanges(t, r.sync(0))
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z"), "b.ics": event("b", "20261201T100000Z")})
	wantChanges(t, r.sync(0), "a.ics", "b.ics")
	wantChanges(t, r.sync(0))

	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261202T100000Z")).want(http.StatusNoContent)
	wantChanges(t, r.sync(0), "a.ics")
	s.do("ann", "DELETE", annDefault+"b.ics", "").want(http.StatusNoContent)
	wantChanges(t, r.sync(0), "-b.ics")
	wantChanges(t, r.sync(0))

	s.do("ann", "PUT", annDefault+"b.ics", event("b", "20261203T100000Z")).want(http.StatusCreated) // created again
	wantChanges(t, r.sync(0), "b.ics")
	s.do("ann", "PUT", annDefault+"c.ics", event("c", "20261203T100000Z")).want(http.StatusCreated) // came and went
	s.do("ann", "DELETE", annDefault+"c.ics", "").want(http.StatusNoContent)
	if got := r.sync(0); len(got) > 0 && !slices.Equal(got, []string{"-c.ics"}) {
		t.Fatalf("reported %v, want c.ics as removed, or nothing", got)
	}
	s.do("ann", "DELETE", annDefault+"a.ics", "").want(http.StatusNoContent) // away and back with the same content
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261202T100000Z")).want(http.StatusCreated)
	wantChanges(t, r.sync(0), "a.ics")

	s.do("ann", "MOVE", annDefault+"a.ics", "", "Destination: "+annDefault+"d.ics").want(http.StatusCreated)
	wantChanges(t, r.sync(0), "-a.ics", "d.ics")
	work := s.makeCalendar("work")
	w := s.replica(work, "1")
	wantChanges(t, w.sync(0))
	s.do("ann", "MOVE", annDefault+"d.ics", "", "Destination: "+work+"d.ics").want(http.StatusCreated)
	wantChanges(t, r.sync(0), "-d.ics")
	wantChanges(t, w.sync(0), "d.ics")
	s.do("ann", "COPY", work+"d.ics", "", "Destination: "+annDefault+"e.ics").want(http.StatusCreated)
	wantChanges(t, r.sync(0), "e.ics")
	wantChanges(t, w.sync(0))
	s.do("ann", "MOVE", work+"d.ics", "", "Destination: "+annDefault+"e.ics", "Overwrite: T").want(http.StatusNoContent)
	wantChanges(t, r.sync(0), "e.ics")
	wantChanges(t, w.sync(0), "-d.ics")

	wantChanges(t, s.replica(annDefault, "1").sync(0), "b.ics", "e.ics") // a new client hears nothing of what is gone
}

// What a report holds for each object is what was asked for (RFC 6578 section 3.2).
func TestSyncProperties(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a%20b.ics": event("a", "20261201T100000Z")})
	a := s.do("ann", "REPORT", annDefault, wrap("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level>"+
		"<D:prop><D:getetag/><D:getcontenttype/><C:calendar-data/><A:calendar-color/></D:prop>"))
	r := a.multistatus().response(annDefault + "a%20b.ics")
	if !strings.Contains(r.status("getetag"), "200") || !strings.Contains(r.status("calendar-color"), "404") {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(a.data(annDefault+"a%20b.ics"), "UID:a") {
		t.Errorf("no data:\n%s", a.body)
	}
	a = s.do("ann", "REPORT", annDefault, syncFor("", "1", 0), "Prefer: return=minimal")
	if got := a.header.Get("Preference-Applied"); !strings.Contains(got, "return=minimal") {
		t.Errorf("Preference-Applied: %q", got)
	}
}

// RFC 6578 section 3.6: an answer cut short says so, and its token leads on from there.
func TestSyncLimit(t *testing.T) {
	s := newServer(t)
	s.storeMany("Default", 25, func(i int) (string, string) {
		return fmt.Sprintf("%02d.ics", i), event(fmt.Sprint(i), "20261201T100000Z")
	})
	for _, limit := range []int{1, 7, 25, 26, 1000} {
		r := s.replica(annDefault, "1")
		if got := r.sync(limit); len(got) != 25 {
			t.Errorf("limit %d: %d reported, want 25", limit, len(got))
		}
	}
	// Changes that happen between two pages are not lost, and nothing is told that is no longer true at the end.
	r := s.replica(annDefault, "1")
	if changed, more := r.round(10); len(changed) != 10 || !more {
		t.Fatalf("%d changes, more: %v", len(changed), more)
	}
	s.do("ann", "DELETE", annDefault+"03.ics", "").want(http.StatusNoContent)
	s.do("ann", "DELETE", annDefault+"20.ics", "").want(http.StatusNoContent)
	s.do("ann", "PUT", annDefault+"05.ics", event("5", "20261203T100000Z")).want(http.StatusNoContent)
	s.do("ann", "PUT", annDefault+"new.ics", event("new", "20261203T100000Z")).want(http.StatusCreated)
	r.sync(10)
	s.do("ann", "DELETE", annDefault+"new.ics", "").want(http.StatusNoContent)
	for i := range 5 {
		s.do("ann", "DELETE", fmt.Sprintf("%s%02d.ics", annDefault, 10+i), "").want(http.StatusNoContent)
	}
	r.sync(2)

	body := s.do("ann", "REPORT", annDefault, syncFor("", "1", 3)).want(http.StatusMultiStatus).body
	if !strings.Contains(body, "number-of-matches-within-limits") {
		t.Errorf("the condition is missing:\n%s", body)
	}
	for _, bad := range []string{"0", "-1", "many", "", "1e3", "99999999999999999999"} {
		s.do("ann", "REPORT", annDefault, strings.Replace(syncFor("", "1", 3), "<D:nresults>3<", "<D:nresults>"+bad+"<", 1)).refused(http.StatusBadRequest, "")
	}
}

// RFC 6578 section 3.2: DAV:valid-sync-token, and other requests that cannot be answered.
func TestSyncRefuses(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	r, w := s.replica(annDefault, "1"), s.replica(work, "1")
	r.sync(0)
	w.sync(0)
	future := r.token[:strings.LastIndexByte(r.token, '-')+1] + "999999999"
	for name, token := range map[string]string{
		"a word": "hello", "a URL": "http://example.com/sync/1", "of another calendar": w.token, "of the future": future,
		"cut short": r.token[:len(r.token)-len(r.token[strings.LastIndexByte(r.token, '-'):])], "negative": r.token[:strings.LastIndexByte(r.token, '-')+1] + "-5",
		"zero": r.token[:strings.LastIndexByte(r.token, '-')+1] + "0", "with more": r.token + "x", "huge": r.token + "99999999999999999999",
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.do("ann", "REPORT", annDefault, syncFor(token, "1", 0)).refused(http.StatusForbidden, "valid-sync-token")
		})
	}
	s.do("ann", "REPORT", annDefault, syncFor("\n  "+r.token+"\n", "1", 0)).want(http.StatusMultiStatus)
	s.do("ann", "REPORT", annDefault, syncFor(r.token, "2", 0)).refused(http.StatusBadRequest, "")
	s.do("ann", "REPORT", annDefault, wrap("D:sync-collection", "<D:sync-level>1</D:sync-level><D:prop/>")).refused(http.StatusBadRequest, "")
	s.do("ann", "REPORT", annDefault+"a.ics", syncFor("", "1", 0)).refused(http.StatusForbidden, "supported-report")
	s.do("ann", "REPORT", "/dav/principals/user/ann/", syncFor("", "1", 0)).refused(http.StatusForbidden, "supported-report")
	s.do("bob", "REPORT", annDefault, syncFor("", "1", 0)).want(http.StatusNotFound)
	s.do("", "REPORT", annDefault, syncFor("", "1", 0)).want(http.StatusUnauthorized)
	s.do("root", "REPORT", annDefault, syncFor(r.token, "1", 0)).want(http.StatusMultiStatus)

	// A calendar that was removed and made again under its name is another one.
	s.do("ann", "DELETE", work, "").want(http.StatusNoContent)
	s.makeCalendar("work")
	s.do("ann", "REPORT", work, syncFor(w.token, "1", 0)).refused(http.StatusForbidden, "valid-sync-token")
}

// The level may stand in Depth as in drafts of RFC 6578; some clients send Depth: 1 with a level (RFC 6578 section 3.2 asks for 0).
func TestSyncDepth(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	for _, depth := range []string{"0", "1", "infinity"} {
		s.do("ann", "REPORT", annDefault, syncFor("", "1", 0), "Depth: "+depth).wantFound("a.ics")
		s.do("ann", "REPORT", annDefault, strings.Replace(syncFor("", "1", 0), "<D:sync-level>1</D:sync-level>", "", 1), "Depth: "+depth).wantFound("a.ics")
	}
	s.do("ann", "REPORT", annDefault, syncFor("", "infinite", 0)).wantFound("a.ics")
}

// A client that others wrote.
func TestSyncGoWebDAV(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z"), "b.ics": event("b", "20261201T100000Z")})
	client, err := gocaldav.NewClient(webdav.HTTPClientWithBasicAuth(http.DefaultClient, "ann", "secret"), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	first, err := client.SyncCollection(t.Context(), annDefault, &gocaldav.SyncQuery{})
	if err != nil || len(first.Updated) != 2 || len(first.Deleted) != 0 {
		t.Fatalf("%+v, %v", first, err)
	}
	s.do("ann", "DELETE", annDefault+"a.ics", "").want(http.StatusNoContent)
	s.do("ann", "PUT", annDefault+"b.ics", event("b", "20261202T100000Z")).want(http.StatusNoContent)
	then, err := client.SyncCollection(t.Context(), annDefault, &gocaldav.SyncQuery{SyncToken: first.SyncToken})
	if err != nil || len(then.Updated) != 1 || then.Updated[0].Path != annDefault+"b.ics" || !slices.Equal(then.Deleted, []string{annDefault + "a.ics"}) {
		t.Fatalf("%+v, %v", then, err)
	}
	objects, err := client.QueryCalendar(t.Context(), annDefault, &gocaldav.CalendarQuery{
		CompFilter: gocaldav.CompFilter{Name: "VCALENDAR", Comps: []gocaldav.CompFilter{{Name: "VEVENT", Start: testNow, End: testNow.AddDate(0, 1, 0)}}},
	})
	if err != nil || len(objects) != 1 || objects[0].Path != annDefault+"b.ics" {
		t.Fatalf("%+v, %v", objects, err)
	}
	objects, err = client.MultiGetCalendar(t.Context(), annDefault, &gocaldav.CalendarMultiGet{Paths: []string{annDefault + "b.ics"}})
	if err != nil || len(objects) != 1 || objects[0].ETag == "" {
		t.Fatalf("%+v, %v", objects, err)
	}
}

// A client that was away for longer than removed objects are remembered begins anew.
func TestSyncAfterPurge(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z"), "b.ics": event("b", "20261201T100000Z")})
	old := s.replica(annDefault, "1")
	old.sync(0)
	s.do("ann", "DELETE", annDefault+"a.ics", "").want(http.StatusNoContent)
	current := s.replica(annDefault, "1")
	current.sync(0)
	oldHome, currentHome := s.replica(annHome, "infinite"), s.replica(annHome, "infinite")
	oldHome.sync(0)
	s.do("ann", "DELETE", annDefault+"b.ics", "").want(http.StatusNoContent)
	s.do("ann", "PUT", annDefault+"c.ics", event("c", "20261201T100000Z")).want(http.StatusCreated)
	current.sync(0)
	currentHome.sync(0)
	if n, err := s.db.PurgeTombstones(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 2 {
		t.Fatalf("purged %d, %v; want 2", n, err)
	}
	s.do("ann", "REPORT", annDefault, syncFor(old.token, "1", 0)).refused(http.StatusForbidden, "valid-sync-token")
	wantChanges(t, current.sync(0)) // what it knows is still good
	wantChanges(t, s.replica(annDefault, "1").sync(0), "c.ics")
	s.do("ann", "REPORT", annHome, syncFor(oldHome.token, "infinite", 0)).refused(http.StatusForbidden, "valid-sync-token")
	wantChanges(t, currentHome.sync(0))
	oldHome.token, oldHome.etags = "", map[string]string{}
	oldHome.sync(0)

	// The same for a calendar that is gone.
	work := s.makeCalendar("work")
	one := s.replica(annHome, "1")
	one.sync(0)
	oldHome.sync(0)
	s.do("ann", "DELETE", work, "").want(http.StatusNoContent)
	currentHome.sync(0)
	if _, err := s.db.PurgeTombstones(t.Context(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	s.do("ann", "REPORT", annHome, syncFor(oldHome.token, "infinite", 0)).refused(http.StatusForbidden, "valid-sync-token")
	s.do("ann", "REPORT", annHome, syncFor(one.token, "1", 0)).refused(http.StatusForbidden, "valid-sync-token")
	wantChanges(t, currentHome.sync(0))
}
