package ical

import (
	"math"
	"strings"
	"time"
)

// Duration is a DURATION value (RFC 5545 section 3.3.6): nominal days, which are as long as the zone makes them, and exact
// time. Both are negative in a negative one.
type Duration struct {
	Days int // weeks folded in
	Time time.Duration
}

// maxDuration bounds durations, in seconds: 9,000 years, beyond any date that is accepted.
const maxDuration = 9000 * 366 * 24 * 3600

// durationUnits says what a unit letter of a DURATION stands for, in seconds; those before the T are days and weeks.
var durationUnits = map[bool]map[byte]int64{
	false: {'W': 7 * 86400, 'D': 86400},
	true:  {'H': 3600, 'M': 60, 'S': 1},
}

// ParseDuration reads a DURATION value. It takes lower case, units in any order and, as no time at all, "P" and "PT"
// that clients write. Errors are *Error without line.
func ParseDuration(s string) (Duration, error) {
	d, ok := parseDuration(s)
	if !ok {
		return Duration{}, fail(InvalidData, 0, "not a duration: %s", quote(s))
	}
	return d, nil
}

func parseDuration(s string) (d Duration, ok bool) {
	rest := strings.ToUpper(strings.Trim(s, " \t"))
	negative := strings.HasPrefix(rest, "-")
	if negative || strings.HasPrefix(rest, "+") {
		rest = rest[1:]
	}
	rest, ok = strings.CutPrefix(rest, "P")
	if !ok {
		return d, false
	}
	dayPart, timePart, _ := strings.Cut(rest, "T")
	days, ok1 := parseUnits(dayPart, false)
	seconds, ok2 := parseUnits(timePart, true)
	if !ok1 || !ok2 {
		return d, false
	}
	days /= 86400
	// time.Duration reaches 292 years only; what is beyond becomes days of 24 hours.
	if most := int64((math.MaxInt64/time.Second/86400 - 1) * 86400); seconds > most {
		days += (seconds - most) / 86400
		seconds = most + (seconds-most)%86400
	}
	if negative {
		days, seconds = -days, -seconds
	}
	return Duration{Days: int(days), Time: time.Duration(seconds) * time.Second}, true
}

// parseUnits adds up numbers with units, in seconds; inTime says whether they stand behind the T.
func parseUnits(s string, inTime bool) (seconds int64, ok bool) {
	for s != "" {
		var n int64
		digits := 0
		for ; digits < len(s) && s[digits]-'0' <= 9; digits++ {
			n = min(n*10+int64(s[digits]-'0'), maxDuration+1)
		}
		if digits == 0 || digits == len(s) {
			return 0, false
		}
		unit := durationUnits[inTime][s[digits]]
		if unit == 0 || n > maxDuration/unit {
			return 0, false
		}
		seconds += n * unit
		if seconds > maxDuration {
			return 0, false
		}
		s = s[digits+1:]
	}
	return seconds, true
}

// String returns the value as RFC 5545 writes it, in days, hours, minutes and seconds: "P1DT12H", "-PT15M", "PT0S".
func (d Duration) String() string {
	days, seconds := int64(d.Days), int64(d.Time/time.Second)
	if days == 0 {
		return string(appendSeconds(nil, seconds))
	}
	s := make([]byte, 0, 32)
	if days < 0 {
		s, days, seconds = append(s, '-'), -days, -seconds
	}
	s = append(appendInt(append(s, 'P'), days, 1), 'D')
	if seconds != 0 {
		s = append(s, appendSeconds(nil, seconds)[1:]...)
	}
	return string(s)
}

// AddTo returns t later by d: days by the clock of t's location, the rest as exact time.
func (d Duration) AddTo(t time.Time) time.Time {
	if d.Days != 0 {
		loc := t.Location()
		t = inZone(wallOf(t, loc).AddDate(0, 0, d.Days).Unix(), loc)
	}
	return t.Add(d.Time)
}
