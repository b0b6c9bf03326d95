package caldav

import (
	"net/http"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// handlePost adds an object to a calendar (RFC 5995), or carries out what an XML document asks for: the requests of CalendarServer's
// caldav-sharing extension, on a calendar those of who shares or publishes it, on a home the answers of its owner. What is posted to the
// Outbox asks when others are busy (RFC 6638 section 5).
func (h *Handler) handlePost(w http.ResponseWriter, r *request) error {
	mediaType, _ := dav.MediaType(r.Header)
	isXML := mediaType == "application/xml" || mediaType == "text/xml"
	if r.target.place == placeCollection {
		res, err := h.find(r.Context(), r.who, r.target)
		if err != nil {
			return err
		}
		if res.coll != nil && res.coll.Kind == store.KindOutbox {
			return h.postToOutbox(w, r, res)
		}
	}
	switch {
	case !isXML && r.target.place == placeHome:
		return h.postOther(r)
	case !isXML:
		return h.addMember(w, r)
	case r.target.place == placeHome:
		return h.postToHome(w, r)
	}
	return h.postToCalendar(w, r)
}

// postOther refuses what is posted to a home without saying that it is XML.
func (h *Handler) postOther(r *request) error {
	if _, err := h.existing(r.Context(), r.who, r.target, acl.ReadResource); err != nil {
		return err
	}
	return dav.Fail(http.StatusUnsupportedMediaType, dav.Name{}, "answers to invitations are posted to a home as application/xml; objects go into calendars")
}

// postToHome takes the answer to an invitation. To accept one makes a collection in the home.
func (h *Handler) postToHome(w http.ResponseWriter, r *request) error {
	res, err := h.existing(r.Context(), r.who, r.target, acl.MakeCollection)
	if err != nil {
		return err
	}
	body, err := h.readPosted(w, r)
	if err != nil {
		return err
	}
	if body.Name != nameInviteReply {
		return unknownRequest(body)
	}
	return h.replyToInvitation(w, r, res, body)
}

func (h *Handler) postToCalendar(w http.ResponseWriter, r *request) error {
	res, err := h.existing(r.Context(), r.who, r.target, acl.Share)
	if err != nil {
		return err
	}
	if !isCalendar(res.coll) {
		return notAllowed(res, dav.Name{}, "only calendars are shared, and this is none")
	}
	body, err := h.readPosted(w, r)
	if err != nil {
		return err
	}
	switch body.Name {
	case nameShare:
		return h.share(w, r, res, body)
	case namePublish:
		return h.publish(w, r, res)
	case nameUnpublish:
		return h.unpublish(w, r, res)
	}
	return unknownRequest(body)
}

// readPosted reads a body that has to be there.
func (h *Handler) readPosted(w http.ResponseWriter, r *request) (*dav.Element, error) {
	body, err := h.readElement(w, r)
	if err == nil && body == nil {
		err = badRequest("a POST of XML needs a body that says what to do")
	}
	return body, err
}

func unknownRequest(body *dav.Element) error {
	return forbidden(nameValidRequest, "a POST of %s does nothing here", body.Name)
}
