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
