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
