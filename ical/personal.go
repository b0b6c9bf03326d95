package ical

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// personal is what of a component each person who shares it has alone: alarms, TRANSP, and what clients note there of alarms they
// have shown and invitations they have received. All are content lines.
type personal struct {
	transp      []byte
	transparent bool   // what transp says
	notes       []byte // properties of clients
	alarms      []byte // VALARM components
}

// isNote says whether a property of this name is what a client notes for itself.
func isNote(name string) bool {
	rest, mozilla := strings.CutPrefix(name, "X-MOZ-")
	if !mozilla {
		return false
	}
	switch rest {
	case "LASTACK", "SNOOZE-TIME", "GENERATION":
		return true
	}
	return strings.HasPrefix(rest, "SNOOZE-TIME-") || strings.HasPrefix(rest, "RECEIVED-")
}

// personal returns what is personal in c.
func (o *Object) personal(c *Component) (own personal) {
	for i := range c.Props {
		switch p := &c.Props[i]; {
		case p.Name == "TRANSP":
			own.transp = o.appendRaw(own.transp, p.Start, p.End)
			own.transparent = own.transparent || is(p, "TRANSPARENT")
		case isNote(p.Name):
			own.notes = o.appendRaw(own.notes, p.Start, p.End)
		}
	}
	for _, child := range c.Children {
		if child.Name == "VALARM" {
			own.alarms = o.appendRaw(own.alarms, child.Start, child.End)
		}
	}
	return own
}

// appendRaw appends bytes of the object; to nothing it does so without copying.
func (o *Object) appendRaw(dst []byte, start, end int) []byte {
	if dst == nil {
		return o.raw[start:end:end]
	}
	return append(dst, o.raw[start:end]...)
}

// empty says whether there are no lines in p.
func (p *personal) empty() bool { return len(p.transp)+len(p.notes)+len(p.alarms) == 0 }

// equal says whether p and q are the same but for TRANSP.
func (p *personal) equal(q *personal) bool {
	return bytes.Equal(p.notes, q.notes) && bytes.Equal(p.alarms, q.alarms)
}

// instance returns what a component is found by among others of its object: its RECURRENCE-ID, in UTC if it has a zone; zero for
// the master.
func (o *Object) instance(c *Component) DateTime {
	p := c.Prop("RECURRENCE-ID")
	if p == nil {
		return DateTime{}
	}
	d := o.dateTime(p)
	if d.Zone != nil {
		d.Wall, d.Zone = d.In(nil).UTC(), time.UTC
	}
	return d
}

// personals are the personal parts of an object, by instance.
type personals struct {
	parts map[DateTime]personal
	left  int // how many octets more may be taken from the master for others
}

// maxInherited bounds what components that have no personal part get of the master's, all together: many of them by large alarms
// are much. In octets.
const maxInherited = 10 << 20

// personals returns those of all components below the calendar; o need not be one that ParseObject takes.
func (o *Object) personals() *personals {
	all := &personals{parts: make(map[DateTime]personal, len(o.Calendar.Children)), left: maxInherited}
	for _, c := range o.Calendar.Children {
		if c.Name == "VTIMEZONE" {
			continue
		}
		if p := c.Prop("RECURRENCE-ID"); p != nil {
			if _, ok := parseDateTime(p.Value); !ok {
				continue
			}
		}
		all.parts[o.instance(c)] = o.personal(c)
	}
	return all
}

// of returns the part for an instance: its own, else that of the master. found is false if there is neither; ok is false if the
// master's is too much to be had once more.
func (all *personals) of(instance DateTime) (part personal, found, ok bool) {
	if part, found = all.parts[instance]; found {
		return part, true, true
	}
	part, found = all.parts[DateTime{}]
	all.left -= len(part.transp) + len(part.notes) + len(part.alarms)
	if all.left < 0 {
		return personal{}, found, false
	}
	return part, found, true
}

// edit puts text in the place of some bytes.
type edit struct {
	start, end int
	text       []byte
}

// personalEdits appends the edits that make what is personal in c what it is in with; TRANSP only if transp is set.
func (o *Object) personalEdits(edits []edit, c *Component, with *personal, transp bool) []edit {
	own := o.personal(c)
	if !transp && own.equal(with) {
		return edits
	}
	tail := c.Props[len(c.Props)-1].End
	top := tail // where properties go: before the first component
	if n := len(c.Children); n > 0 {
		top, tail = c.Children[0].Start, max(tail, c.Children[n-1].End)
	}
	if transp {
		edits = append(edits, edit{top, top, with.transp})
	}
	edits = append(edits, edit{top, top, with.notes}, edit{tail, tail, with.alarms})
	for i := range c.Props {
		if p := &c.Props[i]; isNote(p.Name) || transp && p.Name == "TRANSP" {
			edits = append(edits, edit{p.Start, p.End, nil})
		}
	}
	for _, child := range c.Children {
		if child.Name == "VALARM" {
			edits = append(edits, edit{child.Start, child.End, nil})
		}
	}
	return edits
}

// splice returns raw with edits, and raw itself if there are none.
func splice(raw []byte, edits []edit) []byte {
	if len(edits) == 0 {
		return raw
	}
	slices.SortStableFunc(edits, func(a, b edit) int { return a.start - b.start })
	size := len(raw)
	for _, e := range edits {
		size += len(e.text) - (e.end - e.start)
	}
	out, at := make([]byte, 0, size), 0
	for _, e := range edits {
		out = append(append(out, raw[at:e.start]...), e.text...)
		at = e.end
	}
	return append(out, raw[at:]...)
}
