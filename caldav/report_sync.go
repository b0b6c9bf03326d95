package caldav

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"convene/caldav/dav"
	"convene/store"
)

// syncRequest is a DAV:sync-collection (RFC 6578 section 6.1).
type syncRequest struct {
	since    syncState // with modseq 0: everything
	now      syncState
	infinite bool
	limit    int
	props    *propRequest
	prefer   dav.Prefer
}

// reportSync answers a sync-collection report (RFC 6578 section 3.2): what changed in a collection since a token, or, on a home,
// which collections changed, and at sync-level infinite what changed in them too.
func (h *Handler) reportSync(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	q, err := h.readSync(r, res, body)
	if err != nil {
		return err
	}
	s := h.startMultistatus(w, q.prefer)
	defer s.Discard()
	c := &syncAnswer{propContext: propContext{ctx: r.Context(), h: h, b: &s.Buffer, who: r.who}, s: s, q: q}
	if q.props.wants(nameInvite) {
		if err := c.fetchShares(res); err != nil {
			return err
		}
	}
	var upTo syncState
	var more bool
	switch {
	case res.place == placeHome:
		upTo, more, err = c.home(res)
	case res.mount != nil:
		var b behindState
		b, more, err = c.shared(res, q.since.of(q.now.id))
		upTo = syncState{id: q.now.id, modseq: b.own}.with(b)
	default:
		upTo, more, err = c.changes(res)
	}
	if err == nil {
		err = c.pending()
	}
	if err != nil {
		return finish(s, invalidToken(err))
	}
	if more { // RFC 6578 section 3.6
		if err := c.truncated(s, res); err != nil {
			return err
		}
	}
	c.b.Elem(dav.DAV("sync-token"), upTo.token())
	return finish(s, nil)
}

func (h *Handler) readSync(r *request, res *resource, body *dav.Element) (*syncRequest, error) {
	q := &syncRequest{prefer: dav.ParsePrefer(r.Header), limit: h.maxResults}
	var err error
	if q.now, err = h.syncState(r.Context(), res); err != nil {
		return nil, err
	}
	if q.props, err = parseReportProps(body); err != nil {
		return nil, err
	}
	token := body.Child(dav.DAV("sync-token"))
	if token == nil {
		return nil, badRequest("a sync-collection has a DAV:sync-token, empty the first time")
	}
	if q.since, err = parseToken(q.now, strings.TrimSpace(token.Text)); err != nil {
		return nil, err
	}
	switch level := body.Child(dav.DAV("sync-level")); {
	case level == nil: // older clients put it into Depth (RFC 6578 appendix A)
		depth, err := dav.ParseDepth(r.Header, dav.Depth0)
		if err != nil {
			return nil, err
		}
		q.infinite = depth == dav.DepthInfinity
	case strings.TrimSpace(level.Text) == "infinite":
		q.infinite = true
	case strings.TrimSpace(level.Text) != "1":
		return nil, badRequest("DAV:sync-level is 1 or infinite, not %.40q", level.Text)
	}
	if limit := body.Child(dav.DAV("limit")); limit != nil {
		n, err := strconv.Atoi(strings.TrimSpace(textOrEmpty(limit.Child(dav.DAV("nresults")))))
		if err != nil || n < 1 {
			return nil, badRequest("DAV:nresults is a positive number")
		}
		q.limit = min(n, h.maxResults)
	}
	return q, nil
}

func textOrEmpty(e *dav.Element) string {
	if e == nil {
		return ""
	}
	return e.Text
}

// invalidToken makes the store's refusal of a token that of RFC 6578 section 3.2.
func invalidToken(err error) error {
	if errors.Is(err, store.ErrTokenTooOld) || errors.Is(err, store.ErrTokenUnknown) {
		return forbidden(dav.DAV("valid-sync-token"), "this is no sync token of this collection, or one too old: begin anew with an empty one")
	}
	return err
}

// syncAnswer writes what changed.
type syncAnswer struct {
	propContext
	s       *dav.Stream
	q       *syncRequest
	entries int             // in the answer so far
	later   []*laterChanges // those whose data is asked for
}

// laterChanges are objects of one collection.
type laterChanges struct {
	coll  *resource
	names []string
}

// object appends what happened to one object. If its data is asked for that is done later: a list of changes has none, and who waits for
// a second connection to the database while holding one may wait for others who do the same.
func (c *syncAnswer) object(coll *resource, o *store.Object) error {
	switch {
	case o.Deleted:
		return c.removed(coll.withObject(o))
	case !c.q.props.needsData(coll):
		return c.objectResponse(c.s, c.q.props, c.q.prefer, coll.withObject(o))
	}
	last := len(c.later) - 1
	if last < 0 || c.later[last].coll.coll.ID != coll.coll.ID || c.later[last].coll.mount != coll.mount || len(c.later[last].names) >= dataAtOnce {
		c.later = append(c.later, &laterChanges{coll: coll})
		last++
	}
	c.later[last].names = append(c.later[last].names, o.Name)
	return nil
}

// dataAtOnce is for how many objects the database is asked at once.
const dataAtOnce = 500

func (c *syncAnswer) removed(m *resource) error {
	return c.s.StatusResponse(m.href(), http.StatusNotFound, dav.Name{}, "")
}

// pending appends the objects whose data is asked for. One that was removed in between is told of as such, now and once more with the
// next token.
func (c *syncAnswer) pending() error {
	for _, l := range c.later {
		missing := make(map[string]bool, len(l.names))
		for _, n := range l.names {
			missing[n] = true
		}
		err := c.h.objectsByName(c.ctx, l.coll, l.names, true, func(o *store.Object) error {
			delete(missing, o.Name)
			return c.objectResponse(c.s, c.q.props, c.q.prefer, l.coll.withObject(o))
		})
		if err != nil {
			return err
		}
		for n := range missing {
			if err := c.removed(l.coll.withObject(&store.Object{Name: n})); err != nil {
				return err
			}
		}
	}
	return nil
}
