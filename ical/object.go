package ical

import "sync"

// Object is a checked calendar object resource (RFC 4791 section 4.1), or a scheduling message. It is not changed after it was parsed and
// may be used by many goroutines.
type Object struct {
	Calendar  *Component
	Method    string // METHOD of a scheduling message in upper case, "" of an object; see ParseMessage
	UID       string
	Component string       // "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", or another
	Parts     []*Component // all components of that UID; the master (no RECURRENCE-ID), if there is one, first

	raw   []byte
	zones sync.Map // TZID -> *time.Location, nil if unknown

	defineOnce sync.Once
	defined    map[string]*Component // VTIMEZONEs by TZID, once they are asked for and many
}

// ParseObject reads and checks one calendar object resource: RFC 4791 sections 4.1 and 5.3.2.1, and that what places it
// in time can be understood. It lets pass whatever else clients write. raw must not be changed afterwards. Errors are
// *Error.
func ParseObject(raw []byte, lim Limits) (*Object, error) {
	calendar, err := Parse(raw, lim)
	if err != nil {
		return nil, err
	}
	o := &Object{Calendar: calendar, raw: raw}
	if err := o.check(); err != nil {
		return nil, err
	}
	return o, nil
}

// Raw returns the bytes that the object was parsed from. They must not be changed.
func (o *Object) Raw() []byte { return o.raw }

// Master returns the component without RECURRENCE-ID, or nil.
func (o *Object) Master() *Component {
	if len(o.Parts) > 0 && o.Parts[0].Prop("RECURRENCE-ID") == nil {
		return o.Parts[0]
	}
	return nil
}
