package store

import "slices"

// DefaultCalendar is where scheduling messages make new objects of a kind of component ("VEVENT", "VTODO"): the calendar that the owner
// chose (CALDAV:schedule-default-calendar-URL, RFC 6638 section 9.2), else the one called Default, else the first by name. Those that do not
// take the component, or in which nothing is scheduled, are left out. nil: there is none.
func (h *Home) DefaultCalendar(component string) *Collection {
	takes := func(c *Collection) bool {
		return c != nil && c.Kind == KindCalendar && !c.Unscheduled && (len(c.Components) == 0 || slices.Contains(c.Components, component))
	}
	if inbox := h.Inbox(); inbox != nil && inbox.DefaultCalendar != 0 {
		if c := h.CollectionByID(inbox.DefaultCalendar); takes(c) {
			return c
		}
	}
	if c := h.Collection("Default"); takes(c) {
		return c
	}
	for _, c := range h.Collections {
		if takes(c) {
			return c
		}
	}
	return nil
}
