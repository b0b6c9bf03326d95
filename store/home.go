package store

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"convene/acl"
	"convene/ical"

	"github.com/jackc/pgx/v5"
)

// Collection returns the collection called name, nil if there is none.
func (h *Home) Collection(name string) *Collection {
	i, ok := slices.BinarySearchFunc(h.Collections, name, func(c *Collection, name string) int { return strings.Compare(c.Name, name) })
	if !ok {
		return nil
	}
	return h.Collections[i]
}

// CollectionByID returns the collection with that id, nil if it is not (or no longer) in this home.
func (h *Home) CollectionByID(id CollectionID) *Collection {
	for _, c := range h.Collections {
		if c.ID == id {
			return c
		}
	}
	return nil
}

func (h *Home) copy() *Home {
	return &Home{Owner: h.Owner, Root: h.Root, Collections: slices.Clone(h.Collections), Locks: h.Locks}
}

// with returns the home with c in it, in place of the one with the same id if there is one. A home as an argument is
// never changed.
func (h *Home) with(c *Collection) *Home {
	next := h.without(c.ID)
	i, _ := slices.BinarySearchFunc(next.Collections, c.Name, func(c *Collection, name string) int { return strings.Compare(c.Name, name) })
	next.Collections = slices.Insert(next.Collections, i, c)
	return next
}

func (h *Home) without(id CollectionID) *Home {
	next := h.copy()
	next.Collections = slices.DeleteFunc(next.Collections, func(c *Collection) bool { return c.ID == id })
	return next
}

// Home returns the collections of a principal. On first need it creates them (Options.Autocreate). ErrNotFound: no
// such principal.
func (db *DB) Home(ctx context.Context, owner PrincipalID) (_ *Home, err error) {
	if h, ok := get(&db.caches, &db.caches.homes, owner); ok {
		return h, nil
	}
	defer annotate(&err, "Home(%d)", owner)
	g := db.caches.owner(owner)
	gen := g.now()
	p, err := db.PrincipalByID(ctx, owner)
	if err != nil {
		return nil, err
	}
	h, err := db.readCollections(ctx, db.pool, p)
	if errors.Is(err, errNoHome) {
		if err := db.createHome(ctx, p); err != nil {
			return nil, err
		}
		h, err = db.readCollections(ctx, db.pool, p)
	}
	if err != nil {
		return nil, err
	}
	db.caches.keepHome(g, gen, h)
	return h, nil
}

// errNoHome means that a principal has no home yet.
var errNoHome = errors.New("no home yet")

// querier is a pool, a connection or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// homesOf returns the homes of owners, in their order, as Home does; those that are not cached are read with one query.
func (db *DB) homesOf(ctx context.Context, owners []PrincipalID) (homes []*Home, err error) {
	defer annotate(&err, "reading homes")
	homes = make([]*Home, len(owners))
	var missing []*Principal
	gens := map[PrincipalID]uint64{}
	for i, owner := range owners {
		var ok bool
		if homes[i], ok = get(&db.caches, &db.caches.homes, owner); ok {
			continue
		}
		gens[owner] = db.caches.owner(owner).now()
		p, err := db.PrincipalByID(ctx, owner)
		if err != nil {
			return nil, err
		}
		missing = append(missing, p)
	}
	if missing == nil {
		return homes, nil
	}
	read, err := db.readHomes(ctx, db.pool, missing...)
	if err != nil {
		return nil, err
	}
	for i, owner := range owners {
		if homes[i] != nil {
			continue
		}
		if homes[i] = read[owner]; homes[i] != nil {
			db.caches.keepHome(db.caches.owner(owner), gens[owner], homes[i])
		} else if homes[i], err = db.Home(ctx, owner); err != nil { // makes it
			return nil, err
		}
	}
	return homes, nil
}

// readCollections reads the home of p past the cache. errNoHome: it was not made yet.
func (db *DB) readCollections(ctx context.Context, q querier, p *Principal) (*Home, error) {
	homes, err := db.readHomes(ctx, q, p)
	if err == nil && homes[p.ID] == nil {
		err = errNoHome
	}
	return homes[p.ID], err
}

// readHomes reads the homes of people past the cache. Those are left out that were not made yet.
func (db *DB) readHomes(ctx context.Context, q querier, people ...*Principal) (map[PrincipalID]*Home, error) {
	homes := make(map[PrincipalID]*Home, len(people))
	owners := make([]PrincipalID, len(people))
	for i, p := range people {
		owners[i], homes[p.ID] = p.ID, &Home{Owner: p}
	}
	rows, err := q.Query(ctx, `
		SELECT `+collectionColumns+`, owner, `+lockColumn+`
		FROM collection
		WHERE owner = ANY ($1) AND NOT deleted
		ORDER BY owner, name`, owners)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := &Collection{}
		var locks []byte
		if err := scanCollection(rows, c, &c.Owner, &locks); err != nil {
			return nil, err
		}
		h := homes[c.Owner]
		c.Zone, c.Person = db.zoneOf(c, h.Owner), h.Owner
		if c.Kind != KindHome {
			h.Collections = append(h.Collections, c)
			continue
		}
		h.Root = c
		if h.Locks, err = decodeLocks(locks); err != nil {
			return nil, err
		}
	}
	maps.DeleteFunc(homes, func(_ PrincipalID, h *Home) bool { return h.Root == nil })
	return homes, rows.Err()
}

const collectionColumns = `id, name, kind, modseq, self_seq, sync_floor, objects, bytes, deleted, created, modified,
	display_name, description, color, sort_order, components, timezone, transparent, max_bytes, rights, props, availability,
	shared, published, target_owner, target, default_calendar, unscheduled`

// scanCollection reads a row of collectionColumns, all but Zone; values of more columns go to more.
func scanCollection(row pgx.Row, c *Collection, more ...any) error {
	var rights string
	var props []byte
	var targetOwner, target *int64
	err := row.Scan(append([]any{
		&c.ID, &c.Name, &c.Kind, &c.Modseq, &c.SelfSeq, &c.SyncFloor, &c.Objects, &c.Bytes, &c.Deleted, &c.Created, &c.Modified,
		&c.DisplayName, &c.Description, &c.Color, &c.Order, &c.Components, &c.Timezone, &c.Transparent, &c.MaxBytes, &rights, &props, &c.Availability,
		&c.Shared, &c.Published, &targetOwner, &target, &c.DefaultCalendar, &c.Unscheduled,
	}, more...)...)
	if err != nil {
		return err
	}
	if targetOwner != nil && target != nil {
		c.Target = &Target{PrincipalID(*targetOwner), CollectionID(*target)}
	}
	if c.Rights, err = acl.ParseList(rights); err != nil {
		return err
	}
	return json.Unmarshal(props, &c.Props)
}

// zoneOf says where floating times in c are taken.
func (db *DB) zoneOf(c *Collection, owner *Principal) *time.Location {
	if z := ownZone(c.Timezone); z != nil {
		return z
	}
	if owner.Timezone != "" {
		if z, ok := ical.ZoneByName(owner.Timezone); ok {
			return z
		}
	}
	return db.opts.DefaultZone
}

// ownZone is the zone of a CALDAV:calendar-timezone, nil if it has none that can be used.
func ownZone(timezone string) *time.Location {
	if timezone == "" {
		return nil
	}
	cal, err := ical.Parse([]byte(timezone), ical.Limits{})
	if err != nil {
		return nil // was accepted once; floating times are then the owner's
	}
	for _, comp := range cal.Children {
		if comp.Name != "VTIMEZONE" {
			continue
		}
		if z, err := ical.ZoneOf(comp); err == nil {
			return z
		}
	}
	return nil
}

// createHome makes the home with the collections that such a home begins with, unless somebody else just did.
func (db *DB) createHome(ctx context.Context, owner *Principal) error {
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	now := db.now()
	begin := slices.DeleteFunc(slices.Clone(db.opts.Autocreate), func(in NewCollection) bool { return !owner.Kind.keeps(in.Kind) })
	tag, err := tx.Exec(ctx, `
		INSERT INTO collection (owner, name, kind, modseq, self_seq, created, modified, rights)
		VALUES ($1, '', 'home', $2, $2, $3, $3, $4)
		ON CONFLICT DO NOTHING`,
		owner.ID, len(begin)+1, now, defaultRights(owner, KindHome).String())
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	for i, in := range begin {
		c := newCollection(owner, in, int64(i)+1, now)
		if err := insertCollection(ctx, tx, c); err != nil {
			return err
		}
	}
	return tx.Commit(ctx)
}

// keeps says whether the home of such a principal begins with a collection of kind c: invitations come to persons and things only, and
// notifications to persons.
func (k PrincipalKind) keeps(c Kind) bool {
	switch k {
	case User:
		return true
	case Group, Public:
		return c == KindCalendar || c == KindCollection
	}
	return c != KindNotices
}

// rollback ends a transaction that was not committed; it is deferred, and does nothing after a commit.
func rollback(ctx context.Context, tx pgx.Tx) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), rollbackTimeout)
	defer cancel()
	_ = tx.Rollback(ctx) // if it fails, the connection is closed, which rolls back too
}

const rollbackTimeout = 5 * time.Second

// QuotaUsed is the size of all objects of a home in bytes (RFC 4331, DAV:quota-used-bytes).
func (db *DB) QuotaUsed(ctx context.Context, owner PrincipalID) (int64, error) {
	h, err := db.Home(ctx, owner)
	if err != nil {
		return 0, err
	}
	var bytes int64
	for _, c := range h.Collections {
		bytes += c.Bytes
	}
	return bytes, nil
}
