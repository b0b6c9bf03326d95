package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

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
	rows, err := db.pool.Query(ctx, selectPublication+`WHERE owner = $1 AND collection = $2 ORDER BY created, token`, coll.Owner, coll.ID)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Publication])
}

// Publish makes a calendar readable by p.Token; Created is set. ErrExists: the token is taken. ErrNotFound: there is no such calendar.
func (db *DB) Publish(ctx context.Context, p Publication) (err error) {
	defer annotate(&err, "Publish(%d)", p.Collection)
	// Whoever deletes the calendar meanwhile waits for us, or we for it.
	tag, err := db.exec(ctx, `
		WITH calendar AS (
			SELECT owner, id FROM collection WHERE owner = $2 AND id = $3 AND NOT deleted FOR SHARE)
		INSERT INTO publication (token, owner, collection, busy_only, secret, created)
		SELECT $1, owner, id, $4, $5, $6 FROM calendar`, p.Token, p.Owner, p.Collection, p.BusyOnly, p.Secret, db.now())
	if err == nil && tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	return err
}

// Unpublish ends a publication of a calendar. ErrNotFound: it has none of that token.
func (db *DB) Unpublish(ctx context.Context, coll *Collection, token string) (err error) {
	defer annotate(&err, "Unpublish(%d)", coll.ID)
	tag, err := db.exec(ctx, `DELETE FROM publication WHERE owner = $1 AND collection = $2 AND token = $3`, coll.Owner, coll.ID, token)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	return err
}
