package caldav

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// An answer that would be too long is cut short, and says so (RFC 5323 section 5.3.1, RFC 6578 section 3.6).
func TestReportLimits(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	for _, name := range []string{"Default", "work"} {
		s.storeMany(name, 10, func(i int) (string, string) {
			return fmt.Sprintf("%d.ics", i), event(fmt.Sprintf("%s%d", name, i), "20261201T100000Z")
		})
	}
	few := s.with(Options{MaxResults: 4})
	for name, body := range map[string]string{
		"all":     filterFor(""),
		"window":  filterFor(inWindow("VEVENT", "20261201T000000Z/20261202T000000Z")),
		"text":    filterFor(compFilter("VEVENT", propFilter("SUMMARY", textMatch("event")))),
		"data":    queryFor("<C:calendar-data/>", compFilter("VEVENT", "")),
		"initial": syncFor("", "1", 0),
		"limited": syncFor("", "1", 100),
	} {
		t.Run(name, func(t *testing.T) {
			a := few.in(t).report(work, body)
			if got := a.found(); len(got) != 4 {
				t.Errorf("%d objects, want 4", len(got))
			}
			if r := a.multistatus().response(work); r == nil || !strings.Contains(r.Status, " 507 ") || !strings.Contains(a.body, "number-of-matches-within-limits") {
				t.Errorf("it does not say that it is cut short:\n%s", a.body)
			}
		})
	}
	a := few.report(annHome, filterFor(""))
	if got := a.found(); len(got) != 4 || a.multistatus().response(annHome) == nil {
		t.Errorf("the home: %v\n%s", got, a.body)
	}
	r := few.replica(work, "1")
	r.sync(0) // and then goes on
	few.do("ann", "REPORT", work, multigetFor(slices.Repeat([]string{work + "1.ics"}, 5)...)).refused(http.StatusForbidden, "number-of-matches-within-limits")
	few.do("ann", "REPORT", work, multigetFor(work+"1.ics", work+"2.ics", work+"3.ics", work+"4.ics")).wantFound("1.ics", "2.ics", "3.ics", "4.ics")
	if got := few.report(work, filterFor(inWindow("VEVENT", "20261202T000000Z/20261203T000000Z"))).multistatus(); len(got.Responses) != 0 {
		t.Errorf("nothing found: %+v", got.Responses)
	}
}

// What a report lists may lead to many places, but not to any number.
func TestMultigetEverywhere(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	hrefs := []string{annDefault + "a.ics"}
	for i := range 900 {
		hrefs = append(hrefs, fmt.Sprintf("%snone%d/a.ics", annHome, i))
	}
	if got := len(s.do("ann", "REPORT", annDefault, multigetFor(hrefs...)).wantFound("a.ics").multistatus().Responses); got != 901 {
		t.Errorf("%d responses, want 901", got)
	}
	for i := range 20_000 {
		hrefs = append(hrefs, fmt.Sprintf("/dav/calendars/user/u%d/c/a.ics", i))
	}
	s.do("ann", "REPORT", annDefault, multigetFor(hrefs...)).refused(http.StatusForbidden, "number-of-matches-within-limits")
}

// A long answer is whole.
func TestLongQuery(t *testing.T) {
	const n = 5000
	s := newServer(t)
	s.storeMany("Default", n, func(i int) (string, string) {
		return fmt.Sprintf("%d.ics", i), event(fmt.Sprint(i), "20261201T100000Z", "DESCRIPTION:"+strings.Repeat("long ", 50))
	})
	for name, body := range map[string]string{
		"tags": filterFor(inWindow("VEVENT", "20261201T000000Z/20261202T000000Z")),
		"data": queryFor("<D:getetag/><C:calendar-data/>", inWindow("VEVENT", "20261201T000000Z/20261202T000000Z")),
		"sync": wrap("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/><C:calendar-data/></D:prop>"),
	} {
		m := s.report(annDefault, body).multistatus()
		if len(m.Responses) != n {
			t.Errorf("%s: %d responses, want %d", name, len(m.Responses), n)
		}
		for i := range m.Responses {
			if data, ok := m.Responses[i].prop("calendar-data"); ok != (name != "tags") || ok && !strings.Contains(data.Text, "END:VCALENDAR") {
				t.Fatalf("%s: %+v", name, m.Responses[i])
			}
		}
	}
}

// A client that asks for data in a sync-collection report gets it, however many others ask at the same time.
func TestSyncDataConcurrent(t *testing.T) {
	s := newServer(t)
	s.storeMany("Default", 50, func(i int) (string, string) {
		return fmt.Sprintf("%d.ics", i), event(fmt.Sprint(i), "20261201T100000Z")
	})
	body := wrap("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><C:calendar-data/></D:prop>")
	counts := make([]int, 60)
	var wg sync.WaitGroup
	for i := range counts {
		wg.Go(func() { counts[i] = strings.Count(s.do("ann", "REPORT", annDefault, body).body, "END:VEVENT") })
	}
	wg.Wait()
	for _, got := range counts {
		if got != 50 {
			t.Errorf("%d objects, want 50", got)
		}
	}
}
