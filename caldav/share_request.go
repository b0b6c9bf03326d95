package caldav

import (
	"strings"

	"convene/caldav/dav"
)

// Names of CalendarServer's caldav-sharing extension that are used more than once.
var (
	nameShare          = dav.CS("share")
	nameInviteReply    = dav.CS("invite-reply")
	nameInviteNotice   = dav.CS("invite-notification")
	nameRead           = dav.CS("read")
	nameReadWrite      = dav.CS("read-write")
	nameSummary        = dav.CS("summary")
	nameAccepted       = dav.CS("invite-accepted")
	nameDeclined       = dav.CS("invite-declined")
	nameNoResponse     = dav.CS("invite-noresponse")
	nameDeleted        = dav.CS("invite-deleted")
	nameHref           = dav.DAV("href")
	nameValidRequest   = dav.CS("valid-request")
	nameShareeWithin   = dav.CS("number-of-sharees-within-limits")
	nameShareeIsKnown  = dav.CS("valid-sharee")
	nameOrganizer      = dav.CS("organizer")
	nameCommonName     = dav.CS("common-name")
	nameHostURL        = dav.CS("hosturl")
	nameInvite         = dav.CS("invite")
	nameNoticeType     = dav.CS("notificationtype")
	nameNotification   = dav.CS("notification")
	nameAllowedSharing = dav.CS("allowed-sharing-modes")
)

// Bounds of what a sharing request says.
const (
	maxSharees      = 500  // of one calendar
	maxSummaryBytes = 1000 // as a name of a calendar has
)

// shareRequest is a CS:share: to whom a calendar is offered, and to whom not any more. The last word on somebody counts.
type shareRequest struct {
	set    []shareSet
	remove []string // hrefs
}

// shareSet is a CS:set.
type shareSet struct {
	href    string // of a principal, or a calendar user address
	summary string
	writes  bool
}

// readShare takes a CS:share apart.
func readShare(body *dav.Element) (*shareRequest, error) {
	q := &shareRequest{}
	for _, e := range body.Children {
		if e.Name != dav.CS("set") && e.Name != dav.CS("remove") {
			continue
		}
		href := textIn(e, nameHref)
		if href == "" {
			return nil, forbidden(nameValidRequest, "%s without the DAV:href of somebody", e.Name)
		}
		if len(q.set)+len(q.remove) == maxSharees {
			return nil, forbidden(nameShareeWithin, "at most %d people can be named at once", maxSharees)
		}
		if e.Name == dav.CS("remove") {
			q.remove = append(q.remove, href)
			continue
		}
		s := shareSet{href: href, summary: textIn(e, nameSummary), writes: e.Child(nameReadWrite) != nil}
		switch {
		case s.writes == (e.Child(nameRead) != nil):
			return nil, forbidden(nameValidRequest, "CS:set has one of CS:read and CS:read-write")
		case len(s.summary) > maxSummaryBytes:
			return nil, forbidden(nameValidRequest, "CS:summary may have %d bytes", maxSummaryBytes)
		}
		q.set = append(q.set, s)
	}
	if len(q.set)+len(q.remove) == 0 {
		return nil, forbidden(nameValidRequest, "CS:share needs a CS:set or a CS:remove")
	}
	return q, nil
}

// inviteReply is a CS:invite-reply as a sharee posts it.
type inviteReply struct {
	uid     string // of the invitation
	accept  bool
	summary string // what the sharee calls the calendar; may be empty
}

// readReply takes a CS:invite-reply apart. The invitation is known by its UID: the URL of the calendar may have changed since.
func readReply(body *dav.Element) (*inviteReply, error) {
	q := &inviteReply{
		uid:     textIn(body, dav.CS("in-reply-to")),
		accept:  body.Child(nameAccepted) != nil,
		summary: textIn(body, nameSummary),
	}
	switch {
	case q.uid == "":
		return nil, forbidden(nameValidRequest, "CS:invite-reply needs CS:in-reply-to, the UID of the invitation")
	case q.accept == (body.Child(nameDeclined) != nil):
		return nil, forbidden(nameValidRequest, "CS:invite-reply has one of CS:invite-accepted and CS:invite-declined")
	case len(q.summary) > maxSummaryBytes:
		return nil, forbidden(nameValidRequest, "CS:summary may have %d bytes", maxSummaryBytes)
	}
	return q, nil
}

// textIn is the text of the first child called n, without the white space around it; "" if there is none.
func textIn(e *dav.Element, n dav.Name) string { return strings.TrimSpace(textOrEmpty(e.Child(n))) }
