package ical

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// observance is a STANDARD or DAYLIGHT component (RFC 5545 section 3.6.5): from each onset on, clocks are at to.
type observance struct {
	from, to int         // seconds east of Greenwich
	dst      bool        // DAYLIGHT
	name     string      // TZNAME, "" if there is none
	start    time.Time   // DTSTART, the local clock (at from) as if it were UTC
	dates    []time.Time // RDATE, likewise
	rule     *yearly     // RRULE, nil if there is none
}

// onset returns when the local clock (as if it were UTC) of an onset is.
func (obs *observance) onset(local time.Time) int64 { return local.Unix() - int64(obs.from) }

// yearly is the RRULE of an observance: once a year.
type yearly struct {
	month    time.Month
	weekday  time.Weekday
	week     int   // nth weekday of the month, -1 the last; 0: days tells
	days     []int // the day of the month or, with byDay, those of which the one that is the weekday is meant
	byDay    bool
	interval int   // years
	count    int   // 0: endless
	until    int64 // instant of the last possible onset
}

// endless says whether the rule has neither COUNT nor UNTIL.
func (r *yearly) endless() bool { return r.count == 0 && r.until == noEnd }

// noEnd is yearly.until of a rule without UNTIL.
const noEnd = 1 << 62

// in returns the day of the rule's onset in year; false: none in that year.
func (r *yearly) in(year int) (time.Time, bool) {
	first := time.Date(year, r.month, 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	switch {
	case r.week > 0:
		day := first.AddDate(0, 0, int(r.weekday-first.Weekday()+7)%7+7*(r.week-1))
		return day, day.Month() == r.month
	case r.week < 0:
		day := last.AddDate(0, 0, -(int(last.Weekday()-r.weekday+7)%7)+7*(r.week+1))
		return day, day.Month() == r.month
	}
	for _, n := range r.days {
		if n < 0 {
			n = last.Day() + n + 1
		}
		day := first.AddDate(0, 0, n-1)
		if n >= 1 && n <= last.Day() && (!r.byDay || day.Weekday() == r.weekday) {
			return day, true
		}
	}
	return time.Time{}, false
}

// observancesOf reads the observances of a VTIMEZONE.
func observancesOf(vtimezone *Component) ([]observance, *Error) {
	list := make([]observance, 0, len(vtimezone.Children))
	for _, c := range vtimezone.Children {
		if c.Name != "STANDARD" && c.Name != "DAYLIGHT" {
			continue
		}
		obs, err := observanceOf(c)
		if err != nil {
			return nil, err
		}
		list = append(list, obs)
	}
	if len(list) == 0 || len(list) > maxTransitions {
		line := 0
		if p := vtimezone.Prop("TZID"); p != nil {
			line = p.Line
		}
		return nil, fail(InvalidData, line, "VTIMEZONE with %d STANDARD and DAYLIGHT components", len(list))
	}
	return list, nil
}

func observanceOf(c *Component) (obs observance, err *Error) {
	obs.dst = c.Name == "DAYLIGHT"
	to := c.Prop("TZOFFSETTO")
	if to == nil {
		return obs, fail(InvalidData, 0, "%s of a VTIMEZONE without TZOFFSETTO", c.Name)
	}
	var ok bool
	if obs.to, ok = parseOffset(to.Value); !ok {
		return obs, notA("UTC offset", to, to.Value)
	}
	obs.from = obs.to
	if from := c.Prop("TZOFFSETFROM"); from != nil {
		if obs.from, ok = parseOffset(from.Value); !ok {
			return obs, notA("UTC offset", from, from.Value)
		}
	}
	if name := c.Prop("TZNAME"); name != nil {
		obs.name = name.Text()
	}
	obs.start = time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC)
	if start := c.Prop("DTSTART"); start != nil {
		if obs.start, ok = obs.local(start.Value); !ok {
			return obs, notA("date", start, start.Value)
		}
	}
	for p := range c.AllProps("RDATE") {
		for item := range listItems(p.Value) {
			item, _, _ = strings.Cut(item, "/")
			date, ok := obs.local(item)
			if !ok {
				return obs, notA("date", p, item)
			}
			obs.dates = append(obs.dates, date)
		}
	}
	if p := c.Prop("RRULE"); p != nil {
		obs.rule = obs.parseYearly(p.Value) // one that is not understood leaves the onset at DTSTART
	}
	return obs, nil
}

// local reads a local date-time; one in UTC, against section 3.6.5, is turned into a local one.
func (obs *observance) local(s string) (time.Time, bool) {
	d, ok := parseDateTime(s)
	if !ok || d.Wall.Before(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)) {
		return time.Time{}, false
	}
	if d.Zone != nil {
		d.Wall = d.Wall.Add(time.Duration(obs.from) * time.Second)
	}
	return d.Wall, true
}

var weekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// parseYearly reads the RRULEs that zones have: FREQ=YEARLY with BYMONTH, BYDAY, BYMONTHDAY, BYSETPOS. Others: nil.
func (obs *observance) parseYearly(rule string) *yearly {
	r := &yearly{month: obs.start.Month(), interval: 1, until: noEnd, days: []int{obs.start.Day()}}
	setPos := 0
	for part := range strings.SplitSeq(strings.ToUpper(rule), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		ok := true
		switch name {
		case "FREQ":
			ok = value == "YEARLY"
		case "INTERVAL":
			r.interval, ok = number(value, 1, 1000)
		case "COUNT":
			r.count, ok = number(value, 1, 10_000)
		case "UNTIL":
			r.until, ok = obs.parseUntil(value)
		case "BYMONTH":
			var month int
			month, ok = number(value, 1, 12)
			r.month = time.Month(month)
		case "BYMONTHDAY":
			r.days = nil
			for item := range listItems(value) {
				day, good := number(item, -31, 31)
				ok = ok && good && day != 0
				r.days = append(r.days, day)
			}
		case "BYDAY":
			ok = r.parseDay(value)
		case "BYSETPOS":
			setPos, ok = number(value, -5, 5)
		case "BYWEEKNO", "BYYEARDAY":
			ok = false
		}
		if !ok {
			return nil
		}
	}
	return r.settle(strings.Contains(strings.ToUpper(rule), "BYMONTHDAY"), setPos)
}

// settle completes a rule from what its parts say together; nil if they say something that happens not once a year.
func (r *yearly) settle(monthDays bool, setPos int) *yearly {
	switch {
	case !r.byDay:
		return r
	case r.week == 0 && setPos != 0:
		r.week = setPos
	case r.week == 0 && !monthDays:
		return nil
	case r.week != 0:
		r.days = nil
	}
	return r
}

// parseDay reads a BYDAY of one day.
func (r *yearly) parseDay(value string) (ok bool) {
	if len(value) < 2 {
		return false
	}
	day := slices.Index(weekdays, value[len(value)-2:])
	if day < 0 {
		return false
	}
	r.weekday, r.byDay = time.Weekday(day), true
	if week := value[:len(value)-2]; week != "" {
		r.week, ok = number(week, -5, 5)
		return ok && r.week != 0
	}
	return true
}

// parseUntil reads UNTIL, which section 3.6.5 wants in UTC; a local one is taken at the offset from.
func (obs *observance) parseUntil(value string) (int64, bool) {
	d, ok := parseDateTime(value)
	switch {
	case !ok:
		return 0, false
	case d.Date:
		d.Wall = d.Wall.AddDate(0, 0, 1).Add(-time.Second)
		return obs.onset(d.Wall), true
	case d.Zone == nil:
		return obs.onset(d.Wall), true
	}
	return d.Wall.Unix(), true
}

// number reads a decimal number from least to most.
func number(s string, least, most int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= least && n <= most
}
