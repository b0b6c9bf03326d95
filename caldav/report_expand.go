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

// expandBounds is what a report may still ask for.
type expandBounds struct {
	names     int // of properties, on all levels
	resources int
}

// expandedWanted is a DAV:property with others inside (RFC 3253 section 3.8): each href in the property's value is replaced by a
// DAV:response with these properties of the resource that it names.
type expandedWanted struct {
	props  *propRequest
	bounds *expandBounds
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
	bounds := &expandBounds{names: maxWanted, resources: maxExpansions}
	q := &propRequest{}
	if q.names, err = parseExpand(body, bounds); err != nil {
		return err
	}
	prefer := dav.ParsePrefer(r.Header)
	if depth == dav.Depth1 && res.place == placeCollection {
		return h.listObjects(w, r, res, q, prefer)
	}
	b := &dav.Buffer{}
	c := &propContext{ctx: r.Context(), h: h, b: b, who: r.who, res: res}
	if err := c.multistatus(q, depth, prefer); err != nil {
		return err
	}
	sendMultistatus(w, prefer, b.B)
	return nil
}

func parseExpand(e *dav.Element, bounds *expandBounds) ([]wanted, error) {
	var names []wanted
	for p := range e.All(dav.DAV("property")) {
		if bounds.names--; bounds.names < 0 {
			return nil, tooManyWanted()
		}
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
			sub, err := parseExpand(p, bounds)
			if err != nil {
				return nil, err
			}
			w.sub = &expandedWanted{&propRequest{names: sub}, bounds}
		}
		names = append(names, w)
	}
	return names, nil
}

// writeExpanded appends a property with its hrefs replaced. Dead properties are not looked into: what stands in them is a client's.
func (c *propContext) writeExpanded(w *wanted) bool {
	if w.live == nil {
		return c.writeDead(w.name)
	}
	plain := *c
	plain.b = &dav.Buffer{}
	if !plain.writeLive(w.live, false) {
		c.err = plain.err
		return false
	}
	c.loose = true
	rest := string(plain.b.B)
	for {
		before, href, after, found := cutHref(rest)
		c.b.Raw(before)
		if !found {
			return true
		}
		rest = after
		if !strings.HasPrefix(href, "/") { // a calendar user address, say
			c.b.Href(href)
			continue
		}
		if w.sub.bounds.resources--; w.sub.bounds.resources < 0 {
			c.err = forbidden(dav.DAV("number-of-matches-within-limits"), "an expand-property may reach %d resources", maxExpansions)
			return false
		}
		c.expand(href, w.sub.props)
	}
}

// expand appends the response for one resource that a property leads to; it is checked like a request for it.
func (c *propContext) expand(href string, q *propRequest) {
	inner := *c
	inner.b = &dav.Buffer{} // its propstats are inside of one of c.b
	inner.b.StartResponse(href)
	var err error
	if inner.res, err = c.reach(href); err != nil {
		e := toDAV(err)
		if e.Status >= 500 {
			c.err = err
		}
		inner.b.Status(e.Status)
	} else {
		q.write(&inner, false)
		c.err = inner.err
	}
	inner.b.EndResponse()
	c.b.B = append(c.b.B, inner.b.B...)
}

func (c *propContext) reach(href string) (*resource, error) {
	t, err := parseTarget(href)
	if err != nil {
		return nil, err
	}
	if t.place == placeTooDeep {
		return nil, notFound()
	}
	res, err := c.h.existing(c.ctx, c.who, t, acl.ReadResource)
	if err == nil && t.place == placeObject {
		err = c.h.loadObject(c.ctx, res)
	}
	return res, err
}

// cutHref cuts XML that a Buffer wrote around the first DAV:href in it.
func cutHref(xml string) (before, href, after string, found bool) {
	const end = "</D:href>"
	i := strings.Index(xml, "<D:href")
	if i < 0 {
		return xml, "", "", false
	}
	start, n := strings.IndexByte(xml[i:], '>')+1, strings.Index(xml[i:], end)
	if n < start {
		return xml, "", "", false
	}
	return xml[:i], unescapeXML.Replace(xml[i:][start:n]), xml[i+n+len(end):], true
}

var unescapeXML = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "&quot;", `"`, "&#34;", `"`, "&#13;", "\r")
