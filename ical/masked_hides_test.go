package ical

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestMaskedHides masks generated objects, each with two sets of texts.
func TestMaskedHides(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := drawObject(t)
		if rapid.Bool().Draw(t, "custom zone") {
			text := strings.ReplaceAll(string(raw), "TZID=Europe/Berlin", "TZID=Own")
			zone := "BEGIN:VTIMEZONE|TZID:Own|BEGIN:DAYLIGHT|TZOFFSETTO:+0200|DTSTART:19700329T020000|RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU|END:DAYLIGHT|" +
				"BEGIN:STANDARD|TZOFFSETTO:+0100|DTSTART:19701025T030000|RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU|END:STANDARD|END:VTIMEZONE|BEGIN:VEVENT"
			raw = []byte(strings.Replace(text, "BEGIN:VEVENT", strings.ReplaceAll(zone, "|", "\r\n"), 1))
		}
		o, err := ParseObject(raw, Limits{})
		if err != nil {
			t.Skip(err)
		}
		checkMasked(t, o)
		want := string(o.Masked())
		d := decorator{random: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)), zone: "Own"}
		other, err := ParseObject(d.calendar(o), Limits{})
		if err != nil {
			t.Fatalf("%v in %s", err, d.dst)
		}
		checkMasked(t, other)
		if got := string(other.Masked()); got != want {
			t.Fatalf("%s\nmasks as %s\nnot as %s", other.raw, got, want)
		}
		if strings.Contains(strings.ToLower(want), "secret") {
			t.Fatalf("it says %s", want)
		}
	})
}

// decorator writes an object with other text wherever it is to be hidden. All that it makes up has "secret" in it.
type decorator struct {
	random *rand.Rand
	zone   string // a TZID to be called something else
	named  string
	dst    []byte
}

// calendar writes o.
func (d *decorator) calendar(o *Object) []byte {
	d.named = d.zone + " secret " + fmt.Sprint(d.random.IntN(1000))
	d.dst = nil
	d.component(o.Calendar, "")
	return d.dst
}

// kept are the properties that count, by where they stand.
var kept = map[string][]string{
	"VTIMEZONE":     {"TZID", "X-LIC-LOCATION"},
	"STANDARD":      {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"},
	"DAYLIGHT":      {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"},
	"":              {"CLASS"},
	"VEVENT":        {"STATUS", "TRANSP"},
	"VFREEBUSY":     {"FREEBUSY"},
	"VAVAILABILITY": {"BUSYTYPE", "PRIORITY"},
}

var keptEverywhere = []string{"UID", "DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID", "RRULE", "EXRULE", "RDATE", "EXDATE", "CLASS"}

func (d *decorator) component(c *Component, parent string) {
	d.dst = append(d.dst, "BEGIN:"+c.Name+"\r\n"...)
	d.texts(c.Name)
	for i := range c.Props {
		p := &c.Props[i]
		names := kept[c.Name]
		if parent == "VCALENDAR" && c.Name != "VTIMEZONE" || c.Name == "AVAILABLE" {
			names = append(slices.Clone(names), keptEverywhere...)
		}
		if slices.Contains(names, p.Name) || p.Name == "CLASS" || p.Name == "CALSCALE" {
			d.keep(p)
		}
		d.texts(c.Name)
	}
	for _, child := range c.Children {
		if child.Name != "VALARM" {
			d.component(child, c.Name)
		}
	}
	if c.Name == "VEVENT" && d.random.IntN(2) == 0 {
		d.dst = append(d.dst, "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nDESCRIPTION:secret\r\nEND:VALARM\r\n"...)
	}
	d.dst = append(d.dst, "END:"+c.Name+"\r\n"...)
}

// keep writes p with another parameter, folded somewhere.
func (d *decorator) keep(p *Property) {
	params, value := slices.Clone(p.Params), p.Value
	for i := range params {
		if params[i].Name == "TZID" && params[i].Values[0] == d.zone {
			params[i].Values = []string{d.named}
		}
	}
	if p.Name == "TZID" && p.Value == d.zone {
		value = d.named
	}
	if d.random.IntN(2) == 0 {
		params = append(params, Param{"X-SECRET", []string{d.word()}})
	}
	if p.Name == "RRULE" && d.random.IntN(2) == 0 {
		value += ";X-SECRET=" + d.word()
	}
	line := AppendLine(nil, p.Name, params, value)
	if len(line) < 70 {
		at := len(p.Name) + d.random.IntN(2)
		line = append(append(append([]byte(nil), line[:at]...), "\r\n "...), line[at:]...)
	}
	d.dst = append(d.dst, line...)
}

// texts writes some lines that are to be hidden.
func (d *decorator) texts(component string) {
	names := []string{"SUMMARY", "DESCRIPTION", "COMMENT", "LOCATION", "CATEGORIES", "X-SECRET", "URL", "CONTACT", "TZNAME", "TZURL", "NAME"}
	for range d.random.IntN(4) {
		switch d.random.IntN(6) {
		case 0:
			d.dst = AppendLine(d.dst, "ATTENDEE", []Param{{"CN", []string{d.word()}}}, "mailto:"+d.word())
		case 1:
			d.dst = AppendLine(d.dst, "LAST-MODIFIED", nil, fmt.Sprintf("2024%02d01T000000Z", 1+d.random.IntN(12)))
		case 2:
			if component == "VEVENT" {
				d.dst = AppendLine(d.dst, "STATUS", nil, "X-"+d.word())
			}
		default:
			d.dst = AppendLine(d.dst, names[d.random.IntN(len(names))], nil, d.word())
		}
	}
}

func (d *decorator) word() string { return fmt.Sprintf("secret%d", d.random.IntN(1000)) }
