package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// annotate says what was being done, and turns the database's errors into the package's own. It is deferred by every
// exported method.
func annotate(err *error, format string, args ...any) {
	if *err == nil {
		return
	}
	*err = fmt.Errorf("store: "+format+": %w", append(args, translate(*err))...)
}

// constraints maps what must always hold, by its name in the schema, to the error of breaking it.
var constraints = map[string]error{
	"principal_name_key":     ErrExists,
	"address_key":            ErrAddressTaken,
	"collection_name_key":    ErrExists,
	"object_name_key":        ErrExists,
	"object_uid_key":         ErrUIDConflict,
	"credential_owner_fkey":  ErrNotFound,
	"collection_owner_fkey":  ErrNotFound,
	"principal_manager_fkey": ErrNotFound,
	"delegation_self":        ErrBadDelegate,
	"share_sharee_fkey":      ErrNotFound,
	"lock_token_key":         ErrExists,
	"lock_holder_fkey":       ErrNotFound,
	"publication_token_key":  ErrExists,
	"booking_free":           ErrTaken,
}

// translate adds our sentinel to an error of the database; other errors stay as they are.
func translate(err error) error {
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if ours := constraints[pg.ConstraintName]; ours != nil {
			return fmt.Errorf("%w (%w)", ours, err)
		}
		if unavailable(pg.Code) {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		return err
	}
	if connectionLost(err) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// unavailable tells the conditions that pass: connection failures, shutdown and start, too many connections, and locks
// not had in time.
func unavailable(code string) bool {
	return strings.HasPrefix(code, "08") || strings.HasPrefix(code, "57P") || code == "53300" || code == "55P03"
}

func connectionLost(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var connect *pgconn.ConnectError
	var network net.Error
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		pgconn.SafeToRetry(err)
}

// retryable says that the transaction failed for reasons that need not come again: it lost against another, or ran on
// a connection that was dead from the start, or on a plan from before a migration.
func retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		case "40001", "40P01", "0A000":
			return true
		}
		return false
	}
	return false
}
