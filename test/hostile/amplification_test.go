package hostile

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"convene/test/harness"
)

// maxAnswer bounds what one request of less than a megabyte may be answered with.
const maxAnswer = 64 << 20

// TestAmplification: small requests that ask for the same large thing again and again, or for everything of everything, get an
// answer in proportion or a refusal.
func TestAmplification(t *testing.T) {
	c := srv.NewUser(t)
	g := watch(t, c)
	calendar := c.Home() + "large/"
	c.Want(t, http.StatusCreated, "MKCALENDAR", calendar, "")
	big := harness.Event("big", "big", harness.Day(1), "RRULE:FREQ=DAILY", "DESCRIPTION:"+strings.Repeat("lorem ipsum ", 80_000))
	c.Want(t, http.StatusCreated, "PUT", calendar+"big.ics", big)
	href := "<D:href>" + calendar + "big.ics</D:href>"
	nested := strings.Repeat(`<D:property name="current-user-principal"><D:property name="principal-URL">`, 25) + strings.Repeat(`</D:property></D:property>`, 25)
	requests := map[string]string{
		"one object 5,000 times":           multiget(strings.Repeat(href, 5000), "<C:calendar-data/>"),
		"one object by 5,000 spellings":    multiget(strings.Join(spellings(calendar, 5000), ""), "<C:calendar-data/>"),
		"20,000 objects that are not":      multiget(strings.Join(repeat("<D:href>"+calendar+"%d.ics</D:href>", 20_000), ""), "<D:getetag/>"),
		"20,000 of another's objects":      multiget(strings.Join(repeat("<D:href>/dav/calendars/user/admin/c%[1]d/%[1]d.ics</D:href>", 10_000), ""), "<D:getetag/>"),
		"expansion of a large series":      expand("20270101T000000Z", "20471231T000000Z"),
		"one property 20,000 times":        `<D:propfind ` + harness.XMLNS + `><D:prop>` + strings.Repeat("<D:supported-report-set/>", 20_000) + `</D:prop></D:propfind>`,
		"20,000 properties":                `<D:propfind ` + harness.XMLNS + `><D:prop>` + strings.Join(repeat("<D:p%d/>", 20_000), "") + `</D:prop></D:propfind>`,
		"properties in properties":         `<D:expand-property ` + harness.XMLNS + `>` + nested + `</D:expand-property>`,
		"a search with 5,000 matches":      `<D:principal-property-search ` + harness.XMLNS + `>` + strings.Repeat(`<D:property-search><D:prop><D:displayname/></D:prop><D:match>user</D:match></D:property-search>`, 5000) + `<D:prop><D:displayname/></D:prop></D:principal-property-search>`,
		"a filter of 5,000 text matches":   textMatches(5000),
		"a long text match in a long text": fmt.Sprintf(textFilter, strings.Repeat("lorem ipsum ", 20_000)+"x"),
	}
	for name, body := range requests {
		t.Run(name, func(t *testing.T) {
			g.costs(t, func() {
				method, path := "REPORT", calendar
				if strings.HasPrefix(body, "<D:propfind") {
					method = "PROPFIND"
				}
				status, n := answerSize(t, c, method, path, body)
				if status/100 == 5 || n > maxAnswer {
					t.Errorf("%d bytes of request got status %d and %d bytes", len(body), status, n)
				}
			})
		})
	}
	c.Want(t, http.StatusNoContent, "DELETE", calendar, "")
}

// answerSize sends a request and counts what comes, up to four times what is allowed.
func answerSize(t *testing.T, c *harness.Client, method, path, body string) (status int, n int64) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.Base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(c.User, c.Password)
	req.Header.Set("Content-Type", "application/xml")
	req.Header.Set("Depth", "1")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 4*maxAnswer))
	if err != nil {
		t.Logf("after %d bytes: %v", n, err) // the server may end an answer that grows too large
	}
	return resp.StatusCode, n
}

func multiget(hrefs, prop string) string {
	return `<C:calendar-multiget ` + harness.XMLNS + `><D:prop>` + prop + `</D:prop>` + hrefs + `</C:calendar-multiget>`
}

// spellings returns n hrefs of the same object, each with other characters percent-encoded.
func spellings(calendar string, n int) []string {
	all := make([]string, n)
	for i := range all {
		path := []byte(calendar + "big.ics")
		var b strings.Builder
		for j, ch := range path {
			if j > 1 && ch != '/' && i>>(j%13)&1 == 1 {
				fmt.Fprintf(&b, "%%%02x", ch)
			} else {
				b.WriteByte(ch)
			}
		}
		all[i] = "<D:href>" + b.String() + "</D:href>"
	}
	return all
}

func expand(start, end string) string {
	return `<C:calendar-query ` + harness.XMLNS + `><D:prop><C:calendar-data><C:expand start="` + start + `" end="` + end + `"/></C:calendar-data></D:prop>` +
		`<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"><C:time-range start="` + start + `" end="` + end +
		`"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
}

const textFilter = `<C:calendar-query ` + harness.XMLNS + `><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` +
	`<C:prop-filter name="DESCRIPTION"><C:text-match collation="i;unicode-casemap">%s</C:text-match></C:prop-filter>` +
	`</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`

func textMatches(n int) string {
	one := `<C:prop-filter name="DESCRIPTION"><C:text-match collation="i;unicode-casemap">ipsum lorem</C:text-match></C:prop-filter>`
	return `<C:calendar-query ` + harness.XMLNS + `><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">` +
		strings.Repeat(one, n) + `</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
}
