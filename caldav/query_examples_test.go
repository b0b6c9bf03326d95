package caldav

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// rfc4791 fills ann's calendar with the one that the examples of RFC 4791 work on: its Appendix B. (The DUE of abcd5.ics is that of
// section 7.8.5: the appendix has a date there, with which the example could not find it.)
func rfc4791(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	for i := 1; i <= 8; i++ {
		name := fmt.Sprintf("abcd%d.ics", i)
		s.do("ann", "PUT", annDefault+name, golden(t, "rfc4791/"+name)).want(http.StatusCreated)
	}
	return s
}

// The examples of RFC 4791 section 7.8, with what each answers: the object, and the file with its calendar data.
var queryExamples = []struct {
	section, data, filter string
	want                  map[string]string
}{
	{
		"7.8.1", `<C:calendar-data><C:comp name="VCALENDAR"><C:prop name="VERSION"/>
			<C:comp name="VEVENT"><C:prop name="SUMMARY"/><C:prop name="UID"/><C:prop name="DTSTART"/><C:prop name="DTEND"/>
			<C:prop name="DURATION"/><C:prop name="RRULE"/><C:prop name="RDATE"/><C:prop name="EXRULE"/><C:prop name="EXDATE"/>
			<C:prop name="RECURRENCE-ID"/></C:comp><C:comp name="VTIMEZONE"/></C:comp></C:calendar-data>`,
		inWindow("VEVENT", "20060104T000000Z/20060105T000000Z"),
		map[string]string{"abcd2.ics": "7.8.1-abcd2.ics", "abcd3.ics": "7.8.1-abcd3.ics"},
	},
	{
		"7.8.2", `<C:calendar-data><C:limit-recurrence-set start="20060103T000000Z" end="20060105T000000Z"/></C:calendar-data>`,
		inWindow("VEVENT", "20060103T000000Z/20060105T000000Z"),
		map[string]string{"abcd2.ics": "7.8.2-abcd2.ics", "abcd3.ics": "7.8.2-abcd3.ics"},
	},
	{
		"7.8.3", `<C:calendar-data><C:expand start="20060103T000000Z" end="20060105T000000Z"/></C:calendar-data>`,
		inWindow("VEVENT", "20060103T000000Z/20060105T000000Z"),
		map[string]string{"abcd2.ics": "7.8.3-abcd2.ics", "abcd3.ics": "7.8.3-abcd3.ics"},
	},
	{
		"7.8.4", `<C:calendar-data><C:limit-freebusy-set start="20060102T000000Z" end="20060103T000000Z"/></C:calendar-data>`,
		inWindow("VFREEBUSY", "20060102T000000Z/20060103T000000Z"),
		map[string]string{"abcd8.ics": "7.8.4-abcd8.ics"},
	},
	{
		"7.8.5", `<C:calendar-data/>`,
		`<C:comp-filter name="VTODO">` + inWindow("VALARM", "20060106T100000Z/20060107T100000Z") + `</C:comp-filter>`,
		map[string]string{"abcd5.ics": "abcd5.ics"},
	},
	{
		"7.8.6", `<C:calendar-data/>`,
		`<C:comp-filter name="VEVENT"><C:prop-filter name="UID">
			<C:text-match collation="i;octet">DC6C50A017428C5216A2F1CD@example.com</C:text-match></C:prop-filter></C:comp-filter>`,
		map[string]string{"abcd3.ics": "abcd3.ics"},
	},
	{
		"7.8.7", `<C:calendar-data/>`,
		`<C:comp-filter name="VEVENT"><C:prop-filter name="ATTENDEE">
			<C:text-match collation="i;ascii-casemap">mailto:lisa@example.com</C:text-match>
			<C:param-filter name="PARTSTAT"><C:text-match collation="i;ascii-casemap">NEEDS-ACTION</C:text-match></C:param-filter>
			</C:prop-filter></C:comp-filter>`,
		map[string]string{"abcd3.ics": "abcd3.ics"},
	},
	{
		"7.8.8", `<C:calendar-data/>`, `<C:comp-filter name="VEVENT"/>`,
		map[string]string{"abcd1.ics": "abcd1.ics", "abcd2.ics": "abcd2.ics", "abcd3.ics": "abcd3.ics"},
	},
	{
		"7.8.9", `<C:calendar-data/>`,
		`<C:comp-filter name="VTODO"><C:prop-filter name="COMPLETED"><C:is-not-defined/></C:prop-filter>
			<C:prop-filter name="STATUS"><C:text-match negate-condition="yes">CANCELLED</C:text-match></C:prop-filter></C:comp-filter>`,
		map[string]string{"abcd4.ics": "abcd4.ics", "abcd5.ics": "abcd5.ics"},
	},
	{ // the example is of a server that refuses; this one can look for any property
		"7.8.10", `<C:calendar-data/>`,
		`<C:comp-filter name="VEVENT"><C:prop-filter name="X-ABC-GUID"><C:text-match>ABC</C:text-match></C:prop-filter></C:comp-filter>`,
		map[string]string{},
	},
	{
		"7.8.10, with text that is there", `<C:calendar-data/>`,
		`<C:comp-filter name="VEVENT"><C:prop-filter name="X-ABC-GUID"><C:text-match>e1cx5d</C:text-match></C:prop-filter></C:comp-filter>`,
		map[string]string{"abcd3.ics": "abcd3.ics"},
	},
}

func TestQueryExamples(t *testing.T) {
	s := rfc4791(t)
	for _, ex := range queryExamples {
		t.Run(ex.section, func(t *testing.T) {
			s := s.in(t)
			a := s.report(annDefault, queryFor("<D:getetag/>"+ex.data, ex.filter))
			var names []string
			for name := range ex.want {
				names = append(names, name)
			}
			a.wantFound(names...)
			for name, file := range ex.want {
				if got, want := unfolded(a.data(annDefault+name)), unfolded(golden(t, "rfc4791/"+file)); got != want {
					t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
				}
				tag, ok := a.multistatus().response(annDefault + name).prop("getetag")
				if etag := s.do("ann", "HEAD", annDefault+name, "").want(http.StatusOK).header.Get("ETag"); !ok || tag.Text != etag {
					t.Errorf("the entity tag of %s is %q, want %q", name, tag.Text, etag)
				}
			}
		})
	}
}

// RFC 4791 section 7.9.1.
func TestMultigetExample(t *testing.T) {
	s := rfc4791(t)
	a := s.do("ann", "REPORT", annDefault, wrap("C:calendar-multiget", "<D:prop><D:getetag/><C:calendar-data/></D:prop>"+
		"<D:href>"+annDefault+"abcd1.ics</D:href><D:href>"+annDefault+"mtg1.ics</D:href>"))
	a.wantFound("abcd1.ics")
	if got, want := unfolded(a.data(annDefault+"abcd1.ics")), unfolded(golden(t, "rfc4791/abcd1.ics")); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if r := a.multistatus().response(annDefault + "mtg1.ics"); r == nil || !strings.Contains(r.Status, " 404 ") {
		t.Errorf("mtg1.ics: got %+v, want status 404", r)
	}
}

// RFC 4791 section 7.10.1, where the calendar holds no VFREEBUSY and the answer ends before the last event of its window.
func TestFreeBusyExample(t *testing.T) {
	s := rfc4791(t)
	s.do("ann", "DELETE", annDefault+"abcd8.ics", "").want(http.StatusNoContent)
	a := s.report(annDefault, wrap("C:free-busy-query", `<C:time-range start="20060104T140000Z" end="20060105T220000Z"/>`)).want(http.StatusOK)
	a.wantBusy("BUSY-TENTATIVE 20060104T150000Z/20060104T160000Z",
		"BUSY 20060104T190000Z/20060104T200000Z", "BUSY 20060105T170000Z/20060105T180000Z")
	for _, line := range []string{"DTSTART:20060104T140000Z", "DTEND:20060105T220000Z"} {
		if !strings.Contains(a.body, line+"\r\n") {
			t.Errorf("no %s in\n%s", line, a.body)
		}
	}
}
