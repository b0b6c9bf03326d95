package store

import "slices"

// DefaultCalendar is where scheduling messages make new objects of a kind of component ("VEVENT", "VTODO"): the calendar that the owner
// chose (CALDAV:schedule-default-calendar-URL, RFC 6638 section 9.2), else the one called Default, else the first by name. Those that do not
// take the component, or in which nothing is scheduled, are left out. nil: there is none.
func (h *Home) DefaultCalendar(component string) *Collection {
	if inbox := h.Inbox(); inbox != nil && inbox.DefaultCalendar != 0 {
		if c := h.CollectionByID(inbox.DefaultCalendar); c != nil && c.TakesInvitations(component) {
			return c
		}
	}
	if c := h.Collection("Default"); c != nil && c.TakesInvitations(component) {
		return c
	}
	for _, c := range h.Collections {
		if c.TakesInvitations(component) {
			return c
		}
	}
	return nil
}

// TakesInvitations says whether scheduling messages may make objects of a kind of component in c.
func (c *Collection) TakesInvitations(component string) bool {
	return c.Kind == KindCalendar && !c.Unscheduled && (len(c.Components) == 0 || slices.Contains(c.Components, component))
}
