package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"convene/server/postgres"
	"convene/store"
	"convene/store/storetest"
)

// PostgreSQL is killed while it writes. It comes back by itself, and so do the pool and the caches; what was
// acknowledged is there, and what was not is there whole or not at all.
func TestPostgresKilled(t *testing.T) {
	dir := t.TempDir()
	c, err := postgres.Start(t.Context(), postgres.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	db := storetest.Open(t, store.Options{URL: c.URL(), Migrate: true})
	ctx := t.Context()
	const writers = 4
	var colls []*store.Collection
	for i := range writers {
		colls = append(colls, newUser(t, db, fmt.Sprintf("writer%d", i)).Collection("Default"))
	}
	acknowledged := make([]map[string]string, writers) // ETag by name
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range writers {
		acknowledged[w] = map[string]string{}
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				o := event(fmt.Sprintf("e%d", i), i)
				err := putOne(ctx, db, colls[w], o)
				if err == nil {
					acknowledged[w][o.Name] = o.ETag
				} else if !errors.Is(err, store.ErrUnavailable) {
					t.Errorf("writing to a killed database: got %v, want ErrUnavailable", err)
				}
			}
		})
	}
	for range 5 {
		before := modseqs(t, db, colls)
		eventually(t, func() bool { return modseqs(t, db, colls) > before+20 })
		pid := postmasterPID(t, dir)
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool { return postmasterPID(t, dir) != pid && db.Ping(ctx) == nil && db.Listening() })
	}
	close(stop)
	wg.Wait()
	for w, coll := range colls {
		there := map[string]string{}
		coll = refresh(t, db, coll)
		if err := db.QueryAll(ctx, coll, "", "", func(o *store.Object) error {
			if store.ETagOf(o.Data) != o.ETag || o.Modseq > coll.Modseq {
				t.Errorf("%s is half there", o.Name)
			}
			there[o.Name] = o.ETag
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for name, etag := range acknowledged[w] {
			if there[name] != etag {
				t.Errorf("%s was acknowledged, and is %q, want %q", name, there[name], etag)
			}
		}
	}
}

// modseqs adds up how far the collections have come, as far as can be told now.
func modseqs(t *testing.T, db *store.DB, colls []*store.Collection) (sum int64) {
	t.Helper()
	for _, c := range colls {
		h, err := db.Home(t.Context(), c.Owner)
		if err != nil {
			return 0
		}
		sum += h.Root.Modseq
	}
	return sum
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
		return 0
	}
	return pid
}
