package store

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"convene/acl"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Options of Open.
type Options struct {
	URL         string // PostgreSQL connection string
	MaxConns    int    // connections of the pool; 0: 16
	Log         *slog.Logger
	Migrate     bool           // bring the schema up to date first
	Uncached    bool           // a short-lived command: no caches, no listening connection
	CacheBytes  int            // for objects, homes and principals together; 0: 32 MB
	DefaultZone *time.Location // of floating times, where neither collection nor owner has one; nil: UTC
	Now         func() time.Time
	Autocreate  []NewCollection // of a new home, as far as it suits the kind of its owner; nil: DefaultCollections()
}

// Limits that every session gets, so that nothing waits for ever.
var sessionSettings = map[string]string{
	"application_name":                    "convene",
	"statement_timeout":                   "30s",
	"lock_timeout":                        "10s",
	"idle_in_transaction_session_timeout": "60s",
	"timezone":                            "UTC",
	// All that runs often goes by an index. A plan made while a table was small must not read it from end to end when
	// it has grown.
	"enable_seqscan": "off",
}

// DefaultCollections are those of the new home of a person: Default, Inbox, Outbox, Attachments, Notifications.
func DefaultCollections() []NewCollection {
	return []NewCollection{
		{Name: "Default", Kind: KindCalendar},
		{Name: "Inbox", Kind: KindInbox},
		{Name: "Outbox", Kind: KindOutbox},
		{Name: "Attachments", Kind: KindAttachments},
		{Name: "Notifications", Kind: KindNotices},
	}
}

// defaultRights are those of a new collection for which none were given.
func defaultRights(owner *Principal, k Kind) acl.List {
	return acl.DefaultsFor(string(owner.Kind), owner.Name, acl.Kind(k))
}

// DB is the database with its caches.
type DB struct {
	pool *pgxpool.Pool
	opts Options
	log  *slog.Logger
	now  func() time.Time

	process uint64 // random; tells our own notifications from those of others
	caches  caches
	node    *node // nil when Uncached
	hooks   atomic.Pointer[[]func(kind string, owner PrincipalID)]
	jobs    chan struct{} // see JobsAdded
	gates   gates
}

// Open connects. ErrSchemaNewer, ErrSchemaOlder: the schema does not suit this binary. ErrUnavailable: no answer.
func Open(ctx context.Context, o Options) (_ *DB, err error) {
	defer annotate(&err, "Open")
	if o.Migrate {
		if _, err := MigrateUp(ctx, o.URL); err != nil {
			return nil, err
		}
	} else if err := checkSchema(ctx, o.URL); err != nil {
		return nil, err
	}
	db := &DB{opts: o, log: o.Log, now: o.Now, process: rand.Uint64(), jobs: make(chan struct{}, 1)}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if db.now == nil {
		db.now = time.Now
	}
	if db.opts.DefaultZone == nil {
		db.opts.DefaultZone = time.UTC
	}
	if db.opts.Autocreate == nil {
		db.opts.Autocreate = DefaultCollections()
	}
	cfg, err := poolConfig(o)
	if err != nil {
		return nil, err
	}
	if db.pool, err = pgxpool.NewWithConfig(ctx, cfg); err != nil {
		return nil, err
	}
	if err := db.caches.init(o); err != nil {
		db.pool.Close()
		return nil, err
	}
	if !o.Uncached {
		if db.node, err = startNode(ctx, db, cfg.ConnConfig); err != nil {
			db.pool.Close()
			return nil, err
		}
	}
	return db, nil
}

func poolConfig(o Options) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, fmt.Errorf("the database's URL: %w", err)
	}
	if o.MaxConns > 0 {
		cfg.MaxConns = int32(o.MaxConns)
	} else if cfg.MaxConns < 16 {
		cfg.MaxConns = 16
	}
	for name, value := range sessionSettings {
		if _, given := cfg.ConnConfig.RuntimeParams[name]; !given {
			cfg.ConnConfig.RuntimeParams[name] = value
		}
	}
	cfg.ConnConfig.ConnectTimeout = 10 * time.Second
	// Arguments and results are bytes on a Unix socket or in the local network: what is asked for is small.
	cfg.ConnConfig.StatementCacheCapacity = 128
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		registerSpans(conn.TypeMap())
		return nil
	}
	return cfg, nil
}

// Close ends all connections. It waits for calls that are under way.
func (db *DB) Close() {
	if db.node != nil {
		db.node.stop()
	}
	db.pool.Close()
}

// URL is the connection string that Open got.
func (db *DB) URL() string { return db.opts.URL }

// Ping asks the database for an answer.
func (db *DB) Ping(ctx context.Context) (err error) {
	defer annotate(&err, "Ping")
	return db.pool.Ping(ctx)
}

// Listening says whether this process hears of what others change, and so whether the caches are in use. What is
// derived from the database elsewhere must not be kept while it is false. It is cheap.
func (db *DB) Listening() bool { return db.caches.live.Load() }

// OnChange has fn called for each change of principals and credentials, by this process or another: kind is
// "credential" or "principal", owner whose, 0 any. It is called with "all", 0 whenever changes may have been missed. fn
// must be quick. Register before serving.
func (db *DB) OnChange(fn func(kind string, owner PrincipalID)) {
	for {
		before := db.hooks.Load()
		after := []func(string, PrincipalID){fn}
		if before != nil {
			after = append(append([]func(string, PrincipalID){}, *before...), fn)
		}
		if db.hooks.CompareAndSwap(before, &after) {
			return
		}
	}
}

func (db *DB) changed(kind string, owner PrincipalID) {
	if fns := db.hooks.Load(); fns != nil {
		for _, fn := range *fns {
			fn(kind, owner)
		}
	}
}

// Stats are the figures of the pool and the caches, for metrics.
type Stats struct {
	Conns, IdleConns, MaxConns int
	Acquired                   int64            // connections taken from the pool, ever
	AcquireWait                time.Duration    // spent waiting for one, ever
	CacheHits, CacheMisses     map[string]int64 // by cache: "principal", "home", "object"
	Listening                  bool             // the caches are in use
}

// Stats are the figures of this moment.
func (db *DB) Stats() Stats {
	p := db.pool.Stat()
	s := Stats{
		Conns: int(p.TotalConns()), IdleConns: int(p.IdleConns()), MaxConns: int(p.MaxConns()),
		Acquired: p.AcquireCount(), AcquireWait: p.AcquireDuration(), Listening: db.Listening(),
		CacheHits: map[string]int64{}, CacheMisses: map[string]int64{},
	}
	for name, c := range db.caches.counters() {
		s.CacheHits[name], s.CacheMisses[name] = c.hits.Load(), c.misses.Load()
	}
	return s
}

// exec runs one statement that answers nothing.
func (db *DB) exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	return db.pool.Exec(ctx, sql, args...)
}

// null stores the zero time as NULL.
func null(t time.Time) pgtype.Timestamptz { return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()} }
