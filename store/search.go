package store

import (
	"context"
	"fmt"
	"strings"
)

// Filter selects principals; the zero Filter all.
type Filter struct {
	Kinds []PrincipalKind // empty: all
	Match []Match         // conditions on fields
	Any   bool            // one of Match is enough
	Limit int             // 0: no limit
	After string          // only names after this one, for paging
}

// Field is what a Match looks at.
type Field string

// The fields.
const (
	FieldName        Field = "name"
	FieldDisplayName Field = "display_name" // the name, for principals without one
	FieldAddress     Field = "address"      // any of the addresses, with or without mailto:
	FieldAny         Field = "any"          // one of the fields above
	FieldType        Field = "type"         // PrincipalKind.CalendarUserType
)

// How a Match compares, always without regard to case.
type How int

// The comparisons of CALDAV and CardDAV searches, and of DAV:principal-property-search, which is Contains.
const (
	Contains How = iota
	StartsWith
	EndsWith
	Equals
)

// Match is one condition of a Filter.
type Match struct {
	Field Field
	How   How
	Text  string
}

// fields are what a condition on a field looks like; %[1]s is the comparison.
var fields = map[Field]string{
	FieldName:        `p.name %[1]s`,
	FieldDisplayName: `p.folded %[1]s`,
	FieldAddress:     anyAddress,
	FieldAny:         `(p.name %[1]s OR p.folded %[1]s OR ` + anyAddress + `)`,
	FieldType:        `CASE p.kind WHEN 'user' THEN 'individual' WHEN 'public' THEN 'unknown' ELSE p.kind END %[1]s`,
}

const anyAddress = `EXISTS (SELECT FROM address a WHERE a.principal = p.id
	AND (lower(a.address) %[1]s OR lower(substr(a.address, 8)) %[1]s AND a.address LIKE 'mailto:%%'))`

// pattern is the text for LIKE.
func (m Match) pattern() string {
	text := strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(m.Text))
	switch m.How {
	case StartsWith:
		return text + "%"
	case EndsWith:
		return "%" + text
	case Equals:
		return text
	}
	return "%" + text + "%"
}

// Principals calls fn for each principal that the filter selects, by name.
func (db *DB) Principals(ctx context.Context, f Filter, fn func(*Principal) error) (err error) {
	defer annotate(&err, "Principals")
	args := []any{f.After}
	where := []string{`p.name > $1`}
	if len(f.Kinds) > 0 {
		args = append(args, f.Kinds)
		where = append(where, fmt.Sprintf(`p.kind = ANY($%d)`, len(args)))
	}
	var match []string
	for _, m := range f.Match {
		if fields[m.Field] == "" {
			return fmt.Errorf("no field %q to search", m.Field)
		}
		args = append(args, m.pattern())
		match = append(match, fmt.Sprintf(fields[m.Field], fmt.Sprintf(`LIKE $%d`, len(args))))
	}
	if len(match) > 0 {
		with := ` AND `
		if f.Any {
			with = ` OR `
		}
		where = append(where, `(`+strings.Join(match, with)+`)`)
	}
	sql := selectPrincipal + ` WHERE ` + strings.Join(where, ` AND `) + ` ORDER BY p.name`
	if f.Limit > 0 {
		sql += fmt.Sprintf(` LIMIT %d`, f.Limit)
	}
	rows, err := db.pool.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	return scanPrincipals(rows, fn)
}
