package freebusy

import (
	"crypto/rand"
	"time"
	"unicode/utf8"

	"convene/ical"
)

// Reply is what a VFREEBUSY says besides busy time.
type Reply struct {
	Window    ical.Range
	Now       time.Time
	UID       string // as it is written in the request; "": a new one
	Organizer string // calendar user addresses as they are written in the request; without them the VFREEBUSY is none of iTIP
	Attendee  string
}

// Append appends a calendar with the time as a VFREEBUSY (RFC 5545 section 3.6.4), to a request as a REPLY (RFC 5546 section 3.3.3).
func (t *Time) Append(b []byte, r Reply) []byte {
	b = append(b, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"+ical.ProductID+"\r\n"...)
	if r.Attendee != "" {
		b = append(b, "METHOD:REPLY\r\n"...)
	}
	if r.UID == "" {
		r.UID = rand.Text()
	}
	b = append(b, "BEGIN:VFREEBUSY\r\n"...)
	b = appendLine(b, "UID:", r.UID)
	b = append(appendUTC(append(b, "DTSTAMP:"...), r.Now), "\r\n"...)
	b = append(appendUTC(append(b, "DTSTART:"...), r.Window.Start), "\r\n"...)
	b = append(appendUTC(append(b, "DTEND:"...), r.Window.End), "\r\n"...)
	if r.Attendee != "" {
		b = appendLine(appendLine(b, "ORGANIZER:", r.Organizer), "ATTENDEE:", r.Attendee)
	}
	b = appendPeriods(b, "FREEBUSY:", t.Busy)
	b = appendPeriods(b, "FREEBUSY;FBTYPE=BUSY-TENTATIVE:", t.Tentative)
	b = appendPeriods(b, "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:", t.Unavailable)
	return append(b, "END:VFREEBUSY\r\nEND:VCALENDAR\r\n"...)
}

func appendPeriods(b []byte, name string, rs []ical.Range) []byte {
	for _, r := range rs {
		b = append(appendUTC(append(b, name...), r.Start), '/')
		b = append(appendUTC(b, r.End), "\r\n"...)
	}
	return b
}

func appendUTC(b []byte, t time.Time) []byte { return t.UTC().AppendFormat(b, "20060102T150405Z") }

// appendLine appends a content line, folded after 75 octets (RFC 5545 section 3.1).
func appendLine(b []byte, name, value string) []byte {
	b = append(b, name...)
	for n := len(name); len(value) > 0; {
		_, size := utf8.DecodeRuneInString(value)
		if n+size > 75 {
			b, n = append(b, "\r\n "...), 1
		}
		b, n, value = append(b, value[:size]...), n+size, value[size:]
	}
	return append(b, "\r\n"...)
}
