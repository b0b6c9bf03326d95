// Package hostile sends what no good client sends, and what a bad one does on purpose. Each such request must be answered with
// a 4xx, the precondition element that the standards name for it and a sentence that a person can act upon; it must cost little,
// store nothing, and leave the server answering.
package hostile

import (
	"encoding/xml"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"convene/test/harness"
	"convene/test/model"
)

var srv *harness.Server

func TestMain(m *testing.M) {
	harness.Main(m, harness.Options{Own: true}, func(s *harness.Server) { srv = s })
}

// attack is one request and what must come of it.
type attack struct {
	name, method, path, body string
	headers                  []string
	status                   []int      // nil: any 4xx; a 502 only where it is here
	conditions               []xml.Name // one of these must be in DAV:error; nil: the standards name none
}

// Bounds on what one attack may cost the server and its database together. Wall time is bounded generously, because the machine
// may be busy with other tests; processor time is the server's alone.
const (
	maxWall = 20 * time.Second
	maxCPU  = 1500 * time.Millisecond
	maxRSS  = 400 << 20
)

// run sends the attacks on the user's home one after the other.
func run(t *testing.T, c *harness.Client, attacks []attack) {
	t.Helper()
	g := watch(t, c)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			g.costs(t, func() {
				resp, err := c.Do(t.Context(), a.method, a.path, a.body, a.headers...)
				if refusedEarly(err) && len(a.body) > 1<<20 {
					return // the server answered and closed while we were still sending: a refusal
				}
				if err != nil {
					t.Fatalf("%s %.200s: %v", a.method, a.path, err)
				}
				a.judge(t, resp)
			})
		})
	}
	g.unchanged(t)
}

// refusedEarly says whether the server closed the connection before it took the whole request.
func refusedEarly(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed) ||
		err != nil && strings.Contains(err.Error(), "server closed idle connection")
}

// judge checks status, element and sentence.
func (a *attack) judge(t *testing.T, resp *harness.Response) {
	t.Helper()
	if a.status == nil && resp.Status/100 != 4 || a.status != nil && !slices.Contains(a.status, resp.Status) {
		t.Fatalf("%s %.200s: got %v, want one of %v, a 4xx", a.method, a.path, resp, a.status)
	}
	if a.method == "HEAD" {
		return
	}
	if resp.Header.Get("Content-Type") == "text/plain" || strings.HasPrefix(resp.Header.Get("Content-Type"), "text/plain;") {
		if a.conditions != nil || len(strings.Fields(string(resp.Body))) < 2 {
			t.Errorf("got %v, want the element %v and a sentence", resp, a.conditions)
		}
		return // below the level of WebDAV
	}
	name, sentence, err := resp.Condition()
	if err != nil {
		t.Fatalf("got %v: %v", resp, err)
	}
	if a.conditions != nil && !slices.Contains(a.conditions, name) {
		t.Errorf("got %v, want one of %v", resp, a.conditions)
	}
	if len(strings.Fields(sentence)) < 3 {
		t.Errorf("got the sentence %q, want one that a person can act upon", sentence)
	}
	if len(resp.Body) > 4096 {
		t.Errorf("the answer has %d bytes", len(resp.Body))
	}
}

// guard holds what a home was before the attacks.
type guard struct {
	c           *harness.Client
	listing     map[string]map[string]model.Copy
	collections map[string]harness.Collection
}

// watch stores two objects for attackers to spoil, and remembers the home.
func watch(t *testing.T, c *harness.Client) *guard {
	t.Helper()
	for _, name := range []string{"treasure.ics", "second.ics"} {
		c.Want(t, http.StatusCreated, "PUT", c.Default()+name, harness.Event(name, "must stay as it is", harness.Day(40)))
	}
	g := &guard{c: c}
	g.listing, g.collections = g.look(t)
	return g
}

func (g *guard) look(t *testing.T) (map[string]map[string]model.Copy, map[string]harness.Collection) {
	t.Helper()
	listing, err := model.Listing(t.Context(), g.c)
	if err != nil {
		t.Fatal(err)
	}
	collections, err := g.c.Collections(t.Context(), g.c.Home())
	if err != nil {
		t.Fatal(err)
	}
	return listing, collections
}

// unchanged fails the test if anything in the home is not as it was, CTags and names included.
func (g *guard) unchanged(t *testing.T) {
	t.Helper()
	listing, collections := g.look(t)
	if diff := model.Differ(listing, g.listing); diff != "" {
		t.Errorf("after the attacks:\n%s", diff)
	}
	for path, before := range g.collections {
		if collections[path] != before {
			t.Errorf("%s was %+v, is %+v", path, before, collections[path])
		}
	}
	if len(collections) != len(g.collections) {
		t.Errorf("the home had %d collections, has %d", len(g.collections), len(collections))
	}
	if err := srv.LogError(); err != nil {
		t.Error(err)
	}
}

// costs runs do and bounds what it takes; afterwards the server must answer another client.
func (g *guard) costs(t *testing.T, do func()) {
	t.Helper()
	before, start := usage(t), time.Now()
	do()
	took, after := time.Since(start), usage(t)
	if cpu := after.CPU - before.CPU; cpu > maxCPU {
		t.Errorf("it cost %v of processor time", cpu)
	}
	if took > maxWall {
		t.Errorf("it took %v", took)
	}
	if after.RSS > maxRSS {
		t.Errorf("the server has %d MB resident", after.RSS>>20)
	}
	if os.Getenv("CONVENE_TEST_COSTS") != "" {
		t.Logf("%v of processor time, %v in all, %d MB resident", after.CPU-before.CPU, took, after.RSS>>20)
	}
	srv.Client(g.c.User).Want(t, http.StatusOK, "GET", g.c.Default()+"treasure.ics", "")
}

func usage(t *testing.T) harness.Usage {
	t.Helper()
	u, err := srv.Usage()
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// one makes the list of acceptable elements.
func one(names ...xml.Name) []xml.Name { return names }
