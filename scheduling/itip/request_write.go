package itip

import (
	"slices"
	"strconv"
	"strings"

	"convene/ical"
)

// compose returns x with what is personal in base (nil: nothing) and with the owner's answer. p is the component that it takes the
// place of, or nil.
func (r *requesting) compose(x, p, base *part) []byte {
	var e edits
	if base != nil { // else it is the same for whomever it is
		e = r.owned(x, base)
	}
	r.main = r.main || r.differs(x, p)
	if x.id == Master {
		e.insert(bodyOf(r.in.Raw(), x.Component), r.exclude(x))
	}
	e.personal(r.in.Raw(), x.Component, r.stored, base)
	return e.within(r.in.Raw(), x.Component)
}

// owned returns the edits that put into x the owner's answer, and who schedules, as base has it.
func (r *requesting) owned(x, base *part) (e edits) {
	for own := range x.AllProps("ATTENDEE") {
		if !r.ctx.owner(own) {
			continue
		}
		a := r.answer(x, base, answerOf(own))
		params := a.put(own.Params)
		if a.partStat == "DELEGATED" && own.Param("DELEGATED-TO") == "" { // it is on its way to the organizer
			if was := r.ctx.ownerIn(base); was != nil {
				params = withList(params, "DELEGATED-TO", was)
			}
		}
		if !sameParams(params, own.Params) {
			e.replace(own, lineOf(own, params))
		}
	}
	organizer, was := x.Prop("ORGANIZER"), base.Prop("ORGANIZER")
	if organizer != nil && was != nil {
		params := organizer.Params
		for _, name := range [...]string{"SCHEDULE-AGENT", "SCHEDULE-STATUS"} {
			params = with(params, name, was.Param(name))
		}
		if !sameParams(params, organizer.Params) {
			e.replace(organizer, lineOf(organizer, params))
		}
	}
	return e
}

// differs says whether x says something else than p, or than the series where p is nil, answers and other attendees aside.
func (r *requesting) differs(x, p *part) bool {
	was, m := (*content)(nil), r.stored.master()
	switch {
	case p != nil:
		was = r.stored.contentOf(p)
	case m != nil && x.id != Master && r.stored.has(x.id):
		was = r.stored.contentOf(m).at(x.id)
	}
	now := r.in.contentOf(x)
	if x.Name == "VTODO" && was != nil && was.status != "CANCELLED" && now.status != "CANCELLED" && now.status != "COMPLETED" {
		like := *now
		now, like.status = &like, was.status // how far it is done is the owner's
	}
	return was == nil || !was.same(now) || p != nil && r.excludes(x, p)
}

// excludes says whether the message takes out or brings back other instances than p does, by EXDATE.
func (r *requesting) excludes(x, p *part) bool {
	now, was := r.in.contentOf(x).exdates, r.stored.contentOf(p).exdates
	if !subset(now, was) {
		return true
	}
	for id := range was {
		if _, own := r.declined[id]; !own && !now[id] {
			return true
		}
	}
	return false
}

// exclude returns the lines that the master x is to have for what the owner has excluded, as far as it still counts.
func (r *requesting) exclude(x *part) (lines []byte) {
	ids := make(InstanceSet)
	for id, a := range r.declined {
		own := r.ctx.ownerIn(x)
		said := r.in.part(id)
		switch {
		case r.in.contentOf(x).exdates[id]: // the organizer has too, but may not know the answer yet
			if said == nil && r.stored.part(id) == nil && a.rev.Stamp != 0 {
				r.added = append(r.added, r.declinedPart(id, a))
			}
		case !r.in.has(id):
		case said != nil && r.reinstated(a, said):
		case said == nil && own != nil && answerOf(own).rev.Compare(a.rev) > 0:
		default:
			ids[id] = true
			continue
		}
		delete(r.declined, id)
	}
	for _, id := range ids.Sorted() {
		lines = append(append(lines, r.in.exdate(id)...), declinedLine(id, r.declined[id])...)
	}
	return lines
}

// text returns the new copy.
func (r *requesting) text() []byte {
	var parts [][]byte
	var lines []byte
	if r.master != nil {
		parts = append(parts, r.master)
	} else if m := r.stored.master(); m != nil {
		parts = append(parts, r.stored.included(m, r.returned))
	}
	if r.master == nil && r.stored.Object != nil {
		for p := range r.stored.Calendar.AllProps(declinedProp) {
			d, _ := r.stored.date(p)
			if _, still := r.declined[instanceOf(d, r.stored.start)]; still {
				lines = append(lines, lineOf(p, p.Params)...)
			}
		}
	}
	parts = append(append(parts, r.kept...), r.added...)
	return assemble(r.stored, r.in, lines, parts)
}

// declinedPart returns a cancelled override of an instance that the message excludes, to hold the answer a. It has an old DTSTAMP: all
// that is heard of it is newer.
func (r *requesting) declinedPart(id Instance, a answer) []byte {
	text := r.in.instanceText(r.in.master(), id, func(p *ical.Property) []ical.Param {
		if !r.ctx.owner(p) {
			return p.Params
		}
		return a.put(p.Params)
	})
	names := []string{"SEQUENCE", "DTSTAMP", "STATUS"}
	return withPersonal(setLines(text, names, []string{strconv.Itoa(a.rev.Sequence), stampText(0), "CANCELLED"}), r.stored, nil)
}

// cancelledPart returns p of the stored copy with STATUS:CANCELLED.
func (r *requesting) cancelledPart(p *part) []byte {
	var e edits
	if r.stored.contentOf(p).status != "CANCELLED" {
		cancelPart(&e, r.stored, p, p.rev)
	}
	return e.within(r.stored.Raw(), p.Component)
}

// included returns the master m of o without what excludes the instances ids from it: EXDATE and declinedProp.
func (o *object) included(m *part, ids []Instance) []byte {
	var e edits
	for i := range m.Props {
		p := &m.Props[i]
		if p.Name != "EXDATE" && p.Name != declinedProp {
			continue
		}
		dates, err := o.DateTimes(p)
		kept := make([]string, 0, len(dates))
		for _, d := range dates {
			if !slices.Contains(ids, instanceOf(d, o.start)) {
				kept = append(kept, d.String())
			}
		}
		switch {
		case err != nil || len(kept) == len(dates):
		case len(kept) == 0:
			e.remove(p)
		default:
			e.replace(p, ical.AppendLine(nil, p.Name, p.Params, strings.Join(kept, ",")))
		}
	}
	return e.within(o.Raw(), m.Component)
}
