package auth

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"convene/store"
)

// throttle slows guessing down. After some failures, each further one blocks the account, on all nodes, and the address,
// on this node, for twice as long as the one before.
//
// A stranger could so keep somebody out, and a client with an old password everybody who shares its address. Therefore
// an account from an address where it logged in lately is not blocked, neither are app passwords, which cannot be
// guessed, by account; and the same wrong secret again is not counted again (see Authenticate).
type throttle struct {
	db   *store.DB
	free int
	now  func() time.Time

	mu        sync.Mutex
	addresses map[netip.Prefix]*failures
	known     map[knownKey]time.Time // last success
}

type failures struct {
	count        int
	last, locked time.Time // of the last failure; until when attempts are refused
}

type knownKey struct {
	who  store.PrincipalID
	from netip.Prefix
}

const (
	firstBlock     = time.Second
	longestAccount = time.Minute
	longestAddress = 10 * time.Second
	// forgetAfter without failures an address starts anew.
	forgetAfter = 15 * time.Minute
	// knownFor is how long a successful login makes an address known.
	knownFor = 30 * 24 * time.Hour
	// maxRemembered bounds the maps.
	maxRemembered = 20_000
)

func newThrottle(db *store.DB, free int, now func() time.Time) *throttle {
	return &throttle{db: db, free: free, now: now, addresses: map[netip.Prefix]*failures{}, known: map[knownKey]time.Time{}}
}

// blockFor is how long the count-th failure blocks an account.
func (t *throttle) blockFor(count int) time.Duration {
	if count <= t.free {
		return 0
	}
	return min(firstBlock<<min(count-t.free-1, 10), longestAccount)
}

// network is what counts as one address: IPv6 users have whole /64 networks.
func network(addr netip.Addr) netip.Prefix {
	bits := addr.BitLen()
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // the zero Prefix for the zero Addr
	return p
}

func accountKey(who *store.Principal) string { return fmt.Sprintf("principal:%d", who.ID) }

// address returns how long attempts of who (nil: nobody known) from addr have to wait.
func (t *throttle) address(who *store.Principal, addr netip.Addr) time.Duration {
	if who != nil && t.isKnown(who.ID, addr) {
		return 0
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.addresses[network(addr)]
	if f == nil {
		return 0
	}
	return max(f.locked.Sub(t.now()), 0)
}

// account returns how long attempts to guess who's password from addr have to wait.
func (t *throttle) account(ctx context.Context, who *store.Principal, addr netip.Addr) (time.Duration, error) {
	if t.isKnown(who.ID, addr) {
		return 0, nil
	}
	until, err := t.db.LoginBlockedUntil(ctx, accountKey(who))
	if err != nil {
		return 0, err
	}
	return max(until.Sub(t.now()), 0), nil
}

func (t *throttle) isKnown(who store.PrincipalID, addr netip.Addr) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	last, ok := t.known[knownKey{who, network(addr)}]
	return ok && t.now().Sub(last) < knownFor
}

// failed counts a failure; who may be nil.
func (t *throttle) failed(ctx context.Context, who *store.Principal, addr netip.Addr) error {
	t.failedFrom(network(addr), who)
	if who == nil {
		return nil
	}
	_, _, err := t.db.RecordLoginFailure(ctx, accountKey(who), t.blockFor)
	return err
}

func (t *throttle) failedFrom(from netip.Prefix, who *store.Principal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	f := t.addresses[from]
	if f == nil || now.Sub(f.last) > forgetAfter {
		makeRoom(t.addresses, func(f *failures) bool { return now.Sub(f.last) > forgetAfter })
		f = &failures{}
		t.addresses[from] = f
	}
	f.count++
	f.last, f.locked = now, now.Add(min(t.blockFor(f.count), longestAddress))
	if who != nil && f.count > t.free { // no longer the owner who mistyped
		delete(t.known, knownKey{who.ID, from})
	}
}

// succeeded forgets the failures of who from addr. Those of the address are kept: an attacker may own one account.
func (t *throttle) succeeded(ctx context.Context, who *store.Principal, addr netip.Addr, guessable bool) error {
	t.remember(knownKey{who.ID, network(addr)})
	if !guessable {
		return nil
	}
	return t.db.ClearLoginFailures(ctx, accountKey(who))
}

func (t *throttle) remember(k knownKey) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	if _, ok := t.known[k]; !ok {
		makeRoom(t.known, func(last time.Time) bool { return now.Sub(last) > knownFor })
	}
	t.known[k] = now
}

// makeRoom keeps a map bounded: when it is full, it drops what is old, or anything.
func makeRoom[K comparable, V any](m map[K]V, old func(V) bool) {
	if len(m) < maxRemembered {
		return
	}
	for k, v := range m {
		if old(v) {
			delete(m, k)
		}
	}
	for k := range m {
		if len(m) < maxRemembered*9/10 {
			return
		}
		delete(m, k)
	}
}
