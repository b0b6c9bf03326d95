package rights

import (
	"strings"

	"convene/test/rights/oracle"
)

func fixed(body string) func(*call) string { return func(*call) string { return body } }

func document(root, inner string) func(*call) string {
	return fixed(`<?xml version="1.0" encoding="utf-8"?><` + root + ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"` +
		` xmlns:Y="http://cyrusimap.org/ns/">` + inner + `</` + root + `>`)
}

func props(names ...string) string { return "<D:prop><" + strings.Join(names, "/><") + "/></D:prop>" }

const (
	span     = `<C:time-range start="20261201T000000Z" end="20261202T000000Z"/>`
	aFilter  = `<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT"/></C:comp-filter></C:filter>`
	aLock    = `<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>`
	anACL    = `<D:ace><D:principal><D:property><D:owner/></D:property></D:principal><D:grant><D:privilege><D:all/></D:privilege></D:grant></D:ace>`
	anUpdate = `<D:set><D:prop><X:note xmlns:X="urn:x">seen</X:note></D:prop></D:set>`
)

var (
	depth0    = map[string]string{"Depth": "0"}
	depth1    = map[string]string{"Depth": "1"}
	overwrite = map[string]string{"Overwrite": "T"}

	reading    = []step{on(target, oracle.Options)}
	anyObject  = []string{oracle.Calendar, oracle.Plain, oracle.Inbox, oracle.Outbox, oracle.Attachments, oracle.Notices}
	removables = []string{oracle.Calendar, oracle.Plain}
	copied     = []string{oracle.Calendar, oracle.Plain, oracle.Inbox, oracle.Outbox, oracle.Attachments} // notifications stay where they are
	partOfHome = []string{oracle.Inbox, oracle.Outbox, oracle.Attachments, oracle.Notices}
	homes      = []string{oracle.Home}
	notHomes   = anyObject
	outboxes   = []string{oracle.Outbox}
	addable    = []string{oracle.Calendar, oracle.Plain, oracle.Inbox, oracle.Attachments, oracle.Notices}

	annHome  = find("ann", "")
	zoeHome  = find("zoe", "")
	otherCal = find("ann", "other")
	zoesCal  = find("zoe", "hers")

	// Reports on collections that have none of what is asked for (RFC 3253 section 3.6, DAV:supported-report).
	whereObjects = answers{"": 207, oracle.Outbox: 403, oracle.Plain: 403, oracle.Notices: 403}
	whereSyncing = answers{"": 207, oracle.Outbox: 403}
)

var operations = []operation{
	// Questions.
	{name: "OPTIONS", method: "OPTIONS", steps: reading, status: always(200)},
	{name: "OPTIONS of an object", at: object, method: "OPTIONS", only: anyObject, steps: reading, status: always(200)},
	{name: "an unknown method", method: "FOO", steps: reading, status: always(405)},
	{name: "GET of a collection", method: "GET", steps: []step{on(target, "GET/HEAD")}, status: answers{"": 405, oracle.Calendar: 200}},
	{name: "GET", at: object, method: "GET", only: anyObject, steps: []step{on(target, "GET/HEAD")}, status: always(200)},
	{name: "GET of nothing", at: missing, method: "GET", only: anyObject, steps: []step{on(target, "GET/HEAD")}, status: always(404)},
	{name: "HEAD of a collection", method: "HEAD", steps: []step{on(target, "GET/HEAD")}, status: answers{"": 405, oracle.Calendar: 200}},
	{name: "HEAD", at: object, method: "HEAD", only: anyObject, steps: []step{on(target, "GET/HEAD")}, status: always(200)},

	{name: "PROPFIND", method: "PROPFIND", headers: depth0, body: document("D:propfind", props("D:displayname", "D:getetag")),
		steps: []step{on(target, "PROPFIND")}, status: always(207)},
	{name: "PROPFIND, all", method: "PROPFIND", headers: depth0, body: document("D:propfind", "<D:allprop/>"),
		steps: []step{on(target, "PROPFIND")}, status: always(207)},
	{name: "PROPFIND of members", method: "PROPFIND", headers: depth1, body: document("D:propfind", props("D:resourcetype")),
		steps: []step{on(target, "PROPFIND")}, status: always(207), inside: (*call).membersInside},
	{name: "PROPFIND of privileges", method: "PROPFIND", headers: depth0, body: document("D:propfind", props("D:current-user-privilege-set")),
		steps: []step{on(target, "PROPFIND")}, status: always(207), inside: (*call).privilegesInside},
	{name: "PROPFIND of an object's privileges", at: object, method: "PROPFIND", only: anyObject, headers: depth0, body: document("D:propfind", props("D:current-user-privilege-set")),
		steps: []step{on(target, "PROPFIND")}, status: always(207), inside: (*call).privilegesInside},
	{name: "PROPFIND of an object", at: object, method: "PROPFIND", only: anyObject, headers: depth0, body: document("D:propfind", props("D:getetag")),
		steps: []step{on(target, "PROPFIND")}, status: always(207)},
	{name: "PROPFIND of a collection that is not there", at: newCollection, method: "PROPFIND", only: homes, headers: depth0, body: document("D:propfind", props("D:getetag")),
		status: always(404), own: true}, // as one that must not be seen
	{name: "GET of a collection that is not there", at: newCollection, method: "GET", only: homes, status: always(404), own: true},
	{name: "PROPFIND of nothing", at: missing, method: "PROPFIND", only: anyObject, headers: depth0, body: document("D:propfind", props("D:getetag")),
		steps: []step{on(target, "PROPFIND")}, status: always(404)},

	// DAV:acl alone needs the right to administer, or it is refused inside of an answer about all that is asked for.
	{name: "PROPFIND of DAV:acl", method: "PROPFIND", headers: depth0, body: document("D:propfind", props("D:acl")),
		steps: []step{on(target, "PROPFIND", "PROPFIND (DAV:acl property ONLY)")}, status: always(207), inside: (*call).aclInside},
	{name: "PROPFIND of an object's DAV:acl", at: object, method: "PROPFIND", only: anyObject, headers: depth0, body: document("D:propfind", props("D:acl")),
		steps: []step{on(target, "PROPFIND", "PROPFIND (DAV:acl property ONLY)")}, status: always(207), inside: (*call).aclInside},
	{name: "PROPFIND of DAV:acl and more", method: "PROPFIND", headers: depth0, body: document("D:propfind", props("D:acl", "D:resourcetype")),
		steps: []step{on(target, "PROPFIND", "PROPFIND (DAV:acl property ONLY)")}, status: always(207), inside: (*call).aclInside},

	// Properties.
	{name: "PROPPATCH", method: "PROPPATCH", body: document("D:propertyupdate", anUpdate), steps: []step{on(target, "PROPPATCH")}, status: always(207)},
	{name: "PROPPATCH of an object", at: object, method: "PROPPATCH", only: anyObject, body: document("D:propertyupdate", anUpdate),
		steps: []step{on(target, "PROPPATCH")}, status: always(207)},
	{name: "PROPPATCH of nothing", at: missing, method: "PROPPATCH", only: anyObject, body: document("D:propertyupdate", anUpdate),
		steps: []step{on(target, "PROPPATCH")}, status: always(404)},

	// Objects. Only calendars take them (RFC 4791 section 5.3.2.1, CALDAV:calendar-collection-location-ok).
	{name: "PUT, new", at: newName, method: "PUT", only: anyObject, body: fixed(event("new")),
		steps: []step{on(target, "PUT")}, status: answers{"": 403, oracle.Calendar: 201}, ends: true},
	{name: "PUT over", at: object, method: "PUT", only: anyObject, body: fixed(event("a")),
		steps: []step{on(target, "PUT")}, status: answers{"": 403, oracle.Calendar: 204}},
	{name: "PUT at a collection", method: "PUT", body: fixed(event("new")), steps: reading, status: always(405)},
	{name: "POST", method: "POST", only: addable, body: fixed(event("new")),
		steps: []step{on(target, "POST")}, status: answers{"": 405, oracle.Calendar: 201}, ends: true},
	{name: "POST to a home", method: "POST", only: homes, body: fixed(event("new")), steps: reading, status: always(415)}, // only invitations are answered there
	{name: "POST to an Outbox", method: "POST", only: outboxes, body: fixed(event("new")),
		steps: []step{on(target, "POST (by organizer on scheduling Outbox)")}, status: always(400)}, // nothing but questions when others are busy
	{name: "POST of an invitation", method: "POST", only: addable, body: document("D:none", ""), steps: []step{on(target, oracle.Share)},
		status: answers{"": 405, oracle.Calendar: 403}},
	{name: "POST of an answer", method: "POST", only: homes, body: document("D:none", ""), steps: []step{on(target, "MKCOL")}, status: always(403)}, // to accept makes a collection
	{name: "POST to an object", at: object, method: "POST", only: anyObject, body: fixed(event("new")), steps: reading, status: always(405)},
	{name: "DELETE", at: object, method: "DELETE", only: anyObject, steps: []step{on(target, "DELETE (resource)")}, status: always(204), ends: true},
	{name: "DELETE of nothing", at: missing, method: "DELETE", only: anyObject, steps: []step{on(target, "DELETE (resource)")}, status: always(404)},

	// Collections. Those that are part of every home stay; the home itself has no such method.
	{name: "DELETE of a collection", method: "DELETE", only: notHomes,
		steps: []step{on(target, "DELETE (collection)")}, status: answers{"": 405, oracle.Calendar: 204, oracle.Plain: 204}, ends: true},
	{name: "DELETE of a collection that is not there", at: newCollection, method: "DELETE", only: homes, status: always(404), own: true},
	{name: "DELETE of a home", method: "DELETE", only: homes, steps: reading, status: always(405)},
	{name: "MKCOL", at: newCollection, method: "MKCOL", only: homes, steps: []step{on(home, "MKCOL")}, status: always(201), ends: true},
	{name: "MKCOL over", method: "MKCOL", only: notHomes, steps: []step{on(home, "MKCOL")}, status: always(405)},
	{name: "MKCOL of a home", method: "MKCOL", only: homes, steps: reading, status: always(405)},
	{name: "MKCOL in a collection", at: newName, method: "MKCOL", only: anyObject, steps: []step{on(home, "MKCOL")}, status: always(403)},
	{name: "MKCALENDAR", at: newCollection, method: "MKCALENDAR", only: homes, steps: []step{on(home, "MKCALENDAR")}, status: always(201), ends: true},
	{name: "MKCALENDAR over", method: "MKCALENDAR", only: notHomes, steps: []step{on(home, "MKCALENDAR")}, status: always(405)},

	// COPY and MOVE: the source first, then the destination.
	{name: "COPY, new", at: object, method: "COPY", only: copied, dest: otherCal, destAt: "a.ics", steps: copying, status: always(201), ends: true},
	{name: "COPY over", at: twin, method: "COPY", only: copied, headers: overwrite, dest: otherCal, destAt: "b.ics", steps: copying, status: always(204)},
	{name: "COPY to another home", at: object, method: "COPY", only: copied, dest: zoesCal, destAt: "a.ics", steps: copying, status: always(201), ends: true},
	{name: "COPY over in another home", at: twin, method: "COPY", only: copied, dest: zoesCal, destAt: "b.ics", steps: copying, status: always(204)},
	{name: "COPY within", at: object, method: "COPY", only: []string{oracle.Calendar}, dest: find("ann", "calendar"), destAt: "new.ics",
		steps: copying, status: always(403)}, // no-uid-conflict
	{name: "COPY to the Inbox", at: object, method: "COPY", only: copied, dest: find("ann", "Inbox"), destAt: "new.ics", steps: copying, status: always(403)},
	{name: "COPY to a plain collection", at: object, method: "COPY", only: copied, dest: find("ann", "plain"), destAt: "new.ics", steps: copying, status: always(403)},
	{name: "COPY to Attachments", at: object, method: "COPY", only: copied, dest: find("ann", "Attachments"), destAt: "new.ics", steps: copying, status: always(403)},
	{name: "MOVE, new", at: object, method: "MOVE", only: copied, dest: otherCal, destAt: "a.ics", steps: moving, status: always(201), ends: true},
	{name: "MOVE over", at: twin, method: "MOVE", only: copied, dest: otherCal, destAt: "b.ics", steps: moving, status: always(204), ends: true},
	{name: "MOVE to another home", at: object, method: "MOVE", only: copied, dest: zoesCal, destAt: "a.ics", steps: moving, status: always(201), ends: true},
	{name: "MOVE over in another home", at: twin, method: "MOVE", only: copied, dest: zoesCal, destAt: "b.ics", steps: moving, status: always(204), ends: true},
	{name: "MOVE to the Inbox", at: object, method: "MOVE", only: copied, dest: find("ann", "Inbox"), destAt: "new.ics", steps: moving, status: always(403)},
	{name: "COPY of a notification", at: object, method: "COPY", only: []string{oracle.Notices}, dest: otherCal, destAt: "a.ics", steps: copying[:1], status: always(405)},
	{name: "MOVE of a notification", at: object, method: "MOVE", only: []string{oracle.Notices}, dest: otherCal, destAt: "a.ics", steps: copying[:1], status: always(405)},
	{name: "COPY of nothing", at: missing, method: "COPY", only: copied, dest: otherCal, destAt: "a.ics", steps: copying[:1], status: always(404)},

	{name: "COPY of a collection", method: "COPY", only: removables, dest: annHome, destAt: "new",
		steps:  []step{on(target, "COPY/MOVE (on source)"), on(destHome, "COPY/MOVE (on destination collection)"), on(destHome, "COPY/MOVE (on destination)")},
		status: always(201), ends: true},
	{name: "COPY of a collection to another home", method: "COPY", only: removables, dest: zoeHome, destAt: "new",
		steps:  []step{on(target, "COPY/MOVE (on source)"), on(destHome, "COPY/MOVE (on destination collection)"), on(destHome, "COPY/MOVE (on destination)")},
		status: always(201), ends: true},
	{name: "COPY of a collection over another", method: "COPY", only: removables, dest: annHome, destAt: "spare", // which is removed: RFC 4918 section 9.8.4
		steps: []step{on(target, "COPY/MOVE (on source)"), on(destHome, "COPY/MOVE (on destination collection)"), on(destHome, "COPY/MOVE (on destination)"),
			on(dest, "DELETE (collection)")},
		status: always(204), ends: true},
	{name: "COPY of a part of the home", method: "COPY", only: partOfHome, dest: annHome, destAt: "new",
		steps: []step{on(target, "COPY/MOVE (on source)")}, status: always(405)},
	{name: "MOVE of a collection", method: "MOVE", only: removables, dest: annHome, destAt: "new",
		steps: []step{on(target, "COPY/MOVE (on source)"), on(target, "MOVE (on source collection)"),
			on(destHome, "COPY/MOVE (on destination collection)"), on(destHome, "COPY/MOVE (on destination)")},
		status: always(201), ends: true},
	{name: "MOVE of a collection to another home", method: "MOVE", only: removables, dest: zoeHome, destAt: "new",
		steps: []step{on(target, "COPY/MOVE (on source)"), on(target, "MOVE (on source collection)"),
			on(destHome, "COPY/MOVE (on destination collection)"), on(destHome, "COPY/MOVE (on destination)")},
		status: always(201), ends: true},
	{name: "MOVE of a collection over another", method: "MOVE", only: removables, dest: annHome, destAt: "spare",
		steps: []step{on(target, "COPY/MOVE (on source)"), on(target, "MOVE (on source collection)"),
			on(destHome, "COPY/MOVE (on destination collection)"), on(destHome, "COPY/MOVE (on destination)"), on(dest, "DELETE (collection)")},
		status: always(204), ends: true},
	{name: "MOVE of a part of the home", method: "MOVE", only: partOfHome, dest: annHome, destAt: "new",
		steps: []step{on(target, "COPY/MOVE (on source)")}, status: always(405)},
	{name: "MOVE of a home", method: "MOVE", only: homes, dest: annHome, destAt: "new", steps: reading, status: always(405)},

	// Reports.
	{name: "calendar-query", method: "REPORT", headers: depth1, body: document("C:calendar-query", props("D:getetag")+aFilter),
		steps: []step{on(target, "REPORT")}, status: whereObjects, inside: (*call).membersInside},
	{name: "calendar-query of an object", at: object, method: "REPORT", only: anyObject, body: document("C:calendar-query", props("D:getetag")+aFilter),
		steps: []step{on(target, "REPORT")}, status: whereObjects},
	{name: "calendar-multiget", method: "REPORT", body: multiget, steps: []step{on(target, "REPORT")}, status: whereObjects, inside: (*call).multigetInside},
	{name: "free-busy-query", method: "REPORT", headers: depth1, only: []string{oracle.Calendar, oracle.Home}, body: document("C:free-busy-query", span),
		steps: []step{on(target, "REPORT (CALDAV:free-busy-query ONLY)", "REPORT")}, status: always(200)},
	{name: "free-busy-query elsewhere", method: "REPORT", headers: depth1, only: append([]string{oracle.Plain}, partOfHome...), body: document("C:free-busy-query", span),
		steps: []step{on(target, "REPORT")}, status: always(403)}, // where right 9 means something else, it does not even show that there is something
	{name: "free-busy-query of a collection that is not there", at: newCollection, method: "REPORT", headers: depth1, only: homes, body: document("C:free-busy-query", span),
		status: always(404), own: true},
	{name: "free-busy-query of an object", at: object, method: "REPORT", only: anyObject, body: document("C:free-busy-query", span),
		steps: []step{on(target, "REPORT")}, status: always(403)},
	{name: "free-busy-query of nothing", at: missing, method: "REPORT", only: anyObject, body: document("C:free-busy-query", span),
		steps: []step{on(target, "REPORT")}, status: always(404)},
	{name: "sync-collection", method: "REPORT", body: document("D:sync-collection", "<D:sync-token/><D:sync-level>1</D:sync-level>"+props("D:getetag")),
		steps: []step{on(target, "REPORT")}, status: whereSyncing, inside: (*call).membersInside},
	{name: "sync-collection, infinite", method: "REPORT", only: homes, body: document("D:sync-collection", "<D:sync-token/><D:sync-level>infinite</D:sync-level>"+props("D:getetag")),
		steps: []step{on(target, "REPORT")}, status: whereSyncing, inside: (*call).membersInside},
	{name: "expand-property", method: "REPORT", headers: depth0, body: document("D:expand-property", `<D:property name="owner"><D:property name="displayname"/></D:property>`),
		steps: []step{on(target, "REPORT")}, status: always(207)},
	{name: "principal-match", method: "REPORT", headers: depth0, body: document("D:principal-match", "<D:principal-property><D:owner/></D:principal-property>"),
		steps: []step{on(target, "REPORT")}, status: always(207), own: true},
	{name: "principal-match, self", method: "REPORT", headers: depth0, body: document("D:principal-match", "<D:self/>"),
		steps: []step{on(target, "REPORT")}, status: always(207), own: true},
	{name: "acl-principal-prop-set", method: "REPORT", headers: depth0, body: document("D:acl-principal-prop-set", props("D:displayname")),
		steps: []step{on(target, "REPORT"), on(target, "PROPFIND (DAV:acl property ONLY)")}, status: always(207), // it tells what DAV:acl tells
		own: true}, // and principals are looked at by those who have logged in
	{name: "an unknown report", method: "REPORT", headers: depth0, body: document("D:none", ""), steps: []step{on(target, "REPORT")}, status: always(403)},

	// Rights.
	{name: "ACL", method: "ACL", body: document("D:acl", anACL), steps: []step{on(target, "ACL")}, status: always(200), ends: true},
	{name: "ACL of an object", at: object, method: "ACL", only: anyObject, body: document("D:acl", anACL), steps: reading, status: always(405)}, // it has that of its collection
}

var (
	copying = []step{on(target, "COPY/MOVE (on source)"), on(dest, "COPY/MOVE (on destination resource)"), on(dest, "COPY/MOVE (on destination)")}
	moving  = []step{on(target, "COPY/MOVE (on source)"), on(target, "MOVE (on source resource)"),
		on(dest, "COPY/MOVE (on destination resource)"), on(dest, "COPY/MOVE (on destination)")}
)

// lockOperations are those of people who have logged in: a lock is somebody's (RFC 4918 section 6.3), and others are asked to.
var lockOperations = []operation{
	{name: "LOCK", at: object, method: "LOCK", only: anyObject, headers: depth0, body: document("D:lockinfo", aLock), steps: []step{on(target, "LOCK")}, status: always(200), ends: true, own: true},
	{name: "LOCK of nothing", at: newName, method: "LOCK", only: anyObject, headers: depth0, body: document("D:lockinfo", aLock),
		steps: []step{on(target, "LOCK")}, status: answers{"": 403, oracle.Calendar: 201}, ends: true, own: true},
	{name: "LOCK of a collection", method: "LOCK", headers: depth0, body: document("D:lockinfo", aLock), steps: []step{on(target, "LOCK")}, status: always(200), ends: true, own: true},
	{name: "LOCK of a collection that is not there", at: newCollection, method: "LOCK", only: homes, headers: depth0, body: document("D:lockinfo", aLock),
		steps: []step{on(target, "LOCK")}, status: always(201), ends: true, own: true},
	{name: "UNLOCK of an own lock", at: ownLock, method: "UNLOCK", only: anyObject,
		steps: []step{on(target, "UNLOCK (lock owner ONLY)", "UNLOCK (ANY lock)")}, status: always(204), ends: true, own: true},
	{name: "UNLOCK of another's lock", at: lockOfOther, method: "UNLOCK", only: anyObject, // whose it is, is looked at where one may unlock at all
		steps: []step{on(target, "UNLOCK (lock owner ONLY)", "UNLOCK (ANY lock)"), on(target, "UNLOCK (ANY lock)")}, status: always(204), ends: true, own: true},
}
