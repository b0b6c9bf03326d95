package store

import "testing"

// A home read from the database may be ahead of the cached objects: a transaction is committed before it is applied to the caches.
func TestKeepHomeForgetsObjects(t *testing.T) {
	var cs caches
	if err := cs.init(Options{}); err != nil {
		t.Fatal(err)
	}
	cs.live.Store(true)
	const owner, coll = PrincipalID(1), CollectionID(7)
	key := objectKey{coll, "a.ics"}
	old := &Object{Owner: owner, Collection: coll, Name: "a.ics", Modseq: 20}
	g := cs.owner(owner)
	cs.keepObject(g, g.now(), old)
	if _, ok := get(&cs, &cs.objects, key); !ok {
		t.Fatal("the object is not kept")
	}
	reading := g.now() // somebody begins to read the object, as it was
	fresh := &Home{Owner: &Principal{ID: owner}, Root: &Collection{ID: 6, Modseq: 21}, Collections: []*Collection{{ID: coll, Modseq: 21}}}
	cs.keepHome(g, g.now(), fresh)
	if o, ok := get(&cs, &cs.objects, key); ok {
		t.Errorf("the home is at 21, but the object at %d is still cached", o.Modseq)
	}
	cs.keepObject(g, reading, old)
	if o, ok := get(&cs, &cs.objects, key); ok {
		t.Errorf("the home is at 21, but the object at %d, read before, was kept", o.Modseq)
	}
	if h, ok := get(&cs, &cs.homes, owner); !ok || h != fresh {
		t.Error("the home is not kept")
	}
}

// Of two transactions the later may be applied first. The home is then as both left it, so the objects that the earlier one
// changed must not stay.
func TestApplyOutOfOrderForgetsObjects(t *testing.T) {
	var cs caches
	if err := cs.init(Options{}); err != nil {
		t.Fatal(err)
	}
	cs.live.Store(true)
	const owner, coll = PrincipalID(1), CollectionID(7)
	at := func(modseq int64) *Home {
		return &Home{Owner: &Principal{ID: owner}, Root: &Collection{ID: 6, Modseq: modseq}, Collections: []*Collection{{ID: coll, Modseq: modseq}}}
	}
	object := func(name string, modseq int64) *Object {
		return &Object{Owner: owner, Collection: coll, Name: name, Modseq: modseq}
	}
	apply := func(name string, modseq int64) {
		c := change{Owner: owner, Base: modseq - 1, Modseq: modseq, Touched: []touchedCollection{{ID: coll, Modseq: modseq, Name: name}}}
		cs.begin(c)
		cs.end(c, at(modseq), []*Object{object(name, modseq)})
	}
	g := cs.owner(owner)
	cs.keepHome(g, g.now(), at(20))
	for _, name := range []string{"a.ics", "b.ics", "c.ics"} {
		cs.keepObject(g, g.now(), object(name, 20))
	}
	apply("c.ics", 21)
	if _, ok := get(&cs, &cs.objects, objectKey{coll, "b.ics"}); !ok {
		t.Error("in order: the other objects are forgotten")
	}
	apply("b.ics", 23) // 22, a change of a.ics, is committed too
	if h, _ := get(&cs, &cs.homes, owner); h.Root.Modseq != 23 {
		t.Errorf("the home is at %d, want 23", h.Root.Modseq)
	}
	if o, ok := get(&cs, &cs.objects, objectKey{coll, "a.ics"}); ok {
		t.Errorf("the home is at 23, but the object from %d is still cached", o.Modseq)
	}
	if o, ok := get(&cs, &cs.objects, objectKey{coll, "b.ics"}); !ok || o.Modseq != 23 {
		t.Errorf("what was put is not cached: %v", o)
	}
	apply("a.ics", 22)
	if h, _ := get(&cs, &cs.homes, owner); h.Root.Modseq != 23 {
		t.Errorf("the late one took the home back to %d", h.Root.Modseq)
	}
}

// While a transaction is being committed others may see it in the database, or not yet.
func TestCommittingObjectsAreNotCached(t *testing.T) {
	var cs caches
	if err := cs.init(Options{}); err != nil {
		t.Fatal(err)
	}
	cs.live.Store(true)
	const owner, coll = PrincipalID(1), CollectionID(7)
	g := cs.owner(owner)
	object := func(name string, modseq int64) *Object {
		return &Object{Owner: owner, Collection: coll, Name: name, Modseq: modseq}
	}
	at := func(modseq int64) *Home {
		return &Home{Owner: &Principal{ID: owner}, Root: &Collection{ID: 6, Modseq: modseq}, Collections: []*Collection{{ID: coll, Modseq: modseq}}}
	}
	cached := func(name string) int64 {
		if o, ok := get(&cs, &cs.objects, objectKey{coll, name}); ok {
			return o.Modseq
		}
		return 0
	}
	change := func(name string, modseq int64) change {
		return change{Owner: owner, Base: modseq - 1, Modseq: modseq, Touched: []touchedCollection{{ID: coll, Modseq: modseq, Name: name}}}
	}
	cs.keepHome(g, g.now(), at(20))
	for _, name := range []string{"a.ics", "b.ics"} {
		cs.keepObject(g, g.now(), object(name, 20))
	}
	first, second := change("a.ics", 21), change("a.ics", 22)
	before := g.now()
	cs.begin(first)
	cs.keepObject(g, before, object("a.ics", 20))
	cs.keepObject(g, g.now(), object("a.ics", 20))
	if got := cached("a.ics"); got != 0 {
		t.Errorf("being committed: the object from %d is cached", got)
	}
	if cached("b.ics") != 20 {
		t.Error("another object is forgotten")
	}
	cs.begin(second) // the first is committed, but has not heard
	cs.end(first, at(21), []*Object{object("a.ics", 21)})
	if got := cached("a.ics"); got != 0 {
		t.Errorf("the second is being committed: the object from %d is cached", got)
	}
	cs.end(second, at(22), []*Object{object("a.ics", 22)})
	if got := cached("a.ics"); got != 22 {
		t.Errorf("afterwards the object from %d is cached, want 22", got)
	}
	whole := change("", 23)
	cs.begin(whole)
	cs.keepObject(g, g.now(), object("b.ics", 20))
	if got := cached("b.ics"); got != 0 {
		t.Errorf("the collection is being committed: the object from %d is cached", got)
	}
	cs.end(whole, nil, nil)
	cs.keepObject(g, g.now(), object("b.ics", 20))
	if cached("b.ics") != 20 || len(g.committing) != 0 {
		t.Errorf("afterwards the object is not cached, or something is left: %v", g.committing)
	}
}
