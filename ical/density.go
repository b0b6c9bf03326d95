package ical

import (
	"context"
	"strings"
	"time"
)

// CheckDensity returns an *Error of TooManyInstances if the object recurs more than most times within the year that follows its
// DTSTART: an event every second is a mistake or an attack (CALDAV:max-instances, RFC 4791 section 5.2.8). Floating times are taken in
// floating. Rules that look at days only are never that dense, and cost nothing here.
func (o *Object) CheckDensity(ctx context.Context, most int, floating *time.Location) error {
	master := o.Master()
	if master == nil || !looksAtClock(master) {
		return nil
	}
	s, err := o.series(floating)
	if err != nil || s.master == nil || !s.master.placed {
		return err
	}
	start := s.master.start.In(floating)
	found := 0
	err = s.each(ctx, spanOf(Range{start, start.AddDate(1, 0, 0)}), ExpandLimits{MaxInstances: most + 1}, func(*occurrence) bool {
		found++
		return found <= most
	})
	if found > most {
		return fail(TooManyInstances, master.Prop("RRULE").Line, "RRULE: more than %d instances within a year", most)
	}
	return ctxError(ctx, err)
}

// ctxError passes on that ctx has ended. A rule that takes long to give little is not dense.
func ctxError(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return err
	}
	return nil
}

// looksAtClock says whether a rule of the component can give several instances a day.
func looksAtClock(c *Component) bool {
	for p := range c.AllProps("RRULE") {
		rule := strings.ToUpper(p.Value)
		for _, part := range [...]string{"SECOND", "MINUT", "HOUR"} { // of FREQ=SECONDLY as well as of BYSECOND
			if strings.Contains(rule, part) {
				return true
			}
		}
	}
	return false
}
