// Package model tests that any number of devices which know only what sync-collection told them (RFC 6578) hold exactly
// what a full listing shows, whatever was done to the home meanwhile, by one device or by many at the same time.
//
// World is the oracle: it does random operations on the server and on a map, and says after each what it must have
// changed; devices are in device.go.
package model

import (
	"context"
	"encoding/xml"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"

	"convene/test/harness"
)

// Object is what the oracle knows of a calendar object resource.
type Object struct{ UID, ETag, Data string }

// World is a home as it must be, by everything that was answered so far.
type World struct {
	Client *harness.Client
	Colls  map[string]map[string]Object // by path of the collection, then of the object
	Rand   *rand.Rand
	serial int // makes each UID and each content distinct
}

// Effect is what one operation changed.
type Effect struct {
	Name             string
	Changed, Removed []string        // paths of objects, of collections that stand before and after
	Created, Deleted []string        // paths of collections
	Properties       []string        // paths of collections with changed properties
	touched          map[string]bool // collections of Changed and Removed
}

// Nothing says whether the operation was refused or had nothing to do.
func (e *Effect) Nothing() bool {
	return len(e.Changed)+len(e.Removed)+len(e.Created)+len(e.Deleted)+len(e.Properties) == 0
}

func (e *Effect) change(coll, path string) { e.Changed = append(e.Changed, path); e.touch(coll) }
func (e *Effect) remove(coll, path string) { e.Removed = append(e.Removed, path); e.touch(coll) }
func (e *Effect) touch(coll string) {
	if e.touched == nil {
		e.touched = map[string]bool{}
	}
	e.touched[coll] = true
}

// names are those of objects: few, so that operations meet, and some that need care in URLs and in XML.
var names = escaped("a.ics", "b.ics", "c.ics", "d.ics", "e.ics", "f.ics", "g.ics", "with blank.ics", "a&b<c>.ics", "100%.ics",
	"plus+sign.ics", "semi;colon,comma.ics", "größe.ics", "カレンダー.ics", "no-suffix", "q?mark#hash.ics", "%41.ics", "'quoted'.ics")

// collections are the names of calendars that operations make and delete.
var collections = escaped("work", "home life", "Größe", "x&y")

func escaped(plain ...string) []string {
	for i, s := range plain {
		plain[i] = url.PathEscape(s)
	}
	return plain
}

// operations are drawn by weight.
var operations = []struct {
	weight int
	do     func(*World, context.Context) (Effect, error)
}{
	{30, (*World).put}, {8, (*World).putStale}, {6, (*World).putUIDConflict}, {12, (*World).delete}, {4, (*World).deleteStale},
	{12, (*World).move}, {8, (*World).copy}, {5, (*World).mkcalendar}, {2, (*World).deleteCollection}, {2, (*World).moveCollection},
	{1, (*World).copyCollection}, {3, (*World).proppatch}, {4, (*World).putIfToken},
}

// Step does one random operation; an error is an answer that the oracle did not expect.
func (w *World) Step(ctx context.Context) (Effect, error) {
	total := 0
	for _, op := range operations {
		total += op.weight
	}
	n := w.Rand.IntN(total)
	for _, op := range operations {
		if n -= op.weight; n < 0 {
			return op.do(w, ctx)
		}
	}
	panic("unreachable: the weights were summed above")
}

// Event returns a distinct object; an empty uid makes a new one.
func (w *World) Event(uid string) Object {
	w.serial++
	if uid == "" {
		uid = harness.UID(w.Client.User, w.serial)
	}
	return Object{UID: uid, Data: harness.Event(uid, fmt.Sprintf("revision %d <&> ü", w.serial), harness.Day(1+w.serial%300))}
}

// anyColl, anyName and anyObject draw; anyObject says false if the home is empty.
func (w *World) anyColl() string {
	return w.pick(slices.Sorted(maps.Keys(w.Colls)))
}

func (w *World) anyName() string { return w.pick(names) }

func (w *World) pick(from []string) string { return from[w.Rand.IntN(len(from))] }

func (w *World) anyObject() (coll, path string, ok bool) {
	var all [][2]string
	for _, coll := range slices.Sorted(maps.Keys(w.Colls)) {
		for _, path := range slices.Sorted(maps.Keys(w.Colls[coll])) {
			all = append(all, [2]string{coll, path})
		}
	}
	if len(all) == 0 {
		return "", "", false
	}
	one := all[w.Rand.IntN(len(all))]
	return one[0], one[1], true
}

// holder returns the path of the object in coll with that UID, "" if there is none.
func (w *World) holder(coll, uid string) string {
	for path, obj := range w.Colls[coll] {
		if obj.UID == uid {
			return path
		}
	}
	return ""
}

// send does a request and checks its status against those that are right.
func (w *World) send(ctx context.Context, want []int, method, path, body string, headers ...string) (*harness.Response, error) {
	resp, err := w.Client.Do(ctx, method, path, body, headers...)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(want, resp.Status) {
		return nil, fmt.Errorf("%s %s %q: got %v, want %d", method, path, headers, resp, want)
	}
	return resp, nil
}

// refused is send for a request that breaks the named precondition; status 403 and 409 are both right for one
// (RFC 4791 section 1.3: by whether the user can mend it).
func (w *World) refused(ctx context.Context, condition xml.Name, method, path, body string, headers ...string) error {
	resp, err := w.send(ctx, []int{http.StatusForbidden, http.StatusConflict}, method, path, body, headers...)
	if err != nil {
		return err
	}
	name, _, err := resp.Condition()
	if err != nil || name != condition {
		return fmt.Errorf("%s %s %q: got %v (%v), want %v", method, path, headers, resp, err, condition)
	}
	return nil
}
