package ical

import (
	"strings"
	"time"
)

// MinDate and MaxDate bound the dates that are accepted (CALDAV:min-date-time and CALDAV:max-date-time).
var (
	MinDate = time.Date(1000, 1, 1, 0, 0, 0, 0, time.UTC)
	MaxDate = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
)

// DateTime is a DATE or DATE-TIME as written (RFC 5545 sections 3.3.4 and 3.3.5): a wall clock and how it is anchored.
type DateTime struct {
	Wall time.Time      // the written clock, as if it were UTC
	Date bool           // VALUE=DATE: Wall is midnight
	Zone *time.Location // nil: floating, as a DATE always is; time.UTC: written with Z
}

// In returns the instant, floating ones taken in floating (nil: UTC). A wall clock that a change of offset skips is
// taken with the offset before it, one that happens twice means the first (RFC 5545 section 3.3.5).
func (d DateTime) In(floating *time.Location) time.Time {
	loc := d.Zone
	if loc == nil {
		loc = floating
	}
	if loc == nil || loc == time.UTC {
		return d.Wall
	}
	return inZone(d.Wall.Unix(), loc)
}

// inZone returns the instant at which loc's clock shows wall (seconds since 1970 as if it were UTC).
func inZone(wall int64, loc *time.Location) time.Time {
	// The instant is less than a day away from wall taken as UTC. (Location's ZoneBounds would tell the changes, but not
	// the true ones beyond those that are listed in its data.)
	const day = 86400
	_, before := time.Unix(wall-day, 0).In(loc).Zone()
	_, after := time.Unix(wall+day, 0).In(loc).Zone()
	t := time.Unix(wall-int64(before), 0).In(loc)
	if before == after {
		return t
	}
	if _, offset := t.Zone(); offset == before {
		return t // of a clock that is shown twice the first
	}
	u := time.Unix(wall-int64(after), 0).In(loc)
	if _, offset := u.Zone(); offset == after {
		return u
	}
	return t // the change skips it
}

// Add returns d later by dur: days by the wall clock, the rest as exact time.
func (d DateTime) Add(dur Duration) DateTime {
	d.Wall = d.Wall.AddDate(0, 0, dur.Days)
	if dur.Time == 0 {
		return d
	}
	d.Date = false
	if d.Zone == nil || d.Zone == time.UTC {
		d.Wall = d.Wall.Add(dur.Time)
		return d
	}
	d.Wall = wallOf(d.In(nil).Add(dur.Time), d.Zone)
	return d
}

// wallOf returns what the clock of loc shows at t, as if it were UTC.
func wallOf(t time.Time, loc *time.Location) time.Time {
	t = t.In(loc)
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// String returns the value as RFC 5545 writes it: "20240131", "20240131T093000" or, in UTC, "20240131T093000Z".
func (d DateTime) String() string {
	switch {
	case d.Date:
		return d.Wall.Format("20060102")
	case d.Zone == time.UTC:
		return d.Wall.Format("20060102T150405Z")
	}
	return d.Wall.Format("20060102T150405")
}

// parseDateTime reads a DATE or DATE-TIME. Besides the forms of RFC 5545 it takes those that clients write and that
// mean one thing only: surrounding blanks, lower case, hyphens and colons (RFC 3339), no seconds, an offset from UTC, and
// 240000 as the end of the day. Zone is nil or, if the value says so, time.UTC.
func parseDateTime(s string) (d DateTime, ok bool) {
	s = strings.Trim(s, " \t")
	year, month, day, rest, ok := cutDate(s)
	if !ok {
		return d, false
	}
	d.Wall = time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if d.Wall.Day() != day || month < 1 || month > 12 {
		return d, false
	}
	if rest == "" {
		d.Date = true
		return d, true
	}
	if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
		return d, false
	}
	clock, rest, ok := cutClock(rest[1:])
	if !ok {
		return d, false
	}
	d.Wall = d.Wall.Add(clock)
	switch {
	case rest == "":
	case rest == "Z" || rest == "z":
		d.Zone = time.UTC
	default:
		offset, ok := parseOffset(rest)
		if !ok {
			return d, false
		}
		d.Wall, d.Zone = d.Wall.Add(-time.Duration(offset)*time.Second), time.UTC
	}
	return d, true
}

// cutDate takes yyyymmdd or yyyy-mm-dd from the start of s.
func cutDate(s string) (year, month, day int, rest string, ok bool) {
	year, s, ok = cutDigits(s, 4)
	if !ok {
		return
	}
	s, hyphen := strings.CutPrefix(s, "-")
	month, s, ok = cutDigits(s, 2)
	if !ok {
		return
	}
	if hyphen {
		s, ok = strings.CutPrefix(s, "-")
		if !ok {
			return
		}
	}
	day, rest, ok = cutDigits(s, 2)
	return
}

// cutClock takes hhmmss, hh:mm:ss, hhmm or hh:mm from the start of s; fractions of a second are dropped.
func cutClock(s string) (clock time.Duration, rest string, ok bool) {
	hour, s, ok := cutDigits(s, 2)
	if !ok {
		return
	}
	s, colon := strings.CutPrefix(s, ":")
	minute, s, ok := cutDigits(s, 2)
	if !ok {
		return
	}
	if colon {
		s, colon = strings.CutPrefix(s, ":")
	}
	second, rest, some := cutDigits(s, 2)
	if !some {
		if colon {
			return 0, "", false
		}
		second, rest = 0, s
	}
	if some && strings.HasPrefix(rest, ".") {
		rest = strings.TrimLeft(rest[1:], "0123456789")
	}
	whole := hour == 24 && minute == 0 && second == 0
	if hour > 23 && !whole || minute > 59 || second > 60 {
		return 0, "", false
	}
	return time.Duration(hour*3600+minute*60+second) * time.Second, rest, true
}

// cutDigits takes a number of n digits from the start of s.
func cutDigits(s string, n int) (number int, rest string, ok bool) {
	if len(s) < n {
		return 0, s, false
	}
	for i := range n {
		c := s[i] - '0'
		if c > 9 {
			return 0, s, false
		}
		number = number*10 + int(c)
	}
	return number, s[n:], true
}

// parseOffset reads a UTC-OFFSET (RFC 5545 section 3.3.14) in seconds east of Greenwich; it takes a colon between the
// parts too, and +01.
func parseOffset(s string) (seconds int, ok bool) {
	s = strings.Trim(s, " \t")
	if s == "" || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	negative := s[0] == '-'
	hour, rest, ok := cutDigits(s[1:], 2)
	if !ok || hour > 26 {
		return 0, false
	}
	seconds = hour * 3600
	for _, unit := range []int{60, 1} {
		if rest == "" {
			break
		}
		var n int
		n, rest, ok = cutDigits(strings.TrimPrefix(rest, ":"), 2)
		if !ok || n > 59 {
			return 0, false
		}
		seconds += n * unit
	}
	if negative {
		seconds = -seconds
	}
	return seconds, rest == ""
}
