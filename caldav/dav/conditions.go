package dav

import (
	"net/http"
	"strings"
	"time"
)

// ETag is an entity tag without its quotes.
type ETag struct {
	Tag  string
	Weak bool
}

// Conditions are the preconditions of a request (RFC 9110 section 13). The zero value holds always.
type Conditions struct {
	IfMatch, IfNoneMatch               []ETag
	MatchAny, NoneMatchAny             bool      // If-Match: *, If-None-Match: *
	IfModifiedSince, IfUnmodifiedSince time.Time // zero: none
}

// maxETags bounds the lists of If-Match and If-None-Match.
const maxETags = 256

// ParseConditions returns the preconditions of a request. A broken list of entity tags is a 400; an invalid date is passed over, as
// RFC 9110 sections 13.1.3 and 13.1.4 demand.
func ParseConditions(h http.Header) (Conditions, error) {
	var c Conditions
	var err error
	if c.IfMatch, c.MatchAny, err = parseETags(h, "If-Match"); err != nil {
		return Conditions{}, err
	}
	if c.IfNoneMatch, c.NoneMatchAny, err = parseETags(h, "If-None-Match"); err != nil {
		return Conditions{}, err
	}
	c.IfModifiedSince = parseDate(h, "If-Modified-Since")
	c.IfUnmodifiedSince = parseDate(h, "If-Unmodified-Since")
	return c, nil
}

func parseDate(h http.Header, name string) time.Time {
	if h[name] == nil {
		return time.Time{}
	}
	t, err := http.ParseTime(h.Get(name))
	if err != nil {
		return time.Time{}
	}
	return t
}

// parseETags returns the entity tags in all lines of a header, or that it is an asterisk.
func parseETags(h http.Header, header string) (tags []ETag, anything bool, err error) {
	lines := h[header]
	for _, line := range lines {
		rest := strings.Trim(line, " \t,")
		if rest == "*" && len(lines) == 1 {
			return nil, true, nil
		}
		for rest != "" {
			var tag ETag
			var ok bool
			if tag, rest, ok = nextETag(rest); !ok {
				return nil, false, Fail(http.StatusBadRequest, Name{}, "%s is not a list of entity tags: %.80q", header, line)
			}
			if tags = append(tags, tag); len(tags) > maxETags {
				return nil, false, Fail(http.StatusBadRequest, Name{}, "%s has more than %d entity tags", header, maxETags)
			}
		}
	}
	if len(lines) > 0 && len(tags) == 0 {
		return nil, false, Fail(http.StatusBadRequest, Name{}, "%s is empty", header)
	}
	return tags, false, nil
}

// nextETag takes the first entity tag off a list, which does not begin with a comma or a blank. Tags without quotes, which some
// clients send, are taken too.
func nextETag(list string) (tag ETag, rest string, ok bool) {
	list, tag.Weak = strings.CutPrefix(list, "W/")
	if quoted, found := strings.CutPrefix(list, `"`); found {
		tag.Tag, rest, ok = strings.Cut(quoted, `"`)
		rest = strings.TrimLeft(rest, " \t")
		if rest != "" && rest[0] != ',' {
			ok = false
		}
	} else {
		end := strings.IndexByte(list, ',')
		if end < 0 {
			end = len(list)
		}
		tag.Tag, rest = strings.TrimRight(list[:end], " \t"), list[end:]
		ok = tag.Tag != "" && tag.Tag != "*" && !strings.ContainsAny(tag.Tag, "\" \t") && !tag.Weak
	}
	return tag, strings.TrimLeft(rest, " \t,"), ok
}

// Check returns a 412 if If-Match or If-None-Match keep a request from changing a resource; etag comes without quotes and counts only
// if the resource exists.
func (c Conditions) Check(exists bool, etag string) error {
	return c.CheckAt(exists, etag, time.Time{})
}

// CheckAt is Check with If-Unmodified-Since held against the time of the last change, unless that is zero.
func (c Conditions) CheckAt(exists bool, etag string, modified time.Time) error {
	switch {
	case c.MatchAny && !exists:
		return Fail(http.StatusPreconditionFailed, Name{}, "there is no such resource, but If-Match asks for one")
	case c.IfMatch != nil && !(exists && matchStrong(c.IfMatch, etag)):
		return Fail(http.StatusPreconditionFailed, Name{}, "the resource was changed since: its entity tag is not the one in If-Match")
	case c.IfMatch == nil && !c.MatchAny && exists && changedSince(modified, c.IfUnmodifiedSince):
		return Fail(http.StatusPreconditionFailed, Name{}, "the resource was changed after the time in If-Unmodified-Since")
	case c.NoneMatchAny && exists:
		return Fail(http.StatusPreconditionFailed, Name{}, "the resource exists already, but If-None-Match asks for none")
	case exists && matchWeak(c.IfNoneMatch, etag):
		return Fail(http.StatusPreconditionFailed, Name{}, "the entity tag of the resource is one of those in If-None-Match")
	}
	return nil
}

// NotModified says whether a GET or HEAD of a resource that exists is to be answered with 304 (If-None-Match, else
// If-Modified-Since). Whether If-Match holds is for [Conditions.CheckRead] to say.
func (c Conditions) NotModified(etag string, modified time.Time) bool {
	switch {
	case c.NoneMatchAny:
		return true
	case c.IfNoneMatch != nil:
		return matchWeak(c.IfNoneMatch, etag)
	}
	return !c.IfModifiedSince.IsZero() && !modified.IsZero() && !changedSince(modified, c.IfModifiedSince)
}

// CheckRead returns a 412 if If-Match or If-Unmodified-Since fail for a GET or HEAD of a resource that exists.
func (c Conditions) CheckRead(etag string, modified time.Time) error {
	reading := Conditions{IfMatch: c.IfMatch, MatchAny: c.MatchAny, IfUnmodifiedSince: c.IfUnmodifiedSince}
	return reading.CheckAt(true, etag, modified)
}

// changedSince compares with the resolution of HTTP dates, a second; a zero time on either side is no change.
func changedSince(modified, since time.Time) bool {
	return !modified.IsZero() && !since.IsZero() && modified.Truncate(time.Second).After(since)
}

// matchStrong compares as RFC 9110 section 8.8.3.2 says of If-Match: weak tags match nothing.
func matchStrong(tags []ETag, etag string) bool {
	for _, t := range tags {
		if !t.Weak && t.Tag == etag {
			return true
		}
	}
	return false
}

func matchWeak(tags []ETag, etag string) bool {
	for _, t := range tags {
		if t.Tag == etag {
			return true
		}
	}
	return false
}

// ParseScheduleTag returns the schedule tag of If-Schedule-Tag-Match (RFC 6638 section 8.3) without its quotes. ok is false if there is
// none, or an empty header, which Apple's clients send.
func ParseScheduleTag(h http.Header) (tag string, ok bool, err error) {
	value := strings.TrimSpace(h.Get("If-Schedule-Tag-Match"))
	if value == "" {
		return "", false, nil
	}
	e, rest, valid := nextETag(value)
	if !valid || rest != "" {
		return "", false, Fail(http.StatusBadRequest, Name{}, "If-Schedule-Tag-Match is not one tag in quotes: %.80q", value)
	}
	return e.Tag, true, nil
}
