package store

import (
	"slices"
	"strings"
	"time"

	"convene/acl"
	"convene/ical"
)

// PrincipalID identifies a principal for as long as it exists; it is never given to another. Keys lead with it.
type PrincipalID int64

// CollectionID identifies a collection; a new collection of the same name gets another.
type CollectionID int64

// PrincipalKind is what a principal stands for; it is part of its path. See CalendarUserType.
type PrincipalKind string

// The kinds.
const (
	User     PrincipalKind = "user"
	Group    PrincipalKind = "group"
	Room     PrincipalKind = "room"
	Resource PrincipalKind = "resource"
	Public   PrincipalKind = "public" // owns calendars that belong to no person; it never logs in
)

// Kinds lists all kinds of principals.
var Kinds = []PrincipalKind{User, Group, Room, Resource, Public}

// CalendarUserType is the value of CALDAV:calendar-user-type (RFC 6638 section 2.4.2) for the kind.
func (k PrincipalKind) CalendarUserType() string {
	switch k {
	case User:
		return "INDIVIDUAL"
	case Group:
		return "GROUP"
	case Room:
		return "ROOM"
	case Resource:
		return "RESOURCE"
	}
	return "UNKNOWN"
}

// Principal is a snapshot shared by its readers: never change one.
type Principal struct {
	ID          PrincipalID
	Kind        PrincipalKind
	Name        string // lower case, unique over all kinds
	DisplayName string // "" if none was given
	Admin       bool
	Disabled    bool          // may not log in
	Timezone    string        // IANA name where its floating times are taken; "" means the server's
	Addresses   []string      // calendar user addresses, normalised, the preferred one first
	MemberOf    []PrincipalID // groups it is in, by way of other groups too; ascending
	Groups      []string      // their names, in the same order, for acl.Subject
	ReadsFor    []PrincipalID // whose calendars it may read as a delegate, by way of groups too; ascending
	WritesFor   []PrincipalID // whose calendars it may also write as a delegate; ascending
	KeepPrivate bool          // its private events stay with its clients: this server refuses to store them
	Capacity    int           // of a room or resource: how many bookings there may be at a time; 0: one
	Location    string        // of a room or resource: where it is
	Features    []string      // of a room or resource: what it has to offer
	Manager     PrincipalID   // of a room or resource: who approves bookings, and writes in its calendars like a delegate; 0: nobody
	Policy      string        // how invitations are answered for it; "": only by its owner
	Created     time.Time
	Modified    time.Time
}

// Is says whether a calendar user address, in any of the forms in which clients write it, is one of p: one of its addresses, or the
// path of the principal itself. It is an [ical.Who]. Nobody is the nil Principal.
func (p *Principal) Is(address string) bool {
	if p == nil {
		return false
	}
	if isPlain(address) { // as nearly all are: invitations to many ask this often
		return slices.ContainsFunc(p.Addresses, func(a string) bool { return len(a) == len(address) && strings.EqualFold(a, address) })
	}
	normal, err := NormalizeAddress(address)
	if err != nil {
		return false
	}
	if slices.Contains(p.Addresses, normal) {
		return true
	}
	kind, name, ok := PrincipalPath(normal)
	return ok && kind == p.Kind && name == p.Name
}

// Kind is what a collection is for.
type Kind string

// The kinds. A home is the root of the collections of one principal; its name is "".
const (
	KindHome        Kind = "home"
	KindCalendar    Kind = "calendar"
	KindInbox       Kind = "inbox"
	KindOutbox      Kind = "outbox"
	KindAttachments Kind = "attachments"
	KindCollection  Kind = "collection" // a plain WebDAV collection
	KindShared      Kind = "shared"     // a calendar of somebody else, as it appears in the home of who it is shared with
	KindNotices     Kind = "notices"    // notifications (CalendarServer's notification collection)
)

// Home is a snapshot of all collections of one principal, shared by its readers: never change one.
type Home struct {
	Owner       *Principal
	Root        *Collection   // of KindHome; its Modseq is the counter of the whole home
	Collections []*Collection // without the root, by name
	Locks       []*Lock       // WebDAV locks in it, expired ones perhaps too
}

// Prop is a property the server only keeps (a dead property of RFC 4918 section 4, or a client's own).
type Prop struct {
	Space string `json:"s"` // namespace
	Local string `json:"l"`
	XML   string `json:"x"` // the whole element with the namespace declarations it needs
}

// Properties is what may be changed of a collection.
type Properties struct {
	DisplayName  *string  // DAV:displayname; nil: not set
	Description  *string  // CALDAV:calendar-description
	Color        *string  // Apple's calendar-color
	Order        *string  // Apple's calendar-order
	Components   []string // CALDAV:supported-calendar-component-set; empty: any
	Timezone     string   // CALDAV:calendar-timezone, an iCalendar object with one VTIMEZONE; "": not set
	Transparent  bool     // CALDAV:schedule-calendar-transp is transparent
	Unscheduled  bool     // no scheduling: nothing written here is sent to anybody, and nothing is delivered here
	Availability string   // CALDAV:calendar-availability of an Inbox, an iCalendar object with VAVAILABILITY components; "": not set
	MaxBytes     int64    // CALDAV:max-resource-size; 0: the server's limit

	// DefaultCalendar is CALDAV:schedule-default-calendar-URL of an Inbox (RFC 6638 section 9.2). 0: not set. It stays when the calendar
	// is deleted, and means nothing from then on, since no other gets its id.
	DefaultCalendar CollectionID

	Rights acl.List
	Props  []Prop
}

// Collection is a snapshot shared by its readers: never change one.
type Collection struct {
	ID        CollectionID
	Owner     PrincipalID
	Name      string
	Kind      Kind
	Modseq    int64 // of the last change of it or in it; a sync token
	SelfSeq   int64 // modseq of the last change of the collection itself: created, renamed, properties
	SyncFloor int64 // tombstones up to here may be gone: tokens below it are refused
	Objects   int64 // how many there are in it
	Bytes     int64 // their size together
	Deleted   bool  // a tombstone (only from HomeChanges)
	Shared    bool  // has been offered to others by invitations (see Share)
	Published bool  // can be read by anyone who knows a token (see Publication)
	Target    *Target
	Created   time.Time
	Modified  time.Time
	Properties
	Zone   *time.Location // where floating times in it are taken: its own time zone, else its owner's, else the server's
	Person *Principal     // its owner, as whoever read the home knew it
}

// Target is the calendar that a collection of KindShared stands for. The collection itself holds what is the sharee's own: its
// name in the home, the properties that the sharee set, and the overlays.
type Target struct {
	Owner      PrincipalID
	Collection CollectionID
}

// Object is a calendar object resource or any other member of a collection. Objects from the cache are shared: never
// change one, nor its Data.
type Object struct {
	ID          int64 // unique within the home
	Owner       PrincipalID
	Collection  CollectionID
	Name        string
	UID         string
	Component   string // "VEVENT"...; "" in collections that hold other things
	ETag        string // without quotes
	ScheduleTag string // without quotes; "" if none
	Modseq      int64
	Deleted     bool // a tombstone: only Name and Modseq mean something
	Class       ical.Class
	Size        int // bytes of Data
	Created     time.Time
	Modified    time.Time
	Props       []Prop // kept properties of the resource
	Data        []byte // nil where a listing was asked for without
}

// NewObject is what Tx.Put stores.
type NewObject struct {
	Name        string
	UID         string
	Component   string
	ETag        string // of Data; see ETagOf
	ScheduleTag string
	Data        []byte
	Index       ical.Index // the zero Index for what is no calendar object
	Created     time.Time  // of a new object; zero: now
	Props       []Prop     // nil: those the object has
}

// NewCollection is what Tx.CreateCollection makes.
type NewCollection struct {
	Name string
	Kind Kind
	Properties
}
