package scenario

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"convene/ical"
)

// calendar is a calendar object as text, to be looked at and changed.
type calendar struct {
	root *component // the VCALENDAR
	raw  string
}

func parseCalendar(raw string) (*calendar, error) {
	top, err := parseComponents(unfold(raw))
	if err != nil {
		return nil, err
	}
	if len(top.children) != 1 || top.children[0].name != "VCALENDAR" {
		return nil, fmt.Errorf("no VCALENDAR: %q", raw)
	}
	return &calendar{top.children[0], raw}, nil
}

// parts are the components other than VTIMEZONE.
func (c *calendar) parts() []*component {
	var parts []*component
	for _, child := range c.root.children {
		if child.name != "VTIMEZONE" {
			parts = append(parts, child)
		}
	}
	return parts
}

// master returns the component without RECURRENCE-ID, or nil.
func (c *calendar) master() *component {
	for _, part := range c.parts() {
		if part.first("RECURRENCE-ID") == nil {
			return part
		}
	}
	return nil
}

func (c *calendar) String() string {
	var b strings.Builder
	c.root.write(&b)
	return b.String()
}

// When VTIMEZONEs have to be right: from the first of the RFCs' examples on.
var (
	zonesFrom = time.Date(1997, 1, 1, 0, 0, 0, 0, time.UTC)
	zonesTo   = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
)

// addZones puts in the VTIMEZONEs of all TZIDs that have none and are names of zones.
func (c *calendar) addZones() error {
	have := map[string]bool{}
	for _, child := range c.root.children {
		if id := child.first("TZID"); child.name == "VTIMEZONE" && id != nil {
			have[id.value] = true
		}
	}
	var zones []*component
	for _, part := range c.parts() {
		for _, p := range part.props {
			id, ok := p.param("TZID")
			if !ok || have[id] {
				continue
			}
			have[id] = true
			raw, err := ical.AppendVTimezone(nil, id, zonesFrom, zonesTo)
			if err != nil {
				return err
			}
			zone, err := parseComponents(unfold(string(raw)))
			if err != nil {
				return err
			}
			zones = append(zones, zone.children...)
		}
	}
	c.root.children = append(zones, c.root.children...)
	return nil
}

// zone returns where the times of a property are, nil for floating ones.
func (c *calendar) zone(p *property) *time.Location {
	if strings.HasSuffix(p.value, "Z") {
		return time.UTC
	}
	id, ok := p.param("TZID")
	if !ok {
		return nil
	}
	if loc, ok := ical.ZoneByName(id); ok {
		return loc
	}
	if o, err := ical.ParseObject([]byte(c.String()), ical.Limits{}); err == nil {
		return o.Zone(id)
	}
	return nil
}

// A moment is a DATE or DATE-TIME: the clock as written, and where.
type moment struct {
	clock time.Time // as if it were UTC
	date  bool
	zone  *time.Location // nil: floating
}

var timeForms = []string{"20060102T150405Z", "20060102T150405", "20060102"}

// parseMoment reads one value in a zone.
func parseMoment(value string, zone *time.Location) (moment, error) {
	for i, form := range timeForms {
		if t, err := time.Parse(form, value); err == nil {
			if i == 0 {
				zone = time.UTC
			}
			return moment{t, i == 2, zone}, nil
		}
	}
	return moment{}, fmt.Errorf("not a time: %q", value)
}

// instant is the moment as a point in time; floating ones are taken as UTC.
func (m moment) instant() time.Time {
	zone := m.zone
	if zone == nil {
		zone = time.UTC
	}
	c := m.clock
	return time.Date(c.Year(), c.Month(), c.Day(), c.Hour(), c.Minute(), c.Second(), 0, zone)
}

// in returns the moment by the clock of another zone.
func (m moment) in(zone *time.Location) moment {
	if m.zone == nil || zone == nil || m.date {
		return m
	}
	t := m.instant().In(zone)
	return moment{time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC), false, zone}
}

var instanceForm = regexp.MustCompile(`^\d{8}(T\d{6}Z?)?$`)

// start returns the property that says how instances of the series are written: the DTSTART of the master, or of what has none, or
// where there is no master the RECURRENCE-ID of an override.
func (c *calendar) start() (*property, error) {
	part, names := c.master(), []string{"DTSTART", "DUE"}
	if part == nil && len(c.parts()) > 0 {
		part, names = c.parts()[0], []string{"RECURRENCE-ID"}
	}
	for _, name := range names {
		if part != nil && part.first(name) != nil {
			return part.first(name), nil
		}
	}
	return nil, fmt.Errorf("no DTSTART that instances could be named after")
}

// instance returns the moment that x, written as in "[x]", means in this object.
func (c *calendar) instance(x string) (moment, error) {
	start, err := c.start()
	if err != nil {
		return moment{}, err
	}
	first, err := parseMoment(start.value, c.zone(start))
	if err != nil {
		return moment{}, err
	}
	m, err := parseMoment(x, first.zone)
	if err != nil {
		return m, err
	}
	if m.date && !first.date {
		y, mo, d := m.clock.Date()
		return moment{time.Date(y, mo, d, first.clock.Hour(), first.clock.Minute(), first.clock.Second(), 0, time.UTC), false, first.zone}, nil
	}
	return m.in(first.zone), nil
}

// naming writes a property that names an instance the way the series' DTSTART is written.
func (c *calendar) naming(name string, m moment) (*property, error) {
	start, err := c.start()
	if err != nil {
		return nil, err
	}
	p := &property{name: name, value: format(m)}
	for _, param := range start.params {
		if param.name == "TZID" || param.name == "VALUE" {
			p.params = append(p.params, param)
		}
	}
	return p, nil
}

func format(m moment) string {
	switch {
	case m.date:
		return m.clock.Format("20060102")
	case m.zone == time.UTC:
		return m.clock.Format("20060102T150405Z")
	}
	return m.clock.Format("20060102T150405")
}

// holds says whether one of the values of p, a date property, is the instance m.
func (c *calendar) holds(p *property, m moment) bool {
	for _, value := range strings.Split(p.value, ",") {
		value, _, _ = strings.Cut(value, "/")
		got, err := parseMoment(value, c.zone(p))
		if err != nil {
			continue
		}
		if got.date || m.date {
			if got.clock.Format("20060102") == m.clock.Format("20060102") {
				return true
			}
		} else if got.instant().Equal(m.instant()) {
			return true
		}
	}
	return false
}

// override returns the component of an instance, or nil.
func (c *calendar) override(m moment) *component {
	for _, part := range c.parts() {
		if id := part.first("RECURRENCE-ID"); id != nil && c.holds(id, m) {
			return part
		}
	}
	return nil
}

// at returns what says what takes place at an instance: its override or the master; nil if nothing does.
func (c *calendar) at(ctx context.Context, m moment) (*component, error) {
	part := c.override(m)
	if part == nil {
		if part = c.master(); part == nil {
			return nil, nil
		}
		for _, p := range part.all("EXDATE") {
			if c.holds(p, m) {
				return nil, nil
			}
		}
		if there, err := c.recurs(ctx, m); err != nil || !there {
			return nil, err
		}
	}
	if status := part.first("STATUS"); status != nil && strings.EqualFold(status.value, "CANCELLED") {
		return nil, nil
	}
	return part, nil
}

// recurs says whether the rules of the series make the instance.
func (c *calendar) recurs(ctx context.Context, m moment) (bool, error) {
	plain := &calendar{root: c.root.clone()} // a message has a METHOD, which a stored object may not have
	plain.root.drop(func(p *property) bool { return p.name == "METHOD" })
	o, err := ical.ParseObject([]byte(plain.String()), ical.Limits{})
	if err != nil {
		return false, err
	}
	at := m.instant()
	list, err := o.Instances(ctx, ical.Range{Start: at.Add(-time.Hour), End: at.Add(25 * time.Hour)}, time.UTC, ical.ExpandLimits{})
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(list, func(i ical.Instance) bool { return i.RecurrenceID.In(time.UTC).Equal(at) }), nil
}
