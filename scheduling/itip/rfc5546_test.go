package itip

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"convene/ical"
)

// TestCancelStatus holds that a CANCEL says STATUS:CANCELLED of what is cancelled, and not where somebody is no longer invited to what
// takes place (RFC 5546 section 3.2.5). Either way it is cancelled in the copy.
func TestCancelStatus(t *testing.T) {
	for _, test := range []struct {
		name, before, after string
		cancelled           bool
	}{
		{"deleted", cal(single + "ann|bob"), "", true},
		{"cancelled", cal(single + "ann|bob"), cal(single + "ann|bob|STATUS:CANCELLED"), true},
		{"one guest fewer", cal(single + "ann|bob"), cal(single + "bob"), false},
		{"an instance excluded", cal(weekly + "ann|bob"), cal(weekly + "ann|bob|EXDATE:20260309T090000Z"), true},
		{"an instance cancelled", cal(weekly + "ann|bob"), cal(weekly+"ann|bob", over09+"ann|bob|STATUS:CANCELLED"), true},
		{"taken out of an instance", cal(weekly + "ann|bob"), cal(weekly+"ann|bob", over09+"bob"), false},
		{"an override taken away to which more were invited", cal(weekly+"bob", over09+"ann|bob"), cal(weekly + "bob"), false},
	} {
		plan, err := Organizer(Context{Now: noon, Owner: person("org")}, object1(t, test.before), object1(t, test.after))
		at := slices.IndexFunc(plan.Messages, func(m Message) bool { return m.Method == Cancel && m.To == person("ann") })
		if err != nil || at < 0 {
			t.Fatalf("%s: %v %s", test.name, err, summary(plan.Messages))
		}
		m := plan.Messages[at]
		if test.cancelled {
			checkText(t, m.Bytes(), "METHOD:CANCEL|STATUS:CANCELLED", "")
		} else {
			checkText(t, m.Bytes(), "METHOD:CANCEL", "STATUS:")
		}
		for _, copied := range []string{test.before, ""} {
			r, err := Receive(Context{Now: noon, Owner: person("ann")}, object1(t, copied), m)
			if err != nil || r.Object == nil {
				t.Fatalf("%s: %v %v", test.name, r.Outcome, err)
			}
			checkText(t, r.Object, "STATUS:CANCELLED", "")
		}
	}
}

// TestRefreshAndCounter hold messages that attendees send against the tables of RFC 5546 sections 3.2.6 and 3.2.7.
func TestRefreshAndCounter(t *testing.T) {
	ann := Context{Now: noon, Owner: person("ann")}
	r, err := Receive(ann, nil, Message{Method: Add, Object: object1(t, cal(single+"ann|SEQUENCE:1")), From: person("org"), To: person("ann")})
	if err != nil || summary(r.Messages) != "REFRESH org series/0" {
		t.Fatalf("%v %s", err, summary(r.Messages))
	}
	raw := r.Messages[0].Bytes()
	checkText(t, raw, "METHOD:REFRESH|UID:1|DTSTAMP:2026|ORGANIZER:mailto:org@|ATTENDEE:mailto:ann@", "DTSTART|SEQUENCE|SUMMARY")
	m, err := ParseMessage(raw, ical.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	m.From, m.To = person("ann"), person("org")
	answered, err := Receive(Context{Now: noon, Owner: person("org")}, object1(t, cal(single+"ann")), m)
	if err != nil || summary(answered.Messages) != "REQUEST ann series/0" {
		t.Errorf("%v %s", err, summary(answered.Messages))
	}
	day := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	counter, err := Propose(ann, object1(t, cal(weekly+"ann")), Master, ical.DateTime{Wall: day.Add(9 * time.Hour), Zone: time.UTC},
		ical.DateTime{Wall: day.Add(10 * time.Hour), Zone: time.UTC}, "")
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, counter.Bytes(), "METHOD:COUNTER|RRULE:FREQ=WEEKLY;COUNT=4|DTSTART:20260303T090000Z|UID:1|ORGANIZER|ATTENDEE", "RECURRENCE-ID")
}

// TestOrganizerInAllComponents leaves ORGANIZER out of overrides, as some clients do. Messages, and the attendee's copy, have it.
func TestOrganizerInAllComponents(t *testing.T) {
	bare := replace(over09, "org|", "")
	plan, err := Organizer(Context{Now: noon, Owner: person("org")}, nil, object1(t, cal(weekly+"ann|bob", bare+"ann|bob|LOCATION:x")))
	if err != nil || len(plan.Messages) != 2 {
		t.Fatalf("%v %s", err, summary(plan.Messages))
	}
	all := func(raw []byte, n int) {
		t.Helper()
		if got := bytes.Count(raw, []byte("\r\nORGANIZER:mailto:org@example.com\r\n")); got != n {
			t.Errorf("%d of %d in\n%s", got, n, raw)
		}
	}
	all(plan.Messages[0].Bytes(), 2)
	gone, err := Organizer(Context{Now: noon, Owner: person("org")}, object1(t, string(plan.Object)), object1(t, cal(weekly+"ann|bob", bare+"bob|LOCATION:x")))
	if err != nil || gone.Messages[0].Method != Cancel {
		t.Fatalf("%v %s", err, summary(gone.Messages))
	}
	all(gone.Messages[0].Bytes(), 1)
	answered, err := Attendee(Context{Now: noon, Owner: person("ann")}, object1(t, cal(weekly+"ann|bob")), object1(t, cal(weekly+"ann|bob", bare+"ann;PARTSTAT=DECLINED|bob")))
	if err != nil || summary(answered.Messages) != "REPLY org 09/0" {
		t.Fatalf("%v %s", err, summary(answered.Messages))
	}
	all(answered.Object, 2)
	all(answered.Messages[0].Bytes(), 1)
}
