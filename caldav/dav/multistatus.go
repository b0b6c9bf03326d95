package dav

import (
	"net/http"
	"strconv"
)

// group is what a response says with one status other than 200.
type group struct {
	status    int
	condition Name
	detail    string
	names     []byte // empty elements
}

// StartMultistatus appends the beginning of a DAV:multistatus document (RFC 4918 section 13).
func (b *Buffer) StartMultistatus() {
	b.Raw(xmlDeclaration + "<D:multistatus" + declarations + ">\n")
}

// EndMultistatus appends its end.
func (b *Buffer) EndMultistatus() { b.Raw("</D:multistatus>\n") }

// StartResponse begins the DAV:response of the resource at an escaped path.
func (b *Buffer) StartResponse(path string) {
	b.Raw("<D:response>")
	b.Href(path)
}

// EndResponse ends a DAV:response.
func (b *Buffer) EndResponse() { b.Raw("</D:response>\n") }

// Status appends a DAV:status: of a propstat, or of the resource itself in a response without properties.
func (b *Buffer) Status(code int) {
	b.Raw("<D:status>HTTP/1.1 ")
	b.B = strconv.AppendInt(b.B, int64(code), 10)
	b.Raw(" ")
	b.Raw(StatusText(code))
	b.Raw("</D:status>")
}

// StatusResponse appends a whole DAV:response that says only how the resource at path fared: deleted ones in a sync-collection report
// (404), missing ones in a multiget, failed ones of a recursive DELETE. condition and detail may be zero.
func (b *Buffer) StatusResponse(path string, code int, condition Name, detail string) {
	b.StartResponse(path)
	b.Status(code)
	b.problem(condition, detail)
	b.EndResponse()
}

// problem appends DAV:error and DAV:responsedescription.
func (b *Buffer) problem(condition Name, detail string) {
	if condition != (Name{}) {
		b.Raw("<D:error>")
		b.Empty(condition)
		b.Raw("</D:error>")
	}
	if detail != "" {
		b.Elem(Name{NS, "responsedescription"}, detail)
	}
}

// StartPropstat begins a DAV:propstat and the DAV:prop in it.
func (b *Buffer) StartPropstat() { b.Raw("<D:propstat><D:prop>") }

// EndPropstat ends them with a status.
func (b *Buffer) EndPropstat(code int) { b.endPropstat(code, Name{}, "") }

func (b *Buffer) endPropstat(code int, condition Name, detail string) {
	b.Raw("</D:prop>")
	b.Status(code)
	b.problem(condition, detail)
	b.Raw("</D:propstat>")
}

// StartProps begins the properties of a response. Until EndProps, a property that is there is appended, one that is not is named to
// Absent, in any order:
//
//	b.StartResponse(path)
//	b.StartProps()
//	for _, n := range asked {
//		if mark := len(b.B); !render(b, n) {
//			b.B = b.B[:mark]
//			b.Absent(n, http.StatusNotFound)
//		}
//	}
//	b.EndProps()
//	b.EndResponse()
func (b *Buffer) StartProps() {
	b.props = len(b.B)
	b.StartPropstat()
	b.first = len(b.B)
	b.groups = 0
}

// Absent notes that the response being written has property n with a status other than 200.
func (b *Buffer) Absent(n Name, status int) { b.AbsentError(n, status, Name{}, "") }

// AbsentError is Absent with the precondition that failed and a sentence for people; both may be zero.
func (b *Buffer) AbsentError(n Name, status int, condition Name, detail string) {
	names := Buffer{}
	g := b.group(status, condition, detail)
	names.B = g.names
	names.Empty(n)
	g.names = names.B
}

// maxGroups bounds the search for a group; a status with very many different sentences may get several.
const maxGroups = 16

// group returns the group of a status, a new one if need be.
func (b *Buffer) group(status int, condition Name, detail string) *group {
	for i := max(0, b.groups-maxGroups); i < b.groups; i++ {
		g := &b.absent[i]
		if g.status == status && g.condition == condition && g.detail == detail {
			return g
		}
	}
	if b.groups == len(b.absent) {
		b.absent = append(b.absent, group{})
	}
	g := &b.absent[b.groups]
	*g = group{status: status, condition: condition, detail: detail, names: g.names[:0]}
	b.groups++
	return g
}

// EndProps ends the properties: one DAV:propstat with status 200 for those that are there, one for each other status. If there is
// none at all, it leaves an empty one with status 200 (RFC 8144 section 2.1).
func (b *Buffer) EndProps() {
	if len(b.B) == b.first && b.groups > 0 {
		b.B = b.B[:b.props]
	} else {
		b.EndPropstat(http.StatusOK)
	}
	for i := range b.absent[:b.groups] {
		g := &b.absent[i]
		b.StartPropstat()
		b.B = append(b.B, g.names...)
		b.endPropstat(g.status, g.condition, g.detail)
	}
	b.groups = 0
}

// StatusText is [http.StatusText], with a word for codes it does not know.
func StatusText(code int) string {
	if s := http.StatusText(code); s != "" {
		return s
	}
	return "Status"
}
