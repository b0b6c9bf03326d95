package meetings

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// slot is one instance of an object.
type slot struct {
	start, end time.Time
	p          *part
}

// instances are those of an object by their keys, "" where it is no series. Rules are FREQ=WEEKLY with COUNT.
func (o *object) instances() map[string]slot {
	all := map[string]slot{}
	if m := o.master(); m != nil {
		start, length := m.start(), m.end().Sub(m.start())
		if m.line("RRULE") == "" {
			all[""] = slot{start, start.Add(length), m}
		}
		for _, t := range m.byRule() {
			all[key(t)] = slot{t, t.Add(length), m}
		}
		for _, l := range m.lines {
			if is(l, "EXDATE") {
				for _, t := range times(l) {
					delete(all, key(t))
				}
			}
		}
	}
	for _, p := range o.parts {
		if id := p.id(); id != "" {
			all[id] = slot{p.start(), p.end(), p}
		}
	}
	return all
}

// byRule are the starts of all instances, those that are excluded among them.
func (p *part) byRule() (starts []time.Time) {
	_, count, _ := strings.Cut(p.value("RRULE"), "FREQ=WEEKLY;COUNT=")
	n, err := strconv.Atoi(count)
	if err != nil {
		return nil // no series
	}
	for week := range n {
		starts = append(starts, p.start().AddDate(0, 0, 7*week))
	}
	return starts
}

func (p *part) start() time.Time { return times(p.line("DTSTART"))[0] }

func (p *part) end() time.Time { return times(p.line(p.endName()))[0] }

func (p *part) endName() string {
	if p.kind == "VTODO" {
		return "DUE"
	}
	return "DTEND"
}

// sight is what one person sees of an object, by the keys of instances; what is said of the series itself is there as series.
type sight struct {
	main   map[string]string // when it is, and what
	own    map[string]string // what the person has answered
	others map[string]string // who else is there, and what they answer
	series bool              // the person is invited to the series, even if no instance of it is to be seen
}

const series = "series"

// everybody sees all instances, as the organizer does.
const everybody = ""

// sightOf is what the person with the address sees; o may be nil.
func sightOf(o *object, address string) *sight {
	s := &sight{main: map[string]string{}, own: map[string]string{}, others: map[string]string{}}
	if o == nil {
		return s
	}
	for id, i := range o.instances() {
		s.add(id, i.p, address, i.start.UTC().String()+" to "+i.end.UTC().String())
	}
	m := o.master()
	s.series = m != nil && m.line("RRULE") != "" && !m.cancelled() && m.attendee(address) >= 0
	if m != nil && m.line("RRULE") != "" && len(s.main) > 0 {
		s.add(series, m, address, m.value("RRULE")+" from "+m.start().String())
	}
	return s
}

func (s *sight) add(id string, p *part, address, text string) {
	own := p.attendee(address)
	if p.cancelled() || own < 0 && address != everybody {
		return
	}
	s.main[id] = fmt.Sprintf("%s %q at %q", text, p.value("SUMMARY"), p.value("LOCATION"))
	if own >= 0 {
		s.own[id] = partStat(p.lines[own])
	}
	var others []string
	for i, l := range p.lines {
		if is(l, "ATTENDEE") && i != own {
			_, _, who := split(l)
			others = append(others, who+" "+partStat(l))
		}
	}
	slices.Sort(others)
	s.others[id] = strings.Join(others, ", ")
}

func (s *sight) String() string {
	var b strings.Builder
	for _, id := range slices.Sorted(maps.Keys(s.main)) {
		fmt.Fprintf(&b, "  %s: %s; own: %s; others: %s\n", id, s.main[id], s.own[id], s.others[id])
	}
	return b.String()
}

// drop forgets about an instance.
func (s *sight) drop(id string) {
	delete(s.main, id)
	delete(s.own, id)
	delete(s.others, id)
}

// sameMain says whether two sights differ in nothing but answers.
func (s *sight) sameMain(other *sight) bool { return maps.Equal(s.main, other.main) }

func (s *sight) same(other *sight) bool {
	return s.sameMain(other) && maps.Equal(s.own, other.own) && maps.Equal(s.others, other.others)
}

// lost says whether all that now shows was there before as it is: some may be gone, nothing is new.
func (s *sight) lost(now *sight) bool {
	for id, text := range now.main {
		if s.main[id] != text {
			return false
		}
	}
	return len(now.main) < len(s.main)
}
