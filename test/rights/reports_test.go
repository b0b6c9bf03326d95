package rights

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"convene/test/rights/oracle"
)

// With the right 9 alone there is nothing but a calendar's busy time: whatever else is asked for, the answer does not depend on whether
// there is something.
func TestBusyAlone(t *testing.T) {
	w := newWorld(t)
	w.grant(everywhere(oracle.Entry{Who: "anyone", Rights: "9"}, oracle.Entry{Who: "owner", Rights: oracle.Letters}))
	if rec := w.do("ann", "PUT", find("ann", "calendar").href()+"a.ics", event("a"), nil); rec.Code != http.StatusNoContent {
		t.Fatal(rec.Code)
	}
	asked := 0
	for _, p := range []oracle.Person{{Name: "bob"}, {Name: "carol"}, {}} {
		for _, ops := range [][]operation{operations, lockOperations} {
			for i := range ops {
				asked += w.compareWithNothing(t, &ops[i], p)
			}
		}
		for _, href := range []string{find("ann", "calendar").href(), annHome.href()} {
			rec := w.do(p.Name, "REPORT", href, document("C:free-busy-query", span)(nil), depth1)
			body := rec.Body.String()
			if rec.Code != http.StatusOK || !strings.Contains(body, "FREEBUSY:20261201T100000Z/20261201T110000Z\r\n") {
				t.Errorf("%q asks %s: %d %s", p.Name, href, rec.Code, body)
			}
			if rec.Header().Get("ETag") != "" || rec.Header().Get("Last-Modified") != "" || strings.Contains(body, "Event") || strings.Contains(body, "UID:a\r\n") {
				t.Errorf("%q learns more of %s: %v %s", p.Name, href, rec.Header(), body)
			}
		}
	}
	t.Logf("%d requests answered as those for what is not there", asked)
}

// compareWithNothing sends a request for what there is, and for what there is not: an object, and a collection with and without one.
func (w *world) compareWithNothing(t *testing.T, op *operation, p oracle.Person) (asked int) {
	if op.method == "REPORT" && strings.HasPrefix(op.name, "free-busy-query") {
		return 0
	}
	hidden := find("ann", "calendar")
	nowhere := slot{"ann", "nowhere", oracle.Calendar}
	for _, at := range []struct {
		there, missing slot
		op             operation
	}{
		{hidden, hidden, elsewhere(op, missing)},
		{hidden, nowhere, *op},
		{find("ann", "Inbox"), nowhere, *op},
		{find("ann", "plain"), nowhere, *op},
	} {
		there, missing := &call{w, op, at.there, p}, &call{w, &at.op, at.missing, p}
		if op.at == "" && at.there == at.missing || !there.possible() || !missing.possible() {
			continue
		}
		got, want := there.do(), missing.do()
		if a, b := told(there, got), told(missing, want); a != b {
			t.Errorf("%s, %q:\n%s\ninstead of\n%s", op.name, p.Name, a, b)
		}
		if got.Code < 400 {
			t.Errorf("%s, %q: %d", op.name, p.Name, got.Code)
		}
		asked++
	}
	return asked
}

func elsewhere(op *operation, where at) operation {
	o := *op
	o.at = where
	return o
}

// told is all that an answer tells, without the URL.
func told(c *call, rec *httptest.ResponseRecorder) string {
	body := strings.ReplaceAll(rec.Body.String(), c.path(), "URL")
	h := rec.Header()
	return strings.Join([]string{http.StatusText(rec.Code), h.Get("ETag"), h.Get("Allow"), h.Get("DAV"), h.Get("Content-Type"), h.Get("Last-Modified"), body}, "\n")
}

// expand-property and calendar-multiget look at each resource that they are led to as if it were asked for by itself, whether the lists
// above it allow more or less.
func TestExpandChecksEach(t *testing.T) {
	w := newWorld(t)
	const expand = `<D:property name="calendar-home-set" namespace="urn:ietf:params:xml:ns:caldav"><D:property name="resourcetype"/><D:property name="sync-token"/></D:property>` +
		`<D:property name="schedule-inbox-URL" namespace="urn:ietf:params:xml:ns:caldav"><D:property name="resourcetype"/></D:property>` +
		`<D:property name="schedule-outbox-URL" namespace="urn:ietf:params:xml:ns:caldav"><D:property name="resourcetype"/></D:property>`
	for _, rights := range []string{"", "9", "l", "r", "lr", "la", "a"} {
		list := []oracle.Entry{{Who: "owner", Rights: oracle.Letters}}
		if rights != "" {
			list = append(list, oracle.Entry{Who: "anyone", Rights: rights})
		}
		w.grant(everywhere(list...))
		for _, p := range people {
			rec := w.do(p.Name, "REPORT", "/dav/principals/user/ann/", document("D:expand-property", expand)(nil), depth0)
			body := rec.Body.String()
			if p.Name == "" {
				if rec.Code != http.StatusUnauthorized {
					t.Errorf("anonymous: %d", rec.Code)
				}
				continue
			}
			if rec.Code != http.StatusMultiStatus {
				t.Fatalf("%s with %q: %d %s", p.Name, rights, rec.Code, body)
			}
			c := &call{w: w, op: &operations[0], slot: annHome, who: p}
			reads := c.reads(annHome)
			if got := strings.Contains(body, "data:,"); got != reads { // a sync token
				t.Errorf("%s with %q: sees the home %v, want %v: %s", p.Name, rights, got, reads, body)
			}
			if got := strings.Contains(body, "<D:collection/>"); got != reads {
				t.Errorf("%s with %q: sees what there is %v, want %v: %s", p.Name, rights, got, reads, body)
			}
		}
	}
}

// Who may write and not read learns neither names nor UIDs from refusals.
func TestWritersWhoMayNotRead(t *testing.T) {
	w := newWorld(t)
	w.grant(everywhere(oracle.Entry{Who: "owner", Rights: oracle.Letters}, oracle.Entry{Who: "bob", Rights: "ip"}))
	calendar := find("ann", "calendar").href()
	for _, c := range []struct{ method, path, uid string }{{"PUT", "new.ics", "a"}, {"POST", "", "a"}, {"PUT", "a.ics", "guess"}} {
		for _, who := range []string{"ann", "bob"} {
			rec := w.do(who, c.method, calendar+c.path, event(c.uid), nil)
			body := rec.Body.String()
			if rec.Code != http.StatusForbidden || !strings.Contains(body, "no-uid-conflict") {
				t.Errorf("%s: %s %s: %d %s", who, c.method, c.path, rec.Code, body)
			}
			if told := strings.Contains(body, "a.ics") || strings.Contains(body, `UID &#34;a&#34;`) && c.uid != "a" || strings.Contains(body, `UID "a"`) && c.uid != "a"; told != (who == "ann") {
				t.Errorf("%s: %s %s: is told %v: %s", who, c.method, c.path, told, body)
			}
		}
	}
}
