package caldav

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"convene/caldav/dav"
)

// TextMatch is a CALDAV:text-match (RFC 4791 section 9.7.5).
type TextMatch struct {
	Text      string
	Collation Collation
	Negate    bool
	Type      MatchType

	folded string // Text as Collation compares it
}

// Collation says which texts are equal (RFC 4790, RFC 4791 section 7.5).
type Collation string

// The collations known here.
const (
	ASCIICasemap   Collation = "i;ascii-casemap"   // RFC 4790 section 9.2, the default
	Octet          Collation = "i;octet"           // RFC 4790 section 9.3
	UnicodeCasemap Collation = "i;unicode-casemap" // RFC 5051
)

// collationNames are what CALDAV:supported-collation-set lists.
var collationNames = []string{string(ASCIICasemap), string(Octet), string(UnicodeCasemap)}

// MatchType is the match-type attribute, which RFC 6352 section 10.5.4 has and some CalDAV clients send.
type MatchType string

// The match types; RFC 4791 knows the first only.
const (
	Contains   MatchType = "contains"
	Equals     MatchType = "equals"
	StartsWith MatchType = "starts-with"
	EndsWith   MatchType = "ends-with"
)

func parseTextMatch(e *dav.Element) (TextMatch, error) {
	t := TextMatch{Text: e.Text, Collation: ASCIICasemap, Type: Contains}
	if c, ok := e.Attr("collation"); ok && c != "default" {
		t.Collation = Collation(c)
	}
	if !slices.Contains(collationNames, string(t.Collation)) {
		return t, forbidden(dav.CalDAV("supported-collation"), "%.40q is not a collation known here", string(t.Collation))
	}
	switch negate, _ := e.Attr("negate-condition"); negate {
	case "", "no":
	case "yes":
		t.Negate = true
	default:
		return t, invalidFilter("negate-condition is %.40q, but can be yes or no", negate)
	}
	if m, ok := e.Attr("match-type"); ok {
		t.Type = MatchType(m)
	}
	switch t.Type {
	case Contains, Equals, StartsWith, EndsWith:
	default:
		return t, invalidFilter("%.40q is not a match-type", string(t.Type))
	}
	t.folded = t.Collation.fold(t.Text)
	return t, nil
}

// matches says whether one of the values is what is looked for, or with Negate none is.
func (t *TextMatch) matches(values ...string) bool {
	for _, v := range values {
		if t.compare(t.Collation.fold(v)) {
			return !t.Negate
		}
	}
	return t.Negate
}

func (t *TextMatch) compare(folded string) bool {
	switch t.Type {
	case Equals:
		return folded == t.folded
	case StartsWith:
		return strings.HasPrefix(folded, t.folded)
	case EndsWith:
		return strings.HasSuffix(folded, t.folded)
	}
	return strings.Contains(folded, t.folded)
}

// fold returns a text that is equal, byte for byte, to those of all texts that the collation takes for equal to s.
func (c Collation) fold(s string) string {
	switch {
	case c == Octet:
		return s
	case c == ASCIICasemap || isASCII(s):
		return foldASCII(s)
	}
	return norm.NFKD.String(cases.Fold().String(norm.NFKD.String(s)))
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldASCII makes the letters A to Z small.
func foldASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if c := b[i]; c >= 'A' && c <= 'Z' {
					b[i] = c + 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
