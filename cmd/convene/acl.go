package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"convene/acl"
	"convene/store"
)

type aclCommands struct {
	Show    aclShowCommand    `cmd:"" help:"Show who has which rights, or what somebody sees."`
	Set     aclSetCommand     `cmd:"" help:"Give or take rights."`
	Remove  aclRemoveCommand  `cmd:"" help:"Take somebody off the list."`
	Explain aclExplainCommand `cmd:"" help:"Say why somebody may do what, or may not."`
}

// Help shows examples.
func (aclCommands) Help() string {
	return `Rights are letters, as in IMAP:
  l  see that it is there            k  make calendars (in a home)
  r  read                            x  remove the calendar
  w  change the calendar's           t  remove events
  n   properties (both are needed)   a  administer: change the rights, share
  i  write events                    9  see when somebody is busy
  p  add events by POST              8 7  send or deliver invitations, replies (Inbox, Outbox)
PATH is a home (ann), a calendar (ann/Default), or either as in its URL. WHO is the name of an
account, group:NAME, owner, anyone, or anonymous.

Examples:
  convene acl show ann/Default
  convene acl show ann --see-as bob
  convene acl set ann/Default bob lr
  convene acl set ann/Default group:staff +i
  convene acl set ann/Default bob r --negative
  convene acl remove ann/Default bob
  convene acl explain ann/Default bob`
}

// aclPath is what all of these commands are about.
type aclPath struct {
	settings
	Path string `arg:"" help:"Home or calendar, such as ann or ann/Default."`
}

// place is a collection with the home that it lies in.
type place struct {
	home *store.Home
	coll *store.Collection
	name string // "user/ann/Default"
}

// resolve finds the collection of a path. A calendar that is shared with somebody is found where it lies.
func (d *database) resolve(run *session, path string) (*place, error) {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(strings.TrimPrefix(path, "/"), "dav/calendars/"), "/"), "/")
	kind := store.PrincipalKind("")
	if len(parts) > 1 && slices.Contains(store.Kinds, store.PrincipalKind(parts[0])) {
		kind, parts = store.PrincipalKind(parts[0]), parts[1:]
	}
	if len(parts) > 2 || parts[0] == "" {
		return nil, usageError(fmt.Sprintf("%q is neither a home, such as ann, nor a calendar, such as ann/Default", path))
	}
	owner, err := d.principal(run, kind, parts[0])
	if err != nil {
		return nil, err
	}
	home, err := d.Home(run.ctx, owner.ID)
	if err != nil || len(parts) == 1 {
		return newPlace(home, nil), err
	}
	coll := home.Collection(parts[1])
	if coll == nil {
		return nil, fmt.Errorf("%s has no calendar %q", owner.Name, parts[1])
	}
	if coll.Target == nil {
		return newPlace(home, coll), nil
	}
	if home, err = d.Home(run.ctx, coll.Target.Owner); err != nil {
		return nil, err
	}
	if coll = home.CollectionByID(coll.Target.Collection); coll == nil {
		return nil, fmt.Errorf("the calendar behind %q is gone", path)
	}
	return newPlace(home, coll), nil
}

func newPlace(home *store.Home, coll *store.Collection) *place {
	if home == nil {
		return nil
	}
	p := &place{home: home, coll: coll, name: string(home.Owner.Kind) + "/" + home.Owner.Name}
	if coll == nil {
		p.coll = home.Root
	} else {
		p.name += "/" + coll.Name
	}
	return p
}

// kind is that of the collection, as package acl has it.
func (p *place) kind() acl.Kind { return acl.Kind(p.coll.Kind) }

// aclRow is an entry as JSON has it.
type aclRow struct {
	Who        string   `json:"who"`
	Negative   bool     `json:"negative"`
	Rights     string   `json:"rights"`
	Privileges []string `json:"privileges"`
}

type aclShowCommand struct {
	aclPath
	SeeAs string `placeholder:"NAME" help:"Show what this account sees there, instead of the list; anonymous for somebody without one."`
	JSON  bool   `help:"Print JSON."`
}

// Run shows a list.
func (c *aclShowCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.resolve(run, c.Path)
		if err != nil {
			return err
		}
		if c.SeeAs != "" {
			return db.seeAs(run, p, c.SeeAs, c.JSON)
		}
		list := newListing[aclRow]("WHO", "RIGHTS", "PRIVILEGES")
		for _, e := range p.coll.Rights {
			who := e.Who
			if e.Negative {
				who = "-" + who
			}
			row := aclRow{e.Who, e.Negative, e.Rights.String(), privilegeNames(acl.GrantsOf(p.kind(), e.Rights))}
			list.add(row, who, row.Rights, strings.Join(row.Privileges, " "))
		}
		return list.print(run.out, c.JSON)
	})
}

func privilegeNames(list []acl.Privilege) []string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.String()
	}
	return names
}

type aclSetCommand struct {
	aclPath
	Who      string `arg:"" help:"Account, group:NAME, owner, anyone or anonymous."`
	Rights   string `arg:"" help:"Letters such as lr; +lr adds them to those the entry has. Words for usual ones: read (lr9), write (lrwipktn9), all, none."`
	Negative bool   `help:"Take these rights away from what other entries give."`
}

// rightsWords stand for letters, as in cyradm.
var rightsWords = map[string]string{"none": "", "read": "lr9", "write": "lrwipktn9", "all": "lrwipkxtan9"}

// Run changes one entry.
func (c *aclSetCommand) Run(run *session) error {
	letters, add := strings.CutPrefix(c.Rights, "+")
	if word, ok := rightsWords[letters]; ok {
		letters = word
	}
	entry, err := acl.ParseEntry(strings.ToLower(c.Who), letters)
	if err != nil {
		return usageError(err.Error())
	}
	entry.Negative = entry.Negative || c.Negative
	return c.change(run, entry, func(list acl.List) (acl.List, error) {
		e := entry
		if add {
			for _, old := range list {
				if old.Who == e.Who && old.Negative == e.Negative {
					e.Rights |= old.Rights
				}
			}
		}
		return list.With(e), nil
	})
}

type aclRemoveCommand struct {
	aclPath
	Who      string `arg:"" help:"Account, group:NAME, owner, anyone or anonymous."`
	Negative bool   `help:"The entry that takes rights away."`
}

// Run removes one entry.
func (c *aclRemoveCommand) Run(run *session) error {
	entry, err := acl.ParseEntry(strings.ToLower(c.Who), "")
	if err != nil {
		return usageError(err.Error())
	}
	entry.Negative = entry.Negative || c.Negative
	return c.change(run, acl.Entry{Who: entry.Who}, func(list acl.List) (acl.List, error) {
		after := slices.DeleteFunc(slices.Clone(list), func(e acl.Entry) bool { return e.Who == entry.Who && e.Negative == entry.Negative })
		if len(after) == len(list) {
			return nil, fmt.Errorf("%s is not on the list", c.Who)
		}
		return after, nil
	})
}

// change writes a list anew and prints what it is then. An entry that gives or takes something must be of somebody that there is.
func (c *aclPath) change(run *session, entry acl.Entry, fn func(acl.List) (acl.List, error)) error {
	return c.with(run, func(db *database) error {
		p, err := db.resolve(run, c.Path)
		if err != nil {
			return err
		}
		if entry.Rights != 0 {
			if err := db.checkIdentifier(run, entry.Who); err != nil {
				return err
			}
		}
		after, err := store.InTx(run.ctx, db.DB, []store.PrincipalID{p.coll.Owner}, func(ctx context.Context, tx *store.Tx) (acl.List, error) {
			now := tx.Home(p.coll.Owner).Root
			if p.coll.Kind != store.KindHome {
				if now = tx.Home(p.coll.Owner).CollectionByID(p.coll.ID); now == nil {
					return nil, store.ErrNotFound
				}
			}
			props := now.Properties
			var err error
			if props.Rights, err = fn(props.Rights); err != nil {
				return nil, err
			}
			_, err = tx.SetProperties(ctx, now, props)
			return props.Rights, err
		})
		if err == nil {
			printf(run.out, "%s: %s\n", p.name, after)
		}
		return err
	})
}

// checkIdentifier refuses entries of accounts and groups that there are not.
func (d *database) checkIdentifier(run *session, who string) error {
	switch who {
	case acl.Anyone, acl.Anonymous, acl.Owner:
		return nil
	}
	if group, ok := strings.CutPrefix(who, acl.GroupMark); ok {
		_, err := d.principal(run, store.Group, group)
		return err
	}
	p, err := d.principal(run, "", who)
	if err == nil && p.Kind == store.Group {
		return usageError(fmt.Sprintf("%s is a group: write group:%s", who, who))
	}
	return err
}
