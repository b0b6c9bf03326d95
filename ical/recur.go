package ical

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Freq is the unit in which a recurrence rule repeats (FREQ in RFC 5545 section 3.3.10), the shortest first.
type Freq int

// The frequencies.
const (
	Secondly Freq = iota
	Minutely
	Hourly
	Daily
	Weekly
	Monthly
	Yearly
)

var freqNames = [...]string{"SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

// String returns the name in RFC 5545.
func (f Freq) String() string { return freqNames[f] }

// WeekdayNum is a value of BYDAY: N is 2 in "2MO", -1 in "-1MO" and 0 in "MO".
type WeekdayNum struct {
	N   int
	Day time.Weekday
}

// Rule is a recurrence rule (RFC 5545 section 3.3.10). Its lists are sorted and without duplicates.
type Rule struct {
	Freq      Freq
	Interval  int      // 1 or more
	Count     int      // 0: not given
	Until     DateTime // zero Wall: not given
	WeekStart time.Weekday

	BySecond   []int
	ByMinute   []int
	ByHour     []int
	ByDay      []WeekdayNum
	ByMonthDay []int
	ByYearDay  []int
	ByWeekNo   []int
	ByMonth    []int
	BySetPos   []int
}

// Finite says whether the rule ends by itself.
func (r *Rule) Finite() bool { return r.Count > 0 || !r.Until.Wall.IsZero() }

// plain says whether r has no BY parts.
func (r *Rule) plain() bool {
	return r.BySecond == nil && r.ByMinute == nil && r.ByHour == nil && r.ByDay == nil && r.ByMonthDay == nil &&
		r.ByYearDay == nil && r.ByWeekNo == nil && r.ByMonth == nil && r.BySetPos == nil
}

const (
	maxRuleBytes = 16 << 10 // more than all values of all parts together take
	maxRepeat    = 1 << 31  // INTERVAL and COUNT above mean this: 68 years of seconds
)

// ruleParts are the parts of a rule, in the order of RFC 5545.
var ruleParts = [...]struct {
	name string
	set  func(r *Rule, value string) string // what is wrong with value, or ""
}{
	{"FREQ", setFreq},
	{"UNTIL", setUntil},
	{"COUNT", func(r *Rule, value string) string { return setRepeat(&r.Count, value) }},
	{"INTERVAL", func(r *Rule, value string) string { return setRepeat(&r.Interval, value) }},
	{"BYSECOND", func(r *Rule, value string) string { return setNumbers(&r.BySecond, value, 0, 60) }},
	{"BYMINUTE", func(r *Rule, value string) string { return setNumbers(&r.ByMinute, value, 0, 59) }},
	{"BYHOUR", func(r *Rule, value string) string { return setNumbers(&r.ByHour, value, 0, 23) }},
	{"BYDAY", setByDay},
	{"BYMONTHDAY", func(r *Rule, value string) string { return setNumbers(&r.ByMonthDay, value, -31, 31) }},
	{"BYYEARDAY", func(r *Rule, value string) string { return setNumbers(&r.ByYearDay, value, -366, 366) }},
	{"BYWEEKNO", func(r *Rule, value string) string { return setNumbers(&r.ByWeekNo, value, -53, 53) }},
	{"BYMONTH", func(r *Rule, value string) string { return setNumbers(&r.ByMonth, value, 1, 12) }},
	{"BYSETPOS", func(r *Rule, value string) string { return setNumbers(&r.BySetPos, value, -366, 366) }},
	{"WKST", setWeekStart},
	{"RSCALE", func(*Rule, string) string { return "calendars other than the plain Gregorian one are not supported" }},
	{"SKIP", func(*Rule, string) string { return "RSCALE and SKIP (RFC 7529) are not supported" }},
}

// ParseRule reads the value of an RRULE or EXRULE property. It takes lower case, blanks around values, empty parts (a
// trailing semicolon), COUNT beside UNTIL, and passes over X- parts. RSCALE and SKIP (RFC 7529) are refused. Errors are
// *Error without line.
func ParseRule(s string) (*Rule, error) {
	if len(s) > maxRuleBytes {
		return nil, fail(InvalidData, 0, "a recurrence rule of %d octets, more than %d", len(s), maxRuleBytes)
	}
	r := &Rule{Interval: 1, WeekStart: time.Monday}
	var seen [len(ruleParts)]string
	for part := range strings.SplitSeq(s, ";") {
		part = strings.Trim(part, " \t")
		if part == "" {
			continue
		}
		name, value, ok := strings.Cut(strings.ToUpper(part), "=")
		if !ok {
			return nil, fail(InvalidData, 0, "no value: %s", quote(part))
		}
		name, value = strings.TrimRight(name, " \t"), strings.Trim(value, " \t")
		at := 0
		for at < len(ruleParts) && ruleParts[at].name != name {
			at++
		}
		if at == len(ruleParts) {
			if strings.HasPrefix(name, "X-") {
				continue
			}
			return nil, fail(InvalidData, 0, "no such part: %s", quote(name))
		}
		if seen[at] != "" && seen[at] != value {
			return nil, fail(InvalidData, 0, "two different values for %s", name)
		}
		seen[at] = value
		if wrong := ruleParts[at].set(r, value); wrong != "" {
			return nil, fail(InvalidData, 0, "%s=%s: %s", name, strings.Trim(quote(value), `"`), wrong)
		}
	}
	if seen[0] == "" {
		return nil, fail(InvalidData, 0, "FREQ is missing: %s", quote(s))
	}
	return r, nil
}

func setFreq(r *Rule, value string) string {
	at := slices.Index(freqNames[:], value)
	if at < 0 {
		return "not one of " + strings.Join(freqNames[:], ", ")
	}
	r.Freq = Freq(at)
	return ""
}

func setUntil(r *Rule, value string) string {
	d, ok := parseDateTime(value)
	if !ok {
		return "not a date or date-time"
	}
	r.Until = d
	return ""
}

// setRepeat reads COUNT or INTERVAL.
func setRepeat(field *int, value string) string {
	n, ok := cutNumber(value)
	if !ok || n < 1 {
		return "not a positive number"
	}
	*field = n
	return ""
}

func setWeekStart(r *Rule, value string) string {
	day, ok := weekday(value)
	if !ok {
		return "not one of SU, MO, TU, WE, TH, FR, SA"
	}
	r.WeekStart = day
	return ""
}

// setNumbers reads a list of numbers from least to most. Where least is negative, 0 is not among them.
func setNumbers(list *[]int, value string, least, most int) string {
	numbers := make([]int, 0, strings.Count(value, ",")+1)
	for item := range strings.SplitSeq(value, ",") {
		n, ok := cutNumber(strings.Trim(item, " \t"))
		if !ok || n < least || n > most || n == 0 && least < 0 {
			if least < 0 {
				return quote(item) + " is not between 1 and " + strconv.Itoa(most) + " or their negatives"
			}
			return quote(item) + " is not between " + strconv.Itoa(least) + " and " + strconv.Itoa(most)
		}
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	*list = slices.Compact(numbers)
	return ""
}

func setByDay(r *Rule, value string) string {
	days := make([]WeekdayNum, 0, strings.Count(value, ",")+1)
	for item := range strings.SplitSeq(value, ",") {
		item = strings.Trim(item, " \t")
		at := max(len(item)-2, 0)
		day, ok := weekday(item[at:])
		if !ok {
			return quote(item) + " is no day of the week such as MO, 2MO or -1MO"
		}
		n := 0
		if at > 0 {
			n, ok = cutNumber(item[:at])
			if !ok || n == 0 || n < -53 || n > 53 {
				return "the number in " + quote(item) + " is not between 1 and 53 or their negatives"
			}
		}
		days = append(days, WeekdayNum{n, day})
	}
	slices.SortFunc(days, func(a, b WeekdayNum) int {
		return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.Day, b.Day))
	})
	r.ByDay = slices.Compact(days)
	return ""
}

// weekday reads the two letters that RFC 5545 has for a day of the week.
func weekday(s string) (time.Weekday, bool) {
	at := strings.Index("SUMOTUWETHFRSA", s)
	return time.Weekday(at / 2), len(s) == 2 && at >= 0 && at%2 == 0
}

// cutNumber reads a decimal number with or without a sign; those beyond maxRepeat become that.
func cutNumber(s string) (n int, ok bool) {
	digits := strings.TrimPrefix(s, "+")
	negative := strings.HasPrefix(s, "-")
	if negative {
		digits = s[1:]
	}
	for i := range len(digits) {
		c := digits[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = min(n*10+int(c), maxRepeat)
	}
	if negative {
		n = -n
	}
	return n, digits != ""
}
