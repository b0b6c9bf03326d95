package caldav

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"convene/acl"
	"convene/store"
)

// add makes a principal.
func (s *server) add(kind store.PrincipalKind, name string) *store.Principal {
	s.t.Helper()
	p, err := s.db.CreatePrincipal(s.t.Context(), store.NewPrincipal{Kind: kind, Name: name})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// entry puts an entry into the list of a collection of any principal.
func (s *server) entry(owner, name, who, letters string) {
	s.t.Helper()
	p, err := s.db.PrincipalByName(s.t.Context(), owner)
	if err != nil {
		s.t.Fatal(err)
	}
	e, err := acl.ParseEntry(who, letters)
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = store.InTx(s.t.Context(), s.db, []store.PrincipalID{p.ID}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
		c := tx.Home(p.ID).Root
		if name != "" {
			c = tx.Home(p.ID).Collection(name)
		}
		props := c.Properties
		props.Rights = props.Rights.With(e)
		return tx.SetProperties(ctx, c, props)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

const (
	staffHome = "/dav/calendars/group/staff/"
	cityHome  = "/dav/calendars/public/city/"
)

// The calendars of a group belong to its members together: they read and write there, also by way of groups in the group. Others see
// when it is busy. Its rights are changed by administrators.
func TestGroupCalendars(t *testing.T) {
	s := newOffice(t)
	s.add(store.User, "carl")
	const team, teamEvent = staffHome + "team/", staffHome + "team/a.ics"
	s.do("bob", "MKCALENDAR", team, "").want(http.StatusCreated)
	s.do("ann", "PUT", teamEvent, event("a", "20261201T100000Z")).want(http.StatusCreated)
	s.do("bob", "PUT", staffHome+"Default/b.ics", event("b", "20261201T120000Z")).want(http.StatusCreated)
	s.wantProp("bob", team, "D:owner", href(staffPrincipal))
	s.wantProp("bob", team, "D:group", href(staffPrincipal))
	for _, who := range []string{"ann", "bob", "root"} {
		s.do(who, "GET", teamEvent, "").want(http.StatusOK)
		s.do(who, "PROPPATCH", team, update("+<D:displayname>Team</D:displayname>")).want(http.StatusMultiStatus)
		s.do(who, "REPORT", staffHome, filterFor("")).wantFound("a.ics", "b.ics")
		s.do(who, "PROPFIND", "/dav/calendars/group/", propfind("D:resourcetype"), "Depth: 1").
			wantHrefs("/dav/calendars/group/", "/dav/calendars/group/all/", staffHome)
	}
	s.do("ann", "DELETE", teamEvent, "").want(http.StatusNoContent)
	s.do("bob", "PUT", teamEvent, event("a", "20261201T100000Z", "CLASS:PRIVATE")).want(http.StatusCreated)
	if body := s.do("ann", "GET", teamEvent, "").want(http.StatusOK).body; !strings.Contains(body, "SUMMARY:Busy") {
		t.Errorf("what is private is nobody's:\n%s", body)
	}
	s.do("carl", "PROPFIND", "/dav/calendars/group/", propfind("D:resourcetype"), "Depth: 1").wantHrefs("/dav/calendars/group/")
	s.do("carl", "PROPFIND", team, "", "Depth: 0").want(http.StatusNotFound)
	s.do("carl", "GET", teamEvent, "").want(http.StatusNotFound)
	s.do("carl", "PUT", teamEvent, event("a", "20261201T100000Z")).want(http.StatusNotFound)
	s.do("carl", "REPORT", team, freeBusy("20261201T000000Z/20261202T000000Z")).wantBusy("BUSY 20261201T100000Z/20261201T110000Z")
	s.do("", "PROPFIND", "/dav/calendars/group/", "", "Depth: 1").want(http.StatusUnauthorized)
	list := wrap("D:acl", `<D:ace><D:principal><D:all/></D:principal><D:grant><D:privilege><D:read/></D:privilege></D:grant></D:ace>`)
	s.do("bob", "ACL", team, list).refused(http.StatusForbidden, "need-privileges")
	s.do("root", "ACL", team, list).want(http.StatusOK)
	s.do("carl", "GET", teamEvent, "").want(http.StatusOK)
	// It ends with the membership.
	staff, _ := s.db.PrincipalByName(t.Context(), "staff")
	bob, _ := s.db.PrincipalByName(t.Context(), "bob")
	if err := s.db.RemoveMember(t.Context(), staff.ID, bob.ID); err != nil {
		t.Fatal(err)
	}
	s.do("bob", "GET", staffHome+"Default/b.ics", "").want(http.StatusNotFound)
	s.do("bob", "PROPFIND", "/dav/calendars/group/", propfind("D:resourcetype"), "Depth: 1").wantHrefs("/dav/calendars/group/")
}

// Public calendars are everybody's to read, without an account too. Who writes in them, and who may say so, is up to their rights.
func TestPublicCalendars(t *testing.T) {
	s := newOffice(t)
	s.add(store.Public, "city")
	const feast = cityHome + "Default/feast.ics"
	public := "/dav/calendars/public/"
	s.do("root", "PUT", feast, event("feast", "20261201T100000Z")).want(http.StatusCreated)
	for _, who := range []string{"", "bob"} {
		s.do(who, "PROPFIND", public, propfind("D:resourcetype"), "Depth: 1").wantHrefs(public, cityHome)
		s.do(who, "PROPFIND", cityHome, propfind("D:displayname"), "Depth: 1").wantHrefs(cityHome, cityHome+"Default/")
		s.do(who, "PROPFIND", cityHome+"Default/", propfind("D:getetag"), "Depth: 1").wantHrefs(cityHome+"Default/", feast)
		s.do(who, "GET", feast, "").want(http.StatusOK)
		s.do(who, "GET", cityHome+"Default/?export", "").want(http.StatusOK)
		s.do(who, "REPORT", cityHome+"Default/", filterFor(""), "Depth: 1").wantFound("feast.ics")
		s.do(who, "REPORT", cityHome+"Default/", multigetFor(feast)).wantFound("feast.ics")
		s.do(who, "REPORT", cityHome+"Default/", syncFor("", "1", 0)).wantFound("feast.ics")
		s.do(who, "REPORT", cityHome, freeBusy("20261201T000000Z/20261202T000000Z")).wantBusy("BUSY 20261201T100000Z/20261201T110000Z")
		s.do(who, "OPTIONS", feast, "").want(http.StatusOK)
		s.wantProp(who, feast, "D:current-user-privilege-set", privileges("D:read", "D:read-current-user-privilege-set", "C:read-free-busy"))
	}
	for method, path := range map[string]string{"PUT": feast, "DELETE": feast, "MKCALENDAR": cityHome + "new/", "PROPPATCH": cityHome, "ACL": cityHome} {
		s.do("", method, path, event("feast", "20261202T100000Z")).want(http.StatusUnauthorized)
		s.do("bob", method, path, event("feast", "20261202T100000Z")).refused(http.StatusForbidden, "need-privileges")
	}
	// Of all others who has no account learns nothing.
	for _, path := range []string{"/dav/", "/dav/calendars/", "/dav/calendars/user/", "/dav/principals/", "/dav/principals/public/", "/dav/principals/public/city/", annHome, annDefault} {
		s.do("", "PROPFIND", path, propfind("D:displayname"), "Depth: 0").want(http.StatusUnauthorized)
	}
	search := wrap("D:principal-property-search", "<D:property-search><D:prop><D:displayname/></D:prop><D:match>a</D:match></D:property-search><D:prop><D:displayname/></D:prop>")
	for _, body := range []string{
		search, wrap("CS:calendarserver-principal-search", "<CS:search-token>a</CS:search-token><D:prop><D:displayname/></D:prop>"),
		wrap("D:principal-match", "<D:self/>"), wrap("D:acl-principal-prop-set", "<D:prop><D:displayname/></D:prop>"), wrap("D:principal-search-property-set", ""),
	} {
		s.do("", "REPORT", cityHome+"Default/", body).want(http.StatusUnauthorized)
	}
	if body := s.do("", "REPORT", cityHome+"Default/", wrap("D:expand-property", `<D:property name="owner"><D:property name="displayname"/></D:property>`)).
		want(http.StatusMultiStatus).body; !strings.Contains(body, " 401 ") {
		t.Errorf("got\n%s", body)
	}
	// Editors and administrators of its own.
	s.entry("city", "Default", "group:staff", "lrwipktn9")
	s.entry("city", "", "bob", "lrwipkxtan9")
	s.do("ann", "PUT", feast, event("feast", "20261202T100000Z")).want(http.StatusNoContent)
	s.do("bob", "MKCALENDAR", cityHome+"waste/", "").want(http.StatusCreated)
	s.do("ann", "ACL", cityHome, wrap("D:acl", "")).want(http.StatusForbidden)
	s.do("bob", "ACL", cityHome, wrap("D:acl", `<D:ace><D:principal>`+href(bobPrincipal)+`</D:principal><D:grant><D:privilege><D:all/></D:privilege></D:grant></D:ace>`)).want(http.StatusOK)
	s.do("", "PROPFIND", public, propfind("D:resourcetype"), "Depth: 1").wantHrefs(public)
	s.do("ann", "PROPFIND", public, propfind("D:resourcetype"), "Depth: 1").wantHrefs(public)
	s.do("bob", "PROPFIND", public, propfind("D:resourcetype"), "Depth: 1").wantHrefs(public, cityHome)
	s.do("", "PROPFIND", cityHome, "", "Depth: 0").want(http.StatusUnauthorized)
	s.do("", "GET", feast, "").want(http.StatusOK) // its own list stands
}

// privileges is a DAV:current-user-privilege-set.
func privileges(names ...string) string {
	var b strings.Builder
	for _, n := range names {
		b.WriteString("<D:privilege><" + n + "/></D:privilege>")
	}
	return b.String()
}

// By Options.ListGranted clients find the calendars of others by CALDAV:calendar-home-set; the list of homes is the same in any case.
func TestListGranted(t *testing.T) {
	s := newOffice(t)
	s.add(store.Public, "city")
	s.do("ann", "PROPFIND", staffHome, "", "Depth: 0").want(http.StatusMultiStatus) // makes the home
	s.entry("ann", "Default", "bob", "lr")
	s.entry("attic", "Default", "group:all", "lr")
	users := "/dav/calendars/user/"
	homes := func(s *server, who string) []string {
		t.Helper()
		p, _ := s.do(who, "PROPFIND", bobPrincipal, propfind("C:calendar-home-set"), "Depth: 0").only().prop("calendar-home-set")
		found := strings.Split(strings.TrimSuffix(strings.ReplaceAll(p.Inner, "<D:href>", ""), "</D:href>"), "</D:href>")
		slices.Sort(found)
		return found
	}
	const bobHome = "/dav/calendars/user/bob/"
	if got, want := homes(s, "bob"), []string{bobHome}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	s.do("bob", "PROPFIND", users, propfind("D:resourcetype"), "Depth: 1").wantHrefs(users, bobHome)
	granted := s.with(Options{ListGranted: true})
	if got, want := homes(granted, "bob"), []string{staffHome, "/dav/calendars/room/attic/", annHome, bobHome}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := homes(granted, "ann"), []string{bobHome}; !slices.Equal(got, want) {
		t.Errorf("what others gave bob is told to ann: %v, want %v", got, want)
	}
	granted.do("bob", "PROPFIND", users, propfind("D:resourcetype"), "Depth: 1").wantHrefs(users, annHome, bobHome)
	granted.do("bob", "PROPFIND", annHome, propfind("D:resourcetype"), "Depth: 1").wantHrefs(annHome, annHome+"Attachments/", annDefault)
	granted.do("bob", "PROPFIND", "/dav/calendars/room/", propfind("D:resourcetype"), "Depth: 1").wantHrefs("/dav/calendars/room/", "/dav/calendars/room/attic/")
	// A delegate finds the whole home.
	s.delegate(annReaders, bobPrincipal)
	s.do("bob", "PROPFIND", users, propfind("D:resourcetype"), "Depth: 1").wantHrefs(users, annHome, bobHome)
}
