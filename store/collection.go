package store

import (
	"context"
	"encoding/json"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// maxNameBytes bounds the names of collections and objects, which are index keys.
const maxNameBytes = 1000

func checkName(name string) error {
	if name == "" || len(name) > maxNameBytes || !utf8.ValidString(name) || slices.Contains([]byte(name), 0) {
		return ErrBadName
	}
	return nil
}

func newCollection(owner *Principal, in NewCollection, seq int64, now time.Time) *Collection {
	c := &Collection{
		Owner: owner.ID, Name: in.Name, Kind: in.Kind, Modseq: seq, SelfSeq: seq,
		Created: now, Modified: now, Properties: in.Properties,
	}
	if c.Rights == nil {
		c.Rights = defaultRights(owner, in.Kind)
	}
	return c
}

// Prop returns the kept property, or nil.
func (p *Properties) Prop(space, local string) *Prop {
	for i := range p.Props {
		if p.Props[i].Space == space && p.Props[i].Local == local {
			return &p.Props[i]
		}
	}
	return nil
}

// SetProp keeps a property in place of one of the same name; an empty XML removes it. The slice is a new one: those
// who share the properties do not see it.
func (p *Properties) SetProp(in Prop) {
	p.Props = slices.DeleteFunc(slices.Clone(p.Props), func(old Prop) bool { return old.Space == in.Space && old.Local == in.Local })
	if in.XML != "" {
		p.Props = append(p.Props, in)
	}
}

// propertyArgs are the values of the columns that hold properties, in the order of insertCollection and
// SetProperties.
func (c *Collection) propertyArgs() ([]any, error) {
	props, err := json.Marshal(c.Props)
	if c.Props == nil {
		props = []byte("[]")
	}
	components := c.Components
	if components == nil {
		components = []string{}
	}
	return []any{c.DisplayName, c.Description, c.Color, c.Order, components, c.Timezone, c.Transparent, c.MaxBytes, c.Rights.String(), props, c.Availability,
		c.DefaultCalendar, c.Unscheduled}, err
}

// insertCollection stores a new collection and sets its ID.
func insertCollection(ctx context.Context, q querier, c *Collection) error {
	args, err := c.propertyArgs()
	if err != nil {
		return err
	}
	var targetOwner *PrincipalID
	var target *CollectionID
	if c.Target != nil {
		targetOwner, target = &c.Target.Owner, &c.Target.Collection
	}
	return q.QueryRow(ctx, `
		INSERT INTO collection (owner, name, kind, modseq, self_seq, created, modified, target_owner, target,
			display_name, description, color, sort_order, components, timezone, transparent, max_bytes, rights, props, availability,
			default_calendar, unscheduled)
		VALUES ($1, $2, $3, $4, $4, $5, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
		RETURNING id`,
		append([]any{c.Owner, c.Name, c.Kind, c.Modseq, c.Created, targetOwner, target}, args...)...).Scan(&c.ID)
}

// CreateCollection adds a collection to a home that the transaction has locked. ErrExists: the name is taken.
func (tx *Tx) CreateCollection(ctx context.Context, owner PrincipalID, in NewCollection) (_ *Collection, err error) {
	defer annotate(&err, "CreateCollection(%d, %q)", owner, in.Name)
	return tx.createCollection(ctx, owner, in, nil)
}

// CreateMount adds to the home of a sharee the collection that stands for a calendar of somebody else. Its kind is KindShared, whatever
// in says. ErrExists: the name is taken.
func (tx *Tx) CreateMount(ctx context.Context, sharee PrincipalID, in NewCollection, t Target) (_ *Collection, err error) {
	defer annotate(&err, "CreateMount(%d, %q)", sharee, in.Name)
	in.Kind = KindShared
	return tx.createCollection(ctx, sharee, in, &t)
}

func (tx *Tx) createCollection(ctx context.Context, owner PrincipalID, in NewCollection, target *Target) (*Collection, error) {
	if err := checkName(in.Name); err != nil {
		return nil, err
	}
	h, err := tx.locked(owner)
	if err != nil {
		return nil, err
	}
	if h.work.Collection(in.Name) != nil {
		return nil, ErrExists
	}
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	c := newCollection(h.work.Owner, in, h.next(), tx.now)
	c.Target = target
	if err := insertCollection(ctx, tx.conn, c); err != nil {
		return nil, err
	}
	c.Zone, c.Person = tx.db.zoneOf(c, h.work.Owner), h.work.Owner
	h.replace(c)
	return c, nil
}

// DeleteCollection removes a collection and all that is in it, and takes back its invitations and publications; the mounts that others
// have of it are left to the caller. Its name stays behind as a tombstone for the sync of the home.
func (tx *Tx) DeleteCollection(ctx context.Context, coll *Collection) (err error) {
	defer annotate(&err, "DeleteCollection(%d, %d)", coll.Owner, coll.ID)
	h, c, err := tx.current(coll)
	if err != nil {
		return err
	}
	seq := h.next()
	tx.releaseOf(h, c)
	tx.queue(`DELETE FROM object WHERE owner = $1 AND collection = $2`, c.Owner, c.ID)
	tx.queue(`
		UPDATE collection
		SET deleted = true, shared = false, published = false, modseq = $3, self_seq = $3, modified = $4, objects = 0, bytes = 0,
			display_name = NULL, description = NULL, timezone = '', props = '[]'
		WHERE owner = $1 AND id = $2`, c.Owner, c.ID, seq, tx.now)
	tx.queueRemovalOfSharing(c) // after the row is locked: see Publish
	h.work = h.work.without(c.ID)
	h.self = true
	delete(h.content, c.ID)
	tx.forget(c.ID)
	return tx.flush(ctx)
}

// RenameCollection gives a collection another name in its home (MOVE). The old name stays behind as a tombstone; the
// objects count as changed, since a client that syncs the home has to learn their new URLs; of a mount, which has none,
// SyncFloor says so. ErrExists: the name is taken.
func (tx *Tx) RenameCollection(ctx context.Context, coll *Collection, name string) (_ *Collection, err error) {
	defer annotate(&err, "RenameCollection(%d, %d, %q)", coll.Owner, coll.ID, name)
	if err := checkName(name); err != nil {
		return nil, err
	}
	h, c, err := tx.current(coll)
	if err != nil {
		return nil, err
	}
	if h.work.Collection(name) != nil {
		return nil, ErrExists
	}
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	moved := *c
	moved.Name, moved.Modified = name, tx.now
	gone := h.next()
	var objects int64
	if err := tx.conn.QueryRow(ctx, `
		WITH numbered AS (
			SELECT name, row_number() OVER (ORDER BY modseq) AS n
			FROM object
			WHERE collection = $2 AND modseq > 0 AND NOT deleted),
		changed AS (
			UPDATE object SET modseq = $3 + n
			FROM numbered
			WHERE owner = $1 AND collection = $2 AND object.name = numbered.name
			RETURNING n)
		SELECT coalesce(max(n), 0) FROM changed`, c.Owner, c.ID, gone).Scan(&objects); err != nil {
		return nil, err
	}
	h.seq += objects
	moved.SelfSeq = h.next()
	moved.Modseq = moved.SelfSeq
	if c.Kind == KindShared {
		moved.SyncFloor = moved.SelfSeq
	}
	tx.queue(`
		INSERT INTO collection (owner, name, kind, modseq, self_seq, created, modified, rights, deleted)
		SELECT owner, name, kind, $3, $3, created, $4, rights, true FROM collection WHERE owner = $1 AND id = $2`, c.Owner, c.ID, gone, tx.now)
	tx.queue(`
		UPDATE collection SET name = $3, modseq = $4, self_seq = $4, modified = $5, sync_floor = $6
		WHERE owner = $1 AND id = $2`, c.Owner, c.ID, name, moved.Modseq, tx.now, moved.SyncFloor)
	h.replace(&moved)
	h.touch(c.ID, moved.Modseq, "", 0, 0)
	tx.forget(c.ID)
	return &moved, tx.flush(ctx)
}

// SetProperties replaces all properties of a collection. Take those it has (from Tx.Home), and change what is to
// change. A change of the time zone takes floating times to another place in the calendar's index at once.
func (tx *Tx) SetProperties(ctx context.Context, coll *Collection, p Properties) (_ *Collection, err error) {
	defer annotate(&err, "SetProperties(%d, %d)", coll.Owner, coll.ID)
	h, c, err := tx.current(coll)
	if err != nil {
		return nil, err
	}
	next := *c
	next.Properties = p
	next.Modseq = h.next()
	next.SelfSeq, next.Modified = next.Modseq, tx.now
	next.Zone = tx.db.zoneOf(&next, h.work.Owner)
	args, err := next.propertyArgs()
	if err != nil {
		return nil, err
	}
	tx.queue(`
		UPDATE collection
		SET modseq = $3, self_seq = $3, modified = $4, display_name = $5, description = $6, color = $7, sort_order = $8,
			components = $9, timezone = $10, transparent = $11, max_bytes = $12, rights = $13, props = $14, availability = $15,
			default_calendar = $16, unscheduled = $17
		WHERE owner = $1 AND id = $2`, append([]any{c.Owner, c.ID, next.Modseq, tx.now}, args...)...)
	h.replace(&next)
	if next.Zone.String() != c.Zone.String() {
		if err := tx.flush(ctx); err != nil {
			return nil, err
		}
		if _, err := tx.reindexFloating(ctx, &next); err != nil {
			return nil, err
		}
	}
	return &next, nil
}

// reindexFloating works out anew when the floating objects of a collection happen, and returns how many there are.
func (tx *Tx) reindexFloating(ctx context.Context, c *Collection) (int, error) {
	return tx.reindex(ctx, c, `floating`)
}

// reindex works out anew when those objects of a collection happen that meet a condition.
func (tx *Tx) reindex(ctx context.Context, c *Collection, condition string) (int, error) {
	if err := tx.flush(ctx); err != nil {
		return 0, err
	}
	rows, err := tx.conn.Query(ctx, `
		SELECT id, name, data FROM object
		WHERE collection = $1 AND NOT deleted AND `+condition, c.ID)
	if err != nil {
		return 0, err
	}
	var batch pgx.Batch
	if err := queueReindex(rows, &batch, c, tx.now); err != nil {
		return 0, err
	}
	return batch.Len(), tx.conn.SendBatch(ctx, &batch).Close()
}
