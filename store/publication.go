package store

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// NewToken is a token of a publication that is not to be guessed: 130 random bits.
func NewToken() string { return strings.ToLower(rand.Text()) }

// CheckToken says whether a name that somebody chose can be a token: ErrBadName if it would not look as it is in a URL.
func CheckToken(name string) error {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_.", c)
	}
	if name == "" || len(name) > 100 || name[0] == '.' || strings.ContainsFunc(name, func(c rune) bool { return !plain(c) }) {
		return ErrBadName
	}
	return nil
}

// Publication lets anyone read a calendar who knows its token.
type Publication struct {
	Token      string
	Owner      PrincipalID
	Collection CollectionID
	BusyOnly   bool // only when it is busy
	Secret     bool // the token is not to be guessed
	Created    time.Time
}

const selectPublication = `SELECT token, owner, collection, busy_only, secret, created FROM publication `

// Publication returns that of a token. ErrNotFound: there is none.
func (db *DB) Publication(ctx context.Context, token string) (_ Publication, err error) {
	defer annotate(&err, "Publication")
	rows, err := db.pool.Query(ctx, selectPublication+`WHERE token = $1`, token)
	if err != nil {
		return Publication{}, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Publication])
}

// Publications are those of a calendar, the oldest first.
func (db *DB) Publications(ctx context.Context, coll *Collection) (_ []Publication, err error) {
	defer annotate(&err, "Publications(%d)", coll.ID)
	return collectPublications(ctx, db.pool, coll)
}

func collectPublications(ctx context.Context, q querier, coll *Collection) ([]Publication, error) {
	rows, err := q.Query(ctx, selectPublication+`WHERE owner = $1 AND collection = $2 ORDER BY created, token`, coll.Owner, coll.ID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Publication])
}

// Publications are those of a calendar, the oldest first.
func (tx *Tx) Publications(ctx context.Context, coll *Collection) (_ []Publication, err error) {
	defer annotate(&err, "Publications(%d)", coll.ID)
	if err := tx.flush(ctx); err != nil {
		return nil, err
	}
	return collectPublications(ctx, tx.conn, coll)
}

// Published is a publication with the names of what it lets people read.
type Published struct {
	Publication
	OwnerName string
	Calendar  string
}

// Published are the publications of all calendars of owner, or with 0 of everybody's, by names.
func (db *DB) Published(ctx context.Context, owner PrincipalID) (_ []Published, err error) {
	defer annotate(&err, "Published(%d)", owner)
	rows, err := db.pool.Query(ctx, `
		SELECT b.token, b.owner, b.collection, b.busy_only, b.secret, b.created, p.name, c.name
		FROM publication b
		JOIN principal p ON p.id = b.owner
		JOIN collection c ON c.owner = b.owner AND c.id = b.collection
		WHERE b.owner = $1 OR $1 = 0
		ORDER BY p.name, c.name, b.created, b.token`, owner)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p Published, err error) {
		err = row.Scan(&p.Token, &p.Owner, &p.Collection, &p.BusyOnly, &p.Secret, &p.Created, &p.OwnerName, &p.Calendar)
		return p, err
	})
}

// Publish makes a calendar readable by p.Token, from when on Created says; the owner and the calendar are those of coll. Those who sync see the
// calendar change. ErrExists: the token is taken. ErrBadName: see CheckToken.
func (tx *Tx) Publish(ctx context.Context, coll *Collection, p Publication) (err error) {
	defer annotate(&err, "Publish(%d)", coll.ID)
	h, c, err := tx.current(coll)
	if err != nil {
		return err
	}
	if err := CheckToken(p.Token); err != nil {
		return err
	}
	if err := tx.flush(ctx); err != nil {
		return err
	}
	tag, err := tx.conn.Exec(ctx, `
		INSERT INTO publication (token, owner, collection, busy_only, secret, created)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT DO NOTHING`, p.Token, c.Owner, c.ID, p.BusyOnly, p.Secret, tx.now)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrExists
	}
	if err == nil {
		tx.setOpen(h, c, c.Shared, true)
	}
	return err
}

// Unpublish ends a publication of a calendar. ErrNotFound: it has none of that token.
func (tx *Tx) Unpublish(ctx context.Context, coll *Collection, token string) (err error) {
	defer annotate(&err, "Unpublish(%d)", coll.ID)
	h, c, err := tx.current(coll)
	if err != nil {
		return err
	}
	if err := tx.flush(ctx); err != nil {
		return err
	}
	var removed, others bool
	if err := tx.conn.QueryRow(ctx, `
		WITH gone AS (DELETE FROM publication WHERE owner = $1 AND collection = $2 AND token = $3 RETURNING token)
		SELECT EXISTS (SELECT FROM gone), EXISTS (SELECT FROM publication WHERE owner = $1 AND collection = $2 AND token <> $3)`,
		c.Owner, c.ID, token).Scan(&removed, &others); err != nil {
		return err
	}
	if !removed {
		return ErrNotFound
	}
	tx.setOpen(h, c, c.Shared, others)
	return nil
}
