package itip

import (
	"fmt"
	"strings"
	"testing"
)

// crowd is an event with many attendees.
func crowd(n int, summary string) string {
	var b strings.Builder
	b.WriteString(replace(weekly, "SUMMARY:a", "SUMMARY:"+summary))
	for i := range n {
		fmt.Fprintf(&b, "ATTENDEE;CN=Person %d;ROLE=REQ-PARTICIPANT;RSVP=TRUE;PARTSTAT=NEEDS-ACTION:mailto:p%d@example.com|", i, i)
	}
	return cal(b.String())
}

func BenchmarkOrganizer(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			before, after := crowd(n, "a"), crowd(n, "b")
			for b.Loop() {
				plan, err := Organizer(Context{Now: noon, Owner: person("org")}, object1(b, before), object1(b, after))
				if err != nil || len(plan.Messages) != n {
					b.Fatal(err, len(plan.Messages))
				}
			}
		})
	}
}

func BenchmarkReply(b *testing.B) {
	for _, n := range []int{1, 10, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			stored := crowd(n, "a")
			message := object1(b, cal(replace(weekly, "20260101T", "20260102T", "RRULE:FREQ=WEEKLY;COUNT=4|", "")+"ATTENDEE;PARTSTAT=ACCEPTED:mailto:p0@example.com"))
			m := Message{Method: Reply, Object: message, From: "mailto:p0@example.com", To: person("org")}
			for b.Loop() {
				r, err := Receive(Context{Now: noon, Owner: person("org")}, object1(b, stored), m)
				if err != nil || len(r.Messages) != n-1 {
					b.Fatal(err, len(r.Messages))
				}
			}
		})
	}
}

func BenchmarkRequest(b *testing.B) {
	stored := cal(weekly+"ann;PARTSTAT=ACCEPTED|BEGIN:VALARM|TRIGGER:-PT5M|END:VALARM", over09+"ann")
	message := object1(b, cal(replace(weekly, "20260101T", "20260102T", "SUMMARY:a", "SUMMARY:b")+"ann", replace(over09, "20260101T", "20260102T")+"ann"))
	m := Message{Method: Request, Object: message, From: person("org"), To: person("ann")}
	for b.Loop() {
		if r, err := Receive(Context{Now: noon, Owner: person("ann")}, object1(b, stored), m); err != nil || r.Outcome != Applied {
			b.Fatal(err, r.Outcome)
		}
	}
}

// BenchmarkRequestToCrowd takes an update of an event with many attendees into the copy of one of them.
func BenchmarkRequestToCrowd(b *testing.B) {
	stored, message := object1(b, crowd(1000, "a")), object1(b, replace(crowd(1000, "b"), "20260101T", "20260102T"))
	for i := 0; b.Loop(); i++ {
		to := Address(fmt.Sprintf("mailto:p%d@example.com", i%1000))
		r, err := Receive(Context{Now: noon, Owner: to}, stored, Message{Method: Request, Object: message, From: person("org"), To: to})
		if err != nil || r.Outcome != Applied {
			b.Fatal(err, r.Outcome)
		}
	}
}
