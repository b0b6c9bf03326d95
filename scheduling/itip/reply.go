package itip

import (
	"slices"
	"strings"

	"convene/ical"
)

// reply takes a REPLY into the organizer's copy (RFC 6638 section 4.2). An answer counts if it is later, by SEQUENCE and DTSTAMP, than
// the one that is there, which may be that answers up to some SEQUENCE are void. An answer to an instance that has no override makes
// one.
func (ctx *Context) reply(o, in *object, from Address) (Result, error) {
	if o.Object == nil {
		return Result{Outcome: Unknown}, nil
	}
	r := replying{ctx: ctx, stored: o, in: in}
	for i := range in.parts {
		r.take(&in.parts[i], from)
	}
	switch {
	case len(r.edits) > 0:
		return r.result()
	case len(r.crashers) > 0:
		return Result{Outcome: Refused, Crashers: r.crashers}, nil
	case r.older:
		return Result{Outcome: Stale}, nil
	}
	return Result{Outcome: Unchanged}, nil
}

// replying is the work of reply.
type replying struct {
	ctx        *Context
	stored, in *object
	edits      edits
	who        Address // who answers
	older      bool
	crashers   []Address
	delegators map[Address]bool // whose delegate declines
}

// sender returns who answers in x: from, or for whom that acts, and if it is not known the only attendee.
func (r *replying) sender(x *part, from Address) *ical.Property {
	if p := r.ctx.attendee(x, r.ctx.People.Of(from)); p != nil {
		return p
	}
	var only *ical.Property
	for p := range x.AllProps("ATTENDEE") {
		if from != "" {
			if r.ctx.from(p, from) {
				return p
			}
			continue
		}
		if only != nil {
			return nil
		}
		only = p
	}
	return only
}

// take takes the answer in one component.
func (r *replying) take(x *part, from Address) {
	said := r.sender(x, from)
	if said == nil {
		r.older = true
		return
	}
	r.who = r.ctx.People.ofProperty(said)
	p, m := r.stored.part(x.id), r.stored.master()
	target := p
	if target == nil {
		target = m
	}
	switch {
	case target == nil || !r.stored.has(x.id):
		r.older = true
		return
	}
	a := answer{partStat: partStat(said), rev: x.rev}
	elsewhere := x.id == Master && r.inherit(said, a, statusOf(x))
	old := r.ctx.attendee(target, r.who)
	switch {
	case old == nil:
		if !r.asDelegate(target, p, said, x) && !elsewhere {
			r.uninvited(said)
		}
		return
	case agent(old) != "SERVER" || r.ctx.owner(old): // it is the client's business
		return
	case !a.after(answerOf(old)):
		r.older = r.older || a.rev != answerOf(old).rev
		return
	case p == nil:
		r.override(x, said, a, slices.Concat(r.delegates(target, said, a)...))
		r.refused(old, a)
		return
	}
	r.answer(p, said, a, statusOf(x))
	r.refused(old, a)
}

// refused notes who has delegated to old, that declines.
func (r *replying) refused(old *ical.Property, a answer) {
	if a.partStat != "DECLINED" {
		return
	}
	for _, by := range addressesIn(old, "DELEGATED-FROM") {
		if r.delegators == nil {
			r.delegators = make(map[Address]bool)
		}
		r.delegators[r.ctx.People.Of(by)] = true
	}
}

// inherit takes an answer to the series into overrides that the reply does not mention, unless the attendee has answered them alone, or
// they have been moved since. invited says that there are overrides to which the attendee is invited.
func (r *replying) inherit(said *ical.Property, a answer, status string) (invited bool) {
	a = a.inherited()
	for i := range r.stored.parts {
		p := &r.stored.parts[i]
		if p.id == Master || r.in.part(p.id) != nil {
			continue
		}
		old := r.ctx.attendee(p, r.who)
		if old == nil || agent(old) != "SERVER" {
			continue
		}
		invited = true
		if was := answerOf(old); a.rev.Compare(was.rev) > 0 && (was.series || was.rev.Stamp == 0) {
			r.answer(p, said, a, status)
		}
	}
	return invited
}

// answer puts the answer a of said into p.
func (r *replying) answer(p *part, said *ical.Property, a answer, status string) {
	for alias := range p.AllProps("ATTENDEE") {
		if r.ctx.People.ofProperty(alias) == r.who {
			r.edits.replace(alias, lineOf(alias, r.params(alias, said, a, status)))
		}
	}
	var lines []byte
	for _, line := range r.delegates(p, said, a) {
		lines = append(lines, line...)
	}
	if len(lines) > 0 {
		r.edits.insert(tailOf(r.stored.Raw(), p.Component), lines)
	}
}

// params returns the parameters of old with the answer.
func (r *replying) params(old, said *ical.Property, a answer, status string) []ical.Param {
	params := with(a.put(old.Params), "SCHEDULE-STATUS", status)
	switch {
	case a.partStat != "DELEGATED": // it is taken back, if it was
		params = without(params, "DELEGATED-TO")
	case said.Param("DELEGATED-TO") != "":
		params = withList(params, "DELEGATED-TO", said)
	}
	if by := said.Param("SENT-BY"); by != "" {
		params = with(params, "SENT-BY", by)
	}
	return params
}

// withList returns params with the parameter name as p has it.
func withList(params []ical.Param, name string, p *ical.Property) []ical.Param {
	params = without(params, name)
	for _, param := range p.Params {
		if param.Name == name {
			params = append(params, param)
		}
	}
	return params
}

// delegates returns the ATTENDEEs that p is to have for those to whom said delegates (RFC 5546 section 3.2.2.3).
func (r *replying) delegates(p *part, said *ical.Property, a answer) (lines [][]byte) {
	if a.partStat != "DELEGATED" {
		return nil
	}
	for _, to := range addressesIn(said, "DELEGATED-TO") {
		person := r.ctx.People.Of(to)
		if r.ctx.attendee(p, person) != nil || person == r.ctx.People.Of(r.ctx.Owner) {
			continue
		}
		theirs := answer{rev: Revision{Sequence: p.rev.Sequence}} // what was answered to an earlier invitation is void
		if series := r.ctx.attendee(r.stored.master(), person); answerOf(series).givenAfter(theirs) {
			theirs = answerOf(series).inherited() // it has answered the series before this came
		}
		line := delegateLine(said, to)
		lines = append(lines, lineOf(line, theirs.put(line.Params)))
	}
	return lines
}

// override makes an override for the instance x, with lines in it, and with the answer a of said if the attendee is there already.
func (r *replying) override(x *part, said *ical.Property, a answer, lines []byte) {
	text := r.stored.instanceText(r.stored.master(), x.id, func(prop *ical.Property) []ical.Param {
		if r.ctx.People.ofProperty(prop) != r.who {
			return with(prop.Params, answerParam, answerOf(prop).inherited().text())
		}
		return r.params(prop, said, a, statusOf(x))
	})
	r.edits.insert(r.stored.tail(), addLines(text, lines))
}

// asDelegate takes in an answer of a delegate whose delegator has not told yet; false if it is none.
func (r *replying) asDelegate(target, p *part, said *ical.Property, x *part) bool {
	for _, a := range addressesIn(said, "DELEGATED-FROM") {
		delegator := r.ctx.attendee(target, r.ctx.People.Of(a))
		switch {
		case delegator == nil:
			continue
		case answerOf(delegator).rev.Sequence > x.rev.Sequence: // it has been rescheduled since
			r.older = true
		case p == nil:
			r.override(x, said, answer{}, admitted(said, x))
		default:
			r.edits.insert(tailOf(r.stored.Raw(), p.Component), admitted(said, x))
		}
		return true
	}
	return false
}

// uninvited is for an answer of somebody who is not invited, which is for the organizer to decide about.
func (r *replying) uninvited(said *ical.Property) {
	if a := ParseAddress(said.Value); !slices.Contains(r.crashers, a) {
		r.crashers = append(r.crashers, a)
	}
}

// statusOf returns the SCHEDULE-STATUS for a reply: the codes of its REQUEST-STATUS, 2.0 if there is none (RFC 6638 section 4.2).
func statusOf(x *part) string {
	var codes []string
	for p := range x.AllProps("REQUEST-STATUS") {
		code, _, _ := strings.Cut(p.Value, ";")
		if code = strings.TrimSpace(code); code != "" {
			codes = append(codes, code)
		}
	}
	if codes == nil {
		return "2.0"
	}
	return strings.Join(codes, ",")
}

// result returns the new copy, and what the others are told of it.
func (r *replying) result() (Result, error) {
	raw := r.edits.apply(r.stored.Raw())
	parsed, err := ical.ParseObject(raw, ical.StoredLimits)
	if err != nil {
		return Result{}, err
	}
	s := sender{
		ctx: r.ctx, before: r.stored, after: read(parsed), original: read(nil), stamp: r.ctx.nextStamp(r.stored),
		except: r.who, quiet: true,
	}
	if err := s.send(); err != nil {
		return Result{}, err
	}
	for i := range s.plan.Messages { // RFC 5546 section 3.2.2.3: the delegator must be told
		if m := &s.plan.Messages[i]; r.delegators[r.ctx.People.Of(m.To)] {
			m.Quiet = false
		}
	}
	for i := range s.plan.Decisions {
		if d := &s.plan.Decisions[i]; d.Method == Request && r.delegators[r.ctx.People.Of(d.To)] {
			d.Quiet, d.Rule = false, RuleDelegateNo
		}
	}
	return Result{
		Outcome: Applied, Object: s.stamped(), Quiet: true, Messages: s.plan.Messages, Decisions: s.plan.Decisions, Crashers: r.crashers,
	}, nil
}
