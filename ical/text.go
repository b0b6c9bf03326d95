package ical

// Text returns the value with the escapes of TEXT (RFC 5545 section 3.3.11) resolved.
func (p *Property) Text() string { return UnescapeText(p.Value) }

// UnescapeText resolves the escapes of a TEXT value (RFC 5545 section 3.3.11). An unknown escape stays as it is.
func UnescapeText(value string) string { return value }

// AppendLine appends the content line of name, params and value (already escaped where its type asks for it) to dst,
// folded at 75 octets between characters, with CRLF (RFC 5545 section 3.1). Parameter values are quoted and RFC 6868
// encoded where they need it.
func AppendLine(dst []byte, name string, params []Param, value string) []byte { return dst }

// EscapeText escapes text as a TEXT value (RFC 5545 section 3.3.11).
func EscapeText(text string) string { return text }
