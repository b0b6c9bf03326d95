package scenario

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// edit is a line that changes an object.
type edit struct {
	line  Line
	where string // "": the master; "*": all; else an instance
	do    func(*editing, *component) error
	whole func(*editing) error // for what is not about one component
}

// editing is an object that is changed.
type editing struct {
	*calendar
	pp *people
	me string // who changes it
}

var (
	placed   = regexp.MustCompile(`^\[([0-9TZ]+|\*)\] (.*)$`)
	wholes   = regexp.MustCompile(`^([+-]) \[([0-9TZ]*)\]$`)
	exdate   = regexp.MustCompile(`^([+-]) EXDATE\[([0-9TZ]+)\]$`)
	setting  = regexp.MustCompile(`^([A-Za-z0-9-]+)(?:\(([^)]+)\))?\.([A-Za-z0-9-]+)=(.*)$`)
	removing = regexp.MustCompile(`^- ([A-Za-z0-9-]+)(?:\(([^)]+)\))?(?:\.([A-Za-z0-9-]+))?$`)
)

// parseEdit reads a line that changes an object.
func parseEdit(line Line) (*edit, error) {
	e := &edit{line: line}
	text := line.Text
	if m := placed.FindStringSubmatch(text); m != nil {
		if m[1] != "*" && !instanceForm.MatchString(m[1]) {
			return nil, fmt.Errorf("not an instance: [%s]", m[1])
		}
		e.where, text = m[1], m[2]
	}
	if m := wholes.FindStringSubmatch(text); m != nil && e.where == "" {
		return e, e.parseWhole(m[1] == "+", m[2])
	}
	if m := exdate.FindStringSubmatch(text); m != nil {
		if !instanceForm.MatchString(m[2]) {
			return nil, fmt.Errorf("not an instance: [%s]", m[2])
		}
		e.do = func(o *editing, c *component) error { return o.exclude(c, m[1] == "+", m[2]) }
		return e, nil
	}
	return e, e.parse(text)
}

func (e *edit) parseWhole(add bool, x string) error {
	switch {
	case add && instanceForm.MatchString(x):
		e.whole = func(o *editing) error { _, err := o.make(x); return err }
	case !add && (x == "" || instanceForm.MatchString(x)):
		e.whole = func(o *editing) error { return o.remove(x) }
	default:
		return fmt.Errorf("not an instance: [%s]", x)
	}
	return nil
}

// parse reads an edit of one component.
func (e *edit) parse(text string) error {
	if m := setting.FindStringSubmatch(text); m != nil {
		e.do = func(o *editing, c *component) error { return o.setParam(c, m[1], m[2], m[3], m[4]) }
		return nil
	}
	if alarm, ok := strings.CutPrefix(text, "+ VALARM "); ok {
		inner, err := parseComponents(strings.Fields(alarm))
		e.do = func(o *editing, c *component) error {
			c.children = append(c.children, &component{name: "VALARM", props: inner.clone().props})
			return nil
		}
		return err
	}
	if m := removing.FindStringSubmatch(text); m != nil {
		e.do = func(o *editing, c *component) error {
			return o.removeNamed(c, strings.ToUpper(m[1]), m[2], strings.ToUpper(m[3]))
		}
		return nil
	}
	sign, line := "", text
	if strings.HasPrefix(text, "+ ") || strings.HasPrefix(text, "- ") {
		sign, line = text[:1], text[2:]
	}
	if _, err := parseProperty(line); err != nil {
		return err
	}
	e.do = func(o *editing, c *component) error { return o.line(c, sign, line) }
	return nil
}

// parseEdits reads all lines of a block.
func parseEdits(block []Line) ([]*edit, error) {
	var list []*edit
	var errs []error
	for _, line := range block {
		e, err := parseEdit(line)
		errs = append(errs, located(line.No, line.Text, err))
		list = append(list, e)
	}
	return list, errors.Join(errs...)
}

// apply makes the change.
func (e *edit) apply(o *editing) error {
	if e.whole != nil {
		return located(e.line.No, e.line.Text, e.whole(o))
	}
	var to []*component
	switch e.where {
	case "*":
		to = o.parts()
	case "":
		if c := o.master(); c != nil {
			to = append(to, c)
		} else if parts := o.parts(); len(parts) == 1 {
			to = parts
		} else {
			return located(e.line.No, e.line.Text, errors.New("there is no master"))
		}
	default:
		c, err := o.make(e.where)
		if err != nil {
			return located(e.line.No, e.line.Text, err)
		}
		to = append(to, c)
	}
	for _, c := range to {
		if err := e.do(o, c); err != nil {
			return located(e.line.No, e.line.Text, err)
		}
	}
	return nil
}

// make returns the override of an instance, which is made from the master if there is none.
func (o *editing) make(x string) (*component, error) {
	m, err := o.instance(x)
	if err != nil {
		return nil, err
	}
	if c := o.override(m); c != nil {
		return c, nil
	}
	master := o.master()
	if master == nil {
		return nil, errors.New("there is no master to make an override of")
	}
	c := master.clone()
	c.drop(func(p *property) bool { return slices.Contains([]string{"RRULE", "RDATE", "EXDATE", "EXRULE"}, p.name) })
	id, err := o.naming("RECURRENCE-ID", m)
	if err != nil {
		return nil, err
	}
	start, err := o.start()
	if err != nil {
		return nil, err
	}
	first, err := parseMoment(start.value, o.zone(start))
	if err != nil {
		return nil, err
	}
	shift := m.clock.Sub(first.clock)
	for _, name := range []string{"DTSTART", "DTEND", "DUE"} {
		if p := c.first(name); p != nil {
			if err := o.shift(p, shift); err != nil {
				return nil, err
			}
		}
	}
	c.props = append([]*property{id}, c.props...)
	o.root.children = append(o.root.children, c)
	return c, nil
}

func (o *editing) shift(p *property, by time.Duration) error {
	m, err := parseMoment(p.value, o.zone(p))
	if err != nil {
		return err
	}
	m.clock = m.clock.Add(by)
	p.value = format(m)
	return nil
}

// remove takes a component out, the master where x is "".
func (o *editing) remove(x string) error {
	gone := o.master()
	if x != "" {
		m, err := o.instance(x)
		if err != nil {
			return err
		}
		gone = o.override(m)
	}
	if gone == nil {
		return errors.New("there is none")
	}
	o.root.children = slices.DeleteFunc(o.root.children, func(c *component) bool { return c == gone })
	return nil
}

// exclude adds an EXDATE to c, or removes it.
func (o *editing) exclude(c *component, add bool, x string) error {
	m, err := o.instance(x)
	if err != nil {
		return err
	}
	p, err := o.naming("EXDATE", m)
	if err != nil {
		return err
	}
	if add {
		c.props = append(c.props, p)
		return nil
	}
	if c.drop(func(p *property) bool { return p.name == "EXDATE" && o.holds(p, m) }) == 0 {
		return errors.New("there is none")
	}
	return nil
}
