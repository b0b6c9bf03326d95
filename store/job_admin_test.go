package store_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"
)

// What an administrator sees of jobs, and does to them.
func TestJobAdministration(t *testing.T) {
	db := storetest.New(t)
	ctx := t.Context()
	ann := newUser(t, db, "ann").Owner.ID
	in(t, db, ann, func(_ context.Context, tx *store.Tx) error {
		tx.AddJob(store.NewJob{Kind: "later", Owner: ann, After: time.Hour, Data: []byte("b")})
		tx.AddJob(store.NewJob{Kind: "now", Owner: ann, Data: []byte("a")})
		return nil
	})
	jobs, err := db.Jobs(ctx, 10, false)
	if err != nil || len(jobs) != 2 || jobs[0].Kind != "now" || jobs[1].Kind != "later" || string(jobs[1].Data) != "b" || jobs[1].Owner != ann {
		t.Fatalf("got %+v, %v", jobs, err)
	}
	if few, err := db.Jobs(ctx, 1, false); err != nil || len(few) != 1 {
		t.Errorf("got %+v, %v, want one job", few, err)
	}

	if taken, err := db.TakeJobs(ctx, 10, time.Minute); err != nil || len(taken) != 1 {
		t.Fatalf("got %+v, %v, want the job that is due", taken, err)
	}
	if err := db.FailJob(ctx, jobs[0].ID, "no luck", time.Hour); err != nil {
		t.Fatal(err)
	}
	failing, err := db.Jobs(ctx, 10, true)
	if err != nil || len(failing) != 1 || failing[0].Error != "no luck" || failing[0].Attempts != 1 {
		t.Errorf("got %+v, %v, want the job that failed", failing, err)
	}
	if taken, err := db.TakeJobs(ctx, 10, time.Minute); err != nil || len(taken) != 0 {
		t.Fatalf("got %+v, %v, want nothing to be due", taken, err)
	}
	if err := db.RetryJob(ctx, jobs[0].ID); err != nil {
		t.Fatal(err)
	}
	if taken, err := db.TakeJobs(ctx, 10, time.Minute); err != nil || len(taken) != 1 || taken[0].ID != jobs[0].ID {
		t.Errorf("got %+v, %v, want the job that is to be tried again", taken, err)
	}

	job, err := db.JobByID(ctx, jobs[1].ID)
	if err != nil || job.Kind != "later" {
		t.Errorf("got %+v, %v", job, err)
	}
	if _, err := db.JobByID(ctx, 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
	if err := db.RetryJob(ctx, 999); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("got %v, want ErrNotFound", err)
	}
}

// Objects are found by their UID in all calendars, and in nothing else.
func TestPlacesOfUID(t *testing.T) {
	db := storetest.New(t)
	ann, bob := newUser(t, db, "ann"), newUser(t, db, "bob")
	var second *store.Collection
	in(t, db, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) (err error) {
		second, err = tx.CreateCollection(ctx, bob.Owner.ID, store.NewCollection{Name: "Aside", Kind: store.KindCalendar})
		return err
	})
	put(t, db, ann.Collection("Default"), event("a", 1), event("b", 2))
	put(t, db, bob.Collection("Default"), event("a", 1))
	put(t, db, second, event("a", 1))
	uid := event("a", 1).UID
	in(t, db, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		return tx.Delete(ctx, bob.Collection("Default"), event("a", 1).Name)
	})

	all := []store.Place{{Owner: ann.Owner.ID, Collection: ann.Collection("Default").ID}, {Owner: bob.Owner.ID, Collection: second.ID}}
	for _, c := range []struct {
		name   string
		uid    string
		owners []store.PrincipalID
		limit  int
		want   []store.Place
	}{
		{"everywhere", uid, nil, 10, all},
		{"of one", uid, []store.PrincipalID{bob.Owner.ID}, 10, all[1:]},
		{"of nobody", uid, []store.PrincipalID{}, 10, nil},
		{"the first", uid, nil, 1, all[:1]},
		{"unknown", "none", nil, 10, nil},
		{"no UID at all", "", nil, 10, nil},
	} {
		if got, err := db.PlacesOfUID(t.Context(), c.uid, c.owners, c.limit); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, %v, want %v", c.name, got, err, c.want)
		}
	}
}
