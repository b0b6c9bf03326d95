package main

import (
	"time"

	"convene/server"
	"convene/store"
)

type migrateCommands struct {
	Status migrateStatusCommand `cmd:"" default:"withargs" help:"List the steps of the schema and when each was taken."`
	Up     migrateUpCommand     `cmd:"" help:"Take the steps that are missing; convene serve does so too."`
	Down   migrateDownCommand   `cmd:"" help:"Take the last step back."`
}

// Help shows examples.
func (migrateCommands) Help() string {
	return `Examples:
  convene migrate status
  convene migrate down --yes        before going back to an older release`
}

// withURL runs fn with the URL of the database, whose schema may be of any version.
func (s *settings) withURL(run *session, fn func(url string) error) error {
	cfg, err := s.load()
	if err != nil {
		return err
	}
	logs := cfg.Log
	logs.Level = "warn"
	on, err := server.AttachDatabase(run.ctx, cfg, server.NewLogger(run.errOut, logs))
	if err != nil {
		return err
	}
	err = fn(on.URL)
	if stopErr := on.Stop(); err == nil {
		err = stopErr
	}
	return err
}

type migrateStatusCommand struct {
	settings
	JSON bool `help:"Print JSON."`
}

type migrationRow struct {
	Version int64      `json:"version"`
	Name    string     `json:"name"`
	Applied *time.Time `json:"applied"`
}

// Run lists the steps.
func (c *migrateStatusCommand) Run(run *session) error {
	return c.withURL(run, func(url string) error {
		steps, err := store.MigrationStatus(run.ctx, url)
		if err != nil {
			return err
		}
		return printMigrations(run, steps, c.JSON)
	})
}

func printMigrations(run *session, steps []store.Migration, asJSON bool) error {
	list := newListing[migrationRow]("VERSION", "NAME", "APPLIED")
	for _, m := range steps {
		row, applied := migrationRow{Version: m.Version, Name: m.Name}, "no"
		if !m.Applied.IsZero() {
			row.Applied, applied = &m.Applied, formatTime(m.Applied)
		}
		list.add(row, m.Version, m.Name, applied)
	}
	return list.print(run.out, asJSON)
}

type migrateUpCommand struct {
	settings
}

// Run takes the missing steps.
func (c *migrateUpCommand) Run(run *session) error {
	return c.withURL(run, func(url string) error {
		steps, err := store.MigrateUp(run.ctx, url)
		if err != nil {
			return err
		}
		if len(steps) == 0 {
			printf(run.out, "The schema is up to date.\n")
			return nil
		}
		return printMigrations(run, steps, false)
	})
}

type migrateDownCommand struct {
	settings
	Yes bool `help:"Do not ask."`
}

// Help warns.
func (migrateDownCommand) Help() string {
	return `Takes back the last step of the schema, with the data that only it had room for. Stop the server and make a
backup before.

Example:
  convene migrate down`
}

// Run takes the last step back.
func (c *migrateDownCommand) Run(run *session) error {
	if err := run.confirm(c.Yes, "Take back the last step of the schema, with the data it holds?"); err != nil {
		return err
	}
	return c.withURL(run, func(url string) error {
		step, err := store.MigrateDown(run.ctx, url)
		if err != nil {
			return err
		}
		printf(run.out, "Taken back: %d %s\n", step.Version, step.Name)
		return nil
	})
}
