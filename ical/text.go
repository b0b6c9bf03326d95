package ical

import (
	"strings"
	"unicode/utf8"
)

// Text returns the value with the escapes of TEXT (RFC 5545 section 3.3.11) resolved.
func (p *Property) Text() string { return UnescapeText(p.Value) }

// TextList returns the values of a property that may hold many, such as CATEGORIES, unescaped.
func (p *Property) TextList() []string {
	var list []string
	from := 0
	for i := 0; i < len(p.Value); i++ {
		switch p.Value[i] {
		case '\\':
			i++
		case ',':
			list = append(list, UnescapeText(p.Value[from:i]))
			from = i + 1
		}
	}
	return append(list, UnescapeText(p.Value[from:]))
}

var (
	textDecoder = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\:`, ":", `\"`, `"`)
	textEncoder = strings.NewReplacer(`\`, `\\`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`, ",", `\,`, ";", `\;`)
)

// UnescapeText resolves the escapes of a TEXT value (RFC 5545 section 3.3.11), and \: and \" that clients write. Any
// other backslash stays.
func UnescapeText(value string) string {
	if strings.IndexByte(value, '\\') < 0 {
		return value
	}
	return textDecoder.Replace(value)
}

// EscapeText escapes text as a TEXT value (RFC 5545 section 3.3.11).
func EscapeText(text string) string { return textEncoder.Replace(text) }

// foldAt is how many octets a line may have without its line break (RFC 5545 section 3.1).
const foldAt = 75

// AppendLine appends the content line of name, params and value (already escaped where its type asks for it) to dst,
// folded at 75 octets between characters, with CRLF (RFC 5545 section 3.1). Parameter values are quoted and RFC 6868
// encoded where they need it; line breaks in value become \n, so that a value never ends its line.
func AppendLine(dst []byte, name string, params []Param, value string) []byte {
	f := folder{dst: dst}
	f.write(name)
	for n, param := range params {
		f.write(";")
		f.write(param.Name)
		for i, v := range param.Values {
			f.write([]string{"=", ","}[min(i, 1)])
			last := n == len(params)-1 && i == len(param.Values)-1
			f.write(encodeParam(v, last && beginsURI(v, value)))
		}
	}
	f.write(":")
	if strings.ContainsAny(value, "\r\n") {
		value = lineBreaks.Replace(value)
	}
	f.write(value)
	return append(f.dst, '\r', '\n')
}

var (
	lineBreaks   = strings.NewReplacer("\r\n", `\n`, "\n", `\n`, "\r", `\n`)
	paramEncoder = strings.NewReplacer("^", "^^", "\r\n", "^n", "\n", "^n", "\r", "^n", `"`, "^'")
)

// beginsURI says whether a parameter's value and the property's after it would read as one URI that holds the colon between them, as
// clients write it; see cutValue.
func beginsURI(param, value string) bool {
	return strings.HasPrefix(value, "//") || strings.EqualFold(param, "mailto")
}

// encodeParam returns value as it is written in a content line (RFC 5545 section 3.2, RFC 6868 section 3), in quotes if it needs them or if
// it is to have them.
func encodeParam(value string, quotes bool) string {
	if strings.ContainsAny(value, "^\r\n\"") {
		value = paramEncoder.Replace(value)
	}
	if quotes || strings.ContainsAny(value, ":;,") {
		return `"` + value + `"`
	}
	return value
}

// folder appends text to dst and folds the line where it gets too long.
type folder struct {
	dst  []byte
	used int // octets in the current physical line
}

func (f *folder) write(s string) {
	for f.used+len(s) > foldAt {
		n := max(foldAt-f.used, 0)
		for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
			n--
		}
		if n == 0 && f.used <= 1 { // no start of a character within a line: not UTF-8
			n = min(foldAt-f.used, len(s))
		}
		f.dst = append(f.dst, s[:n]...)
		s = s[n:]
		f.dst = append(f.dst, '\r', '\n', ' ')
		f.used = 1
	}
	f.dst = append(f.dst, s...)
	f.used += len(s)
}

// end ends the line.
func (f *folder) end() {
	f.dst = append(f.dst, '\r', '\n')
	f.used = 0
}
