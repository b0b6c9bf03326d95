package itip

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"convene/ical"
)

// Instance names a component among those of its object, as RECURRENCE-ID does, however that is written. The zero value is the
// master: the component without RECURRENCE-ID.
type Instance struct {
	at   int64 // seconds since 1970: the instant, or for floating times and dates the clock
	kind instanceKind
}

type instanceKind uint8

const (
	masterKind instanceKind = iota
	dateKind
	floatingKind
	instantKind
)

// Master is the instance that stands for the series, or for all of what does not recur.
var Master = Instance{}

// String returns the value as RECURRENCE-ID has it, in UTC if it has a zone; "" for the master.
func (i Instance) String() string {
	switch i.kind {
	case masterKind:
		return ""
	case dateKind:
		return time.Unix(i.at, 0).UTC().Format("20060102")
	case floatingKind:
		return time.Unix(i.at, 0).UTC().Format("20060102T150405")
	}
	return time.Unix(i.at, 0).UTC().Format("20060102T150405Z")
}

// instanceOf returns the instance that d means in a series that starts at start (zero: not known). A type other than that of start
// is taken as clients mean it: its day if start is a DATE, the time of day of start if only d is a DATE, the zone of start if d has
// none.
func instanceOf(d, start ical.DateTime) Instance {
	if !start.Wall.IsZero() {
		switch {
		case start.Date && !d.Date:
			if d.Zone == time.UTC { // of a client that has turned the date into an instant
				return Instance{d.Wall.Unix() / 86400 * 86400, dateKind}
			}
			d = ical.DateTime{Wall: d.Wall.Truncate(24 * time.Hour), Date: true}
		case d.Date && !start.Date:
			clock := start.Wall.Sub(start.Wall.Truncate(24 * time.Hour))
			d = ical.DateTime{Wall: d.Wall.Add(clock), Zone: start.Zone}
		case d.Zone == nil && !d.Date && start.Zone != nil:
			d.Zone = start.Zone
		}
	}
	switch {
	case d.Date:
		return Instance{d.Wall.Unix(), dateKind}
	case d.Zone == nil:
		return Instance{d.Wall.Unix(), floatingKind}
	}
	return Instance{d.In(nil).Unix(), instantKind}
}

// like returns the date that i names, written as start is.
func (i Instance) like(start ical.DateTime) ical.DateTime {
	at := time.Unix(i.at, 0).UTC()
	switch {
	case i.kind == dateKind:
		return ical.DateTime{Wall: at, Date: true}
	case i.kind == floatingKind:
		return ical.DateTime{Wall: at}
	case start.Zone == nil || start.Zone == time.UTC:
		return ical.DateTime{Wall: at, Zone: time.UTC}
	}
	return ical.DateTime{Wall: clockOf(at, start.Zone), Zone: start.Zone}
}

// clockOf returns what the clock of loc shows at t, as if it were UTC.
func clockOf(t time.Time, loc *time.Location) time.Time {
	_, offset := t.In(loc).Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}

// InstanceSet is a set of instances.
type InstanceSet map[Instance]bool

// Sorted returns the instances in order, the master first.
func (s InstanceSet) Sorted() []Instance {
	return slices.SortedFunc(maps.Keys(s), func(a, b Instance) int {
		return cmp.Or(cmp.Compare(min(a.kind, dateKind), min(b.kind, dateKind)), cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind))
	})
}

// Revision orders the versions of a component, and the answers of an attendee (RFC 5546 section 2.1.5).
type Revision struct {
	Sequence int
	Stamp    int64 // DTSTAMP, seconds since 1970
}

// Compare is negative if r is before other, 0 if they are the same.
func (r Revision) Compare(other Revision) int {
	return cmp.Or(cmp.Compare(r.Sequence, other.Sequence), cmp.Compare(r.Stamp, other.Stamp))
}
