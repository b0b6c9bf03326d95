package ical

import (
	"iter"
)

// Component is one BEGIN..END block (RFC 5545 section 3.6).
type Component struct {
	Name       string // upper case
	Props      []Property
	Children   []*Component
	Start, End int // byte offsets in the parsed data: of its BEGIN line, and after the line break of its END
}

// Property is one content line (RFC 5545 section 3.1).
type Property struct {
	Name       string // upper case
	Params     []Param
	Value      string // unfolded and still escaped; a view of the parsed data unless it was folded
	Start, End int    // byte offsets of the whole content line in the parsed data, End after its line break
	Line       int    // 1-based number of its first line
}

// Param is a property parameter (RFC 5545 section 3.2), its values unquoted and RFC 6868 decoded.
type Param struct {
	Name   string // upper case
	Values []string
}

// Prop returns the first property called name (upper case), or nil.
func (c *Component) Prop(name string) *Property {
	for i := range c.Props {
		if c.Props[i].Name == name {
			return &c.Props[i]
		}
	}
	return nil
}

// AllProps yields the properties called name (upper case) in their order.
func (c *Component) AllProps(name string) iter.Seq[*Property] {
	return func(yield func(*Property) bool) {
		for i := range c.Props {
			if c.Props[i].Name == name && !yield(&c.Props[i]) {
				return
			}
		}
	}
}

// Param returns the first value of the parameter called name (upper case), or "".
func (p *Property) Param(name string) string {
	for i := range p.Params {
		if p.Params[i].Name == name && len(p.Params[i].Values) > 0 {
			return p.Params[i].Values[0]
		}
	}
	return ""
}
