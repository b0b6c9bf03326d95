package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"convene/server/postgres"

	"github.com/jackc/pgx/v5"
)

func start(t *testing.T, dir string) *postgres.Cluster {
	t.Helper()
	c, err := postgres.Start(t.Context(), postgres.Options{Dir: dir, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func query(t *testing.T, url, sql string) (string, error) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		return "", err
	}
	defer conn.Close(context.Background())
	rows, err := conn.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return "", err
	}
	var got string
	for rows.Next() {
		got = string(rows.RawValues()[0])
	}
	return got, rows.Err()
}

func must(t *testing.T, url, sql string) string {
	t.Helper()
	got, err := query(t, url, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return got
}

func TestLifeOfACluster(t *testing.T) {
	// Closed to the account that PostgreSQL runs as, when the test runs as root.
	dir := filepath.Join(t.TempDir(), "closed", "db")
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, running, err := postgres.Attach(dir); err != nil || running {
		t.Fatalf("Attach before the start: %v, %v", running, err)
	}
	c := start(t, dir)
	must(t, c.URL(), "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)")

	t.Run("a second server is refused", func(t *testing.T) {
		_, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})
		var inUse *postgres.InUse
		if !errors.As(err, &inUse) || inUse.PID != os.Getpid() || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
			t.Fatalf("got %v, want InUse by %d", err, os.Getpid())
		}
	})
	t.Run("attach", func(t *testing.T) {
		url, running, err := postgres.Attach(dir)
		if err != nil || !running || url != c.URL() {
			t.Fatalf("got %q, %v, %v", url, running, err)
		}
	})
	t.Run("started again after kill -9", func(t *testing.T) {
		for range 3 {
			pid := postmasterPID(t, dir)
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() bool {
				got, err := query(t, c.URL(), "SELECT n::text FROM kept")
				return err == nil && got == "7" && postmasterPID(t, dir) != pid
			})
		}
	})
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, running, err := postgres.Attach(dir); err != nil || running {
		t.Fatalf("Attach after the stop: %v, %v", running, err)
	}
	c = start(t, dir)
	if got := must(t, c.URL(), "SELECT n::text FROM kept"); got != "7" {
		t.Errorf("after a restart: got %q, want 7", got)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A pid file whose number went to a stranger (as happens in containers) must not keep the cluster from starting.
func TestStrangersPID(t *testing.T) {
	dir := t.TempDir()
	c := start(t, dir)
	pidFile := filepath.Join(dir, "data", "postmaster.pid")
	b, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "\n")
	if err := os.WriteFile(pidFile, []byte(strconv.Itoa(os.Getpid())+"\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(dir); err == nil { // as PostgreSQL would have left it
		sys := st.Sys().(*syscall.Stat_t)
		if err := os.Chown(pidFile, int(sys.Uid), int(sys.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	c = start(t, dir)
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestLongPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 25))
	c := start(t, dir)
	must(t, c.URL(), "SELECT 1")
	url, running, err := postgres.Attach(dir)
	if err != nil || !running || url != c.URL() {
		t.Fatalf("Attach: got %q, %v, %v", url, running, err)
	}
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestOtherVersion(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 9") {
		t.Fatalf("got %v", err)
	}
}

func TestNoBinaries(t *testing.T) {
	_, err := postgres.Start(t.Context(), postgres.Options{Dir: t.TempDir(), BinDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "apt install postgresql") {
		t.Fatalf("got %v", err)
	}
}

func postmasterPID(t *testing.T, dir string) int {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatal("not within 20 s")
}
