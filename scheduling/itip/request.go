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
	res := result(o, r.text(), r.main)
	if r.unknown {
		var err error
		if res.Messages, err = ctx.askRefresh(o, Message{}); err != nil {
			return Result{}, err
		}
	}
	return res, nil
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
	returned    []Instance          // those of them that are there again
	kept        [][]byte            // components
	master      []byte              // the component of it, if it is taken
	added       [][]byte            // other components that are taken
	taken       bool
	older, main bool
	unknown     bool // an instance is not one of the series that is known (RFC 5546 section 4.7.2)
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
		r.drop(p)
	case p.id == Master: // put in by text
	case !r.series || r.in.part(p.id) != nil || p.rev.Compare(m.rev) > 0:
		r.kept = append(r.kept, endLine(raw[p.Start:p.End:p.End]))
	case !r.hidden(p.id) && (r.answeredSince(p) || r.personalised(p)):
		r.main = r.main || !r.sameInSeries(p)
		r.kept = append(r.kept, r.asInSeries(p))
	default:
		r.drop(p)
	}
}

// drop is for the stored override p that is no longer there. Where the message excludes it, its owner's answer is kept all the same: it may
// be on its way, and count again.
func (r *requesting) drop(p *part) {
	if r.stored.contentOf(p).status == "CANCELLED" {
		r.main = r.main || r.inSeries(p) // it is brought back
	} else {
		r.main = r.main || !r.sameInSeries(p)
	}
	own := answerOf(r.ctx.ownerIn(p))
	if m := r.in.master(); own.rev.Stamp != 0 && !own.series && m != nil && r.in.contentOf(m).exdates[p.id] {
		r.kept = append(r.kept, r.cancelledPart(p))
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

// sameInSeries says whether the series in the message says the same of the instance p as p does, answers and other attendees aside.
func (r *requesting) sameInSeries(p *part) bool {
	return r.inSeries(p) && r.stored.contentOf(p).same(r.in.contentOf(r.in.master()).at(p.id))
}

// personalised says whether the owner has other alarms or notes for the instance p than for the series.
func (r *requesting) personalised(p *part) bool {
	m := r.stored.master()
	if m == nil || r.stored.contentOf(p).status == "CANCELLED" || !r.inSeries(p) {
		return false
	}
	props, alarms := personalLines(r.stored.Raw(), p, nil)
	seriesProps, seriesAlarms := personalLines(r.stored.Raw(), m, nil)
	return !bytes.Equal(props, seriesProps) || !bytes.Equal(alarms, seriesAlarms)
}

// asInSeries returns the instance p as in the new series, with what is the owner's own, and the later of its answers.
func (r *requesting) asInSeries(p *part) []byte {
	answered := r.answeredSince(p)
	text := r.in.instanceText(r.in.master(), p.id, func(prop *ical.Property) []ical.Param {
		if !answered || !r.ctx.owner(prop) {
			return prop.Params
		}
		own := r.ctx.ownerIn(p)
		return withList(answerOf(own).put(prop.Params), "DELEGATED-TO", own)
	})
	return withPersonal(text, r.stored, p)
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
	if x.id != Master && !r.series && excluded(r.stored, r.declined, x.id) && x.rev.Stamp <= was.rev.Stamp {
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
		r.returned = append(r.returned, x.id)
	}
	r.taken = true
	r.unknown = r.unknown || !r.knowing && r.in.master() == nil && was != nil && p == nil && !r.stored.has(x.id)
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
	m := o.master()
	return !mine && m != nil && o.contentOf(m).exdates[id]
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
