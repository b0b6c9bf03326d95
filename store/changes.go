package store

import (
	"context"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Changes calls fn for what changed in coll after the modseq since, in the order of the changes, tombstones included;
// from 0 on only for what there is. At most limit entries (0: no limit); more says that there are others after upTo,
// which is where to go on, and otherwise the modseq of the collection. ErrTokenTooOld, ErrTokenUnknown: since is no
// modseq to go on from (DAV:valid-sync-token, RFC 6578 section 3.2).
func (db *DB) Changes(ctx context.Context, coll *Collection, since int64, limit int, detail Detail, fn func(*Object) error) (upTo int64, more bool, err error) {
	defer annotate(&err, "Changes(%d, %d)", coll.ID, since)
	if err := checkToken(coll, since); err != nil || since == coll.Modseq {
		return since, false, err
	}
	rows, err := db.pool.Query(ctx, `
		SELECT `+detail.columns()+`
		FROM object
		WHERE collection = $1 AND modseq > 0 AND modseq > $2 AND modseq <= $3 AND (NOT deleted OR $2 > 0)
		ORDER BY modseq
		LIMIT $4`, coll.ID, since, coll.Modseq, atMost(limit))
	if err != nil {
		return 0, false, err
	}
	upTo, more, err = page(rows, coll, detail, since, limit, fn)
	if err == nil && !more {
		upTo = coll.Modseq
	}
	return upTo, more, err
}

func checkToken(coll *Collection, since int64) error {
	switch {
	case since > coll.Modseq || since < 0:
		return ErrTokenUnknown
	case since != 0 && since < coll.SyncFloor:
		return ErrTokenTooOld
	}
	return nil
}

// atMost is a LIMIT that shows whether there is more.
func atMost(limit int) int64 {
	if limit <= 0 {
		return math.MaxInt64
	}
	return int64(limit) + 1
}

func page(rows pgx.Rows, coll *Collection, detail Detail, since int64, limit int, fn func(*Object) error) (upTo int64, more bool, err error) {
	defer rows.Close()
	upTo = since
	for n := 0; rows.Next(); n++ {
		if limit > 0 && n == limit {
			return upTo, true, nil
		}
		o, err := scanObject(rows, coll, detail)
		if err != nil {
			return 0, false, err
		}
		if err := fn(o); err != nil {
			return 0, false, err
		}
		upTo = o.Modseq
	}
	return upTo, false, rows.Err()
}

// HomeChange is one entry of HomeChanges: of a collection itself (Object nil), or of an object in it.
type HomeChange struct {
	Collection *Collection // Deleted: the collection is gone
	Object     *Object
}

// HomeChanges is what Changes is, for a home. With deep it tells of the collections that changed themselves and of all
// objects; without, of the collections alone, those included in which something changed.
func (db *DB) HomeChanges(ctx context.Context, owner PrincipalID, since int64, limit int, deep bool, fn func(HomeChange) error) (upTo int64, more bool, err error) {
	defer annotate(&err, "HomeChanges(%d, %d)", owner, since)
	home, err := db.Home(ctx, owner)
	if err != nil {
		return 0, false, err
	}
	if err := checkToken(home.Root, since); err != nil || since == home.Root.Modseq {
		return since, false, err
	}
	m := merger{home: home, limit: limit, upTo: since, fn: fn, deep: deep}
	if m.colls, err = db.changedCollections(ctx, home, since, deep); err != nil {
		return 0, false, err
	}
	if deep {
		err = m.mergeObjects(ctx, db, since)
	} else {
		err = m.before(math.MaxInt64)
	}
	if err != nil {
		return 0, false, err
	}
	if !m.more {
		m.upTo = home.Root.Modseq
	}
	return m.upTo, m.more, nil
}

// changedCollections are the collections that changed, in the order of the changes, the latest tombstone of each name
// included unless since is 0. Where there is a new collection of that name, the tombstone matters with deep only: what
// was in the old one is gone.
func (db *DB) changedCollections(ctx context.Context, home *Home, since int64, deep bool) ([]*Collection, error) {
	seq := "modseq"
	if deep {
		seq = "self_seq" // the objects speak for themselves
	}
	rows, err := db.pool.Query(ctx, `
		SELECT `+collectionColumns+`
		FROM collection
		WHERE owner = $1 AND kind <> 'home' AND `+seq+` > $2 AND `+seq+` <= $3 AND (NOT deleted OR $2 > 0)
		ORDER BY `+seq, home.Root.Owner, since, home.Root.Modseq)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*Collection
	for rows.Next() {
		c := &Collection{Owner: home.Root.Owner}
		if err := scanCollection(rows, c); err != nil {
			return nil, err
		}
		if c.Deleted && !deep && home.Collection(c.Name) != nil {
			continue
		}
		if c.Deleted {
			list = slices.DeleteFunc(list, func(old *Collection) bool { return old.Deleted && old.Name == c.Name })
		}
		c.Zone, c.Person = db.zoneOf(c, home.Owner), home.Owner
		list = append(list, c)
	}
	return list, rows.Err()
}

// merger joins the changes of collections with those of objects, in the order of their modseqs.
type merger struct {
	home  *Home
	colls []*Collection
	deep  bool
	limit int
	n     int
	upTo  int64
	more  bool
	fn    func(HomeChange) error
}

func (m *merger) mergeObjects(ctx context.Context, db *DB, since int64) error {
	var ids []CollectionID
	for _, c := range m.home.Collections {
		if c.Modseq <= since || c.Kind == KindShared {
			continue
		}
		if since != 0 && since < c.SyncFloor {
			return ErrTokenTooOld
		}
		ids = append(ids, c.ID)
	}
	rows, err := db.pool.Query(ctx, `
		SELECT o.*
		FROM unnest($1::bigint[]) AS c (id), LATERAL (
			SELECT `+objectColumns+`, collection
			FROM object
			WHERE collection = c.id AND modseq > 0 AND modseq > $2 AND modseq <= $3 AND (NOT deleted OR $2 > 0)
			ORDER BY modseq
			LIMIT $4) AS o
		ORDER BY modseq
		LIMIT $4`, ids, since, m.home.Root.Modseq, atMost(m.limit))
	if err != nil {
		return err
	}
	return m.merge(rows)
}

func (m *merger) merge(rows pgx.Rows) error {
	defer rows.Close()
	for rows.Next() && !m.more {
		var coll CollectionID
		o, err := scanObject(rows, m.home.Root, Listing, &coll)
		if err != nil {
			return err
		}
		o.Collection = coll
		if err := m.before(o.Modseq); err != nil {
			return err
		}
		if err := m.add(HomeChange{m.home.CollectionByID(coll), o}, o.Modseq); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return m.before(math.MaxInt64)
}

// before adds the collections that changed before modseq.
func (m *merger) before(modseq int64) error {
	for len(m.colls) > 0 && !m.more {
		c := m.colls[0]
		seq := c.Modseq
		if m.deep {
			seq = c.SelfSeq
		}
		if seq >= modseq {
			break
		}
		if err := m.add(HomeChange{Collection: c}, seq); err != nil {
			return err
		}
		if c.Deleted && m.home.Collection(c.Name) != nil {
			m.more = true // one answer names a URL once only (RFC 6578 section 3.5): the new collection is for the next
		}
		m.colls = m.colls[1:]
	}
	return nil
}

func (m *merger) add(c HomeChange, modseq int64) error {
	if m.limit > 0 && m.n == m.limit {
		m.more = true
	}
	if m.more {
		return nil
	}
	m.n++
	m.upTo = modseq
	return m.fn(c)
}
