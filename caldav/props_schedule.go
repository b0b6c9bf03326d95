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

// Where invitations go, and whether a calendar takes part: of RFC 6638 section 9.2, CalendarServer and Cyrus.
var (
	nameDefaultCalendar   = dav.CalDAV("schedule-default-calendar-URL")
	nameDefaultTasks      = dav.CS("schedule-default-tasks-URL")
	nameSchedulingEnabled = dav.Cyrus("scheduling-enabled")
)

// scheduleProperties are those of the Inbox, of calendars that take part in scheduling, and of scheduling object resources.
var scheduleProperties = []property{
	{name: nameAvailability, render: renderAvailability},
	{name: nameOldAvailability, render: renderAvailability},
	{name: nameDefaultCalendar, render: func(c *propContext) bool { return c.defaultCalendar("VEVENT") }},
	{name: nameDefaultTasks, render: func(c *propContext) bool { return c.defaultCalendar("VTODO") }},
	{name: nameSchedulingEnabled, render: func(c *propContext) bool {
		if !c.onCalendar() {
			return false
		}
		if c.res.coll.Unscheduled {
			c.b.Text("F")
		} else {
			c.b.Text("T")
		}
		return true
	}},
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

// defaultCalendar appends the URL of the calendar that new objects of a component go into; none if there is no such calendar.
func (c *propContext) defaultCalendar(component string) bool {
	if c.res.obj != nil || c.res.coll == nil || c.res.coll.Kind != store.KindInbox {
		return false
	}
	if coll := c.res.home.DefaultCalendar(component); coll != nil {
		m := c.res.collectionIn(coll)
		c.b.Href(m.href())
	}
	return true
}

// setDefaultCalendar takes the URL of a calendar that invitations can go into. Without one the server chooses.
func setDefaultCalendar(p *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	if p.kind != store.KindInbox {
		return nil, dav.DAV("cannot-modify-protected-property"), "where invitations go is set on the Inbox"
	}
	href := e.Child(dav.DAV("href"))
	if href == nil {
		return func(p *store.Properties) { p.DefaultCalendar = 0 }, dav.Name{}, ""
	}
	coll := p.calendarAt(strings.TrimSpace(href.Text))
	if coll == nil || !coll.TakesInvitations("VEVENT") {
		return nil, dav.CalDAV("valid-schedule-default-calendar-URL"), "invitations go into a calendar of the same home that takes events and is not excluded from scheduling"
	}
	return func(p *store.Properties) { p.DefaultCalendar = coll.ID }, dav.Name{}, ""
}

// setSchedulingEnabled says whether what is written in a calendar is scheduled: F or no if not, as with Cyrus. Without a value it is.
func setSchedulingEnabled(p *patch, e *dav.Element) (func(*store.Properties), dav.Name, string) {
	if p.kind != store.KindCalendar {
		return nil, dav.DAV("cannot-modify-protected-property"), "only what is in calendars is scheduled"
	}
	if p.mounted {
		return nil, dav.DAV("cannot-modify-protected-property"), "whether a shared calendar is scheduled is set by its owner"
	}
	var off bool
	switch text := strings.TrimSpace(textOrEmpty(e)); {
	case strings.EqualFold(text, "F"), strings.EqualFold(text, "no"):
		off = true
	case e != nil && !strings.EqualFold(text, "T") && !strings.EqualFold(text, "yes"):
		return nil, dav.Name{}, "scheduling-enabled is T or F"
	}
	return func(p *store.Properties) { p.Unscheduled = off }, dav.Name{}, ""
}

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
