package caldav

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"convene/store"
)

// The whole story between two people, with the requests of Apple's clients (caldav-sharing sections 3 and 5).
func TestSharing(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.do("ann", "PROPPATCH", work, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>Work</D:displayname><A:calendar-color>#112233FF</A:calendar-color>"+
		"<A:calendar-order>7</A:calendar-order></D:prop></D:set>")).want(http.StatusMultiStatus)
	s.do("ann", "PUT", work+"a.ics", event("a", "20261201T100000Z", "TRANSP:OPAQUE", alarmOf("ann"))).want(http.StatusCreated)
	if dav := s.do("ann", "OPTIONS", work, "").want(http.StatusOK).header.Get("DAV"); !strings.Contains(dav, "calendarserver-sharing") {
		t.Errorf("DAV: %s", dav)
	}
	r := s.props("ann", work, "CS:allowed-sharing-modes", "D:resourcetype", "CS:invite")
	if modes, _ := r.prop("allowed-sharing-modes"); !strings.Contains(modes.Inner, "<CS:can-be-shared/>") {
		t.Errorf("modes: %s", modes.Inner)
	}
	if kind, _ := r.prop("resourcetype"); strings.Contains(kind.Inner, "shared") || !strings.Contains(r.status("invite"), "404") {
		t.Errorf("before it is shared: %+v", r)
	}

	// ann invites bob
	s.share(work, setSharee("mailto:BOB@example.com", "read-write", "Work of Ann")).want(http.StatusOK)
	r = s.props("ann", work, "D:resourcetype", "CS:invite")
	if kind, _ := r.prop("resourcetype"); !strings.Contains(kind.Inner, "<CS:shared-owner/>") {
		t.Errorf("resourcetype: %s", kind.Inner)
	}
	want := `<CS:organizer><D:href>mailto:ann@example.com</D:href><CS:common-name>Ann Example</CS:common-name></CS:organizer>` +
		`<CS:user><D:href>mailto:bob@example.com</D:href><CS:common-name>Bob Example</CS:common-name><CS:invite-noresponse/>` +
		`<CS:access><CS:read-write/></CS:access><CS:summary>Work of Ann</CS:summary></CS:user>`
	if invite, _ := r.prop("invite"); invite.Inner != want {
		t.Errorf("invite: %s", invite.Inner)
	}
	s.do("bob", "GET", work+"a.ics", "").want(http.StatusNotFound) // nothing is given before it is accepted

	// bob looks
	principal := "/dav/principals/user/bob/"
	if url, _ := s.props("bob", principal, "CS:notification-URL").prop("notification-URL"); url.Inner != "<D:href>"+bobNotices+"</D:href>" {
		t.Errorf("notification-URL: %s", url.Inner)
	}
	if kind, _ := s.props("bob", bobNotices, "D:resourcetype").prop("resourcetype"); kind.Inner != "<D:collection/><CS:notification/>" {
		t.Errorf("resourcetype: %s", kind.Inner)
	}
	n := s.oneInvite("bob", bobNotices, "noresponse", "read-write")
	i := n.Invite
	if i.Type != "calendar" || i.Href != "mailto:bob@example.com" || i.HostURL != work || i.Organizer != "mailto:ann@example.com" || i.Name != "Ann Example" ||
		i.Summary != "Work of Ann" || len(i.Components) == 0 || i.Components[0].Name != "VEVENT" || n.DTStamp == "" {
		t.Errorf("notification: %+v", n)
	}

	// bob accepts
	all, home := s.replicaOf("bob", bobHome, "infinite"), s.replicaOf("bob", bobHome, "1")
	all.sync(0)
	home.sync(0)
	mount := s.accept("Ann's work")
	if left := s.notices("bob", bobNotices); len(left) != 0 {
		t.Errorf("after the answer there is %+v", left)
	}
	name := strings.TrimPrefix(mount, bobHome)
	wantChanges(t, home.sync(0), "Notifications/", name)
	if got := all.sync(0); !slices.Contains(got, name) || !slices.Contains(got, name+"a.ics") {
		t.Errorf("bob's home reports %v", got)
	}
	replies := s.notices("ann", annNotices)
	if len(replies) != 1 || replies[0].Reply == nil || replies[0].state != "accepted" || replies[0].Reply.InReplyTo != i.UID || replies[0].Reply.HostURL != work ||
		replies[0].Reply.Summary != "Ann's work" || replies[0].kind != "<CS:invite-reply/>" {
		t.Errorf("ann's notifications: %+v", replies)
	}
	s.do("ann", "DELETE", replies[0].href, "").want(http.StatusNoContent)
	if invite, _ := s.props("ann", work, "CS:invite").prop("invite"); stateIn(invite.Inner) != "accepted" {
		t.Errorf("invite: %s", invite.Inner)
	}
}

// What a sharee finds in its home (caldav-sharing sections 5.2 and 5.5).
func TestSharedCalendar(t *testing.T) {
	s := newServer(t)
	s.do("ann", "MKCALENDAR", annHome+"work/", wrap("C:mkcalendar", "<D:set><D:prop><D:displayname>Work</D:displayname><A:calendar-color>#112233FF</A:calendar-color>"+
		"<A:calendar-order>7</A:calendar-order></D:prop></D:set>")).want(http.StatusCreated)
	work := annHome + "work/"
	s.share(work, setSharee("mailto:bob@example.com", "read-write", "Work of Ann")).want(http.StatusOK)
	mount := s.accept("Ann's work")
	r := s.props("bob", mount, "D:resourcetype", "D:displayname", "D:owner", "CS:shared-url", "CS:invite", "C:schedule-calendar-transp", "A:calendar-color",
		"A:calendar-order", "CS:allowed-sharing-modes", "D:current-user-privilege-set", "CS:getctag", "D:sync-token")
	for local, want := range map[string]string{
		"resourcetype": "<D:collection/><C:calendar/><CS:shared/>", "displayname": "Ann&#39;s work", "owner": "<D:href>/dav/principals/user/ann/</D:href>",
		"shared-url": "<D:href>" + work + "</D:href>", "schedule-calendar-transp": "<C:transparent/>", "calendar-color": "#112233FF",
	} {
		if p, _ := r.prop(local); p.Inner != want && p.Text != want && p.Text != strings.ReplaceAll(want, "&#39;", "'") {
			t.Errorf("%s of the shared calendar: %s, want %s", local, p.Inner, want)
		}
	}
	if invite, _ := r.prop("invite"); stateIn(invite.Inner) != "accepted" || !strings.Contains(invite.Inner, "<CS:organizer>") {
		t.Errorf("invite: %s", invite.Inner)
	}
	if privileges, _ := r.prop("current-user-privilege-set"); !strings.Contains(privileges.Inner, "<D:write-content/>") || strings.Contains(privileges.Inner, "<D:share/>") {
		t.Errorf("privileges: %s", privileges.Inner)
	}
	if r.status("allowed-sharing-modes") == "" || !strings.Contains(r.status("calendar-order"), "404") {
		t.Errorf("bob is shown what is ann's: %+v", r)
	}
}

// Name, colour, transparency and the like are each person's own (caldav-sharing section 5.5.3).
func TestSharedProperties(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read")
	s.do("bob", "PROPPATCH", mount, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>Hers</D:displayname><A:calendar-color>#AABBCC</A:calendar-color>"+
		"<C:calendar-description>of bob</C:calendar-description><C:schedule-calendar-transp><C:opaque/></C:schedule-calendar-transp>"+
		`<own xmlns="urn:x">bob's</own></D:prop></D:set>`)).want(http.StatusMultiStatus)
	s.do("ann", "PROPPATCH", work, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>Mine</D:displayname><A:calendar-color>#000000</A:calendar-color>"+
		`<C:calendar-description>of ann</C:calendar-description><own xmlns="urn:x">ann's</own><C:default-alarm-vevent-date>`+alarmOf("ann")+
		"</C:default-alarm-vevent-date></D:prop></D:set>")).want(http.StatusMultiStatus)
	names := []string{"D:displayname", "A:calendar-color", "C:calendar-description", "C:schedule-calendar-transp", "C:default-alarm-vevent-date", `own xmlns="urn:x"`}
	want := func(who, path string, values ...string) {
		t.Helper()
		r := s.props(who, path, names...)
		for i, local := range []string{"displayname", "calendar-color", "calendar-description", "schedule-calendar-transp", "default-alarm-vevent-date", "own"} {
			if p, _ := r.prop(local); strings.ReplaceAll(p.Inner, "\r", "&#13;") != values[i] {
				t.Errorf("%s of %s: %q, want %q", local, path, p.Inner, values[i])
			}
		}
	}
	want("bob", mount, "Hers", "#AABBCC", "of bob", "<C:opaque/>", "", "bob's")
	want("ann", work, "Mine", "#000000", "of ann", "<C:opaque/>", strings.ReplaceAll(alarmOf("ann"), "\r", "&#13;"), "ann's")
	m := s.do("bob", "PROPPATCH", mount, wrap("D:propertyupdate", "<D:set><D:prop><C:calendar-timezone>x</C:calendar-timezone></D:prop></D:set>")).multistatus()
	if got := m.Responses[0].status("calendar-timezone"); !strings.Contains(got, "403") {
		t.Errorf("the time zone is ann's: %s", got)
	}
	s.do("bob", "PROPPATCH", mount, wrap("D:propertyupdate", "<D:remove><D:prop><A:calendar-color/></D:prop></D:remove>")).want(http.StatusMultiStatus)
	if color, _ := s.props("bob", mount, "A:calendar-color").prop("calendar-color"); color.Text != "#000000" {
		t.Errorf("without a colour of one's own: %s", color.Text)
	}
}

// Alarms and transparency are each person's own, the rest is everybody's (caldav-sharing section 5.5.4).
func TestSharedData(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read-write")
	annAll, bobAll, bobHomeAll := s.replicaOf("ann", work, "1"), s.replicaOf("bob", mount, "1"), s.replicaOf("bob", bobHome, "infinite")
	for _, r := range []*replica{annAll, bobAll, bobHomeAll} {
		r.sync(0)
	}
	has := func(who, path string, yes []string, no ...string) {
		t.Helper()
		body := s.do(who, "GET", path, "").want(http.StatusOK).body
		for _, text := range yes {
			if !strings.Contains(body, text) {
				t.Errorf("%s does not see %q in\n%s", who, text, body)
			}
		}
		for _, text := range no {
			if strings.Contains(body, text) {
				t.Errorf("%s sees %q in\n%s", who, text, body)
			}
		}
	}
	has("ann", work+"a.ics", []string{"alarm of ann", "TRANSP:TRANSPARENT"})
	has("bob", mount+"a.ics", []string{"SUMMARY:Event a"}, "VALARM")

	// bob sets an alarm: nothing changes for ann
	before := s.do("ann", "GET", work+"a.ics", "").want(http.StatusOK)
	etag := s.do("bob", "GET", mount+"a.ics", "").header.Get("ETag")
	s.do("bob", "PUT", mount+"a.ics", event("a", "20261201T100000Z", "TRANSP:OPAQUE", alarmOf("bob")), "If-Match: "+etag).want(http.StatusNoContent)
	s.do("bob", "PUT", mount+"a.ics", event("a", "20261201T100000Z"), "If-Match: "+etag).want(http.StatusPreconditionFailed)
	after := s.do("ann", "GET", work+"a.ics", "").want(http.StatusOK)
	if before.body != after.body || before.header.Get("ETag") != after.header.Get("ETag") {
		t.Errorf("bob's alarm changed what ann has from\n%s\nto\n%s", before.body, after.body)
	}
	has("bob", mount+"a.ics", []string{"alarm of bob", "TRANSP:OPAQUE"}, "alarm of ann")
	wantChanges(t, annAll.sync(0))
	wantChanges(t, bobAll.sync(0), "a.ics")
	name := strings.TrimPrefix(mount, bobHome)
	wantChanges(t, objectsOf(bobHomeAll.sync(0)), name+"a.ics")

	// bob changes the event, then ann does: each keeps its alarms
	s.do("bob", "PUT", mount+"a.ics", event("a", "20261202T100000Z", "LOCATION:Attic", alarmOf("bob"))).want(http.StatusNoContent)
	has("ann", work+"a.ics", []string{"LOCATION:Attic", "20261202T100000Z", "alarm of ann", "TRANSP:TRANSPARENT"}, "alarm of bob")
	s.do("ann", "PUT", work+"a.ics", event("a", "20261203T100000Z", "LOCATION:Cellar", alarmOf("ann"))).want(http.StatusNoContent)
	has("bob", mount+"a.ics", []string{"LOCATION:Cellar", "20261203T100000Z", "alarm of bob"}, "alarm of ann")
	wantChanges(t, annAll.sync(0), "a.ics")
	wantChanges(t, bobAll.sync(0), "a.ics")
	wantChanges(t, objectsOf(bobHomeAll.sync(0)), name+"a.ics")

	// each makes something new, and removes what the other made
	s.do("bob", "PUT", mount+"b.ics", event("b", "20261204T100000Z", alarmOf("bob")), "If-None-Match: *").want(http.StatusCreated)
	s.do("ann", "PUT", work+"c.ics", event("c", "20261204T100000Z", alarmOf("ann"))).want(http.StatusCreated)
	has("ann", work+"b.ics", []string{"UID:b"}, "VALARM")
	has("bob", mount+"b.ics", []string{"alarm of bob"})
	wantChanges(t, annAll.sync(0), "b.ics", "c.ics")
	wantChanges(t, bobAll.sync(0), "b.ics", "c.ics")
	s.do("ann", "DELETE", work+"b.ics", "").want(http.StatusNoContent)
	s.do("bob", "DELETE", mount+"c.ics", "").want(http.StatusNoContent)
	wantChanges(t, annAll.sync(0), "-b.ics", "-c.ics")
	wantChanges(t, bobAll.sync(0), "-b.ics", "-c.ics")
	bobHomeAll.sync(0)

	// another object of the old name has none of bob's
	s.do("ann", "PUT", work+"b.ics", event("b", "20261204T100000Z")).want(http.StatusCreated)
	has("bob", mount+"b.ics", []string{"UID:b"}, "VALARM")
	s.do("bob", "MOVE", mount+"a.ics", "", "Destination: "+mount+"z.ics").want(http.StatusCreated)
	has("ann", work+"z.ics", []string{"alarm of ann"}, "alarm of bob")
	has("bob", mount+"z.ics", []string{"alarm of bob"}, "alarm of ann")
	s.do("bob", "MOVE", mount+"z.ics", "", "Destination: "+bobHome+"Default/z.ics").refused(http.StatusForbidden, "")
	s.do("bob", "COPY", mount+"z.ics", "", "Destination: "+bobHome+"Default/z.ics").want(http.StatusCreated)
	has("bob", bobHome+"Default/z.ics", []string{"alarm of bob", "LOCATION:Cellar"}, "alarm of ann")
	s.do("bob", "POST", mount, event("posted", "20261204T100000Z", alarmOf("bob"))).want(http.StatusCreated)
	for _, r := range []*replica{annAll, bobAll, bobHomeAll} {
		r.sync(1)
	}
}

// Who may only read a shared calendar has alarms of its own nevertheless (caldav-sharing section 6, CS:read).
func TestSharedReadOnly(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read")
	before := s.do("ann", "GET", work+"a.ics", "").body
	s.do("bob", "PUT", mount+"a.ics", event("a", "20261201T100000Z", alarmOf("bob"))).want(http.StatusNoContent)
	if got := s.do("bob", "GET", mount+"a.ics", "").body; !strings.Contains(got, "alarm of bob") || strings.Contains(got, "alarm of ann") {
		t.Errorf("bob gets\n%s", got)
	}
	s.do("bob", "PUT", mount+"a.ics", event("a", "20261205T100000Z", alarmOf("bob"))).refused(http.StatusForbidden, "need-privileges")
	s.do("bob", "PUT", mount+"b.ics", event("b", "20261205T100000Z")).refused(http.StatusForbidden, "need-privileges")
	s.do("bob", "DELETE", mount+"a.ics", "").refused(http.StatusForbidden, "need-privileges")
	s.do("bob", "POST", mount, event("b", "20261205T100000Z")).refused(http.StatusForbidden, "need-privileges")
	s.do("bob", "MOVE", mount+"a.ics", "", "Destination: "+mount+"b.ics").refused(http.StatusForbidden, "need-privileges")
	s.do("bob", "PROPPATCH", mount+"a.ics", wrap("D:propertyupdate", `<D:set><D:prop><x xmlns="urn:x">y</x></D:prop></D:set>`)).refused(http.StatusForbidden, "need-privileges")
	s.do("bob", "POST", mount, wrap("CS:share", setSharee("mailto:root@example.com", "read", ""))).refused(http.StatusForbidden, "need-privileges")
	if got := s.do("ann", "GET", work+"a.ics", "").body; got != before {
		t.Errorf("ann's event became\n%s", got)
	}
	privileges, _ := s.props("bob", mount, "D:current-user-privilege-set").prop("current-user-privilege-set")
	if strings.Contains(privileges.Inner, "<D:write-content/>") || !strings.Contains(privileges.Inner, "<D:write-properties/>") {
		t.Errorf("privileges: %s", privileges.Inner)
	}

	// ann gives more, then less
	s.share(work, setSharee("mailto:bob@example.com", "read-write", "")).want(http.StatusOK)
	s.oneInvite("bob", bobNotices, "accepted", "read-write")
	s.do("bob", "PUT", mount+"b.ics", event("b", "20261205T100000Z")).want(http.StatusCreated)
	s.share(work, removeSharee("mailto:bob@example.com"), setSharee("/dav/principals/user/bob/", "read", "")).want(http.StatusOK)
	s.oneInvite("bob", bobNotices, "accepted", "read")
	s.do("bob", "PUT", mount+"c.ics", event("c", "20261205T100000Z")).refused(http.StatusForbidden, "need-privileges")
	if list := s.sharesOf("work"); len(list) != 1 || list[0].State != store.ShareAccepted || list[0].Writes {
		t.Errorf("shares: %+v", list)
	}
}
