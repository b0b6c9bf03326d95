package discovery

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"convene/test/harness"
)

var srv *harness.Server

func TestMain(m *testing.M) {
	harness.Main(m, harness.Options{}, func(s *harness.Server) { srv = s })
}

// TestScenarios replays each file of testdata for two users of its own.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			file, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			steps, err := ReadScenario(file)
			if err != nil {
				t.Fatal(err)
			}
			c, other := srv.NewUser(t), srv.NewUser(t)
			p := &Player{Client: c, Other: other, Values: map[string]string{
				"user": c.User, "other": other.User, "base": c.Base, "number": strings.TrimPrefix(c.User, "user"),
			}}
			for _, s := range steps {
				for _, err := range p.Play(t.Context(), s) {
					t.Errorf("%s:%d: %s %s: %v", path, s.Line, s.Method, s.Path, err)
				}
			}
		})
	}
}

// TestWellKnown: RFC 6764 section 5 wants a redirect, for any method, with credentials or without, that keeps the method.
func TestWellKnown(t *testing.T) {
	c := srv.NewUser(t)
	for _, path := range []string{"/.well-known/caldav", "/.well-known/caldav/"} {
		for _, method := range []string{"GET", "HEAD", "PROPFIND", "OPTIONS"} {
			for _, auth := range [][]string{nil, {"Authorization", ""}} {
				t.Run(fmt.Sprint(method, path, len(auth)), func(t *testing.T) {
					resp := c.Request(t, method, path, "", auth...)
					location := resp.Header.Get("Location")
					if resp.Status != 301 && resp.Status != 308 && resp.Status != 302 && resp.Status != 307 || !strings.HasPrefix(strings.TrimPrefix(location, c.Base), "/dav") {
						t.Errorf("got %v with Location %q, want a redirect below /dav", resp, location)
					}
				})
			}
		}
	}
}

// TestUnauthorized: without credentials, or with ones that are none, everything below /dav asks for them, so that clients send them.
func TestUnauthorized(t *testing.T) {
	c := srv.NewUser(t)
	ask := func(method, path, auth string) {
		body := ""
		if method == "REPORT" { // of others, when somebody is busy can be asked without credentials
			body = `<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level><D:prop/></D:sync-collection>`
		}
		resp := c.Request(t, method, path, body, "Authorization", auth, "Depth", "0")
		if resp.Status != 401 || !strings.HasPrefix(resp.Header.Get("WWW-Authenticate"), "Basic realm=") {
			t.Errorf("%s %s with %q: got %v, WWW-Authenticate %q", method, path, auth, resp, resp.Header.Get("WWW-Authenticate"))
		}
	}
	for _, path := range []string{"/dav/", "/dav/principals/", c.Principal(), c.Home(), c.Default(), c.Default() + "none.ics"} {
		for _, method := range []string{"PROPFIND", "REPORT", "GET", "PUT", "DELETE", "MKCALENDAR"} {
			ask(method, path, "")
		}
	}
	for _, auth := range []string{"Basic !!!", "Bearer nothing", "Basic bm9ib2R5OndoYXRldmVy"} {
		ask("PROPFIND", c.Default(), auth)
	}
}
