package meetings

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// object is a calendar object as a client holds it.
type object struct {
	head  []string // the lines of VCALENDAR before the first part, BEGIN included
	parts []*part
}

// part is a VEVENT or VTODO.
type part struct {
	kind  string
	lines []string // unfolded, without BEGIN and END
	inner []string // the alarms
}

// parse reads what the server sent.
func parse(data string) (*object, error) {
	o := &object{}
	var p *part
	depth := 0
	for line := range strings.SplitSeq(strings.ReplaceAll(data, "\r\n ", ""), "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		if name == "BEGIN" {
			if depth++; depth == 2 && (value == "VEVENT" || value == "VTODO") {
				p = &part{kind: value}
				o.parts = append(o.parts, p)
				continue
			}
		}
		switch {
		case line == "" || name == "END" && depth == 1:
		case p == nil:
			o.head = append(o.head, line)
		case depth > 2:
			p.inner = append(p.inner, line)
		case name != "END":
			p.lines = append(p.lines, line)
		}
		if name == "END" {
			if depth--; depth == 1 {
				p = nil
			}
		}
	}
	if len(o.parts) == 0 || depth != 0 {
		return nil, fmt.Errorf("this is no calendar object:\n%s", data)
	}
	return o, nil
}

// String is the object as it is sent.
func (o *object) String() string {
	lines := slices.Clone(o.head)
	for _, p := range o.parts {
		lines = slices.Concat(lines, []string{"BEGIN:" + p.kind}, p.lines, p.inner, []string{"END:" + p.kind})
	}
	return strings.Join(append(lines, "END:VCALENDAR", ""), "\r\n")
}

func (o *object) clone() *object {
	c := &object{head: slices.Clone(o.head)}
	for _, p := range o.parts {
		c.parts = append(c.parts, p.clone())
	}
	return c
}

func (p *part) clone() *part { return &part{p.kind, slices.Clone(p.lines), slices.Clone(p.inner)} }

// split takes a content line apart.
func split(line string) (name string, params []string, value string) {
	quoted := false
	from := 0
	for i := range len(line) {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ';':
			params = append(params, line[from:i])
			from = i + 1
		case c == ':':
			params = append(params, line[from:i])
			return params[0], params[1:], line[i+1:]
		}
	}
	return line, nil, ""
}

// param is the value of a parameter of a content line, "" if it has none.
func param(line, name string) string {
	_, params, _ := split(line)
	for _, p := range params {
		if v, ok := strings.CutPrefix(p, name+"="); ok {
			return v
		}
	}
	return ""
}

// withParam is the line with one parameter set; "" takes it out.
func withParam(line, name, value string) string {
	first, params, rest := split(line)
	params = slices.DeleteFunc(slices.Clone(params), func(p string) bool { return strings.HasPrefix(p, name+"=") })
	if value != "" {
		params = append(params, name+"="+value)
	}
	return strings.Join(append([]string{first}, params...), ";") + ":" + rest
}

// is says whether a content line has the name.
func is(line, name string) bool {
	return strings.HasPrefix(line, name+":") || strings.HasPrefix(line, name+";")
}

// line is the first of the name, "" if there is none.
func (p *part) line(name string) string {
	for _, l := range p.lines {
		if is(l, name) {
			return l
		}
	}
	return ""
}

// value is that of the first line of the name.
func (p *part) value(name string) string {
	_, _, v := split(p.line(name))
	return v
}

// set puts line in the place of the lines of the name; "" takes them out.
func (p *part) set(name, line string) {
	p.lines = slices.DeleteFunc(p.lines, func(l string) bool { return is(l, name) })
	if line != "" {
		p.lines = append(p.lines, line)
	}
}

// attendee is where the line of the person stands; -1: it is not invited.
func (p *part) attendee(address string) int {
	return slices.IndexFunc(p.lines, func(l string) bool { return is(l, "ATTENDEE") && strings.HasSuffix(l, ":"+address) })
}

// partStat is what a line of an attendee says.
func partStat(line string) string {
	if s := param(line, "PARTSTAT"); s != "" {
		return s
	}
	return "NEEDS-ACTION"
}

func (p *part) cancelled() bool { return p.value("STATUS") == "CANCELLED" }

// master is the part without RECURRENCE-ID, nil if there is none.
func (o *object) master() *part { return o.part("") }

// part is the one of an instance, by its key; nil: it has none of its own.
func (o *object) part(id string) *part {
	for _, p := range o.parts {
		if p.id() == id {
			return p
		}
	}
	return nil
}

func (o *object) drop(p *part) {
	o.parts = slices.DeleteFunc(o.parts, func(q *part) bool { return q == p })
}

// id is the key of the instance that the part describes: its RECURRENCE-ID in UTC.
func (p *part) id() string {
	if l := p.line("RECURRENCE-ID"); l != "" {
		return key(times(l)[0])
	}
	return ""
}

func (o *object) uid() string       { return o.parts[0].value("UID") }
func (o *object) organizer() string { return o.parts[0].value("ORGANIZER") }

// invited are the addresses of all attendees.
func (o *object) invited() map[string]bool {
	all := map[string]bool{}
	for _, p := range o.parts {
		for _, l := range p.lines {
			if is(l, "ATTENDEE") {
				_, _, address := split(l)
				all[address] = true
			}
		}
	}
	return all
}

const (
	wallForm = "20060102T150405"
	utcForm  = "20060102T150405Z"
)

func key(t time.Time) string { return t.UTC().Format(utcForm) }

// times are those in a line. One that cannot be read is the zero time.
func times(line string) (list []time.Time) {
	_, _, value := split(line)
	zone, form := time.UTC, utcForm
	if id := param(line, "TZID"); id != "" {
		zone, form = berlin, wallForm
	}
	for v := range strings.SplitSeq(value, ",") {
		t, _ := time.ParseInLocation(form, v, zone) // the zero time agrees with nothing
		list = append(list, t)
	}
	return list
}

// berlin is the zone of meetings that are not in UTC.
var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err) // package time/tzdata has it
	}
	return zone
}()

// timed is a line with a time in the form of the line like.
func timed(name string, t time.Time, like string) string {
	if param(like, "TZID") != "" {
		return name + ";TZID=Europe/Berlin:" + t.In(berlin).Format(wallForm)
	}
	return name + ":" + key(t)
}
