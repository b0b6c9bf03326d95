package caldav

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// preconditions are those that a request makes: If-Match, If-None-Match, If-Unmodified-Since (RFC 9110 section 13) and If (RFC 4918
// section 10.4).
type preconditions struct {
	http     dav.Conditions
	ifs      *dav.If
	schedule scheduleHeaders
}

func readConditions(r *request) (c preconditions, err error) {
	if c.http, err = dav.ParseConditions(r.Header); err != nil {
		return c, err
	}
	if c.schedule, err = readScheduleHeaders(r); err != nil {
		return c, err
	}
	c.ifs, err = dav.ParseIf(r.Header.Get("If"))
	return c, err
}

// onObject holds the conditions against the object at res before a change, nil if there is none.
func (c *preconditions) onObject(ctx context.Context, tx *store.Tx, r *request, res *resource, before *store.Object) error {
	before, err := res.tagged(ctx, tx, before) // the tags that the client was shown
	if err != nil {
		return err
	}
	if err := c.schedule.check(before); err != nil {
		return err
	}
	if before != nil {
		err = c.http.CheckAt(true, before.ETag, before.Modified)
	} else {
		err = c.http.Check(false, "")
	}
	if err != nil {
		return err
	}
	return c.checkIf(ctx, tx, r, res)
}

// onCollection holds them against a collection, whose entity tag is that of the whole calendar.
func (c *preconditions) onCollection(ctx context.Context, tx *store.Tx, r *request, res *resource, coll *store.Collection) error {
	now := *res
	now.coll = coll
	if res.mount != nil {
		now.mount = res.mount.current(tx)
	}
	if err := c.http.CheckAt(true, now.bareETag(), coll.Modified); err != nil {
		return err
	}
	return c.checkIf(ctx, tx, r, res)
}

// onNothing holds them against a URL at which there is nothing.
func (c *preconditions) onNothing(ctx context.Context, tx *store.Tx, r *request, res *resource) error {
	if err := c.http.Check(false, ""); err != nil {
		return err
	}
	return c.checkIf(ctx, tx, r, res)
}

// checkIf looks at the resources that an If header names as they are in the transaction. One that lies in no home which the
// transaction holds has no state.
func (c *preconditions) checkIf(ctx context.Context, tx *store.Tx, r *request, res *resource) error {
	if c.ifs == nil {
		return nil
	}
	var failed error
	holds := c.ifs.Eval(func(named string) dav.State {
		t := res.target
		if named != "" {
			var err error
			if t, err = reference(r.Request, named); err != nil {
				return dav.State{}
			}
		}
		state, err := stateOf(ctx, tx, r, t)
		if err != nil {
			failed = err
		}
		return state
	})
	switch {
	case failed != nil:
		return failed
	case !holds:
		return dav.Fail(http.StatusPreconditionFailed, dav.Name{}, "the If header does not hold")
	}
	return nil
}

// stateOf is the state of a resource in a home that the transaction holds: the entity tag, the tokens of locks, and of collections the
// sync token (RFC 6578 section 5). What the asking principal may not read has none but its own locks.
func stateOf(ctx context.Context, tx *store.Tx, r *request, t target) (dav.State, error) {
	res, err := findIn(ctx, tx, r.who, t)
	if err != nil || res == nil {
		return dav.State{}, err
	}
	state := dav.State{Tokens: res.lockTokens(r)}
	if res.coll == nil || acl.Check(res.rights, acl.ReadResource) != acl.Allowed {
		return state, nil
	}
	if t.place < placeObject {
		sync, err := syncStateOf(ctx, homesOf(tx), res)
		state.ETag, state.Tokens, state.Exists = res.bareETag(), append(state.Tokens, sync.token()), true
		return state, err
	}
	obj, err := tx.Object(ctx, res.coll, t.object)
	if errors.Is(err, store.ErrNotFound) {
		return state, nil
	}
	if err == nil {
		obj, err = res.tagged(ctx, tx, obj)
	}
	if err != nil {
		return dav.State{}, err
	}
	state.ETag, state.Exists = obj.ETag, true
	return state, nil
}

// findIn finds what a target names in the homes that a transaction holds, nil if it is in none of them. A collection that does not exist is
// nil in what it finds.
func findIn(ctx context.Context, tx *store.Tx, who *store.Principal, t target) (*resource, error) {
	if t.place < placeHome || t.place > placeObject {
		return nil, nil
	}
	for _, home := range tx.Homes() {
		if home.Owner.Kind != t.kind || home.Owner.Name != strings.ToLower(t.name) {
			continue
		}
		res := &resource{target: t, principal: home.Owner, home: home, coll: home.Root, rights: rightsOn(home, nil, who)}
		if t.place == placeHome {
			return res, nil
		}
		coll := home.Collection(t.collection)
		if coll == nil {
			res.coll = nil
			return res, nil
		}
		return inCollection(ctx, homesOf(tx), who, res, coll)
	}
	return nil, nil
}

// homesOf are the homes that a transaction holds.
func homesOf(tx *store.Tx) store.Homes {
	return func(_ context.Context, owner store.PrincipalID) (*store.Home, error) {
		if home := tx.Home(owner); home != nil {
			return home, nil
		}
		return nil, store.ErrNotFound
	}
}
