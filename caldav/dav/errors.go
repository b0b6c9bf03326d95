package dav

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// ContentTypeXML is the Content-Type of every XML body sent.
const ContentTypeXML = "application/xml; charset=utf-8"

// Error is what a handler returns to have the request answered as it says.
type Error struct {
	Status    int               // HTTP status
	Condition Name              // the precondition or postcondition that failed, a child of DAV:error; zero: none
	Inner     string            // children of the condition element, XML with the prefixes of [Buffer]
	Detail    string            // a sentence for people
	Err       error             // the cause, for the log; never sent
	Header    map[string]string // further headers of the response
}

// Fail returns an [*Error] with its sentence made as by [fmt.Errorf]; an operand of %w becomes Err and part of the sentence.
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
	s := strconv.Itoa(e.Status) + " " + StatusText(e.Status)
	if e.Condition != (Name{}) {
		s += " " + e.Condition.String()
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil && !strings.HasSuffix(s, e.Err.Error()) {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// WriteError answers a request with e: its status and headers, and a DAV:error body (RFC 4918 sections 14.5 and 16) of the condition
// and a DAV:responsedescription. There is no body where there is nothing to say, for HEAD, and for statuses that have none. Once a
// part of another answer was sent it cannot be called any more.
func WriteError(w http.ResponseWriter, r *http.Request, e *Error) {
	h := w.Header()
	for name, value := range e.Header {
		h.Set(name, value)
	}
	h.Del("Content-Length") // of an answer that was not to be
	h.Del("Content-Type")
	status := e.Status
	if status < 200 || status > 599 {
		status = http.StatusInternalServerError
	}
	if status == http.StatusNoContent || status == http.StatusNotModified {
		w.WriteHeader(status)
		return
	}
	h.Del("Etag")
	h.Del("Last-Modified")
	var body Buffer
	if e.Condition != (Name{}) || e.Detail != "" {
		e.appendBody(&body)
		h.Set("Content-Type", ContentTypeXML)
	}
	h.Set("Content-Length", strconv.Itoa(len(body.B)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body.B) // a client that is gone needs no answer
	}
}

func (e *Error) appendBody(b *Buffer) {
	root := Name{NS, "error"}
	b.StartDocument(root)
	switch {
	case e.Condition == Name{}:
	case e.Inner == "":
		b.Empty(e.Condition)
	default:
		b.Open(e.Condition)
		b.Raw(e.Inner)
		b.Close(e.Condition)
	}
	if e.Detail != "" {
		b.Elem(Name{NS, "responsedescription"}, e.Detail)
	}
	b.EndDocument(root)
}
