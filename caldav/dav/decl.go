package dav

import (
	"io"
	"net/http"
	"time"
)

// XMLLimits bounds what [ReadXML] takes; zero fields mean the defaults.
type XMLLimits struct {
	MaxBytes int64 // of the body; default 10 MiB
	MaxDepth int   // of elements in each other; default 32
	MaxNodes int   // elements and attributes; default 100,000
}

type binding struct {
	prefix, space string
	outer         *binding
}

// Raw returns the element as it was sent, made to stand alone.
func (e *Element) Raw() string { return "" }

// ReadXML reads a request body.
func ReadXML(r io.Reader, lim XMLLimits) (*Element, error) { return nil, nil }

// WriteError answers a request with an error.
func WriteError(w http.ResponseWriter, r *http.Request, e *Error) {}

// Buffer appends XML of a response to B.
type Buffer struct{ B []byte }

// Raw appends XML as it stands.
func (b *Buffer) Raw(s string) {}

// Text appends character data, escaped.
func (b *Buffer) Text(s string) {}

// TextBytes is Text for bytes.
func (b *Buffer) TextBytes(s []byte) {}

// Open appends a start tag; other than the fixed namespaces are declared on it.
func (b *Buffer) Open(n Name) {}

// Close appends the end tag of n.
func (b *Buffer) Close(n Name) {}

// Empty appends n as an empty element.
func (b *Buffer) Empty(n Name) {}

// Elem appends n with text inside.
func (b *Buffer) Elem(n Name, text string) {}

// Href appends a DAV:href with an escaped path.
func (b *Buffer) Href(escapedPath string) {}

// Date appends n with an RFC 3339 time, HTTPDate with an HTTP date, Int with a number.
func (b *Buffer) Int(n Name, i int64)          {}
func (b *Buffer) Date(n Name, t time.Time)     {}
func (b *Buffer) HTTPDate(n Name, t time.Time) {}

// StartDocument appends the XML declaration and root with the fixed prefixes declared; EndDocument closes it.
func (b *Buffer) StartDocument(root Name) {}
func (b *Buffer) EndDocument(root Name)   {}

func (b *Buffer) StartMultistatus() {}
func (b *Buffer) EndMultistatus()   {}

// StartResponse appends DAV:response with its DAV:href.
func (b *Buffer) StartResponse(href string) {}

// EndResponse ends it.
func (b *Buffer) EndResponse() {}

// Status appends DAV:status.
func (b *Buffer) Status(code int)      {}
func (b *Buffer) StartPropstat()       {}
func (b *Buffer) EndPropstat(code int) {}

// StartProps opens the properties found of a response: what is appended until EndProps are properties with status 200.
func (b *Buffer) StartProps() {}

// Absent notes that property n has another status than 200. It may be called between StartProps and EndProps at any time.
func (b *Buffer) Absent(n Name, status int) {}

// AbsentError is Absent with a precondition and a sentence.
func (b *Buffer) AbsentError(n Name, status int, cond Name, detail string) {}

// EndProps closes the propstat of 200 and appends one for each other status.
func (b *Buffer) EndProps() {}

// Stream is a multistatus answer.
type Stream struct{ Buffer }

// NewStream returns a multistatus answer to be written to w. Nothing is sent before 64 KB are there or Close is called.
func NewStream(w http.ResponseWriter) *Stream { return &Stream{} }

// EndResponse ends a DAV:response and sends what is there if it is much.
func (s *Stream) EndResponse() error { return nil }

// Close ends the multistatus and sends it.
func (s *Stream) Close() error { return nil }

// Discard gives up: unless Sent, another answer can be written to w. It may be called after Close, and does nothing then.
func (s *Stream) Discard() {}

// Sent says whether a part of the answer is on its way, so that no error can be answered any more.
func (s *Stream) Sent() bool { return false }

// Depth is the value of a Depth header.
type Depth int

const (
	Depth0 Depth = iota
	Depth1
	DepthInfinity
)

// ParseDepth reads the Depth header; def if there is none.
func ParseDepth(h http.Header, def Depth) (Depth, error) { return def, nil }

// ParseOverwrite reads the Overwrite header (true if there is none).
func ParseOverwrite(h http.Header) (bool, error) { return true, nil }

// Prefer is what the client prefers.
type Prefer struct {
	Minimal, Representation, DepthNoRoot, Strict, Lenient, RespondAsync bool
	Wait                                                                time.Duration
}

// ParsePrefer reads Prefer and Brief.
func ParsePrefer(h http.Header) Prefer { return Prefer{} }

// Applied notes in the header of a response which preference was applied ("return=minimal"), and that the answer varies with it.
func Applied(h http.Header, preference string) {}

// If is an If header (RFC 4918 section 10.4).
type If struct{}

// State is what an If header is held against.
type State struct {
	ETag   string
	Tokens []string
	Exists bool
}

// ParseIf reads an If header; nil for an empty one.
func ParseIf(h string) (*If, error) { return nil, nil }

// Eval says whether the header holds; resource is "" for the request's own, else as written. A nil If holds.
func (f *If) Eval(state func(resource string) State) bool { return true }

// Tokens returns all state tokens submitted.
func (f *If) Tokens() []string { return nil }

// Conditions are the preconditions of a request (RFC 9110 section 13).
type Conditions struct {
	IfMatch, IfNoneMatch               []ETag
	AnyMatch, AnyNoneMatch             bool
	IfModifiedSince, IfUnmodifiedSince time.Time
}

// ETag is an entity tag without its quotes.
type ETag struct {
	Tag  string
	Weak bool
}

// ParseConditions reads If-Match, If-None-Match, If-Modified-Since and If-Unmodified-Since.
func ParseConditions(h http.Header) (Conditions, error) { return Conditions{}, nil }

// Check returns a 412 if If-Match or If-None-Match do not hold for a request that changes something; etag without quotes.
func (c Conditions) Check(exists bool, etag string) error { return nil }

// CheckAt is Check with the dates looked at too.
func (c Conditions) CheckAt(exists bool, etag string, modified time.Time) error { return nil }

// NotModified says whether a GET or HEAD is to be answered with 304.
func (c Conditions) NotModified(etag string, modified time.Time) bool { return false }

// ParseScheduleTag returns the tag of If-Schedule-Tag-Match (RFC 6638 section 3.3.1), without quotes; ok is false if there is none or an empty one.
func ParseScheduleTag(h http.Header) (tag string, ok bool, err error) { return "", false, nil }

// ParseDestination returns the path of the Destination header, still escaped.
func ParseDestination(h http.Header, own func(host string) bool) (escapedPath string, err error) {
	return "", nil
}

// MediaType returns the media type of a Content-Type header in lower case, and its charset in lower case.
func MediaType(h http.Header) (mediaType, charset string) { return "", "" }

// SplitPath splits an escaped path.
func SplitPath(escaped string) (segments []string, dir bool, err error) { return nil, false, nil }

// EscapePath is the reverse of SplitPath.
func EscapePath(segments []string, dir bool) string { return "" }

// AppendEscaped appends a segment, percent-encoded.
func AppendEscaped(dst []byte, seg string) []byte { return dst }
