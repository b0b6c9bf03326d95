package caldav

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"convene/acl"
	"convene/store"
)

// publishAs has ann post a request to a calendar, and returns where it is published then, "" if it is not.
func (s *server) publishAs(element, calendar string) (token string) {
	s.t.Helper()
	s.do("ann", "POST", calendar, wrap("CS:"+element, "")).want(http.StatusOK)
	p, ok := s.do("ann", "PROPFIND", calendar, propfind("CS:publish-url"), "Depth: 0").only().prop("publish-url")
	if !ok {
		return ""
	}
	m := regexp.MustCompile(`^<D:href>` + regexp.QuoteMeta(s.URL) + `/published/([a-z2-7]{26})\.ics</D:href>$`).FindStringSubmatch(p.Inner)
	if m == nil {
		s.t.Fatalf("publish-url is %s", p.Inner)
	}
	return m[1]
}

// published changes a publication of ann's calendar in the database.
func (s *server) published(calendar string, p store.Publication) {
	s.t.Helper()
	coll := s.collection(calendar)
	_, err := store.InTx(s.t.Context(), s.db, []store.PrincipalID{coll.Owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		return struct{}{}, tx.Publish(ctx, coll, p)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// newsstand is a server with a calendar that holds what is public, what is not, and what a client keeps.
func newsstand(t *testing.T) (s *server, calendar string) {
	t.Helper()
	s = newServer(t)
	calendar = s.makeCalendar("news", "<D:displayname>News</D:displayname><A:calendar-color>#112233</A:calendar-color>")
	s.do("ann", "PROPPATCH", calendar, update("+<X:note xmlns:X='urn:x'>dead-secret</X:note>")).want(http.StatusMultiStatus)
	s.fill(calendar, map[string]string{
		"a.ics":       event("a", "20261201T100000Z", "DESCRIPTION:told"),
		"private.ics": event("p", "20261202T100000Z", "CLASS:PRIVATE", "LOCATION:hidden-place"),
	})
	s.do("ann", "PROPPATCH", calendar+"a.ics", update("+<X:note xmlns:X='urn:x'>dead-secret</X:note>")).want(http.StatusMultiStatus)
	return s, calendar
}

func TestPublish(t *testing.T) {
	s, news := newsstand(t)
	s.wantProp("ann", news, "CS:publish-url", "-")
	token := s.publishAs("publish-calendar", news)
	if again := s.publishAs("publish-calendar", news); token == "" || again != token {
		t.Errorf("published twice: %q, %q", token, again)
	}
	s.wantProp("ann", news, "CS:pre-publish-url", href(s.URL+"/published/"+token+".ics"))
	s.wantProp("root", news, "CS:publish-url", href(s.URL+"/published/"+token+".ics"))
	s.do("", "GET", "/published/"+token+".ics", "").want(http.StatusOK)
	s.wantProp("", "/dav/published/"+token+"/", "A:calendar-color", "#112233")
	s.wantProp("", "/dav/published/"+token+"/", "D:displayname", "News")
	s.wantProp("", "/dav/published/"+token+"/", "D:current-user-privilege-set", privileges("D:read", "D:read-current-user-privilege-set", "C:read-free-busy"))
	// Not for those who may not share it, and not elsewhere.
	s.grant("news", acl.Lookup|acl.Read)
	s.wantProp("bob", news, "CS:publish-url", "-")
	s.do("bob", "POST", news, wrap("CS:unpublish-calendar", "")).refused(http.StatusForbidden, "need-privileges")
	s.do("", "POST", news, wrap("CS:unpublish-calendar", "")).want(http.StatusUnauthorized)
	s.do("ann", "POST", annHome+"Inbox/", wrap("CS:publish-calendar", "")).want(http.StatusMethodNotAllowed)
	s.do("ann", "POST", news, wrap("CS:publish-calendar", ""), `If-Match: "x"`).want(http.StatusPreconditionFailed)
	// To unpublish ends the URL at once, and another one comes after it.
	if got := s.publishAs("unpublish-calendar", news); got != "" {
		t.Errorf("still at %s", got)
	}
	s.do("", "GET", "/published/"+token+".ics", "").want(http.StatusNotFound)
	s.do("", "PROPFIND", "/dav/published/"+token+"/", "", "Depth: 0").want(http.StatusNotFound)
	next := s.publishAs("publish-calendar", news)
	if next == token {
		t.Error("the secret did not change")
	}
	// It moves with the calendar, and ends with it.
	s.do("ann", "MOVE", news, "", "Destination: "+annHome+"moved/").want(http.StatusCreated)
	s.do("", "GET", "/published/"+next+".ics", "").want(http.StatusOK)
	s.do("ann", "COPY", annHome+"moved/", "", "Destination: "+annHome+"copy/").want(http.StatusCreated)
	s.wantProp("ann", annHome+"copy/", "CS:publish-url", "-")
	s.do("ann", "DELETE", annHome+"moved/", "").want(http.StatusNoContent)
	s.do("", "GET", "/published/"+next+".ics", "").want(http.StatusNotFound)
	s.do("ann", "MKCALENDAR", annHome+"moved/", "").want(http.StatusCreated)
	s.do("", "GET", "/published/"+next+".ics", "").want(http.StatusNotFound)
}

// Clients that poll are told of a change, and the configured URL goes before what they call the server.
func TestPublishIsAChange(t *testing.T) {
	s, news := newsstand(t)
	token := s.do("ann", "REPORT", annHome, syncFor("", "1", 0)).multistatus().SyncToken
	ask := func() string {
		return s.do("ann", "PROPFIND", annHome, propfind("CS:publish-url", "CS:getctag"), "Depth: 1").want(http.StatusMultiStatus).body
	}
	before := ask()
	published := s.publishAs("publish-calendar", news)
	if after := ask(); after == before || !strings.Contains(after, published) {
		t.Errorf("got\n%s", after)
	}
	s.do("ann", "REPORT", annHome, syncFor(token, "1", 0)).wantFound("news")
	other := s.with(Options{URL: "https://cal.example.com/"})
	for range 2 {
		other.wantProp("ann", news, "CS:publish-url", href("https://cal.example.com/published/"+published+".ics"))
	}
	s.publishAs("unpublish-calendar", news)
	other.wantProp("ann", news, "CS:publish-url", "-")
}

// All ways into a published calendar, for anybody: nothing private comes out, no link leads elsewhere, and nothing tells whose it is.
func TestPublishedCalendar(t *testing.T) {
	s, news := newsstand(t)
	secret := s.publishAs("publish-calendar", news)
	s.published("news", store.Publication{Token: "when", BusyOnly: true})
	etag := s.etag(news + "a.ics")
	foreign := regexp.MustCompile(`/dav/(principals|calendars)/(user|group)/(ann|[^b])|ann@|hidden-place|dead-secret|Event p`)
	for _, test := range []struct {
		token string
		told  string // of a.ics
		etag  string // of a.ics
	}{{secret, "DESCRIPTION:told", etag}, {"when", "SUMMARY:Busy", ""}} {
		for _, who := range []string{"", "bob", "ann"} {
			s := s.in(t)
			root, file := "/dav/published/"+test.token+"/", "/published/"+test.token+".ics"
			seen := map[string]*answer{
				"file":     s.do(who, "GET", file, "").want(http.StatusOK),
				"browser":  s.do(who, "GET", file, "", "Accept: text/html,*/*;q=0.8").want(http.StatusOK),
				"head":     s.do(who, "HEAD", file, "").want(http.StatusOK),
				"export":   s.do(who, "GET", root+"?export", "").want(http.StatusOK),
				"object":   s.do(who, "GET", root+"a.ics", "").want(http.StatusOK),
				"private":  s.do(who, "GET", root+"private.ics", "").want(http.StatusOK),
				"depth 0":  s.do(who, "PROPFIND", root, "", "Depth: 0").wantHrefs(root),
				"depth 1":  s.do(who, "PROPFIND", root, "", "Depth: 1").wantHrefs(root, root+"a.ics", root+"private.ics"),
				"names":    s.do(who, "PROPFIND", root, wrap("D:propfind", "<D:propname/>"), "Depth: 1").want(http.StatusMultiStatus),
				"all":      s.do(who, "PROPFIND", root, wrap("D:propfind", "<D:allprop/><D:include>"+everyProperty()+"</D:include>"), "Depth: 1").want(http.StatusMultiStatus),
				"one":      s.do(who, "PROPFIND", root+"a.ics", propfind("D:getetag", "X:note xmlns:X='urn:x'"), "Depth: 0").wantHrefs(root + "a.ics"),
				"query":    s.do(who, "REPORT", root, filterFor(""), "Depth: 1").wantFound("a.ics", "private.ics"),
				"multiget": s.do(who, "REPORT", root, multigetFor(root+"a.ics", root+"private.ics", root+"none.ics")).wantFound("a.ics", "private.ics"),
				"sync":     s.do(who, "REPORT", root, syncFor("", "1", 0)).wantFound("a.ics", "private.ics"),
				"busy": s.do(who, "REPORT", root, freeBusy("20261201T000000Z/20261203T000000Z")).
					wantBusy("BUSY 20261201T100000Z/20261201T110000Z", "BUSY 20261202T100000Z/20261202T110000Z"),
				"expand":  s.do(who, "REPORT", root, wrap("D:expand-property", `<D:property name="owner"/><D:property name="principal-collection-set"/>`)),
				"options": s.do(who, "OPTIONS", root, "").want(http.StatusOK),
			}
			for what, a := range seen {
				text := a.body
				if who == "ann" { // current-user-principal is her own
					text = strings.ReplaceAll(text, annPrincipal, "")
				}
				if found := foreign.FindString(text); found != "" {
					t.Errorf("%s as %q: %q in\n%s", what, who, found, a.body)
				}
			}
			for _, what := range []string{"file", "export", "object"} {
				if !strings.Contains(seen[what].body, test.told) {
					t.Errorf("%s as %q: no %q in\n%s", what, who, test.told, seen[what].body)
				}
			}
			if got := s.do(who, "REPORT", root, multigetFor(root+"a.ics")).data(root + "a.ics"); !strings.Contains(got, test.told) {
				t.Errorf("got\n%s", got)
			}
			if got := seen["object"].header.Get("ETag"); test.etag != "" && got != test.etag || test.etag == "" && got == etag {
				t.Errorf("the entity tag is %s, that of the object %s", got, etag)
			}
			// What tells something only in the details.
			if body := s.do(who, "REPORT", root, filterFor(`<C:comp-filter name="VEVENT"><C:prop-filter name="SUMMARY">`+textMatch("Event p")+`</C:prop-filter></C:comp-filter>`)).want(http.StatusMultiStatus).body; strings.Contains(body, "private.ics") {
				t.Errorf("a text match finds what is private:\n%s", body)
			}
			m := s.do(who, "REPORT", root, multigetFor(news+"a.ics")).multistatus()
			if r := m.response(news + "a.ics"); who != "ann" && (r == nil || r.Status == "") {
				t.Errorf("as %q: %+v", who, m)
			}
			for _, method := range []string{"PUT", "POST", "DELETE", "PROPPATCH", "MKCALENDAR", "MKCOL", "COPY", "MOVE", "ACL", "LOCK", "UNLOCK"} {
				for _, path := range []string{root, root + "a.ics", file} {
					a := s.do(who, method, path, "", "Destination: "+annHome+"x/").want(http.StatusMethodNotAllowed)
					if allow := a.header.Get("Allow"); !strings.HasPrefix(allow, "OPTIONS, GET, HEAD") || strings.Contains(allow, method) {
						t.Errorf("%s %s: Allow: %s", method, path, allow)
					}
				}
			}
			for _, method := range []string{"PROPFIND", "REPORT"} {
				s.do(who, method, file, filterFor("")).want(http.StatusMethodNotAllowed)
			}
			for _, path := range []string{root + "none.ics", "/dav/published/none/", "/dav/published/none/a.ics", "/published/none.ics", "/published/" + test.token,
				"/published/.ics", "/published/" + test.token + ".ics/", "/published/"} {
				s.do(who, "GET", path, "").want(http.StatusNotFound)
			}
		}
	}
	// By the owner's own URL a published calendar is no more open than before.
	s.do("", "GET", news+"a.ics", "").want(http.StatusUnauthorized)
	s.do("bob", "GET", news+"a.ics", "").want(http.StatusNotFound)
	s.do("ann", "COPY", "/dav/published/"+secret+"/a.ics", "", "Destination: "+annDefault+"a.ics").want(http.StatusMethodNotAllowed)
	s.do("ann", "MOVE", annDefault, "", "Destination: /dav/published/"+secret+"/").want(http.StatusForbidden)
}

// everyProperty is all there is, for DAV:include.
func everyProperty() string {
	var b strings.Builder
	for _, p := range properties {
		b.WriteString(`<x:` + p.name.Local + ` xmlns:x="` + p.name.Space + `"/>`)
	}
	return b.String()
}

// Who asks again is told whether something changed, and is not to keep what may end.
func TestPublishedCaching(t *testing.T) {
	s, news := newsstand(t)
	secret := s.publishAs("publish-calendar", news)
	s.published("news", store.Publication{Token: "News-2026"})
	for token, control := range map[string]string{secret: "private, no-cache", "News-2026": "no-cache"} {
		for _, path := range []string{"/published/" + token + ".ics", "/dav/published/" + token + "/?export", "/dav/published/" + token + "/a.ics"} {
			a := s.do("", "GET", path, "").want(http.StatusOK)
			if a.header.Get("Cache-Control") != control || (a.header.Get("X-Robots-Tag") != "") != (token == secret) {
				t.Errorf("%s: %v", path, a.header)
			}
			for _, header := range []string{"If-None-Match: " + a.header.Get("ETag"), "If-Modified-Since: " + a.header.Get("Last-Modified")} {
				if b := s.do("", "GET", path, "", header).want(http.StatusNotModified); b.header.Get("Cache-Control") != control || b.header.Get("ETag") == "" {
					t.Errorf("%s: %v", path, b.header)
				}
			}
		}
	}
	file := "/published/News-2026.ics"
	old := s.do("", "GET", file, "").header.Get("ETag")
	s.fill(news, map[string]string{"b.ics": event("b", "20261203T100000Z")})
	if body := s.do("", "GET", file, "", "If-None-Match: "+old).want(http.StatusOK).body; !strings.Contains(body, "Event b") {
		t.Errorf("got\n%s", body)
	}
	token := s.do("", "REPORT", "/dav/published/News-2026/", syncFor("", "1", 0)).multistatus().SyncToken
	s.do("ann", "DELETE", news+"b.ics", "").want(http.StatusNoContent)
	s.fill(news, map[string]string{"c.ics": event("c", "20261203T100000Z")})
	m := s.do("", "REPORT", "/dav/published/News-2026/", syncFor(token, "1", 0)).wantFound("c.ics").multistatus()
	if r := m.response("/dav/published/News-2026/b.ics"); r == nil || !strings.Contains(r.Status, "404") {
		t.Errorf("got %+v", m)
	}
}
