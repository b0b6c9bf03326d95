package itip

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/ical"
)

var (
	worldSequences = flag.Int("world.sequences", 0, "random sequences of changes and messages that TestWorld and TestWorldDelegating play; 0: 1000, with -short 300")
	worldSeed      = flag.Uint64("world.seed", 0, "seed of the first of them")
)

// world is one organizer, some attendees, and the messages between them.
type world struct {
	t       testing.TB
	rand    *rand.Rand
	now     time.Time
	people  People
	org     []byte // the organizer's copy
	seen    []byte // what the organizer's client has last read
	copies  map[Address][]byte
	pending []Message
	log     []func() string
	sent    int

	prompt bool // messages are delivered at once, and what is quiet, or cancels what is not there, makes no copy
	batch  bool // answers reach the others some time later, together
	due    bool // there are some that have not

	all    []Address               // the attendees, and the delegate if they delegate
	hidden map[Address]InstanceSet // what people have ever excluded from their copies
	gone   map[Address]bool        // who has deleted a copy: what comes after is a matter of taste

	objects map[*byte]*object // what was parsed, by its first byte
	found   map[*object][]ical.Instance
	sights  map[sightKey]*sight
	checked map[*ical.Object]bool // bodies of messages that hold nothing private
}

const organizerAddress = Address("mailto:org@example.com")

var everybody = []Address{"mailto:ann@example.com", "mailto:bob@example.com", "mailto:cyd@example.com"}

// delegate is one more, whom only attendees invite, if they do.
const delegate = Address("mailto:dan@example.com")

func newWorld(t testing.TB, seed uint64) *world {
	w := &world{
		t: t, rand: rand.New(rand.NewPCG(seed, 1)), now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC),
		people: People{}, copies: map[Address][]byte{}, all: everybody, gone: map[Address]bool{}, hidden: map[Address]InstanceSet{},
		objects: map[*byte]*object{}, sights: map[sightKey]*sight{}, found: map[*object][]ical.Instance{}, checked: map[*ical.Object]bool{},
	}
	w.people.Add("mailto:ann@example.com", "mailto:ann.alias@example.org", "/dav/principals/user/ann/")
	w.prompt, w.batch = w.chance(4), w.chance(3)
	w.logf("seed %d", seed)
	return w
}

func (w *world) chance(n int) bool { return w.rand.IntN(n) == 0 }

// logf notes a step. It is written out only if the test fails.
func (w *world) logf(format string, args ...any) {
	w.log = append(w.log, func() string { return fmt.Sprintf(format, args...) })
}

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	var steps strings.Builder
	for _, step := range w.log {
		steps.WriteString(step() + "\n")
	}
	w.t.Fatalf("%s\n--- steps:\n%s", fmt.Sprintf(format, args...), steps.String())
}

func (w *world) ctx(owner Address) Context {
	return Context{Now: w.now, Owner: owner, People: w.people}
}

// read parses raw once.
func (w *world) read(raw []byte) *object {
	if raw == nil {
		return read(nil)
	}
	if o := w.objects[&raw[0]]; o != nil && len(o.Raw()) == len(raw) {
		return o
	}
	parsed, err := ical.ParseObject(raw, ical.Limits{})
	if err != nil {
		w.fail("%v in\n%s", err, raw)
	}
	o := read(parsed)
	w.objects[&raw[0]] = o
	return o
}

func (w *world) parse(raw []byte) *ical.Object { return w.read(raw).Object }

// start makes up an event.
func (w *world) start() []byte {
	rule := ""
	if !w.chance(4) {
		rule = fmt.Sprintf("RRULE:FREQ=WEEKLY;COUNT=%d\r\n", 3+w.rand.IntN(3))
	}
	who := ""
	for _, a := range everybody {
		if !w.chance(3) {
			who += "ATTENDEE;CN=X;PARTSTAT=NEEDS-ACTION:" + string(a) + "\r\n"
		}
		if a == everybody[0] && w.chance(8) { // beside her other address, or alone
			who += "ATTENDEE;CN=X;PARTSTAT=NEEDS-ACTION:mailto:ann.alias@example.org\r\n"
		}
	}
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART;TZID=Europe/Berlin:20260316T090000\r\nDTEND;TZID=Europe/Berlin:20260316T100000\r\n" + rule +
		"SUMMARY:a\r\nORGANIZER:" + string(organizerAddress) + "\r\n" + who + "END:VEVENT\r\nEND:VCALENDAR\r\n")
}

// send puts messages on their way, in which there is nothing private.
func (w *world) send(messages []Message) {
	w.sent += len(messages)
	for _, m := range messages {
		if w.checked[m.Object] {
			continue
		}
		w.checked[m.Object] = true
		for _, p := range m.Object.Parts {
			for _, c := range p.Children {
				if c.Name == "VALARM" {
					w.fail("an alarm in %s", m.Bytes())
				}
			}
			for i := range p.Props {
				if private(p.Props[i].Name) {
					w.fail("private things in %s", m.Bytes())
				}
			}
		}
		if bytes.Contains(m.Object.Raw(), []byte("SCHEDULE-")) {
			w.fail("private things in %s", m.Bytes())
		}
	}
	w.pending = append(w.pending, messages...)
}

// deliver hands over one message, perhaps to do so again later.
func (w *world) deliver(again bool) {
	i := 0
	if !w.prompt {
		i = w.rand.IntN(len(w.pending))
	}
	m := w.pending[i]
	if w.prompt || !again || !w.chance(4) {
		w.pending = slices.Delete(w.pending, i, i+1)
	}
	if m.To == organizerAddress {
		w.deliverReply(m)
		return
	}
	to := w.people.Of(m.To)
	before := w.copies[to]
	if w.prompt && before == nil && (m.Quiet || m.Method == Cancel) {
		w.logf("nothing to do for %s", shown{m})
		return
	}
	r, err := Receive(w.ctx(m.To), w.parse(before), m)
	if err != nil {
		w.fail("%s: %v", m.Method, err)
	}
	w.logf("deliver %s: %s", shown{m}, r.Outcome)
	if r.Object == nil {
		return
	}
	w.copies[to] = r.Object
	if was := w.notes(before); was != "" && w.notes(r.Object) != was {
		w.fail("the alarms of %s are gone:\n%s", m.To, r.Object)
	}
	w.idempotent(m.To, r.Object, m)
}

// deliverReply hands over a message to the organizer.
func (w *world) deliverReply(m Message) {
	before := w.org
	if before == nil {
		return
	}
	r, err := Receive(w.ctx(m.To), w.parse(before), m)
	if err != nil {
		w.fail("reply: %v", err)
	}
	w.logf("deliver %s from %s: %s -> %s", shown{m}, m.From, r.Outcome, shown(r.Messages))
	asks := func(m Message) bool { return m.Method == Refresh } // what is wanted back may be gone
	if w.prompt && !w.due && m.Method == Reply && r.Outcome == Stale && !slices.ContainsFunc(w.pending, asks) {
		w.fail("an answer that was given at once does not count")
	}
	if r.Outcome == Refused && m.From == delegate { // of an answer that was turned down the organizer does not know later either
		w.gone[delegate] = true
	}
	if r.Object != nil {
		w.org = r.Object
		w.judgeReply(before, m, r.Messages)
		w.idempotent(m.To, w.org, m)
	}
	if w.batch && m.Method == Reply {
		quiet := func(m Message) bool { return m.Quiet }
		w.due = w.due || slices.ContainsFunc(r.Messages, quiet)
		r.Messages = slices.DeleteFunc(slices.Clone(r.Messages), quiet)
	}
	w.send(r.Messages)
}

// show tells all of the answers that they have not heard of.
func (w *world) show() {
	w.due = false
	if w.org == nil {
		return
	}
	messages, err := Show(w.ctx(organizerAddress), w.parse(w.org), w.all)
	if err != nil {
		w.fail("show: %v", err)
	}
	w.logf("show -> %s", shown(messages))
	w.send(messages)
}

// run plays one sequence.
func (w *world) run(steps int) {
	w.organizerWrites("create", w.start(), false)
	for range steps {
		w.now = w.now.Add(time.Duration(w.rand.IntN(3)) * time.Second)
		switch n := w.rand.IntN(10); {
		case n < 3:
			w.organizerChanges()
		case n < 6:
			w.attendeeWrites(w.all[w.rand.IntN(len(w.all))])
		case w.due && w.chance(4):
			w.show()
		case len(w.pending) > 0:
			w.deliver(true)
		}
		for w.prompt && len(w.pending) > 0 {
			w.deliver(false)
		}
	}
	for len(w.pending) > 0 || w.due {
		if len(w.pending) > 0 {
			w.deliver(w.chance(3))
		} else {
			w.show()
		}
	}
	w.agree()
}

func TestWorld(t *testing.T) { runWorlds(t, func(*world) {}) }

// TestWorldDelegating is TestWorld with attendees who delegate.
func TestWorldDelegating(t *testing.T) {
	runWorlds(t, func(w *world) { w.all = append(slices.Clone(everybody), delegate) })
}

func runWorlds(t *testing.T, prepare func(*world)) {
	n := *worldSequences
	switch {
	case n > 0:
	case testing.Short():
		n = 300
	default:
		n = 1000
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // each world is small, and then forgotten
	started := time.Now()
	sent := 0
	for seed := *worldSeed; seed < *worldSeed+uint64(n); seed++ {
		w := newWorld(t, seed)
		prepare(w)
		w.run(8 + int(seed%24))
		sent += w.sent
	}
	t.Logf("%d sequences, %d messages, %.0f sequences a second", n, sent, float64(n)/time.Since(started).Seconds())
}
