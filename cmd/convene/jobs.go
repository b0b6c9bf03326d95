package main

import (
	"errors"
	"fmt"
	"time"

	"convene/scheduling"
	"convene/store"
)

type jobsCommands struct {
	List  jobsListCommand  `cmd:"" default:"withargs" help:"List them."`
	Retry jobsRetryCommand `cmd:"" help:"Have one done now."`
	Drop  jobsDropCommand  `cmd:"" help:"Give one up: what it was to do is not done."`
}

// Help shows examples.
func (jobsCommands) Help() string {
	return `Most of what follows of an invitation is done with it. The rest are jobs, done a moment later by any server on the database:
  deliver  invitations to the people beyond the first 100
  refresh  answers that came in, for the other attendees to see
  carry    a message to somebody outside
A job that fails is tried again after 10 seconds, then 20, up to an hour. What goes wrong is in the log, too.

Examples:
  convene jobs
  convene jobs list --failing --json
  convene jobs retry 4711
  convene jobs drop 4711`
}

type jobsListCommand struct {
	settings
	Failing bool `help:"Only those whose last attempt failed."`
	Limit   int  `placeholder:"N" default:"100" help:"At most N, those first that are due first (${default})."`
	JSON    bool `help:"Print JSON."`
}

// jobRow is a job as JSON has it.
type jobRow struct {
	ID       int64     `json:"id"`
	Kind     string    `json:"kind"`
	Owner    string    `json:"owner"` // "": an account that is gone
	UID      string    `json:"uid"`
	Created  time.Time `json:"created"`
	Due      time.Time `json:"due"`
	Attempts int       `json:"attempts"` // that were begun
	Error    string    `json:"error"`    // of the last one
}

func newJobRow(j *store.Job, owner, uid string) jobRow {
	return jobRow{j.ID, j.Kind, owner, uid, j.Created.UTC(), j.Due.UTC(), j.Attempts, j.Error}
}

// state says in words how it goes with a job.
func (j *jobRow) state() string {
	switch {
	case j.Error != "":
		return fmt.Sprintf("failed %d times: %s", j.Attempts, j.Error)
	case j.Attempts > 0 && j.Due.After(time.Now()):
		return "under way"
	}
	return "waits"
}

// Run lists them.
func (c *jobsListCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		jobs, err := db.Jobs(run.ctx, c.Limit, c.Failing)
		if err != nil {
			return err
		}
		list := newListing[jobRow]("ID", "KIND", "OWNER", "DUE", "STATE", "UID")
		for i := range jobs {
			owner, uid, err := scheduling.JobAbout(run.ctx, db.DB, &jobs[i])
			if err != nil {
				return err
			}
			row := newJobRow(&jobs[i], owner, uid)
			list.add(row, row.ID, row.Kind, row.Owner, moment(row.Due), row.state(), row.UID)
		}
		return list.print(run.out, c.JSON)
	})
}

// jobID is the job that a command is about.
type jobID struct {
	settings
	ID int64 `arg:"" help:"Number of the job, as convene jobs prints it."`
}

func (c *jobID) missing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no job %d: perhaps it is done", c.ID)
	}
	return err
}

type jobsRetryCommand struct{ jobID }

// Run makes it due.
func (c *jobsRetryCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		if err := db.RetryJob(run.ctx, c.ID); err != nil {
			return c.missing(err)
		}
		printf(run.out, "Job %d is due now: a running server does it within seconds.\n", c.ID)
		return nil
	})
}

type jobsDropCommand struct{ jobID }

// Run gives it up.
func (c *jobsDropCommand) Run(run *session) error {
	return c.with(run, func(db *database) error {
		if err := scheduling.DropJob(run.ctx, db.DB, c.ID); err != nil {
			return c.missing(err)
		}
		printf(run.out, "Job %d is given up.\n", c.ID)
		return nil
	})
}
