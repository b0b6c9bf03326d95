package store

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
)

// forgetFailures is how long after the last failed login the count starts again at one.
const forgetFailures = 24 * time.Hour

// RecordLoginFailure counts a failed login for key, an account or an address. From blockFor, which gets the failures
// in a row, comes how long the next attempt is to be refused; all processes see it.
func (db *DB) RecordLoginFailure(ctx context.Context, key string, blockFor func(count int) time.Duration) (count int, blocked time.Time, err error) {
	defer annotate(&err, "RecordLoginFailure")
	now := db.now()
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return 0, time.Time{}, err
	}
	defer rollback(ctx, tx)
	if err := tx.QueryRow(ctx, `
		INSERT INTO login_failure AS f (key, count, latest, blocked)
		VALUES ($1, 1, $2, $2)
		ON CONFLICT (key) DO UPDATE SET count = CASE WHEN f.latest < $3 THEN 1 ELSE f.count + 1 END, latest = $2
		RETURNING count`, key, now, now.Add(-forgetFailures)).Scan(&count); err != nil {
		return 0, time.Time{}, err
	}
	blocked = now.Add(blockFor(count))
	if _, err := tx.Exec(ctx, `UPDATE login_failure SET blocked = $2 WHERE key = $1`, key, blocked); err != nil {
		return 0, time.Time{}, err
	}
	return count, blocked, tx.Commit(ctx)
}

// LoginBlockedUntil says until when logins for key are refused; the zero time, or one that has passed: they are not.
func (db *DB) LoginBlockedUntil(ctx context.Context, key string) (until time.Time, err error) {
	defer annotate(&err, "LoginBlockedUntil")
	err = db.pool.QueryRow(ctx, `SELECT blocked FROM login_failure WHERE key = $1`, key).Scan(&until)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return until, err
}

// ClearLoginFailures starts the count anew, after a login that went well.
func (db *DB) ClearLoginFailures(ctx context.Context, key string) (err error) {
	defer annotate(&err, "ClearLoginFailures")
	_, err = db.exec(ctx, `DELETE FROM login_failure WHERE key = $1`, key)
	return err
}
