package scenario

import (
	"fmt"
	"strings"
)

// component is a BEGIN..END block as text, to be changed.
type component struct {
	name     string
	props    []*property
	children []*component
}

// property is a content line (RFC 5545 section 3.1).
type property struct {
	name   string // upper case
	params []parameter
	value  string // as written
}

// parameter has its value as it is written, without the quotes if it is one value in quotes.
type parameter struct{ name, value string }

// parseProperty reads an unfolded content line.
func parseProperty(line string) (*property, error) {
	end := strings.IndexAny(line, ";:")
	if end <= 0 || strings.ContainsAny(line[:end], " ()[]<>\".=") {
		return nil, fmt.Errorf("not a content line: %q", line)
	}
	p := &property{name: strings.ToUpper(line[:end])}
	rest := line[end:]
	for rest[0] == ';' {
		stop := unquotedIndex(rest[1:], ";:") + 1
		if stop == 0 {
			return nil, fmt.Errorf("no value: %q", line)
		}
		name, value, ok := strings.Cut(rest[1:stop], "=")
		if !ok {
			return nil, fmt.Errorf("a parameter without value: %q", line)
		}
		p.params = append(p.params, parameter{strings.ToUpper(name), unquote(value)})
		rest = rest[stop:]
	}
	p.value = rest[1:]
	return p, nil
}

// unquotedIndex is strings.IndexAny outside of double quotes.
func unquotedIndex(s, chars string) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte(chars, s[i]) >= 0:
			return i
		}
	}
	return -1
}

func unquote(value string) string {
	if len(value) >= 2 && value[0] == '"' && strings.IndexByte(value[1:], '"') == len(value)-2 {
		return value[1 : len(value)-1]
	}
	return value
}

func (p *property) String() string {
	var b strings.Builder
	b.WriteString(p.name)
	for _, param := range p.params {
		b.WriteString(";" + param.name + "=")
		if strings.ContainsAny(param.value, ":;,") && !strings.Contains(param.value, `"`) {
			b.WriteString(`"` + param.value + `"`)
		} else {
			b.WriteString(param.value)
		}
	}
	return b.String() + ":" + p.value
}

func (p *property) clone() *property {
	c := *p
	c.params = append([]parameter(nil), p.params...)
	return &c
}

// param returns a parameter's value.
func (p *property) param(name string) (string, bool) {
	for _, param := range p.params {
		if param.name == name {
			return param.value, true
		}
	}
	return "", false
}

func (p *property) setParam(name, value string) {
	for i := range p.params {
		if p.params[i].name == name {
			p.params[i].value = value
			return
		}
	}
	p.params = append(p.params, parameter{name, value})
}

func (p *property) dropParam(name string) {
	for i := range p.params {
		if p.params[i].name == name {
			p.params = append(p.params[:i:i], p.params[i+1:]...)
			return
		}
	}
}

// parseComponents reads unfolded content lines that are components or, between those, properties: these are returned in a
// component without name.
func parseComponents(lines []string) (*component, error) {
	root := &component{}
	open := []*component{root}
	for _, line := range lines {
		top := open[len(open)-1]
		if name, ok := cutFold(line, "BEGIN:"); ok {
			c := &component{name: strings.ToUpper(name)}
			top.children = append(top.children, c)
			open = append(open, c)
			continue
		}
		if name, ok := cutFold(line, "END:"); ok {
			if !strings.EqualFold(name, top.name) || top == root {
				return nil, fmt.Errorf("END:%s closes nothing", name)
			}
			open = open[:len(open)-1]
			continue
		}
		p, err := parseProperty(line)
		if err != nil {
			return nil, err
		}
		top.props = append(top.props, p)
	}
	if len(open) > 1 {
		return nil, fmt.Errorf("no END:%s", open[len(open)-1].name)
	}
	return root, nil
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return strings.TrimSpace(s[len(prefix):]), true
	}
	return "", false
}

// unfold returns the content lines of an iCalendar object, which may stand in XML.
func unfold(data string) []string {
	data = strings.ReplaceAll(strings.ReplaceAll(data, "&#13;", "\r"), "\r\n", "\n")
	data = strings.ReplaceAll(strings.ReplaceAll(data, "\n ", ""), "\n\t", "")
	return strings.FieldsFunc(data, func(r rune) bool { return r == '\n' })
}

// write appends the component with CRLF.
func (c *component) write(b *strings.Builder) {
	if c.name != "" {
		b.WriteString("BEGIN:" + c.name + "\r\n")
	}
	for _, p := range c.props {
		b.WriteString(p.String() + "\r\n")
	}
	for _, child := range c.children {
		child.write(b)
	}
	if c.name != "" {
		b.WriteString("END:" + c.name + "\r\n")
	}
}

func (c *component) clone() *component {
	d := &component{name: c.name}
	for _, p := range c.props {
		d.props = append(d.props, p.clone())
	}
	for _, child := range c.children {
		d.children = append(d.children, child.clone())
	}
	return d
}

// all returns the properties of a name.
func (c *component) all(name string) []*property {
	var found []*property
	for _, p := range c.props {
		if p.name == name {
			found = append(found, p)
		}
	}
	return found
}

// first returns the first property of a name, or nil.
func (c *component) first(name string) *property {
	if all := c.all(name); len(all) > 0 {
		return all[0]
	}
	return nil
}

// drop removes properties for which gone says so.
func (c *component) drop(gone func(*property) bool) (dropped int) {
	var kept []*property
	for _, p := range c.props {
		if gone(p) {
			dropped++
		} else {
			kept = append(kept, p)
		}
	}
	c.props = kept
	return dropped
}

// set puts p in the place of all properties of its name.
func (c *component) set(p *property) {
	for i, old := range c.props {
		if old.name == p.name {
			c.props[i] = p
			first := true
			c.drop(func(q *property) bool {
				again := q.name == p.name && !first
				first = first && q.name != p.name
				return again
			})
			return
		}
	}
	c.props = append(c.props, p)
}
