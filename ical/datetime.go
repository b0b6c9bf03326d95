package ical

import "time"

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
	return d.Wall
}

// DateTimes returns the values of a date property: DTSTART, DTEND, DUE, RECURRENCE-ID, an EXDATE or RDATE list (of a
// PERIOD its start). Errors are *Error.
func (o *Object) DateTimes(p *Property) ([]DateTime, error) { return nil, nil }

// Period is a PERIOD value (RFC 5545 section 3.3.9), its end worked out if it was written as a duration.
type Period struct{ Start, End DateTime }

// Periods returns the PERIOD values of an RDATE or FREEBUSY. Errors are *Error.
func (o *Object) Periods(p *Property) ([]Period, error) { return nil, nil }

// Duration is a DURATION value (RFC 5545 section 3.3.6): nominal days, which are as long as the zone makes them, and exact
// time. Both are negative in a negative one.
type Duration struct {
	Days int // weeks folded in
	Time time.Duration
}

// ParseDuration reads a DURATION value. Errors are *Error without line.
func ParseDuration(s string) (Duration, error) { return Duration{}, nil }

// Add returns d later by dur: days by the wall clock, the rest as exact time.
func (d DateTime) Add(dur Duration) DateTime { return d }

// AddTo returns t later by d: days by the clock of t's location, the rest as exact time.
func (d Duration) AddTo(t time.Time) time.Time { return t }
