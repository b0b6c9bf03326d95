package itip

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"convene/ical"
)

// edits are changes of some bytes, of which the rest stays as it is.
type edits []edit

// edit puts text in the place of what stands from start up to end.
type edit struct {
	start, end int
	text       []byte
}

func (e *edits) replace(p *ical.Property, line []byte) { *e = append(*e, edit{p.Start, p.End, line}) }
func (e *edits) remove(p *ical.Property)               { *e = append(*e, edit{p.Start, p.End, nil}) }
func (e *edits) insert(at int, line []byte)            { *e = append(*e, edit{at, at, line}) }

// apply returns raw with the edits, and raw itself if there are none.
func (e edits) apply(raw []byte) []byte {
	if len(e) == 0 {
		return raw
	}
	slices.SortStableFunc(e, func(a, b edit) int { // what is put in at a place goes before what takes the place of what is there
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(min(a.end-a.start, 1), min(b.end-b.start, 1)))
	})
	size := len(raw)
	for _, one := range e {
		size += len(one.text) - (one.end - one.start)
	}
	out, at := make([]byte, 0, size), 0
	for _, one := range e {
		out = append(append(out, raw[at:one.start]...), one.text...)
		at = one.end
	}
	return append(out, raw[at:]...)
}

// within returns the component c of raw with the edits, which are offsets in raw.
func (e edits) within(raw []byte, c *ical.Component) []byte {
	for i := range e {
		e[i].start, e[i].end = e[i].start-c.Start, e[i].end-c.Start
	}
	return endLine(e.apply(raw[c.Start:c.End:c.End]))
}

// bodyOf returns where the first line in c begins.
func bodyOf(raw []byte, c *ical.Component) int {
	return c.Start + bytes.IndexByte(raw[c.Start:c.End], '\n') + 1
}

// tailOf returns where a property may be added to c: behind its last one, before what is nested in it.
func tailOf(raw []byte, c *ical.Component) int {
	at := bodyOf(raw, c)
	for i := range c.Props {
		if len(c.Children) == 0 || c.Props[i].End <= c.Children[0].Start {
			at = max(at, c.Props[i].End)
		}
	}
	return at
}

// without returns params without those called names. It does not change params.
func without(params []ical.Param, names ...string) []ical.Param {
	kept := make([]ical.Param, 0, len(params))
	for _, p := range params {
		if !slices.Contains(names, p.Name) {
			kept = append(kept, p)
		}
	}
	return kept
}

// with returns params with the parameter name set to value; "" takes it away. It does not change params.
func with(params []ical.Param, name, value string) []ical.Param {
	kept := make([]ical.Param, 0, len(params)+1)
	done := value == ""
	for _, p := range params {
		switch {
		case p.Name != name:
			kept = append(kept, p)
		case !done:
			kept, done = append(kept, ical.Param{Name: name, Values: []string{value}}), true
		}
	}
	if !done {
		kept = append(kept, ical.Param{Name: name, Values: []string{value}})
	}
	return kept
}

// lineOf returns p as a content line with params.
func lineOf(p *ical.Property, params []ical.Param) []byte {
	return ical.AppendLine(nil, p.Name, params, p.Value)
}

// sameParams says whether a and b are the same, in the same order.
func sameParams(a, b []ical.Param) bool {
	return slices.EqualFunc(a, b, func(x, y ical.Param) bool { return x.Name == y.Name && slices.Equal(x.Values, y.Values) })
}

// is says whether the value of p, which may be nil, is word in any case.
func is(p *ical.Property, word string) bool {
	return p != nil && strings.EqualFold(strings.TrimSpace(p.Value), word)
}

// appendRaw appends bytes of an object, with a line break at their end.
func appendRaw(dst, raw []byte, start, end int) []byte {
	dst = append(dst, raw[start:end]...)
	if end > start && raw[end-1] != '\n' {
		dst = append(dst, '\r', '\n')
	}
	return dst
}

// setLines returns text, a component, with properties of these names and values, each once.
func setLines(text []byte, names, values []string) []byte {
	head := bytes.IndexByte(text, '\n') + 1
	out := append([]byte(nil), text[:head]...)
	for i, name := range names {
		out = ical.AppendLine(out, name, nil, values[i])
	}
	rest := text[head:]
	depth, drop := 0, false
	for len(rest) > 0 {
		n := bytes.IndexByte(rest, '\n') + 1
		if n == 0 {
			n = len(rest)
		}
		line := rest[:n]
		rest = rest[n:]
		if line[0] != ' ' && line[0] != '\t' { // else it goes on with the line before
			name, _, _ := strings.Cut(strings.ToUpper(string(line[:min(n, 40)])), ":")
			name, _, _ = strings.Cut(name, ";")
			switch strings.TrimSpace(name) {
			case "BEGIN":
				depth++
			case "END":
				depth--
			}
			drop = depth == 0 && slices.Contains(names, name)
		}
		if !drop {
			out = append(out, line...)
		}
	}
	return out
}
