package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"convene/ical"

	"github.com/jackc/pgx/v5"
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

// BusyCalendar is a calendar of which DB.Busy is asked.
type BusyCalendar struct {
	*Collection
	Apart []string // names of objects that are not to be taken as they are indexed, but given back
}

// BusyTime is what the database knows of the busy time of one calendar. Busy and Tentative are sorted and disjoint. Not in them are
// the objects in Rest, which have their data: those that were not indexed for all of the range, those asked for by name or UID, and
// VAVAILABILITY.
// What these mean ical has to tell.
type BusyTime struct {
	Busy, Tentative []ical.Range
	Rest            []*Object
}

// Busy adds up the busy time of each of some calendars, which may be of several people, in a range. Objects that have one of the UIDs are
// given back instead. It looks at no single object but those that it gives back, and is one query.
func (db *DB) Busy(ctx context.Context, calendars []BusyCalendar, r ical.Range, uids []string) (_ []BusyTime, err error) {
	defer annotate(&err, "Busy(%d calendars)", len(calendars))
	found := make([]BusyTime, len(calendars))
	if len(calendars) == 0 {
		return found, nil
	}
	ids := make([]CollectionID, len(calendars))
	var apart []string
	for i, c := range calendars {
		ids[i] = c.ID
		for _, name := range c.Apart {
			apart = append(apart, apartKey(i, name))
		}
	}
	args := []any{ids, rangeArg(r), spans{ical.Range(rangeArg(r))}}
	known := "" // conditions on each object are asked only if there is need
	if len(uids) > 0 {
		args = append(args, uids)
		known = fmt.Sprintf(" AND uid <> ALL ($%d::text[])", len(args))
	}
	if len(apart) > 0 {
		args = append(args, apart)
		known += fmt.Sprintf(" AND (a.n || ':' || name) <> ALL ($%d::text[])", len(args))
	}
	// Each calendar goes by the index for itself: OFFSET 0 keeps the planner from joining them in another way.
	rows, err := db.pool.Query(ctx, `
		SELECT a.n, f.busy, f.tentative, f.name
		FROM unnest($1::bigint[]) WITH ORDINALITY AS a (id, n), LATERAL (
			WITH found AS (
				SELECT name, busy, tentative, coalesce(exact @> $2, true) AND component <> 'VAVAILABILITY'`+known+` AS known
				FROM object
				WHERE collection = a.id AND occurs && $2::tstzrange AND NOT isempty(occurs) AND NOT deleted)
			SELECT range_agg(busy * $3), range_agg(tentative * $3), NULL AS name FROM found WHERE known
			UNION ALL
			SELECT NULL, NULL, name FROM found WHERE NOT known
			OFFSET 0) AS f (busy, tentative, name)`, args...)
	if err != nil {
		return nil, err
	}
	rest, err := scanBusy(rows, found)
	if err != nil {
		return nil, err
	}
	for i, names := range rest {
		if err := db.ObjectsByName(ctx, calendars[i].Collection, names, true, func(o *Object) error {
			found[i].Rest = append(found[i].Rest, o)
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// apartKey is a name in a calendar as Busy has it, whose SQL counts from 1.
func apartKey(calendar int, name string) string { return strconv.Itoa(calendar+1) + ":" + name }

// scanBusy reads the rows of Busy, and returns the names of the objects that are left by calendar.
func scanBusy(rows pgx.Rows, found []BusyTime) (rest map[int][]string, err error) {
	defer rows.Close()
	rest = map[int][]string{}
	for rows.Next() {
		var n int
		var name *string
		var busy, tentative spans
		if err := rows.Scan(&n, &busy, &tentative, &name); err != nil {
			return nil, err
		}
		if name != nil {
			rest[n-1] = append(rest[n-1], *name)
		} else {
			found[n-1].Busy, found[n-1].Tentative = busy, tentative
		}
	}
	return rest, rows.Err()
}
