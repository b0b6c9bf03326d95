package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

// jobsTest is a queue with a clock that stands still.
type jobsTest struct {
	*testing.T
	db    *store.DB
	now   time.Time
	owner store.PrincipalID
}

func newJobsTest(t *testing.T) *jobsTest {
	j := &jobsTest{T: t, now: begin}
	j.db = storetest.Open(t, store.Options{URL: storetest.URL(t), Now: func() time.Time { return j.now }})
	j.owner = newUser(t, j.db, "ann").Owner.ID
	return j
}

func (j *jobsTest) add(jobs ...store.NewJob) {
	j.Helper()
	in(j, j.db, j.owner, func(_ context.Context, tx *store.Tx) error {
		for _, job := range jobs {
			job.Owner = j.owner
			tx.AddJob(job)
		}
		return nil
	})
}

// take wants the kinds of the jobs that are taken for a minute.
func (j *jobsTest) take(n int, want ...string) (jobs []store.Job) {
	j.Helper()
	jobs, err := j.db.TakeJobs(j.Context(), n, time.Minute)
	if err != nil {
		j.Fatal(err)
	}
	got := []string{}
	for _, job := range jobs {
		got = append(got, job.Kind)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		j.Fatalf("took %v, want %v", got, want)
	}
	return jobs
}

func (j *jobsTest) wantCounts(waiting, failing int64) {
	j.Helper()
	if w, f, err := j.db.JobCounts(j.Context()); err != nil || w != waiting || f != failing {
		j.Errorf("%d wait and %d fail, %v, want %d and %d", w, f, err, waiting, failing)
	}
}

func (j *jobsTest) wantNext(want time.Time) {
	j.Helper()
	if got, err := j.db.NextJob(j.Context()); err != nil || !got.Equal(want) {
		j.Errorf("the next is due at %v, %v, want %v", got, err, want)
	}
}

func TestJobs(t *testing.T) {
	j := newJobsTest(t)
	j.wantNext(time.Time{})
	j.add(store.NewJob{Kind: "later", After: time.Hour}, store.NewJob{Kind: "now", Data: []byte("x")}, store.NewJob{Kind: "soon", After: time.Second})
	select {
	case <-j.db.JobsAdded():
	default:
		t.Error("nobody is told of new jobs")
	}
	j.wantNext(begin)
	j.wantCounts(3, 0)
	job := j.take(10, "now")[0]
	if string(job.Data) != "x" || job.Attempts != 1 || job.Owner != j.owner || !job.Created.Equal(begin) || !job.Due.Equal(begin) || job.Error != "" {
		t.Errorf("got %+v", job)
	}
	j.take(10)
	j.now = begin.Add(time.Second)
	j.take(10, "soon")

	// A job whose lease has ended comes back, the oldest first.
	j.now = begin.Add(2 * time.Minute)
	if again := j.take(1, "now")[0]; again.Attempts != 2 || again.ID != job.ID {
		t.Errorf("got %+v", again)
	}
	if err := j.db.FailJob(t.Context(), job.ID, "no luck\x00\xff", 10*time.Minute); err != nil {
		t.Fatal(err)
	}
	j.wantCounts(3, 1)
	j.take(10, "soon")
	j.now = begin.Add(12 * time.Minute)
	if failed := j.take(10, "soon", "now")[1]; failed.Error != "no luck\uFFFD\uFFFD" || failed.Attempts != 3 {
		t.Errorf("got %+v", failed)
	}
	in(t, j.db, j.owner, func(_ context.Context, tx *store.Tx) error { tx.FinishJob(job.ID); return nil })
	j.wantCounts(2, 0)
	if err := j.db.FailJob(t.Context(), job.ID, "too late", time.Minute); err != nil {
		t.Error(err)
	}
}

// Of jobs of a kind and key one waits.
func TestJobKeys(t *testing.T) {
	j := newJobsTest(t)
	j.add(store.NewJob{Kind: "a", Key: "k", Data: []byte("first")}, store.NewJob{Kind: "a", Key: "k", Data: []byte("second")})
	j.add(store.NewJob{Kind: "a", Key: "k", After: time.Hour})
	j.add(store.NewJob{Kind: "a", Key: "l"}, store.NewJob{Kind: "b", Key: "k"}, store.NewJob{Kind: "a"}, store.NewJob{Kind: "a"})
	j.wantCounts(5, 0)
	first := j.take(1, "a")[0]
	if string(first.Data) != "first" || first.Key != "k" {
		t.Errorf("got %+v", first)
	}
	j.add(store.NewJob{Kind: "a", Key: "k"}) // while it is being done
	j.wantCounts(5, 0)
	in(t, j.db, j.owner, func(_ context.Context, tx *store.Tx) error { tx.FinishJob(first.ID); return nil })
	j.add(store.NewJob{Kind: "a", Key: "k"})
	j.wantCounts(5, 0)
}

// A job is there with the commit of who adds it, and gone with that of who does it.
func TestJobsRollBack(t *testing.T) {
	j := newJobsTest(t)
	j.add(store.NewJob{Kind: "a"})
	<-j.db.JobsAdded()
	id := j.take(1, "a")[0].ID
	failure := errors.New("no")
	err := try(t.Context(), j.db, j.owner, func(ctx context.Context, tx *store.Tx) error {
		tx.FinishJob(id)
		tx.AddJob(store.NewJob{Kind: "b", Owner: j.owner})
		tx.AddTrace([]store.TraceEntry{{Owner: j.owner, UID: "u"}})
		tx.AddOutgoing(store.Outgoing{Owner: j.owner, UID: "u", State: store.OutgoingWaiting})
		if err := tx.Objects(ctx, home(t, j.db, j.owner).Collection("Default"), false, nil); err != nil { // sends them
			return err
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Fatal(err)
	}
	j.wantCounts(1, 0)
	select {
	case <-j.db.JobsAdded():
		t.Error("somebody is told of a job that was not committed")
	default:
	}
	if list, err := j.db.Trace(t.Context(), "u", nil, 10); err != nil || len(list) != 0 {
		t.Errorf("the trace has %v, %v", list, err)
	}
	// What was sent in the middle is committed though nothing else was done.
	in(t, j.db, j.owner, func(ctx context.Context, tx *store.Tx) error {
		tx.FinishJob(id)
		return tx.Objects(ctx, home(t, j.db, j.owner).Collection("Default"), false, nil)
	})
	j.wantCounts(0, 0)
}

// Each job is taken by one of those who come at once.
func TestTakersAtOnce(t *testing.T) {
	j := newJobsTest(t)
	const jobs, takers = 60, 6
	for range jobs {
		j.add(store.NewJob{Kind: "a"})
	}
	var mu sync.Mutex
	times := map[int64]int{}
	var wg sync.WaitGroup
	for range takers {
		wg.Go(func() {
			for {
				list, err := j.db.TakeJobs(t.Context(), 3, time.Minute)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				for _, job := range list {
					times[job.ID]++
				}
				mu.Unlock()
				if len(list) == 0 {
					return
				}
			}
		})
	}
	wg.Wait()
	for id, n := range times {
		if n != 1 {
			t.Errorf("job %d was taken %d times", id, n)
		}
	}
	if len(times) != jobs {
		t.Errorf("%d jobs were taken, want %d", len(times), jobs)
	}
}

// Those who add a job of the same key at once do not wait for ever, and add one.
func TestAddersAtOnce(t *testing.T) {
	db := storetest.New(t)
	var wg sync.WaitGroup
	for i := range 6 {
		owner := newUser(t, db, fmt.Sprintf("user%d", i)).Owner.ID
		wg.Go(func() {
			for range 10 {
				if err := try(t.Context(), db, owner, func(_ context.Context, tx *store.Tx) error {
					tx.AddJob(store.NewJob{Kind: "a", Key: "k", Owner: owner})
					return nil
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, _, err := db.JobCounts(t.Context()); err != nil || n != 1 {
		t.Errorf("%d jobs wait, %v, want 1", n, err)
	}
}
