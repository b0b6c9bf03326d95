package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/test/harness"
)

// TestHeaders: header fields that say nothing, too much or the impossible.
func TestHeaders(t *testing.T) {
	c := srv.NewUser(t)
	treasure := c.Default() + "treasure.ics"
	fresh := harness.Event("attack@example.com", "by header", harness.Day(3))
	prop := `<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>`
	var all []attack
	add := func(name, method, path, body string, status []int, headers ...string) *attack {
		all = append(all, attack{name: name, method: method, path: path, body: body, status: status, headers: headers})
		return &all[len(all)-1]
	}
	bad, failed := []int{http.StatusBadRequest}, []int{http.StatusPreconditionFailed}
	for _, depth := range []string{"2", "-1", "1,0", "infinity and beyond", "∞", "0x1", "1.0", strings.Repeat("1", 10_000)} {
		add(fmt.Sprintf("Depth: %.20s", depth), "PROPFIND", c.Default(), prop, bad, "Depth", depth)
	}
	// RFC 4918 section 9.1: Depth infinity may be refused, by this element.
	add("Depth: infinity", "PROPFIND", c.Home(), prop, []int{http.StatusForbidden}, "Depth", "infinity").conditions = one(harness.DAV("propfind-finite-depth"))
	add("no Depth", "PROPFIND", c.Home(), prop, []int{http.StatusForbidden}).conditions = one(harness.DAV("propfind-finite-depth"))
	add("DELETE of a collection with Depth 0", "DELETE", c.Default(), "", bad, "Depth", "0")
	add("MOVE of a collection with Depth 0", "MOVE", c.Default(), "", bad, "Depth", "0", "Destination", c.Base+c.Home()+"moved/")

	for name, value := range map[string]string{
		"nonsense": "nonsense", "open list": `(["etag"]`, "open parenthesis": "(", "no list": "<http://x/>", "open token": "(<opaque", "open tag": `(["etag`,
		"Not without anything": "(Not)", "empty list": "()", "nested": "((((<a>))))", "10,000 parentheses": strings.Repeat("(", 10_000),
		"tag and no list": "<http://127.0.0.1/dav/>", "list after nonsense": `x (["a"])`, "5,000 lists": strings.Repeat(`(<urn:x>)`, 5000),
	} {
		want := bad
		if strings.HasPrefix(name, "5,000") {
			want = []int{http.StatusBadRequest, http.StatusPreconditionFailed, http.StatusRequestHeaderFieldsTooLarge}
		}
		add("If: "+name, "PUT", treasure, fresh, want, "If", value)
		add("If with DELETE: "+name, "DELETE", treasure, "", want, "If", value)
	}
	for name, value := range map[string]string{
		"another state token": "(<urn:uuid:0>)", "another ETag": `(["0"])`, "an ETag it cannot have": `(Not ["0"] ["1"])`, "another resource": `<http://other.example.com/x> (["0"])`,
		"no lock": "(<DAV:no-lock>)", "a path outside": `</../../etc/passwd> (["0"])`,
	} {
		add("If: "+name, "PUT", treasure, fresh, failed, "If", value)
	}
	for name, value := range map[string]string{"open quote": `"abc`, "no quotes": `abc`, "nonsense": `,,,;"`, "weak": `W/"abc"`, "a list of nothing": ",", "10,000 tags": strings.Repeat(`"a",`, 10_000) + `"b"`} {
		add("If-Match: "+name, "PUT", treasure, fresh, []int{http.StatusBadRequest, http.StatusPreconditionFailed}, "If-Match", value)
	}
	for name, value := range map[string]string{
		"none": "", "nonsense": "::::", "another server": "http://other.example.com" + c.Default() + "x.ics", "another scheme": "gopher://127.0.0.1/x",
		"a fragment of an escape": c.Base + c.Default() + "%zz.ics", "encoded slash": c.Base + c.Default() + "a%2fb.ics", "dots": c.Base + c.Default() + "../../user02/Default/x.ics",
		"encoded dots": c.Base + c.Home() + "%2e%2e/user02/Default/x.ics", "NUL": c.Base + c.Default() + "a%00.ics", "a home": c.Base + c.Home() + "x.ics", "the root": c.Base + "/",
		"its own calendar": c.Base + c.Default(), "a calendar that is not there": c.Base + c.Home() + "none/x.ics", "someone else's": c.Base + "/dav/calendars/user/admin/Default/x.ics",
		"a principal": c.Base + c.Principal(), "outside": c.Base + "/healthz", "100 kB": c.Base + c.Default() + strings.Repeat("a", 50_000), "below an object": c.Base + treasure + "/x.ics",
	} {
		for _, method := range []string{"MOVE", "COPY"} {
			a := add(method+" to "+name, method, treasure, "", nil, "Destination", value)
			switch name {
			case "another server", "another scheme":
				a.status = []int{http.StatusBadGateway, http.StatusForbidden, http.StatusBadRequest} // RFC 4918 section 9.9.4 names 502
			case "a calendar that is not there":
				a.status = []int{http.StatusConflict}
			}
		}
	}
	add("MOVE to itself", "MOVE", treasure, "", []int{http.StatusForbidden}, "Destination", c.Base+treasure)
	add("Overwrite: X", "MOVE", treasure, "", bad, "Destination", c.Base+c.Default()+"x.ics", "Overwrite", "X")
	add("MOVE of a calendar into itself", "MOVE", c.Default(), "", nil, "Destination", c.Base+c.Default()+"inside/")
	add("COPY of a calendar into itself", "COPY", c.Default(), "", nil, "Destination", c.Base+c.Default()+"inside/")
	add("header of 1 MB", "GET", treasure, "", []int{http.StatusRequestHeaderFieldsTooLarge}, "X-Long", strings.Repeat("a", 1<<20))
	add("Content-Encoding of nonsense", "PUT", treasure, fresh, []int{http.StatusUnsupportedMediaType, http.StatusBadRequest}, "Content-Encoding", "x-nonsense")
	add("Content-Range", "PUT", treasure, fresh, bad, "Content-Range", "bytes 0-10/100") // RFC 9110 section 14.5
	run(t, c, all)
}

// TestMethods: methods that there are not, and methods where they do not belong.
func TestMethods(t *testing.T) {
	c := srv.NewUser(t)
	treasure := c.Default() + "treasure.ics"
	location := one(harness.CalDAV("calendar-collection-location-ok"))
	null := one(harness.DAV("resource-must-be-null"), harness.CalDAV("calendar-collection-location-ok"))
	var all []attack
	for _, method := range []string{"FOO", "TRACE", "PATCH", "SEARCH", "VERSION-CONTROL", strings.Repeat("X", 5000), "get"} {
		for _, path := range []string{c.Default(), treasure, c.Principal(), "/dav/"} {
			all = append(all, attack{name: fmt.Sprintf("%.20s %s", method, path), method: method, path: path, status: []int{400, 405, 501}})
		}
	}
	for _, path := range []string{"/", "/dav/", "/dav/principals/", "/dav/calendars/", "/dav/calendars/user/", c.Home(), c.Principal(), c.Home() + "Inbox/", c.Home() + "Outbox/"} {
		all = append(all,
			attack{name: "PUT over " + path, method: "PUT", path: path, body: event(good...)},
			attack{name: "MKCALENDAR over " + path, method: "MKCALENDAR", path: path},
			attack{name: "MKCOL over " + path, method: "MKCOL", path: path},
			attack{name: "MOVE of " + path, method: "MOVE", path: path, headers: []string{"Destination", c.Base + c.Home() + "moved/"}},
			attack{name: "DELETE of " + path, method: "DELETE", path: path},
		)
	}
	all = append(all,
		attack{name: "MKCALENDAR over a calendar", method: "MKCALENDAR", path: c.Default(), conditions: null},
		attack{name: "MKCOL over a calendar", method: "MKCOL", path: c.Default()},
		attack{name: "MKCALENDAR in a calendar", method: "MKCALENDAR", path: c.Default() + "inside/", conditions: location},
		attack{name: "MKCALENDAR below an object", method: "MKCALENDAR", path: treasure + "/inside/"},
		attack{name: "MKCALENDAR below nothing", method: "MKCALENDAR", path: c.Home() + "none/inside/"},
		attack{name: "MKCALENDAR beside the homes", method: "MKCALENDAR", path: "/dav/calendars/elsewhere/"},
		attack{name: "MKCALENDAR in another's home", method: "MKCALENDAR", path: "/dav/calendars/user/admin/attacked/"},
		attack{name: "MKCALENDAR in the home of nobody", method: "MKCALENDAR", path: "/dav/calendars/user/nobody/attacked/"},
		attack{name: "POST nonsense to a calendar", method: "POST", path: c.Default(), body: "nonsense"},
		attack{name: "POST to an object", method: "POST", path: treasure, body: event(good...)},
		attack{name: "PROPPATCH of nothing", method: "PROPPATCH", path: c.Home() + "none/", body: `<D:propertyupdate ` + harness.XMLNS + `><D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set></D:propertyupdate>`},
	)
	run(t, c, all)
}

// TestProtected: properties that a client may not set answer 403 with cannot-modify-protected-property (RFC 4918 section 15),
// and nothing else of the same request is done (section 9.2).
func TestProtected(t *testing.T) {
	c := srv.NewUser(t)
	g := watch(t, c)
	for _, prop := range []string{"D:getetag", "D:resourcetype", "D:sync-token", "CS:getctag", "D:creationdate", "D:current-user-principal", "D:owner",
		"D:supported-report-set", "C:supported-calendar-data", "C:max-resource-size", "D:current-user-privilege-set"} {
		body := `<D:propertyupdate ` + harness.XMLNS + `><D:set><D:prop><D:displayname>attacked</D:displayname><` + prop + `>x</` + prop + `></D:prop></D:set></D:propertyupdate>`
		ms := c.Multistatus(t, "PROPPATCH", c.Default(), body)
		r := ms.Responses[0]
		if got := r.StatusOf(harness.DAV("displayname")); got != http.StatusFailedDependency {
			t.Errorf("%s: displayname has status %d, want 424", prop, got)
		}
		if len(r.Props[http.StatusForbidden]) != 1 || r.Error.Child(harness.DAV("cannot-modify-protected-property")) == nil {
			t.Errorf("%s: got %v, want 403 with cannot-modify-protected-property", prop, r)
		}
	}
	g.unchanged(t)
}

// TestManyProperties: a PROPPATCH with more, or larger, dead properties than anyone needs is refused and not half done.
func TestManyProperties(t *testing.T) {
	c := srv.NewUser(t)
	many := &strings.Builder{}
	for i := range 20_000 {
		fmt.Fprintf(many, `<x:p%d xmlns:x="urn:x">v</x:p%d>`, i, i)
	}
	set := func(props string) string {
		return `<D:propertyupdate ` + harness.XMLNS + `><D:set><D:prop><D:displayname>attacked</D:displayname>` + props + `</D:prop></D:set></D:propertyupdate>`
	}
	g := watch(t, c)
	for name, body := range map[string]string{
		"20,000 properties": set(many.String()),
		"one of 3 MB":       set(`<x:p xmlns:x="urn:x">` + strings.Repeat("a", 3<<20) + `</x:p>`),
		"a name of 1 MB":    set(`<C:calendar-description>` + strings.Repeat("a", 1<<20) + `</C:calendar-description>`),
	} {
		t.Run(name, func(t *testing.T) {
			g.costs(t, func() {
				resp := c.Request(t, "PROPPATCH", c.Default(), body)
				if resp.Status == http.StatusMultiStatus {
					ms, err := harness.ParseMultistatus(resp.Body)
					if err != nil || len(ms.Responses[0].Props[http.StatusOK]) > 0 {
						t.Errorf("got %v (%v), want it refused", resp, err)
					}
					return
				}
				(&attack{method: "PROPPATCH"}).judge(t, resp)
			})
		})
	}
	g.unchanged(t)
}
