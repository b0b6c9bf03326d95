package dav

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// xmlParser reads a document in one pass without recursion. It takes the part of XML 1.0 and of Namespaces in XML 1.0 that requests
// are made of, which is all but document type declarations.
type xmlParser struct {
	doc   *document
	s     string // the document
	pos   int
	lim   XMLLimits
	nodes int

	root  *Element
	open  []openElement // from the root down
	done  []*Element    // closed elements whose parents are open
	attrs []rawAttr     // of the start tag being read

	elements []Element // memory to take the next elements from
	pointers []*Element
}

// openElement is an element whose end tag was not met yet.
type openElement struct {
	e     *Element
	qname string
	first int    // its first child in done
	text  string // its only piece of text, while there is one
	many  []byte // its text, once there are several pieces
}

var (
	errUnclosed = errors.New("it ends inside of an element or tag")
	errName     = errors.New("a name was expected")
	errTwoRoots = errors.New("something follows the root element")
)

func tooMuch(format string, args ...any) error {
	return Fail(http.StatusRequestEntityTooLarge, Name{}, "the XML of the request has "+format, args...)
}

func (p *xmlParser) parse() (*Element, error) {
	for p.pos < len(p.s) {
		rest := p.s[p.pos:]
		if rest[0] != '<' {
			n := strings.IndexByte(rest, '<')
			if n < 0 {
				n = len(rest)
			}
			if err := p.charData(rest[:n]); err != nil {
				return nil, err
			}
			p.pos += n
			continue
		}
		if err := p.markup(rest); err != nil {
			return nil, err
		}
	}
	switch {
	case len(p.open) > 0:
		return nil, errUnclosed
	case p.root == nil:
		return nil, errors.New("there is no element")
	}
	return p.root, nil
}

// markup reads what begins with the '<' at the start of rest.
func (p *xmlParser) markup(rest string) error {
	if len(rest) < 2 {
		return errUnclosed
	}
	switch rest[1] {
	case '/':
		return p.endTag()
	case '?':
		return p.instruction(rest)
	case '!':
		switch {
		case strings.HasPrefix(rest, "<!--"):
			return p.comment(rest)
		case strings.HasPrefix(rest, "<![CDATA["):
			return p.cdata(rest)
		}
		return docType(rest)
	}
	return p.startTag()
}

// docType refuses a document type declaration; one that names something outside of the document by the precondition that RFC 4918
// section 16 has for that.
func docType(rest string) error {
	declaration, _, _ := strings.Cut(rest, ">")
	if strings.Contains(declaration, "[") {
		declaration, _, _ = strings.Cut(rest, "]")
	}
	if strings.Contains(declaration, "SYSTEM") || strings.Contains(declaration, "PUBLIC") {
		return Fail(http.StatusForbidden, DAV("no-external-entities"), "document type declarations and entities of other documents are not taken")
	}
	return errors.New("document type declarations are not taken")
}

// count notes one more node.
func (p *xmlParser) count() error {
	if p.nodes++; p.nodes > p.lim.MaxNodes {
		return tooMuch("more than %d elements and attributes", p.lim.MaxNodes)
	}
	return nil
}

// charData takes text between tags.
func (p *xmlParser) charData(s string) error {
	if len(p.open) == 0 {
		if strings.Trim(s, " \t\r\n") != "" {
			return errors.New("there is text outside of the root element")
		}
		return nil
	}
	if strings.Contains(s, "]]>") {
		return errors.New("]]> in text")
	}
	text, err := decodeText(s, false)
	if err != nil {
		return err
	}
	p.addText(text)
	return nil
}

// addText adds a piece of text to the innermost open element, but not white space around child elements.
func (p *xmlParser) addText(s string) {
	in := &p.open[len(p.open)-1]
	switch {
	case len(p.done) > in.first && isSpace(s):
	case len(in.many) > 0:
		in.many = append(in.many, s...)
	case in.text == "":
		in.text = s
	default:
		in.many = append(append(in.many, in.text...), s...)
	}
}

func isSpace(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

func (p *xmlParser) cdata(rest string) error {
	n := strings.Index(rest, "]]>")
	switch {
	case n < 0:
		return errUnclosed
	case len(p.open) == 0:
		return errors.New("there is text outside of the root element")
	}
	if err := p.count(); err != nil {
		return err
	}
	p.addText(lineEnds(rest[len("<![CDATA["):n]))
	p.pos += n + len("]]>")
	return nil
}

func (p *xmlParser) comment(rest string) error {
	n := strings.Index(rest[len("<!--"):], "--")
	if n < 0 {
		return errUnclosed
	}
	end := len("<!--") + n
	if !strings.HasPrefix(rest[end:], "-->") {
		return errors.New("-- in a comment")
	}
	p.pos += end + len("-->")
	return p.count()
}

// instruction skips a processing instruction or the XML declaration, which nothing may stand before.
func (p *xmlParser) instruction(rest string) error {
	body, _, found := strings.Cut(rest[len("<?"):], "?>")
	if !found {
		return errUnclosed
	}
	target := body[:nameLen(body)]
	after := body[len(target):]
	switch {
	case target == "" || strings.Contains(target, ":") || after != "" && !isSpace(after[:1]):
		return errName
	case strings.EqualFold(target, "xml") && p.pos > 0:
		return errors.New("an XML declaration that is not the first thing")
	}
	p.pos += len("<?") + len(body) + len("?>")
	return p.count()
}

func (p *xmlParser) endTag() error {
	p.pos += len("</")
	qname := p.s[p.pos : p.pos+nameLen(p.s[p.pos:])]
	if len(p.open) == 0 {
		return fmt.Errorf("</%.40s> ends nothing", qname)
	}
	if want := p.open[len(p.open)-1].qname; qname != want {
		return fmt.Errorf("<%.40s> is ended by </%.40s>", want, qname)
	}
	p.pos += len(qname)
	p.skipSpace()
	if p.pos >= len(p.s) || p.s[p.pos] != '>' {
		return errUnclosed
	}
	p.pos++
	p.closeElement()
	return nil
}

// closeElement finishes the innermost open element and gives it to its parent.
func (p *xmlParser) closeElement() {
	in := &p.open[len(p.open)-1]
	e := in.e
	e.end = p.pos
	children := p.done[in.first:]
	e.Text = in.text
	if len(in.many) > 0 {
		e.Text = string(in.many)
	}
	if len(children) > 0 {
		e.Children = p.keep(children)
	}
	p.done = append(p.done[:in.first], e)
	p.open = p.open[:len(p.open)-1]
}

// keep returns a copy of the list.
func (p *xmlParser) keep(list []*Element) []*Element {
	if len(list) > cap(p.pointers)-len(p.pointers) {
		p.pointers = make([]*Element, 0, max(len(list), 16, min(cap(p.pointers)*2, 1024)))
	}
	n := len(p.pointers)
	p.pointers = append(p.pointers, list...)
	return p.pointers[n:len(p.pointers):len(p.pointers)]
}

// newElement returns memory for an element.
func (p *xmlParser) newElement() *Element {
	if len(p.elements) == cap(p.elements) {
		p.elements = make([]Element, 0, max(8, min(cap(p.elements)*2, 256)))
	}
	p.elements = append(p.elements, Element{})
	return &p.elements[len(p.elements)-1]
}

func (p *xmlParser) skipSpace() (skipped bool) {
	from := p.pos
	for p.pos < len(p.s) && isSpace(p.s[p.pos:p.pos+1]) {
		p.pos++
	}
	return p.pos > from
}
