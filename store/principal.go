package store

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// NewPrincipal is what CreatePrincipal, UpdatePrincipal and ImportPrincipals store.
type NewPrincipal struct {
	Kind         PrincipalKind
	Name         string
	DisplayName  string
	Admin        bool
	Disabled     bool
	Timezone     string
	Addresses    []string // the preferred one first
	KeepPrivate  bool     // see Principal; likewise the next five
	Capacity     int
	Location     string
	Features     []string
	Manager      PrincipalID // ErrNotFound: there is no such principal
	Policy       string
	PasswordHash string // "": leave the password as it is
}

// Settings are what UpdatePrincipal and ImportPrincipals can change of a principal.
func (p *Principal) Settings() NewPrincipal {
	return NewPrincipal{
		Kind: p.Kind, Name: p.Name, DisplayName: p.DisplayName, Admin: p.Admin, Disabled: p.Disabled, Timezone: p.Timezone, Addresses: p.Addresses,
		KeepPrivate: p.KeepPrivate, Capacity: p.Capacity, Location: p.Location, Features: p.Features, Manager: p.Manager, Policy: p.Policy,
	}
}

// selectPrincipal is completed by conditions on p. g are the groups it is in, directly or by way of others, d those whose delegate it
// or one of them is: who manages a room or resource is one that writes.
const selectPrincipal = `
	SELECT p.id, p.kind, p.name, p.display_name, p.admin, p.disabled, p.timezone, p.created, p.modified, p.keep_private,
		p.capacity, p.location, p.features, coalesce(p.manager, 0), p.policy,
		ARRAY(SELECT address FROM address WHERE principal = p.id ORDER BY position),
		g.ids, g.names, d.reads, d.writes
	FROM principal p, LATERAL (
		WITH RECURSIVE up (id) AS (
			SELECT grp FROM membership WHERE member = p.id
			UNION
			SELECT m.grp FROM up JOIN membership m ON m.member = up.id)
		SELECT array_agg(q.id ORDER BY q.id) AS ids, array_agg(q.name ORDER BY q.id) AS names
		FROM up JOIN principal q ON q.id = up.id) AS g, LATERAL (
		SELECT array_agg(DISTINCT owner ORDER BY owner) AS reads, array_agg(DISTINCT owner ORDER BY owner) FILTER (WHERE writes) AS writes
		FROM (
			SELECT owner, writes FROM delegation WHERE delegate = ANY (array_append(g.ids, p.id))
			UNION ALL
			SELECT id, true FROM principal r WHERE r.manager = ANY (array_append(g.ids, p.id)) AND r.kind IN ('room', 'resource')) AS delegation
		WHERE owner <> p.id) AS d`

func scanPrincipal(row pgx.Row) (*Principal, error) {
	p := &Principal{}
	err := row.Scan(&p.ID, &p.Kind, &p.Name, &p.DisplayName, &p.Admin, &p.Disabled, &p.Timezone, &p.Created, &p.Modified, &p.KeepPrivate,
		&p.Capacity, &p.Location, &p.Features, &p.Manager, &p.Policy,
		&p.Addresses, &p.MemberOf, &p.Groups, &p.ReadsFor, &p.WritesFor)
	return p, err
}

func scanPrincipals(rows pgx.Rows, fn func(*Principal) error) error {
	defer rows.Close()
	for rows.Next() {
		p, err := scanPrincipal(rows)
		if err != nil {
			return err
		}
		if err := fn(p); err != nil {
			return err
		}
	}
	return rows.Err()
}

// NormalizeName is the form in which names of principals are kept and compared: lower case, and none that a URL path
// or an access list could not hold. ErrBadName otherwise.
func NormalizeName(name string) (string, error) {
	valid := utf8.ValidString(name)
	name = strings.ToLower(strings.TrimSpace(name))
	bad := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`/\:`, r) }
	if name == "" || len(name) > 255 || !valid || strings.ContainsFunc(name, bad) ||
		strings.HasPrefix(name, "-") || name == "." || name == ".." {
		return "", fmt.Errorf("%w: %q", ErrBadName, name)
	}
	switch name {
	case "anyone", "anonymous", "owner": // words of access lists
		return "", fmt.Errorf("%w: %q has a meaning of its own", ErrBadName, name)
	}
	return name, nil
}

// Principal returns the principal of that kind and name, in any case. ErrNotFound: there is none.
func (db *DB) Principal(ctx context.Context, kind PrincipalKind, name string) (*Principal, error) {
	p, err := db.PrincipalByName(ctx, name)
	if err == nil && p.Kind != kind {
		return nil, fmt.Errorf("store: Principal(%s, %q): %w", kind, name, ErrNotFound)
	}
	return p, err
}

// PrincipalByName finds a principal of any kind. ErrNotFound: there is none.
func (db *DB) PrincipalByName(ctx context.Context, name string) (_ *Principal, err error) {
	if !isLower(name) {
		name = strings.ToLower(name)
	}
	return db.principal(ctx, name, `p.name = $1`, name)
}

func isLower(s string) bool {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// PrincipalByAddress finds the principal whose calendar user address it is. ErrNotFound: nobody's.
func (db *DB) PrincipalByAddress(ctx context.Context, addr string) (*Principal, error) {
	addr, err := NormalizeAddress(addr)
	if err != nil {
		return nil, fmt.Errorf("store: PrincipalByAddress: %w: %w", ErrNotFound, err)
	}
	return db.principal(ctx, addr, `p.id = (SELECT principal FROM address WHERE address = $1)`, addr)
}

// PrincipalByID returns the principal. ErrNotFound: there is none (any more).
func (db *DB) PrincipalByID(ctx context.Context, id PrincipalID) (*Principal, error) {
	if p, ok := get(&db.caches, &db.caches.principals, id); ok {
		return p, nil
	}
	return db.readPrincipal(ctx, "", `p.id = $1`, id)
}

// principal looks a name or an address up, which cannot be mistaken for each other.
func (db *DB) principal(ctx context.Context, key, where string, arg any) (*Principal, error) {
	if id, ok := get(&db.caches, &db.caches.names, key); ok {
		if p, ok := get(&db.caches, &db.caches.principals, id); ok {
			return p, nil
		}
	}
	return db.readPrincipal(ctx, key, where, arg)
}

func (db *DB) readPrincipal(ctx context.Context, key, where string, arg any) (_ *Principal, err error) {
	defer annotate(&err, "Principal(%v)", arg)
	gen := db.caches.everyone.now()
	p, err := scanPrincipal(db.pool.QueryRow(ctx, selectPrincipal+` WHERE `+where, arg))
	if err != nil {
		return nil, err
	}
	keep(&db.caches, &db.caches.principals, &db.caches.everyone, gen, p.ID, p)
	if key != "" {
		keep(&db.caches, &db.caches.names, &db.caches.everyone, gen, key, p.ID)
	}
	return p, nil
}
