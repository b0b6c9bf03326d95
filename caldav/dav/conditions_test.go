package dav

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

var (
	changed = time.Date(2026, 3, 1, 12, 0, 0, 7e8, time.UTC)
	sameDay = "Sun, 01 Mar 2026 12:00:00 GMT"
	dayOff  = "Sat, 28 Feb 2026 12:00:00 GMT"
	dayOn   = "Mon, 02 Mar 2026 12:00:00 GMT"
)

// conditions are held against a resource with entity tag "a", last changed at changed, and against none.
var conditions = []struct {
	name                  string
	lines                 []string
	parse                 int // status of ParseConditions
	existing, missing     int // status of CheckAt
	notModified, readable bool
}{
	{"none", nil, 0, 0, 0, false, true},
	{"match", []string{`If-Match: "a"`}, 0, 0, 412, false, true},
	{"match another", []string{`If-Match: "b"`}, 0, 412, 412, false, false},
	{"match in a list", []string{`If-Match: "b" , ,"a",`}, 0, 0, 412, false, true},
	{"match in several lines", []string{`If-Match: "b"`, `If-Match: "a"`}, 0, 0, 412, false, true},
	{"match weak", []string{`If-Match: W/"a"`}, 0, 412, 412, false, false},
	{"match any", []string{`If-Match: *`}, 0, 0, 412, false, true},
	{"match without quotes", []string{`If-Match: a`}, 0, 0, 412, false, true},
	{"match with a comma inside", []string{`If-Match: "x,y", "a"`}, 0, 0, 412, false, true},
	{"match the empty tag", []string{`If-Match: ""`}, 0, 412, 412, false, false},
	{"none match", []string{`If-None-Match: "a"`}, 0, 412, 0, true, true},
	{"none match weak", []string{`If-None-Match: W/"a"`}, 0, 412, 0, true, true},
	{"none match another", []string{`If-None-Match: "b", W/"c"`}, 0, 0, 0, false, true},
	{"none match any", []string{`If-None-Match: *`}, 0, 412, 0, true, true},
	{"both", []string{`If-Match: "a"`, `If-None-Match: "b"`}, 0, 0, 412, false, true},
	{"modified since", []string{"If-Modified-Since: " + dayOff}, 0, 0, 0, false, true},
	{"not modified since", []string{"If-Modified-Since: " + sameDay}, 0, 0, 0, true, true},
	{"entity tag goes before date", []string{`If-None-Match: "b"`, "If-Modified-Since: " + dayOn}, 0, 0, 0, false, true},
	{"unmodified since", []string{"If-Unmodified-Since: " + sameDay}, 0, 0, 0, false, true},
	{"modified since that", []string{"If-Unmodified-Since: " + dayOff}, 0, 412, 0, false, false},
	{"match goes before date", []string{`If-Match: "a"`, "If-Unmodified-Since: " + dayOff}, 0, 0, 412, false, true},
	{"match any goes before date", []string{`If-Match: *`, "If-Unmodified-Since: " + dayOff}, 0, 0, 412, false, true},
	{"dates that are none", []string{"If-Modified-Since: yesterday", "If-Unmodified-Since: -1"}, 0, 0, 0, false, true},
	{"empty", []string{"If-Match: "}, 400, 0, 0, false, true},
	{"only commas", []string{"If-None-Match: , ,"}, 400, 0, 0, false, true},
	{"asterisk among others", []string{`If-None-Match: *, "a"`}, 400, 0, 0, false, true},
	{"asterisk beside others", []string{`If-None-Match: *`, `If-None-Match: "a"`}, 400, 0, 0, false, true},
	{"unfinished", []string{`If-Match: "a`}, 400, 0, 0, false, true},
	{"run together", []string{`If-Match: "a""b"`}, 400, 0, 0, false, true},
	{"weak without quotes", []string{`If-Match: W/a`}, 400, 0, 0, false, true},
	{"very many", []string{`If-Match: ` + strings.Repeat(`"a",`, 10_000)}, 400, 0, 0, false, true},
}

func TestConditions(t *testing.T) {
	for _, test := range conditions {
		t.Run(test.name, func(t *testing.T) {
			c, err := ParseConditions(headers(test.lines...))
			if got := statusOf(t, err); got != test.parse {
				t.Fatalf("parse: got %v, want %d", err, test.parse)
			}
			if got := statusOf(t, c.CheckAt(true, "a", changed)); got != test.existing {
				t.Errorf("existing: got %d, want %d", got, test.existing)
			}
			if got := statusOf(t, c.CheckAt(false, "a", changed)); got != test.missing {
				t.Errorf("missing: got %d, want %d", got, test.missing)
			}
			if got := c.NotModified("a", changed); got != test.notModified {
				t.Errorf("not modified: got %v, want %v", got, test.notModified)
			}
			if got := c.CheckRead("a", changed) == nil; got != test.readable {
				t.Errorf("readable: got %v, want %v", got, test.readable)
			}
		})
	}
}

func TestCheckWithoutDate(t *testing.T) {
	c, err := ParseConditions(headers("If-Unmodified-Since: " + dayOff))
	if err != nil || c.Check(true, "a") != nil {
		t.Errorf("got %v and %v", err, c.Check(true, "a"))
	}
}

func TestParseScheduleTag(t *testing.T) {
	for _, test := range []struct {
		header, want string
		ok           bool
		status       int
	}{
		{`"a"`, "a", true, 0}, {` "a" `, "a", true, 0}, {"", "", false, 0}, {`a`, "a", true, 0}, {`"a", "b"`, "", false, 400}, {`"a`, "", false, 400},
	} {
		got, ok, err := ParseScheduleTag(headers("If-Schedule-Tag-Match: " + test.header))
		if got != test.want || ok != test.ok || statusOf(t, err) != test.status {
			t.Errorf("%q: got %q, %v, %v", test.header, got, ok, err)
		}
	}
}

func FuzzConditions(f *testing.F) {
	for _, test := range conditions {
		for _, line := range test.lines {
			if _, value, _ := strings.Cut(line, ": "); len(value) < 1000 {
				f.Add(value)
			}
		}
	}
	f.Fuzz(func(t *testing.T, value string) {
		h := http.Header{"If-Match": {value}, "If-None-Match": {value}, "If-Modified-Since": {value}, "If-Unmodified-Since": {value}}
		c, err := ParseConditions(h)
		if status := statusOf(t, err); status != 0 && status != 400 {
			t.Fatalf("%q: %v", value, err)
		}
		if _, _, err := ParseScheduleTag(http.Header{"If-Schedule-Tag-Match": {value}}); err != nil && statusOf(t, err) != 400 {
			t.Fatalf("%q: %v", value, err)
		}
		if err == nil && (len(c.IfMatch) == 0) == !c.MatchAny {
			t.Fatalf("%q: neither tags nor an asterisk", value)
		}
		for _, tag := range c.IfMatch {
			if strings.Contains(tag.Tag, `"`) {
				t.Errorf("%q: tag %q", value, tag.Tag)
			}
			again, err := ParseConditions(headers(`If-Match: "` + tag.Tag + `"`))
			if err != nil || again.Check(true, tag.Tag) != nil {
				t.Errorf("%q: tag %q does not match itself: %v", value, tag.Tag, err)
			}
			if c.Check(true, tag.Tag) == nil { // the same lists cannot both match and not match
				t.Errorf("%q: both lists hold for %q", value, tag.Tag)
			}
		}
	})
}
