package caldav

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// reportFreeBusy answers a free-busy-query (RFC 4791 section 7.10): one VFREEBUSY with the busy time of a calendar.
func (h *Handler) reportFreeBusy(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	window, err := parseTimeRange(body.Child(dav.CalDAV("time-range")))
	if err != nil {
		return err
	}
	if window.Start.IsZero() || window.End.IsZero() {
		return badRequest("a free-busy-query has a CALDAV:time-range with both start and end")
	}
	busy, err := h.busyTime(r, res.coll, window)
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

// busyPeriods are disjoint and in order, each kind for itself.
type busyPeriods struct {
	busy, tentative, unavailable []ical.Range
}

// busyTime is what the database knows, and what is worked out here for the objects that recur beyond what it knows.
func (h *Handler) busyTime(r *request, coll *store.Collection, window ical.Range) (*busyPeriods, error) {
	busy, tentative, inexact, err := h.db.Busy(r.Context(), coll.Owner, []store.CollectionID{coll.ID}, window)
	if err != nil {
		return nil, err
	}
	out := &busyPeriods{busy: busy, tentative: tentative}
	for _, o := range inexact {
		obj, err := ical.ParseObject(o.Data, ical.Limits{})
		if err != nil {
			h.unreadable(r.Context(), o, err)
			continue
		}
		b, t, u, err := obj.BusyIn(r.Context(), window, coll.Zone)
		if isICal(err) {
			h.unreadable(r.Context(), o, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		out.busy = append(out.busy, b...)
		out.tentative = append(out.tentative, t...)
		out.unavailable = append(out.unavailable, u...)
	}
	out.busy = coalesce(out.busy)
	out.tentative = coalesce(out.tentative)
	out.unavailable = coalesce(out.unavailable)
	return out, nil
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
	b = append(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"+ical.ProductID+"\r\nBEGIN:VFREEBUSY\r\nDTSTAMP:"...)
	b = append(appendUTC(b, now), "\r\nDTSTART:"...)
	b = append(appendUTC(b, window.Start), "\r\nDTEND:"...)
	b = append(appendUTC(b, window.End), "\r\n"...)
	for _, kind := range []struct {
		line   string
		ranges []ical.Range
	}{{"FREEBUSY:", p.busy}, {"FREEBUSY;FBTYPE=BUSY-TENTATIVE:", p.tentative}, {"FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:", p.unavailable}} {
		for _, r := range kind.ranges {
			start, end := clip(r, window)
			if end.Sub(start) < time.Second { // an instant is not busy time, and cannot be written
				continue
			}
			b = append(appendUTC(append(b, kind.line...), start), '/')
			b = append(appendUTC(b, end), "\r\n"...)
		}
	}
	return append(b, "END:VFREEBUSY\r\nEND:VCALENDAR\r\n"...)
}

// clip cuts a range, which may be open, to the window.
func clip(r, window ical.Range) (start, end time.Time) {
	start, end = r.Start, r.End
	if start.Before(window.Start) {
		start = window.Start
	}
	if end.IsZero() || end.After(window.End) {
		end = window.End
	}
	return start, end
}

func appendUTC(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, "20060102T150405Z") }
