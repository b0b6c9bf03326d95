package ical

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// vavailability is a calendar with VAVAILABILITY components, each given by its lines; "AVAILABLE" begins a part of the one before it.
func vavailability(lines ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n")
	var open []string
	end := func(down int) {
		for len(open) > down {
			b.WriteString("END:" + open[len(open)-1] + "\r\n")
			open = open[:len(open)-1]
		}
	}
	begin := func(name string) {
		b.WriteString("BEGIN:" + name + "\r\n")
		open = append(open, name)
	}
	for i, line := range lines {
		switch line {
		case "VAVAILABILITY":
			end(0)
			begin(line)
			fmt.Fprintf(&b, "UID:v%d\r\nDTSTAMP:20111005T133225Z\r\n", i)
		case "AVAILABLE":
			end(1)
			begin(line)
			fmt.Fprintf(&b, "DTSTAMP:20111005T133225Z\r\n")
		default:
			b.WriteString(line + "\r\n")
		}
	}
	end(0)
	return b.String() + "END:VCALENDAR\r\n"
}

const montreal = ";TZID=America/Montreal:"

// Availability as RFC 7953 section 5 has it: its examples in their order, and what they leave open.
var availabilities = []struct {
	name   string
	text   string
	window string
	want   []string
}{
	{"5.1: four days a week, until the end", vavailability("VAVAILABILITY", "DTSTART"+montreal+"20111002T000000", "DTEND"+montreal+"20111009T000000",
		"AVAILABLE", "UID:a", "DTSTART"+montreal+"20111003T090000", "DTEND"+montreal+"20111003T120000", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR",
		"AVAILABLE", "UID:a", "RECURRENCE-ID"+montreal+"20111007T090000", "DTSTART"+montreal+"20111007T120000", "DTEND"+montreal+"20111007T170000"),
		"20111001T040000Z/20111010T040000Z", []string{
			"BUSY-UNAVAILABLE 20111002T040000Z/20111003T130000Z", "BUSY-UNAVAILABLE 20111003T160000Z/20111005T130000Z",
			"BUSY-UNAVAILABLE 20111005T160000Z/20111007T160000Z", "BUSY-UNAVAILABLE 20111007T210000Z/20111009T040000Z"}},
	{"5.1: working hours without an end", vavailability("VAVAILABILITY", "DTSTART"+montreal+"20111002T000000",
		"AVAILABLE", "UID:a", "DTSTART"+montreal+"20111003T090000", "DTEND"+montreal+"20111003T170000", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
		"20111001T040000Z/20111004T040000Z", []string{"BUSY-UNAVAILABLE 20111002T040000Z/20111003T130000Z", "BUSY-UNAVAILABLE 20111003T210000Z/20111004T040000Z"}},
	{"5.2: base availability and a trip that overrides it", vavailability(
		"VAVAILABILITY", "DTSTART"+montreal+"20111002T000000", "PRIORITY:9",
		"AVAILABLE", "UID:a", "DTSTART"+montreal+"20111003T090000", "DTEND"+montreal+"20111003T170000", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR",
		"VAVAILABILITY", "DTSTART"+montreal+"20111023T000000", "DTEND"+montreal+"20111030T000000", "PRIORITY:5",
		"AVAILABLE", "UID:b", "DTSTART;TZID=America/Denver:20111024T090000", "DTEND;TZID=America/Denver:20111024T170000",
		"RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
		"20111021T120000Z/20111025T040000Z", []string{
			"BUSY-UNAVAILABLE 20111021T120000Z/20111021T130000Z", "BUSY-UNAVAILABLE 20111021T210000Z/20111024T150000Z",
			"BUSY-UNAVAILABLE 20111024T230000Z/20111025T040000Z"}},
	{"a holiday over working hours", vavailability(
		"VAVAILABILITY", "BUSYTYPE:BUSY-TENTATIVE",
		"AVAILABLE", "UID:a", "DTSTART:20111003T090000Z", "DTEND:20111003T170000Z", "RRULE:FREQ=DAILY",
		"VAVAILABILITY", "DTSTART:20111005T120000Z", "DURATION:P1D", "PRIORITY:1", "BUSYTYPE:BUSY"),
		"20111005T000000Z/20111007T000000Z", []string{
			"BUSY-TENTATIVE 20111005T000000Z/20111005T090000Z", "BUSY 20111005T120000Z/20111006T120000Z", "BUSY-TENTATIVE 20111006T170000Z/20111007T000000Z"}},
	{"always available", vavailability("VAVAILABILITY", "AVAILABLE", "DTSTART:20000101T000000Z", "DURATION:P1D", "RRULE:FREQ=DAILY"), "20111005T000000Z/20111006T000000Z", nil},
	{"never available", vavailability("VAVAILABILITY"), "20111005T000000Z/20111006T000000Z", []string{"BUSY-UNAVAILABLE 20111005T000000Z/20111006T000000Z"}},
	{"without a start", vavailability("VAVAILABILITY", "DTEND:20111005T120000Z"), "20111005T000000Z/20111006T000000Z",
		[]string{"BUSY-UNAVAILABLE 20111005T000000Z/20111005T120000Z"}},
	{"an AVAILABLE that reaches out of it", vavailability("VAVAILABILITY", "DTSTART:20111005T060000Z", "DTEND:20111005T120000Z",
		"AVAILABLE", "DTSTART:20111005T080000Z", "DTEND:20111005T180000Z",
		"VAVAILABILITY", "DTSTART:20111005T100000Z", "DTEND:20111005T140000Z", "PRIORITY:0", "BUSYTYPE:X-GONE"),
		"20111005T000000Z/20111006T000000Z", []string{"BUSY-UNAVAILABLE 20111005T060000Z/20111005T080000Z", "BUSY-UNAVAILABLE 20111005T100000Z/20111005T140000Z"}},
	{"of one priority the strongest counts", vavailability(
		"VAVAILABILITY", "PRIORITY:3", "DTSTART:20111005T000000Z", "DTEND:20111005T060000Z", "BUSYTYPE:BUSY-TENTATIVE",
		"VAVAILABILITY", "PRIORITY:3", "DTSTART:20111005T030000Z", "DTEND:20111005T090000Z",
		"VAVAILABILITY", "PRIORITY:3", "DTSTART:20111005T050000Z", "DTEND:20111005T080000Z", "BUSYTYPE:busy",
		"AVAILABLE", "DTSTART:20111005T070000Z", "DURATION:PT1H"),
		"20111005T000000Z/20111006T000000Z", []string{
			"BUSY-TENTATIVE 20111005T000000Z/20111005T030000Z", "BUSY-UNAVAILABLE 20111005T030000Z/20111005T050000Z", "BUSY 20111005T050000Z/20111005T070000Z",
			"BUSY-UNAVAILABLE 20111005T070000Z/20111005T090000Z"}},
	{"what is free above uncovers nothing below", vavailability(
		"VAVAILABILITY", "PRIORITY:1", "DTSTART:20111005T060000Z", "DTEND:20111005T120000Z", "AVAILABLE", "DTSTART:20111005T060000Z", "DTEND:20111005T120000Z",
		"VAVAILABILITY", "PRIORITY:2", "DTSTART:20111005T000000Z", "DTEND:20111006T000000Z"),
		"20111005T000000Z/20111006T000000Z", []string{"BUSY-UNAVAILABLE 20111005T000000Z/20111005T060000Z", "BUSY-UNAVAILABLE 20111005T120000Z/20111006T000000Z"}},
	{"the night in which summer time ends", vavailability("VAVAILABILITY",
		"AVAILABLE", "DTSTART;TZID=Europe/Berlin:20111001T220000", "DURATION:PT8H", "RRULE:FREQ=DAILY"),
		"20111029T120000Z/20111030T120000Z", []string{"BUSY-UNAVAILABLE 20111029T120000Z/20111029T200000Z", "BUSY-UNAVAILABLE 20111030T040000Z/20111030T120000Z"}},
	{"without UID, as some clients write it", strings.ReplaceAll(vavailability("VAVAILABILITY", "AVAILABLE", "DTSTART:20111005T080000Z", "DURATION:PT1H",
		"AVAILABLE", "DTSTART:20111005T100000Z", "DURATION:PT1H"), "UID:v0\r\n", ""),
		"20111005T080000Z/20111005T110000Z", []string{"BUSY-UNAVAILABLE 20111005T090000Z/20111005T100000Z"}},
}

func TestUnavailable(t *testing.T) {
	for _, c := range availabilities {
		o, err := ParseAvailability([]byte(c.text), Limits{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		busy, tentative, unavailable, err := Unavailable(t.Context(), []Availability{{Object: o}}, rangeOf(t, c.window))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := periodsOf(busy, tentative, unavailable); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

// periodsOf writes periods of all types in order of start.
func periodsOf(busy, tentative, unavailable []Range) (list []string) {
	const utc = "20060102T150405Z"
	for kind, ranges := range map[string][]Range{"BUSY": busy, "BUSY-TENTATIVE": tentative, "BUSY-UNAVAILABLE": unavailable} {
		for _, r := range ranges {
			list = append(list, kind+" "+r.Start.Format(utc)+"/"+r.End.Format(utc))
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		_, a, _ = strings.Cut(a, " ")
		_, b, _ = strings.Cut(b, " ")
		return strings.Compare(a, b)
	})
	return list
}

func TestParseAvailabilityRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":                   "",
		"no availability":           vavailability(),
		"an event":                  strings.ReplaceAll(vavailability("VAVAILABILITY", "DTSTART:20111005T080000Z"), "VAVAILABILITY", "VEVENT"),
		"a METHOD":                  strings.Replace(vavailability("VAVAILABILITY"), "VERSION:2.0", "VERSION:2.0\r\nMETHOD:PUBLISH", 1),
		"an AVAILABLE by itself":    strings.ReplaceAll(vavailability("VAVAILABILITY", "DTSTART:20111005T080000Z"), "VAVAILABILITY", "AVAILABLE"),
		"AVAILABLE without DTSTART": vavailability("VAVAILABILITY", "AVAILABLE", "SUMMARY:never"),
		"DURATION without DTSTART":  vavailability("VAVAILABILITY", "DURATION:PT1H"),
		"DTEND and DURATION":        vavailability("VAVAILABILITY", "DTSTART:20111005T080000Z", "DTEND:20111005T090000Z", "DURATION:PT1H"),
		"both in AVAILABLE":         vavailability("VAVAILABILITY", "AVAILABLE", "DTSTART:20111005T080000Z", "DTEND:20111005T090000Z", "DURATION:PT1H"),
		"a date":                    vavailability("VAVAILABILITY", "DTSTART;VALUE=DATE:20111005"),
		"no zone":                   vavailability("VAVAILABILITY", "AVAILABLE", "DTSTART:20111005T080000", "DURATION:PT1H"),
		"an unknown zone":           vavailability("VAVAILABILITY", "DTSTART;TZID=Nowhere:20111005T080000"),
		"a rule that says nothing":  vavailability("VAVAILABILITY", "AVAILABLE", "DTSTART:20111005T080000Z", "RRULE:FREQ=SOMETIMES"),
		"no date at all":            vavailability("VAVAILABILITY", "DTSTART:today"),
		"two starts":                vavailability("VAVAILABILITY", "DTSTART:20111005T080000Z", "DTSTART:20111006T080000Z"),
		"very many":                 vavailability(append([]string{"VAVAILABILITY"}, slices.Repeat([]string{"AVAILABLE", "DTSTART:20111005T080000Z"}, maxAvailable+1)...)...),
	} {
		if _, err := ParseAvailability([]byte(text), Limits{}); err == nil {
			t.Errorf("%s is accepted:\n%.300s", name, text)
		}
	}
}

// Rules that fire all the time end the work, and what is not known to be free is not.
func TestUnavailableBounded(t *testing.T) {
	lines := []string{"VAVAILABILITY"}
	for i := range 200 {
		lines = append(lines, "AVAILABLE", fmt.Sprintf("UID:%d", i), "DTSTART:20000101T000000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY;INTERVAL=3")
	}
	o, err := ParseAvailability([]byte(vavailability(lines...)), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, _, unavailable, err := Unavailable(t.Context(), []Availability{{Object: o}}, rangeOf(t, "20200101T000000Z/20300101T000000Z"))
	if err != nil || len(unavailable) == 0 || !unavailable[len(unavailable)-1].End.Equal(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%d periods, %v", len(unavailable), err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it took %v", took)
	}
}
