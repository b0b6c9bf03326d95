package acl

// Action is what a method or report is about to do with one resource: a row of the table "Mapping of IMAP Rights to
// WebDAV Privileges & HTTP Methods" in the documentation of Cyrus.
type Action int

// The actions, with the methods they stand for. The destination of COPY and MOVE needs two: WriteContent (an object) or
// MakeCollection (a collection), and WriteProperties.
const (
	ReadResource     Action = iota // GET, HEAD, PROPFIND, REPORT, source of COPY and MOVE
	ReadBusy                       // free-busy-query, free/busy URLs
	WriteProperties                // PROPPATCH, destination of COPY and MOVE
	WriteContent                   // PUT, destination object of COPY and MOVE, LOCK, UNLOCK of an own lock
	AddMember                      // POST to a collection (RFC 5995)
	MakeCollection                 // MKCOL, MKCALENDAR, destination collection of COPY and MOVE: on the home
	RemoveCollection               // DELETE of a collection, source collection of MOVE
	RemoveResource                 // DELETE of an object, source object of MOVE
	ReadACL                        // PROPFIND of DAV:acl, and of nothing else
	WriteACL                       // ACL
	Share                          // invitations to a calendar, publishing it
	UnlockAny                      // UNLOCK of somebody else's lock
	AskBusy                        // POST to the Outbox, asking when others are busy (RFC 6638 section 5)
	SendInvite                     // PUT, POST, DELETE and MOVE by an organizer, with messages to attendees: on the owner's Outbox
	SendReply                      // PUT, POST, DELETE and MOVE by an attendee, with messages to the organizer: on the owner's Outbox
	DeliverInvite                  // taking an organizer's message in: on the recipient's Inbox, for the sender
	DeliverReply                   // taking an attendee's message in: on the recipient's Inbox, for the sender
	numActions
)

// Actions lists all actions.
func Actions() []Action {
	all := make([]Action, numActions)
	for i := range all {
		all[i] = Action(i)
	}
	return all
}

// needs lists, for each action, the sets of rights any one of which is enough. Letters that share a cell of the table are
// needed together; e stands in one with t and is not, since the table of default rights has DAV:all without it.
var needs = [numActions][]Rights{
	ReadResource:     {Lookup | Read},
	ReadBusy:         {FreeBusy, Lookup | Read},
	WriteProperties:  {Write | Annotate},
	WriteContent:     {Insert},
	AddMember:        {Post},
	MakeCollection:   {MakeChild},
	RemoveCollection: {RemoveSelf},
	RemoveResource:   {DeleteObject},
	ReadACL:          {Administer},
	WriteACL:         {Administer},
	Share:            {Administer},
	UnlockAny:        {Administer},
	AskBusy:          {FreeBusy},
	SendInvite:       {Invite},
	SendReply:        {Reply},
	DeliverInvite:    {Invite},
	DeliverReply:     {Reply},
}

// privilegeOf is what an action is refused for in DAV:need-privileges (RFC 3744 section 7.1.1).
var privilegeOf = [numActions]Privilege{
	ReadResource:     PrivRead,
	ReadBusy:         PrivReadFreeBusy,
	WriteProperties:  PrivWriteProperties,
	WriteContent:     PrivWriteContent,
	AddMember:        PrivAddResource,
	MakeCollection:   PrivMakeCollection,
	RemoveCollection: PrivRemoveCollection,
	RemoveResource:   PrivRemoveResource,
	ReadACL:          PrivReadACL,
	WriteACL:         PrivWriteACL,
	Share:            PrivShare,
	UnlockAny:        PrivUnlock,
	AskBusy:          PrivScheduleSendFreeBusy,
	SendInvite:       PrivScheduleSendInvite,
	SendReply:        PrivScheduleSendReply,
	DeliverInvite:    PrivScheduleDeliverInvite,
	DeliverReply:     PrivScheduleDeliverReply,
}

// Privilege names the WebDAV privilege that a requires.
func (a Action) Privilege() Privilege { return privilegeOf[a] }

// Decision is the answer to Check.
type Decision int

// Hidden means that the subject may not even know of the resource: it is to be answered as one that does not exist.
const (
	Allowed Decision = iota
	Denied
	Hidden
)

// Check decides whether somebody with rights r on a collection (List.Of) may do a with it or with an object in it. Who has the right to
// look up is told that it exists.
func Check(r Rights, a Action) Decision {
	for _, enough := range needs[a] {
		if r.Has(enough) {
			return Allowed
		}
	}
	if r.Has(Lookup) {
		return Denied
	}
	return Hidden
}
