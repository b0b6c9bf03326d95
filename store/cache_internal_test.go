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
	keep(&cs, &cs.objects, g, g.now(), key, old)
	if _, ok := get(&cs, &cs.objects, key); !ok {
		t.Fatal("the object is not kept")
	}
	reading := g.now() // somebody begins to read the object, as it was
	fresh := &Home{Owner: &Principal{ID: owner}, Root: &Collection{ID: 6, Modseq: 21}, Collections: []*Collection{{ID: coll, Modseq: 21}}}
	cs.keepHome(g, g.now(), fresh)
	if o, ok := get(&cs, &cs.objects, key); ok {
		t.Errorf("the home is at 21, but the object at %d is still cached", o.Modseq)
	}
	keep(&cs, &cs.objects, g, reading, key, old)
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
		cs.apply(change{Owner: owner, Base: modseq - 1, Modseq: modseq, Touched: []touchedCollection{{ID: coll, Modseq: modseq, Name: name}}},
			at(modseq), []*Object{object(name, modseq)})
	}
	g := cs.owner(owner)
	cs.keepHome(g, g.now(), at(20))
	for _, name := range []string{"a.ics", "b.ics", "c.ics"} {
		keep(&cs, &cs.objects, g, g.now(), objectKey{coll, name}, object(name, 20))
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
