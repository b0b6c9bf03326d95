package caldav

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/caldav/dav"
	"convene/store"
)

// What a CS:share may not say, and that nothing comes of it.
func TestShareRefuses(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.do("ann", "MKCOL", annHome+"plain/", "").want(http.StatusCreated)
	href := "<D:href>mailto:bob@example.com</D:href>"
	for _, test := range []struct {
		name, body string
		status     int
		condition  string
	}{
		{"no XML", "<CS:share", 400, ""},
		{"nothing in it", wrap("CS:share", ""), 403, "valid-request"},
		{"nobody", wrap("CS:share", "<CS:set><CS:read/></CS:set>"), 403, "valid-request"},
		{"nobody to remove", wrap("CS:share", "<CS:remove/>"), 403, "valid-request"},
		{"no access", wrap("CS:share", "<CS:set>"+href+"</CS:set>"), 403, "valid-request"},
		{"two kinds of access", wrap("CS:share", "<CS:set>"+href+"<CS:read/><CS:read-write/></CS:set>"), 403, "valid-request"},
		{"a long summary", wrap("CS:share", setSharee("mailto:bob@example.com", "read", strings.Repeat("x", 1001))), 403, "valid-request"},
		{"too many", wrap("CS:share", strings.Repeat(setSharee("mailto:bob@example.com", "read", ""), 501)), 403, "number-of-sharees-within-limits"},
		{"something else", wrap("D:propfind", "<D:allprop/>"), 403, "valid-request"},
		{"an answer", wrap("CS:invite-reply", "<CS:invite-accepted/><CS:in-reply-to>x</CS:in-reply-to>"), 403, "valid-request"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.do("ann", "POST", work, test.body)
			a.t = t
			a.refused(test.status, test.condition)
		})
	}
	s.do("ann", "POST", work, "", "Content-Type: application/xml").refused(http.StatusBadRequest, "")
	invitation := wrap("CS:share", setSharee("mailto:bob@example.com", "read", ""))
	for path, status := range map[string]int{annHome: 403, annHome + "Inbox/": 405, annHome + "plain/": 405, annHome + "none/": 404, annNotices: 405, work + "a.ics": 405} {
		s.do("ann", "POST", path, invitation).want(status)
	}
	s.do("bob", "POST", work, invitation).want(http.StatusNotFound)
	s.do("", "POST", work, invitation).want(http.StatusUnauthorized)
	if list := s.sharesOf("work"); len(list) > 0 {
		t.Errorf("shared with %+v", list)
	}
}

// If one of those whom a request names cannot be invited nobody is, and the answer says who and why.
func TestShareWithStrangers(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	for _, stranger := range []string{
		"mailto:nobody@example.com", "nonsense", "urn:uuid:0000", "/dav/principals/user/nobody/", "/dav/calendars/user/bob/", "/dav/principals/", "mailto:attic@example.com",
		"mailto:ann@example.com", "/dav/principals/user/ann/", "https://elsewhere.example.org/dav/principals/user/bob/",
	} {
		m := s.share(work, setSharee("mailto:bob@example.com", "read", ""), setSharee(stranger, "read", "")).multistatus()
		if len(m.Responses) != 2 || !strings.Contains(m.response("mailto:bob@example.com").Status, "424") || !strings.Contains(m.response(stranger).Status, "403") {
			t.Errorf("%s: %+v", stranger, m)
		}
		if list := s.sharesOf("work"); len(list) > 0 {
			t.Fatalf("with %s: shared with %+v", stranger, list)
		}
		s.share(work, removeSharee(stranger)).want(http.StatusOK) // who is not there need not be known
	}
	s.do("ann", "POST", work, wrap("CS:share", setSharee("mailto:bob@example.com", "read", "")), "If-Match: \"no\"").want(http.StatusPreconditionFailed)
	for _, href := range []string{"bob@example.com", "MAILTO:bob@example.com", "/dav/principals/user/bob/", "/dav/principals/user/bob", s.URL + "/dav/principals/user/bob/"} {
		s.share(work, setSharee(href, "read", "")).want(http.StatusOK)
		if list := s.sharesOf("work"); len(list) != 1 || list[0].Address != "mailto:bob@example.com" {
			t.Errorf("%s: shared with %+v", href, list)
		}
		s.share(work, removeSharee(href)).want(http.StatusOK)
		if list, left := s.sharesOf("work"), s.notices("bob", bobNotices); len(list) > 0 || len(left) > 0 {
			t.Errorf("%s: shared with %+v, notified of %+v", href, list, left)
		}
	}
}

// A group stands for the users in it, those of groups in it too; the owner of the calendar is not among them.
func TestShareWithGroup(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	id := func(name string) store.PrincipalID {
		p, err := s.db.PrincipalByName(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		return p.ID
	}
	inner, err := s.db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.Group, Name: "inner"})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range [][2]store.PrincipalID{{id("staff"), inner.ID}, {id("staff"), id("ann")}, {id("staff"), id("attic")}, {inner.ID, id("bob")}, {inner.ID, id("root")}} {
		if err := s.db.AddMember(t.Context(), m[0], m[1]); err != nil {
			t.Fatal(err)
		}
	}
	s.share(work, setSharee("mailto:staff@example.com", "read-write", "")).want(http.StatusOK)
	if list := s.sharesOf("work"); len(list) != 2 {
		t.Fatalf("shared with %+v", list)
	}
	s.oneInvite("bob", bobNotices, "noresponse", "read-write")
	s.accept("")
	s.share(work, removeSharee("/dav/principals/group/staff/"), setSharee("mailto:bob@example.com", "read", "")).want(http.StatusOK)
	if list := s.sharesOf("work"); len(list) != 1 || list[0].Writes || list[0].State != store.ShareAccepted {
		t.Errorf("shared with %+v", list)
	}
}

// What an answer may not say.
func TestReplyRefuses(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.share(work, setSharee("mailto:bob@example.com", "read", "")).want(http.StatusOK)
	uid := s.sharesOf("work")[0].UID
	to := "<CS:in-reply-to>" + uid + "</CS:in-reply-to>"
	for name, inner := range map[string]string{
		"nothing": "", "no verdict": to, "both": to + "<CS:invite-accepted/><CS:invite-declined/>", "no UID": "<CS:invite-accepted/>",
		"an unknown UID": "<CS:invite-accepted/><CS:in-reply-to>x</CS:in-reply-to>", "a long summary": to + "<CS:invite-accepted/><CS:summary>" + strings.Repeat("x", 1001) + "</CS:summary>",
	} {
		t.Run(name, func(t *testing.T) {
			a := s.do("bob", "POST", bobHome, wrap("CS:invite-reply", inner))
			a.t = t
			a.refused(http.StatusForbidden, "valid-request")
		})
	}
	s.do("bob", "POST", bobHome, wrap("CS:share", setSharee("mailto:root@example.com", "read", ""))).refused(http.StatusForbidden, "valid-request")
	s.do("bob", "POST", bobHome, "BEGIN:VCALENDAR").refused(http.StatusUnsupportedMediaType, "")
	accepting := wrap("CS:invite-reply", to+"<CS:invite-accepted/>")
	s.do("ann", "POST", annHome, accepting).refused(http.StatusForbidden, "valid-request")
	s.do("root", "POST", "/dav/calendars/user/root/", accepting).refused(http.StatusForbidden, "valid-request")
	s.do("ann", "POST", bobHome, accepting).want(http.StatusNotFound)
	s.do("", "POST", bobHome, accepting).want(http.StatusUnauthorized)
	if list := s.sharesOf("work"); len(list) != 1 || list[0].State != store.ShareInvited {
		t.Errorf("shares: %+v", list)
	}
	locked := s.do("bob", "LOCK", bobHome, lockinfo("exclusive"), "Depth: 0").want(http.StatusOK)
	s.do("bob", "POST", bobHome, accepting).refused(http.StatusLocked, "lock-token-submitted")
	s.do("bob", "UNLOCK", bobHome, "", "Lock-Token: "+locked.header.Get("Lock-Token")).want(http.StatusNoContent)
	first := s.do("bob", "POST", bobHome, accepting).want(http.StatusOK).body
	if again := s.do("bob", "POST", bobHome, accepting).want(http.StatusOK).body; again != first {
		t.Errorf("accepting twice: %s and %s", first, again)
	}
	s.reply("bob", bobHome, uid, "declined", "").want(http.StatusNoContent)
	s.reply("bob", bobHome, uid, "declined", "").want(http.StatusNoContent)
}

// Who is not affected by a request is not told of it, and a name that is taken is not taken again.
func TestShareAgain(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.do("bob", "MKCALENDAR", bobHome+"ann-work/", "").want(http.StatusCreated)
	bob := setSharee("mailto:bob@example.com", "read", "Work")
	s.share(work, bob).want(http.StatusOK)
	notices := s.replicaOf("bob", bobNotices, "1")
	if got := notices.sync(0); len(got) != 1 {
		t.Errorf("reported %v", got)
	}
	s.share(work, bob, setSharee("mailto:root@example.com", "read", "")).want(http.StatusOK)
	wantChanges(t, notices.sync(0))
	s.share(work, setSharee("mailto:bob@example.com", "read", "Other work")).want(http.StatusOK)
	if got := notices.sync(0); len(got) != 1 {
		t.Errorf("another summary: reported %v", got)
	}
	mount := s.accept("")
	if mount != bobHome+"ann-work-2/" {
		t.Errorf("accepted as %s", mount)
	}
	if name, _ := s.props("bob", mount, "D:displayname").prop("displayname"); name.Text != "Other work" {
		t.Errorf("it is called %q", name.Text)
	}
	if got := notices.sync(0); len(got) != 1 || got[0][0] != '-' {
		t.Errorf("after the answer: reported %v", got)
	}
	s.share(work, setSharee("mailto:bob@example.com", "read", "Third")).want(http.StatusOK)
	wantChanges(t, notices.sync(0))
}

// Notifications are the server's: clients read and remove them (caldav-notifications section 4).
func TestNotificationsAreTheServers(t *testing.T) {
	s := newServer(t)
	s.share(s.makeCalendar("work"), setSharee("mailto:bob@example.com", "read", "Work")).want(http.StatusOK)
	n := s.oneInvite("bob", bobNotices, "noresponse", "read")
	patch := wrap("D:propertyupdate", `<D:set><D:prop><D:displayname>x</D:displayname><x xmlns="urn:x"/></D:prop></D:set>`)
	for _, path := range []string{bobNotices, n.href} {
		for _, local := range []string{"displayname", "x"} {
			if got := s.do("bob", "PROPPATCH", path, patch).multistatus().Responses[0].status(local); !strings.Contains(got, "403") && !strings.Contains(got, "424") {
				t.Errorf("PROPPATCH %s: %s is %s", path, local, got)
			}
		}
	}
	s.do("bob", "PUT", n.href, event("x", "20261201T100000Z")).want(http.StatusForbidden)
	s.do("bob", "PUT", bobNotices+"x.xml", "<x/>").want(http.StatusForbidden)
	s.do("bob", "POST", bobNotices, "BEGIN:VCALENDAR").want(http.StatusMethodNotAllowed)
	s.do("bob", "DELETE", bobNotices, "").want(http.StatusMethodNotAllowed)
	s.do("bob", "MOVE", bobNotices, "", "Destination: "+bobHome+"x/").want(http.StatusMethodNotAllowed)
	s.do("bob", "COPY", n.href, "", "Destination: "+bobHome+"Default/x.ics").want(http.StatusMethodNotAllowed)
	s.do("bob", "MOVE", n.href, "", "Destination: "+bobNotices+"y.xml").want(http.StatusMethodNotAllowed)
	s.do("bob", "PUT", bobHome+"Default/a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	s.do("bob", "MOVE", bobHome+"Default/a.ics", "", "Destination: "+bobNotices+"a.ics").want(http.StatusForbidden)
	s.do("bob", "REPORT", bobNotices, reportBodies["calendar-query"]).refused(http.StatusForbidden, "supported-report")
	s.do("ann", "GET", n.href, "").want(http.StatusNotFound)
	s.do("ann", "PROPFIND", bobNotices, propfind("D:getetag"), "Depth: 1").want(http.StatusNotFound)
	if url := s.props("ann", "/dav/principals/user/bob/", "CS:notification-URL").status("notification-URL"); !strings.Contains(url, "404") {
		t.Errorf("ann is told where bob's notifications are: %s", url)
	}
	all := s.replicaOf("bob", bobNotices, "1")
	all.sync(0)
	s.do("bob", "DELETE", n.href, "", "If-Match: \"no\"").want(http.StatusPreconditionFailed)
	s.do("bob", "DELETE", n.href, "").want(http.StatusNoContent)
	wantChanges(t, all.sync(0), "-"+strings.TrimPrefix(n.href, bobNotices))
}

// Somebody else's organizer has no business in a shared calendar (caldav-sharing section 5.5.5).
func TestSharedOrganizer(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read-write")
	organized := func(uid, by string, lines ...string) string {
		return event(uid, "20261201T100000Z", append(lines, "ORGANIZER:"+by, "ATTENDEE:mailto:someone@example.org")...)
	}
	s.do("bob", "PUT", mount+"1.ics", organized("1", "mailto:bob@example.com")).refused(http.StatusForbidden, "organizer-allowed")
	s.do("bob", "PUT", mount+"2.ics", organized("2", "MAILTO:Ann@example.com")).refused(http.StatusForbidden, "need-privileges")
	s.setRights("Outbox", "owner lrwipkxtan789 bob 78") // RFC 6638 section 6.2
	s.do("bob", "PUT", mount+"2.ics", organized("2", "MAILTO:Ann@example.com")).want(http.StatusCreated)
	s.do("bob", "PUT", mount+"3.ics", organized("3", "/dav/principals/user/ann/")).want(http.StatusCreated)
	s.do("ann", "PUT", work+"4.ics", organized("4", "mailto:x@example.org")).want(http.StatusCreated)
	s.do("bob", "PUT", mount+"4.ics", organized("4", "mailto:x@example.org", "LOCATION:Attic")).want(http.StatusNoContent)
	s.do("bob", "PUT", mount+"4.ics", organized("4", "mailto:y@example.org", "LOCATION:Attic")).refused(http.StatusForbidden, "organizer-allowed")
}

// A calendar is shared with so many people, and not with more.
func TestTooManySharees(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	var list []store.NewPrincipal
	for i := range maxSharees + 1 {
		list = append(list, store.NewPrincipal{Kind: store.User, Name: fmt.Sprintf("u%d", i)})
	}
	if _, _, err := s.db.ImportPrincipals(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	var most []string
	for _, p := range list[:maxSharees] {
		most = append(most, setSharee("/dav/principals/user/"+p.Name+"/", "read", ""))
	}
	s.share(work, most...).want(http.StatusOK)
	s.share(work, setSharee("/dav/principals/user/"+list[maxSharees].Name+"/", "read", "")).refused(http.StatusForbidden, "number-of-sharees-within-limits")
	if list := s.sharesOf("work"); len(list) != maxSharees {
		t.Errorf("shared with %d", len(list))
	}
	s.do("ann", "DELETE", work, "").want(http.StatusNoContent)
}

func FuzzSharingRequests(f *testing.F) {
	f.Add(wrap("CS:share", setSharee("mailto:bob@example.com", "read", "x")+removeSharee("/dav/principals/user/bob/")))
	f.Add(wrap("CS:invite-reply", "<CS:invite-accepted/><CS:in-reply-to>x</CS:in-reply-to>"))
	f.Add(wrap("CS:share", "<CS:set><D:href/><CS:read/></CS:set>"))
	f.Fuzz(func(t *testing.T, body string) {
		e, err := dav.ReadXML(strings.NewReader(body), dav.XMLLimits{})
		if err != nil || e == nil {
			return
		}
		if q, err := readShare(e); err == nil {
			if n := len(q.set) + len(q.remove); n == 0 || n > maxSharees {
				t.Errorf("%d people", n)
			}
			for _, s := range q.set {
				if s.href == "" || len(s.summary) > maxSummaryBytes {
					t.Errorf("%+v", s)
				}
			}
		}
		if q, err := readReply(e); err == nil && (q.uid == "" || len(q.summary) > maxSummaryBytes) {
			t.Errorf("%+v", q)
		}
	})
}
