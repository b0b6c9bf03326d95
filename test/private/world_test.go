// Package private holds the server to what it promises of private events: people who are not their owner, nor write in the owner's place,
// learn when they are, and nothing else, on whatever path. Two calendars have the same events with other secrets in them: whatever is
// asked, those people get the same answers about both.
package private

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"convene/acl"
	"convene/caldav"
	"convene/store"
	"convene/store/storetest"
)

// stems are the words that all secrets in a calendar begin with, by its name. The second calendar has fewer of them, so that what is not
// there is a difference too.
var stems = map[string]string{"one": "xyzzy", "two": "plugh"}

var now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

type world struct {
	t   testing.TB
	db  *store.DB
	srv *httptest.Server
	who map[string]*store.Principal
}

// people are all who ask: bob may read, edda may write too but not in ann's place, sid has the calendars shared with him, sue too, and may
// write in them.
var people = []store.NewPrincipal{
	{Kind: store.User, Name: "ann"}, {Kind: store.User, Name: "bob"}, {Kind: store.User, Name: "edda"}, {Kind: store.User, Name: "sid"}, {Kind: store.User, Name: "sue"},
	{Kind: store.User, Name: "rita"}, {Kind: store.User, Name: "will"}, {Kind: store.User, Name: "root", Admin: true},
}

const rights = "owner lrwipkxtan9 anonymous lr bob lr edda lrwiptnkx9 sid lr9 sue lrwiptn9"

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, db: storetest.New(t), who: map[string]*store.Principal{}}
	for _, in := range people {
		in.Addresses = []string{"mailto:" + in.Name + "@example.com"}
		_, err := w.db.CreatePrincipal(t.Context(), in)
		w.must(err)
	}
	id := func(name string) store.PrincipalID {
		p, err := w.db.PrincipalByName(t.Context(), name)
		w.must(err)
		return p.ID
	}
	w.must(w.db.AddDelegate(t.Context(), id("ann"), id("rita"), false))
	w.must(w.db.AddDelegate(t.Context(), id("ann"), id("will"), true))
	for _, in := range people {
		p, err := w.db.PrincipalByName(t.Context(), in.Name)
		w.must(err)
		w.who[in.Name] = p
	}
	h := caldav.New(caldav.Options{DB: w.db, Now: func() time.Time { return now }})
	w.srv = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name, _, _ := r.BasicAuth()
		h.ServeDAV(rw, r, w.who[name])
	}))
	t.Cleanup(w.srv.Close)
	for _, name := range []string{"one", "two"} {
		w.fill(name)
	}
	w.open()
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

const annHome = "/dav/calendars/user/ann/"

// fill makes a calendar with all that is to be hidden.
func (w *world) fill(name string) {
	w.t.Helper()
	coll := annHome + name + "/"
	w.do("ann", "MKCALENDAR", coll, document("C:mkcalendar", "<D:set><D:prop><D:displayname>Calendar</D:displayname></D:prop></D:set>")).want(201)
	data := objects(stems[name], name == "one")
	for _, file := range slices.Sorted(maps.Keys(data)) { // in the same order in both
		w.do("ann", "PUT", coll+file, data[file], "Scheduling-Enabled", "F").want(201)
		dead := fmt.Sprintf(`<D:set><D:prop><X:%[1]sname xmlns:X="urn:%[1]s">%[1]sdead</X:%[1]sname></D:prop></D:set>`, stems[name])
		if file != "public.ics" {
			w.do("ann", "PROPPATCH", coll+file, document("D:propertyupdate", dead)).want(207)
		}
	}
}

// open gives everybody their rights, shares and publishes.
func (w *world) open() {
	w.t.Helper()
	list, err := acl.ParseList(rights)
	w.must(err)
	ids := []store.PrincipalID{w.who["ann"].ID, w.who["sid"].ID, w.who["sue"].ID}
	_, err = store.InTx(w.t.Context(), w.db, ids, func(ctx context.Context, tx *store.Tx) (struct{}, error) {
		root := tx.Home(ids[0]).Root
		if _, err := tx.SetProperties(ctx, root, store.Properties{Rights: list}); err != nil {
			return struct{}{}, err
		}
		for _, name := range []string{"one", "two"} {
			if err := w.openCalendar(ctx, tx, name, list); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	w.must(err)
}

func (w *world) openCalendar(ctx context.Context, tx *store.Tx, name string, list acl.List) error {
	ann := w.who["ann"].ID
	coll := tx.Home(ann).Collection(name)
	props := coll.Properties
	props.Rights = list
	coll, err := tx.SetProperties(ctx, coll, props)
	if err != nil {
		return err
	}
	for sharee, writes := range map[string]bool{"sid": false, "sue": true} {
		in := store.NewCollection{Name: "shared" + name, Kind: store.KindShared}
		mount, err := tx.CreateMount(ctx, w.who[sharee].ID, in, store.Target{Owner: ann, Collection: coll.ID})
		if err != nil {
			return err
		}
		err = tx.SetShare(ctx, coll, store.Share{Owner: ann, Collection: coll.ID, Sharee: w.who[sharee].ID, UID: sharee + name, Address: "mailto:" + sharee + "@example.com",
			Writes: writes, State: store.ShareAccepted, Mount: mount.ID})
		if err != nil {
			return err
		}
		coll = tx.Home(ann).Collection(name)
	}
	for _, busyOnly := range []bool{false, true} {
		token := fmt.Sprintf("%s%v", name, busyOnly)
		if err := tx.Publish(ctx, coll, store.Publication{Token: token, Owner: ann, Collection: coll.ID, BusyOnly: busyOnly}); err != nil {
			return err
		}
		coll = tx.Home(ann).Collection(name)
	}
	return nil
}

// answer is what came back.
type answer struct {
	t      testing.TB
	what   string
	status int
	header http.Header
	body   string
}

// do sends a request; headers are pairs of a name and a value.
func (w *world) do(who, method, path, body string, headers ...string) *answer {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.srv.URL+path, strings.NewReader(body))
	w.must(err)
	if who != "" {
		r.SetBasicAuth(who, "x")
	}
	switch {
	case strings.HasPrefix(body, "<"):
		r.Header.Set("Content-Type", "application/xml; charset=utf-8")
	case body != "":
		r.Header.Set("Content-Type", "text/calendar; charset=utf-8")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := w.srv.Client().Transport.RoundTrip(r)
	w.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	w.must(err)
	a := &answer{w.t, who + " " + method + " " + path, resp.StatusCode, resp.Header, string(b)}
	if n := resp.Header.Get("Content-Length"); n != "" && method != "HEAD" && n != strconv.Itoa(len(b)) {
		w.t.Errorf("%s: Content-Length %s of %d bytes", a.what, n, len(b))
	}
	return a
}

func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d\n%s", a.what, a.status, status, a.body)
	}
	return a
}

// text is all of an answer, lines unfolded whatever they are in.
func (a *answer) text() string {
	head := []string{strconv.Itoa(a.status)}
	for name, values := range a.header {
		if name != "Date" {
			head = append(head, name+": "+strings.Join(values, ", "))
		}
	}
	slices.Sort(head[1:])
	return strings.Join(head, "\n") + "\n\n" + folds.ReplaceAllString(a.body, "")
}

var folds = regexp.MustCompile(`(?:\r|&#13;|&#xD;)?\n[ \t]`)

func document(root, inner string) string {
	return `<?xml version="1.0" encoding="utf-8"?><` + root + ` xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:CS="http://calendarserver.org/ns/">` +
		inner + `</` + root + `>`
}
