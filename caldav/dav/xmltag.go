package dav

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// rawAttr is an attribute as written.
type rawAttr struct{ prefix, local, value string }

// startTag reads a start tag or an empty element.
func (p *xmlParser) startTag() error {
	start := p.pos
	if p.root != nil && len(p.open) == 0 {
		return errTwoRoots
	}
	if len(p.open) >= p.lim.MaxDepth {
		return tooMuch("more than %d elements inside each other", p.lim.MaxDepth)
	}
	if err := p.count(); err != nil {
		return err
	}
	p.pos++
	qname := p.s[p.pos : p.pos+nameLen(p.s[p.pos:])]
	elemPrefix, local, err := splitName(qname)
	if err != nil {
		return err
	}
	p.pos += len(qname)
	empty, err := p.attributes()
	if err != nil {
		return err
	}
	e := p.newElement()
	e.doc, e.start = p.doc, start
	if n := len(p.open); n > 0 {
		in := &p.open[n-1]
		e.scope, e.Lang = in.e.scope, in.e.Lang
		if in.first == len(p.done) {
			in.dropSpace()
		}
	}
	if err := p.resolve(e, elemPrefix, local); err != nil {
		return err
	}
	if p.root == nil {
		p.root = e
	}
	p.push(openElement{e: e, qname: qname, first: len(p.done)})
	if empty {
		p.closeElement()
	}
	return nil
}

// dropSpace forgets text that is only white space, at the start of the first child.
func (in *openElement) dropSpace() {
	if isSpace(in.text) {
		in.text = ""
	}
	if isSpace(string(in.many)) {
		in.many = in.many[:0]
	}
}

// push notes an open element, with the memory for text that an earlier one at this depth used.
func (p *xmlParser) push(in openElement) {
	if n := len(p.open); n < cap(p.open) {
		in.many = p.open[:n+1][n].many[:0]
	}
	p.open = append(p.open, in)
}

// attributes reads the rest of a start tag into p.attrs and says whether it is one of an empty element.
func (p *xmlParser) attributes() (empty bool, err error) {
	p.attrs = p.attrs[:0]
	for {
		spaced := p.skipSpace()
		rest := p.s[p.pos:]
		switch {
		case rest == "":
			return false, errUnclosed
		case rest[0] == '>':
			p.pos++
			return false, nil
		case strings.HasPrefix(rest, "/>"):
			p.pos += len("/>")
			return true, nil
		case !spaced:
			return false, errName
		case len(p.attrs) >= maxAttributes:
			return false, tooMuch("an element with more than %d attributes", maxAttributes)
		}
		if err := p.count(); err != nil {
			return false, err
		}
		if err := p.attribute(); err != nil {
			return false, err
		}
	}
}

// attribute reads one attribute: name, equals sign, quoted value.
func (p *xmlParser) attribute() error {
	qname := p.s[p.pos : p.pos+nameLen(p.s[p.pos:])]
	a := rawAttr{}
	var err error
	if a.prefix, a.local, err = splitName(qname); err != nil {
		return err
	}
	p.pos += len(qname)
	p.skipSpace()
	if p.pos >= len(p.s) || p.s[p.pos] != '=' {
		return fmt.Errorf("attribute %.40s has no value", qname)
	}
	p.pos++
	p.skipSpace()
	if p.pos >= len(p.s) || p.s[p.pos] != '"' && p.s[p.pos] != '\'' {
		return fmt.Errorf("the value of attribute %.40s is not quoted", qname)
	}
	quote := p.s[p.pos]
	n := strings.IndexByte(p.s[p.pos+1:], quote)
	if n < 0 {
		return errUnclosed
	}
	raw := p.s[p.pos+1:][:n]
	if strings.IndexByte(raw, '<') >= 0 {
		return fmt.Errorf("< in the value of attribute %.40s", qname)
	}
	if a.value, err = decodeText(raw, true); err != nil {
		return err
	}
	p.pos += n + 2
	p.attrs = append(p.attrs, a)
	return nil
}

// resolve gives e its name and attributes, once the namespace declarations among p.attrs are noted.
func (p *xmlParser) resolve(e *Element, elemPrefix, local string) (err error) {
	others := 0
	for _, a := range p.attrs {
		switch {
		case a.prefix == "xmlns":
			err = e.bind(a.local, a.value)
		case a.prefix == "" && a.local == "xmlns":
			err = e.bind("", a.value)
		default:
			others++
		}
		if err != nil {
			return err
		}
	}
	if e.Name, err = e.expand(elemPrefix, local, false); err != nil || others == 0 {
		return err
	}
	e.Attrs = make([]Attr, 0, others)
	for _, a := range p.attrs {
		if a.prefix == "xmlns" || a.prefix == "" && a.local == "xmlns" {
			continue
		}
		name, err := e.expand(a.prefix, a.local, true)
		if err != nil {
			return err
		}
		for i := range e.Attrs {
			if e.Attrs[i].Name == name {
				return fmt.Errorf("attribute %.40s stands twice", a.local)
			}
		}
		e.Attrs = append(e.Attrs, Attr{name, a.value})
		if name == (Name{nsXML, "lang"}) {
			e.Lang = a.value
		}
	}
	return nil
}

// bind notes a namespace declaration made on e.
func (e *Element) bind(prefix, space string) error {
	switch {
	case prefix == "xmlns", space == nsXMLNS, (prefix == "xml") != (space == nsXML):
		return errors.New("a reserved namespace is declared")
	case prefix == "xml":
		return nil
	case prefix != "" && space == "":
		return fmt.Errorf("namespace prefix %.40s is declared empty", prefix)
	}
	depth := 0
	for b := e.scope; b != nil; b = b.outer {
		if b.at == e.start && b.prefix == prefix {
			return fmt.Errorf("namespace prefix %.40q is declared twice", prefix)
		}
		if depth++; depth >= maxBindings {
			return tooMuch("more than %d namespace declarations", maxBindings)
		}
	}
	e.scope = &binding{prefix: prefix, space: space, at: e.start, outer: e.scope}
	return nil
}

// expand resolves a qualified name.
func (e *Element) expand(prefix, local string, attr bool) (Name, error) {
	switch {
	case prefix == "xml":
		return Name{nsXML, local}, nil
	case prefix == "" && attr:
		return Name{Local: local}, nil
	}
	for b := e.scope; b != nil; b = b.outer {
		if b.prefix == prefix {
			return Name{b.space, local}, nil
		}
	}
	if prefix == "" {
		return Name{Local: local}, nil
	}
	return Name{}, fmt.Errorf("namespace prefix %.40s is not declared", prefix)
}

// splitName splits a qualified name at its colon.
func splitName(qname string) (prefix, local string, err error) {
	if qname == "" {
		return "", "", errName
	}
	prefix, local, found := strings.Cut(qname, ":")
	if !found {
		return "", qname, nil
	}
	if prefix == "" || nameLen(local) != len(local) || local == "" || strings.IndexByte(local, ':') >= 0 {
		return "", "", fmt.Errorf("%.40q is not a name with a namespace prefix", qname)
	}
	return prefix, local, nil
}

// nameBytes says which ASCII bytes a name may have: 1 within, 2 also at the start.
var nameBytes = func() (t [utf8.RuneSelf]uint8) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == ':':
			t[c] = 2
		case c >= '0' && c <= '9', c == '-', c == '.':
			t[c] = 1
		}
	}
	return t
}()

// nameLen returns the length of the name at the start of s, 0 if there is none (XML 1.0 section 2.3).
func nameLen(s string) int {
	i := 0
	for i < len(s) {
		size, kind := 1, uint8(0)
		if s[i] < utf8.RuneSelf {
			kind = nameBytes[s[i]]
		} else {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			kind = nameRune(r)
		}
		if kind == 0 || kind == 1 && i == 0 {
			break
		}
		i += size
	}
	return i
}

// nameRune is nameBytes for other characters.
func nameRune(r rune) uint8 {
	switch {
	case r == 0xB7, r >= 0x300 && r <= 0x36F, r >= 0x203F && r <= 0x2040:
		return 1
	case r >= 0xC0 && r <= 0xD6, r >= 0xD8 && r <= 0xF6, r >= 0xF8 && r <= 0x37D && r != 0x37E, r >= 0x37F && r <= 0x1FFF,
		r >= 0x200C && r <= 0x200D, r >= 0x2070 && r <= 0x218F, r >= 0x2C00 && r <= 0x2FEF, r >= 0x3001 && r <= 0xD7FF,
		r >= 0xF900 && r <= 0xFDCF, r >= 0xFDF0 && r <= 0xFFFC, r >= 0x10000 && r <= 0xEFFFF:
		return 2
	}
	return 0
}
