package itip

import (
	"strings"

	"convene/ical"
)

// scene is what a client works on: a copy, and the instance of it that is looked at.
type scene struct {
	*world
	who  Address
	o    *object
	e    *edits
	id   Instance
	p    *part  // what describes the instance
	what string // what is done; "": nothing
}

// attendeeActs are what attendees do, the ones that come more than once more often.
var attendeeActs = []func(*scene){
	(*scene).answer, (*scene).answer, (*scene).answer, (*scene).answer, (*scene).exclude, (*scene).alarm, (*scene).move, (*scene).keep,
	(*scene).wantBack,
}

// delegatingActs are what attendees who delegate do besides.
var delegatingActs = []func(*scene){(*scene).delegate, (*scene).delegate}

// attendeeWrites lets the client of a write something.
func (w *world) attendeeWrites(a Address) {
	before := w.copies[a]
	if before == nil {
		return
	}
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
	what := ""
	after := w.edit(before, func(o *object, e *edits) {
		s := &scene{world: w, who: a, o: o, e: e, id: w.anInstance(o)}
		if o.master() == nil {
			s.id = o.parts[w.rand.IntN(len(o.parts))].id
		}
		if s.p = o.part(s.id); s.p == nil {
			s.p = o.master()
		}
		ctx := w.ctx(a)
		if ctx.ownerIn(s.p) == nil || o.contentOf(s.p).status == "CANCELLED" {
			return
		}
		acts := attendeeActs
		if len(w.all) > len(everybody) {
			acts = append(acts[:len(acts):len(acts)], delegatingActs...)
		}
		acts[w.rand.IntN(len(acts))](s)
		what = s.what
	})
	if what != "" {
		w.attendeeWrote(a, what, before, after)
	}
}

// attendeeWrote stores after as the copy of a.
func (w *world) attendeeWrote(a Address, what string, before, after []byte) {
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
	if strings.HasPrefix(what, "keep") && len(plan.Messages) > 0 {
		w.fail("what is the attendee's own is answered")
	}
	w.copies[a] = plan.Object
	w.send(plan.Messages)
}

// status makes up an answer.
func (s *scene) status() string { return []string{"ACCEPTED", "DECLINED", "TENTATIVE"}[s.rand.IntN(3)] }

// setOwn changes one of the lines of the attendee in the component of the instance.
func (s *scene) setOwn(change func(params []ical.Param) []ical.Param) {
	address := s.who
	ctx := s.ctx(s.who)
	for p := range s.p.AllProps("ATTENDEE") {
		if ctx.owner(p) && (address == s.who || s.chance(2)) { // an alias, perhaps
			address = Address(p.Value)
		}
	}
	s.target(s.o, s.e, s.id, func(text string) string {
		return setAttendee(text, address, func(l string) string {
			p := parseLine(l)
			return strings.TrimSuffix(string(ical.AppendLine(nil, "ATTENDEE", change(p.Params), p.Value)), "\r\n")
		})
	})
}

func (s *scene) answer() {
	status := s.status()
	s.what = status + " " + s.id.String()
	s.setOwn(func(params []ical.Param) []ical.Param { return with(params, "PARTSTAT", status) })
}

func (s *scene) delegate() {
	ctx := s.ctx(s.who)
	if s.who == delegate || ctx.attendee(s.p, delegate) != nil {
		return
	}
	s.what = "delegate " + s.id.String()
	s.setOwn(func(params []ical.Param) []ical.Param {
		return with(with(params, "PARTSTAT", "DELEGATED"), "DELEGATED-TO", string(delegate))
	})
}

// exclude declines by EXDATE (RFC 6638 appendix B.8).
func (s *scene) exclude() {
	m, alone := s.o.master(), len(s.o.parts) == 1
	if s.id == Master || m == nil && alone || m != nil && s.o.contentOf(m).status == "CANCELLED" {
		return
	}
	s.what = "exclude " + s.id.String()
	if s.hidden[s.who] == nil {
		s.hidden[s.who] = InstanceSet{}
	}
	s.hidden[s.who][s.id] = true
	if m != nil {
		s.e.insert(tailOf(s.o.Raw(), m.Component), s.o.exdate(s.id))
	}
	if p := s.o.part(s.id); p != nil {
		*s.e = append(*s.e, edit{p.Start, p.End, nil})
	}
}

// wantBack takes out an EXDATE that is the attendee's own.
func (s *scene) wantBack() {
	mine := declined(s.o)
	for p := range s.o.parts[0].AllProps("EXDATE") {
		ids := s.o.addDates(nil, p).Sorted()
		if _, ok := mine[ids[0]]; ok && len(ids) == 1 {
			s.what = "wants back " + ids[0].String()
			s.e.remove(p)
			return
		}
	}
}

func (s *scene) alarm() {
	s.what = "keep an alarm " + s.id.String()
	name := "X-OWN-" + s.status()
	s.target(s.o, s.e, s.id, func(text string) string {
		return strings.Replace(text, "END:VEVENT", name+":1\r\nBEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT", 1)
	})
}

// keep writes what clients write without asking, or leave out.
func (s *scene) keep() {
	line := []string{
		"TRANSP:TRANSPARENT", "CATEGORIES:own", "COLOR:red", "CLASS:PRIVATE", "X-MOZ-GENERATION:2", "X-APPLE-TRAVEL-DURATION:PT1H",
		"LAST-MODIFIED:20260101T000000Z", "PRIORITY:0", "URL:",
	}[s.rand.IntN(9)]
	s.what = "keep " + line + " " + s.id.String()
	name, _, _ := strings.Cut(line, ":")
	if name == "URL" {
		line = ""
	}
	s.target(s.o, s.e, s.id, func(text string) string { return setLine(text, name, line) })
}

func (s *scene) move() {
	s.what = "move it, which is not allowed"
	s.target(s.o, s.e, s.p.id, func(text string) string { return setLine(text, "DTSTART", "DTSTART:20270101T000000Z") })
}
