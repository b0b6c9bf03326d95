package store_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"convene/ical"
	"convene/server/postgres"
	"convene/store"
	"convene/store/storetest"
)

// durable opens a database on a cluster of its own that waits for the disk, as a server's does. (Those of storetest do
// not.)
func durable(b *testing.B) (db *store.DB, dir string) {
	b.Helper()
	dir = b.TempDir()
	c, err := postgres.Start(b.Context(), postgres.Options{Dir: dir})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := c.Stop(context.Background()); err != nil {
			b.Error(err)
		}
	})
	return storetest.Open(b, store.Options{URL: c.URL(), Migrate: true}), filepath.Join(dir, "data")
}

// cpuTime is what this process and the PostgreSQL in dir have used so far.
func cpuTime(b *testing.B, dir string) (ours, postgres time.Duration) {
	b.Helper()
	const tick = 10 * time.Millisecond // USER_HZ
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		user, _ := strconv.Atoi(fields[11])
		system, _ := strconv.Atoi(fields[12])
		used := time.Duration(user+system) * tick
		if cwd, err := os.Readlink(filepath.Join(filepath.Dir(name), "cwd")); err == nil && cwd == dir {
			postgres += used
		}
	}
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()), postgres
}

func reportCPU(b *testing.B, dir string, ours, theirs time.Duration) {
	b.Helper()
	o, t := cpuTime(b, dir)
	b.ReportMetric(float64((o-ours).Microseconds())/float64(b.N), "our-us/op")
	b.ReportMetric(float64((t-theirs).Microseconds())/float64(b.N), "postgres-us/op")
}

// BenchmarkPut stores new events of 1 KB, by 8 writers each in a home of its own. With a second process listening, each
// commit carries a notification.
func BenchmarkPut(b *testing.B) {
	for _, listeners := range []int{1, 2} {
		b.Run(fmt.Sprintf("processes=%d", listeners), func(b *testing.B) {
			db, dir := durable(b)
			if listeners > 1 {
				storetest.Open(b, store.Options{URL: db.URL()})
			}
			const writers = 8
			var colls []*store.Collection
			for i := range writers {
				colls = append(colls, newUser(b, db, fmt.Sprintf("writer%d", i)).Collection("Default"))
			}
			var n atomic.Int64
			var wg sync.WaitGroup
			ours, theirs := cpuTime(b, dir)
			b.ResetTimer()
			for i := range writers {
				wg.Go(func() {
					for {
						k := n.Add(1)
						if k > int64(b.N) {
							return
						}
						if err := putOne(b.Context(), db, colls[i], padded(fmt.Sprintf("event-%d", k), int(k))); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
			reportCPU(b, dir, ours, theirs)
		})
	}
}

func padded(name string, hours int) store.NewObject {
	o := event(name, hours)
	o.Data = append(o.Data, strings.Repeat("DESCRIPTION:something to read\r\n", 28)...)
	return o
}

func putOne(ctx context.Context, db *store.DB, coll *store.Collection, o store.NewObject) error {
	_, err := store.InTx(ctx, db, []store.PrincipalID{coll.Owner}, func(ctx context.Context, tx *store.Tx) (*store.Object, error) {
		return tx.Put(ctx, coll, o)
	}, store.Prefetch(coll, o.Name, ""))
	return err
}

// fill stores n events, one of five recurring weekly for a year, of which about 200 happen in any month.
func fill(b testing.TB, db *store.DB, coll *store.Collection, n int) {
	b.Helper()
	const step = 4
	for first := 0; first < n; first += 1000 {
		var objects []store.NewObject
		for i := first; i < min(n, first+1000); i++ {
			o := padded(fmt.Sprintf("event-%d", i), i*step)
			if i%5 == 0 {
				o.Index = weekly(i * step)
			}
			objects = append(objects, o)
		}
		put(b, db, coll, objects...)
	}
}

func weekly(hours int) (x ical.Index) {
	for w := range 52 {
		x.Occurs = append(x.Occurs, hour(hours+w*7*24))
	}
	x.Busy = x.Occurs
	return x
}

// BenchmarkQueryRange asks for a month of a calendar: the answer is of about the same size whatever its own.
func BenchmarkQueryRange(b *testing.B) {
	for _, n := range []int{1000, 50_000} {
		b.Run(fmt.Sprintf("events=%d", n), func(b *testing.B) {
			db, dir := durable(b)
			coll := newUser(b, db, "ann").Collection("Default")
			fill(b, db, coll, n)
			month := ical.Range{Start: begin.AddDate(0, 0, 60), End: begin.AddDate(0, 0, 90)}
			found := 0
			ours, theirs := cpuTime(b, dir)
			for b.Loop() {
				found = 0
				q := store.RangeQuery{Component: "VEVENT", Range: month, WithData: true}
				if err := db.QueryRange(b.Context(), coll, q, func(*store.Object, bool) error { found++; return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(found), "objects")
			reportCPU(b, dir, ours, theirs)
		})
	}
}

func BenchmarkHome(b *testing.B) {
	db := storetest.New(b)
	h := newUser(b, db, "ann")
	for b.Loop() {
		if _, err := db.Home(b.Context(), h.Owner.ID); err != nil {
			b.Fatal(err)
		}
	}
}
