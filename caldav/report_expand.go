package caldav

import (
	"net/http"
	"strings"

	"convene/acl"
	"convene/caldav/dav"
)

// maxExpansions bounds how many resources one DAV:expand-property looks at, since properties lead to resources whose properties
// lead to resources.
const maxExpansions = 1000

// expandedWanted is a DAV:property with others inside (RFC 3253 section 3.8): each href in the property's value is replaced by a
// DAV:response with these properties of the resource that it names.
type expandedWanted struct {
	props *propRequest
	left  *int // expansions that are still allowed
}

// reportExpand answers an expand-property report (RFC 3253 section 3.8), which Apple's clients use on principals.
func (h *Handler) reportExpand(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	depth, err := dav.ParseDepth(r.Header, dav.Depth0)
	if err != nil {
		return err
	}
	if depth == dav.DepthInfinity {
		return badRequest("an expand-property has Depth 0 or 1")
	}
	left := maxExpansions
	q := &propRequest{}
	if q.names, err = parseExpand(body, &left); err != nil {
		return err
	}
	if res.place == placeObject {
		if err := h.loadObject(r.Context(), res); err != nil {
			return err
		}
	}
	prefer := dav.ParsePrefer(r.Header)
	b := &dav.Buffer{}
	c := &propContext{ctx: r.Context(), h: h, b: b, who: r.who, res: res}
	if err := c.multistatus(q, depth, prefer); err != nil {
		return err
	}
	sendMultistatus(w, prefer, b.B)
	return nil
}

func parseExpand(e *dav.Element, left *int) ([]wanted, error) {
	var names []wanted
	for p := range e.All(dav.DAV("property")) {
		local, ok := p.Attr("name")
		if !ok || local == "" {
			return nil, badRequest("a DAV:property has a name")
		}
		space, ok := p.Attr("namespace")
		if !ok {
			space = dav.NS
		}
		w := wanted{name: dav.Name{Space: space, Local: local}}
		w.live = propertyByName[w.name]
		if len(p.Children) > 0 {
			sub, err := parseExpand(p, left)
			if err != nil {
				return nil, err
			}
			w.sub = &expandedWanted{&propRequest{names: sub}, left}
		}
		names = append(names, w)
	}
	return names, nil
}

// writeExpanded appends a property with its hrefs replaced.
func (c *propContext) writeExpanded(w *wanted) bool {
	plain := *c
	plain.b = &dav.Buffer{}
	found := wanted{name: w.name, live: w.live}
	if !plain.writeWanted(&found) {
		c.err = plain.err
		return false
	}
	c.loose = true
	c.b.Open(w.name)
	for _, href := range hrefsIn(plain.b.B) {
		if *w.sub.left--; *w.sub.left < 0 {
			c.err = forbidden(dav.DAV("number-of-matches-within-limits"), "an expand-property may reach %d resources", maxExpansions)
			return false
		}
		c.expand(href, w.sub.props)
	}
	c.b.Close(w.name)
	return true
}

// expand appends the response for one resource that a property leads to; it is checked like a request for it.
func (c *propContext) expand(href string, q *propRequest) {
	c.b.StartResponse(href)
	defer c.b.EndResponse()
	t, err := parseTarget(href)
	var res *resource
	if err == nil {
		res, err = c.h.existing(c.ctx, c.who, t, acl.ReadResource)
	}
	if err == nil && t.place == placeObject {
		err = c.h.loadObject(c.ctx, res)
	}
	if err != nil {
		e := toDAV(err)
		if e.Status >= 500 {
			c.err = err
		}
		c.b.Status(e.Status)
		return
	}
	inner := *c
	inner.res = res
	q.write(&inner, false)
	if inner.err != nil {
		c.err = inner.err
	}
}

// hrefsIn takes the texts of all DAV:href out of XML that a Buffer wrote.
func hrefsIn(xml []byte) []string {
	var out []string
	for s := string(xml); ; {
		i := strings.Index(s, "<D:href")
		if i < 0 {
			return out
		}
		s = s[i:]
		start, end := strings.IndexByte(s, '>'), strings.Index(s, "</D:href>")
		if start < 0 || end < start {
			return out
		}
		out = append(out, unescapeXML.Replace(s[start+1:end]))
		s = s[end:]
	}
}

var unescapeXML = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&quot;", `"`, "&#34;", `"`, "&#13;", "\r")
