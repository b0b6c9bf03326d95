package store_test

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"convene/ical"
	"convene/store"
	"convene/store/storetest"

	"github.com/jackc/pgx/v5"
)

// classed are the lines of an event, and the class it has.
var classed = []struct {
	name, lines string
	want        ical.Class
}{
	{"none", "SUMMARY:x", ical.ClassPublic},
	{"public", "CLASS:PUBLIC", ical.ClassPublic},
	{"public in lower case", "class:public", ical.ClassPublic},
	{"confidential", "CLASS:CONFIDENTIAL", ical.ClassConfidential},
	{"private", "CLASS:PRIVATE", ical.ClassPrivate},
	{"private in mixed case", "Class:pRivate", ical.ClassPrivate},
	{"not known", "CLASS:X-BOARD", ical.ClassPrivate},
	{"begins like public", "CLASS:PUBLICLY", ical.ClassPrivate},
	{"begins like confidential", "CLASS:CONFIDENTIALLY", ical.ClassPrivate},
	{"empty", "CLASS:", ical.ClassPrivate},
	{"with a parameter", "CLASS;X-A=b:CONFIDENTIAL", ical.ClassConfidential},
	{"with a quoted parameter", `CLASS;X-A="a:PRIVATE";X-B=c:PUBLIC`, ical.ClassPublic},
	{"folded name", "CLA\r\n SS:PRIVATE", ical.ClassPrivate},
	{"folded value", "CLASS:CONFI\r\n\tDENTIAL", ical.ClassConfidential},
	{"folded elsewhere", "SUMMARY:a\r\n \r\n CLASS:PRIVATE", ical.ClassPublic},
	{"in the text", `DESCRIPTION:a\nCLASS:PRIVATE`, ical.ClassPublic},
	{"in another name", "X-CLASS:PRIVATE\r\nCLASSES:PRIVATE", ical.ClassPublic},
	{"beyond ASCII", "SUMMARY:Zoë 予定\r\nCLASS:PRIVATE\r\nLOCATION:é", ical.ClassPrivate},
	{"two", "CLASS:PUBLIC\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20270101T000000Z\r\nRECURRENCE-ID:20270302T000000Z\r\nDTSTART:20270302T010000Z\r\nCLASS:CONFIDENTIAL", ical.ClassConfidential},
	{"three", "CLASS:CONFIDENTIAL\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20270101T000000Z\r\nRECURRENCE-ID:20270302T000000Z\r\nDTSTART:20270302T010000Z\r\nCLASS:X", ical.ClassPrivate},
}

func classedData(lines string) string {
	return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTAMP:20270101T000000Z\r\nDTSTART:20270301T000000Z\r\n" +
		"RRULE:FREQ=DAILY;COUNT=3\r\n" + lines + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
}

// backTo1 takes all steps but the first back.
func backTo1(t *testing.T, url string) {
	t.Helper()
	for {
		done, err := store.MigrateDown(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if done.Version == 2 {
			return
		}
	}
}

// before0002 is a database as the first step made it: ann with all kinds of collections, bob with a calendar where his notifications
// would be, cyd without a home, a group and a room.
const before0002 = `
	INSERT INTO principal (kind, name, folded, created, modified)
	SELECT kind, name, name, now(), now()
	FROM (VALUES ('user', 'ann'), ('user', 'bob'), ('user', 'cyd'), ('group', 'team'), ('room', 'room')) AS p (kind, name);
	INSERT INTO collection (owner, name, kind, modseq, self_seq, created, modified, rights)
	SELECT p.id, c.name, c.kind, c.modseq, c.modseq, now(), now(), c.rights
	FROM principal p JOIN (VALUES
		('ann', '', 'home', 20, 'owner lrwipkxtane9'),
		('ann', 'Default', 'calendar', 5, 'owner lrwipkxtane9'),
		('ann', 'Inbox', 'inbox', 6, 'owner lrwipkxtane789'),
		('ann', 'Outbox', 'outbox', 7, 'owner lrwipkxtane789'),
		('ann', 'Attachments', 'attachments', 8, 'owner lrwipkxtane'),
		('ann', 'plain', 'collection', 9, 'owner lrwipkxtane9'),
		('ann', 'open', 'calendar', 10, 'owner lrwipkxtane9 anyone lr'),
		('bob', '', 'home', 3, 'owner lrwipkxtane9'),
		('bob', 'Notifications', 'calendar', 3, 'owner lrwipkxtane9'),
		('team', '', 'home', 2, 'owner lrwipkxtane9'),
		('team', 'Default', 'calendar', 1, 'owner lrwipkxtane9'),
		('team', 'Inbox', 'inbox', 2, 'owner lrwipkxtane789'),
		('room', '', 'home', 1, 'owner lrwipkxtane9')) AS c (owner, name, kind, modseq, rights) ON c.owner = p.name;`

const insertObject = `
	INSERT INTO object (owner, collection, id, modseq, size, created, modified, name, uid, component, etag, schedule_tag, occurs, busy, tentative, data)
	SELECT owner, id, $1, $1, length($3::bytea), now(), now(), $2, $2, 'VEVENT', 'e', '', '{}', '{}', '{}', $3::bytea
	FROM collection WHERE name = 'Default' AND owner = (SELECT id FROM principal WHERE name = 'ann')`

func TestMigrateRights(t *testing.T) {
	url := storetest.EmptyURL(t)
	ctx := t.Context()
	if _, err := store.MigrateUp(ctx, url); err != nil {
		t.Fatal(err)
	}
	backTo1(t, url)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(before0002)
	for i, c := range classed {
		exec(insertObject, 100+i, c.name, []byte(classedData(c.lines)))
	}
	exec(insertObject, 99, "deleted", []byte{})
	exec(`UPDATE object SET deleted = true WHERE name = 'deleted'`)
	before := listRights(t, conn)

	if _, err := store.MigrateUp(ctx, url); err != nil {
		t.Fatal(err)
	}
	db := storetest.Open(t, store.Options{URL: url})
	wantRights(t, db, "ann", map[string]string{
		"":              "owner lrwipkxtan9 anyone 9",
		"Default":       "owner lrwipkxtan9 anyone 9",
		"Inbox":         "owner lrwipkxtan789 anyone 789",
		"Outbox":        "owner lrwipkxtan789",
		"Attachments":   "owner lrwipkxtan anyone lr",
		"plain":         "owner lrwipkxtan9 anyone 9",
		"open":          "owner lrwipkxtane9 anyone lr", // somebody's own
		"Notifications": "owner lrwipkxtan",
	})
	wantRights(t, db, "team", map[string]string{
		"": "group:team lrwipkxtn9 anyone 9", "Default": "group:team lrwipkxtn9 anyone 9", "Inbox": "owner lrwipkxtan789 anyone 789",
	})
	wantRights(t, db, "room", map[string]string{"": "owner lrwipkxtan9 anyone 9"})
	wantNotices(t, db)
	wantClasses(t, db)

	// Back, with lists that only the second step allows, and all the rest of it.
	ann, bob := homeOf(t, db, "ann"), homeOf(t, db, "bob")
	mount := share(t, db, ann.Collection("open"), bob.Owner.ID, "Ann")
	put(t, db, homeOf(t, db, "ann").Collection("Notifications"), store.NewObject{Name: "n.xml", Data: []byte("<x/>")})
	in(t, db, bob.Owner.ID, func(ctx context.Context, tx *store.Tx) error {
		return tx.SetOverlay(ctx, mount, store.Overlay{Name: "none", Object: 1, Data: []byte("x")})
	})
	lock(t, db, ann, "one", "Default", "", 10)
	if err := db.AddDelegate(ctx, ann.Owner.ID, bob.Owner.ID, true); err != nil {
		t.Fatal(err)
	}
	add(t, db, store.Public, "holidays", "")
	grant(t, db, ann.Owner.ID, "open", "owner lrwipkxtan956 bob 56 -cyd t anyone lr9")
	db.Close()
	backTo1(t, url)
	before["ann/open"] = "owner lrwipkxtan9e -cyd te anyone lr9"
	if after := listRights(t, conn); !reflect.DeepEqual(after, before) {
		t.Errorf("taken back: got %v, want %v", after, before)
	}
	if _, err := store.MigrateUp(ctx, url); err != nil {
		t.Fatal(err)
	}
	db = storetest.Open(t, store.Options{URL: url})
	wantNotices(t, db)
	wantClasses(t, db)
}

func homeOf(t testing.TB, db *store.DB, name string) *store.Home {
	t.Helper()
	p, err := db.PrincipalByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return home(t, db, p.ID)
}

// listRights are all lists but those of the home that was made since, by owner and collection, whatever the schema.
func listRights(t testing.TB, conn *pgx.Conn) map[string]string {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT p.name || '/' || c.name, c.rights FROM collection c JOIN principal p ON p.id = c.owner WHERE NOT c.deleted AND p.name <> 'cyd'`)
	if err != nil {
		t.Fatal(err)
	}
	lists := map[string]string{}
	var name, rights string
	if _, err := pgx.ForEachRow(rows, []any{&name, &rights}, func() error { lists[name] = rights; return nil }); err != nil {
		t.Fatal(err)
	}
	return lists
}

func wantRights(t testing.TB, db *store.DB, owner string, want map[string]string) {
	t.Helper()
	h := homeOf(t, db, owner)
	got := map[string]string{"": h.Root.Rights.String()}
	for _, c := range h.Collections {
		got[c.Name] = c.Rights.String()
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", owner, got, want)
	}
}

// wantNotices looks for one collection of notifications in each home of a person, which those who sync hear of.
func wantNotices(t testing.TB, db *store.DB) {
	t.Helper()
	for owner, since := range map[string]int64{"ann": 20, "bob": 3, "cyd": 0, "team": 2, "room": 1} {
		h := homeOf(t, db, owner)
		var found []string
		for _, c := range h.Collections {
			if c.Kind == store.KindNotices {
				found = append(found, c.Name)
				if c.Modseq <= since || c.Modseq > h.Root.Modseq || c.SelfSeq != c.Modseq {
					t.Errorf("%s: %s is at %d, the home at %d, before at %d", owner, c.Name, c.Modseq, h.Root.Modseq, since)
				}
			}
		}
		switch person := h.Owner.Kind == store.User; {
		case len(found) > 1 || (len(found) == 1) != person:
			t.Errorf("%s: the collections of notifications are %v", owner, found)
		case person && !strings.HasPrefix(found[0], "Notifications"), person && (found[0] == "Notifications") != (owner != "bob"):
			t.Errorf("%s: it is called %s", owner, found[0])
		}
		if owner == "bob" && h.Collection("Notifications").Kind != store.KindCalendar {
			t.Error("bob's calendar is gone")
		}
		if h.Root.Modseq <= since {
			t.Errorf("%s: the home is still at %d", owner, h.Root.Modseq)
		}
	}
}

// wantClasses compares with what the table says, and with what ical says.
func wantClasses(t testing.TB, db *store.DB) {
	t.Helper()
	coll := homeOf(t, db, "ann").Collection("Default")
	for _, c := range classed {
		obj, err := ical.ParseObject([]byte(classedData(c.lines)), ical.StoredLimits)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := obj.Class(); got != c.want {
			t.Errorf("%s: ical says %s, want %s", c.name, got, c.want)
		}
		if o, err := db.Object(t.Context(), coll, c.name); err != nil || o.Class != c.want {
			t.Errorf("%s: got %v, %v, want %s", c.name, o, err, c.want)
		}
	}
}
