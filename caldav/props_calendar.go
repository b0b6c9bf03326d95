package caldav

import (
	"strconv"
	"time"

	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// defaultComponents are those that a calendar takes whose CALDAV:supported-calendar-component-set was never set.
var defaultComponents = []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"}

// componentsOf returns the component types that a collection takes.
func componentsOf(c *store.Collection) []string {
	if len(c.Components) > 0 {
		return c.Components
	}
	return defaultComponents
}

// collectionProperties are those of calendar collections (RFC 4791 section 5.2).
var collectionProperties = []property{
	{name: dav.CalDAV("calendar-description"), lang: true, render: func(c *propContext) bool {
		if c.res.coll == nil || c.res.obj != nil || c.res.coll.Description == nil {
			return false
		}
		c.b.Text(*c.res.coll.Description)
		return true
	}},
	{name: dav.CalDAV("calendar-timezone"), render: func(c *propContext) bool {
		if c.res.coll == nil || c.res.obj != nil || c.res.coll.Timezone == "" {
			return false
		}
		c.b.Text(c.res.coll.Timezone)
		return true
	}},
	{name: dav.CalDAV("supported-calendar-component-set"), render: func(c *propContext) bool {
		if !c.onCalendar() {
			return false
		}
		appendComponents(c.b, componentsOf(c.res.coll))
		return true
	}},
	{name: dav.CalDAV("supported-calendar-component-sets"), render: func(c *propContext) bool { // CalendarServer, on the home
		if c.res.place != placeHome {
			return false
		}
		for _, comp := range defaultComponents {
			c.b.Open(dav.CalDAV("supported-calendar-component-set"))
			appendComponents(c.b, []string{comp})
			c.b.Close(dav.CalDAV("supported-calendar-component-set"))
		}
		return true
	}},
	{name: dav.CalDAV("supported-calendar-data"), render: func(c *propContext) bool {
		if !c.onCalendar() {
			return false
		}
		c.b.Raw(`<C:calendar-data content-type="text/calendar" version="2.0"/>`)
		return true
	}},
	{name: dav.CalDAV("max-resource-size"), render: func(c *propContext) bool {
		return c.limit(strconv.Itoa(c.h.maxBytes(c.res.coll)))
	}},
	{name: dav.CalDAV("min-date-time"), render: func(c *propContext) bool {
		return c.limit(utcText(ical.MinDate))
	}},
	{name: dav.CalDAV("max-date-time"), render: func(c *propContext) bool {
		return c.limit(utcText(ical.MaxDate))
	}},
	{name: dav.CalDAV("max-instances"), render: func(c *propContext) bool {
		return c.limit(strconv.Itoa(c.h.maxInstances))
	}},
	{name: dav.CalDAV("max-attendees-per-instance"), render: func(c *propContext) bool {
		return c.limit(strconv.Itoa(c.h.limits.MaxAttendees))
	}},
	{name: nameTransparency, render: func(c *propContext) bool { // RFC 6638 section 9.1
		if !c.onCalendar() {
			return false
		}
		if c.res.coll.Transparent {
			c.b.Empty(dav.CalDAV("transparent"))
		} else {
			c.b.Empty(dav.CalDAV("opaque"))
		}
		return true
	}},
	{name: dav.CalDAV("supported-collation-set"), render: func(c *propContext) bool { // RFC 4791 section 7.5.1
		if c.res.coll == nil || c.res.obj != nil {
			return false
		}
		for _, name := range collationNames {
			c.b.Elem(dav.CalDAV("supported-collation"), name)
		}
		return true
	}},
}

func (c *propContext) onCalendar() bool {
	return c.res.obj == nil && c.res.coll != nil && isCalendar(c.res.coll)
}

func (c *propContext) limit(text string) bool {
	if !c.onCalendar() {
		return false
	}
	c.b.Text(text)
	return true
}

func appendComponents(b *dav.Buffer, names []string) {
	for _, n := range names {
		b.EmptyAttrs(dav.CalDAV("comp"), "name", n)
	}
}

// maxBytes is the CALDAV:max-resource-size of a collection.
func (h *Handler) maxBytes(coll *store.Collection) int {
	if coll != nil && coll.MaxBytes > 0 && coll.MaxBytes < int64(h.limits.MaxBytes) {
		return int(coll.MaxBytes)
	}
	return h.limits.MaxBytes
}

// utcText writes a time as iCalendar does (RFC 5545 section 3.3.5, form 2).
func utcText(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// objectProperties are those of calendar object resources. DAV:getcontentlength counts bytes as GET sends them.
var objectProperties = []property{
	{name: nameGetContentType, all: true, render: func(c *propContext) bool {
		switch {
		case c.res.obj != nil:
			c.b.Text(c.res.contentType()[0])
		case c.onCalendar():
			c.b.Text("text/calendar; charset=utf-8")
		default:
			return false
		}
		return true
	}},
	{name: nameGetContentLength, all: true, render: func(c *propContext) bool {
		if c.res.obj == nil || c.res.obj.Size == unknownSize {
			return false
		}
		c.b.Text(strconv.Itoa(c.res.obj.Size))
		return true
	}},
}

// syncable says whether a collection has a sync token and a ctag.
func syncable(c *store.Collection) bool { return c != nil && c.Kind != store.KindOutbox }
