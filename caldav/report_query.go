package caldav

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"convene/acl"
	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// reportQuery answers a calendar-query (RFC 4791 section 7.8). What the database can decide alone it does, without an object
// being parsed.
func (h *Handler) reportQuery(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	filter, err := parseFilter(body.Child(dav.CalDAV("filter")))
	if err != nil {
		return err
	}
	props, err := parseReportProps(body)
	if err != nil {
		return err
	}
	zone, err := queryZone(body)
	if err != nil {
		return err
	}
	prefer := dav.ParsePrefer(r.Header)
	q := &query{h: h, filter: filter, plan: filter.Plan(), zone: zone}
	s := h.startMultistatus(w, prefer)
	defer s.Discard()
	c := &propContext{ctx: r.Context(), h: h, b: &s.Buffer, who: r.who, zone: zone}
	calendars, err := h.calendars(r.Context(), r.who, res, acl.ReadResource)
	for _, in := range calendars {
		if err = q.run(r.Context(), in, props.needsData(in), func(o *store.Object) error {
			q.found++
			if q.found > h.maxResults {
				return errTooMany
			}
			return c.objectResponse(s, props, prefer, in.withObject(o))
		}); err != nil {
			break
		}
	}
	if errors.Is(err, errTooMany) {
		err = c.truncated(s, res)
	}
	return finish(s, err)
}

// errTooMany ends a listing that has grown too long.
var errTooMany = errors.New("too many results")

// truncated says that there is more (RFC 5323 section 5.3.1, RFC 6578 section 3.6).
func (c *propContext) truncated(s *dav.Stream, res *resource) error {
	return s.StatusResponse(res.href(), http.StatusInsufficientStorage, nameWithinLimits, "there are more than this")
}

// nameWithinLimits is the condition of asking for more than the server is ready to do (RFC 3744 section 9.4, RFC 4791 section 7.8).
var nameWithinLimits = dav.DAV("number-of-matches-within-limits")

// parseReportProps reads what a calendar report wants; nothing named means no property (RFC 4791 section 9.5).
func parseReportProps(body *dav.Element) (*propRequest, error) {
	if body.Child(dav.DAV("prop")) == nil && body.Child(dav.DAV("allprop")) == nil && body.Child(dav.DAV("propname")) == nil {
		return &propRequest{}, nil
	}
	return parsePropRequest(body)
}

// queryZone reads the CALDAV:timezone of a query: where floating times are taken (RFC 4791 section 9.8).
func queryZone(body *dav.Element) (*time.Location, error) {
	e := body.Child(dav.CalDAV("timezone"))
	if e == nil {
		return nil, nil
	}
	vtimezone, err := zoneOfCalendar(strings.TrimSpace(e.Text))
	if err == nil {
		var zone *time.Location
		if zone, err = ical.ZoneOf(vtimezone); err == nil {
			return zone, nil
		}
	}
	return nil, forbidden(dav.CalDAV("valid-calendar-data"), "the time zone of the query: %w", err)
}

// query is a filter with where and how to look.
type query struct {
	h      *Handler
	filter *Filter
	plan   Plan
	zone   *time.Location // nil: that of each collection
	found  int
}

// calendars are those that a report on res is about: itself, or all of a home with which who may do a.
func (h *Handler) calendars(ctx context.Context, who *store.Principal, res *resource, a acl.Action) ([]*resource, error) {
	if res.place != placeHome {
		return []*resource{res}, nil
	}
	var in []*resource
	for _, coll := range res.home.Collections {
		m, err := h.member(ctx, who, res, coll)
		if err != nil {
			return nil, err
		}
		if m != nil && isCalendar(m.coll) && acl.Check(m.rights, a) == acl.Allowed {
			in = append(in, m)
		}
	}
	return in, nil
}

// run calls fn for the objects in one collection (or of the one object) that match.
func (q *query) run(ctx context.Context, in *resource, withData bool, fn func(*store.Object) error) error {
	zone := q.zone
	if zone == nil {
		zone = in.coll.Zone
	}
	messages := in.coll.Kind == store.KindInbox // of whose UIDs and times the database knows nothing
	check := func(o *store.Object) error {
		if !messages && !q.plan.MayMatch(o.UID) {
			return nil
		}
		ok, err := q.matches(ctx, in.coll, o, zone)
		if err != nil || !ok {
			return err
		}
		return fn(o)
	}
	switch {
	case in.obj != nil:
		return check(in.obj)
	case messages:
		return q.h.queryAll(ctx, in, q.plan.Component, "", check)
	case !q.plan.HasRange && q.plan.Exact && q.plan.UID == "" && !withData: // what is hidden of an object is not its component
		return q.h.objects(ctx, in, store.Listing, func(o *store.Object) error {
			if q.plan.Component != "" && o.Component != q.plan.Component {
				return nil
			}
			return fn(o)
		})
	case !q.plan.HasRange:
		return q.h.queryAll(ctx, in, q.plan.Component, q.plan.UID, func(o *store.Object) error {
			if q.plan.Exact {
				return fn(o)
			}
			return check(o)
		})
	}
	rq := store.RangeQuery{
		Component: q.plan.Component, Range: q.plan.Range,
		Widen:    zone != in.coll.Zone, // two zones of one name need not be the same
		WithData: withData || !q.plan.Exact,
	}
	return q.h.queryRange(ctx, in, rq, func(o *store.Object, verify bool) error {
		if verify || !q.plan.Exact {
			return check(o)
		}
		return fn(o)
	})
}

// matches looks into one object. One that was stored but can no longer be read does not spoil the report for all others: it is
// logged, and not found.
func (q *query) matches(ctx context.Context, coll *store.Collection, o *store.Object, zone *time.Location) (bool, error) {
	obj, err := parseStored(coll, o)
	if err != nil {
		q.h.unreadable(ctx, o, err)
		return false, nil
	}
	ok, err := q.filter.Match(ctx, obj, zone)
	if err != nil && ctx.Err() == nil && isICal(err) {
		q.h.unreadable(ctx, o, err)
		return false, nil
	}
	return ok, err
}

func isICal(err error) bool {
	var e *ical.Error
	return errors.As(err, &e)
}

func (h *Handler) unreadable(ctx context.Context, o *store.Object, err error) {
	h.log.WarnContext(ctx, "a stored object cannot be read", "collection", o.Collection, "name", o.Name, "error", err)
}

// writeData appends CALDAV:calendar-data (RFC 4791 section 9.6) of the object; one whose data cannot be made as asked has none.
func (c *propContext) writeData(d *dataRequest) bool {
	o := c.res.obj
	if o == nil || o.Data == nil {
		return false
	}
	data := o.Data
	if !d.whole() {
		var err error
		if data, err = c.transform(o, d); err != nil {
			return c.noData(o, err)
		}
	}
	c.b.Open(nameCalendarData)
	c.b.TextBytes(ical.Refold(data)) // a fold inside a character is no XML
	c.b.Close(nameCalendarData)
	return true
}

// noData deals with an object whose data cannot be made as asked. It spoils nothing for the others; of one with too many instances the
// client hears that, so that it can ask for fewer.
func (c *propContext) noData(o *store.Object, err error) (answered bool) {
	var bad *ical.Error
	if !errors.As(err, &bad) {
		c.err = err
		return false
	}
	if bad.Problem == ical.TooManyInstances {
		c.b.AbsentError(nameCalendarData, http.StatusForbidden, nameWithinLimits, "there are more instances than can be expanded: "+bad.Detail)
		return true
	}
	c.h.unreadable(c.ctx, o, err)
	return false
}

func (c *propContext) transform(o *store.Object, d *dataRequest) ([]byte, error) {
	obj, err := parseStored(c.res.coll, o)
	if err != nil {
		return nil, err
	}
	c.scratch = c.scratch[:0]
	zone := c.zone
	if zone == nil {
		zone = c.res.coll.Zone
	}
	if d.Expand == nil {
		c.scratch, err = obj.AppendLimited(c.ctx, c.scratch, d.LimitRecurrence, d.LimitFreeBusy, zone, d.Selection)
		return c.scratch, err
	}
	if c.expanded > maxExpandedBytes {
		return nil, &ical.Error{Problem: ical.TooManyInstances, Detail: "the answer is very long already"}
	}
	c.scratch, err = obj.AppendExpanded(c.ctx, c.scratch, *d.Expand, zone, d.Selection)
	c.expanded += len(c.scratch)
	return c.scratch, err
}

// maxExpandedBytes bounds what one report expands: a small rule can stand for much.
const maxExpandedBytes = 256 << 20
