package ical

import "strconv"

// String returns the rule as the value of an RRULE or EXRULE, its parts in the order of RFC 5545.
func (r *Rule) String() string {
	s := append(make([]byte, 0, 64), "FREQ="...)
	s = append(s, r.Freq.String()...)
	if until := r.Until; !until.Wall.IsZero() {
		s = appendTime(append(s, ";UNTIL="...), until.Wall.Unix(), formOf(until))
	}
	if r.Count > 0 {
		s = appendInt(append(s, ";COUNT="...), int64(r.Count), 1)
	}
	if r.Interval > 1 {
		s = appendInt(append(s, ";INTERVAL="...), int64(r.Interval), 1)
	}
	for _, part := range [...]struct {
		name string
		list []int
	}{{";BYSECOND=", r.BySecond}, {";BYMINUTE=", r.ByMinute}, {";BYHOUR=", r.ByHour}} {
		s = appendPart(s, part.name, part.list)
	}
	s = r.appendDays(s)
	for _, part := range [...]struct {
		name string
		list []int
	}{
		{";BYMONTHDAY=", r.ByMonthDay}, {";BYYEARDAY=", r.ByYearDay}, {";BYWEEKNO=", r.ByWeekNo}, {";BYMONTH=", r.ByMonth},
		{";BYSETPOS=", r.BySetPos},
	} {
		s = appendPart(s, part.name, part.list)
	}
	if r.WeekStart != 1 { // Monday is what none means
		s = append(append(s, ";WKST="...), weekdays[r.WeekStart]...)
	}
	return string(s)
}

// appendPart appends a part that is a list of numbers, if there are any.
func appendPart(dst []byte, name string, list []int) []byte {
	if len(list) == 0 {
		return dst
	}
	return appendList(append(dst, name...), list)
}

// appendDays appends BYDAY.
func (r *Rule) appendDays(dst []byte) []byte {
	for i, day := range r.ByDay {
		dst = append(dst, [...]string{";BYDAY=", ","}[min(i, 1)]...)
		if day.N != 0 {
			dst = strconv.AppendInt(dst, int64(day.N), 10)
		}
		dst = append(dst, weekdays[day.Day]...)
	}
	return dst
}
