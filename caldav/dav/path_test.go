package dav

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

var paths = []struct {
	in       string
	segments []string
	dir      bool
	status   int
	want     string // as written by EscapePath, "" if as it is
}{
	{"/", nil, true, 0, ""},
	{"/dav/", []string{"dav"}, true, 0, ""},
	{"/dav/calendars/user/ann@example.com/Default/1.ics", []string{"dav", "calendars", "user", "ann@example.com", "Default", "1.ics"}, false, 0, ""},
	{"/a%20b", []string{"a b"}, false, 0, ""},
	{"/a b", []string{"a b"}, false, 0, "/a%20b"},
	{"/%61%3A%40", []string{"a:@"}, false, 0, "/a:@"},
	{"/K%c3%a4se", []string{"Käse"}, false, 0, "/K%C3%A4se"},
	{"/Käse", []string{"Käse"}, false, 0, "/K%C3%A4se"},
	{"/%2541", []string{"%41"}, false, 0, ""},
	{"/%252e%252e", []string{"%2e%2e"}, false, 0, ""},
	{"/%252f", []string{"%2f"}, false, 0, ""},
	{"/...", []string{"..."}, false, 0, ""},
	{"/a+b&c=d;e,f'g", []string{"a+b&c=d;e,f'g"}, false, 0, "/a%2Bb%26c%3Dd%3Be%2Cf%27g"},
	{"/a\\b", []string{"a\\b"}, false, 0, "/a%5Cb"},
	{"/" + strings.Repeat("a", MaxSegmentBytes), []string{strings.Repeat("a", MaxSegmentBytes)}, false, 0, ""},
	{"", nil, false, 400, ""},
	{"dav", nil, false, 400, ""},
	{"//", nil, false, 400, ""},
	{"//a", nil, false, 400, ""},
	{"/a//b", nil, false, 400, ""},
	{"/a//", nil, false, 400, ""},
	{"/.", nil, false, 400, ""},
	{"/a/../b", nil, false, 400, ""},
	{"/a/%2e%2E/b", nil, false, 400, ""},
	{"/%2e", nil, false, 400, ""},
	{"/a%2fb", nil, false, 400, ""},
	{"/a%2Fb", nil, false, 400, ""},
	{"/a%00", nil, false, 400, ""},
	{"/a\x00", nil, false, 400, ""},
	{"/a%0d%0ab", nil, false, 400, ""},
	{"/a%7f", nil, false, 400, ""},
	{"/%", nil, false, 400, ""},
	{"/%4", nil, false, 400, ""},
	{"/%zz", nil, false, 400, ""},
	{"/%ff", nil, false, 400, ""},
	{"/%c0%af", nil, false, 400, ""},
	{"/%ed%a0%80", nil, false, 400, ""},
	{"/\xff", nil, false, 400, ""},
	{"/" + strings.Repeat("a", MaxSegmentBytes+1), nil, false, 414, ""},
	{strings.Repeat("/a", 40), nil, false, 414, ""},
	{strings.Repeat("/abcdefgh", 2000), nil, false, 414, ""},
}

func TestSplitPath(t *testing.T) {
	for _, test := range paths {
		segments, dir, err := SplitPath(test.in)
		if !slices.Equal(segments, test.segments) || dir != test.dir && err == nil || statusOf(t, err) != test.status {
			t.Errorf("%.40q: got %.80q, %v, %v, want %.80q, %v, %d", test.in, segments, dir, err, test.segments, test.dir, test.status)
		}
		if err != nil {
			continue
		}
		want := test.want
		if want == "" {
			want = test.in
		}
		if got := EscapePath(segments, dir); got != want {
			t.Errorf("%.40q: written again it is %.80q, want %.80q", test.in, got, want)
		}
	}
}

func FuzzSplitPath(f *testing.F) {
	for _, test := range paths {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, path string) {
		segments, dir, err := SplitPath(path)
		if status := statusOf(t, err); status != 0 && status != 400 && status != 414 {
			t.Fatalf("%q: %v", path, err)
		}
		if err != nil {
			return
		}
		for _, s := range segments {
			if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "/\x00\r\n") {
				t.Errorf("%q: segment %q", path, s)
			}
		}
		escaped := EscapePath(segments, dir)
		if len(escaped) > MaxPathBytes {
			return
		}
		again, dirAgain, err := SplitPath(escaped)
		if err != nil || !slices.Equal(again, segments) || dirAgain != dir || EscapePath(again, dir) != escaped {
			t.Errorf("%q is %q, but %q is %q, %v", path, segments, escaped, again, err)
		}
	})
}

var destinations = []struct {
	in, want string
	status   int
}{
	{"/dav/a%20b", "/dav/a%20b", 0},
	{"http://example.com/dav/a", "/dav/a", 0},
	{"HTTPS://Ann@EXAMPLE.com:443/dav/a/", "/dav/a/", 0},
	{"http://example.com", "/", 0},
	{"http://example.com?x", "/", 0},
	{"/dav/a?export#x", "/dav/a", 0},
	{" /dav/a ", "/dav/a", 0},
	{"/a://b", "/a://b", 0},
	{"", "", 400},
	{"dav/a", "", 400},
	{"?", "", 400},
	{"//example.com/dav", "", 400},
	{"http:///dav", "", 400},
	{"http://example.com//dav", "", 400},
	{"http://other.example/dav", "", 502},
	{"http://example.com@other.example/dav", "", 502},
	{"http://other.example#@example.com/dav", "", 502},
	{"ftp://example.com/dav", "", 502},
	{"/" + strings.Repeat("a", MaxPathBytes), "", 414},
}

func ownHost(host string) bool { return host == "example.com" || host == "example.com:443" }

func TestParseDestination(t *testing.T) {
	for _, test := range destinations {
		got, err := ParseDestination(headers("Destination: "+test.in), ownHost)
		if got != test.want || statusOf(t, err) != test.status {
			t.Errorf("%.40q: got %q, %v, want %q, %d", test.in, got, err, test.want, test.status)
		}
	}
	if _, err := ParseDestination(headers(), nil); statusOf(t, err) != 400 {
		t.Errorf("no header: %v", err)
	}
	if got, err := ParseReference("http://any.example/a", nil); got != "/a" || err != nil {
		t.Errorf("any host: got %q, %v", got, err)
	}
}

func FuzzDestination(f *testing.F) {
	for _, test := range destinations {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := ParseReference(value, ownHost)
		if status := statusOf(t, err); status != 0 && status != 400 && status != 414 && status != 502 {
			t.Fatalf("%q: %v", value, err)
		}
		if err == nil && (!strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "?#")) {
			t.Errorf("%q: got %q", value, got)
		}
	})
}

// Nobody who reads a log can read a calendar by it.
func TestLogPath(t *testing.T) {
	for raw, want := range map[string]string{
		"/dav/calendars/user/ann/Default/a%20b.ics": "/dav/calendars/user/ann/Default/a%20b.ics",
		"/published/secret.ics":                     "/published/(token)",
		"/dav/published/secret":                     "/dav/published/(token)",
		"/dav/published/secret/":                    "/dav/published/(token)",
		"/dav/published/secret/a.ics":               "/dav/published/(token)/a.ics",
		"/dav/published/secret/a.ics?export":        "/dav/published/(token)/a.ics",
		"/publi%73hed/secret.ics":                   "/published/(token)",
		"/dav%2Fpublished/secret/":                  "/dav/published/(token)",
		"//published/secret.ics":                    "/published/(token)",
		"/dav/./x/../published//secret/":            "/dav/published/(token)",
		"/dav/calendars/user/ann/published/a.ics":   "/dav/calendars/user/ann/published/a.ics",
		"/published":                                "/published",
	} {
		u, err := url.ParseRequestURI(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := LogPath(u); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}
