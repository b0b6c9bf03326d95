package caldav

import (
	"net/http"
	"strings"

	"convene/acl"
	"convene/caldav/dav"
	"convene/store"
)

// reportMultiget answers a calendar-multiget (RFC 4791 section 7.9): the objects at the URLs that the client lists, wherever they
// are, with one query for each collection and an answer for each URL.
func (h *Handler) reportMultiget(w http.ResponseWriter, r *request, res *resource, body *dav.Element) error {
	props, err := parseReportProps(body)
	if err != nil {
		return err
	}
	m := &multiget{h: h, r: r, props: props, prefer: dav.ParsePrefer(r.Header), byPlace: map[target]*multigetGroup{}}
	for e := range body.All(dav.DAV("href")) {
		m.add(e.Text)
	}
	switch {
	case m.count == 0:
		return badRequest("a calendar-multiget lists at least one DAV:href")
	case m.count > h.maxResults:
		return forbidden(nameWithinLimits, "at most %d URLs can be asked for at once", h.maxResults)
	case len(m.groups) > maxCollections:
		return forbidden(nameWithinLimits, "at most %d calendars can be asked at once", maxCollections)
	}
	s := h.startMultistatus(w, m.prefer)
	defer s.Discard()
	return finish(s, m.run(s))
}

// maxCollections bounds the collections that one report looks for.
const maxCollections = 1000

// multiget is the URLs of one report, by collection in the order in which they were first named.
type multiget struct {
	h       *Handler
	r       *request
	props   *propRequest
	prefer  dav.Prefer
	count   int
	groups  []*multigetGroup
	byPlace map[target]*multigetGroup
	lost    []string // what names no object
}

type multigetGroup struct {
	collection target
	names      []string
	hrefs      map[string]string // as the client wrote them, by name
}

// add sorts one URL into its collection.
func (m *multiget) add(href string) {
	href = strings.TrimSpace(href)
	m.count++
	t, err := reference(m.r.Request, href)
	if err != nil || t.place != placeObject {
		m.lost = append(m.lost, href)
		return
	}
	name := t.object
	t.place, t.object = placeCollection, ""
	g := m.byPlace[t]
	if g == nil {
		g = &multigetGroup{collection: t, hrefs: map[string]string{}}
		m.groups = append(m.groups, g)
		m.byPlace[t] = g
	}
	if _, twice := g.hrefs[name]; !twice {
		g.names = append(g.names, name)
		g.hrefs[name] = href
	}
}

func (m *multiget) run(s *dav.Stream) error {
	c := &propContext{ctx: m.r.Context(), h: m.h, b: &s.Buffer, who: m.r.who}
	for _, g := range m.groups {
		res, err := m.h.existing(m.r.Context(), m.r.who, g.collection, acl.ReadResource)
		if err != nil {
			status := toDAV(err).Status
			if status >= 500 {
				return err
			}
			for _, n := range g.names {
				if err := s.StatusResponse(g.hrefs[n], status, dav.Name{}, ""); err != nil {
					return err
				}
			}
			continue
		}
		err = m.h.objectsByName(m.r.Context(), res, g.names, m.props.needsData(res), func(o *store.Object) error {
			delete(g.hrefs, o.Name)
			return c.objectResponse(s, m.props, m.prefer, res.withObject(o))
		})
		if err != nil {
			return err
		}
		for _, n := range g.names {
			if href, missing := g.hrefs[n]; missing {
				if err := s.StatusResponse(href, http.StatusNotFound, dav.Name{}, ""); err != nil {
					return err
				}
			}
		}
	}
	for _, href := range m.lost {
		if err := s.StatusResponse(href, http.StatusNotFound, dav.Name{}, ""); err != nil {
			return err
		}
	}
	return nil
}
