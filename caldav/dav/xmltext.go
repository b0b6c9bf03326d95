package dav

import (
	"fmt"
	"strconv"
	"strings"
)

// decodeText replaces the references in character data or in the value of an attribute and normalises line ends, and in a value all
// white space (XML 1.0 sections 2.11, 3.3.3, 4.1).
func decodeText(s string, attr bool) (string, error) {
	if strings.IndexByte(s, '&') < 0 && strings.IndexByte(s, '\r') < 0 && (!attr || !strings.ContainsAny(s, "\t\n")) {
		return s, nil
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '&':
			n := strings.IndexByte(s[i:min(len(s), i+12)], ';')
			if n < 0 {
				return "", fmt.Errorf("& without the ; of a reference")
			}
			r, err := reference(s[i+1 : i+n])
			if err != nil {
				return "", err
			}
			out = append(out, r...)
			i += n
		case c == '\r' || attr && (c == '\n' || c == '\t'):
			if c == '\r' && i+1 < len(s) && s[i+1] == '\n' {
				i++
			}
			if attr {
				out = append(out, ' ')
			} else {
				out = append(out, '\n')
			}
		default:
			out = append(out, c)
		}
	}
	return string(out), nil
}

// reference returns what stands between & and ; stands for.
func reference(name string) (string, error) {
	switch name {
	case "amp":
		return "&", nil
	case "lt":
		return "<", nil
	case "gt":
		return ">", nil
	case "quot":
		return `"`, nil
	case "apos":
		return "'", nil
	}
	digits, base := strings.TrimPrefix(name, "#"), 10
	if strings.HasPrefix(digits, "x") {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || name[0] != '#' || !isXMLChar(rune(n)) {
		return "", fmt.Errorf("&%.40s; is not a reference known here", name)
	}
	return string(rune(n)), nil
}

// isXMLChar says whether a document may contain r (XML 1.0 section 2.2).
func isXMLChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// lineEnds makes every line end a line feed.
func lineEnds(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
