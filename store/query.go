package store

import (
	"context"
	"time"

	"convene/ical"
)

// RangeQuery asks for the objects that have an instance in a time range (RFC 4791 section 7.8).
type RangeQuery struct {
	Component string     // "VEVENT"...; "": any
	Range     ical.Range // open ends are zero
	Widen     bool       // also find floating objects when they are taken in another zone than the collection's
	WithData  bool       // otherwise only those have it that are to be verified
}

// zoneSpread is how far apart the same wall clock is in two zones, at most: from UTC-12 to UTC+14, and some.
const zoneSpread = 27 * time.Hour

// QueryRange calls fn for each object of coll with an instance in the range, in no order. verify: it may also have
// none there, and ical has to tell.
func (db *DB) QueryRange(ctx context.Context, coll *Collection, q RangeQuery, fn func(o *Object, verify bool) error) (err error) {
	defer annotate(&err, "QueryRange(%d)", coll.ID)
	wide := q.Range
	if q.Widen {
		if !wide.Start.IsZero() {
			wide.Start = wide.Start.Add(-zoneSpread)
		}
		if !wide.End.IsZero() {
			wide.End = wide.End.Add(zoneSpread)
		}
	}
	// What happens where exact says all there is, does so whatever there is elsewhere.
	rows, err := db.pool.Query(ctx, `
		SELECT `+objectColumns+`, CASE WHEN $6 OR verify THEN data END, verify
		FROM (
			SELECT *, $4 AND floating OR coalesce(NOT exact @> $2 AND NOT occurs && (exact * $2), false) AS verify
			FROM object
			WHERE collection = $1 AND occurs && $3::tstzrange AND NOT isempty(occurs) AND NOT deleted
				AND (NOT $4 OR floating OR occurs && $2::tstzrange)
				AND ($5 = '' OR component = $5)) AS found`,
		coll.ID, rangeArg(q.Range), rangeArg(wide), q.Widen, q.Component, q.WithData)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var verify bool
		o, err := scanObject(rows, coll, whole, &verify)
		if err != nil {
			return err
		}
		if err := fn(o, verify); err != nil {
			return err
		}
	}
	return rows.Err()
}

// rangeArg is the range as an argument; one that is open at both ends is all of time, not NULL.
func rangeArg(r ical.Range) span {
	if r.Start.IsZero() && r.End.IsZero() {
		r.Start = time.Date(-4700, 1, 1, 0, 0, 0, 0, time.UTC) // about as far back as PostgreSQL goes
	}
	return span(r)
}

// QueryAll calls fn for each object of coll with its data, in no order; with component and uid, unless they are "",
// only for those that have them.
func (db *DB) QueryAll(ctx context.Context, coll *Collection, component, uid string, fn func(*Object) error) (err error) {
	defer annotate(&err, "QueryAll(%d)", coll.ID)
	if uid != "" {
		rows, err := db.pool.Query(ctx, byUID, coll.ID, uid)
		if err != nil {
			return err
		}
		return eachObject(rows, coll, whole, func(o *Object) error {
			if component != "" && o.Component != component {
				return nil
			}
			return fn(o)
		})
	}
	rows, err := db.pool.Query(ctx, `
		SELECT `+dataColumns+`
		FROM object
		WHERE owner = $1 AND collection = $2 AND NOT deleted AND ($3 = '' OR component = $3)`, coll.Owner, coll.ID, component)
	if err != nil {
		return err
	}
	return eachObject(rows, coll, whole, fn)
}

// Busy adds up the busy time of collections of one owner in a range, without looking at a single object: busy and
// tentative are sorted and disjoint. The objects in inexact, which have their data, are not in them, since they were
// not indexed for all of the range: ical has to tell.
func (db *DB) Busy(ctx context.Context, owner PrincipalID, colls []CollectionID, r ical.Range) (busy, tentative []ical.Range, inexact []*Object, err error) {
	defer annotate(&err, "Busy(%d)", owner)
	rows, err := db.pool.Query(ctx, `
		WITH found AS (
			SELECT collection, name, busy, tentative, coalesce(exact @> $2, true) AS known
			FROM object
			WHERE collection = ANY($1) AND occurs && $2::tstzrange AND NOT isempty(occurs) AND NOT deleted)
		SELECT 0, '', range_agg(busy * $3), range_agg(tentative * $3)
		FROM found
		WHERE known
		UNION ALL
		SELECT collection, name, NULL, NULL
		FROM found
		WHERE NOT known`, colls, rangeArg(r), spans{ical.Range(rangeArg(r))})
	if err != nil {
		return nil, nil, nil, err
	}
	defer rows.Close()
	names := map[CollectionID][]string{}
	for rows.Next() {
		var coll CollectionID
		var name string
		var b, t spans
		if err := rows.Scan(&coll, &name, &b, &t); err != nil {
			return nil, nil, nil, err
		}
		if coll == 0 {
			busy, tentative = b, t
		} else {
			names[coll] = append(names[coll], name)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, nil, err
	}
	for id, list := range names {
		if err := db.ObjectsByName(ctx, &Collection{ID: id, Owner: owner}, list, true, func(o *Object) error {
			inexact = append(inexact, o)
			return nil
		}); err != nil {
			return nil, nil, nil, err
		}
	}
	return busy, tentative, inexact, nil
}
