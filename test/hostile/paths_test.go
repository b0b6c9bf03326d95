package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/test/harness"
)

// hostilePaths are names that must not be understood as anything else than what they are: decoded once, or refused.
func hostilePaths(c *harness.Client) []string {
	d, h := c.Default(), c.Home()
	return []string{
		d + "..", d + "../", d + ".", d + "./x.ics", d + "../../admin/Default/x.ics", d + "%2e%2e", d + "%2e%2e/x.ics", d + ".%2e/x.ics", d + "%2E./%2e%2E/x.ics",
		d + "..%2f..%2fx.ics", d + "a%2fb.ics", d + "%2fetc%2fpasswd", d + "a%2Fb", h + "%2e%2e/admin/Default/x.ics", "/dav/%2e%2e/dav/calendars/user/admin/x.ics",
		d + "a%00.ics", d + "%00", d + "a%00/../x.ics", h + "Default%00/x.ics", h + "a%00b/",
		d + "%ff.ics", d + "%c3%28.ics", d + "%c0%ae%c0%ae/x.ics", d + "%c0%af.ics", d + "%ed%a0%80.ics", d + "%f8%88%80%80%80.ics", d + "\xff.ics",
		d + "%0d%0aX-Injected:%20yes.ics", d + "%0a.ics", d + "%01.ics", d + "%7f.ics", d + "%1b[31m.ics",
		d + "%", d + "%2", d + "%zz.ics", d + "a%u0041.ics", d + "100%.ics",
		d + "/x.ics", d + "//", "/dav//calendars/user/" + c.User + "/Default/x.ics", d + "a//b.ics", h + "/",
		d + strings.Repeat("a", 20_000) + ".ics", d + strings.Repeat("%61", 5000), h + strings.Repeat("a", 3000) + "/", d + strings.Repeat("x/", 5000),
		d + "a/b/c/d.ics", d + "treasure.ics/", d + "treasure.ics/x.ics", d + "treasure.ics/..", d + "x.ics/../treasure.ics/y",
		"/dav/calendars/user/%2e%2e/x.ics", "/dav/calendars/user//x.ics", "/dav/calendars/user/nobody/Default/x.ics", "/dav/calendars/user/admin/Default/x.ics",
		"/dav/calendars/user/" + c.User + "%00/Default/x.ics", "/dav/calendars/user/" + c.User + "%20/Default/x.ics", "/dav/calendars/user/" + c.User + "%2fDefault/x.ics",
		"/dav/calendars/group/" + c.User + "/Default/x.ics", "/dav/calendars/USER/" + c.User + "/Default/x.ics", "/DAV/calendars/user/" + c.User + "/Default/x.ics",
		"/dav/calendars/user/" + strings.ToUpper(c.User) + "x/Default/x.ics", "/dav/principals/user/" + c.User + "/x.ics", "/dav/x.ics", "/dav/calendars/x.ics", "/../etc/passwd", "/dav/../../etc/passwd",
	}
}

// TestPaths sends every hostile path with every method that could read, write or name something there.
func TestPaths(t *testing.T) {
	c := srv.NewUser(t)
	var all []attack
	for _, path := range hostilePaths(c) {
		name := fmt.Sprintf("%q", path[:min(len(path), 70)])
		status := []int{400, 403, 404, 405, 409, 414}
		all = append(all, attack{name: "GET " + name, method: "GET", path: path, status: status},
			attack{name: "PROPFIND " + name, method: "PROPFIND", path: path, status: status, headers: []string{"Depth", "0"}},
			attack{name: "DELETE " + name, method: "DELETE", path: path, status: status},
			attack{name: "PUT " + name, method: "PUT", path: path, status: status, body: harness.Event("attack@example.com", "by path", harness.Day(3))},
			attack{name: "MKCALENDAR " + name, method: "MKCALENDAR", path: path, status: status})
		if strings.IndexByte(path, 0xff) < 0 {
			all = append(all, attack{name: "MOVE to " + name, method: "MOVE", path: c.Default() + "treasure.ics", status: status, headers: []string{"Destination", c.Base + path}},
				attack{name: "multiget " + name, method: "multiget", path: path})
		}
	}
	run(t, c, withoutMultiget(t, c, all))
}

// withoutMultiget does the multigets at once: in their answer each bad href has a status of its own.
func withoutMultiget(t *testing.T, c *harness.Client, all []attack) []attack {
	t.Helper()
	var rest []attack
	var hrefs strings.Builder
	n := 0
	for _, a := range all {
		if a.method != "multiget" {
			rest = append(rest, a)
			continue
		}
		n++
		fmt.Fprintf(&hrefs, "<D:href>%s</D:href>", harness.Escape(a.path))
	}
	body := `<C:calendar-multiget ` + harness.XMLNS + `><D:prop><C:calendar-data/></D:prop>` + hrefs.String() + `</C:calendar-multiget>`
	ms := c.Multistatus(t, "REPORT", c.Default(), body, "Depth", "1")
	if len(ms.Responses) != n {
		t.Errorf("multiget of %d hostile hrefs: %d responses", n, len(ms.Responses))
	}
	for _, r := range ms.Responses {
		if r.Status/100 != 4 {
			t.Errorf("multiget of %.80q: got %d, %v", r.Href, r.Status, r.Props)
		}
	}
	return rest
}

// TestDecodedOnce: a name with an encoded percent sign is just a name. It is not decoded a second time, anywhere.
func TestDecodedOnce(t *testing.T) {
	c := srv.NewUser(t)
	for i, name := range []string{"%252e%252e", "..%252f..%252fx.ics", "a%252fb.ics", "a%2500.ics", "%25ff.ics", "%2541.ics"} {
		uid := harness.UID("once", i)
		c.Want(t, http.StatusCreated, "PUT", c.Default()+name, harness.Event(uid, name, harness.Day(3)))
		got := c.Want(t, http.StatusOK, "GET", c.Default()+name, "")
		if !strings.Contains(string(got.Body), uid) {
			t.Errorf("GET %s: got %s", name, got.Body)
		}
		members, err := c.List(t.Context(), c.Default())
		if err != nil || len(members) != i+1 || members[c.Default()+name] != got.ETag() {
			t.Errorf("after PUT of %s the calendar lists %v (%v)", name, members, err)
		}
		data, err := c.Multiget(t.Context(), c.Default(), []string{c.Default() + name})
		if err != nil || !strings.Contains(data[c.Default()+name], uid) {
			t.Errorf("multiget of %s: got %v (%v)", name, data, err)
		}
	}
	if members, err := c.List(t.Context(), "/dav/calendars/user/"+c.User+"/"); err != nil || len(members) != 5 {
		t.Errorf("the home lists %v (%v), want its five collections", members, err)
	}
}
