package ical

import "strings"

// Who says whether a calendar user address is one of somebody's. The nil Who has none.
type Who func(address string) bool

// answer takes over how the owner of the calendar answered the invitations to all instances.
func (s *series) answer(owner Who) {
	if owner == nil {
		return
	}
	for i := range s.shapes {
		s.shapes[i].answer(owner)
	}
}

// answer makes what was declined, or given to somebody else, take no time, and what was accepted perhaps or not answered yet take it
// perhaps. Of several addresses of the owner the best answer counts.
func (s *shape) answer(owner Who) {
	if s.shows == free || s.comp.Name != "VEVENT" {
		return
	}
	invited, best := false, free
	organizer := s.comp.Prop("ORGANIZER")
	for p := range s.comp.AllProps("ATTENDEE") {
		if owner(p.Value) {
			invited, best = true, min(best, answerOf(p, organizer != nil && owner(organizer.Value)))
		}
	}
	if invited {
		s.shows = max(s.shows, best)
	}
}

// answerOf is how an attendee counts (RFC 5545 section 3.2.12). An answer that is not known is none, and who organizes has none to give.
func answerOf(attendee *Property, organizes bool) transparency {
	switch strings.ToUpper(attendee.Param("PARTSTAT")) {
	case "ACCEPTED":
		return busy
	case "DECLINED", "DELEGATED":
		return free
	case "TENTATIVE":
		return tentative
	}
	if organizes {
		return busy
	}
	return tentative
}
