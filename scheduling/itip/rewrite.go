package itip

import (
	"strconv"

	"convene/ical"
)

// rewriting makes of what an organizer has written what the server stores.
type rewriting struct {
	ctx           *Context
	before, after *object
	stamp         int64
	edits         edits
	top           int  // the SEQUENCE of what changes now
	reset         bool // answers to the series no longer count
}

// rewrite returns after with the server's say in SEQUENCE, answers and status; nil if nothing is different.
func (ctx *Context) rewrite(before, after *object, stamp int64) ([]byte, error) {
	w := rewriting{ctx: ctx, before: before, after: after, stamp: stamp, top: before.top().Sequence + 1}
	if before.master() != nil && after.master() != nil {
		w.reset = rescheduled(before, after, nil)
	}
	kept, dropped := w.kept()
	for i := range after.parts {
		w.part(&after.parts[i], dropped)
	}
	if len(kept) > 0 {
		w.edits.insert(after.tail(), kept)
	}
	if len(w.edits) == 0 {
		return nil, nil
	}
	return w.edits.apply(after.Raw()), nil
}

// part rewrites one component. dropped: the object has lost overrides.
func (w *rewriting) part(p *part, dropped bool) {
	was, from := w.before.origin(p.id)
	now := w.after.contentOf(p)
	reset := w.reset
	if p.id != Master && was != nil {
		reset = !was.sameTimes(now) || w.reset && from.id == Master
	}
	reset = reset || was != nil && was.status == "CANCELLED" && now.status != "CANCELLED" // it is on again
	number := w.sequence(p, was, from, now, dropped)
	for prop := range p.AllProps("ATTENDEE") {
		params := w.attendee(prop, p.id, from, number, reset, !w.ctx.Stale)
		if !sameParams(params, prop.Params) {
			w.edits.replace(prop, lineOf(prop, params))
		}
	}
	if w.ctx.Stale && from != nil { // of these delegates the organizer's client could not know
		if lines := w.delegatesIn(from, p, number, reset); lines != nil {
			w.edits.insert(tailOf(w.after.Raw(), p.Component), lines)
		}
	}
	if prop := p.Prop("ORGANIZER"); prop != nil && w.ctx.SentBy != "" && !w.ctx.People.Same(w.ctx.SentBy, w.ctx.Owner) {
		params := with(prop.Params, "SENT-BY", string(w.ctx.SentBy))
		if !sameParams(params, prop.Params) {
			w.edits.replace(prop, lineOf(prop, params))
		}
	}
	switch now := w.ctx.Now.Unix(); { // the clock of the client may be wrong, and its object old
	case from == nil && p.rev.Stamp > now:
		w.put(p, "DTSTAMP", stampText(now))
	case from != nil && (p.rev.Stamp < from.rev.Stamp || p.rev.Stamp > max(now, from.rev.Stamp)):
		w.put(p, "DTSTAMP", stampText(from.rev.Stamp))
	}
	if number != p.rev.Sequence {
		w.put(p, "SEQUENCE", strconv.Itoa(number))
	}
}

// put gives p a property.
func (w *rewriting) put(p *part, name, value string) {
	line := ical.AppendLine(nil, name, nil, value)
	if prop := p.Prop(name); prop != nil {
		w.edits.replace(prop, line)
	} else {
		w.edits.insert(tailOf(w.after.Raw(), p.Component), line)
	}
}

// sequence returns the SEQUENCE of p (RFC 5546 section 2.1.4), which was of that content in from: one higher than any in the object
// if its times, rules, status or place change, or instances or attendees are taken out of it, else what it was. It is never lower than what
// the organizer has written.
func (w *rewriting) sequence(p *part, was *content, from *part, now *content, dropped bool) int {
	if w.before.Object == nil {
		return p.rev.Sequence
	}
	base := 0
	changed := was == nil
	if was != nil {
		base = from.rev.Sequence
		changed = !was.sameTimes(now) || was.rule != now.rule || was.status != now.status || was.location != now.location ||
			!sameSet(was.rdates, now.rdates) || !sameSet(was.exdates, now.exdates) || w.loses(from, p)
	}
	if p.id == Master {
		changed = changed || dropped
	} else {
		changed = changed || w.outlives(p)
	}
	switch {
	case changed:
		base = w.top
	case w.loses(p, from): // one who comes in may have been told of a CANCEL
		base = max(base, w.top-1)
	}
	return max(base, p.rev.Sequence)
}

// loses says whether somebody who is invited to was is not to now. now may be nil.
func (w *rewriting) loses(was, now *part) bool {
	for person := range w.ctx.attendees(was) {
		if w.ctx.invited(was, person) != nil && w.ctx.invited(now, person) == nil {
			return true
		}
	}
	return false
}

// outlives says whether somebody is taken out of the series, or the series is cancelled, who stays in the override p: that comes after
// the CANCEL of the series.
func (w *rewriting) outlives(p *part) bool {
	was, now := w.before.master(), w.after.master()
	if was == nil || w.before.contentOf(was).status == "CANCELLED" {
		return false
	}
	cancelled := now != nil && w.after.contentOf(now).status == "CANCELLED"
	for person := range w.ctx.attendees(was) {
		gone := cancelled || w.ctx.invited(now, person) == nil
		if gone && w.ctx.invited(was, person) != nil && w.ctx.invited(p, person) != nil {
			return true
		}
	}
	return false
}

// attendee returns the parameters of p, an ATTENDEE in the component id of SEQUENCE number, whose answers so far are in from (nil: there
// are none). reset says that they no longer count (RFC 6638 section 3.2.8), again that NEEDS-ACTION in p asks for a new one.
func (w *rewriting) attendee(p *ical.Property, id Instance, from *part, number int, reset, again bool) []ical.Param {
	params := p.Params
	unknown := false
	if f := forced(p); f != "" {
		unknown = f != "REQUEST" && f != "REPLY"
		params = without(params, "SCHEDULE-FORCE-SEND")
	}
	if w.ctx.owner(p) {
		return without(params, answerParam)
	}
	if agent(p) != "SERVER" {
		return params
	}
	was := w.ctx.attendee(from, w.ctx.People.ofProperty(p))
	status := ""
	if was != nil { // delegating is the attendee's business
		status = was.Param("SCHEDULE-STATUS")
		for _, name := range [...]string{"DELEGATED-TO", "DELEGATED-FROM"} {
			if was.Param(name) != p.Param(name) {
				params = withList(params, name, was)
			}
		}
	}
	if unknown {
		status = "2.3" // RFC 6638 section 7.2
	}
	params = with(params, "SCHEDULE-STATUS", status)
	a, wrote := answerOf(was), partStat(p)
	if from != nil && from.id == Master && id != Master {
		a = a.inherited()
	}
	switch {
	case was == nil && w.before.Object != nil:
		a, params = w.newcomer(p, params, id, number)
	case was == nil:
	case reset:
		a = answer{rev: Revision{Sequence: number}}
	case again && wrote == "" && a.partStat != "" && p.Param("PARTSTAT") != "":
		a = answer{rev: Revision{Sequence: max(number, a.rev.Sequence), Stamp: w.stamp}} // asked again
	}
	return a.put(params)
}

// newcomer returns the answer, and the parameters, of p, who was not invited to the component id, of SEQUENCE number: none, unless it has
// answered the series that this belongs to later.
func (w *rewriting) newcomer(p *ical.Property, params []ical.Param, id Instance, number int) (answer, []ical.Param) {
	a := answer{rev: Revision{Sequence: number}}
	series := w.ctx.attendee(w.before.master(), w.ctx.People.ofProperty(p))
	if id == Master || w.reset || !answerOf(series).givenAfter(a) {
		return a, params
	}
	return answerOf(series).inherited(), withList(params, "DELEGATED-TO", series)
}

// kept returns overrides that the organizer no longer has but that hold answers, for the object goes on to have them. dropped says
// that there were others, which are as in the series again.
func (w *rewriting) kept() (text []byte, dropped bool) {
	m, series := w.after.master(), w.before.master()
	if m == nil || series == nil || w.reset {
		return nil, m != nil && w.drops()
	}
	for i := range w.before.parts {
		x := &w.before.parts[i]
		if x.id == Master || w.after.part(x.id) != nil || !w.after.has(x.id) {
			continue
		}
		was := w.before.contentOf(x)
		reset := !was.sameTimes(w.after.contentOf(m).at(x.id)) || was.status == "CANCELLED"
		if one := w.keep(m, x, reset); one != nil {
			text = append(text, one...)
		} else {
			dropped = dropped || x.rev.Sequence > series.rev.Sequence || !was.same(w.before.contentOf(series).at(x.id)) || w.loses(x, m)
		}
	}
	return text, dropped
}

// drops says whether an override is gone.
func (w *rewriting) drops() bool {
	for i := range w.before.parts {
		if w.after.part(w.before.parts[i].id) == nil {
			return true
		}
	}
	return false
}

// keep returns the override x as in the series, with the answers to it; nil if they are those to the series.
func (w *rewriting) keep(m, x *part, reset bool) []byte {
	differ := reset
	number := max(x.rev.Sequence, m.rev.Sequence)
	if w.loses(m, x) { // who was not invited to x is now
		differ, number = true, w.top
	}
	was, now := w.before.contentOf(x), w.after.contentOf(m)
	if reset || w.loses(x, m) || was.status != now.status || was.location != now.location {
		number = w.top
	}
	text := w.after.instanceText(m, x.id, func(p *ical.Property) []ical.Param {
		person := w.ctx.People.ofProperty(p)
		their := w.ctx.invited(x, person)
		params := w.attendee(p, x.id, x, number, reset, false)
		if w.ctx.owner(p) || their == nil {
			return params
		}
		series := answerOf(w.ctx.attendee(w.before.master(), person))
		differ = differ || !answerOf(their).same(series)
		return params
	})
	lines := w.delegatesIn(x, m, number, reset)
	if !differ && lines == nil {
		return nil
	}
	stamp := stampText(max(x.rev.Stamp, w.before.master().rev.Stamp)) // the client's may be older
	return setLines(addLines(text, lines), []string{"SEQUENCE", "DTSTAMP"}, []string{strconv.Itoa(number), stamp})
}

// delegatesIn returns the ATTENDEEs of those in from who are not in p, of SEQUENCE number, but who have come in for somebody who is; reset
// says that their answers no longer count.
func (w *rewriting) delegatesIn(from, p *part, number int, reset bool) (lines []byte) {
	for was := range from.AllProps("ATTENDEE") {
		if w.ctx.attendee(p, w.ctx.People.ofProperty(was)) != nil {
			continue
		}
		for _, a := range addressesIn(was, "DELEGATED-FROM") {
			if w.ctx.attendee(p, w.ctx.People.Of(a)) != nil {
				lines = append(lines, lineOf(was, w.attendee(was, p.id, from, number, reset, false))...)
				break
			}
		}
	}
	return lines
}
