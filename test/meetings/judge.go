package meetings

import (
	"errors"
	"fmt"
	"slices"
)

// judge says what is wrong with what came of one step: who was told of what, and which copies changed.
func (w *world) judge(deeds []deed, before, after map[*person]*view) error {
	var errs []error
	want, about := map[message]tells{}, map[string]*deed{}
	for i, d := range deeds {
		about[d.uid] = &deeds[i]
		for _, t := range d.tells {
			want[message{d.uid, t.to, t.method}] = t
			if isRoom(t.to) { // it may answer
				want[message{d.uid, d.by.address, "REPLY"}] = tells{d.by.address, "REPLY", 0, 9}
			}
		}
	}
	for _, p := range w.people {
		was, now := before[p], after[p]
		errs = append(errs, p.got(was, now, want)...)
		for uid, c := range now.copies {
			if d := about[uid]; d == nil || d.by != p {
				errs = append(errs, p.changed(was.copies[uid], c, d != nil, was, now))
			}
		}
		for uid := range was.copies {
			if _, there := now.copies[uid]; !there && (about[uid] == nil || about[uid].by != p) {
				errs = append(errs, fmt.Errorf("%s has no copy of %s any more", p.account, uid))
			}
		}
	}
	return errors.Join(errs...)
}

// got compares the messages that came with those that had to.
func (p *person) got(was, now *view, want map[message]tells) (errs []error) {
	came := map[message]int{}
	for href, i := range now.inbox {
		if _, old := was.inbox[href]; !old {
			came[message{i.uid, p.address, i.method}]++
		}
	}
	for href := range was.inbox {
		if _, there := now.inbox[href]; !there {
			errs = append(errs, fmt.Errorf("%s is gone", href))
		}
	}
	for m := range came {
		if _, known := want[m]; !known {
			errs = append(errs, fmt.Errorf("%s got a %s about %s, and nothing changed", p.account, m.method, m.uid))
		}
	}
	for m, t := range want {
		if m.to != p.address {
			continue
		}
		if was.copies[m.uid] == nil && m.method != "REQUEST" && (m.method == "CANCEL" || now.copies[m.uid] == nil) {
			t.least, t.most = 0, 0 // deleted long ago: who has nothing does not hear of its end
		}
		if n := came[m]; n < t.least || n > t.most {
			errs = append(errs, fmt.Errorf("%s got %d %s about %s, not %d to %d", p.account, n, m.method, m.uid, t.least, t.most))
		}
	}
	return errs
}

// changed looks at a copy that its owner did not write: it and its schedule tag change with what was done, if at all.
func (p *person) changed(was, now *copied, touched bool, old, fresh *view) error {
	switch {
	case was == nil && !touched:
		return fmt.Errorf("%s appeared", now.href)
	case was == nil:
		return nil
	case !touched && (was.etag != now.etag || was.tag != now.tag) || was.href != now.href:
		return fmt.Errorf("%s was %s, %s is %s: nothing was done to it", was.href, was.etag, now.href, now.etag)
	}
	told, main := p.told(now.o.uid(), old, fresh), sightOf(was.o, p.address).sameMain(sightOf(now.o, p.address))
	if slices.ContainsFunc(was.o.parts, (*part).cancelled) { // it is said in another way by and by, with EXDATE
		told = told || was.tag != now.tag
	}
	if was.tag == now.tag && !main || was.tag != now.tag && !told { // nothing need change of what they have excluded
		return fmt.Errorf("%s: the schedule tag was %s and is %s:\n%s\n->\n%s", now.href, was.tag, now.tag, was.o, now.o)
	}
	return nil
}

// told says whether somebody got a message from the organizer about a meeting.
func (p *person) told(uid string, was, now *view) bool {
	for href, i := range now.inbox {
		if _, old := was.inbox[href]; !old && i.uid == uid && i.method != "REPLY" {
			return true
		}
	}
	return false
}

// agree says whether all copies say what the organizers' do, and whether rooms are where one meeting is at a time.
func (w *world) agree(views map[*person]*view) error {
	var errs []error
	for uid, organizer := range w.ledger.owners {
		var own *object
		for p, v := range views {
			if c := v.copies[uid]; c != nil && p.address == organizer {
				own = c.o
			}
		}
		for p, v := range views {
			if p.address != organizer {
				if err := w.agrees(p, own, v.copies[uid], who{uid, p.address}); err != nil {
					errs = append(errs, fmt.Errorf("%w\n%s", err, w.ledger.story(uid)))
				}
			}
		}
	}
	return errors.Join(append(errs, w.roomsAreFree(views))...)
}

// agrees compares somebody's copy (nil: none) with the organizer's (nil: deleted).
func (w *world) agrees(p *person, organizers *object, c *copied, is who) error {
	want, got := sightOf(organizers, p.address), sightOf(nil, p.address)
	if c != nil {
		got = sightOf(c.o, p.address)
	} else if w.ledger.deleted[is] || len(want.main) == 0 {
		return nil
	}
	for id := range w.ledger.hidden[is] {
		if _, there := got.main[id]; !there && want.own[id] == "DECLINED" {
			want.drop(id)
		}
	}
	if w.parallel && w.ledger.deleted[is] { // it was invited anew before the organizer had heard that it declined
		for id, answer := range want.own {
			if _, there := got.own[id]; there && answer == "DECLINED" {
				got.own[id] = answer
			}
		}
	}
	if len(want.main) < 2 || len(got.main) < 2 { // a rule of which all instances are excluded
		want.drop(series)
		got.drop(series)
	}
	if !want.same(got) {
		text := "nothing"
		if c != nil {
			text = c.o.String()
		}
		return fmt.Errorf("%s should have of %s\n%s and has\n%s\n%s", p.account, is.uid, want, got, text)
	}
	return nil
}

// roomsAreFree says that no room has accepted two meetings at a time.
func (w *world) roomsAreFree(views map[*person]*view) error {
	for p, v := range views {
		if !p.room {
			continue
		}
		var taken []slot
		for _, c := range v.copies {
			s := sightOf(c.o, p.address)
			for id, i := range c.o.instances() {
				if s.own[id] == "ACCEPTED" {
					taken = append(taken, i)
				}
			}
		}
		slices.SortFunc(taken, func(a, b slot) int { return a.start.Compare(b.start) })
		for i := 1; i < len(taken); i++ {
			if taken[i].start.Before(taken[i-1].end) {
				return fmt.Errorf("%s accepted %q and %q, both at %v", p.account, taken[i-1].p.lines, taken[i].p.lines, taken[i].start)
			}
		}
	}
	return nil
}
