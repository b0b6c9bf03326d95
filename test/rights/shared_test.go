package rights

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"convene/acl"
	"convene/store"
	"convene/test/rights/oracle"
)

// shared is where ann's calendar appears in the home of sid; its list is that of this home.
var shared = slot{"sid", "shared", oracle.Calendar}

// inShared are the operations on such a calendar and the objects in it. What is the sharee's own of it, its place in the home and the parts
// of objects that nobody else sees, has tests of its own in package caldav.
func inShared() (ops []operation) {
	written := 0
	for _, op := range append(slices.Clone(operations), lockOperations[:2]...) {
		switch {
		case op.only != nil && !slices.Contains(op.only, oracle.Calendar), op.at == newCollection, op.method == "MOVE", op.method == "MKCOL":
			continue
		case op.at == collection && slices.Contains([]string{"DELETE", "COPY", "MKCALENDAR", "LOCK"}, op.method):
			continue
		case op.dest == find("ann", "calendar"), op.dest.owner == "ann" && op.dest.name != "other" && op.dest.name != "":
			continue
		case op.name == "PUT over": // with a change that is not the sharee's own
			op.body = func(*call) string {
				written++
				return strings.Replace(event("a"), "SUMMARY:", fmt.Sprintf("SUMMARY:%d ", written), 1)
			}
		}
		if !strings.Contains(op.name, "privileges") {
			op.inside = nil
		}
		ops = append(ops, op)
	}
	return ops
}

// In a calendar that is shared by invitation the sharee has what the sharer gave, and others what of it they have in the sharee's home.
func TestShared(t *testing.T) {
	w := newWorld(t)
	sid := w.ids["sid"]
	_, err := store.InTx(t.Context(), w.db, []store.PrincipalID{w.ids["ann"], sid}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
		behind := tx.Home(w.ids["ann"]).Collection("calendar")
		return tx.CreateMount(ctx, sid, store.NewCollection{Name: shared.name, Kind: store.KindShared}, store.Target{Owner: behind.Owner, Collection: behind.ID})
	})
	w.must(err)
	m := &matrix{w: w, statuses: map[int]int{}, byOperation: map[string]int{}, differences: map[string]int{}}
	ops, r := inShared(), rand.New(rand.NewPCG(*seed, 3))
	who := append([]oracle.Person{{Name: "sid"}, {Name: "sid"}}, people...)
	for i := range *random {
		lists := map[slot][]oracle.Entry{}
		for _, s := range slots {
			lists[s] = randomList(r)
		}
		behind := find("ann", "calendar")
		lists[behind] = append(lists[behind], oracle.Entry{Who: "sid", Rights: "lr" + randomLetters(r, 0.5)})
		w.grant(lists)
		w.grantHome(sid, append(randomList(r), oracle.Entry{Who: "owner", Rights: randomLetters(r, 0.9)}))
		for range *each / 4 {
			m.one(fmt.Sprintf("random list %d", i), &call{w, &ops[r.IntN(len(ops))], shared, who[r.IntN(len(who))]})
		}
	}
	m.report(t)
}

func randomLetters(r *rand.Rand, many float64) (letters string) {
	for _, letter := range oracle.Letters {
		if r.Float64() < many {
			letters += string(letter)
		}
	}
	return letters + "s"
}

// grantHome gives the home of sid its list, which is that of what appears in it too.
func (w *world) grantHome(sid store.PrincipalID, list []oracle.Entry) {
	w.t.Helper()
	w.lists[shared] = list
	_, err := store.InTx(w.t.Context(), w.db, []store.PrincipalID{sid}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
		rights, err := acl.ParseList(oracle.Print(list))
		if err != nil {
			return nil, err
		}
		return tx.SetProperties(ctx, tx.Home(sid).Root, store.Properties{Rights: rights})
	})
	w.must(err)
}
