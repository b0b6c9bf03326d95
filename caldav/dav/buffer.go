package dav

import (
	"net/http"
	"strconv"
	"time"
)

// Buffer appends the XML of a response to B. The namespaces of this package have fixed prefixes (D, C, CS, A, CY), declared by
// StartDocument and StartMultistatus; any other namespace is declared by each element that is in it. Nothing is checked: that what
// is opened is closed is up to the caller.
type Buffer struct {
	B []byte

	props  int     // where the propstat begun by StartProps begins in B
	first  int     // where its first property would begin
	absent []group // statuses other than 200 of the response being written
	groups int     // of absent that are in use; the others are memory for later
}

// Raw appends s as it stands.
func (b *Buffer) Raw(s string) { b.B = append(b.B, s...) }

// Text appends s as character data. Carriage returns survive parsers as &#13;, what XML cannot hold is left out.
func (b *Buffer) Text(s string) { b.B = appendText(b.B, bytesOf(s), false) }

// TextBytes is Text for bytes, such as those of a calendar object.
func (b *Buffer) TextBytes(s []byte) { b.B = appendText(b.B, s, false) }

// AttrText appends s as the value of an attribute, without the quotes around it, which have to be double.
func (b *Buffer) AttrText(s string) { b.B = appendText(b.B, bytesOf(s), true) }

// Open appends the start tag of n.
func (b *Buffer) Open(n Name) { b.tag("<", n, ">") }

// Close appends the end tag of n.
func (b *Buffer) Close(n Name) {
	b.Raw("</")
	b.qname(n)
	b.Raw(">")
}

// Empty appends n as an empty element.
func (b *Buffer) Empty(n Name) { b.tag("<", n, "/>") }

// OpenAttrs appends the start tag of n with attributes that are in no namespace: name, value, name, value and so on.
func (b *Buffer) OpenAttrs(n Name, attrs ...string) {
	b.tag("<", n, "")
	b.attrs(attrs)
	b.Raw(">")
}

// EmptyAttrs is OpenAttrs for an empty element.
func (b *Buffer) EmptyAttrs(n Name, attrs ...string) {
	b.tag("<", n, "")
	b.attrs(attrs)
	b.Raw("/>")
}

func (b *Buffer) attrs(attrs []string) {
	for i := 0; i+1 < len(attrs); i += 2 {
		b.Raw(" ")
		b.Raw(attrs[i])
		b.Raw(`="`)
		b.AttrText(attrs[i+1])
		b.Raw(`"`)
	}
}

// Elem appends n with text inside.
func (b *Buffer) Elem(n Name, text string) {
	if text == "" {
		b.Empty(n)
		return
	}
	b.Open(n)
	b.Text(text)
	b.Close(n)
}

// Int appends n with a number inside.
func (b *Buffer) Int(n Name, i int64) {
	b.Open(n)
	b.B = strconv.AppendInt(b.B, i, 10)
	b.Close(n)
}

// Time appends n with a time as DAV:creationdate has it (RFC 3339, UTC, seconds).
func (b *Buffer) Time(n Name, t time.Time) {
	b.Open(n)
	b.B = t.UTC().AppendFormat(b.B, "2006-01-02T15:04:05Z")
	b.Close(n)
}

// HTTPDate appends n with a time as DAV:getlastmodified has it (RFC 9110 section 5.6.7).
func (b *Buffer) HTTPDate(n Name, t time.Time) {
	b.Open(n)
	b.B = t.UTC().AppendFormat(b.B, http.TimeFormat)
	b.Close(n)
}

// ETag appends DAV:getetag with a strong entity tag; tag comes without quotes.
func (b *Buffer) ETag(tag string) {
	b.Raw(`<D:getetag>"`)
	b.Text(tag)
	b.Raw(`"</D:getetag>`)
}

// Href appends a DAV:href; path must be escaped, see [EscapePath].
func (b *Buffer) Href(path string) {
	b.Raw("<D:href>")
	b.Text(path)
	b.Raw("</D:href>")
}

// StartDocument appends the XML declaration and the start tag of root with the fixed prefixes declared.
func (b *Buffer) StartDocument(root Name) {
	b.Raw(xmlDeclaration)
	b.tag("<", root, declarations+">")
}

// EndDocument appends the end tag of root.
func (b *Buffer) EndDocument(root Name) {
	b.Close(root)
	b.Raw("\n")
}

const xmlDeclaration = `<?xml version="1.0" encoding="utf-8"?>` + "\n"

// tag appends open, the name with what declares its namespace, and end.
func (b *Buffer) tag(open string, n Name, end string) {
	b.Raw(open)
	b.qname(n)
	if _, fixed := prefix(n.Space); !fixed && n.Space != "" {
		b.Raw(` xmlns:X="`)
		b.AttrText(n.Space)
		b.Raw(`"`)
	}
	b.Raw(end)
}

// qname appends n with its prefix.
func (b *Buffer) qname(n Name) {
	p, fixed := prefix(n.Space)
	if !fixed && n.Space != "" {
		p = "X:"
	}
	b.B = append(append(b.B, p...), n.Local...)
}
