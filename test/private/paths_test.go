package private

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asker is somebody, and where the two calendars are for them.
type asker struct {
	name  string // of the test
	who   string
	bases [2]string
	home  string // that the calendars are in; "" for published ones
}

var outsiders = []asker{
	{"a reader", "bob", inAnns, annHome},
	{"a reader who may write", "edda", inAnns, annHome},
	{"a read delegate", "rita", inAnns, annHome},
	{"the administrator", "root", inAnns, annHome},
	{"the anonymous", "", inAnns, annHome},
	{"a sharee", "sid", [2]string{"/dav/calendars/user/sid/sharedone/", "/dav/calendars/user/sid/sharedtwo/"}, "/dav/calendars/user/sid/"},
	{"a sharee who may write", "sue", [2]string{"/dav/calendars/user/sue/sharedone/", "/dav/calendars/user/sue/sharedtwo/"}, "/dav/calendars/user/sue/"},
	{"a sharee by the owner's URL", "sid", inAnns, annHome},
	{"a published calendar", "", [2]string{"/dav/published/onefalse/", "/dav/published/twofalse/"}, ""},
	{"published free/busy", "bob", [2]string{"/dav/published/onetrue/", "/dav/published/twotrue/"}, ""},
}

var inAnns = [2]string{annHome + "one/", annHome + "two/"}

// question is one request below a calendar.
type question struct {
	method, path, body string
	headers            []string
}

var files = []string{"public.ics", "private.ics", "confidential.ics", "unknown.ics", "override.ics", "task.ics", "journal.ics"}

var (
	dataForms = []string{
		`<C:calendar-data/>`,
		`<C:calendar-data><C:expand start="20261201T000000Z" end="20261206T000000Z"/></C:calendar-data>`,
		`<C:calendar-data><C:limit-recurrence-set start="20261202T000000Z" end="20261203T000000Z"/></C:calendar-data>`,
		`<C:calendar-data><C:comp name="VCALENDAR"><C:allprop/><C:comp name="VTIMEZONE"><C:allprop/><C:allcomp/></C:comp>` +
			`<C:comp name="VEVENT"><C:prop name="SUMMARY"/><C:prop name="UID"/><C:prop name="LOCATION"/><C:prop name="DESCRIPTION"/><C:allcomp/></C:comp></C:comp></C:calendar-data>`,
		`<C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY" novalue="yes"/><C:prop name="CATEGORIES" novalue="yes"/></C:comp></C:comp></C:calendar-data>`,
	}
	named = `<D:prop><D:getetag/><D:getcontentlength/><D:getcontenttype/><D:getlastmodified/><D:creationdate/><D:displayname/><D:resourcetype/><D:owner/>` +
		`<C:calendar-data/><C:schedule-tag/><D:lockdiscovery/><X:xyzzyname xmlns:X="urn:xyzzy"/><X:plughname xmlns:X="urn:plugh"/></D:prop>`
	hiddenProps = []string{"SUMMARY", "LOCATION", "DESCRIPTION", "ORGANIZER", "ATTENDEE", "COMMENT", "CATEGORIES", "RESOURCES", "CONTACT", "ATTACH", "URL", "RELATED-TO", "GEO",
		"PRIORITY", "SEQUENCE", "CREATED", "LAST-MODIFIED", "X-XYZZYPROP", "X-PLUGHPROP", "REQUEST-STATUS", "CONFERENCE", "COLOR", "CLASS", "STATUS", "TRANSP", "UID", "DTSTAMP"}
	words = []string{"xyzzy", "plugh", "Busy", "example.com", "1", "48.1", "2025"}
)

// questions are all that can be asked of the objects in a calendar at base.
func questions(base string) (all []question) {
	ask := func(method, path, body string, headers ...string) {
		all = append(all, question{method, path, body, headers})
	}
	query := func(component, filter string) {
		ask("REPORT", "", document("C:calendar-query", `<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR">`+
			`<C:comp-filter name="`+component+`">`+filter+`</C:comp-filter></C:comp-filter></C:filter>`), "Depth", "1")
	}
	hrefs := ""
	for _, f := range files {
		hrefs += "<D:href>" + base + f + "</D:href>"
		ask("GET", f, "")
		ask("HEAD", f, "")
		for _, what := range []string{"<D:allprop/>", "<D:propname/>", named, "<D:allprop/><D:include><C:calendar-data/></D:include>"} {
			ask("PROPFIND", f, document("D:propfind", what), "Depth", "0")
		}
		for _, when := range []string{"Tue, 01 Jan 1980 00:00:00 GMT", "Tue, 01 Jan 2030 00:00:00 GMT"} {
			if f != "public.ics" {
				ask("GET", f, "", "If-Modified-Since", when)
				ask("GET", f, "", "If-Unmodified-Since", when)
			}
		}
		ask("REPORT", f, document("D:expand-property", `<D:property name="owner"><D:property name="displayname"/></D:property><D:property name="getcontentlength"/>`+
			`<D:property name="xyzzyname" namespace="urn:xyzzy"/>`), "Depth", "0")
	}
	ask("GET", "?export", "")
	ask("HEAD", "?export", "")
	ask("GET", "", "", "Accept", "text/calendar")
	for _, what := range []string{"<D:allprop/>", "<D:propname/>", named, "<D:allprop/><D:include><C:calendar-data/></D:include>"} {
		ask("PROPFIND", "", document("D:propfind", what), "Depth", "1")
	}
	for _, form := range dataForms {
		prop := "<D:prop><D:getetag/><D:getcontentlength/>" + form + "</D:prop>"
		ask("REPORT", "", document("C:calendar-multiget", prop+hrefs))
		ask("REPORT", "", document("C:calendar-query", prop+`<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`), "Depth", "1")
		ask("REPORT", "", document("C:calendar-query", prop+`<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">`+
			`<C:time-range start="20261202T000000Z" end="20261203T000000Z"/></C:comp-filter></C:comp-filter></C:filter>`), "Depth", "1")
		ask("REPORT", "", document("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level>"+prop))
	}
	ask("REPORT", "", document("C:calendar-multiget", "<D:allprop/>"+hrefs))
	ask("REPORT", "", document("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level>"+named))
	ask("REPORT", "", document("C:free-busy-query", `<C:time-range start="20261201T000000Z" end="20261210T000000Z"/>`), "Depth", "1")
	for _, comp := range []string{"VEVENT", "VTODO", "VJOURNAL"} {
		query(comp, "")
		for _, name := range hiddenProps {
			query(comp, `<C:prop-filter name="`+name+`"/>`)
			query(comp, `<C:prop-filter name="`+name+`"><C:is-not-defined/></C:prop-filter>`)
			for _, word := range words {
				for _, negate := range []string{"no", "yes"} {
					if comp == "VEVENT" || word == "xyzzy" {
						query(comp, `<C:prop-filter name="`+name+`"><C:text-match negate-condition="`+negate+`">`+word+`</C:text-match></C:prop-filter>`)
					}
				}
			}
		}
	}
	for _, param := range []string{"CN", "PARTSTAT", "X-P", "X-FILENAME", "TZID", "X-XYZZYPARAM"} {
		for _, name := range []string{"SUMMARY", "ATTENDEE", "ORGANIZER", "ATTACH", "DTSTART", "X-XYZZYPROP"} {
			query("VEVENT", `<C:prop-filter name="`+name+`"><C:param-filter name="`+param+`"/></C:prop-filter>`)
			query("VEVENT", `<C:prop-filter name="`+name+`"><C:param-filter name="`+param+`"><C:is-not-defined/></C:param-filter></C:prop-filter>`)
			query("VEVENT", `<C:prop-filter name="`+name+`"><C:param-filter name="`+param+`"><C:text-match>xyzzy</C:text-match></C:param-filter></C:prop-filter>`)
		}
	}
	for _, alarm := range []string{"", "<C:is-not-defined/>", `<C:time-range start="20261201T000000Z" end="20261206T000000Z"/>`, `<C:prop-filter name="SUMMARY"><C:text-match>xyzzy</C:text-match></C:prop-filter>`} {
		query("VEVENT", `<C:comp-filter name="VALARM">`+alarm+`</C:comp-filter>`)
	}
	for _, zone := range []string{"", "<C:is-not-defined/>", `<C:prop-filter name="TZID"><C:text-match>xyzzy</C:text-match></C:prop-filter>`, `<C:prop-filter name="COMMENT"/>`} {
		ask("REPORT", "", document("C:calendar-query", `<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR">`+
			`<C:comp-filter name="VTIMEZONE">`+zone+`</C:comp-filter></C:comp-filter></C:filter>`), "Depth", "1")
	}
	for _, name := range []string{"LAST-MODIFIED", "CREATED", "DTSTAMP", "COMPLETED"} {
		query("VEVENT", `<C:prop-filter name="`+name+`"><C:time-range start="20250101T000000Z" end="20250201T000000Z"/></C:prop-filter>`)
	}
	return all
}

// ofHome are questions about the home that the calendars are in.
func ofHome() (all []question) {
	for _, form := range dataForms {
		prop := "<D:prop><D:getetag/><D:getcontentlength/>" + form + "</D:prop>"
		all = append(all, question{"REPORT", "", document("C:calendar-query", prop+`<C:filter><C:comp-filter name="VCALENDAR"/></C:filter>`), []string{"Depth", "1"}})
		for _, level := range []string{"1", "infinite"} {
			all = append(all, question{"REPORT", "", document("D:sync-collection", "<D:sync-token/><D:sync-level>"+level+"</D:sync-level>"+prop), nil})
		}
	}
	for _, depth := range []string{"0", "1"} {
		for _, what := range []string{"<D:allprop/>", "<D:propname/>", named} {
			all = append(all, question{"PROPFIND", "", document("D:propfind", what), []string{"Depth", depth}})
		}
	}
	return append(all,
		question{"REPORT", "", document("D:expand-property", `<D:property name="owner"><D:property name="displayname"/></D:property>`), []string{"Depth", "1"}},
		question{"REPORT", "", document("C:free-busy-query", `<C:time-range start="20261201T000000Z" end="20261210T000000Z"/>`), []string{"Depth", "1"}})
}

var secret = regexp.MustCompile(`(?i)[^\s<>]{0,20}(xyzzy|plugh)[^\s<>]{0,20}`)

// leaks are the secrets in an answer. The question may name some: what it says is not in the answer, but for names of properties that it
// asked for and are not there.
func (a *answer) leaks(q question) []string {
	text := a.text()
	if q.method == "PROPFIND" || strings.Contains(q.body, named) || strings.Contains(q.body, "D:expand-property") {
		for _, stem := range stems { // in the 404 of a propstat
			text = regexp.MustCompile(`<[A-Za-z0-9]+:`+stem+`name xmlns:[A-Za-z0-9]+="urn:`+stem+`"/>|<`+stem+`name xmlns="urn:`+stem+`"/>`).ReplaceAllString(text, "")
		}
	}
	return secret.FindAllString(text, 3)
}

// same are parts of answers that may differ between two calendars with the same in them: tags, tokens, and times of what is no secret.
var same = []struct {
	pattern *regexp.Regexp
	to      string
}{
	{regexp.MustCompile(`"[cmp]\d+-[0-9a-z.-]+"`), `"TAG"`},
	{regexp.MustCompile(`&#34;[cmp]\d+-[0-9a-z.-]+&#34;`), `"TAG"`},
	{regexp.MustCompile(`data:,[0-9.-]+`), "TOKEN"},
	{regexp.MustCompile(`getctag>[^<]*<`), "getctag>CTAG<"},
	{regexp.MustCompile(`(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z][a-z] \d{4} \d\d:\d\d:\d\d GMT`), "DATE"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "DATE"},
	{regexp.MustCompile(`UID:[A-Z2-7]{26}`), "UID:RANDOM"},
	{regexp.MustCompile(`filename="[a-z]*\.ics"`), "filename"},
}

var lengths = regexp.MustCompile(`Content-Length: \d+\n`)

func (a *answer) comparable(base string) string {
	text := strings.ReplaceAll(a.text(), base, "/CALENDAR/")
	if strings.Contains(text, "Content-Type: application/xml") { // as long as the tags in it
		text = lengths.ReplaceAllString(text, "")
	}
	for _, s := range same {
		text = s.pattern.ReplaceAllString(text, s.to)
	}
	return text
}

func (w *world) ask(who, base string, q question) *answer {
	return w.do(who, q.method, base+q.path, q.body, q.headers...)
}

// On no path does anybody learn a word that is hidden, nor whether there is something; and looking changes nothing.
func TestNothingLeaks(t *testing.T) {
	w := newWorld(t)
	asked := 0
	for _, o := range outsiders {
		t.Run(o.name, func(t *testing.T) {
			one, two := questions(o.bases[0]), questions(o.bases[1])
			bad := 0
			for i := range one {
				a, b := w.ask(o.who, o.bases[0], one[i]), w.ask(o.who, o.bases[1], two[i])
				asked += 2
				leaked := slices.Concat(a.leaks(one[i]), b.leaks(two[i]))
				if len(leaked) > 0 {
					if bad++; bad < 8 {
						t.Errorf("%s %s: leaks %q\n%s", a.what, one[i].body, leaked, cut(a.text()))
					}
					continue
				}
				if x, y := a.comparable(o.bases[0]), b.comparable(o.bases[1]); x != y {
					if bad++; bad < 8 {
						t.Errorf("%s %v %s: not the same with other secrets:\n%s", a.what, one[i].headers, one[i].body, difference(x, y))
					}
				}
				if again := w.ask(o.who, o.bases[0], one[i]); stable(again.text()) != stable(a.text()) {
					t.Errorf("%s %s: changed by looking:\n%s", a.what, one[i].body, difference(a.text(), again.text()))
				}
				if a.status >= 500 || a.status == 401 || a.status == 404 {
					t.Errorf("%s %s: %d", a.what, one[i].body, a.status)
				}
			}
			if o.home == "" {
				return
			}
			for _, q := range ofHome() {
				a := w.ask(o.who, o.home, q)
				asked++
				if leaked := a.leaks(q); len(leaked) > 0 {
					t.Errorf("%s %s: leaks %q\n%s", a.what, q.body, leaked, cut(a.text()))
				}
				if a.status >= 400 {
					t.Errorf("%s %s: %d", a.what, q.body, a.status)
				}
			}
		})
	}
	t.Logf("%d questions by %d people", asked, len(outsiders))
}

// stable is an answer without what is random in it.
func stable(text string) string { return same[6].pattern.ReplaceAllString(text, same[6].to) }

// The length that is told is the length that is sent, everywhere.
func TestLengths(t *testing.T) {
	w := newWorld(t)
	length := regexp.MustCompile(`getcontentlength>(\d+)<`)
	for _, o := range append(outsiders, asker{"ann", "ann", inAnns, annHome}, asker{"will", "will", inAnns, annHome}) {
		for _, f := range files {
			got := w.do(o.who, "GET", o.bases[0]+f, "").want(200)
			head := w.do(o.who, "HEAD", o.bases[0]+f, "").want(200)
			want := fmt.Sprint(len(got.body))
			if h := head.header.Get("Content-Length"); h != want || head.header.Get("ETag") != got.header.Get("ETag") || got.header.Get("ETag") == "" {
				t.Errorf("%s: HEAD says %s, GET sends %s; ETag %s, %s", got.what, h, want, head.header.Get("ETag"), got.header.Get("ETag"))
			}
			prop := w.do(o.who, "PROPFIND", o.bases[0]+f, document("D:propfind", "<D:prop><D:getcontentlength/></D:prop>"), "Depth", "0").want(207)
			if m := length.FindStringSubmatch(prop.body); m != nil && m[1] != want {
				t.Errorf("%s: getcontentlength %s, GET sends %s", got.what, m[1], want)
			}
		}
	}
}

// The owner, and who writes in her place, see everything.
func TestOwnerSeesAll(t *testing.T) {
	w := newWorld(t)
	for _, who := range []string{"ann", "will"} {
		for name, stem := range stems {
			for file, data := range objects(stem, name == "one") {
				if got := w.do(who, "GET", annHome+name+"/"+file, "").want(200); got.body != data {
					t.Errorf("%s:\n%s\nwant\n%s", got.what, got.body, data)
				}
			}
		}
		all := w.do(who, "GET", annHome+"one/?export", "").want(200).text()
		for _, data := range objects("xyzzy", true) {
			for _, word := range secret.FindAllString(folds.ReplaceAllString(data, ""), -1) {
				if !strings.Contains(all, word) {
					t.Errorf("%s does not see %s", who, word)
				}
			}
		}
		query := document("C:calendar-query", `<D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">`+
			`<C:prop-filter name="SUMMARY"><C:text-match>xyzzy</C:text-match></C:prop-filter></C:comp-filter></C:comp-filter></C:filter>`)
		if n := strings.Count(w.do(who, "REPORT", annHome+"one/", query, "Depth", "1").want(207).body, "<D:response>"); n != 4 {
			t.Errorf("%s finds %d by their secrets, want 4", who, n)
		}
	}
}

func cut(s string) string {
	if i := secret.FindStringIndex(s); i != nil {
		return s[max(0, i[0]-400):min(len(s), i[1]+200)]
	}
	return s[:min(len(s), 800)]
}

// difference shows where two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-200)
	return a[from:min(len(a), i+200)] + "\n-----\n" + b[from:min(len(b), i+200)]
}
