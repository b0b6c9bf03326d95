package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// NewJob is work that Tx.AddJob leaves for later.
type NewJob struct {
	Kind  string
	Key   string        // not "": one job of that Kind and Key waits at most, and a later one changes nothing
	Owner PrincipalID   // with whom it goes; one whose home the transaction holds
	After time.Duration // from the time of the transaction
	Data  []byte
}

// Job is work that waits, or that somebody took.
type Job struct {
	ID       int64
	Kind     string
	Key      string
	Owner    PrincipalID
	Data     []byte
	Attempts int // how often it was taken, this time among them
	Created  time.Time
	Due      time.Time // when it was to be run
	Error    string    // why the last attempt failed
}

// AddJob adds a job with the commit. Key should be one that only those add or finish who hold the same home: else two transactions may wait
// for each other.
func (tx *Tx) AddJob(j NewJob) {
	tx.queue(`
		INSERT INTO job (kind, key, owner, data, created, due) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (kind, key) WHERE key <> '' DO NOTHING`,
		j.Kind, j.Key, j.Owner, notNull(j.Data), tx.now, tx.now.Add(j.After))
	tx.bytes += len(j.Data)
	tx.jobs = true
}

// FinishJob removes a job with the commit of the transaction that did its work. A job whose lease ended before that may have been taken by
// somebody else too, and is done twice.
func (tx *Tx) FinishJob(id int64) { tx.queue(`DELETE FROM job WHERE id = $1`, id) }

// JobsAdded receives after this process has committed jobs. It holds one message at most: whoever gets it asks for all that is due.
func (db *DB) JobsAdded() <-chan struct{} { return db.jobs }

// TakeJobs returns up to n jobs that are due, the oldest first. They are the caller's until lease has passed; then they are due again.
func (db *DB) TakeJobs(ctx context.Context, n int, lease time.Duration) (_ []Job, err error) {
	defer annotate(&err, "TakeJobs")
	now := db.now()
	rows, err := db.pool.Query(ctx, `
		WITH ready AS (
			SELECT id, due FROM job WHERE due <= $1 ORDER BY due LIMIT $2
			FOR UPDATE SKIP LOCKED)
		UPDATE job j SET due = $3, attempts = attempts + 1
		FROM ready
		WHERE j.id = ready.id
		RETURNING j.id, j.kind, j.key, j.owner, j.data, j.attempts, j.created, ready.due, j.error`, now, n, now.Add(lease))
	if err != nil {
		return nil, err
	}
	jobs, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Job])
	slices.SortFunc(jobs, func(a, b Job) int { return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID)) })
	return jobs, err
}

// FailJob notes why a job that was taken failed, and after what time it is due again. A job that is gone is no error.
func (db *DB) FailJob(ctx context.Context, id int64, cause string, again time.Duration) (err error) {
	defer annotate(&err, "FailJob(%d)", id)
	_, err = db.exec(ctx, `UPDATE job SET error = $2, due = $3 WHERE id = $1`, id, storable(cause), db.now().Add(again))
	return err
}

// NextJob is when the next job is due, those that are being run counted as of the end of their lease. The zero time: there is none.
func (db *DB) NextJob(ctx context.Context) (_ time.Time, err error) {
	defer annotate(&err, "NextJob")
	var due *time.Time
	if err := db.pool.QueryRow(ctx, `SELECT min(due) FROM job`).Scan(&due); err != nil || due == nil {
		return time.Time{}, err
	}
	return due.UTC(), nil
}

// JobCounts counts the jobs that there are, and of them those whose last attempt failed.
func (db *DB) JobCounts(ctx context.Context) (waiting, failing int64, err error) {
	defer annotate(&err, "JobCounts")
	err = db.pool.QueryRow(ctx, `SELECT count(*), count(*) FILTER (WHERE error <> '') FROM job`).Scan(&waiting, &failing)
	return waiting, failing, err
}

// notNull stores nil as no bytes.
func notNull(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
