package ical

import (
	"bytes"
	"strings"
)

// Parse reads one iCalendar stream (RFC 5545 section 3.4) that holds one VCALENDAR, and returns that. It takes bare LF, a
// byte order mark, blank lines, names in any case and folds inside a character. raw must not be changed afterwards:
// names and values are views of it. Errors are *Error.
func Parse(raw []byte, lim Limits) (*Component, error) {
	lim = lim.orDefault()
	if len(raw) > lim.MaxBytes {
		return nil, fail(TooLarge, 0, "%d octets, more than the %d allowed", len(raw), lim.MaxBytes)
	}
	root, err := parseOne(raw, lim)
	if err != nil {
		return nil, err
	}
	if root.Name != "VCALENDAR" {
		return nil, fail(InvalidData, 1, "begins with %s instead of VCALENDAR", root.Name)
	}
	return root, nil
}

// parseOne reads one component of any name, with nothing before or after it. lim has no zero fields.
func parseOne(raw []byte, lim Limits) (*Component, *Error) {
	b := newBuilder(raw, lim)
	for {
		line, ok, err := b.scan.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if err := b.add(line); err != nil {
			return nil, err
		}
	}
	if len(b.comps) == 0 {
		return nil, fail(InvalidData, 0, "empty: no BEGIN:VCALENDAR")
	}
	if b.open >= 0 {
		c := b.comps[b.open]
		return nil, fail(InvalidData, b.scan.line-1, "ends inside %s, which begins in line %d", c.Name, c.line)
	}
	b.linkChildren()
	return b.comps[0].Component, nil
}

// builder makes components of content lines. What belongs to many of them lies in few flat slices.
type builder struct {
	scan   scanner
	lim    Limits
	comps  []building
	open   int // index in comps of the innermost component that has not ended, -1: none
	depth  int
	total  int        // properties so far
	props  []Property // those of each component in a row, unless it is scattered
	params []Param
	values []string
	slab   []Component // unused components
}

// building is a component and what is needed while it grows.
type building struct {
	*Component
	parent    int // index in builder.comps, -1: none
	line      int
	first     int  // index in builder.props of its first property
	count     int  // how many follow there
	scattered bool // its properties stand between those of children and have moved to a slice of their own
	children  int
	attendees int
	dates     int
}

// newBuilder returns a builder for raw with room for what is likely to be in it.
func newBuilder(raw []byte, lim Limits) *builder {
	const most = 256 // of what is provided for; beyond it the slices grow
	lines := min(bytes.Count(raw, []byte{'\n'})+1, most)
	comps := min(bytes.Count(raw, []byte("BEGIN:"))+1, most/4)
	params := min(bytes.Count(raw, []byte{';'})+1, most)
	return &builder{
		scan:   newScanner(raw, lim.MaxLineBytes),
		lim:    lim,
		open:   -1,
		comps:  make([]building, 0, comps),
		slab:   make([]Component, comps),
		props:  make([]Property, 0, lines),
		params: make([]Param, 0, params),
		values: make([]string, 0, params),
	}
}

// add takes one content line.
func (b *builder) add(line contentLine) *Error {
	if name, ok := marker(line.text, "BEGIN:"); ok {
		return b.begin(name, line)
	}
	if b.open < 0 {
		if len(b.comps) == 0 {
			return fail(InvalidData, line.number, "not BEGIN:VCALENDAR: %s", quote(line.text))
		}
		return fail(InvalidData, line.number, "text after END:%s: %s", b.comps[0].Name, quote(line.text))
	}
	if name, ok := marker(line.text, "END:"); ok {
		return b.end(name, line)
	}
	b.total++
	if b.total > b.lim.MaxProperties {
		return fail(TooLarge, line.number, "more than %d properties", b.lim.MaxProperties)
	}
	var p Property
	if err := b.property(line, &p); err != nil {
		return err
	}
	c := &b.comps[b.open]
	if err := b.count(c, &p); err != nil {
		return err
	}
	if !c.scattered && c.count > 0 && c.first+c.count != len(b.props) {
		c.scattered = true
		c.Props = append(make([]Property, 0, 2*c.count), b.props[c.first:c.first+c.count]...)
	}
	if c.scattered {
		c.Props = append(c.Props, p)
		return nil
	}
	if c.count == 0 {
		c.first = len(b.props)
	}
	c.count++
	b.props = append(b.props, p)
	return nil
}

// marker returns the component name of a BEGIN or END line, "" for one that is no name; kind is "BEGIN:" or "END:".
func marker(text, kind string) (name string, ok bool) {
	if len(text) < len(kind) || text[0]|0x20 != kind[0]|0x20 || !strings.EqualFold(text[:len(kind)], kind) {
		return "", false
	}
	name, rest := cutName(skipBlanks(text[len(kind):]))
	if skipBlanks(rest) != "" {
		return "", true
	}
	return name, true
}

// begin opens a component.
func (b *builder) begin(name string, line contentLine) *Error {
	switch {
	case name == "":
		return fail(InvalidData, line.number, "not a component name: %s", quote(line.text))
	case b.open < 0 && len(b.comps) > 0:
		return fail(InvalidObject, line.number, "a second %s after the end of the first", name)
	case b.depth >= b.lim.MaxDepth:
		return fail(InvalidData, line.number, "components nested more than %d deep", b.lim.MaxDepth)
	case len(b.comps) >= b.lim.MaxComponents:
		return fail(TooLarge, line.number, "more than %d components", b.lim.MaxComponents)
	}
	if len(b.slab) == 0 {
		b.slab = make([]Component, 32)
	}
	c := &b.slab[0]
	b.slab = b.slab[1:]
	c.Name, c.Start = name, line.start
	if b.open >= 0 {
		b.comps[b.open].children++
	}
	b.comps = append(b.comps, building{Component: c, parent: b.open, line: line.number})
	b.open = len(b.comps) - 1
	b.depth++
	return nil
}

// end closes the innermost component.
func (b *builder) end(name string, line contentLine) *Error {
	c := &b.comps[b.open]
	if name != c.Name {
		return fail(InvalidData, line.number, "END:%s inside %s, which begins in line %d", name, c.Name, c.line)
	}
	if !c.scattered {
		c.Props = b.props[c.first : c.first+c.count : c.first+c.count]
	}
	c.End = line.end
	b.open = c.parent
	b.depth--
	return nil
}

// count holds the properties of which there may be many against the limits.
func (b *builder) count(c *building, p *Property) *Error {
	switch p.Name {
	case "ATTENDEE":
		c.attendees++
		if c.attendees > b.lim.MaxAttendees {
			return fail(TooManyAttendees, p.Line, "more than %d attendees", b.lim.MaxAttendees)
		}
	case "EXDATE", "RDATE", "FREEBUSY":
		c.dates += strings.Count(p.Value, ",") + 1
		if c.dates > b.lim.MaxDates {
			return fail(TooManyInstances, p.Line, "more than %d dates in %s", b.lim.MaxDates, c.Name)
		}
	}
	return nil
}

// linkChildren fills in Children, all of them in one slice.
func (b *builder) linkChildren() {
	room := make([]*Component, len(b.comps))
	for i := range b.comps {
		c := &b.comps[i]
		if c.children > 0 {
			c.Children = room[:0:c.children]
			room = room[c.children:]
		}
		if c.parent >= 0 {
			parent := b.comps[c.parent]
			parent.Children = append(parent.Children, c.Component)
		}
	}
}
