package store

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
)

// byUIDs finds an object by its UID in each of several collections, by their order. The LIMIT makes it one lookup each.
const byUIDs = `
	SELECT o.*, wanted.collection
	FROM unnest($1::bigint[]) AS wanted (collection), LATERAL (
		SELECT ` + dataColumns + `
		FROM object
		WHERE collection = wanted.collection AND uid = $2 AND uid <> '' AND NOT deleted
		LIMIT 1) AS o`

// PrefetchUID says that the transaction will ask CopiesOf for the objects with that UID in the homes of owners: what it answers comes with
// the lock, in the same round trip.
func PrefetchUID(uid string, owners ...PrincipalID) TxOption {
	return func(o *txOptions) { o.copies = append(o.copies, copiesOf{uid: uid, owners: owners}) }
}

// copiesOf is what a PrefetchUID asks for.
type copiesOf struct {
	uid    string
	owners []PrincipalID
	colls  []*Collection // where it was asked for
}

// CopiesOf returns the objects with that UID in the calendars of owners, whose homes the transaction holds: of each owner, by the name of
// the calendar. It knows what the transaction itself has written. Who has none is not in the map.
func (tx *Tx) CopiesOf(ctx context.Context, uid string, owners ...PrincipalID) (_ map[PrincipalID][]*Object, err error) {
	defer annotate(&err, "CopiesOf(%q)", uid)
	var calendars, unknown []*Collection
	for _, owner := range slices.Compact(slices.Sorted(slices.Values(owners))) {
		h, err := tx.locked(owner)
		if err != nil {
			return nil, err
		}
		calendars = append(calendars, h.work.calendars()...)
	}
	for _, c := range calendars {
		if _, ok := tx.byUID[uidKey{c.ID, uid}]; !ok {
			unknown = append(unknown, c)
		}
	}
	if len(unknown) > 0 {
		if tx.failed != nil {
			return nil, tx.failed
		}
		rows, err := tx.conn.Query(ctx, byUIDs, idsOf(unknown), uid)
		if err := tx.learnCopies(rows, err, uid, unknown); err != nil {
			return nil, err
		}
	}
	copies := map[PrincipalID][]*Object{}
	for _, c := range calendars {
		if o := tx.byUID[uidKey{c.ID, uid}]; o != nil {
			copies[c.Owner] = append(copies[c.Owner], o)
		}
	}
	return copies, nil
}

// learnCopies takes up the answer of byUIDs for colls.
func (tx *Tx) learnCopies(rows pgx.Rows, err error, uid string, colls []*Collection) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	byID := make(map[CollectionID]*Collection, len(colls))
	for _, c := range colls {
		byID[c.ID] = c
		tx.byUID[uidKey{c.ID, uid}] = nil
	}
	for rows.Next() {
		var id CollectionID
		o, err := scanObject(rows, &Collection{}, whole, &id)
		if err != nil {
			return err
		}
		o.Owner, o.Collection = byID[id].Owner, id
		tx.learn(o)
	}
	return rows.Err()
}

// learn takes up an object that was read.
func (tx *Tx) learn(o *Object) {
	tx.known[objectKey{o.Collection, o.Name}] = known{o, true}
	if o.UID != "" {
		tx.byUID[uidKey{o.Collection, o.UID}] = o
	}
}

// calendars are those of a home that hold its owner's own events, by name.
func (h *Home) calendars() (list []*Collection) {
	for _, c := range h.Collections {
		if c.Kind == KindCalendar {
			list = append(list, c)
		}
	}
	return list
}

func idsOf(colls []*Collection) []CollectionID {
	ids := make([]CollectionID, len(colls))
	for i, c := range colls {
		ids[i] = c.ID
	}
	return ids
}

// Inbox is the scheduling Inbox of a home (RFC 6638 section 2.2), nil if it has none.
func (h *Home) Inbox() *Collection { return h.only(KindInbox) }

// Outbox is the scheduling Outbox of a home (RFC 6638 section 2.1), nil if it has none.
func (h *Home) Outbox() *Collection { return h.only(KindOutbox) }

// only is the first collection of a kind of which a home has one at most.
func (h *Home) only(k Kind) *Collection {
	i := slices.IndexFunc(h.Collections, func(c *Collection) bool { return c.Kind == k })
	if i < 0 {
		return nil
	}
	return h.Collections[i]
}
