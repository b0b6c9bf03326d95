package itip

import (
	"bytes"
	"time"

	"convene/ical"
)

// instanceText returns the override of id that says what the master m of o says of it, with what change makes of the ATTENDEE
// parameters (nil: nothing).
func (o *object) instanceText(m *part, id Instance, change func(*ical.Property) []ical.Param) []byte {
	raw := o.Raw()
	c := o.contentOf(m).at(id)
	var e edits
	placed := false
	for i := range m.Props {
		p := &m.Props[i]
		switch p.Name {
		case "RRULE", "EXRULE", "RDATE", "EXDATE", declinedProp:
			e.remove(p)
		case "DTSTART":
			line := dateLine(p, id.like(o.start))
			e.replace(p, append(recurrenceID(p, id.like(o.start)), line...))
			placed = true
		case "DTEND", "DUE":
			if !c.end.Wall.IsZero() {
				e.replace(p, dateLine(p, c.end))
			} else if d, ok := o.date(p); ok { // as long as by default
				e.replace(p, dateLine(p, shifted(&content{start: o.start, end: d}, id)))
			}
		case "ATTENDEE":
			if change == nil {
				continue
			}
			if params := change(p); !sameParams(params, p.Params) {
				e.replace(p, lineOf(p, params))
			}
		}
	}
	if !placed {
		e.insert(bodyOf(raw, m.Component), recurrenceID(m.Prop("DUE"), id.like(o.start)))
	}
	return e.within(raw, m.Component)
}

// endLine returns text with a line break at its end.
func endLine(text []byte) []byte {
	if bytes.HasSuffix(text, []byte{'\n'}) {
		return text
	}
	return append(text[:len(text):len(text)], '\r', '\n')
}

// recurrenceID returns the RECURRENCE-ID of d, in the zone that p, a property of the master, is written in.
func recurrenceID(p *ical.Property, d ical.DateTime) []byte {
	var params []ical.Param
	if p != nil {
		params = p.Params
	}
	return ical.AppendLine(nil, "RECURRENCE-ID", dateParams(params, d), d.String())
}

// dateLine returns p with the value d.
func dateLine(p *ical.Property, d ical.DateTime) []byte {
	return ical.AppendLine(nil, p.Name, dateParams(p.Params, d), d.String())
}

// dateParams returns those of params that tell of what type d is and in which zone.
func dateParams(params []ical.Param, d ical.DateTime) []ical.Param {
	var kept []ical.Param
	for _, p := range params {
		if p.Name == "TZID" && !d.Date && d.Zone != nil && d.Zone != time.UTC {
			kept = append(kept, p)
		}
	}
	if d.Date {
		kept = append(kept, ical.Param{Name: "VALUE", Values: []string{"DATE"}})
	}
	return kept
}
