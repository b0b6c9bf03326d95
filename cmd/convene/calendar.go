package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"convene/caldav"
	"convene/ical"
	"convene/store"
)

type calendarCommands struct {
	List   calendarListCommand   `cmd:"" help:"List somebody's calendars."`
	Create calendarCreateCommand `cmd:"" help:"Create a calendar."`
	Import calendarImportCommand `cmd:"" help:"Take the events and tasks of an .ics file into a calendar."`
	Export calendarExportCommand `cmd:"" help:"Write a calendar as one .ics file."`
	Remove calendarRemoveCommand `cmd:"" help:"Remove a calendar."`

	Publish   calendarPublishCommand   `cmd:"" help:"Let anybody read a calendar who knows its URL."`
	Unpublish calendarUnpublishCommand `cmd:"" help:"End that."`
	Published calendarPublishedCommand `cmd:"" help:"List what is published, and where."`
}

// Help shows examples.
func (calendarCommands) Help() string {
	return `Examples:
  convene calendar list ann
  convene calendar create ann work --display-name Work --color '#3366cc'
  convene calendar import ann Default old-calendar.ics
  convene calendar export ann Default > ann.ics
  convene calendar remove ann work
  convene calendar publish ann work --busy-only`
}

// collectionInfo is a collection as JSON has it.
type collectionInfo struct {
	Name        string     `json:"name"`
	Kind        store.Kind `json:"kind"`
	DisplayName string     `json:"display_name"`
	Description string     `json:"description"`
	Color       string     `json:"color"`
	Components  []string   `json:"components"`
	Modseq      int64      `json:"modseq"`
	Created     time.Time  `json:"created"`
	Modified    time.Time  `json:"modified"`
}

func newCollectionInfo(c *store.Collection) collectionInfo {
	return collectionInfo{c.Name, c.Kind, orEmpty(c.DisplayName), orEmpty(c.Description), orEmpty(c.Color), append([]string{}, c.Components...),
		c.Modseq, c.Created, c.Modified}
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// calendarOf finds a collection of calendar objects by its owner and name.
func (d *database) calendarOf(run *session, owner, name string) (*store.Home, *store.Collection, error) {
	p, err := d.principal(run, "", owner)
	if err != nil {
		return nil, nil, err
	}
	home, err := d.Home(run.ctx, p.ID)
	if err != nil {
		return nil, nil, err
	}
	coll := home.Collection(name)
	if coll == nil {
		return home, nil, fmt.Errorf("%s has no calendar %q", p.Name, name)
	}
	return home, coll, nil
}

type calendarListCommand struct {
	settings
	Owner string `arg:"" help:"Whose."`
	JSON  bool   `help:"Print JSON."`
}

// Run lists the collections of a home.
func (c *calendarListCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, "", c.Owner)
		if err != nil {
			return err
		}
		home, err := db.Home(run.ctx, p.ID)
		if err != nil {
			return err
		}
		list := newListing[collectionInfo]("NAME", "KIND", "DISPLAY NAME", "CHANGED")
		for _, coll := range home.Collections {
			info := newCollectionInfo(coll)
			list.add(info, info.Name, info.Kind, info.DisplayName, formatTime(info.Modified))
		}
		return list.print(run.out, c.JSON)
	})
}

type calendarCreateCommand struct {
	settings
	Owner       string   `arg:"" help:"Whose."`
	Name        string   `arg:"" help:"Name in the URL."`
	DisplayName string   `placeholder:"TEXT" help:"Name for people."`
	Description string   `placeholder:"TEXT" help:"What it is for."`
	Color       string   `placeholder:"#RRGGBB" help:"Color that clients show."`
	Components  []string `placeholder:"NAME" help:"What it may hold, such as VEVENT,VTODO; without it anything."`
	Timezone    string   `placeholder:"ZONE" help:"Time zone of its all-day events and floating times, such as Europe/Berlin."`
}

// Run creates a calendar.
func (c *calendarCreateCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, "", c.Owner)
		if err != nil {
			return err
		}
		in := store.NewCollection{Name: c.Name, Kind: store.KindCalendar, Properties: store.Properties{
			DisplayName: orNil(c.DisplayName), Description: orNil(c.Description), Color: orNil(c.Color),
		}}
		for _, name := range c.Components {
			in.Components = append(in.Components, strings.ToUpper(name))
		}
		if c.Timezone != "" {
			if in.Timezone, err = timezoneText(c.Timezone); err != nil {
				return err
			}
		}
		_, err = db.createCollection(run.ctx, p, in)
		if err == nil {
			printf(run.out, "Created calendar %s of %s.\n", c.Name, p.Name)
		}
		return err
	})
}

// createCollection creates a collection in a home.
func (d *database) createCollection(ctx context.Context, owner *store.Principal, in store.NewCollection) (*store.Collection, error) {
	if _, err := d.Home(ctx, owner.ID); err != nil { // makes the home if there is none
		return nil, err
	}
	coll, err := store.InTx(ctx, d.DB, []store.PrincipalID{owner.ID}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
		return tx.CreateCollection(ctx, owner.ID, in)
	})
	if errors.Is(err, store.ErrExists) {
		return nil, fmt.Errorf("%s has already a collection %q", owner.Name, in.Name)
	}
	return coll, err
}

// timezoneText is the iCalendar object that CALDAV:calendar-timezone holds (RFC 4791 section 5.2.2).
func timezoneText(name string) (string, error) {
	text := []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//convene//EN\r\n")
	now := time.Now()
	text, err := ical.AppendVTimezone(text, name, now.AddDate(-1, 0, 0), now.AddDate(10, 0, 0))
	if err != nil {
		return "", usageError(fmt.Sprintf("%q is not the IANA name of a time zone such as Europe/Berlin", name))
	}
	return string(append(text, "END:VCALENDAR\r\n"...)), nil
}

type calendarRemoveCommand struct {
	settings
	Owner string `arg:"" help:"Whose."`
	Name  string `arg:"" help:"Name in the URL."`
	Yes   bool   `help:"Do not ask."`
}

// Run removes a calendar.
func (c *calendarRemoveCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		home, coll, err := db.calendarOf(run, c.Owner, c.Name)
		if err != nil {
			return err
		}
		if coll.Kind != store.KindCalendar && coll.Kind != store.KindCollection {
			return fmt.Errorf("%s is the %s of %s, which has to stay", coll.Name, coll.Kind, home.Owner.Name)
		}
		if err := run.confirm(c.Yes, fmt.Sprintf("Remove %s of %s with all that is in it?", coll.Name, home.Owner.Name)); err != nil {
			return err
		}
		if err := caldav.DeleteCalendar(run.ctx, db.DB, coll); err != nil {
			return err
		}
		printf(run.out, "Removed calendar %s of %s.\n", coll.Name, home.Owner.Name)
		return nil
	})
}

type calendarExportCommand struct {
	settings
	Owner  string `arg:"" help:"Whose."`
	Name   string `arg:"" help:"Name in the URL."`
	Output string `short:"o" placeholder:"FILE" help:"Write to a file instead of standard output."`
}

// Run writes the calendar.
func (c *calendarExportCommand) Run(run *session) error {
	return c.with(run, func(db *database) (err error) {
		_, coll, err := db.calendarOf(run, c.Owner, c.Name)
		if err != nil {
			return err
		}
		out := run.out
		if c.Output != "" {
			file, err := os.Create(c.Output)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, file.Close()) }()
			out = file
		}
		buffered := bufio.NewWriterSize(out, 64<<10)
		name := orEmpty(coll.DisplayName)
		if name == "" {
			name = coll.Name
		}
		exporter := ical.NewExporter(buffered, name)
		if err := db.QueryAll(run.ctx, coll, "", "", func(o *store.Object) error { return exporter.Add(o.Data) }); err != nil {
			return err
		}
		return errors.Join(exporter.Close(), buffered.Flush())
	})
}
