package meetings

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"

	"convene/test/harness"
)

// device is one of somebody's, which knows what it has read.
type device struct {
	*harness.Client
	p     *person
	rng   *rand.Rand
	w     *world
	held  map[string]*copied // by href: perhaps stale
	uids  map[string]string  // by href
	alone *sync.RWMutex      // of the person: held for writing by the device that deletes a calendar
}

// deed is what came of one act.
type deed struct {
	what    string
	uid     string
	by      *person
	tells   []tells  // the messages that must follow
	others  []string // addresses of whom there must be a row in the trace
	deletes bool     // the copy of by is gone
	hides   string   // an instance that an attendee excludes
	writes  bool     // the copy of by was written
}

// tells is how many messages somebody gets.
type tells struct {
	to, method  string
	least, most int
}

func (d *device) chance(n int) bool { return d.rng.IntN(n) == 0 }

// step does something; nil: it could not.
func (d *device) step(ctx context.Context) ([]deed, error) {
	switch n := d.rng.IntN(100); {
	case n < 5 || len(d.held) == 0 && n < 15:
		return d.create(ctx)
	case n < 16:
		return d.deleteCalendar(ctx)
	case n < 22:
		return d.moveObject(ctx)
	}
	d.alone.RLock()
	defer d.alone.RUnlock()
	for range 6 { // others may be faster again and again
		c, err := d.draw(ctx)
		if err != nil || c == nil {
			return nil, err
		}
		deeds, again, err := d.change(ctx, c)
		if !again {
			return deeds, err
		}
		delete(d.held, c.href)
	}
	return nil, nil
}

// path draws a calendar of the person.
func (d *device) path() string { return d.p.home + pick(d.rng, calendars) }

// draw returns a copy as it is now, or as it was when this device saw it last.
func (d *device) draw(ctx context.Context) (*copied, error) {
	if len(d.held) > 0 && d.chance(3) {
		href, err := d.one(ctx, slices.Collect(maps.Keys(d.held)))
		return d.held[href], err
	}
	members, err := list(ctx, d.Client, d.path())
	if err != nil || len(members) == 0 {
		return nil, err
	}
	href, err := d.one(ctx, slices.Collect(maps.Keys(members)))
	if err != nil || href == "" {
		return nil, err
	}
	c, err := get(ctx, d.Client, href)
	if err != nil || c == nil {
		return nil, err
	}
	if was := d.held[href]; was != nil && was.tag == c.tag && was.o.uid() == c.o.uid() {
		if err := d.sameButAnswers(was, c); err != nil {
			return nil, err
		}
	}
	d.held[href] = c
	return c, nil
}

// one draws one of the objects. Their names are the server's: it is their UIDs that are drawn, so that a seed leads to the same again.
func (d *device) one(ctx context.Context, hrefs []string) (string, error) {
	byUID := map[string]string{}
	for _, href := range hrefs {
		if d.uids[href] == "" {
			c, err := get(ctx, d.Client, href)
			if err != nil {
				return "", err
			}
			if c == nil {
				continue
			}
			d.uids[href] = c.o.uid()
		}
		byUID[d.uids[href]] = href
	}
	if len(byUID) == 0 {
		return "", nil
	}
	return byUID[pick(d.rng, slices.Sorted(maps.Keys(byUID)))], nil
}

// sameButAnswers says that two versions with one schedule tag differ in nothing but answers of others (RFC 6638 section 3.2.10).
func (d *device) sameButAnswers(was, now *copied) error {
	who := d.p.address
	if was.o.organizer() == who {
		who = everybody
	}
	before, after := sightOf(was.o, who), sightOf(now.o, who)
	if !before.sameMain(after) || !maps.Equal(before.own, after.own) {
		return fmt.Errorf("%s: %s has the schedule tag that it had as\n%s, and is now\n%s", d.p.account, now.href, before, after)
	}
	return nil
}

// create makes a meeting.
func (d *device) create(ctx context.Context) ([]deed, error) {
	d.alone.RLock()
	defer d.alone.RUnlock()
	uid := d.w.newUID()
	o := d.w.meeting(d.rng, uid, d.p)
	href := d.path() + uid + ".ics"
	resp, err := d.Do(ctx, "PUT", href, o.String(), "If-None-Match", "*", "Prefer", "return=representation")
	if err != nil || resp.Status == http.StatusConflict || resp.Status == http.StatusNotFound { // no such calendar now
		return nil, err
	}
	c, err := read("PUT", href, resp)
	if err != nil {
		return nil, err
	}
	d.held[href] = c
	return d.organized("create", nil, o, c.o, false)
}

// change does something to a copy. again: somebody else was faster.
func (d *device) change(ctx context.Context, c *copied) (deeds []deed, again bool, err error) {
	if d.chance(24) {
		return d.delete(ctx, c)
	}
	s := &scene{rng: d.rng, o: c.o.clone(), who: d.p.address, guests: d.w.guests(d.p)}
	s.look()
	organizes := c.o.organizer() == d.p.address
	acts := organizerActs
	switch {
	case !organizes && !s.mine():
		return nil, false, nil
	case !organizes && d.chance(25):
		return d.forbidden(ctx, c, s)
	case !organizes:
		acts = attendeeActs
	}
	a := pick(d.rng, acts)
	what := a.do(s)
	if what == "" {
		return nil, false, nil
	}
	if d.chance(6) {
		s.forget()
	}
	condition := []string{"If-Match", c.etag}
	stale := d.chance(3)
	if stale {
		condition = []string{"If-Schedule-Tag-Match", c.tag}
	}
	resp, err := d.Do(ctx, "PUT", c.href, s.o.String(), append(condition, "Prefer", "return=representation")...)
	if err != nil {
		return nil, false, err
	}
	if gone(resp.Status) {
		return nil, true, nil
	}
	now, err := read("PUT", c.href, resp)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", what, err)
	}
	d.held[c.href] = now
	if organizes {
		if a.keeps {
			err = d.kept(what, c.o, now.o, stale)
		}
		if err == nil {
			deeds, err = d.organized(what, c.o, s.o, now.o, stale)
		}
		return deeds, false, err
	}
	hides := ""
	if strings.HasPrefix(what, "exclude") {
		hides = s.id
	}
	deeds, err = d.attended(what, c.o, s.o, now.o, hides)
	return deeds, false, err
}

// gone says whether a request came too late.
func gone(status int) bool {
	return status == http.StatusPreconditionFailed || status == http.StatusNotFound || status == http.StatusConflict
}

// forget leaves out what the server wrote for itself, as some clients do.
func (s *scene) forget() {
	for _, p := range s.o.parts {
		for i, l := range p.lines {
			for _, name := range []string{"X-CONVENE-ANSWER", "SCHEDULE-STATUS"} {
				if param(l, name) != "" {
					p.lines[i] = withParam(p.lines[i], name, "")
				}
			}
		}
		p.set("X-CONVENE-DECLINED", "")
	}
}

// forbidden does what an attendee may not do.
func (d *device) forbidden(ctx context.Context, c *copied, s *scene) ([]deed, bool, error) {
	what := s.move()
	resp, err := d.Do(ctx, "PUT", c.href, s.o.String(), "If-Match", c.etag)
	if err != nil || gone(resp.Status) {
		return nil, false, err
	}
	condition, _, err := resp.Condition()
	if err != nil || resp.Status != http.StatusForbidden || condition != harness.CalDAV("allowed-attendee-scheduling-object-change") {
		return nil, false, fmt.Errorf("%s: %s: got %v", d.p.account, what, resp)
	}
	return []deed{{what: what, uid: c.o.uid(), by: d.p}}, false, nil
}

// delete removes a copy: it is cancelled, or declined.
func (d *device) delete(ctx context.Context, c *copied) ([]deed, bool, error) {
	resp, err := d.Do(ctx, "DELETE", c.href, "", "If-Match", c.etag)
	if err != nil || gone(resp.Status) {
		return nil, err == nil, err
	}
	if resp.Status != http.StatusNoContent {
		return nil, false, fmt.Errorf("%s: DELETE %s: %v", d.p.account, c.href, resp)
	}
	delete(d.held, c.href)
	var deeds []deed
	if c.o.organizer() == d.p.address {
		deeds, err = d.organized("delete", c.o, nil, nil, false)
	} else {
		deeds, err = d.attended("delete", c.o, nil, nil, "")
	}
	return deeds, false, err
}

// moveObject moves a copy to the other calendar, of which nobody is told.
func (d *device) moveObject(ctx context.Context) ([]deed, error) {
	d.alone.RLock()
	defer d.alone.RUnlock()
	c, err := d.draw(ctx)
	if err != nil || c == nil {
		return nil, err
	}
	resp, err := d.Do(ctx, "MKCALENDAR", d.p.home+"work/", "")
	if err != nil {
		return nil, err
	}
	if !slices.Contains([]int{http.StatusCreated, http.StatusMethodNotAllowed, http.StatusConflict}, resp.Status) { // it may be there
		return nil, fmt.Errorf("MKCALENDAR: %v", resp)
	}
	name := strings.TrimPrefix(c.href, d.p.home)
	to := d.p.home + calendars[0] + strings.TrimPrefix(name, calendars[1])
	if after, ok := strings.CutPrefix(name, calendars[0]); ok {
		to = d.p.home + calendars[1] + after
	}
	resp, err = d.Do(ctx, "MOVE", c.href, "", "Destination", d.Base+to, "If-Match", c.etag, "Overwrite", "F")
	if err != nil || gone(resp.Status) {
		return nil, err
	}
	if resp.Status != http.StatusCreated {
		return nil, fmt.Errorf("%s: MOVE %s: %v", d.p.account, c.href, resp)
	}
	delete(d.held, c.href)
	return []deed{{what: "move to " + to, uid: c.o.uid(), by: d.p, writes: true}}, nil
}

// deleteCalendar deletes a calendar with all that is in it, while the person's other devices are idle.
func (d *device) deleteCalendar(ctx context.Context) (deeds []deed, err error) {
	d.alone.Lock()
	defer d.alone.Unlock()
	path := d.p.home + calendars[1]
	members, err := list(ctx, d.Client, path)
	if err != nil || members == nil {
		return nil, err
	}
	for href := range members {
		c, err := get(ctx, d.Client, href)
		if err != nil || c == nil { // deleted by way of the other server, of which this one has not heard yet
			return nil, err
		}
		delete(d.held, href)
		var more []deed
		if c.o.organizer() == d.p.address {
			more, err = d.organized("delete the calendar", c.o, nil, nil, false)
		} else if more, err = d.attended("delete the calendar", c.o, nil, nil, ""); err == nil && d.w.parallel {
			more[0].tells = []tells{{c.o.organizer(), "REPLY", 0, 1}} // the organizer may be changing it just now
		}
		if err != nil {
			return nil, err
		}
		deeds = append(deeds, more...)
	}
	resp, err := d.Do(ctx, "DELETE", path, "")
	if err != nil || resp.Status == http.StatusNotFound {
		return nil, err
	}
	if resp.Status != http.StatusNoContent {
		return nil, fmt.Errorf("DELETE %s: %v", path, resp)
	}
	return deeds, nil
}
