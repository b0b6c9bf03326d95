package ical

import (
	"context"
	"strings"
	"time"
)

// AppendExpanded appends o to dst with one component for each instance that overlaps r, and of that what sel selects
// (CALDAV:expand, RFC 4791 section 9.6.5): times with a zone in UTC, no VTIMEZONE, no recurrence properties, a RECURRENCE-ID in
// each instance of what recurs; floating times and dates stay what they are, and whatever else there is stays byte for byte.
// Floating times are taken in floating (nil: UTC). Where MaxInstances or MaxSteps of DefaultExpandLimits ends the work, the
// error is an *Error of TooManyInstances. Other errors are that of ctx, and *Error for rules and dates that cannot be
// understood. With an error dst is returned as it was.
func (o *Object) AppendExpanded(ctx context.Context, dst []byte, r Range, floating *time.Location, sel *Selection) ([]byte, error) {
	s, err := o.series(floating)
	if err != nil {
		return dst, err
	}
	sel = sel.normal()
	before := len(dst)
	x := expander{editor: editor{raw: o.raw}, object: o, series: s}
	x.line = x.convert
	dst = appendMarker(dst, "BEGIN:", "VCALENDAR")
	for i := range o.Calendar.Props {
		dst = x.property(dst, o.Calendar, &o.Calendar.Props[i], sel)
	}
	inner, wanted := sel.comp(o.Component)
	if wanted {
		err = s.each(ctx, spanOf(r), ExpandLimits{}, func(occ *occurrence) bool {
			dst = x.template(occ.shape, inner).append(dst, occ)
			return len(dst)-before <= maxExpandedBytes
		})
	}
	if err == nil && len(dst)-before > maxExpandedBytes {
		err = fail(TooManyInstances, 0, "more than %d MB of instances", maxExpandedBytes>>20)
	}
	if err != nil {
		return dst[:before], err
	}
	return appendMarker(dst, "END:", "VCALENDAR"), nil
}

// maxExpandedBytes bounds the instances of one object: a large event with a small rule stands for much.
const maxExpandedBytes = 16 << 20

// expander writes instances.
type expander struct {
	editor
	object *Object
	series *series
	master *template // once it is made; those of overrides are used only once
}

// hole is a place in a template that is different in each instance.
type hole int

const (
	noHole hole = iota
	startHole
	endHole
	recurrenceHole
	durationHole
)

// template is a component as text with holes.
type template struct {
	shape  *shape
	text   []byte
	pieces []piece
	ends   bool // there is a property that says when it ends
}

// piece is text up to an offset, followed by a hole.
type piece struct {
	upTo int
	hole hole
	form form
}

// form is how a time is written.
type form int

const (
	utcForm form = iota
	floatingForm
	dateForm
)

// formOf returns how d is written when zones are left out.
func formOf(d DateTime) form {
	switch {
	case d.Date:
		return dateForm
	case d.Zone == nil:
		return floatingForm
	}
	return utcForm
}

// template returns the template of a component.
func (x *expander) template(part *shape, sel *Selection) *template {
	if part == x.series.master && x.master != nil {
		return x.master
	}
	t := &template{shape: part, text: make([]byte, 0, part.comp.End-part.comp.Start+64), pieces: make([]piece, 0, 4)}
	x.fill(t, sel)
	if part == x.series.master {
		x.master = t
	}
	return t
}

// fill makes the text and the holes.
func (x *expander) fill(t *template, sel *Selection) {
	c := t.shape.comp
	anchor := t.shape.dtstart // RECURRENCE-ID goes before it
	if anchor == nil {
		anchor = t.shape.due
	}
	edit := x.editor
	edit.line = func(dst []byte, owner *Component, p *Property, value bool) ([]byte, bool) {
		if owner != c {
			return x.convert(dst, owner, p, value)
		}
		t.text = dst
		if p == anchor {
			x.addRecurrenceID(t, sel)
		}
		done := x.addHole(t, p, value)
		return t.text, done
	}
	t.text = appendMarker(t.text, "BEGIN:", c.Name)
	if anchor == nil {
		x.addRecurrenceID(t, sel)
	} else if _, ok := sel.prop(anchor.Name); !ok {
		x.addRecurrenceID(t, sel)
	}
	t.text = edit.inside(t.text, c, sel)
	t.text = appendMarker(t.text, "END:", c.Name)
	t.pieces = append(t.pieces, piece{upTo: len(t.text)})
}

// addRecurrenceID makes the hole for RECURRENCE-ID in what recurs.
func (x *expander) addRecurrenceID(t *template, sel *Selection) {
	value, ok := sel.prop("RECURRENCE-ID")
	if !ok || !x.series.recurring {
		return
	}
	var id DateTime
	switch master := x.series.master; {
	case master != nil && master.placed:
		id = master.start
	case t.shape.recurrenceID != nil:
		id, _ = x.object.date(t.shape.recurrenceID) // series has read it before
	default:
		return
	}
	t.text = append(t.text, "RECURRENCE-ID"...)
	if id.Date {
		t.text = append(t.text, ";VALUE=DATE"...)
	}
	t.addValue(recurrenceHole, formOf(id), value)
}

// addValue appends the colon, the hole or nothing, and the line break.
func (t *template) addValue(h hole, f form, value bool) {
	t.text = append(t.text, ':')
	if value {
		t.pieces = append(t.pieces, piece{len(t.text), h, f})
	}
	t.text = append(t.text, '\r', '\n')
}

// addHole makes the hole for a property that is different in each instance, or leaves it out; it returns false if p stays
// as it is.
func (x *expander) addHole(t *template, p *Property, value bool) (done bool) {
	s := t.shape
	h := noHole
	switch p {
	case s.dtstart:
		h = startHole
	case s.dtend, s.due:
		h, t.ends = endHole, true
	case s.duration:
		t.ends = true
		if s.nominal == 0 && len(x.series.dates) < 2 { // always the same
			return false
		}
		t.text = append(t.text, p.Name...)
		t.addValue(durationHole, utcForm, value)
		return true
	case s.recurrenceID:
		return true
	}
	switch p.Name {
	case "RRULE", "EXRULE", "RDATE", "EXDATE":
		return true
	}
	if h == noHole || !s.placed {
		t.text, done = x.convert(t.text, s.comp, p, value)
		return done
	}
	d, err := x.object.date(p)
	if err != nil {
		return false
	}
	t.text = appendName(t.text, p)
	t.addValue(h, formOf(d), value)
	return true
}

// appendName appends the name and parameters of p, without TZID.
func appendName(dst []byte, p *Property) []byte {
	dst = append(dst, p.Name...)
	for _, param := range p.Params {
		if param.Name != "TZID" {
			line := AppendLine(nil, "", []Param{param}, "")
			dst = append(dst, line[:len(line)-len(":\r\n")]...)
		}
	}
	return dst
}

// convert appends p with its times in UTC if they have a zone, or returns false if p refers to none.
func (x *expander) convert(dst []byte, _ *Component, p *Property, value bool) ([]byte, bool) {
	if p.Param("TZID") == "" {
		return dst, false
	}
	dates, err := x.object.DateTimes(p)
	if err != nil || len(dates) == 0 || strings.IndexByte(p.Value, '/') >= 0 {
		return dst, false
	}
	dst = append(appendName(dst, p), ':')
	for i, d := range dates {
		if !value {
			break
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		f := formOf(d)
		at := d.Wall.Unix()
		if f == utcForm {
			at = d.In(nil).Unix()
		}
		dst = appendTime(dst, at, f)
	}
	return append(dst, '\r', '\n'), true
}
