package dav

import (
	"net/http"
	"strconv"
	"sync"
)

// flushSize is how many bytes of a multistatus are gathered before they are sent. Nearly all answers stay below it, so that what
// they are made from (a connection to the database, as a rule) is free again before a slow client begins to read.
const flushSize = 512 << 10

// keepSize is the largest buffer kept for later answers.
const keepSize = 2 * flushSize

// Stream is a multistatus answer (RFC 4918 section 13) on its way to a client. Up to 512 KB it is held back, so that an error met on
// the way can still be answered as one; then it is sent whole, with its length. A larger one is sent in pieces. Use it so:
//
//	s := dav.NewStream(w)
//	defer s.Discard()
//	for ... {
//		s.StartResponse(path)
//		...
//		if err := s.EndResponse(); err != nil {
//			return err
//		}
//	}
//	return s.Close()
//
// An error after [Stream.Sent] leaves the document without its end, which tells the client that it is not whole.
type Stream struct {
	Buffer
	w    http.ResponseWriter
	sent bool
}

var streams = sync.Pool{New: func() any { return new(Stream) }}

// NewStream begins a multistatus answer to be written to w.
func NewStream(w http.ResponseWriter) *Stream {
	s := streams.Get().(*Stream)
	s.w, s.sent = w, false
	s.B = s.B[:0]
	s.StartMultistatus()
	return s
}

// Sent says whether a part of the answer was sent, so that no error can be answered any more.
func (s *Stream) Sent() bool { return s.sent }

// EndResponse ends a DAV:response and sends what was gathered if it is much. Errors are those of the connection.
func (s *Stream) EndResponse() error {
	s.Buffer.EndResponse()
	return s.flush()
}

// StatusResponse is [Buffer.StatusResponse] with the sending of EndResponse.
func (s *Stream) StatusResponse(path string, code int, condition Name, detail string) error {
	s.Buffer.StatusResponse(path, code, condition, detail)
	return s.flush()
}

func (s *Stream) flush() error {
	if len(s.B) < flushSize {
		return nil
	}
	if !s.sent {
		s.header()
	}
	_, err := s.w.Write(s.B)
	s.B = s.B[:0]
	return err
}

// header sends the header of the answer.
func (s *Stream) header() {
	s.w.Header().Set("Content-Type", ContentTypeXML)
	s.w.WriteHeader(http.StatusMultiStatus)
	s.sent = true
}

// Close ends the document and sends the rest, which may be all of it.
func (s *Stream) Close() error {
	s.EndMultistatus()
	if !s.sent {
		s.w.Header().Set("Content-Length", strconv.Itoa(len(s.B)))
		s.header()
	}
	_, err := s.w.Write(s.B)
	return err
}

// Discard gives the memory of the stream back; it must not be used after that. If nothing was sent, w can be written to as if the
// stream had never been.
func (s *Stream) Discard() {
	if s.w == nil {
		return
	}
	s.w = nil
	if cap(s.B) <= keepSize {
		streams.Put(s)
	}
}
