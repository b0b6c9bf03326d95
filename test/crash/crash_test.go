package crash

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"convene/test/harness"
)

var (
	rounds = flag.Int("crash.rounds", 3, "how often each kind of process is killed")
	seed   = flag.Uint64("crash.seed", 0, "seed of the load; 0 takes one from the clock")
)

// victims are the processes to kill. Each function returns when all that the kill ends has ended.
var victims = []struct {
	name string
	kill func(*Load) error
}{
	{"convene", killServer},
	{"postmaster", func(l *Load) error {
		return killPostgres(l, func(postmaster harness.Process, _ []harness.Process) harness.Process { return postmaster })
	}},
	{"backend", func(l *Load) error {
		return killPostgres(l, func(_ harness.Process, backends []harness.Process) harness.Process {
			return backends[l.Rand.IntN(len(backends))]
		})
	}},
}

// killServer starts the server again at once and by the same command line, as a service manager would.
func killServer(l *Load) error {
	if err := l.Server.Kill(); err != nil {
		return err
	}
	return l.Server.Launch()
}

// killPostgres kills the process that choose returns. If it is a backend, PostgreSQL itself ends all the others and recovers; if it is
// the postmaster, they end by themselves, and it is for convene to start another.
func killPostgres(l *Load, choose func(postmaster harness.Process, backends []harness.Process) harness.Process) error {
	postmaster, children, err := l.Server.Postgres()
	if err != nil {
		return err
	}
	var backends []harness.Process
	for _, p := range children {
		if strings.Contains(p.Title, "[local]") {
			backends = append(backends, p)
		}
	}
	if len(backends) == 0 {
		return fmt.Errorf("no backend among %v", children)
	}
	if err := syscall.Kill(choose(postmaster, backends).PID, syscall.SIGKILL); err != nil {
		return err
	}
	deadline := time.Now().Add(20 * time.Second)
	for _, p := range backends {
		for p.Alive() {
			if time.Now().After(deadline) {
				return fmt.Errorf("backend %d survives: %q", p.PID, p.Title)
			}
			time.Sleep(time.Millisecond) // another's process: there is nothing to wait for but its end
		}
	}
	return nil
}

// TestKill kills each kind of process again and again under load.
func TestKill(t *testing.T) {
	for _, victim := range victims {
		t.Run(victim.name, func(t *testing.T) {
			srv, err := harness.Start(harness.Options{Own: true})
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
			l, err := NewLoad(t.Context(), srv, s)
			if err != nil {
				t.Fatal(err)
			}
			var recoveries []time.Duration
			for round := range *rounds {
				pid := srv.PID()
				recovery, err := l.Round(t.Context(), func() error { return victim.kill(l) })
				if err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				if victim.name != "convene" && srv.PID() != pid {
					t.Fatalf("round %d: convene itself was restarted", round)
				}
				if err := l.Verify(t.Context()); err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
				recoveries = append(recoveries, recovery)
			}
			report(t, victim.name, l, recoveries)
			if err := srv.LogError(); err != nil {
				t.Error(err)
			}
		})
	}
}

// report prints the figures of a run.
func report(t *testing.T, victim string, l *Load, recoveries []time.Duration) {
	t.Helper()
	refused := 0
	for _, w := range l.Writers {
		refused += w.Refused
	}
	slices.Sort(recoveries)
	ms := func(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
	t.Logf("%s killed %d times: %d writes acknowledged, all there; %d of unknown outcome (%d done, %d not; %d answered 503), none half done; "+
		"a write succeeded again after %v min, %v median, %v max", victim, len(recoveries), l.Writes.Load(), l.Done+l.Undone, l.Done, l.Undone, refused,
		ms(recoveries[0]), ms(recoveries[len(recoveries)/2]), ms(recoveries[len(recoveries)-1]))
}

// unexplained leaves those lines of a log that are more than the database being away.
func unexplained(log string) string {
	usual := []string{"the database system is", "status=503", "57P0", "connection refused", "no such file"}
	var left []string
	for line := range strings.SplitSeq(log, "\n") {
		if !slices.ContainsFunc(usual, func(s string) bool { return strings.Contains(line, s) }) {
			left = append(left, line)
		}
	}
	return strings.Join(left[max(0, len(left)-60):], "\n")
}
