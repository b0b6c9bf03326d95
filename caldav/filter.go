package caldav

import (
	"strings"

	"convene/caldav/dav"
	"convene/ical"
)

// Filter is a CALDAV:filter (RFC 4791 section 9.7), which says which objects a calendar-query is about.
type Filter struct {
	Calendar CompFilter // on the VCALENDAR
}

// CompFilter is a CALDAV:comp-filter (RFC 4791 section 9.7.1).
type CompFilter struct {
	Name         string // upper case
	IsNotDefined bool
	TimeRange    *ical.Range
	Props        []PropFilter
	Comps        []CompFilter
	AnyOf        bool // test="anyof", an extension of Cyrus: one of the conditions is enough
}

// PropFilter is a CALDAV:prop-filter (RFC 4791 section 9.7.2).
type PropFilter struct {
	Name         string // upper case
	IsNotDefined bool
	TimeRange    *ical.Range
	Texts        []TextMatch // more than one, or one beside a time range, only with the attribute test
	Params       []ParamFilter
	AnyOf        bool
}

// ParamFilter is a CALDAV:param-filter (RFC 4791 section 9.7.3).
type ParamFilter struct {
	Name         string // upper case
	IsNotDefined bool
	Text         *TextMatch // nil: the parameter has to be there
}

// Bounds of a CALDAV:filter, which is held against each object.
const (
	maxConditions  = 500 // filters, texts and time ranges together
	maxFilterDepth = 8   // comp-filters inside each other, which is as deep as objects are
)

var (
	nameCompFilter   = dav.CalDAV("comp-filter")
	namePropFilter   = dav.CalDAV("prop-filter")
	nameParamFilter  = dav.CalDAV("param-filter")
	nameTextMatch    = dav.CalDAV("text-match")
	nameTimeRange    = dav.CalDAV("time-range")
	nameIsNotDefined = dav.CalDAV("is-not-defined")

	conditionValidFilter     = dav.CalDAV("valid-filter")
	conditionSupportedFilter = dav.CalDAV("supported-filter")
)

// parseFilter reads a CALDAV:filter. Errors are those of RFC 4791 section 7.8: CALDAV:valid-filter for what makes no sense,
// CALDAV:supported-filter for what is not known here, CALDAV:supported-collation.
func parseFilter(e *dav.Element) (*Filter, error) {
	if e == nil {
		return nil, invalidFilter("a calendar-query needs a CALDAV:filter")
	}
	p := filterParser{left: maxConditions}
	var calendar *dav.Element
	err := p.children(e, func(c *dav.Element) error {
		if c.Name != nameCompFilter || calendar != nil {
			return invalidFilter("a CALDAV:filter has exactly one CALDAV:comp-filter, that of VCALENDAR")
		}
		calendar = c
		return nil
	})
	if err != nil {
		return nil, err
	}
	if calendar == nil {
		return nil, invalidFilter("the CALDAV:filter is empty")
	}
	f := new(Filter)
	return f, p.comp(&f.Calendar, calendar, "")
}

func invalidFilter(format string, args ...any) error {
	return forbidden(conditionValidFilter, format, args...)
}

// filterParser reads a CALDAV:filter.
type filterParser struct {
	left  int // conditions that may still come
	depth int // comp-filters around
}

// children calls fn for the children of e that are of CalDAV; others are passed over as RFC 4918 section 17 demands.
func (p *filterParser) children(e *dav.Element, fn func(*dav.Element) error) error {
	for _, c := range e.Children {
		if c.Name.Space != dav.NSCalDAV {
			continue
		}
		if p.left--; p.left < 0 {
			return forbidden(conditionSupportedFilter, "the filter has more than %d conditions", maxConditions)
		}
		if err := fn(c); err != nil {
			return err
		}
	}
	return nil
}

// filterName returns the upper case name that a filter is about, and whether it says test="anyof".
func filterName(e *dav.Element) (name string, anyOf bool, err error) {
	name, _ = e.Attr("name")
	if name = strings.ToUpper(name); name == "" {
		return "", false, invalidFilter("a CALDAV:%s has no name", e.Name.Local)
	}
	test, _ := e.Attr("test")
	switch test {
	case "", "allof":
		return name, false, nil
	case "anyof":
		return name, true, nil
	}
	return "", false, invalidFilter("test is %.40q, but can be allof or anyof", test)
}

// comp reads a comp-filter inside the one called parent, "" for none.
func (p *filterParser) comp(f *CompFilter, e *dav.Element, parent string) (err error) {
	if f.Name, f.AnyOf, err = filterName(e); err != nil {
		return err
	}
	if !mayContain(parent, f.Name) {
		if parent == "" {
			return invalidFilter("the outermost CALDAV:comp-filter is that of VCALENDAR, not of %.40s", f.Name)
		}
		return invalidFilter("a %.40s cannot be in a %.40s", f.Name, parent)
	}
	if p.depth++; p.depth > maxFilterDepth {
		return forbidden(conditionSupportedFilter, "more than %d components inside each other", maxFilterDepth)
	}
	defer func() { p.depth-- }()
	err = p.children(e, func(c *dav.Element) error {
		switch c.Name {
		case nameIsNotDefined:
			f.IsNotDefined = true
		case nameTimeRange:
			if f.TimeRange, err = p.compRange(c, f); err != nil {
				return err
			}
		case namePropFilter:
			f.Props = append(f.Props, PropFilter{})
			return p.prop(&f.Props[len(f.Props)-1], c)
		case nameCompFilter:
			f.Comps = append(f.Comps, CompFilter{})
			return p.comp(&f.Comps[len(f.Comps)-1], c, f.Name)
		default:
			return unexpected(c, e)
		}
		return nil
	})
	if err == nil && f.IsNotDefined && (f.TimeRange != nil || f.Props != nil || f.Comps != nil) {
		return notAlone(f.Name)
	}
	return err
}

func unexpected(c, in *dav.Element) error {
	return invalidFilter("a CALDAV:%.40s cannot be in a CALDAV:%s", c.Name.Local, in.Name.Local)
}

func notAlone(name string) error {
	return invalidFilter("a filter on %.40s has CALDAV:is-not-defined beside other conditions", name)
}

// mayContain says whether the component called name may be right inside the one called parent, as far as the standards have them.
func mayContain(parent, name string) bool {
	switch name {
	case "VCALENDAR":
		return parent == ""
	case "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE", "VAVAILABILITY":
		return parent == "VCALENDAR"
	case "VALARM":
		return parent != "" && parent != "VCALENDAR" && parent != "VTIMEZONE" && parent != "VFREEBUSY"
	}
	return parent != ""
}

// hasTimeRange says whether a CALDAV:time-range on a component has a meaning (RFC 4791 section 9.9).
func hasTimeRange(component string) bool {
	switch component {
	case "VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM":
		return true
	}
	return false
}

func (p *filterParser) compRange(e *dav.Element, f *CompFilter) (*ical.Range, error) {
	switch {
	case f.TimeRange != nil:
		return nil, invalidFilter("two time ranges on one %.40s", f.Name)
	case f.Name == "VCALENDAR" || f.Name == "VTIMEZONE":
		return nil, invalidFilter("a %s has no place in time", f.Name)
	case !hasTimeRange(f.Name):
		answer := dav.Fail(403, conditionSupportedFilter, "time ranges on %.40s are not known here", f.Name)
		var b dav.Buffer
		b.EmptyAttrs(nameCompFilter, "name", f.Name)
		answer.Inner = string(b.B)
		return nil, answer
	}
	return filterRange(e)
}

// filterRange reads a time range; what is wrong with it makes the filter invalid.
func filterRange(e *dav.Element) (*ical.Range, error) {
	r, err := parseTimeRange(e)
	if err != nil {
		if answer := toDAV(err); answer.Condition == (dav.Name{}) {
			return nil, invalidFilter("%s", answer.Detail)
		}
		return nil, err
	}
	return &r, nil
}

// prop reads a prop-filter.
func (p *filterParser) prop(f *PropFilter, e *dav.Element) (err error) {
	if f.Name, f.AnyOf, err = filterName(e); err != nil {
		return err
	}
	err = p.children(e, func(c *dav.Element) error {
		switch c.Name {
		case nameIsNotDefined:
			f.IsNotDefined = true
		case nameTimeRange:
			if f.TimeRange != nil || !isDateProperty(f.Name) {
				return invalidFilter("a time range on %.40s, or a second one", f.Name)
			}
			f.TimeRange, err = filterRange(c)
			return err
		case nameTextMatch:
			t, err := parseTextMatch(c)
			f.Texts = append(f.Texts, t)
			return err
		case nameParamFilter:
			f.Params = append(f.Params, ParamFilter{})
			return p.param(&f.Params[len(f.Params)-1], c)
		default:
			return unexpected(c, e)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if _, extended := e.Attr("test"); !extended && len(f.Texts) > 0 && (f.TimeRange != nil || len(f.Texts) > 1) {
		return invalidFilter("a filter on %.40s has more than one of text and time range, and does not say test=\"allof\" or \"anyof\"", f.Name)
	}
	if f.IsNotDefined && (f.TimeRange != nil || f.Texts != nil || f.Params != nil) {
		return notAlone(f.Name)
	}
	return nil
}

// isDateProperty says whether a property can have values with a place in time, which those of unknown ones may.
func isDateProperty(name string) bool {
	switch name {
	case "COMPLETED", "CREATED", "DTEND", "DTSTAMP", "DTSTART", "DUE", "EXDATE", "LAST-MODIFIED", "RDATE", "RECURRENCE-ID",
		"FREEBUSY", "TRIGGER", "ACKNOWLEDGED":
		return true
	}
	return strings.HasPrefix(name, "X-")
}

// param reads a param-filter.
func (p *filterParser) param(f *ParamFilter, e *dav.Element) (err error) {
	if f.Name, _, err = filterName(e); err != nil {
		return err
	}
	err = p.children(e, func(c *dav.Element) error {
		switch {
		case c.Name == nameIsNotDefined:
			f.IsNotDefined = true
		case c.Name == nameTextMatch && f.Text == nil:
			t, err := parseTextMatch(c)
			f.Text = &t
			return err
		default:
			return unexpected(c, e)
		}
		return nil
	})
	if err == nil && f.IsNotDefined && f.Text != nil {
		return notAlone(f.Name)
	}
	return err
}
