package itip

import "convene/ical"

// Role is what the owner of a calendar is in an object (RFC 6638 section 3.1).
type Role int

// The roles.
const (
	NoRole      Role = iota // no scheduling object: nothing of this package is to be asked
	AsOrganizer             // Organizer says what follows of a change
	AsAttendee              // Attendee does
)

// RoleOf returns the role of ctx.Owner in o, which may be nil. Where o names several organizers the error is ErrSameOrganizer. A component
// without ORGANIZER beside others that have one is taken to be meant like them.
func RoleOf(ctx Context, o *ical.Object) (Role, error) {
	x := read(o)
	organizer, err := x.organizer(ctx.People)
	switch {
	case err != nil || organizer == nil:
		return NoRole, err
	case ctx.owner(organizer):
		return AsOrganizer, nil
	}
	for i := range x.parts {
		if ctx.ownerIn(&x.parts[i]) != nil {
			return AsAttendee, nil
		}
	}
	return NoRole, nil
}
