package itip

import (
	"strings"

	"convene/ical"
)

// Answer returns o, the copy of ctx.Owner, with PARTSTAT status (RFC 5545 section 3.2.12) in the owner's ATTENDEE of the instance id:
// what a client would write, for rooms and links that answer without one. An instance of a series gets an override if it has none.
// comment, unless it is "", becomes a COMMENT. What follows of it Attendee says. An instance that is not there, or to which the owner is
// not invited, changes nothing.
func Answer(ctx Context, o *ical.Object, id Instance, status, comment string) []byte {
	x := read(o)
	p := x.part(id)
	if p == nil && !x.has(id) {
		return o.Raw()
	}
	var line []byte
	if comment != "" {
		line = ical.AppendLine(nil, "COMMENT", nil, ical.EscapeText(comment))
	}
	status = strings.ToUpper(status)
	var e edits
	if p == nil {
		m := x.master()
		if ctx.ownerIn(m) == nil {
			return o.Raw()
		}
		text := x.instanceText(m, id, func(prop *ical.Property) []ical.Param {
			if !ctx.owner(prop) {
				return prop.Params
			}
			return with(prop.Params, "PARTSTAT", status)
		})
		e.insert(m.End, addLines(text, line))
		return e.apply(o.Raw())
	}
	invited := false
	for prop := range p.AllProps("ATTENDEE") {
		if ctx.owner(prop) {
			invited = true
			e.replace(prop, lineOf(prop, with(prop.Params, "PARTSTAT", status)))
		}
	}
	if !invited {
		return o.Raw()
	}
	if line != nil {
		for prop := range p.AllProps("COMMENT") {
			e.remove(prop)
		}
		e.insert(tailOf(o.Raw(), p.Component), line)
	}
	return e.apply(o.Raw())
}

// InstanceOf returns the instance of o that starts, by the rules of its series, at d, however that is written.
func InstanceOf(o *ical.Object, d ical.DateTime) Instance { return instanceOf(d, read(o).start) }
