package ical

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestZoneByName(t *testing.T) {
	for _, test := range []struct{ tzid, want string }{
		{"Europe/Berlin", "Europe/Berlin"},
		{"europe/berlin", "Europe/Berlin"},
		{"Europe/Berlin ", "Europe/Berlin"},
		{"America/New York", "America/New_York"},
		{"US/Eastern", "US/Eastern"},
		{"W. Europe Standard Time", "Europe/Berlin"},
		{"w. europe standard time  ", "Europe/Berlin"},
		{"Pacific Standard Time", "America/Los_Angeles"},
		{"Mexico Standard Time", "America/Mexico_City"},
		{"/freeassociation.sourceforge.net/Tzfile/Europe/Berlin", "Europe/Berlin"},
		{"/mozilla.org/20050126_1/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"},
		{"/softwarestudio.org/Olson_20011030_5/America/Chicago", "America/Chicago"},
		{"/citadel.org/20211007_1/UTC", "UTC"},
		{"(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"},
		{"(GMT-08.00) Pacific Time (US & Canada)", "America/Los_Angeles"},
		{"tzone://Microsoft/Utc", "UTC"},
		{"Etc/UTC", "UTC"},
		{"UTC", "UTC"},
		{"UTC+12", "Etc/GMT-12"},
		{"Z", "UTC"},
		{"GMT", "GMT"},
		{"EST5EDT", "EST5EDT"},
		{"Customized Time Zone", ""},
		{"Mars/Olympus_Mons", ""},
		{"Work/Cuba", ""},
		{"", ""},
		{"/", ""},
		{strings.Repeat("/", 5000), ""},
	} {
		loc, ok := ZoneByName(test.tzid)
		got := ""
		if ok {
			got = loc.String()
		}
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.tzid, got, test.want)
		}
	}
	if loc, _ := ZoneByName("Etc/UTC"); loc != time.UTC {
		t.Error("Etc/UTC is not time.UTC")
	}
}

func TestZoneTables(t *testing.T) {
	if n := len(ZoneNames()); n < 590 {
		t.Errorf("%d zones", n)
	}
	for _, name := range ZoneNames() {
		if _, ok := ZoneByName(name); !ok {
			t.Errorf("%s cannot be loaded", name)
		}
	}
	for name, zone := range windowsZones {
		if allZones().byName[zone] == nil {
			t.Errorf("%s: no zone %s", name, zone)
		}
	}
	for label, name := range windowsLabels {
		if windowsZones[name] == "" {
			t.Errorf("%s: no Windows zone %s", label, name)
		}
	}
	for name, zone := range zoneAliases {
		if allZones().byName[zone] == nil {
			t.Errorf("%s: no zone %s", name, zone)
		}
	}
}

// TestZoneRoundTrip writes every zone as a VTIMEZONE, reads that, and compares the two around each change.
func TestZoneRoundTrip(t *testing.T) {
	from, to := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2037, 12, 31, 0, 0, 0, 0, time.UTC)
	for _, name := range ZoneNames() {
		want, _ := ZoneByName(name)
		text, err := AppendVTimezone(nil, name, from, to)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		c, bad := parseOne(text, DefaultLimits)
		if bad != nil {
			t.Fatalf("%s: %v\n%s", name, bad, text)
		}
		got, err := ZoneOf(c)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		moments := []time.Time{from, to}
		for _, s := range stepsOf(want, from, to) {
			if s.at > from.Unix() && s.at <= to.Unix() {
				moments = append(moments, time.Unix(s.at, 0), time.Unix(s.at-1, 0))
			}
		}
		for year := 1970; year < 2037; year++ {
			for month := time.January; month <= time.December; month++ {
				moments = append(moments, time.Date(year, month, 15, 12, 0, 0, 0, time.UTC))
			}
		}
		for _, moment := range moments {
			_, a := moment.In(got).Zone()
			if _, b := moment.In(want).Zone(); a != b {
				t.Errorf("%s at %s: %d, want %d\n%s", name, moment.UTC(), a, b, text)
				break
			}
		}
	}
}

func TestAppendVTimezone(t *testing.T) {
	from, to := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct{ tzid, want string }{
		{"Europe/Berlin", `BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:20240331T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:20241027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
`},
		{"Asia/Jerusalem", `BEGIN:VTIMEZONE
TZID:Asia/Jerusalem
BEGIN:DAYLIGHT
TZOFFSETFROM:+0200
TZOFFSETTO:+0300
TZNAME:IDT
DTSTART:20240329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=23,24,25,26,27,28,29;BYDAY=FR
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0300
TZOFFSETTO:+0200
TZNAME:IST
DTSTART:20241027T020000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
`},
		{"Tokyo Standard Time", `BEGIN:VTIMEZONE
TZID:Tokyo Standard Time
BEGIN:STANDARD
TZOFFSETFROM:+1000
TZOFFSETTO:+0900
TZNAME:JST
DTSTART:19510909T010000
END:STANDARD
END:VTIMEZONE
`},
		{"UTC", `BEGIN:VTIMEZONE
TZID:UTC
BEGIN:STANDARD
TZOFFSETFROM:+0000
TZOFFSETTO:+0000
TZNAME:UTC
DTSTART:19700101T000000
END:STANDARD
END:VTIMEZONE
`},
	} {
		got, err := AppendVTimezone(nil, test.tzid, from, to)
		if err != nil {
			t.Errorf("%s: %v", test.tzid, err)
		}
		if got := strings.ReplaceAll(string(got), "\r", ""); got != test.want {
			t.Errorf("%s: got\n%swant\n%s", test.tzid, got, test.want)
		}
	}
	if _, err := AppendVTimezone(nil, "Mars/Olympus_Mons", from, to); err == nil {
		t.Error("no error for an unknown zone")
	}
}

// vtimezone parses the lines inside a VTIMEZONE.
func vtimezone(t testing.TB, props ...string) *Component {
	t.Helper()
	c, err := parseOne(lines(slices.Concat([]string{"BEGIN:VTIMEZONE"}, props, []string{"END:VTIMEZONE"})...), DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// observanceLines writes one observance.
func observanceLines(kind, from, to, start string, more ...string) []string {
	return slices.Concat([]string{"BEGIN:" + kind, "TZOFFSETFROM:" + from, "TZOFFSETTO:" + to, "DTSTART:" + start}, more, []string{"END:" + kind})
}

func TestZoneOf(t *testing.T) {
	berlin, _ := ZoneByName("Europe/Berlin")
	newYork, _ := ZoneByName("America/New_York")
	jerusalem, _ := ZoneByName("Asia/Jerusalem")
	for _, test := range []struct {
		name  string
		lines [][]string
		like  *time.Location
		years [2]int
	}{
		{"Outlook", [][]string{
			observanceLines("STANDARD", "+0200", "+0100", "16010101T030000", "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10"),
			observanceLines("DAYLIGHT", "+0100", "+0200", "16010101T020000", "RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3"),
		}, berlin, [2]int{1996, 2090}},
		{"rules one after the other", [][]string{
			observanceLines("DAYLIGHT", "-0500", "-0400", "19870405T020000", "RRULE:FREQ=YEARLY;UNTIL=20060402T070000Z;BYMONTH=4;BYDAY=1SU"),
			observanceLines("STANDARD", "-0400", "-0500", "19671029T020000", "RRULE:FREQ=YEARLY;UNTIL=20061029T060000Z;BYMONTH=10;BYDAY=-1SU"),
			observanceLines("DAYLIGHT", "-0500", "-0400", "20070311T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
			observanceLines("STANDARD", "-0400", "-0500", "20071104T020000", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
		}, newYork, [2]int{1988, 2090}},
		{"days of the month", [][]string{
			observanceLines("DAYLIGHT", "-0500", "-0400", "20070311T020000", "RRULE:FREQ=YEARLY;BYMONTHDAY=8,9,10,11,12,13,14;BYMONTH=3;BYDAY=SU"),
			observanceLines("STANDARD", "-0400", "-0500", "20071104T020000", "RRULE:FREQ=YEARLY;BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=SU;BYMONTH=11"),
		}, newYork, [2]int{2008, 2090}},
		{"Friday before the last Sunday", [][]string{
			observanceLines("DAYLIGHT", "+0200", "+0300", "20130329T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=FR;BYMONTHDAY=23,24,25,26,27,28,29"),
			observanceLines("STANDARD", "+0300", "+0200", "20131027T020000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=SU;BYSETPOS=-1"),
		}, jerusalem, [2]int{2014, 2090}},
		{"dates only", [][]string{
			observanceLines("DAYLIGHT", "+0100", "+0200", "20230326T020000", "RDATE:20240331T020000,20250330T020000", "RDATE;VALUE=DATE-TIME:20260329T020000"),
			observanceLines("STANDARD", "+0200", "+0100", "20231029T030000", "RDATE:20241027T030000", "RDATE:20251026T030000", "RDATE:20261025T030000"),
		}, berlin, [2]int{2024, 2026}},
		{"a rule that no footer says", [][]string{
			observanceLines("DAYLIGHT", "+0100", "+0200", "19960331T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=25,26,27,28,29,30,31;BYDAY=SU"),
			observanceLines("STANDARD", "+0200", "+0100", "19961027T030000", "RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=-7,-6,-5,-4,-3,-2,-1;BYDAY=SU"),
		}, berlin, [2]int{1997, 2090}},
		{"rules without UNTIL that later ones replace", [][]string{
			observanceLines("DAYLIGHT", "-0500", "-0400", "19870405T020000", "RRULE:FREQ=YEARLY;COUNT=20;BYMONTH=4;BYDAY=1SU"),
			observanceLines("STANDARD", "-0400", "-0500", "19671029T020000", "RRULE:FREQ=YEARLY;UNTIL=20061029;BYMONTH=10;BYDAY=-1SU"),
			observanceLines("DAYLIGHT", "-0500", "-0400", "20070311T020000", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
			observanceLines("STANDARD", "-0400", "-0500", "20071104T020000", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
		}, newYork, [2]int{1988, 2090}},
	} {
		t.Run(test.name, func(t *testing.T) {
			loc, err := ZoneOf(vtimezone(t, append([]string{"TZID:Test"}, slices.Concat(test.lines...)...)...))
			if err != nil {
				t.Fatal(err)
			}
			end := time.Date(test.years[1]+1, 1, 1, 0, 0, 0, 0, time.UTC)
			for at := time.Date(test.years[0], 1, 1, 0, 0, 0, 0, time.UTC); at.Before(end); at = at.Add(time.Hour) {
				_, got := at.In(loc).Zone()
				if _, want := at.In(test.like).Zone(); got != want {
					t.Fatalf("at %s: %d, want %d", at, got, want)
				}
			}
			if loc.String() != "Test" {
				t.Errorf("it is called %s", loc)
			}
		})
	}
}

func TestZoneOfOdd(t *testing.T) {
	at := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name   string
		lines  []string
		offset int
		err    string
	}{
		{"only STANDARD", observanceLines("STANDARD", "+0530", "+0530", "19700101T000000", "TZNAME:IST"), 19800, ""},
		{"no DTSTART, no TZOFFSETFROM", []string{"BEGIN:STANDARD", "TZOFFSETTO:-0330", "END:STANDARD"}, -12600, ""},
		{"seconds", observanceLines("STANDARD", "+00:53:28", "+005328", "19700101T000000"), 3208, ""},
		{"names that are none", observanceLines("STANDARD", "+0100", "+0100", "19700101T000000", "TZNAME:<>,;Ä"), 3600, ""},
		{"a rule that is not understood", observanceLines("STANDARD", "+0100", "+0200", "19700101T000000", "RRULE:FREQ=HOURLY"), 7200, ""},
		{"DTSTART in UTC", observanceLines("STANDARD", "+0100", "+0200", "20240630T235959Z"), 7200, ""},
		{"before the first", observanceLines("STANDARD", "+0100", "+0200", "20250101T000000"), 3600, ""},
		{"nothing", nil, 0, "with 0 STANDARD"},
		{"no offset", []string{"BEGIN:STANDARD", "END:STANDARD"}, 0, "without TZOFFSETTO"},
		{"bad offset", observanceLines("STANDARD", "+0100", "east", "19700101T000000"), 0, "not a UTC offset"},
		{"bad offset before", observanceLines("STANDARD", "west", "+0100", "19700101T000000"), 0, "not a UTC offset"},
		{"bad start", observanceLines("STANDARD", "+0100", "+0100", "always"), 0, "not a date"},
		{"bad date", observanceLines("STANDARD", "+0100", "+0100", "19700101T000000", "RDATE:never"), 0, "not a date"},
	} {
		t.Run(test.name, func(t *testing.T) {
			loc, err := ZoneOf(vtimezone(t, test.lines...))
			if err != nil {
				if test.err == "" || !strings.Contains(err.Error(), test.err) {
					t.Errorf("got %v, want %q", err, test.err)
				}
				return
			}
			if _, got := at.In(loc).Zone(); got != test.offset || test.err != "" {
				t.Errorf("got %d, want %d or %q", got, test.offset, test.err)
			}
		})
	}
}

func TestObjectZone(t *testing.T) {
	raw := string(lines("BEGIN:VCALENDAR",
		"BEGIN:VTIMEZONE", "TZID:Custom", "BEGIN:STANDARD", "TZOFFSETTO:+0545", "END:STANDARD", "END:VTIMEZONE",
		"BEGIN:VTIMEZONE", "TZID:Mine", "X-LIC-LOCATION:Asia/Tokyo", "BEGIN:STANDARD", "TZOFFSETTO:+0000", "END:STANDARD", "END:VTIMEZONE",
		"BEGIN:VTIMEZONE", "TZID:Broken", "END:VTIMEZONE",
		"BEGIN:VTIMEZONE", "TZID:Europe/Berlin", "BEGIN:STANDARD", "TZOFFSETTO:+1200", "END:STANDARD", "END:VTIMEZONE",
		"BEGIN:VEVENT", "UID:1", "DTSTART;TZID=Custom:20240701T120000", "END:VEVENT", "END:VCALENDAR"))
	o, err := ParseObject([]byte(raw), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 7, 1, 0, 0, 0, 0, time.UTC)
	for tzid, want := range map[string]int{
		"Custom": 20700, " Custom ": 20700, "Mine": 32400, "Europe/Berlin": 7200,
		"GMT-0700": -25200, "UTC+01:00": 3600, "GMT+5": 18000, "UTC-03": -10800,
	} {
		for range 2 { // the second time from what is remembered
			loc := o.Zone(tzid)
			if loc == nil {
				t.Errorf("%s is not known", tzid)
				continue
			}
			if _, got := at.In(loc).Zone(); got != want {
				t.Errorf("%s: got %d, want %d", tzid, got, want)
			}
		}
	}
	for _, tzid := range []string{"Broken", "Unknown", "GMT+", "GMT+99", "UTCX"} {
		if loc := o.Zone(tzid); loc != nil {
			t.Errorf("%s is %s", tzid, loc)
		}
	}
}

func TestTimezoneBombs(t *testing.T) {
	rule := observanceLines("STANDARD", "+0100", "+0100", "00010101T000000", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")
	all := []string{"TZID:Bomb"}
	for range 1500 {
		all = append(all, rule...)
	}
	if _, err := ZoneOf(vtimezone(t, all...)); err != nil {
		t.Error(err)
	}
}

// TestManyZones: with many VTIMEZONEs, too, the first of a TZID counts.
func TestManyZones(t *testing.T) {
	all := []string{"BEGIN:VCALENDAR"}
	for i := range 60 {
		all = append(append(all, "BEGIN:VTIMEZONE", fmt.Sprintf("TZID:Own %d ", i%30)),
			append(observanceLines("STANDARD", "+0000", fmt.Sprintf("+00%02d", i), "19700101T000000"), "END:VTIMEZONE")...)
	}
	o := object(t, lines(append(all, "BEGIN:VTODO", "UID:1", "END:VTODO", "END:VCALENDAR")...))
	for i := range 30 {
		loc := o.Zone(fmt.Sprintf("Own %d", i))
		if loc == nil {
			t.Fatalf("Own %d is not there", i)
		}
		if _, offset := indexNow.In(loc).Zone(); offset != 60*i {
			t.Errorf("Own %d is at %d", i, offset)
		}
	}
	if o.Zone("Own 30") != nil {
		t.Error("Own 30 is there")
	}
}
