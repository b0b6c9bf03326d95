package ical

import (
	"slices"
	"strings"
	"testing"
)

// Whose calendar it is: somebody with two addresses.
func isAnn(address string) bool {
	return strings.EqualFold(address, "mailto:ann@example.com") || strings.EqualFold(address, "mailto:a.example@example.com")
}

// How the answers of the owner of a calendar count (RFC 5545 section 3.2.12).
var answers = []struct {
	name  string
	lines string
	want  []string
}{
	{"invited by somebody, accepted", "ATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com", []string{"BUSY"}},
	{"declined", "ATTENDEE;PARTSTAT=DECLINED:MAILTO:Ann@Example.com", nil},
	{"declined in lower case", "ATTENDEE;PARTSTAT=declined:mailto:ann@example.com", nil},
	{"given to somebody else", "ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:bob@example.com\":mailto:ann@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.com", nil},
	{"perhaps", "ATTENDEE;PARTSTAT=TENTATIVE:mailto:ann@example.com", []string{"BUSY-TENTATIVE"}},
	{"not answered", "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ann@example.com", []string{"BUSY-TENTATIVE"}},
	{"no answer said", "ATTENDEE:mailto:ann@example.com", []string{"BUSY-TENTATIVE"}},
	{"an answer that is not known", "ATTENDEE;PARTSTAT=X-MAYBE:mailto:ann@example.com", []string{"BUSY-TENTATIVE"}},
	{"declined by another", "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com", []string{"BUSY"}},
	{"others only", "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com", []string{"BUSY"}},
	{"by another address", "ATTENDEE;PARTSTAT=DECLINED:mailto:a.example@example.com", nil},
	{"by both addresses", "ATTENDEE;PARTSTAT=DECLINED:mailto:a.example@example.com\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com", []string{"BUSY"}},
	{"accepted, but only planned", "STATUS:TENTATIVE\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com", []string{"BUSY-TENTATIVE"}},
	{"accepted and cancelled", "STATUS:CANCELLED\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com", nil},
	{"perhaps and transparent", "TRANSP:TRANSPARENT\r\nATTENDEE;PARTSTAT=TENTATIVE:mailto:ann@example.com", nil},
	{"one's own meeting", "ORGANIZER:mailto:ann@example.com\r\nATTENDEE:mailto:ann@example.com\r\nATTENDEE:mailto:bob@example.com", []string{"BUSY"}},
	{"one's own meeting, by another address", "ORGANIZER:mailto:a.example@example.com\r\nATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:ann@example.com", []string{"BUSY"}},
	{"one's own meeting, without oneself", "ORGANIZER:mailto:ann@example.com\r\nATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.com", nil},
	{"one's own meeting, perhaps", "ORGANIZER:mailto:ann@example.com\r\nATTENDEE;PARTSTAT=TENTATIVE:mailto:ann@example.com", []string{"BUSY-TENTATIVE"}},
}

func TestAnswers(t *testing.T) {
	const head, foot = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n", "END:VCALENDAR\r\n"
	event := func(lines string) string {
		return "BEGIN:VEVENT\r\nUID:a\r\nDTSTAMP:20260101T000000Z\r\n" + lines + "\r\nEND:VEVENT\r\n"
	}
	ask := func(text string) []string {
		t.Helper()
		o, window := object(t, []byte(head+text+foot)), rangeOf(t, "20260101T000000Z/20270101T000000Z")
		busy, tentative, _, err := o.BusyIn(t.Context(), window, nil, isAnn)
		if err != nil {
			t.Fatal(err)
		}
		got := periodsOf(busy, tentative, nil)
		x, err := o.Index(indexNow, nil, isAnn)
		if indexed := periodsOf(x.Busy, x.Tentative, nil); err != nil || !slices.Equal(indexed, got) {
			t.Errorf("the index has %v, BusyIn %v, %v\n%s", indexed, got, err, text)
		}
		return got
	}
	for _, c := range answers {
		var want []string
		for _, kind := range c.want {
			want = append(want, kind+" 20260310T100000Z/20260310T110000Z")
		}
		if got := ask(event("DTSTART:20260310T100000Z\r\nDURATION:PT1H\r\n" + c.lines)); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", c.name, got, want)
		}
	}
	got := ask(event("DTSTART:20260310T100000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=4\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ann@example.com") +
		event("RECURRENCE-ID:20260311T100000Z\r\nDTSTART:20260311T100000Z\r\nDURATION:PT1H\r\nATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.com") +
		event("RECURRENCE-ID:20260312T100000Z\r\nDTSTART:20260312T120000Z\r\nDURATION:PT1H\r\nATTENDEE:mailto:ann@example.com"))
	want := []string{"BUSY 20260310T100000Z/20260310T110000Z", "BUSY-TENTATIVE 20260312T120000Z/20260312T130000Z", "BUSY 20260313T100000Z/20260313T110000Z"}
	if !slices.Equal(got, want) {
		t.Errorf("answers to single instances: got %v, want %v", got, want)
	}
}
