package store_test

import (
	"testing"
	"time"

	"convene/ical"
	"convene/store"
	"convene/store/storetest"
)

// What has to be verified, and what comes with its data.
func TestQueryRangeVerify(t *testing.T) {
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return begin }})
	coll := newUser(t, db, "ann").Collection("Default")
	text := func(lines string) string {
		return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:u" + lines[8:12] + "\r\nDTSTAMP:20270101T000000Z\r\n" +
			lines + "\r\nDURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	}
	put(t, db, coll,
		newObject(t, "once.ics", text("DTSTART:20270310T100000Z"), coll, begin),
		newObject(t, "forever.ics", text("DTSTART:20200310T100000Z\r\nRRULE:FREQ=MONTHLY"), coll, begin),
		newObject(t, "floating.ics", text("DTSTART:20260301T100000\r\nRRULE:FREQ=MONTHLY"), coll, begin))
	day := func(year, month, day int) time.Time {
		return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	}
	for _, test := range []struct {
		name     string
		r        ical.Range
		widen    bool
		withData bool
		want     map[string]bool // by name whether to verify
		data     []string
	}{
		{"a day of both", ical.Range{Start: day(2027, 3, 10), End: day(2027, 3, 11)}, false, false, map[string]bool{"once.ics": false, "forever.ics": false}, nil},
		{"with data", ical.Range{Start: day(2027, 3, 10), End: day(2027, 3, 11)}, false, true, map[string]bool{"once.ics": false, "forever.ics": false}, []string{"once.ics", "forever.ics"}},
		{"from now on", ical.Range{Start: day(2027, 3, 1)}, false, false, map[string]bool{"once.ics": false, "forever.ics": false, "floating.ics": false}, nil},
		{"up to now", ical.Range{End: day(2027, 3, 1)}, false, false, map[string]bool{"forever.ics": false, "floating.ics": false}, nil},
		{"in ten years", ical.Range{Start: day(2037, 3, 10), End: day(2037, 3, 11)}, false, false, map[string]bool{"forever.ics": true, "floating.ics": true}, []string{"forever.ics", "floating.ics"}},
		{"from then on", ical.Range{Start: day(2037, 3, 10)}, false, false, map[string]bool{"forever.ics": true, "floating.ics": true}, []string{"forever.ics", "floating.ics"}},
		{"in another zone", ical.Range{Start: day(2027, 3, 10), End: day(2027, 3, 11)}, true, false, map[string]bool{"once.ics": false, "forever.ics": false}, nil},
		{"in another zone, near what floats", ical.Range{Start: day(2027, 4, 2), End: day(2027, 4, 3)}, true, false, map[string]bool{"floating.ics": true}, []string{"floating.ics"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := map[string]bool{}
			err := db.QueryRange(t.Context(), coll, store.RangeQuery{Component: "VEVENT", Range: test.r, Widen: test.widen, WithData: test.withData}, func(o *store.Object, verify bool) error {
				got[o.Name] = verify
				wanted := false
				for _, name := range test.data {
					wanted = wanted || name == o.Name
				}
				if (o.Data != nil) != wanted || wanted && len(o.Data) != o.Size {
					t.Errorf("%s comes with %d bytes, wanted: %v", o.Name, len(o.Data), wanted)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(test.want) {
				t.Errorf("found %v, want %v", got, test.want)
			}
			for name, verify := range test.want {
				if v, ok := got[name]; !ok || v != verify {
					t.Errorf("%s: found %v, to verify %v, want %v", name, ok, v, verify)
				}
			}
		})
	}
}
