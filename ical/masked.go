package ical

import "strings"

// Masked returns the object as people see it who may know when its owner has time, but not for what: a new calendar object of
// the same UID, times, recurrence and class, with SUMMARY:Busy and nothing else that anybody has written. Events say too whether
// they are tentative, cancelled or transparent. It has the same instances and makes the same time busy as the object (a task
// without dates shows neither when it was made nor when it was completed), and it changes only when those do: values are written
// anew, in one way, so that nothing can hide in how they are written, in parameters or in names of zones. A message keeps its METHOD.
func (o *Object) Masked() []byte {
	m := masker{object: o, class: o.Class()}
	m.out.dst = make([]byte, 0, 512)
	for _, c := range o.Parts {
		m.component(c)
	}
	out := make([]byte, 0, len(m.out.dst)+128+256*len(m.zones))
	out = append(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"+ProductID+"\r\n"...)
	if o.Method != "" {
		out = append(append(append(out, "METHOD:"...), o.Method...), '\r', '\n')
	}
	for _, zone := range m.zones {
		out = appendMaskedZone(out, zone.name, zone.observances)
	}
	out = append(out, m.out.dst...)
	return append(out, "END:VCALENDAR\r\n"...)
}

// masker is the work of Masked.
type masker struct {
	object *Object
	class  Class
	out    folder            // components
	names  map[string]string // TZIDs of the object -> what they are called here
	zones  []maskedZone      // that have rules here
	custom int               // how many of them no one knows by name

	seen [len(onlyOnce)]*Property // the first of each in the component
}

// component writes c.
func (m *masker) component(c *Component) {
	m.marker("BEGIN:", c.Name)
	if uid := c.Prop("UID"); uid != nil {
		m.text("UID", strings.TrimSpace(uid.Value))
	}
	m.seen = [len(onlyOnce)]*Property{}
	m.text("DTSTAMP", "19700101T000000Z") // when it was changed would tell of changes to what is hidden
	for i := range c.Props {
		m.property(c, &c.Props[i])
	}
	switch c.Name {
	case "VEVENT":
		m.status(c)
	case "VAVAILABILITY":
		m.availability(c)
	}
	if c.Name != "AVAILABLE" && m.class != ClassPublic {
		m.text("CLASS", m.class.String())
	}
	switch c.Name {
	case "VEVENT", "VTODO", "VJOURNAL":
		m.text("SUMMARY", "Busy")
	case "VAVAILABILITY":
		for _, child := range c.Children {
			if child.Name == "AVAILABLE" {
				m.component(child)
			}
		}
	}
	m.marker("END:", c.Name)
}

// property writes p if it places c in time.
func (m *masker) property(c *Component, p *Property) {
	switch p.Name {
	case "DTSTART", "RECURRENCE-ID":
		m.date(p)
	case "DTEND":
		if c.Name != "VTODO" && c.Name != "VJOURNAL" {
			m.date(p)
		}
	case "DUE":
		if c.Name == "VTODO" {
			m.date(p)
		}
	case "DURATION":
		if c.Name != "VJOURNAL" {
			m.duration(p)
		}
	case "RRULE", "EXRULE":
		if rule, err := ParseRule(p.Value); err == nil { // one that cannot be understood gives no instances
			m.text(p.Name, rule.String())
		}
	case "RDATE", "EXDATE":
		m.list(p)
	case "FREEBUSY":
		if c.Name == "VFREEBUSY" {
			m.list(p)
		}
	}
}

// status writes what of STATUS and TRANSP has a bearing on busy time.
func (m *masker) status(c *Component) {
	var tentative, cancelled, transparent bool
	for i := range c.Props {
		switch p := &c.Props[i]; p.Name {
		case "STATUS":
			tentative = tentative || is(p, "TENTATIVE")
			cancelled = cancelled || is(p, "CANCELLED")
		case "TRANSP":
			transparent = transparent || is(p, "TRANSPARENT")
		}
	}
	switch {
	case cancelled:
		m.text("STATUS", "CANCELLED")
	case tentative:
		m.text("STATUS", "TENTATIVE")
	}
	if transparent {
		m.text("TRANSP", "TRANSPARENT")
	}
}

// availability writes what of a VAVAILABILITY has a bearing on busy time (RFC 7953 section 3.1), if its value is known there.
func (m *masker) availability(c *Component) {
	for _, kind := range [...]string{"BUSY", "BUSY-TENTATIVE", "BUSY-UNAVAILABLE"} {
		if is(c.Prop("BUSYTYPE"), kind) {
			m.text("BUSYTYPE", kind)
		}
	}
	if p := c.Prop("PRIORITY"); p != nil {
		if n, ok := number(strings.TrimSpace(p.Value), 0, 9); ok {
			m.text("PRIORITY", "0123456789"[n:n+1])
		}
	}
}

// text writes a line without parameters; value is escaped.
func (m *masker) text(name, value string) {
	m.out.write(name)
	m.out.write(":")
	m.out.write(value)
	m.out.end()
}

// marker writes a BEGIN or END line.
func (m *masker) marker(kind, name string) { m.out.dst = appendMarker(m.out.dst, kind, name) }
