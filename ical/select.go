package ical

import "strings"

// Selection says which parts of a component to return: the comp and prop elements of CALDAV:calendar-data (RFC 4791 sections
// 9.6.1 to 9.6.4). nil, and one that selects nothing at all (as in <comp name="VTIMEZONE"/>), mean everything.
type Selection struct {
	Name     string // of the component
	AllProps bool
	Props    []PropSelection
	AllComps bool
	Comps    []*Selection
}

// PropSelection selects a property.
type PropSelection struct {
	Name    string
	NoValue bool // its name and parameters only
}

// normal returns sel as it is applied: nil for everything, and around one that begins below the calendar a calendar.
func (sel *Selection) normal() *Selection {
	if sel != nil && !strings.EqualFold(sel.Name, "VCALENDAR") {
		sel = &Selection{Name: "VCALENDAR", AllProps: true, Comps: []*Selection{sel}}
	}
	return sel.orAll()
}

// orAll returns nil if sel means everything, else sel.
func (sel *Selection) orAll() *Selection {
	if sel == nil || sel.AllProps && sel.AllComps {
		return nil
	}
	if !sel.AllProps && len(sel.Props) == 0 && !sel.AllComps && len(sel.Comps) == 0 {
		return nil
	}
	return sel
}

// comp returns the selection for a component within sel; ok is false for one that is not to be returned.
func (sel *Selection) comp(name string) (inner *Selection, ok bool) {
	if sel == nil || sel.AllComps {
		return nil, true
	}
	for _, inner := range sel.Comps {
		if strings.EqualFold(inner.Name, name) {
			return inner.orAll(), true
		}
	}
	return nil, false
}

// prop says whether a property is to be returned, and whether with its value. A calendar of which components alone are asked
// for keeps what makes it one.
func (sel *Selection) prop(name string) (value, ok bool) {
	if sel == nil || sel.AllProps {
		return true, true
	}
	for _, p := range sel.Props {
		if strings.EqualFold(p.Name, name) {
			return !p.NoValue, true
		}
	}
	bare := len(sel.Props) == 0 && strings.EqualFold(sel.Name, "VCALENDAR")
	return true, bare && (name == "VERSION" || name == "PRODID")
}

// AppendSelected appends the parts of o that sel selects to dst, as they were stored.
func (o *Object) AppendSelected(dst []byte, sel *Selection) []byte {
	e := editor{raw: o.raw}
	return e.component(dst, o.Calendar, sel.normal())
}

// editor copies components with changes; what it is not told to change stays byte for byte.
type editor struct {
	raw []byte

	// skip says whether to leave out a component; nil: none.
	skip func(c *Component) bool
	// line appends what takes the place of a property, without its value if that is not wanted, and returns true, or returns
	// false; nil: never.
	line func(dst []byte, c *Component, p *Property, value bool) ([]byte, bool)
}

// component appends c.
func (e *editor) component(dst []byte, c *Component, sel *Selection) []byte {
	if sel == nil && e.skip == nil && e.line == nil {
		return e.verbatim(dst, c.Start, c.End)
	}
	dst = appendMarker(dst, "BEGIN:", c.Name)
	dst = e.inside(dst, c, sel)
	return appendMarker(dst, "END:", c.Name)
}

// inside appends the properties and components of c, in their order.
func (e *editor) inside(dst []byte, c *Component, sel *Selection) []byte {
	props, children := c.Props, c.Children
	for len(props) > 0 || len(children) > 0 {
		if len(children) == 0 || len(props) > 0 && props[0].Start < children[0].Start {
			dst = e.property(dst, c, &props[0], sel)
			props = props[1:]
			continue
		}
		child := children[0]
		children = children[1:]
		if inner, ok := sel.comp(child.Name); ok && (e.skip == nil || !e.skip(child)) {
			dst = e.component(dst, child, inner)
		}
	}
	return dst
}

// property appends p, if it is selected.
func (e *editor) property(dst []byte, c *Component, p *Property, sel *Selection) []byte {
	value, ok := sel.prop(p.Name)
	if !ok {
		return dst
	}
	if e.line != nil {
		if dst, ok = e.line(dst, c, p, value); ok {
			return dst
		}
	}
	if !value {
		dst = append(dst, e.raw[p.Start:p.Start+colon(e.raw[p.Start:p.End])+1]...)
		return append(dst, '\r', '\n')
	}
	return e.verbatim(dst, p.Start, p.End)
}

// verbatim appends what raw holds from start up to end, and a line break if the data ends without one.
func (e *editor) verbatim(dst []byte, start, end int) []byte {
	dst = append(dst, e.raw[start:end]...)
	if end > start && e.raw[end-1] != '\n' {
		dst = append(dst, '\r', '\n')
	}
	return dst
}

// appendMarker appends a BEGIN or END line.
func appendMarker(dst []byte, kind, name string) []byte {
	dst = append(append(dst, kind...), name...)
	return append(dst, '\r', '\n')
}

// colon returns where the colon is that ends the parameters of a content line, folded or not.
func colon(line []byte) int {
	quoted := false
	for i, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ':' && !quoted:
			return i
		}
	}
	return len(line) - 1
}
