package model

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"convene/test/harness"
)

// Watch sees a home before and after each operation and compares CTags, tokens and reports with the operation's effect.
type Watch struct {
	Client *harness.Client
	before map[string]harness.Collection
}

// Begin takes the state before.
func (w *Watch) Begin(ctx context.Context) (err error) {
	w.before, err = w.Client.Collections(ctx, w.Client.Home())
	return err
}

// Check compares what changed since Begin, or the last Check, with e, and takes the state for the next time.
func (w *Watch) Check(ctx context.Context, e *Effect) error {
	after, err := w.Client.Collections(ctx, w.Client.Home())
	if err != nil {
		return err
	}
	before := w.before
	w.before = after
	errs := []error{w.checkHome(ctx, before, after, e)}
	for path, was := range before {
		is, stands := after[path]
		switch {
		case path == w.Client.Home():
		case stands == slices.Contains(e.Deleted, path):
			errs = append(errs, fmt.Errorf("%s: %s is listed: %v", e.Name, path, stands))
		case stands:
			errs = append(errs, w.checkCollection(ctx, was, is, e))
		}
	}
	for path := range after {
		if _, was := before[path]; !was && !slices.Contains(e.Created, path) {
			errs = append(errs, fmt.Errorf("%s: %s appeared", e.Name, path))
		}
	}
	return errors.Join(errs...)
}

// checkCollection: the CTag and the token differ if and only if something in the collection does, and the report from the
// old token names exactly what differs.
func (w *Watch) checkCollection(ctx context.Context, was, is harness.Collection, e *Effect) error {
	if slices.Contains(e.Properties, was.Path) {
		return nil // a changed property may or may not count as a change of the collection's content
	}
	if changed := was.CTag != is.CTag; changed != e.touched[was.Path] {
		return fmt.Errorf("%s: CTag of %s: %q, then %q; content changed: %v", e.Name, was.Path, was.CTag, is.CTag, e.touched[was.Path])
	}
	if changed := was.SyncToken != is.SyncToken; changed != e.touched[was.Path] {
		return fmt.Errorf("%s: sync token of %s: %q, then %q; content changed: %v", e.Name, was.Path, was.SyncToken, is.SyncToken, e.touched[was.Path])
	}
	if !e.touched[was.Path] {
		return nil
	}
	delta, err := w.Client.Sync(ctx, was.Path, was.SyncToken, "1", 0)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	within := func(paths []string) []string {
		return slices.DeleteFunc(slices.Sorted(slices.Values(paths)), func(p string) bool { return collectionOf(p) != was.Path })
	}
	if got, want := slices.Sorted(maps.Keys(delta.Changed)), within(e.Changed); !slices.Equal(got, want) {
		return fmt.Errorf("%s: sync of %s reports as changed %q, want %q", e.Name, was.Path, got, want)
	}
	if got, want := slices.Sorted(slices.Values(delta.Removed)), within(e.Removed); !slices.Equal(got, want) {
		return fmt.Errorf("%s: sync of %s reports as removed %q, want %q", e.Name, was.Path, got, want)
	}
	if delta.Token != is.SyncToken {
		return fmt.Errorf("%s: sync of %s answers token %q, its property is %q", e.Name, was.Path, delta.Token, is.SyncToken)
	}
	return nil
}

// checkHome: the home's CTag and token differ if and only if anything in the home does, and the report names it.
func (w *Watch) checkHome(ctx context.Context, before, after map[string]harness.Collection, e *Effect) error {
	was, is := before[w.Client.Home()], after[w.Client.Home()]
	if was.CTag == "" || was.SyncToken == "" {
		return fmt.Errorf("the home has CTag %q and sync token %q", was.CTag, was.SyncToken)
	}
	if changed := was.CTag != is.CTag; changed == e.Nothing() {
		return fmt.Errorf("%s: CTag of the home: %q, then %q", e.Name, was.CTag, is.CTag)
	}
	if changed := was.SyncToken != is.SyncToken; changed == e.Nothing() {
		return fmt.Errorf("%s: sync token of the home: %q, then %q", e.Name, was.SyncToken, is.SyncToken)
	}
	delta, err := w.Client.Sync(ctx, was.Path, was.SyncToken, "infinite", 0)
	if err != nil {
		return fmt.Errorf("%s: %w", e.Name, err)
	}
	for _, path := range slices.Concat(e.Changed, e.Created, e.Properties) {
		if _, found := delta.Changed[path]; !found {
			return fmt.Errorf("%s: sync of the home does not report %s as changed", e.Name, path)
		}
	}
	for path := range delta.Changed {
		coll := collectionOf(path)
		if !slices.Contains(e.Changed, path) && !slices.Contains(e.Created, coll) && !slices.Contains(e.Properties, path) && !(path == coll && e.touched[coll]) {
			return fmt.Errorf("%s: sync of the home reports %s as changed", e.Name, path)
		}
	}
	for _, path := range slices.Concat(e.Removed, e.Deleted) {
		if !slices.Contains(delta.Removed, path) {
			return fmt.Errorf("%s: sync of the home does not report %s as removed", e.Name, path)
		}
	}
	for _, path := range delta.Removed {
		if !slices.Contains(e.Removed, path) && !slices.Contains(e.Deleted, collectionOf(path)) {
			return fmt.Errorf("%s: sync of the home reports %s as removed", e.Name, path)
		}
	}
	return nil
}

// Listing returns what the calendars of the client's home are by PROPFIND and GET.
func Listing(ctx context.Context, c *harness.Client) (map[string]map[string]Copy, error) {
	all, err := c.Collections(ctx, c.Home())
	if err != nil {
		return nil, err
	}
	found := map[string]map[string]Copy{}
	for path, coll := range all {
		if !coll.Calendar {
			continue
		}
		members, err := c.List(ctx, path)
		if err != nil {
			return nil, err
		}
		found[path] = map[string]Copy{}
		for href, etag := range members {
			resp, err := c.Do(ctx, "GET", href, "")
			if err != nil {
				return nil, err
			}
			if resp.Status != http.StatusOK || resp.ETag() != etag {
				return nil, fmt.Errorf("GET %s: got %v with ETag %s, listed was %s", href, resp, resp.ETag(), etag)
			}
			found[path][href] = Copy{ETag: etag, Data: string(resp.Body)}
		}
	}
	return found, nil
}

// Differ says how two views of a home differ; "" if they do not.
func Differ(got, want map[string]map[string]Copy) string {
	var b strings.Builder
	for coll, objects := range want {
		if _, found := got[coll]; !found {
			fmt.Fprintf(&b, "calendar %s is missing\n", coll)
			continue
		}
		for path, obj := range objects {
			if held, found := got[coll][path]; !found {
				fmt.Fprintf(&b, "%s is missing\n", path)
			} else if held != obj {
				fmt.Fprintf(&b, "%s is %q, want %q\n", path, held, obj)
			}
		}
	}
	for coll, objects := range got {
		if _, found := want[coll]; !found {
			fmt.Fprintf(&b, "calendar %s is there, but should not\n", coll)
		}
		for path := range objects {
			if _, found := want[coll][path]; !found {
				fmt.Fprintf(&b, "%s is there, but should not\n", path)
			}
		}
	}
	return b.String()
}

// Copies returns the oracle's view in the form of Listing.
func (w *World) Copies() map[string]map[string]Copy {
	all := map[string]map[string]Copy{}
	for coll, objects := range w.Colls {
		all[coll] = map[string]Copy{}
		for path, obj := range objects {
			all[coll][path] = Copy{ETag: obj.ETag, Data: obj.Data}
		}
	}
	return all
}
