package ical

// Limits bounds what Parse, ParseObject and Split accept. A zero field means the value of DefaultLimits.
type Limits struct {
	MaxBytes      int // octets of one calendar object resource
	MaxComponents int // BEGIN lines, VCALENDAR included
	MaxDepth      int // nesting of components, VCALENDAR is 1
	MaxLineBytes  int // octets of one content line, unfolded
	MaxProperties int // content lines besides BEGIN and END
	MaxAttendees  int // ATTENDEE properties of one component
	MaxDates      int // values of all EXDATE, RDATE and FREEBUSY properties of one component
}

// DefaultLimits is what a zero Limits means.
var DefaultLimits = Limits{
	MaxBytes:      10 << 20,
	MaxComponents: 5000,
	MaxDepth:      8,
	MaxLineBytes:  8 << 20,
	MaxProperties: 100_000,
	MaxAttendees:  2000,
	MaxDates:      10_000,
}

// StoredLimits is for objects that were accepted earlier, when the limits may have been wider than they are now: they stay readable.
var StoredLimits = Limits{
	MaxBytes:      1 << 30,
	MaxComponents: 1 << 20,
	MaxDepth:      64,
	MaxLineBytes:  1 << 30,
	MaxProperties: 1 << 24,
	MaxAttendees:  1 << 20,
	MaxDates:      1 << 20,
}

// orDefault returns lim with its zero fields filled in.
func (lim Limits) orDefault() Limits {
	fill := func(field *int, value int) {
		if *field == 0 {
			*field = value
		}
	}
	fill(&lim.MaxBytes, DefaultLimits.MaxBytes)
	fill(&lim.MaxComponents, DefaultLimits.MaxComponents)
	fill(&lim.MaxDepth, DefaultLimits.MaxDepth)
	fill(&lim.MaxLineBytes, DefaultLimits.MaxLineBytes)
	fill(&lim.MaxProperties, DefaultLimits.MaxProperties)
	fill(&lim.MaxAttendees, DefaultLimits.MaxAttendees)
	fill(&lim.MaxDates, DefaultLimits.MaxDates)
	return lim
}
