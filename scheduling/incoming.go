package scheduling

import (
	"context"
	"time"

	"convene/scheduling/itip"
	"convene/store"
)

// Receive takes in a message to somebody here from somebody outside, whom the caller has found to be m.From. It returns what became of it:
// a status for the sender (RFC 5546 section 3.6), and an outcome for people. An *ical.Error says that nobody could store it here.
func (e *Engine) Receive(ctx context.Context, to *store.Principal, m itip.Message) (status, outcome string, err error) {
	if err := m.Object.CheckDensity(ctx, e.o.MaxInstances, time.UTC); err != nil {
		return statusFailed, "", err
	}
	m, err = m.External() // who writes as if it were this server is not believed
	if err != nil {
		return statusFailed, "", err
	}
	result, err := Run(ctx, e, []store.PrincipalID{to.ID}, nil, func(ctx context.Context, w *Work) (sent, error) {
		if err := w.know(append(itip.Addresses(m.Object), m.From, m.To)); err != nil {
			return sent{}, err
		}
		if err := w.load(ctx, m.Object.UID, []store.PrincipalID{to.ID}); err != nil {
			return sent{}, err
		}
		result, err := w.deliverTo(ctx, sender{actor: string(m.From)}, to, m)
		if err != nil {
			return sent{}, err
		}
		w.trace = append(w.trace, store.TraceEntry{
			At: w.Tx.Now(), Owner: to.ID, Actor: string(m.From), UID: m.Object.UID, Sender: string(m.From), Recipient: string(addressOf(to)),
			Method: string(m.Method), Rule: "came from outside", Outcome: result.outcome, Status: result.status,
			Sequence: sequenceOf(m.Object), Instances: instancesOf(m.Object),
		})
		w.tally("message", result.outcome)
		return result, nil
	})
	return result.status, result.outcome, err
}
