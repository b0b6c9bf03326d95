package caldav

import (
	"context"
	"errors"
	"net/http"

	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// problems names the precondition that each problem with calendar data belongs to (RFC 4791 section 5.3.2.1).
var problems = map[ical.Problem]string{
	ical.InvalidData:      "valid-calendar-data",
	ical.InvalidObject:    "valid-calendar-object-resource",
	ical.TooLarge:         "max-resource-size",
	ical.TooManyInstances: "max-instances",
	ical.TooManyAttendees: "max-attendees-per-instance",
	ical.BeforeMinDate:    "min-date-time",
	ical.AfterMaxDate:     "max-date-time",
	ical.InvalidMessage:   "valid-scheduling-message",
}

// responses says how an error of another room is answered; any that is not here is a 500 whose detail only the log gets.
var responses = []struct {
	err       error
	status    int
	condition dav.Name
	detail    string
}{
	{store.ErrNotFound, http.StatusNotFound, dav.Name{}, "there is nothing at this URL"},
	{store.ErrExists, http.StatusConflict, dav.DAV("resource-must-be-null"), "something else was just made at this URL"},
	{store.ErrBadName, http.StatusForbidden, dav.Name{}, "this name is too long to be kept: use a shorter one"},
	{store.ErrUIDConflict, http.StatusForbidden, dav.CalDAV("no-uid-conflict"), "another object in this calendar has the same UID"},
	{store.ErrTaken, http.StatusConflict, dav.Name{}, "the room or resource is booked by another at that time: choose another time, or move what is there first"},
	{store.ErrUnavailable, http.StatusServiceUnavailable, dav.Name{}, "the database cannot be reached; try again in a moment"},
	{store.ErrContended, http.StatusServiceUnavailable, dav.Name{}, "others are changing the same calendars; try again in a moment"},
	{context.DeadlineExceeded, http.StatusServiceUnavailable, dav.Name{}, "this took too long; try again, or ask for less"},
}

// toDAV turns an error into the answer to the request.
func toDAV(err error) *dav.Error {
	var answer *dav.Error
	if errors.As(err, &answer) {
		return answer
	}
	var bad *ical.Error
	if errors.As(err, &bad) {
		return dav.Fail(http.StatusForbidden, dav.CalDAV(problems[bad.Problem]), "%w", bad)
	}
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return dav.Fail(http.StatusRequestEntityTooLarge, dav.Name{}, "the request is larger than %d bytes", tooLarge.Limit)
	}
	if err := schedulingError(err); err != nil {
		return toDAV(err)
	}
	for _, r := range responses {
		if errors.Is(err, r.err) {
			e := dav.Fail(r.status, r.condition, "%s", r.detail)
			e.Err = err
			return e
		}
	}
	return &dav.Error{Status: http.StatusInternalServerError, Detail: "the server failed; its log says why", Err: err}
}

// writeError answers a request with an error, and logs what the administrator should know.
func (h *Handler) writeError(w http.ResponseWriter, r *http.Request, who *store.Principal, err error) {
	e := toDAV(err)
	switch {
	case r.Context().Err() != nil && errors.Is(err, context.Canceled):
		return // the client is gone
	case e.Status >= 500 && e.Err != nil: // others, such as a Destination on another server, are the client's
		h.log.ErrorContext(r.Context(), "request failed", "method", r.Method, "path", dav.LogPath(r.URL), "status", e.Status, "error", err)
	}
	dav.WriteError(w, r, e)
}

func forbidden(condition dav.Name, format string, args ...any) error {
	return dav.Fail(http.StatusForbidden, condition, format, args...)
}

func badRequest(format string, args ...any) error {
	return dav.Fail(http.StatusBadRequest, dav.Name{}, format, args...)
}
