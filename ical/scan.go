package ical

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"
	"unsafe"
)

// scanner takes content lines (RFC 5545 section 3.1) out of raw: unfolded, without line break, blank lines skipped. Line
// breaks may be CRLF, LF or CR CR LF.
type scanner struct {
	raw  []byte
	pos  int    // start of the next physical line
	line int    // number of the physical line at pos, from 1
	most int    // octets of an unfolded line
	room []byte // where folded lines are put together; lines already handed out keep their part of it
}

// contentLine is one unfolded content line.
type contentLine struct {
	text       string // a view of raw unless it was folded
	start, end int    // offsets in raw, end after the line break
	number     int    // of its first physical line
}

// newScanner returns a scanner over raw that steps over a byte order mark.
func newScanner(raw []byte, most int) scanner {
	s := scanner{raw: raw, line: 1, most: most}
	if bytes.HasPrefix(raw, []byte("\uFEFF")) {
		s.pos = 3
	}
	return s
}

// physical returns the physical line at pos without its line break, and steps behind it.
func (s *scanner) physical() []byte {
	rest := s.raw[s.pos:]
	n := bytes.IndexByte(rest, '\n')
	if n < 0 {
		n = len(rest)
		s.pos += n
	} else {
		s.pos += n + 1
	}
	s.line++
	for n > 0 && rest[n-1] == '\r' {
		n--
	}
	return rest[:n]
}

// folded says whether the physical line at pos continues the one before it, and if so steps over blank lines in between:
// a folded blank line that has lost its white space on the way.
func (s *scanner) folded() bool {
	at, lines := s.pos, 0
	for at < len(s.raw) && (s.raw[at] == '\r' || s.raw[at] == '\n') {
		if s.raw[at] == '\n' {
			lines++
		}
		at++
	}
	if at == len(s.raw) || s.raw[at] != ' ' && s.raw[at] != '\t' {
		return false
	}
	s.pos, s.line = at, s.line+lines
	return true
}

// next returns the next content line that is not blank; ok is false at the end.
func (s *scanner) next() (line contentLine, ok bool, err *Error) {
	for s.pos < len(s.raw) {
		line.start, line.number = s.pos, s.line
		text := s.physical()
		if blank(text) {
			continue
		}
		if s.folded() {
			text, err = s.unfold(text, line.number)
			if err != nil {
				return line, false, err
			}
		}
		if len(text) > s.most {
			return line, false, fail(TooLarge, line.number, "a line of more than %d octets", s.most)
		}
		if err := checkText(text, line.number); err != nil {
			return line, false, err
		}
		line.text, line.end = view(text), s.pos
		return line, true, nil
	}
	return line, false, nil
}

// unfold joins first with the physical lines at pos that continue it.
func (s *scanner) unfold(first []byte, number int) ([]byte, *Error) {
	from := s.reserve(len(s.room), len(first))
	s.room = append(s.room, first...)
	for more := true; more; more = s.folded() {
		rest := s.physical()[1:] // without the white space that folds
		if len(s.room)-from+len(rest) > s.most {
			return nil, fail(TooLarge, number, "a line of more than %d octets", s.most)
		}
		from = s.reserve(from, len(rest))
		s.room = append(s.room, rest...)
	}
	return s.room[from:len(s.room):len(s.room)], nil
}

// reserve makes room for n more octets behind the unfinished line at from, and returns where that line is then. Lines
// that were finished earlier stay where they are.
func (s *scanner) reserve(from, n int) int {
	if len(s.room)+n <= cap(s.room) {
		return from
	}
	unfinished := s.room[from:]
	s.room = make([]byte, 0, max(1024, 2*(len(unfinished)+n)))
	s.room = append(s.room, unfinished...)
	return 0
}

// blank says whether line holds nothing but white space.
func blank(line []byte) bool {
	for _, c := range line {
		if c != ' ' && c != '\t' {
			return false
		}
	}
	return true
}

// view returns b as a string without copying it; b must not be changed afterwards.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// suspect marks the high bit of octets of word that are control characters; it may mark others too, if it marks one.
func suspect(word uint64) uint64 {
	del := word ^ ones*0x7f
	return ((word - ones*0x20) &^ word & highs) | ((del - ones) &^ del & highs)
}

// checkText refuses what a content line must not hold (RFC 5545 section 3.1): control characters other than HTAB, octets
// that are not UTF-8, and the two noncharacters that XML cannot carry.
func checkText(line []byte, number int) *Error {
	var seen, bad uint64
	rest := line
	for len(rest) >= 8 {
		word := binary.LittleEndian.Uint64(rest)
		seen |= word
		bad |= suspect(word)
		rest = rest[8:]
	}
	for _, c := range rest {
		seen |= uint64(c)
		if c < 0x20 || c == 0x7f {
			bad = 1
		}
	}
	if bad != 0 {
		for _, c := range line {
			if c < 0x20 && c != '\t' || c == 0x7f {
				return fail(InvalidData, number, "the control character %#U", rune(c))
			}
		}
	}
	if seen&highs == 0 {
		return nil
	}
	if !utf8.Valid(line) {
		return fail(InvalidData, number, "not UTF-8: %s", quote(string(line)))
	}
	if bytes.Contains(line, []byte("\uFFFE")) || bytes.Contains(line, []byte("\uFFFF")) {
		return fail(InvalidData, number, "the noncharacter U+FFFE or U+FFFF")
	}
	return nil
}
