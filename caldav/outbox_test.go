package caldav

import (
	"context"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"convene/acl"
	"convene/store"
)

const annOutbox = annHome + "Outbox/"

// busyRequest asks for the busy time of some recipients; lines are more properties of the VFREEBUSY.
func busyRequest(window string, recipients []string, lines ...string) string {
	start, end, _ := strings.Cut(window, "/")
	all := []string{"DTSTART:" + start, "DTEND:" + end, "ORGANIZER;CN=Ann:mailto:ann@example.com"}
	for _, r := range recipients {
		all = append(all, "ATTENDEE;CUTYPE=INDIVIDUAL:"+r)
	}
	return strings.Replace(component("VFREEBUSY", "request-1", append(all, lines...)...), "VERSION:2.0", "VERSION:2.0\r\nMETHOD:REQUEST", 1)
}

// scheduled is a CALDAV:schedule-response as a client reads it.
type scheduled struct {
	XMLName   xml.Name `xml:"urn:ietf:params:xml:ns:caldav schedule-response"`
	Responses []struct {
		To struct {
			Href string `xml:"DAV: href"`
		} `xml:"urn:ietf:params:xml:ns:caldav recipient"`
		Status string  `xml:"urn:ietf:params:xml:ns:caldav request-status"`
		Data   *string `xml:"urn:ietf:params:xml:ns:caldav calendar-data"`
	} `xml:"urn:ietf:params:xml:ns:caldav response"`
}

// outcomes are the statuses and the busy time of the recipients, in their order, as "recipient status period period...".
func (a *answer) outcomes() (list []string) {
	a.t.Helper()
	a.want(http.StatusOK)
	var m scheduled
	if err := xml.Unmarshal([]byte(a.body), &m); err != nil {
		a.t.Fatalf("%s: %v\n%s", a.what, err, a.body)
	}
	for _, r := range m.Responses {
		words := []string{r.To.Href, strings.Split(r.Status, ";")[0]}
		if r.Data != nil {
			text := *r.Data
			for _, line := range []string{"METHOD:REPLY", "UID:request-1", "ORGANIZER:mailto:ann@example.com", "ATTENDEE:" + r.To.Href, "DTSTAMP:20261120T120000Z"} {
				if !strings.Contains(unfolded(text), line+"\r\n") && !strings.Contains(unfolded(text), line+"\n") {
					a.t.Errorf("no %s in\n%s", line, text)
				}
			}
			words = append(words, (&answer{a.t, a.what, http.StatusOK, http.Header{"Content-Type": {"text/calendar"}}, text}).busy()...)
		}
		list = append(list, strings.Join(words, " "))
	}
	return list
}

func (a *answer) wantOutcomes(want ...string) *answer {
	a.t.Helper()
	if got := a.outcomes(); !slices.Equal(got, want) {
		a.t.Errorf("%s: got\n%s\nwant\n%s", a.what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	return a
}

const decFirst = "20261201T000000Z/20261202T000000Z"

// RFC 6638 section 5 and appendix B.5: one request, several recipients, each with its own answer.
func TestOutbox(t *testing.T) {
	s := newServer(t)
	s.fill(annDefault, map[string]string{"a.ics": event("a", "20261201T100000Z")})
	for name, data := range map[string]string{
		"b.ics": event("b", "20261201T120000Z", "CLASS:PRIVATE", "DESCRIPTION:a secret"),
		"c.ics": event("c", "20261201T140000Z", "ORGANIZER:mailto:ann@example.com", "ATTENDEE:mailto:BOB@example.com"),
		"d.ics": event("d", "20261201T160000Z", "ORGANIZER:mailto:ann@example.com", "ATTENDEE;PARTSTAT=DECLINED:mailto:bob@example.com"),
		"e.ics": event("e", "20261201T180000Z", "ORGANIZER:mailto:ann@example.com", "ATTENDEE;PARTSTAT=ACCEPTED:/dav/principals/user/bob/"),
	} {
		s.do("bob", "PUT", bobHome+"Default/"+name, data).want(http.StatusCreated)
	}
	bobs := " BUSY 20261201T120000Z/20261201T130000Z BUSY-TENTATIVE 20261201T140000Z/20261201T150000Z BUSY 20261201T180000Z/20261201T190000Z"
	a := s.do("ann", "POST", annOutbox, busyRequest(decFirst, []string{
		"mailto:bob@example.com", "MAILTO:Bob@Example.com", "mailto:nobody@example.com", "mailto:ann@example.com", "/dav/principals/user/bob/",
		s.URL + "/dav/principals/user/bob/", "mailto:attic@example.com", "urn:uuid:4b4ad4c4-0000-4000-8000-000000000000", "nonsense", "https://elsewhere.example.com/dav/principals/user/bob/",
	})).wantOutcomes("mailto:bob@example.com 2.0"+bobs, "MAILTO:Bob@Example.com 2.0"+bobs, "mailto:nobody@example.com 3.7",
		"mailto:ann@example.com 2.0 BUSY 20261201T100000Z/20261201T110000Z", "/dav/principals/user/bob/ 2.0"+bobs, s.URL+"/dav/principals/user/bob/ 2.0"+bobs,
		"mailto:attic@example.com 2.0", "urn:uuid:4b4ad4c4-0000-4000-8000-000000000000 3.7", "nonsense 3.7", "https://elsewhere.example.com/dav/principals/user/bob/ 3.7")
	if strings.Contains(a.body, "secret") || !strings.HasPrefix(a.header.Get("Content-Type"), "application/xml") || !strings.Contains(a.header.Get("Cache-Control"), "no-cache") {
		t.Errorf("%v\n%s", a.header, a.body)
	}
	// What is to be moved is left out on request, but only by its organizer: b is nothing of ann's.
	s.do("ann", "POST", annOutbox, busyRequest(decFirst, []string{"mailto:bob@example.com"}, "X-CALENDARSERVER-MASK-UID:b", "X-CALENDARSERVER-MASK-UID:c")).
		wantOutcomes("mailto:bob@example.com 2.0 BUSY 20261201T120000Z/20261201T130000Z BUSY 20261201T180000Z/20261201T190000Z")
	s.do("ann", "POST", annOutbox, busyRequest(decFirst, []string{"mailto:ann@example.com"}, "X-CALENDARSERVER-MASK-UID:a")).
		wantOutcomes("mailto:ann@example.com 2.0")
	// An address that is long is folded, and comes back.
	long := "mailto:" + strings.Repeat("ü", 60) + "@example.com"
	if _, err := s.db.UpdatePrincipal(t.Context(), s.principal("bob").ID, func(p *store.NewPrincipal) error { p.Addresses = append(p.Addresses, long); return nil }); err != nil {
		t.Fatal(err)
	}
	s.do("ann", "POST", annOutbox, busyRequest(decFirst, []string{long})).wantOutcomes(long + " 2.0" + bobs)
}

func (s *server) principal(name string) *store.Principal {
	s.t.Helper()
	p, err := s.db.PrincipalByName(s.t.Context(), name)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// setList sets the access list of somebody's collection.
func (s *server) setList(who, coll, list string) {
	s.t.Helper()
	rights, err := acl.ParseList(list)
	if err != nil {
		s.t.Fatal(err)
	}
	home, err := s.db.Home(s.t.Context(), s.principal(who).ID)
	if err != nil {
		s.t.Fatal(err)
	}
	c := home.Root
	if coll != "" {
		c = home.Collection(coll)
	}
	if _, err := store.InTx(s.t.Context(), s.db, []store.PrincipalID{home.Owner.ID}, func(ctx context.Context, tx *store.Tx) (*store.Collection, error) {
		p := c.Properties
		p.Rights = rights
		return tx.SetProperties(ctx, c, p)
	}); err != nil {
		s.t.Fatal(err)
	}
}

// Who may ask whom: 9 on the Outbox of the sender, on the Inbox of the recipient, and on each calendar (RFC 6638 section 6).
func TestOutboxRights(t *testing.T) {
	s := newServer(t)
	s.do("bob", "MKCALENDAR", bobHome+"secret/", "").want(http.StatusCreated)
	s.do("bob", "PUT", bobHome+"Default/a.ics", event("a", "20261201T100000Z")).want(http.StatusCreated)
	s.do("bob", "PUT", bobHome+"secret/b.ics", event("b", "20261201T120000Z")).want(http.StatusCreated)
	ask := func(who string) *answer {
		t.Helper()
		return s.do(who, "POST", annOutbox, busyRequest(decFirst, []string{"mailto:bob@example.com"}))
	}
	const one, two = "mailto:bob@example.com 2.0 BUSY 20261201T100000Z/20261201T110000Z", " BUSY 20261201T120000Z/20261201T130000Z"
	ask("ann").wantOutcomes(one + two)
	s.setList("bob", "secret", "owner lrwipkxtan9")
	ask("ann").wantOutcomes(one)
	s.setList("bob", "secret", "owner lrwipkxtan9 ann lr") // to read is more than to know when
	ask("ann").wantOutcomes(one + two)
	s.setList("bob", "Inbox", "owner lrwipkxtan789 anyone 78")
	ask("ann").wantOutcomes("mailto:bob@example.com 3.8")
	s.setList("bob", "Inbox", "owner lrwipkxtan789 anyone 789 -ann 9")
	ask("ann").wantOutcomes("mailto:bob@example.com 3.8")
	s.setList("bob", "Inbox", "owner lrwipkxtan789 anyone 789")

	ask("bob").want(http.StatusNotFound)
	ask("").want(http.StatusUnauthorized)
	s.setList("ann", "Outbox", "owner lrwipkxtan789 bob lr")
	if a := ask("bob").refused(http.StatusForbidden, "need-privileges"); !strings.Contains(a.body, "schedule-send-freebusy") {
		t.Errorf("%s", a.body)
	}
	s.setList("ann", "Outbox", "owner lrwipkxtan789 bob 9") // in ann's name
	ask("bob").wantOutcomes(one + two)
	s.setList("ann", "Outbox", "owner lrwipkxtan78")
	ask("ann").refused(http.StatusForbidden, "need-privileges")
}

// A delegate writes for the owner, or as itself.
func TestOutboxDelegates(t *testing.T) {
	s := newServer(t)
	own := strings.Replace(busyRequest(decFirst, []string{"mailto:attic@example.com"}), "ann@example.com", "bob@example.com", 1)
	theirs := busyRequest(decFirst, []string{"mailto:attic@example.com"})
	if err := s.db.AddDelegate(t.Context(), s.principal("ann").ID, s.principal("bob").ID, false); err != nil {
		t.Fatal(err)
	}
	if err := s.db.AddDelegate(t.Context(), s.principal("ann").ID, s.principal("bob").ID, true); err != nil {
		t.Fatal(err)
	}
	s.do("bob", "POST", annOutbox, theirs).wantOutcomes("mailto:attic@example.com 2.0")
	s.do("bob", "POST", annOutbox, own).want(http.StatusOK)
	s.do("ann", "POST", annOutbox, own).refused(http.StatusForbidden, "valid-organizer")
	s.do("root", "POST", annOutbox, own).refused(http.StatusForbidden, "valid-organizer")
	s.do("ann", "POST", annOutbox, strings.Replace(theirs, "mailto:ann@example.com", "MAILTO:A.Example@example.com", 1)).want(http.StatusOK)
	for who, want := range map[string]bool{"ann": true, "bob": true, "root": true} {
		p := s.props(who, annPrincipal, "C:schedule-inbox-URL", "C:schedule-outbox-URL")
		in, _ := p.prop("schedule-inbox-URL")
		out, ok := p.prop("schedule-outbox-URL")
		if ok != want || !strings.Contains(in.Inner, annHome+"Inbox/") || !strings.Contains(out.Inner, annOutbox) {
			t.Errorf("%s sees %q and %q", who, in.Inner, out.Inner)
		}
	}
	if _, ok := s.props("ann", "/dav/principals/user/bob/", "C:schedule-outbox-URL").prop("schedule-outbox-URL"); ok {
		t.Error("ann sees the Outbox of bob")
	}
}

// The preconditions of RFC 6638 section 5.2.
func TestOutboxRefuses(t *testing.T) {
	s := newServer(t, Options{MaxObjectBytes: 20_000})
	good := busyRequest(decFirst, []string{"mailto:bob@example.com"})
	many := make([]string, maxRecipients+1)
	for i := range many {
		many[i] = fmt.Sprintf("mailto:p%d@example.com", i)
	}
	for _, test := range []struct{ name, body, contentType, condition string }{
		{"another type", good, "text/plain", "supported-calendar-data"},
		{"XML", "<x/>", "application/xml", "supported-calendar-data"},
		{"no iCalendar", "hello", "", "valid-calendar-data"},
		{"nothing", "", "text/calendar", "valid-calendar-data"},
		{"a reply", strings.Replace(good, "METHOD:REQUEST", "METHOD:REPLY", 1), "", "valid-scheduling-message"},
		{"no method", strings.Replace(good, "METHOD:REQUEST\r\n", "", 1), "", "valid-scheduling-message"},
		{"an event", strings.ReplaceAll(good, "VFREEBUSY", "VEVENT"), "", "valid-scheduling-message"},
		{"an invitation, as clients sent before the RFC", messageOf("REQUEST", event("a", "20261201T100000Z", "ORGANIZER:mailto:ann@example.com",
			"ATTENDEE:mailto:bob@example.com")), "", "valid-scheduling-message"},
		{"nobody asked", busyRequest(decFirst, nil), "", "valid-scheduling-message"},
		{"no organizer", strings.Replace(good, "ORGANIZER", "X-ORGANIZER", 1), "", "valid-scheduling-message"},
		{"somebody else's", strings.Replace(good, "ann@example.com", "bob@example.com", 1), "", "valid-organizer"},
		{"an organizer from nowhere", strings.Replace(good, "ann@example.com", "x@example.org", 1), "", "valid-organizer"},
		{"the end before the start", busyRequest("20261202T000000Z/20261201T000000Z", []string{"mailto:bob@example.com"}), "", "valid-scheduling-message"},
		{"four years", busyRequest("20240101T000000Z/20280101T000000Z", []string{"mailto:bob@example.com"}), "", "valid-scheduling-message"},
		{"too many", busyRequest(decFirst, many), "", "max-attendees-per-instance"},
		{"too large", busyRequest(decFirst, []string{"mailto:bob@example.com"}, "COMMENT:"+strings.Repeat("x", 20_000)), "", "max-resource-size"},
	} {
		t.Run(test.name, func(t *testing.T) {
			headers := []string{}
			if test.contentType != "" {
				headers = append(headers, "Content-Type: "+test.contentType)
			}
			status := http.StatusForbidden
			if test.condition == "valid-scheduling-message" { // RFC 6638 section 5.2.1
				status = http.StatusBadRequest
			}
			s.in(t).do("ann", "POST", annOutbox, test.body, headers...).refused(status, test.condition)
		})
	}
	s.do("ann", "POST", annHome+"Inbox/", good).want(http.StatusMethodNotAllowed)
}

// Whose answer it is goes by the addresses that the owner of the calendar has: when they change, and when a calendar gets another owner.
func TestAnswersFollowAddresses(t *testing.T) {
	s := newServer(t)
	const declined = "ATTENDEE;PARTSTAT=DECLINED:mailto:annie@example.com"
	work := s.makeCalendar("work")
	s.fill(work, map[string]string{"a.ics": event("a", "20261201T100000Z", "ORGANIZER:mailto:bob@example.com", declined)})
	s.report(work, freeBusy(decFirst)).wantBusy("BUSY 20261201T100000Z/20261201T110000Z")
	give := func(who string, addresses ...string) {
		t.Helper()
		if _, err := s.db.UpdatePrincipal(t.Context(), s.principal(who).ID, func(p *store.NewPrincipal) error { p.Addresses = addresses; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	give("ann", "mailto:ann@example.com", "mailto:annie@example.com")
	if n, err := s.db.ReindexStale(t.Context(), 100); err != nil || n != 1 {
		t.Fatalf("%d objects indexed anew, %v", n, err)
	}
	s.report(work, freeBusy(decFirst)).wantBusy()
	s.do("root", "COPY", work, "", "Destination: "+bobHome+"copied/").want(http.StatusCreated)
	s.do("bob", "REPORT", bobHome+"copied/", freeBusy(decFirst)).wantBusy("BUSY 20261201T100000Z/20261201T110000Z")
	s.do("root", "COPY", work+"a.ics", "", "Destination: "+bobHome+"Default/a.ics", "Scheduling-Enabled: F").want(http.StatusCreated)
	s.do("bob", "REPORT", bobHome+"Default/", freeBusy(decFirst)).wantBusy("BUSY 20261201T100000Z/20261201T110000Z")
	if n, err := s.db.ReindexStale(t.Context(), 100); err != nil || n != 0 {
		t.Fatalf("%d objects indexed anew, %v", n, err)
	}
}

// A calendar shared with somebody takes that somebody's time if it is opaque there, and what the sharee made transparent takes none.
func TestOutboxShared(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read-write") // with an event of ann's that is transparent
	s.fill(work, map[string]string{
		"b.ics": event("b", "20261201T120000Z"),
		"c.ics": event("c", "20261201T140000Z", "CLASS:PRIVATE", "ATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.com"),
		"d.ics": event("d", "20261201T160000Z"),
	})
	s.do("bob", "PUT", mount+"b.ics", event("b", "20261201T120000Z", "TRANSP:TRANSPARENT")).want(http.StatusNoContent)
	ask := func(want ...string) {
		t.Helper()
		s.do("ann", "POST", annOutbox, busyRequest(decFirst, []string{"mailto:bob@example.com", "mailto:ann@example.com"})).wantOutcomes(want...)
	}
	const twelve, sixteen = " BUSY 20261201T120000Z/20261201T130000Z", " BUSY 20261201T160000Z/20261201T170000Z"
	for _, transp := range []string{"opaque", "transparent"} {
		s.do("bob", "PROPPATCH", mount, update("+<C:schedule-calendar-transp><C:"+transp+"/></C:schedule-calendar-transp>")).want(http.StatusMultiStatus)
		bobs := sixteen
		if transp == "transparent" {
			bobs = ""
		}
		ask("mailto:bob@example.com 2.0"+bobs, "mailto:ann@example.com 2.0"+twelve+sixteen)
	}
	s.do("bob", "REPORT", mount, freeBusy(decFirst)).wantBusy(strings.TrimPrefix(sixteen, " "))
}
