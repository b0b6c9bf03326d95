package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"convene/store"
	"convene/store/storetest"

	"github.com/jackc/pgx/v5"
)

// Each query has to go by its own index and read no more than it returns: with plans that were made when the table was
// empty, before the first ANALYZE and after. PostgreSQL counts what every index reads.
func TestPlans(t *testing.T) {
	url := storetest.URL(t)
	db := storetest.Open(t, store.Options{URL: url, Uncached: true, MaxConns: 1})
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(ctx, `ALTER TABLE object SET (autovacuum_enabled = false)`); err != nil {
		t.Fatal(err)
	}
	coll := newUser(t, db, "ann").Collection("Default")
	other := newUser(t, db, "bob").Collection("Default")
	const runs = 20
	queries := func() {
		for i := range runs {
			h := home(t, db, coll.Owner)
			c := h.CollectionByID(coll.ID)
			name := fmt.Sprintf("event-%d", i)
			if _, err := db.Object(ctx, c, name+".ics"); err != nil && c.Modseq > 100 {
				t.Error(err)
			}
			if _, err := db.ObjectByUID(ctx, c, name); err != nil && c.Modseq > 100 {
				t.Error(err)
			}
			changes(t, db, c, max(c.Modseq-5, 0), 0)
			found(t, db, c, store.RangeQuery{Range: hour(i * 4), Component: "VEVENT"})
			if _, err := db.Busy(ctx, []store.BusyCalendar{{Collection: c}}, hour(i*4), nil); err != nil {
				t.Error(err)
			}
			if err := db.ObjectsByName(ctx, c, []string{"a.ics", name + ".ics"}, true, func(*store.Object) error { return nil }); err != nil {
				t.Error(err)
			}
			if _, _, err := db.HomeChanges(ctx, c.Owner, max(h.Root.Modseq-5, 1), 0, true, func(store.HomeChange) error { return nil }); err != nil {
				t.Error(err)
			}
		}
	}
	queries()
	fill(t, db, coll, 3000)
	fill(t, db, other, 3000)
	queries()
	if _, err := conn.Exec(ctx, `ANALYZE object`); err != nil {
		t.Fatal(err)
	}
	queries()
	if _, err := db.PurgeTombstones(ctx, begin); err != nil {
		t.Error(err)
	}
	if _, err := db.ReindexStale(ctx, 10); err != nil {
		t.Error(err)
	}
	db.Close() // which makes its session hand in its counts

	reads := map[string]int64{}
	eventually(t, func() bool {
		rows, err := conn.Query(ctx, `
			SELECT indexrelname, idx_tup_read FROM pg_stat_user_indexes WHERE relname = 'object'
			UNION ALL
			SELECT 'table', seq_tup_read FROM pg_stat_user_tables WHERE relname = 'object'`)
		if err != nil {
			t.Fatal(err)
		}
		var index string
		var n int64
		if _, err := pgx.ForEachRow(rows, []any{&index, &n}, func() error { reads[index] = n; return nil }); err != nil {
			t.Fatal(err)
		}
		return reads["object_modseq"] > 0
	})
	// Twice what is there to return; of the recurring events in object_occurs, those that only span the hour come on top.
	for index, most := range map[string]int64{
		"object_name_key": 2*2*runs + 6000, // what fill looks up
		"object_uid_key":  2 * runs,
		"object_modseq":   2 * 2 * 6 * runs,
		"object_occurs":   2 * 2 * runs * 50,
		"table":           0,
	} {
		if reads[index] > most {
			t.Errorf("%s: %d entries were read, want at most %d", index, reads[index], most)
		}
		if reads[index] == 0 && index != "table" {
			t.Errorf("%s was not used", index)
		}
	}
}

// What belongs to sharing goes by its indexes as well.
func TestPlansOfSharing(t *testing.T) {
	url := storetest.URL(t)
	db := storetest.Open(t, store.Options{URL: url, Uncached: true, MaxConns: 1})
	ctx := t.Context()
	ann, bob := newUser(t, db, "ann"), newUser(t, db, "bob")
	mount := share(t, db, ann.Collection("Default"), bob.Owner.ID, "Ann")
	grant(t, db, ann.Owner.ID, "Default", "owner lrwipkxtan9 bob lr9")
	in(t, db, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		for i := range 300 {
			if err := tx.SetOverlay(ctx, mount, store.Overlay{Name: fmt.Sprintf("%d.ics", i), Object: 1, Data: []byte("x")}); err != nil {
				return err
			}
		}
		return nil
	})
	lock(t, db, bob, "one", "Default", "", 1)
	const runs = 10
	for range runs {
		if got, err := db.HomesGranted(ctx, bob.Owner); err != nil || len(got) != 1 {
			t.Errorf("got %v, %v", got, err)
		}
		if got, err := db.Overlays(ctx, mount, []string{"7.ics", "none"}, true); err != nil || len(got) != 1 {
			t.Errorf("got %v, %v", got, err)
		}
		now := refresh(t, db, mount)
		if got, err := db.OverlayChanges(ctx, now, now.Modseq-3); err != nil || len(got) != 3 {
			t.Errorf("got %v, %v", got, err)
		}
	}
	db.Close()

	seen := uses(t, url, "collection_granted")
	for index, most := range map[string]int64{"collection_granted": 2 * runs, "overlay_pkey": 2*runs + 600, "overlay_modseq": 10 * runs, "lock_token_key": 10 * runs} {
		if c := seen[index]; c.scans == 0 || c.reads > most {
			t.Errorf("%s was used %d times, and %d entries were read, want at most %d", index, c.scans, c.reads, most)
		}
	}
	for _, table := range []string{"collection", "overlay", "lock", "share", "delegation"} {
		if c := seen[table]; c.reads > 0 {
			t.Errorf("all of %s was read, %d rows", table, c.reads)
		}
	}
}

// Scheduling reads the homes and objects that it is about, and no others; jobs, traces and messages go by their indexes.
func TestPlansOfScheduling(t *testing.T) {
	url := storetest.URL(t)
	db := storetest.Open(t, store.Options{URL: url, Uncached: true, MaxConns: 1})
	ctx := t.Context()
	var homes []*store.Home
	for i := range 100 {
		homes = append(homes, newUser(t, db, fmt.Sprintf("user%d", i)))
	}
	const runs, people = 20, 4
	for k := range runs {
		o := event(fmt.Sprint(k%5), k)
		if err := writeAll(ctx, db, homes[k:k+people], o); err != nil {
			t.Fatal(err)
		}
		in(t, db, homes[k].Owner.ID, func(_ context.Context, tx *store.Tx) error {
			tx.AddJob(store.NewJob{Kind: "a", Key: fmt.Sprint(k), Owner: homes[k].Owner.ID})
			tx.AddTrace([]store.TraceEntry{{UID: fmt.Sprint(k), Owner: homes[k].Owner.ID}})
			tx.AddOutgoing(store.Outgoing{UID: fmt.Sprint(k), Owner: homes[k].Owner.ID, State: store.OutgoingWaiting})
			_, err := tx.LastOutgoing(ctx, homes[k].Owner.ID, fmt.Sprint(k), "CANCEL")
			return err
		})
		if list, err := db.Trace(ctx, fmt.Sprint(k), nil, 10); err != nil || len(list) != 1 {
			t.Errorf("trace: %v, %v", list, err)
		}
		if list, err := db.Outgoings(ctx, fmt.Sprint(k), 10); err != nil || len(list) != 1 {
			t.Errorf("outgoing: %v, %v", list, err)
		}
		if jobs, err := db.TakeJobs(ctx, 2, time.Hour); err != nil || len(jobs) != 2 {
			t.Errorf("jobs: %v, %v", jobs, err)
		}
	}
	db.Close()

	seen := uses(t, url, "trace_uid")
	for index, most := range map[string]int64{
		"collection_name_key": (100 + runs*(2*people+1)) * 6, // as they are made, and twice a write
		"collection_home_key": 100 + runs*(people+1), "object_uid_key": runs * people, "trace_uid": runs, "outgoing_uid": 2 * runs,
		"job_due": runs * (2 * runs), // those that were taken stay in the page until it is full
	} {
		if c := seen[index]; c.scans == 0 || c.reads > most {
			t.Errorf("%s was used %d times, and %d entries were read, want at most %d", index, c.scans, c.reads, most)
		}
	}
	for _, table := range []string{"collection", "object", "job", "trace", "outgoing"} {
		if c := seen[table]; c.reads > 0 {
			t.Errorf("all of %s was read, %d rows", table, c.reads)
		}
	}
}

// counts are how often an index was used and how many entries were read, or a table from end to end.
type counts struct{ scans, reads int64 }

// uses is how the indexes and tables were used by sessions that have ended, once an index was.
func uses(t *testing.T, url, index string) map[string]counts {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	seen := map[string]counts{}
	eventually(t, func() bool {
		rows, err := conn.Query(t.Context(), `
			SELECT indexrelname, idx_scan, idx_tup_read FROM pg_stat_user_indexes
			UNION ALL
			SELECT relname, seq_scan, seq_tup_read FROM pg_stat_user_tables`)
		if err != nil {
			t.Fatal(err)
		}
		var name string
		var c counts
		if _, err := pgx.ForEachRow(rows, []any{&name, &c.scans, &c.reads}, func() error { seen[name] = c; return nil }); err != nil {
			t.Fatal(err)
		}
		return seen[index].scans > 0
	})
	return seen
}
