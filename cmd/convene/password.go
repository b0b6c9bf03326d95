package main

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"convene/server/auth"
	"convene/store"
)

type passwordCommand struct {
	settings
	Name   string `arg:"" help:"Name of the account."`
	Stdin  bool   `help:"Read the password from standard input."`
	Remove bool   `help:"Remove the password: app passwords stay."`
}

// Help shows examples.
func (passwordCommand) Help() string {
	return `It asks for the new password twice. Clients that use the old one are refused at once.

Examples:
  convene password ann
  pwgen 20 1 | tee ann.txt | convene password ann --stdin`
}

// Run sets the password.
func (c *passwordCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, "", c.Name)
		if err != nil {
			return err
		}
		if c.Remove {
			if err := db.SetPassword(run.ctx, p.ID, ""); err != nil {
				return err
			}
			printf(run.out, "The password of %s is removed.\n", p.Name)
			return nil
		}
		if err := mayLogIn(p.Kind, p.Name); err != nil {
			return err
		}
		password, err := run.newPassword(p.Name, c.Stdin, db.cfg.Auth.MinPassword)
		if err != nil {
			return err
		}
		hash, err := auth.HashPassword(run.ctx, password)
		if err != nil {
			return err
		}
		if err := db.SetPassword(run.ctx, p.ID, hash); err != nil {
			return err
		}
		printf(run.out, "The password of %s is set.\n", p.Name)
		return nil
	})
}

// mayLogIn says why nobody can log in as p, if that is so.
func mayLogIn(kind store.PrincipalKind, name string) error {
	if kind == store.Public {
		return usageError("nobody logs in as " + name + ", which owns public calendars")
	}
	return nil
}

// newPassword reads a new password that is long enough.
func (s *session) newPassword(name string, stdin bool, shortest int) (password string, err error) {
	if stdin {
		password, err = readLine(s.in)
	} else {
		password, err = s.askPassword("New password of " + name)
	}
	if err != nil {
		return "", err
	}
	if n := utf8.RuneCountInString(password); n < shortest {
		return "", fmt.Errorf("the password has %d characters; %d are needed at least", n, shortest)
	}
	if len(password) > auth.MaxSecret {
		return "", fmt.Errorf("the password has more than %d bytes", auth.MaxSecret)
	}
	return password, nil
}

type appPasswordCommand struct {
	Add    appPasswordAddCommand    `cmd:"" help:"Make one, and show it once."`
	List   appPasswordListCommand   `cmd:"" help:"List those of an account."`
	Revoke appPasswordRevokeCommand `cmd:"" help:"Make one invalid, at once."`
}

// Help shows examples.
func (appPasswordCommand) Help() string {
	return `An app password is made for one client of an account. It is long and random, quick to check, and can be revoked when
the telephone is lost, without changing anything else.

Examples:
  convene app-password add ann "Ann's telephone"
  convene app-password add ann "course computer" --expires 14d
  convene app-password list ann
  convene app-password revoke ann 3`
}

type appPasswordAddCommand struct {
	settings
	Name    string `arg:"" help:"Name of the account."`
	Label   string `arg:"" help:"What it is for."`
	Expires days   `placeholder:"TIME" help:"End it after a time such as 12h or 90d."`
	JSON    bool   `help:"Print JSON."`
}

// Run makes an app password.
func (c *appPasswordAddCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, "", c.Name)
		if err != nil {
			return err
		}
		if err := mayLogIn(p.Kind, p.Name); err != nil {
			return err
		}
		var expires time.Time
		if c.Expires > 0 {
			expires = time.Now().Add(time.Duration(c.Expires))
		}
		secret, hash := auth.NewAppPassword()
		added, err := db.AddAppPassword(run.ctx, p.ID, c.Label, hash, expires)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(run.out, struct {
				credentialRow
				Secret string `json:"secret"`
			}{newCredentialRow(added), secret})
		}
		printf(run.out, "%s\n", secret)
		printf(run.errOut, "This is the app password; it cannot be shown again. Its number is %d.\n", added.ID)
		return nil
	})
}

// credentialRow is a credential as JSON has it.
type credentialRow struct {
	ID       int64      `json:"id"`
	Kind     string     `json:"kind"`
	Label    string     `json:"label"`
	Created  time.Time  `json:"created"`
	LastUsed *time.Time `json:"last_used"`
	Expires  *time.Time `json:"expires"`
}

func newCredentialRow(c store.Credential) credentialRow {
	kind := "password"
	if c.Kind == store.AppPassword {
		kind = "app password"
	}
	return credentialRow{c.ID, kind, c.Label, c.Created, timePointer(c.LastUsed), timePointer(c.Expires)}
}

type appPasswordListCommand struct {
	settings
	Name string `arg:"" help:"Name of the account."`
	JSON bool   `help:"Print JSON."`
}

// Run lists app passwords.
func (c *appPasswordListCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, "", c.Name)
		if err != nil {
			return err
		}
		all, err := db.Credentials(run.ctx, p.ID)
		if err != nil {
			return err
		}
		list := newListing[credentialRow]("NUMBER", "LABEL", "CREATED", "LAST USED", "EXPIRES")
		for _, cred := range all {
			if cred.Kind == store.AppPassword {
				list.add(newCredentialRow(cred), cred.ID, cred.Label, formatTime(cred.Created), formatTime(cred.LastUsed), formatTime(cred.Expires))
			}
		}
		return list.print(run.out, c.JSON)
	})
}

type appPasswordRevokeCommand struct {
	settings
	Name   string `arg:"" help:"Name of the account."`
	Number int64  `arg:"" help:"Number, as list shows it."`
}

// Run revokes an app password.
func (c *appPasswordRevokeCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		p, err := db.principal(run, "", c.Name)
		if err != nil {
			return err
		}
		err = db.RevokeAppPassword(run.ctx, p.ID, c.Number)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s has no app password %d", p.Name, c.Number)
		}
		if err != nil {
			return err
		}
		printf(run.out, "Revoked.\n")
		return nil
	})
}
