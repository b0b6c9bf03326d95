package caldav

import (
	"net/http"
	"strings"
	"testing"

	"convene/scheduling"
	"convene/store"
	"convene/store/storetest"
)

const (
	bobInbox    = bobHome + "Inbox/"
	setDefault  = "+<C:schedule-default-calendar-URL>%</C:schedule-default-calendar-URL>"
	setEnabled  = `+<CY:scheduling-enabled xmlns:CY="http://cyrusimap.org/ns/">%</CY:scheduling-enabled>`
	askEnabled  = `CY:scheduling-enabled xmlns:CY="http://cyrusimap.org/ns/"`
	onlyTasks   = `<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>`
	defaultName = "schedule-default-calendar-URL"
)

// setProp sets a property of ann's or bob's that stands in change for %; status is what becomes of it.
func (s *server) setProp(who, path, change, value, name, status string) {
	s.t.Helper()
	a := s.do(who, "PROPPATCH", path, update(strings.Replace(change, "%", value, 1)))
	if got := a.only().status(name); got != "HTTP/1.1 "+status {
		s.t.Errorf("%s of %s as %q: %s, want %s\n%s", name, path, value, got, status, a.body)
	}
}

// RFC 6638 sections 4.3 and 9.2: the calendar into which invitations go, and what takes its place when it is gone.
func TestDefaultCalendar(t *testing.T) {
	s := newServer(t)
	wants := func(calendar, tasks string) {
		t.Helper()
		for name, want := range map[string]string{"C:schedule-default-calendar-URL": calendar, "CS:schedule-default-tasks-URL": tasks} {
			if want != "" {
				want = href(annHome + want)
			}
			s.wantProp("ann", annInbox, name, want)
		}
	}
	wants("Default/", "Default/")
	work, tasks := s.makeCalendar("work"), s.makeCalendar("tasks", onlyTasks)
	s.setProp("ann", annInbox, setDefault, href(work), defaultName, "200 OK")
	wants("work/", "work/")
	for _, form := range []string{s.URL + work, " " + work + "\n", strings.TrimSuffix(work, "/"), strings.Replace(work, "/ann/", "/ANN/", 1)} {
		s.setProp("ann", annInbox, setDefault, href(annDefault), defaultName, "200 OK")
		s.setProp("ann", annInbox, setDefault, href(form), defaultName, "200 OK")
		wants("work/", "work/")
	}
	for name, value := range map[string]string{
		"no calendar": annHome + "none/", "a list of tasks": tasks, "the Inbox": annInbox, "the home": annHome, "an object": work + "a.ics", "of another": bobHome + "Default/",
		"elsewhere": "https://other.example.com" + work, "nonsense": "::", "a principal": annPrincipal, "nothing": "",
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			s.setProp("ann", annInbox, setDefault, href(value), defaultName, "403 Forbidden")
			if body := s.do("ann", "PROPPATCH", annInbox, update(strings.Replace(setDefault, "%", href(value), 1))).body; !strings.Contains(body, "<C:valid-schedule-default-calendar-URL/>") {
				t.Errorf("no precondition in\n%s", body)
			}
		})
	}
	wants("work/", "work/")
	s.do("ann", "MOVE", work, "", "Destination: "+annHome+"office/").want(http.StatusCreated)
	wants("office/", "office/") // it is the same calendar under another name
	s.do("ann", "DELETE", annHome+"office/", "").want(http.StatusNoContent)
	wants("Default/", "Default/")
	s.makeCalendar("work")
	wants("Default/", "Default/") // one of the same name is another calendar
	s.do("ann", "DELETE", annDefault, "").want(http.StatusNoContent)
	wants("work/", "tasks/")
	s.do("ann", "DELETE", annHome+"work/", "").refused(http.StatusForbidden, "default-calendar-needed")
	s.makeCalendar("zoo")
	s.setProp("ann", annInbox, setDefault, href(annHome+"zoo/"), defaultName, "200 OK")
	wants("zoo/", "zoo/")
	s.setProp("ann", annInbox, "-<C:schedule-default-calendar-URL/>%", "", defaultName, "200 OK")
	wants("work/", "tasks/")
	s.setProp("ann", annInbox, setDefault, href(annHome+"zoo/"), defaultName, "200 OK")
	s.setProp("ann", annInbox, setDefault, "", defaultName, "200 OK") // the element without a DAV:href
	wants("work/", "tasks/")
	s.setProp("ann", annHome+"work/", setEnabled, "F", "scheduling-enabled", "200 OK")
	wants("zoo/", "tasks/") // what takes no part in scheduling gets no invitations
	s.setProp("ann", annInbox, setDefault, href(annHome+"work/"), defaultName, "403 Forbidden")
	s.setProp("ann", annHome+"zoo/", setEnabled, "F", "scheduling-enabled", "200 OK")
	wants("", "tasks/")
}

// Where invitations go is set on the Inbox alone, by who may write properties there, and is no part of DAV:allprop.
func TestDefaultCalendarRights(t *testing.T) {
	s := newServer(t)
	for _, path := range []string{annDefault, annHome, annHome + "Outbox/"} {
		s.wantProp("ann", path, "C:schedule-default-calendar-URL", "-")
		s.setProp("ann", path, setDefault, href(annDefault), defaultName, "403 Forbidden")
	}
	s.setProp("ann", annInbox, "+<CS:schedule-default-tasks-URL>%</CS:schedule-default-tasks-URL>", href(annDefault), "schedule-default-tasks-URL", "403 Forbidden")
	if body := s.do("ann", "PROPFIND", annInbox, wrap("D:propfind", "<D:allprop/>"), "Depth: 0").want(http.StatusMultiStatus).body; strings.Contains(body, "schedule-default") {
		t.Errorf("DAV:allprop has\n%s", body)
	}
	s.makeCalendar("work")
	set := update(strings.Replace(setDefault, "%", href(annHome+"work/"), 1))
	s.do("bob", "PROPPATCH", annInbox, set).want(http.StatusNotFound)
	s.delegate(annReaders, bobPrincipal)
	s.wantProp("bob", annInbox, "C:schedule-default-calendar-URL", href(annDefault))
	s.do("bob", "PROPPATCH", annInbox, set).refused(http.StatusForbidden, "need-privileges")
	s.delegate(annReaders)
	s.delegate(annWriters, bobPrincipal)
	s.setProp("bob", annInbox, setDefault, href(annHome+"work/"), defaultName, "200 OK")
	s.wantProp("ann", annInbox, "C:schedule-default-calendar-URL", href(annHome+"work/"))
	// Invitations do go there.
	s.do("bob", "PUT", bobHome+"Default/m.ics", strings.NewReplacer("ann@", "bob@", "bob@", "ann@").Replace(planning("m"))).want(http.StatusCreated)
	if got := s.only("ann", annHome+"work/"); !strings.HasSuffix(got, ".ics") {
		t.Error(got)
	}
}

// CY:scheduling-enabled: what is in a calendar without it is nobody else's business, and the DAV header says so.
func TestSchedulingEnabled(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	wants := func(path, want string) {
		t.Helper()
		got, _ := s.do("ann", "PROPFIND", path, propfind(askEnabled), "Depth: 0").only().prop("scheduling-enabled")
		wantEqual(t, path+" scheduling-enabled", got.Text, want)
		announced := strings.Contains(s.do("ann", "OPTIONS", path, "").want(http.StatusOK).header.Get("DAV"), "calendar-auto-schedule")
		wantEqual(t, path+" announced", announced, want != "F")
	}
	wants(work, "T")
	for _, value := range []string{"F", "no", " f\n"} {
		s.setProp("ann", work, setEnabled, "T", "scheduling-enabled", "200 OK")
		wants(work, "T")
		s.setProp("ann", work, setEnabled, value, "scheduling-enabled", "200 OK")
		wants(work, "F")
	}
	s.do("ann", "PUT", work+"m.ics", planning("m")).want(http.StatusCreated)
	if _, ok := s.do("ann", "PROPFIND", work+"m.ics", propfind(askEnabled), "Depth: 0").only().prop("scheduling-enabled"); ok {
		t.Error("an object has the property too")
	}
	a := s.do("ann", "GET", work+"m.ics", "").want(http.StatusOK)
	if a.header.Get("Schedule-Tag") != "" || strings.Contains(a.body, "SCHEDULE-STATUS") {
		t.Errorf("%v\n%s", a.header, a.body)
	}
	if strings.Contains(s.do("bob", "PROPFIND", bobInbox, propfind("D:getetag"), "Depth: 1").want(http.StatusMultiStatus).body, ".ics") {
		t.Error("bob was told")
	}
	wants(annDefault, "T")
	s.setProp("ann", work, `-<CY:scheduling-enabled xmlns:CY="http://cyrusimap.org/ns/">%</CY:scheduling-enabled>`, "", "scheduling-enabled", "200 OK")
	wants(work, "T")
	s.setProp("ann", work, setEnabled, "perhaps", "scheduling-enabled", "403 Forbidden")
	s.setProp("ann", annInbox, setEnabled, "F", "scheduling-enabled", "403 Forbidden")
	made := s.makeCalendar("made", strings.TrimPrefix(strings.Replace(setEnabled, "%", "F", 1), "+"))
	wants(made, "F")
	s.do("ann", "COPY", made, "", "Destination: "+annHome+"copied/").want(http.StatusCreated)
	wants(annHome+"copied/", "F")
}

// A sharee sees that a calendar takes no part, and does not change it.
func TestSchedulingEnabledShared(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read-write")
	s.setProp("bob", mount, setEnabled, "F", "scheduling-enabled", "403 Forbidden")
	s.setProp("ann", work, setEnabled, "F", "scheduling-enabled", "200 OK")
	if got := s.do("bob", "PROPFIND", mount, propfind(askEnabled), "Depth: 0").only().text("scheduling-enabled"); got != "F" {
		t.Errorf("the sharee is told %q", got)
	}
	if strings.Contains(s.do("bob", "OPTIONS", mount, "").want(http.StatusOK).header.Get("DAV"), "auto-schedule") {
		t.Error("scheduling is announced to the sharee")
	}
}

// RFC 6638 section 2: calendar-auto-schedule is announced where scheduling works, and nowhere else.
func TestSchedulingAnnounced(t *testing.T) {
	s := newServer(t)
	check := func(who, path string, want bool) {
		t.Helper()
		wantEqual(t, path+" for "+who, strings.Contains(s.do(who, "OPTIONS", path, "").want(http.StatusOK).header.Get("DAV"), "calendar-auto-schedule"), want)
	}
	s.add(store.Public, "town")
	for _, path := range []string{"/", "/dav/", "/dav/principals/", annPrincipal, "/dav/principals/user/bob/", annPrincipal + "calendar-proxy-read/", "/dav/calendars/", annHome,
		annDefault, annDefault + "none.ics", annInbox, annHome + "Outbox/", "/dav/principals/room/attic/"} {
		check("ann", path, true)
	}
	for _, path := range []string{"/dav/principals/group/staff/", "/dav/principals/public/town/", "/dav/calendars/public/town/"} {
		check("ann", path, false) // without an Inbox and an Outbox
	}
	token := s.publishAs("publish-calendar", annDefault)
	check("", "/dav/published/"+token+"/", false)

	bare := storetest.Open(t, store.Options{URL: storetest.URL(t), Autocreate: []store.NewCollection{{Name: "Default", Kind: store.KindCalendar}}})
	if _, err := bare.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: "ann"}); err != nil {
		t.Fatal(err)
	}
	s = (&server{t: t, db: bare}).with(Options{})
	for _, path := range []string{"/dav/", annPrincipal, annHome, annDefault} {
		check("ann", path, false)
	}
	s = newServer(t)
	s = s.with(Options{Scheduling: scheduling.New(scheduling.Options{DB: s.db, Off: true})})
	for _, path := range []string{"/dav/", annPrincipal, annHome, annDefault, annInbox} {
		check("ann", path, false)
	}
}
