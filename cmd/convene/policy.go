package main

import (
	"fmt"
	"io"
	"os"

	"convene/scheduling/policy"
	"convene/store"
)

type policyCommands struct {
	Check policyCheckCommand `cmd:"" help:"Look for mistakes in a policy."`
	Set   policySetCommand   `cmd:"" help:"Set how invitations of somebody are answered."`
	Show  policyShowCommand  `cmd:"" help:"Show the policy of somebody."`
}

// Help shows the language.
func (policyCommands) Help() string {
	return `A policy is a list of rules, one a line; the first that decides wins. What no rule decides rooms and resources accept when they
are free, and decline when they are not; people answer by hand.

  only group:staff ann@example.com *@partner.test    others are declined
  hours Mon-Fri 08:00-18:00, Sat 09:00-12:00         in the time zone of the room
  ahead at least 2h at most 90d                      before it starts
  length at least 15m at most 4h
  quota 10h per week per person                      or per day, month, year; per group:NAME
  ask from group:interns                             tentative until the manager answers
  decline when busy "Try the green room."            also accept, tentative, leave; when free
  capacity 2                                         bookings at one time
  pool blue green                                    a free one of them gets it
  series partly at most 25%                          or series all, series partly
  counter within 7d hold 2h                          proposes the next free time
  crashers ask                                       or ignore, add: who answers without being invited

Rules may end with: from WHO..., else ask (or else leave), "a text for the organizer".

Examples:
  convene policy check blue.policy
  convene room set blue --policy blue.policy
  convene policy set ann - < ann.policy
  convene policy show ann`
}

// readPolicy reads a policy from a file, - being standard input. "" is no policy.
func (run *session) readPolicy(file string) (string, error) {
	var data []byte
	var err error
	switch file {
	case "":
		return "", nil
	case "-":
		file = "standard input"
		data, err = io.ReadAll(io.LimitReader(run.in, maxPolicyBytes+1))
	default:
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return "", err
	}
	if _, err := policy.Parse(string(data)); err != nil {
		return "", fmt.Errorf("%s:\n%w", file, err)
	}
	return string(data), nil
}

// maxPolicyBytes is more than a policy may have: package policy refuses it.
const maxPolicyBytes = 1 << 20

type policyCheckCommand struct {
	File string `arg:"" help:"File with the policy, - for standard input."`
}

// Run looks for mistakes, and prints the policy in its normal form.
func (c *policyCheckCommand) Run(run *session) error {
	text, err := run.readPolicy(c.File)
	if err != nil {
		return err
	}
	p, err := policy.Parse(text)
	if err == nil {
		printf(run.out, "%s", p.String())
	}
	return err
}

type policySetCommand struct {
	settings
	Name string `arg:"" help:"Name of the account, room or resource."`
	File string `arg:"" help:"File with the policy, - for standard input; empty for none."`
}

// Run sets it.
func (c *policySetCommand) Run(run *session) error {
	text, err := run.readPolicy(c.File)
	if err != nil {
		return err
	}
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, "", c.Name)
		if err != nil {
			return err
		}
		if p.Kind == store.Group || p.Kind == store.Public {
			return usageError(fmt.Sprintf("the %s %s gets no invitations of its own to answer", p.Kind, p.Name))
		}
		if _, err := db.UpdatePrincipal(run.ctx, p.ID, func(n *store.NewPrincipal) error {
			n.Policy = text
			return nil
		}); err != nil {
			return err
		}
		printf(run.out, "Changed %s %s.\n", p.Kind, p.Name)
		return nil
	})
}

type policyShowCommand struct {
	settings
	Name string `arg:"" help:"Name of the account, room or resource."`
}

// Run prints it as it was set.
func (c *policyShowCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, "", c.Name)
		if err == nil {
			printf(run.out, "%s", p.Policy)
		}
		return err
	})
}
