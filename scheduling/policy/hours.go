package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Hours is the Limit to some hours of some weekdays, in the zone of the room.
type Hours []Span

// Span are hours of one weekday, in minutes since midnight: from Start up to End, which is at most 24:00.
type Span struct {
	Day        time.Weekday
	Start, End int
}

const dayMinutes = 24 * 60

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// parseHours reads such as "mon-fri 08:00-12:00 13:00-18:00, sat 10:00-14:00".
func parseHours(l *line) (Limit, error) {
	var hours Hours
	for {
		days, err := parseDays(l.next())
		if err != nil {
			return nil, err
		}
		for n := 0; n == 0 || strings.Contains(l.peek(), ":") && isDigit(l.peek()[0]); n++ {
			start, end, err := parseTimes(l.next())
			if err != nil {
				return nil, err
			}
			for _, d := range days {
				hours = append(hours, Span{d, start, end})
			}
		}
		if !l.take(",") {
			return hours.normal(), nil
		}
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// parseDays reads a weekday, a range of them, or "daily".
func parseDays(text string) ([]time.Weekday, error) {
	if text == "daily" {
		text = "mon-sun"
	}
	from, to, isRange := strings.Cut(text, "-")
	first, last := slices.Index(weekdays, from), slices.Index(weekdays, to)
	if !isRange {
		last = first
	}
	if first < 0 || last < 0 {
		return nil, fmt.Errorf("%q is no weekday: write Mon, Mon-Fri or daily, then hours such as 08:00-18:00", text)
	}
	days := []time.Weekday{time.Weekday(first)}
	for d := first; d != last; {
		d = (d + 1) % 7
		days = append(days, time.Weekday(d))
	}
	return days, nil
}

// parseTimes reads such as "08:00-18:00".
func parseTimes(text string) (start, end int, err error) {
	from, to, _ := strings.Cut(text, "-")
	start, end = parseClock(from), parseClock(to)
	if start < 0 || end < 0 {
		return 0, 0, fmt.Errorf("%q are no hours: write such as 08:00-18:00", text)
	}
	if end <= start {
		return 0, 0, fmt.Errorf("%s ends before it begins: write what is after midnight with the next day", text)
	}
	return start, end, nil
}

// parseClock returns the minutes of a time of day, or -1.
func parseClock(text string) int {
	h, m, ok := strings.Cut(text, ":")
	hour, err := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(m)
	if !ok || err != nil || err2 != nil || len(h) > 2 || len(m) != 2 || hour < 0 || minute < 0 || minute > 59 || hour*60+minute > dayMinutes {
		return -1
	}
	return hour*60 + minute
}

// normal puts the spans in order, the week beginning on Monday, and joins those that overlap or meet.
func (h Hours) normal() Hours {
	slices.SortFunc(h, func(a, b Span) int { return cmp.Or(cmp.Compare(a.day(), b.day()), cmp.Compare(a.Start, b.Start)) })
	out := h[:0]
	for _, s := range h {
		if n := len(out); n > 0 && out[n-1].Day == s.Day && s.Start <= out[n-1].End {
			out[n-1].End = max(out[n-1].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// day counts from Monday.
func (s Span) day() int { return (int(s.Day) + 6) % 7 }

// String writes days with the same hours that follow each other as a range.
func (h Hours) String() string {
	texts := make([]string, 7)
	for _, s := range h {
		texts[s.day()] += fmt.Sprintf(" %02d:%02d-%02d:%02d", s.Start/60, s.Start%60, s.End/60, s.End%60)
	}
	name := func(day int) string {
		n := weekdays[(day+1)%7]
		return strings.ToUpper(n[:1]) + n[1:]
	}
	var parts []string
	for first := 0; first < 7; first++ {
		last := first
		for last < 6 && texts[last+1] == texts[first] {
			last++
		}
		switch {
		case texts[first] == "":
		case last == first:
			parts = append(parts, name(first)+texts[first])
		case last == 6 && first == 0:
			parts = append(parts, "daily"+texts[first])
		default:
			parts = append(parts, name(first)+"-"+name(last)+texts[first])
		}
		first = last
	}
	return "hours " + strings.Join(parts, ", ")
}

var errBounds = errors.New("say how much: at least 30m, at most 4h, or both")

// broken wants all of the slot inside of the hours, which go on over midnight where both days have them.
func (h Hours) broken(c *Case, s Slot) (string, bool) {
	at := s.Start.In(c.zone())
	for days := 0; ; days++ {
		until, open := h.until(at)
		if !until.Before(s.End) {
			return "", false
		}
		if !open || days > 7 && len(h) != 7 {
			return "It can be booked at these times only: " + strings.TrimPrefix(h.String(), "hours ") + ".", true
		}
		if days > 7 { // round the clock
			return "", false
		}
		at = until
	}
}

// until returns when the span that at is in ends, at itself if it is in none; and whether more may follow at once.
func (h Hours) until(at time.Time) (end time.Time, more bool) {
	midnight := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, at.Location())
	for _, s := range h {
		if s.Day != at.Weekday() {
			continue
		}
		start, end := clock(midnight, s.Start), clock(midnight, s.End)
		if !at.Before(start) && at.Before(end) {
			return end, s.End == dayMinutes
		}
	}
	return at, false
}

// clock is a time of the day that begins at midnight, by the wall clock.
func clock(midnight time.Time, minutes int) time.Time {
	return time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, minutes, 0, 0, midnight.Location())
}
