package caldav

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"convene/ical"
	"convene/store"
)

// deliver puts scheduling messages into ann's Inbox, by their names, as a delivery does.
func (s *server) deliver(messages map[string]string) {
	s.t.Helper()
	inbox := s.collection("Inbox")
	_, err := store.InTx(s.t.Context(), s.db, []store.PrincipalID{inbox.Owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		for name, data := range messages {
			m, err := ical.ParseMessage([]byte(data), ical.Limits{})
			if err != nil {
				return struct{}{}, err
			}
			in := store.NewObject{Name: name, Component: m.Component, ETag: store.ETagOf([]byte(data)), Data: []byte(data), Index: ical.Index{Class: m.Class()}}
			if _, err := tx.Put(ctx, inbox, in); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// messageOf makes a scheduling message of a calendar object.
func messageOf(method, object string) string {
	return strings.Replace(object, "VERSION:2.0", "VERSION:2.0\r\nMETHOD:"+method, 1)
}

// newInbox starts a server with messages in ann's Inbox, several of one UID.
func newInbox(t *testing.T) *server {
	s := newServer(t)
	s.deliver(map[string]string{
		"request.ics": messageOf("REQUEST", event("a", "20261201T100000Z", "ORGANIZER:mailto:bob@example.com", "ATTENDEE:mailto:ann@example.com", "DESCRIPTION:see below")),
		"update.ics":  messageOf("REQUEST", event("a", "20261202T100000Z", "SEQUENCE:1", "ORGANIZER:mailto:bob@example.com", "ATTENDEE:mailto:ann@example.com")),
		"private.ics": messageOf("REQUEST", event("p", "20261201T150000Z", "CLASS:PRIVATE", "LOCATION:a hidden place")),
		"reply.ics":   messageOf("REPLY", strings.Replace(event("b", "", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com"), "DTSTART:\r\nDURATION:PT1H\r\n", "", 1)),
		"task.ics":    messageOf("CANCEL", component("VTODO", "t", "DUE:20261201T100000Z", "STATUS:CANCELLED")),
	})
	return s
}

// RFC 6638 section 2.2: clients list, read and remove what lies in the Inbox, and put nothing there.
func TestInbox(t *testing.T) {
	s := newInbox(t)
	for _, body := range []string{propfind("D:getcontenttype", "D:getetag"), wrap("D:propfind", "<D:allprop/>"), wrap("D:propfind", "<D:propname/>")} {
		m := s.do("ann", "PROPFIND", annInbox, body, "Depth: 1").multistatus()
		if len(m.Responses) != 6 {
			t.Fatalf("%d responses, want 6", len(m.Responses))
		}
	}
	m := s.do("ann", "PROPFIND", annInbox, propfind("D:getcontenttype", "D:getetag"), "Depth: 1").multistatus()
	for name, want := range map[string]string{"request.ics": "VEVENT; method=REQUEST", "reply.ics": "VEVENT; method=REPLY", "task.ics": "VTODO; method=CANCEL"} {
		got, _ := m.response(annInbox + name).prop("getcontenttype")
		a := s.do("ann", "GET", annInbox+name, "").want(http.StatusOK)
		if want = "text/calendar; charset=utf-8; component=" + want; got.Text != want || a.header.Get("Content-Type") != want {
			t.Errorf("%s: getcontenttype %q, Content-Type %q, want %q", name, got.Text, a.header.Get("Content-Type"), want)
		}
		if a.header.Get("Schedule-Tag") != "" || !strings.Contains(a.body, "METHOD:") {
			t.Errorf("%s: %v\n%s", name, a.header, a.body)
		}
	}
	wantEqual(t, "content type of one", s.get(annInbox+"task.ics", "D:getcontenttype").text("getcontenttype"), "text/calendar; charset=utf-8; component=VTODO; method=CANCEL")
	if _, ok := s.props("ann", annInbox+"request.ics", "C:schedule-tag").prop("schedule-tag"); ok {
		t.Error("a message has a schedule tag")
	}
	s.do("ann", "PUT", annInbox+"new.ics", event("n", "20261201T100000Z")).want(http.StatusForbidden)
	s.do("ann", "PUT", annInbox+"request.ics", event("a", "20261201T100000Z")).want(http.StatusForbidden)
	s.fill(annDefault, map[string]string{"x.ics": event("x", "20261201T100000Z")})
	for _, method := range []string{"COPY", "MOVE"} {
		if a := s.do("ann", method, annDefault+"x.ics", "", "Destination: "+annInbox+"x.ics"); a.status < 400 || a.status >= 500 {
			t.Errorf("%s into the Inbox: %d", method, a.status)
		}
	}
	s.do("ann", "MKCALENDAR", annInbox+"sub/", "").want(http.StatusForbidden)
	s.do("ann", "DELETE", annInbox, "").want(http.StatusMethodNotAllowed)
	etag := s.etag(annInbox + "task.ics")
	s.do("ann", "DELETE", annInbox+"task.ics", "", `If-Match: "other"`).want(http.StatusPreconditionFailed)
	s.do("ann", "DELETE", annInbox+"task.ics", "", "If-Match: "+etag).want(http.StatusNoContent)
	s.do("ann", "GET", annInbox+"task.ics", "").want(http.StatusNotFound)
}

// RFC 6638 section 2.3: calendar-query and calendar-multiget work in the Inbox; what has no DTSTART matches any time range.
func TestInboxReports(t *testing.T) {
	s := newInbox(t)
	for _, test := range []struct{ name, filter, want string }{
		{"all", "", "private.ics reply.ics request.ics task.ics update.ics"},
		{"events", compFilter("VEVENT", ""), "private.ics reply.ics request.ics update.ics"},
		{"tasks", compFilter("VTODO", ""), "task.ics"},
		{"a UID of two", compFilter("VEVENT", propFilter("UID", textMatch("a", byOctet))), "request.ics update.ics"},
		{"a UID, exactly", compFilter("VEVENT", propFilter("UID", textMatch("a", byOctet, `match-type="equals"`))), "request.ics update.ics"},
		{"a method", propFilter("METHOD", textMatch("REPLY")), "reply.ics"},
		{"a day", inWindow("VEVENT", "20261201T000000Z/20261202T000000Z"), "private.ics reply.ics request.ics"},
		{"another day", inWindow("VEVENT", "20270201T000000Z/20270202T000000Z"), "reply.ics"},
		{"tasks of a day", inWindow("VTODO", "20261201T000000Z/20261202T000000Z"), "task.ics"},
	} {
		s.report(annInbox, filterFor(test.filter)).wantFound(strings.Fields(test.want)...)
		s.report(annInbox, queryFor("<C:calendar-data/>", test.filter)).wantFound(strings.Fields(test.want)...)
	}
	const request, reply = annInbox + "request.ics", annInbox + "reply.ics"
	a := s.report(annInbox, multigetFor(request, reply, annInbox+"none.ics"))
	if got := a.data(request); !strings.Contains(got, "METHOD:REQUEST") || !strings.Contains(got, "see below") {
		t.Errorf("calendar-data is\n%s", got)
	}
	if r := a.multistatus().response(annInbox + "none.ics"); r == nil || !strings.Contains(r.Status, "404") {
		t.Errorf("%+v", r)
	}
	for _, data := range []string{
		`<C:calendar-data><C:expand start="20261201T000000Z" end="20270101T000000Z"/></C:calendar-data>`,
		`<C:calendar-data><C:limit-recurrence-set start="20261201T000000Z" end="20270101T000000Z"/></C:calendar-data>`,
		`<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="METHOD"/><C:comp name="VEVENT"><C:prop name="UID"/></C:comp></C:comp></C:calendar-data>`,
	} {
		a := s.report(annInbox, queryFor(data, compFilter("VEVENT", "")))
		for _, href := range []string{request, reply} {
			if got := a.data(href); !strings.Contains(got, "METHOD:RE") || !strings.Contains(got, "BEGIN:VEVENT") {
				t.Errorf("%s of %s is\n%s", data, href, got)
			}
		}
	}
	s.report(annInbox, freeBusy("20261201T000000Z/20261203T000000Z")).refused(http.StatusForbidden, "supported-report")
	s.report(annHome, freeBusy("20261201T000000Z/20261203T000000Z")).wantBusy() // messages take no time
	s.report(annHome, filterFor("")).wantFound()                                // nor are they in a calendar
	s.do("ann", "REPORT", request, filterFor(compFilter("VEVENT", ""))).wantFound("request.ics")
}

// Messages are synchronised as other objects are.
func TestInboxSync(t *testing.T) {
	s := newInbox(t)
	r, home := s.replica(annInbox, "1"), s.replica(annHome, "infinite")
	wantChanges(t, r.sync(0), "private.ics", "reply.ics", "request.ics", "task.ics", "update.ics")
	home.sync(0)
	s.deliver(map[string]string{"later.ics": messageOf("CANCEL", event("a", "20261202T100000Z"))})
	s.do("ann", "DELETE", annInbox+"task.ics", "").want(http.StatusNoContent)
	wantChanges(t, r.sync(0), "-task.ics", "later.ics")
	wantChanges(t, objectsOf(home.sync(0)), "-Inbox/task.ics", "Inbox/later.ics")
	body := strings.Replace(syncFor("", "1", 0), "<D:getetag/>", "<D:getetag/><D:getcontenttype/><C:calendar-data/>", 1)
	if got := s.report(annInbox, body).data(annInbox + "later.ics"); !strings.Contains(got, "METHOD:CANCEL") {
		t.Errorf("calendar-data is\n%s", got)
	}
	got, _ := s.report(annInbox, strings.Replace(body, "<C:calendar-data/>", "", 1)).multistatus().response(annInbox + "later.ics").prop("getcontenttype")
	wantEqual(t, "content type", got.Text, "text/calendar; charset=utf-8; component=VEVENT; method=CANCEL")
}

// The Inbox is its owner's and the owner's delegates'. Who only reads for the owner is not shown what is private.
func TestInboxDelegates(t *testing.T) {
	s := newInbox(t)
	for _, step := range []struct{ method, path string }{{"PROPFIND", annInbox}, {"REPORT", annInbox}, {"GET", annInbox + "request.ics"}, {"DELETE", annInbox + "request.ics"}} {
		body := ""
		if step.method == "REPORT" {
			body = filterFor("")
		}
		s.do("bob", step.method, step.path, body, "Depth: 1").want(http.StatusNotFound)
	}
	s.delegate(annReaders, bobPrincipal)
	a := s.do("bob", "REPORT", annInbox, queryFor("<C:calendar-data/>", ""), "Depth: 1").wantFound("private.ics", "reply.ics", "request.ics", "task.ics", "update.ics")
	if got := a.data(annInbox + "private.ics"); strings.Contains(got, "hidden") || !strings.Contains(got, "METHOD:REQUEST") || !strings.Contains(a.body, "see below") {
		t.Errorf("a delegate who reads is shown\n%s", a.body)
	}
	if body := s.do("bob", "GET", annInbox+"private.ics", "").want(http.StatusOK).body; strings.Contains(body, "hidden") {
		t.Errorf("a delegate who reads is shown\n%s", body)
	}
	s.do("bob", "DELETE", annInbox+"request.ics", "").refused(http.StatusForbidden, "need-privileges")
	s.delegate(annReaders)
	s.delegate(annWriters, bobPrincipal)
	if body := s.do("bob", "GET", annInbox+"private.ics", "").want(http.StatusOK).body; !strings.Contains(body, "hidden") {
		t.Errorf("a delegate who writes is shown\n%s", body)
	}
	s.do("bob", "DELETE", annInbox+"request.ics", "").want(http.StatusNoContent)
}
