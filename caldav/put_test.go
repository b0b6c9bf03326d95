package caldav

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// lines joins content lines with CRLF.
func lines(l ...string) string { return strings.Join(l, "\r\n") + "\r\n" }

// What was PUT is what GET brings, byte for byte, and its entity tag is the same wherever it is told.
func TestPutByteForByte(t *testing.T) {
	s := newServer(t)
	plain := event("UID", "20261201T100000Z", "DESCRIPTION:ä 😀 \\n, \\; x", "X-UNKNOWN;X-P=\"a;b\":1", "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC")
	folded := strings.Replace(plain, "SUMMARY:Event UID", "SUM\r\n MARY\r\n\t:Ev\r\n e\r\n \r\n nt \xc3\r\n \xa4 UID\r\n  ", 1)
	cases := map[string]string{
		"plain":                    plain,
		"bare LF":                  strings.ReplaceAll(plain, "\r\n", "\n"),
		"no line end at the end":   strings.TrimSuffix(plain, "\r\n"),
		"blank lines at the end":   plain + "\r\n \r\n\r\n",
		"byte order mark":          "\ufeff" + plain,
		"folded in odd places":     folded,
		"lower case names":         strings.NewReplacer("BEGIN:", "begin:", "END:", "end:", "SUMMARY", "Summary").Replace(plain),
		"a very long line":         strings.Replace(plain, "SUMMARY:Event", "SUMMARY:"+strings.Repeat("long ", 2000), 1),
		"trailing blanks":          strings.Replace(plain, "SUMMARY:Event UID", "SUMMARY:Event UID   ", 1),
		"unknown components":       strings.Replace(plain, "END:VEVENT", lines("BEGIN:X-PART", "X-A:1", "BEGIN:X-DEEP", "END:X-DEEP", "END:X-PART")+"END:VEVENT", 1),
		"a TZID without VTIMEZONE": strings.Replace(plain, "DTSTART:20261201T100000Z", "DTSTART;TZID=Europe/Berlin:20261201T100000", 1),
		"a Windows zone":           strings.Replace(plain, "DTSTART:20261201T100000Z", "DTSTART;TZID=\"W. Europe Standard Time\":20261201T100000", 1),
		"a date with VALUE wrong":  strings.Replace(plain, "DTSTART:20261201T100000Z", "DTSTART;VALUE=DATE:20261201T100000Z", 1),
		"text beyond XML":          strings.Replace(plain, "SUMMARY:Event", "SUMMARY:<![CDATA[&lt;]]> \u0085\ufffd", 1),
		"Thunderbird":              strings.Replace(plain, "END:VEVENT", lines("X-MOZ-GENERATION:3", "BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER;VALUE=DURATION:-PT15M", "DESCRIPTION:Mozilla Standardbeschreibung", "END:VALARM")+"END:VEVENT", 1),
	}
	for name, data := range cases {
		t.Run(name, func(t *testing.T) {
			s := s.in(t)
			uid := strings.ReplaceAll(name, " ", "-")
			data := strings.ReplaceAll(data, "UID:UID", "UID:"+uid)
			path := annDefault + uid + ".ics"
			tag := s.do("ann", "PUT", path, data, "Content-Type: text/calendar").want(http.StatusCreated).header.Get("ETag")
			if len(tag) < 10 || tag[0] != '"' {
				t.Fatalf("ETag of PUT is %q", tag)
			}
			a := s.do("ann", "GET", path, "").want(http.StatusOK)
			wantEqual(t, "bytes", a.body, data)
			wantEqual(t, "ETag of GET", a.header.Get("ETag"), tag)
			wantEqual(t, "Content-Length of GET", a.header.Get("Content-Length"), fmt.Sprint(len(data)))
			wantEqual(t, "Content-Type of GET", a.header.Get("Content-Type"), "text/calendar; charset=utf-8; component=VEVENT")
			head := s.do("ann", "HEAD", path, "").want(http.StatusOK)
			for _, h := range []string{"ETag", "Content-Length", "Content-Type", "Last-Modified"} {
				wantEqual(t, h+" of HEAD", head.header.Get(h), a.header.Get(h))
			}
			wantEqual(t, "body of HEAD", head.body, "")
			r := s.get(path, "D:getetag", "D:getcontentlength", "D:getcontenttype", "D:getlastmodified")
			wantEqual(t, "getetag", r.text("getetag"), tag)
			wantEqual(t, "getcontentlength", r.text("getcontentlength"), fmt.Sprint(len(data)))
			wantEqual(t, "getcontenttype", r.text("getcontenttype"), a.header.Get("Content-Type"))
			wantEqual(t, "getlastmodified", r.text("getlastmodified"), a.header.Get("Last-Modified"))
			listed := s.do("ann", "PROPFIND", annDefault, propfind("D:getetag"), "Depth: 1").multistatus().response(path)
			wantEqual(t, "getetag in a listing", listed.text("getetag"), tag)
			wantEqual(t, "ETag of the same PUT again", s.do("ann", "PUT", path, data).want(http.StatusNoContent).header.Get("ETag"), tag)
			if got := s.do("ann", "PUT", path, data+" \r\n").want(http.StatusNoContent).header.Get("ETag"); got == tag {
				t.Errorf("another content has the same ETag %s", got)
			}
		})
	}
}

// The preconditions of RFC 4791 section 5.3.2.1 that speak of the data.
func TestPutPreconditions(t *testing.T) {
	s := newServer(t, Options{MaxObjectBytes: 20_000, MaxAttendees: 5, MaxInstances: 400})
	tasks := s.makeCalendar("tasks", `<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>`)
	good := event("x", "20261201T100000Z")
	with := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	two := func(l ...string) string { return with("END:VEVENT\r\n", "END:VEVENT\r\n"+lines(l...)) }
	utf16Bytes := func(s string) string {
		b := []byte{0xfe, 0xff}
		for _, u := range utf16.Encode([]rune(s)) {
			b = append(b, byte(u>>8), byte(u))
		}
		return string(b)
	}
	for _, test := range []struct {
		name, url, data, condition string
		headers                    []string
		status                     int // 0: 403
	}{
		{name: "JSON", data: `{"x": 1}`, condition: "supported-calendar-data", headers: []string{"Content-Type: application/json"}},
		{name: "jCal", data: `["vcalendar",[],[]]`, condition: "supported-calendar-data", headers: []string{"Content-Type: application/calendar+json"}},
		{name: "text/plain", data: good, condition: "supported-calendar-data", headers: []string{"Content-Type: text/plain"}},
		{name: "vCard", data: "BEGIN:VCARD\r\nEND:VCARD\r\n", condition: "supported-calendar-data", headers: []string{"Content-Type: text/vcard"}},
		{name: "latin 1", data: good, condition: "supported-calendar-data", headers: []string{"Content-Type: text/calendar; charset=iso-8859-1"}},
		{name: "odd UTF-16", data: utf16Bytes(good) + "x", condition: "valid-calendar-data", headers: []string{"Content-Type: text/calendar; charset=utf-16"}},
		{name: "nothing", data: "", condition: "valid-calendar-data"},
		{name: "rubbish", data: "not a calendar", condition: "valid-calendar-data"},
		{name: "invalid UTF-8", data: with("Event", "\xff\xfe"), condition: "valid-calendar-data"},
		{name: "a control character", data: with("Event", "\x00"), condition: "valid-calendar-data"},
		{name: "cut short", data: good[:len(good)-30], condition: "valid-calendar-data"},
		{name: "no END", data: with("END:VEVENT\r\n", ""), condition: "valid-calendar-data"},
		{name: "bad date", data: with("20261201T100000Z", "20261301T100000Z"), condition: "valid-calendar-data"},
		{name: "bad RRULE", data: with("SUMMARY", "RRULE:FREQ=SOMETIMES\r\nSUMMARY"), condition: "valid-calendar-data"},
		{name: "RSCALE", data: with("SUMMARY", "RRULE:RSCALE=HEBREW;FREQ=YEARLY\r\nSUMMARY"), condition: "valid-calendar-data"},
		{name: "no DTSTART", data: with("DTSTART:20261201T100000Z\r\n", ""), condition: "valid-calendar-data"},
		{name: "a vCard as calendar", data: "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:x\r\nEND:VCARD\r\n", condition: "valid-calendar-data"},
		{name: "METHOD", data: with("BEGIN:VEVENT", "METHOD:PUBLISH\r\nBEGIN:VEVENT"), condition: "valid-calendar-object-resource"},
		{name: "two UIDs", data: two("BEGIN:VEVENT", "UID:y", "DTSTAMP:20260101T000000Z", "DTSTART:20261201T100000Z", "END:VEVENT"), condition: "valid-calendar-object-resource"},
		{name: "two types", data: two("BEGIN:VTODO", "UID:x", "DTSTAMP:20260101T000000Z", "END:VTODO"), condition: "valid-calendar-object-resource"},
		{name: "no UID", data: with("UID:x\r\n", ""), condition: "valid-calendar-object-resource"},
		{name: "two masters", data: two("BEGIN:VEVENT", "UID:x", "DTSTAMP:20260101T000000Z", "DTSTART:20261201T100000Z", "END:VEVENT"), condition: "valid-calendar-object-resource"},
		{name: "a time zone only", data: tokyo, condition: "valid-calendar-object-resource"},
		{name: "two calendars", data: good + event("y", "20261201T100000Z"), condition: "valid-calendar-object-resource"},
		{name: "an event for tasks", url: tasks + "x.ics", data: good, condition: "supported-calendar-component"},
		{name: "a poll", data: component("VPOLL", "x"), condition: "supported-calendar-component"},
		{name: "availability", data: component("VAVAILABILITY", "x"), condition: "supported-calendar-component"},
		{name: "long", data: with("SUMMARY:", "SUMMARY:"+strings.Repeat("a", 20_000)), condition: "max-resource-size"},
		{name: "before the beginning", data: with("20261201T100000Z", "09991231T100000Z"), condition: "min-date-time"},
		{name: "many attendees", data: with("SUMMARY", strings.Repeat("ATTENDEE:mailto:a@example.com\r\n", 6)+"SUMMARY"), condition: "max-attendees-per-instance"},
		{name: "each second", data: with("SUMMARY", "RRULE:FREQ=SECONDLY\r\nSUMMARY"), condition: "max-instances"},
		{name: "each hour", data: with("SUMMARY", "RRULE:FREQ=HOURLY;UNTIL=29991231T000000Z\r\nSUMMARY"), condition: "max-instances"},
		{name: "into the Inbox", url: annHome + "Inbox/x.ics", data: good, condition: "calendar-collection-location-ok"},
		{name: "into the Outbox", url: annHome + "Outbox/x.ics", data: good, condition: "calendar-collection-location-ok"},
		{name: "into Attachments", url: annHome + "Attachments/x.ics", data: good, condition: "calendar-collection-location-ok"},
		{name: "into nothing", url: annHome + "none/x.ics", data: good, status: http.StatusConflict},
		{name: "below a calendar", url: annDefault + "in/x.ics", data: good, status: http.StatusConflict},
		{name: "below nothing", url: annHome + "none/in/x.ics", data: good, status: http.StatusConflict},
		{name: "onto a calendar", url: annDefault, data: good, status: http.StatusMethodNotAllowed},
		{name: "onto the home", url: annHome, data: good, status: http.StatusMethodNotAllowed},
		{name: "into the home", url: annHome + "x.ics", data: good, status: http.StatusMethodNotAllowed},
		{name: "into the home of nobody", url: "/dav/calendars/user/nobody/Default/x.ics", data: good, status: http.StatusNotFound},
		{name: "a part", data: good, headers: []string{"Content-Range: bytes 0-9/100"}, status: http.StatusBadRequest},
		{name: "compressed", data: good, headers: []string{"Content-Encoding: gzip"}, status: http.StatusUnsupportedMediaType},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			url := test.url
			if url == "" {
				url = annDefault + "x.ics"
			}
			if test.status == 0 {
				test.status = http.StatusForbidden
			}
			headers := append([]string{"Content-Type: text/calendar"}, test.headers...)
			s.do("ann", "PUT", url, test.data, headers...).refused(test.status, test.condition)
			if strings.HasSuffix(url, ".ics") {
				s.do("ann", "GET", url, "").want(http.StatusNotFound)
			}
			if url == annDefault+"x.ics" || url == tasks+"x.ics" {
				s.do("ann", "POST", strings.TrimSuffix(url, "x.ics"), test.data, headers...).refused(test.status, test.condition)
			}
		})
	}
	s.do("ann", "PROPFIND", annDefault, propfind("D:getetag"), "Depth: 1").wantHrefs(annDefault)
	// What is announced is what is allowed.
	r := s.get(annDefault, "C:max-resource-size", "C:max-attendees-per-instance", "C:max-instances")
	wantEqual(t, "max-instances", r.text("max-instances"), "400")
	s.do("ann", "PUT", annDefault+"daily.ics", event("daily", "20261201T100000Z", "RRULE:FREQ=DAILY")).want(http.StatusCreated)
	wantEqual(t, "max-resource-size", r.text("max-resource-size"), "20000")
	wantEqual(t, "max-attendees-per-instance", r.text("max-attendees-per-instance"), "5")
	full := with("SUMMARY:", "SUMMARY:"+strings.Repeat("a", 20_000-len(good)))
	s.do("ann", "PUT", annDefault+"full.ics", full).want(http.StatusCreated)
	s.do("ann", "PUT", annDefault+"full.ics", full+"\n").refused(http.StatusForbidden, "max-resource-size")
	s.do("ann", "PUT", annDefault+"16.ics", utf16Bytes(event("u16", "20261201T100000Z", "COMMENT:ä😀")), "Content-Type: text/calendar; charset=UTF-16").want(http.StatusCreated)
	s.wantBody(annDefault+"16.ics", event("u16", "20261201T100000Z", "COMMENT:ä😀"))
	for i, contentType := range []string{"text/calendar", "Text/Calendar; charset=\"UTF-8\"; component=vevent; method=request", "application/octet-stream", ""} {
		uid := fmt.Sprint("type", i)
		s.do("ann", "PUT", annDefault+uid+".ics", event(uid, "20261201T100000Z"), "Content-Type: "+contentType).want(http.StatusCreated)
	}
}

// The bounds that a server has without being told (RFC 4791 section 5.2.8 and 5.2.9).
func TestPutBounds(t *testing.T) {
	s := newServer(t)
	date := ",20261202T100000Z"
	s.do("ann", "PUT", annDefault+"x.ics", event("x", "20261201T100000Z", "RRULE:FREQ=DAILY", "EXDATE:"+strings.Repeat(date, 10_001)[1:])).refused(http.StatusForbidden, "max-instances")
	s.do("ann", "PUT", annDefault+"x.ics", event("x", "20261201T100000Z", strings.Repeat("ATTENDEE:mailto:a@example.com\r\n", 2001)+"X-A:1")).refused(http.StatusForbidden, "max-attendees-per-instance")
	s.do("ann", "PUT", annDefault+"x.ics", event("x", "20261201T100000Z", "DESCRIPTION:"+strings.Repeat("a", 11<<20))).refused(http.StatusForbidden, "max-resource-size")
	s.wantBody(annDefault+"x.ics", "")
	s.do("ann", "PUT", annDefault+"x.ics", event("x", "20261201T100000Z", "RRULE:FREQ=DAILY", "EXDATE:"+strings.Repeat(date, 10_000)[1:])).want(http.StatusCreated)
	s.do("ann", "PUT", annDefault+"y.ics", event("y", "20261201T100000Z", strings.Repeat("ATTENDEE:mailto:a@example.com\r\n", 2000)+"X-A:1")).want(http.StatusCreated)
	s.do("ann", "PUT", annDefault+"z.ics", event("z", "99991231T235959Z")).want(http.StatusCreated)
	s.do("ann", "PUT", annDefault+"0.ics", event("0", "10000101T000000Z")).want(http.StatusCreated)
}

// One UID, one object; and the UID at a URL stays (CALDAV:no-uid-conflict with the href of the other).
func TestPutUIDConflict(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	a := event("a", "20261201T100000Z")
	s.do("ann", "PUT", annDefault+"a%20%25.ics", a).want(http.StatusCreated)
	got := s.do("ann", "PUT", annDefault+"b.ics", a).refused(http.StatusForbidden, "no-uid-conflict")
	var e struct {
		Conflict struct {
			Href string `xml:"DAV: href"`
		} `xml:"urn:ietf:params:xml:ns:caldav no-uid-conflict"`
	}
	if err := xml.Unmarshal([]byte(got.body), &e); err != nil || e.Conflict.Href != annDefault+"a%20%25.ics" {
		t.Errorf("href %q, %v in\n%s", e.Conflict.Href, err, got.body)
	}
	s.do("ann", "POST", annDefault, a).refused(http.StatusForbidden, "no-uid-conflict")
	s.do("ann", "PUT", annDefault+"a%20%25.ics", event("b", "20261201T100000Z")).refused(http.StatusForbidden, "no-uid-conflict")
	s.wantBody(annDefault+"a%20%25.ics", a)
	s.wantBody(annDefault+"b.ics", "")
	s.do("ann", "PUT", work+"a.ics", a).want(http.StatusCreated) // another calendar, another object
	s.do("bob", "PUT", "/dav/calendars/user/bob/Default/a.ics", a).want(http.StatusCreated)
	// A UID that was deleted is free again, at another URL and at its own.
	s.do("ann", "DELETE", annDefault+"a%20%25.ics", "").want(http.StatusNoContent)
	s.do("ann", "PUT", annDefault+"b.ics", a).want(http.StatusCreated)
	s.do("ann", "PUT", annDefault+"a%20%25.ics", event("c", "20261201T100000Z")).want(http.StatusCreated)
	s.do("ann", "PUT", annDefault+"A.ics", event("A", "20261201T100000Z")).want(http.StatusCreated) // UIDs and names have case
	s.do("ann", "PUT", annDefault+"a.ics", event("a%", "20261201T100000Z")).want(http.StatusCreated)
}

// Of several who write at once one wins where only one can, and all that were told so are there.
func TestConcurrentPuts(t *testing.T) {
	s := newServer(t)
	const clients = 8
	tag := s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated).header.Get("ETag")
	for _, test := range []struct {
		name    string
		path    func(i int) string
		uid     func(i int) string
		header  string
		winners int
		lost    []int
	}{
		{"with the same tag", func(int) string { return "a.ics" }, func(int) string { return "a" }, "If-Match: " + tag, 1, []int{412}},
		{"only if there is none", func(int) string { return "b.ics" }, func(int) string { return "b" }, "If-None-Match: *", 1, []int{412}},
		{"the same UID", func(i int) string { return fmt.Sprintf("c%d.ics", i) }, func(int) string { return "c" }, "X-None: 1", 1, []int{403}},
		{"the same name", func(int) string { return "d.ics" }, func(i int) string { return fmt.Sprint("d", i) }, "X-None: 1", 1, []int{403}},
		{"different ones", func(i int) string { return fmt.Sprintf("e%d.ics", i) }, func(i int) string { return fmt.Sprint("e", i) }, "X-None: 1", clients, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := s.in(t)
			answers := make(chan *answer, clients)
			for i := range clients {
				go func() {
					answers <- s.do("ann", "PUT", annDefault+test.path(i), event(test.uid(i), fmt.Sprintf("202612%02dT110000Z", i+1)), test.header)
				}()
			}
			won := 0
			for range clients {
				switch a := <-answers; {
				case a.status < 300:
					won++
					wantEqual(t, a.what+" ETag", s.etag(strings.TrimPrefix(a.what, "PUT ")), a.header.Get("ETag"))
				case !slices.Contains(test.lost, a.status):
					t.Errorf("%s: status %d\n%s", a.what, a.status, a.body)
				}
			}
			wantEqual(t, "winners", won, test.winners)
		})
	}
}
