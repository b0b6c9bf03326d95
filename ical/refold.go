package ical

import (
	"bytes"
	"unicode/utf8"
)

// Refold returns raw with the folds that stand inside a character moved in front of it, and raw itself if there are
// none. RFC 5545 section 3.1 allows such folds, but they are not UTF-8 as they stand, so that XML cannot carry them.
func Refold(raw []byte) []byte {
	if utf8.Valid(raw) {
		return raw
	}
	out := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		n := bytes.IndexByte(raw, '\n') + 1
		if n == 0 || n == len(raw) || raw[n] != ' ' && raw[n] != '\t' {
			if n == 0 {
				n = len(raw)
			}
			out, raw = append(out, raw[:n]...), raw[n:]
			continue
		}
		text := bytes.TrimRight(raw[:n], "\r\n")
		fold := raw[len(text) : n+1]
		out = append(out, text...)
		begun := begunRune(out)
		split := append([]byte(nil), out[len(out)-begun:]...)
		out = append(append(out[:len(out)-begun], fold...), split...)
		raw = raw[n+1:]
	}
	return out
}

// begunRune returns how many octets at the end of b are the beginning of a character whose rest is missing.
func begunRune(b []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(b); n++ {
		if last := b[len(b)-n:]; utf8.RuneStart(last[0]) {
			if utf8.FullRune(last) {
				return 0
			}
			return n
		}
	}
	return 0
}
