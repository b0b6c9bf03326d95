package dav

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"
)

// XMLLimits bounds what [ReadXML] takes; zero fields mean the defaults.
type XMLLimits struct {
	MaxBytes int64 // of the body; default 10 MiB
	MaxDepth int   // of elements inside each other; default 64
	MaxNodes int   // elements, attributes, comments and so on together; default 100,000
}

// Bounds that no request has a reason to reach; they keep the cost of a body linear in its size.
const (
	maxAttributes = 128 // on one element
	maxBindings   = 256 // namespace declarations in force at one place
)

func (lim XMLLimits) withDefaults() XMLLimits {
	if lim.MaxBytes <= 0 {
		lim.MaxBytes = 10 << 20
	}
	if lim.MaxDepth <= 0 {
		lim.MaxDepth = 64
	}
	if lim.MaxNodes <= 0 {
		lim.MaxNodes = 100_000
	}
	return lim
}

// ReadXML reads the XML body of a request (RFC 4918 section 8.2) and returns its root, or nil if the body is empty. The body must be
// UTF-8 and namespace-well-formed; document type declarations, and with them all entities but the five of XML itself, are refused.
// Errors are of type [*Error]: 400, 413 for too much of anything, 415 for another charset.
func ReadXML(r io.Reader, lim XMLLimits) (*Element, error) {
	lim = lim.withDefaults()
	text, err := readBody(r, lim.MaxBytes)
	if err != nil {
		return nil, err
	}
	text, err = checkEncoding(text)
	if err != nil || text == "" {
		return nil, err
	}
	p := xmlParser{doc: &document{text}, s: text, lim: lim}
	root, err := p.parse()
	if err != nil {
		return nil, p.locate(err)
	}
	return root, nil
}

var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// readBody reads all of a body of at most limit bytes.
func readBody(r io.Reader, limit int64) (string, error) {
	buf := bodies.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= 1<<20 {
			buf.Reset()
			bodies.Put(buf)
		}
	}()
	_, err := buf.ReadFrom(io.LimitReader(r, limit+1))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge) || err == nil && int64(buf.Len()) > limit:
		return "", &Error{Status: http.StatusRequestEntityTooLarge, Detail: "the request body is too large", Err: err}
	case err != nil:
		return "", &Error{Status: http.StatusBadRequest, Detail: "the request body could not be read to its end", Err: err}
	}
	return buf.String(), nil
}

// checkEncoding returns the document without byte order mark and leading white space, if it is UTF-8 with characters of XML only.
func checkEncoding(text string) (string, error) {
	if strings.HasPrefix(text, "\xfe\xff") || strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "<\x00") ||
		strings.HasPrefix(text, "\x00") {
		return "", unsupportedCharset("UTF-16 or UTF-32")
	}
	text = strings.TrimLeft(strings.TrimPrefix(text, "\ufeff"), " \t\r\n")
	if name := declaredEncoding(text); name != "" && !isUTF8Name(name) {
		return "", unsupportedCharset(name)
	}
	if !utf8.ValidString(text) {
		return "", Fail(http.StatusBadRequest, Name{}, "the XML of the request is not valid UTF-8")
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return "", Fail(http.StatusBadRequest, Name{}, "the XML of the request contains the control character %#02x", c)
		}
	}
	if strings.Contains(text, "\ufffe") || strings.Contains(text, "\uffff") {
		return "", Fail(http.StatusBadRequest, Name{}, "the XML of the request contains U+FFFE or U+FFFF")
	}
	return text, nil
}

func unsupportedCharset(name string) error {
	return Fail(http.StatusUnsupportedMediaType, Name{}, "XML is read in UTF-8 only, not in %.40q", name)
}

func isUTF8Name(name string) bool {
	return strings.EqualFold(name, "utf-8") || strings.EqualFold(name, "utf8") || strings.EqualFold(name, "us-ascii")
}

// declaredEncoding returns the encoding named in the XML declaration, "" if there is none.
func declaredEncoding(text string) string {
	if !strings.HasPrefix(text, "<?xml") {
		return ""
	}
	decl, _, _ := strings.Cut(text, "?>")
	_, value, found := strings.Cut(decl, "encoding")
	value = strings.TrimLeft(value, " \t\r\n=")
	if !found || value == "" || value[0] != '"' && value[0] != '\'' {
		return ""
	}
	name, _, _ := strings.Cut(value[1:], value[:1])
	return name
}

// locate makes an error of the parser one of the request, with the line it is in.
func (p *xmlParser) locate(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	line := 1 + strings.Count(p.s[:min(p.pos, len(p.s))], "\n")
	return &Error{Status: http.StatusBadRequest, Detail: fmt.Sprintf("the XML of the request is wrong in line %d: %v", line, err)}
}
