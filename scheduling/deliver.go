package scheduling

import (
	"context"
	"errors"
	"slices"

	"convene/acl"
	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// sender is whose messages are delivered.
type sender struct {
	owner *store.Principal // nil: somebody outside
	actor string           // who acts, for the trace
	asked bool             // by REFRESH: what was sent before goes out again
}

func (s *change) sender(c *Change) sender {
	from := sender{owner: s.home.Owner}
	if c.Who != nil {
		from.actor = c.Who.Name
	}
	return from
}

// sent is what became of one message.
type sent struct {
	status  string // RFC 6638 section 3.2.9; "": nothing to say
	outcome string // for the trace
}

// deliver delivers the messages of a plan and notes its decisions. It returns the SCHEDULE-STATUS of those who got one that is not quiet.
func (w *Work) deliver(ctx context.Context, from sender, plan itip.Plan) (map[itip.Address]string, error) {
	results, err := w.send(ctx, from, plan.Messages)
	if err != nil {
		return nil, err
	}
	statuses := make(map[itip.Address]string)
	for i, m := range plan.Messages {
		if !m.Quiet && results[i].status != "" {
			statuses[m.To] = results[i].status
		}
	}
	w.note(from, plan, results)
	return statuses, nil
}

// send sends messages about one object: to people here at once, as far as there are not too many, to others by jobs.
func (w *Work) send(ctx context.Context, from sender, messages []itip.Message) ([]sent, error) {
	if len(messages) == 0 {
		return nil, nil
	}
	now := w.inline(messages)
	if err := w.Tx.Hold(now...); err != nil {
		return nil, err
	}
	if err := w.load(ctx, messages[0].Object.UID, now); err != nil {
		return nil, err
	}
	results := make([]sent, len(messages))
	queue := queued{from: from}
	for i, m := range messages {
		var err error
		p := w.recipient(m)
		switch {
		case p == nil:
			results[i], err = w.outside(from, m)
		case p.Kind == store.Group || p.Kind == store.Public:
			results[i] = sent{statusNotCapable, "gets no messages"}
		case slices.Contains(now, p.ID):
			results[i], err = w.deliverTo(ctx, from, p, m)
		default:
			queue.add(m)
			results[i] = sent{statusSent, "follows at once"}
		}
		if err != nil {
			return nil, err
		}
	}
	return results, queue.addTo(w)
}

// inline are those whose messages are delivered in this transaction.
func (w *Work) inline(messages []itip.Message) []store.PrincipalID {
	if w.later {
		return nil
	}
	addresses := make([]itip.Address, 0, len(messages))
	for _, m := range messages {
		addresses = append(addresses, m.To)
		if p := w.recipient(m); p != nil {
			addresses[len(addresses)-1] = addressOf(p)
		}
	}
	most := w.e.budget(messages[0].Object)
	var ids []store.PrincipalID
	for _, p := range w.dir.recipients(addresses) {
		if len(ids) < most || rank(p) == 0 || w.byJob {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// budget is how many people get an object in the transaction of its change, each a copy and an Inbox item.
func (e *Engine) budget(o *ical.Object) int {
	return max(1, min(e.o.MaxInline, e.o.MaxInlineBytes/(2*len(o.Raw()))))
}

// recipient is who gets a message; nil: nobody here. Who is invited by an address that says nothing may be known by EMAIL (RFC 7986
// section 6.2).
func (w *Work) recipient(m itip.Message) *store.Principal {
	if p := w.dir.principals[m.To]; p != nil {
		return p
	}
	for _, c := range m.Object.Parts {
		for p := range c.AllProps("ATTENDEE") {
			if email := p.Param("EMAIL"); email != "" && itip.ParseAddress(p.Value) == m.To {
				return w.dir.principals[itip.ParseAddress(email)]
			}
		}
	}
	return nil
}

// mayDeliver says whether somebody (nil: from outside) may put a message into an Inbox (RFC 6638 section 6.1).
func mayDeliver(home *store.Home, inbox *store.Collection, from *store.Principal, method itip.Method) bool {
	action := acl.DeliverInvite
	switch method {
	case itip.Reply, itip.Counter, itip.Refresh:
		action = acl.DeliverReply
	}
	return acl.Check(inbox.Rights.Of(home.Subject(from)), action) == acl.Allowed
}

// deliverTo delivers a message to somebody here, whose home the transaction holds.
func (w *Work) deliverTo(ctx context.Context, from sender, p *store.Principal, m itip.Message) (sent, error) {
	home := w.Tx.Home(p.ID)
	inbox := home.Inbox()
	if inbox == nil {
		return sent{statusNotCapable, "has no Inbox"}, nil
	}
	if !m.Quiet && !mayDeliver(home, inbox, from.owner, m.Method) {
		return sent{statusNoAuthority, "may not be sent to"}, nil
	}
	cp, err := w.copyOf(home)
	if err != nil {
		return sent{}, err
	}
	if p.KeepPrivate && m.Object.Class() != ical.ClassPublic && (cp == nil || m.Method == itip.Request) {
		return sent{statusNotCapable, "keeps private events off the server"}, nil
	}
	if cp == nil && m.Quiet {
		return sent{"", "has no copy"}, nil
	}
	result, cal, err := w.receive(p, cp, m)
	if err != nil {
		return w.refused(ctx, inbox, m, err)
	}
	if cal != nil {
		if cp == nil {
			cp = &copied{home: home, coll: home.DefaultCalendar(cal.Component)}
		}
		if cp.coll == nil { // RFC 6638 section 4.3
			return sent{statusNotCapable, "has no calendar for it"}, nil
		}
		if err := w.keep(ctx, cp, cal, result.Quiet); err != nil {
			return sent{}, err
		}
	}
	if !m.Quiet && tells(result.Outcome) && !w.ignores(ctx, home, &result) {
		if err := w.toInbox(ctx, inbox, m); err != nil {
			return sent{}, err
		}
	}
	if err := w.follow(ctx, home, cp, cal, m, &result); err != nil {
		return sent{}, err
	}
	s := sent{statusDelivered, string(result.Outcome)}
	if result.Outcome == itip.Unknown && m.Method != itip.Cancel {
		s.status = statusFailed
	}
	return s, nil
}

// tells says whether people should learn of a message with that outcome.
func tells(o itip.Outcome) bool {
	switch o {
	case itip.Created, itip.Applied, itip.Proposed, itip.Noted, itip.Refused:
		return true
	}
	return false
}

// refused handles what is not taken into a copy: a message about a known UID from somebody who is not its organizer is left to the
// person's judgement.
func (w *Work) refused(ctx context.Context, inbox *store.Collection, m itip.Message, cause error) (sent, error) {
	switch {
	case errors.Is(cause, itip.ErrNewOrganizer):
		return sent{statusDelivered, "another organizer: for the recipient to decide"}, w.toInbox(ctx, inbox, m)
	case errors.Is(cause, itip.ErrSender):
		return sent{statusNoAuthority, "not from the organizer"}, nil
	case errors.Is(cause, itip.ErrMessage), errors.Is(cause, itip.ErrSameOrganizer):
		return sent{statusFailed, "cannot be understood"}, nil
	}
	return sent{}, cause
}

// follow does what a message leads to: rooms and whoever has a policy answer, what was asked for is sent, and the others learn of answers
// a little later.
func (w *Work) follow(ctx context.Context, home *store.Home, cp *copied, cal *ical.Object, m itip.Message, result *itip.Result) error {
	var loud []itip.Message
	quiet := 0
	for _, next := range result.Messages {
		if next.Quiet && m.Method != itip.Refresh {
			quiet++
			continue
		}
		loud = append(loud, next)
	}
	if quiet > 0 {
		w.refresh(home, m.Object.UID, quiet)
	}
	if len(loud) > 0 {
		from := sender{home.Owner, home.Owner.Name, m.Method == itip.Refresh}
		plan := itip.Plan{Messages: loud, Decisions: result.Decisions}
		plan.Decisions = slices.DeleteFunc(slices.Clone(plan.Decisions), func(d itip.Decision) bool { return d.Quiet && !from.asked })
		if _, err := w.deliver(ctx, from, plan); err != nil {
			return err
		}
	}
	if len(result.Crashers) > 0 {
		return w.crashed(ctx, home, cp, m)
	}
	if cal == nil || m.Quiet {
		return nil
	}
	return w.attend(ctx, cp)
}
