package ical

import (
	"strings"
	"sync"
	"time"
)

// Zone returns what tzid means in this object: the zone that ZoneByName knows, else the one that X-LIC-LOCATION of the
// object's VTIMEZONE names, else that VTIMEZONE itself, else an offset that tzid spells out (GMT+0100). nil: none of
// these, so times with it are floating.
func (o *Object) Zone(tzid string) *time.Location {
	if loc, ok := ZoneByName(tzid); ok {
		return loc
	}
	if known, ok := o.zones.Load(tzid); ok {
		return known.(*time.Location)
	}
	loc := o.ownZone(tzid)
	o.zones.Store(tzid, loc)
	return loc
}

// ownZone is Zone for what is no known name.
func (o *Object) ownZone(tzid string) *time.Location {
	if c := o.vtimezone(tzid); c != nil {
		if p := c.Prop("X-LIC-LOCATION"); p != nil {
			if loc, ok := ZoneByName(p.Text()); ok {
				return loc
			}
		}
		if loc, err := ZoneOf(c); err == nil {
			return loc
		}
	}
	return offsetZone(tzid)
}

// vtimezone returns the object's definition of tzid, or nil.
func (o *Object) vtimezone(tzid string) *Component {
	const few = 16 // are looked through as fast
	tzid = strings.TrimSpace(tzid)
	if len(o.Calendar.Children) > few {
		o.defineOnce.Do(o.define)
		return o.defined[tzid]
	}
	for _, c := range o.Calendar.Children {
		if c.Name == "VTIMEZONE" && tzidOf(c) == tzid {
			return c
		}
	}
	return nil
}

// define fills in o.defined: the first VTIMEZONE of each TZID.
func (o *Object) define() {
	o.defined = make(map[string]*Component)
	for _, c := range o.Calendar.Children {
		if c.Name != "VTIMEZONE" {
			continue
		}
		if tzid := tzidOf(c); o.defined[tzid] == nil {
			o.defined[tzid] = c
		}
	}
}

// tzidOf returns the TZID of a VTIMEZONE, "" if it has none.
func tzidOf(vtimezone *Component) string {
	if p := vtimezone.Prop("TZID"); p != nil {
		return strings.TrimSpace(p.Text())
	}
	return ""
}

// offsetZone returns the zone of a name such as GMT-0700, UTC+01:00 or UTC+5, or nil.
func offsetZone(tzid string) *time.Location {
	name := strings.ToUpper(strings.TrimSpace(tzid))
	if len(name) < 4 || name[:3] != "GMT" && name[:3] != "UTC" {
		return nil
	}
	offset := name[3:]
	if len(offset) == 2 { // one digit
		offset = offset[:1] + "0" + offset[1:]
	}
	seconds, ok := parseOffset(offset)
	if !ok {
		return nil
	}
	return time.FixedZone(name, seconds)
}

// zoneCache keeps the locations made of VTIMEZONEs, by their TZif form with the name in front.
var zoneCache struct {
	sync.Mutex
	locations map[string]*time.Location
}

// Bounds of zoneCache: entries, and octets of a TZif form that is kept.
const (
	zoneCacheEntries = 256
	zoneCacheOctets  = 8 << 10
)

// ZoneOf returns the location that a VTIMEZONE (RFC 5545 section 3.6.5) describes, whatever its TZID says. Errors are
// *Error.
func ZoneOf(vtimezone *Component) (*time.Location, error) {
	observances, err := observancesOf(vtimezone)
	if err != nil {
		return nil, err
	}
	name := tzidOf(vtimezone)
	data := tzifOf(observances)
	key := name + "\x00" + string(data)
	zoneCache.Lock()
	loc := zoneCache.locations[key]
	zoneCache.Unlock()
	if loc != nil {
		return loc, nil
	}
	loc, bad := time.LoadLocationFromTZData(name, data)
	if bad != nil {
		line := 0
		if p := vtimezone.Prop("TZID"); p != nil {
			line = p.Line
		}
		return nil, fail(InvalidData, line, "VTIMEZONE %s: %v", quote(name), bad)
	}
	if len(key) <= zoneCacheOctets {
		zoneCache.Lock()
		defer zoneCache.Unlock()
		if zoneCache.locations == nil || len(zoneCache.locations) >= zoneCacheEntries {
			zoneCache.locations = make(map[string]*time.Location)
		}
		zoneCache.locations[key] = loc
	}
	return loc, nil
}
