package dav

import (
	"fmt"
	"net/http"
)

// Error is what a handler returns to have the request answered as it says.
type Error struct {
	Status    int               // HTTP status
	Condition Name              // the precondition or postcondition that failed, a child of DAV:error; zero: none
	Inner     string            // children of the condition element, XML with the prefixes of [Buffer]
	Detail    string            // a sentence for people
	Err       error             // the cause, for the log; never sent
	Header    map[string]string // further headers of the response
}

// Fail returns an [*Error] with its sentence made as by [fmt.Errorf]; an operand of %w becomes Err.
func Fail(status int, cond Name, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	e := &Error{Status: status, Condition: cond, Detail: err.Error()}
	if u, ok := err.(interface{ Unwrap() error }); ok {
		e.Err = u.Unwrap()
	}
	return e
}

// Error names status, condition, sentence and cause.
func (e *Error) Error() string {
	s := fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status))
	if e.Condition != (Name{}) {
		s += " " + e.Condition.String()
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }
