package ical

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCheckDensity(t *testing.T) {
	for _, c := range []struct {
		rule  string
		dense bool
	}{
		{"FREQ=SECONDLY", true},
		{"FREQ=secondly", true},
		{"FREQ=SECONDLY;UNTIL=29991231T000000Z", true},
		{"FREQ=SECONDLY;COUNT=999999999", true},
		{"FREQ=SECONDLY;COUNT=1000", false},
		{"FREQ=MINUTELY", true},
		{"FREQ=MINUTELY;UNTIL=20260101T120000Z", false},
		{"FREQ=MINUTELY;BYSECOND=0,10,20,30,40,50", true},
		{"FREQ=HOURLY", false},
		{"FREQ=DAILY;BYHOUR=0,4,8,12,16,20;BYMINUTE=0,10,20,30,40,50", true},
		{"FREQ=DAILY;BYHOUR=9,17", false},
		{"FREQ=DAILY", false},
		{"FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", false},
	} {
		o, err := ParseObject([]byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260101T000000Z\r\nRRULE:"+c.rule+
			"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		err = o.CheckDensity(t.Context(), 10_000, time.UTC)
		var e *Error
		if got := errors.As(err, &e) && e.Problem == TooManyInstances && strings.Contains(err.Error(), "line 5: RRULE"); got != c.dense {
			t.Errorf("%s: %v, want dense %v", c.rule, err, c.dense)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s took %s", c.rule, took)
		}
	}
}
