package ical

import (
	"unicode/utf8"
)

// WholeCharacters returns raw itself if it is UTF-8. If not, because folds stand inside of characters (RFC 5545 section 3.1
// lets them), it returns a copy without those folds: the same content lines, in a form that XML can hold.
func WholeCharacters(raw []byte) []byte {
	if utf8.Valid(raw) {
		return raw
	}
	whole := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if n := foldLength(raw[i:]); n > 0 {
			if r, size := utf8.DecodeLastRune(whole); r == utf8.RuneError && size == 1 {
				i += n - 1
				continue
			}
		}
		whole = append(whole, raw[i])
	}
	return whole
}

// foldLength returns the length of the fold that s begins with: a line break, as clients write them, and a blank; 0 if there
// is none.
func foldLength(s []byte) int {
	n := 0
	if n < len(s) && s[n] == '\r' {
		n++
	}
	if n < len(s) && s[n] == '\n' {
		n++
	}
	if n == 0 || n == len(s) || s[n] != ' ' && s[n] != '\t' {
		return 0
	}
	return n + 1
}
