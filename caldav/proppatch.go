package caldav

import (
	"context"
	"errors"
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
	res, err := h.existing(r.Context(), r.who, r.target, acl.WriteProperties)
	if err != nil {
		return err
	}
	if res.place == placeObject {
		if err := h.loadObject(r.Context(), res); err != nil {
			return err
		}
	}
	body, err := h.readElement(w, r)
	if err != nil {
		return err
	}
	if body == nil || body.Name != dav.DAV("propertyupdate") {
		return badRequest("the body of a PROPPATCH is a DAV:propertyupdate")
	}
	changes := &patch{place: res.place, kind: res.coll.Kind}
	if changes.cond, err = readConditions(r); err != nil {
		return err
	}
	if err := changes.read(body); err != nil {
		return err
	}
	if !changes.failed() {
		_, err := store.InTx(r.Context(), h.db, []store.PrincipalID{res.coll.Owner}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
			return struct{}{}, changes.store(ctx, tx, r, res)
		}, prefetch(res)...)
		if err != nil && !errors.Is(err, errRefused) {
			return err
		}
	}
	if dav.ParsePrefer(r.Header).Minimal && !changes.failed() { // RFC 8144 section 2.2
		dav.Applied(w.Header(), "return=minimal")
		w.Header().Set("Content-Length", "0")
		w.WriteHeader(http.StatusOK)
		return nil
	}
	return sendPropstats(w, res, changes)
}

// sendPropstats answers with what became of each property.
func sendPropstats(w http.ResponseWriter, res *resource, changes *patch) error {
	b := &dav.Buffer{}
	b.StartMultistatus()
	b.StartResponse(res.href())
	changes.writeProps(b)
	b.EndResponse()
	b.EndMultistatus()
	return sendXML(w, http.StatusMultiStatus, b)
}

// errRefused ends a transaction in which a property could not be set; the patch knows which.
var errRefused = errors.New("a property cannot be set")

// store writes the changes. It may run twice.
func (p *patch) store(ctx context.Context, tx *store.Tx, r *request, res *resource) error {
	coll, err := currentCollection(tx, res.coll)
	if err != nil {
		return err
	}
	if res.place != placeObject {
		if err := p.cond.onCollection(ctx, tx, r, res, coll); err != nil {
			return err
		}
		props := coll.Properties
		if !p.apply(&props) {
			return errRefused
		}
		_, err = tx.SetProperties(ctx, coll, props)
		return err
	}
	before, err := tx.Object(ctx, coll, res.object)
	if err != nil {
		return err
	}
	if err := p.cond.onObject(ctx, tx, r, res, before); err != nil {
		return err
	}
	after := p.dead(before.Props)
	if p.failed() {
		return errRefused
	}
	return tx.SetObjectProps(ctx, coll, before.Name, after)
}

// patch is a set of changes of properties, in their order.
type patch struct {
	place    place
	kind     store.Kind // of the collection
	creating bool
	cond     preconditions
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
	nameResourceType:                               setResourceType,
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

func setDisplayName(_ *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	v := textOf(e)
	if v != nil && len(*v) > 1000 {
		return nil, dav.Name{}, "a name may have 1000 bytes"
	}
	return func(p *store.Properties) { p.DisplayName = v; keepLanguage(p, nameDisplayName, e) }, dav.Name{}, ""
}

func setDescription(_ *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	v := textOf(e)
	if v != nil && len(*v) > maxPropBytes {
		return nil, dav.Name{}, "a description may have " + strconv.Itoa(maxPropBytes) + " bytes"
	}
	return func(p *store.Properties) {
		p.Description = v
		keepLanguage(p, dav.CalDAV("calendar-description"), e)
	}, dav.Name{}, ""
}

// keepLanguage notes the xml:lang of a live property that is set, see (*propContext).language.
func keepLanguage(p *store.Properties, n dav.Name, e *dav.Element) {
	n.Space = langSpace
	p.Props = without(p.Props, n)
	if e != nil && e.Lang != "" && len(e.Lang) <= 100 {
		p.Props = append(p.Props, store.Prop{Space: n.Space, Local: n.Local, XML: e.Lang})
	}
}

// setTimezone takes an iCalendar object with exactly one VTIMEZONE (RFC 4791 section 5.2.2).
func setTimezone(p *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	if e == nil {
		return func(p *store.Properties) { p.Timezone = "" }, dav.Name{}, ""
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

// setResourceType is possible while a collection is made only (RFC 5689 section 3), and requestedKind did it.
func setResourceType(p *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	if !p.creating {
		return nil, dav.DAV("cannot-modify-protected-property"), "a collection stays what it was made"
	}
	invalid := dav.DAV("valid-resourcetype")
	if e.Child(dav.DAV("collection")) == nil {
		return nil, invalid, "what is made here is a DAV:collection"
	}
	if p.kind == store.KindCalendar && e.Child(dav.CalDAV("calendar")) == nil {
		return nil, invalid, "MKCALENDAR makes a CALDAV:calendar"
	}
	for _, t := range e.Children {
		if t.Name != dav.DAV("collection") && t.Name != dav.CalDAV("calendar") {
			return nil, invalid, "collections of type " + t.Name.String() + " cannot be made here"
		}
	}
	return func(*store.Properties) {}, dav.Name{}, ""
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
