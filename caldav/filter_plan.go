package caldav

import "convene/ical"

// Plan says which part of a filter the database answers from what it keeps of each object.
type Plan struct {
	Component string     // of the objects that can match; "": any
	Range     ical.Range // that they overlap, if HasRange
	HasRange  bool
	UID       string // that they have; "": any
	Exact     bool   // all that Component and Range leave do match; otherwise Match has to be asked

	uids []*TextMatch
}

// MayMatch says whether an object with this UID can match, before it is parsed.
func (p *Plan) MayMatch(uid string) bool {
	for _, t := range p.uids {
		if !t.matches(uid) {
			return false
		}
	}
	return true
}

// Plan finds what the database can do.
func (f *Filter) Plan() Plan {
	calendar := &f.Calendar
	if calendar.IsNotDefined { // never true, which is for Match to say
		return Plan{}
	}
	if len(calendar.Comps) == 0 {
		return Plan{Exact: len(calendar.Props) == 0}
	}
	if calendar.AnyOf && len(calendar.Comps)+len(calendar.Props) > 1 {
		return Plan{}
	}
	for i := range calendar.Comps {
		if c := &calendar.Comps[i]; !c.IsNotDefined && isObjectComponent(c.Name) {
			p := c.plan()
			p.Exact = p.Exact && len(calendar.Comps)+len(calendar.Props) == 1
			return p
		}
	}
	return Plan{}
}

// isObjectComponent says whether the database knows of an object that it is of that component. Others can be inside of any object, as
// VTIMEZONE is.
func isObjectComponent(name string) bool {
	switch name {
	case "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY":
		return true
	}
	return false
}

// plan finds what the database can do for a filter on the component that the object is of.
func (f *CompFilter) plan() Plan {
	p := Plan{Component: f.Name}
	others := len(f.Props) + len(f.Comps)
	if f.AnyOf && others > 0 && (f.TimeRange != nil || others > 1) {
		return p
	}
	p.Exact = others == 0
	if f.TimeRange != nil {
		p.Range, p.HasRange = *f.TimeRange, true
	}
	for i := range f.Props {
		u := &f.Props[i]
		if u.Name != "UID" || u.IsNotDefined || u.TimeRange != nil || len(u.Texts) != 1 || u.AnyOf && len(u.Params) > 0 {
			continue
		}
		t := &u.Texts[0]
		p.uids = append(p.uids, t)
		if t.Type == Equals && t.Collation == Octet && !t.Negate {
			p.UID = t.Text
		}
	}
	return p
}
