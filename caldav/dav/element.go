package dav

import "iter"

// Attr is an attribute of an element; namespace declarations are not among them.
type Attr struct {
	Name  Name
	Value string
}

// Element is an element of a request body, read by [ReadXML].
type Element struct {
	Name     Name
	Attrs    []Attr
	Children []*Element
	Text     string // all character data directly inside, in one piece, as written
	Lang     string // xml:lang in force (RFC 4918 section 4.3), "" for none

	doc        []byte   // the whole body
	start, end int      // of the element in doc, tags included
	scope      *binding // namespace declarations in force around and on the element
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
