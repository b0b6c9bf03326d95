package itip

import (
	"strings"

	"convene/ical"
)

// attendeeActs lets the client of a write something.
func (w *world) attendeeActs(a Address) {
	before := w.copies[a]
	if before == nil {
		return
	}
	what := ""
	if w.chance(30) {
		plan, err := Attendee(w.ctx(a), w.parse(before), nil)
		if err != nil {
			w.fail("%s deletes: %v", a, err)
		}
		w.logf("%s deletes -> %s", a, shown(plan.Messages))
		w.copies[a], w.gone[a] = nil, true
		w.send(plan.Messages)
		return
	}
	status := []string{"ACCEPTED", "DECLINED", "TENTATIVE"}[w.rand.IntN(3)]
	after := w.edit(before, func(o *object, e *edits) {
		id := w.anInstance(o)
		if o.master() == nil {
			id = o.parts[w.rand.IntN(len(o.parts))].id
		}
		p := o.part(id)
		if p == nil {
			p = o.master()
		}
		ctx := w.ctx(a)
		if ctx.ownerIn(p) == nil || o.contentOf(p).status == "CANCELLED" {
			return
		}
		acts := 6
		if len(w.all) > len(everybody) {
			acts = 9
		}
		switch w.rand.IntN(acts) {
		case 8:
			mine := declined(o)
			for p := range o.parts[0].AllProps("EXDATE") {
				for id := range o.addDates(nil, p) {
					if _, ok := mine[id]; ok && what == "" {
						what = "wants back " + id.String()
						e.remove(p)
					}
				}
			}
		case 6, 7:
			if a != delegate && ctx.attendee(p, delegate) == nil {
				what = "delegate " + id.String()
				w.target(o, e, id, func(s string) string {
					return setAttendee(s, a, func(l string) string {
						p := parseLine(l)
						params := with(with(p.Params, "PARTSTAT", "DELEGATED"), "DELEGATED-TO", string(delegate))
						return strings.TrimSuffix(string(ical.AppendLine(nil, "ATTENDEE", params, p.Value)), "\r\n")
					})
				})
			}
		case 0, 1, 2:
			what = status + " " + id.String()
			w.target(o, e, id, func(s string) string {
				return setAttendee(s, a, func(l string) string {
					p := parseLine(l)
					return strings.TrimSuffix(string(ical.AppendLine(nil, "ATTENDEE", with(p.Params, "PARTSTAT", status), p.Value)), "\r\n")
				})
			})
		case 3:
			if id != Master && o.master() != nil && o.contentOf(o.master()).status != "CANCELLED" {
				what = "exclude " + id.String()
				if w.hidden[a] == nil {
					w.hidden[a] = InstanceSet{}
				}
				w.hidden[a][id] = true
				e.insert(tailOf(o.Raw(), o.master().Component), o.exdate(id))
				if p := o.part(id); p != nil {
					*e = append(*e, edit{p.Start, p.End, nil})
				}
			}
		case 4:
			what = "alarm " + id.String()
			w.target(o, e, id, func(s string) string {
				return strings.Replace(s, "END:VEVENT", "X-OWN-"+status+":1\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT", 1)
			})
		case 5:
			what = "move it, which is not allowed"
			w.target(o, e, p.id, func(s string) string { return setLine(s, "DTSTART", "DTSTART:20270101T000000Z") })
		}
	})
	if what == "" {
		return
	}
	plan, err := Attendee(w.ctx(a), w.parse(before), w.parse(after))
	if strings.HasPrefix(what, "move") {
		if err == nil {
			w.fail("%s may move", a)
		}
		return
	}
	if err != nil {
		w.fail("%s: %s: %v\n%s\n->\n%s", a, what, err, before, after)
	}
	w.logf("%s: %s -> %s", a, what, shown(plan.Messages))
	if strings.HasPrefix(what, "alarm") && len(plan.Messages) > 0 {
		w.fail("an alarm is answered")
	}
	w.copies[a] = plan.Object
	w.send(plan.Messages)
}
