package caldav

import (
	"slices"
	"strconv"
	"strings"

	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// settable are the live properties that clients may change on collections: each checks the new value (nil: removed) and returns
// the change, or the condition and sentence of its refusal.
var settable = map[dav.Name]func(p *patch, e *dav.Element) (set func(*store.Properties), cond dav.Name, detail string){
	nameDisplayName:                                setDisplayName,
	dav.CalDAV("calendar-description"):             setDescription,
	dav.CalDAV("calendar-timezone"):                setTimezone,
	dav.CalDAV("supported-calendar-component-set"): setComponents,
	nameTransparency:                               setTransparency,
	nameResourceType:                               setResourceType,
	nameAvailability:                               setAvailability,
	nameOldAvailability:                            setAvailability,
	nameDefaultCalendar:                            setDefaultCalendar,
	nameSchedulingEnabled:                          setSchedulingEnabled,
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
	if p.mounted { // live properties are no sharee's own (caldav-sharing section 5.5.3)
		return nil, dav.DAV("cannot-modify-protected-property"), "the time zone of a shared calendar is set by its owner"
	}
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

// setTransparency says whether what happens in a calendar takes its owner's time (RFC 6638 section 9.1). Without a value it does.
func setTransparency(p *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	transparent := e.Child(dav.CalDAV("transparent")) != nil
	if e != nil && transparent == (e.Child(dav.CalDAV("opaque")) != nil) {
		return nil, dav.Name{}, "CALDAV:schedule-calendar-transp holds CALDAV:opaque or CALDAV:transparent"
	}
	if p.kind != store.KindCalendar {
		return nil, dav.DAV("cannot-modify-protected-property"), "only calendars take time"
	}
	return func(p *store.Properties) { p.Transparent = transparent }, dav.Name{}, ""
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
