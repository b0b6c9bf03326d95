package main

import (
	"strings"

	"convene/acl"
	"convene/store"
)

// seenRow is a collection as somebody else finds it, as JSON has it.
type seenRow struct {
	Path    string   `json:"path"`
	Kind    string   `json:"kind"`
	Rights  string   `json:"rights"`
	Private bool     `json:"private"` // shown private events as they are
	Methods []string `json:"methods"`
}

// seeAs prints what somebody may do with a collection, and with those in a home.
func (d *database) seeAs(run *session, p *place, name string, asJSON bool) error {
	who, err := d.somebody(run, name)
	if err != nil {
		return err
	}
	places := []*place{p}
	if p.coll.Kind == store.KindHome {
		for _, coll := range p.home.Collections {
			if coll.Target == nil {
				places = append(places, newPlace(p.home, coll))
			}
		}
	}
	list := newListing[seenRow]("PATH", "KIND", "RIGHTS", "SEES")
	for _, p := range places {
		rights := p.coll.Rights.Of(p.home.Subject(who))
		row := seenRow{p.name, string(p.coll.Kind), rights.String(), p.home.SeesPrivate(rights, who), acl.Methods(p.kind(), rights)}
		list.add(row, row.Path, row.Kind, row.Rights, sees(p, rights, row.Private))
	}
	return list.print(run.out, asJSON)
}

// sees says in words what rights on a collection show.
func sees(p *place, rights acl.Rights, private bool) string {
	switch {
	case rights.Has(acl.Lookup|acl.Read) && private:
		return "everything"
	case rights.Has(acl.Lookup | acl.Read):
		return "everything but what is private"
	case rights.Has(acl.FreeBusy) && (p.coll.Kind == store.KindCalendar || p.coll.Kind == store.KindHome):
		return "when it is busy"
	case rights.Has(acl.Lookup):
		return "that it is there"
	}
	return "nothing"
}

// somebody is the principal of a name, nil for one without an account.
func (d *database) somebody(run *session, name string) (*store.Principal, error) {
	if strings.EqualFold(name, acl.Anonymous) {
		return nil, nil
	}
	return d.principal(run, "", name)
}

type aclExplainCommand struct {
	aclPath
	Who  string `arg:"" help:"Account, or anonymous for somebody without one."`
	JSON bool   `help:"Print JSON."`
}

// explained is an explanation as JSON has it.
type explained struct {
	Path       string            `json:"path"`
	Who        string            `json:"who"`
	Rights     string            `json:"rights"`
	Admin      bool              `json:"admin"`
	Private    bool              `json:"private"` // shown private events as they are
	Reasons    []explainedReason `json:"reasons"`
	Privileges []string          `json:"privileges"`
	Methods    []string          `json:"methods"`
}

type explainedReason struct {
	Entry   string   `json:"entry"`
	Path    []string `json:"groups"` // by which the entry is reached, nearest first
	Gives   string   `json:"gives"`
	Takes   string   `json:"takes"`
	Lost    string   `json:"lost_without"`   // rights that would go with the entry
	Gained  string   `json:"gained_without"` // rights that would come without it
	Summary string   `json:"summary"`
}

// Run says why.
func (c *aclExplainCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.resolve(run, c.Path)
		if err != nil {
			return err
		}
		who, err := db.somebody(run, c.Who)
		if err != nil {
			return err
		}
		groups := &groupsOf{db: db, run: run}
		x := p.coll.Rights.Explain(p.kind(), p.home.Subject(who), groups.of)
		if groups.err != nil {
			return groups.err
		}
		e := explained{
			Path: p.name, Who: strings.ToLower(c.Who), Rights: x.Rights.String(), Admin: x.Admin, Private: p.home.SeesPrivate(x.Rights, who),
			Reasons: []explainedReason{}, Privileges: privilegeNames(x.Privileges), Methods: append([]string{}, x.Methods...),
		}
		for _, r := range x.Reasons {
			e.Reasons = append(e.Reasons, explainedReason{
				Entry: acl.List{r.Entry}.String(), Path: append([]string{}, r.Path...), Gives: r.Gives.String(), Takes: r.Takes.String(),
				Lost: r.Without.Lost.String(), Gained: r.Without.Gained.String(), Summary: r.String(),
			})
		}
		if c.JSON {
			return printJSON(run.out, e)
		}
		e.print(run, p, x.Rights)
		return nil
	})
}

// groupsOf looks memberships up for an explanation. The first error is kept.
type groupsOf struct {
	db  *database
	run *session
	err error
}

func (g *groupsOf) of(name string) []string {
	p, err := g.db.PrincipalByName(g.run.ctx, name)
	var groups []*store.Principal
	if err == nil {
		groups, err = g.db.MemberOf(g.run.ctx, p.ID)
	}
	if err != nil && g.err == nil {
		g.err = err
	}
	names := make([]string, len(groups))
	for i, p := range groups {
		names[i] = p.Name
	}
	return names
}

// print says it in sentences.
func (e *explained) print(run *session, p *place, rights acl.Rights) {
	if e.Rights == "" {
		printf(run.out, "%s has no rights on %s.\n", e.Who, e.Path)
	} else {
		printf(run.out, "%s has the rights %s on %s, and sees %s.\n", e.Who, e.Rights, e.Path, sees(p, rights, e.Private))
	}
	if e.Admin {
		printf(run.out, "\nAdministrators have all rights, whatever the list says.\n")
	}
	if !e.Admin && len(e.Reasons) == 0 {
		printf(run.out, "\nNo entry of the list is about %s.\n", e.Who)
	}
	for i, r := range e.Reasons {
		if i == 0 {
			printf(run.out, "\nBecause of these entries:\n")
		}
		printf(run.out, "  %s%s\n", r.Summary, r.without())
	}
	if len(e.Privileges) > 0 {
		printf(run.out, "\nPrivileges: %s\nMethods:    %s\n", strings.Join(e.Privileges, ", "), strings.Join(e.Methods, ", "))
	}
}

// without says what would change without the entry.
func (r *explainedReason) without() string {
	switch {
	case r.Lost != "":
		return "; without it " + r.Lost + " would be lost"
	case r.Gained != "":
		return "; without it there would be " + r.Gained + " too"
	}
	return "; without it nothing would change"
}
