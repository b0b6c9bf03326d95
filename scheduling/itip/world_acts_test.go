package itip

import (
	"fmt"

	"convene/ical"
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

// organizerActs are what organizers do, the ones that come more than once more often.
var organizerActs = []func(*scene){
	(*scene).summary, (*scene).location, (*scene).invite, (*scene).uninvite, (*scene).takeOut, (*scene).moveOne, (*scene).moveAll,
	(*scene).asInSeries, (*scene).count, (*scene).bringBack, (*scene).cancelOrNot, (*scene).cancelOrNot, (*scene).note, (*scene).url,
}

// organizerChanges lets the organizer's client write something.
func (w *world) organizerChanges() {
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
		s := &scene{world: w, who: everybody[w.rand.IntN(len(everybody))], o: o, e: e, id: w.anInstance(o), p: o.master()}
		if s.p != nil {
			organizerActs[w.rand.IntN(len(organizerActs))](s)
		}
		what = s.what
	})
	if what != "" {
		w.organizerWrites(what, w.dropOrphans(after), stale)
	}
}

// set sets one line of the component of the instance.
func (s *scene) set(name, line string) {
	s.what = line + " " + s.id.String()
	s.target(s.o, s.e, s.id, func(text string) string { return setLine(text, name, line) })
}

func (s *scene) summary()  { s.set("SUMMARY", fmt.Sprintf("SUMMARY:%d", s.rand.IntN(100))) }
func (s *scene) location() { s.set("LOCATION", fmt.Sprintf("LOCATION:%d", s.rand.IntN(100))) }
func (s *scene) url()      { s.set("URL", fmt.Sprintf("URL:https://example.com/%d", s.rand.IntN(3))) }

func (s *scene) cancelOrNot() {
	if s.chance(2) {
		s.set("STATUS", "STATUS:CANCELLED")
	} else {
		s.set("STATUS", "")
		s.what = "no STATUS " + s.id.String()
	}
}

func (s *scene) invite() {
	s.what = "add " + string(s.who) + " " + s.id.String()
	s.target(s.o, s.e, s.id, func(text string) string {
		return setAttendee(text, s.who, func(l string) string {
			if l == "" {
				return "ATTENDEE;CN=X;PARTSTAT=NEEDS-ACTION:" + string(s.who)
			}
			return l
		})
	})
}

func (s *scene) uninvite() {
	s.what = "remove " + string(s.who) + " " + s.id.String()
	s.target(s.o, s.e, s.id, func(text string) string { return setAttendee(text, s.who, func(string) string { return "" }) })
}

func (s *scene) takeOut() {
	if s.id == Master {
		return
	}
	s.what = "exdate " + s.id.String()
	s.e.insert(tailOf(s.o.Raw(), s.p.Component), s.o.exdate(s.id))
	if p := s.o.part(s.id); p != nil {
		*s.e = append(*s.e, edit{p.Start, p.End, nil})
	}
}

// at sets when a component is, on a day of the form 20260316.
func at(text, day string, hour int) string {
	text = setLine(text, "DTSTART", fmt.Sprintf("DTSTART;TZID=Europe/Berlin:%sT%02d0000", day, hour))
	return setLine(text, "DTEND", fmt.Sprintf("DTEND;TZID=Europe/Berlin:%sT%02d0000", day, hour+1))
}

func (s *scene) moveOne() {
	if s.id == Master {
		return
	}
	s.what = "move " + s.id.String()
	d, hour := s.id.like(s.o.start), 11+s.rand.IntN(5)
	s.target(s.o, s.e, s.id, func(text string) string { return at(text, d.Wall.Format("20060102"), hour) })
}

func (s *scene) moveAll() {
	s.what = "move the series"
	hour := 5 + s.rand.IntN(5)
	text := at(string(s.o.Raw()[s.p.Start:s.p.End]), "20260316", hour)
	*s.e = append(*s.e, edit{s.p.Start, s.p.End, []byte(setLine(text, "EXDATE", ""))})
	if hour != s.o.start.Wall.Hour() {
		for i := range s.o.parts[1:] {
			p := &s.o.parts[i+1]
			*s.e = append(*s.e, edit{p.Start, p.End, nil})
		}
	}
}

func (s *scene) asInSeries() {
	if p := s.o.part(s.id); p != nil && s.id != Master {
		s.what = "as in the series again " + s.id.String()
		*s.e = append(*s.e, edit{p.Start, p.End, nil})
	}
}

func (s *scene) count() {
	if rule := s.p.Prop("RRULE"); rule != nil {
		s.what = "count"
		s.e.replace(rule, fmt.Appendf(nil, "RRULE:FREQ=WEEKLY;COUNT=%d\r\n", 2+s.rand.IntN(5)))
	}
}

func (s *scene) bringBack() {
	for p := range s.p.AllProps("EXDATE") {
		s.what = "bring back what is excluded"
		s.e.remove(p)
	}
}

// note writes what clients keep for themselves.
func (s *scene) note() {
	line := []string{"X-MOZ-LASTACK:20260101T000000Z", "X-APPLE-TRAVEL-DURATION:PT1H", "TRANSP:TRANSPARENT", "CLASS:PRIVATE"}[s.rand.IntN(4)]
	s.what = "note " + line
	s.e.insert(tailOf(s.o.Raw(), s.p.Component), []byte(line+"\r\n"))
}

// dropOrphans removes overrides of instances that the series does not have any more, as clients do.
func (w *world) dropOrphans(raw []byte) []byte {
	return w.edit(raw, func(o *object, e *edits) {
		m := o.master()
		if m == nil || len(o.parts) < 2 {
			return
		}
		set := w.byRules(m)
		for i := range o.parts[1:] {
			p := &o.parts[i+1]
			if !set[p.id] {
				*e = append(*e, edit{p.Start, p.End, nil})
			}
		}
	})
}

// ruled holds what byRules has found, by the lines that matter.
var ruled = make(map[string]InstanceSet)

// byRules returns the instances that the rules of m give, overrides aside.
func (w *world) byRules(m *part) InstanceSet {
	key := ""
	for i := range m.Props {
		switch p := &m.Props[i]; p.Name {
		case "DTSTART", "DTEND", "RRULE", "EXDATE":
			key += string(ical.AppendLine(nil, p.Name, p.Params, p.Value))
		}
	}
	set, ok := ruled[key]
	if !ok {
		o := w.read([]byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n" + key +
			"END:VEVENT\r\nEND:VCALENDAR\r\n"))
		var err error
		if set, _, err = firstInstances(o, 50); err != nil {
			w.fail("%v", err)
		}
		ruled[key] = set
	}
	return set
}
