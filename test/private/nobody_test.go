package private

import (
	"context"
	"strings"
	"testing"

	"convene/acl"
	"convene/store"
)

// In the homes of groups, rooms, resources and public principals those see what is private who may administer the calendar.
func TestHomesOfNobody(t *testing.T) {
	w := newWorld(t)
	list, err := acl.ParseList("anyone lrwiptn9 edda a will a -will r")
	w.must(err)
	for _, kind := range []store.PrincipalKind{store.Group, store.Room, store.Resource, store.Public} {
		name := "the-" + string(kind)
		p, err := w.db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: kind, Name: name})
		w.must(err)
		_, err = w.db.Home(t.Context(), p.ID)
		w.must(err)
		_, err = store.InTx(t.Context(), w.db, []store.PrincipalID{p.ID}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
			return tx.SetProperties(ctx, tx.Home(p.ID).Collection("Default"), store.Properties{Rights: list})
		})
		w.must(err)
		path := "/dav/calendars/" + string(kind) + "/" + name + "/Default/private.ics"
		w.do("edda", "PUT", path, objects("xyzzy", true)["private.ics"], "Scheduling-Enabled", "F").want(201)
		if got := w.do("edda", "GET", path, "").want(200).body; !strings.Contains(got, "xyzzysummary") {
			t.Errorf("who administers the calendar of a %s sees\n%s", kind, got)
		}
		for _, who := range []string{"ann", "bob", "rita", ""} {
			w.do(who, "GET", path, "").want(200).silent()
		}
		w.do("will", "GET", path, "").want(403).silent()
	}
}
