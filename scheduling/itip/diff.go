package itip

import (
	"slices"
	"strings"

	"convene/ical"
)

// diff is what differs between two versions of a component.
type diff struct {
	main   bool             // what it says to all
	others bool             // attendees, or their answers
	who    map[Address]bool // which attendees differ for others to see
	told   map[Address]bool // for which attendees something that they must be told
}

// add adds to d what of other matters to person; answers says that it comes from what person has answered.
func (d *diff) add(other *diff, person Address, answers bool) {
	d.main = d.main || other.main || other.told[person] && !answers
	if n := len(other.who); n > 1 || n == 1 && !other.who[person] {
		d.others = true
	}
}

// diff compares was, a component before, with now, one after. One may be the master where the other is an override.
func (s *sender) diff(was, now *part, person Address) *diff {
	key := [2]*part{was, now}
	if d := s.diffs[key]; d != nil {
		return d
	}
	d := &diff{who: make(map[Address]bool), told: make(map[Address]bool)}
	b, a := s.before.contentOf(was), s.after.contentOf(now)
	switch {
	case was.id == Master && now.id != Master:
		b = b.at(now.id)
	case was.id != Master && now.id == Master:
		a = a.at(was.id)
	}
	d.main = !b.same(a) || a.comment != b.comment && a.comment != ""
	wasWho, nowWho := s.ctx.attendees(was), s.ctx.attendees(now)
	for person, p := range nowWho {
		old := wasWho[person]
		if old == nil || seen(old) != seen(p) {
			d.who[person] = true
		}
		d.told[person] = old != nil && (partStat(old) != "" && partStat(p) == "" || asked(old) != asked(p))
	}
	for person := range wasWho {
		if nowWho[person] == nil {
			d.who[person] = true
		}
	}
	if s.diffs == nil {
		s.diffs = make(map[[2]*part]*diff)
	}
	s.diffs[key] = d
	return d
}

// seenParams are the parameters of an ATTENDEE that others are shown.
var seenParams = []string{"CN", "ROLE", "CUTYPE", "DELEGATED-TO", "DELEGATED-FROM", "MEMBER"}

// seen returns what others see of p, in a form that can be compared.
func seen(p *ical.Property) string {
	var lines []string
	for _, param := range p.Params {
		if param.Name == "DELEGATED-TO" && partStat(p) != "DELEGATED" { // what is left of a delegation that no longer counts
			continue
		}
		if slices.Contains(seenParams, param.Name) {
			lines = append(lines, param.Name+"="+strings.Join(param.Values, ","))
		}
	}
	slices.Sort(lines)
	return partStat(p) + "\n" + strings.Join(lines, "\n")
}

// asked returns what p asks of its attendee.
func asked(p *ical.Property) string {
	role, rsvp := strings.ToUpper(p.Param("ROLE")), strings.ToUpper(p.Param("RSVP"))
	if role == "REQ-PARTICIPANT" {
		role = ""
	}
	if rsvp != "TRUE" {
		rsvp = ""
	}
	return role + rsvp
}

// forced returns the value of SCHEDULE-FORCE-SEND (RFC 6638 section 7.2).
func forced(p *ical.Property) string { return strings.ToUpper(p.Param("SCHEDULE-FORCE-SEND")) }
