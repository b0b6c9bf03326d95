package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"convene/store"
)

type showCommand struct {
	settings
	Name string `arg:"" help:"Name."`
	JSON bool   `help:"Print JSON."`
}

// principalDetails is what show prints.
type principalDetails struct {
	principalRow
	Groups      []string         `json:"groups"`
	Booking     *bookingDetails  `json:"booking,omitempty"`
	Policy      string           `json:"policy,omitempty"`
	Members     []string         `json:"members,omitempty"`
	Collections []collectionInfo `json:"collections"`
	Credentials []credentialRow  `json:"credentials"`
}

// bookingDetails are what there is to say of a room or resource.
type bookingDetails struct {
	Capacity int      `json:"capacity"`
	Location string   `json:"location"`
	Features []string `json:"features"`
	Manager  string   `json:"manager"`
}

// Run shows one.
func (c *showCommand) Run(run *session, command *kong.Context) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, kindOf(command), c.Name)
		if err != nil {
			return err
		}
		d, err := db.details(run, p)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(run.out, d)
		}
		return d.print(run, p)
	})
}

func (d *database) details(run *session, p *store.Principal) (*principalDetails, error) {
	out := &principalDetails{principalRow: newPrincipalRow(p), Groups: append([]string{}, p.Groups...), Policy: p.Policy}
	if p.Kind.Bookable() {
		out.Booking = &bookingDetails{Capacity: max(p.Capacity, 1), Location: p.Location, Features: append([]string{}, p.Features...)}
		if manager, err := d.PrincipalByID(run.ctx, p.Manager); err == nil {
			out.Booking.Manager = manager.Name
		} else if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
	}
	if p.Kind == store.Group {
		members, err := d.Members(run.ctx, p.ID)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			out.Members = append(out.Members, m.Name)
		}
	}
	home, err := d.Home(run.ctx, p.ID)
	if err != nil {
		return nil, err
	}
	for _, coll := range home.Collections {
		out.Collections = append(out.Collections, newCollectionInfo(coll))
	}
	credentials, err := d.Credentials(run.ctx, p.ID)
	if err != nil {
		return nil, err
	}
	out.Credentials = []credentialRow{}
	for _, cred := range credentials {
		out.Credentials = append(out.Credentials, newCredentialRow(cred))
	}
	return out, nil
}

func (d *principalDetails) print(run *session, p *store.Principal) error {
	list := newListing[struct{}](strings.ToUpper(string(p.Kind)), p.Name)
	line := func(label string, text string) {
		if text != "" {
			list.add(struct{}{}, label, text)
		}
	}
	line("display name", d.DisplayName)
	line("addresses", strings.Join(d.Addresses, " "))
	line("time zone", d.Timezone)
	line("state", state(p))
	line("groups", strings.Join(d.Groups, " "))
	line("members", strings.Join(d.Members, " "))
	if b := d.Booking; b != nil {
		line("capacity", strconv.Itoa(b.Capacity))
		line("location", b.Location)
		line("features", strings.Join(b.Features, ", "))
		line("manager", b.Manager)
	}
	for text := range strings.Lines(d.Policy) {
		line("policy", strings.TrimSpace(text))
	}
	for _, coll := range d.Collections {
		line("collection", coll.Name+" ("+string(coll.Kind)+")")
	}
	for _, cred := range d.Credentials {
		line(cred.Kind, strings.TrimSpace(fmt.Sprintf("%s made %s", cred.Label, formatTime(cred.Created))))
	}
	line("created", formatTime(d.Created))
	return list.print(run.out, false)
}
