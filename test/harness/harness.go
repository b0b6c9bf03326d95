// Package harness runs convene from the outside, for tests that look at it as a client or an administrator does.
//
// It builds the binary (or takes the one that $CONVENE names), starts it on a free loopback port with a data folder of
// its own, imports users through the command line, and offers an HTTP client with its own reading of multistatus by
// encoding/xml, so that nothing here shares code with the server. With $CONVENE_TEST_URL set, tests that need no process
// of their own run against the server at that address instead (it must lay its URLs out as Cyrus does and know
// user01..user40 with their names as passwords), which is how the tests themselves are checked against other servers.
package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Users is how many accounts, user01 and so on, each server of the harness has.
const Users = 40

// UserName returns the name, and password, of the n-th account, counted from 1.
func UserName(n int) string { return fmt.Sprintf("user%02d", n) }

var built struct {
	sync.Once
	path string
	err  error
}

// Binary returns the path of the convene binary under test: $CONVENE, or one built once per test process.
func Binary() (string, error) {
	built.Do(func() {
		if built.path = os.Getenv("CONVENE"); built.path != "" {
			return
		}
		dir, err := os.MkdirTemp("", "convene-bin")
		if err != nil {
			built.err = err
			return
		}
		if built.err = os.Chmod(dir, 0o755); built.err != nil {
			return
		}
		built.path = filepath.Join(dir, "convene")
		cmd := exec.Command("go", "build", "-o", built.path, "convene/cmd/convene")
		cmd.Dir = Root()
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("harness: go build: %w\n%s", err, out)
		}
	})
	return built.path, built.err
}

// RemoveBinary removes what Binary built. Main does that; tests that start servers without it call it at their end.
func RemoveBinary() {
	if built.path != "" && os.Getenv("CONVENE") == "" {
		os.RemoveAll(filepath.Dir(built.path))
	}
}

// Root returns the folder of the module.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(filepath.Dir(filepath.Dir(file)))
}

// Main is the TestMain of a package whose tests share one server: it starts it with opts, gives it to use, runs the
// tests, and stops it. A panic in the server's log fails the package.
func Main(m *testing.M, opts Options, use func(*Server)) {
	os.Exit(runMain(m, opts, use))
}

func runMain(m *testing.M, opts Options, use func(*Server)) int {
	defer RemoveBinary()
	srv, err := Start(opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer srv.Close()
	use(srv)
	code := m.Run()
	if err := srv.LogError(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "the end of the server's log:\n%s\n", srv.LogTail(4096))
	}
	return code
}
