package itip

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"convene/ical"
)

// ErrSameOrganizer says that not all components name the same ORGANIZER (CALDAV:same-organizer-in-all-components, RFC 6638 section
// 3.2.4.2).
var ErrSameOrganizer = errors.New("itip: not the same ORGANIZER in all components")

// object is a calendar object with what is asked of it often.
type object struct {
	*ical.Object
	parts []part        // the master first
	start ical.DateTime // DTSTART of the master, or DUE; zero: none
	byID  map[Instance]int

	asked map[Instance]bool // what has has said
	spans []span            // where all instances have been worked out
}

// part is one component.
type part struct {
	*ical.Component
	id      Instance
	rev     Revision
	content *content                   // once it is asked for
	who     map[Address]*ical.Property // ATTENDEEs by person, once they are asked for
}

// read prepares o, which may be nil: an object without components.
func read(o *ical.Object) *object {
	x := &object{Object: o}
	if o == nil {
		return x
	}
	if m := o.Master(); m != nil {
		for _, name := range []string{"DTSTART", "DUE"} {
			if d, ok := x.date(m.Prop(name)); ok {
				x.start = d
				break
			}
		}
	}
	x.parts = make([]part, len(o.Parts))
	if len(o.Parts) > 1 {
		x.byID = make(map[Instance]int, len(o.Parts))
	}
	for i, c := range o.Parts {
		x.parts[i] = part{Component: c, id: x.idOf(c), rev: revisionOf(c)}
		if x.byID != nil {
			x.byID[x.parts[i].id] = i
		}
	}
	return x
}

// date returns the value of p, which may be nil.
func (o *object) date(p *ical.Property) (d ical.DateTime, ok bool) {
	if p == nil {
		return d, false
	}
	dates, err := o.DateTimes(p)
	if err != nil || len(dates) == 0 {
		return d, false
	}
	return dates[0], true
}

// idOf returns the instance that c is.
func (o *object) idOf(c *ical.Component) Instance {
	if d, ok := o.date(c.Prop("RECURRENCE-ID")); ok {
		return instanceOf(d, o.start)
	}
	return Master
}

// revisionOf returns SEQUENCE and DTSTAMP of c.
func revisionOf(c *ical.Component) (r Revision) {
	if p := c.Prop("SEQUENCE"); p != nil {
		r.Sequence = sequence(p.Value)
	}
	if p := c.Prop("DTSTAMP"); p != nil {
		r.Stamp = stampOf(p.Value)
	}
	return r
}

// What is higher than these counts as these, so that there is always one more.
const (
	mostSequence = 1 << 30
	latestStamp  = 221_845_392_000 // the year 9000
)

// sequence reads a SEQUENCE; what is none counts as 0.
func sequence(s string) int {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0
	}
	return min(max(n, 0), mostSequence)
}

// stampOf reads a DTSTAMP; what is none counts as 0.
func stampOf(s string) int64 {
	s = strings.TrimSuffix(strings.TrimSpace(s), "Z")
	if len(s) != len("20060102T150405") || s[8] != 'T' {
		return 0
	}
	var n [6]int // year, month, day, hour, minute, second
	for i, r := range [...][2]int{{0, 4}, {4, 6}, {6, 8}, {9, 11}, {11, 13}, {13, 15}} {
		for _, c := range []byte(s[r[0]:r[1]]) {
			if c < '0' || c > '9' {
				return 0
			}
			n[i] = 10*n[i] + int(c-'0')
		}
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], n[5], 0, time.UTC)
	if t.Day() != n[2] || t.Month() != time.Month(n[1]) || t.Second() != n[5] || n[3] > 23 || n[4] > 59 {
		return 0
	}
	return min(t.Unix(), latestStamp)
}

// stampText writes a DTSTAMP.
func stampText(stamp int64) string { return time.Unix(stamp, 0).UTC().Format("20060102T150405Z") }

// part returns the component of an instance, or nil.
func (o *object) part(id Instance) *part {
	if o.byID == nil {
		if len(o.parts) == 1 && o.parts[0].id == id {
			return &o.parts[0]
		}
		return nil
	}
	if i, ok := o.byID[id]; ok {
		return &o.parts[i]
	}
	return nil
}

// master returns the master, or nil.
func (o *object) master() *part {
	if len(o.parts) > 0 && o.parts[0].id == Master {
		return &o.parts[0]
	}
	return nil
}

// organizer returns the ORGANIZER of the object, or nil; the error is ErrSameOrganizer.
func (o *object) organizer(people People) (first *ical.Property, err error) {
	for i := range o.parts {
		p := o.parts[i].Prop("ORGANIZER")
		switch {
		case p == nil:
		case first == nil:
			first = p
		case people.ofProperty(first) != people.ofProperty(p):
			return nil, ErrSameOrganizer
		}
	}
	return first, nil
}

// top returns the highest SEQUENCE and the latest DTSTAMP, those of answers included.
func (o *object) top() (top Revision) {
	for i := range o.parts {
		top.Sequence = max(top.Sequence, o.parts[i].rev.Sequence)
		top.Stamp = max(top.Stamp, o.parts[i].rev.Stamp)
		for p := range o.parts[i].AllProps("ATTENDEE") {
			top.Stamp = max(top.Stamp, answerOf(p).rev.Stamp)
		}
		for p := range o.parts[i].AllProps(declinedProp) {
			top.Stamp = max(top.Stamp, answerOf(p).rev.Stamp)
		}
	}
	return top
}

// nextStamp returns the DTSTAMP of a change made now to objects with these revisions: later than all of theirs, so that there are
// not two changes of one revision within a second.
func (ctx *Context) nextStamp(objects ...*object) int64 {
	stamp := ctx.Now.Unix()
	for _, o := range objects {
		stamp = max(stamp, o.top().Stamp+1)
	}
	return stamp
}

// attendees returns the ATTENDEEs of p by person, of each the first.
func (ctx *Context) attendees(p *part) map[Address]*ical.Property {
	if p.who == nil {
		p.who = make(map[Address]*ical.Property)
		for prop := range p.AllProps("ATTENDEE") {
			if person := ctx.People.ofProperty(prop); p.who[person] == nil {
				p.who[person] = prop
			}
		}
	}
	return p.who
}

// attendee returns the ATTENDEE of person in p, or nil. p may be nil.
func (ctx *Context) attendee(p *part, person Address) *ical.Property {
	if p == nil {
		return nil
	}
	return ctx.attendees(p)[person]
}

// tail returns where a component may be added: behind the last one.
func (o *object) tail() int {
	end := 0
	for _, c := range o.Calendar.Children {
		end = max(end, c.End)
	}
	return end
}

// recurs says whether c is a series.
func recurs(c *ical.Component) bool {
	for i := range c.Props {
		switch c.Props[i].Name {
		case "RRULE", "RDATE":
			return true
		}
	}
	return false
}
