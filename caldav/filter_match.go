package caldav

import (
	"context"
	"time"

	"convene/ical"
)

// Match says whether obj is one that f is about. Floating times and dates are taken in the zone floating. Errors are those of ical, for
// objects that cannot be expanded, and of ctx.
func (f *Filter) Match(ctx context.Context, obj *ical.Object, floating *time.Location) (bool, error) {
	m := matcher{ctx: ctx, obj: obj, floating: floating}
	ok := m.comp(&f.Calendar, obj.Calendar)
	return ok && m.err == nil, m.err
}

// matcher holds a filter against an object.
type matcher struct {
	ctx      context.Context
	obj      *ical.Object
	floating *time.Location
	err      error // the first; what is answered after it does not count
}

// conditions joins the answers to several conditions: all of them or with anyOf one of them has to hold.
type conditions struct {
	anyOf   bool
	asked   bool
	decided bool
}

// add takes an answer and says whether the others do not count any more.
func (c *conditions) add(holds bool) (decided bool) {
	c.asked = true
	c.decided = c.decided || holds == c.anyOf
	return c.decided
}

// hold is the joint answer; without any condition they hold.
func (c *conditions) hold() bool { return !c.asked || c.decided == c.anyOf }

// comp holds a comp-filter against the component c, which has its name.
func (m *matcher) comp(f *CompFilter, c *ical.Component) bool {
	if f.IsNotDefined {
		return false
	}
	all := conditions{anyOf: f.AnyOf}
	for i := range f.Props {
		if all.add(m.props(&f.Props[i], c)) {
			return all.hold()
		}
	}
	for i := range f.Comps {
		if all.add(m.comps(&f.Comps[i], c)) {
			return all.hold()
		}
	}
	if f.TimeRange != nil { // the last, as it costs most
		all.add(m.overlaps(f, c))
	}
	return all.hold()
}

// comps holds a comp-filter against all components of its name in c.
func (m *matcher) comps(f *CompFilter, c *ical.Component) bool {
	none := true
	for _, child := range c.Children {
		if child.Name != f.Name {
			continue
		}
		none = false
		if m.err == nil && m.comp(f, child) {
			return true
		}
	}
	return none && f.IsNotDefined
}

// overlaps says whether an instance of the component c overlaps the time range of f.
func (m *matcher) overlaps(f *CompFilter, c *ical.Component) bool {
	if m.err != nil {
		return false
	}
	var ok bool
	if c.Name == "VALARM" {
		ok, m.err = m.obj.AlarmOverlaps(m.ctx, *f.TimeRange, m.floating)
		return ok
	}
	ok, m.err = m.obj.Overlaps(m.ctx, c.Name, *f.TimeRange, m.floating)
	if !ok || m.err != nil || len(m.obj.Parts) < 2 || len(f.Props)+len(f.Comps) == 0 {
		return ok
	}
	return m.partOverlaps(c, *f.TimeRange)
}

// partOverlaps says whether it is c that an instance in r comes from, where an object has several components and other conditions are
// on the same one.
func (m *matcher) partOverlaps(c *ical.Component, r ical.Range) bool {
	instances, err := m.obj.Instances(m.ctx, r, m.floating, ical.ExpandLimits{})
	if err != nil {
		if m.err = m.ctx.Err(); m.err != nil {
			return false
		}
		return true // too many to tell: rather too much than too little
	}
	for i := range instances {
		if instances[i].Part == c {
			return true
		}
	}
	return false
}

// props holds a prop-filter against all properties of its name in c.
func (m *matcher) props(f *PropFilter, c *ical.Component) bool {
	none := true
	for p := range c.AllProps(f.Name) {
		if f.IsNotDefined {
			return false
		}
		none = false
		if m.prop(f, p) {
			return true
		}
	}
	if none && f.TimeRange != nil && len(f.Texts)+len(f.Params) == 0 {
		return m.endOverlaps(c, f.Name, *f.TimeRange)
	}
	return none && f.IsNotDefined
}

// prop holds a prop-filter against one property.
func (m *matcher) prop(f *PropFilter, p *ical.Property) bool {
	all := conditions{anyOf: f.AnyOf}
	if f.TimeRange != nil && all.add(m.valueOverlaps(p, *f.TimeRange)) {
		return all.hold()
	}
	for i := range f.Texts {
		if all.add(f.Texts[i].matchesProperty(p)) {
			return all.hold()
		}
	}
	for i := range f.Params {
		if all.add(f.Params[i].matches(p)) {
			return all.hold()
		}
	}
	return all.hold()
}

// matchesProperty holds the text against the value of p; of a list, a whole element may be what is looked for too.
func (t *TextMatch) matchesProperty(p *ical.Property) bool {
	if t.Type != Contains && (p.Name == "CATEGORIES" || p.Name == "RESOURCES") {
		return t.matches(append(p.TextList(), p.Text())...)
	}
	return t.matches(p.Text())
}

func (f *ParamFilter) matches(p *ical.Property) bool {
	for i := range p.Params {
		if p.Params[i].Name != f.Name {
			continue
		}
		return !f.IsNotDefined && (f.Text == nil || f.Text.matches(p.Params[i].Values...))
	}
	return f.IsNotDefined
}

// valueOverlaps says whether a value of p is in r (the end of RFC 4791 section 9.9); a date is the start of its day. For periods, of
// which the RFC says nothing, it says whether they overlap. Values that are none of these are not in it.
func (m *matcher) valueOverlaps(p *ical.Property, r ical.Range) bool {
	if p.Name == "FREEBUSY" || p.Param("VALUE") == "PERIOD" {
		periods, err := m.obj.Periods(p)
		for _, period := range periods {
			start, end := period.Start.In(m.floating), period.End.In(m.floating)
			if err == nil && (r.Start.IsZero() || end.After(r.Start)) && (r.End.IsZero() || start.Before(r.End)) {
				return true
			}
		}
		return false
	}
	values, err := m.obj.DateTimes(p)
	for _, v := range values {
		if err == nil && within(r, v.In(m.floating)) {
			return true
		}
	}
	return false
}

// endOverlaps says whether the end that a DTSTART and a DURATION stand for instead of the DTEND or DUE called name is in r
// (the end of RFC 4791 section 9.9).
func (m *matcher) endOverlaps(c *ical.Component, name string, r ical.Range) bool {
	if name != "DTEND" && name != "DUE" || (name == "DUE") != (c.Name == "VTODO") {
		return false
	}
	start, length := c.Prop("DTSTART"), c.Prop("DURATION")
	if start == nil || length == nil {
		return false
	}
	from, err := m.obj.DateTimes(start)
	if err != nil || len(from) == 0 {
		return false
	}
	duration, err := ical.ParseDuration(length.Value)
	return err == nil && within(r, from[0].Add(duration).In(m.floating))
}

func within(r ical.Range, t time.Time) bool {
	return (r.Start.IsZero() || !t.Before(r.Start)) && (r.End.IsZero() || t.Before(r.End))
}
