package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"hash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"convene/store"
)

// proven remembers which credentials were found right, and which wrong, under a hash keyed with what only this process
// knows.
type proven struct {
	entries  *otter.Cache[[32]byte, provenEntry]
	accounts sync.Map // store.PrincipalID -> *account
	hashers  sync.Pool
	life     time.Duration
	now      func() time.Time
}

// account counts the changes of a principal. Entries made before the last one are not valid: so a change ends them at
// once, also those whose check was under way.
type account struct {
	id      store.PrincipalID
	changes atomic.Uint64
}

// outcome is what a check found.
type outcome struct {
	account *account
	asOf    uint64 // account.changes when the check began
	right   bool
}

type provenEntry struct {
	outcome
	until time.Time
}

// maxProven bounds the entries: about 200 bytes each.
const maxProven = 50_000

type hasher struct {
	mac hash.Hash
	buf []byte
}

func newProven(life time.Duration, now func() time.Time) *proven {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails: crypto/rand ends the process otherwise
	return &proven{
		entries: otter.Must(&otter.Options[[32]byte, provenEntry]{MaximumSize: maxProven}),
		hashers: sync.Pool{New: func() any { return &hasher{mac: hmac.New(sha256.New, key)} }},
		life:    life,
		now:     now,
	}
}

// hash names a header in the cache.
func (p *proven) hash(header string) (sum [32]byte) {
	h := p.hashers.Get().(*hasher)
	h.mac.Reset()
	h.buf = append(h.buf[:0], header...)
	h.mac.Write(h.buf)
	clear(h.buf)
	h.buf = h.mac.Sum(h.buf[:0])
	copy(sum[:], h.buf)
	p.hashers.Put(h)
	return sum
}

// get returns what was found of the credentials with that hash, if it was lately.
func (p *proven) get(sum [32]byte) (outcome, bool) {
	e, ok := p.entries.GetIfPresent(sum)
	if !ok {
		return outcome{}, false
	}
	if e.account.changes.Load() != e.asOf || !p.now().Before(e.until) {
		p.entries.Invalidate(sum)
		return outcome{}, false
	}
	return e.outcome, true
}

// put remembers what was found.
func (p *proven) put(sum [32]byte, o outcome) {
	p.entries.Set(sum, provenEntry{o, p.now().Add(p.life)})
}

func (p *proven) account(id store.PrincipalID) *account {
	if a, ok := p.accounts.Load(id); ok {
		return a.(*account)
	}
	a, _ := p.accounts.LoadOrStore(id, &account{id: id})
	return a.(*account)
}

// changed is told by the store what changed, on any node; owner 0 means anybody's. Changes of the principal itself need
// nothing here: Authenticate asks for it every time, and whether it is disabled.
func (p *proven) changed(kind string, owner store.PrincipalID) {
	if kind == "principal" {
		return
	}
	if owner == 0 {
		p.accounts.Range(func(_, a any) bool {
			a.(*account).changes.Add(1)
			return true
		})
		return
	}
	if a, ok := p.accounts.Load(owner); ok {
		a.(*account).changes.Add(1)
	}
}
