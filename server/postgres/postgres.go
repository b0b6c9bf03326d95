// Package postgres runs a private PostgreSQL cluster below a folder: the database of a server that was given none.
//
// The cluster listens on a Unix socket inside its folder and nowhere else; the folder is open to its owner alone, and
// whoever may enter it may do everything, so there are no passwords. One process owns the cluster while it holds a lock
// on the folder; others of the same machine find it with Attach.
//
// PostgreSQL refuses to run as root. Root starts it as another user and hands it the open folder instead of a path, so
// that the folders above need not be open to that user (a checkout below /root works).
package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Options of Start.
type Options struct {
	Dir           string // the cluster's folder; made if missing
	BinDir        string // where initdb and postgres are; "": $CONVENE_PG_BIN, then PATH, then Debian's places
	Log           *slog.Logger
	SharedBuffers string   // PostgreSQL's page cache; "": 64MB
	MaxConns      int      // connections besides the three kept for administrators; 0: 40
	Settings      []string // further settings, "name=value"
}

// Start times and stop times.
const (
	startTimeout = 60 * time.Second // recovery after a crash is part of starting
	stopTimeout  = 20 * time.Second // then the fast shutdown becomes an immediate one
	killTimeout  = 5 * time.Second  // and then a kill; the log recovers what was committed either way
)

// Cluster is a running private PostgreSQL. It is started again whenever it dies.
type Cluster struct {
	folder folder
	bin    binaries
	who    account
	opts   Options
	log    *slog.Logger
	lock   *os.File
	stop   chan struct{} // closed by Stop
	done   chan struct{} // closed when the supervisor has ended
}

// Start makes the cluster if there is none, runs it, and returns when it answers. *InUse: another process runs it.
func Start(ctx context.Context, o Options) (_ *Cluster, err error) {
	c := &Cluster{opts: o, log: o.Log, stop: make(chan struct{}), done: make(chan struct{})}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.folder, err = openFolder(o.Dir); err != nil {
		return nil, err
	}
	if c.who, err = accountFor(c.folder); err != nil {
		return nil, err
	}
	if err := c.folder.own(c.who); err != nil {
		return nil, err
	}
	if c.lock, err = c.folder.takeLock(); err != nil {
		return nil, err
	}
	if err := c.begin(ctx); err != nil {
		return nil, errors.Join(err, c.lock.Close())
	}
	return c, nil
}

func (c *Cluster) begin(ctx context.Context) (err error) {
	if c.bin, err = findBinaries(c.opts.BinDir, c.folder.version()); err != nil {
		return err
	}
	if err := c.endOrphan(ctx); err != nil {
		return err
	}
	if c.folder.version() == "" {
		if err := c.initialise(ctx); err != nil {
			return err
		}
	}
	ready := make(chan error, 1)
	go c.supervise(ready)
	select {
	case err := <-ready:
		if err != nil {
			<-c.done
		}
		return err
	case <-ctx.Done():
		close(c.stop)
		<-c.done
		return ctx.Err()
	}
}

// URL is the connection string of the cluster's database.
func (c *Cluster) URL() string { return c.folder.url() }

// Stop ends the cluster in order, open transactions being rolled back, and returns when it has ended; at the latest
// when ctx ends does it do so without a checkpoint. It may be called once.
func (c *Cluster) Stop(ctx context.Context) error {
	close(c.stop)
	select {
	case <-c.done:
	case <-ctx.Done():
		c.quit()
		<-c.done
	}
	return c.lock.Close()
}

// settings are the command line of postgres. They stand here and not in the cluster's own file, so that a new release
// may change them.
func (c *Cluster) settings() []string {
	s := []string{
		"cluster_name=convene",
		"listen_addresses=",
		"unix_socket_directories=" + c.folder.socketSetting(),
		"unix_socket_permissions=0700",
		"shared_buffers=" + or(c.opts.SharedBuffers, "64MB"),
		fmt.Sprintf("max_connections=%d", orInt(c.opts.MaxConns, 40)+3),
		// One machine, no replicas: the log needs to serve recovery only.
		"wal_level=minimal", "max_wal_senders=0", "max_logical_replication_workers=0", "max_replication_slots=0",
		"max_wal_size=512MB", "checkpoint_timeout=15min",
		// Small and steady.
		"jit=off", "max_parallel_workers_per_gather=0", "work_mem=4MB", "maintenance_work_mem=32MB",
		"autovacuum_max_workers=1", "autovacuum_naptime=15s", "track_activity_query_size=256",
		"timezone=UTC", "log_timezone=UTC", "log_line_prefix=", "log_min_messages=warning", "log_checkpoints=off",
	}
	return append(s, c.opts.Settings...)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func orInt(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// Attach finds the cluster that another process runs in dir, and waits until it is ready if it is just starting. If
// nobody runs it, running is false.
func Attach(dir string) (url string, running bool, err error) {
	if _, err := os.Stat(filepath.Join(dir, lockName)); errors.Is(err, os.ErrNotExist) {
		return "", false, nil
	}
	f, err := openFolder(dir)
	if err != nil {
		return "", false, err
	}
	for end := time.Now().Add(startTimeout); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		held, err := f.lockHeld()
		if err != nil || !held {
			return "", false, err
		}
		if lines := f.pidFile(); len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready" && f.postmaster() != 0 {
			return f.url(), true, nil
		}
	}
	return "", false, fmt.Errorf("the database in %s is being started, but was not ready after %s", dir, startTimeout)
}
