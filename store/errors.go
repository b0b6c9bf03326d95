package store

import (
	"errors"
	"fmt"
)

// The errors that callers tell apart with errors.Is. Whatever else a method returns is a failure of the database.
var (
	ErrNotFound     = errors.New("not found")
	ErrExists       = errors.New("the name is taken")
	ErrUIDConflict  = errors.New("the UID is in use in this collection")             // always a *UIDConflict
	ErrAddressTaken = errors.New("the calendar user address belongs to another")     // always a *AddressTaken
	ErrBadName      = errors.New("not a usable name")                                // of a principal or collection
	ErrBadAddress   = errors.New("not a calendar user address")                      // neither a URI nor an e-mail address
	ErrNotGroup     = errors.New("only a group has members")                         //
	ErrBadDelegate  = errors.New("only other users, and groups, can be delegates")   //
	ErrGroupCycle   = errors.New("the group would be a member of itself")            //
	ErrTaken        = errors.New("it is booked by another at that time")             // a room or resource
	ErrSchemaNewer  = errors.New("the database was written by a newer convene")      // this binary must not touch it
	ErrSchemaOlder  = errors.New("the database needs migrating: convene migrate up") // Open without Options.Migrate
	ErrUnavailable  = errors.New("the database cannot be reached")                   // worth another try later
	ErrContended    = errors.New("others are changing the same homes")               // worth another try in a moment
	ErrTokenTooOld  = errors.New("changes since then are no longer known")           // the modseq is below the sync floor
	ErrTokenUnknown = errors.New("the collection has not come as far as that")       // the modseq is above the collection's
)

// UIDConflict names the object that has the UID already (RFC 4791 section 5.3.2.1, CALDAV:no-uid-conflict).
type UIDConflict struct {
	Owner      PrincipalID
	Collection CollectionID
	Name       string // of the object
	UID        string
}

func (e *UIDConflict) Error() string {
	return fmt.Sprintf("UID %q is in use by %q in this collection", e.UID, e.Name)
}

// Is makes errors.Is(err, ErrUIDConflict) true.
func (e *UIDConflict) Is(target error) bool { return target == ErrUIDConflict }

// AddressTaken names the principal whose address it is.
type AddressTaken struct {
	Address string
	Kind    PrincipalKind
	Holder  string // the principal's name
}

func (e *AddressTaken) Error() string {
	return fmt.Sprintf("the address %s belongs to the %s %q", e.Address, e.Kind, e.Holder)
}

// Is makes errors.Is(err, ErrAddressTaken) true.
func (e *AddressTaken) Is(target error) bool { return target == ErrAddressTaken }
