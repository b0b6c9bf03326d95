package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"convene/caldav"
	"convene/server/auth"
	"convene/store"
)

// principalCommands are what people and groups have, among others.
type principalCommands struct {
	Add    addCommand    `cmd:"" help:"Add one, with its calendars."`
	List   listCommand   `cmd:"" help:"List all."`
	Show   showCommand   `cmd:"" help:"Show one."`
	Set    setCommand    `cmd:"" help:"Change one."`
	Remove removeCommand `cmd:"" help:"Remove one, with its calendars."`
}

type userCommands struct {
	principalCommands
	Import importCommand `cmd:"" help:"Add and change many from a CSV file."`
}

// Help shows examples.
func (userCommands) Help() string {
	return `Examples:
  convene user add ann --display-name "Ann Other" --address ann@example.com
  convene user set ann --admin
  convene user set bob --disable
  convene user set bob --private-events=clients
  convene user import staff.csv
  convene user remove bob`
}

type groupCommands struct {
	principalCommands
	Member memberCommands `cmd:"" help:"Manage who is in a group."`
}

// Help shows examples.
func (groupCommands) Help() string {
	return `Examples:
  convene group add staff --display-name "All staff"
  convene group member add staff ann bob
  convene group show staff`
}

// kindOf is the kind of principal that a command line such as "room add" is about.
func kindOf(command *kong.Context) store.PrincipalKind {
	kind, _, _ := strings.Cut(command.Command(), " ")
	return store.PrincipalKind(kind)
}

// principal finds one of a kind by name; "" means any kind.
func (d *database) principal(run *session, kind store.PrincipalKind, name string) (*store.Principal, error) {
	var p *store.Principal
	var err error
	if name = strings.ToLower(name); kind == "" {
		p, err = d.PrincipalByName(run.ctx, name)
	} else {
		p, err = d.Principal(run.ctx, kind, name)
	}
	if errors.Is(err, store.ErrNotFound) {
		if kind == "" {
			return nil, fmt.Errorf("there is no account, group, room or resource %q", name)
		}
		return nil, fmt.Errorf("there is no %s %q", kind, name)
	}
	return p, err
}

type addCommand struct {
	settings
	Name        string   `arg:"" help:"Name: letters, digits and . - _ @; it is part of the URLs."`
	DisplayName string   `placeholder:"TEXT" help:"Name for people."`
	Address     []string `placeholder:"ADDRESS" help:"Calendar user address, such as ann@example.com; can be repeated, the first is preferred. Without one: name@domain, if domain is configured."`
	Timezone    string   `placeholder:"ZONE" help:"Time zone of all-day events and floating times, such as Europe/Berlin."`
	Admin       bool     `help:"May read and change everything."`

	PrivateEvents string `enum:"server,clients" default:"server" help:"Where a person's private events are kept: on the server, or on its clients alone, the server refusing to store them."`

	Stdin      bool `help:"Read the password from standard input."`
	NoPassword bool `help:"Set no password: nobody can log in."`
}

// Help shows examples.
func (addCommand) Help() string {
	return `On a terminal it asks for a password for people's accounts; others have none unless --stdin is given.

Examples:
  convene user add ann --display-name "Ann Other" --address ann@example.com
  convene room add blue --display-name "Blue room"`
}

// Run adds one.
func (c *addCommand) Run(run *session, command *kong.Context) error {
	kind := kindOf(command)
	return c.with(run, func(db *database) error {
		p := store.NewPrincipal{Kind: kind, Name: strings.ToLower(c.Name), DisplayName: c.DisplayName, Admin: c.Admin, Timezone: c.Timezone, Addresses: c.Address}
		p.KeepPrivate = c.PrivateEvents == privateOnClients
		if len(p.Addresses) == 0 && kind != store.Public && db.cfg.Domain != "" && !strings.Contains(p.Name, "@") {
			p.Addresses = []string{"mailto:" + p.Name + "@" + db.cfg.Domain}
		}
		password, err := c.password(run, kind, db.cfg.Auth.MinPassword)
		if err != nil {
			return err
		}
		if password != "" {
			if p.PasswordHash, err = auth.HashPassword(run.ctx, password); err != nil {
				return err
			}
		}
		added, err := db.CreatePrincipal(run.ctx, p)
		if errors.Is(err, store.ErrExists) {
			return fmt.Errorf("there is already something called %q", p.Name)
		}
		if err != nil {
			return err
		}
		if _, err := db.Home(run.ctx, added.ID); err != nil { // its calendars
			return err
		}
		printf(run.out, "Added %s %s.\n", kind, added.Name)
		if password == "" && kind == store.User {
			printf(run.out, "It has no password yet: convene password %s\n", added.Name)
		}
		return nil
	})
}

func (c *addCommand) password(run *session, kind store.PrincipalKind, shortest int) (string, error) {
	if c.NoPassword || !c.Stdin && (kind != store.User || !isTerminal(run.in)) {
		return "", nil
	}
	if err := mayLogIn(kind, c.Name); err != nil {
		return "", err
	}
	return run.newPassword(c.Name, c.Stdin, shortest)
}

type listCommand struct {
	settings
	JSON bool `help:"Print JSON."`
}

// principalRow is a principal as JSON has it.
type principalRow struct {
	Kind        store.PrincipalKind `json:"kind"`
	Name        string              `json:"name"`
	DisplayName string              `json:"display_name"`
	Addresses   []string            `json:"addresses"`
	Timezone    string              `json:"timezone"`
	Admin       bool                `json:"admin"`
	Disabled    bool                `json:"disabled"`
	KeepPrivate bool                `json:"private_events_on_clients"`
	Created     time.Time           `json:"created"`
}

func newPrincipalRow(p *store.Principal) principalRow {
	return principalRow{p.Kind, p.Name, p.DisplayName, append([]string{}, p.Addresses...), p.Timezone, p.Admin, p.Disabled, p.KeepPrivate, p.Created}
}

// state is what there is to say of an account besides its names.
func state(p *store.Principal) string {
	var words []string
	if p.Admin {
		words = append(words, "admin")
	}
	if p.Disabled {
		words = append(words, "disabled")
	}
	if p.KeepPrivate {
		words = append(words, "keeps private events on its clients")
	}
	return strings.Join(words, ", ")
}

// Run lists all of a kind.
func (c *listCommand) Run(run *session, command *kong.Context) error {
	return c.with(run, func(db *database) error {
		list := newListing[principalRow]("NAME", "DISPLAY NAME", "ADDRESSES", "STATE")
		err := db.Principals(run.ctx, store.Filter{Kinds: []store.PrincipalKind{kindOf(command)}}, func(p *store.Principal) error {
			list.add(newPrincipalRow(p), p.Name, p.DisplayName, strings.Join(p.Addresses, " "), state(p))
			return nil
		})
		if err != nil {
			return err
		}
		return list.print(run.out, c.JSON)
	})
}

type setCommand struct {
	settings
	Name        string  `arg:"" help:"Name."`
	DisplayName *string `placeholder:"TEXT" help:"Name for people."`
	Timezone    *string `placeholder:"ZONE" help:"Time zone, such as Europe/Berlin; empty for the server's."`
	Admin       *bool   `negatable:"" help:"May read and change everything, or no longer."`

	PrivateEvents string `enum:"server,clients," default:"" placeholder:"server|clients" help:"Where a person's private events are kept: on the server, or on its clients alone, the server refusing to store them."`

	Disable bool `xor:"disable" help:"Let it log in no more; its calendars stay."`
	Enable  bool `xor:"disable" help:"Let it log in again."`
}

// Help shows examples.
func (setCommand) Help() string {
	return `What is not named stays as it is. Addresses are changed by convene alias.

Examples:
  convene user set ann --display-name "Ann Other" --timezone Europe/Berlin
  convene user set ann --no-admin
  convene user set bob --disable`
}

// Run changes one.
func (c *setCommand) Run(run *session, command *kong.Context) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, kindOf(command), c.Name)
		if err != nil {
			return err
		}
		_, err = db.UpdatePrincipal(run.ctx, p.ID, func(n *store.NewPrincipal) error {
			c.change(n)
			return nil
		})
		if err == nil {
			printf(run.out, "Changed %s %s.\n", p.Kind, p.Name)
		}
		return err
	})
}

func (c *setCommand) change(n *store.NewPrincipal) {
	setIf(&n.DisplayName, c.DisplayName)
	setIf(&n.Timezone, c.Timezone)
	setIf(&n.Admin, c.Admin)
	if c.PrivateEvents != "" {
		n.KeepPrivate = c.PrivateEvents == privateOnClients
	}
	n.Disabled = n.Disabled && !c.Enable || c.Disable
}

// privateOnClients is the value of --private-events by which the server keeps no private events of somebody.
const privateOnClients = "clients"

func setIf[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}

type removeCommand struct {
	settings
	Name string `arg:"" help:"Name."`
	Yes  bool   `help:"Do not ask."`
}

// Run removes one.
func (c *removeCommand) Run(run *session, command *kong.Context) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, kindOf(command), c.Name)
		if err != nil {
			return err
		}
		if err := run.confirm(c.Yes, fmt.Sprintf("Remove %s %s with all its calendars?", p.Kind, p.Name)); err != nil {
			return err
		}
		if err := caldav.EndSharing(run.ctx, db.DB, p); err != nil {
			return err
		}
		if err := db.DeletePrincipal(run.ctx, p.ID); err != nil {
			return err
		}
		printf(run.out, "Removed %s %s.\n", p.Kind, p.Name)
		return nil
	})
}
