package ical

import (
	"fmt"
	"strconv"
	"strings"
)

// footerOnsets reads the footer of TZif data (RFC 9636 section 3.3), a POSIX TZ string such as
// CET-1CEST,M3.5.0,M10.5.0/3, and returns its two changes, each by its kind. It is nil for a zone without rules, or with
// one that no RRULE says.
func footerOnsets(data string) map[step]onset {
	data = strings.TrimSuffix(data, "\n")
	footer := data[strings.LastIndexByte(data, '\n')+1:]
	zone, rules, ok := strings.Cut(footer, ",")
	if !ok {
		return nil
	}
	toDST, toStd, _ := strings.Cut(rules, ",")
	stdName, rest := cutPosixName(zone)
	std, rest, ok1 := cutPosixOffset(rest)
	dstName, rest := cutPosixName(rest)
	std = -std
	dst := std + 3600
	ok2 := true
	if rest != "" {
		dst, _, ok2 = cutPosixOffset(rest)
		dst = -dst
	}
	dstRule, ok3 := ruleOf(toDST)
	stdRule, ok4 := ruleOf(toStd)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return nil
	}
	return map[step]onset{
		{from: std, to: dst, dst: true, name: dstName}:  dstRule,
		{from: dst, to: std, dst: false, name: stdName}: stdRule,
	}
}

// cutPosixName takes an abbreviation, in angle brackets or not, from the start of s.
func cutPosixName(s string) (name, rest string) {
	if strings.HasPrefix(s, "<") {
		name, rest, _ = strings.Cut(s[1:], ">")
		return name, rest
	}
	n := 0
	for n < len(s) && s[n] >= 'A' {
		n++
	}
	return s[:n], s[n:]
}

// cutPosixOffset takes [+-]h[h][:mm[:ss]] from the start of s, in seconds.
func cutPosixOffset(s string) (seconds int, rest string, ok bool) {
	n := 0
	for n < len(s) && (s[n] == '-' || s[n] == '+' || s[n] == ':' || s[n]-'0' <= 9) {
		n++
	}
	number, rest := s[:n], s[n:]
	negative := strings.HasPrefix(number, "-")
	unit := 3600
	for part := range strings.SplitSeq(strings.TrimLeft(number, "+-"), ":") {
		value, err := strconv.Atoi(part)
		if err != nil || unit == 0 {
			return 0, s, false
		}
		seconds += value * unit
		unit /= 60
	}
	if negative {
		seconds = -seconds
	}
	return seconds, rest, true
}

// onset is when a change happens every year.
type onset struct {
	rule  string // value of an RRULE
	clock int    // seconds since midnight
}

// ruleOf turns a POSIX rule Mm.w.d[/time] into an onset. A time before or after its day moves the day.
func ruleOf(posix string) (onset, bool) {
	date, clock, timed := strings.Cut(posix, "/")
	var month, week, weekday int
	if n, err := fmt.Sscanf(date, "M%d.%d.%d", &month, &week, &weekday); n != 3 || err != nil || week < 1 || week > 5 || weekday > 6 {
		return onset{}, false
	}
	seconds := 2 * 3600
	if timed {
		var ok bool
		if seconds, _, ok = cutPosixOffset(clock); !ok {
			return onset{}, false
		}
	}
	shift := seconds / 86400
	if seconds < 0 {
		shift = -((86400 - 1 - seconds) / 86400)
	}
	day := weekdays[((weekday+shift)%7+7)%7]
	if shift == 0 {
		if week == 5 {
			week = -1
		}
		return onset{fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", month, week, day), seconds}, true
	}
	first := 7*(week-1) + 1 + shift
	if week == 5 {
		if month == 2 {
			return onset{}, false
		}
		first = daysIn[month-1] - 6 + shift
	}
	if first < 1 || first+6 > daysIn[month-1] {
		return onset{}, false
	}
	var days []string
	for n := range 7 {
		days = append(days, strconv.Itoa(first+n))
	}
	rule := fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=%s;BYDAY=%s", month, strings.Join(days, ","), day)
	return onset{rule, seconds - shift*86400}, true
}

// daysIn holds the days of the months, of February the least.
var daysIn = [12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
