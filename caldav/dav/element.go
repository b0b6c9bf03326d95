package dav

import (
	"iter"
	"strings"
)

// Attr is an attribute of an element; namespace declarations are not among them.
type Attr struct {
	Name  Name
	Value string
}

// Element is an element of a request body, read by [ReadXML]. Its strings are parts of one string that holds the whole body: clone
// what outlives the request.
type Element struct {
	Name     Name
	Attrs    []Attr
	Children []*Element
	Text     string // the character data directly inside; around child elements without what is only white space
	Lang     string // xml:lang in force (RFC 4918 section 4.3), "" for none

	doc        *document
	scope      *binding // the innermost namespace declaration in force
	start, end int      // of the element in doc, tags included
}

type document struct{ text string }

// binding is a namespace declaration made by the element that starts at offset at; outer is the one before it.
type binding struct {
	prefix, space string
	at            int
	outer         *binding
}

// Child returns the first child called n, or nil; also of a nil element.
func (e *Element) Child(n Name) *Element {
	if e == nil {
		return nil
	}
	for _, c := range e.Children {
		if c.Name == n {
			return c
		}
	}
	return nil
}

// All yields the children called n in their order; none of a nil element.
func (e *Element) All(n Name) iter.Seq[*Element] {
	return func(yield func(*Element) bool) {
		if e == nil {
			return
		}
		for _, c := range e.Children {
			if c.Name == n && !yield(c) {
				return
			}
		}
	}
}

// Attr returns the value of the attribute local that is in no namespace, and whether the element has it.
func (e *Element) Attr(local string) (string, bool) {
	if e == nil {
		return "", false
	}
	for i := range e.Attrs {
		if e.Attrs[i].Name == (Name{Local: local}) {
			return e.Attrs[i].Value, true
		}
	}
	return "", false
}

// Raw returns the element as it was sent, made to stand alone: the namespace declarations around it that it may use and the
// language in force are added to its start tag. That is how a dead property is kept (RFC 4918 section 4.3).
func (e *Element) Raw() string {
	if e.doc == nil {
		return ""
	}
	raw := e.doc.text[e.start:e.end]
	nameEnd := strings.IndexAny(raw, " \t\r\n/>") // the start tag is well formed
	var add Buffer
	own := e.addDeclarations(&add, raw)
	if e.Lang != "" && !own {
		add.Raw(` xml:lang="`)
		add.AttrText(e.Lang)
		add.Raw(`"`)
	}
	return raw[:nameEnd] + string(add.B) + raw[nameEnd:]
}

// addDeclarations appends the declarations from around e that raw may use and e does not make itself. It says whether e has a
// xml:lang of its own.
func (e *Element) addDeclarations(add *Buffer, raw string) (lang bool) {
	for i := range e.Attrs {
		lang = lang || e.Attrs[i].Name == Name{nsXML, "lang"}
	}
	seen := make([]string, 0, 8)
next:
	for b := e.scope; b != nil; b = b.outer {
		for _, s := range seen {
			if s == b.prefix {
				continue next
			}
		}
		seen = append(seen, b.prefix)
		if b.at == e.start {
			continue
		}
		switch {
		case b.prefix == "" && b.space != "":
			add.Raw(` xmlns="`)
		case b.prefix != "" && strings.Contains(raw, b.prefix+":"):
			add.Raw(` xmlns:` + b.prefix + `="`)
		default:
			continue
		}
		add.AttrText(b.space)
		add.Raw(`"`)
	}
	return lang
}
