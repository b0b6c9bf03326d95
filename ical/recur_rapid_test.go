package ical

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawRule draws a rule of any frequency as text, without COUNT and UNTIL.
func drawRule(t *rapid.T) string {
	freq := rapid.SampledFrom(freqNames[:]).Draw(t, "freq")
	parts := []string{"FREQ=" + freq}
	if n := rapid.SampledFrom([]int{1, 1, 1, 2, 3, 4, 7, 10, 25, 61, 100}).Draw(t, "interval"); n > 1 {
		parts = append(parts, fmt.Sprintf("INTERVAL=%d", n))
	}
	numbers := func(name string, least, most, chance int) {
		if rapid.IntRange(0, chance).Draw(t, "has"+name) > 0 {
			return
		}
		value := rapid.IntRange(least, most)
		if least < 0 {
			value = value.Filter(func(n int) bool { return n != 0 })
		}
		var list []string
		for _, n := range rapid.SliceOfN(value, 1, 4).Draw(t, name) {
			list = append(list, fmt.Sprint(n))
		}
		parts = append(parts, name+"="+strings.Join(list, ","))
	}
	numbers("BYMONTH", 1, 12, 3)
	numbers("BYWEEKNO", -53, 53, 7)
	numbers("BYYEARDAY", -366, 366, 7)
	numbers("BYMONTHDAY", -31, 31, 4)
	if rapid.IntRange(0, 2).Draw(t, "hasBYDAY") == 0 {
		days := rapid.SliceOfN(rapid.SampledFrom([]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}), 1, 4).Draw(t, "BYDAY")
		if freq == "MONTHLY" || freq == "YEARLY" {
			most := map[string]int{"MONTHLY": 5, "YEARLY": 53}[freq]
			for i := range days {
				if n := rapid.IntRange(-most, most).Draw(t, "n"); n != 0 && rapid.Bool().Draw(t, "numbered") {
					days[i] = fmt.Sprint(n) + days[i]
				}
			}
		}
		parts = append(parts, "BYDAY="+strings.Join(days, ","))
	}
	numbers("BYHOUR", 0, 23, 4)
	numbers("BYMINUTE", 0, 59, 4)
	numbers("BYSECOND", 0, 60, 4)
	numbers("BYSETPOS", -5, 5, 4)
	if rapid.Bool().Draw(t, "hasWKST") {
		parts = append(parts, "WKST="+rapid.SampledFrom([]string{"SU", "MO", "TU", "SA"}).Draw(t, "WKST"))
	}
	return strings.Join(parts, ";")
}

// drawWall draws a clock between 1995 and 2030.
func drawWall(t *rapid.T) time.Time {
	from := time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC)
	return from.Add(time.Duration(rapid.IntRange(0, 35*366*86400).Draw(t, "start")) * time.Second)
}

// bruteSpan is how far brute can look in reasonable time.
func bruteSpan(r *Rule) time.Duration {
	const day = 24 * time.Hour
	switch {
	case r.Freq == Secondly || len(r.BySecond) > 0 && r.Freq < Daily:
		return 2*day + 7*time.Hour
	case r.Freq < Daily:
		return 12 * day
	case r.Freq < Monthly:
		return 500 * day
	}
	return 9 * 365 * day
}

// engine returns what the engine gives from start up to end, start itself included.
func engine(r *Rule, start, from, end time.Time, date bool) (found []time.Time) {
	p := newPlan(r, start.Unix(), date)
	var c cursor
	c.init(&p, &budget{left: 50_000_000})
	c.end = end.Unix()
	c.seek(max(from.Unix(), start.Unix()+1))
	if !from.After(start) {
		found = append(found, start)
	}
	for {
		wall, ok := c.next()
		if !ok || wall >= end.Unix() {
			return found
		}
		found = append(found, time.Unix(wall, 0).UTC())
	}
}

func TestCursorIsBrute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawRule(t)
		rule, err := ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		start := drawWall(t)
		date := rapid.IntRange(0, 4).Draw(t, "date") == 0
		if date {
			start = start.Truncate(24 * time.Hour)
			if rule.Freq < Daily {
				rule.BySetPos = nil // means nothing that could be compared
			}
		}
		end := start.Add(bruteSpan(rule))
		want, got := brute(rule, start, end, date), engine(rule, start, start, end, date)
		if !slices.EqualFunc(got, want, time.Time.Equal) {
			t.Fatalf("%s from %v: %s", text, start, difference(got, want))
		}
		// Seeking gives what going there gives.
		from := start.Add(time.Duration(rapid.IntRange(0, int(end.Sub(start)/time.Second)).Draw(t, "from")) * time.Second)
		late := slices.DeleteFunc(slices.Clone(want), func(t time.Time) bool { return t.Before(from) })
		if got := engine(rule, start, from, end, date); !slices.EqualFunc(got, late, time.Time.Equal) {
			t.Fatalf("%s from %v, sought %v: %s", text, start, from, difference(got, late))
		}
	})
}

// difference says where two lists begin to differ.
func difference(got, want []time.Time) string {
	at := 0
	for at < min(len(got), len(want)) && got[at].Equal(want[at]) {
		at++
	}
	return fmt.Sprintf("number %d of %d: got %v, of %d: want %v", at, len(got), got[at:min(at+3, len(got))], len(want),
		want[at:min(at+3, len(want))])
}
