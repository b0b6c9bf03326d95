package model

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"

	"convene/test/harness"

	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"
)

// LibraryDevice sees the home through go-webdav's client from discovery to download: an understanding of the protocol that
// is not ours. It knows neither sync of homes nor how to go on after a 507, so it never sends a limit.
type LibraryDevice struct {
	Client *harness.Client
	tokens map[string]string
	copies map[string]map[string]Copy
}

// NewLibraryDevice returns a device that holds nothing yet.
func NewLibraryDevice(c *harness.Client) *LibraryDevice {
	return &LibraryDevice{Client: c, tokens: map[string]string{}, copies: map[string]map[string]Copy{}}
}

// Holds implements Device.
func (d *LibraryDevice) Holds() map[string]map[string]Copy { return d.copies }

// Pull implements Device, without heeding limit.
func (d *LibraryDevice) Pull(ctx context.Context, _ int) error {
	transport := webdav.HTTPClientWithBasicAuth(d.Client.HTTP, d.Client.User, d.Client.Password)
	client, err := caldav.NewClient(transport, d.Client.Base+"/dav/")
	if err != nil {
		return err
	}
	principal, err := client.FindCurrentUserPrincipal(ctx)
	if err != nil {
		return fmt.Errorf("go-webdav: current-user-principal: %w", err)
	}
	home, err := client.FindCalendarHomeSet(ctx, principal)
	if err != nil {
		return fmt.Errorf("go-webdav: calendar-home-set: %w", err)
	}
	calendars, err := client.FindCalendars(ctx, home)
	if err != nil {
		return fmt.Errorf("go-webdav: calendars of %s: %w", home, err)
	}
	stand := map[string]bool{}
	for _, cal := range calendars {
		stand[escapePath(cal.Path)] = true
		if err := d.pull(ctx, client, cal.Path); err != nil {
			return fmt.Errorf("go-webdav: sync of %s: %w", cal.Path, err)
		}
	}
	for path := range d.copies {
		if !stand[path] {
			delete(d.copies, path)
			delete(d.tokens, path)
		}
	}
	return nil
}

func (d *LibraryDevice) pull(ctx context.Context, client *caldav.Client, path string) error {
	key := escapePath(path)
	query := &caldav.SyncQuery{SyncToken: d.tokens[key]}
	delta, err := client.SyncCollection(ctx, path, query)
	if err != nil && query.SyncToken != "" && strings.Contains(err.Error(), "valid-sync-token") {
		delete(d.copies, key)
		delta, err = client.SyncCollection(ctx, path, &caldav.SyncQuery{})
	}
	if err != nil {
		return err
	}
	if d.copies[key] == nil {
		d.copies[key] = map[string]Copy{}
	}
	for _, gone := range delta.Deleted {
		delete(d.copies[key], escapePath(gone))
	}
	for _, obj := range delta.Updated {
		data, err := download(ctx, client, obj.Path)
		if err != nil {
			return err
		}
		d.copies[key][escapePath(obj.Path)] = Copy{ETag: `"` + obj.ETag + `"`, Data: data}
	}
	d.tokens[key] = delta.SyncToken
	return nil
}

func download(ctx context.Context, client *caldav.Client, path string) (string, error) {
	body, err := client.Open(ctx, path)
	if err != nil {
		return "", err
	}
	defer body.Close()
	data, err := io.ReadAll(body)
	return string(data), err
}

// escapePath returns a decoded path in the spelling of harness.Canon.
func escapePath(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		segments[i] = url.PathEscape(s)
	}
	return strings.Join(segments, "/")
}
