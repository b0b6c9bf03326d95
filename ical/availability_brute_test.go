package ical

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var availabilityCases = flag.Int("availability.cases", 2000, "random availabilities that are compared with a computation minute by minute")

// drawnAvailability is a VAVAILABILITY in a form in which it can be worked out by hand.
type drawnAvailability struct {
	start, end time.Time // zero: none
	priority   int
	kind       freeBusyType
	available  []drawnAvailable
}

type drawnAvailable struct {
	first    time.Time // in its zone
	length   time.Duration
	weekdays [7]bool // none: it does not recur
	interval int     // in weeks
	until    time.Time
	except   []time.Time
	moved    map[time.Time]time.Time
}

var drawnZones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Auckland"}

// drawAvailability draws one around base. Its times avoid the hours that are twice in a day, or not at all.
func drawAvailability(r *rand.Rand, base time.Time) drawnAvailability {
	a := drawnAvailability{kind: []freeBusyType{typeUnavailable, typeUnavailable, typeBusy, typeTentative}[r.IntN(4)]}
	if r.IntN(2) == 0 {
		a.priority = r.IntN(10)
	}
	if r.IntN(2) == 0 {
		a.start = drawWallTime(r, base)
	}
	if r.IntN(2) == 0 {
		a.end = drawWallTime(r, base.AddDate(0, 0, 3))
		if !a.start.IsZero() && !a.end.After(a.start) {
			a.end = a.start.Add(time.Duration(1+r.IntN(3000)) * time.Minute)
		}
	}
	for range r.IntN(4) {
		a.available = append(a.available, drawAvailable(r, base))
	}
	return a
}

func drawWallTime(r *rand.Rand, near time.Time) time.Time {
	zone, _ := ZoneByName(drawnZones[r.IntN(len(drawnZones))])
	day := near.AddDate(0, 0, r.IntN(9)-5)
	return time.Date(day.Year(), day.Month(), day.Day(), 4+r.IntN(20), r.IntN(60), 0, 0, zone)
}

func drawAvailable(r *rand.Rand, base time.Time) drawnAvailable {
	v := drawnAvailable{first: drawWallTime(r, base.AddDate(0, 0, -r.IntN(40))), length: time.Duration(1+r.IntN(1800)) * time.Minute, interval: 1, moved: map[time.Time]time.Time{}}
	if r.IntN(4) == 0 {
		return v
	}
	for range 1 + r.IntN(5) {
		v.weekdays[r.IntN(7)] = true
	}
	v.weekdays[v.first.Weekday()] = true
	v.interval = 1 + r.IntN(2)
	if until := drawWallTime(r, base); r.IntN(3) == 0 && until.After(v.first) { // DTSTART is an instance whatever UNTIL is
		v.until = until
	}
	for _, at := range v.rule(base.AddDate(0, 0, 20)) {
		switch r.IntN(8) {
		case 0:
			v.except = append(v.except, at)
		case 1:
			v.moved[at] = at.Add(time.Duration(r.IntN(600)-300) * time.Minute)
		}
	}
	return v
}

// rule lists what the recurrence rule gives until last, day by day.
func (v *drawnAvailable) rule(last time.Time) (starts []time.Time) {
	if v.weekdays == ([7]bool{}) {
		return []time.Time{v.first}
	}
	monday := v.first.AddDate(0, 0, -(int(v.first.Weekday())+6)%7)
	for d := 0; ; d++ {
		at := time.Date(v.first.Year(), v.first.Month(), v.first.Day()+d, v.first.Hour(), v.first.Minute(), 0, 0, v.first.Location())
		if at.After(last) || !v.until.IsZero() && at.After(v.until) {
			return starts
		}
		y, m, day := at.Date()
		my, mm, mday := monday.Date()
		weeks := int(time.Date(y, m, day, 0, 0, 0, 0, time.UTC).Sub(time.Date(my, mm, mday, 0, 0, 0, 0, time.UTC))/(24*time.Hour)) / 7
		if v.weekdays[at.Weekday()] && weeks%v.interval == 0 {
			starts = append(starts, at)
		}
	}
}

// starts lists the instances that begin until last, and some more.
func (v *drawnAvailable) starts(last time.Time) (all []time.Time) {
	for _, at := range v.rule(last) {
		if slices.Contains(v.except, at) {
			continue
		}
		if to, ok := v.moved[at]; ok {
			at = to
		}
		all = append(all, at)
	}
	return all
}

func dateLine(name string, t time.Time) string {
	if t.Location() == time.UTC {
		return name + ":" + t.Format("20060102T150405Z")
	}
	return name + ";TZID=" + t.Location().String() + ":" + t.Format("20060102T150405")
}

// lines are the availability in iCalendar, for vavailability.
func (a *drawnAvailability) lines(r *rand.Rand) []string {
	l := []string{"VAVAILABILITY"}
	if a.priority > 0 || r.IntN(3) == 0 {
		l = append(l, fmt.Sprint("PRIORITY:", a.priority))
	}
	if a.kind != typeUnavailable || r.IntN(2) == 0 {
		l = append(l, "BUSYTYPE:"+map[freeBusyType]string{typeBusy: "BUSY", typeTentative: "BUSY-TENTATIVE", typeUnavailable: "BUSY-UNAVAILABLE"}[a.kind])
	}
	if !a.start.IsZero() {
		l = append(l, dateLine("DTSTART", a.start))
	}
	switch {
	case a.end.IsZero():
	case !a.start.IsZero() && r.IntN(2) == 0:
		l = append(l, fmt.Sprintf("DURATION:PT%dM", a.end.Sub(a.start)/time.Minute))
	default:
		l = append(l, dateLine("DTEND", a.end))
	}
	for i := range a.available {
		v := &a.available[i]
		uid := fmt.Sprintf("UID:a%d", i)
		l = append(l, "AVAILABLE", uid, dateLine("DTSTART", v.first), fmt.Sprintf("DURATION:PT%dM", v.length/time.Minute))
		if v.weekdays != ([7]bool{}) {
			rule := fmt.Sprintf("RRULE:FREQ=WEEKLY;INTERVAL=%d;WKST=MO;BYDAY=", v.interval)
			for d, on := range v.weekdays {
				if on {
					rule += weekdays[d] + ","
				}
			}
			rule = rule[:len(rule)-1]
			if !v.until.IsZero() {
				rule += ";UNTIL=" + v.until.UTC().Format("20060102T150405Z")
			}
			l = append(l, rule)
		}
		for _, at := range v.except {
			l = append(l, dateLine("EXDATE", at))
		}
		for at, to := range v.moved {
			l = append(l, "AVAILABLE", uid, dateLine("RECURRENCE-ID", at), dateLine("DTSTART", to), fmt.Sprintf("DURATION:PT%dM", v.length/time.Minute))
		}
	}
	return l
}

// minutes works out what each minute of a window is, -1 where nothing is said.
func minutes(all []drawnAvailability, window Range) []int {
	n := int(window.End.Sub(window.Start) / time.Minute)
	said, best := make([]int, n), make([]int, n)
	for i := range said {
		said[i], best[i] = -1, -1
	}
	for i := range all {
		a := &all[i]
		kinds := make([]int, n)
		for m := range kinds {
			at := window.Start.Add(time.Duration(m) * time.Minute)
			kinds[m] = int(a.kind)
			if !a.start.IsZero() && at.Before(a.start) || !a.end.IsZero() && !at.Before(a.end) {
				kinds[m] = -1
			}
		}
		for j := range a.available {
			for _, from := range a.available[j].starts(window.End.Add(24 * time.Hour)) {
				for at := from; at.Before(from.Add(a.available[j].length)); at = at.Add(time.Minute) {
					if m := int(at.Sub(window.Start) / time.Minute); !at.Before(window.Start) && m < n && kinds[m] >= 0 {
						kinds[m] = int(typeFree)
					}
				}
			}
		}
		for m, kind := range kinds {
			if kind < 0 {
				continue
			}
			// 0 is below 9, which is below 1; then BUSY, BUSY-UNAVAILABLE, BUSY-TENTATIVE, free.
			weight := (10-a.priority)%10*10 + map[freeBusyType]int{typeBusy: 4, typeUnavailable: 3, typeTentative: 2, typeFree: 1}[freeBusyType(kind)]
			if weight > best[m] {
				best[m], said[m] = weight, kind
			}
		}
	}
	return said
}

// TestUnavailableByTheMinute compares Unavailable with a computation that knows no ranges, no recurrence engine and no order.
func TestUnavailableByTheMinute(t *testing.T) {
	changes := []time.Time{ // of summer time, and a time without
		time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 8, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 17, 0, 0, 0, 0, time.UTC),
	}
	for seed := range *availabilityCases {
		r := rand.New(rand.NewPCG(uint64(seed), 7953))
		base := changes[r.IntN(len(changes))]
		window := Range{Start: base.AddDate(0, 0, -1).Add(time.Duration(r.IntN(1440)) * time.Minute)}
		window.End = window.Start.Add(time.Duration(1+r.IntN(4000)) * time.Minute)
		var drawn []drawnAvailability
		var lines []string
		for range 1 + r.IntN(4) {
			a := drawAvailability(r, base)
			drawn, lines = append(drawn, a), append(lines, a.lines(r)...)
		}
		text := vavailability(lines...)
		o, err := ParseAvailability([]byte(text), Limits{})
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		busy, tentative, unavailable, err := Unavailable(t.Context(), []Availability{{Object: o}}, window)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		got := make([]int, int(window.End.Sub(window.Start)/time.Minute))
		for i := range got {
			got[i] = -1
		}
		for kind, ranges := range map[freeBusyType][]Range{typeBusy: busy, typeTentative: tentative, typeUnavailable: unavailable} {
			for _, p := range ranges {
				for at := p.Start; at.Before(p.End); at = at.Add(time.Minute) {
					got[int(at.Sub(window.Start)/time.Minute)] = int(kind)
				}
			}
		}
		for m, want := range minutes(drawn, window) {
			if want == int(typeFree) {
				want = -1
			}
			if got[m] != want {
				t.Fatalf("seed %d: at %s: %d, want %d\nwindow %v\n%s", seed, window.Start.Add(time.Duration(m)*time.Minute), got[m], want, window, text)
			}
		}
	}
}
