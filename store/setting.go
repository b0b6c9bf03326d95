package store

import (
	"context"
	"crypto/rand"
)

// Setting returns a value that is the same for all nodes. ErrNotFound: it was never set.
func (db *DB) Setting(ctx context.Context, key string) (value string, err error) {
	defer annotate(&err, "Setting(%q)", key)
	err = db.pool.QueryRow(ctx, `SELECT value FROM setting WHERE key = $1`, key).Scan(&value)
	return value, err
}

// SetSetting stores it.
func (db *DB) SetSetting(ctx context.Context, key, value string) (err error) {
	defer annotate(&err, "SetSetting(%q)", key)
	_, err = db.exec(ctx, `
		INSERT INTO setting (key, value) VALUES ($1, $2)
		ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	return err
}

// SettingOr returns a setting, or stores value if it was never set. Of several that do so at once, all get the same.
func (db *DB) SettingOr(ctx context.Context, key, value string) (_ string, err error) {
	defer annotate(&err, "SettingOr(%q)", key)
	_, err = db.exec(ctx, `INSERT INTO setting (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING`, key, value)
	if err != nil {
		return "", err
	}
	err = db.pool.QueryRow(ctx, `SELECT value FROM setting WHERE key = $1`, key).Scan(&value)
	return value, err
}

// ServerID is a random name of this server, for as long as its database lives.
func (db *DB) ServerID(ctx context.Context) (string, error) {
	return db.SettingOr(ctx, "server-id", rand.Text())
}
