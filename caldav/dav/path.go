package dav

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"
)

// Bounds of paths. Names of objects are often made from UIDs, some of which are several hundred bytes long.
const (
	MaxPathBytes    = 8 << 10 // escaped
	MaxSegmentBytes = 1 << 10 // decoded
	maxSegments     = 32
)

// SplitPath splits an escaped absolute path (that of [net/url.URL.EscapedPath]) at its slashes and decodes each segment, exactly once.
// dir says whether it ends in a slash. It refuses what could be taken for another path by someone on the way: encoded slashes,
// segments that are empty or "." or "..", control characters, what is not UTF-8, incomplete escapes. Errors are 400, or 414 for what
// is too long.
func SplitPath(escaped string) (segments []string, dir bool, err error) {
	rest, absolute := strings.CutPrefix(escaped, "/")
	switch {
	case !absolute:
		return nil, false, badPath("does not begin with a slash")
	case len(escaped) > MaxPathBytes:
		return nil, false, longPath()
	case rest == "":
		return nil, true, nil
	}
	rest, dir = strings.CutSuffix(rest, "/")
	n := 1 + strings.Count(rest, "/")
	if n > maxSegments {
		return nil, false, longPath()
	}
	segments = make([]string, 0, n)
	for part := range strings.SplitSeq(rest, "/") {
		segment, err := decodeSegment(part)
		if err != nil {
			return nil, false, err
		}
		segments = append(segments, segment)
	}
	return segments, dir, nil
}

func badPath(why string) error {
	return Fail(http.StatusBadRequest, Name{}, "the path %s", why)
}

func longPath() error { return Fail(http.StatusRequestURITooLong, Name{}, "the path is too long") }

// decodeSegment decodes one segment of a path and checks it.
func decodeSegment(s string) (string, error) {
	if strings.IndexByte(s, '%') >= 0 {
		decoded := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			c := s[i]
			if c == '%' {
				if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
					return "", badPath("has a % that is not followed by two hexadecimal digits")
				}
				c = unhex(s[i+1])<<4 | unhex(s[i+2])
				i += 2
			}
			decoded = append(decoded, c)
		}
		s = string(decoded)
	}
	switch {
	case s == "":
		return "", badPath("has two slashes in a row")
	case s == "." || s == "..":
		return "", badPath("has a segment . or ..")
	case len(s) > MaxSegmentBytes:
		return "", longPath()
	case strings.IndexByte(s, '/') >= 0:
		return "", badPath("has an encoded slash")
	case !utf8.ValidString(s):
		return "", badPath("is not UTF-8")
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] == 0x7F {
			return "", badPath("has a control character")
		}
	}
	return s, nil
}

// EscapePath is the reverse of [SplitPath]: what it returns is the one way in which this server writes the path in a DAV:href.
func EscapePath(segments []string, dir bool) string {
	size := 1
	for _, s := range segments {
		size += len(s) + 1
	}
	dst := append(make([]byte, 0, size), '/')
	for i, s := range segments {
		if i > 0 {
			dst = append(dst, '/')
		}
		dst = AppendEscaped(dst, s)
	}
	if dir && len(segments) > 0 {
		dst = append(dst, '/')
	}
	return string(dst)
}

// AppendEscaped appends a segment of a path, percent-encoded but for the unreserved characters of RFC 3986 section 2.3 and for @ and :,
// which clients leave as they are too.
func AppendEscaped(dst []byte, seg string) []byte {
	const digits = "0123456789ABCDEF"
	from := 0
	for i := 0; i < len(seg); i++ {
		c := seg[i]
		if c < utf8.RuneSelf && plain[c] {
			continue
		}
		dst = append(append(dst, seg[from:i]...), '%', digits[c>>4], digits[c&15])
		from = i + 1
	}
	return append(dst, seg[from:]...)
}

// plain says which characters stand for themselves in a path.
var plain = func() (t [utf8.RuneSelf]bool) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~@:" {
		t[c] = true
	}
	return t
}()

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func unhex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// LogPath is the path of a URL as it may stand in a log: the token of a published calendar, which is all that somebody needs to read it,
// is left out, however the path is written.
func LogPath(u *url.URL) string {
	clean := u.Path
	if strings.Contains(clean, "published") {
		clean = path.Clean("/" + clean)
	}
	for _, prefix := range [...]string{"/published/", "/dav/published/"} {
		rest, ok := strings.CutPrefix(clean, prefix)
		if !ok {
			continue
		}
		if _, below, found := strings.Cut(rest, "/"); found {
			return prefix + "(token)/" + below
		}
		return prefix + "(token)"
	}
	return u.EscapedPath()
}
