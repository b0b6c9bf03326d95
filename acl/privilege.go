package acl

// Namespaces of privileges.
const (
	spaceDAV    = "DAV:"
	spaceCalDAV = "urn:ietf:params:xml:ns:caldav"
	spaceCyrus  = "http://cyrusimap.org/ns/"
)

// Privilege is a WebDAV privilege (RFC 3744 section 3).
type Privilege uint8

// The privileges of RFC 3744 section 3, RFC 4791 section 6.1.1, RFC 6638 section 6, caldav-sharing (share), and Cyrus.
const (
	PrivAll                      Privilege = iota // DAV:all
	PrivRead                                      // DAV:read
	PrivReadCurrentUserPrivilege                  // DAV:read-current-user-privilege-set
	PrivReadFreeBusy                              // CALDAV:read-free-busy
	PrivWrite                                     // DAV:write
	PrivWriteProperties                           // DAV:write-properties
	PrivWriteContent                              // DAV:write-content
	PrivBind                                      // DAV:bind
	PrivAddResource                               // CYRUS:add-resource
	PrivMakeCollection                            // CYRUS:make-collection
	PrivUnbind                                    // DAV:unbind
	PrivRemoveCollection                          // CYRUS:remove-collection
	PrivRemoveResource                            // CYRUS:remove-resource
	PrivAdmin                                     // CYRUS:admin
	PrivReadACL                                   // DAV:read-acl
	PrivWriteACL                                  // DAV:write-acl
	PrivShare                                     // DAV:share
	PrivUnlock                                    // DAV:unlock
	PrivScheduleDeliver                           // CALDAV:schedule-deliver
	PrivScheduleQueryFreeBusy                     // CALDAV:schedule-query-freebusy
	PrivScheduleDeliverInvite                     // CALDAV:schedule-deliver-invite
	PrivScheduleDeliverReply                      // CALDAV:schedule-deliver-reply
	PrivScheduleSend                              // CALDAV:schedule-send
	PrivScheduleSendFreeBusy                      // CALDAV:schedule-send-freebusy
	PrivScheduleSendInvite                        // CALDAV:schedule-send-invite
	PrivScheduleSendReply                         // CALDAV:schedule-send-reply
	numPrivileges
)

// privilegeTable describes the privileges: rights are the letters that granting one means, whatever the kind of collection; an abstract
// one cannot be granted by itself (RFC 3744 section 5.3).
var privilegeTable = [numPrivileges]struct {
	space, local string
	rights       Rights
	abstract     bool
	about        string
}{
	PrivAll:                      {spaceDAV, "all", everything, false, "Any operation"},
	PrivRead:                     {spaceDAV, "read", Lookup | Read, false, "Read the resource and what is in it"},
	PrivReadCurrentUserPrivilege: {spaceDAV, "read-current-user-privilege-set", Lookup | Read, true, "Read one's own privileges"},
	PrivReadFreeBusy:             {spaceCalDAV, "read-free-busy", FreeBusy, false, "Read when time is taken, and nothing else"},
	PrivWrite:                    {spaceDAV, "write", writing, false, "Write any part of the resource"},
	PrivWriteProperties:          {spaceDAV, "write-properties", Write | Annotate, false, "Write properties"},
	PrivWriteContent:             {spaceDAV, "write-content", Insert, false, "Write objects"},
	PrivBind:                     {spaceDAV, "bind", Post | MakeChild, false, "Add members to the collection"},
	PrivAddResource:              {spaceCyrus, "add-resource", Post, false, "Add objects to the collection by POST"},
	PrivMakeCollection:           {spaceCyrus, "make-collection", MakeChild, false, "Make collections"},
	PrivUnbind:                   {spaceDAV, "unbind", RemoveSelf | DeleteObject, false, "Remove the collection and its members"},
	PrivRemoveCollection:         {spaceCyrus, "remove-collection", RemoveSelf, false, "Remove the collection"},
	PrivRemoveResource:           {spaceCyrus, "remove-resource", DeleteObject, false, "Remove objects"},
	PrivAdmin:                    {spaceCyrus, "admin", Administer, false, "Read and change who may do what"},
	PrivReadACL:                  {spaceDAV, "read-acl", Administer, true, "Read the access control list"},
	PrivWriteACL:                 {spaceDAV, "write-acl", Administer, true, "Change the access control list"},
	PrivShare:                    {spaceDAV, "share", Administer, true, "Invite others to share the collection"},
	PrivUnlock:                   {spaceDAV, "unlock", Administer, true, "Remove the locks of others"},
	PrivScheduleDeliver:          {spaceCalDAV, "schedule-deliver", scheduling, false, "Deliver scheduling messages"},
	PrivScheduleQueryFreeBusy:    {spaceCalDAV, "schedule-query-freebusy", FreeBusy, false, "Ask for free and busy time"},
	PrivScheduleDeliverInvite:    {spaceCalDAV, "schedule-deliver-invite", Invite, false, "Deliver invitations"},
	PrivScheduleDeliverReply:     {spaceCalDAV, "schedule-deliver-reply", Reply, false, "Deliver replies"},
	PrivScheduleSend:             {spaceCalDAV, "schedule-send", scheduling, false, "Send scheduling messages"},
	PrivScheduleSendFreeBusy:     {spaceCalDAV, "schedule-send-freebusy", FreeBusy, false, "Ask others for their free and busy time"},
	PrivScheduleSendInvite:       {spaceCalDAV, "schedule-send-invite", Invite, false, "Send invitations"},
	PrivScheduleSendReply:        {spaceCalDAV, "schedule-send-reply", Reply, false, "Send replies"},
}

const (
	everything = Lookup | Read | writing | Administer // DAV:all on a calendar, without CALDAV:read-free-busy
	writing    = Write | Annotate | Insert | Post | MakeChild | RemoveSelf | DeleteObject
	scheduling = Reply | Invite | FreeBusy
)

// Space is the XML namespace of the privilege's name.
func (p Privilege) Space() string { return privilegeTable[p].space }

// Local is the local part of the privilege's name.
func (p Privilege) Local() string { return privilegeTable[p].local }

// String returns the name with its customary prefix.
func (p Privilege) String() string {
	switch p.Space() {
	case spaceCalDAV:
		return "CALDAV:" + p.Local()
	case spaceCyrus:
		return "CYRUS:" + p.Local()
	}
	return "DAV:" + p.Local()
}

// PrivilegeByName finds a privilege by its XML name.
func PrivilegeByName(space, local string) (Privilege, bool) {
	for p := range numPrivileges {
		if privilegeTable[p].local == local && privilegeTable[p].space == space {
			return p, true
		}
	}
	return 0, false
}
