package itip

import (
	"fmt"
	"slices"
	"strings"

	"convene/ical"
)

// texts takes an object apart for editing: the lines of each component.
func (w *world) edit(raw []byte, change func(o *object, e *edits)) []byte {
	o := read(w.parse(raw))
	var e edits
	change(o, &e)
	return e.apply(raw)
}

// anInstance returns an instance of the series, Master if it is none.
func (w *world) anInstance(o *object) Instance {
	m := o.master()
	if m == nil || !recurs(m.Component) {
		return Master
	}
	set, err := firstInstances(o, 10)
	if err != nil {
		w.fail("%v", err)
	}
	ids := set.Sorted()
	if len(ids) == 0 {
		return Master
	}
	id := ids[w.rand.IntN(len(ids))]
	if w.chance(4) {
		return Master
	}
	return id
}

// target returns the text of the component for id, made if it is not there, and puts what change makes of it into e.
func (w *world) target(o *object, e *edits, id Instance, change func(text string) string) {
	if p := o.part(id); p != nil {
		text := string(o.Raw()[p.Start:p.End])
		*e = append(*e, edit{p.Start, p.End, []byte(change(text))})
		return
	}
	m := o.master()
	text := string(o.instanceText(m, id, nil))
	e.insert(m.End, []byte(change(text)))
}

// setLine puts line in the place of the line of its name, or adds it.
func setLine(text, name, line string) string {
	var out []string
	done := false
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	for _, l := range strings.SplitAfter(unfolded, "\r\n") {
		if strings.HasPrefix(l, name+":") || strings.HasPrefix(l, name+";") {
			if !done && line != "" {
				out = append(out, line+"\r\n")
			}
			done = true
			continue
		}
		if strings.HasPrefix(l, "END:VEVENT") && !done && line != "" {
			out = append(out, line+"\r\n")
		}
		out = append(out, l)
	}
	return strings.Join(out, "")
}

// setAttendee changes the line of an attendee with change, which gets "" if there is none.
func setAttendee(text string, a Address, change func(line string) string) string {
	var out []string
	done := false
	unfolded := strings.ReplaceAll(text, "\r\n ", "")
	for _, l := range strings.SplitAfter(unfolded, "\r\n") {
		if strings.HasPrefix(l, "ATTENDEE") && strings.HasSuffix(l, ":"+string(a)+"\r\n") {
			if l = change(strings.TrimSuffix(l, "\r\n")); l != "" {
				out = append(out, l+"\r\n")
			}
			done = true
			continue
		}
		if strings.HasPrefix(l, "END:VEVENT") && !done {
			if line := change(""); line != "" {
				out = append(out, line+"\r\n")
			}
		}
		out = append(out, l)
	}
	return strings.Join(out, "")
}

// organizerActs lets the organizer's client write something.
func (w *world) organizerActs() {
	if w.org == nil {
		return
	}
	base, stale := w.org, false
	if w.chance(3) && w.seen != nil { // what it has read last: answers may have come in since
		base, stale = w.seen, true
	}
	if w.chance(40) {
		w.organizerWrites("delete", nil, false)
		return
	}
	what := ""
	after := w.edit(base, func(o *object, e *edits) {
		id := w.anInstance(o)
		m := o.master()
		if m == nil {
			return
		}
		who := everybody[w.rand.IntN(len(everybody))]
		switch w.rand.IntN(13) {
		case 0:
			what = "summary " + id.String()
			w.target(o, e, id, func(s string) string { return setLine(s, "SUMMARY", fmt.Sprintf("SUMMARY:%d", w.rand.IntN(100))) })
		case 1:
			what = "location " + id.String()
			w.target(o, e, id, func(s string) string { return setLine(s, "LOCATION", fmt.Sprintf("LOCATION:%d", w.rand.IntN(100))) })
		case 2:
			what = "add " + string(who) + " " + id.String()
			w.target(o, e, id, func(s string) string {
				return setAttendee(s, who, func(l string) string {
					if l == "" {
						return "ATTENDEE;CN=X;PARTSTAT=NEEDS-ACTION:" + string(who)
					}
					return l
				})
			})
		case 3:
			what = "remove " + string(who) + " " + id.String()
			w.target(o, e, id, func(s string) string { return setAttendee(s, who, func(string) string { return "" }) })
		case 4:
			if id != Master {
				what = "exdate " + id.String()
				e.insert(tailOf(o.Raw(), m.Component), o.exdate(id))
				if p := o.part(id); p != nil {
					*e = append(*e, edit{p.Start, p.End, nil})
				}
			}
		case 5:
			if id != Master {
				what = "move " + id.String()
				d := id.like(o.start)
				hour := 11 + w.rand.IntN(5)
				w.target(o, e, id, func(s string) string {
					s = setLine(s, "DTSTART", fmt.Sprintf("DTSTART;TZID=Europe/Berlin:%sT%02d0000", d.Wall.Format("20060102"), hour))
					return setLine(s, "DTEND", fmt.Sprintf("DTEND;TZID=Europe/Berlin:%sT%02d0000", d.Wall.Format("20060102"), hour+1))
				})
			}
		case 6:
			what = "move the series"
			hour := 5 + w.rand.IntN(5)
			s := string(o.Raw()[m.Start:m.End])
			s = setLine(s, "DTSTART", fmt.Sprintf("DTSTART;TZID=Europe/Berlin:20260316T%02d0000", hour))
			s = setLine(s, "DTEND", fmt.Sprintf("DTEND;TZID=Europe/Berlin:20260316T%02d0000", hour+1))
			s = setLine(s, "EXDATE", "")
			*e = append(*e, edit{m.Start, m.End, []byte(s)})
			if hour != o.start.Wall.Hour() {
				for i := range o.parts[1:] {
					p := &o.parts[i+1]
					*e = append(*e, edit{p.Start, p.End, nil})
				}
			}
		case 7:
			if p := o.part(id); p != nil && id != Master {
				what = "as in the series again " + id.String()
				*e = append(*e, edit{p.Start, p.End, nil})
			}
		case 8:
			if rule := m.Prop("RRULE"); rule != nil {
				what = "count"
				e.replace(rule, fmt.Appendf(nil, "RRULE:FREQ=WEEKLY;COUNT=%d\r\n", 2+w.rand.IntN(5)))
				set, _ := firstInstances(o, 10)
				_ = set
			}
		case 9:
			if m.Prop("EXDATE") != nil {
				what = "bring back what is excluded"
				for p := range m.AllProps("EXDATE") {
					e.remove(p)
				}
			}
		case 11, 12:
			what = "status " + id.String()
			line := ""
			if w.chance(2) {
				line = "STATUS:CANCELLED"
			}
			w.target(o, e, id, func(s string) string { return setLine(s, "STATUS", line) })
		case 10:
			what = "acknowledge an alarm"
			e.insert(tailOf(o.Raw(), m.Component), []byte("X-MOZ-LASTACK:20260101T000000Z\r\n"))
		}
	})
	if what == "" {
		return
	}
	after = w.dropOrphans(after)
	w.organizerWrites(what, after, stale)
}

// dropOrphans removes overrides of instances that the series does not have any more, as clients do.
func (w *world) dropOrphans(raw []byte) []byte {
	return w.edit(raw, func(o *object, e *edits) {
		m := o.master()
		if m == nil || len(o.parts) < 2 {
			return
		}
		set, err := firstInstances(read(w.parse(onlyMaster(o))), 50)
		if err != nil {
			w.fail("%v", err)
		}
		for i := range o.parts[1:] {
			p := &o.parts[i+1]
			if !set[p.id] {
				*e = append(*e, edit{p.Start, p.End, nil})
			}
		}
	})
}

func onlyMaster(o *object) []byte {
	m := o.master()
	return slices.Concat([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n"), o.Raw()[m.Start:m.End], []byte("END:VCALENDAR\r\n"))
}

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
		w.logf("%s deletes -> %s", a, describe(plan.Messages))
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
		if len(w.people4) > len(everybody) {
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
	w.logf("%s: %s -> %s", a, what, describe(plan.Messages))
	if strings.HasPrefix(what, "alarm") && len(plan.Messages) > 0 {
		w.fail("an alarm is answered")
	}
	w.copies[a] = plan.Object
	w.parse(plan.Object)
	w.send(plan.Messages)
}

func parseLine(l string) *ical.Property {
	c, err := ical.Parse([]byte("BEGIN:VCALENDAR\r\n"+l+"\r\nEND:VCALENDAR\r\n"), ical.Limits{})
	if err != nil {
		panic(err)
	}
	return &c.Props[0]
}
