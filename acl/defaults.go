package acl

const ownerRights = Lookup | Read | Write | Insert | Post | MakeChild | RemoveSelf | DeleteObject | Administer | Annotate | Expunge

const scheduling = Reply | Invite | FreeBusy

// Default lists, from the table "Default WebDAV Privileges by Collection" in the documentation of Cyrus, as far as it speaks of the
// owner: as long as nobody can read or change a list (RFC 3744 section 8.1), what nobody knows of is not shared. To the table's
// "lrwipkxtan" belongs e, since removing an object needs both t and e.
var (
	DefaultHome        = List{{Who: Owner, Rights: ownerRights | FreeBusy}}
	DefaultCalendar    = List{{Who: Owner, Rights: ownerRights | FreeBusy}}
	DefaultAttachments = List{{Who: Owner, Rights: ownerRights}}
	DefaultInbox       = List{{Who: Owner, Rights: ownerRights | scheduling}}
	DefaultOutbox      = List{{Who: Owner, Rights: ownerRights | scheduling}}
)
