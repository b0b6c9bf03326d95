package caldav

import (
	"net/http"
	"slices"
	"strconv"

	"convene/caldav/dav"
	"convene/store"
)

// patch is a set of changes of properties, in their order.
type patch struct {
	place    place
	kind     store.Kind // of the collection
	creating bool
	mounted  bool // a calendar of somebody else, of which what the sharee sets is its own
	cond     preconditions

	calendarAt func(url string) *store.Collection // the collection of the same home at a URL, nil if there is none

	change func(e *dav.Element, remove bool) patchStep // nil: step
	steps  []patchStep
}

type patchStep struct {
	name   dav.Name
	remove bool
	set    func(*store.Properties) // nil: a dead property
	xml    string                  // of a dead property
	status int                     // 0: fine
	cond   dav.Name
	detail string
}

// read takes a DAV:propertyupdate, DAV:mkcol or CALDAV:mkcalendar apart.
func (p *patch) read(body *dav.Element) error {
	if body == nil {
		return nil
	}
	change := p.change
	if change == nil {
		change = p.step
	}
	for _, action := range body.Children {
		remove := action.Name == dav.DAV("remove")
		if !remove && action.Name != dav.DAV("set") {
			continue // unknown elements are passed over (RFC 4918 section 17)
		}
		prop := action.Child(dav.DAV("prop"))
		if prop == nil {
			return badRequest("%s without DAV:prop", action.Name)
		}
		for _, e := range prop.Children {
			p.steps = append(p.steps, change(e, remove))
		}
	}
	if len(p.steps) == 0 && !p.creating {
		return badRequest("the request names no property to change")
	}
	return nil
}

func (p *patch) step(e *dav.Element, remove bool) patchStep {
	s := patchStep{name: e.Name, remove: remove}
	setter, ok := settable[e.Name]
	switch {
	case p.kind == store.KindNotices:
		s.status, s.cond, s.detail = http.StatusForbidden, dav.DAV("cannot-modify-protected-property"), "notifications are the server's"
	case ok && p.place != placeObject:
		value := e
		if remove {
			value = nil
		}
		s.set, s.cond, s.detail = setter(p, value)
		if s.set == nil {
			s.status = http.StatusForbidden
		}
	case p.isProtected(e.Name):
		s.status, s.cond, s.detail = http.StatusForbidden, dav.DAV("cannot-modify-protected-property"), "this property is the server's"
	case !remove:
		if s.xml = e.Raw(); len(s.xml) > maxPropBytes {
			s.status, s.detail = http.StatusInsufficientStorage, "a property may have "+strconv.Itoa(maxPropBytes)+" bytes"
		}
	}
	return s
}

// Bounds of what is kept for clients.
const (
	maxPropBytes  = 64 << 10  // one property
	maxProps      = 200       // of one resource
	maxPropsBytes = 512 << 10 // together
)

// isProtected says whether a property is the server's, or has a name of WebDAV's own with which a client's value would pose as it. An
// object has no name for people; if a client gives it one it is a dead property.
func (p *patch) isProtected(n dav.Name) bool {
	if p.place == placeObject && n == nameDisplayName {
		return false
	}
	return propertyByName[n] != nil || n.Space == dav.NS || n.Space == langSpace
}

func (p *patch) failed() bool {
	return slices.ContainsFunc(p.steps, func(s patchStep) bool { return s.status != 0 })
}

// status is that of a whole request that made a collection in vain: that of its first failure.
func (p *patch) status() int {
	for _, s := range p.steps {
		if s.status != 0 {
			return s.status
		}
	}
	return http.StatusOK
}

// apply makes the changes to the properties of a collection and says whether all of them can be made.
func (p *patch) apply(props *store.Properties) bool {
	if p.failed() {
		return false
	}
	props.Props = p.dead(props.Props) // a copy, which the setters may change
	for i := range p.steps {
		if p.steps[i].set != nil {
			p.steps[i].set(props)
		}
	}
	return !p.failed()
}

// dead returns the dead properties as they are after the changes. Those that are too much fail.
func (p *patch) dead(before []store.Prop) []store.Prop {
	after := slices.Clone(before)
	for i := range p.steps {
		s := &p.steps[i]
		if s.set != nil {
			continue
		}
		after = without(after, s.name)
		if s.remove {
			continue
		}
		if len(after) == maxProps || bytesOf(after)+len(s.xml) > maxPropsBytes {
			s.status, s.detail = http.StatusInsufficientStorage, "a resource may have "+strconv.Itoa(maxProps)+" properties of "+strconv.Itoa(maxPropsBytes)+" bytes"
			continue
		}
		after = append(after, store.Prop{Space: s.name.Space, Local: s.name.Local, XML: s.xml})
	}
	return after
}

func without(props []store.Prop, n dav.Name) []store.Prop {
	return slices.DeleteFunc(props, func(d store.Prop) bool { return d.Space == n.Space && d.Local == n.Local })
}

func bytesOf(props []store.Prop) (sum int) {
	for i := range props {
		sum += len(props[i].XML)
	}
	return sum
}

// writeProps appends the propstats: if something failed, all else failed with it (RFC 4918 section 9.2.1).
func (p *patch) writeProps(b *dav.Buffer) {
	failed := p.failed()
	b.StartProps()
	for _, s := range p.steps {
		switch {
		case s.status != 0:
			b.AbsentError(s.name, s.status, s.cond, s.detail)
		case failed:
			b.Absent(s.name, http.StatusFailedDependency)
		default:
			b.Empty(s.name)
		}
	}
	b.EndProps()
}
