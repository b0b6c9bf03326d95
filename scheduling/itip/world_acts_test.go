package itip

import (
	"fmt"
	"slices"
)

// organizerWrites stores after as the organizer's copy.
func (w *world) organizerWrites(what string, after []byte, stale bool) {
	ctx := w.ctx(organizerAddress)
	ctx.Stale = stale
	before := w.org
	plan, err := Organizer(ctx, w.parse(before), w.parse(after))
	if err != nil {
		w.fail("organizer %s: %v", what, err)
	}
	w.org = plan.Object
	w.seen = w.org
	w.logf("organizer: %s (stale %v) -> %s", what, stale, shown(plan.Messages))
	w.judge(before, plan.Messages)
	w.send(plan.Messages)
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
		set, _, err := firstInstances(read(w.parse(onlyMaster(o))), 50)
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
