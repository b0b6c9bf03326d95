package ical

import (
	"strconv"
	"time"
)

// maskedZone is a zone that a masked object has rules for.
type maskedZone struct {
	name        string
	observances []observance
}

// zoneName returns what a TZID of the object is called when it is masked: what all know it by, if there is such a name,
// otherwise a number, as one may have written anything there. The object knows the zone.
func (m *masker) zoneName(tzid string) string {
	if name, known := m.names[tzid]; known {
		return name
	}
	if m.names == nil {
		m.names = make(map[string]string)
	}
	name, rules := m.newZone(tzid)
	m.names[tzid] = name
	if _, written := m.names["\x00"+name]; rules != nil && !written { // no TZID holds a NUL
		m.names["\x00"+name] = name
		m.zones = append(m.zones, maskedZone{name, rules})
	}
	return name
}

// newZone finds the name and the rules, if the object has any, of a TZID. The order is that of Object.Zone.
func (m *masker) newZone(tzid string) (name string, rules []observance) {
	table := allZones()
	c, entry := m.object.vtimezone(tzid), table.find(tzid)
	if c != nil {
		if p := c.Prop("X-LIC-LOCATION"); p != nil && entry == nil {
			entry = table.find(p.Text())
		}
		if list, err := observancesOf(c); err == nil { // of those that cannot be understood there is nothing to show
			rules = list
		}
	}
	switch {
	case entry != nil && table.byName[tzid] != nil:
		return tzid, rules
	case entry != nil:
		return entry.name, rules
	}
	if rules != nil {
		if _, err := ZoneOf(c); err == nil {
			m.custom++
			return "Zone " + strconv.Itoa(m.custom), rules
		}
	}
	_, offset := time.Unix(0, 0).In(m.object.Zone(tzid)).Zone()
	return "GMT" + utcOffset(offset), nil
}

// appendMaskedZone appends a VTIMEZONE with nothing but rules.
func appendMaskedZone(dst []byte, name string, observances []observance) []byte {
	dst = appendMarker(dst, "BEGIN:", "VTIMEZONE")
	dst = AppendLine(dst, "TZID", nil, EscapeText(name))
	for i := range observances {
		dst = observances[i].appendTo(dst)
	}
	return appendMarker(dst, "END:", "VTIMEZONE")
}

// firstYear is the beginning of the year 1: earlier dates are not understood in a VTIMEZONE.
var firstYear = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// appendTo appends obs without its name.
func (obs *observance) appendTo(dst []byte) []byte {
	name := "STANDARD"
	if obs.dst {
		name = "DAYLIGHT"
	}
	dst = appendMarker(dst, "BEGIN:", name)
	dst = append(dst, "DTSTART:"...)
	dst = appendTime(dst, max(obs.start.Unix(), firstYear), floatingForm)
	dst = appendOffset(append(dst, "\r\nTZOFFSETFROM:"...), obs.from)
	dst = appendOffset(append(dst, "\r\nTZOFFSETTO:"...), obs.to)
	dst = append(dst, '\r', '\n')
	if obs.rule != nil && (obs.rule.week != 0 || len(obs.rule.days) > 0) {
		dst = AppendLine(dst, "RRULE", nil, obs.rule.String())
	}
	for _, date := range obs.dates {
		dst = append(dst, "RDATE:"...)
		dst = appendTime(dst, max(date.Unix(), firstYear), floatingForm)
		dst = append(dst, '\r', '\n')
	}
	return appendMarker(dst, "END:", name)
}

// String returns the rule as an RRULE value.
func (r *yearly) String() string {
	s := append(make([]byte, 0, 64), "FREQ=YEARLY"...)
	if r.interval > 1 {
		s = appendInt(append(s, ";INTERVAL="...), int64(r.interval), 1)
	}
	if r.count > 0 {
		s = appendInt(append(s, ";COUNT="...), int64(r.count), 1)
	}
	if r.until != noEnd {
		s = appendTime(append(s, ";UNTIL="...), r.until, utcForm)
	}
	s = appendInt(append(s, ";BYMONTH="...), int64(r.month), 1)
	if r.week == 0 {
		s = appendList(append(s, ";BYMONTHDAY="...), r.days)
	}
	if r.byDay {
		s = append(s, ";BYDAY="...)
		if r.week != 0 {
			s = strconv.AppendInt(s, int64(r.week), 10)
		}
		s = append(s, weekdays[r.weekday]...)
	}
	return string(s)
}

// appendList appends numbers with commas between them.
func appendList(dst []byte, numbers []int) []byte {
	for i, n := range numbers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = strconv.AppendInt(dst, int64(n), 10)
	}
	return dst
}
