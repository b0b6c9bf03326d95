package itip

import (
	"fmt"
	"testing"
	"time"
)

// TestHas asks for instances one by one, then for so many that they are worked out by the span, and for more than a span holds.
func TestHas(t *testing.T) {
	at := func(i int) Instance { return Instance{time.Date(2026, 3, 2, 9, i, 0, 0, time.UTC).Unix(), instantKind} }
	for _, rule := range []string{"FREQ=MINUTELY;INTERVAL=2", "FREQ=MINUTELY;INTERVAL=2;COUNT=50000"} {
		o := read(object1(t, cal(replace(weekly, "FREQ=WEEKLY;COUNT=4", rule)+"ann|EXDATE:20260302T090400Z")))
		for _, i := range []int{0, 1, 2, 4, 1000, 1001, 60_000, 60_001, 99_998, 99_999, 100_000} {
			for n := range 30 {
				want := (i+n)%2 == 0 && i+n != 4 && (i+n < 100_000 || rule == "FREQ=MINUTELY;INTERVAL=2")
				if got := o.has(at(i + n)); got != want {
					t.Errorf("%s: minute %d: %v", rule, i+n, got)
				}
			}
		}
		if len(o.spans) < 2 || len(o.spans) > mostSpans {
			t.Errorf("%s: %d spans", rule, len(o.spans))
		}
	}
}

// TestHasIsBounded asks for far too many instances.
func TestHasIsBounded(t *testing.T) {
	o := read(object1(t, cal(replace(weekly, "FREQ=WEEKLY;COUNT=4", "FREQ=MINUTELY")+"ann")))
	started := time.Now()
	for i := range 2000 {
		o.has(Instance{time.Date(2026, 3, 2+30*i, 9, 0, 0, 0, time.UTC).Unix(), instantKind})
	}
	if len(o.spans) != mostSpans || time.Since(started) > 10*time.Second {
		t.Errorf("%d spans in %v", len(o.spans), time.Since(started))
	}
}

func TestRescheduled(t *testing.T) {
	series := func(rule string) *object {
		return read(object1(t, cal(replace(weekly, "FREQ=WEEKLY;COUNT=4", rule)+"ann")))
	}
	for _, test := range []struct {
		before, after string
		want          bool
	}{
		{"FREQ=DAILY;COUNT=4", "FREQ=DAILY;COUNT=3", false},
		{"FREQ=DAILY;COUNT=4", "FREQ=DAILY;COUNT=5", true},
		{"FREQ=DAILY", "FREQ=DAILY;COUNT=5", false},
		{"FREQ=DAILY;COUNT=5", "FREQ=DAILY", true},
		{"FREQ=DAILY;COUNT=5", "FREQ=DAILY;UNTIL=20260305T090000Z", false},
		{"FREQ=DAILY;COUNT=5", "FREQ=DAILY;UNTIL=20260307T090000Z", true},
		{"FREQ=DAILY", "FREQ=WEEKLY", false},
		{"FREQ=WEEKLY", "FREQ=DAILY", true},
		{"FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", false},
		{"FREQ=DAILY;COUNT=600", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=600", false},
		{"FREQ=DAILY;COUNT=600", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;COUNT=601", true},
		{"FREQ=DAILY;COUNT=5000", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU", true},
	} {
		t.Run(fmt.Sprint(test.before, " ", test.after), func(t *testing.T) {
			if got := rescheduled(series(test.before), series(test.after), nil); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
