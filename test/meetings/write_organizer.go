package meetings

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"
)

// scene is what a client works on: a copy, and the instance of it that is looked at.
type scene struct {
	rng    *rand.Rand
	o      *object
	who    string   // the address of whose copy it is
	guests []string // all whom an organizer may invite
	id     string   // key of the instance; "": the series, or all of what does not recur
}

func (s *scene) chance(n int) bool { return s.rng.IntN(n) == 0 }

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// look turns to one of the instances, or to the series.
func (s *scene) look() {
	ids := slices.Sorted(maps.Keys(s.o.instances()))
	if s.o.master() != nil && (len(ids) == 0 || s.chance(3)) {
		ids = []string{""}
	}
	s.id = pick(s.rng, ids)
}

// target is the part that describes the instance, made if it is not there.
func (s *scene) target() *part {
	if p := s.o.part(s.id); p != nil {
		return p
	}
	m := s.o.master()
	p := m.clone()
	p.lines = slices.DeleteFunc(p.lines, func(l string) bool { return is(l, "RRULE") || is(l, "EXDATE") })
	start, _ := time.Parse(utcForm, s.id) // keys are of that form
	p.lines = append(p.lines, timed("RECURRENCE-ID", start, m.line("DTSTART")))
	p.at(start)
	s.o.parts = append(s.o.parts, p)
	return p
}

// at moves a part to another time.
func (p *part) at(start time.Time) {
	like, length := p.line("DTSTART"), p.end().Sub(p.start())
	p.set("DTSTART", timed("DTSTART", start, like))
	p.set(p.endName(), timed(p.endName(), start.Add(length), like))
}

// act is one thing that a client does; do returns what it is, for the log, "" if there was nothing to do.
type act struct {
	do    func(*scene) string
	keeps bool // nobody's answer is in question
}

// organizerActs are what organizers do, the ones that come more than once more often.
var organizerActs = []act{
	{(*scene).summary, true}, {(*scene).location, true}, {(*scene).invite, true}, {(*scene).invite, true}, {(*scene).uninvite, true},
	{(*scene).takeOut, false}, {(*scene).moveOne, false}, {(*scene).moveAll, false}, {(*scene).asInSeries, false}, {(*scene).count, false},
	{(*scene).bringBack, false}, {(*scene).cancelOrNot, false}, {(*scene).note, true}, {(*scene).alarm, true},
}

func (s *scene) summary() string {
	s.target().set("SUMMARY", fmt.Sprintf("SUMMARY:subject %d", s.rng.IntN(1000)))
	return "summary of " + s.id
}

func (s *scene) location() string {
	s.target().set("LOCATION", fmt.Sprintf("LOCATION:place %d", s.rng.IntN(1000)))
	return "location of " + s.id
}

func (s *scene) invite() string {
	guest := pick(s.rng, s.guests)
	if isRoom(guest) && s.o.parts[0].kind != "VEVENT" {
		return ""
	}
	if p := s.target(); p.attendee(guest) < 0 {
		p.lines = append(p.lines, attendeeLine(guest))
	}
	return "invite " + guest + " to " + s.id
}

func attendeeLine(address string) string {
	return "ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:" + address
}

func (s *scene) uninvite() string {
	guest := pick(s.rng, s.guests)
	p := s.target()
	if i := p.attendee(guest); i >= 0 {
		p.lines = slices.Delete(p.lines, i, i+1)
	}
	return "take " + guest + " out of " + s.id
}

func (s *scene) takeOut() string {
	if s.id == "" {
		return ""
	}
	s.exdate()
	return "exclude " + s.id
}

// exdate takes the instance out of the series.
func (s *scene) exdate() {
	m := s.o.master()
	start, _ := time.Parse(utcForm, s.id) // keys are of that form
	m.lines = append(m.lines, timed("EXDATE", start, m.line("DTSTART")))
	if p := s.o.part(s.id); p != nil {
		s.o.drop(p)
	}
}

func (s *scene) moveOne() string {
	p := s.target()
	if s.id == "" && p.line("RRULE") != "" {
		return ""
	}
	p.at(p.start().Add(time.Duration(1+s.rng.IntN(3)) * time.Hour))
	return "move " + s.id
}

// moveAll moves the series: what was different in single instances is gone, as in most clients.
func (s *scene) moveAll() string {
	m := s.o.master()
	if m.line("RRULE") == "" {
		return ""
	}
	m.at(m.start().Add(time.Duration(1+s.rng.IntN(3)) * time.Hour))
	m.set("EXDATE", "")
	s.o.parts = []*part{m}
	return "move the series"
}

func (s *scene) asInSeries() string {
	p := s.o.part(s.id)
	if s.id == "" || p == nil {
		return ""
	}
	s.o.drop(p)
	return "as in the series again " + s.id
}

func (s *scene) count() string {
	m := s.o.master()
	if m.line("RRULE") == "" {
		return ""
	}
	m.set("RRULE", fmt.Sprintf("RRULE:FREQ=WEEKLY;COUNT=%d", 2+s.rng.IntN(5)))
	there := map[string]bool{"": true}
	for _, t := range m.byRule() {
		there[key(t)] = true
	}
	s.o.parts = slices.DeleteFunc(s.o.parts, func(p *part) bool { return !there[p.id()] })
	return "another " + m.line("RRULE")
}

func (s *scene) bringBack() string {
	m := s.o.master()
	if m.line("EXDATE") == "" {
		return ""
	}
	m.set("EXDATE", "")
	return "bring back what is excluded"
}

func (s *scene) cancelOrNot() string {
	p := s.target()
	if p.cancelled() {
		p.set("STATUS", "")
		return "not cancelled any more " + s.id
	}
	p.set("STATUS", "STATUS:CANCELLED")
	return "cancel " + s.id
}

// note writes what clients keep for themselves.
func (s *scene) note() string {
	line := pick(s.rng, []string{"X-MOZ-LASTACK:20260101T000000Z", "X-APPLE-TRAVEL-DURATION:PT1H", "TRANSP:TRANSPARENT", "CATEGORIES:own"})
	name, _, _ := split(line)
	s.o.parts[0].set(name, line)
	return "keep " + line
}

func (s *scene) alarm() string {
	p := s.target()
	p.inner = append(p.inner, "BEGIN:VALARM", "ACTION:DISPLAY", "DESCRIPTION:own", fmt.Sprintf("TRIGGER:-PT%dM", 1+s.rng.IntN(50)), "END:VALARM")
	return "keep an alarm at " + s.id
}
