package caldav

import (
	"slices"
	"strconv"
	"strings"

	"convene/caldav/dav"
	"convene/ical"
	"convene/store"
)

// When the owner of an Inbox is available (RFC 7953 section 7.2.2), and the name under which Apple's clients set that before it was a standard.
var (
	nameAvailability    = dav.CalDAV("calendar-availability")
	nameOldAvailability = dav.CS("calendar-availability")
)

// scheduleProperties are those of the Inbox, and of scheduling object resources.
var scheduleProperties = []property{
	{name: nameAvailability, render: renderAvailability},
	{name: nameOldAvailability, render: renderAvailability},
	{name: dav.CalDAV("schedule-tag"), render: func(c *propContext) bool { // RFC 6638 section 9.3
		if c.res.obj == nil || c.res.obj.ScheduleTag == "" {
			return false
		}
		c.b.Raw(`"`)
		c.b.Text(c.res.obj.ScheduleTag)
		c.b.Raw(`"`)
		return true
	}},
}

func renderAvailability(c *propContext) bool {
	if c.res.obj != nil || c.res.coll == nil || c.res.coll.Availability == "" {
		return false
	}
	c.b.Text(c.res.coll.Availability)
	return true
}

// setAvailability takes VAVAILABILITY components with their VTIMEZONEs.
func setAvailability(p *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	if p.kind != store.KindInbox {
		return nil, dav.DAV("cannot-modify-protected-property"), "when somebody is available is set on the Inbox"
	}
	if e == nil {
		return func(p *store.Properties) { p.Availability = "" }, dav.Name{}, ""
	}
	text := strings.TrimSpace(e.Text)
	if len(text) > maxAvailabilityBytes {
		return nil, dav.CalDAV("max-resource-size"), "an availability may have " + strconv.Itoa(maxAvailabilityBytes) + " bytes"
	}
	if _, err := ical.ParseAvailability([]byte(text), ical.Limits{MaxBytes: maxAvailabilityBytes}); err != nil {
		return nil, dav.CalDAV("valid-calendar-data"), err.Error()
	}
	return func(p *store.Properties) { p.Availability = text + "\r\n" }, dav.Name{}, ""
}

const maxAvailabilityBytes = 128 << 10

// scheduleURL appends the URL of a principal's Inbox or Outbox, for those who act with it: the principal, its delegates and administrators.
func (c *propContext) scheduleURL(kind store.Kind) bool {
	p := c.res.principal
	if c.res.place != placePrincipal || p.Kind == store.Public || !c.actsFor(p) {
		return false
	}
	c.loose = true // it comes from the home
	home, err := c.h.db.Home(c.ctx, p.ID)
	if err != nil {
		c.err = err
		return false
	}
	for _, coll := range home.Collections {
		if coll.Kind == kind {
			t := target{place: placeCollection, kind: p.Kind, name: p.Name, collection: coll.Name}
			c.b.Href(t.href())
			return true
		}
	}
	return false
}

func (c *propContext) actsFor(p *store.Principal) bool {
	return c.who != nil && (c.who.ID == p.ID || c.who.Admin || slices.Contains(c.who.ReadsFor, p.ID))
}
