package private

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// hiddenFiles are those that outsiders are shown as a block of time.
var hiddenFiles = []string{"private.ics", "confidential.ics", "unknown.ics", "override.ics", "task.ics", "journal.ics"}

// silent wants an answer without a secret.
func (a *answer) silent() *answer {
	a.t.Helper()
	if leaked := a.leaks(question{}); len(leaked) > 0 {
		a.t.Errorf("%s: leaks %q\n%s", a.what, leaked, cut(a.text()))
	}
	return a
}

// alike sends one request with a right and with a wrong guess of what is hidden, and wants the same answer.
func (w *world) alike(who, method, path, body string, right, wrong []string) {
	w.t.Helper()
	a, b := w.do(who, method, path, body, right...), w.do(who, method, path, body, wrong...)
	if a.text() != b.text() {
		w.t.Errorf("%s %v: a right guess is answered with\n%s\nand a wrong one with\n%s", a.what, right, a.text(), b.text())
	}
	a.silent()
}

// An entity tag is made from what is stored. Those from whom that is hidden cannot find out by it whether they guessed right.
func TestGuessesAreNotConfirmed(t *testing.T) {
	w := newWorld(t)
	for _, file := range hiddenFiles {
		path := annHome + "one/" + file
		right := w.do("ann", "GET", path, "").want(200).header.Get("ETag")
		wrong := `"` + strings.Repeat("0", len(right)-2) + `"`
		body := w.do("ann", "GET", path, "").body
		for _, o := range outsiders {
			path := o.bases[0] + file
			if shown := w.do(o.who, "GET", path, "").want(200).header.Get("ETag"); shown == right {
				t.Errorf("%s sees the entity tag of what is hidden", o.name)
			}
			for _, header := range []string{"If-Match", "If-None-Match"} {
				w.alike(o.who, "GET", path, "", []string{header, right}, []string{header, wrong})
				w.alike(o.who, "HEAD", path, "", []string{header, right}, []string{header, wrong})
			}
		}
		for _, o := range outsiders {
			if o.who != "edda" && o.who != "sue" {
				continue
			}
			path := o.bases[0] + file
			for _, header := range []string{"If-Match", "If-None-Match"} {
				w.alike(o.who, "PUT", path, body, []string{header, right}, []string{header, wrong})
				w.alike(o.who, "PROPPATCH", path, document("D:propertyupdate", "<D:remove><D:prop><X:xyzzyname xmlns:X='urn:xyzzy'/></D:prop></D:remove>"),
					[]string{header, right}, []string{header, wrong})
			}
			for _, method := range []string{"PUT", "DELETE", "COPY", "MOVE"} {
				to := []string{"Destination", o.bases[0] + "guess.ics"}
				at := append([]string{"If-Match", right}, to...)
				w.alike(o.who, method, path, body, at, append([]string{"If-Match", wrong}, to...))
				w.alike(o.who, method, path, body, append([]string{"If", "([" + right + "])"}, to...), append([]string{"If", "([" + wrong + "])"}, to...))
			}
			// Whatever the request is about, an If header may name any resource.
			aside := "/dav/calendars/user/" + o.who + "/Default/aside.ics"
			tagged := func(tag string) []string { return []string{"If", "<" + path + "> ([" + tag + "])"} }
			event := calendar("", vevent("aside", "PUBLIC", "SUMMARY:a"))
			w.alike(o.who, "PUT", aside, event, tagged(right), tagged(wrong))
			w.alike(o.who, "PUT", o.bases[0]+"aside.ics", event, tagged(right), tagged(wrong))
			lock := document("D:lockinfo", "<D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>")
			w.alike(o.who, "LOCK", path, lock, []string{"Depth", "0", "If-Match", right}, []string{"Depth", "0", "If-Match", wrong})
		}
	}
}

// What is hidden cannot be written over, nor taken away by MOVE; a copy of it is a copy of what is shown.
func TestWhatIsHiddenStays(t *testing.T) {
	w := newWorld(t)
	before := map[string]string{}
	for _, file := range hiddenFiles {
		before[file] = w.do("ann", "GET", annHome+"one/"+file, "").want(200).body
	}
	for _, o := range outsiders {
		if o.who == "" || o.home == "" {
			continue
		}
		mine := "/dav/calendars/user/" + o.who + "/Default/"
		for _, file := range hiddenFiles {
			path := o.bases[0] + file
			shown := w.do(o.who, "GET", path, "").want(200).body
			// A copy.
			w.do(o.who, "COPY", path, "", "Destination", mine+file).silent().want(201)
			if got := w.do(o.who, "GET", mine+file, "").want(200).silent(); got.body != shown {
				t.Errorf("%s copied\n%s\nwas shown\n%s", o.name, got.body, shown)
			}
			w.do(o.who, "PROPFIND", mine+file, document("D:propfind", "<D:allprop/>"), "Depth", "0").want(207).silent()
			w.do(o.who, "DELETE", mine+file, "").want(204)
			// Taken away: those who may not delete lack a privilege, and others may not either.
			w.do(o.who, "MOVE", path, "", "Destination", mine+file).silent().want(http.StatusForbidden)
			w.do(o.who, "GET", mine+file, "").want(404)
			// Written over, with what is shown and with something else.
			uid := strings.TrimSuffix(file, ".ics")
			for _, body := range []string{shown, calendar("", vevent(uid, "PUBLIC", "SUMMARY:Mine")), calendar("", vevent("other", "PUBLIC", "SUMMARY:Mine"))} {
				w.do(o.who, "PUT", path, body).silent().want(http.StatusForbidden)
			}
			// The same UID elsewhere in the calendar: the refusal names the object, which is no secret.
			w.do(o.who, "PUT", o.bases[0]+"elsewhere.ics", calendar("", vevent(uid, "PUBLIC", "SUMMARY:Mine"))).silent().want(http.StatusForbidden)
			w.do(o.who, "PUT", mine+file, calendar("", vevent(uid, "PUBLIC", "SUMMARY:Mine"))).want(201)
			w.do(o.who, "MOVE", mine+file, "", "Destination", path, "Overwrite", "T").silent().want(http.StatusForbidden)
			w.do(o.who, "COPY", mine+file, "", "Destination", path, "Overwrite", "T").silent().want(http.StatusForbidden)
			w.do(o.who, "DELETE", mine+file, "").want(204)
			w.do(o.who, "PROPPATCH", path, document("D:propertyupdate", `<D:set><D:prop><X:note xmlns:X="urn:x">mine</X:note></D:prop></D:set>`)).silent().want(http.StatusForbidden)
			w.do(o.who, "POST", o.bases[0], calendar("", vevent(uid, "PUBLIC", "SUMMARY:Mine"))).silent().want(http.StatusForbidden)
		}
		// The whole of it.
		copied := o.home
		if o.home == annHome {
			copied = "/dav/calendars/user/" + o.who + "/"
		}
		w.do(o.who, "COPY", o.bases[0], "", "Destination", copied+"copied/").silent().want(201)
		w.do(o.who, "GET", copied+"copied/?export", "").want(200).silent()
		w.do(o.who, "PROPFIND", copied+"copied/", document("D:propfind", "<D:allprop/><D:include><C:calendar-data/></D:include>"), "Depth", "1").want(207).silent()
		w.do(o.who, "DELETE", copied+"copied/", "").want(204)
		w.do(o.who, "MOVE", o.bases[0], "", "Destination", "/dav/calendars/user/"+o.who+"/moved/").silent()
		w.do(o.who, "GET", "/dav/calendars/user/"+o.who+"/moved/?export", "").silent()
		if o.home != annHome { // a shared calendar got another name
			w.do(o.who, "MOVE", "/dav/calendars/user/"+o.who+"/moved/", "", "Destination", o.bases[0])
		}
	}
	for _, file := range hiddenFiles {
		if got := w.do("ann", "GET", annHome+"one/"+file, "").want(200).body; got != before[file] {
			t.Errorf("%s became\n%s", file, got)
		}
		prop := w.do("ann", "PROPFIND", annHome+"one/"+file, document("D:propfind", `<D:prop><X:xyzzyname xmlns:X="urn:xyzzy"/></D:prop>`), "Depth", "0").want(207)
		if !strings.Contains(prop.body, "xyzzydead") {
			t.Errorf("%s lost a property: %s", file, prop.body)
		}
	}
}

// Who writes in a calendar, and not in its owner's place, may remove what is private, and put it elsewhere in the same home, where it is as
// hidden as before.
func TestMoveWithinTheHome(t *testing.T) {
	w := newWorld(t)
	w.do("ann", "DELETE", annHome+"two/private.ics", "", "Scheduling-Enabled", "F").want(204)
	before := w.do("ann", "GET", annHome+"one/private.ics", "").want(200).body
	w.do("edda", "MOVE", annHome+"one/private.ics", "", "Destination", annHome+"two/private.ics").silent().want(201)
	w.do("edda", "GET", annHome+"two/private.ics", "").silent().want(200)
	if got := w.do("ann", "GET", annHome+"two/private.ics", "").want(200).body; got != before {
		t.Errorf("it became\n%s", got)
	}
	w.do("edda", "DELETE", annHome+"two/private.ics", "").silent().want(204)
	w.do("ann", "GET", annHome+"two/private.ics", "").want(404)
}

// How much there is in a home, the size of secrets included, is for its owner.
func TestQuotaIsTheOwners(t *testing.T) {
	w := newWorld(t)
	body := document("D:propfind", "<D:prop><D:quota-used-bytes/></D:prop>")
	for _, c := range []struct {
		who  string
		sees bool
	}{{"ann", true}, {"will", true}, {"bob", false}, {"rita", false}, {"", false}} {
		a := w.do(c.who, "PROPFIND", annHome, body, "Depth", "0").want(207)
		if sees := strings.Contains(a.body, "<D:quota-used-bytes>"); sees != c.sees {
			t.Errorf("%q sees it: %v", c.who, sees)
		}
	}
}

// A change of what is hidden shows as a change, and no more.
func TestChangesShowAsSuch(t *testing.T) {
	w := newWorld(t)
	sync := func(who, token string) *answer {
		return w.do(who, "REPORT", annHome+"one/", document("D:sync-collection", "<D:sync-token>"+token+"</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/><C:calendar-data/></D:prop>")).
			want(207).silent()
	}
	for i, who := range []string{"bob", "rita", "root", "edda"} {
		_, rest, _ := strings.Cut(sync(who, "").body, "<D:sync-token>")
		token, _, _ := strings.Cut(rest, "<")
		if a := sync(who, token); strings.Contains(a.body, "<D:response>") || !strings.Contains(a.body, token) {
			t.Errorf("%s: looking changed something: %s", who, a.body)
		}
		tag := w.do(who, "GET", annHome+"one/private.ics", "").header.Get("ETag")
		was := w.do(who, "GET", annHome+"one/private.ics", "").body
		changed := strings.Replace(objects("xyzzy", true)["private.ics"], "SUMMARY", fmt.Sprintf("X-XYZZY:%d\r\nSUMMARY", i), 1)
		w.do("ann", "PUT", annHome+"one/private.ics", changed, "Scheduling-Enabled", "F").want(204)
		a := sync(who, token)
		if n := strings.Count(a.body, "<D:response>"); n != 1 {
			t.Errorf("%s: %d responses: %s", who, n, a.body)
		}
		after := w.do(who, "GET", annHome+"one/private.ics", "").want(200).silent()
		if after.body != was || after.header.Get("ETag") == tag {
			t.Errorf("%s: ETag %s and then %s of\n%s", who, tag, after.header.Get("ETag"), after.body)
		}
	}
}
