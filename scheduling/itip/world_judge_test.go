package itip

import (
	"bytes"
	"context"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"convene/ical"
)

// sight is what one person sees of an object, by instance. The series itself is series.
type sight struct {
	main   map[Instance]string // when it is, and what
	own    map[Instance]string // what the person has answered
	others map[Instance]string // who else is there, and what they answer
}

// sightKey is the first byte of an object and who looks at it.
type sightKey struct {
	raw    *byte
	person Address
}

// series stands for the rules of a series in a sight.
var series = Instance{kind: 255}

// String writes what there is for failures.
func (s *sight) String() string {
	var lines []string
	for id, text := range s.main {
		name := id.String()
		if id == series {
			name = "series"
		}
		lines = append(lines, name+": "+text+" own:"+s.own[id]+" others:"+s.others[id])
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// sightOf returns what person sees of the object raw.
func (w *world) sightOf(raw []byte, person Address) *sight {
	if raw == nil {
		return &sight{}
	}
	key := sightKey{&raw[0], person}
	s := w.sights[key]
	if s == nil {
		s = w.look(w.read(raw), person)
		w.sights[key] = s
	}
	return s
}

// look works out what person sees of o.
func (w *world) look(o *object, person Address) *sight {
	s := &sight{main: map[Instance]string{}, own: map[Instance]string{}, others: map[Instance]string{}}
	ctx := w.ctx(organizerAddress)
	m := o.master()
	for _, i := range w.expand(o) {
		p := &o.parts[slices.IndexFunc(o.parts, func(p part) bool { return p.Component == i.Part })]
		own := ctx.attendee(p, person)
		if own == nil || is(p.Prop("STATUS"), "CANCELLED") {
			continue
		}
		id := Master
		if p.id != Master || recurs(p.Component) {
			id = instanceOf(i.RecurrenceID, o.start)
		}
		text := strconv.AppendInt(strconv.AppendInt(nil, i.Start.Unix(), 10), int64(i.End.Sub(i.Start)), 16)
		for _, name := range [...]string{"SUMMARY", "LOCATION", "URL"} {
			if prop := p.Prop(name); prop != nil {
				text = append(append(text, ' '), prop.Value...)
			}
		}
		s.main[id], s.own[id], s.others[id] = string(text), partStat(own), ctx.othersIn(p, person)
	}
	if own := ctx.attendee(m, person); own != nil && !is(m.Prop("STATUS"), "CANCELLED") && len(s.main) > 0 {
		c := o.contentOf(m)
		s.main[series] = c.rule + " " + c.rest + " " + c.location + " " + c.start.String()
		s.own[series], s.others[series] = partStat(own), ctx.othersIn(m, person)
	}
	return s
}

// expand returns all instances of o.
func (w *world) expand(o *object) []ical.Instance {
	found, ok := w.found[o]
	if !ok {
		var err error
		if found, err = o.Instances(context.Background(), ical.Range{}, nil, ical.ExpandLimits{}); err != nil {
			w.fail("%v", err)
		}
		w.found[o] = found
	}
	return found
}

// othersIn lists who else is invited to p, and what they answer.
func (ctx *Context) othersIn(p *part, person Address) string {
	list := make([]string, 0, 4)
	for other, prop := range ctx.attendees(p) {
		if other != person {
			list = append(list, string(other)+"="+partStat(prop))
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// remembered says that the stored copy knows of the SEQUENCEs in messages, so that later ones will be higher.
func (w *world) remembered(messages []Message) {
	if w.org == nil {
		return
	}
	top := w.read(w.org).top()
	known := make(map[*ical.Object]bool)
	for _, m := range messages {
		if known[m.Object] {
			continue
		}
		known[m.Object] = true
		for _, c := range m.Object.Parts {
			if rev := revisionOf(c); rev.Sequence > top.Sequence || rev.Stamp > top.Stamp {
				w.fail("the organizer's copy does not know of %s", shown{m})
			}
		}
	}
}

// judge holds the messages against what people see before and after.
func (w *world) judge(before []byte, messages []Message) {
	w.remembered(messages)
	for _, a := range w.all {
		was, now := w.sightOf(before, a), w.sightOf(w.org, a)
		told, quiet := false, false
		for _, m := range messages {
			if w.people.Same(m.To, a) {
				told, quiet = told || !m.Quiet, quiet || m.Quiet
			}
		}
		changed, others := !maps.Equal(was.main, now.main), !maps.Equal(was.others, now.others)
		reset := false
		for id, answer := range now.own {
			reset = reset || answer == "" && was.own[id] != ""
		}
		if changed && !told {
			w.fail("%s is not told of\n%s\n->\n%s", a, was, now)
		}
		if told && !changed && !reset && len(was.main)+len(now.main) > 0 {
			w.fail("%s is told without a change: %s\n%s", a, shown(messages), w.org)
		}
		if quiet && !told && len(was.main)+len(now.main) > 0 && !others {
			w.fail("%s gets a quiet message without a change: %s\n%s\n%s", a, shown(messages), was, now)
		}
		if others && len(now.main) > 0 && !told && !quiet {
			w.fail("%s does not learn about others: %s", a, shown(messages))
		}
	}
}

// judgeReply holds what follows of an answer against what the others see.
func (w *world) judgeReply(before []byte, reply Message, messages []Message) {
	loud := reply.From == delegate && bytes.Contains(reply.Object.Raw(), []byte("PARTSTAT=DECLINED")) // the delegator is told
	for _, m := range messages {
		to := w.people.Of(m.To)
		was, now := w.sightOf(before, to), w.sightOf(w.org, to)
		if len(now.main) == 0 { // a series of which all instances are excluded
			continue
		}
		if maps.Equal(was.others, now.others) || !m.Quiet && !loud {
			w.fail("a message without a reason: %s\n%s\n%s\n%s\n%s", shown{m}, was, now, before, w.org)
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

// notes returns what the owner of a copy has in its master.
func (w *world) notes(raw []byte) string {
	m := w.read(raw).master()
	if m == nil {
		return ""
	}
	all := ""
	for i := range m.Props {
		if p := &m.Props[i]; strings.HasPrefix(p.Name, "X-OWN-") {
			all += p.Name + " "
		}
	}
	return all + strconv.Itoa(len(m.Children))
}

var delegateEntry = regexp.MustCompile(regexp.QuoteMeta(string(delegate)) + `=[A-Z-]*`)

// agree compares all copies with the organizer's.
func (w *world) agree() {
	for _, a := range w.all {
		if w.gone[a] {
			continue
		}
		want, got := w.sightOf(w.org, a).clone(), w.sightOf(w.copies[a], a).clone()
		for id := range w.hidden[a] {
			if _, there := got.main[id]; !there && want.own[id] == "DECLINED" {
				want.drop(id)
			}
		}
		if a == delegate && !slices.Equal(slices.Sorted(maps.Keys(want.ids())), slices.Sorted(maps.Keys(got.ids()))) {
			continue // of a delegation that came too late the organizer does not know
		}
		if len(want.main) < 2 || len(got.main) < 2 { // a rule of which all instances are excluded
			want.drop(series)
			got.drop(series)
		}
		for _, others := range [...]map[Instance]string{want.others, got.others} {
			for id, s := range others { // a delegation that is taken back before it is known leaves the delegate in one copy alone
				if strings.Contains(s, string(delegate)) {
					others[id] = strings.TrimSpace(delegateEntry.ReplaceAllString(s, ""))
				}
			}
		}
		if !maps.Equal(want.main, got.main) || !maps.Equal(want.own, got.own) || !maps.Equal(want.others, got.others) {
			w.fail("%s does not agree:\nwant\n%s\ngot\n%s\n--- organizer\n%s--- copy\n%s", a, want, got, w.org, w.copies[a])
		}
	}
}

func (s *sight) clone() *sight {
	return &sight{maps.Clone(s.main), maps.Clone(s.own), maps.Clone(s.others)}
}

// drop forgets about an instance.
func (s *sight) drop(id Instance) {
	delete(s.main, id)
	delete(s.own, id)
	delete(s.others, id)
}

// ids returns which instances there are.
func (s *sight) ids() map[string]bool {
	all := make(map[string]bool, len(s.main))
	for id := range s.main {
		all[id.String()+strconv.Itoa(int(id.kind))] = true
	}
	return all
}
