package ical

import "time"

// ZoneByName returns the location that tzid names: an IANA name in any case, an alias, a Windows name, or a
// /vendor/.../Area/City form of one.
func ZoneByName(tzid string) (*time.Location, bool) { return nil, false }

// ZoneOf returns the location that a VTIMEZONE describes. Errors are *Error.
func ZoneOf(vtimezone *Component) (*time.Location, error) { return nil, nil }

// Zone returns what tzid means in this object: the zone ZoneByName knows, else the object's own VTIMEZONE. nil: neither,
// so times with it are floating.
func (o *Object) Zone(tzid string) *time.Location { return nil }

// AppendVTimezone appends a VTIMEZONE called tzid that is right from from to to, and beyond if the zone's present rules
// go on. tzid must be known to ZoneByName.
func AppendVTimezone(dst []byte, tzid string, from, to time.Time) ([]byte, error) { return dst, nil }
