package caldav

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/store"
)

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
		{"by the property type", everywhere, propertySearch("", "", "C:calendar-user-type=ROOM"), []string{"/dav/principals/room/attic/"}},
		{"by type and name", everywhere, propertySearch("", "", "C:calendar-user-type=individual|equals", "D:displayname=example"), user("ann", "bob")},
		{"by type or name", everywhere, propertySearch(`test="anyof"`, "", "C:calendar-user-type=ROOM", "D:displayname=Ann"),
			[]string{"/dav/principals/room/attic/", "/dav/principals/user/ann/"}},
		{"by a type that there is none of", everywhere, propertySearch("", "", "C:calendar-user-type=UNKNOWN"), nil},
		{"by address, which is the path", everywhere, propertySearch("", "", "C:calendar-user-address-set=/dav/principals/user/bob/"), user("bob")},
		{"by address, which is nobody's path", everywhere, propertySearch("", "", "C:calendar-user-address-set=/dav/principals/user/bo/"), nil},
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
		name := p.Prop.Any[0].XMLName.Local
		text, want := "ann", annPrincipal
		if name == "calendar-user-type" {
			text, want = "room", "/dav/principals/room/attic/"
		}
		s.do("ann", "REPORT", "/dav/principals/", propertySearch("", "", space+name+"="+text), "Depth: 0").wantHrefs(want)
	}
	wantEqual(t, "properties", strings.Join(names, " "), "displayname calendar-user-address-set calendar-user-type email-address-set")
}
