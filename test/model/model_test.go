package model

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"convene/test/harness"
)

var (
	seed = flag.Uint64("model.seed", 0, "seed of the random operations; 0 takes one from the clock")
	srv  *harness.Server
)

func TestMain(m *testing.M) {
	harness.Main(m, harness.Options{}, func(s *harness.Server) { srv = s })
}

// length returns a number of steps: n, times $CONVENE_MODEL_FACTOR for long runs.
func length(t *testing.T, n int) int {
	t.Helper()
	factor := os.Getenv("CONVENE_MODEL_FACTOR")
	if factor == "" {
		return n
	}
	f, err := strconv.ParseFloat(factor, 64)
	if err != nil {
		t.Fatalf("CONVENE_MODEL_FACTOR: %v", err)
	}
	return int(float64(n) * f)
}

// newRand returns a generator whose seed a failing test prints.
func newRand(t *testing.T) *rand.Rand {
	t.Helper()
	s := *seed
	if s == 0 {
		s = uint64(time.Now().UnixNano())
	}
	t.Logf("seed: go test ./test/model -run '^%s$' -model.seed=%d", t.Name(), s)
	return rand.New(rand.NewPCG(s, 0))
}

func newWorld(t *testing.T, rng *rand.Rand) *World {
	c := srv.NewUser(t)
	return &World{Client: c, Rand: rng, Colls: map[string]map[string]Object{c.Default(): {}}}
}

// devices returns the kinds of devices, for the user of c.
func devices(c *harness.Client) map[string]Device {
	return map[string]Device{
		"one that syncs each calendar": NewCollectionDevice(srv.Client(c.User)),
		"one that syncs the home":      NewHomeDevice(srv.Client(c.User)),
		"one that uses go-webdav":      NewLibraryDevice(srv.Client(c.User)),
	}
}

// TestOperations does random operations one after the other, with devices that sync now and then.
func TestOperations(t *testing.T) {
	for run := range 4 {
		t.Run(fmt.Sprint(run), func(t *testing.T) {
			t.Parallel()
			rng := newRand(t)
			w := newWorld(t, rng)
			watch := &Watch{Client: w.Client}
			if err := watch.Begin(t.Context()); err != nil {
				t.Fatal(err)
			}
			all := devices(w.Client)
			for step := range length(t, 250) {
				e, err := w.Step(t.Context())
				if err != nil {
					t.Fatalf("step %d: %s: %v", step, e.Name, err)
				}
				if err := watch.Check(t.Context(), &e); err != nil {
					t.Fatalf("step %d: %v\n%+v", step, err, e)
				}
				for _, name := range sortedKeys(all) {
					if rng.IntN(12) == 0 {
						pull(t, name, all[name], rng.IntN(4))
						compare(t, fmt.Sprintf("step %d: %s", step, name), all[name].Holds(), w.Copies())
					}
				}
			}
			all["a new one that syncs each calendar"] = NewCollectionDevice(w.Client)
			all["a new one that syncs the home"] = NewHomeDevice(w.Client)
			compareAll(t, w.Client, all, w.Copies())
		})
	}
}

// compareAll lets every device sync to the end, and compares each with a listing, and the listing with want if that is known.
func compareAll(t *testing.T, c *harness.Client, all map[string]Device, want map[string]map[string]Copy) {
	t.Helper()
	listing, err := Listing(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if want != nil {
		compare(t, "the listing", listing, want)
	}
	for _, name := range sortedKeys(all) {
		pull(t, name, all[name], 3)
		compare(t, name, all[name].Holds(), listing)
	}
}

func pull(t *testing.T, name string, d Device, limit int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := d.Pull(ctx, limit); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func compare(t *testing.T, who string, got, want map[string]map[string]Copy) {
	t.Helper()
	if diff := Differ(got, want); diff != "" {
		t.Fatalf("%s:\n%s", who, diff)
	}
}
