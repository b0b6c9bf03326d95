package meetings

import (
	"fmt"
	"maps"
	"slices"
)

// organized says what follows when an organizer replaces before by what the server made of written, which is after. nil: there is none.
func (d *device) organized(what string, before, written, after *object) ([]deed, error) {
	uid := ""
	everyone := map[string]bool{}
	for _, o := range []*object{before, written, after} {
		if o != nil {
			uid = o.uid()
			maps.Copy(everyone, o.invited())
		}
	}
	if want, got := sightOf(written, everybody), sightOf(after, everybody); !want.sameMain(got) {
		return nil, fmt.Errorf("%s: %s: the server made of\n%s\nthis:\n%s", d.p.account, what, want, got)
	}
	did := deed{what: what, uid: uid, by: d.p, deletes: after == nil}
	delete(everyone, d.p.address)
	did.others = slices.Sorted(maps.Keys(everyone))
	for _, address := range did.others {
		did.tells = append(did.tells, told(address, sightOf(before, address), sightOf(after, address))...)
	}
	return []deed{did}, nil
}

// told says what somebody is to be told of a change by the organizer.
func told(to string, was, now *sight) []tells {
	switch {
	case len(now.main) == 0 && (len(was.main) == 0 || now.series): // who is invited to a series of which nothing is to be seen may hear of it
		return []tells{{to, "CANCEL", 0, 1}, {to, "REQUEST", 0, 1}}
	case was.sameMain(now):
		return nil
	case len(now.main) == 0:
		return []tells{{to, "CANCEL", 1, 1}}
	case !was.lost(now):
		return []tells{{to, "REQUEST", 1, 1}}
	case was.main[series] != now.main[series]: // single instances are left, which are no longer those of a series
		return []tells{{to, "CANCEL", 1, 1}, {to, "REQUEST", 0, 1}}
	}
	return []tells{{to, "CANCEL", 1, 1}}
}

// kept says that nobody's answer is changed by the organizer. stale: there may be later ones than before has.
func (d *device) kept(what string, before, after *object, stale bool) error {
	for address := range before.invited() {
		was, now := sightOf(before, address), sightOf(after, address)
		if isRoom(address) {
			continue // it may look again whether it is free
		}
		for id, answer := range was.own {
			got, there := now.own[id]
			if there && got != answer && (!stale || got == "NEEDS-ACTION") {
				return fmt.Errorf("%s: %s: the answer of %s to %q was %s and is %s", d.p.account, what, address, id, answer, got)
			}
		}
	}
	return nil
}

// attended says what follows when an attendee replaces before by what the server made of written, which is after; nil: it is removed. hides
// is an instance that is excluded.
func (d *device) attended(what string, before, written, after *object, hides string) ([]deed, error) {
	was, want, now := sightOf(before, d.p.address), sightOf(written, d.p.address), sightOf(after, d.p.address)
	if !want.sameMain(now) || !maps.Equal(want.own, now.own) {
		return nil, fmt.Errorf("%s: %s: the server made of\n%s\nthis:\n%s", d.p.account, what, want, now)
	}
	did := deed{what: what, uid: before.uid(), by: d.p, deletes: after == nil, hides: hides}
	answers := false
	for id, answer := range was.own {
		got, there := now.own[id]
		answers = answers || there && got != answer || !there && answer != "DECLINED" && (id != series || after == nil)
	}
	switch {
	case len(was.main) == 0: // of a series of which nothing is to be seen
		did.tells = []tells{{before.organizer(), "REPLY", 0, 1}}
	case answers:
		did.tells = []tells{{before.organizer(), "REPLY", 1, 1}}
	}
	return []deed{did}, nil
}
