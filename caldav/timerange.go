package caldav

import (
	"time"

	"convene/caldav/dav"
	"convene/ical"
)

// utcForm is a DATE-TIME in UTC (RFC 5545 section 3.3.5, form #2), which all times in requests are.
const utcForm = "20060102T150405Z"

// parseTimeRange reads a CALDAV:time-range (RFC 4791 section 9.9), of which one end may be open, or an element with the same attributes.
// A broken one is a 400; times outside of what calendars hold get CALDAV:min-date-time or CALDAV:max-date-time (section 7.8).
func parseTimeRange(e *dav.Element) (ical.Range, error) {
	if e == nil {
		return ical.Range{}, badRequest("there is no CALDAV:time-range")
	}
	var r ical.Range
	var err error
	if r.Start, err = rangeEnd(e, "start"); err != nil {
		return ical.Range{}, err
	}
	if r.End, err = rangeEnd(e, "end"); err != nil {
		return ical.Range{}, err
	}
	switch {
	case r.Start.IsZero() && r.End.IsZero():
		return ical.Range{}, badRequest("a CALDAV:%s has neither start nor end", e.Name.Local)
	case !r.Start.IsZero() && !r.End.IsZero() && !r.Start.Before(r.End):
		return ical.Range{}, badRequest("the end of a CALDAV:%s is not after its start", e.Name.Local)
	}
	return r, nil
}

// parseClosedRange is parseTimeRange for elements whose ends both have to be there (RFC 4791 sections 9.6.5 to 9.6.7).
func parseClosedRange(e *dav.Element) (*ical.Range, error) {
	r, err := parseTimeRange(e)
	if err == nil && (r.Start.IsZero() || r.End.IsZero()) {
		err = badRequest("a CALDAV:%s has both start and end", e.Name.Local)
	}
	if err != nil {
		return nil, err
	}
	return &r, nil
}

// rangeEnd reads one of the attributes, the zero time if it is not there.
func rangeEnd(e *dav.Element, attr string) (time.Time, error) {
	value, ok := e.Attr(attr)
	if !ok {
		return time.Time{}, nil
	}
	t, err := time.Parse(utcForm, value)
	switch {
	case err != nil || len(value) != len(utcForm):
		return time.Time{}, badRequest("%s is %.40q, but should be a time in UTC such as 20260131T120000Z", attr, value)
	case t.Before(ical.MinDate):
		return time.Time{}, forbidden(dav.CalDAV("min-date-time"), "%s is before the earliest time that calendars hold, %s", attr, ical.MinDate.Format(utcForm))
	case t.After(ical.MaxDate):
		return time.Time{}, forbidden(dav.CalDAV("max-date-time"), "%s is after the latest time that calendars hold, %s", attr, ical.MaxDate.Format(utcForm))
	}
	return t, nil
}
