package ical

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestAppendExpandedIsBounded: 20 kB an instance, 3,653 instances.
func TestAppendExpandedIsBounded(t *testing.T) {
	raw := "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:big\r\nDTSTAMP:20270101T000000Z\r\nDTSTART:20270101T090000Z\r\n" +
		"RRULE:FREQ=DAILY\r\nDESCRIPTION:" + strings.Repeat("lorem ipsum ", 1700) + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	o, err := ParseObject([]byte(raw), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	dst, err := o.AppendExpanded(t.Context(), []byte("before"), Range{start, start.AddDate(1, 0, 0)}, time.UTC, nil)
	if err != nil || len(dst) < 365*20_000 {
		t.Errorf("a year: got %d bytes, %v", len(dst), err)
	}
	var bad *Error
	dst, err = o.AppendExpanded(t.Context(), []byte("before"), Range{start, start.AddDate(10, 0, 0)}, time.UTC, nil)
	if !errors.As(err, &bad) || bad.Problem != TooManyInstances || string(dst) != "before" {
		t.Errorf("ten years: got %d bytes, %v; want TooManyInstances and nothing appended", len(dst), err)
	}
}
