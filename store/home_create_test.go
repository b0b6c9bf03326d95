package store_test

import (
	"sync"
	"testing"

	"convene/store"
	"convene/store/storetest"
)

// Many who come to a new home at once all find it.
func TestHomeAtOnce(t *testing.T) {
	db := storetest.New(t)
	for i := range 20 {
		p, err := db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: "user" + string(rune('a'+i))})
		if err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if _, err := db.Home(t.Context(), p.ID); err != nil {
					t.Errorf("home: %v", err)
				}
			})
		}
		group.Wait()
	}
}
