package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"convene/store"
)

// calendarNames are an owner and a calendar.
type calendarNames struct {
	settings
	Owner string `arg:"" help:"Whose."`
	Name  string `arg:"" help:"Name in the URL."`
}

// publications runs fn on a calendar with what it is published as, in a transaction.
func (c *calendarNames) publications(run *session, db *database, fn func(ctx context.Context, tx *store.Tx, coll *store.Collection, now []store.Publication) error) error {
	home, coll, err := db.calendarOf(run, c.Owner, c.Name)
	if err != nil {
		return err
	}
	if coll.Kind != store.KindCalendar {
		return fmt.Errorf("%s of %s is no calendar of its own", coll.Name, home.Owner.Name)
	}
	_, err = store.InTx(run.ctx, db.DB, []store.PrincipalID{home.Owner.ID}, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		now, err := tx.Publications(ctx, coll)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, fn(ctx, tx, coll, now)
	})
	return err
}

type calendarPublishCommand struct {
	calendarNames
	BusyOnly bool   `help:"Tell only when it is busy."`
	As       string `name:"name" placeholder:"NAME" xor:"how" help:"A name that everybody may guess; without it a secret that nobody can guess."`
	Rotate   bool   `xor:"how" help:"A new secret in place of the one there is, which ends at once."`
	JSON     bool   `help:"Print JSON."`
}

// Help shows examples.
func (calendarPublishCommand) Help() string {
	return `Anybody who knows the URL can read the calendar then, without an account: as an .ics file to subscribe to, and by CalDAV. What is
private in it is shown as busy. A calendar may be published several times. It is printed where.

Examples:
  convene calendar publish ann work
  convene calendar publish ann work --busy-only --name ann-busy
  convene calendar publish ann work --rotate`
}

// Run publishes a calendar.
func (c *calendarPublishCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		var p store.Publication
		err := c.publications(run, db, func(ctx context.Context, tx *store.Tx, coll *store.Collection, now []store.Publication) (err error) {
			p, err = c.publish(ctx, tx, coll, now)
			return err
		})
		switch {
		case errors.Is(err, store.ErrExists):
			return fmt.Errorf("something else is published as %q", c.As)
		case errors.Is(err, store.ErrBadName):
			return usageError("a name has letters, digits and - _ . in it, 100 at most, and no dot at its beginning")
		case err != nil:
			return err
		}
		row := db.publicationRow(c.Owner, c.Name, p)
		if c.JSON {
			return printJSON(run.out, row)
		}
		printf(run.out, "%s\n%s\n", row.URL, row.CalDAV)
		return nil
	})
}

// publish returns the publication that is asked for; it is made unless it is there already.
func (c *calendarPublishCommand) publish(ctx context.Context, tx *store.Tx, coll *store.Collection, now []store.Publication) (store.Publication, error) {
	p := store.Publication{Token: c.As, BusyOnly: c.BusyOnly, Secret: c.As == "", Created: tx.Now()}
	i := slices.IndexFunc(now, func(old store.Publication) bool {
		return old.Secret == p.Secret && (old.Token == c.As || p.Secret && old.BusyOnly == p.BusyOnly)
	})
	if i >= 0 {
		if now[i].BusyOnly == p.BusyOnly && !c.Rotate {
			return now[i], nil
		}
		if err := tx.Unpublish(ctx, coll, now[i].Token); err != nil {
			return p, err
		}
	}
	if p.Secret {
		p.Token = store.NewToken()
	}
	return p, tx.Publish(ctx, coll, p)
}

type calendarUnpublishCommand struct {
	calendarNames
	Token string `arg:"" optional:"" help:"The name or secret in the URL; without it all."`
}

// Run ends publications.
func (c *calendarUnpublishCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		ended := 0
		err := c.publications(run, db, func(ctx context.Context, tx *store.Tx, coll *store.Collection, now []store.Publication) error {
			ended = 0
			for _, p := range now {
				if c.Token != "" && c.Token != p.Token {
					continue
				}
				if err := tx.Unpublish(ctx, coll, p.Token); err != nil {
					return err
				}
				ended++
			}
			return nil
		})
		if err != nil {
			return err
		}
		if ended == 0 {
			return fmt.Errorf("%s of %s is not published so", c.Name, c.Owner)
		}
		printf(run.out, "Ended at %d URLs.\n", ended)
		return nil
	})
}

type calendarPublishedCommand struct {
	settings
	Owner string `arg:"" optional:"" help:"Whose calendars; without it everybody's."`
	JSON  bool   `help:"Print JSON."`
}

// publicationRow is a publication as JSON has it.
type publicationRow struct {
	Owner    string    `json:"owner"`
	Calendar string    `json:"calendar"`
	URL      string    `json:"url"`
	CalDAV   string    `json:"caldav_url"`
	Token    string    `json:"token"`
	BusyOnly bool      `json:"busy_only"`
	Secret   bool      `json:"secret"`
	Created  time.Time `json:"created"`
}

func (d *database) publicationRow(owner, calendar string, p store.Publication) publicationRow {
	base, token := string(d.cfg.URL), url.PathEscape(p.Token)
	return publicationRow{owner, calendar, base + "/published/" + token + ".ics", base + "/dav/published/" + token + "/", p.Token, p.BusyOnly, p.Secret, p.Created}
}

// Run lists what is published.
func (c *calendarPublishedCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		var owner store.PrincipalID // 0: everybody
		if c.Owner != "" {
			p, err := db.principal(run, "", c.Owner)
			if err != nil {
				return err
			}
			owner = p.ID
		}
		found, err := db.Published(run.ctx, owner)
		if err != nil {
			return err
		}
		list := newListing[publicationRow]("OWNER", "CALENDAR", "TELLS", "URL")
		for _, p := range found {
			row := db.publicationRow(p.OwnerName, p.Calendar, p.Publication)
			tells := "all"
			if p.BusyOnly {
				tells = "when it is busy"
			}
			list.add(row, row.Owner, row.Calendar, tells, row.URL)
		}
		return list.print(run.out, c.JSON)
	})
}
