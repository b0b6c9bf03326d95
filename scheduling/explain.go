package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// Explanation is all that is known of what became of one UID.
type Explanation struct {
	Copies   []ExplainedCopy   // the organizer's first
	Changes  []ExplainedChange // the oldest first
	Messages []store.Outgoing  // to people outside, the oldest first
	Jobs     []store.Job       // that wait

	names map[store.PrincipalID]string
}

// NameOf is the name of somebody whose copies, changes or jobs are in the explanation; "" if the account is gone.
func (x *Explanation) NameOf(id store.PrincipalID) string { return x.names[id] }

// ExplainedCopy is an object with the UID in somebody's calendar.
type ExplainedCopy struct {
	Owner    *store.Principal
	Calendar *store.Collection
	Object   *store.Object
	Role     itip.Role // of the owner
	Answer   string    // PARTSTAT of the owner; "": it is not invited
	Sequence int
	Note     string // why nothing follows of a change of this copy; "": something may
}

// ExplainedChange is what one writer decided for all others in one transaction.
type ExplainedChange struct {
	Owner   *store.Principal   // of the calendar; nil: an account that is gone
	Entries []store.TraceEntry // all with the same At, Actor, and Owner
}

// ExplainOptions bound an Explanation.
type ExplainOptions struct {
	Owner *store.Principal // whose calendar and messages only; nil: everybody's
	Limit int              // of copies, of trace entries (the latest), and of messages
}

// Explain collects what is known of a UID. Nothing of what objects say is in it but when they were changed, who takes part, and the
// messages that are kept for people outside.
func Explain(ctx context.Context, db *store.DB, uid string, o ExplainOptions) (*Explanation, error) {
	x := &explainer{db: db, uid: uid, o: o, people: map[store.PrincipalID]*store.Principal{}}
	for _, step := range []func(context.Context) error{x.copies, x.changes, x.messages, x.jobs} {
		if err := step(ctx); err != nil {
			return nil, fmt.Errorf("scheduling: Explain(%q): %w", uid, err)
		}
	}
	x.found.names = make(map[store.PrincipalID]string)
	for id, p := range x.people {
		if p != nil {
			x.found.names[id] = p.Name
		}
	}
	return &x.found, nil
}

type explainer struct {
	db     *store.DB
	uid    string
	o      ExplainOptions
	people map[store.PrincipalID]*store.Principal
	found  Explanation
}

// owners are those whose calendars are looked into, nil for all.
func (x *explainer) owners() []store.PrincipalID {
	if x.o.Owner == nil {
		return nil
	}
	return []store.PrincipalID{x.o.Owner.ID}
}

func (x *explainer) copies(ctx context.Context) error {
	places, err := x.db.PlacesOfUID(ctx, x.uid, x.owners(), x.o.Limit)
	if err != nil {
		return err
	}
	for _, place := range places {
		home, err := x.db.Home(ctx, place.Owner)
		if err != nil {
			return err
		}
		x.people[place.Owner] = home.Owner
		coll := home.CollectionByID(place.Collection)
		if coll == nil { // removed in this moment
			continue
		}
		o, err := x.db.ObjectByUID(ctx, coll, x.uid)
		switch {
		case errors.Is(err, store.ErrNotFound): // likewise
		case err != nil:
			return err
		default:
			x.found.Copies = append(x.found.Copies, explainCopy(home, coll, o))
		}
	}
	slices.SortStableFunc(x.found.Copies, func(a, b ExplainedCopy) int { return organizersFirst(a) - organizersFirst(b) })
	return nil
}

func organizersFirst(c ExplainedCopy) int {
	if c.Role == itip.AsOrganizer {
		return 0
	}
	return 1
}

func explainCopy(home *store.Home, coll *store.Collection, o *store.Object) ExplainedCopy {
	c := ExplainedCopy{Owner: home.Owner, Calendar: coll, Object: o}
	cal, err := ical.ParseObject(o.Data, ical.StoredLimits)
	if err != nil {
		c.Note = "it can no longer be read"
		return c
	}
	d := &directory{}
	d.add(home.Owner)
	person := itip.Context{Owner: addressOf(home.Owner), People: d.people}
	c.Sequence, c.Answer = sequenceOf(cal), itip.PartStat(person, cal)
	c.Role, err = itip.RoleOf(person, cal)
	switch organizer := organizerOf(cal); {
	case err != nil:
		c.Note = "its components name different organizers"
	case organizer == "":
		c.Note = "it has no ORGANIZER: nobody is invited"
	case c.Role == itip.NoRole:
		c.Note = fmt.Sprintf("neither its ORGANIZER (%s) nor an ATTENDEE is an address of %s", organizer, home.Owner.Name)
	case coll.Unscheduled:
		c.Note = "scheduling is switched off for this calendar (scheduling-enabled)"
	case !Works(home):
		c.Note = home.Owner.Name + " has no Inbox and Outbox"
	}
	return c
}

func (x *explainer) changes(ctx context.Context) error {
	entries, err := x.db.Trace(ctx, x.uid, x.owners(), x.o.Limit)
	if err != nil {
		return err
	}
	var last store.TraceEntry
	for _, e := range slices.Backward(entries) {
		if len(x.found.Changes) == 0 || !e.At.Equal(last.At) || e.Owner != last.Owner || e.Actor != last.Actor {
			owner, err := x.person(ctx, e.Owner)
			if err != nil {
				return err
			}
			x.found.Changes = append(x.found.Changes, ExplainedChange{Owner: owner})
		}
		current := &x.found.Changes[len(x.found.Changes)-1]
		current.Entries = append(current.Entries, e)
		last = e
	}
	causesFirst(x.found.Changes)
	return nil
}

// causesFirst orders the changes of one transaction, which notes what follows of a message before the message.
func causesFirst(changes []ExplainedChange) {
	for i := 0; i < len(changes); {
		n := i + 1
		for n < len(changes) && changes[n].Entries[0].At.Equal(changes[i].Entries[0].At) {
			n++
		}
		slices.Reverse(changes[i:n])
		i = n
	}
}

// person is a principal by its number, nil if it is gone.
func (x *explainer) person(ctx context.Context, id store.PrincipalID) (*store.Principal, error) {
	if p, ok := x.people[id]; ok {
		return p, nil
	}
	p, err := x.db.PrincipalByID(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	x.people[id] = p
	return p, nil
}

func (x *explainer) messages(ctx context.Context) error {
	list, err := x.db.Outgoings(ctx, x.uid, x.o.Limit)
	for _, m := range slices.Backward(list) {
		if x.o.Owner == nil || m.Owner == x.o.Owner.ID {
			x.found.Messages = append(x.found.Messages, m)
		}
	}
	return err
}

// maxJobs is how many of the jobs that wait are looked at.
const maxJobs = 10_000

func (x *explainer) jobs(ctx context.Context) error {
	list, err := x.db.Jobs(ctx, maxJobs, false)
	if err != nil {
		return err
	}
	carried := map[string]bool{}
	for _, m := range x.found.Messages {
		carried[strconv.FormatInt(m.ID, 10)] = true
	}
	for _, j := range list {
		about := j.Kind == jobCarry && carried[string(j.Data)] || j.Kind != jobCarry && jobUID(&j) == x.uid
		if !about || x.o.Owner != nil && j.Owner != x.o.Owner.ID {
			continue
		}
		if _, err := x.person(ctx, j.Owner); err != nil {
			return err
		}
		x.found.Jobs = append(x.found.Jobs, j)
	}
	return nil
}

// ShownMessage is a message to somebody outside as an administrator may read it: "" if it is about a private event.
func ShownMessage(m *store.Outgoing) string {
	message, err := itip.ParseMessage(m.Data, ical.StoredLimits)
	if err != nil || message.Object.Class() != ical.ClassPublic {
		return ""
	}
	return string(m.Data)
}
