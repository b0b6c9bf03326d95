package ical

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// message is a scheduling message of one VEVENT.
func message(method string, props ...string) []byte {
	return bytes.Replace(event(props...), []byte("VERSION:2.0"), []byte("VERSION:2.0\r\nMETHOD:"+method), 1)
}

func TestParseMessage(t *testing.T) {
	for _, c := range []struct {
		name   string
		raw    []byte
		method string // "": refused
	}{
		{"a request", message("REQUEST", "UID:1", "DTSTART:20240102T060000Z"), "REQUEST"},
		{"in small letters", message(" reply ", "UID:1", "DTSTART:20240102T060000Z"), "REPLY"},
		{"an answer without DTSTART", message("REPLY", "UID:1"), "REPLY"},
		{"a cancelled instance without DTSTART", message("CANCEL", "UID:1", "RECURRENCE-ID:20240102T060000Z"), "CANCEL"},
		{"no METHOD", event("UID:1", "DTSTART:20240102T060000Z"), ""},
		{"an empty one", message("", "UID:1"), ""},
		{"two", message("REPLY\r\nMETHOD:REQUEST", "UID:1"), ""},
		{"none that is", message("REPLY REQUEST", "UID:1"), ""},
		{"a very long one", message(strings.Repeat("R", maxMethod+1), "UID:1"), ""},
		{"no UID", message("REPLY"), ""},
		{"no iCalendar", []byte("METHOD:REPLY"), ""},
	} {
		o, err := ParseMessage(c.raw, Limits{})
		switch {
		case (err == nil) != (c.method != ""):
			t.Errorf("%s: %v", c.name, err)
		case err == nil && o.Method != c.method:
			t.Errorf("%s: %q, want %q", c.name, o.Method, c.method)
		}
	}
	for _, raw := range [][]byte{message("REQUEST", "UID:1", "DTSTART:20240102T060000Z"), event("UID:1")} {
		if o, err := ParseObject(raw, Limits{}); err == nil {
			t.Errorf("%q is taken for an object: %+v", raw, o)
		}
	}
}

// RFC 6638 section 2.3: an event without DTSTART in an Inbox matches any time range, one with it only its own.
func TestMessageOverlaps(t *testing.T) {
	day := Range{time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2024, 1, 3, 0, 0, 0, 0, time.UTC)}
	later := Range{day.End, day.End.AddDate(0, 0, 1)}
	for _, c := range []struct {
		name, props  string
		today, later bool
	}{
		{"without", "UID:1", true, true},
		{"an instance without", "UID:1|RECURRENCE-ID:20240102T060000Z", true, true},
		{"with", "UID:1|DTSTART:20240102T060000Z", true, false},
		{"a series, of which one instance is without", "UID:1|DTSTART:20240102T060000Z|END:VEVENT|BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240102T060000Z", true, true},
	} {
		o, err := ParseMessage(message("REPLY", strings.Split(c.props, "|")...), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []struct {
			Range
			want bool
		}{{day, c.today}, {later, c.later}} {
			if got, err := o.Overlaps(t.Context(), "VEVENT", r.Range, nil); err != nil || got != r.want {
				t.Errorf("%s, %v: %v, %v", c.name, r.Range, got, err)
			}
		}
	}
}

// FuzzParseMessage looks for messages that cannot be shown to clients who ask for parts of them.
func FuzzParseMessage(f *testing.F) {
	f.Add(message("REQUEST", "UID:1", "DTSTART:20240102T060000Z", "RRULE:FREQ=DAILY"))
	f.Add(message("REPLY", "UID:1", "RECURRENCE-ID:20240102T060000Z"))
	f.Add(message("CANCEL", "UID:1", "RRULE:FREQ=DAILY", "END:VEVENT", "BEGIN:VEVENT", "UID:1", "RECURRENCE-ID;RANGE=THISANDFUTURE:20240102T060000Z", "DTSTART:20240102T070000Z"))
	seeds(f)
	r := Range{time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2024, 2, 3, 0, 0, 0, 0, time.UTC)}
	f.Fuzz(func(t *testing.T, raw []byte) {
		o, err := ParseMessage(raw, Limits{})
		if err != nil {
			if _, ok := err.(*Error); !ok {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		for _, call := range []func() ([]byte, error){
			func() ([]byte, error) { return o.AppendExpanded(t.Context(), nil, r, nil, nil) },
			func() ([]byte, error) { return o.AppendLimited(t.Context(), nil, &r, &r, nil, nil) },
			func() ([]byte, error) { _, err := o.Overlaps(t.Context(), o.Component, r, nil); return nil, err },
		} {
			if _, err := call(); err != nil {
				if _, ok := err.(*Error); !ok {
					t.Fatalf("%T %v", err, err)
				}
			}
		}
		masked, err := ParseMessage(o.Masked(), StoredLimits)
		if err != nil || masked.Method != o.Method {
			t.Fatalf("%q masked is %q: %v", raw, o.Masked(), err)
		}
	})
}
