package crash

import (
	"slices"
	"testing"
	"time"

	"convene/test/harness"
)

// TestKillInviting kills each kind of process again and again while people invite each other and answer.
func TestKillInviting(t *testing.T) {
	for _, victim := range victims {
		t.Run(victim.name, func(t *testing.T) {
			srv, err := harness.Start(harness.Options{Own: true, Env: []string{"CONVENE_SCHEDULING_REFRESH_DELAY=200ms"}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("the server's log, but for what a crash explains:\n%s", unexplained(srv.LogTail(8<<20)))
				}
				srv.Close()
			})
			s := *seed
			if s == 0 {
				s = uint64(time.Now().UnixNano())
			}
			t.Logf("-crash.seed=%d", s)
			l, err := NewInviting(srv, s)
			if err != nil {
				t.Fatal(err)
			}
			var recoveries []time.Duration
			for round := range *rounds {
				recovery, err := l.Round(t.Context(), func() error { return victim.kill(l.Load) })
				if err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				if err := l.Verify(t.Context()); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				recoveries = append(recoveries, recovery)
			}
			slices.Sort(recoveries)
			t.Logf("%s killed %d times: %d invitations, changes, cancellations and answers acknowledged, all with everybody once; of %d changes of "+
				"unknown outcome %d done, %d not, none by half; a write succeeded again after %v median, %v max", victim.name, len(recoveries), l.Writes.Load(),
				l.Done+l.Undone, l.Done, l.Undone, recoveries[len(recoveries)/2].Round(time.Millisecond), recoveries[len(recoveries)-1].Round(time.Millisecond))
			if err := srv.LogError(); err != nil {
				t.Error(err)
			}
		})
	}
}
