package caldav

import (
	"context"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"time"

	"convene/acl"
	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// reportFreeBusy answers a free-busy-query (RFC 4791 section 7.10): one VFREEBUSY with the busy time of a calendar, or of all
// calendars in a home.
func (h *Handler) reportFreeBusy(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	window, err := freeBusyWindow(body)
	if err != nil {
		return err
	}
	calendars, err := h.calendars(r.Context(), r.who, res, acl.ReadBusy)
	if err != nil {
		return err
	}
	if res.place == placeHome { // RFC 6638 section 9.1
		calendars = slices.DeleteFunc(calendars, func(c *resource) bool { return c.coll.Transparent })
	}
	busy, err := h.busyTime(r.Context(), calendars, window)
	if err != nil {
		return err
	}
	text := busy.vfreebusy(window, h.now())
	header := w.Header()
	header["Content-Type"] = calendarContentType
	header["Content-Length"] = []string{strconv.Itoa(len(text))}
	w.Write(text) // a failure means that the client is gone
	return nil
}

// freeBusyWindow reads the one CALDAV:time-range of a free-busy-query (RFC 4791 section 9.11).
func freeBusyWindow(body *dav.Element) (ical.Range, error) {
	var only *dav.Element
	for e := range body.All(nameTimeRange) {
		if only != nil {
			return ical.Range{}, badRequest("a free-busy-query has exactly one CALDAV:time-range")
		}
		only = e
	}
	window, err := parseTimeRange(only)
	if err != nil {
		return ical.Range{}, err
	}
	if window.Start.IsZero() || window.End.IsZero() {
		return ical.Range{}, badRequest("a free-busy-query has a CALDAV:time-range with both start and end")
	}
	return window, nil
}

// busyPeriods are disjoint, in order and inside the window asked for, each kind for itself.
type busyPeriods struct {
	busy, tentative, unavailable []ical.Range
}

// busyTime is what is taken in some calendars, which may belong to several people.
func (h *Handler) busyTime(ctx context.Context, calendars []*resource, window ical.Range) (*busyPeriods, error) {
	out := &busyPeriods{}
	byOwner := map[store.PrincipalID][]*store.Collection{}
	for _, c := range calendars {
		if c.mount == nil {
			byOwner[c.coll.Owner] = append(byOwner[c.coll.Owner], c.coll)
			continue
		}
		if err := h.addShared(ctx, out, c, window); err != nil {
			return nil, err
		}
	}
	for owner, colls := range byOwner {
		if err := h.addStored(ctx, out, owner, colls, window); err != nil {
			return nil, err
		}
	}
	out.busy = coalesce(out.busy)
	out.tentative = coalesce(out.tentative)
	out.unavailable = coalesce(out.unavailable)
	return out, nil
}

// addStored adds what the database knows, and what is worked out here for the objects that recur beyond what it knows.
func (h *Handler) addStored(ctx context.Context, out *busyPeriods, owner store.PrincipalID, colls []*store.Collection, window ical.Range) error {
	ids := make([]store.CollectionID, len(colls))
	zones := make(map[store.CollectionID]*time.Location, len(colls))
	for i, c := range colls {
		ids[i], zones[c.ID] = c.ID, c.Zone
	}
	busy, tentative, inexact, err := h.db.Busy(ctx, owner, ids, window)
	if err != nil {
		return err
	}
	out.busy, out.tentative = append(out.busy, busy...), append(out.tentative, tentative...)
	for _, o := range inexact {
		if err := h.addBusy(ctx, out, o, window, zones[o.Collection]); err != nil {
			return err
		}
		if len(out.busy)+len(out.tentative)+len(out.unavailable) > h.maxResults {
			return forbidden(nameWithinLimits, "more than %d busy periods: ask for less time", h.maxResults)
		}
	}
	return nil
}

// addShared adds the busy time of a calendar that is shared with somebody, who may be free where the sharer is not: TRANSP is the sharee's
// own. Where the sharee never set it the database knows.
func (h *Handler) addShared(ctx context.Context, out *busyPeriods, c *resource, window ical.Range) error {
	if err := h.fetchOverlays(ctx, c, nil, false); err != nil {
		return err
	}
	if len(c.mount.overlays) == 0 {
		return h.addStored(ctx, out, c.coll.Owner, []*store.Collection{c.coll}, window)
	}
	return h.queryRange(ctx, c, store.RangeQuery{Range: window, WithData: true}, func(o *store.Object, _ bool) error {
		return h.addBusy(ctx, out, o, window, c.coll.Zone)
	})
}

// addBusy adds the busy time of one object. One that cannot be read adds none; one whose rules fire so often that they cannot be
// followed to the end of the window is busy from there on, since what is not known to be free is not.
func (h *Handler) addBusy(ctx context.Context, out *busyPeriods, o *store.Object, window ical.Range, floating *time.Location) error {
	obj, err := ical.ParseObject(o.Data, ical.StoredLimits)
	if err != nil {
		h.unreadable(ctx, o, err)
		return nil
	}
	b, t, u, err := obj.BusyIn(ctx, window, floating)
	if err != nil {
		if !isICal(err) {
			return err
		}
		h.unreadable(ctx, o, err)
		if end := max(lastEnd(b), lastEnd(t)); end > 0 {
			b = append(b, ical.Range{Start: time.UnixMicro(end), End: window.End})
		}
	}
	out.busy = append(out.busy, b...)
	out.tentative = append(out.tentative, t...)
	out.unavailable = append(out.unavailable, u...)
	return nil
}

// lastEnd is when the last of some ranges ends, in microseconds since 1970; 0 if there is none.
func lastEnd(rs []ical.Range) int64 {
	if len(rs) == 0 {
		return 0
	}
	return rs[len(rs)-1].End.UnixMicro()
}

// coalesce sorts ranges and joins those that touch.
func coalesce(rs []ical.Range) []ical.Range {
	slices.SortFunc(rs, func(a, b ical.Range) int { return a.Start.Compare(b.Start) })
	out := rs[:0]
	for _, r := range rs {
		if n := len(out); n > 0 && !r.Start.After(out[n-1].End) {
			if r.End.After(out[n-1].End) {
				out[n-1].End = r.End
			}
			continue
		}
		out = append(out, r)
	}
	return out
}

// vfreebusy writes the periods as a VFREEBUSY (RFC 5545 section 3.6.4) without METHOD.
func (p *busyPeriods) vfreebusy(window ical.Range, now time.Time) []byte {
	b := make([]byte, 0, 512+40*(len(p.busy)+len(p.tentative)+len(p.unavailable)))
	b = append(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"+ical.ProductID+"\r\nBEGIN:VFREEBUSY\r\nUID:"+rand.Text()+"\r\nDTSTAMP:"...)
	b = append(appendUTC(b, now), "\r\nDTSTART:"...)
	b = append(appendUTC(b, window.Start), "\r\nDTEND:"...)
	b = append(appendUTC(b, window.End), "\r\n"...)
	for _, kind := range []struct {
		line   string
		ranges []ical.Range
	}{{"FREEBUSY:", p.busy}, {"FREEBUSY;FBTYPE=BUSY-TENTATIVE:", p.tentative}, {"FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:", p.unavailable}} {
		for _, r := range kind.ranges {
			b = append(appendUTC(append(b, kind.line...), r.Start), '/')
			b = append(appendUTC(b, r.End), "\r\n"...)
		}
	}
	return append(b, "END:VFREEBUSY\r\nEND:VCALENDAR\r\n"...)
}

func appendUTC(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, "20060102T150405Z") }
