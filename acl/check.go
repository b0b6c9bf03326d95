package acl

// Action is what a method or report is about to do with one resource: a row of the table "Mapping of IMAP Rights to
// WebDAV Privileges & HTTP Methods" in the documentation of Cyrus.
type Action int

// The actions, with the methods they stand for.
const (
	ReadResource     Action = iota // GET, HEAD, PROPFIND, REPORT, source of COPY and MOVE
	ReadBusy                       // free-busy-query, free/busy URLs
	WriteProperties                // PROPPATCH
	WriteContent                   // PUT, destination object of COPY and MOVE
	AddMember                      // POST to a collection (RFC 5995)
	MakeCollection                 // MKCOL, MKCALENDAR, destination collection of COPY and MOVE
	RemoveCollection               // DELETE of a collection, source collection of MOVE
	RemoveResource                 // DELETE of an object, source object of MOVE
)

// needs lists, for each action, the sets of rights any one of which is enough.
var needs = [...][]Rights{
	ReadResource:     {Lookup | Read},
	ReadBusy:         {FreeBusy, Lookup | Read},
	WriteProperties:  {Write | Annotate},
	WriteContent:     {Insert},
	AddMember:        {Post},
	MakeCollection:   {MakeChild},
	RemoveCollection: {RemoveSelf},
	RemoveResource:   {DeleteObject | Expunge},
}

// privileges are the names in DAV:need-privileges (RFC 3744 section 7.1.1) of what an action lacks; namespaces DAV:
// and, for read-free-busy, CalDAV's.
var privileges = [...]string{
	ReadResource:     "read",
	ReadBusy:         "read-free-busy",
	WriteProperties:  "write-properties",
	WriteContent:     "write-content",
	AddMember:        "bind",
	MakeCollection:   "bind",
	RemoveCollection: "unbind",
	RemoveResource:   "unbind",
}

// Privilege names the WebDAV privilege that a requires.
func (a Action) Privilege() string { return privileges[a] }

// Decision is the answer to Check.
type Decision int

// Hidden means that the subject may not even know of the resource: it is to be answered as one that does not exist.
const (
	Allowed Decision = iota
	Denied
	Hidden
)

// Check decides whether somebody with rights r on a collection (List.Of) may do a with it or with an object in it.
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
