package caldav

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"convene/acl"
	"convene/caldav/dav"
	"convene/ical"
	"convene/scheduling/freebusy"
	"convene/store"
)

// Bounds of one request for free/busy time.
const (
	maxRecipients    = 250
	maxRequestWindow = 3 * 366 * 24 * time.Hour // about what the database has worked out of recurring events
)

// recipient is somebody who is asked for free/busy time, and what came of it.
type recipient struct {
	address string // as in the request
	status  string // RFC 5546 section 3.6
	answers bool   // with busy time
}

// The statuses of a recipient (RFC 6638 section 10.4).
const (
	statusSuccess     = "2.0;Success"
	statusUnknownUser = "3.7;Invalid calendar user"
	statusNoAuthority = "3.8;No authority"
)

// postToOutbox answers a request for the free/busy time of several calendar users (RFC 6638 section 5).
func (h *Handler) postToOutbox(w http.ResponseWriter, r *request, res *resource) error {
	if err := res.allow(r.who, acl.AskBusy); err != nil {
		return err
	}
	data, err := h.readCalendarData(w, r, res.coll)
	if err != nil {
		return err
	}
	limits := h.limits
	limits.MaxBytes, limits.MaxAttendees = h.maxBytes(res.coll), min(limits.MaxAttendees, maxRecipients)
	asked, err := ical.ParseFreeBusyRequest(data, limits)
	var bad *ical.Error
	if errors.As(err, &bad) && bad.Problem == ical.InvalidMessage {
		return invalidMessage("%w", bad)
	}
	if err != nil {
		return err
	}
	if asked.Window.End.Sub(asked.Window.Start) > maxRequestWindow {
		return invalidMessage("ask for %d days at most", maxRequestWindow/(24*time.Hour))
	}
	sender, err := res.organizer(r.who, asked.Organizer, r.Host)
	if err != nil {
		return err
	}
	recipients, questions, err := h.recipients(r, sender, asked.Attendees)
	if err != nil {
		return err
	}
	times, err := h.freebusy.Times(r.Context(), questions, asked.Window, freebusy.Masked{UIDs: asked.Masked, For: sender})
	if errors.Is(err, freebusy.ErrTooMany) {
		return forbidden(nameWithinLimits, "more than %d busy periods: ask for less time", h.maxResults)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-cache, no-store") // RFC 6638 section 5
	return sendXML(w, http.StatusOK, scheduleResponse(asked, recipients, times, r.at))
}

// invalidMessage refuses what is no request for busy time. Other messages are not posted: they follow from what is stored (RFC 6638 section
// 5.2.1, which wants this status).
func invalidMessage(format string, args ...any) error {
	return dav.Fail(http.StatusBadRequest, dav.CalDAV("valid-scheduling-message"), format, args...)
}

// organizer is whose request it is: that of the owner of the Outbox, or of somebody who writes for the owner as a delegate and is the
// ORGANIZER itself (CALDAV:valid-organizer, RFC 6638 section 3.2.4.3).
func (res *resource) organizer(who *store.Principal, address, host string) (*store.Principal, error) {
	address = onHost(address, host)
	switch {
	case res.home.Owner.Is(address):
		return res.home.Owner, nil
	case who.Is(address) && res.home.Subject(who).Delegate == acl.WriteDelegate:
		return who, nil
	}
	return nil, forbidden(dav.CalDAV("valid-organizer"), "ORGANIZER is no address of %s, whose Outbox this is", nameOf(res.home.Owner))
}

// onHost is a calendar user address with the URL of a principal on this server as a path.
func onHost(address, host string) string {
	if u, err := url.Parse(address); err == nil && (u.Scheme == "http" || u.Scheme == "https") && sameHost(u.Host, host) {
		return u.EscapedPath()
	}
	return address
}

// recipients finds those who are asked, and the questions for those of them of whom sender may know when they are busy, in their order.
func (h *Handler) recipients(r *request, sender *store.Principal, addresses []string) ([]recipient, []freebusy.Question, error) {
	recipients := make([]recipient, len(addresses))
	questions := make([]freebusy.Question, 0, len(addresses))
	for i, address := range addresses {
		recipients[i] = recipient{address: address, status: statusUnknownUser}
		p, err := h.calendarUser(r.Context(), onHost(address, r.Host))
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		home, err := h.db.Home(r.Context(), p.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if !freebusy.Asks(home, sender) {
			recipients[i].status = statusNoAuthority
			continue
		}
		question, err := h.freebusy.Of(r.Context(), home, sender)
		if err != nil {
			return nil, nil, err
		}
		recipients[i].status, recipients[i].answers = statusSuccess, true
		questions = append(questions, question)
	}
	return recipients, questions, nil
}

// calendarUser finds a principal by an address, or by its path. store.ErrNotFound: there is none.
func (h *Handler) calendarUser(ctx context.Context, address string) (*store.Principal, error) {
	if kind, name, ok := store.PrincipalPath(address); ok {
		return h.db.Principal(ctx, kind, name)
	}
	return h.db.PrincipalByAddress(ctx, address)
}

// scheduleResponse is the CALDAV:schedule-response (RFC 6638 section 10.2); times are those of the recipients that answer.
func scheduleResponse(asked *ical.FreeBusyRequest, recipients []recipient, times []freebusy.Time, now time.Time) *dav.Buffer {
	b := &dav.Buffer{}
	root, response, data := dav.CalDAV("schedule-response"), dav.CalDAV("response"), dav.CalDAV("calendar-data")
	b.StartDocument(root)
	var text []byte
	for _, to := range recipients {
		b.Open(response)
		b.Open(dav.CalDAV("recipient"))
		b.Elem(dav.DAV("href"), to.address)
		b.Close(dav.CalDAV("recipient"))
		b.Elem(dav.CalDAV("request-status"), to.status)
		if to.answers {
			text = times[0].Append(text[:0], freebusy.Reply{
				Window: asked.Window, Now: now, UID: asked.UID, Organizer: asked.Organizer, Attendee: to.address,
			})
			times = times[1:]
			b.Open(data)
			b.TextBytes(text)
			b.Close(data)
		}
		b.Close(response)
	}
	b.EndDocument(root)
	return b
}
