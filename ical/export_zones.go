package ical

import (
	"slices"
	"strconv"
	"strings"
)

// exportZones are the VTIMEZONEs of an export: one for each zone, under one TZID each. A TZID that names an IANA zone means that
// wherever it stands. Of others each object has its own idea (Exchange calls every zone that somebody changed "Customized Time
// Zone"), so that different rules of one TZID need a TZID more.
type exportZones struct {
	taken map[string]bool   // TZIDs written
	names map[string]string // TZID and rules -> TZID in the export
	next  map[string]int    // TZID -> number for the next of its name
}

func newExportZones() exportZones {
	return exportZones{map[string]bool{}, map[string]string{}, map[string]int{}}
}

// add says under which TZID the export has a zone, and whether it has still to be written.
func (z *exportZones) add(vtimezone *Component) (name string, isNew bool) {
	tzid := tzidOf(vtimezone)
	key := tzid
	if _, known := ZoneByName(tzid); !known {
		key += "\x00" + zoneRules(vtimezone)
	}
	if name, ok := z.names[key]; ok {
		return name, false
	}
	for name = tzid; z.taken[name]; {
		z.next[tzid] = max(2, z.next[tzid]+1)
		name = tzid + " (" + strconv.Itoa(z.next[tzid]) + ")"
	}
	z.names[key], z.taken[name] = name, true
	return name, true
}

// zoneRules is all of a VTIMEZONE that has a bearing on its offsets.
func zoneRules(vtimezone *Component) string {
	var all []string
	for _, c := range vtimezone.Children {
		var rules []string
		for i := range c.Props {
			switch p := &c.Props[i]; p.Name {
			case "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE":
				rules = append(rules, p.Name+":"+strings.TrimSpace(p.Value))
			}
		}
		slices.Sort(rules)
		all = append(all, c.Name+"\n"+strings.Join(rules, "\n"))
	}
	slices.Sort(all)
	return strings.Join(all, "\n\n")
}

// renameZones returns a component with other TZIDs, as it is if it cannot be read.
func renameZones(text []byte, names map[string]string) []byte {
	c, err := parseOne(text, DefaultLimits)
	if err != nil {
		return text
	}
	e := editor{raw: text, line: func(dst []byte, in *Component, p *Property, _ bool) ([]byte, bool) {
		if in.Name == "VTIMEZONE" && p.Name == "TZID" {
			if name, ok := names[tzidOf(in)]; ok {
				return AppendLine(dst, "TZID", p.Params, EscapeText(name)), true
			}
			return dst, false
		}
		name, ok := names[strings.TrimSpace(p.Param("TZID"))]
		if !ok {
			return dst, false
		}
		params := slices.Clone(p.Params)
		for i := range params {
			if params[i].Name == "TZID" {
				params[i].Values = []string{name}
			}
		}
		return AppendLine(dst, p.Name, params, p.Value), true
	}}
	return e.component(nil, c, nil)
}
