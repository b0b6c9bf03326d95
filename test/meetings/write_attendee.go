package meetings

import (
	"strings"
	"time"
)

// attendeeActs are what attendees do, the ones that come more than once more often.
var attendeeActs = []act{
	{(*scene).answer, false}, {(*scene).answer, false}, {(*scene).answer, false}, {(*scene).answer, false}, {(*scene).decline, false},
	{(*scene).exclude, false}, {(*scene).alarm, true}, {(*scene).note, true},
}

// mine says whether there is something to answer: the person is invited to the instance, which is not cancelled.
func (s *scene) mine() bool {
	p := s.o.part(s.id)
	if p == nil {
		p = s.o.master()
		if _, there := s.o.instances()[s.id]; !there {
			return false
		}
	}
	return p != nil && p.attendee(s.who) >= 0 && !p.cancelled()
}

// write sets what the person answers.
func (s *scene) write(status string) string {
	p := s.target()
	i := p.attendee(s.who)
	p.lines[i] = withParam(withParam(p.lines[i], "RSVP", ""), "PARTSTAT", status)
	return status + " to " + s.id
}

func (s *scene) answer() string {
	answers := []string{"ACCEPTED", "TENTATIVE", "DECLINED"}
	if s.o.parts[0].kind == "VTODO" {
		answers = append(answers, "IN-PROCESS", "COMPLETED")
	}
	return s.write(pick(s.rng, answers))
}

func (s *scene) decline() string { return s.write("DECLINED") }

// exclude declines by EXDATE (RFC 6638 appendix B.8).
func (s *scene) exclude() string {
	m := s.o.master()
	if s.id == "" || m == nil || m.cancelled() || m.attendee(s.who) < 0 {
		return ""
	}
	s.exdate()
	return "exclude " + s.id
}

// hides is the instance that was excluded by what was done; "": none.
func (s *scene) hides(what string) string {
	if strings.HasPrefix(what, "exclude") {
		return s.id
	}
	return ""
}

// move is what an attendee may not do.
func (s *scene) move() string {
	p := s.target()
	p.at(p.start().Add(30 * time.Minute))
	return "move, which is not allowed, " + s.id
}
