package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"convene/server/auth"
	"convene/store"
)

type importCommand struct {
	settings
	File string `arg:"" help:"CSV file with a header line; - for standard input."`
}

// Help shows the format.
func (importCommand) Help() string {
	return `The first line names the columns: name, and any of kind, password, address, display_name, admin, timezone. Several
addresses are separated by blanks. Accounts that exist are changed: columns that are missing, or empty, change nothing.
Either all lines are taken or none. Passwords may be short: it is the administrator's word. It works beside the running server.

Example file:
  name,kind,password,address,display_name,admin
  ann,user,correct horse battery,mailto:ann@example.com,Ann Other,false
  blue,room,,mailto:blue@example.com,Blue room,false

Example:
  convene user import staff.csv`
}

// Run imports the file.
func (c *importCommand) Run(run *session) error {
	in := io.Reader(run.in)
	if c.File != "-" {
		file, err := os.Open(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		in = file
	}
	lines, err := readAccounts(in)
	if err != nil {
		return fmt.Errorf("%s %w", c.File, err)
	}
	if err := hashPasswords(run, lines); err != nil {
		return err
	}
	return c.with(run, func(db *database) error {
		list := make([]store.NewPrincipal, len(lines))
		for i, l := range lines {
			if list[i], err = l.merge(run, db); err != nil {
				return fmt.Errorf("%s line %d: %w", c.File, l.number, err)
			}
		}
		created, updated, err := db.ImportPrincipals(run.ctx, list)
		if err != nil {
			return err
		}
		printf(run.out, "Added %d, changed %d.\n", created, updated)
		return nil
	})
}

// accountLine is a line of the file.
type accountLine struct {
	number   int
	fields   map[string]string // those that are not empty
	password string            // hash
}

var accountColumns = []string{"name", "kind", "password", "address", "display_name", "admin", "timezone"}

// readAccounts reads the file. Errors name the line.
func readAccounts(in io.Reader) ([]*accountLine, error) {
	r := csv.NewReader(in)
	r.TrimLeadingSpace = true
	head, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	head[0] = strings.TrimPrefix(head[0], "\ufeff")
	for i, column := range head {
		head[i] = strings.ToLower(strings.TrimSpace(column))
		if !slices.Contains(accountColumns, head[i]) {
			return nil, fmt.Errorf("line 1: unknown column %q; allowed are %s", column, strings.Join(accountColumns, ", "))
		}
	}
	if !slices.Contains(head, "name") {
		return nil, errors.New("line 1: there is no column called name")
	}
	var lines []*accountLine
	seen := map[string]int{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return lines, nil
		}
		if err != nil {
			return nil, err // names the line
		}
		number, _ := r.FieldPos(0)
		l := &accountLine{number: number, fields: map[string]string{}}
		for i, text := range record {
			if text != "" {
				l.fields[head[i]] = text
			}
		}
		if err := l.check(); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		name := strings.ToLower(l.fields["name"])
		if other := seen[name]; other != 0 {
			return nil, fmt.Errorf("line %d: %q is on line %d too", number, name, other)
		}
		seen[name] = number
		lines = append(lines, l)
	}
}

func (l *accountLine) check() error {
	if l.fields["name"] == "" {
		return errors.New("no name")
	}
	if kind := l.fields["kind"]; kind != "" && !slices.Contains(store.Kinds, store.PrincipalKind(kind)) {
		return fmt.Errorf("%q is not a kind: allowed are user, group, room, resource, public", kind)
	}
	if admin := l.fields["admin"]; admin != "" {
		if _, err := strconv.ParseBool(admin); err != nil {
			return fmt.Errorf("admin is %q: allowed are true and false", admin)
		}
	}
	return nil
}

// hashPasswords hashes them all, on all processors.
func hashPasswords(run *session, lines []*accountLine) error {
	g, ctx := errgroup.WithContext(run.ctx)
	g.SetLimit(runtime.NumCPU())
	for _, l := range lines {
		if l.fields["password"] == "" {
			continue
		}
		g.Go(func() (err error) {
			l.password, err = auth.HashPassword(ctx, l.fields["password"])
			return err
		})
	}
	return g.Wait()
}

// merge is what the account shall be: what the line says, and else what it is.
func (l *accountLine) merge(run *session, db *database) (store.NewPrincipal, error) {
	p := store.NewPrincipal{Kind: store.User, Name: strings.ToLower(l.fields["name"])}
	old, err := db.PrincipalByName(run.ctx, p.Name)
	switch {
	case err == nil:
		p = old.Settings()
	case !errors.Is(err, store.ErrNotFound):
		return p, err
	}
	if kind := store.PrincipalKind(l.fields["kind"]); kind != "" {
		if old != nil && kind != old.Kind {
			return p, fmt.Errorf("%s is a %s, and cannot become a %s", p.Name, old.Kind, kind)
		}
		p.Kind = kind
	}
	if text := l.fields["admin"]; text != "" {
		p.Admin, _ = strconv.ParseBool(text) // checked when read
	}
	if text := l.fields["address"]; text != "" {
		p.Addresses = strings.Fields(text)
	}
	if text := l.fields["display_name"]; text != "" {
		p.DisplayName = text
	}
	if text := l.fields["timezone"]; text != "" {
		p.Timezone = text
	}
	if len(p.Addresses) == 0 && db.cfg.Domain != "" && !strings.Contains(p.Name, "@") {
		p.Addresses = []string{"mailto:" + p.Name + "@" + db.cfg.Domain}
	}
	p.PasswordHash = l.password
	return p, nil
}
