package itip

import (
	"strconv"

	"convene/ical"
)

// Propose returns the COUNTER (RFC 5546 section 3.2.7) by which the owner of the copy o asks its organizer to have the instance id from
// start to end, with a COMMENT unless that is "". The zero Message if the instance is not there.
func Propose(ctx Context, o *ical.Object, id Instance, start, end ical.DateTime, comment string) (Message, error) {
	x := read(o)
	organizer, err := x.organizer(ctx.People)
	if err != nil || organizer == nil || !x.has(id) {
		return Message{}, err
	}
	p, err := x.single(id)
	if err != nil {
		return Message{}, err
	}
	w := writer{ctx: &ctx, object: p.of}
	dst := append(append(append(w.head(1024), "BEGIN:"...), p.Name...), '\r', '\n')
	dst = ical.AppendLine(dst, "DTSTAMP", nil, stampText(ctx.nextStamp(x)))
	placed := false
	for i := range p.Props {
		switch prop := &p.Props[i]; prop.Name {
		case "UID", "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE", "SUMMARY", "LOCATION", "SEQUENCE", "ORGANIZER", "ATTENDEE":
			dst = append(dst, lineOf(prop, without(public(prop.Params), answerParam))...)
		case "DTSTART":
			dst = append(dst, proposed(prop, start)...)
		case "DTEND", "DUE":
			placed = true
			dst = append(dst, proposed(prop, end)...)
		}
	}
	if !placed {
		name := "DTEND"
		if p.Name == "VTODO" {
			name = "DUE"
		}
		dst = append(dst, proposed(&ical.Property{Name: name, Params: startOf(p.Component).Params}, end)...)
	}
	if p.Prop("SEQUENCE") == nil {
		dst = ical.AppendLine(dst, "SEQUENCE", nil, strconv.Itoa(p.rev.Sequence))
	}
	if comment != "" {
		dst = ical.AppendLine(dst, "COMMENT", nil, ical.EscapeText(comment))
	}
	dst = append(append(append(dst, "END:"...), p.Name...), "\r\nEND:VCALENDAR\r\n"...)
	body, err := ical.ParseObject(dst, ical.StoredLimits)
	return Message{Method: Counter, Object: body, From: ctx.Owner, To: ParseAddress(organizer.Value)}, err
}

// startOf returns the property that says when c begins, or is due; one without parameters if there is none.
func startOf(c *ical.Component) *ical.Property {
	for _, name := range [...]string{"DTSTART", "DUE"} {
		if p := c.Prop(name); p != nil {
			return p
		}
	}
	return &ical.Property{}
}

// proposed returns p with the value d: in the zone of p if it is d's, else in UTC.
func proposed(p *ical.Property, d ical.DateTime) []byte {
	if loc := d.Zone; loc != nil && p.Param("TZID") == "" {
		d = instanceOf(d, ical.DateTime{}).like(ical.DateTime{})
	} else if known, ok := ical.ZoneByName(p.Param("TZID")); loc != nil && (!ok || !sameZone(known, loc)) {
		d = instanceOf(d, ical.DateTime{}).like(ical.DateTime{})
	}
	return dateLine(p, d)
}

// found is a component and the object that it is in.
type found struct {
	*part
	of *object
}

// single returns the component of the instance id, made of the master if it has none of its own.
func (o *object) single(id Instance) (found, error) {
	if p := o.part(id); p != nil {
		return found{p, o}, nil
	}
	head := (&writer{object: o}).head(1024)
	text := append(append(head, o.instanceText(o.master(), id, nil)...), "END:VCALENDAR\r\n"...)
	one, err := ical.ParseObject(text, ical.StoredLimits)
	if err != nil {
		return found{}, err
	}
	x := read(one)
	return found{&x.parts[0], x}, nil
}

// Decline returns the DECLINECOUNTER (RFC 5546 section 3.2.8) by which the organizer, ctx.Owner, refuses a COUNTER.
func Decline(ctx Context, counter Message, comment string) (Message, error) {
	in := read(counter.Object)
	w := writer{ctx: &ctx, object: in}
	dst := w.head(1024)
	for i := range in.parts {
		p := &in.parts[i]
		dst = append(append(append(dst, "BEGIN:"...), p.Name...), '\r', '\n')
		dst = ical.AppendLine(dst, "DTSTAMP", nil, stampText(ctx.nextStamp(in)))
		for k := range p.Props {
			switch prop := &p.Props[k]; prop.Name {
			case "UID", "RECURRENCE-ID", "SEQUENCE", "SUMMARY", "DTSTART", "DTEND", "DUE", "DURATION", "ORGANIZER", "ATTENDEE":
				dst = append(dst, lineOf(prop, without(public(prop.Params), answerParam))...)
			}
		}
		if comment != "" {
			dst = ical.AppendLine(dst, "COMMENT", nil, ical.EscapeText(comment))
		}
		dst = append(append(append(dst, "END:"...), p.Name...), '\r', '\n')
	}
	o, err := ical.ParseObject(append(dst, "END:VCALENDAR\r\n"...), ical.StoredLimits)
	return Message{Method: DeclineCounter, Object: o, From: counter.To, To: counter.From}, err
}
