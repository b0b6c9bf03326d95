package scheduling

import (
	"strconv"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// note adds the decisions of a plan to the trace, with what became of the messages.
func (w *Work) note(from sender, plan itip.Plan, results []sent) {
	type key struct {
		to     itip.Address
		method itip.Method
	}
	byMessage := make(map[key]int, len(plan.Messages))
	for i, m := range plan.Messages {
		byMessage[key{m.To, m.Method}] = i
	}
	for _, d := range plan.Decisions {
		e := store.TraceEntry{
			At: w.Tx.Now(), Actor: from.actor, UID: w.uid, Recipient: string(d.To), Method: string(d.Method), Rule: string(d.Rule), Quiet: d.Quiet,
		}
		if from.owner != nil {
			e.Owner, e.Sender = from.owner.ID, string(addressOf(from.owner))
		}
		if i, ok := byMessage[key{d.To, d.Method}]; ok {
			m := plan.Messages[i]
			e.UID, e.Sequence, e.Instances = m.Object.UID, sequenceOf(m.Object), instancesOf(m.Object)
			e.Outcome, e.Status = results[i].outcome, results[i].status
			w.tally("message", e.Outcome)
		}
		w.trace = append(w.trace, e)
	}
}

// noteSilence adds to the trace that nobody is told of a change, and why.
func (w *Work) noteSilence(c *Change, why string) {
	e := store.TraceEntry{At: w.Tx.Now(), Owner: c.Coll.Owner, UID: c.In.UID, Rule: why}
	if c.Before != nil {
		e.UID = c.Before.UID
	}
	if c.Who != nil {
		e.Actor = c.Who.Name
	}
	w.trace = append(w.trace, e)
}

// tally counts for Options.Count, once the transaction stands.
func (w *Work) tally(what, result string) {
	if w.counts == nil {
		w.counts = make(map[[2]string]int)
	}
	w.counts[[2]string{what, result}]++
}

func (w *Work) count() {
	for k, n := range w.counts {
		for range n {
			w.e.o.Count(k[0], k[1])
		}
	}
}

// sequenceOf is the highest SEQUENCE in an object.
func sequenceOf(o *ical.Object) (most int) {
	for _, c := range o.Parts {
		if p := c.Prop("SEQUENCE"); p != nil {
			if n, err := strconv.Atoi(p.Value); err == nil {
				most = max(most, n)
			}
		}
	}
	return most
}

// instancesOf are the RECURRENCE-IDs of an object that is not about the whole series.
func instancesOf(o *ical.Object) (ids []string) {
	if o.Master() != nil {
		return nil
	}
	for _, c := range o.Parts {
		if p := c.Prop("RECURRENCE-ID"); p != nil {
			ids = append(ids, p.Value)
		}
	}
	return ids
}
