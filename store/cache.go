package store

import (
	"sync"
	"sync/atomic"

	"github.com/maypok86/otter/v2"
)

// caches hold what was read. An entry is used only while live is true, that is, while this process hears of changes
// (node.go). A reader that fills a cache notes the generation of the owner before it asks the database, and what it got
// is kept only if the generation is still the same: else a change came between, and the answer may be from before it.
type caches struct {
	live       atomic.Bool
	principals cache[PrincipalID, *Principal]
	names      cache[string, PrincipalID] // of principals, and their addresses
	homes      cache[PrincipalID, *Home]
	objects    cache[objectKey, *Object]
	owners     [256]generation // by owner
	everyone   generation      // of the principals
}

type objectKey struct {
	coll CollectionID
	name string
}

// generation counts changes. Its lock is held while a cache is filled or changed, never while the database is asked.
type generation struct {
	mu         sync.Mutex
	n          uint64
	committing int // transactions between expect and apply: nothing is kept meanwhile
}

func (g *generation) now() uint64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.n
}

// cache counts its hits.
type cache[K comparable, V any] struct {
	*otter.Cache[K, V]
	counter
}

type counter struct{ hits, misses atomic.Int64 }

// get looks k up unless the caches are out of use.
func get[K comparable, V any](cs *caches, c *cache[K, V], k K) (V, bool) {
	if cs.live.Load() {
		if v, ok := c.GetIfPresent(k); ok {
			c.hits.Add(1)
			return v, true
		}
	}
	c.misses.Add(1)
	var none V
	return none, false
}

// keep stores v, which was read after gen was noted, unless something has changed since.
func keep[K comparable, V any](cs *caches, c *cache[K, V], g *generation, gen uint64, k K, v V) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n == gen && g.committing == 0 && cs.live.Load() {
		c.Set(k, v)
	}
}

// expect prepares for a change that is about to be committed; apply has to follow. Others see the change in the database before it is
// applied: they must not be given what was cached before it, nor put it there again.
func (cs *caches) expect(c change) {
	g := cs.owner(c.Owner)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.committing++
	cs.forgetTouched(c)
}

// forgetTouched drops the objects that a change changes.
func (cs *caches) forgetTouched(c change) {
	for _, t := range c.Touched {
		if t.Name != "" {
			cs.objects.Invalidate(objectKey{t.ID, t.Name})
		} else {
			cs.dropObjects(t.ID)
		}
	}
}

// keepHome stores a home that was read after gen was noted, unless something has changed since. It may show a change that is committed
// but not applied here yet: whoever reads by its modseqs must not find an object as it was before, so the objects of the home are
// forgotten, and those that are being read now are not kept.
func (cs *caches) keepHome(g *generation, gen uint64, h *Home) {
	g.mu.Lock()
	defer g.mu.Unlock()
	cs.forgetObjects(h)
	if g.n == gen && cs.live.Load() {
		cs.homes.Set(h.Owner.ID, h)
	}
	g.n++
}

func (cs *caches) init(o Options) error {
	total := uint64(o.CacheBytes)
	if total == 0 {
		total = 32 << 20
	}
	var err error
	newCache(&cs.principals, total/8, principalWeight, &err)
	newCache(&cs.names, total/16, func(k string, _ PrincipalID) uint32 { return uint32(len(k) + 64) }, &err)
	newCache(&cs.homes, total/4, homeWeight, &err)
	newCache(&cs.objects, total/2, func(k objectKey, o *Object) uint32 { return uint32(len(o.Data) + len(k.name) + 400) }, &err)
	return err
}

func newCache[K comparable, V any](c *cache[K, V], weight uint64, weigh func(K, V) uint32, err *error) {
	made, e := otter.New(&otter.Options[K, V]{MaximumWeight: weight, Weigher: weigh, InitialCapacity: 64})
	if e != nil {
		*err = e
	}
	c.Cache = made
}

func principalWeight(_ PrincipalID, p *Principal) uint32 {
	n := 300 + len(p.DisplayName) + 24*len(p.MemberOf) + 8*(len(p.ReadsFor)+len(p.WritesFor))
	for _, a := range p.Addresses {
		n += 16 + len(a)
	}
	return uint32(n)
}

func homeWeight(_ PrincipalID, h *Home) uint32 {
	n := 200
	for _, l := range h.Locks {
		n += 300 + len(l.Info)
	}
	for _, c := range append([]*Collection{h.Root}, h.Collections...) {
		n += 600 + len(c.Timezone) + 40*len(c.Rights)
		for _, p := range c.Props {
			n += 48 + len(p.Space) + len(p.Local) + len(p.XML)
		}
	}
	return uint32(n)
}

func (cs *caches) counters() map[string]*counter {
	return map[string]*counter{"principal": &cs.principals.counter, "home": &cs.homes.counter, "object": &cs.objects.counter}
}

func (cs *caches) owner(id PrincipalID) *generation {
	return &cs.owners[uint64(id)%uint64(len(cs.owners))]
}

// dropPrincipals forgets all principals, and all homes, since those point at them. Principals change rarely.
func (cs *caches) dropPrincipals() {
	cs.everyone.mu.Lock()
	cs.everyone.n++
	cs.principals.InvalidateAll()
	cs.names.InvalidateAll()
	cs.everyone.mu.Unlock()
	for i := range cs.owners {
		cs.owners[i].mu.Lock()
		cs.owners[i].n++
	}
	cs.homes.InvalidateAll()
	for i := range cs.owners {
		cs.owners[i].mu.Unlock()
	}
}

// dropAll forgets everything, and says whether the caches are in use from now on.
func (cs *caches) dropAll(live bool) {
	cs.live.Store(false)
	cs.dropPrincipals()
	for i := range cs.owners {
		cs.owners[i].mu.Lock()
	}
	cs.objects.InvalidateAll()
	cs.live.Store(live)
	for i := range cs.owners {
		cs.owners[i].mu.Unlock()
	}
}

// apply brings the caches up to date with a change. after is the home as the transaction left it, and puts what it
// stored, if that is known here. The changes of one home may be applied in another order than they were committed in:
// a modseq below the cached home's tells a late one, which may only take away.
func (cs *caches) apply(c change, after *Home, puts []*Object) {
	g := cs.owner(c.Owner)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.n++
	if c.expected {
		g.committing--
	}
	cs.forgetTouched(c)
	cached, ok := cs.homes.GetIfPresent(c.Owner)
	switch {
	case !ok || cached.Root.Modseq >= c.Modseq:
		// A reader will find what is committed by then, or has found it.
	case after != nil:
		if cached.Root.Modseq != c.Base { // what was changed between is committed, and in after, but is applied later
			cs.forgetObjects(after)
		}
		next := *after
		next.Owner = cached.Owner // may have been read again since the transaction began
		cs.homes.Set(c.Owner, &next)
		for _, o := range puts {
			cs.objects.Set(objectKey{o.Collection, o.Name}, o)
		}
	case c.Self || cached.Root.Modseq != c.Base:
		cs.homes.Invalidate(c.Owner)
	default:
		cs.homes.Set(c.Owner, cached.advance(c))
	}
}

// forgetObjects drops the objects of a home.
func (cs *caches) forgetObjects(h *Home) {
	for k := range cs.objects.Keys() {
		if h.CollectionByID(k.coll) != nil {
			cs.objects.Invalidate(k)
		}
	}
}

func (cs *caches) dropObjects(coll CollectionID) {
	for k := range cs.objects.Keys() {
		if k.coll == coll {
			cs.objects.Invalidate(k)
		}
	}
}
