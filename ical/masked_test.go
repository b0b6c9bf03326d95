package ical

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const maskedHead = "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//convene//convene//EN|"

func TestMasked(t *testing.T) {
	zone := "BEGIN:VTIMEZONE|TZID:%s|X-SECRET:a|BEGIN:STANDARD|COMMENT:a|TZNAME:a|TZOFFSETFROM:+02:00|TZOFFSETTO:+0145|DTSTART:19701025T030000|" +
		"RRULE:FREQ=YEARLY;BYDAY=-1SU;X-SECRET=a;BYMONTH=10|END:STANDARD|END:VTIMEZONE|"
	ruled := "BEGIN:VTIMEZONE|TZID:%s|BEGIN:STANDARD|DTSTART:19701025T030000|TZOFFSETFROM:+0200|TZOFFSETTO:+0145|" +
		"RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU|END:STANDARD|END:VTIMEZONE|"
	vevent := "BEGIN:VEVENT|UID:1|DTSTAMP:19700101T000000Z|"
	for _, test := range []struct{ name, in, want string }{ // components, lines joined with bars
		{"all that is hidden", "BEGIN:VEVENT|SUMMARY:a|UID:1|DTSTAMP:20240101T000000Z|CREATED:20240101T000000Z|LAST-MODIFIED:20240101T000000Z|SEQUENCE:3|" +
			"ORGANIZER;CN=a:mailto:a|ATTENDEE:mailto:b|CLASS:PRIVATE|DTSTART;X-A=b:20240101T090000Z|DTEND:20240101T100000Z|LOCATION:a|STATUS:CONFIRMED|" +
			"TRANSP:OPAQUE|CATEGORIES:a|GEO:1;2|URL:a|ATTACH:a|BEGIN:VALARM|ACTION:DISPLAY|TRIGGER:-PT5M|END:VALARM|END:VEVENT|",
			vevent + "DTSTART:20240101T090000Z|DTEND:20240101T100000Z|CLASS:PRIVATE|SUMMARY:Busy|END:VEVENT|"},
		{"the class is that of the object, an unknown one private",
			"BEGIN:VEVENT|UID:1|DTSTART:20240101|RRULE:FREQ=DAILY|END:VEVENT|BEGIN:VEVENT|UID:1|RECURRENCE-ID:20240102|DTSTART:20240102|CLASS:a|END:VEVENT|",
			vevent + "DTSTART;VALUE=DATE:20240101|RRULE:FREQ=DAILY|CLASS:PRIVATE|SUMMARY:Busy|END:VEVENT|" +
				vevent + "RECURRENCE-ID;VALUE=DATE:20240102|DTSTART;VALUE=DATE:20240102|CLASS:PRIVATE|SUMMARY:Busy|END:VEVENT|"},
		{"busy time", "BEGIN:VEVENT|UID:1|DTSTART:20240101|STATUS:tentative|TRANSP:transparent|END:VEVENT|",
			vevent + "DTSTART;VALUE=DATE:20240101|STATUS:TENTATIVE|TRANSP:TRANSPARENT|SUMMARY:Busy|END:VEVENT|"},
		{"rules and durations", "BEGIN:VEVENT|UID:1|DTSTART:20240101T000000|DURATION:+p1w|RRULE:BYDAY=TU,-1mo;X-SECRET=a;FREQ=monthly;INTERVAL=01;WKST=SU;UNTIL=20250101|END:VEVENT|",
			vevent + "DTSTART:20240101T000000|DURATION:P7D|RRULE:FREQ=MONTHLY;UNTIL=20250101;BYDAY=-1MO,TU;WKST=SU|SUMMARY:Busy|END:VEVENT|"},
		{"lists of mixed values", "BEGIN:VEVENT|UID:1|DTSTART;TZID=Europe/Berlin:20240101T000000|EXDATE;TZID=Europe/Berlin:20240102T000000,20240103,20240104T000000Z|" +
			"RDATE;TZID=Europe/Berlin;VALUE=PERIOD:20240105T000000/PT1H,20240106T000000Z/20240106T030000Z|END:VEVENT|",
			vevent + "DTSTART;TZID=Europe/Berlin:20240101T000000|EXDATE;TZID=Europe/Berlin:20240102T000000|EXDATE;VALUE=DATE:20240103|EXDATE:20240104T000000Z|" +
				"RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20240105T000000/20240105T010000|RDATE;VALUE=PERIOD:20240106T000000Z/20240106T030000Z|SUMMARY:Busy|END:VEVENT|"},
		{"a known zone", fmt.Sprintf(zone, "Europe/Berlin") + fmt.Sprintf(zone, "Asia/Tokyo") + "BEGIN:VEVENT|UID:1|DTSTART;TZID=Europe/Berlin:20240101T000000|X-A;TZID=Asia/Tokyo:20240101T000000|END:VEVENT|",
			fmt.Sprintf(ruled, "Europe/Berlin") + vevent + "DTSTART;TZID=Europe/Berlin:20240101T000000|SUMMARY:Busy|END:VEVENT|"},
		{"a known zone under another name", fmt.Sprintf(zone, "/secret/Europe/Berlin") + "BEGIN:VEVENT|UID:1|DTSTART;TZID=/secret/Europe/Berlin:20240101T000000|END:VEVENT|",
			fmt.Sprintf(ruled, "Europe/Berlin") + vevent + "DTSTART;TZID=Europe/Berlin:20240101T000000|SUMMARY:Busy|END:VEVENT|"},
		{"a Windows name", "BEGIN:VEVENT|UID:1|DTSTART;TZID=W. Europe Standard Time:20240101T000000|END:VEVENT|",
			vevent + "DTSTART;TZID=W. Europe Standard Time:20240101T000000|SUMMARY:Busy|END:VEVENT|"},
		{"a zone of its own", fmt.Sprintf(zone, "Secret") + "BEGIN:VEVENT|UID:1|DTSTART;TZID=Secret:20240101T000000|END:VEVENT|",
			fmt.Sprintf(ruled, "Zone 1") + vevent + "DTSTART;TZID=Zone 1:20240101T000000|SUMMARY:Busy|END:VEVENT|"},
		{"an offset", "BEGIN:VEVENT|UID:1|DTSTART;TZID=utc+1:20240101T000000|END:VEVENT|",
			vevent + "DTSTART;TZID=GMT+0100:20240101T000000|SUMMARY:Busy|END:VEVENT|"},
		{"an unknown zone is none", "BEGIN:VEVENT|UID:1|DTSTART;TZID=Secret:20240101T000000|DTEND;TZID=Secret:20240101T010000Z|END:VEVENT|",
			vevent + "DTSTART:20240101T000000|DTEND:20240101T010000Z|SUMMARY:Busy|END:VEVENT|"},
		{"a task", "BEGIN:VTODO|UID:1|DUE:20240101T000000Z|COMPLETED:20240101T000000Z|PERCENT-COMPLETE:50|STATUS:CANCELLED|PRIORITY:1|END:VTODO|",
			"BEGIN:VTODO|UID:1|DTSTAMP:19700101T000000Z|DUE:20240101T000000Z|SUMMARY:Busy|END:VTODO|"},
		{"a journal", "BEGIN:VJOURNAL|UID:1|DTSTART:20240101|DESCRIPTION:a|STATUS:FINAL|END:VJOURNAL|",
			"BEGIN:VJOURNAL|UID:1|DTSTAMP:19700101T000000Z|DTSTART;VALUE=DATE:20240101|SUMMARY:Busy|END:VJOURNAL|"},
		{"free/busy", "BEGIN:VFREEBUSY|UID:1|COMMENT:a|FREEBUSY;FBTYPE=a:20240101T000000Z/PT1H,20240102T000000Z/PT1H|FREEBUSY;FBTYPE=free:20240103T000000Z/PT1H|END:VFREEBUSY|",
			"BEGIN:VFREEBUSY|UID:1|DTSTAMP:19700101T000000Z|FREEBUSY:20240101T000000Z/20240101T010000Z,20240102T000000Z/20240102T010000Z|" +
				"FREEBUSY;FBTYPE=FREE:20240103T000000Z/20240103T010000Z|END:VFREEBUSY|"},
		{"availability", "BEGIN:VAVAILABILITY|UID:1|BUSYTYPE:busy-unavailable|PRIORITY:1|SUMMARY:a|BEGIN:AVAILABLE|UID:2|SUMMARY:a|DTSTART:20240101T090000Z|DURATION:PT8H|" +
			"RRULE:FREQ=DAILY|END:AVAILABLE|END:VAVAILABILITY|",
			"BEGIN:VAVAILABILITY|UID:1|DTSTAMP:19700101T000000Z|BUSYTYPE:BUSY-UNAVAILABLE|PRIORITY:1|BEGIN:AVAILABLE|UID:2|DTSTAMP:19700101T000000Z|" +
				"DTSTART:20240101T090000Z|DURATION:PT8H|RRULE:FREQ=DAILY|END:AVAILABLE|END:VAVAILABILITY|"},
	} {
		o := object(t, lines(strings.Split("BEGIN:VCALENDAR|X-WR-CALNAME:a|"+test.in+"END:VCALENDAR", "|")...))
		want := strings.ReplaceAll(maskedHead+test.want+"END:VCALENDAR|", "|", "\r\n")
		if got := string(unfolded(o.Masked())); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", test.name, got, want)
		}
	}
}

// unfolded returns raw without folds.
func unfolded(raw []byte) []byte { return []byte(strings.ReplaceAll(string(raw), "\r\n ", "")) }

// maskedValues is all that a masked object may say, by property.
var maskedValues = func() map[string]*regexp.Regexp {
	const (
		date   = `\d{8}(T\d{6}Z?)?`
		dates  = date + `(,` + date + `)*`
		period = date + `/` + date
		rule   = `FREQ=[A-Z]{5,8}(;(UNTIL=` + date + `|WKST=[A-Z]{2}|BYDAY=(-?\d*[A-Z]{2},?)+|(COUNT|INTERVAL|BY(SECOND|MINUTE|HOUR|MONTHDAY|YEARDAY|WEEKNO|MONTH|SETPOS))=[-,\d]+))*`
		known  = `(Zone \d+|GMT[-+]\d{4,6})`
	)
	values := make(map[string]*regexp.Regexp)
	for name, value := range map[string]string{
		"VERSION": `2\.0`, "PRODID": regexp.QuoteMeta(ProductID), "DTSTAMP": "19700101T000000Z", "SUMMARY": "Busy", "CLASS": "CONFIDENTIAL|PRIVATE",
		"DTSTART": date, "DTEND": date, "DUE": date, "RECURRENCE-ID": date, "DURATION": `-?P(\d+D)?(T(\d+H)?(\d+M)?(\d+S)?)?`,
		"RRULE": rule, "EXRULE": rule, "EXDATE": dates, "RDATE": dates + "|" + period + "(," + period + ")*", "FREEBUSY": period + "(," + period + ")*",
		"STATUS": "TENTATIVE|CANCELLED", "TRANSP": "TRANSPARENT", "BUSYTYPE": "BUSY(-TENTATIVE|-UNAVAILABLE)?", "PRIORITY": `\d`,
		"TZID": known, "TZOFFSETFROM": `[-+]\d{4,6}`, "TZOFFSETTO": `[-+]\d{4,6}`,
		";TZID": known, ";VALUE": "DATE|PERIOD", ";RANGE": "THISANDFUTURE", ";FBTYPE": "FREE|BUSY-TENTATIVE|BUSY-UNAVAILABLE",
	} {
		values[name] = regexp.MustCompile("^(" + value + ")$")
	}
	return values
}()

// checkGrammar fails t if c, of o masked, says anything but when, and UIDs.
func checkGrammar(t rapid.TB, c *Component, o *Object) {
	t.Helper()
	check := func(name, value string) {
		t.Helper()
		if strings.HasSuffix(name, "TZID") && allZones().byName[value] != nil {
			return
		}
		if allowed := maskedValues[name]; allowed == nil || !allowed.MatchString(value) {
			t.Fatalf("%s says %s:%q, of %s", c.Name, name, value, o.raw)
		}
	}
	if !slices.Contains([]string{"VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "AVAILABLE", o.Component}, c.Name) {
		t.Fatalf("there is a %s", c.Name)
	}
	for i := range c.Props {
		p := &c.Props[i]
		if p.Name != "UID" {
			check(p.Name, p.Value)
		}
		for _, param := range p.Params {
			check(";"+param.Name, strings.Join(param.Values, ","))
		}
	}
	for _, child := range c.Children {
		checkGrammar(t, child, o)
	}
}

// checkMasked fails t unless o masked is an object of the same times that has no word of text in it.
func checkMasked(t rapid.TB, o *Object) {
	t.Helper()
	raw := o.Masked()
	masked, err := ParseObject(raw, StoredLimits)
	if err != nil {
		t.Fatalf("%v in %s of %s", err, raw, o.raw)
	}
	if masked.UID != o.UID || masked.Component != o.Component || len(masked.Parts) != len(o.Parts) || masked.Class() != o.Class() {
		t.Fatalf("%s became %s", o.raw, raw)
	}
	checkGrammar(t, masked.Calendar, o)
	if again := masked.Masked(); string(again) != string(raw) {
		t.Fatalf("masked twice %s became %s", raw, again)
	}
	if o.Component == "VTODO" { // one without dates takes place by what is hidden
		return
	}
	berlin, _ := ZoneByName("Europe/Berlin")
	want, err := o.Index(indexNow, berlin, nil)
	if err != nil { // rules that are not understood
		return
	}
	got, err := masked.Index(indexNow, berlin, nil)
	if err != nil || fmt.Sprintf("%v", got) != fmt.Sprintf("%v", want) {
		t.Fatalf("%v: %v instead of %v\n%s\nof %s", err, got, want, raw, o.raw)
	}
}

// TestMaskedCorpus masks what clients write, as it is and with other text in it.
func TestMaskedCorpus(t *testing.T) {
	for _, file := range corpus(t) {
		t.Run(file.name, func(t *testing.T) {
			o := object(t, file.raw)
			checkMasked(t, o)
			want := string(o.Masked())
			d := decorator{random: rand.New(rand.NewPCG(1, 2))}
			other := object(t, d.calendar(o))
			if got := string(other.Masked()); got != want {
				t.Errorf("%s\nmasks as %s\nnot as %s", other.raw, got, want)
			}
			if strings.Contains(strings.ToLower(want), "secret") {
				t.Errorf("it says %s", want)
			}
		})
	}
}

func FuzzMasked(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if o, err := ParseObject(raw, Limits{}); err == nil {
			checkMasked(t, o)
		}
	})
}

func BenchmarkMasked(b *testing.B) {
	for _, raw := range [][]byte{event1K, event8K} {
		b.Run(fmt.Sprintf("%d", len(raw)), func(b *testing.B) {
			o := object(b, raw)
			b.ReportAllocs()
			for b.Loop() {
				o.Masked()
			}
		})
	}
}
