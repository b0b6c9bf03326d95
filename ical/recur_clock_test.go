package ical

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// zone returns the location called name.
func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, ok := ZoneByName(name)
	if !ok {
		t.Fatalf("no zone %s", name)
	}
	return loc
}

// gapTests are rules whose clocks meet changes of offset. want lists the instances with what the clock shows and the offset.
var gapTests = []struct {
	name, zone, start, rule, want string
}{
	{"Berlin, spring: 02:30 does not exist and is not counted (RFC 5545 section 3.3.10)", "Europe/Berlin",
		"20240330T023000", "FREQ=DAILY;COUNT=3", "0330T0230+01 0401T0230+02 0402T0230+02"},
	{"Berlin, autumn: 02:30 happens twice, the first counts", "Europe/Berlin",
		"20241026T023000", "FREQ=DAILY;COUNT=3", "1026T0230+02 1027T0230+02 1028T0230+01"},
	{"Berlin, spring: 03:00 is the first clock after the gap", "Europe/Berlin",
		"20240330T030000", "FREQ=DAILY;COUNT=3", "0330T0300+01 0331T0300+02 0401T0300+02"},
	{"Berlin, spring: by the hour", "Europe/Berlin",
		"20240331T000000", "FREQ=HOURLY;COUNT=5", "0331T0000+01 0331T0100+01 0331T0300+02 0331T0400+02 0331T0500+02"},
	{"Berlin, autumn: by the hour the second 02:00 is left out", "Europe/Berlin",
		"20241027T000000", "FREQ=HOURLY;COUNT=5", "1027T0000+02 1027T0100+02 1027T0200+02 1027T0300+01 1027T0400+01"},
	{"Berlin: DTSTART in the gap is the first instance, with the offset before", "Europe/Berlin",
		"20240331T023000", "FREQ=DAILY;COUNT=2", "0331T0330+02 0401T0230+02"},
	{"New York, spring", "America/New_York",
		"20240309T020000", "FREQ=DAILY;COUNT=3", "0309T0200-05 0311T0200-04 0312T0200-04"},
	{"New York, autumn, every 30 minutes", "America/New_York",
		"20241103T003000", "FREQ=MINUTELY;INTERVAL=30;COUNT=5", "1103T0030-04 1103T0100-04 1103T0130-04 1103T0200-05 1103T0230-05"},
	{"Lord Howe, spring: half an hour from 02:00 is skipped", "Australia/Lord_Howe",
		"20241006T013000", "FREQ=MINUTELY;INTERVAL=15;COUNT=5", "1006T0130+1030 1006T0145+1030 1006T0230+11 1006T0245+11 1006T0300+11"},
	{"Lord Howe, autumn: half an hour from 01:30 comes twice", "Australia/Lord_Howe",
		"20240407T011500", "FREQ=MINUTELY;INTERVAL=15;COUNT=5", "0407T0115+11 0407T0130+11 0407T0145+11 0407T0200+1030 0407T0215+1030"},
	{"Apia: 30 December 2011 does not exist", "Pacific/Apia",
		"20111228T100000", "FREQ=DAILY;COUNT=4", "1228T1000-10 1229T1000-10 1231T1000+14 0101T1000+14"},
	{"Apia, weekly on the day that does not exist", "Pacific/Apia",
		"20111223T100000", "FREQ=WEEKLY;COUNT=3", "1223T1000-10 0106T1000+14 0113T1000+14"},
	{"UTC has no gaps", "UTC", "20240330T023000", "FREQ=DAILY;COUNT=3", "0330T0230Z 0331T0230Z 0401T0230Z"},
}

func TestGaps(t *testing.T) {
	for _, c := range gapTests {
		o := object(t, event("UID:1", "DTSTART;TZID="+c.zone+":"+c.start, "RRULE:"+c.rule))
		loc := zone(t, c.zone)
		var got []string
		for _, i := range instances(t, o, Range{}, nil) {
			s := i.Start.In(loc).Format("0102T1504Z0700")
			got = append(got, strings.TrimSuffix(s, "00"))
			if c.zone == "UTC" {
				got[len(got)-1] = s
			}
		}
		if want := strings.Fields(c.want); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", c.name, got, want)
		}
	}
}

// TestFloatingHasNoGaps: a floating time belongs to no zone, so none of its clocks is skipped.
func TestFloatingHasNoGaps(t *testing.T) {
	o := object(t, event("UID:1", "DTSTART:20240330T023000", "RRULE:FREQ=DAILY;COUNT=3"))
	var got []string
	for _, i := range instances(t, o, Range{}, zone(t, "Europe/Berlin")) {
		got = append(got, i.RecurrenceID.String()+"="+i.Start.Format("150405Z"))
	}
	want := []string{"20240330T023000=013000Z", "20240331T023000=013000Z", "20240401T023000=003000Z"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

var clockZones = []string{
	"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/Sao_Paulo", "Africa/Casablanca",
	"Asia/Kathmandu", "Antarctica/Troll", "Europe/Dublin", "America/St_Johns", "Asia/Pyongyang", "Africa/Monrovia",
}

// TestClockIsIn: the clock, asked in any order, says what DateTime.In says, and says that a clock is skipped exactly when the
// zone never shows it.
func TestClockIsIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(clockZones).Draw(t, "zone")
		loc, _ := ZoneByName(name)
		c := newClock(loc)
		at := rapid.Int64Range(-3e9, 8e9).Draw(t, "start")
		for range rapid.IntRange(1, 60).Draw(t, "n") {
			at += rapid.SampledFrom([]int64{0, 600, 1800, 3600, 7 * 1800, daySeconds, 40 * daySeconds, -daySeconds, -200 * daySeconds}).Draw(t, "by")
			if rapid.IntRange(0, 3).Draw(t, "edge") == 0 { // to a change of offset
				if _, end := time.Unix(at, 0).In(loc).ZoneBounds(); !end.IsZero() {
					_, offset := end.Zone()
					at = end.Unix() + int64(offset) + rapid.Int64Range(-7300, 7300).Draw(t, "around")
				}
			}
			got, exists := c.unix(at)
			want := DateTime{Wall: time.Unix(at, 0).UTC(), Zone: loc}.In(nil)
			shown := wallOf(want, loc).Unix() == at
			if got != want.Unix() || exists != shown {
				t.Fatalf("%s shows %v: got %v, %v, want %v, %v", name, time.Unix(at, 0).UTC(), time.Unix(got, 0).UTC(), exists, want.UTC(), shown)
			}
			if wall := c.wall(got); wall != wallOf(want, loc).Unix() {
				t.Fatalf("%s at %v: got %v, want %v", name, want.UTC(), time.Unix(wall, 0).UTC(), wallOf(want, loc))
			}
		}
	})
}

// TestManyCounted: skipping many starts at once gives what looking at each of them gives.
func TestManyCounted(t *testing.T) {
	for _, freq := range []string{"SECONDLY;INTERVAL=1800", "MINUTELY;INTERVAL=30", "HOURLY", "DAILY", "WEEKLY"} {
		for _, name := range []string{"UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"} {
			raw := event("UID:1", "DTSTART;TZID="+name+":19900101T020000", "RRULE:FREQ="+freq+";COUNT=9000")
			o := object(t, raw)
			all := instances(t, o, Range{}, nil)
			if len(all) != 9000 {
				t.Fatalf("%s in %s: %d instances", freq, name, len(all))
			}
			for _, n := range []int{0, 1, 400, 600, 4321, 8998, 8999} {
				late := instances(t, o, Range{Start: all[n].Start}, nil)
				if len(late) != 9000-n || !late[0].Start.Equal(all[n].Start) {
					t.Errorf("%s in %s, after %d: %d instances from %v, want them from %v", freq, name, n, len(late), late[0].Start, all[n].Start)
				}
			}
			if late := instances(t, o, Range{Start: all[8999].Start.Add(time.Second)}, nil); len(late) > 0 {
				t.Errorf("%s in %s: %d instances after the last", freq, name, len(late))
			}
		}
	}
}

// TestFloatingInGap: where a floating clock is skipped, a later clock may be an earlier instant; both are found.
func TestFloatingInGap(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	o := object(t, event("UID:1", "DTSTART:20240331T023000", "DURATION:PT1S", "RRULE:FREQ=MINUTELY;INTERVAL=30;COUNT=3", "EXDATE:20240331T033000"))
	for within, want := range map[string]string{
		"/":                                 "010000 013000",
		"20240331T013000Z/20240331T013001Z": "013000",
		"20240331T010000Z/20240331T010001Z": "010000",
	} {
		var got []string
		for _, i := range instances(t, o, rangeOf(t, within), berlin) {
			got = append(got, i.Start.Format("150405"))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: got %v, want %s", within, got, want)
		}
	}
}
