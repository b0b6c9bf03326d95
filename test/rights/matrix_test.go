package rights

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"convene/test/rights/oracle"
)

var (
	seed   = flag.Uint64("rights.seed", 20261120, "seed of the random lists")
	random = flag.Int("rights.lists", 250, "how many random sets of lists")
	each   = flag.Int("rights.each", 120, "how many requests with each of them")
)

// matrix counts what was asked, and how it was answered.
type matrix struct {
	w           *world
	cases       int
	statuses    map[int]int
	byOperation map[string]int
	differences map[string]int
}

// A request is answered as the tables in the documentation of Cyrus say, whatever the lists are, whoever asks, for whatever, wherever.
func TestMatrix(t *testing.T) {
	m := &matrix{w: newWorld(t), statuses: map[int]int{}, byOperation: map[string]int{}, differences: map[string]int{}}
	start := time.Now()
	for _, letter := range oracle.Letters {
		alone := string(letter)
		m.all("each is given "+alone, everywhere(
			oracle.Entry{Who: "owner", Rights: alone}, oracle.Entry{Who: "bob", Rights: alone}, oracle.Entry{Who: "group:staff", Rights: alone},
			oracle.Entry{Who: "anonymous", Rights: alone}), people...)
		m.all("anyone is given all but "+alone, everywhere(
			oracle.Entry{Who: "anyone", Rights: oracle.Letters}, oracle.Entry{Who: "anyone", Negative: true, Rights: alone}),
			people[1], people[len(people)-1])
	}
	m.all("nobody is given anything", everywhere(), people...)
	systematic := m.cases
	r := rand.New(rand.NewPCG(*seed, 1))
	for i := range *random {
		lists := map[slot][]oracle.Entry{}
		for _, s := range slots {
			lists[s] = randomList(r)
		}
		m.w.grant(lists)
		for range *each {
			m.one(fmt.Sprintf("random list %d", i), randomCall(r, m.w))
		}
	}
	t.Logf("%d of the requests with random lists (seed %d), in %v", m.cases-systematic, *seed, time.Since(start).Round(time.Millisecond))
	if m.cases-systematic < 20_000 && *random**each >= 20_000 {
		t.Errorf("only %d cases", m.cases)
	}
	m.report(t)
}

// report says what was asked, and fails the test if something was answered otherwise than wanted.
func (m *matrix) report(t *testing.T) {
	t.Helper()
	t.Logf("%d requests, %d operations: %v", m.cases, len(m.byOperation), m.statuses)
	for what, n := range m.differences {
		t.Errorf("%d differences in %s", n, what)
	}
	if log := m.w.log.String(); strings.Contains(log, "level=ERROR") {
		t.Errorf("the log has errors:\n%.4000s", log)
	}
}

// everywhere is the same list on all collections.
func everywhere(list ...oracle.Entry) map[slot][]oracle.Entry {
	lists := map[slot][]oracle.Entry{}
	for _, s := range slots {
		lists[s] = list
	}
	return lists
}

// all asks for everything, everywhere.
func (m *matrix) all(name string, lists map[slot][]oracle.Entry, who ...oracle.Person) {
	m.w.grant(lists)
	for _, kind := range oracle.Kinds {
		for _, p := range who {
			for i := range operations {
				m.try(name, &operations[i], slotFor(kind), p)
			}
			for i := range lockOperations {
				m.try(name, &lockOperations[i], slotForLocks(kind, &lockOperations[i]), p)
			}
		}
	}
}

func (m *matrix) try(name string, op *operation, s slot, p oracle.Person) {
	if c := (&call{m.w, op, s, p}); c.possible() {
		m.one(name, c)
	}
}

// possible says whether there is such an operation.
func (c *call) possible() bool {
	return c.op.only == nil || slices.Contains(c.op.only, c.slot.kind)
}

func slotFor(kind string) slot {
	i := slices.IndexFunc(slots, func(s slot) bool { return s.kind == kind })
	return slots[i]
}

// slotForLocks: calendars and plain collections are removed, which they cannot be while there are locks in them. Those that have locks
// are others.
func slotForLocks(kind string, op *operation) slot {
	if op.at == ownLock || op.at == lockOfOther {
		switch kind {
		case oracle.Calendar:
			return find("ann", "locks")
		case oracle.Plain:
			return find("ann", "plainlocks")
		}
	}
	return slotFor(kind)
}

// one sends a request, compares, and brings things back to how they were.
func (m *matrix) one(name string, c *call) {
	want := c.want()
	rec := c.do()
	m.cases++
	m.statuses[rec.Code]++
	m.byOperation[c.op.name]++
	if d := c.compare(rec, want); d != "" {
		what := fmt.Sprintf("%s: %d instead of %d %s", c.op.name, rec.Code, want.Status, want.Privilege)
		if m.differences[what]++; m.differences[what] <= 2 {
			m.w.t.Errorf("%s: %s: %s", name, c, d)
		}
	}
	if rec.Code < 300 || rec.Code == http.StatusMultiStatus {
		c.restore()
	}
}

// identifiers that entries are for.
var identifiers = []string{"anyone", "anyone", "owner", "owner", "anonymous", "group:staff", "group:crew", "group:office", "ann", "bob", "carol", "dave",
	"rita", "will", "wim", "zoe", "root", "nobody", "group:nobody"}

// randomList gives some letters to some, several times to one now and then, and takes some away.
func randomList(r *rand.Rand) []oracle.Entry {
	var list []oracle.Entry
	if r.IntN(2) == 0 { // so that refusals say why
		list = append(list, oracle.Entry{Who: "anyone", Rights: "l"})
	}
	for range r.IntN(7) {
		e := oracle.Entry{Who: identifiers[r.IntN(len(identifiers))], Negative: r.IntN(4) == 0}
		many := []float64{0.1, 0.5, 0.9}[r.IntN(3)]
		if e.Negative {
			many = 0.15
		}
		for _, letter := range oracle.Letters {
			if r.Float64() < many {
				e.Rights += string(letter)
			}
		}
		if e.Rights != "" {
			list = append(list, e)
		}
	}
	return list
}

func randomCall(r *rand.Rand, w *world) *call {
	for {
		kind := oracle.Kinds[r.IntN(len(oracle.Kinds))]
		i := r.IntN(len(operations) + len(lockOperations))
		c := &call{w: w, slot: slotFor(kind), who: people[r.IntN(len(people))]}
		if i < len(operations) {
			c.op = &operations[i]
		} else {
			c.op = &lockOperations[i-len(operations)]
			c.slot = slotForLocks(kind, c.op)
		}
		if c.possible() {
			return c
		}
	}
}
