package ical

import (
	"testing"
	"time"
)

func TestParseDateTime(t *testing.T) {
	for _, test := range []struct{ value, want string }{ // "" for what is no date
		{"20240131", "20240131"},
		{"20240131T093000", "20240131T093000"},
		{"20240131T093000Z", "20240131T093000Z"},
		{" 20240131t093000z\t", "20240131T093000Z"},
		{"2024-01-31", "20240131"},
		{"2024-01-31T09:30:00", "20240131T093000"},
		{"2024-01-31 09:30:00.125Z", "20240131T093000Z"},
		{"20240131T0930", "20240131T093000"},
		{"20240131T0930Z", "20240131T093000Z"},
		{"2024-01-31T09:30", "20240131T093000"},
		{"20240131T093000+0100", "20240131T083000Z"},
		{"20240131T093000-01:30", "20240131T110000Z"},
		{"20240131T240000", "20240201T000000"},
		{"20161231T235960Z", "20170101T000000Z"},
		{"20240229", "20240229"},
		{"16010101T000000", "16010101T000000"},
		{"20230229", ""}, {"20240230", ""}, {"20241301", ""}, {"20240001", ""}, {"20240100", ""},
		{"", ""}, {"2024", ""}, {"202401", ""}, {"2024013", ""}, {"20240131T", ""}, {"20240131T09", ""},
		{"20240131T250000", ""}, {"20240131T240001", ""}, {"20240131T096000", ""}, {"20240131T093061", ""},
		{"20240131T093000X", ""}, {"20240131T093000ZZ", ""}, {"20240131X093000", ""}, {"20240131T09:30:", ""},
		{"2024-0131", ""}, {"+20240131", ""}, {"120240131", ""}, {"20240131T093000+", ""}, {"20240131T093000+99", ""},
		{"20240131T093000+01:0", ""}, {"20240131T093000+0160", ""}, {"２０２４０１３１", ""},
	} {
		d, ok := parseDateTime(test.value)
		got := ""
		if ok {
			got = d.String()
		}
		if got != test.want {
			t.Errorf("%q: got %q, want %q", test.value, got, test.want)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for _, test := range []struct {
		value string
		want  Duration
		bad   bool
	}{
		{value: "P1W", want: Duration{Days: 7}},
		{value: "P15DT5H0M20S", want: Duration{15, 5*time.Hour + 20*time.Second}},
		{value: "-PT15M", want: Duration{Time: -15 * time.Minute}},
		{value: "-P1DT1H", want: Duration{-1, -time.Hour}},
		{value: "+PT0S"},
		{value: " pt1h ", want: Duration{Time: time.Hour}},
		{value: "P1W2D", want: Duration{Days: 9}},
		{value: "P1DT", want: Duration{Days: 1}},
		{value: "P"}, {value: "PT"},
		{value: "PT2562047H", want: Duration{Days: 1, Time: (2562047 - 24) * time.Hour}},
		{value: "", bad: true}, {value: "1H", bad: true}, {value: "PT1", bad: true}, {value: "PTH", bad: true},
		{value: "P1H", bad: true}, {value: "PT1D", bad: true}, {value: "P1Y", bad: true}, {value: "PT1HT1H", bad: true},
		{value: "--PT1H", bad: true}, {value: "P-1D", bad: true}, {value: "PT1.5H", bad: true},
		{value: "P99999999999999999999D", bad: true}, {value: "PT99999999999999999999S", bad: true},
		{value: "P3000000DT1S" + "P", bad: true},
	} {
		got, err := ParseDuration(test.value)
		if got != test.want || (err != nil) != test.bad {
			t.Errorf("%q: got %v, %v", test.value, got, err)
		}
	}
	long, _ := ParseDuration("PT283824000000S") // 8,994 years
	if total := time.Duration(long.Days)*24 + long.Time/time.Hour; total != 283824000000/3600 {
		t.Errorf("a long duration has %d hours", total)
	}
}

// in parses s as a time in the zone called name.
func in(t *testing.T, s, name string) DateTime {
	t.Helper()
	d, ok := parseDateTime(s)
	loc, known := ZoneByName(name)
	if !ok || !known {
		t.Fatalf("%s in %s", s, name)
	}
	d.Zone = loc
	return d
}

func TestDateTimeIn(t *testing.T) {
	for _, test := range []struct{ clock, zone, want string }{
		{"20240131T120000", "Europe/Berlin", "2024-01-31T11:00:00Z"},
		{"20240731T120000", "Europe/Berlin", "2024-07-31T10:00:00Z"},
		{"20240331T013000", "Europe/Berlin", "2024-03-31T00:30:00Z"},
		{"20240331T020000", "Europe/Berlin", "2024-03-31T01:00:00Z"}, // skipped: with the offset before
		{"20240331T023000", "Europe/Berlin", "2024-03-31T01:30:00Z"},
		{"20240331T030000", "Europe/Berlin", "2024-03-31T01:00:00Z"},
		{"20241027T015959", "Europe/Berlin", "2024-10-26T23:59:59Z"},
		{"20241027T020000", "Europe/Berlin", "2024-10-27T00:00:00Z"}, // twice: the first
		{"20241027T025959", "Europe/Berlin", "2024-10-27T00:59:59Z"},
		{"20241027T030000", "Europe/Berlin", "2024-10-27T02:00:00Z"},
		{"20500327T023000", "Europe/Berlin", "2050-03-27T01:30:00Z"}, // beyond the listed changes
		{"20501030T023000", "Europe/Berlin", "2050-10-30T00:30:00Z"},
		{"20241103T013000", "America/New_York", "2024-11-03T05:30:00Z"}, // RFC 5545 section 3.3.5: 0130 EDT
		{"20070311T023000", "America/New_York", "2007-03-11T07:30:00Z"}, // likewise: 0330 EDT
		{"20241006T021500", "Australia/Lord_Howe", "2024-10-05T15:45:00Z"},
		{"20240407T014500", "Australia/Lord_Howe", "2024-04-06T14:45:00Z"},
		{"20111230T120000", "Pacific/Apia", "2011-12-30T22:00:00Z"}, // a day that was left out
		{"20111231T000000", "Pacific/Apia", "2011-12-30T10:00:00Z"},
		{"20111229T235959", "Pacific/Apia", "2011-12-30T09:59:59Z"},
		{"20241231T233000", "America/St_Johns", "2025-01-01T03:00:00Z"},
		{"18000101T000000", "Europe/Berlin", "1799-12-31T23:06:32Z"},
	} {
		if got := in(t, test.clock, test.zone).In(nil).UTC().Format(time.RFC3339); got != test.want {
			t.Errorf("%s %s: got %s, want %s", test.clock, test.zone, got, test.want)
		}
	}
	floating, _ := parseDateTime("20240731T120000")
	tokyo, _ := ZoneByName("Asia/Tokyo")
	if got := floating.In(tokyo).UTC().Format(time.RFC3339); got != "2024-07-31T03:00:00Z" {
		t.Errorf("floating in Tokyo: %s", got)
	}
	if got := floating.In(nil).Format(time.RFC3339); got != "2024-07-31T12:00:00Z" {
		t.Errorf("floating nowhere: %s", got)
	}
}

// TestDateTimeInAll goes through all changes of all zones: a clock shown is taken at its first moment.
func TestDateTimeInAll(t *testing.T) {
	from, to := time.Date(1890, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2060, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, name := range ZoneNames() {
		loc, _ := ZoneByName(name)
		for _, s := range stepsOf(loc, from, to) {
			for _, off := range []int64{-86400, -3601, -3600, -1800, -1, 0, 1, 1800, 3599, 3600, 7200, 86400} {
				instant := time.Unix(s.at+off, 0)
				d := DateTime{Wall: wallOf(instant, loc), Zone: loc}
				got := d.In(nil)
				if !wallOf(got, loc).Equal(d.Wall) || got.After(instant) {
					t.Errorf("%s: %s is at %s, got %s", name, d, instant.UTC(), got.UTC())
				}
			}
			if s.to > s.from { // in the middle of what is skipped
				d := DateTime{Wall: time.Unix(s.at+int64(s.from+s.to)/2, 0).UTC(), Zone: loc}
				want := d.Wall.Add(-time.Duration(s.from) * time.Second)
				if got := d.In(nil); !got.Equal(want) {
					t.Errorf("%s: skipped %s: got %s, want %s", name, d, got.UTC(), want)
				}
			}
		}
	}
}

func TestDateTimeAdd(t *testing.T) {
	for _, test := range []struct{ clock, zone, duration, want string }{
		{"20240330T120000", "Europe/Berlin", "P1D", "20240331T120000"},
		{"20240330T120000", "Europe/Berlin", "PT24H", "20240331T130000"},
		{"20240330T023000", "Europe/Berlin", "P1DT1H", "20240331T043000"},
		{"20240131T120000", "UTC", "P1DT1H", "20240201T130000Z"},
		{"20241027T010000", "Europe/Berlin", "-PT2H", "20241026T230000"},
	} {
		dur, err := ParseDuration(test.duration)
		if err != nil {
			t.Fatal(err)
		}
		d := in(t, test.clock, test.zone)
		if got := d.Add(dur); got.String() != test.want {
			t.Errorf("%s %s + %s: got %s, want %s", test.clock, test.zone, test.duration, got, test.want)
		}
		if got, want := dur.AddTo(d.In(nil)), d.Add(dur).In(nil); !got.Equal(want) {
			t.Errorf("%s %s + %s: AddTo gives %s, want %s", test.clock, test.zone, test.duration, got, want)
		}
	}
	floating, _ := parseDateTime("20240331")
	if got := floating.Add(Duration{Days: 1}); got.String() != "20240401" || !got.Date {
		t.Errorf("got %s", got)
	}
	if got := floating.Add(Duration{Time: time.Hour}); got.String() != "20240331T010000" || got.Date {
		t.Errorf("got %s", got)
	}
}

func TestDateTimes(t *testing.T) {
	o, err := ParseObject(event("UID:1", "DTSTART:20240101",
		"EXDATE;TZID=Europe/Berlin:20240101T100000, 20240102T100000Z,,20240103",
		"EXDATE;VALUE=DATE:20240104T000000,20240105T120000",
		"EXDATE;VALUE=DATE-TIME:20240106",
		"EXDATE:",
		"RDATE;VALUE=PERIOD;TZID=Asia/Tokyo:20240107T100000/PT1H,20240108T100000/20240108T113000,20240109T000000",
		"RDATE;TZID=Nowhere:20240110T100000"), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range []string{"EXDATE", "RDATE"} {
		for p := range o.Master().AllProps(name) {
			dates, err := o.DateTimes(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range dates {
				zone := "floating"
				if d.Zone != nil {
					zone = d.Zone.String()
				}
				got = append(got, d.String()+" "+zone)
			}
		}
	}
	want := []string{"20240101T100000 Europe/Berlin", "20240102T100000Z UTC", "20240103 floating", "20240104 floating", "20240105T120000 floating",
		"20240106 floating", "20240107T100000 Asia/Tokyo", "20240108T100000 Asia/Tokyo", "20240109T000000 Asia/Tokyo", "20240110T100000 floating"}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %s, want %s", got[i], want[i])
		}
	}
	periods, err := o.Periods(o.Master().Prop("RDATE"))
	if err != nil || len(periods) != 2 || periods[0].End.String() != "20240107T110000" || periods[1].End.String() != "20240108T113000" {
		t.Errorf("got %v, %v", periods, err)
	}
	if _, err := o.DateTimes(&Property{Name: "CREATED", Value: "yesterday"}); err == nil {
		t.Error("no error")
	}
	if _, err := o.Periods(&Property{Name: "FREEBUSY", Value: "20240101T000000Z"}); err == nil {
		t.Error("no error")
	}
}
