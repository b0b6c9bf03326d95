package ical

import (
	"fmt"
)

// Problem says which precondition of RFC 4791 (sections 5.3.2.1 and 5.3.4) a refusal belongs to.
type Problem int

// The problems, with the precondition element that answers them.
const (
	InvalidData      Problem = iota // CALDAV:valid-calendar-data
	InvalidObject                   // CALDAV:valid-calendar-object-resource
	TooLarge                        // CALDAV:max-resource-size
	TooManyInstances                // CALDAV:max-instances
	TooManyAttendees                // CALDAV:max-attendees-per-instance
	BeforeMinDate                   // CALDAV:min-date-time
	AfterMaxDate                    // CALDAV:max-date-time
	InvalidMessage                  // CALDAV:valid-scheduling-message (RFC 6638 section 5.1)
)

// Error is why calendar data was refused.
type Error struct {
	Problem Problem
	Line    int    // 1-based line number in the data; 0: the data as a whole
	Detail  string // a sentence for a person, without the line number
}

// Error returns "line 12: DTSTART: not a date: 2024".
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Detail
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Detail)
}

// fail builds an *Error.
func fail(problem Problem, line int, format string, args ...any) *Error {
	return &Error{Problem: problem, Line: line, Detail: fmt.Sprintf(format, args...)}
}

// quote returns value for an error message: quoted and cut to a readable length.
func quote(value string) string {
	const most = 60
	if len(value) > most {
		value = value[:most] + "..."
	}
	return fmt.Sprintf("%q", value)
}
