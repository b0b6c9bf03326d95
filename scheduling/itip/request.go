package itip

import (
	"bytes"

	"convene/ical"
)

// request takes in a REQUEST. Each component has a revision of its own: a higher one takes the place of what is there, an equal or
// lower one is passed over, and what a message does not mention stays unless the series in it is newer.
func (ctx *Context) request(o, in *object) (Result, error) {
	r := requesting{ctx: ctx, stored: o, in: in, declined: declined(o), knowing: knowing(in)}
	m, was := in.master(), o.master()
	r.series = m != nil && (was == nil || m.rev.Compare(was.rev) > 0)
	for i := range o.parts {
		r.keep(&o.parts[i])
	}
	for i := range in.parts {
		r.take(&in.parts[i])
	}
	switch {
	case !r.taken && r.older:
		return Result{Outcome: Stale}, nil
	case !r.taken:
		return Result{Outcome: Unchanged}, nil
	}
	return result(o, r.text(), r.main), nil
}

// knowing says whether the ATTENDEEs of a message say which answers its sender knows.
func knowing(in *object) bool { return in.Calendar.Prop(knowingProp) != nil }

// requesting is the work of request.
type requesting struct {
	ctx         *Context
	stored, in  *object
	knowing     bool                // the message says which answers its sender knows
	series      bool                // the master of the message is taken
	declined    map[Instance]answer // instances that the owner has excluded
	kept        [][]byte            // components
	master      []byte              // the component of it, if it is taken
	added       [][]byte            // other components that are taken
	taken       bool
	older, main bool
}

// keep decides about a stored component.
func (r *requesting) keep(p *part) {
	raw := r.stored.Raw()
	if x := r.in.part(p.id); x != nil && x.rev.Compare(p.rev) > 0 || p.id == Master && r.series {
		return // its place is taken
	}
	m := r.in.master()
	switch {
	case p.id != Master && r.series && r.in.contentOf(m).exdates[p.id] && p.rev.Stamp < m.rev.Stamp: // its EXDATE is newer
		r.main = r.main || r.stored.contentOf(p).status != "CANCELLED"
	case p.id == Master || !r.series || r.in.part(p.id) != nil || p.rev.Compare(m.rev) > 0:
		r.kept = append(r.kept, endLine(raw[p.Start:p.End:p.End]))
	case !r.hidden(p.id) && (r.answeredSince(p) || r.personalised(p)):
		r.kept = append(r.kept, r.asInSeries(p))
	default:
		r.main = r.main || r.stored.contentOf(p).status != "CANCELLED"
	}
}

// hidden says whether the owner has excluded the instance id.
func (r *requesting) hidden(id Instance) bool {
	_, ok := r.declined[id]
	return ok
}

// inSeries says whether the message has the instance p of a series to which the owner is invited.
func (r *requesting) inSeries(p *part) bool {
	return r.ctx.ownerIn(r.in.master()) != nil && r.in.has(p.id)
}

// answeredSince says whether the owner has answered the instance p in a way that the message does not know of yet.
func (r *requesting) answeredSince(p *part) bool {
	own := r.ctx.ownerIn(p)
	return own != nil && answerOf(own).rev.Compare(answerOf(r.ctx.ownerIn(r.in.master())).rev) > 0 && r.inSeries(p)
}

// personalised says whether the owner has other alarms or notes for the instance p than for the series.
func (r *requesting) personalised(p *part) bool {
	m := r.stored.master()
	if m == nil || r.stored.contentOf(p).status == "CANCELLED" || !r.inSeries(p) {
		return false
	}
	props, alarms := personalLines(r.stored.Raw(), p, false)
	seriesProps, seriesAlarms := personalLines(r.stored.Raw(), m, false)
	return !bytes.Equal(props, seriesProps) || !bytes.Equal(alarms, seriesAlarms)
}

// asInSeries returns the instance p as in the new series, with what is the owner's own, and the later of its answers.
func (r *requesting) asInSeries(p *part) []byte {
	answered := r.answeredSince(p)
	text := r.in.instanceText(r.in.master(), p.id, func(prop *ical.Property) []ical.Param {
		if !answered || !r.ctx.owner(prop) {
			return prop.Params
		}
		return answerOf(r.ctx.ownerIn(p)).put(prop.Params)
	})
	return r.ctx.withPersonal(text, r.stored, p)
}

// take decides about a component of the message.
func (r *requesting) take(x *part) {
	p, was := r.stored.part(x.id), r.stored.master()
	switch {
	case p != nil && x.rev.Compare(p.rev) <= 0:
		r.older = r.older || x.rev.Compare(p.rev) < 0
		return
	case p == nil && x.id != Master && !r.series && was != nil && x.rev.Compare(was.rev) <= 0:
		if m := r.in.master(); m != nil || x.rev.Stamp <= was.rev.Stamp { // the series is newer, and has no such override
			r.older = r.older || m == nil || m.rev.Compare(was.rev) < 0
			return
		}
	}
	if p == nil && x.id != Master && !r.series && was != nil && excluded(r.stored, r.declined, x.id) && x.rev.Stamp <= was.rev.Stamp {
		r.older = true
		return
	}
	base := p
	if base == nil {
		base = was
	}
	if a, ok := r.declined[x.id]; ok && x.id != Master && (p == nil || r.stored.contentOf(p).status == "CANCELLED") {
		if !r.reinstated(a, x) {
			return
		}
		delete(r.declined, x.id)
	}
	r.taken = true
	text := r.compose(x, p, base)
	if x.id == Master {
		r.master = text
	} else {
		r.added = append(r.added, text)
	}
}

// excluded says whether the organizer has taken the instance id out of the series in o, of which the owner has excluded own.
func excluded(o *object, own map[Instance]answer, id Instance) bool {
	_, mine := own[id]
	return !mine && o.contentOf(o.master()).exdates[id]
}

// reinstated says whether x voids a, the answer by which the owner has excluded the instance.
func (r *requesting) reinstated(a answer, x *part) bool {
	own := r.ctx.ownerIn(x)
	if own == nil {
		return true
	}
	now := answerOf(own)
	if !r.knowing && now.rev == (Revision{}) {
		return now.partStat != "DECLINED" && x.rev.Sequence > a.rev.Sequence && !r.sameTimes(x, r.stored.master())
	}
	return now.rev.Compare(a.rev) > 0
}

// compose returns x with what is personal in base (nil: nothing) and with the owner's answer. p is the component that it takes the
// place of, or nil.
func (r *requesting) compose(x, p, base *part) []byte {
	var e edits
	if base != nil { // else it is the same for whomever it is
		e = r.owned(x, base)
	}
	r.main = r.main || r.differs(x, p)
	for i := range e {
		e[i].start, e[i].end = e[i].start-x.Start, e[i].end-x.Start
	}
	raw := r.in.Raw()
	text := endLine(e.apply(raw[x.Start:x.End:x.End]))
	if x.id == Master {
		text = r.exclude(text, x)
	}
	return r.ctx.withPersonal(text, r.stored, base)
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
	case m != nil && x.id != Master && !r.stored.contentOf(m).exdates[x.id]:
		was = r.stored.contentOf(m).at(x.id)
	}
	return was == nil || !was.same(r.in.contentOf(x)) || p != nil && r.excludes(x, p)
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

// exclude puts into text, the master x, what the owner has excluded, as far as it still counts.
func (r *requesting) exclude(text []byte, x *part) []byte {
	ids := make(InstanceSet)
	for id, a := range r.declined {
		own := r.ctx.ownerIn(x)
		said := r.in.part(id)
		switch {
		case r.in.contentOf(x).exdates[id] || !r.in.has(id):
		case said != nil && r.reinstated(a, said):
		case said == nil && own != nil && answerOf(own).rev.Compare(a.rev) > 0:
		default:
			ids[id] = true
			continue
		}
		delete(r.declined, id)
	}
	var lines []byte
	for _, id := range ids.Sorted() {
		lines = append(append(lines, r.in.exdate(id)...), declinedLine(id, r.declined[id])...)
	}
	return addLines(text, lines)
}

// answer returns the owner's answer to x, of which the message says now and the stored copy, in base, something else perhaps: the
// later one. An organizer who does not say which answer it knows is believed if it has moved the event, or knows a later revision.
func (r *requesting) answer(x, base *part, now answer) answer {
	if base == nil {
		return now
	}
	own := r.ctx.ownerIn(base)
	was := answerOf(own)
	switch {
	case own == nil:
		return now
	case r.knowing || now.rev != (Revision{}):
		if now.rev.Compare(was.rev) > 0 {
			return now
		}
		return was
	case was.rev == (Revision{}):
		if now.partStat == "" && r.sameTimes(x, base) {
			return was
		}
		return now
	case !r.sameTimes(x, base) && x.rev.Sequence > was.rev.Sequence, now.partStat != "" && x.rev.Sequence > was.rev.Sequence:
		return now
	}
	return was
}

// sameTimes says whether x happens when base says, or less often.
func (r *requesting) sameTimes(x, base *part) bool {
	if x.id == Master {
		return base.id == Master && !rescheduled(r.stored, r.in, declined(r.stored))
	}
	c := r.stored.contentOf(base)
	if base.id == Master {
		c = c.at(x.id)
	}
	return c.sameTimes(r.in.contentOf(x))
}

// text returns the new copy.
func (r *requesting) text() []byte {
	var parts [][]byte
	if r.master != nil {
		parts = append(parts, r.master)
	}
	parts = append(append(parts, r.kept...), r.added...)
	return assemble(r.stored, r.in, parts)
}
