package scheduling

import (
	"bytes"
	"context"
	"errors"
	"strconv"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// JobAbout tells for people whose job it is ("": an account that is gone), and the UID of the object that it is about ("": one that is
// gone, or of a kind that this server does not know).
func JobAbout(ctx context.Context, db *store.DB, j *store.Job) (owner, uid string, err error) {
	p, err := db.PrincipalByID(ctx, j.Owner)
	switch {
	case err == nil:
		owner = p.Name
	case !errors.Is(err, store.ErrNotFound):
		return "", "", err
	}
	if j.Kind != jobCarry {
		return owner, jobUID(j), nil
	}
	m, err := outgoingOf(ctx, db, j)
	if err != nil || m == nil {
		return owner, "", err
	}
	return owner, m.UID, nil
}

// jobUID is the UID of the object that a job is about; "" for a jobCarry.
func jobUID(j *store.Job) string {
	switch j.Kind {
	case jobRefresh:
		return string(j.Data)
	case jobDeliver:
		_, body, _ := bytes.Cut(j.Data, []byte("\n"))
		if m, err := itip.ParseMessage(body, ical.StoredLimits); err == nil {
			return m.Object.UID
		}
	}
	return ""
}

// outgoingOf is the message of a jobCarry, nil if it is gone.
func outgoingOf(ctx context.Context, db *store.DB, j *store.Job) (*store.Outgoing, error) {
	id, err := strconv.ParseInt(string(j.Data), 10, 64)
	if err != nil {
		return nil, err
	}
	m, err := db.OutgoingByID(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	return m, err
}

// DropJob gives a job up: what it was to do is not done. A message that it was to carry counts as failed. store.ErrNotFound: there is no
// such job, or none any more.
func DropJob(ctx context.Context, db *store.DB, id int64) error {
	job, err := db.JobByID(ctx, id)
	if err != nil {
		return err
	}
	var message *store.Outgoing
	if job.Kind == jobCarry {
		if message, err = outgoingOf(ctx, db, job); err != nil {
			return err
		}
	}
	_, err = store.InTx(ctx, db, nil, func(_ context.Context, tx *store.Tx) (struct{}, error) {
		tx.FinishJob(job.ID)
		if message != nil {
			tx.SetOutgoing(message.ID, store.OutgoingFailed, statusFailed)
		}
		return struct{}{}, nil
	})
	return err
}
