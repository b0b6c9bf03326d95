package ical

import (
	"fmt"
	"strings"
	"testing"
)

// event1K is a usual invitation of about 1 KB: a VTIMEZONE, an alarm, two attendees.
var event1K = lines(
	"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Mozilla.org/NONSGML Mozilla Calendar V1.1//EN",
	"BEGIN:VTIMEZONE", "TZID:Europe/Berlin",
	"BEGIN:DAYLIGHT", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", "TZNAME:CEST", "DTSTART:19700329T020000",
	"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT",
	"BEGIN:STANDARD", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "TZNAME:CET", "DTSTART:19701025T030000",
	"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD", "END:VTIMEZONE",
	"BEGIN:VEVENT", "CREATED:20240105T101500Z", "LAST-MODIFIED:20240105T101701Z", "DTSTAMP:20240105T101701Z",
	"UID:6f1d9d6e-6c1a-4c53-9f0e-0a3a2a0f2f11", "SUMMARY:Weekly planning",
	"ORGANIZER;CN=Ann Example:mailto:ann@example.com",
	"ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:bob@example.com",
	"RRULE:FREQ=WEEKLY;BYDAY=MO", "DTSTART;TZID=Europe/Berlin:20240108T093000", "DTEND;TZID=Europe/Berlin:20240108T103000",
	"LOCATION:Room 12", "DESCRIPTION:What comes next\\, and who does it.",
	"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:Weekly planning", "END:VALARM",
	"END:VEVENT", "END:VCALENDAR")

// event8K is an invitation of about 8 KB: an override, many attendees, a long description, folded lines.
var event8K = func() []byte {
	guests := func() (s []byte) {
		for i := range 14 {
			s = AppendLine(s, "ATTENDEE", []Param{
				{"CN", []string{fmt.Sprintf("Guest, Number %d", i)}}, {"CUTYPE", []string{"INDIVIDUAL"}},
				{"PARTSTAT", []string{"NEEDS-ACTION"}}, {"ROLE", []string{"REQ-PARTICIPANT"}}, {"RSVP", []string{"TRUE"}},
			}, fmt.Sprintf("mailto:guest.%d@example.com", i))
		}
		return AppendLine(s, "DESCRIPTION", nil, strings.Repeat(`A long description\, with commas\nand line breaks. `, 24))
	}
	more := string(guests())
	text := strings.Replace(string(event1K), "LOCATION:Room 12\r\n", "LOCATION:Room 12\r\n"+more, 1)
	override := text[strings.Index(text, "BEGIN:VEVENT"):strings.Index(text, "END:VCALENDAR")]
	override = strings.Replace(override, "RRULE:FREQ=WEEKLY;BYDAY=MO\r\n", "RECURRENCE-ID;TZID=Europe/Berlin:20240115T093000\r\n", 1)
	return []byte(strings.Replace(text, "END:VCALENDAR", override+"END:VCALENDAR", 1))
}()

func BenchmarkParse(b *testing.B) {
	for _, raw := range [][]byte{event1K, event8K} {
		b.Run(fmt.Sprintf("%d", len(raw)), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(raw, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseObject(b *testing.B) {
	for _, raw := range [][]byte{event1K, event8K} {
		b.Run(fmt.Sprintf("%d", len(raw)), func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := ParseObject(raw, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
