package dav

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Forever is the Timeout of a client that wants a lock without end.
const Forever = time.Duration(math.MaxInt64)

// maxTimeouts bounds how many of the values in a Timeout header are looked at.
const maxTimeouts = 16

// ParseTimeout returns how long a client wants to hold a lock by the first value of its Timeout header that is understood (RFC 4918
// section 10.7), [Forever] for Infinite, and 0 if there is none: then, and else too, the server decides.
func ParseTimeout(h http.Header) time.Duration {
	looked := 0
	for _, line := range h["Timeout"] {
		for value := range strings.SplitSeq(line, ",") {
			if looked++; looked > maxTimeouts {
				return 0
			}
			if d := parseTimeType(strings.TrimSpace(value)); d > 0 {
				return d
			}
		}
	}
	return 0
}

// parseTimeType reads one value, Infinite or Second- and a number below 2^32; 0 if it is neither.
func parseTimeType(value string) time.Duration {
	if strings.EqualFold(value, "Infinite") {
		return Forever
	}
	const unit = "Second-"
	if len(value) < len(unit) || !strings.EqualFold(value[:len(unit)], unit) {
		return 0
	}
	seconds, err := strconv.ParseUint(value[len(unit):], 10, 32)
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// maxTokenBytes bounds the URI in a Lock-Token header.
const maxTokenBytes = 1 << 10

// ParseLockToken returns the token in the Lock-Token header of an UNLOCK (RFC 4918 section 10.5). A header that is missing or broken is
// a 400.
func ParseLockToken(h http.Header) (string, error) {
	lines := h["Lock-Token"]
	if len(lines) != 1 {
		return "", Fail(http.StatusBadRequest, Name{}, "the lock is named in one Lock-Token header")
	}
	token, opened := strings.CutPrefix(strings.TrimSpace(lines[0]), "<")
	token, closed := strings.CutSuffix(token, ">")
	if !opened || !closed || !isURI(token) {
		return "", Fail(http.StatusBadRequest, Name{}, "Lock-Token is %.80q, but has to be a URI in angle brackets", lines[0])
	}
	return token, nil
}

// isURI says whether s looks like an absolute URI: a scheme, a colon, and something without white space and angle brackets.
func isURI(s string) bool {
	scheme, rest, found := strings.Cut(s, ":")
	if !found || scheme == "" || rest == "" || len(s) > maxTokenBytes {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7F || c == '<' || c == '>' || c == '"' {
			return false
		}
	}
	return !strings.ContainsAny(scheme, "/?#[]@")
}

// LockInfo is what a client asks a new lock to be (RFC 4918 section 14.11).
type LockInfo struct {
	Shared bool
	Owner  string // DAV:owner, the element with the namespace declarations it needs; "" if there is none
}

// maxOwnerBytes bounds DAV:owner, where clients name themselves or their users.
const maxOwnerBytes = 4 << 10

// ParseLockInfo reads the body of a LOCK. What is no DAV:lockinfo is a 400, a lock of another kind than can be had a 422, an owner of
// more than 4 KB a 413.
func ParseLockInfo(e *Element) (LockInfo, error) {
	if e == nil || e.Name != DAV("lockinfo") {
		return LockInfo{}, Fail(http.StatusBadRequest, Name{}, "the body of a LOCK is a DAV:lockinfo")
	}
	scope, kind := e.Child(DAV("lockscope")), e.Child(DAV("locktype"))
	if scope == nil || kind == nil {
		return LockInfo{}, Fail(http.StatusBadRequest, Name{}, "DAV:lockinfo needs a DAV:lockscope and a DAV:locktype")
	}
	exclusive, shared := scope.Child(DAV("exclusive")) != nil, scope.Child(DAV("shared")) != nil
	if exclusive == shared || kind.Child(DAV("write")) == nil {
		return LockInfo{}, Fail(http.StatusUnprocessableEntity, Name{}, "locks here are write locks, either exclusive or shared")
	}
	info := LockInfo{Shared: shared}
	if owner := e.Child(DAV("owner")); owner != nil {
		info.Owner = owner.Raw()
	}
	if len(info.Owner) > maxOwnerBytes {
		return LockInfo{}, Fail(http.StatusRequestEntityTooLarge, Name{}, "the DAV:owner of a lock may have %d bytes", maxOwnerBytes)
	}
	return info, nil
}
