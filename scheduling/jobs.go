package scheduling

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
)

// The kinds of jobs. All of them can be done twice, and in any order.
const (
	jobDeliver = "deliver"      // a message to people here that its transaction was too long for
	jobRefresh = "refresh"      // answers that came in, to the other attendees
	jobCarry   = store.JobCarry // a message to somebody outside
)

// perJob is to how many people one job delivers.
const perJob = 50

// parcel is the Data of a jobDeliver: as JSON in the first line, followed by the message.
type parcel struct {
	Owner store.PrincipalID `json:"owner"`
	Actor string            `json:"actor"`
	From  itip.Address      `json:"from"`
	To    []itip.Address    `json:"to"`
	Quiet bool              `json:"quiet"`
}

// queued collects the messages that are left to jobs.
type queued struct {
	from    sender
	parcels []*parcel
	bodies  []itip.Message // of the parcels
}

// add puts a message into the parcel of those that say the same.
func (q *queued) add(m itip.Message) {
	for i, body := range slices.Backward(q.bodies) {
		if body.Object == m.Object && body.Method == m.Method && body.Quiet == m.Quiet && len(q.parcels[i].To) < perJob {
			q.parcels[i].To = append(q.parcels[i].To, m.To)
			return
		}
	}
	q.bodies = append(q.bodies, m)
	q.parcels = append(q.parcels, &parcel{q.from.owner.ID, q.from.actor, m.From, []itip.Address{m.To}, m.Quiet})
}

func (q *queued) addTo(w *Work) error {
	for i, p := range q.parcels {
		head, err := json.Marshal(p)
		if err != nil {
			return err
		}
		w.Tx.AddJob(store.NewJob{Kind: jobDeliver, Owner: p.Owner, Data: slices.Concat(head, []byte("\n"), q.bodies[i].Bytes())})
	}
	return nil
}

// deliverParcel does a jobDeliver.
func (e *Engine) deliverParcel(ctx context.Context, job *store.Job) error {
	head, body, _ := bytes.Cut(job.Data, []byte("\n"))
	var p parcel
	if err := json.Unmarshal(head, &p); err != nil {
		return err
	}
	m, err := itip.ParseMessage(body, ical.StoredLimits)
	if err != nil {
		return err
	}
	m.From, m.Quiet = p.From, p.Quiet
	owner, err := e.db.PrincipalByID(ctx, p.Owner)
	if errors.Is(err, store.ErrNotFound) { // an account that was removed meanwhile
		return e.finish(ctx, job)
	}
	if err != nil {
		return err
	}
	_, err = Run(ctx, e, []store.PrincipalID{p.Owner}, nil, func(ctx context.Context, w *Work) (struct{}, error) {
		w.byJob = true
		w.Tx.FinishJob(job.ID)
		if err := w.know(append(itip.Addresses(m.Object), p.To...)); err != nil {
			return struct{}{}, err
		}
		plan := itip.Plan{}
		if plan.Messages, err = w.late(ctx, owner, p.To, m); err != nil {
			return struct{}{}, err
		}
		for _, a := range p.To {
			d := itip.Decision{To: a, Rule: "no longer invited when it was to be delivered"}
			if slices.ContainsFunc(plan.Messages, func(m itip.Message) bool { return m.To == a }) {
				d = itip.Decision{To: a, Method: m.Method, Quiet: m.Quiet, Rule: "delivered later"}
			}
			plan.Decisions = append(plan.Decisions, d)
		}
		_, err := w.deliver(ctx, sender{owner: owner, actor: p.Actor}, plan)
		return struct{}{}, err
	})
	return err
}

// late are the messages that a job has for some people. An organizer's invitation says what there is by now: it may have waited until it is
// cancelled, and the recipients have no copy from which to tell that it is late.
func (w *Work) late(ctx context.Context, owner *store.Principal, to []itip.Address, m itip.Message) (messages []itip.Message, err error) {
	if m.Method != itip.Request || !w.dir.people.Same(organizerOf(m.Object), addressOf(owner)) {
		for _, a := range to {
			m.To = a
			messages = append(messages, m)
		}
		return messages, nil
	}
	if err := w.load(ctx, m.Object.UID, []store.PrincipalID{owner.ID}); err != nil {
		return nil, err
	}
	cp, err := w.copyOf(w.Tx.Home(owner.ID))
	if err != nil || cp == nil {
		return nil, err
	}
	if err := w.know(itip.Addresses(cp.cal)); err != nil {
		return nil, err
	}
	messages, err = itip.Show(w.context(owner), cp.cal, to)
	for i := range messages {
		messages[i].Quiet = m.Quiet
	}
	return messages, err
}

// refresh sees to it that the other attendees learn of answers a little later: the sooner the fewer they are.
func (w *Work) refresh(organizer *store.Home, uid string, others int) {
	after := w.e.o.RefreshDelay * time.Duration(1+others/50)
	key := strconv.FormatInt(int64(organizer.Owner.ID), 10) + ":" + uid
	w.Tx.AddJob(store.NewJob{Kind: jobRefresh, Key: key, Owner: organizer.Owner.ID, After: after, Data: []byte(uid)})
}

// showAnswers does a jobRefresh.
func (e *Engine) showAnswers(ctx context.Context, job *store.Job) error {
	uid := string(job.Data)
	_, err := Run(ctx, e, []store.PrincipalID{job.Owner}, nil, func(ctx context.Context, w *Work) (struct{}, error) {
		w.Tx.FinishJob(job.ID)
		if err := w.load(ctx, uid, []store.PrincipalID{job.Owner}); err != nil {
			return struct{}{}, err
		}
		home := w.Tx.Home(job.Owner)
		cp, err := w.copyOf(home)
		if err != nil || cp == nil {
			return struct{}{}, err
		}
		if err := w.know(itip.Addresses(cp.cal)); err != nil {
			return struct{}{}, err
		}
		var to []itip.Address
		for _, p := range w.dir.recipients(itip.Addresses(cp.cal)) {
			if p.ID != job.Owner {
				to = append(to, addressOf(p))
			}
		}
		messages, err := itip.Show(w.context(home.Owner), cp.cal, to)
		if err != nil {
			return struct{}{}, err
		}
		_, err = w.send(ctx, sender{owner: home.Owner, actor: home.Owner.Name}, messages)
		return struct{}{}, err
	})
	if errors.Is(err, store.ErrNotFound) { // an account that was removed meanwhile
		return e.finish(ctx, job)
	}
	return err
}

// finish forgets a job that there is nothing to do for.
func (e *Engine) finish(ctx context.Context, job *store.Job) error {
	_, err := store.InTx(ctx, e.db, nil, func(_ context.Context, tx *store.Tx) (struct{}, error) {
		tx.FinishJob(job.ID)
		return struct{}{}, nil
	})
	return err
}

// Bounds of the work on jobs.
const (
	jobsAtOnce = 8                // taken from the queue
	jobTime    = 20 * time.Second // for one
	jobLease   = 30 * time.Second // after which another node takes a job over
	jobPoll    = 5 * time.Second  // how often is looked for jobs that other nodes added
)

// RunDue does the jobs that are due, one after the other, and says how many they were. What fails is tried again later, and logged. When ctx
// ends, the job under way is finished first.
func (e *Engine) RunDue(ctx context.Context) (done int, err error) {
	for ctx.Err() == nil {
		taken := time.Now()
		jobs, err := e.take(ctx)
		if err != nil || len(jobs) == 0 {
			return done, err
		}
		for i := range jobs {
			if ctx.Err() != nil || time.Since(taken) > jobLease-jobTime { // else it might be done twice
				if err := e.handBack(ctx, jobs[i:]); err != nil {
					return done, err
				}
				break
			}
			if err := e.runJob(ctx, &jobs[i]); err != nil {
				return done, err
			}
			done++
		}
	}
	return done, ctx.Err()
}

// take takes jobs that are due, even if ctx ends meanwhile: else they would be nobody's until their lease is over.
func (e *Engine) take(ctx context.Context) ([]store.Job, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobTime)
	defer cancel()
	return e.db.TakeJobs(ctx, jobsAtOnce, jobLease)
}

// handBack lets others take jobs that were taken and not begun.
func (e *Engine) handBack(ctx context.Context, jobs []store.Job) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobTime)
	defer cancel()
	for i := range jobs {
		if err := e.db.RetryJob(ctx, jobs[i].ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// runJob does one job, even if ctx ends meanwhile, or notes why it failed.
func (e *Engine) runJob(ctx context.Context, job *store.Job) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), jobLease)
	defer cancel()
	run, stop := context.WithTimeout(ctx, jobTime)
	err := e.do(run, job)
	stop()
	if err == nil {
		e.o.Count("job "+job.Kind, "done")
		return nil
	}
	e.o.Count("job "+job.Kind, "failed")
	again := backOff(job.Attempts)
	e.log.ErrorContext(ctx, "a job failed", "kind", job.Kind, "job", job.ID, "attempts", job.Attempts, "again_in", again, "error", err)
	return e.db.FailJob(ctx, job.ID, err.Error(), again)
}

func (e *Engine) do(ctx context.Context, job *store.Job) error {
	switch job.Kind {
	case jobDeliver:
		return e.deliverParcel(ctx, job)
	case jobRefresh:
		return e.showAnswers(ctx, job)
	case jobCarry:
		return e.carry(ctx, job)
	}
	return fmt.Errorf("scheduling: a job of kind %q is for a newer server", job.Kind)
}

// backOff is how long a job waits after it failed the nth time.
func backOff(n int) time.Duration {
	return min(5*time.Second<<min(n, 20), time.Hour)
}

// RunJobs does jobs as they become due, until ctx ends.
func (e *Engine) RunJobs(ctx context.Context) {
	for ctx.Err() == nil {
		if _, err := e.RunDue(ctx); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "working on jobs", "error", err)
		}
		wait := jobPoll
		if next, err := e.db.NextJob(ctx); err == nil && !next.IsZero() {
			wait = max(10*time.Millisecond, min(wait, time.Until(next)))
		}
		select {
		case <-ctx.Done():
		case <-e.db.JobsAdded():
		case <-time.After(wait):
		}
	}
}
