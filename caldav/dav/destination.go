package dav

import (
	"net/http"
	"strings"
)

// ParseDestination returns the path of the Destination header of a COPY or MOVE (RFC 4918 section 10.3), still escaped, to be given to
// [SplitPath]. own says whether a host, as in "cal.example.com:8443" and in lower case, is this server; scheme and port are not
// compared here, as a proxy may have changed them. Another server is a 502 (RFC 4918 section 9.9.4), a missing or broken header a 400.
func ParseDestination(h http.Header, own func(host string) bool) (escapedPath string, err error) {
	value := strings.TrimSpace(h.Get("Destination"))
	if value == "" {
		return "", Fail(http.StatusBadRequest, Name{}, "there is no Destination header")
	}
	return ParseReference(value, own)
}

// ParseReference returns the escaped path of an absolute URL or path of this server, as they stand in Destination, in the tags of If
// and in DAV:href. A query is dropped. Errors are those of [ParseDestination].
func ParseReference(ref string, own func(host string) bool) (escapedPath string, err error) {
	if len(ref) > MaxPathBytes {
		return "", longPath()
	}
	if scheme, rest, found := strings.Cut(ref, "://"); found && !strings.ContainsAny(scheme, "/?#") {
		if !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
			return "", Fail(http.StatusBadGateway, Name{}, "%.80q is not on this server", ref)
		}
		end := strings.IndexAny(rest, "/?#")
		if end < 0 {
			end = len(rest)
		}
		host := rest[strings.LastIndexByte(rest[:end], '@')+1 : end]
		if host == "" {
			return "", Fail(http.StatusBadRequest, Name{}, "%.80q names no host", ref)
		}
		if own != nil && !own(strings.ToLower(host)) {
			return "", Fail(http.StatusBadGateway, Name{}, "%.80q is not on this server", ref)
		}
		if ref = rest[end:]; ref == "" || ref[0] != '/' {
			ref = "/" + ref
		}
	}
	if end := strings.IndexAny(ref, "?#"); end >= 0 {
		ref = ref[:end]
	}
	if !strings.HasPrefix(ref, "/") || strings.HasPrefix(ref, "//") {
		return "", Fail(http.StatusBadRequest, Name{}, "%.80q is neither an absolute URL nor an absolute path", ref)
	}
	return ref, nil
}
