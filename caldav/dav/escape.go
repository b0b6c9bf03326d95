package dav

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
	"unsafe"
)

// appendText appends s as character data. Besides the characters that XML wants escaped, a carriage return becomes &#13;: as it
// stands a parser would take CR LF, the line end of iCalendar, for LF (XML 1.0 section 2.11). Control characters that XML cannot
// hold are left out, bytes that are not UTF-8 become U+FFFD. With attr also quotes, tabs and line feeds are escaped.
func appendText(dst, s []byte, attr bool) []byte {
	dst = slices.Grow(dst, len(s)+len(s)/8)
	from := 0
	for i := nextSpecial(s, 0); i < len(s); i = nextSpecial(s, i) {
		esc, size := "", 1
		switch c := s[i]; {
		case c == '\r' && i+1 < len(s) && s[i+1] == '\n' && !attr:
			esc, size = "&#13;\n", 2
		case c == '\r':
			esc = "&#13;"
		case c == '&':
			esc = "&amp;"
		case c == '<':
			esc = "&lt;"
		case c == '>':
			esc = "&gt;"
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && size == 1 || r == 0xFFFE || r == 0xFFFF {
				esc = "\uFFFD"
				break
			}
			i += size
			continue
		case c == '\n' && attr:
			esc = "&#10;"
		case c == '\t' && attr:
			esc = "&#9;"
		case c == '"' && attr:
			esc = "&#34;"
		case c >= ' ' || c == '\n' || c == '\t':
			i++
			continue
		}
		dst = append(append(dst, s[from:i]...), esc...)
		i += size
		from = i
	}
	return append(dst, s[from:]...)
}

// Each byte of these is the same; see [nextSpecial].
const (
	ones  = 0x0101010101010101
	highs = 0x80 * ones
)

// nextSpecial returns the index of the first byte of s from i on that may need care: control characters, ampersand, angle brackets,
// quotes and all that is not ASCII; len(s) if there is none. It looks at eight bytes at a time.
func nextSpecial(s []byte, i int) int {
	for ; i+8 <= len(s); i += 8 {
		w := binary.LittleEndian.Uint64(s[i:])
		control := w - 0x20*ones                            // borrows into the high bit where a byte is under 0x20
		amp := (w ^ '&'*ones) - ones                        // the same where a byte is &
		angle := ((w | 0x02*ones) ^ '>'*ones) - ones        // where it is < or >, which differ in that bit
		quote := (w ^ '"'*ones) - ones                      // where it is "
		hit := (control|amp|angle|quote)&^w&highs | w&highs // a borrow can only spoil what follows the first hit
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)/8
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '&' || c == '<' || c == '>' || c == '"' {
			return i
		}
	}
	return i
}

// bytesOf returns the bytes of s without copying; they must not be changed.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
