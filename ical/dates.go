package ical

import (
	"iter"
	"strings"
	"time"
)

// Period is a PERIOD value (RFC 5545 section 3.3.9), its end worked out if it was written as a duration.
type Period struct{ Start, End DateTime }

// listItems yields the parts of a comma list that are not blank.
func listItems(value string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for item := range strings.SplitSeq(value, ",") {
			item = strings.Trim(item, " \t")
			if item != "" && !yield(item) {
				return
			}
		}
	}
}

// DateTimes returns the values of a date property: DTSTART, DTEND, DUE, RECURRENCE-ID, an EXDATE or RDATE list (of a
// PERIOD its start). Errors are *Error.
//
// What the value looks like counts, not the VALUE parameter: 20240131 is a DATE and 20240131T093000 a DATE-TIME, except
// that VALUE=DATE makes a DATE of midnight.
func (o *Object) DateTimes(p *Property) ([]DateTime, error) {
	list := make([]DateTime, 0, 1+strings.Count(p.Value, ","))
	zone := o.zoneOf(p)
	for item := range listItems(p.Value) {
		start, _, _ := strings.Cut(item, "/")
		d, ok := parseDateTime(start)
		if !ok {
			return nil, notA("date", p, item)
		}
		list = append(list, anchor(d, p, zone))
	}
	return list, nil
}

// dateTime returns the value of a property that check has found to be one date.
func (o *Object) dateTime(p *Property) DateTime {
	d, _ := parseDateTime(p.Value)
	return anchor(d, p, o.zoneOf(p))
}

// zoneOf returns the zone that p's TZID names, or nil.
func (o *Object) zoneOf(p *Property) *time.Location {
	tzid := p.Param("TZID")
	if tzid == "" {
		return nil
	}
	return o.Zone(tzid)
}

// anchor puts a date as parsed into the zone and type that its property gives it.
func anchor(d DateTime, p *Property, zone *time.Location) DateTime {
	if d.Date || d.Zone != nil {
		return d
	}
	if d.Wall.Hour() == 0 && d.Wall.Minute() == 0 && d.Wall.Second() == 0 && strings.EqualFold(p.Param("VALUE"), "DATE") {
		d.Date = true
		return d
	}
	d.Zone = zone
	return d
}

// Periods returns the PERIOD values of an RDATE or FREEBUSY; values that are no periods are left out. Errors are *Error.
func (o *Object) Periods(p *Property) ([]Period, error) {
	list := make([]Period, 0, 1+strings.Count(p.Value, ","))
	zone := o.zoneOf(p)
	for item := range listItems(p.Value) {
		if strings.IndexByte(item, '/') < 0 && p.Name == "RDATE" {
			continue
		}
		period, ok := parsePeriod(item, zone)
		if !ok {
			return nil, notA("period", p, item)
		}
		list = append(list, period)
	}
	return list, nil
}

// parsePeriod reads one PERIOD; zone is that of its TZID, or nil.
func parsePeriod(s string, zone *time.Location) (period Period, ok bool) {
	from, to, ok := strings.Cut(s, "/")
	if !ok {
		return period, false
	}
	start, ok := parseDateTime(from)
	if !ok {
		return period, false
	}
	if start.Zone == nil && !start.Date {
		start.Zone = zone
	}
	if dur, ok := parseDuration(to); ok {
		return Period{start, start.Add(dur)}, true
	}
	end, ok := parseDateTime(to)
	if end.Zone == nil && !end.Date {
		end.Zone = zone
	}
	return Period{start, end}, ok
}
