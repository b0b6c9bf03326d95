package caldav

import (
	"strings"

	"convene/caldav/dav"
	"convene/ical"
)

// dataRequest is a CALDAV:calendar-data in a request (RFC 4791 section 9.6): how a client wants to have the data of objects.
type dataRequest struct {
	Selection       *ical.Selection // nil: everything
	Expand          *ical.Range     // instances in it, instead of what recurs
	LimitRecurrence *ical.Range     // only the overrides that bear on it
	LimitFreeBusy   *ical.Range     // only the FREEBUSY periods that overlap it
}

// whole says whether the data is wanted as it is.
func (d *dataRequest) whole() bool {
	return d.Selection == nil && d.Expand == nil && d.LimitRecurrence == nil && d.LimitFreeBusy == nil
}

// parseDataRequest reads a CALDAV:calendar-data. Media types other than iCalendar get CALDAV:supported-calendar-data (RFC 4791 section
// 7.8), what is wrong in itself a 400.
func parseDataRequest(e *dav.Element) (*dataRequest, error) {
	mediaType, _ := e.Attr("content-type")
	version, _ := e.Attr("version")
	mediaType, _, _ = strings.Cut(mediaType, ";")
	if mediaType != "" && !strings.EqualFold(strings.TrimSpace(mediaType), "text/calendar") || version != "" && version != "2.0" {
		return nil, forbidden(dav.CalDAV("supported-calendar-data"), "calendar data is sent as text/calendar version 2.0, not as %.40q version %.40q", mediaType, version)
	}
	d := new(dataRequest)
	for _, c := range e.Children {
		var err error
		switch c.Name {
		case dav.CalDAV("comp"):
			if d.Selection != nil {
				return nil, badRequest("a CALDAV:calendar-data has two CALDAV:comp")
			}
			d.Selection, err = parseSelection(c)
			if err == nil && d.Selection.Name != "VCALENDAR" {
				err = badRequest("the outermost CALDAV:comp is that of VCALENDAR, not of %.40s", d.Selection.Name)
			}
		case dav.CalDAV("expand"):
			d.Expand, err = parseClosedRange(c)
		case dav.CalDAV("limit-recurrence-set"):
			d.LimitRecurrence, err = parseClosedRange(c)
		case dav.CalDAV("limit-freebusy-set"):
			d.LimitFreeBusy, err = parseClosedRange(c)
		}
		if err != nil {
			return nil, err
		}
	}
	if d.Expand != nil && d.LimitRecurrence != nil {
		return nil, badRequest("a CALDAV:calendar-data has both CALDAV:expand and CALDAV:limit-recurrence-set")
	}
	if s := d.Selection; s != nil && s.AllProps && s.AllComps {
		d.Selection = nil
	}
	return d, nil
}

// parseSelection reads a CALDAV:comp (RFC 4791 section 9.6.1). An empty one wants the whole component, as in the example of section
// 7.8.1. Where only components are named, all properties of the one around them are sent, since without VERSION and PRODID it would not
// be iCalendar; where only properties are named, no component.
func parseSelection(e *dav.Element) (*ical.Selection, error) {
	name, _ := e.Attr("name")
	if name == "" {
		return nil, badRequest("a CALDAV:comp has no name")
	}
	s := &ical.Selection{Name: strings.ToUpper(name)}
	for _, c := range e.Children {
		switch c.Name {
		case dav.CalDAV("allprop"):
			s.AllProps = true
		case dav.CalDAV("allcomp"):
			s.AllComps = true
		case dav.CalDAV("prop"):
			p, err := parsePropSelection(c)
			if err != nil {
				return nil, err
			}
			s.Props = append(s.Props, p)
		case dav.CalDAV("comp"):
			inner, err := parseSelection(c)
			if err != nil {
				return nil, err
			}
			s.Comps = append(s.Comps, inner)
		}
	}
	if s.Props == nil && !s.AllProps {
		s.AllComps = s.AllComps || s.Comps == nil
		s.AllProps = true
	}
	return s, nil
}

// parsePropSelection reads a CALDAV:prop (RFC 4791 section 9.6.4).
func parsePropSelection(e *dav.Element) (ical.PropSelection, error) {
	name, _ := e.Attr("name")
	if name == "" {
		return ical.PropSelection{}, badRequest("a CALDAV:prop has no name")
	}
	noValue, _ := e.Attr("novalue")
	return ical.PropSelection{Name: strings.ToUpper(name), NoValue: noValue == "yes"}, nil
}
