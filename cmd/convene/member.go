package main

import (
	"convene/store"
)

type memberCommands struct {
	Add    memberAddCommand    `cmd:"" help:"Put accounts, rooms or groups into a group."`
	Remove memberRemoveCommand `cmd:"" help:"Take them out."`
	List   memberListCommand   `cmd:"" help:"List who is in a group."`
}

// Help shows examples.
func (memberCommands) Help() string {
	return `Examples:
  convene group member add staff ann bob
  convene group member remove staff bob
  convene group member list staff --json`
}

type memberNames struct {
	settings
	Group   string   `arg:"" help:"Name of the group."`
	Members []string `arg:"" help:"Names of the members."`
}

// each calls fn for every member.
func (c *memberNames) each(run *session, done string, fn func(db *database, group, member store.PrincipalID) error) error {
	return c.with(run, func(db *database) error {
		group, err := db.principal(run, store.Group, c.Group)
		if err != nil {
			return err
		}
		for _, name := range c.Members {
			member, err := db.principal(run, "", name)
			if err != nil {
				return err
			}
			if err := fn(db, group.ID, member.ID); err != nil {
				return err
			}
			printf(run.out, "%s %s.\n", done, member.Name)
		}
		return nil
	})
}

type memberAddCommand struct{ memberNames }

// Run adds members.
func (c *memberAddCommand) Run(run *session) error {
	return c.each(run, "Added", func(db *database, group, member store.PrincipalID) error {
		return db.AddMember(run.ctx, group, member)
	})
}

type memberRemoveCommand struct{ memberNames }

// Run removes members.
func (c *memberRemoveCommand) Run(run *session) error {
	return c.each(run, "Removed", func(db *database, group, member store.PrincipalID) error {
		return db.RemoveMember(run.ctx, group, member)
	})
}

type memberListCommand struct {
	settings
	Group string `arg:"" help:"Name of the group."`
	JSON  bool   `help:"Print JSON."`
}

// Run lists the direct members.
func (c *memberListCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		group, err := db.principal(run, store.Group, c.Group)
		if err != nil {
			return err
		}
		members, err := db.Members(run.ctx, group.ID)
		if err != nil {
			return err
		}
		list := newListing[principalRow]("KIND", "NAME", "DISPLAY NAME")
		for _, m := range members {
			list.add(newPrincipalRow(m), m.Kind, m.Name, m.DisplayName)
		}
		return list.print(run.out, c.JSON)
	})
}
