package itip

import (
	"strings"

	"convene/ical"
)

// Expand returns o with an ATTENDEE for each member of the groups that are invited in it, beside that of the group: with MEMBER naming
// the group (RFC 5545 section 3.2.11) and the ROLE and RSVP that the group has. Who is invited already is not invited twice, and the
// organizer not at all. The group itself is written SCHEDULE-AGENT=NONE, as its members get the messages. groups holds the members by the
// address of the group; an address that is not in it is no group.
func Expand(o *ical.Object, people People, groups map[Address][]Address) []byte {
	ctx := Context{People: people}
	x := read(o)
	var e edits
	for i := range x.parts {
		p := &x.parts[i]
		there := make(map[Address]bool)
		for person := range ctx.attendees(p) {
			there[person] = true
		}
		if organizer, err := x.organizer(people); err == nil && organizer != nil {
			there[people.ofProperty(organizer)] = true
		}
		for prop := range p.AllProps("ATTENDEE") {
			group := ParseAddress(prop.Value)
			members, ok := groups[group]
			if !ok {
				continue
			}
			var lines []byte
			for _, member := range members {
				if person := people.Of(member); !there[person] {
					there[person] = true
					lines = append(lines, memberLine(prop, group, member)...)
				}
			}
			if params := groupParams(prop); !sameParams(params, prop.Params) {
				e.replace(prop, lineOf(prop, params))
			}
			if lines != nil {
				e.insert(tailOf(o.Raw(), p.Component), lines)
			}
		}
	}
	return e.apply(o.Raw())
}

// groupParams returns the parameters of a group whose members are invited.
func groupParams(p *ical.Property) []ical.Param {
	params := p.Params
	if !strings.EqualFold(p.Param("CUTYPE"), "GROUP") {
		params = with(params, "CUTYPE", "GROUP")
	}
	return with(params, "SCHEDULE-AGENT", "NONE")
}

// memberLine returns the ATTENDEE of a member of group, which is invited by p.
func memberLine(p *ical.Property, group, member Address) []byte {
	var params []ical.Param
	for _, name := range [...]string{"ROLE", "RSVP"} {
		if value := p.Param(name); value != "" {
			params = with(params, name, value)
		}
	}
	params = with(with(params, "PARTSTAT", "NEEDS-ACTION"), "MEMBER", string(group))
	return ical.AppendLine(nil, "ATTENDEE", params, string(member))
}
