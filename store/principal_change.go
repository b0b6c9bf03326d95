package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// CreatePrincipal adds a principal. ErrExists, *AddressTaken, ErrBadName, ErrBadAddress.
func (db *DB) CreatePrincipal(ctx context.Context, in NewPrincipal) (_ *Principal, err error) {
	defer annotate(&err, "CreatePrincipal(%q)", in.Name)
	if err := in.normalize(); err != nil {
		return nil, err
	}
	var id PrincipalID
	if err := db.changePrincipals(ctx, func(tx pgx.Tx) (err error) {
		id, err = db.insertPrincipal(ctx, tx, &in)
		return err
	}); err != nil {
		return nil, db.holder(ctx, err, in.Addresses)
	}
	return db.PrincipalByID(ctx, id)
}

// UpdatePrincipal lets change, which may run several times, alter what there is, under a lock; a new Timezone moves the principal's floating times, and a new Name is
// put into the access lists that have the old one.
// ErrNotFound, and as CreatePrincipal.
func (db *DB) UpdatePrincipal(ctx context.Context, id PrincipalID, change func(*NewPrincipal) error) (_ *Principal, err error) {
	defer annotate(&err, "UpdatePrincipal(%d)", id)
	var in NewPrincipal
	var before *Principal
	if err := db.changePrincipals(ctx, func(tx pgx.Tx) (err error) {
		if before, err = scanPrincipal(tx.QueryRow(ctx, selectPrincipal+` WHERE p.id = $1 FOR UPDATE OF p`, id)); err != nil {
			return err
		}
		in = before.Settings()
		if err := change(&in); err != nil {
			return err
		}
		if err := db.updatePrincipal(ctx, tx, id, &in); err != nil {
			return err
		}
		return renameInLists(ctx, tx, identifier(before.Kind, before.Name), identifier(in.Kind, in.Name))
	}); err != nil {
		return nil, db.holder(ctx, err, in.Addresses)
	}
	if in.PasswordHash != "" {
		db.changed("credential", id)
	}
	if in.Timezone != before.Timezone {
		if _, err := db.rezone(ctx, id); err != nil {
			return nil, err
		}
	}
	return db.PrincipalByID(ctx, id)
}

// rezone takes the floating times of a principal's collections in its new time zone, and returns how many objects have
// any.
func (db *DB) rezone(ctx context.Context, owner PrincipalID) (int, error) {
	return InTx(ctx, db, []PrincipalID{owner}, func(ctx context.Context, tx *Tx) (moved int, err error) {
		h, err := tx.locked(owner)
		if err != nil {
			return 0, err
		}
		h.next()
		tx.LookAgain(owner)
		for _, c := range h.work.Collections {
			next := *c
			next.Zone, next.Person = db.zoneOf(c, h.work.Owner), h.work.Owner
			h.replace(&next)
			n, err := tx.reindexFloating(ctx, &next)
			if err != nil {
				return 0, err
			}
			moved += n
		}
		return moved, nil
	})
}

// ImportPrincipals creates those of the list that do not exist and updates the others by their names: all or none.
func (db *DB) ImportPrincipals(ctx context.Context, list []NewPrincipal) (created, updated int, err error) {
	defer annotate(&err, "ImportPrincipals(%d)", len(list))
	var addresses []string
	for i := range list {
		if err := list[i].normalize(); err != nil {
			return 0, 0, err
		}
		addresses = append(addresses, list[i].Addresses...)
	}
	err = db.changePrincipals(ctx, func(tx pgx.Tx) error {
		created, updated = 0, 0
		for i := range list {
			var id PrincipalID
			err := tx.QueryRow(ctx, `SELECT id FROM principal WHERE name = $1 FOR UPDATE`, list[i].Name).Scan(&id)
			switch {
			case errors.Is(err, pgx.ErrNoRows):
				_, err = db.insertPrincipal(ctx, tx, &list[i])
				created++
			case err == nil:
				err = db.updatePrincipal(ctx, tx, id, &list[i])
				updated++
			}
			if err != nil {
				return fmt.Errorf("%s: %w", list[i].Name, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, db.holder(ctx, err, addresses)
	}
	db.changed("credential", 0)
	return created, updated, nil
}

// changePrincipals runs fn as a transaction, again if it lost against another, and then has all processes forget what they know of
// principals and credentials.
func (db *DB) changePrincipals(ctx context.Context, fn func(pgx.Tx) error) (err error) {
	for range maxAttempts {
		if err = db.tryPrincipals(ctx, fn); err == nil || !retryable(err) {
			break
		}
	}
	return err
}

func (db *DB) tryPrincipals(ctx context.Context, fn func(pgx.Tx) error) error {
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return err
	}
	defer rollback(ctx, tx)
	if err := fn(tx); err != nil {
		return err
	}
	var b pgx.Batch
	if err := db.announce(&b, change{Kind: "principal"}); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	db.caches.dropPrincipals()
	db.changed("principal", 0)
	return nil
}

func (in *NewPrincipal) normalize() (err error) {
	if in.Name, err = NormalizeName(in.Name); err != nil {
		return err
	}
	if in.Timezone != "" {
		if _, err := time.LoadLocation(in.Timezone); err != nil {
			return fmt.Errorf("the time zone %q is not known", in.Timezone)
		}
	}
	seen := map[string]bool{}
	var addresses []string
	for _, a := range in.Addresses {
		a, err := NormalizeAddress(a)
		if err != nil {
			return err
		}
		if !seen[a] {
			seen[a] = true
			addresses = append(addresses, a)
		}
	}
	in.Addresses = addresses
	if in.Features == nil {
		in.Features = []string{}
	}
	return nil
}

// folded is what a search for display names compares with.
func (in *NewPrincipal) folded() string {
	if in.DisplayName == "" {
		return in.Name
	}
	return strings.ToLower(in.DisplayName)
}

func (db *DB) insertPrincipal(ctx context.Context, tx pgx.Tx, in *NewPrincipal) (id PrincipalID, err error) {
	if err := tx.QueryRow(ctx, `
		INSERT INTO principal (kind, name, display_name, admin, disabled, timezone, created, modified, folded, keep_private,
			capacity, location, features, manager, policy)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, $11, $12, nullif($13::bigint, 0), $14)
		RETURNING id`, in.Kind, in.Name, in.DisplayName, in.Admin, in.Disabled, in.Timezone, db.now(), in.folded(), in.KeepPrivate,
		in.Capacity, in.Location, in.Features, in.Manager, in.Policy).Scan(&id); err != nil {
		return 0, err
	}
	return id, db.writeBelongings(ctx, tx, id, in)
}

func (db *DB) updatePrincipal(ctx context.Context, tx pgx.Tx, id PrincipalID, in *NewPrincipal) error {
	if err := in.normalize(); err != nil {
		return err
	}
	var name string
	var addresses []string
	if err := tx.QueryRow(ctx, `
		SELECT name, ARRAY(SELECT address FROM address WHERE principal = id ORDER BY position)
		FROM principal
		WHERE id = $1`, id).Scan(&name, &addresses); err != nil {
		return err
	}
	if name != in.Name || !slices.Equal(addresses, in.Addresses) {
		if err := forgetAnswers(ctx, tx, id, db.now()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, `
		UPDATE principal
		SET kind = $2, name = $3, display_name = $4, admin = $5, disabled = $6, timezone = $7, modified = $8, folded = $9, keep_private = $10,
			capacity = $11, location = $12, features = $13, manager = nullif($14::bigint, 0), policy = $15
		WHERE id = $1`, id, in.Kind, in.Name, in.DisplayName, in.Admin, in.Disabled, in.Timezone, db.now(), in.folded(), in.KeepPrivate,
		in.Capacity, in.Location, in.Features, in.Manager, in.Policy); err != nil {
		return err
	}
	return db.writeBelongings(ctx, tx, id, in)
}

// writeBelongings replaces the addresses, and the password if one is given.
func (db *DB) writeBelongings(ctx context.Context, tx pgx.Tx, id PrincipalID, in *NewPrincipal) error {
	if _, err := tx.Exec(ctx, `DELETE FROM address WHERE principal = $1`, id); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `
		INSERT INTO address (address, principal, position)
		SELECT a, $1, n - 1 FROM unnest($2::text[]) WITH ORDINALITY AS u (a, n)`, id, in.Addresses); err != nil {
		return err
	}
	if in.PasswordHash == "" {
		return nil
	}
	return db.writePassword(ctx, tx, id, in.PasswordHash)
}

// holder says, of an address that is taken, whose it is.
func (db *DB) holder(ctx context.Context, err error, addresses []string) error {
	if !errors.Is(translate(err), ErrAddressTaken) {
		return err
	}
	for _, a := range addresses {
		p, e := db.PrincipalByAddress(ctx, a)
		if e == nil && strings.Contains(detail(err), "("+a+")") {
			return &AddressTaken{Address: a, Kind: p.Kind, Holder: p.Name}
		}
	}
	return err
}
