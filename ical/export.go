package ical

import (
	"bufio"
	"io"
)

// ProductID is the PRODID of what this server writes itself.
const ProductID = "-//convene//convene//EN"

// Exporter writes many objects as one VCALENDAR, as they come.
type Exporter struct {
	w     *bufio.Writer
	zones map[string]bool // TZIDs written
}

// NewExporter returns an Exporter that writes to w, through a buffer. name, unless it is "", becomes X-WR-CALNAME; more
// are further properties of the calendar, of which Name, Params and Value count.
func NewExporter(w io.Writer, name string, more ...Property) *Exporter {
	head := AppendLine(nil, "BEGIN", nil, "VCALENDAR")
	head = AppendLine(head, "VERSION", nil, "2.0")
	head = AppendLine(head, "PRODID", nil, ProductID)
	if name != "" {
		head = AppendLine(head, "X-WR-CALNAME", nil, EscapeText(name))
	}
	for _, p := range more {
		head = AppendLine(head, p.Name, p.Params, p.Value)
	}
	e := &Exporter{w: bufio.NewWriterSize(w, 32<<10), zones: map[string]bool{}}
	e.w.Write(head) // an error stays with the buffer, for Add and Close to return
	return e
}

// Add writes the components of one stored object, byte for byte; of its VTIMEZONEs those whose TZID was not written
// before. The error is that of w, or an *Error if raw is no calendar, of which then nothing is written.
func (e *Exporter) Add(raw []byte) error {
	var parts []block
	seen := false
	err := eachBlock(raw, func(b block) error {
		switch b.kind {
		case calendarBegin:
			seen = true
		case calendarComponent:
			parts = append(parts, b)
		case brokenComponent:
			return fail(InvalidData, b.line, "%s without END", b.name)
		case strayText:
			return fail(InvalidData, b.line, "text outside of VCALENDAR")
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !seen {
		return fail(InvalidData, 1, "no BEGIN:VCALENDAR")
	}
	for _, b := range parts {
		if b.name == "VTIMEZONE" && !e.newZone(raw[b.start:b.end]) {
			continue
		}
		if err := e.write(raw[b.start:b.end]); err != nil {
			return err
		}
	}
	return nil
}

// newZone says whether a VTIMEZONE is to be written, and notes its TZID.
func (e *Exporter) newZone(text []byte) bool {
	c, err := parseOne(text, DefaultLimits)
	if err != nil || tzidOf(c) == "" {
		return false // nothing can refer to it
	}
	tzid := tzidOf(c)
	if e.zones[tzid] {
		return false
	}
	e.zones[tzid] = true
	return true
}

// write writes text and ends its last line.
func (e *Exporter) write(text []byte) error {
	if _, err := e.w.Write(text); err != nil {
		return err
	}
	if text[len(text)-1] != '\n' {
		_, err := e.w.WriteString("\r\n")
		return err
	}
	return nil
}

// Close writes the end of the calendar. It does not close w.
func (e *Exporter) Close() error {
	if _, err := e.w.WriteString("END:VCALENDAR\r\n"); err != nil {
		return err
	}
	return e.w.Flush()
}
