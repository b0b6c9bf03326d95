package model

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"convene/test/harness"
)

// side is one of two people that share a calendar.
type side struct {
	*harness.Client
	path   string            // of the calendar in the home of this side; "" where there is none
	alarms map[string]string // by the name of an object, the alarm that this side set for it; "" for none
}

// pair are a sharer and a sharee, with what their calendar has to be.
type pair struct {
	rng            *rand.Rand
	sharer, sharee *side
	writes         bool              // the sharee may write
	titles         map[string]string // of the objects, by name
	serial         int
}

var sharedNames = []string{"a.ics", "b.ics", "c.ics", "d.ics", "with%20blank.ics"}

// moves are what either side does, by weight.
var moves = []struct {
	weight int
	do     func(*pair, context.Context) error
}{
	{20, (*pair).put}, {12, (*pair).setAlarm}, {8, (*pair).remove}, {6, (*pair).rename}, {3, (*pair).properties}, {3, (*pair).changeAccess},
	{2, (*pair).takeBack}, {2, (*pair).leave}, {6, (*pair).invite}, {1, (*pair).renameCalendar},
	{1, (*pair).replaceCalendar},
}

func (p *pair) step(ctx context.Context) error {
	total := 0
	for _, m := range moves {
		total += m.weight
	}
	n := p.rng.IntN(total)
	for _, m := range moves {
		if n -= m.weight; n < 0 {
			return m.do(p, ctx)
		}
	}
	panic("unreachable: the weights were summed above")
}

// want does a request that has to succeed with one of the statuses.
func (s *side) want(ctx context.Context, statuses []int, method, path, body string, headers ...string) (*harness.Response, error) {
	resp, err := s.Do(ctx, method, path, body, headers...)
	if err == nil && !slices.Contains(statuses, resp.Status) {
		err = fmt.Errorf("%s: %s %s: got %v, want %v", s.User, method, path, resp, statuses)
	}
	return resp, err
}

// anySide draws one that has the calendar.
func (p *pair) anySide() *side {
	if p.sharee.path != "" && p.rng.IntN(2) == 0 {
		return p.sharee
	}
	return p.sharer
}

func (p *pair) mayWrite(s *side) bool { return s == p.sharer || p.writes }

// event is an object with an alarm of the side's own. Its UID says its name, so that an object cannot be mistaken for another.
func (p *pair) event(name, title, alarm string) string {
	var extra []string
	if alarm != "" {
		extra = []string{"BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT5M", "DESCRIPTION:" + alarm, "END:VALARM"}
	}
	return harness.Event("uid-"+title[:strings.IndexByte(title, ' ')]+"@example.com", title, harness.Day(1), extra...)
}

// put stores something new, or changes what is there; the other side's alarm stays.
func (p *pair) put(ctx context.Context) error {
	s, name := p.anySide(), sharedNames[p.rng.IntN(len(sharedNames))]
	p.serial++
	before, exists := p.titles[name]
	id := fmt.Sprint(p.serial)
	if exists {
		id = before[:strings.IndexByte(before, ' ')]
	}
	title, alarm := fmt.Sprintf("%s revision %d", id, p.serial), s.newAlarm(p)
	if !p.mayWrite(s) {
		_, err := s.want(ctx, []int{http.StatusForbidden}, "PUT", s.path+name, p.event(name, title, alarm))
		return err
	}
	if _, err := s.want(ctx, []int{http.StatusCreated, http.StatusNoContent}, "PUT", s.path+name, p.event(name, title, alarm)); err != nil {
		return err
	}
	p.titles[name], s.alarms[name] = title, alarm
	return nil
}

func (s *side) newAlarm(p *pair) string {
	p.serial++
	if p.rng.IntN(3) == 0 {
		return ""
	}
	return fmt.Sprintf("alarm %d of %s", p.serial, s.User)
}

// setAlarm changes nothing but one's own alarm, which a sharee may do that only reads.
func (p *pair) setAlarm(ctx context.Context) error {
	s := p.anySide()
	for _, name := range drawOne(p.rng, p.titles) {
		alarm := s.newAlarm(p)
		if _, err := s.want(ctx, []int{http.StatusNoContent}, "PUT", s.path+name, p.event(name, p.titles[name], alarm)); err != nil {
			return err
		}
		s.alarms[name] = alarm
	}
	return nil
}

func (p *pair) remove(ctx context.Context) error {
	s := p.anySide()
	for _, name := range drawOne(p.rng, p.titles) {
		if !p.mayWrite(s) {
			_, err := s.want(ctx, []int{http.StatusForbidden}, "DELETE", s.path+name, "")
			return err
		}
		if _, err := s.want(ctx, []int{http.StatusNoContent}, "DELETE", s.path+name, ""); err != nil {
			return err
		}
		p.forget(name)
	}
	return nil
}

func (p *pair) forget(name string) {
	delete(p.titles, name)
	delete(p.sharer.alarms, name)
	delete(p.sharee.alarms, name)
}

// rename gives an object another name. The sharee keeps its alarm if it is the one who does it.
func (p *pair) rename(ctx context.Context) error {
	s, to := p.anySide(), sharedNames[p.rng.IntN(len(sharedNames))]
	for _, from := range drawOne(p.rng, p.titles) {
		if _, taken := p.titles[to]; taken || !p.mayWrite(s) {
			return nil
		}
		if _, err := s.want(ctx, created, "MOVE", s.path+from, "", "Destination", s.Base+s.path+to); err != nil {
			return err
		}
		title, sharers, sharees := p.titles[from], p.sharer.alarms[from], p.sharee.alarms[from]
		p.forget(from)
		p.titles[to], p.sharer.alarms[to] = title, sharers
		if s == p.sharee {
			s.alarms[to] = sharees
		}
	}
	return nil
}

func (p *pair) properties(ctx context.Context) error {
	s := p.anySide()
	p.serial++
	body := fmt.Sprintf(`<D:propertyupdate %s><D:set><D:prop><D:displayname>%d</D:displayname></D:prop></D:set></D:propertyupdate>`, harness.XMLNS, p.serial)
	_, err := s.want(ctx, []int{http.StatusMultiStatus}, "PROPPATCH", s.path, body)
	return err
}

// wrong compares what a side lists with what it has to be.
func (p *pair) wrong(s *side, listing map[string]map[string]Copy) error {
	if s.path == "" {
		for coll := range listing {
			if coll != s.Default() {
				return fmt.Errorf("%s still has %s", s.User, coll)
			}
		}
		return nil
	}
	objects := listing[s.path]
	if len(objects) != len(p.titles) {
		return fmt.Errorf("%s lists %q, want %q", s.User, sortedKeys(objects), sortedKeys(p.titles))
	}
	for name, title := range p.titles {
		data := objects[s.path+name].Data
		if got := between(data, "SUMMARY:", "\r\n"); got != title {
			return fmt.Errorf("%s has %s as %q, want %q", s.User, name, got, title)
		}
		if got := between(data, "DESCRIPTION:", "\r\n"); got != s.alarms[name] {
			return fmt.Errorf("%s has the alarm %q at %s, want %q", s.User, got, name, s.alarms[name])
		}
	}
	return nil
}
