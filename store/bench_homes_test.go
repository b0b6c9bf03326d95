package store_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"convene/store"
)

// guests are as many homes as an invitation is written into: that of the organizer and those of ten others.
const guests = 11

// writeAll stores an event in all homes, in place of the copies there are.
func writeAll(ctx context.Context, db *store.DB, homes []*store.Home, o store.NewObject) error {
	var owners []store.PrincipalID
	for _, h := range homes {
		owners = append(owners, h.Owner.ID)
	}
	_, err := store.InTx(ctx, db, owners, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		copies, err := tx.CopiesOf(ctx, o.UID, owners...)
		if err != nil {
			return struct{}{}, err
		}
		for _, owner := range owners {
			coll := tx.Home(owner).Collection("Default")
			if there := copies[owner]; len(there) > 0 {
				o.Name = there[0].Name
				_, err = tx.Put(ctx, coll, o)
			} else {
				o.Name = store.NewObjectName()
				_, err = tx.Add(ctx, coll, o)
			}
			if err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	}, store.PrefetchUID(o.UID, owners...))
	return err
}

// BenchmarkPutInvitation stores events of 1 KB in eleven homes at once: new ones, or one that changes; by one writer, or by four who each
// have a home of their own and the other ten in common.
func BenchmarkPutInvitation(b *testing.B) {
	for _, again := range []bool{false, true} {
		for _, writers := range []int{1, 4} {
			b.Run(fmt.Sprintf("again=%v/writers=%d", again, writers), func(b *testing.B) {
				db, dir := durable(b)
				var homes []*store.Home
				for i := range guests - 1 + writers {
					homes = append(homes, newUser(b, db, fmt.Sprintf("guest%d", i)))
				}
				var n atomic.Int64
				var wg sync.WaitGroup
				ours, theirs := cpuTime(b, dir)
				b.ResetTimer()
				for w := range writers {
					mine := append([]*store.Home{homes[guests-1+w]}, homes[:guests-1]...)
					wg.Go(func() {
						for k := n.Add(1); k <= int64(b.N); k = n.Add(1) {
							o := padded(fmt.Sprintf("event-%d", k), int(k))
							if again {
								o.UID = fmt.Sprintf("event-%d", w)
							}
							if err := writeAll(b.Context(), db, mine, o); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "writes/s")
				reportCPU(b, dir, ours, theirs)
			})
		}
	}
}
