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
	zones exportZones
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
	e := &Exporter{w: bufio.NewWriterSize(w, 32<<10), zones: newExportZones()}
	e.w.Write(head) // an error stays with the buffer, for Add and Close to return
	return e
}

// Add writes the components of one stored object, byte for byte; of its VTIMEZONEs those that were not written before. If another
// zone was written under the TZID of one, it gets another TZID, here and in the components. The error is that of w, or an *Error if
// raw is no calendar, of which then nothing is written.
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
	written, renamed := e.addZones(raw, parts)
	for _, b := range parts {
		text := raw[b.start:b.end]
		if b.name == "VTIMEZONE" && !written[b.start] {
			continue
		}
		if renamed != nil {
			text = renameZones(text, renamed)
		}
		if err := e.write(text); err != nil {
			return err
		}
	}
	return nil
}

// addZones finds the VTIMEZONEs among the parts of raw that are to be written, by where they start, and the TZIDs that change.
func (e *Exporter) addZones(raw []byte, parts []block) (written map[int]bool, renamed map[string]string) {
	for _, b := range parts {
		if b.name != "VTIMEZONE" {
			continue
		}
		c, err := parseOne(raw[b.start:b.end], DefaultLimits)
		if err != nil || tzidOf(c) == "" { // nothing can refer to it
			continue
		}
		name, isNew := e.zones.add(c)
		if isNew {
			if written == nil {
				written = map[int]bool{}
			}
			written[b.start] = true
		}
		if tzid := tzidOf(c); name != tzid {
			if renamed == nil {
				renamed = map[string]string{}
			}
			renamed[tzid] = name
		}
	}
	return written, renamed
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
