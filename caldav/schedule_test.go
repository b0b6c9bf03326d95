package caldav

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// planning is an event that ann invites bob to; more are lines of it.
func planning(uid string, more ...string) string {
	return calendar("BEGIN:VEVENT", "UID:"+uid, "DTSTAMP:20261101T000000Z", "DTSTART:20261201T100000Z", "DTEND:20261201T110000Z", "SUMMARY:Plans",
		"ORGANIZER:mailto:ann@example.com", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com",
		"ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.com", strings.Join(append(more, "END:VEVENT"), "\r\n"))
}

// calendar wraps lines.
func calendar(lines ...string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n" + strings.Join(lines, "\r\n") + "\r\nEND:VCALENDAR\r\n"
}

// only returns the URL of the only object in a collection.
func (s *server) only(who, collection string) string {
	s.t.Helper()
	a := s.do(who, "PROPFIND", collection, propfind("D:getetag"), "Depth: 1").want(http.StatusMultiStatus)
	hrefs := regexp.MustCompile(`<D:href>([^<]*[^/<])</D:href>`).FindAllStringSubmatch(a.body, -1)
	if len(hrefs) != 1 {
		s.t.Fatalf("%s has %d objects, want 1:\n%s", collection, len(hrefs), a.body)
	}
	return hrefs[0][1]
}

// An invitation arrives, is answered, and the answer is with the organizer, all at once.
func TestInviteAndAnswer(t *testing.T) {
	s := newServer(t)
	put := s.do("ann", "PUT", annHome+"Default/m.ics", planning("m"), "If-None-Match: *").want(http.StatusCreated)
	if put.header.Get("ETag") != "" || put.header.Get("Schedule-Tag") == "" {
		t.Errorf("headers of an object that the server changed: %v", put.header)
	}
	stored := s.do("ann", "GET", annHome+"Default/m.ics", "").want(http.StatusOK)
	if !strings.Contains(unfolded(stored.body), "SCHEDULE-STATUS=1.2") {
		t.Errorf("the organizer is not told of the delivery:\n%s", stored.body)
	}
	bobs := s.only("bob", "/dav/calendars/user/bob/Default/")
	item := s.do("bob", "GET", s.only("bob", "/dav/calendars/user/bob/Inbox/"), "").want(http.StatusOK)
	if !strings.Contains(item.body, "METHOD:REQUEST") {
		t.Errorf("in the Inbox:\n%s", item.body)
	}
	copied := s.do("bob", "GET", bobs, "").want(http.StatusOK)
	if strings.Contains(copied.body, "METHOD") || copied.header.Get("Schedule-Tag") == "" {
		t.Errorf("bob's copy: %v\n%s", copied.header, copied.body)
	}
	accepted := regexp.MustCompile(`NEEDS-ACTION`).ReplaceAllString(unfolded(copied.body), "ACCEPTED")
	s.do("bob", "PUT", bobs, accepted, "If-Match: "+copied.header.Get("ETag")).want(http.StatusNoContent)
	answered := s.do("ann", "GET", annHome+"Default/m.ics", "").want(http.StatusOK)
	if strings.Contains(answered.body, "NEEDS-ACTION") {
		t.Errorf("the answer did not arrive:\n%s", answered.body)
	}
	if was, is := stored.header.Get("Schedule-Tag"), answered.header.Get("Schedule-Tag"); was != is {
		t.Errorf("an answer changed the schedule tag from %s to %s", was, is)
	}
	s.do("ann", "DELETE", annHome+"Default/m.ics", "").want(http.StatusNoContent)
	if body := s.do("bob", "GET", bobs, "").want(http.StatusOK).body; !strings.Contains(body, "STATUS:CANCELLED") {
		t.Errorf("not cancelled:\n%s", body)
	}
}

// A meeting is in one calendar of a person: the calendar it is in can be moved, and copied only to somebody else's home.
func TestCopyCalendarWithMeetings(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.do("ann", "PUT", work+"m.ics", planning("m"), "If-None-Match: *").want(http.StatusCreated)
	s.do("ann", "COPY", work, "", "Destination: "+annHome+"copied/").refused(http.StatusForbidden, "unique-scheduling-object-resource")
	s.do("ann", "COPY", work, "", "Destination: "+annHome+"empty/", "Depth: 0").want(http.StatusCreated)
	s.do("ann", "MOVE", work, "", "Destination: "+annHome+"moved/").want(http.StatusCreated)
	s.do("ann", "DELETE", annHome+"moved/", "").want(http.StatusNoContent)
	s.do("ann", "GET", annHome+"moved/m.ics", "").want(http.StatusNotFound)
}
