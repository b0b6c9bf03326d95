package itip

import (
	"bytes"
	"slices"

	"convene/ical"
)

// assemble returns a calendar of parts: with the properties of stored, or if there is none those of in, and the zones of both.
func assemble(stored, in *object, parts [][]byte) []byte {
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
		if p.Name == knowingProp {
			continue
		}
		dst = appendRaw(dst, head.Raw(), p.Start, p.End)
	}
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

// withPersonal returns text, a component as the organizer sends it, with what the owner has of its own in base, a component of
// stored: alarms, TRANSP, categories, colour, progress and properties of clients. Where base is nil the organizer's TRANSP, categories and
// colour stay.
func (ctx *Context) withPersonal(text []byte, stored *object, base *part) []byte {
	calendar, err := ical.Parse(slices.Concat([]byte("BEGIN:VCALENDAR\r\n"), text, []byte("END:VCALENDAR\r\n")), ical.StoredLimits)
	if err != nil || len(calendar.Children) != 1 {
		return text
	}
	const shift = len("BEGIN:VCALENDAR\r\n")
	c := calendar.Children[0]
	var e edits
	drop := func(start, end int) { e = append(e, edit{start - shift, end - shift, nil}) }
	comment := false
	for i := range c.Props {
		p := &c.Props[i]
		comment = comment || p.Name == "COMMENT"
		if p.Name == "REQUEST-STATUS" || private(p.Name) && p.Name != declinedProp || base != nil && own(p.Name) {
			drop(p.Start, p.End)
		}
	}
	for _, child := range c.Children {
		if child.Name == "VALARM" {
			drop(child.Start, child.End)
		}
	}
	if base != nil {
		props, alarms := personalLines(stored.Raw(), base, comment)
		at := tailOf(text, &ical.Component{Start: 0, End: len(text)})
		for i := range c.Props {
			if len(c.Children) == 0 || c.Props[i].End <= c.Children[0].Start {
				at = max(at, c.Props[i].End-shift)
			}
		}
		e.insert(at, props)
		e.insert(bytes.LastIndexByte(text[:len(text)-1], '\n')+1, alarms)
	}
	return e.apply(text)
}

// own says whether a property of this name is the attendee's own in its copy.
func own(name string) bool {
	switch name {
	case "TRANSP", "CATEGORIES", "COLOR", "PERCENT-COMPLETE", "COMPLETED", "CREATED":
		return true
	}
	return false
}

// personalLines returns what of base is its owner's own. comment says that there are comments of the organizer.
func personalLines(raw []byte, base *part, comment bool) (props, alarms []byte) {
	for i := range base.Props {
		p := &base.Props[i]
		if own(p.Name) || private(p.Name) && p.Name != declinedProp || p.Name == "COMMENT" && !comment {
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
