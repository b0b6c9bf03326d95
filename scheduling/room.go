package scheduling

import (
	"context"
	"fmt"
	"time"

	"convene/scheduling/itip"
	"convene/scheduling/policy"
	"convene/store"
)

// policyOf is how somebody answers; nil: not by itself. Rooms and resources have one in any case.
func (w *Work) policyOf(ctx context.Context, p *store.Principal) *policy.Policy {
	if p.Policy == "" && !p.Kind.Bookable() {
		return nil
	}
	rules, err := policy.Parse(p.Policy)
	if err != nil { // of a later release
		w.e.log.ErrorContext(ctx, "a policy cannot be read", "principal", p.Name, "error", err)
		return nil
	}
	return rules
}

// attend answers for rooms, and for people with a policy, what was just delivered into cp.
func (w *Work) attend(ctx context.Context, cp *copied) error {
	owner := cp.home.Owner
	rules := w.policyOf(ctx, owner)
	if rules == nil || cp.cal == nil || cp.cal.Component != "VEVENT" {
		return nil
	}
	d, err := w.desk(ctx, cp.home, rules, cp.cal, cp.coll.Zone, w.Tx.Now())
	if err != nil {
		return err
	}
	a, err := d.decide(ctx)
	if err != nil {
		return err
	}
	if owner.Kind.Bookable() {
		if err := w.Tx.Rebook(ctx, owner.ID, cp.cal.UID, a.drop, a.add); err != nil {
			return err
		}
	}
	if err := w.reply(ctx, cp, a); err != nil || a.offer == nil {
		return err
	}
	return w.propose(ctx, cp, d, a)
}

// TakenError says that somebody wrote into the calendar of a room at a time at which it is booked. It is a store.ErrTaken.
type TakenError struct {
	Room *store.Principal
	At   time.Time // when what cannot be had starts
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("scheduling: %s is booked by another at %s", e.Room.Name, e.At.UTC().Format(time.RFC3339))
}

// Is makes errors.Is(err, store.ErrTaken) true.
func (e *TakenError) Is(target error) bool { return target == store.ErrTaken }

// occupied books a room for what a client has stored in its calendar: an event that nobody organizes, or the answer of the manager.
// *TakenError: the room is not free.
func (w *Work) occupied(ctx context.Context, cp *copied) error {
	owner := cp.home.Owner
	if !owner.Kind.Bookable() || cp.coll.Kind != store.KindCalendar || cp.cal == nil || cp.cal.Component != "VEVENT" {
		return nil
	}
	rules := w.policyOf(ctx, owner)
	if rules == nil {
		rules = &policy.Policy{}
	}
	d, err := w.desk(ctx, cp.home, rules, cp.cal, cp.coll.Zone, w.Tx.Now())
	if err != nil {
		return err
	}
	if len(rules.Pool) > 0 {
		return w.approved(ctx, cp, d)
	}
	a, refused, err := d.sync(ctx)
	if err != nil {
		return err
	}
	if len(refused) > 0 {
		return &TakenError{owner, refused[0].slot.Start}
	}
	return w.Tx.Rebook(ctx, owner.ID, cp.cal.UID, a.drop, a.add)
}

// vacated frees a room of what a client has removed from its calendar, unless another copy of it is there.
func (w *Work) vacated(ctx context.Context, home *store.Home, uid string) error {
	if !home.Owner.Kind.Bookable() || uid == "" {
		return nil
	}
	there, err := w.Tx.CopiesOf(ctx, uid, home.Owner.ID)
	if err != nil || len(there[home.Owner.ID]) > 0 {
		return err
	}
	return w.Tx.Release(ctx, home.Owner.ID, uid)
}

// crashed is told of an answer by somebody who was not invited: by the organizer's policy it is invited, or left to the organizer.
func (w *Work) crashed(ctx context.Context, home *store.Home, cp *copied, m itip.Message) error {
	if w.crashers(ctx, home.Owner) != policy.CrashersAdd || cp == nil {
		return nil
	}
	plan, err := itip.Admit(w.context(home.Owner), cp.cal, m)
	if err != nil || plan.Object == nil {
		return err
	}
	if err := w.know(itip.Addresses(cp.cal)); err != nil {
		return err
	}
	cal, err := reparsed(cp.cal, plan.Object)
	if err != nil {
		return err
	}
	if err := w.keep(ctx, cp, cal, false); err != nil {
		return err
	}
	_, err = w.deliver(ctx, sender{owner: home.Owner, actor: home.Owner.Name}, plan)
	return err
}

// crashers is what becomes of those who answer somebody without being invited.
func (w *Work) crashers(ctx context.Context, owner *store.Principal) policy.Crashers {
	if rules := w.policyOf(ctx, owner); rules != nil && rules.Crashers != policy.CrashersUnset {
		return rules.Crashers
	}
	return policy.CrashersAsk
}

// ignores says whether a message is of somebody who was not invited, and whom the organizer does not want to hear of.
func (w *Work) ignores(ctx context.Context, home *store.Home, result *itip.Result) bool {
	return len(result.Crashers) > 0 && w.crashers(ctx, home.Owner) == policy.CrashersIgnore
}
