package store_test

import (
	"context"
	"testing"

	"convene/store"
	"convene/store/storetest"
)

// What a new home begins with, and the rights on it: the table "Default WebDAV Privileges by Collection" in the documentation of Cyrus.
var newHomes = []struct {
	kind store.PrincipalKind
	want map[string]string
}{
	{store.User, map[string]string{
		"": "owner lrwipkxtan9 anyone 9", "Default": "owner lrwipkxtan9 anyone 9", "Inbox": "owner lrwipkxtan789 anyone 789",
		"Outbox": "owner lrwipkxtan789", "Attachments": "owner lrwipkxtan anyone lr", "Notifications": "owner lrwipkxtan",
	}},
	{store.Room, map[string]string{
		"": "owner lrwipkxtan9 anyone 9", "Default": "owner lrwipkxtan9 anyone 9", "Inbox": "owner lrwipkxtan789 anyone 789",
		"Outbox": "owner lrwipkxtan789", "Attachments": "owner lrwipkxtan anyone lr",
	}},
	{store.Group, map[string]string{"": "group:it lrwipkxtn9 anyone 9", "Default": "group:it lrwipkxtn9 anyone 9"}},
	{store.Public, map[string]string{"": "anyone lr9", "Default": "anyone lr9"}},
}

func TestNewHome(t *testing.T) {
	for _, c := range newHomes {
		t.Run(string(c.kind), func(t *testing.T) {
			db := storetest.New(t)
			owner := add(t, db, c.kind, "it", "").ID
			wantRights(t, db, "it", c.want)
			h := home(t, db, owner)
			for _, coll := range h.Collections {
				if coll.Modseq == 0 || coll.Modseq >= h.Root.Modseq {
					t.Errorf("%s is at %d, the home at %d", coll.Name, coll.Modseq, h.Root.Modseq)
				}
			}
			in(t, db, owner, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.CreateCollection(ctx, owner, store.NewCollection{Name: "New", Kind: store.KindCalendar})
				return err
			})
			if got := home(t, db, owner).Collection("New").Rights.String(); got != c.want["Default"] {
				t.Errorf("a new calendar: got %s", got)
			}
		})
	}
}

func TestAutocreate(t *testing.T) {
	db := storetest.Open(t, store.Options{URL: storetest.URL(t), Autocreate: []store.NewCollection{{Name: "Work", Kind: store.KindCalendar}}})
	for _, kind := range []store.PrincipalKind{store.User, store.Public} {
		if h := home(t, db, add(t, db, kind, "the-"+string(kind), "").ID); len(h.Collections) != 1 || h.Collection("Work") == nil {
			t.Errorf("%s: got %v", kind, h.Collections)
		}
	}
	bare := storetest.Open(t, store.Options{URL: storetest.URL(t), Autocreate: []store.NewCollection{}})
	if h := newUser(t, bare, "ann"); len(h.Collections) != 0 {
		t.Errorf("nothing is to be created, but there are %v", h.Collections)
	}
}
