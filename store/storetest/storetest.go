// Package storetest gives tests a database of their own on a real PostgreSQL: one private cluster a test process, one
// database a test, copied from a template that has the current schema.
package storetest

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"convene/server/postgres"
	"convene/store"

	"github.com/jackc/pgx/v5"
)

const template = "template_convene"

// New opens a fresh, empty database with the current schema; it goes away with the test.
func New(t testing.TB) *store.DB {
	t.Helper()
	return Open(t, store.Options{URL: URL(t)})
}

// Open opens a database with options of the test's own, and closes it with the test. Its log goes to the test's.
func Open(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	db, err := store.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return db
}

var databases atomic.Int64

// URL makes a fresh database with the current schema, and returns its connection string.
func URL(t testing.TB) string { return create(t, template) }

// EmptyURL is like URL without the schema.
func EmptyURL(t testing.TB) string { return create(t, "template0") }

func create(t testing.TB, from string) string {
	t.Helper()
	base, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := execute(t.Context(), base, "CREATE DATABASE "+name+" TEMPLATE "+from); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := execute(context.Background(), base, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return database(base, name)
}

// cluster starts the cluster of this process, once, and makes the template.
var cluster = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "convene-test-")
	if err != nil {
		return "", err
	}
	if err := reap(dir); err != nil {
		return "", err
	}
	c, err := postgres.Start(context.Background(), postgres.Options{Dir: dir, MaxConns: 200, Settings: []string{"fsync=off"}})
	if err != nil {
		return "", err
	}
	ctx := context.Background()
	if err := execute(ctx, c.URL(), "CREATE DATABASE "+template+" TEMPLATE template0"); err != nil {
		return "", err
	}
	if _, err := store.MigrateUp(ctx, database(c.URL(), template)); err != nil {
		return "", err
	}
	return c.URL(), nil
})

// reap removes the cluster's folder when this process has ended, in whatever way: a shell waits for the end of its
// input, which we hold open, and then for the cluster, which ends with us.
func reap(dir string) error {
	var ends [2]int // ends[1] stays open as long as the process lives: it is no os.File that could be collected
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		return err
	}
	r := os.NewFile(uintptr(ends[0]), "reaper")
	cmd := exec.Command("/bin/sh", "-c", `cat; while [ -e "$0/data/postmaster.pid" ]; do sleep 0.1; done; rm -rf "$0"`, dir)
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	return r.Close()
}

func database(base, name string) string {
	u, err := url.Parse(base)
	if err != nil {
		panic(err) // our own cluster's
	}
	u.Path = "/" + name
	return u.String()
}

func execute(ctx context.Context, url, sql string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	if cerr := conn.Close(ctx); err == nil {
		err = cerr
	}
	return err
}
