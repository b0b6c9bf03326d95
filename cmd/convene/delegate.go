package main

import (
	"errors"
	"fmt"

	"convene/store"
)

type delegateCommands struct {
	Add    delegateAddCommand    `cmd:"" help:"Let somebody read, or read and write, all calendars of another in its place."`
	Remove delegateRemoveCommand `cmd:"" help:"End that."`
	List   delegateListCommand   `cmd:"" help:"List whose delegates there are."`
}

// Help shows examples.
func (delegateCommands) Help() string {
	return `A delegate acts in somebody's place: it reads all its calendars, or with --write also changes them and sees what is private in
them. It never changes who may do what. A group can be a delegate too, for all its members. People choose their
delegates in Apple's Calendar themselves.

Examples:
  convene delegate add ann bob
  convene delegate add ann assistants --write
  convene delegate remove ann bob
  convene delegate list ann --json`
}

// delegateNames are an owner and its delegate.
type delegateNames struct {
	settings
	Owner    string `arg:"" help:"Whose calendars."`
	Delegate string `arg:"" help:"Name of the account or group that acts in its place."`
}

// both calls fn with the two.
func (c *delegateNames) both(run *session, fn func(db *database, owner, delegate *store.Principal) error) error {
	return c.with(run, func(db *database) error {
		owner, err := db.principal(run, "", c.Owner)
		if err != nil {
			return err
		}
		if owner.Kind == store.Group || owner.Kind == store.Public {
			return fmt.Errorf("the calendars of the %s %s are nobody's in whose place somebody could act: give rights on them", owner.Kind, owner.Name)
		}
		delegate, err := db.principal(run, "", c.Delegate)
		if err != nil {
			return err
		}
		return fn(db, owner, delegate)
	})
}

type delegateAddCommand struct {
	delegateNames
	Write bool `help:"It may also write; without it, read."`
}

// Run adds a delegate, or changes what it may do.
func (c *delegateAddCommand) Run(run *session) error {
	return c.both(run, func(db *database, owner, delegate *store.Principal) error {
		if err := db.AddDelegate(run.ctx, owner.ID, delegate.ID, c.Write); err != nil {
			return err
		}
		printf(run.out, "%s %s the calendars of %s.\n", delegate.Name, doesWith(c.Write), owner.Name)
		return nil
	})
}

func doesWith(writes bool) string {
	if writes {
		return "reads and writes"
	}
	return "reads"
}

type delegateRemoveCommand struct{ delegateNames }

// Run ends it.
func (c *delegateRemoveCommand) Run(run *session) error {
	return c.both(run, func(db *database, owner, delegate *store.Principal) error {
		err := db.RemoveDelegate(run.ctx, owner.ID, delegate.ID)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s is no delegate of %s", delegate.Name, owner.Name)
		}
		if err == nil {
			printf(run.out, "%s is no longer a delegate of %s.\n", delegate.Name, owner.Name)
		}
		return err
	})
}

type delegateListCommand struct {
	settings
	Name string `arg:"" help:"Name of the account: its delegates, and whose delegate it is."`
	JSON bool   `help:"Print JSON."`
}

// delegateRow is a delegate as JSON has it.
type delegateRow struct {
	Owner    string `json:"owner"`
	Delegate string `json:"delegate"`
	Kind     string `json:"kind"` // of the delegate
	Writes   bool   `json:"writes"`
}

// Run lists the delegates of somebody, and whose delegate it is, by its groups too.
func (c *delegateListCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, "", c.Name)
		if err != nil {
			return err
		}
		list := newListing[delegateRow]("OWNER", "DELEGATE", "KIND", "MAY")
		add := func(owner, delegate *store.Principal, writes bool) {
			row := delegateRow{owner.Name, delegate.Name, string(delegate.Kind), writes}
			may := "read"
			if writes {
				may = "read and write"
			}
			list.add(row, row.Owner, row.Delegate, row.Kind, may)
		}
		for _, writes := range []bool{false, true} {
			delegates, err := db.Delegates(run.ctx, p.ID, writes)
			if err != nil {
				return err
			}
			for _, d := range delegates {
				add(p, d, writes)
			}
		}
		for _, writes := range []bool{false, true} {
			owners, err := db.DelegatesFor(run.ctx, p.ID, writes)
			if err != nil {
				return err
			}
			for _, o := range owners {
				add(o, p, writes)
			}
		}
		return list.print(run.out, c.JSON)
	})
}
