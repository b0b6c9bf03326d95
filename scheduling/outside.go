package scheduling

import (
	"context"
	"errors"
	"strconv"
	"time"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// outside leaves a message to somebody who has no calendar here for the carrier. Who only would learn of other attendees gets none.
func (w *Work) outside(from sender, m itip.Message) (sent, error) {
	switch {
	case w.e.isOurs(m.To):
		return sent{statusInvalidUser, "nobody has this address"}, nil
	case m.Quiet && !from.asked || from.owner == nil:
		return sent{"", "not told of such changes"}, nil
	}
	plain, err := m.External()
	if err != nil {
		return sent{}, err
	}
	stamp := stampOf(m.Object)
	if from.asked { // else it would be taken for the one that went out before
		stamp = w.Tx.Now()
	}
	w.Tx.AddOutgoing(store.Outgoing{
		Owner: from.owner.ID, UID: m.Object.UID, Sender: string(m.From), Recipient: string(m.To), Method: string(m.Method),
		Sequence: sequenceOf(m.Object), Stamp: stamp, Instances: instancesOf(m.Object), Data: plain.Bytes(),
		State: store.OutgoingWaiting, Status: statusPending,
	})
	return sent{statusPending, "waits for the carrier"}, nil
}

// stampOf is the latest DTSTAMP in an object.
func stampOf(o *ical.Object) (latest time.Time) {
	for _, c := range o.Parts {
		if p := c.Prop("DTSTAMP"); p != nil {
			if t, err := time.Parse("20060102T150405Z", p.Value); err == nil && t.After(latest) {
				latest = t
			}
		}
	}
	return latest
}

// giveUp is how long a message is tried to be sent.
const giveUp = 48 * time.Hour

// carry gives a message to the carrier, and writes what became of it into the copy of who sent it.
func (e *Engine) carry(ctx context.Context, job *store.Job) error {
	id, err := strconv.ParseInt(string(job.Data), 10, 64)
	if err != nil {
		return err
	}
	out, err := e.db.OutgoingByID(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return e.finish(ctx, job)
	}
	if err != nil {
		return err
	}
	status, err := e.carrier.Carry(ctx, out)
	if err != nil && time.Since(out.Created) < giveUp {
		return err
	}
	state := store.OutgoingSent
	switch {
	case err != nil:
		status, state = statusFailed, store.OutgoingFailed
	case status == statusNoService:
		state = store.OutgoingKept
	case status > "3":
		state = store.OutgoingFailed
	}
	_, err = Run(ctx, e, []store.PrincipalID{out.Owner}, nil, func(ctx context.Context, w *Work) (struct{}, error) {
		w.Tx.SetOutgoing(out.ID, state, status)
		w.Tx.FinishJob(job.ID)
		w.trace = append(w.trace, store.TraceEntry{
			At: w.Tx.Now(), Owner: out.Owner, UID: out.UID, Sender: out.Sender, Recipient: out.Recipient, Method: out.Method, Rule: "carried",
			Outcome: state, Status: status, Sequence: out.Sequence, Instances: out.Instances,
		})
		w.tally("carried", state)
		return struct{}{}, w.setStatus(ctx, out, status)
	})
	return err
}

// setStatus writes what became of a message into the copy of who sent it, if there still is one.
func (w *Work) setStatus(ctx context.Context, out *store.Outgoing, status string) error {
	if err := w.load(ctx, out.UID, []store.PrincipalID{out.Owner}); err != nil {
		return err
	}
	cp, err := w.copyOf(w.Tx.Home(out.Owner))
	if err != nil || cp == nil {
		return err
	}
	data := itip.SetStatus(cp.cal, w.dir.people, map[itip.Address]string{itip.Address(out.Recipient): status})
	cal, err := reparsed(cp.cal, data)
	if err != nil || cal == cp.cal {
		return err
	}
	return w.keep(ctx, cp, cal, true)
}
