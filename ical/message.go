package ical

import "strings"

// maxMethod bounds a METHOD in octets; those of RFC 5546 have 14 at most.
const maxMethod = 40

// ParseMessage reads and checks one scheduling message, such as lies in an Inbox: as ParseObject, but it has a METHOD, and events may be
// without DTSTART, as RFC 5546 has it for answers and cancellations. By RFC 6638 section 2.3 those match any time range. Errors are *Error.
func ParseMessage(raw []byte, lim Limits) (*Object, error) {
	calendar, err := Parse(raw, lim)
	if err != nil {
		return nil, err
	}
	var method *Property
	for p := range calendar.AllProps("METHOD") {
		if method != nil {
			return nil, fail(InvalidMessage, p.Line, "a second METHOD")
		}
		method = p
	}
	if method == nil {
		return nil, fail(InvalidMessage, 0, "a scheduling message has a METHOD")
	}
	name, rest := cutName(strings.TrimSpace(method.Value))
	if name == "" || rest != "" || len(name) > maxMethod {
		return nil, fail(InvalidMessage, method.Line, "METHOD:%s is no method", quote(method.Value))
	}
	o := &Object{Calendar: calendar, Method: name, raw: raw}
	if err := o.check(); err != nil {
		return nil, err
	}
	return o, nil
}
