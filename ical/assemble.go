package ical

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
)

// contentUID makes a UID of a component's text.
func contentUID(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// assemble makes a VCALENDAR of g and checks it.
func (s *splitter) assemble(g *group) (SplitObject, *Error) {
	calendar := &s.calendars[g.calendar]
	prodID := calendar.prodID
	if prodID == "" {
		prodID = "PRODID:" + ProductID + s.lineBreak
	}
	parts := append(s.zonesOf(g), g.parts...)
	var text strings.Builder
	text.WriteString("BEGIN:VCALENDAR" + s.lineBreak + "VERSION:2.0" + s.lineBreak + prodID + calendar.calScale)
	for _, p := range parts {
		text.WriteString(p.text)
	}
	text.WriteString("END:VCALENDAR" + s.lineBreak)
	raw := []byte(text.String())
	o, err := ParseObject(raw, s.lim)
	if err != nil {
		return SplitObject{}, s.inStream(err.(*Error), raw, parts)
	}
	return SplitObject{UID: o.UID, Component: o.Component, Raw: raw, Line: g.parts[0].line}, nil
}

// inStream returns err with its line in raw, where parts are the components, counted in the stream.
func (s *splitter) inStream(err *Error, raw []byte, parts []part) *Error {
	rest := strings.Count(string(raw), "\n") - 1 // lines before END:VCALENDAR
	for _, p := range slices.Backward(parts) {
		rest -= strings.Count(p.text, "\n")
		if err.Line > rest {
			return moved(&Error{err.Problem, err.Line - rest, err.Detail}, p.line)
		}
	}
	return moved(&Error{err.Problem, 1, err.Detail}, parts[len(parts)-1].line)
}

// zonesOf returns the VTIMEZONEs that g uses: those of its calendar, else those of another one.
func (s *splitter) zonesOf(g *group) []part {
	var zones []part
	done := map[string]bool{}
	for _, p := range g.parts {
		for _, tzid := range slices.Sorted(maps.Keys(p.tzids)) {
			if done[tzid] {
				continue
			}
			done[tzid] = true
			zone, ok := s.calendars[g.calendar].zones[tzid]
			if !ok {
				zone, ok = s.zones[tzid]
			}
			if ok {
				zones = append(zones, zone)
			}
		}
	}
	return zones
}
