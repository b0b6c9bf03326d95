package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"convene/ical"
	"convene/store"
)

// bookableCommands are those of rooms and resources.
type bookableCommands struct {
	Add      addCommand      `cmd:"" help:"Add one, with its calendars."`
	List     listCommand     `cmd:"" help:"List all."`
	Show     showCommand     `cmd:"" help:"Show one, with its policy."`
	Set      roomSetCommand  `cmd:"" help:"Change one: how many bookings it takes, who manages it, how it answers."`
	Bookings bookingsCommand `cmd:"" help:"Show when one is booked, and by whom."`
	Remove   removeCommand   `cmd:"" help:"Remove one, with its calendars."`
}

// Help shows examples.
func (bookableCommands) Help() string {
	return `They answer invitations by themselves: without a policy they accept what is free, and decline the rest. convene policy --help
says more of policies.

Examples:
  convene room add blue --display-name "Blue room, 12 seats" --address mailto:blue@example.com
  convene room set blue --manager ann --policy blue.policy
  convene room bookings blue --from 2026-12-01
  convene resource add bikes
  convene resource set bikes --capacity 4
  convene resource show bikes --json`
}

type roomSetCommand struct {
	setCommand
	Capacity *int      `placeholder:"N" help:"How many bookings there may be at one time; the policy may say otherwise."`
	Location *string   `placeholder:"TEXT" help:"Where it is."`
	Features *[]string `placeholder:"TEXT,..." help:"What it has to offer, such as screen,phone; empty for nothing."`
	Manager  *string   `placeholder:"NAME" help:"Account or group that approves bookings and writes in the calendars; empty for nobody."`
	Policy   *string   `placeholder:"FILE" help:"File with the policy, - for standard input; empty for none."`
}

// Help shows examples.
func (roomSetCommand) Help() string {
	return `What is not named stays as it is. Addresses are changed by convene alias. The manager reads and writes all calendars of the room, as
its delegates do (convene delegate).

Examples:
  convene room set blue --location "Building 2, first floor" --features screen,phone
  convene room set blue --manager ann --policy blue.policy
  convene room set blue --policy ""
  convene resource set bikes --capacity 4`
}

// Validate refuses what makes no sense.
func (c *roomSetCommand) Validate() error {
	if c.Capacity != nil && (*c.Capacity < 1 || *c.Capacity > 1000) {
		return errors.New("--capacity has to be 1 to 1000")
	}
	return nil
}

// Run changes one.
func (c *roomSetCommand) Run(run *session, command *kong.Context) error {
	var rules *string
	if c.Policy != nil {
		text, err := run.readPolicy(*c.Policy)
		if err != nil {
			return err
		}
		rules = &text
	}
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, kindOf(command), c.Name)
		if err != nil {
			return err
		}
		manager := p.Manager
		if c.Manager != nil {
			if manager, err = db.managerOf(run, *c.Manager); err != nil {
				return err
			}
		}
		_, err = db.UpdatePrincipal(run.ctx, p.ID, func(n *store.NewPrincipal) error {
			c.change(n)
			setIf(&n.Capacity, c.Capacity)
			setIf(&n.Location, c.Location)
			setIf(&n.Features, trimmed(c.Features))
			setIf(&n.Policy, rules)
			n.Manager = manager
			return nil
		})
		if err != nil {
			return err
		}
		if err := db.ForgetBookingHorizon(run.ctx, p.ID); err != nil { // what is in its calendars is looked through again
			return err
		}
		printf(run.out, "Changed %s %s.\n", p.Kind, p.Name)
		return nil
	})
}

// trimmed is a list without blanks around its texts, and without empty ones; nil stays nil.
func trimmed(list *[]string) *[]string {
	if list == nil {
		return nil
	}
	texts := []string{}
	for _, text := range *list {
		if text = strings.TrimSpace(text); text != "" {
			texts = append(texts, text)
		}
	}
	return &texts
}

// managerOf finds who is to be the manager; "" is nobody.
func (d *database) managerOf(run *session, name string) (store.PrincipalID, error) {
	if name == "" {
		return 0, nil
	}
	p, err := d.principal(run, "", name)
	if err != nil {
		return 0, err
	}
	if p.Kind != store.User && p.Kind != store.Group {
		return 0, usageError(fmt.Sprintf("a manager is a person or a group, not the %s %s", p.Kind, p.Name))
	}
	return p.ID, nil
}

type bookingsCommand struct {
	settings
	Name string `arg:"" help:"Name."`
	From string `placeholder:"DATE" help:"From this day on, such as 2026-12-01. Without it: from now on."`
	To   string `placeholder:"DATE" help:"Up to this day, with it. Without it: 30 days."`
	JSON bool   `help:"Print JSON."`
}

// Help shows examples.
func (bookingsCommand) Help() string {
	return `Days are those of the time zone of the room. What is held was offered to somebody, and is free again if nothing comes of it.

Examples:
  convene room bookings blue
  convene room bookings blue --from 2026-12-01 --to 2026-12-31 --json`
}

// bookingRow is a booking as JSON has it.
type bookingRow struct {
	Start     time.Time  `json:"start"`
	End       time.Time  `json:"end"`
	Unit      int        `json:"unit"` // from 1
	By        string     `json:"by"`   // calendar user address; "": whoever wrote into the calendar
	UID       string     `json:"uid"`
	Instance  string     `json:"recurrence_id,omitempty"`
	HeldUntil *time.Time `json:"held_until,omitempty"`
}

// Run lists bookings.
func (c *bookingsCommand) Run(run *session, command *kong.Context) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, kindOf(command), c.Name)
		if err != nil {
			return err
		}
		home, err := db.Home(run.ctx, p.ID)
		if err != nil {
			return err
		}
		zone := home.Root.Zone
		if zone == nil {
			zone = time.UTC
		}
		window, err := c.window(time.Now().In(zone))
		if err != nil {
			return err
		}
		bookings, err := db.Bookings(run.ctx, p.ID, window)
		if err != nil {
			return err
		}
		list := newListing[bookingRow]("FROM", "TO", "UNIT", "BY", "UID", "STATE")
		for _, b := range bookings {
			row := bookingRow{b.During.Start.In(zone), b.During.End.In(zone), b.Unit + 1, b.Booker, b.UID, b.Instance, timePointer(b.Held)}
			state := "booked"
			if row.HeldUntil != nil {
				state = "held until " + b.Held.In(zone).Format("2006-01-02 15:04")
			}
			list.add(row, row.Start.Format("2006-01-02 15:04"), row.End.Format("2006-01-02 15:04"), row.Unit, row.By, row.UID, state)
		}
		return list.print(run.out, c.JSON)
	})
}

// window is the time that is asked for, in the zone of now.
func (c *bookingsCommand) window(now time.Time) (ical.Range, error) {
	window := ical.Range{Start: now}
	if c.From != "" {
		day, err := time.ParseInLocation(time.DateOnly, c.From, now.Location())
		if err != nil {
			return window, usageError(fmt.Sprintf("--from %q is no day such as 2026-12-01", c.From))
		}
		window.Start = day
	}
	window.End = window.Start.AddDate(0, 0, 30)
	if c.To != "" {
		day, err := time.ParseInLocation(time.DateOnly, c.To, now.Location())
		if err != nil {
			return window, usageError(fmt.Sprintf("--to %q is no day such as 2026-12-31", c.To))
		}
		window.End = day.AddDate(0, 0, 1)
	}
	if !window.Start.Before(window.End) {
		return window, usageError("--to is before --from")
	}
	return window, nil
}
