package freebusy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"convene/ical"
)

func at(hour int) time.Time { return time.Date(2026, 12, 1, hour, 0, 0, 0, time.UTC) }

// A reply is what ical reads again, whatever is in the addresses, and no line is longer than 75 octets (RFC 5545 section 3.1).
func TestAppend(t *testing.T) {
	time := &Time{
		Busy:        []ical.Range{{Start: at(1), End: at(2)}, {Start: at(4), End: at(5)}},
		Tentative:   []ical.Range{{Start: at(1), End: at(3)}},
		Unavailable: []ical.Range{{Start: at(20), End: at(24)}},
	}
	window := ical.Range{Start: at(0), End: at(24)}
	for _, address := range []string{"", "mailto:bob@example.com", "mailto:" + strings.Repeat("x", 400) + "@example.com", "mailto:" + strings.Repeat("日本", 60) + "@example.com"} {
		r := Reply{Window: window, Now: at(12), Organizer: "mailto:ann@example.com", Attendee: address}
		if address != "" {
			r.UID = strings.Repeat("uid-", 40)
		}
		text := string(time.Append([]byte("before\r\n"), r))
		text = strings.TrimPrefix(text, "before\r\n")
		for line := range strings.SplitSeq(text, "\r\n") {
			if len(line) > 75 {
				t.Errorf("a line of %d octets: %s", len(line), line)
			}
		}
		if reply := strings.Contains(text, "METHOD:REPLY\r\n"); reply != (address != "") {
			t.Errorf("METHOD:REPLY: %v\n%s", reply, text)
		}
		obj, err := ical.ParseObject([]byte(strings.Replace(text, "METHOD:REPLY\r\n", "", 1)), ical.Limits{})
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if p := obj.Parts[0].Prop("ATTENDEE"); address != "" && (p == nil || p.Value != address || obj.UID != r.UID) {
			t.Errorf("ATTENDEE and UID of\n%s", text)
		}
		busy, tentative, unavailable, err := obj.BusyIn(t.Context(), window, nil, nil)
		if err != nil || !slices.Equal(busy, time.Busy) || !slices.Equal(tentative, time.Tentative) || !slices.Equal(unavailable, time.Unavailable) {
			t.Errorf("%v %v %v %v\n%s", busy, tentative, unavailable, err, text)
		}
	}
}

func TestJoin(t *testing.T) {
	r := func(from, to int) ical.Range { return ical.Range{Start: at(from), End: at(to)} }
	for _, c := range []struct{ in, want []ical.Range }{
		{nil, nil},
		{[]ical.Range{r(3, 4), r(1, 2)}, []ical.Range{r(1, 2), r(3, 4)}},
		{[]ical.Range{r(2, 3), r(1, 2)}, []ical.Range{r(1, 3)}},
		{[]ical.Range{r(1, 9), r(2, 3), r(8, 10)}, []ical.Range{r(1, 10)}},
	} {
		if got := join(slices.Clone(c.in)); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.in, got, c.want)
		}
	}
}
