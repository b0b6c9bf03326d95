package caldav

import (
	"net/http"
	"strings"
	"testing"
)

// conditionTests are requests with conditions on a.ics, which has the tag TAG and lies in a collection with the token TOKEN, and on
// none.ics, which does not exist.
var conditionTests = []struct {
	object, header string
	holds          bool
}{
	{"a.ics", `If-Match: TAG`, true},
	{"a.ics", `If-Match: "x", TAG`, true},
	{"a.ics", `If-Match: "x",,TAG , "y"`, true},
	{"a.ics", `If-Match: *`, true},
	{"a.ics", `If-Match: W/TAG`, false}, // a strong comparison (RFC 9110 section 13.1.1)
	{"a.ics", `If-Match: "x"`, false},
	{"a.ics", `If-Match: "*"`, false},
	{"a.ics", `If-None-Match: *`, false},
	{"a.ics", `If-None-Match: TAG`, false},
	{"a.ics", `If-None-Match: W/TAG`, false}, // a weak one (section 13.1.2)
	{"a.ics", `If-None-Match: "x", TAG`, false},
	{"a.ics", `If-None-Match: "x"`, true},
	{"a.ics", `If-Unmodified-Since: Fri, 31 Dec 2100 23:59:59 GMT`, true},
	{"a.ics", `If-Unmodified-Since: Thu, 01 Jan 2026 00:00:00 GMT`, false},
	{"a.ics", `If-Unmodified-Since: yesterday`, true}, // passed over (section 13.1.4)
	{"a.ics", `If: ([TAG])`, true},
	{"a.ics", `If: (["x"]) ([TAG])`, true},
	{"a.ics", `If: (["x"])`, false},
	{"a.ics", `If: (Not ["x"])`, true},
	{"a.ics", `If: (Not [TAG])`, false},
	{"a.ics", `If: ([TAG] ["x"])`, false},
	{"a.ics", `If: (<urn:uuid:1>)`, false},
	{"a.ics", `If: (Not <DAV:no-lock>)`, true},
	{"a.ics", `If: (<DAV:no-lock>)`, false},
	{"a.ics", `If: ([TAG] Not <DAV:no-lock>)`, true},
	{"a.ics", `If: <` + annDefault + `a.ics> ([TAG])`, true},
	{"a.ics", `If: <BASE` + annDefault + `a.ics> ([TAG])`, true},
	{"a.ics", `If: <` + annDefault + `%61.ics> ([TAG])`, true},
	{"a.ics", `If: <` + annDefault + `none.ics> ([TAG])`, false},
	{"a.ics", `If: <` + annDefault + `none.ics> (Not ["x"])`, true},
	{"a.ics", `If: <http://other.example.com` + annDefault + `a.ics> ([TAG])`, false},
	{"a.ics", `If: <` + annDefault + `> (<TOKEN>)`, true}, // RFC 6578 section 5
	{"a.ics", `If: <` + annDefault + `> (<TOKEN1>)`, false},
	{"a.ics", `If: (<TOKEN>)`, false}, // that of the collection, not of the object
	{"a.ics", `If: <` + annHome + `> (<HOMETOKEN>)`, true},
	{"a.ics", `If: <` + annDefault + `b.ics> ([OTHERTAG])`, true},
	{"a.ics", `If: <` + annDefault + `b.ics> ([TAG])`, false},
	{"a.ics", `If: <` + annHome + `work/> (<WORKTOKEN>)`, true},
	{"a.ics", `If: </dav/calendars/user/bob/Default/> (<BOBTOKEN>)`, false},
	{"none.ics", `If-None-Match: *`, true},
	{"none.ics", `If-None-Match: TAG`, true},
	{"none.ics", `If-Match: *`, false},
	{"none.ics", `If-Match: TAG`, false},
	{"none.ics", `If: ([TAG])`, false},
	{"none.ics", `If: (Not [TAG])`, true},
	{"none.ics", `If: <` + annDefault + `> (<TOKEN>)`, true},
}

// TestConditions sends PUT, DELETE, MOVE and COPY with each condition; where it does not hold nothing happens.
func TestConditions(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	other := s.do("ann", "PUT", annDefault+"b.ics", event("b", "20261201T100000Z")).want(http.StatusCreated).header.Get("ETag")
	before, after := event("a", "20261201T100000Z"), event("a", "20261202T100000Z")
	for _, test := range conditionTests {
		for _, method := range []string{"PUT", "DELETE", "MOVE", "COPY"} {
			if test.object == "none.ics" && method != "PUT" {
				continue
			}
			t.Run(method+" "+test.object+" "+test.header, func(t *testing.T) {
				s := s.in(t)
				s.do("ann", "DELETE", work+"m.ics", "")
				s.do("ann", "DELETE", annDefault+"none.ics", "")
				tag := s.do("ann", "PUT", annDefault+"a.ics", before).header.Get("ETag")
				token := func(who, path string) string {
					return s.do(who, "PROPFIND", path, propfind("D:sync-token"), "Depth: 0").only().text("sync-token")
				}
				header := strings.NewReplacer("OTHERTAG", other, "TAG", tag, "HOMETOKEN", token("ann", annHome), "WORKTOKEN", token("ann", work),
					"BOBTOKEN", token("bob", "/dav/calendars/user/bob/Default/"), "TOKEN1", token("ann", annDefault)+"1", "TOKEN", token("ann", annDefault), "BASE", s.URL).Replace(test.header)
				data, status := after, http.StatusNoContent
				if test.object == "none.ics" {
					data = event("none", "20261201T100000Z")
				}
				if test.object == "none.ics" || method == "MOVE" || method == "COPY" {
					status = http.StatusCreated
				}
				headers := []string{header}
				if method != "PUT" {
					data = ""
					headers = append(headers, "Destination: "+work+"m.ics")
				}
				if !test.holds {
					s.do("ann", method, annDefault+test.object, data, headers...).refused(http.StatusPreconditionFailed, "")
					s.wantBody(annDefault+"a.ics", before)
					s.wantBody(annDefault+"none.ics", "")
					s.wantBody(work+"m.ics", "")
					return
				}
				s.do("ann", method, annDefault+test.object, data, headers...).want(status)
				switch method {
				case "PUT":
					s.wantBody(annDefault+test.object, data)
				case "COPY":
					s.wantBody(work+"m.ics", before)
					s.wantBody(annDefault+"a.ics", before)
				case "MOVE":
					s.wantBody(work+"m.ics", before)
					s.wantBody(annDefault+"a.ics", "")
				case "DELETE":
					s.wantBody(annDefault+"a.ics", "")
				}
			})
		}
	}
	for _, header := range []string{`If-Match: "open`, `If-Match: ,`, `If-None-Match: a b`, "If-None-Match: " + strings.Repeat(`"a",`, 300), "If: nonsense", "If: ()", "If: (", "If: (<a>",
		"If: <" + annDefault + ">", "If: (Not)", `If: (["a")`, "If: " + strings.Repeat("(<urn:x>)", 400)} {
		t.Run("broken "+header[:min(len(header), 40)], func(t *testing.T) {
			s := s.in(t)
			for _, method := range []string{"PUT", "DELETE", "MOVE"} {
				s.do("ann", method, annDefault+"b.ics", event("b", "20261203T100000Z"), header, "Destination: "+work+"b.ics").refused(http.StatusBadRequest, "")
			}
			wantEqual(t, "ETag", s.etag(annDefault+"b.ics"), other)
		})
	}
}
