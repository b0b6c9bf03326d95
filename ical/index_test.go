package ical

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var indexNow = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// text writes ranges for comparison.
func text(ranges []Range) string {
	var words []string
	for _, r := range ranges {
		word := ""
		if !r.Start.IsZero() {
			word = r.Start.Format("20060102T150405.999999")
		}
		word += "/"
		if !r.End.IsZero() {
			word += r.End.Format("20060102T150405.999999")
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestIndex(t *testing.T) {
	for _, c := range []struct {
		name       string
		components []string
		want       Index // Floating only
		occurs     string
		busy       string
		tentative  string
		exact      string
	}{
		{name: "an event", components: []string{"VEVENT DTSTART:20240105T090000Z DTEND:20240105T100000Z"},
			occurs: "20240105T090000/20240105T100000", busy: "20240105T090000/20240105T100000"},
		{name: "no length", components: []string{"VEVENT DTSTART:20240105T090000Z"}, occurs: "20240105T090000/20240105T090000.000001"},
		{name: "transparent", components: []string{"VEVENT DTSTART:20240105T090000Z DURATION:PT1H TRANSP:transparent STATUS:TENTATIVE"},
			occurs: "20240105T090000/20240105T100000"},
		{name: "cancelled", components: []string{"VEVENT DTSTART:20240105T090000Z DURATION:PT1H STATUS:CANCELLED"},
			occurs: "20240105T090000/20240105T100000"},
		{name: "tentative", components: []string{"VEVENT DTSTART:20240105T090000Z DURATION:PT1H STATUS:TENTATIVE"},
			occurs: "20240105T090000/20240105T100000", tentative: "20240105T090000/20240105T100000"},
		{name: "all day", components: []string{"VEVENT DTSTART;VALUE=DATE:20240105 RRULE:FREQ=DAILY;COUNT=3"}, want: Index{Floating: true},
			occurs: "20240105T000000/20240108T000000", busy: "20240105T000000/20240108T000000"},
		{name: "a to-do without dates", components: []string{"VTODO SUMMARY:x"}, occurs: "/"},
		{name: "a to-do with CREATED", components: []string{"VTODO CREATED:20240105T090000Z"}, occurs: "20240105T090000/"},
		{name: "a to-do is never busy", components: []string{"VTODO DTSTART:20240105T090000Z DUE:20240105T100000Z"},
			occurs: "20240105T090000/20240105T100000"},
		{name: "a journal without date", components: []string{"VJOURNAL SUMMARY:x"}},
		{name: "free/busy", components: []string{"VFREEBUSY DTSTART:20240105T000000Z DTEND:20240106T000000Z FREEBUSY:20240105T090000Z/PT1H,20240105T100000Z/PT1H " +
			"FREEBUSY;FBTYPE=BUSY-TENTATIVE:20240105T120000Z/PT1H FREEBUSY;FBTYPE=FREE:20240105T130000Z/PT1H"},
			occurs: "20240105T000000/20240106T000000.000001", busy: "20240105T090000/20240105T110000", tentative: "20240105T120000/20240105T130000"},
		{name: "a few", components: []string{"VEVENT DTSTART:20100105T090000Z DURATION:PT1H RRULE:FREQ=YEARLY;COUNT=2"},
			occurs: "20100105T090000/20100105T100000 20110105T090000/20110105T100000",
			busy:   "20100105T090000/20100105T100000 20110105T090000/20110105T100000"},
		{name: "for ever", components: []string{"VEVENT DTSTART:20100105T090000Z DURATION:PT1H RRULE:FREQ=YEARLY"},
			occurs: "20100105T090000/20250309T120000 20260105T090000/20260105T100000 20270105T090000/20270105T100000 " +
				"20280105T090000/20280105T100000 20280310T120000/",
			busy:  "20260105T090000/20260105T100000 20270105T090000/20270105T100000 20280105T090000/20280105T100000",
			exact: "20250309T120000/20280310T120000"},
		{name: "for ever from later on", components: []string{"VEVENT DTSTART:20300105T090000Z DURATION:PT1H RRULE:FREQ=YEARLY"},
			occurs: "20300105T090000/", exact: "/20280310T120000"},
		{name: "overrides", components: []string{
			"VEVENT DTSTART:20240105T090000Z DURATION:PT1H RRULE:FREQ=DAILY;COUNT=3",
			"VEVENT DTSTART:20300105T090000Z DURATION:PT1H TRANSP:TRANSPARENT RECURRENCE-ID:20240106T090000Z"},
			occurs: "20240105T090000/20240105T100000 20240107T090000/20240107T100000 20300105T090000/20300105T100000",
			busy:   "20240105T090000/20240105T100000 20240107T090000/20240107T100000"},
		{name: "never", components: []string{"VEVENT DTSTART:20240105T090000Z DURATION:PT1H RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"},
			occurs: "20240105T090000/20250309T120000", exact: "20250309T120000/"},
	} {
		o := object(t, calendar(c.components...))
		x, err := o.Index(indexNow, nil, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		exact := text([]Range{x.Exact})
		if exact == "/" {
			exact = ""
		}
		if text(x.Occurs) != c.occurs || text(x.Busy) != c.busy || text(x.Tentative) != c.tentative || exact != c.exact ||
			x.Floating != c.want.Floating {
			t.Errorf("%s:\n got %s\nwant %s\nbusy %s\ntentative %s\nexact %s\nfloating %v", c.name, text(x.Occurs), c.occurs,
				text(x.Busy), text(x.Tentative), exact, x.Floating)
		}
	}
}

func TestIndexOfUnavailableIsNotExact(t *testing.T) {
	o := object(t, calendar("VFREEBUSY DTSTART:20240105T000000Z DTEND:20240106T000000Z FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20240105T090000Z/PT1H"))
	x, err := o.Index(indexNow, nil, nil)
	if err != nil || x.Exact.Start.IsZero() || !x.Exact.End.Before(MinDate) {
		t.Errorf("got %+v, %v", x, err)
	}
}

// drawObject draws an object with every kind of recurrence.
func drawObject(t *rapid.T) []byte {
	kind := rapid.SampledFrom([]string{"VEVENT", "VEVENT", "VEVENT", "VTODO", "VJOURNAL"}).Draw(t, "component")
	start := drawWall(t)
	form := rapid.SampledFrom([]string{"utc", "zone", "floating", "date"}).Draw(t, "form")
	name := rapid.SampledFrom([]string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}).Draw(t, "zone")
	date := func(prop string, at time.Time) string {
		switch form {
		case "utc":
			return prop + ":" + at.Format("20060102T150405Z")
		case "zone":
			return prop + ";TZID=" + name + ":" + at.Format("20060102T150405")
		case "floating":
			return prop + ":" + at.Format("20060102T150405")
		}
		return prop + ";VALUE=DATE:" + at.Format("20060102")
	}
	length := func() string {
		if form == "date" {
			return fmt.Sprintf("P%dD", rapid.IntRange(1, 40).Draw(t, "days"))
		}
		return rapid.SampledFrom([]string{"PT1H", "PT0S", "P1D", "P1DT2H", "PT26H", "P3W", "PT1S"}).Draw(t, "length")
	}
	master := []string{kind, date("DTSTART", start)}
	if kind != "VJOURNAL" && rapid.Bool().Draw(t, "hasLength") {
		master = append(master, "DURATION:"+length())
	}
	rule := drawRule(t)
	end := rapid.IntRange(0, 3).Draw(t, "end")
	if end == 0 {
		rule += fmt.Sprintf(";COUNT=%d", rapid.SampledFrom([]int{1, 2, 10, 300, 900}).Draw(t, "count"))
	}
	if end == 1 {
		rule += ";UNTIL=" + start.AddDate(0, 0, rapid.IntRange(-10, 9000).Draw(t, "until")).Format("20060102T150405Z")
	}
	if rapid.IntRange(0, 9).Draw(t, "hasRule") > 0 {
		master = append(master, "RRULE:"+rule)
	}
	for range rapid.IntRange(0, 3).Draw(t, "others") {
		at := start.AddDate(0, 0, rapid.IntRange(0, 4000).Draw(t, "day"))
		switch rapid.SampledFrom([]string{"EXDATE", "RDATE", "STATUS", "PERIOD"}).Draw(t, "other") {
		case "EXDATE":
			master = append(master, date("EXDATE", at))
		case "RDATE":
			master = append(master, date("RDATE", at))
		case "STATUS":
			master = append(master, "STATUS:"+rapid.SampledFrom([]string{"TENTATIVE", "CONFIRMED", "CANCELLED"}).Draw(t, "status"))
		case "PERIOD":
			if form != "date" {
				master = append(master, "RDATE;VALUE=PERIOD:"+at.Format("20060102T150405Z")+"/PT5H")
			}
		}
	}
	all := []string{strings.Join(master, " ")}
	for i := range rapid.IntRange(0, 2).Draw(t, "overrides") {
		original := start.AddDate(0, i, 7*rapid.IntRange(0, 300).Draw(t, "week"))
		moved := original.AddDate(0, 0, rapid.IntRange(-400, 400).Draw(t, "moved"))
		all = append(all, strings.Join([]string{kind, date("RECURRENCE-ID", original), date("DTSTART", moved)}, " "))
	}
	return calendar(all...)
}

// TestIndexIsOverlaps: where the index is exact, it says of every range what Overlaps and BusyIn say; elsewhere it never misses
// anything.
func TestIndexIsOverlaps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := drawObject(t)
		o, err := ParseObject(raw, Limits{})
		if err != nil {
			t.Skip(err)
		}
		floating, _ := ZoneByName(rapid.SampledFrom(clockZones).Draw(t, "floating"))
		now := indexNow.AddDate(0, 0, rapid.IntRange(-9000, 3000).Draw(t, "now"))
		x, err := o.Index(now, floating, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(x.Occurs) > indexRanges+2 || len(x.Busy) > indexRanges+2 {
			t.Fatalf("%d and %d ranges", len(x.Occurs), len(x.Busy))
		}
		all := append(slices.Clone(x.Occurs), x.Exact, Range{now, now})
		for range 8 {
			near := rapid.SampledFrom(all).Draw(t, "near")
			at := near.Start
			if at.IsZero() || rapid.Bool().Draw(t, "end") && !near.End.IsZero() {
				at = near.End
			}
			at = at.Truncate(time.Second).Add(time.Duration(rapid.SampledFrom([]int{0, -1, 1, -3600, 7200, 80000, -9000000}).Draw(t, "by")) * time.Second)
			length := rapid.SampledFrom([]int{1, 2, 3600, 86400, 30 * 86400}).Draw(t, "length")
			r := Range{at, at.Add(time.Duration(length) * time.Second)}
			checkIndex(t, o, &x, r, floating)
		}
	})
}

// checkIndex compares what x and o say of r.
func checkIndex(t *rapid.T, o *Object, x *Index, r Range, floating *time.Location) {
	overlaps, err := o.Overlaps(t.Context(), o.Component, r, floating)
	if err != nil {
		t.Fatal(err)
	}
	within := spanOf(r)
	indexed := slices.ContainsFunc(x.Occurs, func(o Range) bool { return spanOf(o).overlaps(within) })
	exact := spanOf(x.Exact)
	inside := exact.lo <= within.lo && within.hi <= exact.hi
	if overlaps && !indexed || inside && overlaps != indexed {
		t.Fatalf("%s: overlaps %v, index %v (exact %v)\n%s%s", text([]Range{r}), overlaps, indexed, inside, o.Raw(), text(x.Occurs))
	}
	if !inside {
		return
	}
	busy, tentative, _, err := o.BusyIn(t.Context(), r, floating, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text(cut(x.Busy, within)) != text(busy) || text(cut(x.Tentative, within)) != text(tentative) {
		t.Fatalf("%s: busy %s, index %s\n%s", text([]Range{r}), text(busy), text(cut(x.Busy, within)), o.Raw())
	}
}

// cut returns what ranges have within r.
func cut(ranges []Range, r span) []Range {
	var spans []span
	for _, x := range ranges {
		s := spanOf(x)
		spans = append(spans, span{max(s.lo, r.lo), min(s.hi, r.hi)})
	}
	return toRanges(mergeSpans(spans))
}

// TestWindowIsFilter: the instances of a range are those of all time that overlap it.
func TestWindowIsFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, err := ParseObject(drawObject(t), Limits{})
		if err != nil {
			t.Skip(err)
		}
		floating, _ := ZoneByName(rapid.SampledFrom(clockZones).Draw(t, "floating"))
		lim := ExpandLimits{MaxInstances: 1e6, MaxSteps: 1e7}
		first := drawWall(t)
		whole := Range{End: first.AddDate(0, 0, 40)}
		if s, err := o.series(floating); err == nil && len(s.rules) > 0 && s.rules[0].Freq < Daily {
			whole.End = time.Unix(s.master.unix, 0).AddDate(0, 0, 20)
		}
		all, err := o.Instances(t.Context(), whole, floating, lim)
		if err != nil {
			t.Skip(err)
		}
		at := whole.End.AddDate(0, 0, -rapid.IntRange(0, 60).Draw(t, "before"))
		r := Range{at, whole.End}
		got, err := o.Instances(t.Context(), r, floating, lim)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := o.series(floating)
		want := slices.DeleteFunc(slices.Clone(all), func(i Instance) bool {
			for p := range s.shapes {
				if s.shapes[p].comp == i.Part {
					return !s.shapes[p].match(i.Start.Unix(), i.End.Unix()).overlaps(spanOf(r))
				}
			}
			return true
		})
		if !slices.Equal(got, want) {
			t.Fatalf("from %v to %v: %d instances, want %d\n got %v\nwant %v\n%s", r.Start, r.End, len(got), len(want),
				got[:min(3, len(got))], want[:min(3, len(want))], o.Raw())
		}
	})
}
