package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"convene/server/auth"
	"convene/server/config"
	"convene/store"
)

const meeting = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:meeting\r\nDTSTAMP:20270101T000000Z\r\n" +
	"DTSTART:20270110T100000Z\r\nDURATION:PT1H\r\nORGANIZER:mailto:ann@example.com\r\nATTENDEE:mailto:bob@example.com\r\n" +
	"ATTENDEE:mailto:out@outside.test\r\nATTENDEE:mailto:nobody@Example.com\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// invite starts a server on which ann invites others, and returns the DAV header that she is shown and bob.
func invite(t *testing.T, cfg *config.Config) (addr string, s *Server, announced string, bob *store.Principal) {
	t.Helper()
	addr, s, _ = start(t, cfg, nil)
	hash, err := auth.HashPassword(t.Context(), "pw")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ann", "bob"} {
		bob, err = s.db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: name, PasswordHash: hash, Addresses: []string{name + "@example.com"}})
		if err != nil {
			t.Fatal(err)
		}
	}
	for method, status := range map[string]int{"PUT": 201, "OPTIONS": 200} {
		req, err := http.NewRequest(method, "http://"+addr+"/dav/calendars/user/ann/Default/meeting.ics", strings.NewReader(meeting))
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("ann", "pw")
		req.Header.Set("Content-Type", "text/calendar")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != status {
			t.Fatalf("%s: got %d, want %d", method, resp.StatusCode, status)
		}
		announced += resp.Header.Get("DAV")
	}
	return addr, s, announced, bob
}

// objects counts what is in a collection.
func objects(t *testing.T, s *Server, owner *store.Principal, collection string) int64 {
	t.Helper()
	home, err := s.db.Home(t.Context(), owner.ID)
	if err != nil {
		t.Fatal(err)
	}
	return home.Collection(collection).Objects
}

// Invitations are delivered, jobs are done, both are counted, and what is old is forgotten.
func TestScheduling(t *testing.T) {
	cfg := config.Default()
	cfg.Scheduling.Domains = []string{"example.com"}
	addr, s, announced, bob := invite(t, cfg)
	if !strings.Contains(announced, "calendar-auto-schedule") {
		t.Errorf("DAV: %s", announced)
	}
	if n, m := objects(t, s, bob, "Default"), objects(t, s, bob, "Inbox"); n != 1 || m != 1 {
		t.Errorf("bob has %d events and %d messages, want one each", n, m)
	}
	kept := func() (list []store.Outgoing) {
		list, err := s.db.Outgoings(t.Context(), "meeting", 10)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for end := time.Now().Add(20 * time.Second); len(kept()) != 1 || kept()[0].State != store.OutgoingKept; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("got %+v, want one message that nobody carries", kept())
		}
	}
	_, body, _ := get(t, http.DefaultClient, "http://"+addr+"/metrics")
	for _, want := range []string{`convene_messages_total{outcome="created"} 1`, `convene_messages_carried_total{state="kept"} 1`,
		`convene_jobs_total{kind="carry",result="done"} 1`, `convene_jobs{state="failing"} 0`, `convene_jobs{state="waiting"} 0`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}

	s.purge(t.Context())
	if objects(t, s, bob, "Inbox") != 1 || len(kept()) != 1 || len(traced(t, s)) == 0 {
		t.Error("what is not old was forgotten")
	}
	cfg.Scheduling.KeepMessages, cfg.Scheduling.KeepTrace = time.Nanosecond, time.Nanosecond
	s.purge(t.Context())
	if objects(t, s, bob, "Default") != 1 || objects(t, s, bob, "Inbox") != 0 || len(kept()) != 0 || len(traced(t, s)) != 0 {
		t.Error("what is old was not forgotten, or more than that")
	}
}

func traced(t *testing.T, s *Server) []store.TraceEntry {
	t.Helper()
	entries, err := s.db.Trace(t.Context(), "meeting", nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// A server that schedules nothing does not say that it does.
func TestSchedulingOff(t *testing.T) {
	cfg := config.Default()
	cfg.Scheduling.Enabled = false
	_, s, announced, bob := invite(t, cfg)
	if strings.Contains(announced, "calendar-auto-schedule") {
		t.Errorf("DAV: %s", announced)
	}
	if n, m := objects(t, s, bob, "Default"), objects(t, s, bob, "Inbox"); n != 0 || m != 0 {
		t.Errorf("bob has %d events and %d messages, want none", n, m)
	}
	if entries := traced(t, s); len(entries) != 1 || !strings.Contains(entries[0].Rule, "scheduling.enabled") {
		t.Errorf("trace: %+v", entries)
	}
}
