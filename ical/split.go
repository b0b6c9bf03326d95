package ical

// SplitObject is one calendar object resource taken out of a stream by Split.
type SplitObject struct {
	UID       string
	Component string // "VEVENT", ...
	Raw       []byte // a VCALENDAR of its own
	Line      int    // where its first component begins in the stream
}

// Refused is something in a stream that Split could not make an object of.
type Refused struct {
	UID  string // "" if there is none or it could not be read
	Line int    // where it begins in the stream
	Err  *Error // why; its line counts in the stream
}

// SplitOption changes what Split does.
type SplitOption int

// GenerateUID gives components without UID one that is made from their content, instead of refusing them.
const GenerateUID SplitOption = 1

// Split takes a stream (one VCALENDAR or several) apart into calendar object resources, each with the VTIMEZONEs that
// it uses and without METHOD. lim holds for each of them. What cannot be taken is in refused; err is set if the
// stream as a whole is none.
func Split(raw []byte, lim Limits, opts ...SplitOption) (objects []SplitObject, refused []Refused, err error) {
	return nil, nil, nil
}
