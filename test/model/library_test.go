package model

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"convene/test/harness"

	"github.com/emersion/go-ical"
	"github.com/emersion/go-webdav"
	"github.com/emersion/go-webdav/caldav"
)

// TestLibrary uses go-webdav's client for what programs built on it do besides syncing.
func TestLibrary(t *testing.T) {
	c := srv.NewUser(t)
	client, err := caldav.NewClient(webdav.HTTPClientWithBasicAuth(c.HTTP, c.User, c.Password), c.Base+"/dav/")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	c.Want(t, 201, "MKCALENDAR", c.Home()+"other/", "")
	calendar, err := client.FindCalendar(ctx, c.Home()+"other/")
	if err != nil || calendar.Path != c.Home()+"other/" || len(calendar.SupportedComponentSet) == 0 || calendar.MaxResourceSize == 0 {
		t.Fatalf("FindCalendar: %+v, %v", calendar, err)
	}

	object := decode(t, harness.Event("lib-1", "By the library", harness.Day(5), "RRULE:FREQ=DAILY;COUNT=3"))
	put, err := client.PutCalendarObject(ctx, c.Default()+"one.ics", object)
	if err != nil || put.ETag == "" {
		t.Fatalf("PutCalendarObject: %+v, %v", put, err)
	}
	got, err := client.GetCalendarObject(ctx, c.Default()+"one.ics")
	if err != nil || got.ETag != put.ETag || encode(t, got.Data) != encode(t, object) {
		t.Errorf("GetCalendarObject: %+v, %v", got, err)
	}
	if several, err := client.MultiGetCalendar(ctx, c.Default(), &caldav.CalendarMultiGet{
		Paths: []string{c.Default() + "one.ics"}, CompRequest: caldav.CalendarCompRequest{Name: "VCALENDAR", AllProps: true, AllComps: true},
	}); err != nil || len(several) != 1 || several[0].ETag != put.ETag || encode(t, several[0].Data) != encode(t, object) {
		t.Errorf("MultiGetCalendar: %+v, %v", several, err)
	}
	libraryQuery(t, client, c)

	if err := client.Copy(ctx, c.Default()+"one.ics", c.Home()+"other/copy.ics", nil); err != nil {
		t.Errorf("Copy: %v", err)
	}
	if err := client.Move(ctx, c.Default()+"one.ics", c.Default()+"moved.ics", &webdav.MoveOptions{NoOverwrite: true}); err != nil {
		t.Errorf("Move: %v", err)
	}
	for path, want := range map[string]string{c.Default(): "moved.ics", c.Home() + "other/": "copy.ics"} {
		infos, err := client.ReadDir(ctx, path, false)
		var names []string
		for _, info := range infos {
			if !info.IsDir {
				names = append(names, strings.TrimPrefix(info.Path, path))
			}
		}
		if err != nil || len(names) != 1 || names[0] != want {
			t.Errorf("ReadDir of %s: %v, %v, want %s", path, names, err, want)
		}
	}
	if info, err := client.Stat(ctx, c.Default()+"moved.ics"); err != nil || info.ETag != put.ETag || info.Size == 0 || time.Since(info.ModTime) > time.Hour {
		t.Errorf("Stat: %+v, %v", info, err)
	}
	if err := client.RemoveAll(ctx, c.Home()+"other/"); err != nil {
		t.Errorf("RemoveAll: %v", err)
	}
	if calendars, err := client.FindCalendars(ctx, c.Home()); err != nil || len(calendars) != 1 {
		t.Errorf("FindCalendars: %+v, %v", calendars, err)
	}
}

// libraryQuery asks for a time in which the second of the three instances is.
func libraryQuery(t *testing.T, client *caldav.Client, c *harness.Client) {
	t.Helper()
	start, end := harness.Day(6).Add(-time.Hour), harness.Day(6).Add(2*time.Hour)
	filter := caldav.CompFilter{Name: "VCALENDAR", Comps: []caldav.CompFilter{{Name: "VEVENT", Start: start, End: end}}}
	whole := caldav.CalendarCompRequest{Name: "VCALENDAR", AllProps: true, AllComps: true}
	found, err := client.QueryCalendar(t.Context(), c.Default(), &caldav.CalendarQuery{CompRequest: whole, CompFilter: filter})
	if err != nil || len(found) != 1 || found[0].Path != c.Default()+"one.ics" {
		t.Errorf("QueryCalendar: %+v, %v", found, err)
	}
	whole.Expand = &caldav.CalendarExpandRequest{Start: start, End: end}
	found, err = client.QueryCalendar(t.Context(), c.Default(), &caldav.CalendarQuery{CompRequest: whole, CompFilter: filter})
	if err != nil || len(found) != 1 {
		t.Fatalf("QueryCalendar with expand: %+v, %v", found, err)
	}
	events := found[0].Data.Events()
	if len(events) != 1 || events[0].Props.Get(ical.PropRecurrenceID) == nil || events[0].Props.Get(ical.PropRecurrenceRule) != nil {
		t.Fatalf("QueryCalendar with expand: %s", encode(t, found[0].Data))
	}
	if at, err := events[0].DateTimeStart(time.UTC); err != nil || !at.Equal(harness.Day(6)) {
		t.Errorf("the instance is at %v (%v), want %v", at, err, harness.Day(6))
	}
}

func decode(t *testing.T, text string) *ical.Calendar {
	t.Helper()
	cal, err := ical.NewDecoder(strings.NewReader(text)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	return cal
}

func encode(t *testing.T, cal *ical.Calendar) string {
	t.Helper()
	var b bytes.Buffer
	if err := ical.NewEncoder(&b).Encode(cal); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
