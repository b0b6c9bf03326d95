package caldav

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"convene/acl"
	"convene/store"
)

// change changes the properties of a collection of ann.
func (s *server) change(name string, change func(*store.Properties)) {
	s.t.Helper()
	c := s.collection(name)
	_, err := store.InTx(s.t.Context(), s.db, []store.PrincipalID{c.Owner}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
		p := c.Properties
		change(&p)
		return tx.SetProperties(ctx, c, p)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// ownerOnly lets nobody else look.
var ownerOnly = acl.List{{Who: acl.Owner, Rights: acl.All}}

// grant gives everybody rights on a collection of ann.
func (s *server) grant(name string, rights acl.Rights) {
	s.t.Helper()
	s.change(name, func(p *store.Properties) {
		p.Rights = append(slices.Clone(p.Rights), acl.Entry{Who: acl.Anyone, Rights: rights})
	})
}

// Who may ask (RFC 4791 sections 6.1.1 and 7.10).
func TestFreeBusyRights(t *testing.T) {
	s := newServer(t)
	open := s.makeCalendar("open")
	for _, url := range []string{annDefault, open} {
		s.fill(url, map[string]string{"a.ics": event("a", "20261201T100000Z", "DESCRIPTION:a secret")})
	}
	s.change("Default", func(p *store.Properties) { p.Rights = ownerOnly })
	query := freeBusy("20261201T000000Z/20261202T000000Z")
	for _, test := range []struct {
		who, path string
		status    int
	}{
		{"ann", annDefault, 200}, {"root", annDefault, 200}, {"bob", annDefault, 404}, {"", annDefault, 401},
		{"ann", open, 200}, {"root", open, 200}, {"bob", open, 200}, {"", open, 200},
		{"ann", open + "a.ics", 403}, {"root", open + "a.ics", 403}, {"bob", open + "a.ics", 404}, {"bob", annDefault + "a.ics", 404},
		{"ann", annHome + "none/", 404}, {"bob", annHome + "none/", 404}, {"bob", "/dav/calendars/user/nobody/Default/", 404},
		{"ann", "/dav/principals/user/ann/", 403}, {"ann", annHome + "Outbox/", 403}, {"bob", annHome + "Outbox/", 404},
	} {
		a := s.do(test.who, "REPORT", test.path, query)
		if a.status != test.status {
			t.Errorf("%s asks %s: status %d, want %d\n%s", test.who, test.path, a.status, test.status, a.body)
		}
		if a.status == 200 {
			a.wantBusy("BUSY 20261201T100000Z/20261201T110000Z")
		}
		if strings.Contains(a.body, "secret") {
			t.Errorf("%s learns more than busy time:\n%s", test.who, a.body)
		}
	}
	// Nothing else is to be had with that right.
	s.do("bob", "REPORT", open, filterFor("")).want(http.StatusNotFound)
	s.do("bob", "REPORT", open, multigetFor(open+"a.ics")).want(http.StatusNotFound)
	s.do("bob", "REPORT", open, syncFor("", "1", 0)).want(http.StatusNotFound)
	s.do("bob", "PROPFIND", open, "", "Depth: 0").want(http.StatusNotFound)
	s.do("bob", "GET", open+"a.ics", "").want(http.StatusNotFound)
	s.do("bob", "REPORT", open, wrap("C:calendar-dance", "")).want(http.StatusNotFound)
}

// A home is a collection whose members are calendars: their busy time is joined (RFC 4791 section 7.10), as far as it may be read, but
// for calendars that are transparent (RFC 6638 section 9.1).
func TestFreeBusyOfHome(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	s.fill(work, map[string]string{"b.ics": event("b", "20261201T103000Z"), "c.ics": event("c", "20261201T150000Z", "STATUS:TENTATIVE"),
		"d.ics": event("d", "20100601T173000Z", "RRULE:FREQ=DAILY")})
	for _, depth := range []string{"1", "infinity"} {
		s.do("ann", "REPORT", annHome, freeBusy("20261201T000000Z/20261202T000000Z"), "Depth: "+depth).wantBusy("BUSY 20261201T100000Z/20261201T113000Z",
			"BUSY-TENTATIVE 20261201T150000Z/20261201T160000Z", "BUSY 20261201T173000Z/20261201T183000Z")
	}
	s.do("ann", "REPORT", annHome, freeBusy("20601201T000000Z/20601202T000000Z")).wantBusy("BUSY 20601201T173000Z/20601201T183000Z")
	s.change("Default", func(p *store.Properties) { p.Rights = ownerOnly })
	s.do("bob", "REPORT", annHome, freeBusy("20261201T000000Z/20261202T000000Z")).wantBusy("BUSY 20261201T103000Z/20261201T113000Z",
		"BUSY-TENTATIVE 20261201T150000Z/20261201T160000Z", "BUSY 20261201T173000Z/20261201T183000Z")
	s.change("work", func(p *store.Properties) { p.Transparent = true })
	s.do("ann", "REPORT", annHome, freeBusy("20261201T000000Z/20261202T000000Z")).wantBusy("BUSY 20261201T100000Z/20261201T110000Z")
	s.do("ann", "REPORT", work, freeBusy("20261201T000000Z/20261201T120000Z")).wantBusy("BUSY 20261201T103000Z/20261201T113000Z") // when asked itself
}

// In a home that others may read they find what they may read in it, and no more.
func TestReportsOfSharedHome(t *testing.T) {
	s := newServer(t)
	open, busy := s.makeCalendar("open"), s.makeCalendar("busy")
	for _, name := range []string{"Default", "Attachments"} {
		s.change(name, func(p *store.Properties) { p.Rights = ownerOnly })
	}
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	s.fill(open, map[string]string{"b.ics": event("b", "20261201T120000Z")})
	s.fill(busy, map[string]string{"c.ics": event("c", "20261201T140000Z")})
	s.grant("", acl.Lookup|acl.Read)
	s.grant("open", acl.Lookup|acl.Read)
	s.grant("busy", acl.FreeBusy)
	s.do("bob", "REPORT", annHome, filterFor(""), "Depth: infinity").wantFound("b.ics")
	s.do("bob", "REPORT", annHome, freeBusy("20261201T000000Z/20261202T000000Z"), "Depth: infinity").
		wantBusy("BUSY 20261201T120000Z/20261201T130000Z", "BUSY 20261201T140000Z/20261201T150000Z")
	s.do("bob", "REPORT", annHome, syncFor("", "1", 0)).wantFound("open")
	s.do("bob", "REPORT", annHome, syncFor("", "infinite", 0)).wantFound("b.ics", "open")
	a := s.do("bob", "REPORT", annHome, multigetFor(annDefault+"a.ics", open+"b.ics", busy+"c.ics")).wantFound("b.ics")
	for _, href := range []string{annDefault + "a.ics", busy + "c.ics"} {
		if r := a.multistatus().response(href); r == nil || !strings.Contains(r.Status, " 404 ") {
			t.Errorf("%s: %+v", href, r)
		}
	}
	s.do("bob", "DELETE", annHome+"open/b.ics", "").want(http.StatusForbidden)
	token := s.do("bob", "REPORT", annHome, syncFor("", "infinite", 0)).multistatus().SyncToken
	s.do("ann", "DELETE", annDefault+"a.ics", "").want(http.StatusNoContent)
	s.do("ann", "DELETE", busy, "").want(http.StatusNoContent)
	if body := s.do("bob", "REPORT", annHome, syncFor(token, "infinite", 0)).want(http.StatusMultiStatus).body; strings.Contains(body, "Default") || strings.Contains(body, "busy/") {
		t.Errorf("bob hears of what he cannot see:\n%s", body)
	}
	s.do("ann", "DELETE", open, "").want(http.StatusNoContent)
	if m := s.do("bob", "REPORT", annHome, syncFor(token, "infinite", 0)).multistatus(); m.response(open) == nil {
		t.Errorf("bob does not hear that %s is gone: %+v", open, m)
	}
}
