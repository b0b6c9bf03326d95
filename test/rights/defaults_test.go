package rights

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/test/harness"
	"convene/test/rights/oracle"
)

// running is a server of the binary.
var running *harness.Server

func TestMain(m *testing.M) {
	harness.Main(m, harness.Options{Own: true}, func(s *harness.Server) { running = s })
}

// A fresh home has the rights of the table "Default WebDAV Privileges by Collection", as DAV:acl says over HTTP and convene acl show on
// the command line.
func TestDefaults(t *testing.T) {
	ann := running.NewUser(t)
	made := map[string]string{"made": "MKCALENDAR", "plain": "MKCOL"}
	for name, method := range made {
		if r := ann.Request(t, method, ann.Home()+name+"/", ""); r.Status != http.StatusCreated {
			t.Fatalf("%s: %d", method, r.Status)
		}
	}
	for _, c := range []struct{ name, kind string }{
		{"", oracle.Home}, {"Default", oracle.Calendar}, {"Inbox", oracle.Inbox}, {"Outbox", oracle.Outbox}, {"Attachments", oracle.Attachments},
		{"Notifications", oracle.Notices}, {"made", oracle.Calendar}, {"plain", oracle.Plain},
	} {
		var rights, privileges []string
		for _, d := range oracle.Defaults {
			if d.Kind == c.kind {
				rights = append(rights, d.Who+" "+d.Rights)
				privileges = append(privileges, d.Who+" "+strings.Join(d.Privileges, " + "))
			}
		}
		href := ann.Home()
		if c.name != "" {
			href += c.name + "/"
		}
		r := ann.Request(t, "PROPFIND", href, `<D:propfind xmlns:D="DAV:"><D:prop><D:acl/></D:prop></D:propfind>`, "Depth", "0")
		if got, want := printACL(t, string(r.Body)), strings.Join(privileges, "\n"); got != want {
			t.Errorf("DAV:acl of %s:\n%s\nwant\n%s", href, got, want)
		}
		if got, want := shown(t, strings.TrimSuffix(ann.User+"/"+c.name, "/")), strings.Join(rights, "\n"); got != want {
			t.Errorf("convene acl show %s:\n%s\nwant\n%s", href, got, want)
		}
	}
}

// shown is a list as the command line prints it, an entry a line.
func shown(t *testing.T, path string) string {
	t.Helper()
	out, err := running.CLI("acl", "show", "--data", running.Dir, "--json", path)
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Who      string
		Negative bool
		Rights   string
	}
	if err := json.Unmarshal([]byte(out), &rows); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var lines []string
	for _, r := range rows {
		if r.Negative {
			r.Who = "-" + r.Who
		}
		lines = append(lines, r.Who+" "+r.Rights)
	}
	return strings.Join(lines, "\n")
}

// printACL writes a DAV:acl (RFC 3744 section 5.5), an element a line.
func printACL(t *testing.T, body string) string {
	t.Helper()
	var m multistatus
	if err := xml.Unmarshal([]byte(body), &m); err != nil || len(m.Responses) != 1 {
		t.Fatalf("%v: %s", err, body)
	}
	status, list := m.Responses[0].prop("acl")
	if status != http.StatusOK {
		return fmt.Sprintf("status %d", status)
	}
	var lines []string
	for _, ace := range list.Any {
		who := ace.child("principal")
		line := "?"
		switch {
		case len(who.child("property").Any) == 1 && who.child("property").Any[0].XMLName.Local == "owner":
			line = "owner"
		case len(who.Any) == 1 && who.Any[0].XMLName.Local == "all":
			line = "anyone"
		}
		var names []string
		for _, p := range ace.child("grant").Any {
			for _, name := range p.Any {
				names = append(names, prefixes[name.XMLName.Space]+name.XMLName.Local)
			}
		}
		line += " " + strings.Join(names, " + ")
		for _, e := range ace.Any { // neither denied, nor protected, nor inherited
			if local := e.XMLName.Local; local != "principal" && local != "grant" {
				line += ", " + local
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
