package ical

// SplitPersonal takes apart what somebody who shares an object writes: what is for all, and what is personal: alarms, TRANSP, and
// what clients note for themselves. before is what is stored for all, nil if in is new. shared is in with the personal parts of
// before, or before itself, byte for byte, if nothing else is different but DTSTAMP, LAST-MODIFIED and how it is written; an override
// that is new gets what before has for the master, and where that has no master either all get the TRANSP of in. personal is a
// calendar with a component for each RECURRENCE-ID: alarms, notes, and TRANSP where it is not that of shared; nil if there are
// none. It holds no more than in, which Limits bound. The error is an *Error of TooLarge, if new overrides would get too much of
// the master.
func SplitPersonal(in, before *Object) (shared, personal []byte, err error) {
	theirs := &personals{}
	if before != nil {
		theirs = before.personals()
	}
	w := personalWriter{object: in}
	var edits []edit
	for _, c := range in.Parts {
		instance := in.instance(c)
		their, found, ok := theirs.of(instance)
		if !ok {
			return nil, nil, fail(TooLarge, in.lineOf(c), "more than %d MB of alarms for all instances", maxInherited>>20)
		}
		own := in.personal(c)
		other := found && own.transparent != their.transparent
		edits = in.personalEdits(edits, c, &their, other)
		w.add(c, instance, own, other)
	}
	if before != nil && in.sameShared(before) {
		return before.raw, w.finish(), nil
	}
	return splice(in.raw, edits), w.finish(), nil
}

// MergePersonal returns shared as somebody sees it whose personal part SplitPersonal has made: with that person's alarms, notes of
// clients and TRANSP, and nobody else's. A component that personal does not know gets what is there for the master; what shared
// does not know any more is left out. Where personal is nil, nobody's alarms and notes are there, and TRANSP is that of shared. The
// error is an *Error, for a personal part that cannot be read.
func MergePersonal(shared *Object, personal []byte) ([]byte, error) {
	own := &personals{}
	if personal != nil {
		calendar, err := Parse(personal, StoredLimits)
		if err != nil {
			return nil, err
		}
		own = (&Object{Calendar: calendar, raw: personal}).personals()
	}
	var edits []edit
	for _, c := range shared.Parts {
		part, _, _ := own.of(shared.instance(c)) // one that is too much to be had again is left out: reading goes on
		edits = shared.personalEdits(edits, c, &part, part.transp != nil)
	}
	return splice(shared.raw, edits), nil
}

// personalWriter writes the personal part of an object.
type personalWriter struct {
	object *Object
	master bool // it is written
	dst    []byte
}

// add writes the component for c, if there is anything in it or in that of the master, which comes first. transp: TRANSP is another one
// than in the shared part.
func (w *personalWriter) add(c *Component, instance DateTime, own personal, transp bool) {
	own.transp = nil
	if transp {
		own.transp = []byte("TRANSP:OPAQUE\r\n")
		if own.transparent {
			own.transp = []byte("TRANSP:TRANSPARENT\r\n")
		}
	}
	if own.empty() && !w.master {
		return
	}
	if w.dst == nil {
		w.dst = append(w.dst, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:"+ProductID+"\r\n"...)
	}
	if instance == (DateTime{}) {
		w.master = true
	}
	w.dst = appendMarker(w.dst, "BEGIN:", c.Name)
	if uid := c.Prop("UID"); uid != nil {
		w.dst = append(w.dst, w.object.raw[uid.Start:uid.End]...)
	}
	if instance != (DateTime{}) {
		w.dst = append(w.dst, "RECURRENCE-ID"...)
		if instance.Date {
			w.dst = append(w.dst, ";VALUE=DATE"...)
		}
		w.dst = appendTime(append(w.dst, ':'), instance.Wall.Unix(), formOf(instance))
		w.dst = append(w.dst, '\r', '\n')
	}
	w.dst = append(append(append(w.dst, own.transp...), own.notes...), own.alarms...)
	w.dst = appendMarker(w.dst, "END:", c.Name)
}

// finish returns what was written, nil if that is nothing.
func (w *personalWriter) finish() []byte {
	if w.dst == nil {
		return nil
	}
	return appendMarker(w.dst, "END:", "VCALENDAR")
}
