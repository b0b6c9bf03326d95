package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Tx is a write transaction with the locks of some homes; see InTx. Its writes are sent together, at the next read
// that could see them or with the commit: so what the database refuses may come as the error of a later call, or of
// InTx.
type Tx struct {
	db      *DB
	conn    *pgxpool.Conn
	now     time.Time
	homes   []*lockedHome
	known   map[objectKey]known
	byUID   map[uidKey]*Object // what there is by UID, nil: nothing
	pending *pgx.Batch
	wrote   bool      // something was pending, or is
	jobs    bool      // was added
	bytes   int       // of objects in pending
	puts    []*Object // for the cache
	failed  error     // of a batch: nothing more can be done
}

// known is what the transaction knows of a name: obj is nil if there is no object, row says whether there is at least
// a tombstone.
type known struct {
	obj *Object
	row bool
}

type uidKey struct {
	coll CollectionID
	uid  string
}

// lockedHome is a home that this transaction alone may write now.
type lockedHome struct {
	owner   PrincipalID
	base    *Home // as it was
	work    *Home // with the changes made to collections so far
	seq     int64 // the last modseq given out
	content map[CollectionID]touchedCollection
	self    bool // collections themselves changed
}

// next gives out the home's next modseq.
func (h *lockedHome) next() int64 {
	h.seq++
	return h.seq
}

// replace puts c, as changed or created, into the home.
func (h *lockedHome) replace(c *Collection) {
	h.self = true
	if c.Kind == KindHome {
		h.work = h.work.copy()
		h.work.Root = c
		return
	}
	h.work = h.work.with(c)
}

// touch notes that an object of a collection changed with modseq seq, name "" standing for several, and how many more
// objects and bytes there are for it.
func (h *lockedHome) touch(id CollectionID, seq int64, name string, objects, bytes int64) {
	t, again := h.content[id]
	if again && t.Name != name {
		name = ""
	}
	h.content[id] = touchedCollection{ID: id, Modseq: seq, Name: name, Objects: t.Objects + objects, Bytes: t.Bytes + bytes}
}

// TxOption tunes InTx.
type TxOption func(*txOptions)

type txOptions struct {
	prefetch []prefetch
	copies   []copiesOf
}

type prefetch struct {
	coll      *Collection
	name, uid string
}

// Prefetch says that the transaction will ask for the object called name in coll, and (unless uid is "") for the one
// with that UID: the answers then come with the lock, in the same round trip.
func Prefetch(coll *Collection, name, uid string) TxOption {
	return func(o *txOptions) { o.prefetch = append(o.prefetch, prefetch{coll, name, uid}) }
}

// maxAttempts bounds how often a transaction is run that lost against another, maxWider how often one with more homes.
const (
	maxAttempts = 5
	maxWider    = 10
)

// NotHeld is the error of what needs homes that the transaction does not hold. A fn that returns it is run again by
// InTx with those homes too: which they are is often seen only with the others locked.
type NotHeld struct{ Owners []PrincipalID }

func (e *NotHeld) Error() string {
	return fmt.Sprintf("the transaction does not hold the homes of %v", e.Owners)
}

// InTx runs fn as one transaction that holds the homes of owners, in the order of their ids, so that nobody else
// writes to them meanwhile. If fn returns an error, nothing of it happened. fn may run several times: it must touch
// nothing but tx, and use no other method of db. A fn that wants one object and puts it costs two round trips, given
// Prefetch. When InTx returns, the caches of this process know. ErrContended: each time fn needed still other homes,
// or those it needs were not to be had in time.
func InTx[T any](ctx context.Context, db *DB, owners []PrincipalID, fn func(ctx context.Context, tx *Tx) (T, error), opts ...TxOption) (result T, err error) {
	var o txOptions
	for _, opt := range opts {
		opt(&o)
	}
	err = db.inTx(ctx, owners, &o, func(ctx context.Context, tx *Tx) (err error) {
		result, err = fn(ctx, tx)
		return err
	})
	if err != nil {
		var none T
		return none, err
	}
	return result, nil
}

func (db *DB) inTx(ctx context.Context, owners []PrincipalID, o *txOptions, fn func(context.Context, *Tx) error) (err error) {
	owners = slices.Clone(owners)
	slices.Sort(owners)
	owners = slices.Compact(owners)
	for attempt, wider := 1, 1; ; {
		err = db.runTx(ctx, owners, o, fn)
		var more *NotHeld
		switch {
		case err == nil:
			return nil
		case errors.As(err, &more) && wider == maxWider:
			return fmt.Errorf("%w: %w", ErrContended, err)
		case errors.As(err, &more):
			wider++
			owners = append(owners, more.Owners...)
			slices.Sort(owners)
			owners = slices.Compact(owners)
		case attempt == maxAttempts || !retryable(err):
			return err
		default:
			attempt++
		}
	}
}

func (db *DB) runTx(ctx context.Context, owners []PrincipalID, o *txOptions, fn func(context.Context, *Tx) error) (err error) {
	tx := &Tx{db: db, now: db.now().UTC().Truncate(time.Microsecond), known: map[objectKey]known{}, byUID: map[uidKey]*Object{}, pending: &pgx.Batch{}}
	leave, err := db.gates.enter(ctx, owners)
	if err != nil {
		return err
	}
	defer leave()
	homes, err := db.homesOf(ctx, owners)
	if err != nil {
		return err
	}
	for _, base := range homes {
		tx.homes = append(tx.homes, &lockedHome{owner: base.Owner.ID, base: base, content: map[CollectionID]touchedCollection{}})
	}
	if tx.conn, err = db.pool.Acquire(ctx); err != nil {
		return translate(err)
	}
	defer tx.conn.Release()
	committed := false
	defer func() {
		if !committed {
			tx.rollback(ctx)
		}
	}()
	if err := tx.begin(ctx, o); err != nil {
		return err
	}
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if tx.failed != nil {
		return tx.failed
	}
	if tx.unchanged() {
		return nil
	}
	if err := tx.commit(ctx); err != nil {
		return tx.explain(ctx, err)
	}
	committed = true
	if tx.jobs {
		select {
		case db.jobs <- struct{}{}:
		default: // it is known already that there are some
		}
	}
	return nil
}

func (tx *Tx) unchanged() bool {
	return !tx.wrote && !slices.ContainsFunc(tx.homes, func(h *lockedHome) bool { return h.seq != h.base.Root.Modseq })
}

// locked returns a home that the transaction holds.
func (tx *Tx) locked(owner PrincipalID) (*lockedHome, error) {
	for _, h := range tx.homes {
		if h.owner == owner {
			return h, nil
		}
	}
	return nil, errors.New("the transaction does not hold this home")
}

// Hold makes sure that the transaction holds the homes of owners. *NotHeld otherwise, for fn to return: see InTx.
func (tx *Tx) Hold(owners ...PrincipalID) error {
	var missing []PrincipalID
	for _, owner := range owners {
		if tx.Home(owner) == nil {
			missing = append(missing, owner)
		}
	}
	if missing == nil {
		return nil
	}
	return &NotHeld{Owners: missing}
}

// current returns a collection as it is now, and its home. ErrNotFound: it is gone.
func (tx *Tx) current(coll *Collection) (*lockedHome, *Collection, error) {
	h, err := tx.locked(coll.Owner)
	if err != nil {
		return nil, nil, err
	}
	if c := h.work.CollectionByID(coll.ID); c != nil {
		return h, c, nil
	}
	if h.work.Root.ID == coll.ID {
		return h, h.work.Root, nil
	}
	return nil, nil, ErrNotFound
}

// Home returns a home that the transaction holds, with what it did to its collections so far; nil if it does not hold it.
func (tx *Tx) Home(owner PrincipalID) *Home {
	h, err := tx.locked(owner)
	if err != nil {
		return nil
	}
	return h.work
}

// Homes are all homes that the transaction holds, as Home gives them.
func (tx *Tx) Homes() []*Home {
	homes := make([]*Home, len(tx.homes))
	for i, h := range tx.homes {
		homes[i] = h.work
	}
	return homes
}

// Now is the time of the transaction, to the microsecond.
func (tx *Tx) Now() time.Time { return tx.now }

// forget drops what is known of the objects of a collection.
func (tx *Tx) forget(id CollectionID) {
	for k := range tx.known {
		if k.coll == id {
			delete(tx.known, k)
		}
	}
	for k := range tx.byUID {
		if k.coll == id {
			delete(tx.byUID, k)
		}
	}
	tx.puts = slices.DeleteFunc(tx.puts, func(o *Object) bool { return o.Collection == id })
}
