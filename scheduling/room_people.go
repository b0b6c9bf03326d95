package scheduling

import (
	"context"

	"convene/ical"
	"convene/scheduling/policy"
	"convene/store"
)

// lookClosed finds when the owner of the calendar is not available within a window (CALDAV:calendar-availability, RFC 7953 section 7.2.2).
func (d *desk) lookClosed(ctx context.Context, window policy.Slot) error {
	inbox := d.home.Inbox()
	if inbox == nil || inbox.Availability == "" || !window.Start.Before(window.End) {
		return nil
	}
	obj, err := ical.ParseAvailability([]byte(inbox.Availability), ical.StoredLimits)
	if err != nil {
		d.w.e.log.WarnContext(ctx, "a stored CALDAV:calendar-availability cannot be read", "principal", d.home.Owner.Name, "error", err)
		return nil
	}
	return d.close(ctx, []ical.Availability{{Object: obj, Zone: inbox.Zone}}, window)
}

func (d *desk) close(ctx context.Context, all []ical.Availability, window policy.Slot) error {
	busy, tentative, unavailable, err := ical.Unavailable(ctx, all, ical.Range(window))
	for _, list := range [][]ical.Range{busy, tentative, unavailable} {
		for _, r := range list {
			d.closed = append(d.closed, policy.Slot(r))
		}
	}
	return err
}

// lookBusy finds when a person has no time: by its own calendars that count for free/busy, without this event.
func (d *desk) lookBusy(ctx context.Context, during []ical.Range) error {
	if len(during) == 0 {
		return nil
	}
	window := policy.Slot{Start: during[0].Start, End: during[0].End}
	for _, r := range during {
		if r.Start.Before(window.Start) {
			window.Start = r.Start
		}
		if r.End.After(window.End) {
			window.End = r.End
		}
	}
	var found []*store.Object
	if err := d.w.Tx.ObjectsDuring(ctx, d.home.Owner.ID, during, func(o *store.Object) error {
		if o.UID != d.cal.UID && !d.home.CollectionByID(o.Collection).Transparent {
			found = append(found, o)
		}
		return nil
	}); err != nil {
		return err
	}
	for _, o := range found {
		if err := d.addBusy(ctx, o, window); err != nil {
			return err
		}
	}
	return nil
}

// addBusy adds the time that one object takes. What cannot be read takes none.
func (d *desk) addBusy(ctx context.Context, o *store.Object, window policy.Slot) error {
	zone := d.home.CollectionByID(o.Collection).Zone
	obj, err := ical.ParseObject(o.Data, ical.StoredLimits)
	if err != nil {
		d.w.e.log.WarnContext(ctx, "a stored object cannot be read", "collection", o.Collection, "name", o.Name, "error", err)
		return nil
	}
	if obj.Component == "VAVAILABILITY" {
		return d.close(ctx, []ical.Availability{{Object: obj, Zone: zone}}, window)
	}
	busy, tentative, unavailable, err := obj.BusyIn(ctx, ical.Range(window), zone, d.home.Owner.Is)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && !tooMany(err) {
		d.w.e.log.WarnContext(ctx, "a stored object cannot be read", "collection", o.Collection, "name", o.Name, "error", err)
	}
	for _, list := range [][]ical.Range{busy, tentative, unavailable} {
		for _, r := range list {
			d.closed = append(d.closed, policy.Slot(r))
		}
	}
	return nil
}
