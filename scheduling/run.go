package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// Work is what one attempt at a transaction does. It holds the transaction and what was found out for it.
type Work struct {
	Tx *store.Tx

	e      *Engine
	dir    *directory
	copies map[store.PrincipalID][]*copied // of the object that is worked on, once they are looked for
	uid    string                          // of that object
	made   map[*ical.Object]*made
	trace  []store.TraceEntry
	counts map[[2]string]int // for Options.Count
	byJob  bool              // nobody waits for this
	later  bool              // all deliveries are left to jobs
}

// unresolved is the error of a transaction that meets addresses which nobody has looked up yet.
type unresolved struct{ addresses []itip.Address }

func (u *unresolved) Error() string {
	return fmt.Sprintf("scheduling: %d people to be looked up", len(u.addresses))
}

// maxLooks bounds how often a transaction is begun again since it is about other people than before.
const maxLooks = 8

// Run runs fn as one transaction, as store.InTx does, that may write scheduling objects. The homes of owners are locked from the start. seed
// is an object that is about to be stored, or nil: those who will probably get something of it are looked up, and their homes locked, at
// once. What fn needs beyond that is found out when it asks for it; fn is then run again.
func Run[T any](ctx context.Context, e *Engine, owners []store.PrincipalID, seed *Seed, fn func(context.Context, *Work) (T, error),
	opts ...store.TxOption) (T, error) {
	dir := &directory{}
	owners = slices.Clone(owners)
	if seed != nil {
		concerned, err := e.concerned(ctx, dir, seed)
		if err != nil {
			var none T
			return none, err
		}
		owners = append(owners, concerned...)
		opts = append(opts, store.PrefetchUID(seed.Object.UID, owners...))
	}
	for look := 0; ; look++ {
		var w *Work
		result, err := store.InTx(ctx, e.db, owners, func(ctx context.Context, tx *store.Tx) (T, error) {
			w = &Work{Tx: tx, e: e, dir: dir}
			result, err := fn(ctx, w)
			if err == nil {
				tx.AddTrace(w.trace)
			}
			return result, err
		}, opts...)
		var u *unresolved
		if !errors.As(err, &u) || look == maxLooks {
			if err == nil {
				w.count()
			}
			return result, err
		}
		if err := e.look(ctx, dir, u.addresses); err != nil {
			return result, err
		}
	}
}

// Seed is an object that somebody is about to store.
type Seed struct {
	Owner  *store.Principal // of the calendar
	Object *ical.Object
	New    bool // it must not be there yet
}

// concerned is a guess at whose homes are written to when the object is stored: the organizer's if it is an attendee's; all attendees' if it
// is the organizer's and new. Of another of the organizer's it is not known what, if anything, they will be told.
func (e *Engine) concerned(ctx context.Context, d *directory, c *Seed) (owners []store.PrincipalID, err error) {
	addresses := itip.Addresses(c.Object)
	if err := e.look(ctx, d, addresses); err != nil {
		return nil, err
	}
	d.add(c.Owner)
	role, err := itip.RoleOf(itip.Context{Owner: addressOf(c.Owner), People: d.people}, c.Object)
	if err != nil || role == itip.NoRole {
		return nil, nil // what is wrong with it is said when it is stored
	}
	switch {
	case role == itip.AsAttendee:
		addresses = []itip.Address{organizerOf(c.Object)}
	case !c.New:
		return nil, nil
	}
	for _, p := range d.recipients(d.expanded(addresses)) {
		if len(owners) < e.budget(c.Object) || rank(p) == 0 {
			owners = append(owners, p.ID)
		}
	}
	return owners, nil
}
