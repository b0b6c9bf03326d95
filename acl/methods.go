package acl

import "slices"

// methodsOf are the methods that a privilege allows: the last column of the table "Mapping of IMAP Rights to WebDAV Privileges & HTTP
// Methods" in the documentation of Cyrus, as far as this server has them.
var methodsOf = map[Privilege][]string{
	PrivRead:             {"GET", "HEAD", "COPY (source)", "MOVE (source)", "PROPFIND", "REPORT"},
	PrivReadFreeBusy:     {"REPORT (free-busy-query only)", "GET (free/busy URLs only)"},
	PrivWriteProperties:  {"PROPPATCH", "COPY (destination)", "MOVE (destination)"},
	PrivWriteContent:     {"PUT", "COPY (destination object)", "MOVE (destination object)", "LOCK", "UNLOCK (own lock)"},
	PrivAddResource:      {"POST"},
	PrivMakeCollection:   {"MKCOL", "MKCALENDAR", "COPY (destination collection)", "MOVE (destination collection)"},
	PrivRemoveCollection: {"DELETE (collection)", "MOVE (source collection)"},
	PrivRemoveResource:   {"DELETE (object)", "MOVE (source object)"},
	PrivReadACL:          {"PROPFIND (DAV:acl only)"},
	PrivWriteACL:         {"ACL"},
	PrivShare:            {"POST (invitations)"},
	PrivUnlock:           {"UNLOCK (any lock)"},

	PrivScheduleSendFreeBusy: {"POST (free/busy request of an organizer)"},
	PrivScheduleSendInvite:   {"PUT and DELETE (by an organizer, with invitations)"},
	PrivScheduleSendReply:    {"PUT and DELETE (by an attendee, with replies)"},
}

// Methods lists what somebody with rights r may do on a collection of kind k and with the objects in it. MOVE and COPY are allowed if
// all of their parts are.
func Methods(k Kind, r Rights) []string {
	var all []string
	for _, p := range Held(k, r) {
		for _, m := range methodsOf[p] {
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	return all
}
