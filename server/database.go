package server

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"convene/server/config"
	"convene/server/postgres"
	"convene/store"
)

// Database is where a configuration's data live: a PostgreSQL named by it, or the private cluster in the data folder,
// run by this process or attached to.
type Database struct {
	URL     string
	cluster *postgres.Cluster // nil if it is not ours to stop
}

// clusterStop is how long the private cluster gets to stop.
const clusterStop = 30 * time.Second

// ClusterDir is the folder of the private cluster.
func ClusterDir(cfg *config.Config) string { return filepath.Join(cfg.Data, "postgres") }

// StartDatabase makes the database of a server available. A private cluster that another server runs is an error.
func StartDatabase(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Database, error) {
	if cfg.Database.URL != "" {
		return &Database{URL: cfg.Database.URL}, nil
	}
	cluster, err := postgres.Start(ctx, postgres.Options{Dir: ClusterDir(cfg), BinDir: cfg.Database.BinDir, Log: log})
	if err != nil {
		return nil, err
	}
	return &Database{URL: cluster.URL(), cluster: cluster}, nil
}

// AttachDatabase makes the database available to a command: beside a server that runs the private cluster, or with a
// cluster started for the time being.
func AttachDatabase(ctx context.Context, cfg *config.Config, log *slog.Logger) (*Database, error) {
	if cfg.Database.URL == "" {
		url, running, err := postgres.Attach(ClusterDir(cfg))
		if err != nil {
			return nil, err
		}
		if running {
			return &Database{URL: url}, nil
		}
	}
	return StartDatabase(ctx, cfg, log)
}

// Stop stops the private cluster if it is ours.
func (d *Database) Stop() error {
	if d.cluster == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), clusterStop)
	defer cancel()
	if err := d.cluster.Stop(ctx); err != nil {
		return fmt.Errorf("server: stopping PostgreSQL: %w", err)
	}
	return nil
}

// StoreOptions are the options of the store that the configuration asks for.
func StoreOptions(cfg *config.Config, url string, log *slog.Logger) store.Options {
	o := store.Options{
		URL:         url,
		MaxConns:    cfg.Database.MaxConns,
		Log:         log,
		Migrate:     true,
		CacheBytes:  int(cfg.Database.CacheSize),
		DefaultZone: cfg.Location(),
	}
	for _, c := range store.DefaultCollections() {
		for _, name := range cfg.Home.Create {
			if c.Name == name {
				o.Autocreate = append(o.Autocreate, c)
			}
		}
	}
	return o
}
