package caldav

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	goical "github.com/emersion/go-ical"

	"convene/ical"
	"convene/store"
)

// parsedByOthers reads an iCalendar file with a parser that is not ours.
func (a *answer) parsedByOthers() *goical.Calendar {
	a.t.Helper()
	d := goical.NewDecoder(strings.NewReader(a.body))
	cal, err := d.Decode()
	if err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.body)
	}
	if _, err := d.Decode(); err == nil {
		a.t.Fatalf("%s: more than one VCALENDAR", a.what)
	}
	return cal
}

// summary is what a calendar consists of: "VEVENT uid" and "VTIMEZONE tzid", sorted.
func summary(cal *goical.Calendar) []string {
	all := []string{}
	for _, c := range cal.Children {
		name := c.Props.Get("UID")
		if c.Name == "VTIMEZONE" {
			name = c.Props.Get("TZID")
		}
		if name == nil {
			all = append(all, c.Name)
			continue
		}
		all = append(all, c.Name+" "+name.Value)
	}
	slices.Sort(all)
	return all
}

// A whole calendar as one file, for clients that subscribe to it.
func TestWholeCalendar(t *testing.T) {
	s := rfc4791(t)
	s.fill(annDefault, map[string]string{"berlin.ics": dataEvent, "plain.ics": event("plain", "20261201T100000Z")})
	want := []string{
		"VEVENT 00959BC664CA650E933C892C@example.com", "VEVENT 00959BC664CA650E933C892C@example.com", "VEVENT 00959BC664CA650E933C892C@example.com",
		"VEVENT 74855313FA803DA593CD579A@example.com", "VEVENT DC6C50A017428C5216A2F1CD@example.com", "VEVENT a", "VEVENT a", "VEVENT a", "VEVENT plain",
		"VFREEBUSY 76ef34-54a3d2@example.com", "VTIMEZONE Europe/Berlin", "VTIMEZONE US/Eastern", "VTODO DDDEEB7915FA61233B861457@example.com",
		"VTODO E10BA47467C5C69BB74E8720@example.com", "VTODO E10BA47467C5C69BB74E8722@example.com", "VTODO E10BA47467C5C69BB74E8725@example.com",
	}
	for name, get := range map[string]func(s *server) *answer{
		"Accept":        func(s *server) *answer { return s.do("ann", "GET", annDefault, "", "Accept: text/calendar") },
		"?export":       func(s *server) *answer { return s.do("ann", "GET", annDefault+"?export", "", "Accept: text/html") },
		"no slash":      func(s *server) *answer { return s.do("ann", "GET", strings.TrimSuffix(annDefault, "/")+"?export", "") },
		"anything":      func(s *server) *answer { return s.do("ann", "GET", annDefault, "", "Accept: */*") },
		"without":       func(s *server) *answer { return s.do("ann", "GET", annDefault, "") },
		"administrator": func(s *server) *answer { return s.do("root", "GET", annDefault+"?export", "") },
	} {
		t.Run(name, func(t *testing.T) {
			a := get(s.in(t)).want(http.StatusOK)
			if ct := a.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/calendar") {
				t.Errorf("Content-Type %q", ct)
			}
			cal := a.parsedByOthers()
			if got := summary(cal); !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			for _, prop := range []string{"VERSION", "PRODID", "X-WR-CALNAME"} {
				if n := len(cal.Props[prop]); n != 1 {
					t.Errorf("%d %s, want one", n, prop)
				}
			}
			if len(cal.Props["METHOD"]) > 0 {
				t.Error("there is a METHOD")
			}
			objects, refused, err := ical.Split([]byte(a.body), ical.Limits{})
			if err != nil || len(refused) > 0 || len(objects) != 10 {
				t.Errorf("split again: %d objects, %v refused, %v; want 10", len(objects), refused, err)
			}
			if strings.Contains(strings.ReplaceAll(a.body, "\r\n", ""), "\n") {
				t.Error("a line ends without CR")
			}
		})
	}
	s.do("ann", "GET", annDefault, "", "Accept: text/html").want(http.StatusNotAcceptable)
	s.do("bob", "GET", annDefault+"?export", "").want(http.StatusNotFound)
	s.do("", "GET", annDefault+"?export", "").want(http.StatusUnauthorized)
	s.do("ann", "GET", annHome+"Inbox/?export", "").want(http.StatusMethodNotAllowed)
	s.do("ann", "GET", annHome+"?export", "").want(http.StatusMethodNotAllowed)
	s.do("ann", "GET", annHome+"none/?export", "").want(http.StatusNotFound)
}

// Polling a whole calendar costs nothing while nothing changes.
func TestWholeCalendarUnchanged(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	get := func(method string, headers ...string) *answer {
		return s.do("ann", method, annDefault+"?export", "", headers...)
	}
	first := get("GET").want(http.StatusOK)
	tag := first.header.Get("ETag")
	if !strings.HasPrefix(tag, `"`) || !strings.HasSuffix(tag, `"`) {
		t.Fatalf("ETag %q", tag)
	}
	head := get("HEAD").want(http.StatusOK)
	for _, h := range []string{"ETag", "Content-Type", "Last-Modified"} {
		if head.header.Get(h) != first.header.Get(h) {
			t.Errorf("HEAD: %s %q, GET: %q", h, head.header.Get(h), first.header.Get(h))
		}
	}
	if head.body != "" {
		t.Errorf("HEAD with a body: %q", head.body)
	}
	for _, header := range []string{"If-None-Match: " + tag, `If-None-Match: "x", ` + tag, "If-None-Match: W/" + tag, "If-None-Match: *"} {
		if a := get("GET", header).want(http.StatusNotModified); a.body != "" || a.header.Get("ETag") != tag {
			t.Errorf("%s: ETag %q, body %q", header, a.header.Get("ETag"), a.body)
		}
		get("HEAD", header).want(http.StatusNotModified)
	}
	get("GET", `If-None-Match: "x"`).want(http.StatusOK)
	get("GET", "If-Modified-Since: "+first.header.Get("Last-Modified")).want(http.StatusNotModified)
	get("GET", "If-Match: "+tag).want(http.StatusOK)
	get("GET", `If-Match: "x"`).want(http.StatusPreconditionFailed)

	s.do("ann", "PUT", annDefault+"a.ics", event("a", "20261202T100000Z")).want(http.StatusNoContent)
	second := get("GET", "If-None-Match: "+tag).want(http.StatusOK)
	if second.header.Get("ETag") == tag || !strings.Contains(second.body, "20261202T100000Z") {
		t.Errorf("the change is not to be seen: ETag %q\n%s", second.header.Get("ETag"), second.body)
	}
	s.do("ann", "DELETE", annDefault+"a.ics", "").want(http.StatusNoContent)
	if a := get("GET", "If-None-Match: "+second.header.Get("ETag")).want(http.StatusOK); strings.Contains(a.body, "VEVENT") {
		t.Errorf("still there:\n%s", a.body)
	}
}

func TestWholeCalendarEmpty(t *testing.T) {
	s := newServer(t)
	a := s.do("ann", "GET", s.makeCalendar("empty", "<D:displayname>Nothing, yet; at all</D:displayname>"), "", "Accept: text/calendar").want(http.StatusOK)
	for _, line := range []string{"BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR", `X-WR-CALNAME:Nothing\, yet\; at all`} {
		if !slices.Contains(contentLines(a.body), line) {
			t.Errorf("%q is missing in\n%s", line, a.body)
		}
	}
	if _, err := ical.Parse([]byte(a.body), ical.Limits{}); err != nil {
		t.Error(err)
	}
}

// One object that cannot be read is left out of a whole calendar, of queries and of free/busy time; the others are there.
func TestOneBadObject(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z"), "z.ics": event("z", "20261201T150000Z")})
	coll := s.collection("Default")
	for i, data := range []string{"", "nonsense", "BEGIN:VCALENDAR\r\n", "\xff\xfe\x00", event("m", "20269999T100000Z"), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
		event("n", "20261201T100000Z", "RRULE:FREQ=NOW")} {
		always := ical.Index{Occurs: []ical.Range{{}}, Exact: ical.Range{Start: testNow, End: testNow.Add(time.Second)}}
		_, err := store.InTx(t.Context(), s.db, []store.PrincipalID{coll.Owner}, func(ctx context.Context, tx *store.Tx) (*store.Object, error) {
			return tx.Put(ctx, tx.Home(coll.Owner).Collection("Default"), store.NewObject{Name: fmt.Sprintf("m%d.ics", i), UID: fmt.Sprint("m", i), Component: "VEVENT",
				ETag: store.ETagOf([]byte(data)), Data: []byte(data), Index: always})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	day := "20261201T000000Z/20261202T000000Z"
	s.report(annDefault, filterFor(inWindow("VEVENT", day))).wantFound("a.ics", "z.ics")
	s.report(annDefault, filterFor(compFilter("VEVENT", propFilter("SUMMARY", textMatch("event"))))).wantFound("a.ics", "m6.ics", "z.ics") // its text can be read
	s.report(annDefault, freeBusy(day)).wantBusy("BUSY 20261201T100000Z/20261201T110000Z", "BUSY 20261201T150000Z/20261201T160000Z")
	for name, body := range map[string]string{
		"expanded":  queryFor(`<D:getetag/><C:calendar-data><C:expand start="20261201T000000Z" end="20261202T000000Z"/></C:calendar-data>`, ""),
		"data":      queryFor(`<D:getetag/><C:calendar-data/>`, ""),
		"multiget":  multigetFor(annDefault+"a.ics", annDefault+"m1.ics", annDefault+"z.ics"),
		"selection": queryFor(`<D:getetag/><C:calendar-data><C:comp name="VCALENDAR"><C:comp name="VEVENT"><C:prop name="SUMMARY"/></C:comp></C:comp></C:calendar-data>`, ""),
	} {
		a := s.report(annDefault, body)
		for _, n := range []string{"a", "z"} {
			if !strings.Contains(a.data(annDefault+n+".ics"), "SUMMARY:Event "+n) {
				t.Errorf("%s: %s.ics is missing:\n%s", name, n, a.body)
			}
		}
	}
	a := s.do("ann", "GET", annDefault+"?export", "").want(http.StatusOK)
	if got := summary(a.parsedByOthers()); !slices.Equal(got, []string{"VEVENT a", "VEVENT m", "VEVENT n", "VEVENT z"}) { // dates that mean nothing do not make a file unreadable
		t.Errorf("the whole calendar has %v", got)
	}
	if got := s.replica(annDefault, "1").sync(0); len(got) != 9 {
		t.Errorf("sync-collection reports %v", got)
	}
	s.do("ann", "GET", annDefault+"m1.ics", "").want(http.StatusOK)
	s.do("ann", "DELETE", annDefault+"m1.ics", "").want(http.StatusNoContent)
}

// What goes out is what came in, but for the frame: unknown things survive, and large calendars are streamed.
func TestWholeCalendarLarge(t *testing.T) {
	const n = 3000
	s := newServer(t)
	s.storeMany("Default", n, func(i int) (string, string) {
		return fmt.Sprintf("%d.ics", i), strings.ReplaceAll(dataEvent, "UID:a\r\n", fmt.Sprintf("UID:u%d\r\n", i))
	})
	a := s.do("ann", "GET", annDefault+"?export", "").want(http.StatusOK)
	if got := strings.Count(a.body, "BEGIN:VTIMEZONE"); got != 1 {
		t.Errorf("%d time zones, want 1", got)
	}
	if got := strings.Count(a.body, "BEGIN:VEVENT"); got != 3*n {
		t.Errorf("%d events, want %d", got, 3*n)
	}
	if got := strings.Count(a.body, "X-FOO;X-BAR=1:kept\r\n"); got != n {
		t.Errorf("%d unknown properties, want %d", got, n)
	}
	if !strings.HasSuffix(a.body, "END:VCALENDAR\r\n") {
		t.Errorf("it ends with %q", a.body[len(a.body)-40:])
	}
}
