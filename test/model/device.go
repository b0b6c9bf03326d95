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

// Copy is an object as a device holds it.
type Copy struct{ ETag, Data string }

// Device keeps a copy of a home's calendars by sync-collection alone.
type Device interface {
	// Pull asks for what changed since the last time, at most limit results a report (0: no limit), until nothing more
	// comes or ctx ends.
	Pull(ctx context.Context, limit int) error
	// Holds returns what the device believes the calendars to be: objects by path, by path of the calendar.
	Holds() map[string]map[string]Copy
}

// CollectionDevice lists the home to find calendars and syncs each by itself, as most clients do.
type CollectionDevice struct {
	Client *harness.Client
	tokens map[string]string
	copies map[string]map[string]Copy
}

// NewCollectionDevice returns a device that holds nothing yet.
func NewCollectionDevice(c *harness.Client) *CollectionDevice {
	return &CollectionDevice{Client: c, tokens: map[string]string{}, copies: map[string]map[string]Copy{}}
}

// Holds implements Device.
func (d *CollectionDevice) Holds() map[string]map[string]Copy { return d.copies }

// Pull implements Device. A calendar that vanishes under it is forgotten, one whose token is refused begins anew.
func (d *CollectionDevice) Pull(ctx context.Context, limit int) error {
	all, err := d.Client.Collections(ctx, d.Client.Home())
	if err != nil {
		return err
	}
	for path := range d.copies {
		if !all[path].Calendar {
			d.forget(path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if !all[path].Calendar {
			continue
		}
		err := d.pull(ctx, path, limit)
		if isCondition(err, http.StatusForbidden, "valid-sync-token") || isCondition(err, http.StatusConflict, "valid-sync-token") {
			d.forget(path)
			err = d.pull(ctx, path, limit)
		}
		if isStatus(err, http.StatusNotFound) {
			d.forget(path)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *CollectionDevice) forget(path string) {
	delete(d.tokens, path)
	delete(d.copies, path)
}

func (d *CollectionDevice) pull(ctx context.Context, path string, limit int) error {
	if d.copies[path] == nil {
		d.copies[path] = map[string]Copy{}
	}
	for {
		delta, err := d.Client.Sync(ctx, path, d.tokens[path], "1", limit)
		if err != nil {
			return err
		}
		for _, gone := range delta.Removed {
			delete(d.copies[path], gone)
		}
		if err := fetch(ctx, d.Client, path, delta.Changed, d.copies[path]); err != nil {
			return err
		}
		if delta.More && delta.Token == d.tokens[path] {
			return fmt.Errorf("sync of %s: 507, but the token stands still", path)
		}
		d.tokens[path] = delta.Token
		if !delta.More {
			return nil
		}
	}
}

// fetch gets the changed objects of one collection by multiget.
func fetch(ctx context.Context, c *harness.Client, path string, changed map[string]string, into map[string]Copy) error {
	if len(changed) == 0 {
		return nil
	}
	data, err := c.Multiget(ctx, path, slices.Sorted(maps.Keys(changed)))
	if err != nil {
		return err
	}
	for href, etag := range changed {
		if _, found := data[href]; !found {
			delete(into, href) // gone again: the next report says so
			continue
		}
		into[href] = Copy{ETag: etag, Data: data[href]}
	}
	return nil
}

// HomeDevice syncs the whole home by one report with sync-level infinite.
type HomeDevice struct {
	Client *harness.Client
	token  string
	copies map[string]map[string]Copy
}

// NewHomeDevice returns a device that holds nothing yet.
func NewHomeDevice(c *harness.Client) *HomeDevice {
	return &HomeDevice{Client: c, copies: map[string]map[string]Copy{}}
}

// Holds implements Device.
func (d *HomeDevice) Holds() map[string]map[string]Copy { return d.copies }

// Pull implements Device.
func (d *HomeDevice) Pull(ctx context.Context, limit int) error {
	for {
		delta, err := d.Client.Sync(ctx, d.Client.Home(), d.token, "infinite", limit)
		if err != nil {
			return err
		}
		if err := d.apply(ctx, delta); err != nil {
			return err
		}
		if delta.More && delta.Token == d.token {
			return fmt.Errorf("sync of the home: 507, but the token stands still")
		}
		d.token = delta.Token
		if !delta.More {
			return nil
		}
	}
}

func (d *HomeDevice) apply(ctx context.Context, delta *harness.SyncDelta) error {
	for _, gone := range delta.Removed {
		delete(d.copies, gone)
		delete(d.copies[collectionOf(gone)], gone)
	}
	changed := map[string]map[string]string{}
	for href, etag := range delta.Changed {
		coll := collectionOf(href)
		if coll == d.Client.Home()+"Notifications/" {
			continue // no calendar
		}
		if d.copies[coll] == nil {
			d.copies[coll] = map[string]Copy{}
		}
		if href != coll {
			if changed[coll] == nil {
				changed[coll] = map[string]string{}
			}
			changed[coll][href] = etag
		}
	}
	for coll, hrefs := range changed {
		err := fetch(ctx, d.Client, coll, hrefs, d.copies[coll])
		if isStatus(err, http.StatusNotFound) {
			err = nil // deleted again: the next report says so
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// collectionOf returns the path of the collection that a path lies in, or that it names.
func collectionOf(path string) string { return path[:strings.LastIndexByte(path, '/')+1] }

func isStatus(err error, status int) bool {
	var se *harness.StatusError
	return errors.As(err, &se) && se.Status == status
}

func isCondition(err error, status int, local string) bool {
	var se *harness.StatusError
	if !errors.As(err, &se) || se.Status != status {
		return false
	}
	name, _, err := se.Condition()
	return err == nil && name == harness.DAV(local)
}
