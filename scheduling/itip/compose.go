package itip

import (
	"bytes"
	"slices"

	"convene/ical"
)

// assemble returns a calendar of parts: with the properties of stored, or if there is none those of in, with lines, and the zones of
// both.
func assemble(stored, in *object, lines []byte, parts [][]byte) []byte {
	head := stored
	if stored.Object == nil {
		head = in
	}
	size := len(in.Raw()) + 256
	for _, p := range parts {
		size += len(p)
	}
	dst := append(make([]byte, 0, size), "BEGIN:VCALENDAR\r\n"...)
	for i := range head.Calendar.Props {
		p := &head.Calendar.Props[i]
		if p.Name == knowingProp || p.Name == declinedProp {
			continue
		}
		dst = appendRaw(dst, head.Raw(), p.Start, p.End)
	}
	dst = append(dst, lines...)
	seen := make(map[string]bool)
	for _, o := range [...]*object{in, stored} {
		if o.Object == nil {
			continue
		}
		for _, c := range o.Calendar.Children {
			if c.Name != "VTIMEZONE" {
				continue
			}
			tzid := c.Prop("TZID")
			if tzid == nil || seen[tzid.Value] {
				continue
			}
			seen[tzid.Value] = true
			dst = appendRaw(dst, o.Raw(), c.Start, c.End)
		}
	}
	for _, p := range parts {
		dst = append(dst, p...)
	}
	return append(dst, "END:VCALENDAR\r\n"...)
}

// addLines puts lines into text, a component, behind its first line.
func addLines(text, lines []byte) []byte {
	if len(lines) == 0 {
		return text
	}
	at := bytes.IndexByte(text, '\n') + 1
	return slices.Concat(text[:at], lines, text[at:])
}

// withPersonal returns text, a component as the organizer would send it, with what the owner has of its own in base: see personal.
func withPersonal(text []byte, stored *object, base *part) []byte {
	raw := slices.Concat([]byte("BEGIN:VCALENDAR\r\n"), text, []byte("END:VCALENDAR\r\n"))
	calendar, err := ical.Parse(raw, ical.StoredLimits)
	if err != nil || len(calendar.Children) != 1 {
		return text
	}
	var e edits
	e.personal(raw, calendar.Children[0], stored, base)
	return e.within(raw, calendar.Children[0])
}

// personal makes of c, a component of raw as the organizer sends it, one of an attendee's copy: with what the owner has of its own in base,
// a component of stored: alarms, TRANSP, categories, colour, progress and properties of clients. Where base is nil the organizer's TRANSP,
// categories and colour stay.
func (e *edits) personal(raw []byte, c *ical.Component, stored *object, base *part) {
	for i := range c.Props {
		p := &c.Props[i]
		if p.Name == "REQUEST-STATUS" || private(p.Name) || base != nil && stays(base, p) {
			e.remove(p)
		}
	}
	for _, child := range c.Children {
		if child.Name == "VALARM" {
			*e = append(*e, edit{child.Start, child.End, nil})
		}
	}
	if base == nil {
		return
	}
	props, alarms := personalLines(stored.Raw(), base, c)
	e.insert(tailOf(raw, c), props)
	e.insert(c.Start+bytes.LastIndexByte(raw[c.Start:c.End-1], '\n')+1, alarms)
}

// own says whether p, in a component called name, is the attendee's own in its copy.
func own(name string, p *ical.Property) bool {
	switch p.Name {
	case "TRANSP", "CATEGORIES", "COLOR", "CLASS", "PERCENT-COMPLETE", "COMPLETED", "CREATED":
		return true
	case "STATUS":
		return name == "VTODO" && (is(p, "COMPLETED") || is(p, "IN-PROCESS"))
	}
	return private(p.Name) && p.Name != declinedProp
}

// stays says whether p, which the organizer sends, gives way to what the attendee has of its own in base.
func stays(base *part, p *ical.Property) bool {
	switch p.Name {
	case "STATUS":
		was := base.Prop("STATUS")
		return was != nil && own(base.Name, was) && !decided(p)
	case "CLASS":
		return base.Prop("CLASS") != nil
	}
	return own(base.Name, p)
}

// decided says whether status, which may be nil, is one with which a task is over.
func decided(status *ical.Property) bool { return is(status, "CANCELLED") || is(status, "COMPLETED") }

// personalLines returns what of base is its owner's own, unless now, the new version if there is one, says something else of it.
func personalLines(raw []byte, base *part, now *ical.Component) (props, alarms []byte) {
	if now == nil {
		now = &ical.Component{}
	}
	for i := range base.Props {
		p := &base.Props[i]
		keep := own(base.Name, p)
		compared, shared := sharedX[p.Name]
		switch {
		case p.Name == "COMMENT", shared && !compared: // of the organizer, if there are any
			keep = now.Prop(p.Name) == nil
		case p.Name == "STATUS":
			keep = keep && !decided(now.Prop("STATUS"))
		}
		if keep {
			props = appendRaw(props, raw, p.Start, p.End)
		}
	}
	for _, child := range base.Children {
		if child.Name == "VALARM" {
			alarms = appendRaw(alarms, raw, child.Start, child.End)
		}
	}
	return props, alarms
}
