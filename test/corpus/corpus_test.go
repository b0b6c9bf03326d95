// Package corpus stores every calendar object of ical/testdata/corpus, each as some client writes it, and finds it intact by
// every way that leads to it.
package corpus

import (
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"convene/test/harness"
)

var srv *harness.Server

func TestMain(m *testing.M) {
	harness.Main(m, harness.Options{}, func(s *harness.Server) { srv = s })
}

// file is one object of the corpus and where it is stored.
type file struct {
	source    string // below ical/testdata/corpus
	data      string
	uid, kind string // kind: the component's name
	coll      string // path of its calendar
	path      string
	etag      string // as PUT answered
}

// load reads the corpus and spreads it over calendars, one a folder and more where a UID occurs twice.
func load(t *testing.T, home string) []*file {
	t.Helper()
	root := filepath.Join(harness.Root(), "ical", "testdata", "corpus")
	var files []*file
	taken := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".ics" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		source, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		f := &file{source: filepath.ToSlash(source), data: string(data)}
		parts := components(f.data)
		if len(parts) == 0 {
			t.Fatalf("%s has no component", source)
		}
		f.uid, f.kind = property(parts[0], "UID"), kindOf(parts[0])
		folder := strings.ReplaceAll(filepath.ToSlash(filepath.Dir(source)), "/", "-")
		for n := 0; ; n++ {
			f.coll = fmt.Sprintf("%scorpus-%s-%d/", home, folder, n)
			if !taken[f.coll+f.uid] {
				taken[f.coll+f.uid] = true
				break
			}
		}
		f.path = f.coll + fmt.Sprintf("%03d-%s", len(files), filepath.Base(source))
		files = append(files, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 300 {
		t.Fatalf("the corpus has %d files, want at least 300", len(files))
	}
	return files
}

// TestCorpus stores the files and looks at each by GET, PROPFIND, multiget, query, sync and export.
func TestCorpus(t *testing.T) {
	c := srv.NewUser(t)
	all := load(t, c.Home())
	var files, strange []*file
	byColl := map[string][]*file{}
	for _, f := range all {
		if !slices.Contains(kinds, f.kind) {
			strange = append(strange, f)
			continue
		}
		files = append(files, f)
		byColl[f.coll] = append(byColl[f.coll], f)
	}
	for coll, members := range byColl {
		makeCalendar(t, c, coll, members)
	}
	for _, f := range files {
		t.Run("put/"+f.source, func(t *testing.T) { store(t, c, f) })
	}
	for _, f := range strange {
		t.Run("refuse/"+f.source, func(t *testing.T) { refuse(t, c, f) })
	}
	if t.Failed() {
		return
	}
	for _, coll := range slices.Sorted(maps.Keys(byColl)) {
		t.Run("find/"+coll, func(t *testing.T) {
			list(t, c, coll, byColl[coll])
			multiget(t, c, coll, byColl[coll])
			query(t, c, coll, byColl[coll])
			export(t, c, coll, byColl[coll])
		})
	}
	t.Logf("%d files in %d calendars", len(files), len(byColl))
}

// kinds are the components that a calendar can be made for.
var kinds = []string{"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"}

// refuse: an object of a component that calendars do not take gets the precondition for that (RFC 4791 section 5.3.2.1).
func refuse(t *testing.T, c *harness.Client, f *file) {
	resp := c.Want(t, http.StatusForbidden, "PUT", c.Default()+"strange.ics", f.data)
	if name, _, err := resp.Condition(); err != nil || name != harness.CalDAV("supported-calendar-component") {
		t.Errorf("got %v (%v), want supported-calendar-component", resp, err)
	}
}

// makeCalendar makes a calendar for just the components that will be in it, unusual ones included.
func makeCalendar(t *testing.T, c *harness.Client, coll string, files []*file) {
	t.Helper()
	comps := map[string]bool{}
	for _, f := range files {
		comps[`<C:comp name="`+f.kind+`"/>`] = true
	}
	c.Want(t, http.StatusCreated, "MKCALENDAR", coll, `<C:mkcalendar `+harness.XMLNS+`><D:set><D:prop><C:supported-calendar-component-set>`+
		strings.Join(slices.Sorted(maps.Keys(comps)), "")+`</C:supported-calendar-component-set></D:prop></D:set></C:mkcalendar>`)
}

// store does PUT and GET: the bytes are the same, and so is the ETag.
func store(t *testing.T, c *harness.Client, f *file) {
	put := c.Want(t, http.StatusCreated, "PUT", f.path, f.data, "Content-Type", "text/calendar; charset=utf-8")
	if f.etag = put.ETag(); f.etag == "" || strings.HasPrefix(f.etag, "W/") {
		t.Errorf("PUT answers ETag %q, want a strong one", f.etag)
	}
	get := c.Want(t, http.StatusOK, "GET", f.path, "")
	if string(get.Body) != f.data {
		t.Errorf("GET:\n%q\nwant\n%q", get.Body, f.data)
	}
	if get.ETag() != f.etag {
		t.Errorf("GET has ETag %s, PUT %s", get.ETag(), f.etag)
	}
	if got := get.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/calendar") {
		t.Errorf("GET has Content-Type %q", got)
	}
	head := c.Want(t, http.StatusOK, "HEAD", f.path, "")
	if got, want := head.Header.Get("Content-Length"), fmt.Sprint(len(f.data)); got != want || head.ETag() != f.etag || len(head.Body) != 0 {
		t.Errorf("HEAD: Content-Length %s, ETag %s, %d bytes of body; want %s, %s, none", got, head.ETag(), len(head.Body), want, f.etag)
	}
	c.Want(t, http.StatusNotModified, "GET", f.path, "", "If-None-Match", f.etag)
}

// list compares PROPFIND and sync-collection with what was put.
func list(t *testing.T, c *harness.Client, coll string, files []*file) {
	body := `<D:propfind ` + harness.XMLNS + `><D:prop><D:getetag/><D:getcontentlength/><D:getcontenttype/><D:resourcetype/></D:prop></D:propfind>`
	ms := c.Multistatus(t, "PROPFIND", coll, body, "Depth", "1")
	delta, err := c.Sync(t.Context(), coll, "", "1", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		r := ms.Response(f.path)
		if got := r.Prop(harness.DAV("getetag")).Value(); got != f.etag {
			t.Errorf("%s: PROPFIND has getetag %s, PUT %s", f.source, got, f.etag)
		}
		if got, want := r.Prop(harness.DAV("getcontentlength")).Value(), fmt.Sprint(len(f.data)); got != want {
			t.Errorf("%s: getcontentlength is %s, want %s", f.source, got, want)
		}
		if got := r.Prop(harness.DAV("getcontenttype")).Value(); !strings.HasPrefix(got, "text/calendar") {
			t.Errorf("%s: getcontenttype is %q", f.source, got)
		}
		if got := delta.Changed[harness.Canon(f.path)]; got != f.etag {
			t.Errorf("%s: sync-collection has getetag %q, PUT %s", f.source, got, f.etag)
		}
	}
	if len(ms.Responses) != len(files)+1 || len(delta.Changed) != len(files) || delta.More || len(delta.Removed) > 0 {
		t.Errorf("PROPFIND has %d responses, sync-collection %d and %d removed (more: %v); want %d objects",
			len(ms.Responses), len(delta.Changed), len(delta.Removed), delta.More, len(files))
	}
}

// multiget compares calendar-data, after XML's own unescaping, with what was put.
func multiget(t *testing.T, c *harness.Client, coll string, files []*file) {
	var hrefs strings.Builder
	for _, f := range files {
		fmt.Fprintf(&hrefs, "<D:href>%s</D:href>", harness.Escape(f.path))
	}
	body := `<C:calendar-multiget ` + harness.XMLNS + `><D:prop><D:getetag/><C:calendar-data/></D:prop>` + hrefs.String() + `</C:calendar-multiget>`
	ms := c.Multistatus(t, "REPORT", coll, body, "Depth", "1")
	if len(ms.Responses) != len(files) {
		t.Errorf("multiget: got %d responses, want %d", len(ms.Responses), len(files))
	}
	for _, f := range files {
		r := ms.Response(f.path)
		data := r.Prop(harness.CalDAV("calendar-data"))
		if data == nil || !readable(data.Text, f.data) {
			t.Errorf("%s: multiget has\n%q\nwant\n%q", f.source, data.String(), f.data)
		}
		if got := r.Prop(harness.DAV("getetag")).Value(); got != f.etag {
			t.Errorf("%s: multiget has getetag %s, PUT %s", f.source, got, f.etag)
		}
	}
}

// query asks for each component type by calendar-query: it must find exactly the objects of that type, and each by its UID.
func query(t *testing.T, c *harness.Client, coll string, files []*file) {
	kinds := map[string]map[string]string{}
	for _, f := range files {
		if kinds[f.kind] == nil {
			kinds[f.kind] = map[string]string{}
		}
		kinds[f.kind][harness.Canon(f.path)] = f.etag
	}
	for kind, want := range kinds {
		if got := find(t, c, coll, kind, ""); !maps.Equal(got, want) {
			t.Errorf("calendar-query for %s finds %v, want %v", kind, got, want)
		}
	}
	for _, f := range files {
		filter := `<C:prop-filter name="UID"><C:text-match collation="i;octet">` + harness.Escape(f.uid) + `</C:text-match></C:prop-filter>`
		if got := find(t, c, coll, f.kind, filter); got[harness.Canon(f.path)] != f.etag {
			t.Errorf("%s: calendar-query for UID %q finds %v", f.source, f.uid, got)
		}
	}
}

// find returns the ETags by path of a calendar-query for a component type with a further filter.
func find(t *testing.T, c *harness.Client, coll, kind, filter string) map[string]string {
	t.Helper()
	body := `<C:calendar-query ` + harness.XMLNS + `><D:prop><D:getetag/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="` +
		kind + `">` + filter + `</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>`
	found := map[string]string{}
	for _, r := range c.Multistatus(t, "REPORT", coll, body, "Depth", "1").Responses {
		found[harness.Canon(r.Href)] = r.Prop(harness.DAV("getetag")).Value()
	}
	return found
}

// export reads the whole calendar as one file: it has every component of every object, and each time zone once.
func export(t *testing.T, c *harness.Client, coll string, files []*file) {
	whole := c.Want(t, http.StatusOK, "GET", coll, "", "Accept", "text/calendar")
	got := components(string(whole.Body))
	slices.Sort(got)
	var want []string
	for _, f := range files {
		want = append(want, components(f.data)...)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the export has %d components, want %d; the first that differs:\n%s", len(got), len(want), firstDifference(got, want))
	}
	for id, n := range zones(string(whole.Body)) {
		if n > 1 {
			t.Errorf("the export has the time zone %s %d times", id, n)
		}
	}
}

func firstDifference(got, want []string) string {
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			return fmt.Sprintf("%s\nwant\n%s", got[i], want[i])
		}
	}
	return "one is the beginning of the other"
}
