package ical

import (
	"strings"
	"time"
)

// maxUID bounds a UID in octets; RFC 7986 section 5.3 recommends 255 at most.
const maxUID = 1024

// check fills in o from its calendar and refuses what RFC 4791 section 4.1 forbids.
func (o *Object) check() *Error {
	if p := o.Calendar.Prop("METHOD"); p != nil && o.Method == "" {
		return fail(InvalidObject, p.Line, "METHOD:%s: a stored calendar object has no METHOD", p.Value)
	}
	if p := o.Calendar.Prop("CALSCALE"); p != nil && !strings.EqualFold(strings.TrimSpace(p.Value), "GREGORIAN") {
		return fail(InvalidData, p.Line, "CALSCALE:%s: only GREGORIAN is supported", p.Value)
	}
	o.Parts = make([]*Component, 0, len(o.Calendar.Children))
	for _, c := range o.Calendar.Children {
		if c.Name == "VTIMEZONE" {
			continue
		}
		if err := o.addPart(c); err != nil {
			return err
		}
	}
	if len(o.Parts) == 0 {
		return fail(InvalidObject, 0, "no component besides VTIMEZONE")
	}
	return o.checkRecurrenceIDs()
}

// addPart checks c and takes it into o.Parts.
func (o *Object) addPart(c *Component) *Error {
	switch c.Name {
	case "VALARM", "STANDARD", "DAYLIGHT", "AVAILABLE": // RFC 5545 sections 3.6.5 and 3.6.6, RFC 7953 section 3.1
		return fail(InvalidObject, o.lineOf(c), "%s stands inside of another component only", c.Name)
	}
	if len(o.Parts) == 0 {
		o.Component = c.Name
	}
	if c.Name != o.Component {
		return fail(InvalidObject, o.lineOf(c), "%s beside %s: one resource holds components of one type", c.Name, o.Component)
	}
	uid, err := o.uidOf(c)
	if err != nil {
		return err
	}
	if len(o.Parts) == 0 {
		o.UID = uid
	}
	if uid != o.UID {
		return fail(InvalidObject, c.Prop("UID").Line, "UID %s beside %s: one resource holds one UID", quote(uid), quote(o.UID))
	}
	if err := o.checkDates(c); err != nil {
		return err
	}
	o.Parts = append(o.Parts, c)
	last := len(o.Parts) - 1
	if c.Prop("RECURRENCE-ID") != nil || last == 0 {
		return nil
	}
	if o.Master() != nil {
		return fail(InvalidObject, o.lineOf(c), "a second %s without RECURRENCE-ID", c.Name)
	}
	copy(o.Parts[1:], o.Parts[:last]) // the master goes first
	o.Parts[0] = c
	return nil
}

// lineOf returns the line number of c's BEGIN.
func (o *Object) lineOf(c *Component) int {
	return 1 + strings.Count(view(o.raw[:c.Start]), "\n")
}

// uidOf returns the one UID of c.
func (o *Object) uidOf(c *Component) (string, *Error) {
	p := c.Prop("UID")
	if p == nil {
		return "", fail(InvalidObject, o.lineOf(c), "%s without UID", c.Name)
	}
	uid := strings.TrimSpace(p.Text())
	switch {
	case uid == "":
		return "", fail(InvalidObject, p.Line, "UID is empty")
	case len(uid) > maxUID:
		return "", fail(InvalidObject, p.Line, "a UID of more than %d octets", maxUID)
	}
	return uid, nil
}

// onlyOnce are the properties of which a second one, if it says something else, leaves unclear what is meant
// (RFC 5545 section 3.6.1: they must not occur more than once). A second SUMMARY and the like harm nobody.
var onlyOnce = [...]string{"UID", "DTSTART", "DTEND", "DUE", "DURATION", "RECURRENCE-ID"}

// checkDates refuses c if what places it in time cannot be understood, is missing or ambiguous.
func (o *Object) checkDates(c *Component) *Error {
	var seen [len(onlyOnce)]*Property
	for i := range c.Props {
		p := &c.Props[i]
		if err := o.checkDate(p); err != nil {
			return err
		}
		for at, name := range onlyOnce {
			if p.Name != name {
				continue
			}
			if first := seen[at]; first != nil && first.Value != p.Value {
				return fail(InvalidData, p.Line, "a second %s: %s after %s", name, quote(p.Value), quote(first.Value))
			}
			seen[at] = p
		}
	}
	if c.Name == "VEVENT" && seen[1] == nil && o.Method == "" { // RFC 5545 section 3.6.1
		return fail(InvalidData, o.lineOf(c), "VEVENT without DTSTART")
	}
	for _, child := range c.Children {
		if child.Name != "AVAILABLE" { // RFC 7953 section 3.1; alarms that cannot be understood do not ring
			continue
		}
		if child.Prop("DTSTART") == nil {
			return fail(InvalidData, o.lineOf(child), "AVAILABLE without DTSTART")
		}
		if err := o.checkDates(child); err != nil {
			return err
		}
	}
	return nil
}

// checkDate refuses p if it is a date, period, duration or rule that cannot be understood.
func (o *Object) checkDate(p *Property) *Error {
	switch p.Name {
	case "DTSTART", "DTEND", "DUE", "RECURRENCE-ID":
		d, ok := parseDateTime(p.Value)
		if !ok {
			return notA("date", p, p.Value)
		}
		return checkRange(p, d)
	case "EXDATE", "RDATE":
		return o.checkList(p)
	case "FREEBUSY":
		return o.checkPeriods(p)
	case "COMPLETED":
		if _, ok := parseDateTime(p.Value); !ok {
			return notA("date", p, p.Value)
		}
	case "DURATION":
		if _, ok := parseDuration(p.Value); !ok {
			return notA("duration", p, p.Value)
		}
	}
	return nil
}

// notA is the error for a value that is not of the kind that its property asks for.
func notA(kind string, p *Property, value string) *Error {
	return fail(InvalidData, p.Line, "%s: not a %s: %s", p.Name, kind, quote(value))
}

// checkRange refuses dates before MinDate and after MaxDate.
func checkRange(p *Property, d DateTime) *Error {
	switch {
	case d.Wall.Before(MinDate):
		return fail(BeforeMinDate, p.Line, "%s: %s is before %s", p.Name, d, MinDate.Format(time.DateOnly))
	case d.Wall.After(MaxDate):
		return fail(AfterMaxDate, p.Line, "%s: %s is after %s", p.Name, d, MaxDate.Format(time.DateOnly))
	}
	return nil
}

// checkList checks the dates and periods of an EXDATE or RDATE.
func (o *Object) checkList(p *Property) *Error {
	for item := range listItems(p.Value) {
		start, _, _ := strings.Cut(item, "/")
		d, ok := parseDateTime(start)
		if !ok {
			return notA("date", p, item)
		}
		if err := checkRange(p, d); err != nil {
			return err
		}
	}
	if strings.IndexByte(p.Value, '/') >= 0 {
		return o.checkPeriods(p)
	}
	return nil
}

// checkPeriods checks the periods of a FREEBUSY or RDATE.
func (o *Object) checkPeriods(p *Property) *Error {
	for item := range listItems(p.Value) {
		if strings.IndexByte(item, '/') < 0 && p.Name == "RDATE" {
			continue
		}
		period, ok := parsePeriod(item, nil)
		if !ok {
			return notA("period", p, item)
		}
		if err := checkRange(p, period.Start); err != nil {
			return err
		}
		if err := checkRange(p, period.End); err != nil {
			return err
		}
	}
	return nil
}

// checkRecurrenceIDs refuses two overrides of one instance (RFC 4791 section 4.1: UID and RECURRENCE-ID are unique).
func (o *Object) checkRecurrenceIDs() *Error {
	if len(o.Parts) < 2 {
		return nil
	}
	seen := make(map[DateTime]bool, len(o.Parts))
	for _, c := range o.Parts {
		p := c.Prop("RECURRENCE-ID")
		if p == nil {
			continue
		}
		d := o.instance(c)
		if seen[d] {
			return fail(InvalidObject, p.Line, "a second %s with RECURRENCE-ID %s", c.Name, p.Value)
		}
		seen[d] = true
	}
	return nil
}
