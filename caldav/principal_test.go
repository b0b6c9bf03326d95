package caldav

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/store"
)

// newOffice is a server where ann and bob are in staff, and staff is in all.
func newOffice(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	for _, p := range []store.NewPrincipal{
		{Kind: store.Group, Name: "all", DisplayName: "Everybody", Addresses: []string{"mailto:all@example.com"}},
		{Kind: store.Resource, Name: "beamer", Addresses: []string{"urn:uuid:beamer"}},
	} {
		if _, err := s.db.CreatePrincipal(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	for _, m := range []struct{ group, member string }{{"staff", "ann"}, {"staff", "bob"}, {"all", "staff"}} {
		group, err := s.db.PrincipalByName(t.Context(), m.group)
		if err != nil {
			t.Fatal(err)
		}
		member, err := s.db.PrincipalByName(t.Context(), m.member)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.db.AddMember(t.Context(), group.ID, member.ID); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func href(paths ...string) string {
	var b strings.Builder
	for _, p := range paths {
		b.WriteString("<D:href>" + p + "</D:href>")
	}
	return b.String()
}

// The properties of RFC 3744 section 4, RFC 4791 section 6.2, RFC 6638 section 2.4 and CalendarServer.
func TestPrincipalProperties(t *testing.T) {
	s := newOffice(t)
	const bob, staff, all, attic, beamer = "/dav/principals/user/bob/", "/dav/principals/group/staff/", "/dav/principals/group/all/", "/dav/principals/room/attic/", "/dav/principals/resource/beamer/"
	for _, test := range []struct{ path, prop, want string }{
		{annPrincipal, "D:principal-URL", href(annPrincipal)},
		{annPrincipal, "D:displayname", "Ann Example"},
		{annPrincipal, "D:alternate-URI-set", href("mailto:ann@example.com", "mailto:a.example@example.com")},
		{annPrincipal, "D:group-member-set", ""},
		{annPrincipal, "D:group-membership", href(staff)}, // direct ones only
		{annPrincipal, "D:owner", href(annPrincipal)},
		{annPrincipal, "C:calendar-home-set", href(annHome)},
		{annPrincipal, "C:calendar-user-address-set", `<D:href preferred="1">mailto:ann@example.com</D:href>` + href("mailto:a.example@example.com", annPrincipal)},
		{annPrincipal, "C:calendar-user-type", "INDIVIDUAL"},
		{annPrincipal, "CS:email-address-set", "<CS:email-address>ann@example.com</CS:email-address><CS:email-address>a.example@example.com</CS:email-address>"},
		{annPrincipal, "D:current-user-principal", href(annPrincipal)},
		{annPrincipal, "D:principal-collection-set", href("/dav/principals/")},
		{annPrincipal, "D:resourcetype", "<D:collection/><D:principal/>"},
		{annPrincipal, "D:getetag", "-"},
		{annPrincipal, "C:supported-calendar-data", "-"},
		{annPrincipal, "D:sync-token", "-"},
		{bob, "D:current-user-principal", href(annPrincipal)}, // it is ann who asks
		{bob, "D:principal-URL", href(bob)},
		{bob, "C:calendar-home-set", href("/dav/calendars/user/bob/")},
		{staff, "D:group-member-set", href(annPrincipal, bob)},
		{staff, "D:group-membership", href(all)},
		{staff, "C:calendar-user-type", "GROUP"},
		{staff, "D:displayname", "All Staff"},
		{all, "D:group-member-set", href(staff)},
		{all, "D:group-membership", ""},
		{attic, "C:calendar-user-type", "ROOM"},
		{attic, "C:calendar-home-set", href("/dav/calendars/room/attic/")},
		{beamer, "C:calendar-user-type", "RESOURCE"},
		{beamer, "D:displayname", "beamer"}, // nobody gave it another
		{beamer, "D:alternate-URI-set", href("urn:uuid:beamer")},
		{beamer, "CS:email-address-set", ""},
		{"/dav/principals/", "D:principal-collection-set", href("/dav/principals/")},
		{"/dav/principals/", "D:principal-URL", "-"},
		{"/dav/principals/user/", "C:calendar-home-set", "-"},
		{annHome, "D:owner", href(annPrincipal)},
		{annHome, "D:principal-URL", "-"},
	} {
		_, local, _ := strings.Cut(test.prop, ":")
		wantEqual(t, test.path+" "+test.prop, s.get(test.path, test.prop).inner(local), test.want)
	}
	for path, kind := range map[string]string{"ANN": annPrincipal, "%61nn": annPrincipal, "Ann": annPrincipal} { // names have no case
		s.do("ann", "PROPFIND", "/dav/principals/user/"+path+"/", propfind("D:principal-URL"), "Depth: 0").wantHrefs(kind)
	}
	a := s.get(annPrincipal, "D:current-user-privilege-set").inner("current-user-privilege-set")
	if !strings.Contains(a, "<D:read/>") || strings.Contains(a, "write") {
		t.Errorf("privileges on her own principal: %s", a)
	}
	a = s.get(annDefault, "D:current-user-privilege-set").inner("current-user-privilege-set")
	for _, p := range []string{"D:all", "D:read", "D:write", "D:write-properties", "D:write-content", "D:bind", "D:unbind", "D:read-current-user-privilege-set", "C:read-free-busy"} {
		if !strings.Contains(a, "<D:privilege><"+p+"/></D:privilege>") {
			t.Errorf("no %s on her own calendar: %s", p, a)
		}
	}
}

// propertySearch is a DAV:principal-property-search; each condition is "property name=text", with "&" between properties of one.
func propertySearch(attributes string, more string, conditions ...string) string {
	var b strings.Builder
	for _, c := range conditions {
		names, text, _ := strings.Cut(c, "=")
		how := ""
		if text, how, _ = strings.Cut(text, "|"); how != "" {
			how = ` match-type="` + how + `"`
		}
		b.WriteString("<D:property-search><D:prop>")
		for n := range strings.SplitSeq(names, "&") {
			b.WriteString("<" + n + "/>")
		}
		b.WriteString("</D:prop><D:match" + how + ">" + text + "</D:match></D:property-search>")
	}
	body := wrap("D:principal-property-search", b.String()+"<D:prop><D:displayname/><D:none/></D:prop>"+more)
	return strings.Replace(body, "<D:principal-property-search ", "<D:principal-property-search "+attributes+" ", 1)
}

// DAV:principal-property-search (RFC 3744 section 9.4), with CalendarServer's test, type and match-type.
func TestPrincipalPropertySearch(t *testing.T) {
	s := newOffice(t)
	const everywhere = "/dav/principals/"
	user := func(names ...string) []string {
		hrefs := []string{}
		for _, n := range names {
			hrefs = append(hrefs, "/dav/principals/user/"+n+"/")
		}
		return hrefs
	}
	groups := func(names ...string) []string {
		hrefs := []string{}
		for _, n := range names {
			hrefs = append(hrefs, "/dav/principals/group/"+n+"/")
		}
		return hrefs
	}
	for _, test := range []struct {
		name, path, body string
		want             []string
	}{
		{"by display name", everywhere, propertySearch("", "", "D:displayname=ann ex"), user("ann")},
		{"in any case, with blanks around", everywhere, propertySearch("", "", "D:displayname=  EXAMPLE\n"), user("ann", "bob")},
		{"by name where there is no other", everywhere, propertySearch("", "", "D:displayname=root"), user("root")},
		{"by address", everywhere, propertySearch("", "", "C:calendar-user-address-set=mailto:bob@"), user("bob")},
		{"by a second address", everywhere, propertySearch("", "", "C:calendar-user-address-set=a.example"), user("ann")},
		{"by e-mail address", everywhere, propertySearch("", "", "CS:email-address-set=staff@example"), groups("staff")},
		{"all conditions", everywhere, propertySearch("", "", "D:displayname=example", "CS:email-address-set=bob"), user("bob")},
		{"all conditions, none fits", everywhere, propertySearch("", "", "D:displayname=ann", "CS:email-address-set=bob"), nil},
		{"any condition", everywhere, propertySearch(`test="anyof"`, "", "D:displayname=ann", "CS:email-address-set=bob"), user("ann", "bob")},
		{"two properties of one search", everywhere, propertySearch("", "", "D:displayname&CS:email-address-set=bob"), user("bob")},
		{"two properties, one fits", everywhere, propertySearch("", "", "D:displayname&CS:email-address-set=bob@"), nil},
		{"two properties, any", everywhere, propertySearch(`test="anyof"`, "", "D:displayname&CS:email-address-set=bob@"), user("bob")},
		{"no match", everywhere, propertySearch("", "", "D:displayname=zzz"), nil},
		{"what looks like a pattern", everywhere, propertySearch("", "", "D:displayname=%"), nil},
		{"what looks like another pattern", everywhere, propertySearch("", "", "D:displayname=A_n"), nil},
		{"a property that cannot be searched", everywhere, propertySearch("", "", "D:owner=ann"), nil},
		{"one that cannot and one that can", everywhere, propertySearch("", "", "D:owner&D:displayname=ann"), nil},
		{"one that cannot or one that can", everywhere, propertySearch(`test="anyof"`, "", "D:owner=x", "D:displayname=ann"), user("ann")},
		{"starts-with", everywhere, propertySearch("", "", "D:displayname=example|starts-with"), nil},
		{"starts-with, fits", everywhere, propertySearch("", "", "D:displayname=Ann|starts-with"), user("ann")},
		{"ends-with", everywhere, propertySearch("", "", "D:displayname=Staff|ends-with"), groups("staff")},
		{"equals", everywhere, propertySearch("", "", "CS:email-address-set=ann@example.com|equals"), user("ann")},
		{"contains", everywhere, propertySearch("", "", "D:displayname=xampl|contains"), user("ann", "bob")},
		{"below a kind", "/dav/principals/group/", propertySearch("", "", "CS:email-address-set=example.com"), groups("all", "staff")},
		{"of a type", everywhere, propertySearch(`type="ROOM"`, "", "CS:email-address-set=example.com"), []string{"/dav/principals/room/attic/"}},
		{"the whole set from a kind", "/dav/principals/group/", propertySearch("", "<D:apply-to-principal-collection-set/>", "D:displayname=ann"), user("ann")},
		{"from the root", "/dav/", propertySearch("", "", "D:displayname=ann"), user("ann")},
		{"from /", "/", propertySearch("", "", "D:displayname=ann"), user("ann")},
		{"from her home", annHome, propertySearch("", "<D:apply-to-principal-collection-set/>", "D:displayname=ann"), user("ann")},
		{"from a principal", annPrincipal, propertySearch("", "<D:apply-to-principal-collection-set/>", "D:displayname=bob"), user("bob")},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			m := s.do("ann", "REPORT", test.path, test.body, "Depth: 0").wantHrefs(test.want...).multistatus()
			for i := range m.Responses {
				if m.Responses[i].text("displayname") == "-" || m.Responses[i].status("none") == "" {
					t.Errorf("got %+v", m.Responses[i])
				}
			}
		})
	}
	ok := propertySearch("", "", "D:displayname=ann")
	s.do("ann", "REPORT", everywhere, ok).wantHrefs(user("ann")...)                             // RFC 3253 section 3.6: no Depth is 0
	s.do("ann", "REPORT", everywhere, ok, "Depth: infinity").refused(http.StatusBadRequest, "") // RFC 3744 section 9.4
	s.do("ann", "REPORT", everywhere, ok, "Prefer: return=minimal").wantHrefs(user("ann")...)
	many := make([]string, 100)
	for i := range many {
		many[i] = "D:displayname=a"
	}
	for name, body := range map[string]string{
		"no conditions":  propertySearch("", ""),
		"no match":       wrap("D:principal-property-search", "<D:property-search><D:prop><D:displayname/></D:prop></D:property-search>"),
		"no prop":        wrap("D:principal-property-search", "<D:property-search><D:match>x</D:match></D:property-search>"),
		"no property":    wrap("D:principal-property-search", "<D:property-search><D:prop/><D:match>x</D:match></D:property-search>"),
		"too many":       propertySearch("", "", many...),
		"not a property": wrap("D:principal-property-search", "<D:match>x</D:match>"),
	} {
		t.Run(name, func(t *testing.T) {
			s.in(t).do("ann", "REPORT", everywhere, body, "Depth: 0").refused(http.StatusBadRequest, "")
		})
	}
}

// More principals than are sent: the answer says so (DAV:number-of-matches-within-limits).
func TestPrincipalSearchIsBounded(t *testing.T) {
	s := newServer(t)
	var list []store.NewPrincipal
	for i := range maxPrincipals + 1 {
		list = append(list, store.NewPrincipal{Kind: store.User, Name: fmt.Sprintf("clone%03d", i), Addresses: []string{fmt.Sprintf("mailto:clone%d@example.com", i)}})
	}
	if _, _, err := s.db.ImportPrincipals(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	a := s.do("ann", "REPORT", "/dav/principals/", propertySearch("", "", "D:displayname=clone"), "Depth: 0")
	m := a.multistatus()
	wantEqual(t, "responses", len(m.Responses), maxPrincipals+1)
	last := m.response("/dav/principals/")
	if last == nil || !strings.Contains(last.Status, " 507 ") || !strings.Contains(a.body, "number-of-matches-within-limits") {
		t.Errorf("the answer does not say that there are more: %+v", last)
	}
	m = s.do("ann", "REPORT", "/dav/principals/", propertySearch("", "", "D:displayname=clone0"), "Depth: 0").multistatus()
	wantEqual(t, "responses", len(m.Responses), 100)
}

// CalendarServer's search by words, which must all be somewhere in name or addresses.
func TestCalendarServerPrincipalSearch(t *testing.T) {
	s := newOffice(t)
	const bob, staff, all, attic = "/dav/principals/user/bob/", "/dav/principals/group/staff/", "/dav/principals/group/all/", "/dav/principals/room/attic/"
	for _, test := range []struct {
		name, context string
		tokens        []string
		want          []string
	}{
		{"a word", "", []string{"ann"}, []string{annPrincipal}},
		{"two words", "", []string{"example", "bob@"}, []string{bob}},
		{"one does not fit", "", []string{"example", "zzz"}, nil},
		{"no word", "", nil, nil},
		{"an empty word", "", []string{" "}, nil},
		{"users", "user", []string{"example.com"}, []string{annPrincipal, bob, "/dav/principals/user/root/"}},
		{"groups", "group", []string{"example.com"}, []string{staff, all}},
		{"attendees", "attendee", []string{"all"}, []string{staff, all}},
		{"locations", "location", []string{"att"}, []string{attic}},
		{"resources", "resource", []string{"beam"}, []string{"/dav/principals/resource/beamer/"}},
		{"anything", "", []string{"att"}, []string{attic}},
	} {
		t.Run(test.name, func(t *testing.T) {
			body := "<D:prop><D:displayname/></D:prop>"
			for _, token := range test.tokens {
				body += "<CS:search-token>" + token + "</CS:search-token>"
			}
			body = wrap("CS:calendarserver-principal-search", body)
			if test.context != "" {
				body = strings.Replace(body, "-principal-search ", `-principal-search context="`+test.context+`" `, 1)
			}
			s.in(t).do("ann", "REPORT", "/dav/principals/", body, "Depth: 0").wantHrefs(test.want...)
		})
	}
	bad := strings.Replace(wrap("CS:calendarserver-principal-search", "<CS:search-token>a</CS:search-token>"), "-principal-search ", `-principal-search context="x" `, 1)
	s.do("ann", "REPORT", "/dav/principals/", bad, "Depth: 0").refused(http.StatusBadRequest, "")
}

// DAV:principal-match (RFC 3744 section 9.3).
func TestPrincipalMatch(t *testing.T) {
	s := newOffice(t)
	work := s.makeCalendar("work")
	s.fill(work, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	const staff, all = "/dav/principals/group/staff/", "/dav/principals/group/all/"
	inHome := []string{annDefault, annHome + "Inbox/", annHome + "Outbox/", annHome + "Attachments/", work, work + "a.ics"}
	self, owner := "<D:self/>", "<D:principal-property><D:owner/></D:principal-property>"
	for _, test := range []struct {
		who, path, what string
		want            []string
	}{
		{"ann", "/dav/principals/", self, []string{annPrincipal, staff, all}},
		{"ann", "/", self, []string{annPrincipal, staff, all}},
		{"ann", "/dav/principals/user/", self, []string{annPrincipal}},
		{"ann", "/dav/principals/group/", self, []string{staff, all}},
		{"ann", "/dav/principals/room/", self, nil},
		{"ann", annPrincipal, self, []string{annPrincipal}},
		{"ann", "/dav/principals/user/bob/", self, nil},
		{"ann", annHome, self, nil},
		{"root", "/dav/principals/", self, []string{"/dav/principals/user/root/"}},
		{"ann", annHome, owner, inHome},
		{"ann", work, owner, []string{work + "a.ics"}},
		{"ann", work + "a.ics", owner, nil}, // it has no members
		{"ann", "/dav/calendars/user/", owner, append([]string{annHome}, inHome...)},
		{"ann", "/dav/calendars/room/", owner, nil},
		{"ann", "/dav/principals/", owner, []string{annPrincipal}},
		{"ann", "/dav/principals/group/", owner, nil},
		{"ann", "/dav/", owner, append([]string{annPrincipal, annHome}, inHome...)},
		{"root", annHome, owner, nil}, // sees it, does not own it
		{"ann", annHome, "<D:principal-property><D:group-member-set/></D:principal-property>", nil},
	} {
		t.Run(test.who+" "+test.path+" "+test.what, func(t *testing.T) {
			body := wrap("D:principal-match", test.what+"<D:prop><D:owner/></D:prop>")
			s.in(t).do(test.who, "REPORT", test.path, body, "Depth: 0").wantHrefs(test.want...)
		})
	}
	s.do("ann", "REPORT", "/dav/principals/", wrap("D:principal-match", self), "Depth: 0").wantHrefs(annPrincipal, staff, all)
	s.do("ann", "REPORT", "/dav/principals/", wrap("D:principal-match", ""), "Depth: 0").refused(http.StatusBadRequest, "")
	s.do("ann", "REPORT", "/dav/principals/", wrap("D:principal-match", self), "Depth: infinity").refused(http.StatusBadRequest, "")
}

// DAV:principal-search-property-set (RFC 3744 section 9.5).
func TestPrincipalSearchPropertySet(t *testing.T) {
	s := newServer(t)
	a := s.do("ann", "REPORT", "/dav/principals/", wrap("D:principal-search-property-set", ""), "Depth: 0").want(http.StatusOK)
	var set struct {
		XMLName    xml.Name `xml:"DAV: principal-search-property-set"`
		Properties []struct {
			Prop struct {
				Any []msProp `xml:",any"`
			} `xml:"DAV: prop"`
			Description string `xml:"DAV: description"`
		} `xml:"DAV: principal-search-property"`
	}
	if err := xml.Unmarshal([]byte(a.body), &set); err != nil {
		t.Fatalf("%v\n%s", err, a.body)
	}
	names := []string{}
	for _, p := range set.Properties {
		if len(p.Prop.Any) != 1 || p.Description == "" {
			t.Fatalf("got %+v", p)
		}
		names = append(names, p.Prop.Any[0].XMLName.Local)
		// Each of them can be searched.
		space := map[string]string{"DAV:": "D:", "urn:ietf:params:xml:ns:caldav": "C:", "http://calendarserver.org/ns/": "CS:"}[p.Prop.Any[0].XMLName.Space]
		s.do("ann", "REPORT", "/dav/principals/", propertySearch("", "", space+p.Prop.Any[0].XMLName.Local+"=ann"), "Depth: 0").wantHrefs(annPrincipal)
	}
	wantEqual(t, "properties", strings.Join(names, " "), "displayname calendar-user-address-set email-address-set")
}

// expand is a DAV:expand-property; a property is "name" or "name(inner inner(...))", CalDAV's with "C:" before it.
func expandProperty(properties string) string {
	var b strings.Builder
	closing := 0
	for _, p := range strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(properties)) {
		switch p {
		case "(":
			s := strings.TrimSuffix(b.String(), "/>")
			b.Reset()
			b.WriteString(s + ">")
			closing++
		case ")":
			b.WriteString("</D:property>")
			closing--
		default:
			name, space := p, ""
			if local, ok := strings.CutPrefix(p, "C:"); ok {
				name, space = local, ` namespace="urn:ietf:params:xml:ns:caldav"`
			}
			b.WriteString(`<D:property name="` + name + `"` + space + `/>`)
		}
	}
	return wrap("D:expand-property", b.String())
}

// DAV:expand-property (RFC 3253 section 3.8): responses stand where the hrefs were.
func TestExpandProperty(t *testing.T) {
	s := newOffice(t)
	const bob, staff, all = "/dav/principals/user/bob/", "/dav/principals/group/staff/", "/dav/principals/group/all/"
	ok := func(props string) string {
		return "<D:propstat><D:prop>" + props + "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>"
	}
	absent := func(props string) string {
		return "<D:propstat><D:prop>" + props + "</D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"
	}
	response := func(path, inside string) string {
		return "<D:response><D:href>" + path + "</D:href>" + inside + "</D:response>\n"
	}
	for _, test := range []struct{ name, who, path, properties, local, want string }{
		{"not expanded", "ann", annPrincipal, "current-user-principal", "current-user-principal", href(annPrincipal)},
		{"one level", "ann", annDefault, "owner(displayname)", "owner", response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>"))},
		{"what is not there inside", "ann", annPrincipal, "current-user-principal(displayname none)", "current-user-principal",
			response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>")+absent("<D:none/>"))},
		{"only what is not there", "ann", annPrincipal, "current-user-principal(none)", "current-user-principal", response(annPrincipal, absent("<D:none/>"))},
		{"several", "ann", staff, "group-member-set(displayname)", "group-member-set",
			response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>")) + response(bob, ok("<D:displayname>Bob Example</D:displayname>"))},
		{"nested", "ann", all, "group-member-set(group-member-set(displayname none))", "group-member-set",
			response(staff, ok("<D:group-member-set>"+response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>")+absent("<D:none/>"))+
				response(bob, ok("<D:displayname>Bob Example</D:displayname>")+absent("<D:none/>"))+"</D:group-member-set>"))},
		{"to the home", "ann", annPrincipal, "C:calendar-home-set(resourcetype)", "calendar-home-set", response(annHome, ok("<D:resourcetype><D:collection/></D:resourcetype>"))},
		{"to the home of another", "bob", annPrincipal, "C:calendar-home-set(resourcetype displayname)", "calendar-home-set", response(annHome, "<D:status>HTTP/1.1 404 Not Found</D:status>")},
		{"to the home of another as root", "root", annPrincipal, "C:calendar-home-set(resourcetype)", "calendar-home-set", response(annHome, ok("<D:resourcetype><D:collection/></D:resourcetype>"))},
		{"addresses stay", "ann", annPrincipal, "alternate-URI-set(displayname)", "alternate-URI-set", href("mailto:ann@example.com", "mailto:a.example@example.com")},
		{"without hrefs", "ann", annDefault, "resourcetype(displayname)", "resourcetype", "<D:collection/><C:calendar/>"},
		{"with nothing in it", "ann", annPrincipal, "group-member-set(displayname)", "group-member-set", ""},
		{"of an object", "ann", annDefault + "a.ics", "owner(displayname)", "owner", response(annPrincipal, ok("<D:displayname>Ann Example</D:displayname>"))},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z"))
			r := s.do(test.who, "REPORT", test.path, expandProperty(test.properties), "Depth: 0").only()
			wantEqual(t, test.local, r.inner(test.local), test.want)
		})
	}
	t.Run("beside the expanded", func(t *testing.T) {
		r := s.in(t).do("ann", "REPORT", annPrincipal, expandProperty("displayname none group-membership(none displayname) other C:calendar-user-type"), "Depth: 0").only()
		wantEqual(t, "displayname", r.text("displayname"), "Ann Example")
		wantEqual(t, "calendar-user-type", r.text("calendar-user-type"), "INDIVIDUAL")
		wantList(t, "absent", r.names("404"), "none", "other")
	})
	t.Run("members", func(t *testing.T) {
		s := s.in(t)
		s.do("ann", "REPORT", annHome, expandProperty("owner(displayname)"), "Depth: 1").
			wantHrefs(annHome, annDefault, annHome+"Inbox/", annHome+"Outbox/", annHome+"Attachments/")
		s.do("ann", "REPORT", annDefault, expandProperty("owner(displayname)"), "Depth: 1").wantHrefs(annDefault, annDefault+"a.ics")
	})
	t.Run("dead properties lead nowhere", func(t *testing.T) {
		s := s.in(t)
		s.do("ann", "PROPPATCH", annDefault, update("+<X:link xmlns:X='urn:x'><D:href>"+bob+"</D:href></X:link>")).want(http.StatusMultiStatus)
		body := wrap("D:expand-property", `<D:property name="link" namespace="urn:x"><D:property name="displayname"/></D:property>`)
		wantEqual(t, "link", s.do("ann", "REPORT", annDefault, body, "Depth: 0").only().inner("link"), href(bob))
	})
	t.Run("bounded", func(t *testing.T) { // all -> staff -> its members -> their groups -> ...
		deep := "displayname"
		for range 12 {
			deep = "group-member-set(group-membership(" + deep + "))"
		}
		s := s.in(t)
		s.do("ann", "REPORT", staff, expandProperty(deep), "Depth: 0").refused(http.StatusForbidden, "number-of-matches-within-limits")
		s.do("ann", "REPORT", staff, expandProperty(strings.Repeat("displayname ", 1500)), "Depth: 0").refused(http.StatusRequestEntityTooLarge, "")
		s.do("ann", "REPORT", staff, expandProperty("owner"), "Depth: infinity").refused(http.StatusBadRequest, "")
		s.do("ann", "REPORT", staff, wrap("D:expand-property", "<D:property/>"), "Depth: 0").refused(http.StatusBadRequest, "")
	})
}

// Where clients begin that know only a host (RFC 6764, RFC 5397; Apple's clients try / and /principals/ too).
func TestDiscovery(t *testing.T) {
	s := newServer(t)
	for _, who := range []string{"", "ann"} {
		for _, method := range []string{"GET", "PROPFIND", "OPTIONS", "HEAD"} {
			for _, path := range []string{"/.well-known/caldav", "/.well-known/caldav/"} {
				a := s.do(who, method, path, "").want(http.StatusMovedPermanently)
				wantEqual(t, method+" Location", a.header.Get("Location"), "/dav/")
			}
		}
	}
	for _, path := range []string{"/", "/principals/", "/dav/", "/dav/principals/", "/dav/calendars/", annPrincipal, annHome, annDefault} {
		a := s.do("", "PROPFIND", path, propfind("D:current-user-principal"), "Depth: 0").want(http.StatusUnauthorized)
		if got := a.header.Get("WWW-Authenticate"); !strings.HasPrefix(got, "Basic realm=") {
			t.Errorf("WWW-Authenticate is %q", got)
		}
		wantEqual(t, path, s.get(path, "D:current-user-principal").inner("current-user-principal"), href(annPrincipal))
	}
	// From the principal to the home to the calendars, as every client goes.
	home := s.get(annPrincipal, "C:calendar-home-set").inner("calendar-home-set")
	wantEqual(t, "home", home, href(annHome))
	m := s.do("ann", "PROPFIND", annHome, propfind("D:resourcetype"), "Depth: 1").multistatus()
	if !strings.Contains(m.response(annDefault).inner("resourcetype"), "C:calendar") {
		t.Errorf("Default is no calendar")
	}
}
