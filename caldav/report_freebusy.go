package caldav

import (
	"errors"
	"net/http"
	"strconv"

	"convene/caldav/dav"
	"convene/ical"
	"convene/scheduling/freebusy"
)

// reportFreeBusy answers a free-busy-query (RFC 4791 section 7.10): one VFREEBUSY with the busy time of a calendar, or of the owner of a home
// as far as the asking principal may know of it.
func (h *Handler) reportFreeBusy(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	window, err := freeBusyWindow(body)
	if err != nil {
		return err
	}
	question := freebusy.Question{Calendars: []freebusy.Calendar{{Coll: res.coll}}}
	switch {
	case res.place == placeHome:
		if question, err = h.freebusy.Of(r.Context(), res.home, r.who); err != nil {
			return err
		}
	case res.mount != nil:
		question.Calendars[0].Mount = res.mount.coll
	}
	times, err := h.freebusy.Times(r.Context(), []freebusy.Question{question}, window, freebusy.Masked{})
	if errors.Is(err, freebusy.ErrTooMany) {
		return forbidden(nameWithinLimits, "more than %d busy periods: ask for less time", h.maxResults)
	}
	if err != nil {
		return err
	}
	text := times[0].Append(nil, freebusy.Reply{Window: window, Now: h.now()})
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
