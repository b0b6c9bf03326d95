package meetings

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"convene/store"
)

// message is a kind of message that somebody gets about a meeting.
type message struct{ uid, to, method string }

// who is somebody in a meeting.
type who struct{ uid, address string }

// ledger notes what was done, and what must have followed.
type ledger struct {
	sync.Mutex
	log     []string
	owners  map[string]string // the organizers, by UID
	tells   map[message]tells
	rows    map[who]int             // changes for which there has to be a row in the trace
	hidden  map[who]map[string]bool // instances that attendees have excluded
	deleted map[who]bool            // whoever has deleted a copy need not have one
}

func newLedger() *ledger {
	return &ledger{
		owners: map[string]string{}, tells: map[message]tells{}, rows: map[who]int{}, hidden: map[who]map[string]bool{}, deleted: map[who]bool{},
	}
}

// note writes down what was done.
func (l *ledger) note(deeds []deed) {
	l.Lock()
	defer l.Unlock()
	for _, d := range deeds {
		l.log = append(l.log, fmt.Sprintf("%s %s: %s -> %v", d.by.account, d.uid, d.what, d.tells))
		for _, t := range d.tells {
			m := message{d.uid, t.to, t.method}
			sum := l.tells[m]
			l.tells[m] = tells{t.to, t.method, sum.least + t.least, sum.most + t.most}
		}
		for _, address := range d.others {
			l.rows[who{d.uid, address}]++
		}
		if d.what == "create" {
			l.owners[d.uid] = d.by.address
		}
		own := who{d.uid, d.by.address}
		if d.deletes {
			l.deleted[own] = true
		}
		if d.hides != "" {
			if l.hidden[own] == nil {
				l.hidden[own] = map[string]bool{}
			}
			l.hidden[own][d.hides] = true
		}
	}
}

// story is what was done with a meeting, for failures.
func (l *ledger) story(uid string) string {
	lines := slices.Clone(l.log)
	return strings.Join(slices.DeleteFunc(lines, func(s string) bool { return !strings.Contains(s, " "+uid+":") }), "\n")
}

// telling are the outcomes of messages that are left in an Inbox.
var telling = map[string]bool{"created": true, "applied": true, "refused": true, "proposed": true, "noted": true}

// account is what the trace says of one meeting.
type account struct {
	uid            string
	sent           map[message]int // by people, to people and rooms
	items          map[message]int // that must lie in Inboxes
	rows           map[string]int  // for each recipient, of what its organizer did
	follows, later map[message]int // what was left to jobs, and what they did
	dropped        map[message]int // what they had no reason for any more, even if nobody would have been told
}

// read takes one row.
func (a *account) read(e *store.TraceEntry, organizer string) error {
	m := message{a.uid, e.Recipient, e.Method}
	switch e.Rule {
	case "delivered later":
		if !e.Quiet {
			a.later[m]++
		}
	case "no longer invited when it was to be delivered":
		a.dropped[message{a.uid, e.Recipient, "REQUEST"}]++
	default:
		if e.Sender == organizer {
			a.rows[e.Recipient]++
		}
		if e.Method != "" && !e.Quiet && !isRoom(e.Sender) {
			a.sent[m]++
		}
	}
	if e.Outcome == "follows at once" && !e.Quiet {
		a.follows[m]++
	}
	if !e.Quiet && telling[e.Outcome] {
		a.items[m]++
	}
	if e.Status > "2" && (e.Method != "REPLY" || e.Outcome != "unknown") { // an answer may come when there is nothing to answer any more
		return fmt.Errorf("%s: the trace says that %s to %s came to %s %s", a.uid, e.Method, e.Recipient, e.Status, e.Outcome)
	}
	return nil
}

// audit holds the trace of all meetings against what was done, and against what lies in the Inboxes.
func (w *world) audit(ctx context.Context, views map[*person]*view) error {
	inboxes := map[string]map[message]int{}
	for p, v := range views {
		for _, i := range v.inbox {
			if inboxes[i.uid] == nil {
				inboxes[i.uid] = map[message]int{}
			}
			inboxes[i.uid][message{i.uid, p.address, i.method}]++
		}
	}
	var errs []error
	for uid, organizer := range w.ledger.owners {
		rows, err := w.s.nodes[0].db.Trace(ctx, uid, nil, 1_000_000)
		if err != nil {
			return err
		}
		a := &account{uid, map[message]int{}, map[message]int{}, map[string]int{}, map[message]int{}, map[message]int{}, map[message]int{}}
		for i := range rows {
			if err := a.read(&rows[i], organizer); err != nil {
				errs = append(errs, err)
			}
		}
		errs = append(errs, w.ledger.compare(a, inboxes[uid])...)
	}
	return errors.Join(errs...)
}

// compare holds an account against what was done, and what is in the Inboxes.
func (l *ledger) compare(a *account, inbox map[message]int) (errs []error) {
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %s\n%s", a.uid, fmt.Sprintf(format, args...), l.story(a.uid)))
	}
	for m, n := range a.sent {
		if t := l.tells[m]; n < t.least || n > t.most {
			fail("%d %s were sent to %s, %d to %d should have been", n, m.method, m.to, t.least, t.most)
		}
	}
	for m, t := range l.tells {
		if m.uid == a.uid && t.least > 0 && a.sent[m] == 0 {
			fail("no %s was sent to %s, %d should have been", m.method, m.to, t.least)
		}
	}
	if !maps.Equal(a.items, inbox) {
		fail("by the trace there should be in the Inboxes %v, there are %v", a.items, inbox)
	}
	for _, m := range slices.Concat(slices.Collect(maps.Keys(a.follows)), slices.Collect(maps.Keys(a.later))) {
		if n := a.follows[m]; n < a.later[m] || n > a.later[m]+a.dropped[m] {
			fail("%d %s for %s were left to jobs, they did %d and dropped %d", n, m.method, m.to, a.later[m], a.dropped[m])
		}
	}
	for to, n := range l.rows {
		if to.uid == a.uid && a.rows[to.address] < n {
			fail("the trace has %d rows for %s and %d changes", a.rows[to.address], to.address, n)
		}
	}
	return errs
}
