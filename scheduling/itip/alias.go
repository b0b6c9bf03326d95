package itip

import "convene/ical"

// takeAlias lets that ATTENDEE of p count as the owner's, where it is there under several addresses, by which it answers: the one that
// differs from what it was, and in a new object the one that has an answer.
func (w *answering) takeAlias(p *part) {
	if w.ctx.ownerIn(p) == nil {
		return
	}
	_, from := w.before.origin(p.id)
	for prop := range p.AllProps("ATTENDEE") {
		if !w.ctx.owner(prop) {
			continue
		}
		was, known := w.saidBy(from, prop)
		if partStat(prop) == was {
			continue
		}
		p.who[w.ctx.People.Of(w.ctx.Owner)] = prop
		if known || from == nil {
			if w.by == nil {
				w.by = make(map[Instance]string)
			}
			w.by[p.id] = prop.Value
		}
		return
	}
}

// saidBy returns what the owner has answered in from, which may be nil, under the address of prop; where that is not known, under
// another one.
func (w *answering) saidBy(from *part, prop *ical.Property) (status string, known bool) {
	own := w.ctx.ownerIn(from)
	if own == nil {
		return "", false
	}
	for was := range from.AllProps("ATTENDEE") {
		if w.ctx.owner(was) && ParseAddress(was.Value) == ParseAddress(prop.Value) {
			return partStat(was), true
		}
	}
	return partStat(own), false
}

// answersAs returns the ATTENDEE of p, a component of instance id, that a reply names: that by which the owner has answered, else that
// by which it was invited, else the first. RFC 5546 section 3.2.3 wants one only.
func (w *answering) answersAs(p *part, id Instance) *ical.Property {
	value, ok := w.by[id]
	if _, from := w.before.origin(id); !ok && from != nil && w.ctx.ownerIn(from) != nil {
		value = w.ctx.ownerIn(from).Value
	}
	for prop := range p.AllProps("ATTENDEE") {
		if w.ctx.owner(prop) && prop.Value == value {
			return prop
		}
	}
	return w.ctx.ownerIn(p)
}
