package ical

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// rfcExamples are the examples of RFC 5545 section 3.8.5.3, in its order. want is "199709:2,4-6": days of September 1997, at
// the time of day of DTSTART; or "19970902T0900,0920" with times of one day. An endless rule is compared as far as it is listed.
var rfcExamples = []struct {
	name, start string
	rules       []string // each of them gives the same
	want        string
	endless     bool
}{
	{"daily for 10 occurrences", "19970902T090000", []string{"FREQ=DAILY;COUNT=10"}, "199709:2-11", false},
	{"daily until December 24, 1997", "19970902T090000", []string{"FREQ=DAILY;UNTIL=19971224T000000Z"},
		"199709:2-30 199710:1-31 199711:1-30 199712:1-23", false},
	{"every other day, forever", "19970902T090000", []string{"FREQ=DAILY;INTERVAL=2"},
		"199709:2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 199710:2,4,6,8,10,12,14,16,18,20,22,24,26,28,30 " +
			"199711:1,3,5,7,9,11,13,15,17,19,21,23,25,27,29 199712:1,3", true},
	{"every 10 days, 5 occurrences", "19970902T090000", []string{"FREQ=DAILY;INTERVAL=10;COUNT=5"},
		"199709:2,12,22 199710:2,12", false},
	{"every day in January, for 3 years", "19980101T090000", []string{
		"FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
		"FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
	}, "199801:1-31 199901:1-31 200001:1-31", false},
	{"weekly for 10 occurrences", "19970902T090000", []string{"FREQ=WEEKLY;COUNT=10"},
		"199709:2,9,16,23,30 199710:7,14,21,28 199711:4", false},
	{"weekly until December 24, 1997", "19970902T090000", []string{"FREQ=WEEKLY;UNTIL=19971224T000000Z"},
		"199709:2,9,16,23,30 199710:7,14,21,28 199711:4,11,18,25 199712:2,9,16,23", false},
	{"every other week, forever", "19970902T090000", []string{"FREQ=WEEKLY;INTERVAL=2;WKST=SU"},
		"199709:2,16,30 199710:14,28 199711:11,25 199712:9,23 199801:6,20 199802:3,17", true},
	{"weekly on Tuesday and Thursday for five weeks", "19970902T090000", []string{
		"FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
	}, "199709:2,4,9,11,16,18,23,25,30 199710:2", false},
	{"every other week on Monday, Wednesday and Friday until December 24, 1997", "19970901T090000",
		[]string{"FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR"},
		"199709:1,3,5,15,17,19,29 199710:1,3,13,15,17,27,29,31 199711:10,12,14,24,26,28 199712:8,10,12,22", false},
	{"every other week on Tuesday and Thursday, for 8 occurrences", "19970902T090000",
		[]string{"FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH"}, "199709:2,4,16,18,30 199710:2,14,16", false},
	{"monthly on the first Friday for 10 occurrences", "19970905T090000", []string{"FREQ=MONTHLY;COUNT=10;BYDAY=1FR"},
		"199709:5 199710:3 199711:7 199712:5 199801:2 199802:6 199803:6 199804:3 199805:1 199806:5", false},
	{"monthly on the first Friday until December 24, 1997", "19970905T090000",
		[]string{"FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR"}, "199709:5 199710:3 199711:7 199712:5", false},
	{"every other month on the first and last Sunday for 10 occurrences", "19970907T090000",
		[]string{"FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU"},
		"199709:7,28 199711:2,30 199801:4,25 199803:1,29 199805:3,31", false},
	{"monthly on the second-to-last Monday for 6 months", "19970922T090000", []string{"FREQ=MONTHLY;COUNT=6;BYDAY=-2MO"},
		"199709:22 199710:20 199711:17 199712:22 199801:19 199802:16", false},
	{"monthly on the third-to-the-last day, forever", "19970928T090000", []string{"FREQ=MONTHLY;BYMONTHDAY=-3"},
		"199709:28 199710:29 199711:28 199712:29 199801:29 199802:26", true},
	{"monthly on the 2nd and 15th for 10 occurrences", "19970902T090000", []string{"FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15"},
		"199709:2,15 199710:2,15 199711:2,15 199712:2,15 199801:2,15", false},
	{"monthly on the first and last day for 10 occurrences", "19970930T090000",
		[]string{"FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1"}, "199709:30 199710:1,31 199711:1,30 199712:1,31 199801:1,31 199802:1", false},
	{"every 18 months on the 10th thru 15th for 10 occurrences", "19970910T090000",
		[]string{"FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15"}, "199709:10-15 199903:10-13", false},
	{"every Tuesday, every other month", "19970902T090000", []string{"FREQ=MONTHLY;INTERVAL=2;BYDAY=TU"},
		"199709:2,9,16,23,30 199711:4,11,18,25 199801:6,13,20,27 199803:3,10,17,24,31", true},
	{"yearly in June and July for 10 occurrences", "19970610T090000", []string{"FREQ=YEARLY;COUNT=10;BYMONTH=6,7"},
		"199706:10 199707:10 199806:10 199807:10 199906:10 199907:10 200006:10 200007:10 200106:10 200107:10", false},
	{"every other year on January, February and March for 10 occurrences", "19970310T090000",
		[]string{"FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3"},
		"199703:10 199901:10 199902:10 199903:10 200101:10 200102:10 200103:10 200301:10 200302:10 200303:10", false},
	{"every third year on the 1st, 100th and 200th day for 10 occurrences", "19970101T090000",
		[]string{"FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200"},
		"199701:1 199704:10 199707:19 200001:1 200004:9 200007:18 200301:1 200304:10 200307:19 200601:1", false},
	{"every 20th Monday of the year, forever", "19970519T090000", []string{"FREQ=YEARLY;BYDAY=20MO"},
		"199705:19 199805:18 199905:17", true},
	{"Monday of week number 20, forever", "19970512T090000", []string{"FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"},
		"199705:12 199805:11 199905:17", true},
	{"every Thursday in March, forever", "19970313T090000", []string{"FREQ=YEARLY;BYMONTH=3;BYDAY=TH"},
		"199703:13,20,27 199803:5,12,19,26 199903:4,11,18,25", true},
	{"every Thursday, but only during June, July and August, forever", "19970605T090000",
		[]string{"FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8"},
		"199706:5,12,19,26 199707:3,10,17,24,31 199708:7,14,21,28 199806:4,11,18,25 199807:2,9,16,23,30 " +
			"199808:6,13,20,27 199906:3,10,17,24 199907:1,8,15,22,29 199908:5,12,19,26", true},
	{"every Friday the 13th, forever (after DTSTART)", "19970902T090000", []string{"FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13"},
		"199709:2 199802:13 199803:13 199811:13 199908:13 200010:13", true},
	{"the first Saturday that follows the first Sunday of the month, forever", "19970913T090000",
		[]string{"FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13"},
		"199709:13 199710:11 199711:8 199712:13 199801:10 199802:7 199803:7 199804:11 199805:9 199806:13", true},
	{"U.S. Presidential Election day, forever", "19961105T090000",
		[]string{"FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8"}, "199611:5 200011:7 200411:2", true},
	{"the third instance of Tuesday, Wednesday or Thursday, for 3 months", "19970904T090000",
		[]string{"FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3"}, "199709:4 199710:7 199711:6", false},
	{"the second-to-last weekday of the month", "19970929T090000", []string{"FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2"},
		"199709:29 199710:30 199711:27 199712:30 199801:29 199802:26 199803:30", true},
	// The RFC has UNTIL=19970902T170000Z here, which is 13:00 in New York (erratum 3883).
	{"every 3 hours from 9:00 AM to 5:00 PM on a specific day", "19970902T090000",
		[]string{"FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z"}, "19970902T0900,1200,1500", false},
	{"every 15 minutes for 6 occurrences", "19970902T090000", []string{"FREQ=MINUTELY;INTERVAL=15;COUNT=6"},
		"19970902T0900,0915,0930,0945,1000,1015", false},
	{"every hour and a half for 4 occurrences", "19970902T090000", []string{"FREQ=MINUTELY;INTERVAL=90;COUNT=4"},
		"19970902T0900,1030,1200,1330", false},
	{"every 20 minutes from 9:00 AM to 4:40 PM every day", "19970902T090000", []string{
		"FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40", "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
	}, everyTwentyMinutes("19970902") + " " + everyTwentyMinutes("19970903"), true},
	{"week start Monday", "19970805T090000", []string{"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO"},
		"199708:5,10,19,24", false},
	{"week start Sunday", "19970805T090000", []string{"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU"},
		"199708:5,17,19,31", false},
	{"an invalid date (February 30) is ignored", "20070115T090000", []string{"FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5"},
		"200701:15,30 200702:15 200703:15,30", false},
}

func everyTwentyMinutes(day string) string {
	var times []string
	for hour := 9; hour <= 16; hour++ {
		for minute := 0; minute < 60; minute += 20 {
			times = append(times, fmt.Sprintf("%02d%02d", hour, minute))
		}
	}
	return day + "T" + strings.Join(times, ",")
}

// days expands the notation of rfcExamples into "19970902T0900".
func days(t *testing.T, start, notation string) (list []string) {
	t.Helper()
	for word := range strings.FieldsSeq(notation) {
		if day, times, ok := strings.Cut(word, "T"); ok {
			for _, clock := range strings.Split(times, ",") {
				list = append(list, day+"T"+clock)
			}
			continue
		}
		month, numbers, _ := strings.Cut(word, ":")
		for _, item := range strings.Split(numbers, ",") {
			low, high, ranged := strings.Cut(item, "-")
			if !ranged {
				high = low
			}
			from, err1 := strconv.Atoi(low)
			to, err2 := strconv.Atoi(high)
			if err1 != nil || err2 != nil {
				t.Fatalf("bad notation %q", word)
			}
			for n := from; n <= to; n++ {
				list = append(list, fmt.Sprintf("%s%02d%s", month, n, start[8:13]))
			}
		}
	}
	return list
}

func TestRFCExamples(t *testing.T) {
	york, ok := ZoneByName("America/New_York")
	if !ok {
		t.Fatal("no zone America/New_York")
	}
	for _, c := range rfcExamples {
		want := days(t, c.start, c.want)
		for _, rule := range c.rules {
			o := object(t, event("UID:1", "DTSTART;TZID=America/New_York:"+c.start, "RRULE:"+rule))
			r := Range{}
			if c.endless {
				last, err := time.ParseInLocation("20060102T1504", want[len(want)-1], york)
				if err != nil {
					t.Fatal(err)
				}
				r.End = last.Add(time.Second)
			}
			var got []string
			for _, i := range instances(t, o, r, nil) {
				got = append(got, i.Start.In(york).Format("20060102T1504"))
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %s\n got %v\nwant %v", c.name, rule, got, want)
			}
		}
	}
}

// object parses raw.
func object(t rapid.TB, raw []byte) *Object {
	t.Helper()
	o, err := ParseObject(raw, Limits{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	return o
}

// instances returns those of o that overlap r.
func instances(t testing.TB, o *Object, r Range, floating *time.Location) []Instance {
	t.Helper()
	list, err := o.Instances(t.Context(), r, floating, ExpandLimits{})
	if err != nil {
		t.Fatalf("%v in\n%s", err, o.Raw())
	}
	return list
}
