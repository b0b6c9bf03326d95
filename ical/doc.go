// Package ical reads, checks and writes calendar object resources: iCalendar (RFC 5545, with RFC 6868 and RFC 7986) as
// CalDAV (RFC 4791) restricts it.
//
// It works on the bytes: one bounded scan gives components and content lines as views of them, so that what was stored
// can be returned as it came and an edit is a splice. It is pure: no clock, no database, no network; time zone data is
// embedded (zones.go). What a stored change means for other people is for scheduling/itip.
package ical
