package itip

import (
	"slices"

	"convene/ical"
)

// putBack makes properties of p what they are in from.
func (w *answering) putBack(p, from *part, names ...string) {
	for _, name := range names {
		was, now := from.Prop(name), p.Prop(name)
		switch {
		case was != nil && now != nil && was.Value != now.Value:
			w.edits.replace(now, lineOf(was, was.Params))
		case was != nil && now == nil:
			w.edits.insert(tailOf(w.after.Raw(), p.Component), lineOf(was, was.Params))
		case was == nil && now != nil:
			w.edits.remove(now)
		}
	}
}

// putBackRest makes of properties that are the organizer's what they are in from. Most of those of vendors stay as they were written; CLASS
// is put back if it is gone, so that nothing becomes public.
func (w *answering) putBackRest(p, from *part) {
	if class := from.Prop("CLASS"); class != nil && p.Prop("CLASS") == nil {
		w.edits.insert(tailOf(w.after.Raw(), p.Component), lineOf(class, class.Params))
	}
	if w.after.contentOf(p).rest == w.before.contentOf(from).rest {
		return
	}
	was, now := organizersLines(from.Component), organizersLines(p.Component)
	at := tailOf(w.after.Raw(), p.Component)
	for i := range p.Props {
		if prop := &p.Props[i]; !slices.Equal(was[prop.Name], now[prop.Name]) {
			w.edits.remove(prop)
		}
	}
	for i := range from.Props {
		if prop := &from.Props[i]; !slices.Equal(was[prop.Name], now[prop.Name]) {
			w.edits.insert(at, lineOf(prop, prop.Params))
		}
	}
}

// organizersLines returns the properties of c that putBackRest is about, by name, in a form that can be compared.
func organizersLines(c *ical.Component) map[string][]string {
	lines := make(map[string][]string)
	for i := range c.Props {
		p := &c.Props[i]
		switch p.Name {
		case "UID", "RECURRENCE-ID", "ATTENDEE", "ORGANIZER", "DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE",
			"STATUS", "LOCATION", "COMMENT":
			continue
		}
		if line := contentLine(p); line != "" {
			lines[p.Name] = append(lines[p.Name], line)
		}
	}
	for _, all := range lines {
		slices.Sort(all)
	}
	return lines
}
