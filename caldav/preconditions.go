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
	http dav.Conditions
	ifs  *dav.If
}

func readConditions(r *request) (c preconditions, err error) {
	if c.http, err = dav.ParseConditions(r.Header); err != nil {
		return c, err
	}
	c.ifs, err = dav.ParseIf(r.Header.Get("If"))
	return c, err
}

// onObject holds the conditions against the object at res before a change, nil if there is none.
func (c *preconditions) onObject(ctx context.Context, tx *store.Tx, r *request, res *resource, before *store.Object) error {
	var err error
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
	if err := c.http.CheckAt(true, bareETag(coll), coll.Modified); err != nil {
		return err
	}
	return c.checkIf(ctx, tx, r, res)
}

// bareETag is collectionETag without its quotes.
func bareETag(c *store.Collection) string { return strings.Trim(collectionETag(c), `"`) }

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
		state, err := stateOf(ctx, tx, r.who, res.home.Owner, t)
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

// stateOf is the state of a resource in a home that the transaction holds: the entity tag, and of collections the sync token (RFC 6578
// section 5). What the asking principal may not read has none.
func stateOf(ctx context.Context, tx *store.Tx, who, owner *store.Principal, t target) (dav.State, error) {
	if t.place < placeHome || t.place > placeObject || t.kind != owner.Kind || strings.ToLower(t.name) != owner.Name {
		return dav.State{}, nil
	}
	home := tx.Home(owner.ID)
	coll := home.Root
	if t.place >= placeCollection {
		coll = home.Collection(t.collection)
	}
	if coll == nil || acl.Check(rightsOn(home, coll, who), acl.ReadResource) != acl.Allowed {
		return dav.State{}, nil
	}
	if t.place < placeObject {
		return dav.State{ETag: bareETag(coll), Tokens: []string{syncToken(coll)}, Exists: true}, nil
	}
	obj, err := tx.Object(ctx, coll, t.object)
	if errors.Is(err, store.ErrNotFound) {
		return dav.State{}, nil
	}
	if err != nil {
		return dav.State{}, err
	}
	return dav.State{ETag: obj.ETag, Exists: true}, nil
}
