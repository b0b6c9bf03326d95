package itip

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/ical"
)

// world is one organizer, some attendees, and the messages between them.
type world struct {
	t       testing.TB
	rand    *rand.Rand
	now     time.Time
	people  People
	org     []byte
	seen    []byte // what the organizer's client has last read
	copies  map[Address][]byte
	pending []Message
	log     []string
	sent    int
	hidden  map[Address]InstanceSet // what people have ever excluded from their copies
	people4 []Address               // everybody, and the delegate if attendees delegate
	gone    map[Address]bool        // who has deleted a copy: what comes after is a matter of taste
	parsed  map[*byte]*ical.Object
	found   map[*ical.Object][]ical.Instance
}

const organizerAddress = Address("mailto:org@example.com")

var everybody = []Address{"mailto:ann@example.com", "mailto:bob@example.com", "mailto:cyd@example.com"}

// delegate is one more, whom only attendees invite, if they do.
const delegate = Address("mailto:dan@example.com")

var delegateEntry = regexp.MustCompile(regexp.QuoteMeta(string(delegate)) + `=[A-Z-]*`)

func newWorld(t testing.TB, seed uint64) *world {
	w := &world{
		people4: everybody,
		t:       t, rand: rand.New(rand.NewPCG(seed, 1)), now: time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC),
		people: People{}, copies: map[Address][]byte{}, gone: map[Address]bool{}, hidden: map[Address]InstanceSet{},
		parsed: map[*byte]*ical.Object{}, found: map[*ical.Object][]ical.Instance{},
	}
	w.people.Add("mailto:ann@example.com", "mailto:ann.alias@example.org", "/dav/principals/user/ann/")
	return w
}

func (w *world) chance(n int) bool { return w.rand.IntN(n) == 0 }

func (w *world) logf(format string, args ...any) { w.log = append(w.log, fmt.Sprintf(format, args...)) }

func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	w.t.Fatalf("%s\n--- steps:\n%s", fmt.Sprintf(format, args...), strings.Join(w.log, "\n"))
}

func (w *world) ctx(owner Address) Context {
	return Context{Now: w.now, Owner: owner, People: w.people}
}

func (w *world) parse(raw []byte) *ical.Object {
	if raw == nil {
		return nil
	}
	if o := w.parsed[&raw[0]]; o != nil && len(o.Raw()) == len(raw) {
		return o
	}
	o, err := ical.ParseObject(raw, ical.Limits{})
	if err != nil {
		w.fail("%v in\n%s", err, raw)
	}
	w.parsed[&raw[0]] = o
	return o
}

// expand returns all instances of o.
func (w *world) expand(o *ical.Object) []ical.Instance {
	if found, ok := w.found[o]; ok {
		return found
	}
	found, err := o.Instances(context.Background(), ical.Range{}, nil, ical.ExpandLimits{})
	if err != nil {
		w.fail("%v", err)
	}
	w.found[o] = found
	return found
}

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
	}
	return []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n" +
		"DTSTART;TZID=Europe/Berlin:20260316T090000\r\nDTEND;TZID=Europe/Berlin:20260316T100000\r\n" + rule +
		"SUMMARY:a\r\nORGANIZER:" + string(organizerAddress) + "\r\n" + who + "END:VEVENT\r\nEND:VCALENDAR\r\n")
}

// instances returns what person sees of o, by instance: what the event is, and what others do. own is whether the copy is the
// person's own, in which what it has excluded or declined may be missing.
func (w *world) instances(raw []byte, person Address) (main, others map[string]string) {
	main, others = map[string]string{}, map[string]string{}
	o := w.parse(raw)
	if o == nil {
		return
	}
	x := read(o)
	ctx := w.ctx(organizerAddress)
	for _, i := range w.expand(o) {
		id := instanceOf(i.RecurrenceID, x.start)
		if i.Part.Prop("RECURRENCE-ID") == nil && !recurs(i.Part) {
			id = Master
		}
		p := &part{Component: i.Part, id: id}
		own := ctx.attendee(p, person)
		if own == nil || is(i.Part.Prop("STATUS"), "CANCELLED") {
			continue
		}
		if m := x.master(); m != nil && is(m.Prop("STATUS"), "CANCELLED") && p.Component == m.Component {
			continue
		}
		text := func(name string) string {
			if p := i.Part.Prop(name); p != nil {
				return p.Value
			}
			return ""
		}
		var list []string
		for other, p := range ctx.attendees(p) {
			if other != person {
				list = append(list, string(other)+"="+partStat(p))
			}
		}
		slices.Sort(list)
		others[id.String()] = strings.Join(list, " ")
		main[id.String()] = fmt.Sprintf("%s/%s %s %s %s", i.Start.Format("0102T1504"), i.End.Format("1504"), text("SUMMARY"), text("LOCATION"), "own:"+partStat(own))
	}
	if m := x.master(); m != nil && ctx.attendee(m, person) != nil && !is(m.Prop("STATUS"), "CANCELLED") && len(main) > 0 {
		c := x.contentOf(m)
		main["rule"] = c.rule + " " + c.rest + " " + c.location + " " + c.start.String() + " own:" + partStat(ctx.attendee(m, person))
		var list []string
		for other, p := range ctx.attendees(m) {
			if other != person {
				list = append(list, string(other)+"="+partStat(p))
			}
		}
		slices.Sort(list)
		others["rule"] = strings.Join(list, " ")
	}
	return main, others
}

func withoutOwn(m map[string]string) string {
	var lines []string
	for id, s := range m {
		s, _, _ = strings.Cut(s, " own:")
		lines = append(lines, id+" "+s)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// organizerWrites stores after as the organizer's copy.
func (w *world) organizerWrites(what string, after []byte, stale bool) {
	ctx := w.ctx(organizerAddress)
	ctx.Stale = stale
	var obj *ical.Object
	if after != nil {
		obj = w.parse(after)
	}
	before := w.org
	plan, err := Organizer(ctx, w.parse(before), obj)
	if err != nil {
		w.fail("organizer %s: %v", what, err)
	}
	w.org = plan.Object
	w.seen = w.org
	w.logf("organizer: %s (stale %v) -> %s", what, stale, describe(plan.Messages))
	w.judge(before, plan.Messages)
	w.send(plan.Messages)
}

func describe(messages []Message) string {
	var all []string
	for _, m := range messages {
		s := string(m.Method) + ">" + string(m.To)[7:10]
		if m.Quiet {
			s += " quiet"
		}
		for i := range m.Object.Parts {
			p := read(m.Object).parts[i]
			s += fmt.Sprintf(" [%s %d@%d]", p.id, p.rev.Sequence, p.rev.Stamp%10000)
		}
		all = append(all, s)
	}
	return strings.Join(all, ", ")
}

// judge holds the messages against what people see before and after.
func (w *world) judge(before []byte, messages []Message) {
	for _, a := range w.people4 {
		mainBefore, othersBefore := w.instances(before, a)
		mainAfter, othersAfter := w.instances(w.org, a)
		told, quiet := false, false
		for _, m := range messages {
			if m.To == a {
				told, quiet = told || !m.Quiet, quiet || m.Quiet
			}
		}
		changed := withoutOwn(mainBefore) != withoutOwn(mainAfter)
		reset := false
		for id, s := range mainAfter {
			was, ok := mainBefore[id]
			reset = reset || ok && strings.HasSuffix(s, "own:") && !strings.HasSuffix(was, "own:")
		}
		if changed && !told {
			w.fail("%s is not told of\n%s\n->\n%s", a, withoutOwn(mainBefore), withoutOwn(mainAfter))
		}
		if told && !changed && !reset && len(mainBefore)+len(mainAfter) > 0 {
			w.fail("%s is told without a change: %s\n%s", a, describe(messages), w.org)
		}
		if quiet && !told && len(mainBefore)+len(mainAfter) > 0 && fmt.Sprint(othersBefore) == fmt.Sprint(othersAfter) {
			w.fail("%s gets a quiet message without a change: %s\n%v\n%v", a, describe(messages), othersBefore, othersAfter)
		}
		if fmt.Sprint(othersBefore) != fmt.Sprint(othersAfter) && len(mainAfter) > 0 && !told && !quiet {
			w.fail("%s does not learn about others: %s", a, describe(messages))
		}
	}
}

func (w *world) send(messages []Message) {
	w.sent += len(messages)
	for _, m := range messages {
		for _, p := range m.Object.Parts {
			for _, c := range p.Children {
				if c.Name == "VALARM" {
					w.fail("an alarm in %s", m.Bytes())
				}
			}
			for i := range p.Props {
				if private(p.Props[i].Name) || strings.Contains(string(m.Object.Raw()), "SCHEDULE-") {
					w.fail("private things in %s", m.Bytes())
				}
			}
		}
	}
	w.pending = append(w.pending, messages...)
}

// deliver hands over one message, perhaps to do so again later.
func (w *world) deliver(again bool) {
	i := w.rand.IntN(len(w.pending))
	m := w.pending[i]
	if !again || !w.chance(4) {
		w.pending = slices.Delete(w.pending, i, i+1)
	}
	if m.To == organizerAddress {
		before := w.org
		if before == nil {
			return
		}
		r, err := Receive(w.ctx(m.To), w.parse(w.org), m)
		if err != nil {
			w.fail("reply: %v", err)
		}
		w.logf("deliver %s from %s: %s -> %s", describe([]Message{m}), m.From, r.Outcome, describe(r.Messages))
		if r.Outcome == Refused && m.From == delegate { // of an answer that was turned down the organizer does not know later either
			w.gone[delegate] = true
		}
		if r.Object != nil {
			w.org = r.Object
			w.judgeReply(before, m.From, r.Messages)
			w.idempotent(m.To, w.org, m)
		}
		w.send(r.Messages)
		return
	}
	r, err := Receive(w.ctx(m.To), w.parse(w.copies[m.To]), m)
	if err != nil {
		w.fail("%s: %v", m.Method, err)
	}
	w.logf("deliver %s: %s", describe([]Message{m}), r.Outcome)
	if r.Object == nil {
		return
	}
	alarms := w.notes(w.copies[m.To])
	w.copies[m.To] = r.Object
	if after := w.notes(r.Object); after != alarms && alarms != "" {
		w.fail("the alarms of %s are gone:\n%s", m.To, r.Object)
	}
	w.idempotent(m.To, r.Object, m)
}

// notes returns what the owner of a copy has in its master.
func (w *world) notes(raw []byte) string {
	var all []string
	if o := w.parse(raw); o != nil && o.Master() != nil {
		for i := range o.Master().Props {
			if p := &o.Master().Props[i]; strings.HasPrefix(p.Name, "X-OWN-") {
				all = append(all, p.Name)
			}
		}
		all = append(all, fmt.Sprint(len(o.Master().Children)))
	}
	return strings.Join(all, " ")
}

func (w *world) judgeReply(before []byte, from Address, messages []Message) {
	for _, m := range messages {
		_, othersBefore := w.instances(before, m.To)
		main, othersAfter := w.instances(w.org, m.To)
		if len(main) == 0 { // a series of which all instances are excluded
			continue
		}
		if fmt.Sprint(othersBefore) == fmt.Sprint(othersAfter) || !m.Quiet {
			w.fail("a message without a reason: %s", describe(messages))
		}
	}
}

// idempotent says that m changes nothing any more.
func (w *world) idempotent(owner Address, raw []byte, m Message) {
	r, err := Receive(w.ctx(owner), w.parse(raw), m)
	if err != nil || r.Object != nil || len(r.Messages) > 0 {
		w.fail("%s a second time: %v %v\n%s\n->\n%s", m.Method, r.Outcome, err, raw, r.Object)
	}
}

// agree compares all copies with the organizer's.
func (w *world) agree() {
	for _, a := range w.people4 {
		if w.gone[a] {
			continue
		}
		want, wantOthers := w.instances(w.org, a)
		got, gotOthers := w.instances(w.copies[a], a)
		for id := range w.hidden[a] {
			if s, ok := want[id.String()]; ok && strings.HasSuffix(s, "own:DECLINED") && got[id.String()] == "" {
				delete(want, id.String())
				delete(wantOthers, id.String())
			}
		}
		if a == delegate && !slices.Equal(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))) {
			continue // of a delegation that came too late the organizer does not know
		}
		if len(want) < 2 || len(got) < 2 { // a rule of which all instances are excluded
			delete(want, "rule")
			delete(got, "rule")
			delete(wantOthers, "rule")
			delete(gotOthers, "rule")
		}
		for _, others := range [...]map[string]string{wantOthers, gotOthers} {
			for id, s := range others { // a delegation that is taken back before it is known leaves the delegate in one copy alone
				others[id] = strings.TrimSpace(delegateEntry.ReplaceAllString(s, ""))
			}
		}
		if fmt.Sprint(want) != fmt.Sprint(got) || fmt.Sprint(wantOthers) != fmt.Sprint(gotOthers) {
			w.fail("%s does not agree:\nwant %v\n     %v\ngot  %v\n     %v\n--- organizer\n%s--- copy\n%s", a, want, wantOthers, got, gotOthers, w.org, w.copies[a])
		}
	}
}

// run plays one sequence.
func (w *world) run(steps int) {
	w.organizerWrites("create", w.start(), false)
	for range steps {
		w.now = w.now.Add(time.Duration(w.rand.IntN(3)) * time.Second)
		switch n := w.rand.IntN(10); {
		case n < 3:
			w.organizerActs()
		case n < 6:
			w.attendeeActs(w.people4[w.rand.IntN(len(w.people4))])
		case len(w.pending) > 0:
			w.deliver(true)
		}
	}
	for len(w.pending) > 0 {
		w.deliver(w.chance(3))
	}
	w.agree()
}

func TestWorld(t *testing.T) { runWorlds(t, func(*world) {}) }

// TestWorldDelegating is TestWorld with attendees who delegate.
func TestWorldDelegating(t *testing.T) {
	runWorlds(t, func(w *world) { w.people4 = append(slices.Clone(everybody), delegate) })
}

func runWorlds(t *testing.T, prepare func(*world)) {
	n := 1000
	if testing.Short() {
		n = 300
	}
	first := uint64(0)
	if s := os.Getenv("ITIP_SEED"); s != "" { // "first count": further sequences than those that always run
		if _, err := fmt.Sscan(s, &first, &n); err != nil {
			t.Fatal(err)
		}
	}
	started := time.Now()
	sent := 0
	for seed := first; seed < first+uint64(n); seed++ {
		w := newWorld(t, seed)
		prepare(w)
		w.log = append(w.log, fmt.Sprintf("seed %d", seed))
		w.run(8 + int(seed%24))
		sent += w.sent
	}
	t.Logf("%d sequences, %d messages, %.0f sequences a second", n, sent, float64(n)/time.Since(started).Seconds())
}
