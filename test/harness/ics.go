package harness

import (
	"fmt"
	"strings"
	"time"
)

// Calendar wraps components, each written with LF or CRLF, into a VCALENDAR with CRLF.
func Calendar(components ...string) string {
	body := "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//convene//tests//EN\n"
	for _, c := range components {
		body += strings.TrimSuffix(strings.ReplaceAll(c, "\r\n", "\n"), "\n") + "\n"
	}
	return strings.ReplaceAll(body+"END:VCALENDAR\n", "\n", "\r\n")
}

// Event is a VEVENT of one hour; extra are further content lines.
func Event(uid, summary string, start time.Time, extra ...string) string {
	return component("VEVENT", uid, summary, append([]string{
		"DTSTART:" + start.UTC().Format("20060102T150405Z"), "DURATION:PT1H",
	}, extra...))
}

// Todo is a VTODO; extra are further content lines.
func Todo(uid, summary string, extra ...string) string {
	return component("VTODO", uid, summary, extra)
}

func component(kind, uid, summary string, lines []string) string {
	lines = append([]string{"BEGIN:" + kind, "UID:" + uid, "DTSTAMP:20270101T000000Z", "SUMMARY:" + summary}, lines...)
	return Calendar(strings.Join(append(lines, "END:"+kind), "\n"))
}

// Day returns noon UTC of the n-th day of 2027, counted from 1.
func Day(n int) time.Time { return time.Date(2027, 1, n, 12, 0, 0, 0, time.UTC) }

// UID returns a distinct UID for the n-th object of a test.
func UID(test string, n int) string { return fmt.Sprintf("%s-%d@tests.example.com", test, n) }
