package ical

import "strings"

// nameByte says which octets a property or parameter name may have: those of RFC 5545 section 3.1, and _ . / that
// clients put into X- names.
var nameByte = func() (table [256]bool) {
	for c := range table {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		table[c] = letter || c >= '0' && c <= '9' || strings.IndexByte("-_./", byte(c)) >= 0 && c < 0x80
	}
	return table
}()

// cutName takes a name from the start of s and returns it in upper case.
func cutName(s string) (name, rest string) {
	n, lower := 0, false
	for n < len(s) && nameByte[s[n]] {
		lower = lower || s[n] >= 'a' && s[n] <= 'z'
		n++
	}
	name, rest = s[:n], s[n:]
	if lower {
		name = strings.ToUpper(name)
	}
	return name, rest
}

// skipBlanks returns s without the white space at its start.
func skipBlanks(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}

// property reads a content line into p.
func (b *builder) property(line contentLine, p *Property) *Error {
	p.Start, p.End, p.Line = line.start, line.end, line.number
	name, rest := cutName(line.text)
	if name == "" {
		return fail(InvalidData, line.number, "not a content line: %s", quote(line.text))
	}
	p.Name = name
	if rest != "" && rest[0] == ':' { // most lines have no parameters
		p.Value = rest[1:]
		return nil
	}
	rest = skipBlanks(rest)
	mark, valueMark := len(b.params), len(b.values)
	value, ok := b.parameters(rest, true)
	if !ok { // perhaps a double quote that is never closed: then it is a character like any other
		b.params, b.values = b.params[:mark], b.values[:valueMark]
		value, ok = b.parameters(rest, false)
	}
	if !ok {
		return fail(InvalidData, line.number, "%s: no colon after name and parameters: %s", name, quote(line.text))
	}
	if len(b.values) > 4*b.lim.MaxProperties || len(b.params) > 4*b.lim.MaxProperties {
		return fail(TooLarge, line.number, "more than %d parameters", 4*b.lim.MaxProperties)
	}
	p.Params, p.Value = b.params[mark:len(b.params):len(b.params)], value
	return nil
}

// parameters reads *(";" param) ":" value from s, appends the parameters to b.params and returns the value. quotes
// says whether double quotes quote.
func (b *builder) parameters(s string, quotes bool) (value string, ok bool) {
	for s != "" && s[0] == ';' {
		name, rest := cutName(skipBlanks(s[1:]))
		s = skipBlanks(rest)
		mark := len(b.values)
		for more := s != "" && s[0] == '='; more; more = s != "" && s[0] == ',' {
			value, s, ok = cutValue(s[1:], quotes)
			if !ok {
				return "", false
			}
			b.values = append(b.values, value)
		}
		if name != "" { // ";;" and ";=x" mean nothing
			b.params = append(b.params, Param{Name: name, Values: b.values[mark:len(b.values):len(b.values)]})
		}
	}
	if s == "" || s[0] != ':' {
		return "", false
	}
	return s[1:], true
}

// cutValue takes one parameter value (RFC 5545 section 3.1 param-value) from the start of s, unquoted and RFC 6868
// decoded. Quotes inside a value are dropped. An unquoted value may hold a colon where it begins a URI that clients
// write so: "mailto:" and "scheme://".
func cutValue(s string, quotes bool) (value, rest string, ok bool) {
	if quotes && s != "" && s[0] == '"' { // the usual form, taken without copying
		if end := strings.IndexByte(s[1:], '"') + 1; end > 0 && end+1 < len(s) && endsValue(s[end+1]) {
			return decodeParam(s[1:end]), s[end+1:], true
		}
	}
	quoted, dirty := false, false
	n := 0
loop:
	for ; n < len(s); n++ {
		switch c := s[n]; {
		case c == '"' && quotes:
			quoted, dirty = !quoted, true
		case quoted || !endsValue(c):
		case c == ':' && (strings.HasPrefix(s[n:], "://") || strings.EqualFold(s[:n], "mailto")):
		default:
			break loop
		}
	}
	if quoted || n == len(s) {
		return "", "", false
	}
	value = s[:n]
	if dirty {
		value = strings.ReplaceAll(value, `"`, "")
	}
	return decodeParam(value), s[n:], true
}

// endsValue says whether c ends an unquoted parameter value.
func endsValue(c byte) bool { return c == ':' || c == ';' || c == ',' }

var paramDecoder = strings.NewReplacer("^n", "\n", "^'", `"`, "^^", "^")

// decodeParam resolves the escapes of RFC 6868; any other circumflex stays.
func decodeParam(value string) string {
	if strings.IndexByte(value, '^') < 0 {
		return value
	}
	return paramDecoder.Replace(value)
}
