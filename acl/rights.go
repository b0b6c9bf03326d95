// Package acl decides who may do what. It is pure: rights letters as in IMAP (RFC 4314 and its calendar
// extension in Cyrus), lists of entries, and their evaluation for a subject. It knows neither HTTP nor the
// database; every path of the server that touches a resource asks Check here and nowhere else.
package acl

import (
	"fmt"
	"strings"
)

// Rights is a set of rights letters.
type Rights uint16

// The letters, in the order in which a set is printed.
const (
	Lookup       Rights = 1 << iota // l: see that the collection exists
	Read                            // r: read its objects
	Seen                            // s: kept for IMAP's sake, grants nothing
	Write                           // w: write properties of the collection
	Insert                          // i: store objects
	Post                            // p: add objects by POST
	MakeChild                       // k: create collections
	RemoveSelf                      // x: remove the collection
	DeleteObject                    // t: delete objects
	Administer                      // a: read and change the rights
	Annotate                        // n: write properties of objects
	Expunge                         // e: remove deleted objects
	Reply                           // 7: send or receive replies
	Invite                          // 8: send or receive invitations
	FreeBusy                        // 9: read, or ask for, busy time
)

const letters = "lrswipkxtane789"

// All holds every letter that grants something on a regular calendar.
const All = Lookup | Read | Write | Insert | Post | MakeChild | RemoveSelf | DeleteObject | Administer | Annotate | Expunge | FreeBusy

// ParseRights reads a string of letters in any order; a letter given twice counts once. An unknown letter is an error
// that names it.
func ParseRights(s string) (Rights, error) {
	var r Rights
	for _, c := range s {
		i := strings.IndexRune(letters, c)
		if i < 0 {
			return 0, fmt.Errorf("unknown right %q: the rights are %s", c, letters)
		}
		r |= 1 << i
	}
	return r, nil
}

// String prints the letters in their customary order.
func (r Rights) String() string {
	var b strings.Builder
	for i := range len(letters) {
		if r&(1<<i) != 0 {
			b.WriteByte(letters[i])
		}
	}
	return b.String()
}

// Has says whether all of want are in r.
func (r Rights) Has(want Rights) bool { return r&want == want }
