package rights

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"convene/acl"
	"convene/caldav"
	"convene/store"
	"convene/store/storetest"
	"convene/test/rights/oracle"
)

// The people. Whose calendars it is all about is ann; dave is in a group that is in a group, and wim a delegate by way of one.
var (
	people = []oracle.Person{
		{Name: "ann"}, {Name: "bob"}, {Name: "carol"}, {Name: "dave"}, {Name: "rita"}, {Name: "will"}, {Name: "wim"}, {Name: "root", Admin: true}, {},
	}
	relations = oracle.World{
		Members: map[string][]string{"staff": {"carol", "crew"}, "crew": {"dave"}, "office": {"wim"}},
		Readers: map[string][]string{"ann": {"rita"}, "sid": {"dave"}},
		Writers: map[string][]string{"ann": {"will", "wim"}, "sid": {"bob"}}, // wim as a member of the group office
	}
	owners = []string{"ann", "zoe"}
)

// slot is a collection of the world. The kinds of which there are two are those that are copied to, and those in which there are locks.
type slot struct {
	owner, name, kind string
}

var slots = []slot{
	{"ann", "", oracle.Home},
	{"ann", "calendar", oracle.Calendar},
	{"ann", "plain", oracle.Plain},
	{"ann", "Inbox", oracle.Inbox},
	{"ann", "Outbox", oracle.Outbox},
	{"ann", "Attachments", oracle.Attachments},
	{"ann", "Notifications", oracle.Notices},
	{"ann", "other", oracle.Calendar},
	{"ann", "spare", oracle.Calendar},
	{"ann", "locks", oracle.Calendar},
	{"ann", "plainlocks", oracle.Plain},
	{"zoe", "", oracle.Home},
	{"zoe", "hers", oracle.Calendar},
}

var kinds = map[string]store.Kind{
	oracle.Home: store.KindHome, oracle.Calendar: store.KindCalendar, oracle.Plain: store.KindCollection, oracle.Inbox: store.KindInbox,
	oracle.Outbox: store.KindOutbox, oracle.Attachments: store.KindAttachments, oracle.Notices: store.KindNotices,
}

func (s slot) href() string {
	if s.name == "" {
		return "/dav/calendars/user/" + s.owner + "/"
	}
	return "/dav/calendars/user/" + s.owner + "/" + s.name + "/"
}

func find(owner, name string) slot {
	for _, s := range slots {
		if s.owner == owner && s.name == name {
			return s
		}
	}
	panic("no slot " + owner + "/" + name)
}

// world is a handler on a database with all slots, and the lists that they have now.
type world struct {
	t     testing.TB
	db    *store.DB
	h     *caldav.Handler
	ids   map[string]store.PrincipalID
	who   map[string]*store.Principal
	lists map[slot][]oracle.Entry
	log   bytes.Buffer
}

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, db: storetest.New(t), ids: map[string]store.PrincipalID{}, who: map[string]*store.Principal{}, lists: map[slot][]oracle.Entry{}}
	w.h = caldav.New(caldav.Options{DB: w.db, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&w.log, nil))})
	for _, name := range []string{"staff", "crew", "office"} {
		w.principal(store.NewPrincipal{Kind: store.Group, Name: name})
	}
	for _, p := range append([]oracle.Person{{Name: "zoe"}, {Name: "sid"}}, people...) {
		if p.Name != "" {
			w.principal(store.NewPrincipal{Kind: store.User, Name: p.Name, Admin: p.Admin, Addresses: []string{"mailto:" + p.Name + "@example.com"}})
		}
	}
	for group, members := range relations.Members {
		for _, m := range members {
			w.must(w.db.AddMember(t.Context(), w.ids[group], w.ids[m]))
		}
	}
	w.must(w.db.AddDelegate(t.Context(), w.ids["ann"], w.ids["rita"], false))
	w.must(w.db.AddDelegate(t.Context(), w.ids["ann"], w.ids["will"], true))
	w.must(w.db.AddDelegate(t.Context(), w.ids["ann"], w.ids["office"], true))
	w.must(w.db.AddDelegate(t.Context(), w.ids["sid"], w.ids["dave"], false))
	w.must(w.db.AddDelegate(t.Context(), w.ids["sid"], w.ids["bob"], true))
	for name, id := range w.ids {
		p, err := w.db.PrincipalByID(t.Context(), id)
		w.must(err)
		w.who[name] = p
	}
	for _, owner := range owners {
		_, err := w.db.Home(t.Context(), w.ids[owner]) // made on first need
		w.must(err)
	}
	w.in(func(ctx context.Context, tx *store.Tx) error {
		for _, s := range slots {
			if err := w.restoreIn(ctx, tx, s); err != nil {
				return err
			}
		}
		return nil
	})
	return w
}

func (w *world) principal(in store.NewPrincipal) {
	w.t.Helper()
	p, err := w.db.CreatePrincipal(w.t.Context(), in)
	w.must(err)
	w.ids[in.Name] = p.ID
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// in runs fn in a transaction that holds both homes.
func (w *world) in(fn func(context.Context, *store.Tx) error) {
	w.t.Helper()
	_, err := store.InTx(w.t.Context(), w.db, []store.PrincipalID{w.ids["ann"], w.ids["zoe"]},
		func(ctx context.Context, tx *store.Tx) (struct{}, error) { return struct{}{}, fn(ctx, tx) })
	w.must(err)
}

// collection is the row of a slot in a transaction, nil if there is none.
func (w *world) collection(tx *store.Tx, s slot) *store.Collection {
	home := tx.Home(w.ids[s.owner])
	if s.name == "" {
		return home.Root
	}
	return home.Collection(s.name)
}

// grant gives slots their lists.
func (w *world) grant(lists map[slot][]oracle.Entry) {
	w.t.Helper()
	w.in(func(ctx context.Context, tx *store.Tx) error {
		for s, list := range lists {
			w.lists[s] = list
			if err := w.grantIn(ctx, tx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) grantIn(ctx context.Context, tx *store.Tx, s slot) error {
	list, ok := w.lists[s]
	if !ok {
		return nil
	}
	coll := w.collection(tx, s)
	rights, err := acl.ParseList(oracle.Print(list))
	if err != nil || coll.Rights.String() == rights.String() {
		return err
	}
	_, err = tx.SetProperties(ctx, coll, store.Properties{Rights: rights})
	return err
}

// do sends a request to the handler.
func (w *world) do(who, method, path, body string, headers map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), method, path, strings.NewReader(body))
	switch {
	case strings.HasPrefix(body, "<"):
		r.Header.Set("Content-Type", "application/xml; charset=utf-8")
	case body != "":
		r.Header.Set("Content-Type", "text/calendar; charset=utf-8")
	}
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	func() {
		defer func() {
			if p := recover(); p != nil {
				w.t.Errorf("%s of %s %s: panic: %v", who, method, path, p)
				rec.Code = http.StatusInternalServerError
			}
		}()
		w.h.ServeDAV(rec, r, w.who[who])
	}()
	return rec
}
