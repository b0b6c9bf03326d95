package scenario

import (
	"errors"
	"os"
	"runtime"
	"testing"
)

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
			unchecked, err := s.Play(t.Context(), on)
			for _, what := range unchecked {
				t.Log("not checked:", what)
			}
			switch {
			case err != nil && !errors.Is(err, errNotHere):
				t.Error(err)
			case err != nil || len(unchecked) > 0:
				t.Skip("not checked as a whole on a server elsewhere: ", err)
			}
		})
	}
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
