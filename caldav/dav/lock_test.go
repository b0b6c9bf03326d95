package dav

import (
	"strings"
	"testing"
	"time"
)

var timeouts = []struct {
	lines []string
	want  time.Duration
}{
	{nil, 0},
	{[]string{""}, 0},
	{[]string{"Infinite"}, Forever},
	{[]string{"infinite"}, Forever},
	{[]string{"Second-3600"}, time.Hour},
	{[]string{" second-1 "}, time.Second},
	{[]string{"Infinite, Second-4100000000"}, Forever},
	{[]string{"Second-4100000000"}, 4100000000 * time.Second},
	{[]string{"Second-4294967296"}, 0}, // not below 2^32
	{[]string{"Second-0"}, 0},
	{[]string{"Second--5"}, 0},
	{[]string{"Second-+5"}, 0},
	{[]string{"Second-5s, Second-7"}, 7 * time.Second},
	{[]string{"Extend", "Second-7"}, 7 * time.Second},
	{[]string{"Second-"}, 0},
	{[]string{"3600"}, 0},
	{[]string{strings.Repeat("x,", 20) + "Second-7"}, 0},
}

func TestParseTimeout(t *testing.T) {
	for _, test := range timeouts {
		if got := ParseTimeout(map[string][]string{"Timeout": test.lines}); got != test.want {
			t.Errorf("%.60q: got %v, want %v", test.lines, got, test.want)
		}
	}
}

func FuzzTimeout(f *testing.F) {
	for _, test := range timeouts {
		f.Add(strings.Join(test.lines, ","))
	}
	f.Fuzz(func(t *testing.T, value string) {
		if got := ParseTimeout(headers("Timeout: " + value)); got < 0 || got > 0 && got < time.Second {
			t.Errorf("%q: got %v", value, got)
		}
	})
}

var lockTokens = []struct {
	in, want string
	status   int
}{
	{"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", 0},
	{" <opaquelocktoken:foobar> ", "opaquelocktoken:foobar", 0},
	{"<http://example.com/?locktoken=x>", "http://example.com/?locktoken=x", 0},
	{"", "", 400},
	{"urn:uuid:1", "", 400},
	{"<urn:uuid:1", "", 400},
	{"<>", "", 400},
	{"<uuid>", "", 400},
	{"<:x>", "", 400},
	{"<urn:>", "", 400},
	{"</path:x>", "", 400},
	{"<urn:a b>", "", 400},
	{"<urn:a><urn:b>", "", 400},
	{"<urn:" + strings.Repeat("x", 2000) + ">", "", 400},
}

func TestParseLockToken(t *testing.T) {
	for _, test := range lockTokens {
		got, err := ParseLockToken(headers("Lock-Token: " + test.in))
		if got != test.want || statusOf(t, err) != test.status {
			t.Errorf("%.60q: got %q, %v, want %q, %d", test.in, got, err, test.want, test.status)
		}
	}
	if _, err := ParseLockToken(nil); statusOf(t, err) != 400 {
		t.Errorf("no header: %v", err)
	}
	if _, err := ParseLockToken(headers("Lock-Token: <urn:a>", "Lock-Token: <urn:b>")); statusOf(t, err) != 400 {
		t.Errorf("two headers: %v", err)
	}
}

func FuzzLockToken(f *testing.F) {
	for _, test := range lockTokens {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got, err := ParseLockToken(headers("Lock-Token: " + value))
		if err == nil && (got == "" || strings.ContainsAny(got, "<> \t\r\n\x00") || strings.TrimSpace(value) != "<"+got+">") {
			t.Errorf("%q: got %q", value, got)
		}
	})
}

const lockParts = `<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>`

var lockInfos = []struct {
	name, in string
	want     LockInfo
	status   int
}{
	{"exclusive", `<D:lockinfo xmlns:D="DAV:">` + lockParts + `</D:lockinfo>`, LockInfo{}, 0},
	{"shared", `<lockinfo xmlns="DAV:"><locktype><write/></locktype><lockscope><shared/></lockscope></lockinfo>`, LockInfo{Shared: true}, 0},
	{"owner", `<D:lockinfo xmlns:D="DAV:">` + lockParts + `<D:owner><D:href>mailto:ann@example.com</D:href></D:owner></D:lockinfo>`,
		LockInfo{Owner: `<D:owner xmlns:D="DAV:"><D:href>mailto:ann@example.com</D:href></D:owner>`}, 0},
	{"owner of another prefix", `<x:lockinfo xmlns:x="DAV:" xmlns:y="urn:y"><x:lockscope><x:exclusive/></x:lockscope><x:locktype><x:write/></x:locktype><x:owner>a <y:b/></x:owner></x:lockinfo>`,
		LockInfo{Owner: `<x:owner xmlns:y="urn:y" xmlns:x="DAV:">a <y:b/></x:owner>`}, 0},
	{"unknown elements", `<D:lockinfo xmlns:D="DAV:"><D:x/>` + lockParts + `</D:lockinfo>`, LockInfo{}, 0},
	{"no type", `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope></D:lockinfo>`, LockInfo{}, 400},
	{"no scope", `<D:lockinfo xmlns:D="DAV:"><D:locktype><D:write/></D:locktype></D:lockinfo>`, LockInfo{}, 400},
	{"other scope", `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:both/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`, LockInfo{}, 422},
	{"two scopes", `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/><D:shared/></D:lockscope><D:locktype><D:write/></D:locktype></D:lockinfo>`, LockInfo{}, 422},
	{"other type", `<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:shared/></D:lockscope><D:locktype><D:read/></D:locktype></D:lockinfo>`, LockInfo{}, 422},
	{"other element", `<D:prop xmlns:D="DAV:"/>`, LockInfo{}, 400},
	{"other namespace", `<lockinfo>` + lockParts + `</lockinfo>`, LockInfo{}, 400},
	{"long owner", `<D:lockinfo xmlns:D="DAV:">` + lockParts + `<D:owner>` + strings.Repeat("x", 5000) + `</D:owner></D:lockinfo>`, LockInfo{}, 413},
}

func TestParseLockInfo(t *testing.T) {
	for _, test := range lockInfos {
		e, err := ReadXML(strings.NewReader(test.in), XMLLimits{})
		if err != nil {
			if test.status != 400 {
				t.Errorf("%s: %v", test.name, err)
			}
			continue
		}
		got, err := ParseLockInfo(e)
		if got != test.want || statusOf(t, err) != test.status {
			t.Errorf("%s: got %+v, %v, want %+v, %d", test.name, got, err, test.want, test.status)
		}
	}
	if _, err := ParseLockInfo(nil); statusOf(t, err) != 400 {
		t.Errorf("no body: %v", err)
	}
}

func FuzzLockInfo(f *testing.F) {
	for _, test := range lockInfos {
		f.Add(test.in)
	}
	f.Fuzz(func(t *testing.T, body string) {
		e, err := ReadXML(strings.NewReader(body), XMLLimits{})
		if err != nil {
			return
		}
		info, err := ParseLockInfo(e)
		if err != nil {
			if status := statusOf(t, err); status != 400 && status != 413 && status != 422 {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		if info.Owner == "" {
			return
		}
		owner, err := ReadXML(strings.NewReader(info.Owner), XMLLimits{}) // stands alone
		if err != nil || owner.Name != DAV("owner") || len(info.Owner) > maxOwnerBytes {
			t.Errorf("%q: the owner is %q: %v", body, info.Owner, err)
		}
	})
}
