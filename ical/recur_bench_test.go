package ical

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// benchRules are rules of every kind, harmless and not.
var benchRules = []string{
	"", "FREQ=WEEKLY;BYDAY=MO", "FREQ=DAILY", "FREQ=YEARLY", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=WEEKLY;COUNT=10",
	"FREQ=DAILY;UNTIL=20260101T000000Z", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
	"FREQ=SECONDLY", "FREQ=SECONDLY;COUNT=2000000000", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY;INTERVAL=60;BYSECOND=30",
	"FREQ=MINUTELY;BYHOUR=3", "FREQ=DAILY;INTERVAL=999999999", "FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO;BYWEEKNO=40",
	"FREQ=YEARLY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYSETPOS=366,-366",
}

// benchObject returns event1K with another rule, from 2024 on.
func benchObject(b *testing.B, rule string) *Object {
	text := string(event1K)
	if rule == "" {
		text = strings.Replace(text, "RRULE:FREQ=WEEKLY;BYDAY=MO\r\n", "", 1)
	} else {
		text = strings.Replace(text, "FREQ=WEEKLY;BYDAY=MO", rule, 1)
	}
	return object(b, []byte(text))
}

func BenchmarkIndex(b *testing.B) {
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for _, rule := range benchRules {
		o := benchObject(b, rule)
		b.Run(rule, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := o.Index(now, nil, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOverlaps(b *testing.B) {
	r := Range{time.Date(2031, 3, 10, 12, 0, 0, 0, time.UTC), time.Date(2031, 3, 10, 13, 0, 0, 0, time.UTC)}
	for _, rule := range benchRules {
		o := benchObject(b, rule)
		b.Run(rule, func(b *testing.B) {
			for b.Loop() {
				if _, err := o.Overlaps(b.Context(), "VEVENT", r, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkExpand parses an object of 1 KB and expands it over a month, with so many instances.
func BenchmarkExpand(b *testing.B) {
	r := Range{time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		instances int
		rule      string
	}{{1, "FREQ=MONTHLY"}, {5, "FREQ=WEEKLY;BYDAY=MO"}, {31, "FREQ=DAILY"}} {
		raw := benchObject(b, c.rule).Raw()
		for _, parse := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/parse=%v", c.instances, parse), func(b *testing.B) {
				o := object(b, raw)
				var dst []byte
				b.ReportAllocs()
				for b.Loop() {
					var err error
					if parse {
						if o, err = ParseObject(raw, Limits{}); err != nil {
							b.Fatal(err)
						}
					}
					if dst, err = o.AppendExpanded(b.Context(), dst[:0], r, nil, nil); err != nil {
						b.Fatal(err)
					}
				}
				if n := strings.Count(string(dst), "BEGIN:VEVENT"); n != c.instances {
					b.Fatalf("%d instances", n)
				}
			})
		}
	}
}

func BenchmarkParseRule(b *testing.B) {
	for b.Loop() {
		if _, err := ParseRule("FREQ=WEEKLY;UNTIL=20261231T225959Z;BYDAY=MO,WE;WKST=MO"); err != nil {
			b.Fatal(err)
		}
	}
}
