package caldav

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// update is a DAV:propertyupdate; its actions are XML, "+" stands for DAV:set and "-" for DAV:remove.
func update(actions ...string) string {
	var b strings.Builder
	for _, a := range actions {
		name := "D:set"
		if a[0] == '-' {
			name = "D:remove"
		}
		fmt.Fprintf(&b, "<%s><D:prop>%s</D:prop></%s>", name, a[1:], name)
	}
	return wrap("D:propertyupdate", b.String())
}

const (
	tokyo = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\n" +
		"DTSTART:19510901T000000\r\nTZOFFSETFROM:+1000\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nEND:VCALENDAR\r\n"
	plainVEVENT = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:x\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)

// RFC 4918 section 9.2, RFC 4791 section 5.2: what happens to each property, and what is there afterwards.
func TestProppatch(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	s.do("ann", "MKCOL", annHome+"plain/", "").want(http.StatusCreated)
	inbox, object, plain := annHome+"Inbox/", annDefault+"a.ics", annHome+"plain/"
	type result struct{ ok, forbidden, dependent []string }
	for _, test := range []struct {
		name, path, body string
		want             result
		condition        string            // of what is forbidden
		after            map[string]string // inner XML by local name of properties, "-" for none
	}{
		{"displayname", annDefault, update("+<D:displayname>Büro &amp; Co &lt;1&gt;</D:displayname>"), result{ok: []string{"displayname"}}, "",
			map[string]string{"D:displayname": "Büro &amp; Co &lt;1&gt;"}},
		{"displayname that is empty", annDefault, update("+<D:displayname/>"), result{ok: []string{"displayname"}}, "", map[string]string{"D:displayname": ""}},
		{"displayname removed: the name in the URL is left", annDefault, update("-<D:displayname/>"), result{ok: []string{"displayname"}}, "", map[string]string{"D:displayname": "Default"}},
		{"remove what is not there", annDefault, update("-<X:none xmlns:X='urn:x'/>"), result{ok: []string{"none"}}, "", nil},
		{"of the home", annHome, update("+<D:displayname>Home</D:displayname><C:calendar-description>All</C:calendar-description><X:p xmlns:X='urn:x'>1</X:p>"),
			result{ok: []string{"calendar-description", "displayname", "p"}}, "",
			map[string]string{"D:displayname": "Home", "C:calendar-description": "All", "X:p": "1"}},
		{"of the Inbox", inbox, update("+<D:displayname>In</D:displayname><X:p xmlns:X='urn:x'>2</X:p>"), result{ok: []string{"displayname", "p"}}, "",
			map[string]string{"D:displayname": "In", "X:p": "2"}},
		{"of a plain collection", plain, update("+<D:displayname>P</D:displayname><X:p xmlns:X='urn:x'>3</X:p>"), result{ok: []string{"displayname", "p"}}, "",
			map[string]string{"D:displayname": "P", "X:p": "3"}},
		{"of an object", object, update("+<D:displayname>O</D:displayname><X:p xmlns:X='urn:x'>4</X:p>"), result{ok: []string{"displayname", "p"}}, "",
			map[string]string{"D:displayname": "O", "X:p": "4"}},
		{"of an object, removed", object, update("-<D:displayname/><X:p xmlns:X='urn:x'/>"), result{ok: []string{"displayname", "p"}}, "",
			map[string]string{"D:displayname": "-", "X:p": "-"}},
		{"Apple's", annDefault, update("+<A:calendar-color symbolic-color='custom'>#FF2968FF</A:calendar-color><A:calendar-order>3</A:calendar-order><CS:source><D:href>http://x/</D:href></CS:source>"),
			result{ok: []string{"calendar-color", "calendar-order", "source"}}, "",
			map[string]string{"A:calendar-color": "#FF2968FF", "A:calendar-order": "3", "CS:source": "<D:href>http://x/</D:href>"}},
		{"Apple's removed", annDefault, update("-<A:calendar-order/>"), result{ok: []string{"calendar-order"}}, "", map[string]string{"A:calendar-order": "-", "A:calendar-color": "#FF2968FF"}},
		{"set, then removed", annDefault, update("+<X:q xmlns:X='urn:x'>1</X:q>", "-<X:q xmlns:X='urn:x'/>"), result{ok: []string{"q", "q"}}, "", map[string]string{"X:q": "-"}},
		{"removed, then set", annDefault, update("-<X:q xmlns:X='urn:x'/>", "+<X:q xmlns:X='urn:x'>2</X:q>"), result{ok: []string{"q", "q"}}, "", map[string]string{"X:q": "2"}},
		{"set twice: the last counts", annDefault, update("+<D:displayname>1</D:displayname>", "+<D:displayname>2</D:displayname>"), result{ok: []string{"displayname", "displayname"}}, "",
			map[string]string{"D:displayname": "2"}},
		{"one protected: nothing is done", annDefault, update("+<D:displayname>3</D:displayname><D:getetag>x</D:getetag>", "-<X:q xmlns:X='urn:x'/>"),
			result{forbidden: []string{"getetag"}, dependent: []string{"displayname", "q"}}, "cannot-modify-protected-property", map[string]string{"D:displayname": "2", "X:q": "2"}},
		{"several protected", annDefault, update("+<D:resourcetype><D:collection/></D:resourcetype><D:sync-token>x</D:sync-token><CS:getctag>1</CS:getctag><D:owner/><C:max-resource-size>1</C:max-resource-size>",
			"-<D:creationdate/><C:supported-calendar-data/>"), result{forbidden: []string{"creationdate", "getctag", "max-resource-size", "owner", "resourcetype", "supported-calendar-data", "sync-token"}},
			"cannot-modify-protected-property", nil},
		{"protected of an object", object, update("+<D:getcontenttype>text/plain</D:getcontenttype>"), result{forbidden: []string{"getcontenttype"}}, "cannot-modify-protected-property", nil},
		{"a calendar's property of an object", object, update("+<C:calendar-description>x</C:calendar-description>"), result{forbidden: []string{"calendar-description"}}, "cannot-modify-protected-property", nil},
		{"protected of the home", annHome, update("+<D:quota-used-bytes>0</D:quota-used-bytes>"), result{forbidden: []string{"quota-used-bytes"}}, "cannot-modify-protected-property", nil},
		{"a name of WebDAV's that is unknown here", annDefault, update("+<D:lockdiscovery/><D:anything>x</D:anything>"), result{forbidden: []string{"anything", "lockdiscovery"}}, "cannot-modify-protected-property", nil},
		{"a name in the namespace of XML", annDefault, update("+<xml:displayname>x</xml:displayname>"), result{forbidden: []string{"displayname"}}, "cannot-modify-protected-property", nil},
		{"component set of a calendar that is made", annDefault, update(`+<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>`),
			result{forbidden: []string{"supported-calendar-component-set"}}, "cannot-modify-protected-property", nil},
		{"time zone", annDefault, update("+<C:calendar-timezone>" + tokyo + "</C:calendar-timezone>"), result{ok: []string{"calendar-timezone"}}, "",
			map[string]string{"C:calendar-timezone": strings.ReplaceAll(tokyo, "\r\n", "\n")}},
		{"time zone in CDATA", annDefault, update("+<C:calendar-timezone><![CDATA[" + tokyo + "]]></C:calendar-timezone>"), result{ok: []string{"calendar-timezone"}}, "", nil},
		{"time zone removed", annDefault, update("-<C:calendar-timezone/>"), result{ok: []string{"calendar-timezone"}}, "", map[string]string{"C:calendar-timezone": "-"}},
		{"time zone of the home", annHome, update("+<C:calendar-timezone>" + tokyo + "</C:calendar-timezone>"), result{ok: []string{"calendar-timezone"}}, "",
			map[string]string{"C:calendar-timezone": strings.ReplaceAll(tokyo, "\r\n", "\n")}},
		{"time zone that is no iCalendar", annDefault, update("+<D:displayname>4</D:displayname><C:calendar-timezone>Asia/Tokyo</C:calendar-timezone>"),
			result{forbidden: []string{"calendar-timezone"}, dependent: []string{"displayname"}}, "valid-calendar-data", map[string]string{"D:displayname": "2", "C:calendar-timezone": "-"}},
		{"time zone that is an event", annDefault, update("+<C:calendar-timezone>" + plainVEVENT + "</C:calendar-timezone>"), result{forbidden: []string{"calendar-timezone"}}, "valid-calendar-data", nil},
		{"time zone that is two", annDefault, update("+<C:calendar-timezone>" + strings.Replace(tokyo, "BEGIN:VTIMEZONE", "BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\nBEGIN:VTIMEZONE", 1) + "</C:calendar-timezone>"),
			result{forbidden: []string{"calendar-timezone"}}, "valid-calendar-data", nil},
		{"time zone that is empty", annDefault, update("+<C:calendar-timezone/>"), result{forbidden: []string{"calendar-timezone"}}, "valid-calendar-data", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			a := s.do("ann", "PROPPATCH", test.path, test.body)
			r := a.only()
			wantEqual(t, "href", r.Href, test.path)
			wantList(t, "done", r.names("200"), test.want.ok...)
			wantList(t, "forbidden", r.names("403"), test.want.forbidden...)
			wantList(t, "dependent", r.names("424"), test.want.dependent...)
			if test.condition != "" && !strings.Contains(a.body, ":"+test.condition+"/>") {
				t.Errorf("no %s in\n%s", test.condition, a.body)
			}
			for name, want := range test.after {
				_, local, _ := strings.Cut(name, ":")
				body := wrap("D:propfind", `<D:prop xmlns:X="urn:x"><`+name+"/></D:prop>")
				got := s.do("ann", "PROPFIND", test.path, body, "Depth: 0").only().inner(local)
				wantEqual(t, name, strings.ReplaceAll(got, "&#13;", ""), want)
			}
		})
	}
}

// A dead property comes back as it was sent: names, attributes, content, namespaces and language (RFC 4918 section 4.3).
func TestDeadPropertiesSurvive(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	for name, prop := range map[string]string{
		"text":                      `<X:p xmlns:X="urn:x">text</X:p>`,
		"empty":                     `<X:p xmlns:X="urn:x"/>`,
		"white space":               "<X:p xmlns:X=\"urn:x\">  a\n\tb  </X:p>",
		"entities":                  `<X:p xmlns:X="urn:x">&lt;b&gt; &amp;amp; &#x20AC; &quot;</X:p>`,
		"beyond the BMP":            `<X:p xmlns:X="urn:x">😀 für</X:p>`,
		"attributes":                `<X:p xmlns:X="urn:x" a="1" X:b="&lt;&amp;&quot;'">t</X:p>`,
		"children":                  `<X:p xmlns:X="urn:x">a<X:c n="1"/>b<c xmlns="urn:y"><d/></c><!-- c --></X:p>`,
		"the default namespace":     `<p xmlns="urn:x"><q/></p>`,
		"no namespace":              `<p xmlns=""><q/></p>`,
		"a prefix of ours":          `<C:p xmlns:C="urn:mine"><C:q/></C:p>`,
		"prefixes in content":       `<X:p xmlns:X="urn:x" xmlns:Y="urn:y">Y:name</X:p>`,
		"children in DAV:":          `<X:p xmlns:X="urn:x"><D:href>/a</D:href></X:p>`,
		"its own language":          `<X:p xmlns:X="urn:x" xml:lang="de">Büro</X:p>`,
		"CDATA":                     `<X:p xmlns:X="urn:x"><![CDATA[<b>&]]></X:p>`,
		"a long namespace":          `<X:p xmlns:X="http://example.com/` + strings.Repeat("n", 500) + `/">v</X:p>`,
		"a name beyond ASCII":       `<X:größe xmlns:X="urn:x">v</X:größe>`,
		"Apple's alarm":             `<C:default-alarm-vevent-datetime><![CDATA[BEGIN:VALARM` + "\n" + `ACTION:NONE` + "\n" + `END:VALARM]]></C:default-alarm-vevent-datetime>`,
		"a quotation mark in a URI": `<X:p xmlns:X='urn:"x"'>v</X:p>`,
	} {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			want := canonical(t, wrap("D:prop", prop))
			for _, path := range []string{annDefault, annHome, annDefault + "a.ics"} {
				s.do("ann", "PROPPATCH", path, update("+"+prop)).only()
				if bad := s.do("ann", "PROPPATCH", path, update("+"+prop)).only().names("403"); len(bad) > 0 {
					t.Fatalf("%s: refused %v", path, bad)
				}
				empty := canonicalName(t, wrap("D:prop", prop))
				got := s.do("ann", "PROPFIND", path, wrap("D:propfind", "<D:prop>"+empty+"</D:prop>"), "Depth: 0").want(http.StatusMultiStatus).body
				if c := canonical(t, got); c != want {
					t.Errorf("%s: got %s\nwant %s\nin %s", path, c, want, got)
				}
				all := s.do("ann", "PROPFIND", path, "", "Depth: 0").want(http.StatusMultiStatus).body
				if !strings.Contains(canonicalAll(t, all), want) {
					t.Errorf("%s: allprop has no %s\n%s", path, want, all)
				}
			}
		})
	}
}

// The language around a property counts as its own, of dead and of live ones.
func TestLanguages(t *testing.T) {
	s := newServer(t)
	body := func(root, lang, inner string) string {
		return strings.Replace(wrap(root, inner), "<"+root+" ", "<"+root+` xml:lang="`+lang+`" `, 1)
	}
	props := "<D:prop><D:displayname>Équipe</D:displayname><C:calendar-description xml:lang='en'>Team</C:calendar-description><X:p xmlns:X='urn:x'>é</X:p></D:prop>"
	s.do("ann", "MKCALENDAR", annHome+"fr/", body("C:mkcalendar", "fr-CA", "<D:set>"+props+"</D:set>")).want(http.StatusCreated)
	s.do("ann", "PROPPATCH", annDefault, body("D:propertyupdate", "fr-CA", "<D:set>"+props+"</D:set>")).want(http.StatusMultiStatus)
	ask := wrap("D:propfind", "<D:prop><D:displayname/><C:calendar-description/><X:p xmlns:X='urn:x'/></D:prop>")
	for _, path := range []string{annHome + "fr/", annDefault} {
		got := s.do("ann", "PROPFIND", path, ask, "Depth: 0").want(http.StatusMultiStatus).body
		for _, want := range []string{`<D:displayname xml:lang="fr-CA">Équipe<`, `<C:calendar-description xml:lang="en">Team<`, `<X:p xml:lang="fr-CA" xmlns:X='urn:x'>é<`} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: no %s in\n%s", path, want, got)
			}
		}
	}
	s.do("ann", "PROPPATCH", annDefault, update("+<D:displayname>Team</D:displayname>")).want(http.StatusMultiStatus)
	for _, form := range []string{"", wrap("D:propfind", "<D:propname/>"), ask} {
		got := s.do("ann", "PROPFIND", annDefault, form, "Depth: 0").want(http.StatusMultiStatus).body
		if strings.Contains(got, "displayname xml:lang") || strings.Contains(got, langSpace) {
			t.Errorf("the language of the former name is still there:\n%s", got)
		}
	}
}

// What is too large, too much or not understood is refused, and nothing of it is done.
func TestProppatchRefuses(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PROPPATCH", annDefault, update("+<D:displayname>before</D:displayname>")).want(http.StatusMultiStatus)
	var many strings.Builder
	for i := range maxProps + 50 {
		fmt.Fprintf(&many, `<X:p%d xmlns:X="urn:x">v</X:p%d>`, i, i)
	}
	name := "<D:displayname>after</D:displayname>"
	for test, body := range map[string]string{
		"large property":    update("+" + name + `<X:p xmlns:X="urn:x">` + strings.Repeat("a", maxPropBytes+1) + "</X:p>"),
		"large displayname": update("+<D:displayname>" + strings.Repeat("a", 5000) + "</D:displayname>"),
		"large description": update("+" + name + "<C:calendar-description>" + strings.Repeat("a", maxPropBytes+1) + "</C:calendar-description>"),
		"too many":          update("+" + name + many.String()),
		"much together": update("+"+name, "+"+func() (s string) {
			for i := range 10 {
				s += fmt.Sprintf(`<X:l%d xmlns:X="urn:x">%s</X:l%d>`, i, strings.Repeat("a", 60<<10), i)
			}
			return s
		}()),
	} {
		t.Run(test, func(t *testing.T) {
			r := s.in(t).do("ann", "PROPPATCH", annDefault, body).only()
			if ok := r.names("200"); len(ok) > 0 {
				t.Errorf("done: %v", ok)
			}
			if len(r.names("507")) == 0 && len(r.names("403")) == 0 {
				t.Errorf("nothing was refused: %+v", r)
			}
		})
	}
	for test, body := range map[string]string{
		"no body": "", "not XML": "<D:propertyupdate", "another root": propfind("D:displayname"), "nothing": wrap("D:propertyupdate", ""),
		"set of nothing": wrap("D:propertyupdate", "<D:set/>"), "prop of nothing": wrap("D:propertyupdate", "<D:set><D:prop/></D:set>"),
		"no namespace": "<propertyupdate><set><prop><displayname>after</displayname></prop></set></propertyupdate>",
	} {
		t.Run(test, func(t *testing.T) {
			s.in(t).do("ann", "PROPPATCH", annDefault, body).refused(http.StatusBadRequest, "")
		})
	}
	wantEqual(t, "displayname", s.get(annDefault, "D:displayname").text("displayname"), "before")
	if all := s.do("ann", "PROPFIND", annDefault, "", "Depth: 0").body; strings.Contains(all, "urn:x") {
		t.Errorf("something was stored:\n%s", all)
	}
	for path, status := range map[string]int{annHome + "none/": 404, annDefault + "none.ics": 404, annPrincipal: 403, "/dav/": 403, "/dav/calendars/user/": 403} {
		s.do("ann", "PROPPATCH", path, update("+"+name)).want(status)
		s.do("ann", "PROPPATCH", path, update("+<D:getetag>x</D:getetag>")).want(status)
	}
}

// If and If-Match are held against the resource (RFC 4918 section 10.4), and properties make the change known to those who sync.
func TestProppatchConditions(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	set := update("+<X:p xmlns:X='urn:x'>1</X:p>")
	tag, token := s.etag(annDefault+"a.ics"), s.get(annDefault, "D:sync-token").text("sync-token")
	for _, test := range []struct {
		path, header string
		status       int
	}{
		{annDefault + "a.ics", `If-Match: "nonsense"`, 412},
		{annDefault + "a.ics", `If: (["nonsense"])`, 412},
		{annDefault + "a.ics", "If-Match: " + tag, 207},
		{annDefault + "a.ics", "If: ([" + tag + "])", 207},
		{annDefault + "a.ics", "If: </dav/calendars/user/ann/Default/> (<" + token + ">)", 412}, // the two before moved it on
		{annDefault, "If: (<" + token + ">)", 412},
		{annDefault, `If-Match: "nonsense"`, 412},
		{annDefault, "If: (Not <urn:x>)", 207},
		{annHome, "If: (<urn:x>)", 412},
		{annDefault, "If: nonsense", 400},
		{annDefault, "If-Match: a b c", 400},
	} {
		s.do("ann", "PROPPATCH", test.path, set, test.header).want(test.status)
	}
	wantEqual(t, "the object's tag, which is of its content", s.etag(annDefault+"a.ics"), tag)
}

func TestProppatchMovesTokens(t *testing.T) {
	s := newServer(t)
	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	state := func() string {
		r := s.get(annDefault, "CS:getctag", "D:sync-token")
		return r.text("getctag") + " " + r.text("sync-token")
	}
	for _, path := range []string{annDefault, annDefault + "a.ics"} {
		before := state()
		s.do("ann", "PROPPATCH", path, update("+<X:p xmlns:X='urn:x'>"+path+"</X:p>")).want(http.StatusMultiStatus)
		if state() == before {
			t.Errorf("PROPPATCH of %s left ctag and token as they were", path)
		}
		before = state()
		s.do("ann", "PROPPATCH", path, update("+<D:getetag>x</D:getetag>")).want(http.StatusMultiStatus)
		wantEqual(t, "after a PROPPATCH that failed", state(), before)
	}
}
