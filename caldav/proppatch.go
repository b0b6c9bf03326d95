package caldav

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"convene/acl"
	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// handleProppatch changes properties, all of them or none (RFC 4918 section 9.2).
func (h *Handler) handleProppatch(w http.ResponseWriter, r *request) error {
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	if body == nil || body.Name != dav.DAV("propertyupdate") {
		return badRequest("the body of a PROPPATCH is a DAV:propertyupdate")
	}
	res, err := h.existing(r.Context(), r.who, r.target, acl.WriteProperties)
	if err != nil {
		return err
	}
	ifs, err := dav.ParseIf(r.Header.Get("If"))
	if err != nil {
		return err
	}
	changes := &patch{place: res.place, kind: res.coll.Kind}
	if err := changes.read(body); err != nil {
		return err
	}
	if !changes.failed() {
		_, err := store.InTx(r.Context(), h.db, []store.PrincipalID{res.coll.Owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
			return struct{}{}, changes.store(ctx, tx, r.Request, res, ifs)
		}, prefetch(res)...)
		if err != nil {
			return err
		}
	}
	prefer := dav.ParsePrefer(r.Header)
	if prefer.Minimal && !changes.failed() { // RFC 8144 section 2.2
		dav.Applied(w.Header(), "return=minimal")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return nil
	}
	b := &dav.Buffer{}
	b.StartMultistatus()
	b.StartResponse(res.href())
	changes.writeProps(b)
	b.EndResponse()
	b.EndMultistatus()
	return sendXML(w, http.StatusMultiStatus, b)
}

// store writes the changes.
func (p *patch) store(ctx context.Context, tx *store.Tx, r *http.Request, res *resource, ifs *dav.If) error {
	coll, err := currentCollection(tx, res.coll)
	if err != nil {
		return err
	}
	var before *store.Object
	if res.place == placeObject {
		if before, err = tx.Object(ctx, coll, res.object); err != nil {
			return err
		}
	}
	if err := checkConditions(r, dav.Conditions{}, ifs, res, before, coll); err != nil {
		return err
	}
	if before != nil {
		return tx.SetObjectProps(ctx, coll, before.Name, p.dead(before.Props))
	}
	props := coll.Properties
	p.apply(&props)
	_, err = tx.SetProperties(ctx, coll, props)
	return err
}

// patch is a set of changes of properties, in their order.
type patch struct {
	place    place
	kind     store.Kind // of the collection
	creating bool
	steps    []patchStep
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

// settable are the live properties that clients may change on collections: each checks the new value (nil: removed) and returns
// the change, or the condition and sentence of its refusal.
var settable = map[dav.Name]func(p *patch, e *dav.Element) (set func(*store.Properties), cond dav.Name, detail string){
	nameDisplayName:                                setDisplayName,
	dav.CalDAV("calendar-description"):             setDescription,
	dav.CalDAV("calendar-timezone"):                setTimezone,
	dav.CalDAV("supported-calendar-component-set"): setComponents,
}

// read takes a DAV:propertyupdate, DAV:mkcol or CALDAV:mkcalendar apart.
func (p *patch) read(body *dav.Element) error {
	if body == nil {
		return nil
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
			p.steps = append(p.steps, p.step(e, remove))
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
	case ok && p.place != placeObject:
		value := e
		if remove {
			value = nil
		}
		s.set, s.cond, s.detail = setter(p, value)
		if s.set == nil {
			s.status = http.StatusForbidden
		}
	case p.creating && e.Name == nameResourceType:
		s.set = func(*store.Properties) {} // read before, by requestedKind
	case propertyByName[e.Name] != nil || neverDead(e.Name):
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
	maxPropBytes = 64 << 10
	maxProps     = 200
)

// neverDead says whether a name is the standards' own, so that a client's value must not pose as the server's.
func neverDead(n dav.Name) bool {
	return n.Space == dav.NS && n != nameDisplayName
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

// apply makes the changes to the properties of a collection.
func (p *patch) apply(props *store.Properties) {
	for i := range p.steps {
		if p.steps[i].set != nil {
			p.steps[i].set(props)
		}
	}
	props.Props = p.dead(props.Props)
}

// dead returns the dead properties as they are after the changes.
func (p *patch) dead(before []store.Prop) []store.Prop {
	after := slices.Clone(before)
	for _, s := range p.steps {
		if s.set != nil {
			continue
		}
		after = slices.DeleteFunc(after, func(d store.Prop) bool { return d.Space == s.name.Space && d.Local == s.name.Local })
		if !s.remove && len(after) < maxProps {
			after = append(after, store.Prop{Space: s.name.Space, Local: s.name.Local, XML: s.xml})
		}
	}
	return after
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

// write appends a DAV:mkcol-response or CALDAV:mkcalendar-response.
func (p *patch) write(b *dav.Buffer, root dav.Name) {
	b.StartDocument(root)
	p.writeProps(b)
	b.EndDocument(root)
}

func setDisplayName(_ *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	v := textOf(e)
	if v != nil && len(*v) > 1000 {
		return nil, dav.Name{}, "a name may have 1000 bytes"
	}
	return func(p *store.Properties) { p.DisplayName = v }, dav.Name{}, ""
}

func setDescription(_ *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	v := textOf(e)
	if v != nil && len(*v) > maxPropBytes {
		return nil, dav.Name{}, "a description may have " + strconv.Itoa(maxPropBytes) + " bytes"
	}
	return func(p *store.Properties) { p.Description = v }, dav.Name{}, ""
}

// setTimezone takes an iCalendar object with exactly one VTIMEZONE (RFC 4791 section 5.2.2).
func setTimezone(p *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	if e == nil {
		return func(p *store.Properties) { p.Timezone = "" }, dav.Name{}, ""
	}
	if p.kind != store.KindCalendar && p.kind != store.KindHome {
		return nil, dav.Name{}, "only calendars have a time zone"
	}
	invalid := dav.CalDAV("valid-calendar-data")
	text := strings.TrimSpace(e.Text)
	if len(text) > maxPropBytes {
		return nil, invalid, "a time zone may have " + strconv.Itoa(maxPropBytes) + " bytes"
	}
	if _, err := zoneOfCalendar(text); err != nil {
		return nil, invalid, err.Error()
	}
	return func(p *store.Properties) { p.Timezone = text + "\r\n" }, dav.Name{}, ""
}

// setComponents is possible while the calendar is made only (RFC 4791 section 5.2.3).
func setComponents(p *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	if !p.creating || p.kind != store.KindCalendar {
		return nil, dav.DAV("cannot-modify-protected-property"), "the component types of a calendar are fixed when it is made"
	}
	var names []string
	for c := range e.All(dav.CalDAV("comp")) {
		name, _ := c.Attr("name")
		name = strings.ToUpper(name)
		if !slices.Contains(supportedComponents, name) {
			return nil, dav.CalDAV("supported-calendar-component"), "a calendar here takes " + strings.Join(supportedComponents, ", ")
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, dav.CalDAV("supported-calendar-component"), "name at least one component type"
	}
	return func(p *store.Properties) { p.Components = names }, dav.Name{}, ""
}

// supportedComponents are those that a client may ask for.
var supportedComponents = []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"}

func textOf(e *dav.Element) *string {
	if e == nil {
		return nil
	}
	return &e.Text
}

// zoneOfCalendar reads the value of CALDAV:calendar-timezone.
func zoneOfCalendar(text string) (*ical.Component, error) {
	cal, err := ical.Parse([]byte(text), ical.Limits{MaxBytes: maxPropBytes})
	if err != nil {
		return nil, err
	}
	var zone *ical.Component
	for _, c := range cal.Children {
		if c.Name != "VTIMEZONE" || zone != nil {
			return nil, badRequest("a time zone is given as an iCalendar object with one VTIMEZONE and nothing else")
		}
		zone = c
	}
	if zone == nil {
		return nil, badRequest("there is no VTIMEZONE in it")
	}
	_, err = ical.ZoneOf(zone)
	return zone, err
}

// sendXML sends a document that is whole.
func sendXML(w http.ResponseWriter, status int, b *dav.Buffer) error {
	h := w.Header()
	h["Content-Type"] = xmlContentType
	h["Content-Length"] = []string{strconv.Itoa(len(b.B))}
	w.WriteHeader(status)
	w.Write(b.B) // a failure means that the client is gone
	return nil
}
