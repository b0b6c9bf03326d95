package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"convene/store"
	"convene/store/storetest"

	"github.com/jackc/pgx/v5"
)

func TestMigrate(t *testing.T) {
	url := storetest.EmptyURL(t)
	ctx := t.Context()
	open := func(migrate bool) error {
		db, err := store.Open(ctx, store.Options{URL: url, Migrate: migrate})
		if err == nil {
			db.Close()
		}
		return err
	}
	if err := open(false); !errors.Is(err, store.ErrSchemaOlder) {
		t.Errorf("opening an empty database: got %v", err)
	}
	var wg sync.WaitGroup
	for range 3 { // processes that start at once
		wg.Go(func() {
			if err := open(true); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if err := open(false); err != nil {
		t.Error(err)
	}
	status, err := store.MigrationStatus(ctx, url)
	if err != nil || len(status) == 0 {
		t.Fatalf("got %v, %v", status, err)
	}
	for _, m := range status {
		if m.Applied.IsZero() {
			t.Errorf("%d %s is missing", m.Version, m.Name)
		}
	}
	for range status {
		if _, err := store.MigrateDown(ctx, url); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := store.MigrateDown(ctx, url); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("below the first step: got %v", err)
	}
	if err := open(false); !errors.Is(err, store.ErrSchemaOlder) {
		t.Errorf("after going down: got %v", err)
	}
	if done, err := store.MigrateUp(ctx, url); err != nil || len(done) != len(status) {
		t.Errorf("up again: got %v, %v", done, err)
	}

	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(ctx, `INSERT INTO schema_version (version_id, is_applied) VALUES (9999, true)`); err != nil {
		t.Fatal(err)
	}
	for _, migrate := range []bool{false, true} {
		if err := open(migrate); !errors.Is(err, store.ErrSchemaNewer) {
			t.Errorf("a schema from the future, migrate %v: got %v", migrate, err)
		}
	}
	if _, err := store.MigrationStatus(ctx, url); !errors.Is(err, store.ErrSchemaNewer) {
		t.Errorf("its status: got %v", err)
	}
}
