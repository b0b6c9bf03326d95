package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"convene/server"
	"convene/server/config"
	"convene/store"
)

// settings are the flags that say which configuration a command works with.
type settings struct {
	File        string            `name:"config" placeholder:"FILE" env:"CONVENE_CONFIG" help:"Configuration file; ${env} in the environment. Without it /etc/convene/convene.toml, if that exists."`
	Data        string            `placeholder:"DIR" help:"Folder of the server's own data (data)."`
	DatabaseURL string            `placeholder:"URL" help:"PostgreSQL to use instead of a private one (database.url)."`
	Set         map[string]string `placeholder:"KEY=VALUE" mapsep:"none" help:"Any other setting, such as log.level=debug; can be repeated."`
}

// load reads the configuration; flags are those of the command itself.
func (s *settings) load(flags ...config.Flag) (*config.Config, error) {
	flags = append(flags, config.Flag{Name: "--data", Key: "data", Value: s.Data},
		config.Flag{Name: "--database-url", Key: "database.url", Value: s.DatabaseURL})
	flags = slices.DeleteFunc(flags, func(f config.Flag) bool { return f.Value == "" })
	for _, key := range slices.Sorted(maps.Keys(s.Set)) {
		flags = append(flags, config.Flag{Name: "--set", Key: key, Value: s.Set[key]})
	}
	return config.Load(config.Sources{File: s.File, Environ: os.Environ(), Flags: flags})
}

// database is an open store with what it stands on.
type database struct {
	*store.DB
	cfg *config.Config
	on  *server.Database
}

// open opens the database for a command, beside a running server or without one.
func (s *settings) open(run *session) (*database, error) {
	cfg, err := s.load()
	if err != nil {
		return nil, err
	}
	logs := cfg.Log
	logs.Level = cmp.Or(os.Getenv("CONVENE_LOG_LEVEL"), "warn") // a command prints what it did, not how
	log := server.NewLogger(run.errOut, logs)
	on, err := server.AttachDatabase(run.ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	opts := server.StoreOptions(cfg, on.URL, log)
	opts.Uncached, opts.MaxConns = true, 2
	db, err := store.Open(run.ctx, opts)
	if err != nil {
		return nil, joinStop(err, on)
	}
	return &database{DB: db, cfg: cfg, on: on}, nil
}

func joinStop(err error, on *server.Database) error {
	if stopErr := on.Stop(); stopErr != nil {
		return fmt.Errorf("%w; %w", err, stopErr)
	}
	return err
}

// with runs fn with the database open.
func (s *settings) with(run *session, fn func(*database) error) error {
	db, err := s.open(run)
	if err != nil {
		return err
	}
	err = fn(db)
	db.Close()
	if stopErr := db.on.Stop(); err == nil {
		err = stopErr
	}
	return err
}

// printf writes to w; a terminal that is gone is no error worth more.
func printf(w io.Writer, format string, args ...any) { _, _ = fmt.Fprintf(w, format, args...) }
