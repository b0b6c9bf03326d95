package store

import "time"

// Lock is a write lock (RFC 4918 section 6) on a home, a collection or an object, whether that exists or not. Locks are shared
// by their readers: never change one.
type Lock struct {
	Token      string // a URI, urn:uuid:...
	Owner      PrincipalID
	Collection string // name; "" locks the home itself
	Object     string // name; "" locks the collection itself
	Holder     PrincipalID
	Shared     bool
	Deep       bool   // Depth: infinity
	Info       string // content of the client's DAV:owner, XML with its own namespace declarations
	Created    time.Time
	Expires    time.Time
}
