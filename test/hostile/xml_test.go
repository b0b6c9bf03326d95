package hostile

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"convene/test/harness"
)

// malformed are bodies that are no XML, or none that a server should take.
func malformed() map[string]string {
	return map[string]string{
		"not XML":                   "this is not XML",
		"JSON":                      `{"propfind": {"prop": ["getetag"]}}`,
		"binary":                    "\x00\x01\x02\xff\xfe\xfd",
		"only a declaration":        `<?xml version="1.0"?>`,
		"unclosed":                  `<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/>`,
		"wrongly closed":            `<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:propfind></D:prop>`,
		"two roots":                 `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`,
		"text after the root":       `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>and so on`,
		"unbound prefix":            `<D:propfind><D:allprop/></D:propfind>`,
		"unbound prefix inside":     `<D:propfind xmlns:D="DAV:"><D:prop><X:what/></D:prop></D:propfind>`,
		"duplicate attribute":       `<D:propfind xmlns:D="DAV:" xmlns:D="DAV:"><D:allprop/></D:propfind>`,
		"unquoted attribute":        `<D:propfind xmlns:D=DAV:><D:allprop/></D:propfind>`,
		"unknown entity":            `<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/>&bomb;</D:prop></D:propfind>`,
		"reference to NUL":          `<D:propfind xmlns:D="DAV:">&#0;<D:allprop/></D:propfind>`,
		"reference to no character": `<D:propfind xmlns:D="DAV:">&#x110000;<D:allprop/></D:propfind>`,
		"reference to a surrogate":  `<D:propfind xmlns:D="DAV:">&#xD800;<D:allprop/></D:propfind>`,
		"raw control character":     "<D:propfind xmlns:D=\"DAV:\">\x01<D:allprop/></D:propfind>",
		"invalid UTF-8":             "<D:propfind xmlns:D=\"DAV:\"><D:prop><D:get\xff\xfeetag/></D:prop></D:propfind>",
		"invalid UTF-8 in text":     "<D:propfind xmlns:D=\"DAV:\">\xc3\x28<D:allprop/></D:propfind>",
		"overlong UTF-8":            "<D:propfind xmlns:D=\"DAV:\">\xc0\xaf<D:allprop/></D:propfind>",
		"UTF-16 declared, not sent": `<?xml version="1.0" encoding="UTF-16"?><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`,
		"unknown encoding":          `<?xml version="1.0" encoding="x-klingon"?><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`,
		"open comment":              `<D:propfind xmlns:D="DAV:"><!-- <D:allprop/></D:propfind>`,
		"open CDATA":                `<D:propfind xmlns:D="DAV:"><![CDATA[ <D:allprop/></D:propfind>`,
		"open tag at the end":       `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind`,
	}
}

// bombs are bodies that are small, or well-formed, and meant to be dear.
func bombs() map[string]string {
	var laughs strings.Builder
	laughs.WriteString(`<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol0 "lol">`)
	for i := 1; i < 10; i++ {
		fmt.Fprintf(&laughs, `<!ENTITY lol%d "%s">`, i, strings.Repeat(fmt.Sprintf("&lol%d;", i-1), 10))
	}
	laughs.WriteString(`]><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/>&lol9;</D:prop></D:propfind>`)
	quadratic := `<!DOCTYPE x [<!ENTITY a "` + strings.Repeat("a", 50_000) + `">]><D:propfind xmlns:D="DAV:">` + strings.Repeat("&a;", 10_000) + `</D:propfind>`
	attrs := &strings.Builder{}
	for i := range 50_000 {
		fmt.Fprintf(attrs, ` a%d="v"`, i)
	}
	spaces := &strings.Builder{}
	for i := range 50_000 {
		fmt.Fprintf(spaces, ` xmlns:n%d="urn:%d"`, i, i)
	}
	deep := func(n int) string {
		return `<D:propfind xmlns:D="DAV:"><D:prop>` + strings.Repeat("<D:a>", n) + strings.Repeat("</D:a>", n) + `</D:prop></D:propfind>`
	}
	return map[string]string{
		"billion laughs":            laughs.String(),
		"quadratic blow-up":         quadratic,
		"nesting of 1,000":          deep(1000),
		"nesting of 100,000":        deep(100_000),
		"open nesting of 100,000":   `<D:propfind xmlns:D="DAV:">` + strings.Repeat("<D:a>", 100_000),
		"nesting with namespaces":   strings.Repeat(`<a xmlns="urn:x">`, 50_000) + strings.Repeat(`</a>`, 50_000),
		"500,000 elements":          `<D:propfind xmlns:D="DAV:"><D:prop>` + strings.Repeat("<D:a/>", 500_000) + `</D:prop></D:propfind>`,
		"50,000 attributes":         `<D:propfind xmlns:D="DAV:"` + attrs.String() + `><D:allprop/></D:propfind>`,
		"50,000 namespaces":         `<D:propfind xmlns:D="DAV:"` + spaces.String() + `><D:allprop/></D:propfind>`,
		"one name of 5 MB":          `<D:propfind xmlns:D="DAV:"><D:prop><D:` + strings.Repeat("a", 5<<20) + `/></D:prop></D:propfind>`,
		"a comment of 10 MB":        `<D:propfind xmlns:D="DAV:"><!--` + strings.Repeat("a", 10<<20) + `--><D:allprop/></D:propfind>`,
		"10 MB of text":             `<D:propfind xmlns:D="DAV:">` + strings.Repeat("lorem ipsum ", 900_000) + `<D:allprop/></D:propfind>`,
		"10 MB of blanks":           strings.Repeat(" ", 10<<20) + `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`,
		"processing instructions":   strings.Repeat(`<?x y?>`, 900_000) + `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`,
		"document type alone":       `<!DOCTYPE propfind><D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`,
		"parameter entities":        `<!DOCTYPE x [<!ENTITY % a "<!ENTITY b 'c'>">%a;]><D:propfind xmlns:D="DAV:">&b;<D:allprop/></D:propfind>`,
		"entity that names itself":  `<!DOCTYPE x [<!ENTITY a "&a;">]><D:propfind xmlns:D="DAV:">&a;<D:allprop/></D:propfind>`,
		"200,000 processing errors": strings.Repeat("&#38;", 200_000),
	}
}

// methods that read XML, with a place where they would do something.
func xmlMethods(c *harness.Client) []attack {
	return []attack{
		{method: "PROPFIND", path: c.Default(), headers: []string{"Depth", "0"}},
		{method: "PROPPATCH", path: c.Default()},
		{method: "REPORT", path: c.Default(), headers: []string{"Depth", "1"}},
		{method: "MKCALENDAR", path: c.Home() + "attacked/"},
		{method: "MKCOL", path: c.Home() + "attacked/"},
	}
}

// TestMalformedXML: RFC 4918 section 8.2 wants a 400 for a body that is not well-formed. No element is named for it. What
// claims, or seems, to be in another encoding may also be an unsupported media type.
func TestMalformedXML(t *testing.T) {
	c := srv.NewUser(t)
	var all []attack
	for name, body := range malformed() {
		for _, a := range xmlMethods(c) {
			a.name, a.body, a.status = a.method+" "+name, body, []int{http.StatusBadRequest, http.StatusUnsupportedMediaType}
			all = append(all, a)
		}
	}
	run(t, c, all)
}

// TestXMLBombs: too large is 413, anything else 400; a document type may also be refused by the element that RFC 4918 section 16 has
// for external entities.
func TestXMLBombs(t *testing.T) {
	c := srv.NewUser(t)
	var all []attack
	for name, body := range bombs() {
		for _, a := range xmlMethods(c) {
			a.name, a.body, a.status = a.method+" "+name, body, []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge}
			all = append(all, a)
		}
	}
	for _, a := range xmlMethods(c) { // RFC 4918 section 16, DAV:no-external-entities
		a.name, a.status, a.conditions = a.method+" external entity", []int{http.StatusForbidden}, one(harness.DAV("no-external-entities"))
		a.body = `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><D:propfind xmlns:D="DAV:"><D:prop>&a;</D:prop></D:propfind>`
		all = append(all, a)
		a.name, a.status = a.method+" external document type", []int{http.StatusForbidden}
		a.body = `<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><D:propfind xmlns:D="DAV:"><D:prop><D:getetag/></D:prop></D:propfind>`
		all = append(all, a)
	}
	run(t, c, all)
}

// TestWrongElements: well-formed bodies that say nothing this method understands.
func TestWrongElements(t *testing.T) {
	c := srv.NewUser(t)
	unsupported := one(harness.DAV("supported-report"))
	filter := one(harness.CalDAV("valid-filter"), harness.CalDAV("supported-filter"))
	query := func(filter string) string {
		return `<C:calendar-query ` + harness.XMLNS + `><D:prop><D:getetag/></D:prop>` + filter + `</C:calendar-query>`
	}
	vevent := func(inside string) string {
		return query(`<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` + inside + `</C:comp-filter></C:comp-filter></C:filter>`)
	}
	report := func(name, body string, conditions []string, status ...int) attack {
		a := attack{name: name, method: "REPORT", path: c.Default(), body: body, headers: []string{"Depth", "1"}, status: status}
		for _, local := range conditions {
			a.conditions = append(a.conditions, harness.CalDAV(local))
		}
		return a
	}
	all := []attack{
		{name: "propfind in no namespace", method: "PROPFIND", path: c.Default(), body: `<propfind><prop><getetag/></prop></propfind>`},
		{name: "propfind in another namespace", method: "PROPFIND", path: c.Default(), body: `<propfind xmlns="urn:x"><allprop/></propfind>`},
		{name: "propfind that is something else", method: "PROPFIND", path: c.Default(), body: `<D:propertyupdate xmlns:D="DAV:"/>`},
		{name: "propfind with prop and allprop", method: "PROPFIND", path: c.Default(), body: `<D:propfind xmlns:D="DAV:"><D:allprop/><D:prop><D:getetag/></D:prop></D:propfind>`},
		{name: "propfind with nothing", method: "PROPFIND", path: c.Default(), body: `<D:propfind xmlns:D="DAV:"/>`},
		{name: "propertyupdate in no namespace", method: "PROPPATCH", path: c.Default(), body: `<propertyupdate><set><prop><displayname>x</displayname></prop></set></propertyupdate>`},
		{name: "propertyupdate that is something else", method: "PROPPATCH", path: c.Default(), body: `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`},
		{name: "propertyupdate with nothing", method: "PROPPATCH", path: c.Default(), body: `<D:propertyupdate xmlns:D="DAV:"/>`},
		{name: "no body", method: "PROPPATCH", path: c.Default()},
		{name: "mkcalendar in no namespace", method: "MKCALENDAR", path: c.Home() + "attacked/", body: `<mkcalendar><set/></mkcalendar>`},
		{name: "mkcalendar that is something else", method: "MKCALENDAR", path: c.Home() + "attacked/", body: `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`},
		{name: "mkcol that is something else", method: "MKCOL", path: c.Home() + "attacked/", body: `<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>`},
		report("report without a body", "", nil, 400),
		{name: "unknown report", method: "REPORT", path: c.Default(), body: `<X:everything xmlns:X="urn:x"/>`, conditions: unsupported, status: []int{403}},
		{name: "calendar-query in DAV:", method: "REPORT", path: c.Default(), body: strings.ReplaceAll(vevent(""), "C:calendar-query", "D:calendar-query"), conditions: unsupported, status: []int{403}},
		{name: "sync-collection in CalDAV", method: "REPORT", path: c.Default(), body: `<C:sync-collection ` + harness.XMLNS + `/>`, conditions: unsupported, status: []int{403}},
		report("query without a filter", query(""), []string{"valid-filter"}),
		report("filter that is empty", query(`<C:filter/>`), []string{"valid-filter"}),
		report("filter in another namespace", query(`<D:filter><D:comp-filter name="VCALENDAR"/></D:filter>`), []string{"valid-filter"}),
		report("filter for no VCALENDAR", query(`<C:filter><C:comp-filter name="VEVENT"/></C:filter>`), []string{"valid-filter", "supported-filter"}),
		report("comp-filter without a name", query(`<C:filter><C:comp-filter><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter>`), []string{"valid-filter"}),
		report("prop-filter without a name", vevent(`<C:prop-filter/>`), []string{"valid-filter"}),
		report("time-range without times", vevent(`<C:time-range/>`), []string{"valid-filter"}),
		report("time-range of nonsense", vevent(`<C:time-range start="yesterday"/>`), []string{"valid-filter"}),
		report("time-range of local time", vevent(`<C:time-range start="20270101T000000" end="20270102T000000"/>`), []string{"valid-filter"}),
		report("time-range that ends before it starts", vevent(`<C:time-range start="20270102T000000Z" end="20270101T000000Z"/>`), []string{"valid-filter"}),
		report("time-range on the 99th of a month", vevent(`<C:time-range start="20270199T000000Z" end="20270301T000000Z"/>`), []string{"valid-filter"}),
		report("unknown collation", vevent(`<C:prop-filter name="SUMMARY"><C:text-match collation="i;klingon">x</C:text-match></C:prop-filter>`), []string{"supported-collation"}),
		report("calendar-data of another type", `<C:calendar-query `+harness.XMLNS+`><D:prop><C:calendar-data content-type="application/pdf"/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`, []string{"supported-calendar-data"}),
		report("timezone that is none", `<C:calendar-query `+harness.XMLNS+`><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter><C:timezone>nonsense</C:timezone></C:calendar-query>`, []string{"valid-calendar-data"}),
		report("multiget without hrefs", `<C:calendar-multiget `+harness.XMLNS+`><D:prop><D:getetag/></D:prop></C:calendar-multiget>`, nil, 400),
		report("free-busy-query without a range", `<C:free-busy-query `+harness.XMLNS+`/>`, nil),
		report("expand without a range", `<C:calendar-query `+harness.XMLNS+`><D:prop><C:calendar-data><C:expand/></C:calendar-data></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`, nil),
	}
	for name, depth := range map[string]int{"20 levels": 20, "200 levels": 200} {
		all = append(all, attack{name: "comp-filter of " + name, method: "REPORT", path: c.Default(), headers: []string{"Depth", "1"}, conditions: filter,
			body: query(`<C:filter><C:comp-filter name="VCALENDAR">` + strings.Repeat(`<C:comp-filter name="VEVENT">`, depth) + strings.Repeat(`</C:comp-filter>`, depth) + `</C:comp-filter></C:filter>`)})
		if depth > 100 {
			all[len(all)-1].conditions = nil // the XML itself may be refused for its depth
		}
	}
	sync := func(name, token, level, more string) attack {
		return attack{name: name, method: "REPORT", path: c.Default(), headers: []string{"Depth", "0"}, body: `<D:sync-collection ` + harness.XMLNS +
			`><D:sync-token>` + token + `</D:sync-token>` + level + more + `<D:prop><D:getetag/></D:prop></D:sync-collection>`}
	}
	for _, token := range []string{"nonsense", "http://example.com/token/1", "data:,", "-1", "99999999999999999999999", strings.Repeat("x", 100_000), "' OR 1=1 --"} {
		a := sync(fmt.Sprintf("sync token %.30s", token), token, `<D:sync-level>1</D:sync-level>`, "")
		a.conditions, a.status = one(harness.DAV("valid-sync-token")), []int{403, 409}
		all = append(all, a)
	}
	all = append(all, sync("sync level 7", "", `<D:sync-level>7</D:sync-level>`, ""),
		sync("sync limit 0", "", `<D:sync-level>1</D:sync-level>`, `<D:limit><D:nresults>0</D:nresults></D:limit>`),
		sync("sync limit -5", "", `<D:sync-level>1</D:sync-level>`, `<D:limit><D:nresults>-5</D:nresults></D:limit>`),
		sync("sync limit of nonsense", "", `<D:sync-level>1</D:sync-level>`, `<D:limit><D:nresults>many</D:nresults></D:limit>`))
	run(t, c, all)
}
