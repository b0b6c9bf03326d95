package policy

import "time"

// Candidate is a member of a pool.
type Candidate struct {
	Verdict Verdict       // its own about the request
	Used    time.Duration // how much of it is booked around that time
}

// Choose returns the index of the member of a pool that gets the request: the one that declines the fewest dates, and of those the one that
// is used least, then the first. -1: none takes it.
func Choose(members []Candidate) int {
	best, fewest := -1, 0
	for i, m := range members {
		if !m.Verdict.Action.takes() {
			continue
		}
		n := m.Verdict.Declined()
		if best < 0 || n < fewest || n == fewest && m.Used < members[best].Used {
			best, fewest = i, n
		}
	}
	return best
}

// Declined is how many of the slots are declined.
func (v *Verdict) Declined() (n int) {
	for _, d := range v.Each {
		if d.Action == Decline {
			n++
		}
	}
	return n
}
