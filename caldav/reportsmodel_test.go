package caldav

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"convene/ical"
)

// Random events and random windows: what the database and the reports answer must be what one finds by working out every
// instance of every object.
func TestReportsAgainstInstances(t *testing.T) {
	s := newServer(t)
	calendars := 0
	rapid.Check(t, func(rt *rapid.T) {
		calendars++
		zone := rapid.SampledFrom(zones).Draw(rt, "zone of the calendar")
		m := &reportsModel{rt: rt, s: s, zone: time.UTC, objects: map[string]*ical.Object{}}
		name := fmt.Sprintf("c%d", calendars)
		if zone == "" {
			m.url = s.makeCalendar(name)
		} else {
			m.url = s.makeCalendar(name, timezoneProp(zone))
			m.zone, _ = ical.ZoneByName(zone)
		}
		for i := range rapid.IntRange(1, 6).Draw(rt, "objects") {
			m.put(fmt.Sprintf("%d.ics", i), drawEvent(rt, fmt.Sprint(i)))
		}
		for range 4 {
			m.check(drawWindow(rt))
		}
		if name := rapid.SampledFrom(zones[1:]).Draw(rt, "another zone of the calendar"); name != zone {
			s.setTimezone(m.url, name)
			m.zone, _ = ical.ZoneByName(name)
			m.check(drawWindow(rt))
			m.check(drawWindow(rt))
		}
	})
}

var zones = []string{"", "America/New_York", "Asia/Tokyo", "Pacific/Kiritimati"}

type reportsModel struct {
	rt      *rapid.T
	s       *server
	url     string
	zone    *time.Location
	objects map[string]*ical.Object
}

func (m *reportsModel) put(name, data string) {
	obj, err := ical.ParseObject([]byte(data), ical.Limits{})
	if err != nil {
		m.rt.Fatalf("%v in\n%s", err, data)
	}
	if a := m.s.do("ann", "PUT", m.url+name, data); a.status != http.StatusCreated {
		m.rt.Fatalf("PUT: %d %s\n%s", a.status, a.body, data)
	}
	m.objects[name] = obj
}

// checkQuery asks a calendar-query for one window, that may be open.
func (m *reportsModel) checkQuery(w ical.Range) {
	window := "/"
	if !w.Start.IsZero() {
		window = utcText(w.Start) + "/"
	}
	if !w.End.IsZero() {
		window += utcText(w.End)
	} else {
		w.End = w.Start.AddDate(60, 0, 0) // a drawn event that goes on until then does so for ever
	}
	query := filterFor(inWindow("VEVENT", window))
	m.wantFound(query, w, m.zone)
	if name := rapid.SampledFrom(zones).Draw(m.rt, "zone of the query"); name != "" {
		zone, _ := ical.ZoneByName(name)
		m.wantFound(inZone(query, vtimezone(name)), w, zone)
	}
}

// check asks calendar-queries and a free-busy-query for one window.
func (m *reportsModel) check(w ical.Range) {
	m.checkQuery(w)
	m.checkQuery(ical.Range{Start: w.Start})
	m.checkQuery(ical.Range{End: w.End})
	window := utcText(w.Start) + "/" + utcText(w.End)
	var busy, tentative []ical.Range
	for _, i := range slices.Concat(slices.Collect(maps.Values(m.instances(w, m.zone)))...) {
		status, transp := i.Part.Prop("STATUS"), i.Part.Prop("TRANSP")
		r := ical.Range{Start: later(i.Start, w.Start), End: earlier(i.End, w.End)}
		switch {
		case !r.Start.Before(r.End), transp != nil && transp.Value == "TRANSPARENT", status != nil && status.Value == "CANCELLED":
		case status != nil && status.Value == "TENTATIVE":
			tentative = append(tentative, r)
		default:
			busy = append(busy, r)
		}
	}
	want := []string{}
	for _, r := range coalesce(busy) {
		want = append(want, "BUSY "+utcText(r.Start)+"/"+utcText(r.End))
	}
	for _, r := range coalesce(tentative) {
		want = append(want, "BUSY-TENTATIVE "+utcText(r.Start)+"/"+utcText(r.End))
	}
	got := m.s.report(m.url, freeBusy(window)).busy()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		m.rt.Fatalf("free-busy-query for %s: busy at\n%s\nwant\n%s\nin\n%s", window, strings.Join(got, "\n"), strings.Join(want, "\n"), m)
	}
}

// instances works out all instances in a window, by object.
func (m *reportsModel) instances(w ical.Range, zone *time.Location) map[string][]ical.Instance {
	all := map[string][]ical.Instance{}
	for name, obj := range m.objects {
		instances, err := obj.Instances(m.rt.Context(), w, zone, ical.ExpandLimits{MaxInstances: 100_000})
		if err != nil {
			m.rt.Fatalf("%s: %v", name, err)
		}
		if len(instances) > 0 {
			all[name] = instances
		}
	}
	return all
}

func (m *reportsModel) wantFound(query string, w ical.Range, zone *time.Location) {
	want := slices.Sorted(maps.Keys(m.instances(w, zone)))
	if got := m.s.report(m.url, query).found(); !slices.Equal(got, want) {
		m.rt.Fatalf("calendar-query from %v to %v in %v found %v, want %v in\n%s", w.Start, w.End, zone, got, want, m)
	}
}

// String shows the objects.
func (m *reportsModel) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "zone %v\n", m.zone)
	for _, name := range slices.Sorted(maps.Keys(m.objects)) {
		fmt.Fprintf(&b, "%s:\n%s", name, m.objects[name].Raw())
	}
	return b.String()
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// drawTime is a time on a quarter of an hour, most often inside what the database knows exactly, and often near its ends, which are a
// year before and two years after testNow.
func drawTime(rt *rapid.T, label string) time.Time {
	day := rapid.OneOf(rapid.IntRange(-365, 730), rapid.IntRange(-370, -360), rapid.IntRange(725, 735), rapid.IntRange(-1500, 5000)).Draw(rt, label+" day")
	quarter := rapid.IntRange(0, 95).Draw(rt, label+" quarter")
	return testNow.Truncate(24*time.Hour).AddDate(0, 0, day).Add(time.Duration(quarter) * 15 * time.Minute)
}

func drawWindow(rt *rapid.T) ical.Range {
	start := drawTime(rt, "window")
	length := rapid.OneOf(rapid.IntRange(1, 8), rapid.IntRange(90, 700), rapid.IntRange(2000, 8000)).Draw(rt, "quarters of the window")
	return ical.Range{Start: start, End: start.Add(time.Duration(length) * 15 * time.Minute)}
}

// drawEvent is an event of some length in some zone, that may recur, with exceptions.
func drawEvent(rt *rapid.T, uid string) string {
	start := drawTime(rt, "start")
	e := &drawnEvent{rt: rt, form: rapid.SampledFrom([]string{":Z", "", "", ";TZID=Europe/Berlin:", ";TZID=America/New_York:", ";VALUE=DATE:"}).Draw(rt, "form")}
	master := []string{"DTSTART" + e.stamp(start)}
	master = append(master, e.length()...)
	master = append(master, e.state()...)
	var all [][]string
	if rapid.IntRange(0, 2).Draw(rt, "recurs") > 0 {
		step := rapid.SampledFrom([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}).Draw(rt, "frequency")
		rule := "RRULE:FREQ=" + step + ";INTERVAL=" + fmt.Sprint(rapid.IntRange(1, 3).Draw(rt, "interval"))
		switch rapid.IntRange(0, 2).Draw(rt, "ends") {
		case 0:
			rule += fmt.Sprintf(";COUNT=%d", rapid.IntRange(1, 500).Draw(rt, "count"))
		case 1:
			until := start.AddDate(0, 0, rapid.IntRange(0, 3000).Draw(rt, "until")).Format("20060102T150405Z")
			if e.form == ";VALUE=DATE:" {
				until = until[:8]
			} else if e.form == "" {
				until = strings.TrimSuffix(until, "Z")
			}
			rule += ";UNTIL=" + until
		}
		if step == "WEEKLY" && rapid.Bool().Draw(rt, "by day") {
			rule += ";BYDAY=MO,WE,SA"
		}
		master = append(master, rule)
		for range rapid.IntRange(0, 2).Draw(rt, "left out") {
			master = append(master, "EXDATE"+e.stamp(start.AddDate(0, 0, rapid.IntRange(0, 30).Draw(rt, "left out day"))))
		}
		seen := map[string]bool{}
		for range rapid.IntRange(0, 2).Draw(rt, "overrides") {
			id := e.stamp(start.AddDate(0, 0, rapid.IntRange(0, 30).Draw(rt, "overridden day")))
			if seen[id] {
				continue
			}
			seen[id] = true
			moved := []string{"RECURRENCE-ID" + id, "DTSTART" + e.stamp(drawTime(rt, "moved to"))}
			all = append(all, append(append(moved, e.length()...), e.state()...))
		}
	}
	return parts("VEVENT", uid, append([][]string{master}, all...)...)
}

type drawnEvent struct {
	rt   *rapid.T
	form string
}

// stamp writes a wall clock in the form of the event, with what goes before the value.
func (e *drawnEvent) stamp(t time.Time) string {
	switch e.form {
	case ":Z":
		return ":" + t.Format("20060102T150405Z")
	case "":
		return ":" + t.Format("20060102T150405")
	case ";VALUE=DATE:":
		return e.form + t.Format("20060102")
	}
	return e.form + t.Format("20060102T150405")
}

func (e *drawnEvent) length() []string {
	if e.form == ";VALUE=DATE:" {
		return rapid.SampledFrom([][]string{nil, {"DURATION:P1D"}, {"DURATION:P3D"}}).Draw(e.rt, "days")
	}
	return rapid.SampledFrom([][]string{nil, {"DURATION:PT0S"}, {"DURATION:PT15M"}, {"DURATION:PT1H"}, {"DURATION:P1D"}, {"DURATION:P2DT6H"}}).Draw(e.rt, "length")
}

func (e *drawnEvent) state() []string {
	return rapid.SampledFrom([][]string{nil, nil, {"STATUS:TENTATIVE"}, {"STATUS:CANCELLED"}, {"TRANSP:TRANSPARENT"}, {"STATUS:CONFIRMED", "TRANSP:OPAQUE"}}).Draw(e.rt, "state")
}

// coalesce sorts ranges and joins those that touch.
func coalesce(rs []ical.Range) (joined []ical.Range) {
	slices.SortFunc(rs, func(a, b ical.Range) int { return a.Start.Compare(b.Start) })
	for _, r := range rs {
		if n := len(joined); n > 0 && !r.Start.After(joined[n-1].End) {
			joined[n-1].End = later(joined[n-1].End, r.End)
			continue
		}
		joined = append(joined, r)
	}
	return joined
}
