package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"convene/migrations"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver called pgx, which goose needs
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migration is one step of the schema.
type Migration struct {
	Version int64
	Name    string
	Applied time.Time // zero: not yet
}

// versionsTable is goose's record of the steps taken.
const versionsTable = "schema_version"

// MigrationStatus lists all steps this binary knows. ErrSchemaNewer: the database has one it does not know.
func MigrationStatus(ctx context.Context, url string) (list []Migration, err error) {
	defer annotate(&err, "MigrationStatus")
	err = withGoose(ctx, url, func(p *goose.Provider) error {
		status, err := p.Status(ctx)
		for _, s := range status {
			list = append(list, Migration{s.Source.Version, s.Source.Path, s.AppliedAt})
		}
		return err
	})
	return list, err
}

// MigrateUp takes all steps that are missing, and returns them. Of several processes one does, the others wait.
func MigrateUp(ctx context.Context, url string) (done []Migration, err error) {
	defer annotate(&err, "MigrateUp")
	err = withGoose(ctx, url, func(p *goose.Provider) error {
		results, err := p.Up(ctx)
		for _, r := range results {
			done = append(done, Migration{r.Source.Version, r.Source.Path, time.Now()})
		}
		return err
	})
	return done, err
}

// MigrateDown takes the last step back, with the data that only it had room for. ErrNotFound: there is none.
func MigrateDown(ctx context.Context, url string) (undone Migration, err error) {
	defer annotate(&err, "MigrateDown")
	err = withGoose(ctx, url, func(p *goose.Provider) error {
		r, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return ErrNotFound
		}
		if err == nil {
			undone = Migration{Version: r.Source.Version, Name: r.Source.Path}
		}
		return err
	})
	return undone, err
}

// withGoose runs fn unless the database was written by a newer binary.
func withGoose(ctx context.Context, url string, fn func(*goose.Provider) error) (err error) {
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // seconds, times
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS, goose.WithSessionLocker(locker), goose.WithTableName(versionsTable))
	if err != nil {
		return err
	}
	if err := notNewer(ctx, db, lastMigration(p)); err != nil {
		return err
	}
	return fn(p)
}

func lastMigration(p *goose.Provider) int64 {
	sources := p.ListSources()
	return sources[len(sources)-1].Version
}

// schemaVersion is the highest step ever taken in the database, 0 if it was never migrated.
const schemaVersion = `
	SELECT CASE WHEN to_regclass('` + versionsTable + `') IS NULL THEN 0 ELSE
		(xpath('/row/v/text()', query_to_xml('SELECT max(version_id) AS v FROM ` + versionsTable + `', false, true, '')))[1]::text::bigint
	END`

func notNewer(ctx context.Context, db *sql.DB, known int64) error {
	var there sql.NullInt64
	if err := db.QueryRowContext(ctx, schemaVersion).Scan(&there); err != nil {
		return err
	}
	return compareSchema(there.Int64, known, false)
}

func compareSchema(there, known int64, exactly bool) error {
	if there > known {
		return fmt.Errorf("%w (schema %d, this binary knows %d)", ErrSchemaNewer, there, known)
	}
	if exactly && there < known {
		return fmt.Errorf("%w (schema %d, this binary needs %d)", ErrSchemaOlder, there, known)
	}
	return nil
}

// checkSchema says whether this binary can work with the database as it is.
func checkSchema(ctx context.Context, url string) error {
	known, err := goose.NewProvider(goose.DialectPostgres, new(sql.DB), migrations.FS)
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	var there *int64
	err = conn.QueryRow(ctx, schemaVersion).Scan(&there)
	if cerr := conn.Close(ctx); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	if there == nil {
		there = new(int64)
	}
	return compareSchema(*there, lastMigration(known), true)
}
