package postgres_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"convene/server/postgres"
)

const serveDir = "CONVENE_TEST_SERVE_DIR"

// TestMain lets the test binary play the server that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv(serveDir); dir != "" {
		serve(dir)
	}
	os.Exit(m.Run())
}

// serve runs the cluster until it is killed.
func serve(dir string) {
	c, err := postgres.Start(context.Background(), postgres.Options{Dir: dir})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("ready", c.URL())
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil { // for ever
		os.Exit(1)
	}
}

// A server that was killed leaves nothing behind that would keep the next one from starting at once.
func TestServerKilled(t *testing.T) {
	dir := t.TempDir()
	for round := range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), serveDir+"="+dir)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(out).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "ready ") {
			t.Fatalf("round %d: %q, %v", round, line, err)
		}
		url := strings.TrimSpace(strings.TrimPrefix(line, "ready "))
		if found, running, err := postgres.Attach(dir); err != nil || !running || found != url {
			t.Errorf("Attach: got %q, %v, %v, want %q", found, running, err, url)
		}
		if round == 0 {
			must(t, url, "CREATE TABLE kept (n int)")
		}
		must(t, url, "INSERT INTO kept VALUES (1)")
		if got := must(t, url, "SELECT count(*)::text FROM kept"); got != fmt.Sprint(round+1) {
			t.Errorf("round %d: %s rows, want %d", round, got, round+1)
		}
		if round%2 == 1 { // and its PostgreSQL with it
			if err := syscall.Kill(postmasterPID(t, dir), syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Error("it was not killed")
		}
		if err := in.Close(); err != nil {
			t.Log(err) // the process at its end is gone
		}
	}
	c := start(t, dir)
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}
