package ical

import (
	"slices"
	"strings"
)

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

// GenerateUID gives components without UID one that is made from their content, so that it is the same the next time,
// instead of refusing them.
const GenerateUID SplitOption = 1

// Split takes a stream (one VCALENDAR or several) apart into calendar object resources: by UID, each with the VTIMEZONEs
// that it uses, without METHOD and what else is said of the whole. Of two versions of one component the later revision
// is taken. lim holds for each object. What cannot be taken is in refused, ordered by line; err, an *Error, is set if
// raw has no VCALENDAR at all.
func Split(raw []byte, lim Limits, opts ...SplitOption) (objects []SplitObject, refused []Refused, err error) {
	s := splitter{
		raw:       raw,
		lim:       lim.orDefault(),
		generate:  slices.Contains(opts, GenerateUID),
		lineBreak: lineBreak(raw),
		groups:    map[string]*group{},
		zones:     map[string]part{},
	}
	if err := eachBlock(raw, s.visit); err != nil {
		return nil, nil, err
	}
	if len(s.calendars) == 0 {
		return nil, nil, fail(InvalidData, 1, "no BEGIN:VCALENDAR")
	}
	for _, g := range s.order {
		object, err := s.assemble(g)
		if err != nil {
			s.refuse(g.uid, g.parts[0].line, err)
			continue
		}
		objects = append(objects, object)
	}
	slices.SortStableFunc(s.refused, func(a, b Refused) int { return a.Line - b.Line })
	return objects, s.refused, nil
}

// splitter is the work of Split.
type splitter struct {
	raw       []byte
	lim       Limits
	generate  bool
	lineBreak string
	calendars []splitCalendar
	order     []*group
	groups    map[string]*group // by UID
	zones     map[string]part   // by TZID, of all calendars
	refused   []Refused
}

// splitCalendar is what a VCALENDAR of the stream gives to its objects.
type splitCalendar struct {
	prodID, calScale string // content lines
	zones            map[string]part
}

// group is the components of one UID.
type group struct {
	uid, component string
	calendar       int // index in splitter.calendars of the first
	parts          []part
	instances      map[string]int // index in parts by part.instance
}

// part is one component.
type part struct {
	text     string // content lines
	line     int    // in the stream
	instance string // RECURRENCE-ID as written, with its zone and type; "" for the master
	revision revision
	tzids    map[string]bool
}

// revision orders versions of one component (RFC 5546 section 2.1.5).
type revision struct {
	sequence int
	stamp    string
}

func (r revision) before(other revision) bool {
	if r.sequence != other.sequence {
		return r.sequence < other.sequence
	}
	return r.stamp < other.stamp
}

func (s *splitter) refuse(uid string, line int, err *Error) {
	s.refused = append(s.refused, Refused{UID: uid, Line: line, Err: err})
}

// visit takes one block of the stream; its error is always nil.
func (s *splitter) visit(b block) error {
	switch b.kind {
	case calendarBegin:
		s.calendars = append(s.calendars, splitCalendar{zones: map[string]part{}})
	case calendarProperty:
		s.property(b)
	case calendarComponent:
		s.component(b)
	case brokenComponent:
		s.refuse("", b.line, fail(InvalidData, b.line, "%s without END", b.name))
	case strayText:
		s.refuse("", b.line, fail(InvalidData, b.line, "text outside of VCALENDAR: %s", quote(string(s.raw[b.start:b.end]))))
	}
	return nil
}

// property keeps the properties of a VCALENDAR that its objects get.
func (s *splitter) property(b block) {
	text := string(s.raw[b.start:b.end])
	name, _ := cutName(text)
	calendar := &s.calendars[len(s.calendars)-1]
	if checkText([]byte(strings.NewReplacer("\r", "", "\n", "").Replace(text)), b.line) != nil {
		return // an object is not refused for what it need not have
	}
	switch name {
	case "PRODID":
		calendar.prodID = endLine(text, s.lineBreak)
	case "CALSCALE":
		calendar.calScale = endLine(text, s.lineBreak)
	}
}

// component takes a component into its group.
func (s *splitter) component(b block) {
	text := s.raw[b.start:b.end]
	if len(text) > s.lim.MaxBytes {
		s.refuse("", b.line, fail(TooLarge, b.line, "%s of %d octets, more than the %d allowed", b.name, len(text), s.lim.MaxBytes))
		return
	}
	c, err := parseOne(text, s.lim)
	if err != nil {
		s.refuse("", b.line, moved(err, b.line))
		return
	}
	calendar := &s.calendars[len(s.calendars)-1]
	p := part{text: endLine(string(text), s.lineBreak), line: b.line}
	if c.Name == "VTIMEZONE" {
		for _, zones := range []map[string]part{calendar.zones, s.zones} {
			if _, known := zones[tzidOf(c)]; !known {
				zones[tzidOf(c)] = p
			}
		}
		return
	}
	o := Object{raw: text}
	uid, err := o.uidOf(c)
	if err != nil && c.Prop("UID") == nil && s.generate && notNested[c.Name] {
		uid, err = contentUID(p.text), nil
		head := strings.IndexByte(p.text, '\n') + 1
		p.text = p.text[:head] + "UID:" + uid + s.lineBreak + p.text[head:]
	}
	if err == nil {
		err = o.checkDates(c)
	}
	if err != nil {
		s.refuse(uid, b.line, moved(err, b.line))
		return
	}
	if id := c.Prop("RECURRENCE-ID"); id != nil {
		p.instance = id.Param("TZID") + ":" + id.Param("VALUE") + ":" + id.Value
	}
	p.revision = revisionOf(c)
	p.tzids = map[string]bool{}
	addTZIDs(p.tzids, c)
	s.join(uid, c.Name, p)
}

// join adds p to the group of uid, unless another version of it is there.
func (s *splitter) join(uid, component string, p part) {
	g := s.groups[uid]
	if g == nil {
		g = &group{uid: uid, component: component, calendar: len(s.calendars) - 1, instances: map[string]int{}}
		s.groups[uid] = g
		s.order = append(s.order, g)
	}
	if g.component != component {
		s.refuse(uid, p.line, fail(InvalidObject, p.line, "a %s with the UID of the %s in line %d", component, g.component, g.parts[0].line))
		return
	}
	at, known := g.instances[p.instance]
	if !known {
		g.instances[p.instance] = len(g.parts)
		g.parts = append(g.parts, p)
		return
	}
	kept := &g.parts[at]
	if kept.text == p.text {
		return
	}
	if kept.revision.before(p.revision) {
		*kept, p = p, *kept
	}
	s.refuse(uid, p.line, fail(InvalidObject, p.line, "a %s like the one in line %d, which is not older", component, kept.line))
}

// moved returns err with its line, counted from the block that begins in line, counted in the stream.
func moved(err *Error, line int) *Error {
	copied := *err
	copied.Line = line + max(err.Line, 1) - 1
	return &copied
}

// revisionOf reads SEQUENCE and DTSTAMP of c; without DTSTAMP it takes LAST-MODIFIED.
func revisionOf(c *Component) (r revision) {
	if p := c.Prop("SEQUENCE"); p != nil {
		r.sequence, _ = number(strings.TrimSpace(p.Value), 0, 1<<31-1)
	}
	for _, name := range []string{"LAST-MODIFIED", "DTSTAMP"} {
		if p := c.Prop(name); p != nil {
			if d, ok := parseDateTime(p.Value); ok {
				r.stamp = d.Wall.Format("20060102T150405")
			}
		}
	}
	return r
}

// addTZIDs adds the TZIDs that c and its children use to set.
func addTZIDs(set map[string]bool, c *Component) {
	for i := range c.Props {
		if tzid := strings.TrimSpace(c.Props[i].Param("TZID")); tzid != "" {
			set[tzid] = true
		}
	}
	for _, child := range c.Children {
		addTZIDs(set, child)
	}
}
