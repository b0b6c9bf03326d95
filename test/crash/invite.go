package crash

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"convene/test/harness"
)

// Meeting is an event with guests, as the ledger of its organizer has it.
type Meeting struct {
	UID, Path string
	Organizer string   // name of an account
	Guests    []string // names of accounts
	Outside   bool     // somebody without a calendar here is invited too
	Revision  int      // 0: not there, not yet or not any more
	Told      []int    // revisions that the guests were told of since their Inboxes were last emptied; 0: that it is cancelled
	Sent      int      // changes since it was made that all guests were told of
}

// data is what the organizer writes: always all answers unknown, as if it had never read one.
func (m *Meeting) data(revision int) string {
	lines := []string{"ORGANIZER:" + address(m.Organizer), "ATTENDEE;PARTSTAT=ACCEPTED:" + address(m.Organizer)}
	for _, g := range m.Guests {
		lines = append(lines, "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:"+address(g))
	}
	if m.Outside {
		lines = append(lines, "ATTENDEE:mailto:somebody@outside.test")
	}
	return harness.Event(m.UID, summary(revision), harness.Day(20), lines...)
}

func summary(revision int) string { return fmt.Sprintf("revision %d", revision) }

func address(account string) string { return "mailto:" + account + "@example.com" }

// Organizer invites, changes and cancels. Its ledger has what the server acknowledged, and the one change whose answer never came.
type Organizer struct {
	Client  *harness.Client
	Rand    *rand.Rand
	Guests  []string // whom it invites
	All     bool     // always all of them, with a pause between changes
	Writes  *atomic.Int64
	Refused int // answered with 503

	Meetings map[string]*Meeting // by UID
	Pending  *Invitation         // sent, but not acknowledged
	serial   int
}

// Invitation is a change of a meeting.
type Invitation struct {
	Meeting  *Meeting
	Revision int // 0: it is removed
}

// Run works until ctx ends or a change is not acknowledged; an answer that no crash explains is an error.
func (o *Organizer) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		o.Pending = o.next()
		resp, err := o.send(context.WithoutCancel(ctx), o.Pending)
		switch {
		case err != nil:
			return nil // the connection broke: it was done or was not
		case resp.Status == http.StatusServiceUnavailable:
			o.Refused++
			return nil
		case resp.Status >= 300:
			return fmt.Errorf("%s: %s of %s: got %v", o.Client.User, summary(o.Pending.Revision), o.Pending.Meeting.UID, resp)
		}
		o.settle()
		o.Writes.Add(1)
		if o.All {
			time.Sleep(20 * time.Millisecond)
		}
	}
	return nil
}

// next draws a change.
func (o *Organizer) next() *Invitation {
	o.serial++
	var there []string
	for _, uid := range slices.Sorted(maps.Keys(o.Meetings)) {
		if o.Meetings[uid].Revision > 0 {
			there = append(there, uid)
		}
	}
	kind := o.Rand.IntN(10)
	if len(there) == 0 || kind < 3 {
		uid := fmt.Sprintf("%s-%d", o.Client.User, o.serial)
		m := &Meeting{UID: uid, Path: o.Client.Default() + uid + ".ics", Organizer: o.Client.User, Guests: o.Guests, Outside: !o.All && o.Rand.IntN(4) == 0}
		if !o.All {
			m.Guests = o.Guests[:1+o.Rand.IntN(len(o.Guests))]
		}
		return &Invitation{m, o.serial}
	}
	m := o.Meetings[there[o.Rand.IntN(len(there))]]
	if kind < 8 {
		return &Invitation{m, o.serial}
	}
	return &Invitation{m, 0}
}

func (o *Organizer) send(ctx context.Context, in *Invitation) (*harness.Response, error) {
	if in.Revision == 0 {
		return o.Client.Do(ctx, "DELETE", in.Meeting.Path, "")
	}
	return o.Client.Do(ctx, "PUT", in.Meeting.Path, in.Meeting.data(in.Revision))
}

// settle books the pending change as done.
func (o *Organizer) settle() {
	m := o.Pending.Meeting
	m.Revision, m.Told, m.Sent = o.Pending.Revision, append(m.Told, o.Pending.Revision), m.Sent+1
	o.Meetings[m.UID] = m
	o.Pending = nil
}

// Resolve finds out whether the pending change was done, by what the organizer's calendar holds of the meeting (nil: nothing).
func (o *Organizer) Resolve(found *item) (done bool, err error) {
	in := o.Pending
	was, is := "", ""
	if in.Meeting.Revision > 0 {
		was = summary(in.Meeting.Revision)
	}
	if in.Revision > 0 {
		is = summary(in.Revision)
	}
	now := ""
	if found != nil {
		now = found.Summary
	}
	switch now {
	case is:
		o.settle()
		return true, nil
	case was:
		o.Pending = nil
		return false, nil
	}
	return false, fmt.Errorf("%s: %s has %q, and neither %q nor %q", o.Client.User, in.Meeting.UID, now, was, is)
}
