package ical

import (
	"slices"
	"strings"
	"time"
)

// FreeBusyRequest is the question of an organizer when others are busy: a VFREEBUSY with METHOD:REQUEST (RFC 5546 section 3.3.2).
type FreeBusyRequest struct {
	UID       string   // as it is written
	Organizer string   // calendar user addresses, as they are written
	Attendees []string // each once
	Masked    []string // UIDs of what is to be left out, such as the event that is to be moved (X-CALENDARSERVER-MASK-UID)
	Window    Range
}

// ParseFreeBusyRequest reads one. What is iCalendar but no such request is refused as InvalidMessage. Other errors are *Error too.
func ParseFreeBusyRequest(raw []byte, lim Limits) (*FreeBusyRequest, error) {
	calendar, err := Parse(raw, lim)
	if err != nil {
		return nil, err
	}
	o := &Object{Calendar: calendar, raw: raw}
	c, err := o.onlyFreeBusy()
	if err != nil {
		return nil, err
	}
	q := &FreeBusyRequest{}
	if q.UID, err = o.valueOf(c, "UID"); err != nil {
		return nil, err
	}
	if q.Organizer, err = o.valueOf(c, "ORGANIZER"); err != nil {
		return nil, err
	}
	for p := range c.AllProps("ATTENDEE") {
		if address := strings.TrimSpace(p.Value); address != "" && !slices.Contains(q.Attendees, address) {
			q.Attendees = append(q.Attendees, address)
		}
	}
	if len(q.Attendees) == 0 {
		return nil, fail(InvalidMessage, o.lineOf(c), "a request for free/busy time has an ATTENDEE for each who is asked")
	}
	for p := range c.AllProps("X-CALENDARSERVER-MASK-UID") {
		if uid := strings.TrimSpace(p.Text()); uid != "" {
			q.Masked = append(q.Masked, uid)
		}
	}
	if q.Window.Start, err = o.boundOf(c, "DTSTART"); err != nil {
		return nil, err
	}
	if q.Window.End, err = o.boundOf(c, "DTEND"); err != nil {
		return nil, err
	}
	if !q.Window.Start.Before(q.Window.End) {
		return nil, fail(InvalidMessage, c.Prop("DTEND").Line, "DTEND is not after DTSTART")
	}
	return q, nil
}

// onlyFreeBusy returns the one VFREEBUSY of a REQUEST.
func (o *Object) onlyFreeBusy() (*Component, error) {
	method := o.Calendar.Prop("METHOD")
	if !is(method, "REQUEST") {
		line := 0
		if method != nil {
			line = method.Line
		}
		return nil, fail(InvalidMessage, line, "what is asked here is asked with METHOD:REQUEST")
	}
	var found *Component
	for _, c := range o.Calendar.Children {
		switch {
		case c.Name == "VTIMEZONE":
		case c.Name != "VFREEBUSY" || found != nil:
			return nil, fail(InvalidMessage, o.lineOf(c), "%s: a request for free/busy time has one VFREEBUSY and nothing else", c.Name)
		default:
			found = c
		}
	}
	if found == nil {
		return nil, fail(InvalidMessage, 0, "there is no VFREEBUSY in it")
	}
	return found, nil
}

// once returns the property of a component that has to be there exactly once, and not empty.
func (o *Object) once(c *Component, name string) (*Property, error) {
	var only *Property
	for p := range c.AllProps(name) {
		if only != nil {
			return nil, fail(InvalidMessage, p.Line, "a second %s", name)
		}
		only = p
	}
	if only == nil || strings.TrimSpace(only.Value) == "" {
		return nil, fail(InvalidMessage, o.lineOf(c), "%s without %s", c.Name, name)
	}
	return only, nil
}

// valueOf returns the value of a property that has to be there once.
func (o *Object) valueOf(c *Component, name string) (string, error) {
	p, err := o.once(c, name)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(p.Value), nil
}

// boundOf returns the time in a property that has to be there once, with a zone.
func (o *Object) boundOf(c *Component, name string) (time.Time, error) {
	p, err := o.once(c, name)
	if err != nil {
		return time.Time{}, err
	}
	d, err := o.date(p)
	if err != nil {
		return time.Time{}, err
	}
	if d.Date || d.Zone == nil {
		return time.Time{}, fail(InvalidMessage, p.Line, "%s:%s: a request for free/busy time is about times in UTC", name, p.Value)
	}
	if err := checkRange(p, d); err != nil {
		return time.Time{}, err
	}
	return d.In(nil), nil
}
