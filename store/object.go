package store

import (
	"context"
	"github.com/jackc/pgx/v5"
)

// The queries for one object; tombstones come by name only.
const (
	byName    = `SELECT ` + dataColumns + ` FROM object WHERE owner = $1 AND collection = $2 AND name = $3`
	byUID     = `SELECT ` + dataColumns + ` FROM object WHERE collection = $1 AND uid = $2 AND uid <> '' AND NOT deleted`
	byUIDName = `SELECT name FROM object WHERE collection = $1 AND uid = $2 AND uid <> '' AND NOT deleted`
)

func queueByName(b *pgx.Batch, coll *Collection, name string) {
	b.Queue(byName, coll.Owner, coll.ID, name)
}

func queueByUID(b *pgx.Batch, coll *Collection, uid string) { b.Queue(byUID, coll.ID, uid) }

// scanKnown reads the answer of byName or byUID, which may be none, and closes rows. Its arguments may come from a
// call of Query.
func scanKnown(coll *Collection, rows pgx.Rows, err error) (k known, _ error) {
	if err != nil {
		return k, err
	}
	defer rows.Close()
	if rows.Next() {
		o, err := scanObject(rows, coll, whole)
		if err != nil {
			return k, err
		}
		k.row = true
		if !o.Deleted {
			k.obj = o
		}
	}
	rows.Close()
	return k, rows.Err()
}

// eachObject calls fn for each row, and closes rows.
func eachObject(rows pgx.Rows, coll *Collection, detail Detail, fn func(*Object) error) error {
	defer rows.Close()
	for rows.Next() {
		o, err := scanObject(rows, coll, detail)
		if err != nil {
			return err
		}
		if err := fn(o); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Object returns the object called name in coll. ErrNotFound: there is none.
func (db *DB) Object(ctx context.Context, coll *Collection, name string) (_ *Object, err error) {
	key := objectKey{coll.ID, name}
	if o, ok := get(&db.caches, &db.caches.objects, key); ok {
		return o, nil
	}
	defer annotate(&err, "Object(%d, %q)", coll.ID, name)
	g := db.caches.owner(coll.Owner)
	gen := g.now()
	rows, err := db.pool.Query(ctx, byName, coll.Owner, coll.ID, name)
	k, err := scanKnown(coll, rows, err)
	if err != nil {
		return nil, err
	}
	if k.obj == nil {
		return nil, ErrNotFound
	}
	keep(&db.caches, &db.caches.objects, g, gen, key, k.obj)
	return k.obj, nil
}

// ObjectByUID returns the object with that UID in coll. ErrNotFound: there is none.
func (db *DB) ObjectByUID(ctx context.Context, coll *Collection, uid string) (_ *Object, err error) {
	defer annotate(&err, "ObjectByUID(%d, %q)", coll.ID, uid)
	rows, err := db.pool.Query(ctx, byUID, coll.ID, uid)
	k, err := scanKnown(coll, rows, err)
	if err != nil {
		return nil, err
	}
	if k.obj == nil {
		return nil, ErrNotFound
	}
	return k.obj, nil
}

// Objects calls fn for each object of coll, by name, without its data.
func (db *DB) Objects(ctx context.Context, coll *Collection, detail Detail, fn func(*Object) error) (err error) {
	defer annotate(&err, "Objects(%d)", coll.ID)
	return listObjects(ctx, db.pool, coll, detail, fn)
}

func listObjects(ctx context.Context, q querier, coll *Collection, detail Detail, fn func(*Object) error) error {
	rows, err := q.Query(ctx, `
		SELECT `+detail.columns()+`
		FROM object
		WHERE owner = $1 AND collection = $2 AND NOT deleted
		ORDER BY name`, coll.Owner, coll.ID)
	if err != nil {
		return err
	}
	return eachObject(rows, coll, detail, fn)
}

// ObjectsByName calls fn for those of the named objects that there are, in any order, each once.
func (db *DB) ObjectsByName(ctx context.Context, coll *Collection, names []string, data bool, fn func(*Object) error) (err error) {
	defer annotate(&err, "ObjectsByName(%d, %d names)", coll.ID, len(names))
	detail := listing(data)
	g := db.caches.owner(coll.Owner)
	gen := g.now()
	missing := make([]string, 0, len(names))
	seen := make(map[string]bool, len(names))
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		if o, ok := get(&db.caches, &db.caches.objects, objectKey{coll.ID, name}); ok {
			if err := fn(o); err != nil {
				return err
			}
			continue
		}
		missing = append(missing, name)
	}
	if len(missing) == 0 {
		return nil
	}
	// One lookup a name, with nothing for the planner to do otherwise: "name = ANY($3)" it would take, in a plan made for
	// any array, as a reason to read the whole collection.
	rows, err := db.pool.Query(ctx, `
		SELECT o.*
		FROM unnest($3::text[]) AS wanted (name), LATERAL (
			SELECT `+detail.columns()+`
			FROM object
			WHERE owner = $1 AND collection = $2 AND name = wanted.name
			LIMIT 1) AS o
		WHERE NOT o.deleted`, coll.Owner, coll.ID, missing)
	if err != nil {
		return err
	}
	return eachObject(rows, coll, detail, func(o *Object) error {
		if data {
			keep(&db.caches, &db.caches.objects, g, gen, objectKey{coll.ID, o.Name}, o)
		}
		return fn(o)
	})
}
