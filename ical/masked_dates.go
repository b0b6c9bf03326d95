package ical

import (
	"strings"
	"time"
)

// repeats says whether p says only what one of its name, of which there is to be one, has said before.
func (m *masker) repeats(p *Property) bool {
	for i, name := range onlyOnce {
		if p.Name != name {
			continue
		}
		first := m.seen[i]
		if first == nil {
			m.seen[i] = p
			return false
		}
		return p.Param("TZID") == first.Param("TZID") && strings.EqualFold(p.Param("VALUE"), first.Param("VALUE")) // the value is the same
	}
	return false
}

// date writes a property that holds one date.
func (m *masker) date(p *Property) {
	if m.repeats(p) {
		return
	}
	d, ok := parseDateTime(p.Value)
	if !ok { // ParseObject has refused that
		return
	}
	d = anchor(d, p, m.object.zoneOf(p))
	m.out.write(p.Name)
	if span := p.Param("RANGE"); p.Name == "RECURRENCE-ID" && strings.EqualFold(span, "THISANDFUTURE") {
		m.out.write(";RANGE=THISANDFUTURE")
	}
	m.params(p, formOfLine(d))
	m.time(d)
	m.out.end()
}

// duration writes a DURATION.
func (m *masker) duration(p *Property) {
	d, ok := parseDuration(p.Value)
	if !ok || m.repeats(p) {
		return
	}
	const most = maxDuration / daySeconds // hours beyond what time.Duration reaches have become days
	d.Days = max(-most, min(d.Days, most))
	m.text(p.Name, d.String())
}

// list writes the values of an EXDATE, RDATE or FREEBUSY: a line for each row of values that parameters are the same for.
func (m *masker) list(p *Property) {
	l := maskedList{masker: m, property: p}
	zone := m.object.zoneOf(p)
	for item := range listItems(p.Value) {
		start, _, isPeriod := strings.Cut(item, "/")
		var period Period
		if isPeriod && p.Name != "EXDATE" {
			if period, isPeriod = parsePeriod(item, zone); isPeriod {
				l.period(period)
			}
		}
		if p.Name == "FREEBUSY" {
			continue
		}
		if d, ok := parseDateTime(start); ok {
			if d = anchor(d, p, zone); d != period.Start { // DateTimes reads the start of a period in another way than Periods
				l.next(formOfLine(d))
				m.time(d)
			}
		}
	}
	if l.open {
		m.out.end()
	}
}

// maskedList writes a list.
type maskedList struct {
	*masker
	property *Property
	open     bool // a line is begun
	form     lineForm
}

// period writes a period.
func (l *maskedList) period(p Period) {
	start, end := formOfLine(p.Start), formOfLine(p.End)
	l.next(lineForm{period: true, zoned: start.zoned || end.zoned})
	l.time(p.Start)
	l.out.write("/")
	l.time(p.End)
}

// next goes to where the next value is written.
func (l *maskedList) next(f lineForm) {
	if l.open && l.form == f {
		l.out.write(",")
		return
	}
	if l.open {
		l.out.end()
	}
	l.open, l.form = true, f
	l.out.write(l.property.Name)
	if l.property.Name == "FREEBUSY" {
		switch freeBusyTypeOf(l.property) {
		case typeFree:
			l.out.write(";FBTYPE=FREE")
		case typeTentative:
			l.out.write(";FBTYPE=BUSY-TENTATIVE")
		case typeUnavailable:
			l.out.write(";FBTYPE=BUSY-UNAVAILABLE")
		}
		f.period = false // that is what it holds anyway
	}
	l.params(l.property, f)
}

// lineForm is what the parameters say of a date or period.
type lineForm struct{ date, period, zoned bool }

func formOfLine(d DateTime) lineForm {
	return lineForm{date: d.Date, zoned: !d.Date && d.Zone != nil && d.Zone != time.UTC}
}

// params writes the parameters of a line, and the colon.
func (m *masker) params(p *Property, f lineForm) {
	switch {
	case f.period:
		m.out.write(";VALUE=PERIOD")
	case f.date:
		m.out.write(";VALUE=DATE")
	}
	if f.zoned {
		m.out.write(";TZID=")
		m.out.write(encodeParam(m.zoneName(p.Param("TZID")), false))
	}
	m.out.write(":")
}

// time writes a value.
func (m *masker) time(d DateTime) {
	f := formOf(d)
	if f == utcForm && d.Zone != time.UTC {
		f = floatingForm // TZID says the rest
	}
	var buf [16]byte
	m.out.write(string(appendTime(buf[:0], d.Wall.Unix(), f)))
}
