package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Verify lets jobs finish and compares everything that anybody holds with the ledgers.
func (l *Inviting) Verify(ctx context.Context) error {
	if err := l.finishJobs(ctx); err != nil {
		return err
	}
	var doubtful []*Meeting // whose change was under way
	held := map[string]map[string]*item{}
	for _, o := range l.Organizers {
		own, err := l.events(ctx, o.Client.User)
		if err != nil {
			return err
		}
		held[o.Client.User] = own
		m, err := l.resolve(o, own)
		if err != nil {
			return err
		}
		if m != nil {
			doubtful = append(doubtful, m)
		}
		if err := l.verifyOrganizer(o, own); err != nil {
			return err
		}
	}
	for _, account := range l.invited() {
		if err := l.verifyGuest(ctx, account, held); err != nil {
			return err
		}
	}
	for _, o := range l.Organizers {
		if err := l.verifyReplies(ctx, o); err != nil {
			return err
		}
	}
	for _, m := range append(doubtful, l.anyMeeting()...) {
		if err := l.verifyTrace(m); err != nil {
			return err
		}
	}
	l.forget()
	return nil
}

// resolve settles an organizer's pending change by what its calendar holds, and returns the meeting, nil if there is none to look at.
func (l *Inviting) resolve(o *Organizer, own map[string]*item) (*Meeting, error) {
	if o.Pending == nil {
		return nil, nil
	}
	uid := o.Pending.Meeting.UID
	done, err := o.Resolve(own[uid])
	if err != nil {
		return nil, err
	}
	if done {
		l.Done++
	} else {
		l.Undone++
	}
	return o.Meetings[uid], nil
}

// invited are all who may have been.
func (l *Inviting) invited() (accounts []string) {
	for _, o := range l.Organizers {
		accounts = append(accounts, o.Guests...)
	}
	slices.Sort(accounts)
	return slices.Compact(accounts)
}

// meetings are those with somebody among their guests.
func (l *Inviting) meetings(guest string) map[string]*Meeting {
	found := map[string]*Meeting{}
	for _, o := range l.Organizers {
		for uid, m := range o.Meetings {
			if slices.Contains(m.Guests, guest) {
				found[uid] = m
			}
		}
	}
	return found
}

// anyMeeting draws one of each organizer.
func (l *Inviting) anyMeeting() (list []*Meeting) {
	for _, o := range l.Organizers {
		if uids := slices.Sorted(maps.Keys(o.Meetings)); len(uids) > 0 {
			list = append(list, o.Meetings[uids[l.Rand.IntN(len(uids))]])
		}
	}
	return list
}

// forget begins a new count of messages.
func (l *Inviting) forget() {
	for _, o := range l.Organizers {
		for _, m := range o.Meetings {
			m.Told = nil
		}
	}
	for _, g := range l.Guests {
		clear(g.Sent)
	}
}

// verifyOrganizer compares an organizer's calendar with its ledger.
func (l *Inviting) verifyOrganizer(o *Organizer, own map[string]*item) error {
	there := 0
	for uid, m := range o.Meetings {
		switch it := own[uid]; {
		case m.Revision == 0 && it != nil:
			return fmt.Errorf("%s: %s was removed, but is %q", o.Client.User, uid, it.Summary)
		case m.Revision > 0 && (it == nil || it.Summary != summary(m.Revision)):
			return fmt.Errorf("%s: %s was acknowledged as %q, but is %+v", o.Client.User, uid, summary(m.Revision), it)
		case m.Revision > 0:
			there++
		}
	}
	if there != len(own) {
		return fmt.Errorf("%s has %d events, the ledger has %d", o.Client.User, len(own), there)
	}
	return nil
}

// verifyGuest compares the calendar of a guest with those of the organizers, held, and its Inbox with what it was told.
func (l *Inviting) verifyGuest(ctx context.Context, account string, held map[string]map[string]*item) error {
	own, err := l.events(ctx, account)
	if err != nil {
		return err
	}
	for _, g := range l.Guests {
		if g.Client.User == account && g.Pending != nil {
			if err := g.Resolve(own); err != nil {
				return err
			}
		}
	}
	meetings := l.meetings(account)
	for uid := range own {
		if meetings[uid] == nil {
			return fmt.Errorf("%s has %s, to which nobody invited it", account, uid)
		}
	}
	for uid, m := range meetings {
		if err := agrees(account, m, own[uid], held[m.Organizer][uid]); err != nil {
			return err
		}
	}
	inbox, err := l.messages(ctx, account)
	if err != nil {
		return err
	}
	return toldOnce(account, meetings, own, inbox)
}

// agrees says whether a guest's copy is as the organizer's.
func agrees(account string, m *Meeting, own, organizers *item) error {
	switch {
	case m.Revision == 0 && own != nil && !own.Cancelled:
		return fmt.Errorf("%s has %s (%q), which was cancelled", account, m.UID, own.Summary)
	case m.Revision == 0:
		return nil
	case own == nil:
		return fmt.Errorf("%s does not have %s, to which %s invited it", account, m.UID, m.Organizer)
	case own.Cancelled, own.Summary != summary(m.Revision):
		return fmt.Errorf("%s has %q of %s (cancelled: %v), %s has %q", account, own.Summary, m.UID, own.Cancelled, m.Organizer, summary(m.Revision))
	case !maps.Equal(own.Answers, organizers.Answers):
		return fmt.Errorf("%s: the answers in %s are %v, those of %s are %v", account, m.UID, own.Answers, m.Organizer, organizers.Answers)
	}
	return nil
}

// toldOnce says whether each change is in the Inbox once. Of those that are left to jobs, a later one may have been first; then the earlier is
// not told any more, and if that later one cancels the meeting, neither, to whom had no copy.
func toldOnce(account string, meetings map[string]*Meeting, own map[string]*item, inbox []*item) error {
	type message struct {
		uid  string
		what string
	}
	got := map[message]int{}
	for _, it := range inbox {
		what := it.Summary
		if it.Method == "CANCEL" {
			what = summary(0)
		}
		got[message{it.UID, what}]++
	}
	total := 0
	for uid, m := range meetings {
		for i, revision := range m.Told {
			n := got[message{uid, summary(revision)}]
			total += n
			late := len(m.Guests) == town && (i < len(m.Told)-1 || own[uid] == nil)
			if n > 1 || n == 0 && !late {
				return fmt.Errorf("%s was told of %q of %s %d times; told were %v", account, summary(revision), uid, n, m.Told)
			}
		}
	}
	if total != len(inbox) {
		return fmt.Errorf("%s has %d messages, %d of them of acknowledged changes: %v", account, len(inbox), total, got)
	}
	return nil
}

// verifyReplies looks for each answer in the Inbox of the organizer, once.
func (l *Inviting) verifyReplies(ctx context.Context, o *Organizer) error {
	inbox, err := l.messages(ctx, o.Client.User)
	if err != nil {
		return err
	}
	type from struct{ uid, who string }
	got, want := map[from]int{}, map[from]int{}
	for _, it := range inbox {
		for who := range it.Answers {
			got[from{it.UID, who}]++
		}
	}
	for _, g := range l.Guests {
		for uid, n := range g.Sent {
			if o.Meetings[uid] != nil {
				want[from{uid, address(g.Client.User)}] = n
			}
		}
	}
	if !maps.Equal(got, want) {
		return fmt.Errorf("%s: answers in the Inbox: %v, want %v", o.Client.User, got, want)
	}
	return nil
}

// told is of what convene explain --json prints.
type told struct {
	Changes []struct {
		Actor     string
		Decisions []struct {
			Recipient, Method, Rule string
			Quiet                   bool
		}
	}
	Messages []struct{ State, Status string }
	Jobs     []waitingJob
}

// verifyTrace looks for each change of a meeting in the trace, once, and for its message to people outside.
func (l *Inviting) verifyTrace(m *Meeting) error {
	out, err := l.Server.CLI("explain", m.UID, "--data", l.Server.Dir, "--json", "--limit", "100000")
	if err != nil {
		return err
	}
	var t told
	if err := json.Unmarshal([]byte(out), &t); err != nil {
		return err
	}
	sent := map[string]int{}
	for _, c := range t.Changes {
		for _, d := range c.Decisions {
			if c.Actor == m.Organizer && !d.Quiet && (d.Method == "REQUEST" || d.Method == "CANCEL") && d.Rule != "delivered later" {
				sent[d.Recipient]++
			}
		}
	}
	for _, g := range m.Guests {
		if sent[address(g)] != m.Sent {
			return fmt.Errorf("%s: by the trace %s was told %d times, want %d", m.UID, g, sent[address(g)], m.Sent)
		}
	}
	want := 0
	if m.Outside {
		want = m.Sent
	}
	if len(t.Messages) != want {
		return fmt.Errorf("%s: %d messages to people outside, want %d", m.UID, len(t.Messages), want)
	}
	for _, out := range t.Messages {
		if out.State != "kept" || out.Status != "5.2" {
			return fmt.Errorf("%s: a message to somebody outside is %v", m.UID, out)
		}
	}
	return nil
}
