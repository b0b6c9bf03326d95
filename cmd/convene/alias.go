package main

import (
	"fmt"
	"slices"

	"convene/store"
)

type aliasCommands struct {
	Add    aliasAddCommand    `cmd:"" help:"Give an account further addresses."`
	List   aliasListCommand   `cmd:"" help:"List addresses, of one account or of all."`
	Remove aliasRemoveCommand `cmd:"" help:"Take addresses away."`
}

// Help shows examples.
func (aliasCommands) Help() string {
	return `A calendar user address is how others invite: an e-mail address, or a URI. Each belongs to one account, group, room or
resource. The first is the preferred one.

Examples:
  convene alias add ann ann.other@example.com
  convene alias add ann ann@example.org --preferred
  convene alias list ann
  convene alias remove ann ann@example.org`
}

type aliasAddCommand struct {
	settings
	Name      string   `arg:"" help:"Name of the account, group, room or resource."`
	Addresses []string `arg:"" help:"Addresses."`
	Preferred bool     `help:"Put them first: the first is the preferred one."`
}

// Run adds addresses.
func (c *aliasAddCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		return db.changeAddresses(run, c.Name, c.Addresses, func(list, named []string) ([]string, error) {
			list = slices.DeleteFunc(list, func(a string) bool { return slices.Contains(named, a) })
			if c.Preferred {
				return append(named, list...), nil
			}
			return append(list, named...), nil
		})
	})
}

type aliasRemoveCommand struct {
	settings
	Name      string   `arg:"" help:"Name of the account, group, room or resource."`
	Addresses []string `arg:"" help:"Addresses."`
}

// Run removes addresses.
func (c *aliasRemoveCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		return db.changeAddresses(run, c.Name, c.Addresses, func(list, named []string) ([]string, error) {
			for _, a := range named {
				if !slices.Contains(list, a) {
					return nil, fmt.Errorf("%s does not have the address %s", c.Name, a)
				}
			}
			return slices.DeleteFunc(list, func(a string) bool { return slices.Contains(named, a) }), nil
		})
	})
}

// changeAddresses replaces the addresses of a principal by what change makes of them and of the named ones, all normalised.
func (d *database) changeAddresses(run *session, name string, named []string, change func(list, named []string) ([]string, error)) error {
	p, err := d.principal(run, "", name)
	if err != nil {
		return err
	}
	normal := make([]string, len(named))
	for i, a := range named {
		if normal[i], err = store.NormalizeAddress(a); err != nil {
			return fmt.Errorf("%s: %w", a, err)
		}
	}
	after, err := d.UpdatePrincipal(run.ctx, p.ID, func(n *store.NewPrincipal) error {
		n.Addresses, err = change(slices.Clone(n.Addresses), normal)
		return err
	})
	if err != nil {
		return err
	}
	for _, a := range after.Addresses {
		printf(run.out, "%s\n", a)
	}
	return nil
}

type aliasListCommand struct {
	settings
	Name string `arg:"" optional:"" help:"Name; without it all."`
	JSON bool   `help:"Print JSON."`
}

type aliasRow struct {
	Address   string              `json:"address"`
	Kind      store.PrincipalKind `json:"kind"`
	Name      string              `json:"name"`
	Preferred bool                `json:"preferred"`
}

// Run lists addresses.
func (c *aliasListCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		list := newListing[aliasRow]("ADDRESS", "KIND", "NAME", "PREFERRED")
		add := func(p *store.Principal) error {
			for i, a := range p.Addresses {
				preferred := ""
				if i == 0 {
					preferred = "yes"
				}
				list.add(aliasRow{a, p.Kind, p.Name, i == 0}, a, p.Kind, p.Name, preferred)
			}
			return nil
		}
		if c.Name == "" {
			if err := db.Principals(run.ctx, store.Filter{}, add); err != nil {
				return err
			}
			return list.print(run.out, c.JSON)
		}
		p, err := db.principal(run, "", c.Name)
		if err != nil {
			return err
		}
		if err := add(p); err != nil {
			return err
		}
		return list.print(run.out, c.JSON)
	})
}
