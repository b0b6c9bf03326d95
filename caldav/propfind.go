package caldav

import (
	"net/http"
	"strconv"
	"sync"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// handlePropfind answers with the properties of a resource and, at Depth 1, of its members (RFC 4918 section 9.1).
func (h *Handler) handlePropfind(w http.ResponseWriter, r *request) error {
	depth, err := dav.ParseDepth(r.Header, dav.DepthInfinity)
	if err != nil {
		return err
	}
	res, err := h.existing(r.Context(), r.who, r.target, acl.ReadResource)
	if res, err = h.orReserved(r, res, err); err != nil {
		return h.propfindACL(w, r, err)
	}
	body, err := h.readBody(w, r)
	if err != nil {
		return err
	}
	prefer := dav.ParsePrefer(r.Header)
	key := renderKey{path: r.URL.EscapedPath(), body: body, depth: depth, prefer: prefer}
	if b, ok := h.rendered.get(r.Context(), h.db, key, res, r.who); ok {
		sendMultistatus(w, prefer, b)
		return nil
	}
	q, err := h.bodies.propfind(body)
	if err != nil {
		return err
	}
	if depth == dav.DepthInfinity && res.place != placeObject && res.place != placePrincipal {
		return forbidden(dav.DAV("propfind-finite-depth"), "ask with Depth: 0 or Depth: 1, collection by collection")
	}
	if res.place == placeObject {
		if res, err = h.orReserved(r, res, h.loadObject(r.Context(), res)); err != nil {
			return err
		}
	}
	if depth == dav.Depth1 && res.place == placeCollection && !res.reservation {
		return h.listObjects(w, r, res, q, prefer)
	}
	b := buffers.Get().(*dav.Buffer)
	defer func() { buffers.Put(b) }()
	b.B = b.B[:0]
	c := &propContext{ctx: r.Context(), h: h, b: b, who: r.who, res: res, asked: r.Request}
	if c.behind, err = h.behind(r.Context(), res); err != nil { // before rendering: what changes meanwhile makes the answer old
		return err
	}
	if err := c.multistatus(q, depth, prefer); err != nil {
		return err
	}
	if !c.loose && res.place != placeObject {
		h.rendered.put(key, res, r.who, c.behind, b.B)
	}
	sendMultistatus(w, prefer, b.B)
	return nil
}

// buffers are for answers that are built whole before they are sent.
var buffers = sync.Pool{New: func() any { return new(dav.Buffer) }}

// multistatus renders a resource and, at Depth 1, its members other than objects.
func (c *propContext) multistatus(q *propRequest, depth dav.Depth, prefer dav.Prefer) error {
	c.b.StartMultistatus()
	if depth == dav.Depth0 || !prefer.DepthNoRoot {
		c.response(q, prefer)
	}
	if depth != dav.Depth0 { // infinity: of what has no members with members of their own
		members, err := c.members()
		if err != nil {
			return err
		}
		if c.res.place == placeHome {
			members = append(members, c.reserves(func(name string) bool { return c.res.home.Collection(name) != nil })...)
		}
		for _, m := range members {
			c.res = m
			c.response(q, prefer)
		}
	}
	c.b.EndMultistatus()
	return c.err
}

func (c *propContext) response(q *propRequest, prefer dav.Prefer) {
	c.b.StartResponse(c.res.href())
	q.write(c, prefer.Minimal)
	c.b.EndResponse()
}

// members returns the resources one level below c.res that are no objects and that c.who may read.
func (c *propContext) members() ([]*resource, error) {
	var out []*resource
	switch c.res.place {
	case placeRoot:
		switch c.res.start {
		case "/":
			return []*resource{{target: target{place: placeRoot}}}, nil
		case "":
			return []*resource{{target: target{place: placePrincipals}}, {target: target{place: placeCalendars}}}, nil
		}
	case placePrincipals, placeCalendars:
		if c.res.kind == "" {
			for _, k := range store.Kinds {
				out = append(out, &resource{target: target{place: c.res.place, kind: k}})
			}
			return out, nil
		}
		return c.principalMembers()
	case placePrincipal:
		return proxies(c.res.principal), nil
	case placeHome:
		for _, coll := range c.res.home.Collections {
			m, err := c.h.member(c.ctx, c.who, c.res, coll)
			if err != nil {
				return nil, err
			}
			if m != nil && acl.Check(m.rights, acl.ReadResource) == acl.Allowed {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// principalMembers lists the principals of a kind, or their homes as far as they may be read.
func (c *propContext) principalMembers() ([]*resource, error) {
	c.loose = true
	list := c.homeOwners
	if c.res.place == placePrincipals {
		list = c.allOfKind
	}
	found, err := list()
	if err != nil {
		return nil, err
	}
	var out []*resource
	for _, p := range found {
		if c.res.place == placePrincipals {
			out = append(out, principalResource(p))
			continue
		}
		m, err := c.h.find(c.ctx, c.who, target{place: placeHome, kind: p.Kind, name: p.Name})
		if err != nil {
			return nil, err
		}
		if acl.Check(m.rights, acl.ReadResource) == acl.Allowed {
			out = append(out, m)
		}
	}
	return out, nil
}

// listObjects answers a PROPFIND of Depth 1 on a collection of objects.
func (h *Handler) listObjects(w http.ResponseWriter, r *request, res *resource, q *propRequest, prefer dav.Prefer) error {
	s := h.startMultistatus(w, prefer)
	defer s.Discard()
	c := &propContext{ctx: r.Context(), h: h, b: &s.Buffer, who: r.who, res: res, asked: r.Request}
	if !prefer.DepthNoRoot {
		c.response(q, prefer)
	}
	there := map[string]bool{} // of the names that are locked
	write := func(o *store.Object) error {
		if len(res.home.Locks) > 0 {
			there[o.Name] = true
		}
		return c.objectResponse(s, q, prefer, res.withObject(o))
	}
	var err error
	if !q.needsData(res) {
		err = h.objects(r.Context(), res, q.detail(), write)
	} else { // calendar-data is no property (RFC 4791 section 9.6), but some clients ask for it here too
		err = h.queryAll(r.Context(), res, "", "", write)
	}
	if err == nil {
		err = c.err
	}
	c.res = res
	for _, m := range c.reserves(func(name string) bool { return there[name] }) {
		if err == nil {
			err = c.objectResponse(s, q, prefer, m)
		}
	}
	return finish(s, err)
}

// withObject is the resource of an object in the collection res.
func (res *resource) withObject(o *store.Object) *resource {
	m := *res
	m.place, m.object, m.obj = placeObject, o.Name, o
	return &m
}

func (c *propContext) objectResponse(s *dav.Stream, q *propRequest, prefer dav.Prefer, res *resource) error {
	c.res = res
	c.b.StartResponse(res.href())
	q.write(c, prefer.Minimal)
	if c.err != nil {
		return c.err
	}
	return s.EndResponse()
}

// startMultistatus begins an answer that may become long.
func (h *Handler) startMultistatus(w http.ResponseWriter, prefer dav.Prefer) *dav.Stream {
	preferenceApplied(w, prefer)
	return dav.NewStream(w)
}

// finish ends a long answer. Once a part of it is sent an error can only break it off, so that the client sees it is not whole.
func finish(s *dav.Stream, err error) error {
	if err == nil {
		err = s.Close()
	}
	if err != nil && s.Sent() {
		panic(http.ErrAbortHandler)
	}
	return err
}

func preferenceApplied(w http.ResponseWriter, prefer dav.Prefer) {
	if prefer.Minimal {
		dav.Applied(w.Header(), "return=minimal")
	}
	if prefer.DepthNoRoot {
		dav.Applied(w.Header(), "depth-noroot")
	}
}

// sendMultistatus sends an answer that is whole.
func sendMultistatus(w http.ResponseWriter, prefer dav.Prefer, body []byte) {
	preferenceApplied(w, prefer)
	h := w.Header()
	h["Content-Type"] = xmlContentType
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	w.WriteHeader(http.StatusMultiStatus)
	w.Write(body) // an error here means that the client is gone, which the server's connection handling notices itself
}

var xmlContentType = []string{"application/xml; charset=utf-8"}

// principalResource is the resource of a principal.
func principalResource(p *store.Principal) *resource {
	return &resource{target: target{place: placePrincipal, kind: p.Kind, name: p.Name}, principal: p}
}
