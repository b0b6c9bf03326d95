package caldav

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/ical"
)

var freeBusyCases = flag.Int("freebusy.cases", 40, "random homes whose free/busy time is compared with a computation minute by minute")

var kinds = []string{"BUSY", "BUSY-TENTATIVE", "BUSY-UNAVAILABLE"}

// randomHome is what the home of ann holds, drawn from a seed, and for each kind the minutes that it takes.
type randomHome struct {
	r           *rand.Rand
	window      ical.Range
	taken       [3]map[int]bool
	unavailable [3]map[int]bool
}

// mark marks the minutes of a period.
func (d *randomHome) mark(in map[int]bool, from time.Time, length time.Duration) {
	for at := from; at.Before(from.Add(length)); at = at.Add(time.Minute) {
		if !at.Before(d.window.Start) && at.Before(d.window.End) {
			in[int(at.Sub(d.window.Start)/time.Minute)] = true
		}
	}
}

// event draws an event that recurs or not, with all that decides what it counts as, and marks what it takes in a calendar that counts.
func (d *randomHome) event(uid string, zone *time.Location, counts bool) string {
	r := d.r
	at := time.Date(2026, 10, 20+r.IntN(9), 4+r.IntN(20), r.IntN(60), 0, 0, zone)
	length := time.Duration(1+r.IntN(300)) * time.Minute
	lines := []string{fmt.Sprintf("DURATION:PT%dM", length/time.Minute)}
	switch r.IntN(3) {
	case 0: // floating, in the zone of the calendar
		lines = append(lines, "DTSTART:"+at.Format("20060102T150405"))
	case 1:
		lines = append(lines, "DTSTART;TZID="+zone.String()+":"+at.Format("20060102T150405"))
	default:
		at = at.UTC()
		lines = append(lines, "DTSTART:"+utcText(at))
	}
	if r.IntN(8) == 0 { // all day
		at = time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, zone)
		length = at.AddDate(0, 0, 1).Sub(at)
		lines = []string{"DTSTART;VALUE=DATE:" + at.Format("20060102")}
	}
	times := 1
	if r.IntN(3) == 0 && !strings.Contains(lines[0], "DATE") {
		times = 2 + r.IntN(8)
		lines = append(lines, fmt.Sprintf("RRULE:FREQ=DAILY;COUNT=%d", times))
	}
	kind := 0
	switch r.IntN(6) {
	case 0:
		lines, kind = append(lines, "STATUS:CANCELLED"), -1
	case 1:
		lines, kind = append(lines, "STATUS:TENTATIVE"), 1
	case 2:
		lines = append(lines, "STATUS:CONFIRMED")
	}
	switch r.IntN(6) {
	case 0:
		lines, kind = append(lines, "TRANSP:TRANSPARENT"), -1
	case 1:
		lines = append(lines, "TRANSP:OPAQUE")
	}
	if r.IntN(2) == 0 {
		lines = append(lines, "ORGANIZER:mailto:bob@example.com")
		own := []string{"mailto:ann@example.com", "MAILTO:A.Example@Example.COM", "/dav/principals/user/ann/"}[r.IntN(3)]
		switch answer := []string{"ACCEPTED", "DECLINED", "TENTATIVE", "NEEDS-ACTION", "DELEGATED", ""}[r.IntN(6)]; answer {
		case "":
			lines = append(lines, "ATTENDEE:"+own)
			if kind == 0 {
				kind = 1
			}
		default:
			lines = append(lines, "ATTENDEE;PARTSTAT="+answer+":"+own)
			switch {
			case answer == "DECLINED" || answer == "DELEGATED":
				kind = -1
			case answer != "ACCEPTED" && kind == 0:
				kind = 1
			}
		}
		lines = append(lines, "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com")
	}
	if counts && kind >= 0 {
		for i := range times {
			start := time.Date(at.Year(), at.Month(), at.Day()+i, at.Hour(), at.Minute(), 0, 0, at.Location())
			d.mark(d.taken[kind], start, length)
		}
	}
	return component("VEVENT", uid, lines...)
}

// freeBusyObject draws a VFREEBUSY.
func (d *randomHome) freeBusyObject(uid string, counts bool) string {
	from := time.Date(2026, 10, 20+d.r.IntN(9), d.r.IntN(24), d.r.IntN(60), 0, 0, time.UTC)
	length, kind := time.Duration(1+d.r.IntN(500))*time.Minute, d.r.IntN(3)
	if counts {
		d.mark(d.taken[kind], from, length)
	}
	return component("VFREEBUSY", uid, "DTSTART:20261001T000000Z", "DTEND:20261101T000000Z",
		fmt.Sprintf("FREEBUSY;FBTYPE=%s:%s/PT%dM", kinds[kind], utcText(from), length/time.Minute))
}

// availability draws a VAVAILABILITY. They are drawn by priority, the lowest first, so that each takes the place of those before.
func (d *randomHome) availability(priority int, counts bool) (lines []string) {
	from := time.Date(2026, 10, 18+d.r.IntN(9), d.r.IntN(24), 0, 0, 0, time.UTC)
	length, kind := time.Duration(1+d.r.IntN(120))*time.Hour, d.r.IntN(3)
	all, open := map[int]bool{}, map[int]bool{}
	d.mark(all, from, length)
	lines = []string{fmt.Sprint("PRIORITY:", priority), "BUSYTYPE:" + kinds[kind], "DTSTART:" + utcText(from), "DTEND:" + utcText(from.Add(length))}
	berlin, _ := ical.ZoneByName("Europe/Berlin")
	if d.r.IntN(3) > 0 {
		hour, hours := 5+d.r.IntN(10), 1+d.r.IntN(9)
		lines = append(lines, "BEGIN:AVAILABLE", "UID:hours", "DTSTAMP:20260101T000000Z", fmt.Sprintf("DTSTART;TZID=Europe/Berlin:20261001T%02d0000", hour),
			fmt.Sprintf("DURATION:PT%dH", hours), "RRULE:FREQ=DAILY", "END:AVAILABLE")
		for day := 1; day < 40; day++ {
			d.mark(open, time.Date(2026, 10, day, hour, 0, 0, 0, berlin), time.Duration(hours)*time.Hour)
		}
	}
	if counts {
		for minute := range all {
			for k := range d.unavailable {
				delete(d.unavailable[k], minute)
			}
			if !open[minute] {
				d.unavailable[kind][minute] = true
			}
		}
	}
	return lines
}

// fillHome empties the home of ann and fills it anew. masked is an UID that will be left out.
func (d *randomHome) fillHome(s *server, masked string) {
	s.t.Helper()
	var objects []string // calendar and data
	zones := []string{"Europe/Berlin", "America/New_York", "Asia/Kolkata"}
	for i, zone := range zones {
		counts := i != 1 || d.r.IntN(2) == 0
		where, transp := fmt.Sprintf("c%d", i), "opaque"
		if !counts {
			transp = "transparent"
		}
		s.do("ann", "DELETE", annHome+where+"/", "")
		url := s.makeCalendar(where, timezoneProp(zone), "<C:schedule-calendar-transp><C:"+transp+"/></C:schedule-calendar-transp>",
			`<C:supported-calendar-component-set><C:comp name="VEVENT"/><C:comp name="VFREEBUSY"/><C:comp name="VAVAILABILITY"/></C:supported-calendar-component-set>`)
		location, _ := ical.ZoneByName(zone)
		for n := range d.r.IntN(5) {
			uid := fmt.Sprintf("e%d", n)
			objects = append(objects, url+uid+".ics", d.event(uid, location, counts && uid != masked))
		}
		if d.r.IntN(3) == 0 {
			objects = append(objects, url+"f.ics", d.freeBusyObject("f", counts))
		}
		if d.r.IntN(3) == 0 {
			objects = append(objects, url+"v.ics", component("VAVAILABILITY", "v", d.availability(9-2*i, counts)...))
		}
	}
	value := "-<C:calendar-availability/>"
	if d.r.IntN(2) == 0 {
		value = "+" + availabilityProp(component("VAVAILABILITY", "own", d.availability(1, true)...))
	}
	s.do("ann", "PROPPATCH", annInbox, update(value)).want(http.StatusMultiStatus)
	for len(objects) > 0 {
		s.do("ann", "PUT", objects[0], objects[1], "Scheduling-Enabled: F").want(http.StatusCreated)
		objects = objects[2:]
	}
}

// periods are the minutes as periods.
func (d *randomHome) periods() []string {
	list := []string{}
	n := int(d.window.End.Sub(d.window.Start) / time.Minute)
	for kind, name := range kinds {
		in := func(m int) bool { return m < n && (d.taken[kind][m] || d.unavailable[kind][m]) }
		for m := 0; m < n; m++ {
			if from := m; in(m) {
				for in(m) {
					m++
				}
				list = append(list, name+" "+utcText(d.window.Start.Add(time.Duration(from)*time.Minute))+"/"+utcText(d.window.Start.Add(time.Duration(m)*time.Minute)))
			}
		}
	}
	slices.Sort(list)
	return list
}

// TestFreeBusyByTheMinute compares what the home and the Outbox answer with a computation that knows no ranges, no index and no database.
func TestFreeBusyByTheMinute(t *testing.T) {
	s := newServer(t)
	for seed := range *freeBusyCases {
		r := rand.New(rand.NewPCG(uint64(seed), 4791))
		d := &randomHome{r: r}
		for i := range kinds {
			d.taken[i], d.unavailable[i] = map[int]bool{}, map[int]bool{}
		}
		d.window.Start = time.Date(2026, 10, 20+r.IntN(6), r.IntN(24), r.IntN(60), 0, 0, time.UTC) // summer time ends on the 25th in Berlin
		d.window.End = d.window.Start.Add(time.Duration(1+r.IntN(6000)) * time.Minute)
		masked := []string{"", "e0"}[r.IntN(2)]
		d.fillHome(s, masked)
		window := utcText(d.window.Start) + "/" + utcText(d.window.End)
		check := func(got []string) {
			t.Helper()
			slices.Sort(got)
			if want := d.periods(); !slices.Equal(got, want) {
				t.Fatalf("seed %d, %s: got\n%s\nwant\n%s\nin\n%s", seed, window, strings.Join(got, "\n"), strings.Join(want, "\n"), s.everything(annHome))
			}
		}
		if masked == "" {
			check(s.do("bob", "REPORT", annHome, freeBusy(window)).busy())
			check(s.do("ann", "REPORT", annHome, freeBusy(window)).busy())
		}
		got := s.do("ann", "POST", annOutbox, busyRequest(window, []string{"mailto:ann@example.com"}, "X-CALENDARSERVER-MASK-UID:"+masked)).outcomes()
		check(strings.FieldsFunc(strings.TrimPrefix(strings.ReplaceAll(strings.ReplaceAll(got[0], " BUSY", "\nBUSY"), "mailto:ann@example.com 2.0", ""), "\n"), func(r rune) bool { return r == '\n' }))
	}
}

// everything is what the calendars of a home hold, to find out what went wrong.
func (s *server) everything(home string) string {
	var b strings.Builder
	for _, name := range []string{"c0", "c1", "c2"} {
		b.WriteString(s.do("ann", "GET", home+name+"/", "").body)
	}
	return b.String() + s.do("ann", "PROPFIND", annInbox, propfind("C:calendar-availability"), "Depth: 0").body
}
