package harness

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// The namespaces that the tests ask for.
const (
	NSDAV    = "DAV:"
	NSCalDAV = "urn:ietf:params:xml:ns:caldav"
	NSCS     = "http://calendarserver.org/ns/"
	NSApple  = "http://apple.com/ns/ical/"
)

// XMLNS declares the usual prefixes, for request bodies.
const XMLNS = `xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/" ` +
	`xmlns:A="http://apple.com/ns/ical/"`

// DAV, CalDAV, CS and Apple name elements.
func DAV(local string) xml.Name    { return xml.Name{Space: NSDAV, Local: local} }
func CalDAV(local string) xml.Name { return xml.Name{Space: NSCalDAV, Local: local} }
func CS(local string) xml.Name     { return xml.Name{Space: NSCS, Local: local} }
func Apple(local string) xml.Name  { return xml.Name{Space: NSApple, Local: local} }

// Node is an XML element. Text is all its character data, children's not included.
type Node struct {
	Name     xml.Name
	Attrs    []xml.Attr
	Text     string
	Children []*Node
}

// ParseXML reads one document whole.
func ParseXML(data []byte) (*Node, error) {
	dec := xml.NewDecoder(bytes.NewReader(data))
	root := &Node{}
	open := []*Node{root}
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("harness: %w", err)
		}
		top := open[len(open)-1]
		switch tok := tok.(type) {
		case xml.StartElement:
			n := &Node{Name: tok.Name, Attrs: tok.Copy().Attr}
			top.Children = append(top.Children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			top.Text += string(tok)
		}
	}
	if len(root.Children) != 1 {
		return nil, fmt.Errorf("harness: %d root elements", len(root.Children))
	}
	return root.Children[0], nil
}

// Child returns the first child of that name; of a nil Node, or if there is none, nil.
func (n *Node) Child(name xml.Name) *Node {
	if n == nil {
		return nil
	}
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// Path follows names downwards; nil if it ends early.
func (n *Node) Path(names ...xml.Name) *Node {
	for _, name := range names {
		n = n.Child(name)
	}
	return n
}

// All returns the children of that name.
func (n *Node) All(name xml.Name) []*Node {
	var found []*Node
	if n != nil {
		for _, c := range n.Children {
			if c.Name == name {
				found = append(found, c)
			}
		}
	}
	return found
}

// Value returns the text without blanks around it; "" for a nil Node.
func (n *Node) Value() string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(n.Text)
}

// String shows the element without namespaces, for messages.
func (n *Node) String() string {
	if n == nil {
		return "(none)"
	}
	var b strings.Builder
	b.WriteString("<" + n.Name.Local + ">" + n.Value())
	for _, c := range n.Children {
		b.WriteString(c.String())
	}
	return b.String() + "</" + n.Name.Local + ">"
}

// Multistatus is the body of a 207 (RFC 4918 section 13).
type Multistatus struct {
	Responses []*MSResponse
	SyncToken string // RFC 6578
}

// MSResponse is one DAV:response: either with a status of its own or with properties by status.
type MSResponse struct {
	Href   string // as sent
	Status int    // 0 if there are propstats instead
	Props  map[int][]*Node
	Error  *Node // DAV:error, of the response or of any of its propstats
}

// ParseMultistatus reads a 207's body and refuses what is not of its form.
func ParseMultistatus(data []byte) (*Multistatus, error) {
	root, err := ParseXML(data)
	if err != nil {
		return nil, err
	}
	if root.Name != DAV("multistatus") {
		return nil, fmt.Errorf("harness: %v is not DAV:multistatus", root.Name)
	}
	ms := &Multistatus{SyncToken: root.Child(DAV("sync-token")).Value()}
	for _, n := range root.All(DAV("response")) {
		r, err := parseResponse(n)
		if err != nil {
			return nil, err
		}
		ms.Responses = append(ms.Responses, r)
	}
	return ms, nil
}

func parseResponse(n *Node) (*MSResponse, error) {
	r := &MSResponse{Href: n.Child(DAV("href")).Value(), Props: map[int][]*Node{}, Error: n.Child(DAV("error"))}
	if r.Href == "" {
		return nil, fmt.Errorf("harness: response without href: %v", n)
	}
	var err error
	if s := n.Child(DAV("status")); s != nil {
		if r.Status, err = parseStatus(s.Value()); err != nil {
			return nil, err
		}
	}
	propstats := n.All(DAV("propstat"))
	if (r.Status == 0) == (len(propstats) == 0) {
		return nil, fmt.Errorf("harness: %s: want either a status or propstats: %v", r.Href, n)
	}
	for _, ps := range propstats {
		status, err := parseStatus(ps.Child(DAV("status")).Value())
		if err != nil {
			return nil, err
		}
		prop := ps.Child(DAV("prop"))
		if prop == nil {
			return nil, fmt.Errorf("harness: %s: propstat without prop: %v", r.Href, n)
		}
		r.Props[status] = append(r.Props[status], prop.Children...)
		if e := ps.Child(DAV("error")); e != nil {
			r.Error = e
		}
	}
	return r, nil
}

// parseStatus reads "HTTP/1.1 200 OK".
func parseStatus(line string) (int, error) {
	fields := strings.SplitN(line, " ", 3)
	if len(fields) != 3 || fields[0] != "HTTP/1.1" {
		return 0, fmt.Errorf("harness: status line %q", line)
	}
	return strconv.Atoi(fields[1])
}

// Response returns the response for a path, or nil.
func (ms *Multistatus) Response(path string) *MSResponse {
	for _, r := range ms.Responses {
		if Canon(r.Href) == Canon(path) {
			return r
		}
	}
	return nil
}

// Prop returns a property that was answered with 200, or nil.
func (r *MSResponse) Prop(name xml.Name) *Node {
	if r == nil {
		return nil
	}
	for _, p := range r.Props[http.StatusOK] {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// StatusOf returns the status a property was answered with, 0 if it was not mentioned.
func (r *MSResponse) StatusOf(name xml.Name) int {
	if r != nil {
		for status, props := range r.Props {
			for _, p := range props {
				if p.Name == name {
					return status
				}
			}
		}
	}
	return 0
}
