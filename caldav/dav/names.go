package dav

// Namespaces that have a fixed prefix in everything a [Buffer] writes.
const (
	NS       = "DAV:"                          // RFC 4918, prefix D
	NSCalDAV = "urn:ietf:params:xml:ns:caldav" // RFC 4791, prefix C
	NSCS     = "http://calendarserver.org/ns/" // Apple's calendar server extensions, prefix CS
	NSApple  = "http://apple.com/ns/ical/"     // Apple's calendar colours and order, prefix A
	NSCyrus  = "http://cyrusimap.org/ns/"      // Cyrus's extensions, prefix CY
	nsXML    = "http://www.w3.org/XML/1998/namespace"
	nsXMLNS  = "http://www.w3.org/2000/xmlns/"
)

// Name is the expanded name of an XML element or attribute. It is comparable and fit to be a key.
type Name struct{ Space, Local string }

// DAV returns the name local in the namespace of WebDAV.
func DAV(local string) Name { return Name{NS, local} }

// CalDAV returns the name local in the namespace of RFC 4791.
func CalDAV(local string) Name { return Name{NSCalDAV, local} }

// CS returns the name local in the namespace of Apple's calendar server extensions.
func CS(local string) Name { return Name{NSCS, local} }

// Apple returns the name local in the namespace of Apple's calendar properties.
func Apple(local string) Name { return Name{NSApple, local} }

// Cyrus returns the name local in the namespace of Cyrus's extensions.
func Cyrus(local string) Name { return Name{NSCyrus, local} }

// String returns the name in Clark's notation, {space}local.
func (n Name) String() string {
	if n.Space == "" {
		return n.Local
	}
	return "{" + n.Space + "}" + n.Local
}

// prefix returns the fixed prefix of a namespace, colon included, and whether it has one.
func prefix(space string) (string, bool) {
	switch space {
	case NS:
		return "D:", true
	case NSCalDAV:
		return "C:", true
	case NSCS:
		return "CS:", true
	case NSApple:
		return "A:", true
	case NSCyrus:
		return "CY:", true
	}
	return "", false
}

// declarations binds the fixed prefixes; it stands once, on the root element.
const declarations = ` xmlns:D="` + NS + `" xmlns:C="` + NSCalDAV + `" xmlns:CS="` + NSCS + `" xmlns:A="` + NSApple + `" xmlns:CY="` + NSCyrus + `"`
