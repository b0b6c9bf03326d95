package caldav

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"convene/acl"
	"convene/store"
)

// state is what there is of a shared calendar on both sides.
func (s *server) wantShared(mount string, state store.ShareState, entry string) {
	s.t.Helper()
	list := s.sharesOf("work")
	switch {
	case state == "" && len(list) != 0, state != "" && (len(list) != 1 || list[0].State != state):
		s.t.Errorf("invitations: %+v, want %q", list, state)
	case state != store.ShareAccepted && len(list) == 1 && list[0].Mount != 0:
		s.t.Errorf("a calendar is left: %+v", list)
	}
	got := ""
	for _, e := range s.collection("work").Rights {
		if e.Who == "bob" {
			got = e.Rights.String()
		}
	}
	if got != entry {
		s.t.Errorf("bob has %q in the list, want %q", got, entry)
	}
	status := http.StatusNotFound
	if state == store.ShareAccepted {
		status = http.StatusMultiStatus
	}
	s.do("bob", "PROPFIND", mount, propfind("D:displayname"), "Depth: 0").want(status)
	kind, _ := s.props("ann", annHome+"work/", "D:resourcetype").prop("resourcetype")
	if strings.Contains(kind.Inner, "shared-owner") != (len(list) > 0) {
		s.t.Errorf("resourcetype: %s", kind.Inner)
	}
}

// The ends of a shared calendar: whoever ends it, both sides and all devices agree afterwards.
func TestSharingEnds(t *testing.T) {
	for _, test := range []struct {
		name         string
		end          func(s *server, work, mount string)
		state        store.ShareState
		bobs, anns   string // the notification of each: the status in it, "" for none
		workIsGone   bool
		bobKeepsHome bool
	}{
		{name: "ann takes it back", end: func(s *server, work, _ string) {
			s.share(work, removeSharee("mailto:bob@example.com")).want(http.StatusOK)
		}, bobs: "deleted"},
		{name: "bob removes it", end: func(s *server, _, mount string) {
			s.do("bob", "DELETE", mount, "").want(http.StatusNoContent)
		}, state: store.ShareDeclined, anns: "declined"},
		{name: "bob declines it later", end: func(s *server, _, _ string) {
			s.reply("bob", bobHome, s.sharesOf("work")[0].UID, "declined", "").want(http.StatusNoContent)
		}, state: store.ShareDeclined, anns: "declined"},
		{name: "ann removes the calendar", end: func(s *server, work, _ string) {
			s.do("ann", "DELETE", work, "").want(http.StatusNoContent)
		}, bobs: "deleted", workIsGone: true},
		{name: "ann puts another in its place", end: func(s *server, work, _ string) {
			s.do("ann", "MOVE", s.makeCalendar("other"), "", "Destination: "+work).want(http.StatusNoContent)
		}, bobs: "deleted", workIsGone: true},
		{name: "the administrator moves it away", end: func(s *server, work, _ string) {
			s.do("root", "MOVE", work, "", "Destination: /dav/calendars/user/root/work/").want(http.StatusCreated)
		}, bobs: "deleted", workIsGone: true},
		{name: "ann's account ends", end: func(s *server, work, _ string) {
			ann, err := s.db.PrincipalByName(s.t.Context(), "ann")
			if err != nil {
				s.t.Fatal(err)
			}
			if err := EndSharing(s.t.Context(), s.db, ann); err != nil {
				s.t.Fatal(err)
			}
			if err := s.db.DeletePrincipal(s.t.Context(), ann.ID); err != nil {
				s.t.Fatal(err)
			}
		}, bobs: "deleted", workIsGone: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t)
			work, mount := s.shared("read-write")
			s.do("bob", "PUT", mount+"a.ics", event("a", "20261201T100000Z", alarmOf("bob"))).want(http.StatusNoContent)
			for _, n := range s.notices("ann", annNotices) {
				s.do("ann", "DELETE", n.href, "").want(http.StatusNoContent)
			}
			deep, flat := s.replicaOf("bob", bobHome, "infinite"), s.replicaOf("bob", bobHome, "1")
			deep.sync(0)
			flat.sync(0)
			test.end(s, work, mount)
			gone := "-" + strings.TrimPrefix(mount, bobHome)
			if got := fmt.Sprint(flat.sync(0)); !strings.Contains(got, gone) {
				t.Errorf("bob's home reports %s, want %s", got, gone)
			}
			if got := fmt.Sprint(deep.sync(0)); !strings.Contains(got, gone) {
				t.Errorf("bob's home reports %s, want %s", got, gone)
			}
			s.do("bob", "GET", mount+"a.ics", "").want(http.StatusNotFound)
			s.do("bob", "GET", work+"a.ics", "").want(http.StatusNotFound)
			s.do("bob", "PUT", mount+"a.ics", event("a", "20261201T100000Z")).want(http.StatusConflict)
			if test.bobs != "" {
				s.oneInvite("bob", bobNotices, test.bobs, "read-write")
			} else if got := s.notices("bob", bobNotices); len(got) != 0 {
				t.Errorf("bob has %+v", got)
			}
			if test.workIsGone {
				return
			}
			s.wantShared(mount, test.state, "")
			if got := s.notices("ann", annNotices); test.anns == "" && len(got) != 0 || test.anns != "" && (len(got) != 1 || got[0].state != test.anns) {
				t.Errorf("ann has %+v, want %q", got, test.anns)
			}
			if test.state == store.ShareDeclined { // bob may think better of it, and begins without what was there
				a := s.reply("bob", bobHome, s.sharesOf("work")[0].UID, "accepted", "").want(http.StatusOK)
				if !strings.Contains(a.body, mount) {
					t.Errorf("accepted as %s", a.body)
				}
				s.wantShared(mount, store.ShareAccepted, "lrwipktn9")
				if body := s.do("bob", "GET", mount+"a.ics", "").want(http.StatusOK).body; strings.Contains(body, "VALARM") {
					t.Errorf("bob has\n%s", body)
				}
				deep.sync(0)
				flat.sync(0)
			}
		})
	}
}

// A calendar that is moved within the home of its owner stays shared.
func TestSharedCalendarMoves(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read-write")
	s.do("bob", "PUT", mount+"a.ics", event("a", "20261201T100000Z", alarmOf("bob"))).want(http.StatusNoContent)
	all := s.replicaOf("bob", bobHome, "infinite")
	all.sync(0)
	s.do("ann", "MOVE", work, "", "Destination: "+annHome+"play/").want(http.StatusCreated)
	if body := s.do("bob", "GET", mount+"a.ics", "").want(http.StatusOK).body; !strings.Contains(body, "alarm of bob") {
		t.Errorf("bob has\n%s", body)
	}
	if url, _ := s.props("bob", mount, "CS:shared-url").prop("shared-url"); url.Inner != "<D:href>"+annHome+"play/</D:href>" {
		t.Errorf("shared-url: %s", url.Inner)
	}
	before, _ := s.props("bob", mount, "D:getetag").prop("getetag")
	s.do("bob", "PROPPATCH", mount, wrap("D:propertyupdate", "<D:set><D:prop><D:displayname>x</D:displayname></D:prop></D:set>"), "If-Match: "+before.Text).want(http.StatusMultiStatus)
	after, _ := s.props("bob", mount, "D:getetag").prop("getetag")
	s.do("bob", "MOVE", mount, "", "Destination: "+bobHome+"hers/", "If-Match: "+before.Text).want(http.StatusPreconditionFailed)
	s.do("bob", "MOVE", mount, "", "Destination: "+bobHome+"hers/", "If-Match: "+after.Text).want(http.StatusCreated)
	if body := s.do("bob", "GET", bobHome+"hers/a.ics", "").want(http.StatusOK).body; !strings.Contains(body, "alarm of bob") {
		t.Errorf("bob has\n%s", body)
	}
	all.sync(0)
	s.share(annHome+"play/", removeSharee("mailto:bob@example.com")).want(http.StatusOK)
	s.do("bob", "GET", bobHome+"hers/a.ics", "").want(http.StatusNotFound)
	all.sync(0)
}

// The access list has the last word: what its owner takes from a sharee there is gone, and comes back when it is given again.
func TestSharedRightsTaken(t *testing.T) {
	s := newServer(t)
	work, mount := s.shared("read-write")
	flat, deep := s.replicaOf("bob", bobHome, "1"), s.replicaOf("bob", bobHome, "infinite")
	flat.sync(0)
	deep.sync(0)
	rights := s.collection("work").Rights.String()
	s.change("work", func(p *store.Properties) { p.Rights = acl.DefaultsFor("user", "ann", acl.KindCalendar) })
	gone := strings.TrimPrefix(mount, bobHome)
	wantChanges(t, flat.sync(0), "-"+gone)
	wantChanges(t, deep.sync(0), "-"+gone)
	s.do("bob", "GET", mount+"a.ics", "").want(http.StatusNotFound)
	s.do("ann", "PUT", work+"b.ics", event("b", "20261201T100000Z")).want(http.StatusCreated)
	wantChanges(t, deep.sync(0))
	s.change("work", func(p *store.Properties) { p.Rights, _ = acl.ParseList(rights) })
	wantChanges(t, flat.sync(0), gone)
	wantChanges(t, deep.sync(0), gone, gone+"a.ics", gone+"b.ics")
}

// Of taking back and accepting at the same time one happens after the other: nothing is half done.
func TestRevokeMeetsAccept(t *testing.T) {
	s := newServer(t)
	work := s.makeCalendar("work")
	for range 12 {
		s.share(work, setSharee("mailto:bob@example.com", "read", "Work")).want(http.StatusOK)
		uid := s.sharesOf("work")[0].UID
		var both sync.WaitGroup
		both.Go(func() {
			if a := s.do("bob", "POST", bobHome, wrap("CS:invite-reply", "<CS:invite-accepted/><CS:in-reply-to>"+uid+"</CS:in-reply-to>")); a.status != 200 && a.status != 403 {
				t.Errorf("accepting: %d %s", a.status, a.body)
			}
		})
		both.Go(func() {
			if a := s.do("ann", "POST", work, wrap("CS:share", removeSharee("mailto:bob@example.com"))); a.status != 200 {
				t.Errorf("taking back: %d %s", a.status, a.body)
			}
		})
		both.Wait()
		s.wantShared(bobHome+"ann-work/", "", "")
		for _, n := range s.notices("bob", bobNotices) {
			if n.state != "deleted" {
				t.Errorf("bob is left with %+v", n)
			}
		}
	}
}

// Sharees are added while the calendar is removed: who was invited in time is told, and nothing is left.
func TestRemoveMeetsInvite(t *testing.T) {
	s := newServer(t)
	var names []string
	for i := range 6 {
		name := fmt.Sprintf("user%d", i)
		if _, err := s.db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: name}); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	for round := range 4 {
		work := s.makeCalendar(fmt.Sprint("work", round))
		var all sync.WaitGroup
		for _, name := range names {
			all.Go(func() {
				if a := s.share(work, setSharee("/dav/principals/user/"+name+"/", "read", "")); a.status != 200 && a.status != 404 && a.status != 409 {
					t.Errorf("inviting: %d %s", a.status, a.body)
				}
			})
		}
		all.Go(func() { s.do("ann", "DELETE", work, "").want(http.StatusNoContent) })
		all.Wait()
	}
	for _, name := range names {
		p, err := s.db.PrincipalByName(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		shares, err := s.db.SharesWith(context.Background(), p.ID)
		if err != nil || len(shares) > 0 {
			t.Errorf("%s is left with %v %v", name, shares, err)
		}
		if n := s.notices(name, "/dav/calendars/user/"+name+"/Notifications/"); len(n) > 0 {
			t.Errorf("%s is left with %+v", name, n)
		}
	}
}
