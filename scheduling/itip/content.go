package itip

import (
	"slices"
	"strings"
	"time"

	"convene/ical"
)

// content is what a component says to all who see it, its attendees aside, in a form that can be compared.
type content struct {
	start, end       ical.DateTime // DTSTART; DTEND, DUE, or worked out of DURATION
	rule             string        // RRULE and EXRULE
	rdates, exdates  InstanceSet
	status, location string
	comment          string
	rest             string
}

// personalProps are those that each attendee has of its own, or that say nothing about the event.
var personalProps = map[string]bool{
	"DTSTAMP": true, "LAST-MODIFIED": true, "CREATED": true, "SEQUENCE": true, "REQUEST-STATUS": true, "TRANSP": true,
	"CATEGORIES": true, "COLOR": true, "CLASS": true, "PERCENT-COMPLETE": true, "COMPLETED": true,
}

// sharedX are the properties of vendors that are part of an invitation; other X- properties are private. Of those that are false nobody
// need be told, as clients put them in by themselves.
var sharedX = map[string]bool{
	"X-ALT-DESC": true, "X-APPLE-STRUCTURED-LOCATION": false, "X-GOOGLE-CONFERENCE": true,
	"X-MICROSOFT-CDO-ALLDAYEVENT": false, "X-MICROSOFT-DISALLOW-COUNTER": false, "X-MICROSOFT-SKYPETEAMSMEETINGURL": true,
	"X-MICROSOFT-ONLINEMEETINGCONFLINK": true, "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK": true,
}

// private says whether a property of this name is nobody else's business.
func private(name string) bool {
	if !strings.HasPrefix(name, "X-") {
		return false
	}
	_, shared := sharedX[name]
	return !shared
}

// contentOf returns the content of p.
func (o *object) contentOf(p *part) *content {
	if p.content == nil {
		p.content = o.readContent(p)
	}
	return p.content
}

func (o *object) readContent(p *part) *content {
	c := &content{}
	var rules, rest []string
	for i := range p.Props {
		switch prop := &p.Props[i]; prop.Name {
		case "UID", "RECURRENCE-ID", "ATTENDEE", "ORGANIZER":
		case "DTSTART":
			c.start, _ = o.date(prop)
		case "DTEND", "DUE":
			c.end, _ = o.date(prop)
		case "DURATION":
			if d, err := ical.ParseDuration(prop.Value); err == nil {
				start, _ := o.date(p.Prop("DTSTART"))
				c.end = start.Add(d)
			}
		case "RRULE", "EXRULE":
			rules = append(rules, prop.Name+":"+ruleText(prop.Value))
		case "RDATE":
			c.rdates = o.addDates(c.rdates, prop)
		case "EXDATE":
			c.exdates = o.addDates(c.exdates, prop)
		case "STATUS":
			if c.status = strings.ToUpper(strings.TrimSpace(prop.Value)); c.status == "CONFIRMED" && p.Name == "VEVENT" {
				c.status = ""
			}
		case "LOCATION":
			c.location = strings.TrimSpace(prop.Text())
		case "COMMENT":
			c.comment += prop.Value + "\n"
		default:
			if line := contentLine(prop); line != "" {
				rest = append(rest, line)
			}
		}
	}
	rest = appendChildren(rest, p.Component)
	slices.Sort(rules)
	slices.Sort(rest)
	c.rule, c.rest = strings.Join(rules, "\n"), strings.Join(rest, "\n")
	if c.endsByDefault() {
		c.end = ical.DateTime{} // as if it were not there
	}
	return c
}

// endsByDefault says whether c ends when it would without DTEND.
func (c *content) endsByDefault() bool {
	if c.start.Date {
		return !c.end.Wall.IsZero() && c.end.Wall.Equal(c.start.Wall.AddDate(0, 0, 1))
	}
	return c.end.Wall.Equal(c.start.Wall) && c.end.Zone == c.start.Zone
}

// addDates adds those of an RDATE or EXDATE to set. Of periods their start counts.
func (o *object) addDates(set InstanceSet, p *ical.Property) InstanceSet {
	dates, err := o.DateTimes(p)
	if err != nil {
		return set
	}
	if set == nil {
		set = make(InstanceSet, len(dates))
	}
	for _, d := range dates {
		set[instanceOf(d, o.start)] = true
	}
	return set
}

// ruleText writes a rule in one way.
func ruleText(s string) string {
	if rule, err := ical.ParseRule(s); err == nil {
		return rule.String()
	}
	return strings.ToUpper(strings.TrimSpace(s))
}

// contentLine returns p in a form that can be compared, "" for what says nothing.
func contentLine(p *ical.Property) string {
	value := strings.TrimSpace(p.Value)
	switch {
	case value == "" || personalProps[p.Name] || strings.HasPrefix(p.Name, "X-") && !sharedX[p.Name]:
		return ""
	case p.Name == "PRIORITY" && value == "0":
		return ""
	}
	if len(p.Params) == 0 {
		return p.Name + ":" + value
	}
	params := make([]string, 0, len(p.Params))
	for _, param := range p.Params {
		if !strings.HasPrefix(param.Name, "X-") && param.Name != "LANGUAGE" {
			params = append(params, param.Name+"="+strings.Join(param.Values, ","))
		}
	}
	slices.Sort(params)
	return p.Name + ";" + strings.Join(params, ";") + ":" + value
}

// appendChildren appends what is nested in c, but for alarms, in a form that can be compared (RFC 9073).
func appendChildren(lines []string, c *ical.Component) []string {
	for _, child := range c.Children {
		if child.Name == "VALARM" || strings.HasPrefix(child.Name, "X-") {
			continue
		}
		lines = append(lines, "BEGIN:"+child.Name)
		for i := range child.Props {
			if line := contentLine(&child.Props[i]); line != "" {
				lines = append(lines, child.Name+"/"+line)
			}
		}
		lines = appendChildren(lines, child)
	}
	return lines
}

// words returns what c says in words, spaces aside.
func words(c *ical.Component) (all [3]string) {
	for i, name := range [...]string{"SUMMARY", "LOCATION", "DESCRIPTION"} {
		if p := c.Prop(name); p != nil {
			all[i] = strings.Join(strings.Fields(p.Text()), " ")
		}
	}
	return all
}

// at returns the content that the instance id of a series with content c has, if it is not overridden.
func (c *content) at(id Instance) *content {
	one := *c
	one.rule, one.rdates, one.exdates = "", nil, nil
	one.start, one.end = id.like(c.start), shifted(c, id)
	if c.start.Wall.IsZero() { // a task that has DUE alone
		one.start = ical.DateTime{}
	}
	return &one
}

// shifted returns the end of the instance id of a series with content c.
func shifted(c *content, id Instance) ical.DateTime {
	if c.end.Wall.IsZero() {
		return c.end
	}
	if c.start.Wall.IsZero() {
		return id.like(c.end)
	}
	start, end := id.like(c.start), c.end
	if sameZone(end.Zone, c.start.Zone) {
		end.Wall = start.Wall.Add(c.end.Wall.Sub(c.start.Wall))
		return end
	}
	at := start.In(nil).Add(c.end.In(nil).Sub(c.start.In(nil)))
	if end.Zone == nil {
		end.Wall = at
	} else {
		end.Wall = clockOf(at, end.Zone)
	}
	return end
}

// sameZone says whether a and b are the same zone: the same name, as one VTIMEZONE may be read twice.
func sameZone(a, b *time.Location) bool {
	return a == b || a != nil && b != nil && a.String() == b.String()
}

// sameTime says whether a and b mean the same; zones says that the zone counts, as in a series, beyond the instant.
func sameTime(a, b ical.DateTime, zones bool) bool {
	if a.Date != b.Date || (a.Zone == nil) != (b.Zone == nil) {
		return false
	}
	if sameZone(a.Zone, b.Zone) {
		return a.Wall.Equal(b.Wall)
	}
	return !zones && a.In(nil).Equal(b.In(nil))
}

// sameTimes says whether c and other begin and end at the same time.
func (c *content) sameTimes(other *content) bool {
	zones := c.rule != "" || len(c.rdates) > 0
	return sameTime(c.start, other.start, zones) && sameTime(c.end, other.end, zones)
}

// sameSchedule says whether c and other happen at the same times, and both or neither are cancelled or done.
func (c *content) sameSchedule(other *content) bool {
	return c.sameTimes(other) && c.rule == other.rule && sameSet(c.rdates, other.rdates) && c.status == other.status
}

// same says whether c and other say the same, EXDATE and comments aside.
func (c *content) same(other *content) bool {
	return c.sameSchedule(other) && c.location == other.location && c.rest == other.rest
}

// sameSet says whether a and b have the same members.
func sameSet(a, b InstanceSet) bool { return len(a) == len(b) && subset(a, b) }

// subset says whether b has all members of a.
func subset(a, b InstanceSet) bool {
	for i := range a {
		if !b[i] {
			return false
		}
	}
	return true
}
