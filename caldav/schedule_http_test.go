package caldav

import (
	"net/http"
	"strings"
	"testing"
)

// tagOf is the schedule tag by which an object is sent.
func (s *server) tagOf(who, path string) string {
	s.t.Helper()
	return s.do(who, "GET", path, "").want(http.StatusOK).header.Get("Schedule-Tag")
}

// RFC 6638 section 3.2.10: every answer to a change of a scheduling object says its schedule tag, which a change by a client changes.
func TestScheduleTagOfChanges(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	last := ""
	check := func(what string, a *answer, path string) {
		t.Helper()
		got := a.header.Get("Schedule-Tag")
		if stored := s.tagOf("ann", path); got == "" || got != stored || got == last {
			t.Errorf("%s: Schedule-Tag %s, that of the object %s, before %s", what, got, stored, last)
		}
		last = got
	}
	const m = annDefault + "m.ics"
	check("PUT", s.do("ann", "PUT", m, planning("m")).want(http.StatusCreated), m)
	check("PUT again", s.do("ann", "PUT", m, planning("m", "LOCATION:here")).want(http.StatusNoContent), m)
	check("MOVE", s.do("ann", "MOVE", m, "", "Destination: "+work+"m.ics").want(http.StatusCreated), work+"m.ics")
	check("MOVE under another name", s.do("ann", "MOVE", work+"m.ics", "", "Destination: "+work+"n.ics").want(http.StatusCreated), work+"n.ics")
	posted := s.do("ann", "POST", work, planning("posted")).want(http.StatusCreated)
	check("POST", posted, posted.header.Get("Location"))
	a := s.do("ann", "PUT", work+"p.ics", planning("p"), "Prefer: return=representation").want(http.StatusCreated)
	check("PUT with the object in the answer", a, work+"p.ics")
	if stored := s.do("ann", "GET", work+"p.ics", ""); a.body != stored.body || !strings.Contains(unfolded(a.body), "SCHEDULE-STATUS=1.2") || a.header.Get("ETag") != stored.header.Get("ETag") {
		t.Errorf("PUT is answered with %v\n%s\nGET with %v\n%s", a.header, a.body, stored.header, stored.body)
	}
	bobs := s.makeCalendarOf("bob", "copies")
	s.setList("bob", "copies", "owner lrwipkxtan9 ann lrwipkxtn")
	a = s.do("ann", "COPY", work+"p.ics", "", "Destination: "+bobs+"p.ics")
	a.refused(http.StatusForbidden, "unique-scheduling-object-resource") // he was invited to it
	if strings.Contains(a.body, "Default") {
		t.Errorf("ann learns where bob has it:\n%s", a.body)
	}
	plain := s.do("ann", "PUT", work+"x.ics", event("x", "20261201T100000Z")).want(http.StatusCreated)
	wantEqual(t, "Schedule-Tag of what concerns nobody else", plain.header.Get("Schedule-Tag"), "")
	s.do("ann", "PROPPATCH", work+"n.ics", update("+<X:note xmlns:X='x:'>1</X:note>")).want(http.StatusMultiStatus)
	s.wantTag("ann", work, "n.ics", s.tagOf("ann", work+"n.ics"))
}

// makeCalendarOf makes a calendar in somebody's home.
func (s *server) makeCalendarOf(who, name string) string {
	s.t.Helper()
	url := "/dav/calendars/user/" + who + "/" + name + "/"
	s.do(who, "MKCALENDAR", url, "").want(http.StatusCreated)
	return url
}

// RFC 6638 section 8.3: If-Schedule-Tag-Match makes any change of an object conditional.
func TestIfScheduleTagMatch(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	const m = annDefault + "m.ics"
	s.do("ann", "PUT", m, planning("m"), `If-Schedule-Tag-Match: "x"`).want(http.StatusPreconditionFailed) // there is none
	s.do("ann", "PUT", m, planning("m")).want(http.StatusCreated)
	tag := s.tagOf("ann", m)
	for _, wrong := range []string{`"x"`, strings.ToUpper(tag), `"` + strings.Trim(tag, `"`)[1:] + `"`} {
		s.do("ann", "PUT", m, planning("m", "LOCATION:here"), "If-Schedule-Tag-Match: "+wrong).want(http.StatusPreconditionFailed)
		s.do("ann", "DELETE", m, "", "If-Schedule-Tag-Match: "+wrong).want(http.StatusPreconditionFailed)
		s.do("ann", "MOVE", m, "", "If-Schedule-Tag-Match: "+wrong, "Destination: "+work+"m.ics").want(http.StatusPreconditionFailed)
		s.do("ann", "COPY", m, "", "If-Schedule-Tag-Match: "+wrong, "Destination: "+work+"m.ics").want(http.StatusPreconditionFailed)
	}
	for _, bad := range []string{"x", `"`, `"x`, "*"} {
		s.do("ann", "PUT", m, planning("m"), "If-Schedule-Tag-Match: "+bad).refused(http.StatusBadRequest, "")
	}
	s.fill(annDefault, map[string]string{"plain.ics": event("plain", "20261201T100000Z")})
	s.do("ann", "DELETE", annDefault+"plain.ics", "", `If-Schedule-Tag-Match: "x"`).want(http.StatusPreconditionFailed) // it has none

	// An answer leaves the tag, so that a change which does not know of it is taken, and the answer is kept.
	bobs := s.only("bob", bobHome+"Default/")
	s.do("bob", "PUT", bobs, strings.Replace(unfolded(s.do("bob", "GET", bobs, "").body), "NEEDS-ACTION", "ACCEPTED", 1)).want(http.StatusNoContent)
	s.do("ann", "PUT", m, planning("m", "LOCATION:here"), "If-Schedule-Tag-Match: "+tag).want(http.StatusNoContent)
	if body := unfolded(s.do("ann", "GET", m, "").body); !strings.Contains(body, "PARTSTAT=ACCEPTED;RSVP=TRUE") || !strings.Contains(body, "LOCATION:here") {
		t.Errorf("the answer of bob or the change of ann is lost:\n%s", body)
	}
	s.do("ann", "PUT", m, planning("m", "LOCATION:there"), "If-Schedule-Tag-Match: "+tag).want(http.StatusPreconditionFailed)
	s.do("ann", "MOVE", m, "", "If-Schedule-Tag-Match: "+s.tagOf("ann", m), "Destination: "+work+"m.ics").want(http.StatusCreated)
	s.do("ann", "DELETE", work+"m.ics", "", "If-Schedule-Tag-Match: "+s.tagOf("ann", work+"m.ics")).want(http.StatusNoContent)
}

// RFC 6638 section 3.2.4.1: where the same event is already is told to those who may read there.
func TestUniqueSchedulingObject(t *testing.T) {
	s := newServer(t)
	project, work := s.makeCalendar("project"), s.makeCalendar("work")
	s.do("ann", "PUT", project+"secret.ics", planning("m")).want(http.StatusCreated)
	a := s.do("ann", "PUT", work+"m.ics", planning("m")).refused(http.StatusForbidden, "unique-scheduling-object-resource")
	if !strings.Contains(a.body, "<D:href>"+project+"secret.ics</D:href>") {
		t.Errorf("not told where it is:\n%s", a.body)
	}
	s.setList("ann", "work", "owner lrwipkxtan9 bob lrwitn")
	s.setList("ann", "Outbox", "owner lrwipkxtan789 bob 789")
	a = s.do("bob", "PUT", work+"m.ics", planning("m")).refused(http.StatusForbidden, "unique-scheduling-object-resource")
	if strings.Contains(a.body, "project") || strings.Contains(a.body, "secret") {
		t.Errorf("bob learns of a calendar that he may not read:\n%s", a.body)
	}
	s.setList("ann", "project", "owner lrwipkxtan9 bob lr")
	a = s.do("bob", "PUT", work+"m.ics", planning("m")).refused(http.StatusForbidden, "unique-scheduling-object-resource")
	if !strings.Contains(a.body, "<D:href>"+project+"secret.ics</D:href>") {
		t.Errorf("not told where it is:\n%s", a.body)
	}
	// What is no scheduling object may be in several calendars.
	s.do("ann", "PUT", project+"x.ics", event("x", "20261201T100000Z")).want(http.StatusCreated)
	s.do("ann", "PUT", work+"x.ics", event("x", "20261201T100000Z")).want(http.StatusCreated)
}

// Who removes a calendar with meetings in it needs the right to cancel or decline them (RFC 6638 sections 3.2.3.2 and 6.2).
func TestDeleteCalendarWithMeetings(t *testing.T) {
	s := newServer(t)
	bobs := strings.NewReplacer("ann@", "bob@", "bob@", "ann@")
	for _, test := range []struct{ name, object, outbox, lacks string }{
		{"a meeting of hers", planning("m"), "79", "schedule-send-invite"},
		{"an invitation", bobs.Replace(planning("i")), "89", "schedule-send-reply"},
		{"neither", event("e", "20261201T100000Z"), "", ""},
		{"a meeting, by who may cancel it", planning("m2"), "8", ""},
		{"an invitation, by who may decline it", bobs.Replace(planning("i2")), "7", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			s.setList("ann", "Outbox", "owner lrwipkxtan789 bob "+"l"+test.outbox)
			project := s.makeCalendar("project")
			s.do("ann", "PUT", project+"a.ics", test.object).want(http.StatusCreated)
			s.setList("ann", "project", "owner lrwipkxtan9 bob lrx")
			a := s.do("bob", "DELETE", project, "")
			if test.lacks == "" {
				a.want(http.StatusNoContent)
				return
			}
			a.refused(http.StatusForbidden, "need-privileges")
			if !strings.Contains(a.body, "<D:href>"+annOutbox+"</D:href><D:privilege><C:"+test.lacks+"/>") {
				t.Errorf("refused for\n%s", a.body)
			}
			s.do("ann", "GET", project+"a.ics", "").want(http.StatusOK)
			s.do("ann", "DELETE", project, "").want(http.StatusNoContent)
		})
	}
}

// Who knows the UID of somebody's own event can neither change nor cancel it by inviting its owner: the invitation is left to its judgement.
func TestUIDIsNoKey(t *testing.T) {
	s := newServer(t)
	own := event("a", "20261201T100000Z", "DESCRIPTION:mine alone")
	s.fill(annDefault, map[string]string{"a.ics": own})
	s.do("ann", "PUT", annDefault+"m.ics", planning("m")).want(http.StatusCreated)
	meeting := s.do("ann", "GET", annDefault+"m.ics", "").body
	s.do("bob", "DELETE", s.only("bob", bobHome+"Default/"), "", "Schedule-Reply: F").want(http.StatusNoContent)
	bobs := strings.NewReplacer("ann@", "bob@", "bob@", "ann@")
	for _, uid := range []string{"a", "m"} {
		s.do("bob", "PUT", bobHome+"Default/"+uid+".ics", bobs.Replace(planning(uid))).want(http.StatusCreated)
		s.do("bob", "PUT", bobHome+"Default/"+uid+".ics", bobs.Replace(planning(uid, "LOCATION:elsewhere"))).want(http.StatusNoContent)
		s.do("bob", "DELETE", bobHome+"Default/"+uid+".ics", "").want(http.StatusNoContent)
	}
	s.wantBody(annDefault+"a.ics", own)
	s.wantBody(annDefault+"m.ics", meeting)
	s.do("ann", "PROPFIND", annDefault, propfind("D:getetag"), "Depth: 1").wantHrefs(annDefault, annDefault+"a.ics", annDefault+"m.ics")
	if n := len(s.do("ann", "PROPFIND", annInbox, propfind("D:getetag"), "Depth: 1").multistatus().Responses); n < 3 {
		t.Errorf("ann is not told: %d responses", n)
	}
}
