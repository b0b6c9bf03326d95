package caldav

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	goical "github.com/emersion/go-ical"
)

// busy returns the periods of a VFREEBUSY as "FBTYPE start/end", in order of start.
func (a *answer) busy() []string {
	a.t.Helper()
	a.want(http.StatusOK)
	if ct := a.header.Get("Content-Type"); !strings.HasPrefix(ct, "text/calendar") {
		a.t.Fatalf("%s: Content-Type %q", a.what, ct)
	}
	cal, err := goical.NewDecoder(strings.NewReader(a.body)).Decode()
	if err != nil || len(cal.Children) != 1 || cal.Children[0].Name != "VFREEBUSY" {
		a.t.Fatalf("%s: no calendar with one VFREEBUSY: %v\n%s", a.what, err, a.body)
	}
	periods := []string{}
	for _, p := range cal.Children[0].Props["FREEBUSY"] {
		kind := p.Params.Get("FBTYPE")
		if kind == "" {
			kind = "BUSY"
		}
		for _, period := range strings.Split(p.Value, ",") {
			periods = append(periods, kind+" "+period)
		}
	}
	slices.SortStableFunc(periods, func(a, b string) int {
		_, a, _ = strings.Cut(a, " ")
		_, b, _ = strings.Cut(b, " ")
		return strings.Compare(a, b)
	})
	return periods
}

func (a *answer) wantBusy(periods ...string) *answer {
	a.t.Helper()
	if got := a.busy(); !slices.Equal(got, periods) {
		a.t.Fatalf("%s: busy at\n%s\nwant\n%s", a.what, strings.Join(got, "\n"), strings.Join(periods, "\n"))
	}
	return a
}

// freeBusy is a free-busy-query for a window "start/end".
func freeBusy(window string) string {
	return wrap("C:free-busy-query", timeRange("C:time-range", window))
}

// RFC 4791 section 7.10: what makes whom busy. Each object stands in a calendar of its own; YYYY is a year inside the window of
// the index, one before it and one after it.
var busyTable = []struct {
	name, data string
	window     string
	want       []string
}{
	{"an event", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DTEND:YYYY0310T113000Z"), "",
		[]string{"BUSY YYYY0310T100000Z/YYYY0310T113000Z"}},
	{"confirmed and opaque, said so", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H", "STATUS:CONFIRMED", "TRANSP:OPAQUE"), "",
		[]string{"BUSY YYYY0310T100000Z/YYYY0310T110000Z"}},
	{"tentative", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H", "STATUS:TENTATIVE"), "",
		[]string{"BUSY-TENTATIVE YYYY0310T100000Z/YYYY0310T110000Z"}},
	{"cancelled", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H", "STATUS:CANCELLED"), "", nil},
	{"a status of its own", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H", "STATUS:X-PERHAPS"), "",
		[]string{"BUSY YYYY0310T100000Z/YYYY0310T110000Z"}},
	{"transparent", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT"), "", nil},
	{"transparent and tentative", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT", "STATUS:TENTATIVE"), "", nil},
	{"lower case", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H", "Transp:transparent"), "", nil},
	{"an instant", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z"), "", nil},
	{"zero duration", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT0S"), "", nil},
	{"a day", component("VEVENT", "a", "DTSTART;VALUE=DATE:YYYY0310"), "",
		[]string{"BUSY YYYY0310T000000Z/YYYY0311T000000Z"}},
	{"cut by the window", component("VEVENT", "a", "DTSTART:YYYY0301T100000Z", "DTEND:YYYY0320T100000Z"), "",
		[]string{"BUSY YYYY0309T000000Z/YYYY0315T000000Z"}},
	{"touching the window", component("VEVENT", "a", "DTSTART:YYYY0308T100000Z", "DTEND:YYYY0309T000000Z"), "", nil},
	{"a to-do", component("VTODO", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H"), "", nil},
	{"a journal entry", component("VJOURNAL", "a", "DTSTART:YYYY0310T100000Z"), "", nil},
	{"recurring, with one left out", component("VEVENT", "a", "DTSTART:YYYY0301T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY",
		"EXDATE:YYYY0311T100000Z,YYYY0313T100000Z"), "",
		[]string{"BUSY YYYY0309T100000Z/YYYY0309T110000Z", "BUSY YYYY0310T100000Z/YYYY0310T110000Z",
			"BUSY YYYY0312T100000Z/YYYY0312T110000Z", "BUSY YYYY0314T100000Z/YYYY0314T110000Z"}},
	{"recurring without gaps", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H", "RRULE:FREQ=HOURLY;COUNT=5"), "",
		[]string{"BUSY YYYY0310T100000Z/YYYY0310T150000Z"}},
	{"recurring over itself", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT3H", "RRULE:FREQ=HOURLY;COUNT=3"), "",
		[]string{"BUSY YYYY0310T100000Z/YYYY0310T150000Z"}},
	{"overrides of their own kind", parts("VEVENT", "a",
		[]string{"DTSTART:YYYY0309T100000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=5"},
		[]string{"RECURRENCE-ID:YYYY0310T100000Z", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H", "STATUS:TENTATIVE"},
		[]string{"RECURRENCE-ID:YYYY0311T100000Z", "DTSTART:YYYY0311T100000Z", "DURATION:PT1H", "STATUS:CANCELLED"},
		[]string{"RECURRENCE-ID:YYYY0312T100000Z", "DTSTART:YYYY0312T200000Z", "DURATION:PT2H"},
		[]string{"RECURRENCE-ID:YYYY0313T100000Z", "DTSTART:YYYY0313T100000Z", "DURATION:PT1H", "TRANSP:TRANSPARENT"}), "",
		[]string{"BUSY YYYY0309T100000Z/YYYY0309T110000Z", "BUSY-TENTATIVE YYYY0310T100000Z/YYYY0310T110000Z",
			"BUSY YYYY0312T200000Z/YYYY0312T220000Z"}},
	{"an override alone", parts("VEVENT", "a",
		[]string{"RECURRENCE-ID:YYYY0310T100000Z", "DTSTART:YYYY0311T100000Z", "DURATION:PT1H"}), "",
		[]string{"BUSY YYYY0311T100000Z/YYYY0311T110000Z"}},
	{"further periods", component("VEVENT", "a", "DTSTART:YYYY0310T100000Z", "DURATION:PT1H",
		"RDATE;VALUE=PERIOD:YYYY0311T100000Z/PT3H,YYYY0312T100000Z/YYYY0312T103000Z"), "",
		[]string{"BUSY YYYY0310T100000Z/YYYY0310T110000Z", "BUSY YYYY0311T100000Z/YYYY0311T130000Z", "BUSY YYYY0312T100000Z/YYYY0312T103000Z"}},
	{"stored free/busy time", component("VFREEBUSY", "a", "DTSTART:YYYY0301T000000Z", "DTEND:YYYY0401T000000Z",
		"FREEBUSY:YYYY0310T100000Z/PT1H,YYYY0310T130000Z/YYYY0310T140000Z", "FREEBUSY;FBTYPE=BUSY-TENTATIVE:YYYY0311T100000Z/PT1H",
		"FREEBUSY;FBTYPE=FREE:YYYY0312T100000Z/PT1H", "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:YYYY0313T100000Z/PT1H"), "",
		[]string{"BUSY YYYY0310T100000Z/YYYY0310T110000Z", "BUSY YYYY0310T130000Z/YYYY0310T140000Z",
			"BUSY-TENTATIVE YYYY0311T100000Z/YYYY0311T110000Z", "BUSY-UNAVAILABLE YYYY0313T100000Z/YYYY0313T110000Z"}},
	{"in a zone with summer time", component("VEVENT", "a", "DTSTART;TZID=Europe/Berlin:YYYY0301T100000", "DURATION:PT1H", "RRULE:FREQ=MONTHLY"),
		"YYYY0801T000000Z/YYYY1202T000000Z",
		[]string{"BUSY YYYY0801T080000Z/YYYY0801T090000Z", "BUSY YYYY0901T080000Z/YYYY0901T090000Z", "BUSY YYYY1001T080000Z/YYYY1001T090000Z",
			"BUSY YYYY1101T090000Z/YYYY1101T100000Z", "BUSY YYYY1201T090000Z/YYYY1201T100000Z"}},
}

// years are one before the time of which the database knows all instances, one inside, and one beyond.
var years = []string{"2006", "2026", "2040"}

func TestFreeBusy(t *testing.T) {
	s := newServer(t)
	for _, year := range years {
		in := func(text string) string { return strings.ReplaceAll(text, "YYYY", year) }
		for i, test := range busyTable {
			t.Run(test.name+" "+year, func(t *testing.T) {
				s := s.in(t)
				url := s.makeCalendar(year + "-" + string(rune('a'+i)))
				s.fill(url, map[string]string{"a.ics": in(test.data)})
				window := test.window
				if window == "" {
					window = "YYYY0309T000000Z/YYYY0315T000000Z"
				}
				var want []string
				for _, w := range test.want {
					want = append(want, in(w))
				}
				s.report(url, freeBusy(in(window))).wantBusy(want...)
			})
		}
	}
}

// Busy time of several objects is joined, each type for itself (RFC 4791 section 7.10).
func TestFreeBusyJoined(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{
		"a.ics": event("a", "20261201T100000Z"),
		"b.ics": event("b", "20261201T103000Z"),
		"c.ics": event("c", "20261201T113000Z"),
		"d.ics": event("d", "20261201T110000Z", "STATUS:TENTATIVE"),
		"e.ics": event("e", "20261201T100000Z"),
		"f.ics": component("VFREEBUSY", "f", "DTSTART:20261201T000000Z", "DTEND:20261202T000000Z", "FREEBUSY:20261201T120000Z/20261201T150000Z"),
		"g.ics": event("g", "20100601T123000Z", "RRULE:FREQ=DAILY;INTERVAL=1"),
	})
	s.report(annDefault, freeBusy("20261201T000000Z/20261202T000000Z")).
		wantBusy("BUSY 20261201T100000Z/20261201T150000Z", "BUSY-TENTATIVE 20261201T110000Z/20261201T120000Z")
	s.report(annDefault, freeBusy("20261202T000000Z/20261203T000000Z")).wantBusy("BUSY 20261202T123000Z/20261202T133000Z")
	s.report(annDefault, freeBusy("20600202T000000Z/20600203T000000Z")).wantBusy("BUSY 20600202T123000Z/20600202T133000Z")
}

// Floating times and dates are taken in the calendar's time zone (RFC 4791 section 7.3).
func TestFreeBusyZone(t *testing.T) {
	s := newServer(t)
	for _, year := range years {
		url := s.makeCalendar("zone"+year, timezoneProp("America/New_York"))
		s.fill(url, map[string]string{
			"day.ics":   component("VEVENT", "day", "DTSTART;VALUE=DATE:"+year+"0115"),
			"float.ics": component("VEVENT", "float", "DTSTART:"+year+"0117T100000", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=2"),
		})
		window := year + "0101T000000Z/" + year + "0201T000000Z"
		s.report(url, freeBusy(window)).wantBusy("BUSY "+year+"0115T050000Z/"+year+"0116T050000Z",
			"BUSY "+year+"0117T150000Z/"+year+"0117T160000Z", "BUSY "+year+"0118T150000Z/"+year+"0118T160000Z")
		s.setTimezone(url, "Asia/Tokyo")
		s.report(url, freeBusy(window)).wantBusy("BUSY "+year+"0114T150000Z/"+year+"0115T150000Z",
			"BUSY "+year+"0117T010000Z/"+year+"0117T020000Z", "BUSY "+year+"0118T010000Z/"+year+"0118T020000Z")
	}
}

func TestFreeBusyRefuses(t *testing.T) {
	s := newServer(t)
	for name, body := range map[string]string{
		"no time-range":        wrap("C:free-busy-query", ""),
		"no end":               freeBusy("20261201T000000Z/"),
		"no start":             freeBusy("/20261201T000000Z"),
		"local time":           freeBusy("20261201T000000/20261202T000000"),
		"a date":               freeBusy("20261201/20261202"),
		"end before start":     freeBusy("20261202T000000Z/20261201T000000Z"),
		"end at start":         freeBusy("20261202T000000Z/20261202T000000Z"),
		"no date":              freeBusy("tomorrow/20261202T000000Z"),
		"no such day":          freeBusy("20260230T000000Z/20260302T000000Z"),
		"two of them":          wrap("C:free-busy-query", timeRange("C:time-range", "20261201T000000Z/20261202T000000Z")+timeRange("C:time-range", "20261201T000000Z/20261202T000000Z")),
		"in another namespace": wrap("C:free-busy-query", timeRange("D:time-range", "20261201T000000Z/20261202T000000Z")),
		"the wrong root":       wrap("D:free-busy-query", timeRange("C:time-range", "20261201T000000Z/20261202T000000Z")),
		"before min-date-time": freeBusy("00010101T000000Z/20261202T000000Z"),
	} {
		t.Run(name, func(t *testing.T) {
			a := s.in(t).report(annDefault, body)
			if a.status != http.StatusBadRequest && a.status != http.StatusForbidden {
				t.Fatalf("status %d\n%s", a.status, a.body)
			}
			a.refused(a.status, "")
		})
	}
	s.report(annDefault, freeBusy("20261201T000000Z/20261202T000000Z")).wantBusy() // an empty calendar
	s.report(annDefault, freeBusy("10000101T000000Z/99991231T235959Z")).wantBusy()
}

// storeAll puts objects into ann's calendar that PUT would refuse.
func (s *server) storeAll(objects ...string) {
	s.t.Helper()
	s.storeMany("Default", len(objects), func(i int) (string, string) { return string(rune('a'+i)) + ".ics", objects[i] })
}

// Rules that fire very often must not make the server work for ever, nor make anybody look free.
func TestFreeBusyBounded(t *testing.T) {
	s := newServer(t)
	s.storeAll(
		component("VEVENT", "a", "DTSTART:20000101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;INTERVAL=2"),
		component("VEVENT", "b", "DTSTART:20000101T000000Z", "DURATION:PT1S", "RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=3"))
	s.report(annDefault, freeBusy("20400101T000000Z/20400101T000005Z")).
		wantBusy("BUSY 20400101T000000Z/20400101T000001Z", "BUSY 20400101T000002Z/20400101T000003Z", "BUSY 20400101T000004Z/20400101T000005Z")
	began := time.Now()
	a := s.report(annDefault, freeBusy("20000101T000000Z/99991231T000000Z"))
	if a.status == http.StatusOK {
		last := a.busy()[len(a.busy())-1]
		if !strings.HasSuffix(last, "/99991231T000000Z") {
			t.Errorf("the last busy time is %s", last)
		}
	} else {
		a.refused(http.StatusForbidden, "number-of-matches-within-limits")
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	s.storeMany("Default", 1, func(int) (string, string) {
		return "c.ics", component("VEVENT", "c", "DTSTART:20000101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY")
	})
	s.report(annDefault, freeBusy("20000101T000000Z/99991231T000000Z"))
}
