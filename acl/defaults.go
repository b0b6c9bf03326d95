package acl

// Kind is what a collection is for. The kinds of package store have the same values.
type Kind string

// The kinds that differ in their privileges or default rights. An object counts as its collection.
const (
	KindHome        Kind = "home"
	KindCalendar    Kind = "calendar"
	KindInbox       Kind = "inbox"
	KindOutbox      Kind = "outbox"
	KindAttachments Kind = "attachments"
	KindCollection  Kind = "collection" // a plain WebDAV collection
	KindNotices     Kind = "notices"
)

// Kinds lists all kinds.
var Kinds = []Kind{KindHome, KindCalendar, KindInbox, KindOutbox, KindAttachments, KindCollection, KindNotices}

// belongsToAll says whether the default rights depend on what kind of principal owns the home.
func (k Kind) belongsToAll() bool {
	return k != KindInbox && k != KindOutbox && k != KindAttachments && k != KindNotices
}

// DefaultsFor returns the list of a new collection, from the table "Default WebDAV Privileges by Collection" in the documentation of
// Cyrus. ownerKind is the kind of the home's owner ("user", "group", "room", "resource" or "public"), ownerName its name. The calendars
// of a group are its members' together, those of a public principal are everybody's to read. The list is the caller's.
func DefaultsFor(ownerKind, ownerName string, kind Kind) List {
	switch {
	case ownerKind == "group" && kind.belongsToAll():
		return List{{Who: GroupMark + ownerName, Rights: everything&^Administer | FreeBusy}, {Who: Anyone, Rights: FreeBusy}}
	case ownerKind == "public" && kind.belongsToAll():
		return List{{Who: Anyone, Rights: Lookup | Read | FreeBusy}}
	}
	switch kind {
	case KindAttachments:
		return List{{Who: Owner, Rights: everything}, {Who: Anyone, Rights: Lookup | Read}}
	case KindInbox:
		return List{{Who: Owner, Rights: everything | scheduling}, {Who: Anyone, Rights: scheduling}}
	case KindOutbox:
		return List{{Who: Owner, Rights: everything | scheduling}}
	case KindNotices:
		return List{{Who: Owner, Rights: everything}}
	}
	return List{{Who: Owner, Rights: everything | FreeBusy}, {Who: Anyone, Rights: FreeBusy}}
}
