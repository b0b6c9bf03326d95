package store

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"convene/ical"
)

// ETagOf is the entity tag of a representation, without quotes.
func ETagOf(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:16])
}

// NewObjectName is a name for an object that nobody gave one, and that nobody used before.
func NewObjectName() string { return rand.Text() + ".ics" }

// Object returns the object called name in coll. ErrNotFound: there is none.
func (tx *Tx) Object(ctx context.Context, coll *Collection, name string) (_ *Object, err error) {
	defer annotate(&err, "Object(%d, %q)", coll.ID, name)
	k, err := tx.lookup(ctx, coll, name)
	if err != nil {
		return nil, err
	}
	if k.obj == nil {
		return nil, ErrNotFound
	}
	return k.obj, nil
}

// lookup says what there is of a name. It need not wait for pending writes: what they changed is known.
func (tx *Tx) lookup(ctx context.Context, coll *Collection, name string) (known, error) {
	key := objectKey{coll.ID, name}
	if k, ok := tx.known[key]; ok {
		return k, nil
	}
	if tx.failed != nil {
		return known{}, tx.failed
	}
	rows, err := tx.conn.Query(ctx, byName, coll.Owner, coll.ID, name)
	k, err := scanKnown(coll, rows, err)
	if err == nil {
		tx.known[key] = k
	}
	return k, err
}

// ObjectByUID returns the object with that UID in coll. ErrNotFound: there is none.
func (tx *Tx) ObjectByUID(ctx context.Context, coll *Collection, uid string) (_ *Object, err error) {
	defer annotate(&err, "ObjectByUID(%d, %q)", coll.ID, uid)
	o, ok := tx.byUID[uidKey{coll.ID, uid}]
	if !ok {
		if err := tx.flush(ctx); err != nil {
			return nil, err
		}
		rows, err := tx.conn.Query(ctx, byUID, coll.ID, uid)
		k, err := scanKnown(coll, rows, err)
		if err != nil {
			return nil, err
		}
		if o = k.obj; o != nil {
			tx.learn(o)
		}
	}
	if o == nil {
		return nil, ErrNotFound
	}
	return o, nil
}

// Objects calls fn for each object of coll, by name. fn must not use the transaction.
func (tx *Tx) Objects(ctx context.Context, coll *Collection, withData bool, fn func(*Object) error) (err error) {
	defer annotate(&err, "Objects(%d)", coll.ID)
	if err := tx.flush(ctx); err != nil {
		return err
	}
	return listObjects(ctx, tx.conn, coll, listing(withData), fn)
}

// Put stores an object in place of the one called so, if there is one. The bytes are shared from then on: do not
// change them. *UIDConflict, from here or from InTx: another object of the collection has this UID.
func (tx *Tx) Put(ctx context.Context, coll *Collection, in NewObject) (_ *Object, err error) {
	defer annotate(&err, "Put(%d, %q)", coll.ID, in.Name)
	if err := checkName(in.Name); err != nil {
		return nil, err
	}
	before, err := tx.lookup(ctx, coll, in.Name)
	if err != nil {
		return nil, err
	}
	return tx.put(ctx, coll, in, before)
}

// Add is Put for a name that nobody ever used (see NewObjectName): it is not looked up. ErrExists, also from InTx: it was used all the same.
func (tx *Tx) Add(ctx context.Context, coll *Collection, in NewObject) (_ *Object, err error) {
	defer annotate(&err, "Add(%d, %q)", coll.ID, in.Name)
	if err := checkName(in.Name); err != nil {
		return nil, err
	}
	return tx.put(ctx, coll, in, known{})
}

// put stores an object; before is what there is of its name.
func (tx *Tx) put(ctx context.Context, coll *Collection, in NewObject, before known) (*Object, error) {
	if len(in.UID) > maxNameBytes {
		return nil, &ical.Error{Problem: ical.InvalidObject, Detail: fmt.Sprintf("the UID is longer than %d bytes", maxNameBytes)}
	}
	h, c, err := tx.current(coll)
	if err != nil {
		return nil, err
	}
	if other := tx.byUID[uidKey{c.ID, in.UID}]; other != nil && other.Name != in.Name {
		return nil, &UIDConflict{Owner: c.Owner, Collection: c.ID, Name: other.Name, UID: in.UID}
	}
	o := &Object{
		Owner: c.Owner, Collection: c.ID, Name: in.Name, UID: in.UID, Component: in.Component, ETag: in.ETag, ScheduleTag: in.ScheduleTag,
		Modseq: h.next(), Class: in.Index.Class, Size: len(in.Data), Modified: tx.now, Data: in.Data,
	}
	switch {
	case before.obj != nil:
		o.ID, o.Created = before.obj.ID, before.obj.Created
	case in.Created.IsZero():
		o.ID, o.Created = o.Modseq, tx.now
	default:
		o.ID, o.Created = o.Modseq, in.Created
	}
	if o.Props = in.Props; o.Props == nil && before.obj != nil {
		o.Props = before.obj.Props
	}
	if err := tx.write(o, in.Index, before.row); err != nil {
		return nil, err
	}
	if before.obj != nil {
		h.touch(c.ID, o.Modseq, o.Name, 0, int64(o.Size-before.obj.Size))
	} else {
		h.touch(c.ID, o.Modseq, o.Name, 1, int64(o.Size))
	}
	return o, tx.bound(ctx)
}

// write queues the storing of o; row says that there is a row by its name.
func (tx *Tx) write(o *Object, index ical.Index, row bool) error {
	props, err := propsArg(o.Props)
	if err != nil {
		return err
	}
	statement := `
		INSERT INTO object (owner, collection, name, id, modseq, size, created, modified, uid, component, etag, schedule_tag, props, data, ` + indexColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)`
	if row {
		statement = `
		UPDATE object
		SET id = $4, modseq = $5, size = $6, created = $7, modified = $8, uid = $9, component = $10, etag = $11, schedule_tag = $12,
			props = $13, data = $14, deleted = false, (` + indexColumns + `) = ROW ($15, $16, $17, $18, $19, $20, $21)
		WHERE owner = $1 AND collection = $2 AND name = $3`
	}
	tx.queue(statement, append([]any{o.Owner, o.Collection, o.Name, o.ID, o.Modseq, o.Size, o.Created, o.Modified,
		o.UID, o.Component, o.ETag, o.ScheduleTag, props, o.Data}, indexArgs(index, tx.now)...)...)
	tx.bytes += o.Size
	tx.remember(o.Collection, o.Name, known{o, true})
	tx.puts = append(tx.puts, o)
	return nil
}

// propsArg is the column props: NULL for none.
func propsArg(props []Prop) ([]byte, error) {
	if len(props) == 0 {
		return nil, nil
	}
	return json.Marshal(props)
}

// SetObjectProps replaces the kept properties of an object. ErrNotFound: there is no such object.
func (tx *Tx) SetObjectProps(ctx context.Context, coll *Collection, name string, props []Prop) (err error) {
	defer annotate(&err, "SetObjectProps(%d, %q)", coll.ID, name)
	h, c, err := tx.current(coll)
	if err != nil {
		return err
	}
	before, err := tx.Object(ctx, c, name)
	if err != nil {
		return err
	}
	arg, err := propsArg(props)
	if err != nil {
		return err
	}
	o := *before
	o.Modseq, o.Modified, o.Props = h.next(), tx.now, props
	tx.queue(`
		UPDATE object SET modseq = $4, modified = $5, props = $6
		WHERE owner = $1 AND collection = $2 AND name = $3`, c.Owner, c.ID, name, o.Modseq, o.Modified, arg)
	tx.remember(c.ID, name, known{&o, true})
	h.touch(c.ID, o.Modseq, name, 0, 0)
	return tx.bound(ctx)
}

// remember notes what a pending write leaves of a name, and of the UIDs of what was there and is now.
func (tx *Tx) remember(coll CollectionID, name string, k known) {
	if before := tx.known[objectKey{coll, name}].obj; before != nil && before.UID != "" {
		tx.byUID[uidKey{coll, before.UID}] = nil
	}
	tx.known[objectKey{coll, name}] = k
	if k.obj != nil && k.obj.UID != "" {
		tx.byUID[uidKey{coll, k.obj.UID}] = k.obj
	}
	tx.puts = slices.DeleteFunc(tx.puts, func(o *Object) bool { return o.Collection == coll && o.Name == name })
}

// bound sends what is pending when it has become much.
func (tx *Tx) bound(ctx context.Context) error {
	if tx.pending.Len() < maxPending && tx.bytes < maxPendingBytes {
		return nil
	}
	return tx.flush(ctx)
}

// Delete removes an object; a tombstone stays for those who sync. ErrNotFound: there is none.
func (tx *Tx) Delete(ctx context.Context, coll *Collection, name string) (err error) {
	defer annotate(&err, "Delete(%d, %q)", coll.ID, name)
	h, c, err := tx.current(coll)
	if err != nil {
		return err
	}
	before, err := tx.lookup(ctx, c, name)
	if err != nil {
		return err
	}
	if before.obj == nil {
		return ErrNotFound
	}
	seq := h.next()
	tx.queue(`
		UPDATE object
		SET deleted = true, modseq = $4, modified = $5, size = 0, uid = '', etag = '', schedule_tag = '', props = NULL, data = '',
			occurs = '{}', busy = '{}', tentative = '{}', exact = NULL, renew = NULL, floating = false, class = 0
		WHERE owner = $1 AND collection = $2 AND name = $3`, c.Owner, c.ID, name, seq, tx.now)
	tx.remember(c.ID, name, known{nil, true})
	h.touch(c.ID, seq, name, -1, -int64(before.obj.Size))
	return tx.bound(ctx)
}

// Move takes an object to in.Name in another collection, or the same, of a home that the transaction holds; what is
// there is replaced. Of in counts what Put needs of the content; properties and the date of creation go along.
// ErrNotFound: there is no such object.
func (tx *Tx) Move(ctx context.Context, from *Collection, name string, to *Collection, in NewObject) (_ *Object, err error) {
	defer annotate(&err, "Move(%d, %q, %d, %q)", from.ID, name, to.ID, in.Name)
	o, err := tx.Object(ctx, from, name)
	if err != nil {
		return nil, err
	}
	if from.ID == to.ID && name == in.Name {
		return o, nil
	}
	if err := tx.Delete(ctx, from, name); err != nil {
		return nil, err
	}
	if err := tx.Delete(ctx, to, in.Name); err != nil && !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	in.Created, in.Props = o.Created, o.Props
	return tx.Put(ctx, to, in)
}

// CopyObjects puts all objects of one collection into another of a home that the transaction holds, and that has none
// of their names and UIDs.
func (tx *Tx) CopyObjects(ctx context.Context, from, to *Collection) (err error) {
	defer annotate(&err, "CopyObjects(%d, %d)", from.ID, to.ID)
	h, c, err := tx.current(to)
	if err != nil {
		return err
	}
	if err := tx.flush(ctx); err != nil {
		return err
	}
	var n, bytes int64
	if err := tx.conn.QueryRow(ctx, `
		WITH copied AS (
			INSERT INTO object (owner, collection, name, id, modseq, size, created, modified, uid, component, etag, schedule_tag, props, data, `+indexColumns+`)
			SELECT $3, $4, name, $5 + n, $5 + n, size, $6, $6, uid, component, etag, '', props, data, `+indexColumns+`
			FROM (
				SELECT *, row_number() OVER (ORDER BY modseq) AS n
				FROM object
				WHERE owner = $1 AND collection = $2 AND NOT deleted) AS source
			RETURNING size)
		SELECT count(*), coalesce(sum(size), 0)::bigint FROM copied`,
		from.Owner, from.ID, c.Owner, c.ID, h.seq, tx.now).Scan(&n, &bytes); err != nil {
		return err
	}
	h.seq += n
	h.touch(c.ID, h.seq, "", n, bytes)
	tx.forget(c.ID)
	tx.LookAgain(c.Owner)
	if c.Zone.String() != from.Zone.String() {
		if _, err := tx.reindexFloating(ctx, c); err != nil {
			return err
		}
	}
	if c.Owner != from.Owner {
		_, err = tx.reindex(ctx, c, invited)
	}
	return err
}
