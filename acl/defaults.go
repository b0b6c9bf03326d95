package acl

const ownerRights = Lookup | Read | Write | Insert | Post | MakeChild | RemoveSelf | DeleteObject | Administer | Annotate | Expunge

const scheduling = Reply | Invite | FreeBusy

// Default lists, from the table "Default WebDAV Privileges by Collection" in the documentation of Cyrus. Its owner's
// "lrwipkxtan" goes together with e here, since removing an object needs both t and e.
var (
	DefaultCalendar    = List{{Who: Owner, Rights: ownerRights | FreeBusy}, {Who: Anyone, Rights: FreeBusy}}
	DefaultHome        = List{{Who: Owner, Rights: ownerRights | FreeBusy}, {Who: Anyone, Rights: FreeBusy}}
	DefaultAttachments = List{{Who: Owner, Rights: ownerRights}, {Who: Anyone, Rights: Lookup | Read}}
	DefaultInbox       = List{{Who: Owner, Rights: ownerRights | scheduling}, {Who: Anyone, Rights: scheduling}}
	DefaultOutbox      = List{{Who: Owner, Rights: ownerRights | scheduling}}
)
