package scenario

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"convene/test/harness"
)

func TestMain(m *testing.M) {
	code := m.Run()
	harness.RemoveBinary()
	os.Exit(code)
}

// TestParse reads all scenarios, without playing them.
func TestParse(t *testing.T) {
	list, err := ReadFiles("testdata")
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d scenarios", len(list))
}

// TestScenarios plays all scenarios: here, or at CONVENE_URL.
func TestScenarios(t *testing.T) {
	list, err := ReadFiles("testdata")
	if err != nil {
		t.Fatal(err)
	}
	servers := testServers(t)
	for _, s := range list {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			on := <-servers
			defer func() { servers <- on }()
			playOn(t, s, on)
		})
	}
}

// playOn plays a scenario as a test.
func playOn(t *testing.T, s *Scenario, on *server) {
	t.Helper()
	unchecked, err := s.play(t.Context(), on)
	for _, what := range unchecked {
		t.Log("not checked:", what)
	}
	switch {
	case err != nil && !errors.Is(err, errNotHere):
		t.Error(err)
	case err != nil || len(unchecked) > 0:
		t.Skip("not checked as a whole on a server elsewhere: ", err)
	}
}

// TestLive plays the examples of RFC 6638 that look at nothing but HTTP against a server in another process.
func TestLive(t *testing.T) {
	list, err := ReadFiles("testdata")
	if err != nil {
		t.Fatal(err)
	}
	srv, err := harness.Start(harness.Options{Own: true, Config: "domain = \"example.com\"\n[scheduling]\nrefresh_delay = \"200ms\"\n"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(srv.Close)
	var accounts []string
	for i, name := range []string{"ann", "bob", "cat", "dan", "eve"} {
		user := harness.UserName(i + 1)
		accounts = append(accounts, fmt.Sprintf("%s=%s:%s:%s@example.com", name, user, user, user))
	}
	on, err := newLiveServer(srv.URL, strings.Join(accounts, ","))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		if !live.MatchString(s.Name) || !s.byHTTP() {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			if unchecked, err := s.play(t.Context(), on); err != nil || len(unchecked) > 0 {
				t.Error(err, unchecked)
			}
		})
	}
	if err := srv.LogError(); err != nil {
		t.Error(err)
	}
}

// live are the scenarios that TestLive plays, of those that need nothing but HTTP and the accounts of users.
var live = regexp.MustCompile(`^RFC 6638 B\.|^RFC 5546 4\.`)

// byHTTP says whether a scenario can be played on any server with the accounts of five users.
func (s *Scenario) byHTTP() bool {
	named := s.words()
	for _, w := range []string{"outside", "attic", "cellar", "staff", "a.example@example.com", "grants", "imports", "trace", "wait"} {
		if named[w] {
			return false
		}
	}
	return !slices.ContainsFunc(s.Steps, func(step *Step) bool { return strings.HasPrefix(step.Text, "with ") })
}

// testServers are those that scenarios are played on.
func testServers(t *testing.T) chan *server {
	t.Helper()
	if url := os.Getenv("CONVENE_URL"); url != "" {
		s, err := newLiveServer(url, os.Getenv("CONVENE_ACCOUNTS"))
		if err != nil {
			t.Fatal(err)
		}
		servers := make(chan *server, 1)
		servers <- s
		return servers
	}
	servers := make(chan *server, min(4, runtime.GOMAXPROCS(0)))
	for range cap(servers) {
		servers <- newServer(t)
	}
	return servers
}
