package store

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// jobColumns are those of a Job.
const jobColumns = `id, kind, key, owner, data, attempts, created, due, error`

// Jobs returns the jobs that there are, or only those whose last attempt failed: those first that are due first, limit of them at most.
func (db *DB) Jobs(ctx context.Context, limit int, failing bool) (_ []Job, err error) {
	defer annotate(&err, "Jobs")
	rows, err := db.pool.Query(ctx, `SELECT `+jobColumns+` FROM job WHERE NOT $2 OR error <> '' ORDER BY due, id LIMIT $1`, limit, failing)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Job])
}

// JobByID returns a job. ErrNotFound: there is none, or none any more.
func (db *DB) JobByID(ctx context.Context, id int64) (_ *Job, err error) {
	defer annotate(&err, "JobByID(%d)", id)
	rows, err := db.pool.Query(ctx, `SELECT `+jobColumns+` FROM job WHERE id = $1`, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToAddrOfStructByPos[Job])
}

// RetryJob makes a job due now. ErrNotFound: there is none, or none any more.
func (db *DB) RetryJob(ctx context.Context, id int64) (err error) {
	defer annotate(&err, "RetryJob(%d)", id)
	tag, err := db.exec(ctx, `UPDATE job SET due = $2 WHERE id = $1`, id, db.now())
	if err == nil && tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	return err
}
