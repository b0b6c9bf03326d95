package rights

import (
	"encoding/xml"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"

	"convene/test/rights/oracle"
)

// multistatus is an answer as package encoding/xml reads it.
type multistatus struct {
	Responses []response `xml:"DAV: response"`
}

type response struct {
	Href      string `xml:"DAV: href"`
	Status    string `xml:"DAV: status"`
	Propstats []struct {
		Status string `xml:"DAV: status"`
		Prop   struct {
			Any []element `xml:",any"`
		} `xml:"DAV: prop"`
	} `xml:"DAV: propstat"`
}

type element struct {
	XMLName xml.Name
	Text    string    `xml:",chardata"`
	Any     []element `xml:",any"`
}

func (e *element) child(local string) *element {
	for i := range e.Any {
		if e.Any[i].XMLName.Local == local {
			return &e.Any[i]
		}
	}
	return &element{}
}

func parse(rec *httptest.ResponseRecorder) (*multistatus, error) {
	var m multistatus
	err := xml.Unmarshal(rec.Body.Bytes(), &m)
	return &m, err
}

// status of a property, and the property.
func (r *response) prop(local string) (int, *element) {
	for _, ps := range r.Propstats {
		for i := range ps.Prop.Any {
			if ps.Prop.Any[i].XMLName.Local == local {
				return code(ps.Status), &ps.Prop.Any[i]
			}
		}
	}
	return 0, &element{}
}

func code(status string) (n int) {
	_, rest, _ := strings.Cut(status, " ")
	fmt.Sscan(rest, &n)
	return n
}

// may says whether the tables let the person do that on a slot.
func (c *call) may(s slot, methods ...string) oracle.Answer {
	place := oracle.Place{Href: s.href(), Kind: s.kind, Owner: s.owner, List: c.w.lists[s]}
	return relations.Decide(c.who, []oracle.Step{{Place: place, Methods: methods}}, 200)
}

// reads says whether the person may read a slot.
func (c *call) reads(s slot) bool { return c.may(s, "REPORT").Status == 200 }

// membersInside: a list that goes over several collections has nothing of those that may not be read, and something of each calendar that
// may be.
func (c *call) membersInside(m *multistatus) string {
	seen := map[slot]bool{}
	for _, r := range m.Responses {
		s, ok := slotOf(r.Href)
		switch {
		case !ok:
			return "there is " + r.Href
		case c.slot.kind != oracle.Home && s != c.slot:
			return "it leads to " + r.Href
		case !c.reads(s):
			return "it shows " + r.Href
		}
		seen[s] = true
	}
	for _, s := range slots {
		under := s == c.slot || c.slot.kind == oracle.Home && s.owner == c.slot.owner && s.kind == oracle.Calendar
		if under && s.kind == oracle.Calendar && c.reads(s) && !seen[s] {
			return "it lacks what is in " + s.href()
		}
	}
	return ""
}

func slotOf(href string) (slot, bool) {
	best := slot{}
	for _, s := range slots {
		if strings.HasPrefix(href, s.href()) && (best.owner == "" || len(s.name) > len(best.name)) {
			best = s
		}
	}
	return best, best.owner != "" && (best.name != "" || href == best.href())
}

// privilegesInside: DAV:current-user-privilege-set is what the tables say.
func (c *call) privilegesInside(m *multistatus) string {
	if len(m.Responses) != 1 {
		return "not one response"
	}
	status, set := m.Responses[0].prop("current-user-privilege-set")
	if status != 200 {
		return fmt.Sprintf("status %d of current-user-privilege-set", status)
	}
	var got []string
	for _, p := range set.Any {
		for _, name := range p.Any {
			got = append(got, prefixes[name.XMLName.Space]+name.XMLName.Local)
		}
	}
	slices.Sort(got)
	if want := relations.Privileges(c.who, c.place(target)); !slices.Equal(got, want) {
		return fmt.Sprintf("privileges %v, want %v", got, want)
	}
	return ""
}

var prefixes = map[string]string{"DAV:": "DAV:", "urn:ietf:params:xml:ns:caldav": "CALDAV:", "http://cyrusimap.org/ns/": "CYRUS:"}

// aclInside: DAV:acl is there for those who may administer, other properties are for those who may read.
func (c *call) aclInside(m *multistatus) string {
	if len(m.Responses) != 1 {
		return "not one response"
	}
	for _, p := range []struct{ local, method string }{{"acl", "PROPFIND (DAV:acl property ONLY)"}, {"resourcetype", "PROPFIND"}} {
		want := c.may(c.slot, p.method).Status
		if want != 200 {
			want = 403
		}
		got, value := m.Responses[0].prop(p.local)
		if got != want && (got != 0 || p.local == "acl") {
			return fmt.Sprintf("status %d of %s, want %d", got, p.local, want)
		}
		if got == 403 && len(value.Any)+len(value.Text) > 0 {
			return p.local + " shows something"
		}
	}
	return ""
}

// multiget asks for objects everywhere.
func multiget(c *call) string {
	b := `<C:calendar-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">` + props("D:getetag")
	for _, s := range slots {
		if s.name != "" {
			b += "<D:href>" + s.href() + "b.ics</D:href><D:href>" + s.href() + "none.ics</D:href>"
		}
	}
	return b + "</C:calendar-multiget>"
}

// multigetInside: each resource is answered for as if it were asked for by itself (RFC 3744 section 4.2, RFC 4791 section 7.9).
func (c *call) multigetInside(m *multistatus) string {
	got := map[string]int{}
	for _, r := range m.Responses {
		got[r.Href] = code(r.Status)
		if status, _ := r.prop("getetag"); status != 0 {
			got[r.Href] = status
		}
	}
	for _, s := range slots {
		if s.name == "" {
			continue
		}
		there := c.may(s, "GET/HEAD").Status
		missing := there
		if there == 200 {
			missing = 404
		}
		if g := got[s.href()+"b.ics"]; g != there {
			return fmt.Sprintf("%sb.ics: %d, want %d", s.href(), g, there)
		}
		if g := got[s.href()+"none.ics"]; g != missing {
			return fmt.Sprintf("%snone.ics: %d, want %d", s.href(), g, missing)
		}
	}
	if len(m.Responses) != 2*(len(slots)-2) {
		return fmt.Sprintf("%d responses", len(m.Responses))
	}
	return ""
}

// refusal is DAV:error with DAV:need-privileges (RFC 3744 section 7.1.1), or with anything else.
type refusal struct {
	XMLName xml.Name `xml:"DAV: error"`
	Need    *struct {
		Resources []struct {
			Href      string `xml:"DAV: href"`
			Privilege struct {
				Any []element `xml:",any"`
			} `xml:"DAV: privilege"`
		} `xml:"DAV: resource"`
	} `xml:"DAV: need-privileges"`
}

// compare says how an answer differs from what is wanted, "" if it does not.
func (c *call) compare(rec *httptest.ResponseRecorder, want oracle.Answer) string {
	if rec.Code != want.Status {
		return fmt.Sprintf("status %d, want %d %s", rec.Code, want.Status, want.Privilege)
	}
	if (rec.Code == 401) != (rec.Header().Get("WWW-Authenticate") != "") {
		return "WWW-Authenticate does not suit the status"
	}
	if c.op.method == "HEAD" {
		return ""
	}
	switch rec.Code {
	case 403:
		return compareRefusal(rec, want)
	case 207:
		if c.op.inside == nil {
			return ""
		}
		m, err := parse(rec)
		if err != nil {
			return err.Error()
		}
		return c.op.inside(c, m)
	}
	return ""
}

func compareRefusal(rec *httptest.ResponseRecorder, want oracle.Answer) string {
	var e refusal
	if err := xml.Unmarshal(rec.Body.Bytes(), &e); err != nil {
		return err.Error()
	}
	switch {
	case e.Need == nil && want.Privilege == "":
		return ""
	case e.Need == nil || want.Privilege == "":
		return "got " + rec.Body.String() + ", want " + want.Privilege
	case len(e.Need.Resources) != 1 || len(e.Need.Resources[0].Privilege.Any) != 1:
		return "not one privilege: " + rec.Body.String()
	}
	name := e.Need.Resources[0].Privilege.Any[0].XMLName
	got := oracle.Answer{Status: rec.Code, Href: e.Need.Resources[0].Href, Privilege: prefixes[name.Space] + name.Local}
	if got != want {
		return fmt.Sprintf("got %v, want %v", got, want)
	}
	return ""
}
