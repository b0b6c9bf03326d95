package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// CredentialKind says what a credential is.
type CredentialKind string

// The kinds. A principal has at most one password.
const (
	Password    CredentialKind = "password"
	AppPassword CredentialKind = "app"
)

// Credential is one way in; the store keeps hashes only.
type Credential struct {
	ID        int64
	Principal PrincipalID
	Kind      CredentialKind
	Label     string
	Hash      string
	Created   time.Time
	LastUsed  time.Time // to the hour; zero: never
	Expires   time.Time // zero: never
}

// Credentials are all those of a principal, the password first, expired ones included.
func (db *DB) Credentials(ctx context.Context, p PrincipalID) (list []Credential, err error) {
	defer annotate(&err, "Credentials(%d)", p)
	rows, err := db.pool.Query(ctx, `
		SELECT id, kind, label, hash, created, coalesce(last_used, $2), coalesce(expires, $2)
		FROM credential
		WHERE owner = $1
		ORDER BY kind DESC, id`, p, time.Time{})
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		c := Credential{Principal: p}
		if err := rows.Scan(&c.ID, &c.Kind, &c.Label, &c.Hash, &c.Created, &c.LastUsed, &c.Expires); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// SetPassword gives a principal a password, or another one. ErrNotFound: no such principal.
func (db *DB) SetPassword(ctx context.Context, p PrincipalID, hash string) (err error) {
	defer annotate(&err, "SetPassword(%d)", p)
	return db.changeCredentials(ctx, p, func(tx pgx.Tx) error { return db.writePassword(ctx, tx, p, hash) })
}

func (db *DB) writePassword(ctx context.Context, tx pgx.Tx, p PrincipalID, hash string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO credential (owner, kind, hash, created)
		VALUES ($1, 'password', $2, $3)
		ON CONFLICT (owner) WHERE kind = 'password' DO UPDATE SET hash = excluded.hash, created = excluded.created`, p, hash, db.now())
	return err
}

// AddAppPassword adds one; expires may be zero. ErrNotFound: no such principal.
func (db *DB) AddAppPassword(ctx context.Context, p PrincipalID, label, hash string, expires time.Time) (c Credential, err error) {
	defer annotate(&err, "AddAppPassword(%d)", p)
	c = Credential{Principal: p, Kind: AppPassword, Label: label, Hash: hash, Created: db.now().UTC().Truncate(time.Microsecond), Expires: expires}
	err = db.changeCredentials(ctx, p, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, `
			INSERT INTO credential (owner, kind, label, hash, created, expires)
			VALUES ($1, 'app', $2, $3, $4, $5)
			RETURNING id`, p, label, hash, c.Created, null(expires)).Scan(&c.ID)
	})
	return c, err
}

// RevokeAppPassword removes one. ErrNotFound.
func (db *DB) RevokeAppPassword(ctx context.Context, p PrincipalID, id int64) (err error) {
	defer annotate(&err, "RevokeAppPassword(%d, %d)", p, id)
	return db.changeCredentials(ctx, p, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM credential WHERE owner = $1 AND id = $2 AND kind = 'app'`, p, id)
		if err == nil && tag.RowsAffected() == 0 {
			return ErrNotFound
		}
		return err
	})
}

// TouchCredential notes that a credential was used, at most once an hour.
func (db *DB) TouchCredential(ctx context.Context, p PrincipalID, id int64) (err error) {
	defer annotate(&err, "TouchCredential(%d, %d)", p, id)
	now := db.now()
	_, err = db.exec(ctx, `
		UPDATE credential SET last_used = $3
		WHERE owner = $1 AND id = $2 AND (last_used IS NULL OR last_used < $4)`, p, id, now, now.Add(-time.Hour))
	return err
}

// changeCredentials runs fn as a transaction, and then tells all processes that a principal's credentials changed.
func (db *DB) changeCredentials(ctx context.Context, p PrincipalID, fn func(pgx.Tx) error) error {
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	if err := fn(tx); err != nil {
		return err
	}
	var b pgx.Batch
	if err := db.announce(&b, change{Kind: "credential", Owner: p}); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	db.changed("credential", p)
	return nil
}
