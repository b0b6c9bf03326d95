package scheduling

import (
	"context"
	"strings"
	"testing"
	"time"

	"convene/ical"
	"convene/scheduling/itip"
	"convene/store"
	"convene/store/storetest"
)

// What only this server says is not believed from outside: an answer with a revision from the future would count for ever.
func TestForgedAnswers(t *testing.T) {
	db := storetest.New(t)
	bob, err := db.CreatePrincipal(t.Context(), store.NewPrincipal{Kind: store.User, Name: "bob", Addresses: []string{"mailto:bob@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	e := New(Options{DB: db, Domains: []string{"example.com"}})
	request := func(method, sequence string, lines ...string) itip.Message {
		t.Helper()
		text := strings.Join(append(append([]string{"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "METHOD:" + method, "X-CONVENE-ANSWERS:TRUE", "BEGIN:VEVENT", "UID:m",
			"DTSTAMP:20261120T120000Z", "SEQUENCE:" + sequence, "DTSTART:20261201T100000Z", "DTEND:20261201T110000Z", "X-CONVENE-DECLINED:20261201T100000Z"}, lines...),
			"END:VEVENT", "END:VCALENDAR", ""), "\r\n")
		m, err := itip.ParseMessage([]byte(text), ical.StoredLimits)
		if err != nil {
			t.Fatal(err)
		}
		m.From, m.To = "mailto:zoe@outside.test", "mailto:bob@example.com"
		return m
	}
	attendee := "ATTENDEE;PARTSTAT=ACCEPTED;X-CONVENE-ANSWER=999999-99999999999:mailto:bob@example.com"
	if _, outcome, err := e.Receive(t.Context(), bob, request("REQUEST", "0", "ORGANIZER:mailto:zoe@outside.test", attendee)); err != nil || outcome != "created" {
		t.Fatal(outcome, err)
	}
	home, err := db.Home(t.Context(), bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	found := func() string {
		o, err := db.ObjectByUID(t.Context(), home.Collection("Default"), "m")
		if err != nil {
			t.Fatal(err)
		}
		return string(o.Data)
	}
	if text := found(); strings.Contains(text, "999999") || strings.Contains(text, "X-CONVENE-DECLINED") {
		t.Errorf("stored as it came:\n%s", text)
	}
	cancel := request("CANCEL", "1", "STATUS:CANCELLED", "ATTENDEE:mailto:bob@example.com")
	cancel.From = "mailto:yan@outside.test"
	if status, outcome, err := e.Receive(t.Context(), bob, cancel); err != nil || status != statusNoAuthority {
		t.Errorf("a cancellation that names no organizer, from somebody else: %s %s %v", status, outcome, err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if _, err := e.RunDue(ctx); err != nil {
		t.Error(err)
	}
	if text := found(); strings.Contains(text, "STATUS:CANCELLED") {
		t.Errorf("cancelled by somebody else:\n%s", text)
	}
}
