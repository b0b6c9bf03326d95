package model

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

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

// share posts a CS:share.
func (p *pair) share(ctx context.Context, inner string) error {
	body := `<CS:share ` + harness.XMLNS + `>` + inner + `</CS:share>`
	_, err := p.sharer.want(ctx, []int{http.StatusOK}, "POST", p.sharer.path, body, "Content-Type", "application/xml")
	return err
}

func (p *pair) set() string {
	access := "read"
	if p.writes {
		access = "read-write"
	}
	return "<CS:set><D:href>mailto:" + p.sharee.User + "@example.com</D:href><CS:summary>shared</CS:summary><CS:" + access + "/></CS:set>"
}

func (p *pair) removal() string {
	return "<CS:remove><D:href>" + p.sharee.Principal() + "</D:href></CS:remove>"
}

func (p *pair) changeAccess(ctx context.Context) error {
	if p.sharee.path == "" {
		return nil
	}
	p.writes = !p.writes
	return p.share(ctx, p.set())
}

func (p *pair) takeBack(ctx context.Context) error {
	p.withoutSharee()
	return p.share(ctx, p.removal())
}

func (p *pair) withoutSharee() { p.sharee.path, p.sharee.alarms = "", map[string]string{} }

func (p *pair) leave(ctx context.Context) error {
	if p.sharee.path == "" {
		return nil
	}
	_, err := p.sharee.want(ctx, []int{http.StatusNoContent}, "DELETE", p.sharee.path, "")
	p.withoutSharee()
	return err
}

var invitationUID = regexp.MustCompile(`<CS:uid>([^<]+)</CS:uid>`)

// invite offers the calendar anew, and the sharee finds the notification and accepts.
func (p *pair) invite(ctx context.Context) error {
	if p.sharee.path != "" {
		return nil
	}
	p.writes = p.rng.IntN(2) == 0
	if err := errors.Join(p.share(ctx, p.removal()), p.share(ctx, p.set())); err != nil {
		return err
	}
	members, err := p.sharee.List(ctx, p.sharee.Home()+"Notifications/")
	if err != nil {
		return err
	}
	for path := range members {
		resp, err := p.sharee.want(ctx, []int{http.StatusOK}, "GET", path, "")
		if err != nil {
			return err
		}
		uid := invitationUID.FindStringSubmatch(string(resp.Body))
		if uid == nil || !strings.Contains(string(resp.Body), "<CS:invite-noresponse/>") {
			continue
		}
		body := `<CS:invite-reply ` + harness.XMLNS + `><CS:invite-accepted/><CS:in-reply-to>` + uid[1] + `</CS:in-reply-to></CS:invite-reply>`
		if resp, err = p.sharee.want(ctx, []int{http.StatusOK}, "POST", p.sharee.Home(), body, "Content-Type", "application/xml"); err != nil {
			return err
		}
		p.sharee.path = between(string(resp.Body), "<D:href>", "</D:href>")
		return nil
	}
	return fmt.Errorf("%s finds no invitation in %v", p.sharee.User, members)
}

// renameCalendar moves the calendar within the home of either side.
func (p *pair) renameCalendar(ctx context.Context) error {
	s := p.anySide()
	p.serial++
	to := fmt.Sprintf("%smoved-%d/", s.Home(), p.serial)
	_, err := s.want(ctx, created, "MOVE", s.path, "", "Destination", s.Base+to)
	s.path = to
	return err
}

// replaceCalendar removes the calendar and makes an empty one at its URL, which nobody is invited to.
func (p *pair) replaceCalendar(ctx context.Context) error {
	if _, err := p.sharer.want(ctx, []int{http.StatusNoContent}, "DELETE", p.sharer.path, ""); err != nil {
		return err
	}
	p.withoutSharee()
	p.titles, p.sharer.alarms = map[string]string{}, map[string]string{}
	_, err := p.sharer.want(ctx, created, "MKCALENDAR", p.sharer.path, "")
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

// flip changes what the sharee has.
func (p *pair) flip(ctx context.Context) error {
	switch {
	case p.sharee.path == "":
		return p.invite(ctx)
	case p.rng.IntN(3) == 0:
		return p.takeBack(ctx)
	case p.rng.IntN(3) == 0:
		return p.leave(ctx)
	}
	return p.changeAccess(ctx)
}

func newPair(t *testing.T, rng *rand.Rand) *pair {
	p := &pair{
		rng: rng, titles: map[string]string{},
		sharer: &side{Client: srv.NewUser(t), alarms: map[string]string{}}, sharee: &side{Client: srv.NewUser(t), alarms: map[string]string{}},
	}
	p.sharer.path = p.sharer.Home() + "shared/"
	p.sharer.Want(t, http.StatusCreated, "MKCALENDAR", p.sharer.path, "")
	return p
}

// TestShared lets two people do random things to a calendar that they share, with devices of both that know only what sync-collection told
// them. Neither ever sees the other's alarms.
func TestShared(t *testing.T) {
	for run := range 3 {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			t.Parallel()
			rng := newRand(t)
			p := newPair(t, rng)
			both := map[*side]map[string]Device{p.sharer: devices(p.sharer.Client), p.sharee: devices(p.sharee.Client)}
			for step := range length(t, 120) {
				if err := p.step(t.Context()); err != nil {
					t.Fatalf("step %d: %v", step, err)
				}
				for _, s := range []*side{p.sharer, p.sharee} {
					listing, err := Listing(t.Context(), s.Client)
					if err == nil {
						err = p.wrong(s, listing)
					}
					if err != nil {
						t.Fatalf("step %d: %v", step, err)
					}
					for _, name := range slices.Sorted(maps.Keys(both[s])) {
						if rng.IntN(8) == 0 {
							pull(t, name, both[s][name], rng.IntN(4))
							compare(t, fmt.Sprintf("step %d: %s: %s", step, s.User, name), both[s][name].Holds(), listing)
						}
					}
				}
			}
			for s, all := range both {
				compareAll(t, s.Client, all, nil)
			}
		})
	}
}

// TestSharedConcurrently does the same with both sides at once, each of several devices, where any request may find that another was faster.
func TestSharedConcurrently(t *testing.T) {
	rng := newRand(t)
	p := newPair(t, rng)
	if err := p.invite(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !p.writes {
		if err := p.changeAccess(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	all := map[*side]map[string]Device{p.sharer: {}, p.sharee: {}}
	var wg sync.WaitGroup
	for id := range 6 {
		s := []*side{p.sharer, p.sharee}[id%2]
		w := &writer{id: id, won: &updates{from: map[string]string{}}, copy: true, also: []int{http.StatusForbidden},
			World: &World{Client: srv.Client(s.User), Rand: rand.New(rand.NewPCG(rng.Uint64(), 0)), serial: 100_000 * id}}
		var d Device = NewCollectionDevice(w.Client)
		if id >= 2 {
			d = NewHomeDevice(w.Client)
		}
		all[s][fmt.Sprint("writer ", id)] = d
		wg.Go(func() { w.run(t, d, length(t, 60)) })
	}
	wg.Go(func() { // meanwhile it is taken back and offered again, with more and less
		for range length(t, 15) {
			if err := p.flip(t.Context()); err != nil {
				t.Errorf("sharing: %v", err)
				return
			}
		}
	})
	wg.Wait()
	if t.Failed() {
		return
	}
	for s, devices := range all {
		devices["a new one that syncs each calendar"] = NewCollectionDevice(s.Client)
		devices["a new one that syncs the home"] = NewHomeDevice(s.Client)
		compareAll(t, s.Client, devices, nil)
	}
}
