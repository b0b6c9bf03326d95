package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// node is this process as one that listens for the changes of others. While it does, the caches are in use.
type node struct {
	db     *DB
	config *pgx.ConnConfig
	id     atomic.Int64 // row in the table node; another for each connection, 0 without
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Times of the listening connection.
const (
	pingEvery    = 10 * time.Second // a connection that fell silent is noticed after this and pingTimeout
	pingTimeout  = 5 * time.Second
	maxReconnect = 5 * time.Second
)

// startNode begins to listen, and returns when the caches are in use, or soon after: a long transaction of somebody
// else may delay that.
func startNode(ctx context.Context, db *DB, config *pgx.ConnConfig) (*node, error) {
	n := &node{db: db, config: config.Copy()}
	n.config.RuntimeParams["application_name"] = "convene listen"
	conn, err := n.connect(ctx)
	if err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	n.cancel = cancel
	ready := make(chan struct{})
	n.done.Go(func() { n.run(run, conn, sync.OnceFunc(func() { close(ready) })) })
	select {
	case <-ready:
	case <-time.After(2 * time.Second):
		db.log.Warn("a long transaction in the database keeps the caches from being used for now")
	}
	return n, nil
}

// nodeID is how this process is registered at the moment, 0 if it is not.
func (db *DB) nodeID() int64 {
	if db.node == nil {
		return 0
	}
	return db.node.id.Load()
}

func (n *node) stop() {
	n.cancel()
	n.done.Wait()
}

func (n *node) run(ctx context.Context, conn *pgx.Conn, ready func()) {
	pause := 20 * time.Millisecond
	for {
		if conn != nil {
			pause = 20 * time.Millisecond
			err := n.listen(ctx, conn, ready)
			n.db.caches.dropAll(false)
			if ctx.Err() == nil {
				n.db.pool.Reset() // what ended this connection has likely ended the others: no request shall find out by failing
			}
			n.leave(conn)
			if ctx.Err() != nil {
				return
			}
			n.db.log.Warn("lost the connection that tells of changes; reading without caches until it is back", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
		pause = min(2*pause, maxReconnect)
		var err error
		if conn, err = n.connect(ctx); err != nil {
			n.db.log.Debug("connecting to hear of changes", "error", err)
		} else {
			n.db.log.Info("hearing of changes again")
		}
	}
}

// connect opens a connection that receives notifications, and registers it.
func (n *node) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, n.config)
	if err != nil {
		return nil, err
	}
	if err := n.register(ctx, conn); err != nil {
		return nil, errors.Join(err, conn.Close(ctx))
	}
	return conn, nil
}

// register writes down that there is somebody to notify, and strikes out who has died (the lock of its id is free).
func (n *node) register(ctx context.Context, conn *pgx.Conn) error {
	id := rand.Int64N(1<<62) + 1
	for _, step := range []struct {
		sql  string
		args []any
	}{
		{`SELECT pg_advisory_lock($1)`, []any{id}},
		{`LISTEN ` + channel, nil},
		{`DELETE FROM node WHERE id <> $1 AND pg_try_advisory_xact_lock(id)`, []any{id}},
		{`INSERT INTO node (id) VALUES ($1)`, []any{id}},
	} {
		if _, err := conn.Exec(ctx, step.sql, step.args...); err != nil {
			return fmt.Errorf("listening for changes: %w", err)
		}
	}
	n.id.Store(id)
	return nil
}

// listen waits until no transaction is left that could have overlooked our registration, puts the caches to use, and
// follows the notifications until the connection fails or ctx ends.
func (n *node) listen(ctx context.Context, conn *pgx.Conn, ready func()) error {
	if err := waitForOlder(ctx, conn); err != nil {
		return err
	}
	n.db.caches.dropAll(true)
	n.db.changed("all", 0)
	ready()
	for {
		wait, cancel := context.WithTimeout(ctx, pingEvery)
		got, err := conn.WaitForNotification(wait)
		silent := wait.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err == nil:
			n.db.hear(got.Payload)
		case silent:
			if err := ping(ctx, conn); err != nil {
				return err
			}
		default:
			return err
		}
	}
}

func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	return conn.Ping(ctx)
}

// waitForOlder returns when all transactions have ended that had begun to write before it was called.
func waitForOlder(ctx context.Context, conn *pgx.Conn) error {
	var next string
	if err := conn.QueryRow(ctx, `SELECT pg_snapshot_xmax(pg_current_snapshot())::text`).Scan(&next); err != nil {
		return err
	}
	for {
		var over bool
		err := conn.QueryRow(ctx, `SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::text::xid8`, next).Scan(&over)
		if err != nil || over {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// leave ends the connection and its registration, as well as that is still possible.
func (n *node) leave(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), pingTimeout)
	defer cancel()
	if id := n.id.Swap(0); !conn.IsClosed() {
		if _, err := conn.Exec(ctx, `DELETE FROM node WHERE id = $1`, id); err != nil {
			n.db.log.Debug("leaving the list of listening processes", "error", err) // the next to register strikes us out
		}
	}
	if err := conn.Close(ctx); err != nil {
		n.db.log.Debug("closing the listening connection", "error", err)
	}
}
