// Package oracle says what rights letters mean, for tests: a transcription of the two tables of the section "Calendar access controls"
// in the documentation of Cyrus, and the little that is needed to read them. It imports nothing of the server.
package oracle

// Row is a row of the table "Mapping of IMAP Rights to WebDAV Privileges & HTTP Methods".
type Row struct {
	Only      []string // kinds of collections that the row is about; nil: all
	Rights    string   // IMAP rights: those that share a cell are needed together
	Privilege string   // WebDAV privileges, left
	Finer     []string // WebDAV privileges, right
	Methods   []string // HTTP methods
}

// Mapping is that table. What is crossed out in it is left out; e is in a cell with t, and is not needed with it: the table of default
// rights calls lrwipkxtan9 DAV:all.
var Mapping = []Row{
	{nil, "lr", "DAV:read", []string{"DAV:read-current-user-privilege-set", "CALDAV:read-free-busy"},
		[]string{"GET/HEAD", "COPY/MOVE (on source)", "PROPFIND", "REPORT"}},
	{nil, "wn", "DAV:write-properties", nil,
		[]string{"PROPPATCH", "COPY/MOVE (on destination)"}},
	{nil, "i", "DAV:write-content", nil,
		[]string{"PUT", "PATCH", "COPY/MOVE (on destination resource)", "LOCK", "UNLOCK (lock owner ONLY)"}},
	{nil, "p", "DAV:bind", []string{"CYRUS:add-resource"},
		[]string{"POST"}},
	{nil, "k", "DAV:bind", []string{"CYRUS:make-collection"},
		[]string{"MKCOL", "MKCALENDAR", "COPY/MOVE (on destination collection)"}},
	{nil, "x", "DAV:unbind", []string{"CYRUS:remove-collection"},
		[]string{"DELETE (collection)", "MOVE (on source collection)"}},
	{nil, "t", "DAV:unbind", []string{"CYRUS:remove-resource"},
		[]string{"DELETE (resource)", "MOVE (on source resource)"}},
	{nil, "a", "CYRUS:admin", []string{"DAV:read-acl", "DAV:write-acl", "DAV:share", "DAV:unlock"},
		[]string{"ACL", "PROPFIND (DAV:acl property ONLY)", "UNLOCK (ANY lock)"}},

	// "Regular Calendar Collections ONLY - read freebusy time?" The home is what the Freebusy URLs of that page are controlled by.
	{[]string{Calendar, Home}, "9", "CALDAV:read-free-busy", nil,
		[]string{"REPORT (CALDAV:free-busy-query ONLY)", "GET/HEAD (Freebusy URLs ONLY)"}},

	// "Scheduling Outbox ONLY - implicitly create/send iTIP message?"
	{[]string{Outbox}, "9", "CALDAV:schedule-send", []string{"CALDAV:schedule-send-freebusy"},
		[]string{"POST (by organizer on scheduling Outbox)"}},
	{[]string{Outbox}, "8", "CALDAV:schedule-send", []string{"CALDAV:schedule-send-invite"},
		[]string{"PUT/PATCH/DELETE (by organizer on calendar resource/collection)"}},
	{[]string{Outbox}, "7", "CALDAV:schedule-send", []string{"CALDAV:schedule-send-reply"},
		[]string{"PUT/PATCH/DELETE (by attendee on calendar resource/collection)"}},

	// "Scheduling Inbox ONLY - implicitly deliver/process incoming iTIP message?"
	{[]string{Inbox}, "9", "CALDAV:schedule-deliver", []string{"CALDAV:schedule-query-freebusy"}, nil},
	{[]string{Inbox}, "8", "CALDAV:schedule-deliver", []string{"CALDAV:schedule-deliver-invite"}, []string{DeliverInvite}},
	{[]string{Inbox}, "7", "CALDAV:schedule-deliver", []string{"CALDAV:schedule-deliver-reply"}, []string{DeliverReply}},
}

// The kinds of collections.
const (
	Calendar    = "calendar"
	Plain       = "plain collection"
	Home        = "home"
	Inbox       = "Inbox"
	Outbox      = "Outbox"
	Attachments = "Attachments"
	Notices     = "Notifications"
)

// Kinds lists them.
var Kinds = []string{Calendar, Plain, Home, Inbox, Outbox, Attachments, Notices}

// Letters are all that a list may hold.
const Letters = "lrswipkxtane56789"

// Default is a row of the table "Default WebDAV Privileges by Collection".
type Default struct {
	Kind       string
	Who        string
	Privileges []string
	Rights     string
}

// Defaults is that table. The home, and plain collections in it, have what regular calendars have; the collection of notifications is
// its owner's alone. Of these the documentation does not speak.
var Defaults = []Default{
	{Calendar, "owner", []string{"DAV:all", "CALDAV:read-free-busy"}, "lrwipkxtan9"},
	{Calendar, "anyone", []string{"CALDAV:read-free-busy"}, "9"},
	{Attachments, "owner", []string{"DAV:all"}, "lrwipkxtan"},
	{Attachments, "anyone", []string{"DAV:read"}, "lr"},
	{Inbox, "owner", []string{"DAV:all", "CALDAV:schedule-deliver"}, "lrwipkxtan789"},
	{Inbox, "anyone", []string{"CALDAV:schedule-deliver"}, "789"},
	{Outbox, "owner", []string{"DAV:all", "CALDAV:schedule-send"}, "lrwipkxtan789"},

	{Home, "owner", []string{"DAV:all", "CALDAV:read-free-busy"}, "lrwipkxtan9"},
	{Home, "anyone", []string{"CALDAV:read-free-busy"}, "9"},
	{Plain, "owner", []string{"DAV:all", "CALDAV:read-free-busy"}, "lrwipkxtan9"},
	{Plain, "anyone", []string{"CALDAV:read-free-busy"}, "9"},
	{Notices, "owner", []string{"DAV:all"}, "lrwipkxtan"},
}

// Share is what DAV:share is for, of which the table names no method: POST of invitations, of CalendarServer's caldav-sharing extension.
const Share = "POST (invitations)"

// What the rows for the Inbox are about, of which the table names no method: that a message of an organizer or of an attendee is taken in.
const (
	DeliverInvite = "delivery of an organizer's message"
	DeliverReply  = "delivery of an attendee's message"
)

// beyond are rows for what the column of methods leaves out.
var beyond = []Row{{nil, "a", "DAV:share", nil, []string{Share}}}

// named says which privilege of a row with several a method lacks (RFC 3744 appendix B).
var named = map[string]string{
	"ACL":                              "DAV:write-acl",
	"PROPFIND (DAV:acl property ONLY)": "DAV:read-acl",
	"UNLOCK (ANY lock)":                "DAV:unlock",
}

// RFC 3744 appendix B has what the table leaves out: OPTIONS needs DAV:read. So does any other question what can be done with a
// resource, such as a method that it does not have and whose answer lists those that it has.
const Options = "GET/HEAD"
