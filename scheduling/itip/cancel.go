package itip

import (
	"strconv"
	"strings"
	"time"

	"convene/ical"
)

// cancelled takes in a CANCEL: what it names stays in the copy with STATUS:CANCELLED, so that an older message that comes later does
// not bring it back, until its owner deletes it.
func (ctx *Context) cancelled(o, in *object) (Result, error) {
	if o.Object == nil {
		var parts [][]byte
		for i := range in.parts {
			p := &in.parts[i]
			var e edits
			cancelPart(&e, in, p, p.rev)
			e.personal(in.Raw(), p.Component, o, nil)
			parts = append(parts, e.within(in.Raw(), p.Component))
		}
		return Result{Outcome: Unknown, Object: assemble(o, in, nil, parts)}, nil
	}
	c := cancelling{ctx: ctx, stored: o, in: in, own: declined(o)}
	for i := range in.parts {
		c.take(&in.parts[i])
	}
	if len(c.added) > 0 {
		c.edits.insert(o.tail(), c.added)
	}
	if len(c.edits) == 0 && c.older {
		return Result{Outcome: Stale}, nil
	}
	return result(o, c.edits.apply(o.Raw()), true), nil
}

// cancelling is the work of cancelled.
type cancelling struct {
	ctx        *Context
	stored, in *object
	own        map[Instance]answer // instances that the owner has excluded
	edits      edits
	added      []byte // components that were not there
	older      bool
}

// take takes one component of the message.
func (c *cancelling) take(x *part) {
	o := c.stored
	p, m := o.part(x.id), o.master()
	switch {
	case p == nil && x.rev.Sequence < c.own[x.id].rev.Sequence:
		c.older = true
	case p == nil && excluded(o, c.own, x.id) && x.rev.Stamp <= m.rev.Stamp: // its EXDATE is newer
		c.older = true
	case p == nil && onwards(x) && m != nil && !o.has(x.id):
		c.older = true
	case onwards(x) && m != nil:
		cutSeries(&c.edits, o, x)
	case x.id == Master:
		known, done := c.ctx.cancelAll(&c.edits, o, x)
		c.older = c.older || known && !done
		if !known {
			c.added = append(c.added, c.ctx.tombstone(o, c.in, x)...)
		}
	case p != nil && cancels(o, x, p):
		cancelPart(&c.edits, o, p, x.rev)
	case p != nil:
		c.older = c.older || x.rev.Compare(p.rev) < 0
	case m != nil && x.rev.Compare(m.rev) <= 0:
		c.older = c.older || x.rev.Compare(m.rev) < 0
	default:
		c.added = append(c.added, c.ctx.tombstone(o, c.in, x)...)
	}
}

// cancelAll cancels all components that are older than x. known says that there is a master, done that it is one of them.
func (ctx *Context) cancelAll(e *edits, o *object, x *part) (known, done bool) {
	for i := range o.parts {
		p := &o.parts[i]
		newer := cancels(o, x, p)
		if newer {
			cancelPart(e, o, p, x.rev)
		}
		if p.id == Master {
			known, done = true, newer || x.rev == p.rev
		}
	}
	return known, done
}

// cancels says whether x, of a CANCEL, is about p as it is or an earlier version of that; a SEQUENCE or DTSTAMP that is not higher,
// though it should be, will do.
func cancels(o *object, x, p *part) bool {
	order := x.rev.Compare(p.rev)
	return order > 0 || order == 0 && o.contentOf(p).status != "CANCELLED"
}

// onwards says whether x stands for its instance and all that follow (RFC 5546 section 3.2.5).
func onwards(x *part) bool {
	p := x.Prop("RECURRENCE-ID")
	return p != nil && strings.EqualFold(p.Param("RANGE"), "THISANDFUTURE")
}

// cutSeries ends the series before the instance x.
func cutSeries(e *edits, o *object, x *part) {
	m := o.master()
	if o.has(x.id) {
		for p := range m.AllProps("RRULE") {
			rule, err := ical.ParseRule(p.Value)
			if err != nil {
				continue
			}
			rule.Count, rule.Until = 0, before(x.id)
			e.replace(p, ical.AppendLine(nil, p.Name, p.Params, rule.String()))
		}
		for _, id := range o.contentOf(m).rdates.Sorted() {
			if id.at >= x.id.at && !o.contentOf(m).exdates[id] {
				e.insert(tailOf(o.Raw(), m.Component), o.exdate(id))
			}
		}
	}
	for i := range o.parts {
		if p := &o.parts[i]; p.id != Master && p.id.at >= x.id.at && x.rev.Compare(p.rev) > 0 {
			cancelPart(e, o, p, x.rev)
		}
	}
}

// before returns the last moment before the instance id, as UNTIL has it (RFC 5545 section 3.3.10).
func before(id Instance) ical.DateTime {
	d := id.like(ical.DateTime{})
	if d.Date {
		d.Wall = d.Wall.AddDate(0, 0, -1)
	} else {
		d.Wall = d.Wall.Add(-time.Second)
	}
	return d
}

// cancelPart gives p STATUS:CANCELLED and the revision rev.
func cancelPart(e *edits, o *object, p *part, rev Revision) {
	for _, line := range [...]struct{ name, value string }{
		{"STATUS", "CANCELLED"}, {"SEQUENCE", strconv.Itoa(rev.Sequence)}, {"DTSTAMP", stampText(rev.Stamp)},
	} {
		if prop := p.Prop(line.name); prop != nil {
			e.replace(prop, ical.AppendLine(nil, line.name, nil, line.value))
		} else {
			e.insert(tailOf(o.Raw(), p.Component), ical.AppendLine(nil, line.name, nil, line.value))
		}
	}
}

// tombstone returns x, cancelled and not in the copy, with the owner's answer.
func (ctx *Context) tombstone(o, in *object, x *part) []byte {
	r := requesting{ctx: ctx, stored: o, in: in, knowing: knowing(in)}
	var e edits
	if own := ctx.ownerIn(x); own != nil {
		if m := o.master(); m != nil {
			a := r.answer(x, m, answerOf(own))
			if excluded, ok := declined(o)[x.id]; ok && excluded.rev.Compare(a.rev) > 0 {
				a = excluded
			}
			e.replace(own, lineOf(own, a.put(own.Params)))
		}
	}
	cancelPart(&e, in, x, x.rev)
	e.personal(in.Raw(), x.Component, o, nil)
	return e.within(in.Raw(), x.Component)
}

// added takes in an ADD (RFC 5546 section 3.2.4): its component is one more instance of the series. Who does not know the series asks
// for all of it.
func (ctx *Context) added(o, in *object, m Message) (Result, error) {
	x := &in.parts[0]
	was := o.master()
	if was == nil {
		refresh, err := ctx.askRefresh(in, m)
		return Result{Outcome: Unknown, Messages: refresh}, err
	}
	c := in.contentOf(x)
	id := instanceOf(c.start, o.start)
	switch {
	case x.id != Master || c.start.Wall.IsZero():
		return Result{}, ErrMessage
	case x.rev.Compare(was.rev) < 0:
		return Result{Outcome: Stale}, nil
	case o.part(id) != nil || x.rev == was.rev:
		return Result{Outcome: Unchanged}, nil
	}
	d := id.like(o.start)
	start := was.Prop("DTSTART")
	if start == nil {
		return Result{}, ErrMessage
	}
	var e edits
	raw := o.Raw()
	if !o.has(id) {
		e.insert(tailOf(raw, was.Component), ical.AppendLine(nil, "RDATE", dateParams(start.Params, d), d.String()))
	}
	text := endLine(in.Raw()[x.Start:x.End:x.End])
	text = addLines(text, recurrenceID(start, d))
	e.insert(o.tail(), withPersonal(text, o, was))
	return result(o, e.apply(raw), true), nil
}

// askRefresh returns a REFRESH for what in is about (RFC 5546 section 3.2.6).
func (ctx *Context) askRefresh(in *object, m Message) ([]Message, error) {
	x := &in.parts[0]
	dst := append([]byte(nil), "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"+ical.ProductID+"\r\nBEGIN:"+x.Name+"\r\n"...)
	dst = ical.AppendLine(dst, "DTSTAMP", nil, stampText(ctx.Now.Unix()))
	for _, name := range [...]string{"UID", "DTSTART", "ORGANIZER"} {
		if p := x.Prop(name); p != nil && name != "DTSTART" {
			dst = append(dst, lineOf(p, public(p.Params))...)
		} else if d, ok := in.date(p); ok {
			dst = append(dst, ("DTSTART:" + d.In(nil).UTC().Format("20060102T150405Z") + "\r\n")...)
		}
	}
	dst = ical.AppendLine(dst, "ATTENDEE", nil, string(ctx.Owner))
	dst = append(dst, "END:"+x.Name+"\r\nEND:VCALENDAR\r\n"...)
	o, err := ical.ParseObject(dst, ical.StoredLimits)
	if err != nil {
		return nil, err
	}
	to := m.From
	if p := x.Prop("ORGANIZER"); p != nil {
		to = ParseAddress(p.Value)
	}
	return []Message{{Method: Refresh, Object: o, From: ctx.Owner, To: to}}, nil
}
