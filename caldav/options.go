package caldav

import (
	"net/http"
)

// davHeader lists what this server does, and nothing that it does not (RFC 4918 section 18): classes 1 and 3,
// RFC 4791, RFC 5689, and the searches for principals of RFC 3744 under the names by which CalendarServer announced them. Without the
// ACL method "access-control" would not be true.
const davHeader = "1, 3, calendar-access, extended-mkcol, calendarserver-principal-property-search, calendarserver-principal-search"

// allowed names the methods that make sense at each place.
var allowed = [...]string{
	placeRoot:       "OPTIONS, PROPFIND, REPORT",
	placePrincipals: "OPTIONS, PROPFIND, REPORT",
	placePrincipal:  "OPTIONS, PROPFIND, REPORT",
	placeCalendars:  "OPTIONS, PROPFIND, REPORT",
	placeHome:       "OPTIONS, PROPFIND, PROPPATCH, REPORT",
	placeCollection: "OPTIONS, GET, HEAD, POST, DELETE, COPY, MOVE, MKCOL, MKCALENDAR, PROPFIND, PROPPATCH, REPORT",
	placeObject:     "OPTIONS, GET, HEAD, PUT, DELETE, COPY, MOVE, PROPFIND, PROPPATCH, REPORT",
	placeTooDeep:    "OPTIONS",
}

func allow(p place) string { return allowed[p] }

// handleOptions says what can be done (RFC 9110 section 9.3.7). Clients look for the DAV header on principals too.
func (h *Handler) handleOptions(w http.ResponseWriter, r *request) error {
	w.Header().Set("DAV", davHeader)
	w.Header().Set("Allow", allow(r.target.place))
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}
