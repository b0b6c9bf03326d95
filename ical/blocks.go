package ical

import (
	"bytes"
	"strings"
)

// blockKind says what a block of a stream is.
type blockKind int

const (
	calendarBegin blockKind = iota
	calendarProperty
	calendarComponent // directly in the VCALENDAR, whatever is inside it
	calendarEnd
	brokenComponent // without END
	strayText       // outside of any VCALENDAR
)

// block is a part of an iCalendar stream.
type block struct {
	kind       blockKind
	name       string // of the component, upper case
	start, end int    // offsets
	line       int    // number of its first line
}

// notNested are components that never stand inside another but VCALENDAR: where one begins inside, an END is missing.
var notNested = map[string]bool{
	"VEVENT": true, "VTODO": true, "VJOURNAL": true, "VFREEBUSY": true, "VTIMEZONE": true, "VAVAILABILITY": true, "VCALENDAR": true,
}

// blocks finds the blocks of a stream without reading what is in them, and goes on behind broken ones.
type blocks struct {
	scan  scanner
	visit func(block) error
	in    bool // inside a VCALENDAR
	depth int  // of components inside it
	open  block
	stray bool // text outside has been reported since the last VCALENDAR
}

// eachBlock calls visit for each block of raw in order, until visit returns an error, which it returns.
func eachBlock(raw []byte, visit func(block) error) error {
	b := blocks{scan: newScanner(raw, 0), visit: visit}
	for b.scan.pos < len(raw) {
		start, number := b.scan.pos, b.scan.line
		text := b.scan.physical()
		if blank(text) {
			continue
		}
		for b.scan.folded() {
			b.scan.physical()
		}
		if err := b.line(text, block{start: start, end: b.scan.pos, line: number}); err != nil {
			return err
		}
	}
	return b.broken(len(raw))
}

// line takes one content line, of which text is the first physical line.
func (b *blocks) line(text []byte, at block) error {
	begin, isBegin := marker(view(text), "BEGIN:")
	end, isEnd := marker(view(text), "END:")
	switch {
	case isBegin && b.depth > 0 && !notNested[begin]:
		b.depth++
		return nil
	case isBegin:
		return b.begin(begin, at)
	case isEnd && b.depth > 0 && end != "VCALENDAR":
		b.depth--
		if b.depth > 0 {
			return nil
		}
		b.open.end = at.end
		return b.visit(b.open)
	case isEnd && b.in && end == "VCALENDAR":
		if err := b.broken(at.start); err != nil {
			return err
		}
		b.in = false
		at.kind = calendarEnd
		return b.visit(at)
	case b.depth > 0:
		return nil
	case !b.in:
		return b.outside(at)
	}
	at.kind = calendarProperty
	return b.visit(at)
}

// begin opens a calendar or a component directly in it. What is open is broken.
func (b *blocks) begin(name string, at block) error {
	if err := b.broken(at.start); err != nil {
		return err
	}
	if name == "VCALENDAR" {
		b.in, b.stray = true, false
		at.kind = calendarBegin
		return b.visit(at)
	}
	if !b.in {
		return b.outside(at)
	}
	at.kind, at.name = calendarComponent, name
	b.open, b.depth = at, 1
	return nil
}

// broken reports the component that is open, if one is, as ending at end.
func (b *blocks) broken(end int) error {
	if b.depth == 0 {
		return nil
	}
	b.depth = 0
	b.open.kind, b.open.end = brokenComponent, end
	return b.visit(b.open)
}

// outside reports text outside of calendars, once between two of them.
func (b *blocks) outside(at block) error {
	if b.stray {
		return nil
	}
	b.stray = true
	at.kind = strayText
	return b.visit(at)
}

// lineBreak returns the first line break of raw, CRLF if it has none.
func lineBreak(raw []byte) string {
	if n := bytes.IndexByte(raw, '\n'); n == 0 || n > 0 && raw[n-1] != '\r' {
		return "\n"
	}
	return "\r\n"
}

// endLine returns text with a line break at its end.
func endLine(text, lineBreak string) string {
	if strings.HasSuffix(text, "\n") {
		return text
	}
	return strings.TrimRight(text, "\r") + lineBreak
}
