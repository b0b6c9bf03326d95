package rights

import (
	"context"
	"fmt"
	"strings"
	"time"

	"convene/store"
	"convene/test/rights/oracle"
)

// restore brings slots back to how they are at the start, after requests that may have changed them.
func (w *world) restore(changed ...slot) {
	w.t.Helper()
	w.in(func(ctx context.Context, tx *store.Tx) error {
		for _, s := range changed {
			if err := w.restoreIn(ctx, tx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) restoreIn(ctx context.Context, tx *store.Tx, s slot) error {
	if s.name == "" {
		if err := w.removeNew(ctx, tx, s); err != nil {
			return err
		}
		if err := w.grantIn(ctx, tx, s); err != nil {
			return err
		}
		return w.lockIn(ctx, tx, s)
	}
	coll := w.collection(tx, s)
	if coll != nil && coll.Kind != kinds[s.kind] { // copied over
		if err := tx.DeleteCollection(ctx, coll); err != nil {
			return err
		}
		coll = nil
	}
	if coll == nil {
		if _, err := tx.CreateCollection(ctx, w.ids[s.owner], store.NewCollection{Name: s.name, Kind: kinds[s.kind]}); err != nil {
			return err
		}
	}
	if err := w.grantIn(ctx, tx, s); err != nil {
		return err
	}
	coll = w.collection(tx, s)
	there := map[string]bool{}
	if err := tx.Objects(ctx, coll, false, func(o *store.Object) error { there[o.Name] = true; return nil }); err != nil {
		return err
	}
	for name := range there {
		if _, belongs := contents(s)[name]; !belongs {
			if err := tx.Delete(ctx, coll, name); err != nil {
				return err
			}
		}
	}
	for name, uid := range contents(s) {
		if !there[name] {
			if _, err := tx.Put(ctx, coll, newObject(name, uid)); err != nil {
				return err
			}
		}
	}
	return w.lockIn(ctx, tx, s)
}

// removeNew removes collections of a home that are none of the slots.
func (w *world) removeNew(ctx context.Context, tx *store.Tx, home slot) error {
	for _, coll := range tx.Home(w.ids[home.owner]).Collections {
		if strings.HasPrefix(coll.Name, "new") || coll.Name == "Default" {
			if err := tx.DeleteCollection(ctx, coll); err != nil {
				return err
			}
		}
	}
	return nil
}

// contents are the objects in a slot, with their UIDs. In the calendars that are copied to there is another b, and no a.
func contents(s slot) map[string]string {
	switch s.name {
	case "other", "hers":
		return map[string]string{"b.ics": "b"}
	}
	return map[string]string{"a.ics": "a", "b.ics": "b"}
}

func event(uid string) string {
	return strings.Join([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//convene//test//EN", "BEGIN:VEVENT", "UID:" + uid,
		"DTSTAMP:20260101T000000Z", "DTSTART:20261201T100000Z", "DURATION:PT1H", "SUMMARY:Event " + uid, "END:VEVENT", "END:VCALENDAR", ""}, "\r\n")
}

func newObject(name, uid string) store.NewObject {
	data := []byte(event(uid))
	return store.NewObject{Name: name, UID: uid, Component: "VEVENT", ETag: store.ETagOf(data), Data: data}
}

// isLocked says whether there are locks in a slot: one of each person on an object of its own.
func isLocked(s slot) bool {
	switch s.name {
	case "", "calendar", "plain", "other", "spare", "hers":
		return false
	}
	return true
}

func lockName(p string) string { return "locked-" + p + ".ics" }
func lockToken(s slot, p string) string {
	return fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012x", fnv(s.name+" "+p))
}

func fnv(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h & 0xffffffffffff
}

// lockIn sets the locks of a slot that are not there, and removes all others on it.
func (w *world) lockIn(ctx context.Context, tx *store.Tx, s slot) error {
	missing := map[string]oracle.Person{}
	for _, p := range people {
		if isLocked(s) && p.Name != "" {
			missing[lockToken(s, p.Name)] = p
		}
	}
	for _, l := range tx.Home(w.ids[s.owner]).Locks {
		switch _, belongs := missing[l.Token]; {
		case l.Collection != s.name && !(s.name == "" && l.Collection == "new"):
		case belongs:
			delete(missing, l.Token)
		default:
			if err := tx.RemoveLock(ctx, w.ids[s.owner], l.Token); err != nil {
				return err
			}
		}
	}
	for token, p := range missing {
		_, err := tx.AddLock(ctx, store.Lock{Token: token, Owner: w.ids[s.owner], Collection: s.name, Object: lockName(p.Name),
			Holder: w.ids[p.Name], Expires: now.Add(24 * time.Hour)})
		if err != nil {
			return err
		}
	}
	return nil
}
