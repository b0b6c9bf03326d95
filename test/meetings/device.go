package meetings

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
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
