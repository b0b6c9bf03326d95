// Package postgres runs a private PostgreSQL cluster below a folder.
package postgres

import (
	"context"
	"errors"
	"log/slog"
)

// Options of Start.
type Options struct {
	Dir    string // the cluster's folder; made if missing
	BinDir string // where initdb and postgres are; "": found
	Log    *slog.Logger
}

// Cluster is a running private PostgreSQL.
type Cluster struct{}

// Start makes the cluster if need be, and runs it.
func Start(ctx context.Context, o Options) (*Cluster, error) { return nil, errors.New("being written") }

// URL is what store.Open takes.
func (c *Cluster) URL() string { return "" }

// Stop ends it and waits.
func (c *Cluster) Stop(ctx context.Context) error { return nil }

// Attach finds the cluster that another process of this machine runs in dir.
func Attach(dir string) (url string, running bool, err error) {
	return "", false, errors.New("being written")
}
