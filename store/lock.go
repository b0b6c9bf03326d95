package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Lock is a write lock (RFC 4918 section 6) on a home, a collection or an object, whether that exists or not. Locks are shared
// by their readers: never change one.
type Lock struct {
	Token      string // a URI, urn:uuid:...
	Owner      PrincipalID
	Collection string // name; "" locks the home itself
	Object     string // name; "" locks the collection itself
	Holder     PrincipalID
	Shared     bool
	Deep       bool   // Depth: infinity
	Info       string // the client's DAV:owner, an XML element with its own namespace declarations; "" for none
	Created    time.Time
	Expires    time.Time
}

// lockColumn are the locks of a home, with its row: so they come with the collections and cost no query. NULL: none.
const lockColumn = `CASE WHEN kind = 'home' THEN (SELECT json_agg(l ORDER BY created, token) FROM lock l WHERE l.owner = collection.owner) END`

func decodeLocks(column []byte) (locks []*Lock, err error) {
	if column == nil {
		return nil, nil
	}
	err = json.Unmarshal(column, &locks)
	for _, l := range locks {
		l.Created, l.Expires = l.Created.UTC(), l.Expires.UTC()
	}
	return locks, err
}

// setLocks changes the locks of the home as readers see it.
func (h *lockedHome) setLocks(locks []*Lock) {
	h.next()
	h.self = true // others have to read it again
	h.work = h.work.copy()
	h.work.Locks = locks
}

// AddLock adds a lock to a home that the transaction holds; Created is set. Whether it is compatible with those that there are is for the
// caller to say (Home.Locks). ErrExists, also from InTx: the token is taken. ErrNotFound, likewise: there is no such holder.
func (tx *Tx) AddLock(ctx context.Context, l Lock) (_ *Lock, err error) {
	defer annotate(&err, "AddLock(%d, %q, %q)", l.Owner, l.Collection, l.Object)
	h, err := tx.locked(l.Owner)
	if err != nil {
		return nil, err
	}
	if err := l.checkNames(); err != nil {
		return nil, err
	}
	l.Created, l.Expires = tx.now, l.Expires.UTC().Truncate(time.Microsecond)
	tx.queue(`
		INSERT INTO lock (owner, token, collection, object, holder, shared, deep, info, created, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		l.Owner, l.Token, l.Collection, l.Object, l.Holder, l.Shared, l.Deep, l.Info, l.Created, l.Expires)
	h.setLocks(append(slices.Clip(h.work.Locks), &l))
	return &l, tx.bound(ctx)
}

func (l *Lock) checkNames() error {
	if l.Collection == "" {
		if l.Object != "" {
			return fmt.Errorf("%w: an object without a collection", ErrBadName)
		}
		return nil
	}
	if l.Object != "" {
		if err := checkName(l.Object); err != nil {
			return err
		}
	}
	return checkName(l.Collection)
}

// RefreshLock lets a lock of a home that the transaction holds end at another time. ErrNotFound: there is none of that token.
func (tx *Tx) RefreshLock(ctx context.Context, token string, expires time.Time) (_ *Lock, err error) {
	defer annotate(&err, "RefreshLock(%q)", token)
	for _, h := range tx.homes {
		i := slices.IndexFunc(h.work.Locks, func(l *Lock) bool { return l.Token == token })
		if i < 0 {
			continue
		}
		l := *h.work.Locks[i]
		l.Expires = expires.UTC().Truncate(time.Microsecond)
		tx.queue(`UPDATE lock SET expires = $3 WHERE owner = $1 AND token = $2`, l.Owner, token, l.Expires)
		locks := slices.Clone(h.work.Locks)
		locks[i] = &l
		h.setLocks(locks)
		return &l, tx.bound(ctx)
	}
	return nil, ErrNotFound
}

// RemoveLock ends a lock. ErrNotFound: there is none of that token in the home.
func (tx *Tx) RemoveLock(ctx context.Context, owner PrincipalID, token string) (err error) {
	defer annotate(&err, "RemoveLock(%d, %q)", owner, token)
	n, err := tx.removeLocks(ctx, owner, func(l *Lock) bool { return l.Token == token })
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}

// RemoveLocks ends the locks on a resource that is going away, and on all below it. object "" stands for the collection, collection ""
// for the home.
func (tx *Tx) RemoveLocks(ctx context.Context, owner PrincipalID, collection, object string) (err error) {
	defer annotate(&err, "RemoveLocks(%d, %q, %q)", owner, collection, object)
	_, err = tx.removeLocks(ctx, owner, func(l *Lock) bool {
		return (collection == "" || l.Collection == collection) && (object == "" || l.Object == object)
	})
	return err
}

// removeLocks ends those that end says, and returns how many.
func (tx *Tx) removeLocks(ctx context.Context, owner PrincipalID, end func(*Lock) bool) (int, error) {
	h, err := tx.locked(owner)
	if err != nil {
		return 0, err
	}
	var tokens []string
	for _, l := range h.work.Locks {
		if end(l) {
			tokens = append(tokens, l.Token)
		}
	}
	if len(tokens) == 0 {
		return 0, nil
	}
	tx.queue(`DELETE FROM lock WHERE owner = $1 AND token = ANY ($2)`, owner, tokens)
	h.setLocks(slices.DeleteFunc(slices.Clone(h.work.Locks), func(l *Lock) bool { return slices.Contains(tokens, l.Token) }))
	return len(tokens), tx.bound(ctx)
}

// PurgeLocks removes the locks that have expired, and returns how many.
func (db *DB) PurgeLocks(ctx context.Context) (removed int64, err error) {
	defer annotate(&err, "PurgeLocks")
	owners, err := db.owners(ctx, `SELECT DISTINCT owner FROM lock WHERE expires <= $1`, db.now())
	if err != nil {
		return 0, err
	}
	for _, owner := range owners {
		n, err := InTx(ctx, db, []PrincipalID{owner}, func(ctx context.Context, tx *Tx) (int, error) {
			return tx.removeLocks(ctx, owner, func(l *Lock) bool { return !l.Expires.After(tx.now) })
		})
		if err != nil {
			return removed, err
		}
		removed += int64(n)
	}
	return removed, nil
}
