package store

import (
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"
)

// change is what a transaction did to one home; its JSON form is the payload of a notification.
type change struct {
	From    uint64              `json:"f"` // the process it comes from
	Kind    string              `json:"k"` // "home", "principal", "credential"
	Owner   PrincipalID         `json:"o,omitempty"`
	Base    int64               `json:"b,omitempty"` // the home's modseq before
	Modseq  int64               `json:"m,omitempty"` // and after
	At      int64               `json:"a,omitempty"` // when, in microseconds since 1970
	Touched []touchedCollection `json:"t,omitempty"` // collections with objects changed in them
	Self    bool                `json:"s,omitempty"` // collections themselves changed: the home must be read again

	expected bool // a change of this process, told to expect before it was committed
}

// touchedCollection had objects changed; Modseq is the last one's.
type touchedCollection struct {
	ID      CollectionID `json:"c"`
	Modseq  int64        `json:"m"`
	Name    string       `json:"n,omitempty"` // of the object, if it was only one
	Objects int64        `json:"d,omitempty"` // how many more there are now
	Bytes   int64        `json:"z,omitempty"` // and how much larger they are together
}

// channel is where changes are announced.
const channel = "convene"

// maxPayload is what PostgreSQL takes, less some.
const maxPayload = 7900

// announce queues the notifications of changes, to be sent when the transaction commits.
//
// It is sent only if a process other than ours is registered as listening. A notification costs dear: PostgreSQL lets
// those that commit with one do so one after the other, each waiting for the disk alone, so 8 writers would get no
// more done than one. The usual server is one process and needs none. Nobody is missed: this statement sees every
// registration that was committed before it, and a process that registers later does not begin to cache before the
// transactions that were under way then, this one among them, have ended (node.register).
func (db *DB) announce(b *pgx.Batch, changes ...change) error {
	if len(changes) == 0 {
		return nil
	}
	payloads := make([]string, len(changes))
	for i, c := range changes {
		var err error
		if payloads[i], err = db.payload(c); err != nil {
			return err
		}
	}
	b.Queue(`SELECT pg_notify('`+channel+`', p) FROM unnest($1::text[]) AS p WHERE EXISTS (SELECT FROM node WHERE id <> $2)`, payloads, db.nodeID())
	return nil
}

func (db *DB) payload(c change) (string, error) {
	c.From = db.process
	payload, err := json.Marshal(c)
	if err == nil && len(payload) > maxPayload {
		for i := range c.Touched {
			c.Touched[i].Name = ""
		}
		c.Self = true
		if len(c.Touched) > 100 {
			c.Touched = nil // more than a home holds; readers go by the home's modseq
			c.Kind = "everything"
		}
		payload, err = json.Marshal(c)
	}
	return string(payload), err
}

// hear applies a notification of another process.
func (db *DB) hear(payload string) {
	var c change
	if err := json.Unmarshal([]byte(payload), &c); err != nil {
		db.log.Warn("a notification that is not ours", "channel", channel, "error", err)
		return
	}
	if c.From == db.process {
		return
	}
	switch c.Kind {
	case "home":
		db.caches.apply(c, nil, nil)
	case "credential":
		db.changed("credential", c.Owner)
	case "principal":
		db.caches.dropPrincipals()
		db.changed("principal", c.Owner)
	default: // of a newer release
		db.caches.dropAll(db.caches.live.Load())
		db.changed("all", 0)
	}
}

// advance returns the home after a change in the objects of its collections.
func (h *Home) advance(c change) *Home {
	next := h.copy()
	at := time.UnixMicro(c.At)
	root := *next.Root
	root.Modseq = c.Modseq
	root.Modified = at
	next.Root = &root
	for _, t := range c.Touched {
		for i, coll := range next.Collections {
			if coll.ID == t.ID {
				moved := *coll
				moved.Modseq, moved.Modified = t.Modseq, at
				moved.Objects += t.Objects
				moved.Bytes += t.Bytes
				next.Collections[i] = &moved
			}
		}
	}
	return next
}
