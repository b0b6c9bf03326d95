// Package acl decides who may do what. It is pure: rights letters as in IMAP (RFC 4314 and its calendar
// extension in Cyrus), lists of entries, their evaluation for a subject and its explanation, and what letters mean as WebDAV privileges
// and access control elements (RFC 3744). It knows neither HTTP nor the database; every path of the server that touches a resource asks
// Check here and nowhere else.
package acl

import (
	"fmt"
	"strings"
)

// Rights is a set of rights letters.
type Rights uint32

// The letters, in the order in which a set is printed.
const (
	Lookup       Rights = 1 << iota // l: see that the collection exists
	Read                            // r: read its objects
	Seen                            // s: kept for IMAP's sake, grants nothing
	Write                           // w: write properties, together with n
	Insert                          // i: store objects
	Post                            // p: add objects by POST
	MakeChild                       // k: create collections
	RemoveSelf                      // x: remove the collection
	DeleteObject                    // t: delete objects
	Administer                      // a: read and change the rights
	Annotate                        // n: write properties, together with w
	Expunge                         // e: kept for IMAP's sake, grants nothing that t does not
	Five                            // 5: of later versions of Cyrus, kept on import, grants nothing
	Six                             // 6: the same
	Reply                           // 7: send or receive replies
	Invite                          // 8: send or receive invitations
	FreeBusy                        // 9: read, or ask for, busy time
)

// Letters are all letters that a stored list may hold, in the order in which a set is printed; InputLetters are those that may be set.
const (
	Letters      = "lrswipkxtane56789"
	InputLetters = "lrswipkxtane789"
)

// All holds every letter that grants something somewhere: lrwipkxtan789.
const All = everything | scheduling

// SplitRights reads a string of letters in any order, a letter given twice counting once, and keeps those that are unknown here
// apart, each once: for lists of other servers.
func SplitRights(s string) (known Rights, unknown string) {
	for _, c := range s {
		if i := strings.IndexRune(Letters, c); i >= 0 {
			known |= 1 << i
		} else if !strings.ContainsRune(unknown, c) {
			unknown += string(c)
		}
	}
	return known, unknown
}

// ParseRights reads rights as they are stored. An unknown letter is an error that names it.
func ParseRights(s string) (Rights, error) {
	r, unknown := SplitRights(s)
	for _, c := range unknown {
		return 0, fmt.Errorf("unknown right %q: the rights are %s", c, InputLetters)
	}
	return r, nil
}

// ParseInput reads rights that somebody sets: as ParseRights, but 5 and 6, which grant nothing here, are refused too.
func ParseInput(s string) (Rights, error) {
	r, err := ParseRights(s)
	if err != nil {
		return 0, err
	}
	if odd := r & (Five | Six); odd != 0 {
		return 0, fmt.Errorf("right %q grants nothing here: it is kept where it was imported, and cannot be set", odd.String()[0])
	}
	return r, nil
}

// String prints the letters in their customary order.
func (r Rights) String() string {
	var b strings.Builder
	for i := range len(Letters) {
		if r&(1<<i) != 0 {
			b.WriteByte(Letters[i])
		}
	}
	return b.String()
}

// Has says whether all of want are in r.
func (r Rights) Has(want Rights) bool { return r&want == want }
