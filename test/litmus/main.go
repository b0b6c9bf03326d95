// Command litmus runs Debian's WebDAV test suite of that name against a CalDAV server, twice: through an adapter that makes files and
// folders of calendar objects and calendars, so that nearly all of it applies, and without, where what CalDAV has no place for is
// refused. A test passes if it ends as suites.go says.
//
//	go run ./test/litmus URL USER1 USER2
//
// The accounts, one for each way, have their names as passwords and homes without what litmus makes.
package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
)

// programs is where Debian and Ubuntu put litmus's tests.
var programs = []string{"/usr/libexec/litmus", "/usr/lib/litmus"}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: litmus URL USER1 USER2")
		os.Exit(2)
	}
	server := strings.TrimSuffix(os.Args[1], "/")
	dir := installed()
	if dir == "" {
		fmt.Println("FAIL  litmus: it is not installed: apt-get install litmus")
		os.Exit(1)
	}
	front := &adapter{server: server, tree: newTree(homeOf(os.Args[2]))}
	adapted := httptest.NewServer(front)
	defer adapted.Close()
	failed := false
	for _, r := range runs {
		origin, user := server, os.Args[3]
		if r.adapted {
			origin, user = adapted.URL, os.Args[2]
		}
		if err := r.run(dir, origin+homeOf(user), user); err != nil {
			fmt.Printf("FAIL  litmus: %s: %v\n", r.name(), err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func homeOf(user string) string { return "/dav/calendars/user/" + user + "/" }

func installed() string {
	for _, dir := range programs {
		if _, err := os.Stat(filepath.Join(dir, "locks")); err == nil {
			return dir
		}
	}
	return ""
}
