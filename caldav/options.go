package caldav

import (
	"errors"
	"net/http"

	"convene/acl"
	"convene/caldav/dav"
	"convene/scheduling"
	"convene/store"
)

// davHeader lists what this server does, and nothing that it does not (RFC 4918 section 18): classes 1, 2 and 3,
// RFC 3744, RFC 4791, RFC 7953, RFC 5689, and the searches for principals of RFC 3744 under the names by which CalendarServer announced them.
// davHeaderScheduling is that where scheduling works (RFC 6638 section 2): clients that do not find it there send mail themselves.
const (
	davHeader           = davAccess + davMore
	davHeaderScheduling = davAccess + ", calendar-auto-schedule" + davMore

	davAccess = "1, 2, 3, access-control, calendar-access"
	davMore   = ", calendar-availability, extended-mkcol, calendar-proxy, calendarserver-sharing, calendarserver-principal-property-search, calendarserver-principal-search"
)

// What Allow says of resources. PROPPATCH is a method of every DAV resource (RFC 4918 section 9.2), even where all properties are
// protected.
const (
	methodsAnywhere    = "OPTIONS, PROPFIND, PROPPATCH, REPORT"
	methodsInHomes     = methodsAnywhere + ", ACL, LOCK, UNLOCK"
	methodsOfHome      = "OPTIONS, POST, PROPFIND, PROPPATCH, REPORT, ACL, LOCK, UNLOCK"
	methodsOfNotice    = "OPTIONS, GET, HEAD, DELETE, PROPFIND, PROPPATCH, REPORT, LOCK, UNLOCK"
	methodsOfCalendar  = "OPTIONS, GET, HEAD, POST, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, REPORT, ACL, LOCK, UNLOCK"
	methodsOfOutbox    = "OPTIONS, POST, PROPFIND, PROPPATCH, REPORT, ACL, LOCK, UNLOCK"
	methodsOfPlain     = "OPTIONS, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, REPORT, ACL, LOCK, UNLOCK"
	methodsOfObject    = "OPTIONS, GET, HEAD, PUT, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, REPORT, LOCK, UNLOCK"
	methodsOfMessage   = "OPTIONS, GET, HEAD, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, REPORT, LOCK, UNLOCK" // in the Inbox
	methodsToMake      = "OPTIONS, MKCOL, MKCALENDAR, LOCK, UNLOCK"
	methodsToMakeAnObj = "OPTIONS, PUT, LOCK, UNLOCK"
)

// methods names those that can do something with the resource (RFC 9110 section 10.2.1), res.obj being set if there is an object.
func (res *resource) methods() string {
	switch {
	case res.file:
		return methodsOfPublishedFile
	case res.published != nil:
		return methodsOfPublished
	case res.place < placeHome:
		return methodsAnywhere
	case res.place == placeHome:
		return methodsOfHome
	case res.place == placeCollection && res.coll == nil:
		return methodsToMake
	case res.place == placeCollection:
		switch res.coll.Kind {
		case store.KindCalendar:
			return methodsOfCalendar
		case store.KindCollection:
			return methodsOfPlain
		case store.KindOutbox:
			return methodsOfOutbox
		}
		return methodsInHomes
	case res.obj != nil && isCalendar(res.coll):
		return methodsOfObject
	case res.obj != nil && isNotices(res.coll):
		return methodsOfNotice
	case res.obj != nil:
		return methodsOfMessage
	case isCalendar(res.coll):
		return methodsToMakeAnObj
	}
	return "OPTIONS"
}

// described finds what can be said of the target to somebody who may read there, whether there is something or not. An object in a
// collection that does not exist is an error.
func (h *Handler) described(r *request) (*resource, error) {
	res, err := h.find(r.Context(), r.who, r.target)
	if err != nil {
		return nil, err
	}
	if err := res.allow(r.who, acl.ReadResource); err != nil {
		return nil, err
	}
	if r.target.place < placeObject {
		return res, nil
	}
	if res.coll == nil {
		return nil, unknown(r.who)
	}
	res.obj, err = h.object(r.Context(), res, res.object)
	if errors.Is(err, store.ErrNotFound) {
		return res, nil
	}
	return res, err
}

// handleOptions says what can be done (RFC 9110 section 9.3.7). Clients look for the DAV header on principals too.
func (h *Handler) handleOptions(w http.ResponseWriter, r *request) error {
	res, err := h.described(r)
	if err != nil {
		return err
	}
	announced := davHeader
	scheduled, err := h.schedules(r, res)
	if err != nil {
		return err
	}
	if scheduled {
		announced = davHeaderScheduling
	}
	w.Header().Set("DAV", announced)
	w.Header().Set("Allow", res.methods())
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}

// schedules says whether what somebody does there is scheduled: in a home with an Inbox and an Outbox, but not in a calendar that takes no
// part; at a principal as in its home; above all homes as in that of who asks.
func (h *Handler) schedules(r *request, res *resource) (bool, error) {
	if h.scheduling.Off() || res.published != nil || res.coll != nil && res.coll.Unscheduled {
		return false, nil
	}
	if res.home != nil {
		return scheduling.Works(res.home), nil
	}
	owner := res.principal
	if owner == nil {
		owner = r.who
	}
	if owner == nil {
		return false, nil
	}
	home, err := h.db.Home(r.Context(), owner.ID)
	return err == nil && scheduling.Works(home), err
}

// methodNotAllowed is the answer to a method that does nothing at the target, with those that do (RFC 9110 section 15.5.6).
func (h *Handler) methodNotAllowed(r *request) error {
	res, err := h.described(r)
	if err != nil {
		return err
	}
	return notAllowed(res, dav.Name{}, "%.40q is not a method that works here", r.Method)
}

// notAllowed is a 405 with the header that it must have.
func notAllowed(res *resource, condition dav.Name, format string, args ...any) error {
	e := dav.Fail(http.StatusMethodNotAllowed, condition, format, args...)
	e.Header = map[string]string{"Allow": res.methods()}
	return e
}
