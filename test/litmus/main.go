// Command litmus runs Debian's WebDAV test suite of that name against a CalDAV server, twice: through an adapter that makes files and
// folders of calendar objects and calendars, so that nearly all of it applies, and without, where what CalDAV has no place for is
// refused. A test passes if it ends as suites.go says.
//
//	go run ./test/litmus URL USER PASSWORD
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
)

// programs is where Debian puts litmus's tests; $LITMUS names another folder.
const programs = "/usr/libexec/litmus"

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: litmus URL USER PASSWORD")
		os.Exit(2)
	}
	dir := os.Getenv("LITMUS")
	if dir == "" {
		dir = programs
	}
	if _, err := os.Stat(filepath.Join(dir, "locks")); err != nil {
		fmt.Println("FAIL  litmus: it is not installed:", err)
		os.Exit(1)
	}
	server, user, password := strings.TrimSuffix(os.Args[1], "/"), os.Args[2], os.Args[3]
	home := "/dav/calendars/user/" + user + "/"
	adapter := httptest.NewServer(http.Handler(&adapter{server: server, tree: newTree(home)}))
	defer adapter.Close()
	failed := false
	for _, r := range runs {
		origin := server
		if r.adapted {
			origin = adapter.URL
		}
		if err := r.run(dir, origin+home, user, password); err != nil {
			fmt.Printf("FAIL  litmus: %s: %v\n", r.name(), err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}
