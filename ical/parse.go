package ical

// Parse reads one iCalendar stream that holds one VCALENDAR and returns that. Errors are *Error with Problem
// InvalidData, TooLarge or TooManyAttendees.
func Parse(raw []byte, lim Limits) (*Component, error) {
	return nil, fail(InvalidData, 0, "no calendar")
}
