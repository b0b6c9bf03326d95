package scheduling

import (
	"context"
	"errors"
	"strings"
	"time"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/scheduling/policy"
	"convene/store"
)

// bookAhead is how far ahead of now endless series are booked. ExtendBookings carries that on.
const bookAhead = 2 * 366 * 24 * time.Hour

// maxBooked bounds the instances of one series that are booked.
const maxBooked = 3000

// visit is an instance of somebody's copy.
type visit struct {
	id    itip.Instance
	slot  policy.Slot
	part  *ical.Component // what describes it
	date  bool            // it begins with a day
	state string          // the answer of the owner of the copy: "NEEDS-ACTION", "ACCEPTED"...; "" if it is none of the owner's business
}

// visits are the instances of a copy that are not over, or all if none is to come, as far as they are booked.
type visits struct {
	list    []visit
	from    time.Time // instances that ended before are left alone; zero: there are none
	recurs  bool
	endless bool
	last    time.Time // start of the last one known
	crowded bool      // there are more than maxBooked
}

// visits reads the instances of the copy of somebody, those that end after since.
func (w *Work) visits(ctx context.Context, owner *store.Principal, cal *ical.Object, zone *time.Location, since time.Time) (*visits, error) {
	v := &visits{from: since, recurs: recurs(cal)}
	window := ical.Range{Start: since, End: w.Tx.Now().Add(bookAhead)}
	found, err := cal.Instances(ctx, window, zone, ical.ExpandLimits{MaxInstances: maxBooked})
	if tooMany(err) {
		v.crowded, err = true, nil
	}
	if err == nil && len(found) == 0 {
		found, err = v.elsewhen(ctx, cal, zone)
	}
	if err != nil {
		return nil, err
	}
	for _, i := range found {
		if i.Start.IsZero() {
			continue
		}
		x := visit{slot: policy.Slot{Start: i.Start, End: i.End}, part: i.Part, date: i.Date, state: w.stateOf(owner, i.Part)}
		if v.recurs {
			x.id = itip.InstanceOf(cal, i.RecurrenceID)
		}
		v.list = append(v.list, x)
		v.last = i.Start
	}
	if v.endless = endless(cal); !v.endless && v.recurs { // it may go on beyond what is booked now
		beyond, err := cal.Instances(ctx, ical.Range{Start: window.End}, zone, ical.ExpandLimits{MaxInstances: maxBooked})
		if err != nil && !tooMany(err) {
			return nil, err
		}
		if n := len(beyond); n > 0 && beyond[n-1].Start.After(v.last) {
			v.last = beyond[n-1].Start
		}
	}
	return v, nil
}

// elsewhen finds the instances of what has none within reach: the next ones if they are far off, else those that are over.
func (v *visits) elsewhen(ctx context.Context, cal *ical.Object, zone *time.Location) (found []ical.Instance, err error) {
	for _, r := range [...]ical.Range{{Start: v.from}, {End: v.from}} {
		found, err = cal.Instances(ctx, r, zone, ical.ExpandLimits{MaxInstances: 100})
		if tooMany(err) {
			err = nil
		}
		if err != nil || len(found) > 0 {
			break
		}
	}
	if len(found) > 0 && found[0].Start.Before(v.from) {
		v.from = time.Time{}
	}
	return found, err
}

func tooMany(err error) bool {
	var bad *ical.Error
	return errors.As(err, &bad) && bad.Problem == ical.TooManyInstances
}

// recurs says whether the object is a series, or instances of one.
func recurs(cal *ical.Object) bool {
	m := cal.Master()
	return m == nil || len(cal.Parts) > 1 || m.Prop("RRULE") != nil || m.Prop("RDATE") != nil
}

// endless says whether a rule of the series has no end.
func endless(cal *ical.Object) bool {
	m := cal.Master()
	if m == nil {
		return false
	}
	for p := range m.AllProps("RRULE") {
		if r, err := ical.ParseRule(p.Value); err == nil && !r.Finite() {
			return true
		}
	}
	return false
}

// stateOf is what the owner of a copy has answered in a component of it. What nobody else organizes takes its time unless it is transparent.
func (w *Work) stateOf(owner *store.Principal, c *ical.Component) string {
	if status := c.Prop("STATUS"); status != nil && strings.EqualFold(strings.TrimSpace(status.Value), "CANCELLED") {
		return ""
	}
	if organizer := c.Prop("ORGANIZER"); organizer == nil || w.is(owner, organizer) {
		if p := c.Prop("TRANSP"); p != nil && strings.EqualFold(strings.TrimSpace(p.Value), "TRANSPARENT") {
			return ""
		}
		return "ACCEPTED"
	}
	own := w.invitation(owner, c)
	if own == nil {
		return ""
	}
	if status := strings.ToUpper(own.Param("PARTSTAT")); status != "" {
		return status
	}
	return "NEEDS-ACTION"
}

// invitation is the ATTENDEE of somebody in a component, nil if there is none.
func (w *Work) invitation(owner *store.Principal, c *ical.Component) *ical.Property {
	for p := range c.AllProps("ATTENDEE") {
		if w.is(owner, p) {
			return p
		}
	}
	return nil
}

// is says whether an ORGANIZER or ATTENDEE is somebody.
func (w *Work) is(owner *store.Principal, p *ical.Property) bool {
	if owner.Is(p.Value) {
		return true
	}
	email := p.Param("EMAIL")
	return email != "" && owner.Is(email)
}
