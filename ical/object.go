package ical

// Object is a checked calendar object resource (RFC 4791 section 4.1). It is not changed after ParseObject and may be
// used by many goroutines.
type Object struct {
	Calendar  *Component
	UID       string
	Component string       // "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY", or another
	Parts     []*Component // all components of that UID; the master (no RECURRENCE-ID), if there is one, first

	raw []byte
}

// ParseObject reads and checks one calendar object resource. Errors are *Error.
func ParseObject(raw []byte, lim Limits) (*Object, error) {
	return nil, fail(InvalidData, 0, "no calendar")
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
