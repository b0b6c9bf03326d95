package meetings

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"convene/test/harness"
)

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
	return d.organized("create", nil, o, c.o)
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
	stale := d.chance(3)
	now, err := d.write(ctx, c, s.o, stale)
	switch {
	case err != nil:
		return nil, false, fmt.Errorf("%s: %w", what, err)
	case now == nil:
		return nil, true, nil
	case organizes && a.keeps:
		err = d.kept(what, c.o, now.o, stale)
	}
	if err == nil && organizes {
		deeds, err = d.organized(what, c.o, s.o, now.o)
	} else if err == nil {
		deeds, err = d.attended(what, c.o, s.o, now.o, s.hides(what))
	}
	return deeds, false, err
}

// write stores o in the place of c, or, if it is stale, of what has the schedule tag of c by now. nil: somebody else was faster.
func (d *device) write(ctx context.Context, c *copied, o *object, stale bool) (*copied, error) {
	condition, version := "If-Match", c.etag
	if stale {
		condition, version = "If-Schedule-Tag-Match", c.tag
	}
	resp, err := d.Do(ctx, "PUT", c.href, o.String(), condition, version, "Prefer", "return=representation")
	if err != nil || gone(resp.Status) {
		return nil, err
	}
	now, err := read("PUT", c.href, resp)
	if err != nil {
		stored, other := get(ctx, d.Client, c.href)
		if other != nil || stored == nil {
			return nil, errors.Join(err, other)
		}
		return nil, fmt.Errorf("%w\nby %s, written\n%s\nstored\n%s", err, condition, o, stored.o)
	}
	d.held[c.href] = now
	return now, nil
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
		deeds, err = d.organized("delete", c.o, nil, nil)
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
	return []deed{{what: "move to " + to, uid: c.o.uid(), by: d.p}}, nil
}

// deleteCalendar deletes a calendar with all that is in it, while the person's other devices are idle.
func (d *device) deleteCalendar(ctx context.Context) (deeds []deed, err error) {
	d.alone.Lock()
	defer d.alone.Unlock()
	path := d.p.home + calendars[1]
	members, err := d.everywhere(ctx, path)
	if err != nil || members == nil {
		return nil, err
	}
	for href := range members {
		c, err := get(ctx, d.Client, href)
		if err != nil || c == nil {
			return nil, err
		}
		delete(d.held, href)
		more, err := d.deleted(c)
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

// everywhere lists a calendar once all nodes have heard of what the person's other devices did there by way of one of them.
func (d *device) everywhere(ctx context.Context, path string) (members map[string]string, err error) {
	for range 500 {
		same := true
		for n := range d.w.s.nodes {
			other, err := list(ctx, d.w.s.client(d.p, n), path)
			if err != nil {
				return nil, err
			}
			same = same && (n == 0 || slices.Equal(slices.Sorted(maps.Keys(other)), slices.Sorted(maps.Keys(members))))
			members = other
		}
		if same {
			return members, nil
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, fmt.Errorf("the nodes do not list the same in %s", path)
}

// deleted is what follows when a calendar is deleted with c in it. Where much is done at once c may be a little old, and only the others that
// may hear of it are known.
func (d *device) deleted(c *copied) ([]deed, error) {
	organizes := c.o.organizer() == d.p.address
	if !d.w.parallel && organizes {
		return d.organized("delete the calendar", c.o, nil, nil)
	}
	deeds, err := d.attended("delete the calendar", c.o, nil, nil, "")
	if err != nil || !d.w.parallel {
		return deeds, err
	}
	deeds[0].tells = []tells{{c.o.organizer(), "REPLY", 0, 1}}
	if organizes {
		deeds[0].tells = nil
		for _, guest := range d.w.guests(d.p) {
			deeds[0].tells = append(deeds[0].tells, tells{guest, "CANCEL", 0, 1})
		}
	}
	return deeds, nil
}
