package caldav

import (
	"context"
	"net/http"
	"slices"
	"time"

	"convene/caldav/dav"
	"convene/store"
)

// property is one live property. render appends the content of its element and says whether the resource has it at all;
// what it appended does not count if not.
type property struct {
	name   dav.Name
	all    bool // part of DAV:allprop (RFC 4918 section 9.1; those of RFC 4791 and later are not)
	lang   bool // text for people, which keeps the language that it was set with (RFC 4918 section 4.3)
	render func(*propContext) bool
}

// propContext is what a property is rendered from.
type propContext struct {
	ctx      context.Context
	h        *Handler
	b        *dav.Buffer
	who      *store.Principal
	res      *resource
	asked    *http.Request  // nil where it does not matter
	err      error          // of the database; ends the request
	loose    bool           // the answer depends on more than res, who and behind, and must not be kept
	behind   []*store.Home  // where the shared calendars lie that the answer shows
	shares   *shares        // once they were asked for
	acls     aclContext     // for DAV:acl
	scratch  []byte         // for calendar data that is made anew
	zone     *time.Location // of a calendar-query, where floating times are taken in that data; nil: the calendar's
	expanded int            // bytes of calendar data that recurring objects were expanded to
}

// properties lists all live properties. Which resources have which is decided by their render functions.
var properties = joinProperties(webdavProperties, aclProperties, lockProperties, principalProperties, collectionProperties, objectProperties, scheduleProperties, sharingProperties, publishProperties)

// propertyByName finds the live properties.
var propertyByName = make(map[dav.Name]*property, len(properties))

func joinProperties(tables ...[]property) (all []property) {
	for _, t := range tables {
		all = append(all, t...)
	}
	return all
}

func init() {
	for i := range properties {
		propertyByName[properties[i].name] = &properties[i]
	}
}

// wanted is a property that a request asks for.
type wanted struct {
	name dav.Name
	live *property       // nil for dead ones
	data *dataRequest    // for CALDAV:calendar-data (RFC 4791 section 9.6)
	sub  *expandedWanted // in a DAV:expand-property report
}

// propRequest says which properties a PROPFIND or report wants.
type propRequest struct {
	names    []wanted
	all      bool // DAV:allprop; names then hold DAV:include
	nameOnly bool // DAV:propname
}

// data is how q asks for the bytes of objects, nil if it does not.
func (q *propRequest) data() *dataRequest {
	for i := range q.names {
		if q.names[i].data != nil {
			return q.names[i].data
		}
	}
	return nil
}

// needsData says whether the bytes of the objects in res have to be had for q. The length of what is made for the asking principal is
// known only when it is made, and the METHOD of a message stands in it.
func (q *propRequest) needsData(res *resource) bool {
	if q.data() != nil || res.coll.Kind == store.KindInbox && (q.all || q.wants(nameGetContentType)) {
		return true
	}
	return !res.plain() && (q.all || q.wants(nameGetContentLength))
}

// wants says whether a property is asked for by its name.
func (q *propRequest) wants(n dav.Name) bool {
	return slices.ContainsFunc(q.names, func(w wanted) bool { return w.name == n })
}

// maxWanted bounds how many properties can be asked for at once, since each is answered for each resource.
const maxWanted = 1000

func tooManyWanted() error {
	return dav.Fail(http.StatusRequestEntityTooLarge, dav.Name{}, "at most %d properties can be asked for at once", maxWanted)
}

// detail is what has to be known of objects that are listed for q.
func (q *propRequest) detail() store.Detail {
	if q.all || q.nameOnly {
		return store.Listing
	}
	for i := range q.names {
		if n := q.names[i].name; n != nameGetETag && n != nameResourceType {
			return store.Listing
		}
	}
	return store.Tags
}

// parseProp reads the children of a DAV:prop. A property that is named twice is wanted once.
func parseProp(prop *dav.Element) ([]wanted, error) {
	names := make([]wanted, 0, min(len(prop.Children), maxWanted))
	seen := make(map[dav.Name]bool, min(len(prop.Children), maxWanted))
	for _, c := range prop.Children {
		if seen[c.Name] {
			continue
		}
		if seen[c.Name] = true; len(seen) > maxWanted {
			return nil, tooManyWanted()
		}
		w := wanted{name: c.Name, live: propertyByName[c.Name]}
		if c.Name == nameCalendarData {
			d, err := parseDataRequest(c)
			if err != nil {
				return nil, err
			}
			w.data = d
		}
		names = append(names, w)
	}
	return names, nil
}

// parsePropRequest reads a DAV:propfind (RFC 4918 section 14.20), or the part of a report that has the same form. Without
// any of them everything is meant.
func parsePropRequest(e *dav.Element) (*propRequest, error) {
	questions := 0
	for _, n := range []string{"prop", "allprop", "propname"} {
		for range e.All(dav.DAV(n)) {
			questions++
		}
	}
	if questions > 1 {
		return nil, badRequest("%s has one of DAV:prop, DAV:allprop and DAV:propname, not %d", e.Name, questions)
	}
	if e == nil || e.Child(dav.DAV("allprop")) != nil {
		q := &propRequest{all: true}
		if include := e.Child(dav.DAV("include")); include != nil {
			names, err := parseProp(include)
			if err != nil {
				return nil, err
			}
			q.names = names
		}
		return q, nil
	}
	if e.Child(dav.DAV("propname")) != nil {
		return &propRequest{nameOnly: true}, nil
	}
	prop := e.Child(dav.DAV("prop"))
	if prop == nil {
		return nil, badRequest("%s needs one of DAV:prop, DAV:allprop and DAV:propname", e.Name)
	}
	names, err := parseProp(prop)
	return &propRequest{names: names}, err
}

// write appends the propstats of one resource. minimal leaves out what the resource does not have (RFC 8144 section 2.1).
func (q *propRequest) write(c *propContext, minimal bool) {
	c.b.StartProps()
	defer c.b.EndProps()
	if c.res.reservation {
		q.writeReserved(c, minimal)
		return
	}
	if q.all || q.nameOnly {
		for i := range properties {
			if p := &properties[i]; q.nameOnly || p.all {
				c.writeLive(p, q.nameOnly)
			}
		}
		c.writeAllDead(q.nameOnly)
	}
	for i := range q.names {
		w := &q.names[i]
		if q.all && (w.live != nil && w.live.all || w.live == nil && c.hasDead(w.name)) {
			continue
		}
		if !c.writeWanted(w) && !minimal {
			c.b.Absent(w.name, 404)
		}
	}
}

func (c *propContext) writeWanted(w *wanted) bool {
	switch {
	case c.refused(w.name):
		return true
	case w.data != nil:
		return c.writeData(w.data)
	case w.sub != nil:
		return c.writeExpanded(w)
	case w.live != nil && c.writeLive(w.live, false):
		return true
	}
	return c.writeDead(w.name)
}

// writeLive appends a property, or only its name, and says whether the resource has it.
func (c *propContext) writeLive(p *property, nameOnly bool) bool {
	if c.res.published != nil && !shownPublished[p.name] {
		return false
	}
	mark := len(c.b.B)
	if lang := c.language(p); lang != "" {
		c.b.OpenAttrs(p.name, "xml:lang", lang)
	} else {
		c.b.Open(p.name)
	}
	start := len(c.b.B)
	if !p.render(c) {
		c.b.B = c.b.B[:mark]
		return false
	}
	if nameOnly || len(c.b.B) == start {
		c.b.B = c.b.B[:mark]
		c.b.Empty(p.name)
		return true
	}
	c.b.Close(p.name)
	return true
}

// dead returns the properties that the server only keeps for the resource (RFC 4918 section 4).
func (c *propContext) dead() []store.Prop {
	switch {
	case c.res.published != nil && c.res.obj != nil:
		return nil
	case c.res.published != nil:
		return publishedProps(c.res.coll.Props)
	case c.res.obj != nil:
		return c.res.obj.Props
	case c.res.coll != nil:
		return c.res.coll.Props
	}
	return nil
}

func (c *propContext) writeDead(n dav.Name) bool {
	p := findProp(c.dead(), n)
	if p == nil || n.Space == langSpace {
		return false
	}
	c.b.Raw(p.XML)
	return true
}

func (c *propContext) hasDead(n dav.Name) bool { return findProp(c.dead(), n) != nil }

func (c *propContext) writeAllDead(nameOnly bool) {
	for _, p := range c.dead() {
		switch {
		case p.Space == langSpace:
		case nameOnly:
			c.b.Empty(dav.Name{Space: p.Space, Local: p.Local})
		default:
			c.b.Raw(p.XML)
		}
	}
}

// langSpace is the namespace of what is kept as properties but is none: the languages of live ones, by their local names. XML
// reserves it, so that no client can set a property in it.
const langSpace = "http://www.w3.org/XML/1998/namespace"

// language returns the xml:lang that a live property was set with.
func (c *propContext) language(p *property) string {
	if !p.lang || c.res.coll == nil || c.res.obj != nil {
		return ""
	}
	if kept := findProp(c.res.coll.Props, dav.Name{Space: langSpace, Local: p.name.Local}); kept != nil {
		return kept.XML
	}
	return ""
}

func findProp(props []store.Prop, n dav.Name) *store.Prop {
	for i := range props {
		if props[i].Local == n.Local && props[i].Space == n.Space {
			return &props[i]
		}
	}
	return nil
}
