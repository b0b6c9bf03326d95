package itip

import (
	"slices"
	"strconv"
	"strings"

	"convene/ical"
)

// view is what of an organizer's object one attendee gets to see (RFC 6638 section 3.2.6).
type view struct {
	master   *part
	parts    map[Instance]*part // overrides
	excluded InstanceSet        // instances of the master that are not for the attendee: those of EXDATE too
}

// empty says whether there is nothing in it.
func (v *view) empty() bool { return v.master == nil && len(v.parts) == 0 }

// invited returns the ATTENDEE of person in p if the server is to send messages for it.
func (ctx *Context) invited(p *part, person Address) *ical.Property {
	if a := ctx.attendee(p, person); a != nil && agent(a) == "SERVER" {
		return a
	}
	return nil
}

// viewOf returns what person sees of o. What is cancelled is not there.
func (ctx *Context) viewOf(o *object, person Address) (v view) {
	m := o.master()
	if ctx.invited(m, person) != nil && o.contentOf(m).status != "CANCELLED" {
		v.master = m
		v.excluded = o.contentOf(m).exdates
		copied := false
		for i := range o.parts[1:] {
			p := &o.parts[i+1]
			if ctx.invited(p, person) != nil && o.contentOf(p).status != "CANCELLED" {
				continue
			}
			if !copied {
				copied = true
				all := make(InstanceSet, len(v.excluded)+1)
				for id := range v.excluded {
					all[id] = true
				}
				v.excluded = all
			}
			v.excluded[p.id] = true
		}
	}
	for i := range o.parts {
		p := &o.parts[i]
		if p.id == Master || ctx.invited(p, person) == nil || o.contentOf(p).status == "CANCELLED" {
			continue
		}
		if v.parts == nil {
			v.parts = make(map[Instance]*part)
		}
		v.parts[p.id] = p
	}
	return v
}

// key tells views of one object apart.
func (v *view) key() string {
	var key strings.Builder
	if v.master != nil {
		key.WriteString("m")
	}
	ids := make(InstanceSet, len(v.parts))
	for id := range v.parts {
		ids[id] = true
	}
	for _, id := range ids.Sorted() {
		key.WriteString(" " + strconv.FormatInt(id.at, 36))
	}
	key.WriteString(" -")
	for _, id := range v.excluded.Sorted() {
		key.WriteString(" " + strconv.FormatInt(id.at, 36))
	}
	return key.String()
}

// writer writes messages about an organizer's object.
type writer struct {
	ctx    *Context
	object *object
	bodies map[string]*ical.Object // of REQUESTs, by view.key
	stamp  int64                   // their DTSTAMP

	forward bool // the organizer's own DTSTAMP stays: it is an attendee who forwards it (RFC 5546 section 3.2.2.3)
}

// request returns the object of a REQUEST that shows v.
func (w *writer) request(v *view) (*ical.Object, error) {
	key := v.key()
	if body := w.bodies[key]; body != nil {
		return body, nil
	}
	dst := append(w.head(len(w.object.Raw())+256), knowingLine...)
	if v.master != nil {
		dst = w.part(dst, v.master, v)
	}
	for i := range w.object.parts {
		if p := &w.object.parts[i]; v.parts[p.id] == p {
			dst = w.part(dst, p, nil)
		}
	}
	body, err := ical.ParseObject(append(dst, "END:VCALENDAR\r\n"...), ical.StoredLimits)
	if err != nil {
		return nil, err
	}
	if w.bodies == nil {
		w.bodies = make(map[string]*ical.Object)
	}
	w.bodies[key] = body
	return body, nil
}

// knowingProp, in the calendar of a message, says that the ATTENDEEs in it have in answerParam which answers the organizer knows.
const knowingProp = "X-CONVENE-ANSWERS"

const knowingLine = knowingProp + ":TRUE\r\n"

// head begins a message: the calendar and its zones.
func (w *writer) head(size int) []byte {
	dst := make([]byte, 0, size)
	dst = append(dst, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"+ical.ProductID+"\r\n"...)
	for _, c := range w.object.Calendar.Children {
		if c.Name == "VTIMEZONE" {
			dst = appendRaw(dst, w.object.Raw(), c.Start, c.End)
		}
	}
	return dst
}

// part writes p as others may see it: without alarms, private properties and what is between the organizer and the server. v, for
// the master, says what to exclude.
func (w *writer) part(dst []byte, p *part, v *view) []byte {
	raw := w.object.Raw()
	dst = append(append(append(dst, "BEGIN:"...), p.Name...), '\r', '\n')
	if !w.forward {
		dst = ical.AppendLine(dst, "DTSTAMP", nil, stampText(w.stamp))
	}
	dst = append(dst, w.object.organizerFor(p)...)
	for i := range p.Props {
		switch prop := &p.Props[i]; {
		case prop.Name == "DTSTAMP" && !w.forward, prop.Name == "REQUEST-STATUS", private(prop.Name):
		case prop.Name == "ATTENDEE", prop.Name == "ORGANIZER":
			if params := public(prop.Params); len(params) != len(prop.Params) {
				dst = append(dst, lineOf(prop, params)...)
			} else {
				dst = appendRaw(dst, raw, prop.Start, prop.End)
			}
		default:
			dst = appendRaw(dst, raw, prop.Start, prop.End)
		}
	}
	if v != nil {
		own := w.object.contentOf(p).exdates
		for _, id := range v.excluded.Sorted() {
			if !own[id] {
				dst = append(dst, w.object.exdate(id)...)
			}
		}
	}
	for _, child := range p.Children {
		if child.Name != "VALARM" && !strings.HasPrefix(child.Name, "X-") {
			dst = appendRaw(dst, raw, child.Start, child.End)
		}
	}
	return append(append(append(dst, "END:"...), p.Name...), '\r', '\n')
}

// organizerFor returns the ORGANIZER that a message is to have in p if p, which is one of o or made of one, has none, as some clients
// leave it out of overrides.
func (o *object) organizerFor(p *part) []byte {
	if p.Prop("ORGANIZER") != nil {
		return nil
	}
	organizer, err := o.organizer(nil)
	if organizer == nil || err != nil {
		return nil
	}
	return lineOf(organizer, public(organizer.Params))
}

// exdate returns the EXDATE of id in the way in which the master is written.
func (o *object) exdate(id Instance) []byte {
	d := id.like(o.start)
	start := o.master().Prop("DTSTART")
	if start == nil {
		start = o.master().Prop("DUE")
	}
	return ical.AppendLine(nil, "EXDATE", dateParams(start.Params, d), d.String())
}

// public returns params of an ATTENDEE or ORGANIZER without those that are the server's or a client's (RFC 6638 section 7).
func public(params []ical.Param) []ical.Param {
	return slices.DeleteFunc(slices.Clone(params), func(p ical.Param) bool {
		return strings.HasPrefix(p.Name, "SCHEDULE-") || strings.HasPrefix(p.Name, "X-") && p.Name != answerParam
	})
}

// cancelProps are what a CANCEL says of a component beside its revision.
var cancelProps = []string{
	"UID", "RECURRENCE-ID", "DTSTART", "DTEND", "DUE", "DURATION", "RRULE", "SUMMARY", "LOCATION", "ORGANIZER",
}

// cancellation is an instance that somebody is told is cancelled.
type cancellation struct {
	id       Instance
	sequence int
	stands   bool // for others: the person is no longer invited
}

// cancel returns the object of a CANCEL of instances of the object to one attendee. RFC 5546 section 3.2.5 wants no STATUS where the
// instance takes place for others.
func (w *writer) cancel(gone []cancellation, stamp int64, person Address) (*ical.Object, error) {
	dst := append(w.head(1024), knowingLine...)
	for _, one := range gone {
		p, err := w.object.single(one.id)
		if err != nil {
			return nil, err
		}
		dst = append(append(append(dst, "BEGIN:"...), p.Name...), '\r', '\n')
		dst = ical.AppendLine(dst, "DTSTAMP", nil, stampText(stamp))
		dst = ical.AppendLine(dst, "SEQUENCE", nil, strconv.Itoa(one.sequence))
		dst = append(dst, w.object.organizerFor(p.part)...)
		for k := range p.Props {
			prop := &p.Props[k]
			if slices.Contains(cancelProps, prop.Name) {
				dst = append(dst, lineOf(prop, public(prop.Params))...)
			} else if prop.Name == "ATTENDEE" && w.ctx.People.ofProperty(prop) == person {
				dst = append(dst, lineOf(prop, public(prop.Params))...)
			}
		}
		if !one.stands {
			dst = append(dst, "STATUS:CANCELLED\r\n"...)
		}
		dst = append(append(append(dst, "END:"...), p.Name...), '\r', '\n')
	}
	return ical.ParseObject(append(dst, "END:VCALENDAR\r\n"...), ical.StoredLimits)
}
