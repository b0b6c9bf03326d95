package itip

// compareExcluded finds the instances that the attendee has excluded, or wants back.
func (w *answering) compareExcluded(now, was *content) error {
	for id := range now.exdates {
		if !was.exdates[id] && w.before.has(id) {
			w.exclude(id)
		}
	}
	for id := range was.exdates {
		if now.exdates[id] {
			continue
		}
		if _, own := w.excluded[id]; !own {
			return ErrAttendeeChange
		}
		delete(w.excluded, id)
		if w.returned == nil {
			w.returned = make(InstanceSet)
		}
		w.returned[id] = true
		x := w.after.part(id)
		if x == nil {
			x = w.after.master()
		}
		w.answered(id, partStatOf(w.ctx.ownerIn(x)))
	}
	return nil
}

// exclude notes that the attendee has excluded an instance, unless it is cancelled, and put away only, or the attendee is not invited to
// it.
func (w *answering) exclude(id Instance) {
	x := w.before.part(id)
	if x != nil && w.before.contentOf(x).status == "CANCELLED" {
		return
	}
	if x == nil {
		x = w.before.master()
	}
	own := w.ctx.ownerIn(x)
	if own == nil {
		return
	}
	old := answerOf(own)
	if w.excluded == nil {
		w.excluded = make(map[Instance]answer)
	}
	w.excluded[id] = old
	if old.partStat != "DECLINED" {
		w.answered(id, "DECLINED")
	}
}
