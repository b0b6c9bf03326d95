package ical

import (
	"slices"
	"strings"
)

// sameShared says whether o and other differ only in what is personal, in when they were changed, in the program that wrote them,
// and in how they are written: order, folds, parameters in another order, VTIMEZONEs of zones that everybody knows.
func (o *Object) sameShared(other *Object) bool {
	if len(o.Parts) != len(other.Parts) || o.UID != other.UID {
		return false
	}
	parts := make(map[DateTime]*Component, len(other.Parts))
	for _, c := range other.Parts {
		parts[other.instance(c)] = c
	}
	for _, c := range o.Parts {
		match := parts[o.instance(c)]
		if match == nil || o.shared(c, true) != other.shared(match, true) {
			return false
		}
	}
	calendar, others := Component{Props: o.Calendar.Props}, Component{Props: other.Calendar.Props}
	return o.shared(&calendar, true) == other.shared(&others, true) && o.sameZones(other)
}

// sameZones says whether the TZIDs that o uses mean the same in other.
func (o *Object) sameZones(other *Object) bool {
	tzids := make(map[string]bool)
	for _, c := range o.Parts {
		addTZIDs(tzids, c)
	}
	for tzid := range tzids {
		if _, known := ZoneByName(tzid); known {
			continue
		}
		a, b := o.vtimezone(tzid), other.vtimezone(tzid)
		if (a == nil) != (b == nil) || a != nil && (zoneRules(a) != zoneRules(b) || location(a) != location(b)) {
			return false
		}
	}
	return true
}

// location returns the X-LIC-LOCATION of a VTIMEZONE.
func location(vtimezone *Component) string {
	if p := vtimezone.Prop("X-LIC-LOCATION"); p != nil {
		return p.Value
	}
	return ""
}

// shared returns c without what is personal and what changes by itself, in one order; outer says that it is not in another
// component.
func (o *Object) shared(c *Component, outer bool) string {
	all := make([]string, 0, len(c.Props)+len(c.Children))
	for i := range c.Props {
		switch p := &c.Props[i]; p.Name {
		case "DTSTAMP", "LAST-MODIFIED", "VERSION", "PRODID", "CALSCALE":
		case "RECURRENCE-ID": // found by it, however it is written
			if !outer {
				all = append(all, p.normal())
			} else {
				all = append(all, "RANGE="+strings.ToUpper(p.Param("RANGE")))
			}
		case "TRANSP":
			if !outer {
				all = append(all, p.normal())
			}
		default:
			if !outer || !isNote(p.Name) {
				all = append(all, p.normal())
			}
		}
	}
	for _, child := range c.Children {
		if !outer || child.Name != "VALARM" {
			all = append(all, "BEGIN:"+child.Name+"\n"+o.shared(child, false))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

// normal returns the property on one line, its parameters in order.
func (p *Property) normal() string {
	if len(p.Params) == 0 {
		return p.Name + ":" + p.Value
	}
	params := make([]string, len(p.Params))
	for i, param := range p.Params {
		params[i] = param.Name + "=" + strings.Join(param.Values, "\n,")
	}
	slices.Sort(params)
	return p.Name + "\n;" + strings.Join(params, "\n;") + "\n:" + p.Value
}
